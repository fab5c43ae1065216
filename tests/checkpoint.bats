# SPDX-License-Identifier: Apache-2.0
# checkpoint.bats — checkpoint and restore with the real criu, in a machine whose kernel it can work with (tests/vm);
# how each flag reaches criu is in runtime-cli.bats.
load lib

# in_machine V1-OR-V2 — a container that counts, with docker's seccomp profile and its standard output in a pipe, is
# saved and restored; the count goes on where it was, in the pipe of the restorer. It shares the machine's network
# namespace: saving one needs iptables, which the machine has not.
in_machine() {
    need criu qemu-system-x86_64
    "$TESTS/bundle.py" config sh -c 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done' | jq '
        .root.path = "/rootfs" | .linux.sysctl = {} | .linux.namespaces |= map(select(.type != "network"))' \
        >"$T/config.json"
    cat >"$T/script" <<'S'
#!/bin/sh
export PATH=/job:$PATH
r="./dhow-runtime --root /run/r"
mkdir b
cp config.json b/
$r create -b b c1 </dev/null 2>/dev/null | cat >first &
until $r state c1 2>/dev/null | grep -q created; do sleep 0.1; done
$r start c1
until [ "$(wc -l <first)" -ge 3 ]; do sleep 0.1; done
$r checkpoint --image-path images --leave-running c1 || { tail -5 images/dump.log; exit 1; }
$r state c1 | grep running || exit 2
$r checkpoint --image-path images c1 || { tail -5 images/dump.log; exit 3; }
$r state c1 2>/dev/null && exit 4
last=$(tail -1 first)
$r restore -d -b b --image-path images --pid-file pid c1 </dev/null 2>err | cat >second &
until [ "$(cat second 2>/dev/null | wc -l)" -ge 3 ]; do
    sleep 0.1
    grep . err && { tail -5 images/restore.log; exit 5; }
done
echo "went on: $(($(head -1 second) - last))"
echo "list: $($r list -q)"
echo "pids: $($r ps -f json c1 | grep -c "[[,]$(cat pid)[],]")"
$r exec c1 echo "exec works"
$r pause c1 && $r resume c1 && $r kill c1 KILL || exit 6
until $r delete c1 2>/dev/null; do sleep 0.1; done
echo "left: $($r list -q)"
S
    VM_CGROUP=$1 run "$TESTS/vm/run" mini "$T/script" "$RUNTIME" "$(command -v criu)" "$T/config.json" "$(command -v tar)"
    assert_status 0
    assert_has "$output" "went on: 1"
    assert_has "$output" "list: c1"
    assert_has "$output" "pids: 1"
    assert_has "$output" "exec works"
    assert_matches "$output" $'left: *$'
}

@test "a container is saved and restored where it was, on cgroup v2" {
    in_machine v2
}

@test "a container is saved and restored where it was, on cgroup v1" {
    in_machine v1
}
