#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# resources.bats — what a container may use of the machine: each limit is seen inside, enforced where that can be shown,
# refused in docker's words. (cgroup v2: cgroup2.bats.)
load dhow

cgroup() { cat "/sys/fs/cgroup/$2/dhow/$(dhow inspect -f '{{.Id}}' "$1")/$3"; }
is_v1() { [ ! -e /sys/fs/cgroup/cgroup.controllers ] || skip "cgroup v2: see cgroup2.bats"; }
# refuses WORDS OPTION… — create fails with these words.
refuses() {
    local words=$1
    shift
    run timeout 60 dhow create "$@" bb true
    assert_failed
    assert_has "$output" "$words"
}
# inside OPTIONS… -- COMMAND… — what a container says.
inside() {
    local options=()
    while [ "$1" != -- ]; do options+=("$1") && shift; done
    shift
    timeout 60 dhow run --rm "${options[@]}" bb "$@"
}

# --- memory ---

@test "memory limits arrive, and swap is as much again" {
    is_v1
    dhow run -d --name mm -m 64m --memory-reservation 32m bb sleep 1000
    assert_is "$(cgroup mm memory memory.limit_in_bytes)" 67108864
    assert_is "$(cgroup mm memory memory.memsw.limit_in_bytes)" 134217728
    assert_is "$(cgroup mm memory memory.soft_limit_in_bytes)" 33554432
    assert_is "$(dhow inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' mm)" "67108864 134217728"
}

@test "memory and swap together, swappiness, and waiting for memory in place of being ended" {
    is_v1
    dhow run -d --name mm -m 64m --memory-swap 96m --memory-swappiness 7 --oom-kill-disable bb sleep 1000
    assert_is "$(cgroup mm memory memory.memsw.limit_in_bytes)" 100663296
    assert_is "$(cgroup mm memory memory.swappiness)" 7
    assert_has "$(cgroup mm memory memory.oom_control)" "oom_kill_disable 1"
}

@test "a container that takes more memory than it may is ended" {
    run timeout 60 dhow run --name hog -m 16m --memory-swap 16m bb sh -c 'x=$(head -c 60000000 /dev/zero | tr "\0" x); echo "${#x}"'
    assert_is "$status" 137
    assert_is "$(dhow inspect -f '{{.State.OOMKilled}}' hog)" true
}

@test "limits of memory that make no sense are refused" {
    refuses "Minimum memory limit allowed is 6MB" -m 5m
    refuses "Minimum memoryswap limit should be larger than memory limit, see usage" -m 64m --memory-swap 32m
    refuses "You should always set the Memory limit when using Memoryswap limit, see usage" --memory-swap 32m
    refuses "Minimum memory limit can not be less than memory reservation limit, see usage" -m 16m --memory-reservation 32m
    refuses "Minimum memory reservation allowed is 6MB" --memory-reservation 1m
    refuses "Valid memory swappiness range is 0-100" --memory-swappiness 101
    refuses "range for oom score adj is [-1000, 1000]" --oom-score-adj 1001
    refuses "invalid size" -m nonsense
}

@test "without a limit of memory a warning says what --oom-kill-disable can lead to" {
    is_v1
    run dhow create --oom-kill-disable bb true
    assert_status 0
    assert_has "$output" "OOM killer is disabled for the container, but no memory limit is set"
}

@test "the oom score arrives" {
    assert_is "$(inside --oom-score-adj 500 -- cat /proc/self/oom_score_adj)" 500
}

# --- CPUs ---

@test "shares, period, quota, CPUs and memory nodes arrive" {
    is_v1
    dhow run -d --name cc --cpu-shares 512 --cpu-period 50000 --cpu-quota 25000 --cpuset-cpus 0 --cpuset-mems 0 bb sleep 1000
    assert_is "$(cgroup cc cpu cpu.shares)" 512
    assert_is "$(cgroup cc cpu cpu.cfs_period_us)" 50000
    assert_is "$(cgroup cc cpu cpu.cfs_quota_us)" 25000
    assert_is "$(cgroup cc cpuset cpuset.cpus)" 0
    assert_is "$(cgroup cc cpuset cpuset.mems)" 0
    assert_has "$(dhow exec cc grep Cpus_allowed_list /proc/1/status)" "Cpus_allowed_list:	0"
}

@test "--cpus throttles" {
    is_v1
    dhow run -d --name slow --cpus 0.1 bb sh -c 'while :; do :; done'
    throttled() { [ "$(cgroup slow cpu cpu.stat | awk '$1 == "nr_throttled" {print $2}')" -gt 2 ]; }
    eventually throttled
}

