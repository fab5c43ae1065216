#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime-devices.bats - /dev: default and extra nodes, links; who may open what.

load runtime

deny='.linux.resources.devices = [{allow: false, access: "rwm"}]'

@test "devices: the default nodes and links are there, and work" {
    run_in default 'for d in null zero full random urandom tty; do stat -c "%n %F %t:%T %a" /dev/$d; done
        for l in fd stdin stdout stderr ptmx; do echo $l $(readlink /dev/$l); done
        head -c 2 /dev/urandom | wc -c; echo x >/dev/full; ls /dev/fd/0'
    assert_is "$(head -11 <<<"$output")" "/dev/null character special file 1:3 666
/dev/zero character special file 1:5 666
/dev/full character special file 1:7 666
/dev/random character special file 1:8 666
/dev/urandom character special file 1:9 666
/dev/tty character special file 5:0 666
fd /proc/self/fd
stdin /proc/self/fd/0
stdout /proc/self/fd/1
stderr /proc/self/fd/2
ptmx pts/ptmx"
    assert_has "$output" $'\n2\n'
    assert_has "$output" "No space left"
    assert_has "$output" /dev/fd/0
}

@test "devices: extra nodes of each type, with mode and owner, also outside of /dev" {
    run_in extra 'stat -c "%n %F %t:%T %a %u:%g" /dev/extra /dev/sub/fuse /dev/disk /dev/fifo /opt/null /dev/zero' '.linux.devices = [
        {path: "/dev/extra", type: "c", major: 10, minor: 200, fileMode: 384, uid: 7, gid: 8},
        {path: "/dev/sub/fuse", type: "u", major: 10, minor: 229},
        {path: "/dev/disk", type: "b", major: 7, minor: 9, fileMode: 432, gid: 6},
        {path: "/dev/fifo", type: "p", fileMode: 438},
        {path: "/opt/null", type: "c", major: 1, minor: 3, fileMode: 420},
        {path: "/dev/zero", type: "c", major: 1, minor: 5, fileMode: 256, uid: 1000}]'
    assert_status 0
    assert_is "$output" "/dev/extra character special file a:c8 600 7:8
/dev/sub/fuse character special file a:e5 666 0:0
/dev/disk block special file 7:9 660 0:6
/dev/fifo fifo 0:0 666 0:0
/opt/null character special file 1:3 644 0:0
/dev/zero character special file 1:5 400 1000:0"
}

# Besides the rules of config.json the default nodes and making nodes of any kind are always allowed, as with runc.
@test "devices: the controller lets through what is allowed and nothing else" {
    [ -e /dev/loop-control ] || skip "no loop driver"
    run_in rules 'mknod /tmp/control c 10 237; dd if=/tmp/control count=0 2>/dev/null && echo read; echo no >/tmp/control
        mknod /tmp/loop b 7 0; dd if=/tmp/loop count=0; echo >/dev/null && echo null' \
        "$deny"' | .linux.resources.devices += [{allow: true, type: "c", major: 10, minor: 237, access: "r"}]'
    assert_is "$output" "read
sh: can't create /tmp/control: Operation not permitted
dd: can't open '/tmp/loop': Operation not permitted
null"
}

@test "devices: exec is held by the same rules, and without rules all is open" {
    [ -e /dev/loop-control ] || skip "no loop driver"
    started held "$deny"
    run inside held sh -c 'mknod /tmp/control c 10 237; dd if=/tmp/control count=0; echo >/dev/null && echo null'
    assert_has "$output" "Operation not permitted"
    assert_has "$output" null
    run_in open 'mknod /tmp/control c 10 237; dd if=/tmp/control count=0 && echo opened' 'del(.linux.resources.devices)'
    assert_has "$output" opened
}

@test "devices: /dev of the host bound as it is stays as it is" {
    run_in hostdev 'ls /dev | wc -l; test -e /dev/null && echo null' \
        '.mounts |= map(select(.destination | startswith("/dev") | not)) + [{destination: "/dev", type: "bind", source: "/dev", options: ["rbind", "ro"]}]'
    assert_status 0
    assert_is "${lines[0]}" "$(ls /dev | wc -l)"
    assert_is "${lines[1]}" null
}

@test "devices: a type that is unknown, and numbers out of range, are refused by name" {
    run_in bad true '.linux.devices = [{path: "/dev/x", type: "z", major: 1, minor: 3}]'
    assert_failed
    assert_has "$output" 'linux.devices[0].type'
    run_in bad true '.linux.devices = [{path: "/dev/x", type: "c", major: 5000, minor: 3}]'
    assert_failed
    assert_has "$output" 'linux.devices[0].major'
    run_in bad true '.linux.devices = [{path: "dev/x", type: "c", major: 1, minor: 3}]'
    assert_failed
    assert_has "$output" 'linux.devices[0].path'
}

@test "devices: what the image has in the node's place is in the way" {
    config way true '.mounts |= map(select(.destination != "/dev"))'
    echo >"$T/way/rootfs/dev/null"
    run runtime run -b "$T/way" "$ID-way"
    assert_failed
    assert_has "$output" "device /dev/null"
}
