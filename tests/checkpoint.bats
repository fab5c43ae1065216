# SPDX-License-Identifier: Apache-2.0
# checkpoint.bats — checkpoint and restore: how each flag reaches criu, seen by a stand-in for it, and the real criu in a
# machine whose kernel it can work with (tests/vm).
load lib

setup() {
    PLAIN=1
    C=$ID-c
}

teardown() { delete_all; }

# Makes and starts container $C, whose process sleeps.
sleeping() {
    bundle b ".process.args = [\"sleep\", \"1000\"] | ${1:-.}"
    runtime create -b "$T/b" "$C"
    runtime start "$C"
}

fake_criu() {
    mkdir -p "$T/fake"
    cat >"$T/fake/criu" <<'SH'
#!/bin/sh
printf '%s\n' "$@" >"$CRIU_NOTE"
while [ $# -gt 0 ]; do
    case $1 in
    --work-dir) work=$2 ;;
    --log-file) log=$2 ;;
    --pidfile) pidfile=$2 ;;
    esac
    shift
done
if [ -n "$CRIU_FAILS" ]; then
    printf '(00.1) fine\n(00.2) Error (criu/files.c:10): cannot dump the cat\n' >"$work/$log"
    exit 1
fi
[ -z "$pidfile" ] || { sleep 1000 >/dev/null 2>&1 3>&- & printf %s $! >"$pidfile"; }
SH
    chmod +x "$T/fake/criu"
    export CRIU_NOTE=$T/note CRIU_FAILS=
    PATH=$T/fake:$PATH
}

@test "checkpoint maps every flag to criu and deletes the container" {
    fake_criu
    sleeping
    local pid
    pid=$(container_pid "$C")
    runtime checkpoint --image-path "$T/images" --work-path "$T/work" --parent-path ../parent --tcp-established \
        --tcp-skip-in-flight --link-remap --ext-unix-sk --shell-job --lazy-pages --status-fd 5 \
        --page-server 127.0.0.1:1234 --file-locks --manage-cgroups-mode soft --empty-ns network --auto-dedup "$C" 5>&2
    local note
    note=" $(tr '\n' ' ' <"$T/note")"
    for word in "dump --images-dir $T/images --work-dir $T/work" "--tree $pid" "--root $T/b/rootfs" --tcp-established \
        --skip-in-flight --link-remap --ext-unix-sk --shell-job --lazy-pages "--status-fd 5" \
        "--page-server --address 127.0.0.1 --port 1234" --file-locks "--manage-cgroups=soft" "--empty-ns net" \
        --auto-dedup "--prev-images-dir ../parent"; do
        assert_has "$note" " $word "
    done
    assert_is "$(jq length "$T/images/descriptors.json")" 3
    run runtime state "$C"
    assert_status 1
}

@test "checkpoint --leave-running and --pre-dump leave the container" {
    fake_criu
    sleeping
    runtime checkpoint --image-path "$T/images" --leave-running "$C"
    assert_has "$(cat "$T/note")" --leave-running
    runtime checkpoint --image-path "$T/images" --pre-dump "$C"
    assert_is "$(head -1 "$T/note")" pre-dump
    assert_is "$(container_status "$C")" running
}

@test "a failing criu is quoted, the container goes on" {
    fake_criu
    export CRIU_FAILS=1
    sleeping
    run runtime checkpoint --image-path "$T/images" "$C"
    assert_status 1
    assert_has "$output" "Error (criu/files.c:10): cannot dump the cat"
    assert_has "$output" "$T/images/dump.log"
    assert_is "$(container_status "$C")" running
    run runtime checkpoint --image-path "$T/images" --page-server nowhere "$C"
    assert_status 1
    assert_has "$output" "expected ADDRESS:PORT"
}

