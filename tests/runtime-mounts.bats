#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime-mounts.bats - every mount option on a real mount, kinds of mounts and targets, the root file system, masks.

load runtime

# mounted NAME OPTIONS [SHELL-TEXT] — a bind of $T/tree (or what $TREE is) at /m with the options (words, or a JSON list);
# $output is what the text printed, by default mountinfo.
mounted() {
    local name=$1 options=$2 text=${3:-cat /proc/self/mountinfo}
    run_in "$name" "$text" '.mounts += [{destination: "/m", type: "bind", source: $tree, options: ($options | split(" "))}]' \
        --arg options "$options" --arg tree "${TREE:-$T/tree}"
}

# attributes PATH — a mount's own attributes in the mountinfo in $output; propagation PATH — its optional fields.
attributes() { awk -v at="$1" '$5 == at { print $6 }' <<<"$output" | tail -1; }
propagation() { awk -v at="$1" '$5 == at { for (i = 7; $i != "-"; i++) printf "%s ", $i }' <<<"$output"; }
super_options() { awk -v at="$1" '$5 == at { print $NF }' <<<"$output" | tail -1; }

has_attribute() { # PATH WORD
    [[ ",$(attributes "$1")," == *",$2,"* ]] || failed "$1 has $(attributes "$1"), want $2"
}
lacks_attribute() {
    [[ ",$(attributes "$1")," != *",$2,"* ]] || failed "$1 has $(attributes "$1"), $2 must not be there"
}

setup_file() {
    dhow_setup_file
    mkdir -p "$T/tree/sub" "$T/plain"
    mount -t tmpfs "$ID" "$T/tree"
    mount --make-private "$T/tree"
    mkdir -p "$T/tree/sub"
    mount -t tmpfs "$ID" "$T/tree/sub"
    # The same with every attribute that can be taken away.
    mkdir -p "$T/strict"
    mount -t tmpfs -o ro,nosuid,nodev,noexec,noatime,nodiratime "$ID" "$T/strict"
    mount --make-private "$T/strict"
}

teardown_file() {
    umount -l "$T/tree/sub" "$T/tree" "$T/strict"
    dhow_teardown_file
}

@test "mounts: attributes are set on the mount itself and not below" {
    mounted attr "rbind ro nosuid nodev noexec nodiratime noatime nosymfollow" \
        'cat /proc/self/mountinfo; echo >/m/file'
    local word
    for word in ro nosuid nodev noexec nodiratime noatime nosymfollow; do
        has_attribute /m $word
        lacks_attribute /m/sub $word
    done
    assert_has "$output" "Read-only file system"
}

@test "mounts: attributes with r are set on the whole tree" {
    mounted rattr "rbind rro rnosuid rnodev rnoexec rnodiratime rnoatime rnosymfollow"
    assert_status 0
    local word
    for word in ro nosuid nodev noexec nodiratime noatime nosymfollow; do
        has_attribute /m $word
        has_attribute /m/sub $word
    done
}

@test "mounts: attributes are taken away, with r from the whole tree" {
    local word
    TREE=$T/strict mounted clear "bind rw suid dev exec diratime atime symfollow"
    assert_status 0
    for word in ro nosuid nodev noexec nodiratime noatime; do lacks_attribute /m $word; done
    TREE=$T/strict mounted rclear "rbind rrw rsuid rdev rexec rdiratime ratime rsymfollow"
    assert_status 0
    for word in ro nosuid nodev noexec nodiratime noatime; do lacks_attribute /m $word; done
}

