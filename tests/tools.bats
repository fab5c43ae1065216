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

@test "sysfault onward fails every call from N on" {
    refute sysfault --only openat --at 1 --onward --errno EACCES -- cat /etc/hostname
    run sysfault --only mkdir --at 2 --onward --errno EROFS -- busybox mkdir "$T/m1" "$T/m2" "$T/m3"
    assert_status 1
    [ -d "$T/m1" ] && [ ! -e "$T/m2" ] && [ ! -e "$T/m3" ]
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
