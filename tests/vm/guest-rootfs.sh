# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# guest-rootfs.sh - /rootfs in the systemd guest: busybox under all its names (mini has one from the start).
mkdir -p /rootfs/bin /rootfs/proc /rootfs/sys /rootfs/dev /rootfs/tmp /rootfs/etc /rootfs/root
cp /bin/busybox /rootfs/bin/
for name in $(busybox --list); do [ -e "/rootfs/bin/$name" ] || ln -s busybox "/rootfs/bin/$name"; done
