#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# rootless.bats - dhow for a user who has nothing but themselves and a range of ids.

bats_require_minimum_version 1.5.0
load lib

uid=23456 # nobody's

# (Tunnels are everybody's to open where users have networks, but not on each machine that runs tests.)
# as_user COMMAND... - without any privilege, with a home of their own; files of the machine that name users are replaced for it only.
as_user() {
    unshare -m sh -c 'for file in subuid subgid; do touch /etc/$file; mount --bind "$T/sub${RANGES:-id}" /etc/$file; done
        mount --bind "$T/passwd" /etc/passwd && mount --bind "$T/tun" /dev/net/tun && exec "$@"' sh \
        setpriv --reuid $uid --regid $uid --clear-groups --inh-caps=-all \
        env -u DHOW_ROOT -u DHOW_RUN_ROOT -u DHOW_RUNTIME HOME="$T/home" XDG_RUNTIME_DIR="$T/xdg" PATH="$T/bin:$PATH" "$@"
}
dhow() { as_user timeout 60 "$T/bin/dhow" "$@"; }

setup_file() {
    need newuidmap newgidmap setpriv
    dhow_setup_file
    chmod 755 "$T"
    mkdir "$T/xdg" "$T/home" "$T/bin"
    chown $uid:$uid "$T/xdg" "$T/home"
    chmod 700 "$T/xdg" "$T/home"
    # The build may be where only root can go.
    cp "$DHOW_BUILD"/dhow{,-monitor,-runtime,-transfer,-init} "$T/bin"
    { cat /etc/passwd; echo "mate:x:$uid:$uid::$T/home:/bin/sh"; } >"$T/passwd"
    echo "mate:300000:65536" >"$T/subid"
    : >"$T/subnone"
    chmod 644 "$T"/{passwd,subid,subnone}
    mknod "$T/tun" c 10 200
    chmod 666 "$T/tun"
    tar -C "$T/busybox" -c . | dhow import - bb >/dev/null
}

teardown() {
    local id
    for id in $(dhow ps -aq 2>/dev/null); do dhow rm -f "$id" >/dev/null 2>&1 || :; done
}

teardown_file() {
    end_holder
    dhow_teardown_file
}

# The processes that hold the user's namespaces, and the pasta between their networks and the world.
end_holder() {
    local file pid
    rm -f "$T/xdg/dhow/rootless-netns"
    for file in "$T"/xdg/dhow/rootless*.pid; do
        pid=$(cat "$file" 2>/dev/null) || continue
        [[ $(readlink "/proc/$pid/exe") != @("$T/bin/dhow"|*/passt*) ]] || kill -9 "$pid"
        rm -f "$file"
    done
}

@test "a container runs, its root is the user, its other users are of their range" {
    run dhow run --rm --network none bb sh -c 'id -u; cat /proc/self/uid_map; touch /mine; mkdir -m 777 /d; su nobody -s /bin/sh -c "touch /d/x" 2>/dev/null || chown 99:99 /d
        stat -c %u /mine; ls -ld /dev/pts/ptmx >/dev/null && echo terminals'
    assert_status 0
    assert_is "${lines[0]}" 0
    assert_matches "${lines[1]}" "0 +$uid +1"
    assert_matches "${lines[2]}" "1 +300000 +65536"
    assert_is "${lines[-1]}" terminals
}

@test "commands meet in one namespace: run -d, exec, logs, cp into the root, commit, stop, rm" {
    dhow run -d --name web --network none bb sh -c 'echo up; touch /here; exec sleep 1000' >/dev/null
    run dhow exec web ls /here
    assert_is "$output" /here
    assert_is "$(dhow logs web)" up
    assert_is "$(dhow ps --format '{{.Names}}')" web
    assert dhow commit web kept
    run dhow run --rm --network none kept ls /here
    assert_is "$output" /here
    assert_is "$(dhow stop -t 0 web)" web
    assert_is "$(dhow rm web)" web
    assert_is "$(dhow ps -aq)" ""
}

@test "everything is the user's own, and nobody else's can look" {
    dhow run --rm --network none bb true
    assert_is "$(stat -c '%U %a' "$T/home/.local/share/dhow" | sed s/UNKNOWN/mate/)" "mate 700"
    assert_is "$(find "$T/home" "$T/xdg" ! -uid $uid -not -uid +299999 | head)" ""
    [ ! -e /run/dhow/containers.lock ] || [ -z "$(find /run/dhow -uid $uid)" ] || failed "something is in /run/dhow"
}

@test "what is killed is made anew: the process that holds the namespace, and a foreground run" {
    dhow run --rm --network none bb true
    end_holder
    run dhow run --rm --network none bb echo again
    assert_is "$output" again
}

