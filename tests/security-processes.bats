# SPDX-License-Identifier: Apache-2.0
# security-processes.bats — what a container's processes inherit, may do and may reach (S-6, S-7, S-8, S-13).
load lib
load security/lib

# running NAME [JQ-EDIT] — a container that waits, for exec.
running() {
    hostile "$1" "${2:-.} | .process.args = [\"sleep\", \"1000\"]"
    runtime run -d -b "$T/$1" "$ID-$1" >"$T/said" 2>&1 || failed "$(cat "$T/said")"
}

# --- who ----------------------------------------------------------------------------------------------------------------

@test "CVE-2016-3697 CVE-2024-40635 CVE-2026-46680: a user that is a number is that number or refused, never root" {
    running users
    local root=$T/users/rootfs user
    # Lines that give root to whatever reads a number as a name; an id that is 0 when it is cut to 32 bits.
    for user in 1000 2147483648 4294967295 4294967296 -1 0x0 00 ' 1' 1e3 +0 1000:9e9; do
        echo "$user:x:0:0::/:/bin/sh"
    done >>"$root/etc/passwd"
    echo "wide:x:4294967296:4294967296::/:/bin/sh" >>"$root/etc/passwd"
    echo "minus:x:-4294967296:0::/:/bin/sh" >>"$root/etc/passwd"
    printf '%s\n' "9e9:x:0:" "00:x:0:" >>"$root/etc/group"
    for user in 4294967295 4294967296 18446744073709551616 -1 0x0 00 ' 1' 1e3 +0 1000:9e9 1000:4294967296 1000:-1 1000:00 \
        wide minus 01000 '1000 ' $'1000\n' 1000:1000:0 1.0; do
        run runtime exec --user "$user" "$ID-users" sh -c 'id -u 2>/dev/null'
        [ "$status" != 0 ] || failed "user '$user' became $output"
    done
    # 2^31 is in range; a number that passwd lists with another id stays the number.
    for user in 1000 2147483648 4294967294 7; do
        run runtime exec --user "$user" "$ID-users" sh -c 'id -u 2>/dev/null'
        assert_status 0
        assert_is "$output" "$user"
    done
    # The same numbers in a configuration.
    for user in 4294967295 4294967296 -1 1.5 '"0"' 1e30 null; do
        edit_config users ".process.user.uid = $user"
        run runtime run -b "$T/users" "$ID-users2"
        [ "$user" = null ] || [ "$status" != 0 ] || failed "uid $user was taken"
    done
}

# The grammar once more, by another hand: what `id` must say for USER, with the passwd and group of the image.
expected_id() {
    python3 - "$1" "$2/etc/passwd" "$2/etc/group" <<'PY'
import re, sys
spec, passwd, group = sys.argv[1:]
rows = [line.rstrip("\n").split(":") for line in open(passwd)]
groups = [line.rstrip("\n").split(":") for line in open(group)]
user, colon, grp = spec.partition(":")
def number(text):
    return int(text) if re.fullmatch(r"0|[1-9][0-9]*", text) and int(text) <= 4294967294 else None
if user == "":
    uid, row = 0, next((r for r in rows if r[2] == "0"), None)
elif user.isdigit():
    uid = number(user)
    row = next((r for r in rows if r[2] == user), None)
else:
    row = next((r for r in rows if r[0] == user), None)
    uid = int(row[2]) if row else None
gid = int(row[3]) if row else 0
if grp.isdigit() and grp:
    gid = number(grp)
elif grp:
    found = next((r for r in groups if r[0] == grp), None)
    gid = int(found[2]) if found else None
print("refused" if uid is None or gid is None else f"{uid} {gid}")
PY
}

@test "CVE-2026-30892: exec --user gives what the grammar says, for a grid of users" {
    running grid
    local user want
    for user in 0 1 1:2 :5 root nobody user user:staff 1000:staff :staff : nobody:0 65534 user: 1000: none user:none \
        12:nogroup; do
        want=$(expected_id "$user" "$T/grid/rootfs")
        run runtime exec --user "$user" "$ID-grid" sh -c 'echo $(id -u) $(id -g)'
        if [ "$want" = refused ]; then
            [ "$status" != 0 ] || failed "'$user' became $output"
        else
            assert_is "$output" "$want"
        fi
    done
}