@test "mounts: access time modes" {
    local row
    for row in noatime:noatime relatime:relatime strictatime: norelatime:relatime nostrictatime:relatime \
        rnoatime:noatime rrelatime:relatime rstrictatime: rnorelatime:relatime rnostrictatime:relatime; do
        mounted atime "bind ${row%:*}"
        assert_status 0
        lacks_attribute /m "$([ "${row#*:}" = noatime ] && echo relatime || echo noatime)"
        if [ -n "${row#*:}" ]; then has_attribute /m "${row#*:}"; else lacks_attribute /m relatime; fi
    done
}

@test "mounts: words for a superblock: sync dirsync lazytime and their opposites" {
    run_in super 'cat /proc/self/mountinfo' '.mounts += [
        {destination: "/on", type: "tmpfs", source: "t", options: ["sync", "dirsync", "lazytime", "mand", "iversion", "silent"]},
        {destination: "/off", type: "tmpfs", source: "t", options: ["async", "nolazytime", "nomand", "noiversion", "loud", "defaults"]}]'
    assert_status 0
    local word
    for word in sync dirsync lazytime; do
        [[ ",$(super_options /on)," == *",$word,"* ]] || failed "/on has $(super_options /on), want $word"
        [[ ",$(super_options /off)," != *",$word,"* ]] || failed "/off has $word"
    done
}

@test "mounts: every word that features names is accepted" {
    local word words
    words=$(runtime features | jq -r '.mountOptions[]')
    for word in $words; do
        case $word in
            idmap | ridmap | remount | bind | rbind | tmpcopyup | copy-symlink | src-nofollow | dest-nofollow) continue ;;
        esac
        echo "$word"
    done | jq -Rn '[inputs]' >"$T/words.json"
    run_in words true '.mounts += [$words[0][] | {destination: "/w/\(.)", type: "tmpfs", source: "t", options: [.]}]' --slurpfile words "$T/words.json"
    assert_status 0
    assert_is "$output" ""
    # The list of the specification (appendix F of the feature map) is in it.
    for word in async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime \
        noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev \
        rdiratime relatime remount rexec rnoatime rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro \
        rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave \
        strictatime suid symfollow sync tmpcopyup unbindable idmap ridmap; do
        grep -qx "$word" <<<"$words" || failed "features does not name $word"
    done
}

@test "mounts: a word that nobody knows is an error that names it" {
    run_in word true '.mounts += [{destination: "/w", type: "tmpfs", source: "t", options: ["nosuchword"]}]'
    assert_failed
    assert_has "$output" "nosuchword"
    mounted word "bind size=4k"
    assert_failed
    assert_has "$output" 'mounts[7]'
    assert_has "$output" "size=4k"
}

@test "mounts: private, slave, shared, unbindable as asked, recursively with r" {
    mounted prop "rbind shared"
    assert_matches "$(propagation /m)" 'shared:'
    mounted prop "rbind rshared"
    assert_matches "$(propagation /m/sub)" 'shared:'
    mounted prop "rbind private"
    assert_is "$(propagation /m)" ""
    mounted prop "rbind rprivate"
    assert_is "$(propagation /m/sub)" ""
    mounted prop "rbind unbindable"
    assert_matches "$(propagation /m)" unbindable
    mounted prop "rbind runbindable"
    assert_matches "$(propagation /m/sub)" unbindable
    mount --make-rshared "$T/tree"
    mounted prop "rbind rslave"
    mount --make-rprivate "$T/tree"
    assert_matches "$(propagation /m)" master:
    assert_matches "$(propagation /m/sub)" master:
}

# propagates MODE — "in" when a mount of the host arrives, "out" when the container's leaves.
propagates() {
    local mode=$1 name=prop-$1 seen=
    mkdir -p "$T/point/host" "$T/point/guest"
    mount -t tmpfs "$ID" "$T/point"
    mount --make-shared "$T/point"
    mkdir "$T/point/host" "$T/point/guest"
    started "$name" '.mounts += [{destination: "/m", type: "bind", source: "\($T)/point", options: ["rbind", $mode]}]
        | .process.capabilities[] += ["CAP_SYS_ADMIN"]' --arg mode "$mode"
    mount -t tmpfs "$ID" "$T/point/host"
    inside "$name" grep -q ' /m/host ' /proc/self/mountinfo && seen+=in
    umount "$T/point/host"
    inside "$name" mount -t tmpfs guest /m/guest
    grep -q " $T/point/guest " /proc/self/mountinfo && seen+=out
    runtime delete --force "$ID-$name"
    umount -R -l "$T/point"
    echo "$seen"
}

