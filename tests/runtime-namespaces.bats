#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime-namespaces.bats - namespaces made, joined and shared; user namespaces and their maps; time offsets.

load runtime

# The file's name for each type of config.json.
types="cgroup:cgroup ipc:ipc mount:mnt network:net pid:pid time:time user:user uts:uts"
maps='.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
userns=".linux.namespaces += [{type: \"user\"}] | $maps"
# A user namespace's root must own what it writes to.
own_by_maps() { chown -R 100000:100000 "$T/$1/rootfs"; }

@test "namespaces: each of the eight types is made for the container" {
    started all "$userns | .linux.namespaces += [{type: \"network\"}, {type: \"time\"}]"
    local pid type
    pid=$(container_pid "$ID-all")
    for type in $types; do
        [ "$(ns "$pid" "${type#*:}")" != "$(ns self "${type#*:}")" ] || failed "$type is the host's"
    done
}

@test "namespaces: what the configuration does not name stays the runtime's" {
    run_in none 'for t in ipc uts pid net cgroup user time; do readlink /proc/self/ns/$t; done' \
        '.linux.namespaces = [{type: "mount"}] | del(.hostname) | .mounts |= map(select(.type != "mqueue"))'
    assert_status 0
    local want=
    for type in ipc uts pid net cgroup user time; do want+=$(ns self $type)$'\n'; done
    assert_is "$output"$'\n' "$want"
}

@test "namespaces: each type but mount and user is joined by path" {
    started first '.linux.namespaces += [{type: "network"}, {type: "time"}]'
    local pid type name
    pid=$(container_pid "$ID-first")
    for type in $types; do
        name=${type%:*}
        case $name in user | mount) continue ;; esac
        run_in "join-$name" "readlink /proc/self/ns/${type#*:}; readlink /proc/self/ns/mnt" \
            '.linux.namespaces |= map(select(.type != $name)) + [{type: $name, path: $path}]
             | if $name == "uts" then del(.hostname) else . end' \
            --arg name "$name" --arg path "/proc/$pid/ns/${type#*:}"
        assert_status 0
        assert_is "${lines[0]}" "$(ns "$pid" "${type#*:}")"
        [ "${lines[1]}" != "$(ns "$pid" mnt)" ]
    done
}

@test "namespaces: a user namespace is joined by path, and others that belong to it" {
    started owner "$userns | .linux.namespaces += [{type: \"network\"}]"
    local pid
    pid=$(container_pid "$ID-owner")
    run_in guest 'id -u; cat /proc/self/uid_map; for t in user net ipc; do readlink /proc/self/ns/$t; done; echo >/tmp/made' \
        '.linux.namespaces = [{type: "mount"}, {type: "pid"}, {type: "cgroup"}, {type: "uts"},
            {type: "user", path: "\($p)/user"}, {type: "network", path: "\($p)/net"}, {type: "ipc", path: "\($p)/ipc"}]' \
        --arg p "/proc/$pid/ns"
    assert_status 0
    assert_is "${lines[0]}" 0
    assert_matches "${lines[1]}" '0 +100000 +65536'
    assert_is "${lines[2]} ${lines[3]} ${lines[4]}" "$(ns "$pid" user) $(ns "$pid" net) $(ns "$pid" ipc)"
    assert_is "$(stat -c %u "$T/guest/rootfs/tmp/made")" 100000
}

@test "namespaces: a mount namespace is joined by path and nothing is mounted in it" {
    started house
    local pid before
    pid=$(container_pid "$ID-house")
    before=$(cat "/proc/$pid/mountinfo")
    run_in lodger 'readlink /proc/self/ns/mnt; echo in $(cat /etc/hostname)' \
        '.linux.namespaces = [{type: "mount", path: $p}, {type: "pid"}] | .mounts = []
         | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | del(.hostname)' --arg p "/proc/$pid/ns/mnt"
    assert_status 0
    assert_is "$(cat "/proc/$pid/mountinfo")" "$before"
    assert_has "$output" "in test"
}

@test "namespaces: without a mount namespace the root is a chroot, and mounts are refused" {
    run_in chroot 'ls -d /home /rootfs; cat /etc/hostname' \
        '.linux.namespaces = [{type: "pid"}] | .mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths, .hostname)'
    assert_has "$output" /home
    assert_has "$output" test
    assert_has "$output" "/rootfs: No such file"
    run_in chroot true '.linux.namespaces = [{type: "pid"}] | del(.hostname)'
    assert_failed
    assert_has "$output" "need a mount namespace"
}

@test "namespaces: a path of another type, or that is none, is refused by name" {
    run_in wrong true '.linux.namespaces += [{type: "network", path: "/proc/self/ns/uts"}]'
    assert_failed
    assert_has "$output" "/proc/self/ns/uts is no network namespace"
    run_in wrong true '.linux.namespaces += [{type: "network", path: "\($T)/nothing"}]'
    assert_failed
    assert_has "$output" "open the network namespace $T/nothing"
}

@test "namespaces: hostname and domainname are set in the container's own" {
    run_in names 'hostname; cat /proc/sys/kernel/domainname' '.hostname = "boat" | .domainname = "sea.example"'
    assert_status 0
    assert_is "$output" $'boat\nsea.example'
    refute grep -q boat /proc/sys/kernel/hostname
}

@test "namespaces: time offsets move the container's clocks" {
    local up
    up=$(cut -d. -f1 /proc/uptime)
    run_in clock 'cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets' '.linux.namespaces += [{type: "time"}]
        | .linux.timeOffsets = {boottime: {secs: 1000000, nanosecs: 5}, monotonic: {secs: 86400}}'
    assert_status 0
    [ "${lines[0]}" -ge $((up + 1000000)) ]
    assert_matches "${lines[1]}" 'monotonic +86400 +0'
    assert_matches "${lines[2]}" 'boottime +1000000 +5'
}

@test "namespaces: time offsets work together with a user namespace" {
    config clock 'cat /proc/self/timens_offsets' "$userns"' | .linux.namespaces += [{type: "time"}]
        | .linux.timeOffsets = {boottime: {secs: 77}}'
    own_by_maps clock
    run runtime run -b "$T/clock" "$ID-clock"
    assert_status 0
    assert_matches "$output" 'boottime +77 +0'
}

@test "namespaces: the cgroup namespace's root is the container's cgroup" {
    run_in cg 'grep memory /proc/self/cgroup; test -f /sys/fs/cgroup/memory/memory.limit_in_bytes && echo seen'
    assert_status 0
    assert_matches "${lines[0]}" 'memory:/$'
    assert_is "${lines[1]}" seen
    run_in cg 'grep memory /proc/self/cgroup; cat /sys/fs/cgroup/memory/memory.limit_in_bytes' \
        '.linux.namespaces |= map(select(.type != "cgroup")) | .linux.resources.memory.limit = 33554432'
    assert_status 0
    assert_matches "${lines[0]}" "memory:/$ID-cg$"
    assert_is "${lines[1]}" 33554432
}

@test "userns: ids are mapped, devices are there, root owns what it writes" {
    config u 'id -u; cat /proc/self/uid_map /proc/self/gid_map; echo made >/tmp/file; head -c 3 /dev/zero | wc -c
        ls -l /dev/null; echo lost >/dev/null; chown 1000:1000 /tmp/file; ls -ln /tmp/file; mount -t tmpfs x /mnt' \
        "$userns"' | .process.capabilities[] += ["CAP_SYS_ADMIN"]'
    own_by_maps u
    mkdir "$T/u/rootfs/mnt"
    run runtime run -b "$T/u" "$ID-u"
    assert_status 0
    assert_is "${lines[0]}" 0
    assert_matches "${lines[1]}" '0 +100000 +65536'
    assert_matches "${lines[2]}" '0 +100000 +65536'
    assert_is "${lines[3]}" 3
    assert_matches "${lines[4]}" '1, +3'
    assert_matches "${lines[5]}" ' 1000 +1000 '
    assert_is "$(stat -c %u:%g "$T/u/rootfs/tmp/file")" 101000:101000
}

@test "userns: several extents, and a user that is not root inside" {
    run_in ext 'id -u; id -g; wc -l </proc/self/uid_map' '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}, {containerID: 1000, hostID: 200000, size: 5}]
        | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 2000}] | .process.user = {uid: 1003, gid: 50}'
    assert_status 0
    assert_is "$output" $'1003\n50\n2'
}

