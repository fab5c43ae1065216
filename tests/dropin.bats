#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# dropin.bats - Debian's own dockerd, podman and containerd do real work with dhow-runtime in place of theirs.

load lib
load dropin

setup_file() {
    dhow_setup_file
    local root
    root=$("$TESTS/bench/peers" engines 2>"$T/peers.log") || skip "no engines to drive: $(cat "$T/peers.log")"
    box_up "$root" "$RUNTIME"
    tar -C "$T/busybox" -cf "$T/busybox.tar" .
    daemon containerd containerd
    eventually in_box ctr version
    daemon dockerd dockerd --containerd /run/containerd/containerd.sock --add-runtime dhow=/dhow/dhow-runtime --default-runtime dhow
    eventually in_box docker version
    in_box docker import /T/busybox.tar busybox >/dev/null
    in_box docker save busybox -o /T/image.tar
    in_box ctr images import /T/image.tar >/dev/null
    in_box podman import --quiet /T/busybox.tar busybox >/dev/null
}

teardown_file() {
    box_down
    dhow_teardown_file
}

teardown() {
    # What a test shows when it failed: the daemons' last words.
    tail -n 5 "$T/dockerd.log" "$T/containerd.log" 2>/dev/null || :
}

docker() { in_box docker "$@"; }
podman() { in_box podman --runtime /dhow/dhow-runtime --cgroup-manager cgroupfs "$@"; }
ctr() { in_box ctr "$@"; }
ctr_run() { in_box ctr run --runc-binary /dhow/dhow-runtime "$@"; }
exit_status() { "$@" >/dev/null 2>&1; echo $?; }
IMAGE=docker.io/library/busybox:latest

# cgroup_value CONTROLLER FILE-V1 FILE-V2 PATTERN - what stands in that file of the cgroup whose path has PATTERN in it.
cgroup_value() {
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
        in_box sh -c "cat \$(find /sys/fs/cgroup -type d -name '*$4*' | head -1)/$3"
    else
        in_box sh -c "cat \$(find /sys/fs/cgroup/$1 -type d -name '*$4*' | head -1)/$2"
    fi
}

# --- dockerd -------------------------------------------------------------------------------------------------------

@test "docker: the default runtime is ours, and it lists the container" {
    assert_is "$(docker info --format '{{.DefaultRuntime}}')" dhow
    local id
    id=$(docker run -d --name listed busybox sleep 600)
    run in_box /dhow/dhow-runtime --root /run/docker/runtime-runc/moby list --quiet
    assert_has "$output" "$id"
    docker rm -f listed
}

@test "docker: run gives output, error output and exit status" {
    run docker run --rm busybox sh -c 'echo out; echo err >&2; exit 42'
    assert_status 42
    assert_has "$output" out
    assert_has "$output" err
}

@test "docker: run -i reads standard input" {
    run in_box sh -c 'echo from outside | docker run --rm -i busybox cat'
    assert_status 0
    assert_is "$output" "from outside"
}

@test "docker: run -it has a terminal of the size that was set" {
    run on_terminal 'stty rows 33 cols 77; docker run --rm -it busybox sh -c "sleep 1; tty; stty size"'
    assert_has "$output" /dev/pts/0
    assert_has "$output" "33 77"
}

@test "docker: exec has its own user, directory, environment and exit status" {
    docker run -d --name target busybox sleep 600
    run docker exec -u 1000:50 -w /tmp -e WHO=me target sh -c 'echo $(id -u):$(id -g) $PWD $WHO; exit 7'
    assert_status 7
    assert_is "$output" "1000:50 /tmp me"
    run on_terminal 'docker exec -it target tty'
    assert_has "$output" /dev/pts/
    docker rm -f target
}

@test "docker: limits stand in the cgroup, and update changes them" {
    local id
    id=$(docker run -d --memory 64m --cpus 0.5 --pids-limit 20 busybox sleep 600)
    assert_is "$(cgroup_value memory memory.limit_in_bytes memory.max "$id")" 67108864
    assert_is "$(cgroup_value pids pids.max pids.max "$id")" 20
    assert_has "$(cgroup_value cpu cpu.cfs_quota_us cpu.max "$id")" 50000
    docker update --memory 96m --memory-swap 96m --pids-limit 30 "$id"
    assert_is "$(cgroup_value memory memory.limit_in_bytes memory.max "$id")" 100663296
    assert_is "$(cgroup_value pids pids.max pids.max "$id")" 30
    docker rm -f "$id"
}

