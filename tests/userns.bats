#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# userns.bats — containers whose root is nobody on this machine: --userns, --uidmap, --gidmap, mapped layers and volumes.
load dhow

# inside OPTIONS… -- COMMAND… — what a container says.
inside() {
    local options=()
    while [ "$1" != -- ]; do options+=("$1") && shift; done
    shift
    timeout 60 dhow run --rm "${options[@]}" bb "$@"
}
refuses() {
    local words=$1
    shift
    run timeout 60 dhow create "$@" bb true
    assert_failed
    assert_has "$output" "$words"
}
pid_of() { dhow inspect -f '{{.State.Pid}}' "$1"; }
uid_of() { awk '$1 == "Uid:" {print $2}' "/proc/$(pid_of "$1")/status"; }

@test "--userns auto: root inside is nobody outside, and each container somebody else" {
    local one two
    dhow run -d --name one --userns auto bb sleep 1000
    dhow run -d --name two --userns auto bb sleep 1000
    one=$(uid_of one) two=$(uid_of two)
    assert [ "$one" -ge 65536 ]
    assert [ "$two" -ge 65536 ]
    assert [ $((one > two ? one - two : two - one)) -ge 65536 ]
    assert_is "$(dhow exec one sh -c 'id -u; cat /proc/self/uid_map' | tr -s ' \n' ' ')" "0 0 $one 65536 "
    assert_is "$(inside --userns auto:size=1000 -- sh -c 'cat /proc/self/gid_map' | awk '{print $1, $3}')" "0 1000"
}

@test "the image's files are root's inside, what is written is root's on the disk, nothing is chowned" {
    dhow run --name writer --userns auto bb sh -c 'stat -c %u /bin/sh /etc/hosts /etc/resolv.conf; echo x >/written; touch /other && chown 12:34 /other; ls -ld /; rm /etc/passwd'
    run dhow logs writer
    assert_has "$output" $'0\n0\n0'
    local upper
    upper=$DHOW_ROOT/containers/$(dhow inspect -f '{{.Id}}' writer)/upper
    assert_is "$(stat -c %u:%g "$upper/written" "$upper/other" | tr '\n' ' ')" "0:0 12:34 "
    run dhow diff writer
    assert_has "$output" "A /written"
    assert_has "$output" "D /etc/passwd"
    # The next start has another namespace, and the same files.
    dhow start writer
    dhow wait writer
}

@test "volumes and binds are mapped, too" {
    mkdir "$T/bound"
    echo hosts >"$T/bound/file"
    inside --userns auto -v "$T/bound:/bound" -v "$ID-volume:/volume" -- sh -c 'cat /bound/file && stat -c %u /bound/file && echo mine >/bound/new && echo kept >/volume/x'
    assert_is "$(stat -c %u "$T/bound/new")" 0
    assert_is "$(inside -v "$ID-volume:/volume" -- sh -c 'cat /volume/x; stat -c %u /volume/x' | tr '\n' ' ')" "kept 0 "
    dhow volume rm "$ID-volume"
}

@test "networks, terminals, standard streams, devices, shared memory and secrets work in one" {
    run inside --userns auto -- sh -c 'ls /sys/class/net; ping -c 1 127.0.0.1 >/dev/null && echo pinged; echo out >/dev/stdout; head -c 3 /dev/zero | wc -c; echo x >/dev/shm/y && echo shm'
    assert_status 0
    for word in eth0 pinged out 3 shm; do assert_has "$output" "$word"; done
    assert_has "$(inside --userns auto --network none -- ls /sys/class/net)" lo
    printf hush | dhow secret create "$ID-s" -
    assert_is "$(inside --userns auto --secret "$ID-s",target=s -- cat /run/secrets/s)" hush
    dhow secret rm "$ID-s"
    dhow run -d --name donor --userns auto --ipc shareable bb sleep 1000
    dhow exec donor sh -c 'echo y >/dev/shm/x'
}

@test "port 80 can be bound: the network namespace belongs to the user namespace" {
    run inside --userns auto --cap-drop ALL --cap-add NET_ADMIN -- ip link set lo mtu 1400
    assert_status 0
}

