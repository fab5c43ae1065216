# SPDX-License-Identifier: Apache-2.0
# tools.bats — each tool of tests/tools catches what it claims to catch.
load lib

# --- sysfault ---------------------------------------------------------------------------------------------------------

# The number of the last call of NAME that `cat` on $T/file makes.
last_call_of_cat() {
    sysfault --list -- cat "$T/file" 2>&1 >/dev/null | awk -v name="$1" '$3 == name { n = $1 } END { print n }'
}

@test "sysfault leaves an unharmed command's output and status alone" {
    run sysfault -- sh -c 'echo out; exit 7'
    assert_status 7
    assert_is "${lines[0]}" out
    run sysfault -- sh -c 'kill -TERM $$'
    assert_status 143
}

@test "sysfault counts the same number that it lists" {
    echo text >"$T/file"
    count=$(sysfault --count -- cat "$T/file" 2>&1 >/dev/null)
    assert_is "$(sysfault --list -- cat "$T/file" 2>&1 >/dev/null | wc -l)" "$((count + 0))"
    [ "$count" -gt 20 ]
}

@test "sysfault fails one call with the errno asked for and does not execute it" {
    echo text >"$T/file"
    write=$(last_call_of_cat write)
    run sysfault --at "$write" --errno ENOSPC -- cat "$T/file"
    assert_status 1
    assert_has "$output" "at $write write"
    assert_has "$output" "No space left on device"
    assert_lacks "$output" text
}

@test "sysfault at every open of cat gives an error or the file, never a crash" {
    echo text >"$T/file"
    for n in 1 2 3 4; do
        run sysfault --only openat --at $n --errno EIO -- cat "$T/file"
        assert_lacks "$output" crash
    done
}

@test "sysfault lets brk fail as brk does: the program goes on with mmap" {
    for n in 2 3; do
        run sysfault --only brk --at $n --errno ENOMEM -- /usr/bin/python3 -c 'print(len("x" * 1000000))'
        assert_status 0
        assert_has "$output" 1000000
    done
}

@test "sysfault onward fails every call from N on" {
    refute sysfault --only openat --at 1 --onward --errno EACCES -- cat /etc/hostname
    run sysfault --only mkdir --at 2 --onward --errno EROFS -- busybox mkdir "$T/m1" "$T/m2" "$T/m3"
    assert_status 1
    [ -d "$T/m1" ] && [ ! -e "$T/m2" ] && [ ! -e "$T/m3" ]
}

@test "sysfault counts only these calls, or all but these" {
    all=$(sysfault --count -- busybox true 2>&1)
    execs=$(sysfault --count --only execve,brk -- busybox true 2>&1)
    others=$(sysfault --count --except execve,brk -- busybox true 2>&1)
    [ "$execs" -gt 0 ] && [ "$others" -gt 0 ]
    assert_is "$((execs + others))" "$all"
}

@test "sysfault kills the caller only, or the whole tree" {
    # The third child of the shell dies at its execve, the shell goes on; or nothing goes on.
    command='busybox true; busybox true; busybox touch '$T'/marked; echo end'
    run sysfault --only execve --at 2 --kill-caller -- sh -c "$command"
    assert_status 0
    assert_has "$output" end
    run sysfault --only execve --at 2 --kill-tree -- sh -c "$command"
    assert_status 137
    assert_lacks "$output" end
}

@test "sysfault runs a script exactly between two calls" {
    echo old >"$T/file"
    echo new >"$T/other"
    open=$(last_call_of_cat openat)
    run sysfault --at "$open" --script "mv $T/other $T/file; echo \$SYSFAULT_SYSCALL" -- cat "$T/file"
    assert_status 0
    assert_has "$output" openat
    assert_has "$output" new
    # One call later the file is open already.
    echo newer >"$T/other"
    run sysfault --at "$((open + 1))" --script "mv $T/other $T/file" -- cat "$T/file"
    assert_has "$output" new
    assert_lacks "$output" newer
}

@test "sysfault delays one process while another goes on" {
    run sysfault --only execve --at 2 --sleep-ms 300 -- sh -c 'busybox echo late & echo early; wait'
    assert_status 0
    assert_matches "$output" 'early.*late'
}

@test "sysfault reports a hang, with a status of its own, and leaves nobody behind" {
    run sysfault --timeout-ms 300 -- sh -c "sleep 1000.$$ & sleep 1001.$$; true"
    assert_status 124
    assert_has "$output" "hang pid"
    refute pgrep -f "sleep 100[01].$$"
}