@test "mounts: what host and container mount travels as the propagation says" {
    assert_is "$(propagates rprivate)" ""
    assert_is "$(propagates rslave)" in
    assert_is "$(propagates rshared)" inout
}

@test "mounts: nothing of a container's mounts is left in the host's namespace" {
    started still
    refute grep -q "$T/still" /proc/self/mountinfo
}

@test "mounts: tmpcopyup brings what the image has there" {
    config up 'cat /etc/hostname; stat -c "%a %u" /etc/secret; readlink /etc/link; cat /etc/deep/er/file; grep " /etc " /proc/self/mountinfo' \
        '.mounts += [{destination: "/etc", type: "tmpfs", source: "t", options: ["tmpcopyup", "ro"]}]'
    mkdir -p "$T/up/rootfs/etc/deep/er"
    echo deep >"$T/up/rootfs/etc/deep/er/file"
    install -m 640 -o 7 /dev/null "$T/up/rootfs/etc/secret"
    ln -s hosts "$T/up/rootfs/etc/link"
    run runtime run -b "$T/up" "$ID-up"
    assert_status 0
    assert_is "${lines[0]} ${lines[1]} ${lines[2]} ${lines[3]}" "test 640 7 hosts deep"
    assert_has "${lines[4]}" " ro,"
}

@test "mounts: symbolic links as source and target" {
    mkdir -p "$T/links"
    echo content >"$T/links/file"
    ln -sfn file "$T/links/link"
    config links 'readlink /copied; cat /followed; cat /real; stat -Lc %F /etc/resolv.conf; cat /run/later/resolv.conf' '.mounts += [
        {destination: "/copied", type: "bind", source: "\($T)/links/link", options: ["bind", "copy-symlink"]},
        {destination: "/followed", type: "bind", source: "\($T)/links/link", options: ["bind"]},
        {destination: "/alias", type: "bind", source: "\($T)/links/file", options: ["bind"]},
        {destination: "/etc/resolv.conf", type: "bind", source: "\($T)/links/file", options: ["bind"]}]'
    ln -s real "$T/links/rootfs/alias"
    ln -sf ../run/later/resolv.conf "$T/links/rootfs/etc/resolv.conf"
    run runtime run -b "$T/links" "$ID-links"
    assert_status 0
    assert_is "$output" $'file\ncontent\ncontent\nregular file\ncontent'
}

@test "mounts: a link out of the root is followed inside it" {
    config escape 'cat /m/file; ls /elsewhere' '.mounts += [{destination: "/m", type: "bind", source: "\($T)/plain", options: ["bind"]}]'
    echo here >"$T/plain/file"
    ln -s "../../../../elsewhere" "$T/escape/rootfs/m"
    run runtime run -b "$T/escape" "$ID-escape"
    assert_status 0
    assert_is "$output" $'here\nfile'
    [ ! -e /elsewhere ]
}

@test "mounts: src-nofollow and dest-nofollow act on the link itself" {
    mkdir -p "$T/nofollow"
    echo content >"$T/nofollow/file"
    ln -sfn file "$T/nofollow/link"
    config nofollow 'readlink /t' '.mounts += [
        {destination: "/t", type: "bind", source: "\($T)/nofollow/link", options: ["bind", "src-nofollow", "dest-nofollow"]}]'
    ln -s elsewhere "$T/nofollow/rootfs/t"
    run runtime run -b "$T/nofollow" "$ID-nofollow"
    assert_status 0
    assert_is "$output" file
}

@test "mounts: missing targets are made, for files too, also below earlier mounts" {
    echo text >"$T/plain/file"
    run_in missing 'cat /a/b/c/file; ls -d /t/x/y' '.mounts += [
        {destination: "/a/b/c/file", type: "bind", source: "\($T)/plain/file", options: ["bind", "ro"]},
        {destination: "/t", type: "tmpfs", source: "t", options: ["ro"]},
        {destination: "/t/x/y", type: "bind", source: "\($T)/plain", options: ["bind"]}]'
    assert_status 0
    assert_is "$output" $'text\n/t/x/y'
}