@test "userns: an id that is not mapped, and no maps at all, are refused by name" {
    run_in bad true "$userns | .process.user = {uid: 70000, gid: 0}"
    assert_failed
    assert_has "$output" "process.user.uid: become 70000 (not in linux.uidMappings)"
    run_in bad true '.linux.namespaces += [{type: "user"}]'
    assert_failed
    assert_has "$output" "linux.uidMappings"
}

@test "userns: exec enters it as its root, with a terminal too" {
    started ux "$userns"
    run inside ux sh -c 'id -u; cat /proc/self/uid_map; echo >/tmp/exec'
    assert_status 0
    assert_is "${lines[0]}" 0
    assert_matches "${lines[1]}" '0 +100000 +65536'
    run runtime exec -u 1000:50 "$ID-ux" id
    assert_has "$output" "uid=1000(user) gid=50(staff)"
    run runtime exec -t "$ID-ux" sh -c 'tty; ls -ln $(tty)' </dev/null
    assert_status 0
    assert_has "$output" /dev/pts/
}

@test "userns: all mounts of an engine work in it, without a network namespace of its own too" {
    run_in um 'ls /sys/kernel >/dev/null && cat /proc/sys/kernel/ostype; ls /dev/mqueue /dev/shm; ls /sys/fs/cgroup | head -1' "$userns"
    assert_status 0
    assert_has "$output" Linux
    run_in un 'ls /sys/class/net' "$userns"' | .linux.namespaces += [{type: "network"}]'
    assert_status 0
    assert_is "$output" lo
}