@test "sysfault reports a crash anywhere in the tree" {
    run sysfault -- sh -c "(sh -c 'kill -SEGV \$\$'); exit 0"
    assert_status 0
    assert_has "$output" "crash pid"
    assert_has "$output" "signal 11"
}

@test "sysfault ends or lets go what the command leaves running" {
    run sysfault -- sh -c "setsid sleep 1000 >/dev/null & exit 3"
    assert_status 3
    run sysfault --survivors detach -- sh -c "setsid sleep 0.3 >/dev/null 2>&1 & echo \$!"
    assert_status 0
    assert_is "$(awk '/^TracerPid/ { print $2 }' "/proc/$output/status")" 0
    eventually test ! -e "/proc/$output"
}

@test "sysfault follows threads and a new pid namespace" {
    run sysfault --list -- unshare -pf --mount-proc busybox sh -c 'echo pid $$; busybox true'
    assert_status 0
    assert_has "$output" "pid 1"
    assert_matches "$output" 'unshare.*(v?fork|clone).*execve'
    # Each of python's threads writes once: all are counted.
    run sysfault --count --only write -- /usr/bin/python3 -c '
import os, threading
threads = [threading.Thread(target=os.write, args=(2, b"")) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]'
    assert_is "${lines[-1]}" 8
}

@test "sysfault ends its tree when it is killed itself" {
    sysfault -- sh -c "sleep 1002.$$; true" 3>&- &
    eventually pgrep -f "^sleep 1002.$$"
    kill -9 $!
    eventually sh -c "! pgrep -f '^sleep 1002.$$'"
}

# --- fingerprint ------------------------------------------------------------------------------------------------------

# A process that is isolated as the arguments of unshare and setpriv say; its fingerprint goes to $T/NAME.
isolated() {
    local name=$1
    shift
    "$@" sh -c 'echo $$ >"$0"; exec sleep 1000' "$T/$name.pid" 3>&- >/dev/null 2>&1 </dev/null &
    local starter=$!
    eventually test -s "$T/$name.pid"
    eventually grep -q "^sleep" "/proc/$starter/comm"
    # Other tests mount things meanwhile, and a copy of the host's mounts has them.
    fingerprint "$starter" | grep -vE '^mount /(tmp|run|var|root|home)' >"$T/$name"
    kill -9 $starter
    wait $starter 2>/dev/null || true
    rm "$T/$name.pid"
}

@test "fingerprint is the same for two processes that are isolated alike" {
    isolated a setsid unshare -mun
    isolated b setsid unshare -mun
    run fingerprint diff "$T/a" "$T/b"
    assert_is "$output" ""
    assert_status 0
    assert_matches "$(cat "$T/a")" "namespace net own"
    assert_matches "$(cat "$T/a")" "namespace ipc of the host"
}

@test "fingerprint notices a missing namespace, capability, filter, limit and mount flag" {
    isolated golden setsid unshare -mun
    for change in "unshare -mu" "unshare -mun setpriv --bounding-set -sys_admin" "unshare -mun setpriv --no-new-privs" \
        "unshare -mun prlimit --nofile=100" "unshare -mun chrt -b 0" "unshare -mun nice -n 5" \
        "unshare -mun choom -n 500 --" "unshare -mun setarch -R" "unshare -mun nosys mseal --"; do
        # shellcheck disable=SC2086
        isolated other setsid $change
        run fingerprint diff "$T/golden" "$T/other"
        assert_status 1
        assert_has "$output" "- "
        assert_has "$output" "+ "
    done
    isolated other setsid unshare -mun sh -c 'mount -t tmpfs tmpfs /proc/sys; exec "$@"' sh
    run fingerprint diff "$T/golden" "$T/other"
    assert_has "$output" "- guard /proc/sys visible"
    assert_has "$output" "+ guard /proc/sys tmpfs"
    assert_has "$output" "+ mount /proc/sys type tmpfs"
}

@test "fingerprint names the descriptors that a process holds" {
    isolated golden setsid
    isolated other setsid sh -c 'exec 9</etc; exec "$@"' sh
    assert_is "$(fingerprint diff "$T/golden" "$T/other")" "+ fd 9 /etc r"
}

@test "fingerprint replaces what is named and refuses a process that does not exist" {
    assert_has "$(cd "$T" && fingerprint --replace "$T=HERE" $BASHPID)" "cwd HERE"
    refute fingerprint 99999999
}

# --- ledger -----------------------------------------------------------------------------------------------------------

