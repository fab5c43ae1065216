#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# security.bats — what a container may do: capabilities, profiles, masked paths, namespaces that it shares, --privileged;
# and that nothing an image says can choose any of it.
load dhow

# inside OPTIONS… -- COMMAND… — what a container says.
inside() {
    local options=()
    while [ "$1" != -- ]; do options+=("$1") && shift; done
    shift
    timeout 60 dhow run --rm "${options[@]}" bb "$@"
}
# refuses WORDS OPTION… — create fails with these words.
refuses() {
    local words=$1
    shift
    run timeout 60 dhow create "$@" bb true
    assert_failed
    assert_has "$output" "$words"
}
capabilities() { inside "$@" -- sh -c 'grep CapEff /proc/self/status | cut -f2'; }
namespace() { readlink "/proc/${2:-self}/ns/$1"; }
pid_of() { dhow inspect -f '{{.State.Pid}}' "$1"; }

# --- capabilities ---

@test "capabilities are docker's fourteen, added and dropped ones arrive" {
    assert_is "$(capabilities)" 00000000a80425fb
    assert_is "$(capabilities --cap-add net_admin)" 00000000a80435fb
    assert_is "$(capabilities --cap-add CAP_SYS_ADMIN --cap-drop MKNOD)" 00000000a02425fb
    assert_is "$(capabilities --cap-drop ALL)" 0000000000000000
    assert_is "$(capabilities --cap-drop all --cap-add chown)" 0000000000000001
    refuses 'invalid CapAdd: unknown capability: "CAP_FLY"' --cap-add fly
    refuses 'invalid CapDrop: unknown capability: "CAP_FLY"' --cap-drop fly
}

@test "CVE-2018-10856: another user than root has none of them" {
    run inside --user 1000 --cap-add ALL -- sh -c 'grep -E "Cap(Eff|Prm|Inh|Amb)" /proc/self/status | cut -f2 | sort -u'
    assert_is "$output" 0000000000000000
}

@test "inheritable and ambient sets are empty, also in exec" {
    dhow run -d --name inh --cap-add SYS_ADMIN bb sleep 1000
    assert_is "$(dhow exec inh sh -c 'grep -E "Cap(Inh|Amb)" /proc/self/status | cut -f2 | sort -u')" 0000000000000000
}

@test "what this machine cannot give is left out, and a warning says so" {
    capsh --has-b=cap_sys_resource 2>/dev/null && skip "this machine has them all"
    run dhow create --cap-add SYS_RESOURCE bb true
    assert_status 0
    assert_has "$output" 'not available in the current environment: "CAP_SYS_RESOURCE"'
}

# --- seccomp ---

@test "the default profile refuses what docker's does, SYS_ADMIN opens what it opens" {
    run inside -- unshare -m true
    assert_failed
    assert_has "$output" "Operation not permitted"
    inside --cap-add SYS_ADMIN -- unshare -m true
    run inside --cap-add SYS_ADMIN -- mount -t tmpfs none /tmp
    assert_status 0
}