@test "mounts: a relative source is beside config.json; a missing one is named" {
    config relative 'cat /m/file' '.mounts += [{destination: "/m", type: "bind", source: "data", options: ["bind"]}]'
    mkdir "$T/relative/data"
    echo beside >"$T/relative/data/file"
    run runtime run -b "$T/relative" "$ID-relative"
    assert_is "$output" beside
    run_in relative true '.mounts += [{destination: "/m", type: "bind", source: "nodata", options: ["bind"]}]'
    assert_failed
    assert_has "$output" "mounts[7] /m: open nodata: No such file or directory"
}

@test "mounts: a relative destination counts from the root" {
    run_in reldest 'cat /m/file' '.mounts += [{destination: "m", type: "bind", source: "\($T)/plain", options: ["bind"]}]'
    echo text >"$T/plain/file"
    run runtime run -b "$T/reldest" "$ID-reldest"
    assert_is "$output" text
}

@test "mounts: bind without type, type bind without option, and a later mount over an earlier" {
    mkdir -p "$T/first" "$T/second"
    touch "$T/first/1" "$T/second/2"
    run_in kinds 'ls /a /b' '.mounts += [
        {destination: "/a", source: "\($T)/first", options: ["rbind"]},
        {destination: "/b", type: "bind", source: "\($T)/first"},
        {destination: "/b", type: "none", source: "\($T)/second", options: ["bind"]}]'
    assert_status 0
    assert_is "$output" $'/a:\n1\n\n/b:\n2'
}

@test "mounts: remount changes an earlier mount's attributes" {
    run_in remount 'cat /proc/self/mountinfo' '.mounts += [
        {destination: "/m", type: "bind", source: $tree, options: ["rbind"]},
        {destination: "/m", type: "bind", source: $tree, options: ["remount", "bind", "ro", "noexec"]}]' --arg tree "$T/tree"
    assert_status 0
    has_attribute /m ro
    has_attribute /m noexec
}

@test "mounts: file systems of an engine are there with their options" {
    run_in fs 'cat /proc/self/mountinfo' '.mounts += [{destination: "/t", type: "tmpfs", source: "t", options: ["size=1m", "mode=700", "noexec"]},
        {destination: "/o", type: "overlay", source: "overlay", options: ["lowerdir=\($T)/first:\($T)/second"]}]'
    assert_status 0
    local at
    for at in /proc:proc /dev:tmpfs /dev/pts:devpts /dev/mqueue:mqueue /dev/shm:tmpfs /sys:sysfs /t:tmpfs /o:overlay; do
        grep -q " ${at%:*} .* - ${at#*:} " <<<"$output" || failed "no ${at#*:} at ${at%:*} in" "$output"
    done
    assert_has "$(super_options /t)" size=1024k
    has_attribute /t noexec
    has_attribute /sys ro
}

@test "mounts: a cgroup mount shows the container's cgroups, read-only when asked" {
    run_in cgroup 'cat /proc/self/mountinfo; ls -d /sys/fs/cgroup/memory/tasks; mkdir /sys/fs/cgroup/memory/x'
    assert_has "$output" /sys/fs/cgroup/memory/tasks
    assert_has "$output" "Read-only file system"
    has_attribute /sys/fs/cgroup/memory ro
    run_in cgroup 'mkdir /sys/fs/cgroup/memory/x && echo made && rmdir /sys/fs/cgroup/memory/x' \
        '.mounts |= map(if .type == "cgroup" then .options = ["rw"] else . end)'
    assert_is "$output" made
}

@test "mounts: nothing but a procfs may lie on /proc, nor anything below it that is not named" {
    run_in proc true '.mounts += [{destination: "/proc", type: "bind", source: "\($T)/plain", options: ["bind"]}]'
    assert_failed
    assert_has "$output" "only a procfs"
    run_in proc true '.mounts += [{destination: "/proc/self/attr", type: "bind", source: "\($T)/plain", options: ["bind"]}]'
    assert_failed
    assert_has "$output" "inside a procfs"
    echo 99 >"$T/plain/uptime"
    run_in proc 'cat /proc/uptime' '.mounts += [{destination: "/proc/uptime", type: "bind", source: "\($T)/plain/uptime", options: ["bind"]}]'
    assert_is "$output" 99
}