# --- what it may --------------------------------------------------------------------------------------------------------

# The five sets as /proc/self/status has them: inheritable, permitted, effective, bounding, ambient.
CAPS_SHOWN='grep "^Cap" /proc/self/status | cut -f2 | tr "\n" " "'
DOCKERS=00000000a80425fb

@test "CVE-2022-24769 CVE-2022-27649 CVE-2022-27650 CVE-2022-27651 CVE-2022-27652 CVE-2022-29162: nothing inheritable" {
    running caps
    # The caller has capabilities inheritable and ambient.
    setpriv --inh-caps=+chown,+net_raw,+sys_admin --ambient-caps=+chown,+net_raw "$RUNTIME" --root "$RUNTIME_ROOT" exec "$ID-caps" \
        sh -c "$CAPS_SHOWN" >"$T/exec"
    assert_is "$(cat "$T/exec")" "0000000000000000 $DOCKERS $DOCKERS $DOCKERS 0000000000000000 "
    hostile caps2
    edit_config caps2 '.process.args = ["sh", "-c", $script]' --arg script "$CAPS_SHOWN"
    setpriv --inh-caps=+chown,+net_raw,+sys_admin --ambient-caps=+chown,+net_raw "$RUNTIME" --root "$RUNTIME_ROOT" run -b "$T/caps2" \
        "$ID-caps2" >"$T/run"
    assert_is "$(cat "$T/run")" "0000000000000000 $DOCKERS $DOCKERS $DOCKERS 0000000000000000 "
    # A file with inheritable capabilities gives nothing to another user.
    mkdir "$T/caps/rootfs/inherits"
    cp "$T/caps/rootfs/bin/busybox" "$T/caps/rootfs/inherits/sh"
    setcap cap_net_raw,cap_dac_override+ei "$T/caps/rootfs/inherits/sh"
    run runtime exec --user 1000 "$ID-caps" /inherits/sh -c "$CAPS_SHOWN"
    assert_matches "$output" '^0000000000000000 0000000000000000 0000000000000000 '
}