ledger_says() { # WHAT COMMAND… — after COMMAND the ledger of scope $ID-l reports WHAT, and nothing once it is swept
    local what=$1
    shift
    ledger before "$T/l" --scope "$ID-l"
    "$@" >/dev/null 2>&1 3>&-
    run ledger after "$T/l" --settle 0
    ledger sweep --scope "$ID-l"
    assert_status 1
    assert_has "$output" "+ $what"
    assert ledger after "$T/l"
}

@test "ledger notices a mount, a cgroup, a process, a shared memory file and a link" {
    mkdir -p "$T/$ID-l"
    ledger_says mount mount -t tmpfs none "$T/$ID-l"
    ledger_says cgroup mkdir "/sys/fs/cgroup/pids/$ID-l"
    ledger_says "cgroup /sys/fs/cgroup/unified/$ID-l" mkdir "/sys/fs/cgroup/unified/$ID-l"
    ledger_says process env MARK="$ID-l" setsid -f sleep 1000
    ledger_says shm touch "/dev/shm/$ID-l"
    ledger_says link sh -c "ip link add d$$ type bridge && ip link set d$$ alias $ID-l"
}

@test "ledger notices an abstract socket and a namespace that is kept by a mount" {
    socket_holder() {
        /usr/bin/python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind("\0" + sys.argv[1]); s.listen(); time.sleep(1000)' "$ID-l" &
        eventually grep -q "@$ID-l" /proc/net/unix
    }
    ledger_says "socket @$ID-l" socket_holder
    touch "$T/$ID-l.ns"
    ledger_says netns unshare --net="$T/$ID-l.ns" true
}

@test "ledger notices what has gone, and paths of a data root" {
    mkdir -p "$T/data/a" "/sys/fs/cgroup/pids/$ID-g"
    ledger before "$T/l" --scope "$ID-g" --data-root "$T/data"
    rmdir "/sys/fs/cgroup/pids/$ID-g"
    touch "$T/data/a/new"
    run ledger after "$T/l" --settle 0
    assert_status 1
    assert_has "$output" "- cgroup /sys/fs/cgroup/pids/$ID-g"
    assert_has "$output" "+ path $T/data/a/new"
}

@test "ledger of one scope does not see another's things" {
    ledger before "$T/l" --scope "$ID-mine"
    mkdir "/sys/fs/cgroup/pids/$ID-other"
    run ledger after "$T/l" --settle 0
    rmdir "/sys/fs/cgroup/pids/$ID-other"
    assert_status 0
}

@test "ledger of the whole machine sees what no scope names" {
    ledger before "$T/l"
    mkdir "/sys/fs/cgroup/pids/x$$"
    run ledger after "$T/l" --settle 0
    rmdir "/sys/fs/cgroup/pids/x$$"
    assert_status 1
    assert_has "$output" "+ cgroup /sys/fs/cgroup/pids/x$$"
}

@test "ledger refuses to sweep the whole machine" {
    refute ledger sweep
    refute ledger sweep --scope a
}

# --- sweep and exchange: racestep -----------------------------------------------------------------------------------

@test "exchange swaps a directory and a symbolic link" {
    mkdir "$T/x-dir" && ln -s /etc "$T/x-link"
    assert exchange "$T/x-dir" "$T/x-link"
    assert_is "$(readlink "$T/x-dir")" /etc
    [ -d "$T/x-link" ] && [ ! -L "$T/x-link" ]
    refute exchange "$T/x-dir" "$T/absent"
}

@test "sweep finds the points at which a failure is bad, and only those" {
    # A copy that is not atomic: killed between open and close the target is there but short.
    printf 'all of the text' >"$T/from"
    run sweep --kill-tree --prepare "rm -f $T/to" --check "[ ! -e $T/to ] || cmp -s $T/from $T/to && echo whole" \
        -- busybox cp "$T/from" "$T/to"
    assert_status 1
    assert_matches "$output" '! +[0-9]+  ok   at [0-9]+:'
    assert_matches "${lines[-1]}" '^[0-9]+ points, [1-9][0-9]* bad$'
    # Written aside and renamed there is no such point.
    run sweep --kill-tree --prepare "rm -f $T/to" --check "[ ! -e $T/to ] || cmp -s $T/from $T/to && echo whole" \
        -- sh -c "busybox cp $T/from $T/to.new && busybox mv $T/to.new $T/to"
    assert_status 0
    assert_matches "${lines[-1]}" ' points, 0 bad$'
}

