# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2015
# dhow-resources.sh - what a container may use, on cgroup v2 with all controllers; started by kernel.bats.
. ./checks.sh
PATH=/job:$PATH
export DHOW_ROOT=/tmp/data DHOW_RUN_ROOT=/run/dhow
mkdir -p $DHOW_ROOT && mount -t tmpfs none $DHOW_ROOT
tar -C /rootfs -c . | dhow import - bb >/dev/null
go() { dhow run --rm --network none "$@" 2>&1; }
file() { cat "/sys/fs/cgroup/dhow/$(dhow inspect -f '{{.Id}}' "$1")/$2"; }

dhow run -d --network none --name all -m 64m --memory-reservation 32m --memory-swap 96m --cpu-shares 512 --cpu-period 50000 --cpu-quota 25000 \
    --cpuset-cpus 1 --cpuset-mems 0 --pids-limit 42 --blkio-weight 200 --device-read-bps /dev/vda:1mb --device-write-iops /dev/vda:30 \
    --cgroup-conf memory.high=50331648 --cgroup-conf hugetlb.2MB.max=4194304 bb sleep 1000 >/tmp/said 2>&1
is "it starts" "$(wc -l </tmp/said)" 1
is "memory" "$(file all memory.max) $(file all memory.low) $(file all memory.high)" "67108864 33554432 50331648"
is "swap" "$(file all memory.swap.max)" 33554432
is "CPU time" "$(file all cpu.max)" "25000 50000"
is "CPUs and nodes" "$(file all cpuset.cpus) $(file all cpuset.mems)" "1 0"
is "processes" "$(file all pids.max)" 42
is "huge pages" "$(file all hugetlb.2MB.max)" 4194304
has "rates of disks" "$(file all io.max)" "rbps=1048576 wbps=max riops=max wiops=30"
is "shares become a weight" "$([ "$(file all cpu.weight)" -gt 1 ] && [ "$(file all cpu.weight)" -lt 100 ] && echo between)" between
dhow rm -f all >/dev/null

is "half a CPU" "$(go --cpus 0.5 bb cat /sys/fs/cgroup/cpu.max)" "50000 100000"
is "without a word: no limit of memory, and one of processes" "$(go bb sh -c 'cd /sys/fs/cgroup; echo $(cat memory.max) $(cat pids.max)')" "max 8192"
has "swappiness is v1's" "$(go --memory-swappiness 10 -m 64m bb echo on)" "Memory swappiness discarded."
has "so is waiting for memory" "$(go --oom-kill-disable bb echo on)" "OomKillDisable discarded."
has "and real time" "$(go --cpu-rt-runtime 1000 bb true)" "Your kernel does not support CPU real-time scheduler"
has "CPUs that are not there" "$(go --cpuset-cpus 7 bb true)" "Requested CPUs are not available - requested 7, available: 0-1"
has "a file that cgroups do not have" "$(go --cgroup-conf no.such=1 bb true)" "no.such"

dhow run -d --network none --name fork --pids-limit 8 bb sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sleep 100 & done; wait' >/dev/null
soon sh -c 'dhow logs fork 2>&1 | grep -q fork'
has "a limit of processes holds" "$(dhow logs fork 2>&1)" fork
dhow rm -f fork >/dev/null

is "a device that is asked for can be read" "$(go --device /dev/zero:/dev/its:r bb sh -c 'head -c 3 /dev/its | wc -c')" 3
has "one that is not asked for cannot" "$(go bb sh -c 'mknod /tmp/d b 254 0 && cat /tmp/d')" "not permitted"
is "a privileged container sees the disk" "$(go --privileged bb sh -c 'test -b /dev/vda && mkdir /sys/fs/cgroup/mine && echo both')" both
is "cgroups are read-only" "$(go bb sh -c 'mkdir /sys/fs/cgroup/mine 2>/dev/null || echo refused')" refused
is "writable-cgroups" "$(go --security-opt writable-cgroups=true bb sh -c 'mkdir /sys/fs/cgroup/mine && echo made')" made
is "--cgroupns host" "$(go --cgroupns host bb cat /proc/self/cgroup | cut -c 1-9)" "0::/dhow/"
dhow run -d --network none --name below --cgroup-parent /other/place bb sleep 1000 >/dev/null
is "--cgroup-parent" "$(ls -d /sys/fs/cgroup/other/place/"$(dhow inspect -f '{{.Id}}' below)" >/dev/null && echo there)" there
dhow rm -f below >/dev/null
has "a user namespace where the file system cannot be mapped" "$(go --userns auto bb true)" "map the ids of the data root's file system"
is "nothing is left" "$(find /sys/fs/cgroup/dhow -mindepth 1 -type d; ls $DHOW_ROOT/containers; grep overlay /proc/mounts)" ""
finish