@test "capabilities inside are none outside: the host's kernel parameters and devices stay closed" {
    run inside --userns auto --cap-add ALL -- sh -c 'mknod /tmp/x b 7 0; mount -t tmpfs none /tmp && echo mounted; echo 1 >/proc/sys/kernel/panic; dmesg -n 1'
    assert_has "$output" mounted
    assert_lacks "$(inside --userns auto --cap-add ALL -- sh -c 'mknod /tmp/x b 7 0 && echo made' 2>&1)" made
    refute inside --userns auto --cap-add ALL --security-opt systempaths=unconfined -- sh -c 'echo 1 >/proc/sys/kernel/panic'
}

@test "--uidmap and --gidmap are exactly what was said" {
    run inside --uidmap 0:300000:1000 --uidmap 5000:400000:10 --gidmap 0:500000:2000 -- sh -c 'cat /proc/self/uid_map /proc/self/gid_map | tr -s " "'
    assert_is "$output" " 0 300000 1000
 5000 400000 10
 0 500000 2000"
    assert_is "$(dhow create --name asked --uidmap 0:300000:1000 bb true >/dev/null; dhow inspect -f '{{.HostConfig.UsernsMode}}' asked)" \
        "private:uidmapping=0:300000:1000"
}

@test "keep-id maps all to themselves, container: is another's" {
    assert_is "$(inside --userns keep-id -- cat /proc/self/uid_map | tr -s ' ')" " 0 0 4294967295"
    assert [ "$(inside --userns keep-id -- readlink /proc/self/ns/user)" != "$(readlink /proc/self/ns/user)" ]
    dhow run -d --name donor --userns auto bb sleep 1000
    assert_is "$(inside --userns container:donor -- readlink /proc/self/ns/user)" "$(readlink "/proc/$(pid_of donor)/ns/user")"
    assert_is "$(inside --userns container:donor -- stat -c %u /bin/sh)" 0
    run inside --userns container:nobody -- true
    assert_has "$output" "failed to join user namespace: No such container: nobody"
}

@test "docker's default stays: no user namespace, the configuration can say another one, but not for who shares the host's" {
    assert_is "$(inside -- readlink /proc/self/ns/user)" "$(readlink /proc/self/ns/user)"
    assert_is "$(inside --userns host -- readlink /proc/self/ns/user)" "$(readlink /proc/self/ns/user)"
    echo '{"default-userns-mode": "auto"}' >"$T/dhow.json"
    export DHOW_CONFIG=$T/dhow.json
    assert [ "$(inside -- readlink /proc/self/ns/user)" != "$(readlink /proc/self/ns/user)" ]
    assert_is "$(inside --userns host -- readlink /proc/self/ns/user)" "$(readlink /proc/self/ns/user)"
    assert_is "$(inside --privileged -- readlink /proc/self/ns/user)" "$(readlink /proc/self/ns/user)"
    assert_is "$(inside --network host -- readlink /proc/self/ns/user)" "$(readlink /proc/self/ns/user)"
}

@test "what cannot be is refused" {
    refuses "invalid USER mode: nonsense" --userns nonsense
    refuses "privileged mode is incompatible with user namespaces" --userns auto --privileged
    refuses "cannot share the host PID namespace when user namespaces are enabled" --userns auto --pid host
    refuses "cannot share the host's network namespace when user namespaces are enabled" --userns auto --network host
    refuses "invalid size of a user namespace" --userns auto:size=0
    refuses "invalid size of a user namespace" --userns auto:size=65537
    refuses "invalid option of a user namespace" --userns auto:color=red
    refuses "invalid range of ids" --uidmap 0:4294967295:2
    refuses "invalid range of ids" --uidmap 0:x:1
    refuses "no range of users has the container's root" --uidmap 1:100000:1
    refuses "cannot use nomap as root" --userns nomap
    refuses "--uidmap and --gidmap make a private user namespace" --userns auto --uidmap 0:1:1
}

@test "nothing is left of them" {
    dhow run --rm --userns auto -v "$T:/t" bb true
    dhow run -d --name killed --userns auto bb sleep 1000
    kill -9 "$(pgrep -f "dhow-monitor .*$DHOW_RUN_ROOT")"
    eventually bash -c '[ "$(dhow inspect -f "{{.State.Status}}" killed)" = exited ]'
    dhow rm killed
    assert_is "$(leftovers)" ""
}
