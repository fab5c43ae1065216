#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# selinux.sh - process.selinuxLabel and linux.mountLabel on a kernel that has SELinux; runs in the guest, started by tests/lsm.bats.
. ./guest-rootfs.sh
. ./checks.sh
mountpoint -q /sys/fs/selinux || mount -t selinuxfs selinuxfs /sys/fs/selinux
secilc -o /tmp/policy policy.cil -f /dev/null && cat /tmp/policy >/sys/fs/selinux/load
say "the policy is loaded" $?
detached labelled
say "a container with labels starts" $?
is "its process has the label" "$(tr -d '\0\n' </proc/$(pid labelled)/attr/current)" "u:r:container_t:s0:c1"
is "an exec has it too" "$(rt exec labelled cat /proc/self/attr/current | tr -d '\0\n')" "u:r:container_t:s0:c1"
has "/dev has the mount label" "$(rt exec labelled grep ' /dev ' /proc/mounts)" context=u:object_r:container_file_t:s0:c1
is "the message queues have it" "$(ls -Zd /proc/$(pid labelled)/root/dev/mqueue | cut -d" " -f1)" "u:object_r:container_file_t:s0:c1"
has "/dev/shm has it" "$(rt exec labelled grep ' /dev/shm ' /proc/mounts)" context=u:object_r:container_file_t:s0:c1
is "exec --process-label takes another one" "$(rt exec --process-label u:r:container_t:s0:c2 labelled cat /proc/self/attr/current | tr -d '\0\n')" "u:r:container_t:s0:c2"
rt delete -f labelled
got=$(rt run -b "$(bundle missing)" missing 2>&1)
say "a label that the policy does not know is an error" "$([ $? -ne 0 ]; echo $?)" "it ran"
has "… that names it" "$got" "u:r:no_such_t:s0"
is "… and leaves nothing" "$(rt list -q)" ""
is "without a label the process has its starter's" "$(rt run -b "$(bundle plain)" plain 2>&1 | tr -d '\0\n')" "u:r:base_t:s0"
finish
