#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime-hooks.bats - what hooks find when they run: namespaces, mounts, and that what they mount is in the container.
# (When they run, with what state, and what their failure does: hooks.bats.)

load runtime

# hook POINT SHELL-TEXT — an edit that adds one; the text's first argument is the process id of the state.
hook() {
    jq -rn --arg point "$1" --arg text "$2" '".hooks[\($point | tojson)] += [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \($text | tojson)],
        env: [\"PATH=/usr/sbin:/usr/bin:/sbin:/bin\"]}]"'
}
pid_of_state='pid=$(sed "s/.*\"pid\":\([0-9]*\).*/\1/");'

@test "hooks: prestart and createRuntime run in the runtime's namespaces, createContainer in the container's" {
    local note='{ readlink /proc/self/ns/mnt /proc/self/ns/uts; } >'
    config where true "$(hook prestart "$note $T/prestart") | $(hook createRuntime "$note $T/createRuntime") | $(hook createContainer "$note $T/createContainer")"
    made where
    created where
    local pid
    pid=$(container_pid "$ID-where")
    assert_is "$(cat "$T/prestart")" "$(ns self mnt)"$'\n'"$(ns self uts)"
    assert_is "$(cat "$T/createRuntime")" "$(ns self mnt)"$'\n'"$(ns self uts)"
    assert_is "$(cat "$T/createContainer")" "$(ns "$pid" mnt)"$'\n'"$(ns "$pid" uts)"
}

@test "hooks: before pivot_root they find the mounts at the root file system's path" {
    config seen true "$(hook prestart "$pid_of_state nsenter -t \$pid -m cat /proc/self/mountinfo >$T/seen/prestart; ls $T/seen/rootfs/proc >$T/seen/outside")
        | $(hook createContainer "cat /proc/self/mountinfo >$T/seen/inside; ls $T/seen/rootfs/dev >$T/seen/dev")"
    made seen
    created seen
    local file at
    for file in prestart inside; do
        for at in '' /proc /dev /dev/pts /sys /sys/fs/cgroup; do
            grep -q " $T/seen/rootfs$at " "$T/seen/$file" || failed "$file does not see $at"
        done
    done
    grep -qx null "$T/seen/dev"
    assert_is "$(cat "$T/seen/outside")" "" # nothing of it on the host
}

@test "hooks: what they mount there is in the container" {
    config mounting 'cat /opt/by-prestart/file /opt/by-create/file' \
        "$(hook prestart "$pid_of_state nsenter -t \$pid -m sh -c 'mount -t tmpfs p $T/mounting/rootfs/opt/by-prestart && echo one >$T/mounting/rootfs/opt/by-prestart/file'")
        | $(hook createContainer "mount -t tmpfs c $T/mounting/rootfs/opt/by-create && echo two >$T/mounting/rootfs/opt/by-create/file")"
    mkdir -p "$T/mounting/rootfs/opt/by-prestart" "$T/mounting/rootfs/opt/by-create"
    run runtime run -b "$T/mounting" "$ID-mounting"
    assert_status 0
    assert_is "$output" $'one\ntwo'
    refute grep -q "$T/mounting" /proc/self/mountinfo
}

@test "hooks: a network is set up by process id before the process runs" {
    config net 'ip -o addr show dev lo | grep -o "inet 127.0.0.1"; cat /sys/class/net/lo/operstate' \
        '.linux.namespaces += [{type: "network"}] | '"$(hook createRuntime "$pid_of_state nsenter -t \$pid -n ip link set lo up")"
    run runtime run -b "$T/net" "$ID-net"
    assert_status 0
    assert_has "$output" "inet 127.0.0.1"
}

@test "hooks: startContainer runs inside, from the container's files, with its mounts" {
    config inside true '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "hostname >/tmp/note; ls / >>/tmp/note; cat >/tmp/state"], env: ["PATH=/bin"]}] | .hostname = "boat"'
    run runtime run -b "$T/inside" "$ID-inside"
    assert_status 0
    assert_is "$(head -1 "$T/inside/rootfs/tmp/note")" boat
    refute grep -q rootfs "$T/inside/rootfs/tmp/note"
    assert_is "$(jq -r '.status, .id, .pid' "$T/inside/rootfs/tmp/state")" $'created\n'"$ID-inside"$'\n1'
}

@test "hooks: with a user namespace and an idmapped root, they work the same" {
    config userns 'cat /opt/file; id -u' '.linux.namespaces += [{type: "user"}] | .annotations = {"dhow.rootfs.idmap": "true"}
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings | '"$(hook createContainer \
        "mount -t tmpfs c $T/userns/rootfs/opt && echo file >$T/userns/rootfs/opt/file")"
    mkdir "$T/userns/rootfs/opt"
    chmod 755 "$T" "$T/userns"
    run runtime run -b "$T/userns" "$ID-userns"
    chmod 700 "$T"
    assert_status 0
    assert_is "$output" $'file\n0'
}

@test "hooks: a timeout kills it and fails create" {
    config late true '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "100"], timeout: 1}]'
    run runtime create -b "$T/late" "$ID-late"
    assert_failed
    assert_has "$output" "createRuntime hook 1 (/bin/sleep): not done after its timeout of 1 s"
    run runtime state "$ID-late"
    assert_failed
}