@test "docker: kill, wait and logs" {
    docker run -d --name killed busybox sh -c 'trap "echo caught; exit 9" TERM; echo up; while :; do sleep 0.1; done'
    eventually in_box sh -c 'docker logs killed | grep up'
    docker kill -s TERM killed
    assert_is "$(docker wait killed)" 9
    assert_is "$(docker logs killed)" "up
caught"
    docker start killed
    eventually in_box sh -c '[ "$(docker logs killed | grep -c up)" = 2 ]'
    docker kill killed
    assert_is "$(docker wait killed)" 137
    docker rm killed
}

@test "docker: pause freezes and unpause thaws" {
    docker run -d --name paused busybox sleep 600
    docker pause paused
    assert_is "$(docker inspect -f '{{.State.Status}}' paused)" paused
    docker unpause paused
    assert_is "$(docker exec paused echo alive)" alive
    docker rm -f paused
}

@test "docker: user, capabilities, read-only root, tmpfs, volume, hostname, sysctl and ulimit arrive" {
    in_box mkdir -p /T/volume
    run docker run --rm --user 1000 --cap-drop ALL --read-only --tmpfs /scratch -v /T/volume:/data:ro --hostname named \
        --sysctl net.ipv4.ip_forward=1 --ulimit nofile=512:600 --security-opt no-new-privileges busybox sh -c '
        id -u; grep CapBnd /proc/self/status; touch /x 2>&1; touch /scratch/x && echo scratch; touch /data/x 2>&1
        hostname; cat /proc/sys/net/ipv4/ip_forward; ulimit -n; grep NoNewPrivs /proc/self/status'
    assert_status 0
    assert_is "${lines[0]}" 1000
    assert_has "${lines[1]}" 0000000000000000
    assert_has "${lines[2]}" "Read-only file system"
    assert_is "${lines[3]}" scratch
    assert_has "${lines[4]}" "Read-only file system"
    assert_is "${lines[5]}" named
    assert_is "${lines[6]}" 1
    assert_is "${lines[7]}" 512
    assert_has "${lines[8]}" 1
}

@test "docker: added capabilities, no seccomp, a device" {
    # Not --privileged: a host that withholds a capability (CAP_SYS_RESOURCE, often) cannot give all of them.
    run docker run --rm --cap-add SYS_ADMIN --security-opt seccomp=unconfined busybox sh -c '
        mount -t tmpfs none /home && grep -c "/home tmpfs" /proc/mounts; grep -c "Seccomp:.0" /proc/self/status'
    assert_status 0
    assert_is "$output" "1
1"
    run docker run --rm --device /dev/null:/dev/mine busybox sh -c 'echo x >/dev/mine && ls /dev/mine'
    assert_status 0
    assert_is "$output" /dev/mine
}

@test "docker: the bridge network works" {
    run docker run --rm busybox sh -c 'ip -o addr show eth0 | grep -c 172.17; ping -c 1 -W 5 172.17.0.1 | grep -c "1 packets received"'
    assert_status 0
    assert_is "$output" "1
1"
}

@test "docker: top and stats" {
    docker run -d --name seen busybox sleep 600
    assert_has "$(docker top seen)" "sleep 600"
    assert_has "$(docker stats --no-stream --format '{{.PIDs}}' seen)" 1
    docker rm -f seen
}

@test "docker: a command that does not exist is 127, one that is not executable 126" {
    # The engines tell it from the words of our error.
    assert_is "$(exit_status docker run --rm busybox /no/such)" 127
    assert_is "$(exit_status docker run --rm busybox no-such)" 127
    assert_is "$(exit_status docker run --rm busybox /etc/passwd)" 126
}

@test "docker: the out-of-memory killer is reported" {
    docker run --name hungry --memory 16m --memory-swap 16m busybox sh -c 'dd if=/dev/zero of=/dev/null bs=64M count=1' || :
    assert_is "$(docker inspect -f '{{.State.ExitCode}}' hungry)" 137
    docker rm hungry
}