@test "rootfs: read-only, with writable mounts in it" {
    run_in ro 'echo >/file; echo >/tmp/file && echo written; grep " / / \| / " /proc/self/mountinfo | head -1' \
        '.root.readonly = true | .mounts += [{destination: "/tmp", type: "tmpfs", source: "t"}]'
    assert_has "$output" "/file: Read-only file system"
    assert_has "$output" written
    has_attribute / ro
}

@test "rootfs: an absolute path and one that is missing" {
    run_in abs 'echo in' '.root.path = "\($T)/busybox"'
    assert_is "$output" in
    run_in abs true '.root.path = "noroot"'
    assert_failed
    assert_has "$output" "root.path: open the root file system"
    assert_has "$output" "noroot: No such file"
}

@test "rootfs: rootfsPropagation as asked" {
    local row
    for row in shared:shared: rshared:shared: private:- rprivate:- unbindable:unbindable; do
        run_in rp 'cat /proc/self/mountinfo' '.linux.rootfsPropagation = $p' --arg p "${row%%:*}"
        assert_status 0
        if [ "${row#*:}" = - ]; then assert_is "$(propagation /)" ""; else assert_has "$(propagation /)" "${row#*:}"; fi
    done
    mkdir -p "$T/shared"
    mount -t tmpfs "$ID" "$T/shared"
    mount --make-shared "$T/shared"
    cp -a "$T/busybox/." "$T/shared/"
    run_in rp 'cat /proc/self/mountinfo' '.linux.rootfsPropagation = "rslave" | .root.path = "\($T)/shared"'
    umount -l "$T/shared"
    assert_has "$(propagation /)" master:
    run_in rp true '.linux.rootfsPropagation = "sideways"'
    assert_failed
    assert_has "$output" linux.rootfsPropagation
}

@test "rootfs: --no-pivot changes the root without pivot_root" {
    config nopivot 'cat /etc/hostname; ls / | grep -c rootfs; grep -c " - " /proc/self/mountinfo'
    run runtime run --no-pivot -b "$T/nopivot" "$ID-nopivot"
    assert_is "${lines[0]}" test
    assert_is "${lines[1]}" 0
}

@test "masks: files and directories are empty, links are followed inside, missing ones are fine" {
    config masks 'wc -c </etc/secret; ls /data | wc -l; wc -c </etc/passwd; echo x >/data/file; stat -c %t:%T /etc/secret' \
        '.linux.maskedPaths += ["/etc/secret", "/data", "/etc/alias", "/not/there"]'
    echo secret >"$T/masks/rootfs/etc/secret"
    mkdir "$T/masks/rootfs/data"
    touch "$T/masks/rootfs/data/file"
    ln -s passwd "$T/masks/rootfs/etc/alias"
    run runtime run -b "$T/masks" "$ID-masks"
    assert_is "${lines[0]} ${lines[1]} ${lines[2]}" "0 0 0"
    assert_has "${lines[3]}" "Read-only"
    assert_is "${lines[4]}" 1:3
}

@test "masks: read-only paths, also with mounts below them" {
    config rop 'echo >/data/file; echo >/data/sub/file; echo >/proc/sys/kernel/hostname; echo >/other && echo written' \
        '.mounts += [{destination: "/data/sub", type: "tmpfs", source: "t"}] | .linux.readonlyPaths += ["/data", "/not/there"]'
    mkdir -p "$T/rop/rootfs/data"
    run runtime run -b "$T/rop" "$ID-rop"
    assert_has "$output" "/data/file: Read-only"
    assert_has "$output" "/data/sub/file: Read-only"
    assert_has "$output" "/proc/sys/kernel/hostname: Read-only"
    assert_has "$output" written
}

@test "masks: the docker list hides what it must" {
    run_in docker 'for f in /proc/keys /proc/timer_list /proc/kcore; do [ ! -e $f ] || wc -c <$f; done; ls -A /sys/firmware /proc/acpi 2>/dev/null | grep -v :; echo end'
    refute grep -q '[1-9]' <<<"$output"
    assert_has "$output" end
}
