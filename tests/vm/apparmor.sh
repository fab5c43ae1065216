#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# apparmor.sh - process.apparmorProfile on a kernel that has AppArmor; runs in the guest, started by tests/lsm.bats.
. ./guest-rootfs.sh
. ./checks.sh
apparmor_parser -q --add <<'P'
profile dhow-test flags=(attach_disconnected,mediate_deleted) {
    file,
    capability,
    mount,
    umount,
    signal,
    ptrace,
    network,
    deny /tmp/denied w,
}
profile dhow-other flags=(attach_disconnected,mediate_deleted) {
    file,
    capability,
    signal,
    deny /tmp/other w,
}
P
detached confined
say "a container with a profile starts" $?
is "its process is confined" "$(cat /proc/$(pid confined)/attr/apparmor/current)" "dhow-test (enforce)"
is "an exec has the container's profile" "$(rt exec confined cat /proc/self/attr/apparmor/current)" "dhow-test (enforce)"
has "what the profile denies is denied" "$(rt exec confined sh -c 'echo x >/tmp/denied' 2>&1)" "Permission denied"
is "what it does not deny is not" "$(rt exec confined sh -c 'echo x >/tmp/allowed && cat /tmp/allowed' 2>&1)" x
is "exec --apparmor takes another one" "$(rt exec --apparmor dhow-other confined cat /proc/self/attr/apparmor/current)" "dhow-other (enforce)"
has "… which confines" "$(rt exec --apparmor dhow-other confined sh -c 'echo x >/tmp/other' 2>&1)" "Permission denied"
rt delete -f confined
got=$(rt run -b "$(bundle missing)" missing 2>&1)
say "a profile that is not loaded is an error" "$([ $? -ne 0 ]; echo $?)" "it ran"
has "… that names it" "$got" no-such-profile
is "… and leaves nothing" "$(rt list -q)" ""
is "without a profile nothing is confined" "$(rt run -b "$(bundle plain)" plain 2>&1)" unconfined
finish
