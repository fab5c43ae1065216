#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cgroup2.sh - the runtime on cgroup v2 with every controller; runs in the guest, started by tests/cgroup2.bats.
. ./checks.sh
base=/sys/fs/cgroup/dhow/deep
file() { cat "$base/$1/$2" 2>&1; }

# Limits as the specification's fields and as raw `unified` keys, below a parent that did not exist.
detached limits
say "a container starts" $?
is "memory.limit is memory.max" "$(file limits memory.max)" 67108864
is "memory.reservation is memory.low" "$(file limits memory.low)" 33554432
is "memory.swap less memory is memory.swap.max" "$(file limits memory.swap.max)" 33554432
is "cpu.quota and period are cpu.max" "$(file limits cpu.max)" "50000 100000"
is "cpu.shares are cpu.weight" "$(file limits cpu.weight)" "$(cat want.weight)"
is "pids.limit is pids.max" "$(file limits pids.max)" 42
is "cpu.cpus is cpuset.cpus" "$(file limits cpuset.cpus)" 1
is "cpu.mems is cpuset.mems" "$(file limits cpuset.mems)" 0
is "hugepageLimits are hugetlb.2MB.max" "$(file limits hugetlb.2MB.max)" 4194304
is "unified memory.high" "$(file limits memory.high)" 50331648
weights="$base/limits/io.bfq.weight $base/limits/io.weight"
is "blockIO.weight is io.weight or io.bfq.weight" \
    "$(cat $weights 2>/dev/null | grep -c 'default')" "$(ls $weights 2>/dev/null | grep -c .)"
has "throttleReadBpsDevice is io.max" "$(file limits io.max)" "rbps=1048576"
has "the process is in it" "x$(cat $base/limits/cgroup.procs)x" "$(pid limits)"
is "inside, it is the root of the cgroup namespace" "$(rt exec limits cat /proc/self/cgroup)" "0::/"
has "inside, cgroup2 is mounted read-only" "$(rt exec limits grep /sys/fs/cgroup /proc/mounts)" "cgroup2 ro,"
is "inside, its limit can be read" "$(rt exec limits cat /sys/fs/cgroup/memory.max)" 67108864

# Devices: what the list does not allow cannot be opened, whatever mknod says.
has "a device that is not listed is refused" "$(rt exec limits sh -c 'mknod /tmp/kmsg c 1 11 && cat /tmp/kmsg' 2>&1 | head -1)" "Operation not permitted"
is "a device that is listed works" "$(rt exec limits sh -c 'head -c 3 /dev/zero | wc -c' 2>&1)" 3

# Update.
rt update --memory 134217728 --memory-swap 134217728 --pids-limit 50 limits
say "update" $?
is "update changes memory.max" "$(file limits memory.max)" 134217728
is "update changes pids.max" "$(file limits pids.max)" 50
is "update leaves cpu.max" "$(file limits cpu.max)" "50000 100000"
printf '{"cpu":{"quota":20000,"period":50000}}' | rt update --resources - limits
is "update --resources - changes cpu.max" "$(file limits cpu.max)" "20000 50000"
has "update leaves the device list" "$(rt exec limits sh -c 'cat /tmp/kmsg' 2>&1)" "Operation not permitted"

# Freezer, statistics.
rt pause limits
is "pause sets cgroup.freeze" "$(file limits cgroup.freeze)" 1
is "pause shows in the state" "$(status limits)" paused
rt resume limits
is "resume thaws" "$(file limits cgroup.freeze)" 0
has "events --stats counts processes" "$(rt events --stats limits | tr -d ' ')" '"pids":{"current":1'
has "ps shows the process" "$(rt ps --format json limits)" "$(pid limits)"

# The end: kill, delete, nothing left.
rt kill limits KILL
soon sh -c '[ "$(./runtime --root /run/runtime state limits | grep -c stopped)" = 1 ]'
is "kill stops it" "$(status limits)" stopped
rt delete limits
is "delete removes its cgroup" "$(ls -d $base/limits 2>/dev/null)" ""

# Without a PID namespace the cgroup is the only way to find everybody.
detached shared
soon sh -c "[ \$(wc -l <$base/shared/cgroup.procs) = 4 ]"
is "four processes without a PID namespace" "$(wc -l <$base/shared/cgroup.procs)" 4
rt pause shared
rt delete -f shared
say "delete -f of a frozen container" $?
is "delete -f leaves no process and no cgroup" "$(ls -d $base/shared 2>/dev/null; ps | grep '[s]leep 7777')" ""

# The out-of-memory killer works inside the limit only.
rt run -b "$(bundle oom)" oom >/dev/null 2>&1
is "too much memory ends with SIGKILL" $? 137
is "a run that ended leaves no cgroup" "$(ls -d $base/oom 2>/dev/null)" ""

# A cgroup that has processes of others in it is not taken over.
mkdir -p $base/taken
sleep 1000 &
echo $! >$base/taken/cgroup.procs
other=$!
rt run -b "$(bundle taken)" taken >/tmp/out 2>&1
say "a cgroup that is in use is refused" "$([ $? -ne 0 ]; echo $?)" "it ran"
kill $other
say "… and its process lives" $? "it was killed"
finish