# --- podman --------------------------------------------------------------------------------------------------------

@test "podman: run gives output and exit status, and inspect names our runtime" {
    run podman run --rm --network none busybox sh -c 'echo out; exit 42'
    assert_status 42
    assert_is "$output" out
    podman create --name made --network none busybox true
    assert_is "$(podman inspect -f '{{.OCIRuntime}}' made)" /dhow/dhow-runtime
    podman rm made
}

@test "podman: run -it and exec have a terminal" {
    run on_terminal 'podman --runtime /dhow/dhow-runtime --cgroup-manager cgroupfs run --rm -it --network none busybox tty'
    assert_has "$output" /dev/pts/0
    podman run -d --name shell --network none busybox sleep 600
    run podman exec -u 1000 -w /tmp -e WHO=me shell sh -c 'echo $(id -u) $PWD $WHO; exit 7'
    assert_status 7
    assert_is "$output" "1000 /tmp me"
    run on_terminal 'podman --runtime /dhow/dhow-runtime --cgroup-manager cgroupfs exec -it shell tty'
    assert_has "$output" /dev/pts/
    podman rm -f -t 0 shell
}

@test "podman: limits stand in the cgroup" {
    local id
    id=$(podman run -d --memory 64m --cpus 0.5 --pids-limit 20 --network none busybox sleep 600)
    assert_is "$(cgroup_value memory memory.limit_in_bytes memory.max "libpod-$id")" 67108864
    assert_is "$(cgroup_value pids pids.max pids.max "libpod-$id")" 20
    assert_has "$(cgroup_value cpu cpu.cfs_quota_us cpu.max "libpod-$id")" 50000
    podman rm -f -t 0 "$id"
}

@test "podman: kill, wait, logs, pause and restart" {
    podman run -d --name killed --network none busybox sh -c 'trap "echo caught; exit 9" TERM; echo up; while :; do sleep 0.1; done'
    eventually in_box sh -c 'podman --runtime /dhow/dhow-runtime --cgroup-manager cgroupfs logs killed | grep up'
    podman pause killed
    assert_is "$(podman inspect -f '{{.State.Status}}' killed)" paused
    podman unpause killed
    podman kill -s TERM killed
    assert_is "$(podman wait killed)" 9
    assert_has "$(podman logs killed)" caught
    podman start killed
    podman rm -f -t 0 killed
}

@test "podman: a command that does not exist is 127, one that is not executable 126" {
    # The engines tell it from the words of our error.
    assert_is "$(exit_status podman run --rm --network none busybox /no/such)" 127
    assert_is "$(exit_status podman run --rm --network none busybox no-such)" 127
    assert_is "$(exit_status podman run --rm --network none busybox /etc/passwd)" 126
}

# --- containerd ----------------------------------------------------------------------------------------------------

@test "containerd: run gives output and exit status" {
    run ctr_run --rm "$IMAGE" one sh -c 'echo out; exit 42'
    assert_status 42
    assert_is "$output" out
}

@test "containerd: exec, terminal, metrics, pause and kill" {
    ctr_run -d --memory-limit 67108864 "$IMAGE" two sleep 600
    assert_is "$(cgroup_value memory memory.limit_in_bytes memory.max two)" 67108864
    run ctr task exec --exec-id e1 two sh -c 'echo in; exit 7'
    assert_status 7
    assert_is "$output" in
    run on_terminal 'ctr task exec -t --exec-id e2 two tty'
    assert_has "$output" /dev/pts/
    run ctr task ps two
    assert_status 0
    run ctr task metrics two
    assert_status 0
    assert_has "$output" memory
    ctr task pause two
    assert_has "$(ctr task ls)" PAUSED
    ctr task resume two
    ctr task kill -s KILL two
    eventually in_box sh -c 'ctr task ls | grep two.*STOPPED'
    assert_has "$(ctr task delete two 2>&1)" 137
    ctr container delete two
}

@test "containerd: run -t has a terminal" {
    run on_terminal "ctr run --runc-binary /dhow/dhow-runtime --rm -t $IMAGE three tty"
    assert_has "$output" /dev/pts/0
}