@test "userns: masked and read-only paths hold there" {
    run_in umask 'cat /proc/keys | wc -c; echo x >/proc/sys/kernel/hostname; ls /sys/firmware | wc -l; grep -c " /proc/sys ro," /proc/self/mountinfo' "$userns"
    assert_is "${lines[0]}" 0
    assert_has "${lines[1]}" "Read-only"
    assert_is "${lines[2]}" 0
    assert_is "${lines[3]}" 1
}

@test "userns: a device that was asked for is the host's node" {
    run_in udev 'ls -l /dev/kmsg /dev/zero' "$userns"' | .linux.devices = [{path: "/dev/kmsg", type: "c", major: 1, minor: 11}]'
    assert_status 0
    assert_matches "${lines[0]}" '1, +11'
    run_in udev true "$userns"' | .linux.devices = [{path: "/dev/nosuch", type: "c", major: 1, minor: 11}]'
    assert_failed
    assert_has "$output" /dev/nosuch
}

@test "idmap: a mount shows its files as the container's own and writes them back" {
    mkdir -p "$T/volume"
    echo >"$T/volume/file"
    config idm 'ls -ln /data/file; echo >/data/new' \
        "$userns"' | .mounts += [{destination: "/data", type: "bind", source: "\($T)/volume", options: ["bind", "idmap"]}]'
    own_by_maps idm
    run runtime run -b "$T/idm" "$ID-idm"
    assert_status 0
    assert_matches "${lines[0]}" ' 0 +0 '
    assert_is "$(stat -c %u:%g "$T/volume/new")" 0:0
}

