#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# runtime.sh - the runtime on an older kernel with cgroup v2: life, user namespaces, idmapped mounts, mount attributes,
# hooks, seccomp, time; runs in the guest, started by tests/runtime-vm.bats.
. ./checks.sh
once() { rt run -b "$(bundle "$1")" "$1" 2>&1; }

echo "# $(uname -r)"
# A file system that this kernel can map ids on (tmpfs cannot before 6.3), with a root of its own in it.
mkdir -p /tmp/volume /tmp/tree /mapped /rootfs/opt
mount -t ext4 /dev/vda /mapped && mkdir -p /mapped/volume
echo >/mapped/volume/file
echo test >/rootfs/etc/hostname
mount -t tmpfs tree /tmp/tree && mkdir /tmp/tree/sub && mount -t tmpfs sub /tmp/tree/sub

detached life
say "a container starts" $?
is "it runs" "$(status life)" running
is "exec runs in it" "$(rt exec life sh -c 'echo $$; cat /proc/1/comm' | tail -1)" sleep
rt pause life
is "pause" "$(status life)" paused
rt resume life
is "resume" "$(status life)" running
has "exec in its cgroup" "$(rt exec life cat /proc/self/cgroup)" "0::/"
rt kill life KILL
soon sh -c './runtime --root /run/runtime state life | grep -q stopped'
is "kill" "$(status life)" stopped
rt delete life
say "delete" $?

out=$(once userns)
is "userns: root inside" "$(echo "$out" | sed -n 1p)" 0
has "userns: mapped" "$(echo "$out" | sed -n 2p)" 100000
is "userns: an idmapped root belongs to root" "$(echo "$out" | sed -n 3p)" 0
has "userns: device nodes work" "$out" "three 3"
has "userns: masks hold" "$out" "keys 0"
is "userns: what its root wrote is root's on disk" "$(stat -c %u /mapped/tmp/by-userns)" 0

has "idmap: a volume's files are the container's own" "$(once idmap)" "/data/file 0"
is "idmap: what it wrote is root's on disk" "$(stat -c %u /mapped/volume/new)" 0
has "idmap: tmpfs cannot on this kernel, and it says so" "$(once idtmpfs)" "cannot be mounted with an id mapping"

out=$(once mounts)
has "mounts: attributes" "$out" "/m ro,nosuid,nodev,noexec"
has "mounts: recursive attributes" "$out" "/m/sub ro,nosuid,nodev,noexec"
has "mounts: tmpcopyup" "$out" "copied up: test"
has "mounts: read-only root" "$out" "/x: Read-only file system"
has "mounts: cgroup2 read-only" "$out" "/sys/fs/cgroup ro,"

has "hooks: what they mount is in the container" "$(once hooks)" "hooked inside"
has "seccomp: a call fails as it was told" "$(once seccomp)" "quota exceeded"
has "time: offsets" "$(once clock)" "boottime         5000"
is "terminal: without anybody to take it" "$(rt create -b "$(bundle terminal)" terminal 2>&1 | grep -c console-socket)" 1
has "process: rlimits, scheduling, personality" "$(once process)" "i686 100 5"

mount -t securityfs securityfs /sys/kernel/security
cat profile >/sys/kernel/security/apparmor/.load
out=$(once apparmor)
has "apparmor: the profile is the process's" "$out" "dhow-test (enforce)"
has "apparmor: what it denies is denied" "$out" "/tmp/denied: Permission denied"
has "apparmor: the rest is not" "$out" fine
has "apparmor: a container without /sys has it, too" "$(once apparmor2)" "dhow-test (enforce)"
has "apparmor: a profile that is not loaded is an error" "$(once apparmor3)" "apply AppArmor profile not-loaded"

started=$(once forbidden)
has "devices: eBPF denies" "$started" "'/tmp/loop': Operation not permitted"
has "devices: eBPF allows" "$started" "null written"
is "a container may be called seccomp" "$(ls -A /run/runtime)" .seccomp
is "nothing is left of the containers" "$(ls /run/runtime; ls -d /sys/fs/cgroup/dhow/*/ 2>/dev/null)" ""
finish
