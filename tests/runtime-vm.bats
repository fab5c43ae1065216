#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime-vm.bats - the runtime on another kernel: Debian's 6.1 with cgroup v2, in tests/vm. One boot, many checks.

load lib

# guest NAME SHELL-TEXT [JQ-EDIT] — NAME.json for the guest's /rootfs.
guest() {
    "$TESTS/bundle.py" config --plain sh -c "$2" |
        jq ".root.path = \"/rootfs\" | .linux.cgroupsPath = \"/dhow/$1\" | ${3:-.}" >"$files/$1.json"
}

@test "vm: containers on kernel 6.1 with cgroup v2: life, user namespaces, mounts, hooks, seccomp" {
    files=$BATS_TEST_TMPDIR
    if ldd "$RUNTIME" >/dev/null 2>&1; then skip "built with a sanitizer"; fi
    cp "$TESTS/vm/checks.sh" "$files/"
    cp "$RUNTIME" "$files/runtime"
    userns='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    guest life 'exec sleep 1000'
    guest userns 'id -u; head -1 /proc/self/uid_map; stat -c %u /etc/passwd; echo three $(head -c 3 /dev/zero | wc -c)
        echo keys $(wc -c </proc/keys); echo >/tmp/by-userns' "$userns"' | .annotations = {"dhow.rootfs.idmap": "true"} | .root.path = "/mapped"'
    guest idmap 'stat -c "%n %u" /data/file; echo >/data/new' "$userns"' | .annotations = {"dhow.rootfs.idmap": "true"} | .root.path = "/mapped"
        | .mounts += [{destination: "/data", type: "bind", source: "/mapped/volume", options: ["bind", "idmap"]}]'
    guest idtmpfs true "$userns"' | .mounts += [{destination: "/data", type: "bind", source: "/tmp/volume", options: ["bind", "idmap"]}]'
    guest mounts 'awk "{ print \$5, \$6 }" /proc/self/mountinfo; echo copied up: $(cat /etc/hostname); echo >/x' '.root.readonly = true | .mounts += [
        {destination: "/m", type: "bind", source: "/tmp/tree", options: ["rbind", "rro", "rnosuid", "rnodev", "rnoexec"]},
        {destination: "/etc", type: "tmpfs", source: "t", options: ["tmpcopyup"]}]'
    guest hooks 'cat /opt/file' '.hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c",
        "mount -t tmpfs h /rootfs/opt && echo hooked inside >/rootfs/opt/file"], env: ["PATH=/bin:/sbin"]}]'
    guest seccomp 'mkdir /tmp/never' '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 122}]}'
    guest clock 'cat /proc/self/timens_offsets' '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 5000}}'
    guest terminal true '.process.terminal = true'
    guest process 'echo $(uname -m) $(ulimit -n) $(awk "{ sub(/.*\\) /, \"\"); print \$17 }" /proc/self/stat)' \
        '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}] | .process.scheduler = {policy: "SCHED_BATCH", nice: 5}
        | .linux.personality = {domain: "LINUX32"}'
    guest forbidden 'mknod /tmp/loop b 7 0; dd if=/tmp/loop count=0; echo >/dev/null && echo null written' \
        '.linux.resources.devices = [{allow: false, access: "rwm"}]'
    need apparmor_parser
    guest apparmor 'cat /proc/self/attr/current; echo >/tmp/denied; echo >/tmp/fine && echo fine' '.process.apparmorProfile = "dhow-test"'
    guest apparmor2 'cat /proc/self/attr/current' '.process.apparmorProfile = "dhow-test" | .mounts |= map(select(.destination | startswith("/sys") | not))'
    guest apparmor3 true '.process.apparmorProfile = "not-loaded"'
    printf '%s\n' 'profile dhow-test flags=(attach_disconnected,mediate_deleted) {' file, capability, network, signal, 'deny /tmp/denied w,' '}' |
        apparmor_parser --features-file /etc/apparmor.d/abi/3.0 -Q -S --skip-cache >"$files/profile"
    mke2fs -q -t ext4 -d "$T/busybox" "$T/disk" 32m
    export VM_ARGS="-drive id=d,file=$T/disk,format=raw,if=none -device virtio-blk-pci,drive=d"
    run "$TESTS/vm/run" mini "$TESTS/vm/runtime.sh" "$files"/*
    if [ "$status" != 0 ] || [[ $output == *"not ok "* ]]; then
        failed "exit status $status" "$(grep -v '^ok ' <<<"$output")"
    fi
    [ "$(grep -c '^ok ' <<<"$output")" -ge 33 ] || failed "too few checks: $output"
}