@test "commands at the same time make one namespace" {
    end_holder
    local i
    for i in 1 2 3 4 5; do dhow run --rm --network none bb readlink /proc/1/exe >"$T/out-$i" 2>&1 3>&- & done
    wait
    for i in 1 2 3 4 5; do assert_is "$(cat "$T/out-$i")" /bin/busybox; done
    assert_is "$(pgrep -c -f "^$T/bin/dhow.*" -u $uid)" 1
}

@test "without a range one's own id is there, and dhow says what to do" {
    end_holder
    RANGES=none run --separate-stderr dhow run --rm --network none hello
    assert_status 0
    assert_has "$output" "Hello from inside a container."
    assert_has "$stderr" "mate has no range of ids in /etc/subuid and /etc/subgid (usermod --add-subuids"
    end_holder
}

@test "networks of the user's own: containers find each other, and nothing is made on the machine" {
    need pasta ip
    dhow run -d --name one bb sleep 1000 >/dev/null
    assert dhow network create crew
    dhow run -d --name two --network crew bb sleep 1000 >/dev/null
    run dhow exec one cat /sys/class/net/eth0/operstate
    assert_is "$output" up
    run dhow run --rm --network crew bb ping -c 1 -w 3 two
    assert_status 0
    assert_lacks "$(ip -d link)" "$T"
    dhow rm -f one two >/dev/null
    assert dhow network rm crew
    run dhow run --rm --network host bb ls /sys/class/net
    assert_has "$output" lo
    assert_is "$(grep -cxF lo <<<"$output")" 1
}

# said PORT - what a server on the host's loopback says to whoever connects.
said() { timeout 3 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1; cat <&3" 2>/dev/null; }

@test "a published port is reached on the host" {
    need pasta python3
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])')
    dhow run -d --name web -p "$port:80" bb sh -c 'while :; do echo ahoy | nc -l -p 80; done' >/dev/null
    eventually eval '[ "$(said $port)" = ahoy ]'
    dhow rm -f web >/dev/null
    eventually eval '[ "$(said $port)" = "" ]'
}

@test "unshare: a program where the containers' files are one's own" {
    run dhow unshare id -u
    assert_is "$output" 0
    run dhow unshare cat /proc/self/uid_map
    assert_matches "${lines[1]}" "1 +300000 +65536"
    run dhow unshare /no/such/program
    assert_status 127
}

@test "limits that no cgroup of the user's can hold are refused, not forgotten" {
    [ ! -w /sys/fs/cgroup/cgroup.procs ] || [ -d /sys/fs/cgroup/memory ] || skip "cgroup v2 may be delegated here"
    run dhow run --rm --network none -m 32m bb true
    assert_failed
    assert_has "$output" "cgroup"
}

@test "volumes, their copies and live mounts are a user's, too; own= says that it needs root" {
    dhow run --rm --pids-limit -1 --network none -v data:/data bb sh -c 'echo words >/data/file'
    assert_is "$(dhow run --rm --pids-limit -1 --network none -v data:/data:ro bb cat /data/file)" words
    dhow volume clone data copy
    assert_is "$(dhow run --rm --pids-limit -1 --network none --mount type=image,source=bb,target=/i,image-subpath=bin \
        --mount source=copy,target=/c,volume-subpath=file bb sh -c 'cat /c; test -e /i/sh && echo image')" "words
image"
    run dhow run --rm --pids-limit -1 --network none -v data:/o:own=77 bb true
    assert_failed
    assert_has "$output" "own=77: without root no file system can show its files as another user's"
    dhow run -d --pids-limit -1 --name live --network none bb sleep 100 >/dev/null
    dhow update --mount-add type=tmpfs,target=/memory live
    assert_is "$(dhow exec live stat -f -c %T /memory)" tmpfs
    dhow update --mount-rm /memory live
    refute dhow exec live grep /memory /proc/mounts
    dhow rm -f live
    dhow volume rm data copy
}

@test "without root cp goes both ways, and contexts are exported and imported" {
    cd "$T/home"
    as_user sh -c 'mkdir -p src/sub && echo mine >src/sub/file'
    dhow create --name copied bb true >/dev/null
    dhow cp src copied:/tmp
    dhow cp copied:/tmp/src back
    assert_is "$(cat back/sub/file)" mine
    assert_is "$(stat -c %u back/sub/file)" "$uid"
    dhow context create far --docker host=ssh://me@there >/dev/null
    dhow context export far far.tar
    dhow context import near far.tar
    assert_is "$(dhow context inspect -f '{{.Endpoints.docker.Host}}' near)" ssh://me@there
    assert_is "$(stat -c %u far.tar)" "$uid"
}