@test "restore makes the container again, with its options and mounts" {
    fake_criu
    bundle b '.process.args = ["sleep", "1000"] | .mounts += [{destination: "/given", type: "bind", source: "/tmp",
        options: ["rbind"]}]'
    mkdir -p "$T/images"
    echo '["pipe:[123]","/dev/null","pipe:[456]"]' >"$T/images/descriptors.json"
    runtime restore --detach --bundle "$T/b" --image-path "$T/images" --work-path "$T/work" --pid-file "$T/pid" \
        --tcp-established --ext-unix-sk --shell-job --file-locks --lazy-pages --auto-dedup --empty-ns network \
        --lsm-profile apparmor:x --lsm-mount-context ctx --manage-cgroups-mode soft "$C"
    assert_is "$(container_status "$C")" running
    assert_is "$(cat "$T/pid")" "$(container_pid "$C")"
    local note
    note=" $(tr '\n' ' ' <"$T/note")"
    for word in "restore --images-dir $T/images --work-dir $T/work" --restore-detached "--root $T/b/rootfs" \
        --tcp-established --ext-unix-sk --shell-job --file-locks --lazy-pages --auto-dedup "--empty-ns net" \
        "--lsm-profile apparmor:x" "--lsm-mount-context ctx" "--manage-cgroups=soft" "--external mnt[/given]:/tmp" \
        "--inherit-fd fd[0]:pipe:[123]" "--inherit-fd fd[2]:pipe:[456]"; do
        assert_has "$note" " $word "
    done
    assert_lacks "$note" "fd[1]"
    assert_is "$(runtime ps -f json "$C")" "[$(container_pid "$C")]"
    runtime kill "$C" KILL
    eventually status_is "$C" stopped
    runtime delete "$C"
}

@test "a failing restore leaves nothing and says why" {
    fake_criu
    export CRIU_FAILS=1
    bundle b '.process.args = ["sleep", "1000"]'
    run runtime restore --bundle "$T/b" --image-path "$T/images" "$C"
    assert_status 1
    assert_has "$output" "Error (criu/files.c:10): cannot dump the cat"
    run runtime state "$C"
    assert_status 1
    assert [ ! -d "/sys/fs/cgroup/memory/$ID-b" ]
    bundle b '.process.terminal = true'
    run runtime restore --bundle "$T/b" --image-path "$T/images" "$C"
    assert_status 1
    assert_has "$output" "terminal cannot be restored"
}

@test "org.criu.config is handed to criu" {
    fake_criu
    sleeping '.annotations = {"org.criu.config": "/etc/criu/mine.conf"}'
    runtime checkpoint --image-path "$T/images" --leave-running "$C"
    assert_has "$(tr '\n' ' ' <"$T/note")" "--config /etc/criu/mine.conf"
}

# --- the real one --------------------------------------------------------------------------------------------------

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

@test "dhow checkpoint and start --checkpoint: the container goes on where it was" {
    need criu qemu-system-x86_64
    cat >"$T/script" <<'S'
#!/bin/sh
export PATH=/job:$PATH DHOW_ROOT=/run/root DHOW_RUN_ROOT=/run/dhow
mkdir -p $DHOW_ROOT && mount -t tmpfs none $DHOW_ROOT
tar -C /rootfs -c . | dhow import - bb >/dev/null
dhow run -d --name count --network host bb sh -c 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done' >/dev/null
until [ "$(dhow logs count | wc -l)" -ge 3 ]; do sleep 0.1; done
dhow checkpoint create --leave-running count first || exit 1
dhow ps --format '{{.State}}'
dhow checkpoint create count first 2>&1
dhow checkpoint create count second || exit 2
until [ -z "$(dhow ps -q)" ]; do sleep 0.1; done
dhow checkpoint ls count
last=$(dhow logs --tail 1 count) n=$(dhow logs count | wc -l)
dhow start --checkpoint none count 2>&1
dhow start --checkpoint second count || { tail -5 /run/root/containers/*/checkpoints/second/restore.log; exit 3; }
until [ "$(dhow logs count | wc -l)" -gt "$n" ]; do sleep 0.1; done
echo "went on: $(($(dhow logs count | sed -n $((n + 1))p) - last))"
dhow exec count echo "exec works"
dhow checkpoint rm count first && dhow checkpoint ls count | tail -n +2
dhow rm -f count
find /run/root/containers -mindepth 1
S
    run "$TESTS/vm/run" mini "$T/script" "$DHOW_BUILD"/dhow{,-monitor,-runtime,-transfer} "$(command -v criu)" "$(command -v tar)"
    assert_status 0
    assert_is "$output" "first
running
dhow: checkpoint with name first already exists for container count
second
CHECKPOINT NAME
first
second
dhow: checkpoint none does not exist in /run/root/containers/$(sed -n 's,.*/containers/\([0-9a-f]*\)/.*,\1,p' <<<"$output")/checkpoints
dhow: failed to start containers: count
count
went on: 1
exec works
second
count"
}
