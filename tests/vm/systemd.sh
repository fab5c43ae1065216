#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# systemd.sh - the runtime with --systemd-cgroup under systemd as PID 1; runs in the guest, started by tests/cgroup2.bats.
. ./guest-rootfs.sh
. ./checks.sh
rt() { ./runtime --systemd-cgroup --root /run/runtime "$@"; }
show() { systemctl show -P "$2" "$1"; }
unit=dhowtest-unit.scope

detached unit
say "a container starts in a scope" $?
is "the scope is active" "$(systemctl is-active $unit)" active
is "it lies in the slice that was named" "$(show $unit Slice)" dhowtest.slice
is "the cgroup is the scope's" "$(cut -d: -f3 /proc/$(pid unit)/cgroup)" "/dhowtest.slice/$unit"
is "systemd knows MemoryMax" "$(show $unit MemoryMax)" 67108864
is "systemd knows CPUQuotaPerSecUSec" "$(show $unit CPUQuotaPerSecUSec)" 500ms
is "systemd knows TasksMax" "$(show $unit TasksMax)" 42
is "systemd knows CPUWeight" "$(show $unit CPUWeight)" "$(cat want.weight)"
is "the kernel knows memory.max" "$(cat /sys/fs/cgroup/dhowtest.slice/$unit/memory.max)" 67108864
is "the scope is delegated" "$(show $unit Delegate)" yes
is "a property of an annotation" "$(show $unit TimeoutStopUSec)" 7s
has "a description names the container" "$(show $unit Description)" unit
has "a device that is not listed is refused" "$(rt exec unit sh -c 'mknod /tmp/kmsg c 1 11 && head -1 /tmp/kmsg' 2>&1 | head -1)" "Operation not permitted"

systemctl daemon-reload
is "limits survive daemon-reload" "$(cat /sys/fs/cgroup/dhowtest.slice/$unit/memory.max)" 67108864
has "the device list survives daemon-reload" "$(rt exec unit sh -c 'head -1 /tmp/kmsg' 2>&1 | head -1)" "Operation not permitted"

rt update --memory 134217728 --memory-swap 134217728 --pids-limit 50 unit
is "update tells systemd: MemoryMax" "$(show $unit MemoryMax)" 134217728
is "update tells systemd: TasksMax" "$(show $unit TasksMax)" 50
is "update tells the kernel" "$(cat /sys/fs/cgroup/dhowtest.slice/$unit/memory.max)" 134217728

is "exec joins the scope" "$(rt exec unit cat /proc/self/cgroup)" "0::/"
rt pause unit
is "pause" "$(status unit)" paused
rt resume unit
is "resume" "$(status unit)" running
rt kill unit KILL
soon sh -c './runtime --root /run/runtime state unit | grep -q stopped'
rt delete unit
is "delete ends the scope" "$(systemctl is-active $unit)" inactive
is "nothing failed is left" "$(systemctl --failed --no-legend --plain | grep -c dhowtest)" 0

rt run -b "$(bundle default)" default >/tmp/out 2>&1
is "run without cgroupsPath" "$(tail -1 /tmp/out)" "0::/"
is "a scope that ended is gone" "$(systemctl list-units --all --no-legend --plain '*default*.scope' | grep -c .)" 0
finish
