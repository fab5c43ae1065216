#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cgroup1.sh - the runtime on cgroup v1 with all hierarchies, net_cls and net_prio too; runs in the guest.
. ./checks.sh
file() { cat "/sys/fs/cgroup/$1/dhow/one/$2" 2>&1; }
detached one
say "a container starts" $?
is "network.classID is net_cls.classid" "$(file net_cls net_cls.classid)" 1048577
has "network.priorities is net_prio.ifpriomap" "$(file net_prio net_prio.ifpriomap)" "lo 5"
is "memory.limit" "$(file memory memory.limit_in_bytes)" 67108864
is "memory.reservation" "$(file memory memory.soft_limit_in_bytes)" 33554432
is "cpu.shares" "$(file cpu cpu.shares)" 512
is "cpu.quota" "$(file cpu cpu.cfs_quota_us)" 50000
is "cpuset.cpus" "$(file cpuset cpuset.cpus)" 1
is "pids.limit" "$(file pids pids.max)" 42
is "hugepageLimits" "$(file hugetlb hugetlb.2MB.limit_in_bytes)" 4194304
has "the device list" "$(file devices devices.list)" "c 1:3 rwm"
is "joined in every hierarchy" "$(grep -c '/dhow/one$' /proc/$(pid one)/cgroup)" "$(grep -vc '^0:' /proc/self/cgroup)"
rt pause one
is "pause freezes" "$(file freezer freezer.state)" FROZEN
rt resume one
rt delete -f one
is "delete -f removes all" "$(ls -d /sys/fs/cgroup/*/dhow/one 2>/dev/null)" ""

mkdir -p /sys/fs/cgroup/pids/dhow/one
sleep 1000 &
other=$!
echo $other >/sys/fs/cgroup/pids/dhow/one/cgroup.procs
detached one
say "a cgroup that is in use is refused" "$([ $? -ne 0 ]; echo $?)" "it ran"
kill $other
say "… and its process lives" $? "it was killed"
finish