@test "CPUs that make no sense are refused" {
    refuses "as there are only $(nproc) CPUs available" --cpus 1000
    refuses "Conflicting options: Nano CPUs and CPU Period cannot both be set" --cpus 1 --cpu-period 10000
    refuses "Conflicting options: Nano CPUs and CPU Quota cannot both be set" --cpus 1 --cpu-quota 10000
    refuses "CPU cfs period can not be less than 1ms" --cpu-period 10
    refuses "CPU cfs quota can not be less than 1ms" --cpu-quota 10
    refuses "invalid CPU shares" --cpu-shares=-1
    refuses "cpu real-time runtime cannot be higher than cpu real-time period" --cpu-rt-period 1000 --cpu-rt-runtime 2000
}

@test "CVE-2018-20699: a set of CPUs is bounded before it is counted" {
    refuses "value of out range, maximum is 8191" --cpuset-cpus 1-9223372036854775807
    refuses "Requested CPUs are not available - requested 0-8191, available:" --cpuset-cpus 0-8191
    refuses "Invalid value a-b for cpuset cpus" --cpuset-cpus a-b
    refuses "Invalid value 3-1 for cpuset cpus" --cpuset-cpus 3-1
    refuses "Requested memory nodes are not available" --cpuset-mems 8191
}

# --- processes, disks ---

@test "a limit of processes holds" {
    run inside --pids-limit 10 -- sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 2 & done 2>&1; wait'
    assert_has "$output" "can't fork"
}

@test "without a word there is room for 8192 processes, or a quarter of the machine's, -1 takes the limit away" {
    is_v1
    local most=$(($(cat /proc/sys/kernel/pid_max) / 4))
    dhow run -d --name few bb sleep 1000
    assert_is "$(cgroup few pids pids.max)" $((most < 8192 ? most : 8192))
    assert_is "$(dhow inspect -f '{{.HostConfig.PidsLimit}}' few)" "<nil>"
    dhow run -d --name many --pids-limit -1 bb sleep 1000
    assert_is "$(cgroup many pids pids.max)" max
}

@test "weights and rates of disks arrive" {
    is_v1
    local disk number
    disk=/dev/$(lsblk -dno NAME 2>/dev/null | head -1)
    [ -b "$disk" ] || skip "there is no disk here"
    number=$(lsblk -dno MAJ:MIN "$disk" | tr -d ' ')
    dhow run -d --name dd --device-read-bps "$disk:1mb" --device-write-bps "$disk:2mb" --device-read-iops "$disk:30" \
        --device-write-iops "$disk:40" bb sleep 1000
    assert_is "$(cgroup dd blkio blkio.throttle.read_bps_device)" "$number 1048576"
    assert_is "$(cgroup dd blkio blkio.throttle.write_bps_device)" "$number 2097152"
    assert_is "$(cgroup dd blkio blkio.throttle.read_iops_device)" "$number 30"
    assert_is "$(cgroup dd blkio blkio.throttle.write_iops_device)" "$number 40"
}

@test "limits of disks that make no sense are refused" {
    refuses "Range of blkio weight is from 10 to 1000" --blkio-weight 5
    refuses "bad format for device path" --device-read-bps sda:1mb
    refuses "invalid rate for device: /dev/sda:x" --device-read-bps /dev/sda:x
    refuses "invalid rate for device: /dev/sda:1mb" --device-read-iops /dev/sda:1mb
    refuses "invalid weight for device" --blkio-weight-device /dev/sda:1
    refuses "bad format: /dev/sda" --device-read-bps /dev/sda
    dhow create --name nodisk --device-read-bps /dev/no-such-disk:1mb bb true
    run dhow start nodisk
    assert_failed
    assert_has "$output" "/dev/no-such-disk"
}

