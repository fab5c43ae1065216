# SPDX-License-Identifier: Apache-2.0
# hooks.bats — the six points at which a container's configuration has programs run: when, with what, and what their
# failure does.
load lib

setup() {
    PLAIN=1
    C=$ID-c
}

teardown() { delete_all; }

HOOKS='["prestart","createRuntime","createContainer","startContainer","poststart","poststop"]'
# A config edit: every point has a hook that notes its name and the state's status.
all_hooks() {
    cat <<JQ
.process.args = ["sh", "-c", "echo process >>/note; sleep 1000"]
| .hooks = (reduce $HOOKS[] as \$p ({};
    .[\$p] = [{path: (if \$p == "startContainer" then "/bin/sh" else "$T/busybox/bin/busybox" end),
        args: ["sh", "-c", "echo " + \$p + " \$(cat /dev/stdin | sed 's/.*\"status\":\"\\\\([a-z]*\\\\)\".*/\\\\1/') >>\$1", "hook",
            (if \$p == "startContainer" then "/note" else "$T/b/rootfs/note" end)], env: ["PATH=/bin"]}]))
JQ
}

@test "all six hooks run at their time with the state on standard input" {
    bundle b "$(all_hooks)"
    rm -f "$T/b/rootfs/note"
    runtime create -b "$T/b" "$C"
    assert_is "$(cat "$T/b/rootfs/note")" $'prestart creating\ncreateRuntime creating\ncreateContainer creating'
    runtime start "$C"
    poststart_ran() { grep -q poststart "$T/b/rootfs/note" && grep -q '^process' "$T/b/rootfs/note"; }
    eventually poststart_ran
    assert_is "$(sed -n 4p "$T/b/rootfs/note")" 'startContainer created'
    assert_is "$(sed -n '5,6p' "$T/b/rootfs/note" | sort)" $'poststart running\nprocess'
    runtime delete -f "$C"
    assert_is "$(sed -n 7p "$T/b/rootfs/note")" 'poststop stopped'
}

# failing POINT — a config whose hook at POINT fails with words.
failing() {
    local shell=/bin/sh
    printf '.process.args = ["sleep", "1000"] | .hooks = {%s: [{path: "%s", args: ["sh", "-c", "echo no luck >&2; exit 9"]}]}' \
        "$1" "$shell"
}

@test "a hook that fails before the start stops create and leaves nothing" {
    for point in prestart createRuntime createContainer; do
        bundle b "$(failing $point)"
        run runtime create -b "$T/b" "$C"
        assert_status 1
        assert_has "$output" "$point hook 1 (/bin/sh): exit status 9: no luck"
        run runtime state "$C"
        assert_status 1
        assert [ ! -d "/sys/fs/cgroup/memory/$ID-b" ]
    done
}

@test "a failing startContainer hook stops the container" {
    bundle b "$(failing startContainer)"
    runtime create -b "$T/b" "$C"
    run runtime start "$C"
    assert_status 1
    assert_has "$output" "startContainer hook 1 (/bin/sh): exit status 9: no luck"
    eventually status_is "$C" stopped
    runtime delete -f "$C"
}

@test "a failing poststart hook is an error and ends the container" {
    bundle b "$(failing poststart)"
    runtime create -b "$T/b" "$C"
    run runtime start "$C"
    assert_status 1
    assert_has "$output" "poststart hook 1 (/bin/sh): exit status 9: no luck"
    eventually status_is "$C" stopped
}

@test "failing poststop hooks are warnings, the later ones run and the container goes" {
    bundle b '.process.args = ["true"] | .hooks = {poststop: [
        {path: "/bin/sh", args: ["sh", "-c", "exit 9"]},
        {path: "/bin/sh", args: ["sh", "-c", "echo second >poststop"]}]}'
    runtime create -b "$T/b" "$C"
    runtime start "$C"
    eventually status_is "$C" stopped
    run runtime delete "$C"
    assert_status 0
    assert_has "$output" "poststop hook"
    assert_is "$(cat "$T/b/poststop")" second
    run runtime state "$C"
    assert_status 1
}

@test "hooks have their own environment only, and run in the bundle" {
    bundle b '.process.args = ["true"] | .hooks = {prestart: [
        {path: "/bin/sh", args: ["sh", "-c", "env >env; pwd >cwd; ls -l /proc/self/fd >fds"], env: ["OWN=1", "PATH=/bin"]}]}'
    SECRET=1 runtime create -b "$T/b" "$C"
    assert_is "$(grep -vE '^(PWD|SHLVL|_)=' "$T/b/env" | sort)" $'OWN=1\nPATH=/bin'
    assert_is "$(cat "$T/b/cwd")" "$T/b"
    assert_lacks "$(cat "$T/b/fds")" "$RUNTIME_ROOT"
}

@test "annotations send the hooks' output to files" {
    bundle b ".process.args = [\"true\"] | .annotations = {\"run.oci.hooks.stdout\": \"$T/hook.out\",
        \"run.oci.hooks.stderr\": \"$T/hook.err\"} | .hooks = {prestart: [{path: \"/bin/sh\", args: [\"sh\", \"-c\",
        \"echo o; echo e >&2\"]}]}"
    runtime create -b "$T/b" "$C"
    assert_is "$(cat "$T/hook.out")" o
    assert_is "$(cat "$T/hook.err")" e
}