@test "sweep makes an attacker's move at every boundary and finds the race" {
    # Check, then use: the classic. Safe unless the name is swapped exactly between the two.
    mkdir "$T/race" && echo harmless >"$T/race/file" && echo secret >"$T/race/secret" && ln -s secret "$T/race/link"
    cat >"$T/racy" <<-'END'
		import os, sys
		if not os.path.islink(sys.argv[1]):
		    print(open(sys.argv[1]).read())
	END
    run sweep --script "exchange $T/race/file $T/race/link" \
        --prepare "[ ! -L $T/race/file ] || exchange $T/race/file $T/race/link" \
        --check "! grep secret \$SWEEP_OUTPUT" --only openat,newfstatat,readlink,lseek,ioctl \
        -- /usr/bin/python3 -ISB "$T/racy" "$T/race/file"
    assert_status 1
    assert_has "$output" "secret   at"
    assert_matches "${lines[-1]}" '^[0-9]+ points, [12] bad$'
}

@test "sweep takes the same sample for the same seed" {
    sampled() {
        sweep --errno EIO --check true --sample 5 "$1" --verbose -- busybox cat /etc/hostname |
            awk '/status/ { print $1 }'
    }
    assert_is "$(sampled 1 | wc -l)" 5
    assert_is "$(sampled 1)" "$(sampled 1)"
    [ "$(sampled 1)" != "$(sampled 2)" ]
}

@test "sweep reports hangs and crashes whatever the check says" {
    run sweep --errno EIO --check true --only mkdir --prepare "rm -rf $T/h" --timeout-ms 500 \
        -- sh -c "busybox mkdir $T/h || sleep 1000; true"
    assert_status 1
    assert_has "$output" "hang in"
    run sweep --errno EIO --check true --only mkdir --prepare "rm -rf $T/h" \
        -- sh -c "busybox mkdir $T/h || kill -SEGV \$\$"
    assert_status 1
    assert_has "$output" "crash by signal 11"
}

# --- nosys ------------------------------------------------------------------------------------------------------------

@test "nosys takes system calls away, from children too" {
    run nosys mkdir,mkdirat -- busybox mkdir "$T/n1"
    assert_status 1
    assert_has "$output" "Function not implemented"
    run nosys mkdir,mkdirat -- sh -c "busybox sh -c 'busybox mkdir $T/n1; busybox touch $T/n2'"
    [ ! -e "$T/n1" ] && [ -e "$T/n2" ]
    run nosys --errno EPERM mkdir -- busybox mkdir "$T/n1"
    assert_has "$output" "Operation not permitted"
    run nosys nonsense -- true
    assert_status 125
}

# --- canary -----------------------------------------------------------------------------------------------------------

canary_says() { # TEXT COMMAND… — after COMMAND a fresh canary's verify fails and says TEXT
    local text=$1
    shift
    canary plant "$T/c" --name "$ID-c" --host "$T/host" 3>&-
    "$@" >/dev/null 2>&1
    run canary verify "$T/c"
    canary clear "$T/c"
    assert_status 1
    assert_has "$output" "$text"
}

@test "canary is quiet when nothing happened" {
    mkdir -p "$T/host"
    canary plant "$T/c" --name "$ID-c" 3>&-
    assert canary verify "$T/c"
    cat "$T/c/tree/file"
    refute canary verify "$T/c"
    cat "$T/c/tree/file"
    assert canary verify "$T/c" --may-read
    # What verify itself reads is nobody's touch.
    assert canary verify "$T/c"
    canary clear "$T/c"
    [ ! -e "$T/c" ]
}

@test "canary notices content, mode, owner, a new name, a lost name and a replaced file" {
    mkdir -p "$T/host"
    canary_says "written $T/c/tree/file" sh -c "echo >>$T/c/tree/file"
    canary_says "- $T/c/tree/dir/file" chmod 600 "$T/c/tree/dir/file"
    canary_says "1000:0" chown 1000 "$T/c/tree/hosts"
    canary_says "+ $T/c/tree/sticky/new" touch "$T/c/tree/sticky/new"
    canary_says "- $T/c/tree/fifo" rm "$T/c/tree/fifo"
    canary_says "tree/passwd" sh -c "cp -p $T/c/tree/passwd $T/p; rm $T/c/tree/passwd; mv $T/p $T/c/tree/passwd"
    canary_says "tree/setuid" chmod u-s "$T/c/tree/setuid"
    canary_says "+ $T/host/escaped" touch "$T/host/escaped"
    canary_says "opened $T/c/tree/dir/secret/file" cat "$T/c/tree/dir/secret/file"
}