@test "--cgroup-parent says where the container's cgroup is, .. is refused" {
    is_v1
    dhow run -d --name pp --cgroup-parent "/$ID-parent" bb sleep 1000
    assert [ -d "/sys/fs/cgroup/memory/$ID-parent/$(dhow inspect -f '{{.Id}}' pp)" ]
    dhow rm -f pp
    for hierarchy in /sys/fs/cgroup/*/"$ID-parent"; do rmdir "$hierarchy"; done
    refuses '".." leads out of it' --cgroup-parent /a/../../b
}

@test "options of storage, and raw files of cgroups on v1, are refused" {
    refuses "--storage-opt is supported only for overlay over xfs" --storage-opt size=1G
    is_v1
    refuses "this machine has cgroup v1" --cgroup-conf memory.high=1
}

@test "what is of Windows is known and refused" {
    refuses "windows" --cpu-count 1
    refuses "windows" --cpu-percent 10
    refuses "windows" --io-maxbandwidth 1m
    refuses "windows" --io-maxiops 10
    refuses "invalid isolation (hyperv): linux only supports 'default'" --isolation hyperv
    assert_is "$(inside --isolation default -- echo fine)" fine
}

# --- ulimits, shared memory ---

@test "--ulimit sets soft and hard limits, the last of a name counts" {
    assert_is "$(inside --ulimit nofile=100:200 -- sh -c 'ulimit -Sn; ulimit -Hn' | tr '\n' ' ')" "100 200 "
    assert_is "$(inside --ulimit core=0 -- sh -c 'ulimit -c; ulimit -Hc' | tr '\n' ' ')" "0 0 "
    assert_is "$(inside --ulimit nofile=100 --ulimit nofile=50 -- sh -c 'ulimit -Hn')" 50
}

@test "--ulimit holds for exec, too" {
    dhow run -d --name limited --network none --ulimit nofile=77:88 bb sleep 1000 >/dev/null
    assert_is "$(dhow exec limited sh -c 'ulimit -Sn; ulimit -Hn' | tr '\n' ' ')" "77 88 "
    dhow rm -f limited >/dev/null
}

@test "ulimits that make no sense are refused" {
    refuses "invalid ulimit type: nonsense" --ulimit nonsense=1
    refuses "ulimit soft limit must be less than or equal to hard limit: 2 > 1" --ulimit nofile=2:1
    refuses "too many limit values" --ulimit nofile=1:2:3
    refuses "invalid ulimit argument" --ulimit nofile
    refuses "invalid ulimit argument" --ulimit nofile=x
}

@test "default-ulimits of the configuration hold for who says nothing about them" {
    echo '{"default-ulimits": {"nofile": {"Soft": 111, "Hard": 222}, "core": {"Soft": 0, "Hard": 0}}}' >"$T/dhow.json"
    DHOW_CONFIG=$T/dhow.json run dhow run --rm bb sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'
    assert_is "$output" $'111\n222\n0'
    DHOW_CONFIG=$T/dhow.json run dhow run --rm --ulimit nofile=50 bb sh -c 'ulimit -Hn; ulimit -c'
    assert_is "$output" $'50\n0'
}

@test "--shm-size is the size of /dev/shm" {
    assert_has "$(inside --shm-size 1m -- df -k /dev/shm)" 1024
    run inside --shm-size 1m -- dd if=/dev/zero of=/dev/shm/x bs=1M count=2
    assert_failed
    assert_has "$output" "No space left"
}

# --- devices ---

@test "--device gives a node and the right to use it, without it there is neither" {
    run inside -- sh -c 'mknod /tmp/loop b 7 0 && cat /tmp/loop'
    assert_has "$output" "not permitted"
    assert_is "$(inside --device /dev/null:/dev/other -- sh -c 'echo x >/dev/other && stat -c %t:%T /dev/other')" 1:3
    assert_is "$(inside --device /dev/zero:/dev/deep/er:r -- sh -c 'head -c 3 /dev/deep/er | wc -c')" 3
}

@test "--device takes links and directories, and says what is none" {
    mkdir -p "$T/devices/in"
    mknod "$T/devices/in/nothing" c 1 3
    mknod "$T/devices/zeros" c 1 5
    ln -s /dev/null "$T/link"
    assert_is "$(inside --device "$T/link:/dev/linked" -- stat -c %t:%T /dev/linked)" 1:3
    run inside --device "$T/devices:/dev/many" -- sh -c 'stat -c %t:%T /dev/many/in/nothing /dev/many/zeros'
    assert_is "$output" $'1:3\n1:5'
    run inside --device /dev/no-such -- true
    assert_is "$status" 127 # as docker: it says "no such file"
    assert_has "$output" 'error gathering device information while adding custom device "/dev/no-such": no such file or directory'
    run inside --device "$T/busybox/bin/sh:/dev/sh" -- true
    assert_has "$output" "not a device node"
    refuses "bad mode specified: x" --device /dev/null:/dev/null:x
    refuses "bad format for path" --device a:b:c:d
    refuses "is not an absolute path" --device null
}

@test "--device-cgroup-rule allows what its node does not say" {
    run inside --device-cgroup-rule 'b 7:* rwm' -- sh -c 'mknod /tmp/loop b 7 255 && cat /tmp/loop'
    assert_lacks "$output" "not permitted"
    refuses "invalid device cgroup rule format: 'nonsense'" --device-cgroup-rule nonsense
    refuses "invalid device cgroup rule format" --device-cgroup-rule 'c 99999:1 r'
    refuses "invalid device cgroup rule format" --device-cgroup-rule 'c 1:1 x'
}

# --- update (the verb is in life.bats) ---

@test "limits change while the container runs" {
    is_v1
    dhow update --help >/dev/null 2>&1 || skip "there is no update yet"
    dhow run -d --name uu -m 64m bb sleep 1000
    dhow update -m 128m --memory-swap 128m --cpu-shares 300 --pids-limit 33 uu
    assert_is "$(cgroup uu memory memory.limit_in_bytes)" 134217728
    assert_is "$(cgroup uu memory memory.memsw.limit_in_bytes)" 134217728
    assert_is "$(cgroup uu cpu cpu.shares)" 300
    assert_is "$(cgroup uu pids pids.max)" 33
    run dhow update -m 512m uu
    assert_failed
    assert_has "$output" "Memory limit should be smaller than already set memoryswap limit"
    run dhow update -m 1m uu
    assert_failed
    assert_has "$output" "Minimum memory limit allowed is 6MB"
}