@test "CVE-2018-1000400 CVE-2018-10856: another user has no capabilities unless they are ambient" {
    running user
    run runtime exec --user 1000 "$ID-user" sh -c "$CAPS_SHOWN"
    assert_is "$output" "0000000000000000 0000000000000000 0000000000000000 $DOCKERS 0000000000000000 "
    run runtime exec --user 1000 --cap CAP_NET_ADMIN "$ID-user" sh -c "$CAPS_SHOWN"
    assert_matches "$output" '^0000000000000000 0000000000000000 0000000000000000 '
    # Each set of the configuration on its own: the kernel's rules applied to exactly what was asked (chown is bit 0,
    # kill bit 5).
    local sets want
    while IFS='|' read -r sets want; do
        hostile user2 ".process.user.uid = 1000 | .process.capabilities = $sets"
        edit_config user2 '.process.args = ["sh", "-c", $script]' --arg script "$CAPS_SHOWN"
        run runtime run -b "$T/user2" "$ID-user2"
        assert_is "$(sed 's/00000000000000//g' <<<"$output")" "$want "
    done <<'EOF2'
{}|00 00 00 00 00
{"bounding": ["CAP_CHOWN"]}|00 00 00 01 00
{"bounding": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN"], "effective": ["CAP_CHOWN"]}|00 00 00 01 00
{"bounding": ["CAP_CHOWN", "CAP_KILL"], "permitted": ["CAP_KILL"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}|20 20 20 21 20
EOF2
}

@test "CVE-2025-27612: exec has no more than the container and what was asked for" {
    running less '.process.capabilities = {bounding: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"], effective: ["CAP_CHOWN"]}'
    run runtime exec "$ID-less" sh -c "$CAPS_SHOWN"
    assert_is "$output" "0000000000000000 0000000000000001 0000000000000001 0000000000000001 0000000000000000 "
    run runtime exec --cap CAP_KILL "$ID-less" sh -c "$CAPS_SHOWN"
    assert_matches "$output" '^[0]{16} 0000000000000021 0000000000000021 0000000000000021 '
    # A process file that has no capabilities at all.
    jq '.process | del(.capabilities) | .args = ["sh", "-c", $script]' --arg script "$CAPS_SHOWN" \
        "$T/less/config.json" >"$T/process.json"
    run runtime exec --process "$T/process.json" "$ID-less"
    assert_matches "$output" '^0000000000000000 '
}

# --- what it inherits ---------------------------------------------------------------------------------------------------

# with_descriptors COMMAND... — with fifty more descriptors, among them the host's root and directories.
with_descriptors() {
    (
        for fd in {10..58}; do eval "exec $fd</" 2>/dev/null; done
        exec 59<"$CANARY/tree/file"
        "$@"
    )
}

@test "CVE-2016-8649 CVE-2024-21626: of the caller's descriptors none gets inside, by run or exec" {
    CANARY_OPTIONS=(--may-read)
    hostile fds '.process.args = ["insider", "descriptors"]'
    with_descriptors "$RUNTIME" --root "$RUNTIME_ROOT" run -b "$T/fds" "$ID-fds" >"$T/run" 2>"$T/err" </dev/null
    assert_is "$(cut -d' ' -f1 "$T/run" | tr '\n' ' ')" "0 1 2 "
    running fds2
    with_descriptors "$RUNTIME" --root "$RUNTIME_ROOT" exec "$ID-fds2" insider descriptors >"$T/exec" 2>"$T/err" </dev/null
    assert_is "$(cut -d' ' -f1 "$T/exec" | tr '\n' ' ')" "0 1 2 "
    # Those that were asked for, and no more.
    with_descriptors "$RUNTIME" --root "$RUNTIME_ROOT" exec --preserve-fds 8 "$ID-fds2" insider descriptors >"$T/kept" \
        2>"$T/err" </dev/null
    assert_lacks "$(cat "$T/kept")" "11 "
}

# Those that the runtime itself may have open, and some of the caller's.
DESCRIPTORS=$(echo /proc/self/fd/{3,4,5,6,7,8,9,12,59})
[ "${SECURITY_STEPS:-}" != all ] || DESCRIPTORS=$(echo /proc/self/fd/{3..64})

@test "CVE-2016-8649 CVE-2024-21626: no working directory leads out, be it /proc/self/fd/N, a link or gone" {
    CANARY_OPTIONS=(--may-read)
    local cwd
    hostile cwd '.process.args = ["sh", "-c", "pwd; ls -d ../../../../../../etc/hostname && cat ../../../../../../etc/hostname"]'
    ln -s /proc/self/fd/7 "$T/cwd/rootfs/out"
    ln -s /proc/1/cwd "$T/cwd/rootfs/out2"
    for cwd in $DESCRIPTORS /proc/self/fd/7/../../.. /proc/self/cwd/.. /proc/1/root/.. /proc/1/cwd /out /out2 \
        /out/etc; do
        edit_config cwd '.process.cwd = $cwd' --arg cwd "$cwd"
        with_descriptors "$RUNTIME" --root "$RUNTIME_ROOT" run -b "$T/cwd" "$ID-cwd" >"$T/cwd.out" 2>&1 </dev/null || continue
        assert_lacks "$(cat "$T/cwd.out")" unreachable
        assert_is "$(tail -n 1 "$T/cwd.out")" test
    done
    running cwd2
    ln -s /proc/self/fd/7 "$T/cwd2/rootfs/out"
    for cwd in $DESCRIPTORS /proc/self/fd/7/../../.. /proc/self/cwd/.. /proc/1/cwd /out; do
        with_descriptors "$RUNTIME" --root "$RUNTIME_ROOT" exec --cwd "$cwd" "$ID-cwd2" \
            sh -c 'pwd; cat ../../../../../../etc/hostname' >"$T/cwd.out" 2>&1 </dev/null || continue
        assert_lacks "$(cat "$T/cwd.out")" unreachable
        assert_is "$(tail -n 1 "$T/cwd.out")" test
    done
}

@test "CVE-2017-5226: nothing can be typed into the caller's terminal" {
    hostile tty '.process.args = ["insider", "terminal"] | del(.linux.seccomp)'
    run script -qec "'$RUNTIME' --root '$RUNTIME_ROOT' run -b '$T/tty' '$ID-tty'; read -t 0.3 -n 1 typed; echo typed \"\$typed\"" \
        /dev/null </dev/null
    assert_has "$output" "session own"
    assert_has "$output" "controlling terminal ENXIO"
    assert_lacks "$output" SUCCESS
    assert_lacks "$output" "typed X"
}

@test "S-6: signals, umask, limits, keyring, securebits and the like do not come from the caller" {
    hostile state '.process.args = ["sh", "-c",
        "umask; grep -E \"^(Sig(Blk|Ign)|Seccomp:|NoNewPrivs|Groups|CapPrm)\" /proc/self/status; cat /proc/self/personality"]
        | del(.process.user.additionalGids) | .process.user.uid = 1000'
    bash -c "umask 0; trap '' INT TERM HUP; setarch -R setpriv --securebits +no_setuid_fixup '$RUNTIME' --root '$RUNTIME_ROOT' run \
        -b '$T/state' '$ID-state'" >"$T/out" 2>"$T/err" || failed "$(cat "$T/err")"
    assert_is "$(head -n 1 "$T/out")" 0022
    assert_matches "$(cat "$T/out")" 'SigBlk:[[:space:]]0000000000000000'
    assert_matches "$(cat "$T/out")" 'SigIgn:[[:space:]]0000000000000000'
    assert_matches "$(cat "$T/out")" 'CapPrm:[[:space:]]0000000000000000'
    assert_matches "$(cat "$T/out")" 'Seccomp:[[:space:]]2'
    assert_is "$(grep Groups "$T/out" | tr -d '[:space:]')" Groups:
}

# --- the runtime itself -------------------------------------------------------------------------------------------------

@test "CVE-2019-5736 CVE-2020-14298: an image that executes /proc/self/exe cannot write the runtime" {
    cp "$RUNTIME" "$T/runtime-copy" # its own file: a test that fails must not harm the build
    local before
    before=$(sha256sum <"$T/runtime-copy")
    RUNTIME=$T/runtime-copy
    # With what would allow to change a mount's attributes: the runtime's own is in no mount namespace.
    running exe 'del(.linux.seccomp) | .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE"])'
    local root=$T/exe/rootfs
    printf '#!/proc/self/exe\n' >"$root/bin/script"
    chmod +x "$root/bin/script"
    ln -s /proc/self/exe "$root/bin/linked"
    # Detached: while any runtime runs, the kernel's ETXTBSY protects the file, whatever we do.
    runtime exec -d "$ID-exe" insider program 3 >"$T/tried" 2>&1
    eventually grep -q looking "$T/tried"
    local i
    for i in 1 2 3 4 5 6; do
        runtime exec "$ID-exe" /bin/script >/dev/null 2>&1 || true
        runtime exec "$ID-exe" /bin/linked spec --help >/dev/null 2>&1 || true
        runtime exec "$ID-exe" /bin/linked list >/dev/null 2>&1 || true
    done
    eventually grep -q done "$T/tried"
    assert_has "$(cat "$T/tried")" seized # else nothing was tested
    assert_lacks "$(cat "$T/tried")" SUCCESS
    assert_matches "$(cat "$T/tried")" 'open for writing: E(ROFS|PERM|ACCES)'
    # The same as the first process.
    hostile exe2 '.process.args = ["/bin/script"]'
    cp "$root/bin/script" "$T/exe2/rootfs/bin/script"
    run runtime run -b "$T/exe2" "$ID-exe2"
    assert_is "$(sha256sum <"$T/runtime-copy")" "$before"
}

@test "CVE-2019-5736 CVE-2020-14298: a runtime on a read-only file system does not run from there either" {
    hostile usr '.process.args = ["sleep", "100"]'
    mkdir "$T/usr-ro"
    # shellcheck disable=SC2016
    unshare -m --propagation private sh -c 'mount -t tmpfs tmpfs "$1" && cp "$2" "$1/dhow-runtime" && mount -o remount,ro "$1" &&
        exec "$1/dhow-runtime" --root "$3" run -b "$4" "$5"' - "$T/usr-ro" "$RUNTIME" "$RUNTIME_ROOT" "$T/usr" "$ID-usr" \
        >"$T/said" 2>&1 </dev/null &
    eventually status_is "$ID-usr" running
    assert_is "$(readlink "/proc/$!/exe")" / # the name of a mount that is attached nowhere
    runtime kill "$ID-usr" KILL
    wait $! || true
}

@test "CVE-2016-9962 CVE-2020-14300: a process that enters can be looked at only when it is the program asked for" {
    running watch
    runtime exec "$ID-watch" insider watch "${SECURITY_WATCH:-5}" >"$T/watched" 2>&1 &
    local watcher=$! i
    eventually grep -q looking "$T/watched"
    for ((i = 0; i < ${SECURITY_EXECS:-150}; i++)); do
        runtime exec "$ID-watch" /bin/true </dev/null >/dev/null 2>&1
    done
    wait $watcher
    # busybox is what was asked for. Its descriptors: the test's own null device.
    assert_is "$(grep ^program "$T/watched" | grep -v '^program /bin/busybox$')" ""
    assert_is "$(grep ^descriptor "$T/watched" | grep -Ev '^descriptor (/dev/null|pipe:|/tmp/.*said|/tmp/.*/watched)')" ""
}

@test "CVE-2014-3499: under umask 0 the state is still root's, and nobody else reaches a waiting container" {
    hostile state2
    (umask 0 && "$RUNTIME" --root "$T/open-root" create -b "$T/state2" "$ID-state2" >/dev/null 2>&1 </dev/null)
    local open
    open=$(find "$T/open-root" ! -type l -perm /022)
    [ -z "$open" ] || failed "others may write: $open"
    refute setpriv --reuid 65534 --regid 65534 --clear-groups "$RUNTIME" --root "$T/open-root" start "$ID-state2"
    refute setpriv --reuid 65534 --regid 65534 --clear-groups ls "$T/open-root/$ID-state2"
    assert "$RUNTIME" --root "$T/open-root" delete -f "$ID-state2"
}

# --- hooks --------------------------------------------------------------------------------------------------------------

@test "CVE-2024-0132 CVE-2024-0133 CVE-2025-23266: hooks have their own environment and directory, not the image's" {
    cat >"$T/hook" <<'EOF2'
#!/bin/bash
{ echo "point $1"; echo "cwd $(pwd -P)"; tr '\0' '\n' <"/proc/$$/environ" | sed 's/^/env /'; ls /proc/$$/fd | tr '\n' ' '; echo; } >>"$2"
EOF2
    chmod +x "$T/hook"
    : >"$T/hooks.log"
    hostile hooks '.process.args = ["/bin/true"] | .process.env += ["LD_PRELOAD=/evil.so", "LD_LIBRARY_PATH=/evil",
        "BASH_ENV=/evil", "PYTHONPATH=/evil", "PATH=/evil:/bin"] | .process.cwd = "/tmp"
        | .hooks = ([["prestart", "createRuntime", "createContainer", "poststart", "poststop"][] |
            {key: ., value: [{path: "HOOK", args: ["hook", ., "LOG"], env: ["GIVEN=1"]}]}] | from_entries)'
    sed -i "s#HOOK#$T/hook#; s#LOG#$T/hooks.log#" "$T/hooks/config.json"
    LD_PRELOAD='' BASH_ENV='' CALLERS=secret runtime run -b "$T/hooks" "$ID-hooks"
    assert_is "$(grep -c ^point "$T/hooks.log")" 5
    assert_lacks "$(cat "$T/hooks.log")" evil
    assert_lacks "$(cat "$T/hooks.log")" CALLERS
    assert_is "$(grep '^env ' "$T/hooks.log" | sort -u)" "env GIVEN=1"
    assert_lacks "$(grep ^cwd "$T/hooks.log")" rootfs
}
