#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime-rootless.bats - the runtime as a user without privileges: one id mapped, many by newuidmap, and what is left out.

load runtime

uid=12345 # nobody's

# as_user COMMAND… — without any privilege, in the test's directory.
as_user() {
    setpriv --reuid $uid --regid $uid --clear-groups --inh-caps=-all env XDG_RUNTIME_DIR="$T/xdg" "$@"
}
rootless() { as_user "$RUNTIME" "$@"; }

# user_bundle NAME SHELL-TEXT [JQ-EDIT] — what `spec --rootless` says, owned by the user.
user_bundle() {
    mkdir -p "$T/$1"
    [ -d "$T/$1/rootfs" ] || cp -a "$T/busybox" "$T/$1/rootfs"
    (cd "$T/$1" && rm -f config.json && "$RUNTIME" spec --rootless)
    edit_config "$1" ".process.terminal = false | .process.args = [\"sh\", \"-c\", \$text] | .linux.uidMappings[0].hostID = $uid
        | .linux.gidMappings[0].hostID = $uid | ${3:-.}" --arg text "$2"
    chown -R $uid:$uid "$T/$1"
}

setup_file() {
    dhow_setup_file
    chmod 755 "$T"
    mkdir "$T/xdg"
    chown $uid:$uid "$T/xdg"
    # The build may be where only root can go.
    cp "$RUNTIME" "$T/dhow-runtime"
    RUNTIME=$T/dhow-runtime
    export RUNTIME
}

teardown() {
    local id
    for id in $(rootless list -q 2>/dev/null); do rootless delete -f "$id" || true; done
}

@test "rootless: a container runs with the user's own id as its root" {
    user_bundle one 'id -u; cat /proc/self/uid_map; echo >/tmp/file; echo $$; hostname' '.root.readonly = false'
    run rootless run -b "$T/one" one
    assert_status 0
    assert_is "${lines[0]}" 0
    assert_matches "${lines[1]}" "0 +$uid +1"
    assert_is "${lines[2]}" 1
    assert_is "$(stat -c %u "$T/one/rootfs/tmp/file")" $uid
    assert [ ! -e "$T/xdg/dhow/runtime/one" ]
}

@test "rootless: create, start, exec, pause refused or done, kill, delete" {
    user_bundle life 'exec sleep 1000'
    rootless create -b "$T/life" life </dev/null >"$T/life/out" 2>&1 3>&- || failed "$(cat "$T/life/out")"
    run rootless state life
    assert_is "$(jq -r .status <<<"$output")" created
    assert_is "$(jq -r .owner <<<"$output")" $uid
    assert rootless start life
    run rootless exec life sh -c 'id -u; cat /proc/1/comm'
    assert_status 0
    assert_is "$output" $'0\nsleep'
    run rootless list -q
    assert_is "$output" life
    assert rootless kill life KILL
    eventually as_user sh -c '"$0" state life | grep -q stopped' "$RUNTIME"
    assert rootless delete life
}

@test "rootless: without delegated cgroups it runs without one, and a limit that was asked for is refused by name" {
    user_bundle limits 'echo ran' '.linux.resources = {devices: [{allow: false, access: "rwm"}]}'
    run rootless run -b "$T/limits" limits
    assert_status 0
    assert_is "$output" ran
    edit_config limits '.linux.resources = {pids: {limit: 10}}'
    run rootless run -b "$T/limits" limits
    assert_failed
    assert_has "$output" pids.limit
}

@test "rootless: a network namespace, tmpfs, masks, read-only root work" {
    user_bundle net 'ls /sys/class/net; cat /proc/keys | wc -c; echo >/x; mount | grep -c " /t "' \
        '.linux.namespaces += [{type: "network"}] | .mounts |= map(if .destination == "/sys" then {destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"]} else . end)
         | .mounts += [{destination: "/t", type: "tmpfs", source: "t"}] | .root.readonly = true'
    mkdir "$T/net/rootfs/t"
    run rootless run -b "$T/net" net
    assert_is "${lines[0]}" lo
    assert_is "${lines[1]}" 0
    assert_has "${lines[2]}" "Read-only"
    assert_is "${lines[3]}" 1
}

@test "rootless: more ids by newuidmap and newgidmap" {
    need newuidmap newgidmap
    user_bundle many 'id -u; id -G; cat /proc/self/uid_map; touch /tmp/by-seven' '.process.user = {uid: 7, gid: 8, additionalGids: [9]} | .root.readonly = false
        | .linux.uidMappings += [{containerID: 1, hostID: 300000, size: 100}] | .linux.gidMappings += [{containerID: 1, hostID: 300000, size: 100}]'
    # /etc/subuid is replaced for this process only.
    printf '%s:300000:100\n' $uid >"$T/subid"
    chmod 644 "$T/subid"
    { cat /etc/passwd; echo "made:x:$uid:$uid::/:/bin/sh"; } >"$T/passwd"
    chmod 644 "$T/passwd"
    run unshare -m sh -c 'touch /etc/subuid /etc/subgid && mount --bind "$T/subid" /etc/subuid && mount --bind "$T/subid" /etc/subgid && mount --bind "$T/passwd" /etc/passwd && exec "$@"' sh \
        setpriv --reuid $uid --regid $uid --clear-groups env XDG_RUNTIME_DIR="$T/xdg" "$RUNTIME" run -b "$T/many" many
    assert_status 0
    assert_is "${lines[0]}" 7
    assert_is "${lines[1]}" "8 9"
    assert_matches "${lines[3]}" '1 +300000 +100'
    assert_is "$(stat -c %u:%g "$T/many/rootfs/tmp/by-seven")" 300006:300007
}

@test "rootless: ids that nobody gave the user are refused, and it says why" {
    need newuidmap
    user_bundle stolen true '.linux.uidMappings += [{containerID: 1, hostID: 1, size: 1000}]'
    run rootless run -b "$T/stolen" stolen
    assert_failed
    assert_has "$output" /etc/subuid
    run rootless list -q
    assert_is "$output" ""
}

@test "rootless: hooks run as the user" {
    user_bundle hooks true ".hooks.createRuntime = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"id -u >$T/xdg/hook\"]}]"
    run rootless run -b "$T/hooks" hooks
    assert_status 0
    assert_is "$(cat "$T/xdg/hook")" $uid
}

@test "rootless: a terminal by console socket" {
    user_bundle tty 'tty; echo END' '.process.terminal = true'
    run as_user env THEN="$RUNTIME start tty" python3 - "$T/xdg/console" "$RUNTIME" create --console-socket "$T/xdg/console" -b "$T/tty" tty <"$TESTS/console.py"
    assert_status 0
    assert_has "$output" /dev/pts/0
}
