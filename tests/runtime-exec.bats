#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime-exec.bats - what a process that is added to a container is, and where it is.

load runtime

@test "exec: all namespaces, the cgroup, the root and the environment are the container's" {
    started where '.linux.namespaces += [{type: "network"}, {type: "time"}] | .process.env += ["OF=container"]'
    local pid type
    pid=$(container_pid "$ID-where")
    run inside where sh -c 'for t in cgroup ipc mnt net pid time uts; do readlink /proc/self/ns/$t; done; grep memory /proc/self/cgroup; echo $OF; cat /etc/hostname'
    assert_status 0
    local want=
    for type in cgroup ipc mnt net pid time uts; do want+=$(ns "$pid" $type)$'\n'; done
    assert_matches "$(grep memory <<<"$output")" 'memory:/$'
    assert_is "$(head -7 <<<"$output")"$'\n' "$want"
    assert_has "$output" $'\ncontainer\ntest'
}

@test "exec: what the container shares with the host stays shared" {
    started shares '.linux.namespaces = [{type: "mount"}] | del(.hostname) | .mounts |= map(select(.type != "mqueue"))'
    run inside shares sh -c 'readlink /proc/self/ns/pid; readlink /proc/self/ns/net'
    assert_is "$output" "$(ns self pid)"$'\n'"$(ns self net)"
}

@test "exec: users by name, number and group, each as in the container's files" {
    started users
    run runtime exec -u user "$ID-users" id
    assert_is "$output" "uid=1000(user) gid=1000(user) groups=50(staff),1000(user)"
    run runtime exec -u user:tty "$ID-users" id -g
    assert_is "$output" 5
    run runtime exec -u 4321 "$ID-users" sh -c 'id -u; id -g; echo $HOME'
    assert_is "$output" $'4321\n0\n/'
    run runtime exec -u 4321:4 -g 7 "$ID-users" grep Groups /proc/self/status
    assert_matches "$output" 'Groups:.*7'
    local bad
    for bad in nosuch 4294967295 4294967296 -1 1:nosuch 0x0 ' 1'; do
        run runtime exec -u "$bad" "$ID-users" id
        assert_status 255
        assert_has "$output" "$bad"
    done
}

@test "exec: capabilities are the container's, and none for a plain user" {
    started caps '.process.capabilities |= map_values(["CAP_CHOWN", "CAP_KILL"])'
    run inside caps grep CapEff /proc/self/status
    assert_has "$output" 0000000000000021
    run runtime exec -u 1000 "$ID-caps" grep -E 'CapEff|CapBnd' /proc/self/status
    assert_is "$(awk '{ print $2 }' <<<"$output" | paste -sd' ')" "0000000000000000 0000000000000021"
    run runtime exec --cap CAP_NOTHING "$ID-caps" true
    assert_has "$output" CAP_NOTHING
}

@test "exec: limits, oom score, umask, noNewPrivileges and personality are the container's" {
    started like '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 99, hard: 100}] | .process.oomScoreAdj = 77 | .process.user.umask = 63
        | .process.noNewPrivileges = true | .linux.personality = {domain: "LINUX32"}'
    run inside like sh -c 'ulimit -n; cat /proc/self/oom_score_adj; umask; grep NoNew /proc/self/status; uname -m'
    assert_status 0
    assert_is "$output" "99
77
0077
NoNewPrivs:	1
$(setarch linux32 uname -m)"
}

@test "exec: detached, with a pid file; its end does not end the container" {
    started away
    runtime exec --detach --pid-file "$T/away/pid" "$ID-away" sleep 500 </dev/null >/dev/null 2>&1 3>&-
    assert_is "$(cat "/proc/$(cat "$T/away/pid")/comm")" sleep
    assert_is "$(runtime ps --format json "$ID-away" | jq "index($(cat "$T/away/pid")) != null")" true
    kill -9 "$(cat "$T/away/pid")"
    assert_is "$(container_status "$ID-away")" running
}

@test "exec: status of a signal, and signals are passed on" {
    started signals
    run inside signals sh -c 'kill -9 $$'
    assert_status 137
    "$RUNTIME" --root "$RUNTIME_ROOT" exec "$ID-signals" sh -c 'trap "exit 33" TERM; echo ready; while :; do sleep 0.1; done' >"$T/signals/out" 3>&- &
    eventually grep -q ready "$T/signals/out"
    kill -TERM $!
    local got=0
    wait $! || got=$?
    assert_is "$got" 33
}

@test "exec: in a container that is only created, and in one that has ended" {
    config early 'exec sleep 1000'
    created early
    run inside early cat /etc/hostname
    assert_is "$output" test
    runtime start "$ID-early"
    runtime kill "$ID-early" KILL
    eventually status_is "$ID-early" stopped
    run inside early true
    assert_status 255
    assert_has "$output" "cannot exec in container $ID-early: it is stopped"
}

@test "exec: a cgroup below the container's, when it is asked for" {
    started sub
    local base=/sys/fs/cgroup/memory/$ID-sub
    [ -d "$base" ] || skip "no v1 memory hierarchy here"
    mkdir "$base/part"
    run runtime exec --cgroup part "$ID-sub" grep memory /proc/self/cgroup
    assert_matches "$output" 'memory:/part$'
    run runtime exec --cgroup ../../escape "$ID-sub" true
    assert_status 255
    rmdir "$base/part"
}