@test "idmap: a mount's own mappings, without a user namespace" {
    mkdir -p "$T/volume2/sub"
    mount -t tmpfs "$ID" "$T/volume2/sub"
    echo >"$T/volume2/file"
    echo >"$T/volume2/sub/file"
    run_in idr 'stat -c %u /data/file /data/sub/file' '.mounts += [{destination: "/data", type: "bind", source: "\($T)/volume2",
        options: ["rbind", "ridmap"], uidMappings: [{containerID: 0, hostID: 1234, size: 10}], gidMappings: [{containerID: 0, hostID: 1234, size: 10}]}]'
    local recursive=$output
    run_in idn 'stat -c %u /data/file /data/sub/file' '.mounts += [{destination: "/data", type: "bind", source: "\($T)/volume2",
        options: ["rbind", "idmap"], uidMappings: [{containerID: 0, hostID: 1234, size: 10}], gidMappings: [{containerID: 0, hostID: 1234, size: 10}]}]'
    umount "$T/volume2/sub"
    assert_is "$recursive" $'1234\n1234'
    assert_is "$output" $'1234\n0'
}

@test "idmap: the option's own value, absolute and relative to the container" {
    mkdir -p "$T/volume3"
    touch "$T/volume3/root" "$T/volume3/ten"
    chown 10:10 "$T/volume3/ten"
    config idv 'stat -c %u:%g /data/root /data/ten' "$userns"' | .mounts += [{destination: "/data", type: "bind", source: "\($T)/volume3",
        options: ["bind", "idmap=uids=0-100007-1#10-100008-1;gids=@0-3-1#@10-20-5"]}]'
    own_by_maps idv
    run runtime run -b "$T/idv" "$ID-idv"
    assert_status 0
    assert_is "$output" $'7:3\n8:20'
    local bad
    for bad in uids=0-1 "uids=0-1-1" "uids=0-1-1;gids=a-b-c" "uids=@0-70000-1;gids=0-0-1" "pids=1-1-1"; do
        edit_config idv '.mounts[7].options = ["bind", "idmap=" + $bad]' --arg bad "$bad"
        run runtime run -b "$T/idv" "$ID-idv"
        assert_failed
        assert_has "$output" "mounts[7] /data: option idmap=$bad"
    done
}

@test "idmap: the root file system by annotation, so that nothing needs a chown" {
    run_in idroot 'id -u; stat -c %u /etc/passwd; echo >/tmp/by-root' "$userns"' | .annotations = {"dhow.rootfs.idmap": "true"}'
    assert_status 0
    assert_is "$output" $'0\n0'
    assert_is "$(stat -c %u "$T/idroot/rootfs/tmp/by-root")" 0
}

@test "idmap: with a user namespace that is joined, mounts and root are mapped as it is" {
    started owner2 "$userns"
    mkdir -p "$T/volume4"
    touch "$T/volume4/file"
    config idjoin 'id -u; stat -c %u /etc/passwd /data/file; echo >/data/new' '.linux.namespaces += [{type: "user", path: $p}]
        | .annotations = {"dhow.rootfs.idmap": "true"} | .mounts += [{destination: "/data", type: "bind", source: "\($T)/volume4", options: ["bind", "idmap"]}]' \
        --arg p "/proc/$(container_pid "$ID-owner2")/ns/user"
    run runtime run -b "$T/idjoin" "$ID-idjoin"
    assert_status 0
    assert_is "$output" $'0\n0\n0'
    assert_is "$(stat -c %u "$T/volume4/new")" 0
}

@test "netDevices: a host's device moves in under its new name, with its addresses" {
    local name=dh$$
    ip link add "$name" type veth peer name "$name"p
    ip address add 192.0.2.9/24 dev "$name"
    ip link set "$name" up
    run_in nic 'ip addr show dev eth7' '.linux.namespaces += [{type: "network"}] | .linux.netDevices = {($name): {name: "eth7"}}' --arg name "$name"
    ip link delete "$name" 2>/dev/null || true
    assert_status 0
    assert_has "$output" 192.0.2.9/24
    run_in nic true '.linux.namespaces += [{type: "network"}] | .linux.netDevices = {"nosuchdev": {}}'
    assert_failed
    assert_has "$output" linux.netDevices
    assert_has "$output" nosuchdev
}