@test "canary notices a mount, a sysctl, a key and who connects to its sockets" {
    mkdir -p "$T/host"
    mount_over() { mount -t tmpfs none "$T/c/tree/dir"; }
    canary plant "$T/c" --name "$ID-c" 3>&-
    mount_over
    run canary verify "$T/c"
    umount "$T/c/tree/dir"
    assert_has "$output" "+ mount"
    canary clear "$T/c"
    canary_says "connected to socket" /usr/bin/python3 -c \
        "import socket; socket.socket(socket.AF_UNIX).connect('\0$ID-c')"
    canary_says "connected to socket" /usr/bin/python3 -c \
        "import socket; socket.socket(socket.AF_UNIX).connect('$T/c/tree/socket')"
    # A sysctl of a namespace of our own, so that the machine's stays.
    run unshare -u sh -c "canary plant $T/c --name $ID-c 3>&-; hostname other; canary verify $T/c; s=\$?
        canary clear $T/c; exit \$s"
    assert_status 1
    assert_has "$output" "+ sysctl kernel.hostname = other"
}

# --- oomalloc ---------------------------------------------------------------------------------------------------------

@test "oomalloc fails the allocation asked for, once or from there on" {
    cat >"$T/a.c" <<-'END'
		#include <stdio.h>
		#include <stdlib.h>
		int main(void)
		{
		    for (int i = 1; i <= 4; i++)
		        fprintf(stderr, "%d:%s ", i, malloc(10) ? "ok" : "no");
		    fprintf(stderr, "%s\n", calloc(1, 1) ? "ok" : "no");
		    return 0;
		}
	END
    gcc -O0 -o "$T/a" "$T/a.c"
    assert_is "$(LD_PRELOAD=$TOOLS/oomalloc.so OOMALLOC_AT=2 "$T/a" 2>&1)" "1:ok 2:no 3:ok 4:ok ok"
    assert_is "$(LD_PRELOAD=$TOOLS/oomalloc.so OOMALLOC_AT=3 OOMALLOC_ONWARD=1 "$T/a" 2>&1)" "1:ok 2:ok 3:no 4:no no"
    assert_is "$(LD_PRELOAD=$TOOLS/oomalloc.so OOMALLOC_AT=1 OOMALLOC_ONLY=other "$T/a" 2>&1)" \
        "1:ok 2:ok 3:ok 4:ok ok"
    LD_PRELOAD=$TOOLS/oomalloc.so OOMALLOC_COUNT=$T/count "$T/a" 2>/dev/null
    assert_is "$(cat "$T/count")" "a: 5"
}

# --- watched ----------------------------------------------------------------------------------------------------------

# watch NAME [SECONDS] — writes $T/NAME.bats from standard input and runs it, one second for a test, SECONDS for all. A
# test begins with %test: bats would take @test for one of this file.
watch() {
    sed 's/^%/@/' >"$T/$1.bats"
    SCOPE=$ID-$1 run watched --test 1 --file "${2:-60}" --scope "$ID-$1" "$T/$1.bats"
}

@test "watched lets bats' output and status through" {
    watch fine <<'END'
%test "one" { true; }
%test "two" { false; }
END
    assert_status 1
    assert_has "$output" "ok 1 one"
    assert_has "$output" "not ok 2 two"
    assert_lacks "$output" HANGS
}

# all_ended — no process that wrote its pid to $T/pids is there any more.
all_ended() {
    local pid
    for pid in $(cat "$T/pids"); do eventually refute kill -0 "$pid" || return; done # it may be a zombie yet
}

@test "watched shows and kills what a test waits for, and the next test runs" {
    watch hangs <<'END'
hang() { exec sh -c 'echo $$ >>"$T/pids"; exec sleep 1001'; }
export -f hang
%test "a foreground command" { (hang); }
%test "a background command and wait" { hang & wait $!; }
%test "the holder of a pipe" { x=$(setsid -f bash -c hang); false; }
%test "the next" { true; }
END
    assert_status 124
    assert_has "$output" "HANGS: hangs.bats: 1 "
    assert_has "$output" "nanosleep"
    assert_has "$output" "sleep 1001"
    assert_has "$output" "not ok 1 a foreground command"
    assert_has "$output" "not ok 2 a background command and wait"
    assert_has "$output" "not ok 3 the holder of a pipe"
    assert_has "$output" "ok 4 the next"
    assert_is "$(wc -l <"$T/pids")" 3
    all_ended
}

@test "watched ends a file that takes too long, and what it has left elsewhere" {
    watch long 2 <<'END'
setup_file() { setsid -f sh -c 'echo $$ >>"$T/pids"; exec sleep 1001' 3>&- >/dev/null 2>&1; }
%test "one" { trap "" TERM; sleep 1001; }
%test "two" { sleep 1001; }
%test "three" { sleep 1001; }
END
    assert_status 124
    assert_has "$output" "the file took more than 2"
    assert_lacks "$output" "ok 3"
    all_ended
}