@test "--security-opt seccomp=unconfined, builtin, and a file" {
    assert_is "$(inside --security-opt seccomp=unconfined -- grep '^Seccomp:' /proc/self/status)" "Seccomp:	0"
    assert_is "$(inside --security-opt seccomp=builtin -- grep '^Seccomp:' /proc/self/status)" "Seccomp:	2"
    cat >"$T/no-mkdir.json" <<END
{"defaultAction": "SCMP_ACT_ALLOW", "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
    {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": null}],
 "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 30}]}
END
    run inside --security-opt "seccomp=$T/no-mkdir.json" -- sh -c 'touch /x && mkdir /y'
    assert_failed
    assert_has "$output" "Read-only file system"
    dhow run -d --name kept --security-opt "seccomp=$T/no-mkdir.json" bb sleep 1000
    run dhow exec kept mkdir /y
    assert_has "$output" "Read-only file system"
}

@test "profiles that are none are refused" {
    refuses "opening seccomp profile ($T/none.json) failed" --security-opt "seccomp=$T/none.json"
    echo '{' >"$T/bad.json"
    refuses "compacting json for seccomp profile ($T/bad.json) failed" --security-opt "seccomp=$T/bad.json"
    echo '{}' >"$T/empty.json"
    refuses "Decoding seccomp profile failed" --security-opt "seccomp=$T/empty.json"
}

# --- other options ---

@test "no-new-privileges holds, also in exec" {
    assert_is "$(inside --security-opt no-new-privileges -- grep NoNewPrivs /proc/self/status)" "NoNewPrivs:	1"
    assert_is "$(inside --security-opt no-new-privileges=false -- grep NoNewPrivs /proc/self/status)" "NoNewPrivs:	0"
    dhow run -d --name nnp --security-opt no-new-privileges:true bb sleep 1000
    assert_is "$(dhow exec nnp grep NoNewPrivs /proc/self/status)" "NoNewPrivs:	1"
}

@test "security options that are none are refused in docker's words" {
    refuses 'Invalid --security-opt: "nonsense"' --security-opt nonsense
    refuses 'invalid --security-opt 2: "nonsense=1"' --security-opt nonsense=1
    refuses 'invalid --security-opt 2: "no-new-privileges=maybe"' --security-opt no-new-privileges=maybe
    refuses 'invalid --security-opt 2: "systempaths=some"' --security-opt systempaths=some
    refuses 'invalid --security-opt 2: "label=x"' --security-opt label=x
}

@test "AppArmor and SELinux where they are not: no effect, and said so" {
    [ ! -e /sys/module/apparmor/parameters/enabled ] || skip "AppArmor is here"
    run dhow create --security-opt apparmor=some-profile bb true
    assert_status 0
    assert_has "$output" "AppArmor is not enabled here: apparmor=some-profile has no effect"
    run dhow create --security-opt apparmor=unconfined --security-opt label=disable bb true
    assert_status 0
    assert_lacks "$output" WARNING
    run dhow create --security-opt label=type:x_t bb true
    assert_has "$output" "label=type:x_t has no effect"
}

@test "masked paths cannot be read, read-only ones not written" {
    run inside -- sh -c 'cat /proc/interrupts /proc/kpagecount /proc/timer_list 2>/dev/null | head -c 100
        ls /sys/firmware /proc/scsi /proc/acpi 2>/dev/null; find /sys/kernel/debug /sys/kernel/security -mindepth 1'
    assert_lacks "$output" [a-z]
    run inside -- sh -c 'cat /proc/sys/vm/overcommit_ratio >/proc/sys/vm/overcommit_ratio'
    assert_has "$output" "Read-only file system"
}

@test "systempaths=unconfined masks nothing, mask= and unmask= one by one, proc-opts= for /proc" {
    run inside --security-opt systempaths=unconfined -- grep -cE ' /proc/(interrupts|kpagecount|sys|bus) ' /proc/self/mountinfo
    assert_is "$output" 0
    assert_is "$(inside --security-opt mask=/etc/passwd:/bin -- sh -c 'cat /etc/passwd' 2>&1 | head -c 5)" "dhow:"
    run inside --security-opt unmask=/proc/interrupts -- grep -E ' /proc/(interrupts|sys) ' /proc/self/mountinfo
    assert_has "$output" /proc/sys
    assert_lacks "$output" /proc/interrupts
    assert_is "$(inside --security-opt unmask=ALL -- grep -cE ' /proc/(interrupts|kpagecount|sys) ' /proc/self/mountinfo || true)" 0
    assert_has "$(inside --security-opt proc-opts=hidepid=2 -- grep ' /proc proc' /proc/mounts)" hidepid=
}

@test "--privileged: all capabilities and devices, no seccomp, nothing masked, /sys and cgroups to write" {
    run inside --privileged -- sh -c 'grep -E "^(CapEff|Seccomp):" /proc/self/status; grep -cE " /proc/(interrupts|kpagecount|sys) " /proc/self/mountinfo
        grep " /sys sysfs" /proc/mounts; ls /dev | wc -l; mkdir /sys/fs/cgroup/*/x 2>/dev/null && echo made && rmdir /sys/fs/cgroup/*/x'
    assert_has "$output" "Seccomp:	0"
    assert_has "$output" "sysfs /sys sysfs rw"
    assert_has "$output" "
0
"
    assert_has "$output" "CapEff:	$(grep CapBnd /proc/self/status | cut -f2)"
    # A device of the host's that nobody asked for.
    inside --privileged -- sh -c 'mknod /tmp/kmsg c 1 11 && dd if=/tmp/kmsg of=/dev/null bs=8192 count=1' || true
    dhow run -d --name priv --privileged bb sleep 1000
    assert_is "$(dhow inspect -f '{{.HostConfig.Privileged}}' priv)" true
}

@test "--group-add gives groups by number and by name" {
    assert_is "$(inside --group-add 4242 --group-add 77 -- sh -c 'id -G | tr " " "\n" | sort -n | tr "\n" " "')" "0 77 4242 "
    run inside --group-add no-such-group -- true
    assert_is "$status" 125
    assert_has "$output" "Unable to find group no-such-group"
}

@test "--read-only: the root cannot be written" {
    run inside --read-only -- sh -c 'touch /x; touch /dev/shm/y && echo shm'
    assert_has "$output" "Read-only file system"
    assert_has "$output" shm
}

# --- kernel parameters ---

@test "--sysctl sets what belongs to the container's namespaces, and nothing else" {
    assert_is "$(inside --sysctl kernel.msgmax=4096 --sysctl net.ipv4.ip_default_ttl=42 -- cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_default_ttl | tr '\n' ' ')" "4096 42 "
    refuses "sysctl 'kernel.panic=1' is not allowed" --sysctl kernel.panic=1
    refuses "sysctl 'vm.swappiness=1' is not allowed" --sysctl vm.swappiness=1
    refuses 'sysctl "net.ipv4.ip_forward" not allowed in host network namespace' --network host --sysctl net.ipv4.ip_forward=1
    refuses 'sysctl "kernel.msgmax" is not allowed in the hosts ipc namespace' --ipc host --sysctl kernel.msgmax=4096
    run inside --sysctl net.../../../kernel/core_pattern=x -- true
    assert_failed
}

# --- namespaces ---

@test "--pid, --ipc, --uts, --cgroupns host are the host's" {
    local kind
    for kind in pid ipc uts cgroup; do
        local option=$kind
        [ "$kind" != cgroup ] || option=cgroupns
        assert_is "$(inside "--$option" host -- readlink /proc/self/ns/$kind)" "$(namespace $kind)"
        assert [ "$(inside -- readlink /proc/self/ns/$kind)" != "$(namespace $kind)" ]
    done
    assert_is "$(inside --uts host -- hostname)" "$(hostname)"
}

@test "--pid and --uts of another container, as long as it runs" {
    dhow run -d --name donor -h donated bb sleep 1234
    assert_has "$(inside --pid container:donor -- ps)" "sleep 1234"
    assert_is "$(inside --uts container:donor -- hostname)" donated
    run inside --pid container:nobody -- true
    assert_is "$status" 125
    assert_has "$output" "failed to join PID namespace: No such container: nobody"
    dhow kill donor
    dhow wait donor
    run inside --pid container:donor -- true
    assert_is "$status" 125
    assert_has "$output" "is not running"
}

@test "--ipc: none, private, shareable, container:, host" {
    run inside --ipc none -- sh -c 'grep -c " /dev/shm " /proc/mounts'
    assert_is "$output" 0
    dhow run -d --name donor --ipc shareable --shm-size 2m bb sleep 1000
    dhow exec donor sh -c 'echo shared >/dev/shm/words'
    assert_is "$(inside --ipc container:donor -- cat /dev/shm/words)" shared
    assert_is "$(inside --ipc container:donor -- readlink /proc/self/ns/ipc)" "$(namespace ipc "$(pid_of donor)")"
    assert_has "$(dhow exec donor df -k /dev/shm)" 2048
    dhow run -d --name miser bb sleep 1000
    run inside --ipc container:miser -- true
    assert_has "$output" "non-shareable IPC (hint: use IpcMode:shareable for the donor container)"
    # host: also its memory
    echo hosts >"/dev/shm/$ID-x"
    assert_is "$(inside --ipc host -- cat "/dev/shm/$ID-x")" hosts
    rm "/dev/shm/$ID-x"
}

@test "shared memory of a container goes with it, however it ends" {
    dhow run -d --name donor --ipc shareable bb sleep 1000
    assert_is "$(grep -c " $DHOW_ROOT/.*/shm " /proc/mounts)" 1
    dhow kill donor
    dhow start donor
    assert_is "$(grep -c " $DHOW_ROOT/.*/shm " /proc/mounts)" 1
    dhow rm -f donor
    assert_is "$(leftovers)" ""
}

@test "modes that are none, and names that conflict, are refused in docker's words" {
    refuses "invalid PID mode: nonsense" --pid nonsense
    refuses "invalid IPC mode: nonsense" --ipc nonsense
    refuses "invalid UTS mode: nonsense" --uts nonsense
    refuses "invalid cgroup namespace mode: nonsense" --cgroupns nonsense
    refuses "invalid PID mode: container:" --pid container:
    refuses "conflicting options: hostname and the UTS mode" --uts host -h x
    refuses "conflicting options: hostname and the network mode" --network container:x -h x
    refuses "is longer than 64 characters" -h "$(printf 'x%.0s' {1..65})"
}

@test "--domainname, --hostname" {
    assert_is "$(inside -h name --domainname a.domain -- sh -c 'hostname; cat /proc/sys/kernel/domainname' | tr '\n' ' ')" "name a.domain "
}

# --- what an image cannot choose (S-14, CVE-2014-6408) ---

@test "nothing that an image's configuration says is a right" {
    tar -C "$T/busybox" -c . | dhow import \
        --change 'LABEL io.dhow.privileged=true io.containers.capabilities=CAP_SYS_ADMIN security=unconfined' \
        --change 'ENV DHOW_PRIVILEGED=1 DHOW_SECURITY_OPT=seccomp=unconfined' - greedy >/dev/null
    run timeout 60 dhow run --rm greedy sh -c 'grep -E "^(CapEff|Seccomp):" /proc/self/status'
    assert_is "$output" "CapEff:	00000000a80425fb
Seccomp:	2"
    dhow create --name plain bb true
    dhow create --name greedy greedy true
    assert_is "$(dhow inspect -f '{{json .HostConfig}}' greedy)" "$(dhow inspect -f '{{json .HostConfig}}' plain)"
}
