#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# dhow-apparmor.sh - AppArmor's docker-default, and user namespaces on an older kernel's ext4; started by kernel.bats.
. ./guest-rootfs.sh
. ./checks.sh
busybox modprobe overlay # its table of modules is one for busybox
PATH=/job:$PATH
export DHOW_ROOT=/var/tmp/data DHOW_RUN_ROOT=/run/dhow
tar -C /rootfs -c . | dhow import - bb >/dev/null
go() { dhow run --rm --network none "$@" 2>&1; }
current="cat /proc/self/attr/apparmor/current"

is "nobody has loaded it" "$(grep -c docker-default /sys/kernel/security/apparmor/profiles)" 0
is "a container has docker-default" "$(go bb $current)" "docker-default (enforce)"
is "it is loaded once" "$(grep -c docker-default /sys/kernel/security/apparmor/profiles)" 1
has "it refuses what the profile denies" "$(go --cap-add SYS_ADMIN --security-opt seccomp=unconfined bb mount -t tmpfs none /tmp)" "ermission denied"
is "unconfined" "$(go --security-opt apparmor=unconfined bb $current)" unconfined
is "privileged is unconfined" "$(go --privileged bb $current)" unconfined
apparmor_parser -q --add <<'P'
profile dhow-test flags=(attach_disconnected,mediate_deleted) { file, capability, signal, deny /tmp/denied w, }
P
is "a profile of the user's own" "$(go --security-opt apparmor=dhow-test bb $current)" "dhow-test (enforce)"
has "one that is not loaded" "$(go --security-opt apparmor=no-such bb true)" no-such
dhow run -d --network none --name web bb sleep 1000 >/dev/null
is "exec has it, too" "$(dhow exec web $current)" "docker-default (enforce)"
is "inspect says so" "$(dhow inspect -f '{{.AppArmorProfile}}' web)" docker-default
dhow rm -f web >/dev/null
dhow run -d --network none --name trap bb sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done' >/dev/null
sleep 1
is "stop works through it" "$(dhow stop -t 20 trap >/dev/null; dhow inspect -f '{{.State.ExitCode}}' trap 2>&1)" 3

is "a user namespace with mapped layers" "$(go --userns auto bb sh -c 'echo x >/new; echo $(id -u) $(stat -c %u /bin /new)')" "0 0 0"
mkdir -p /var/tmp/bound && echo words >/var/tmp/bound/file
is "and a bind" "$(go --userns auto -v /var/tmp/bound:/b bb sh -c 'cat /b/file; stat -c %u /b/file; echo y >/b/new' | tr '\n' ' ')" "words 0 "
is "which writes as root" "$(stat -c %u /var/tmp/bound/new)" 0
finish
