# SPDX-License-Identifier: Apache-2.0
# runtimes.bats — the OCI runtime is a boundary (I4): each container has the one that it was made with.
load dhow

# apart FUNCTION ARG… — runs it in a mount namespace without the empty v2 hierarchy that crun refuses to see beside v1.
apart() {
    local functions
    functions=$(declare -f failed assert assert_is assert_has assert_lacks eventually state state_is runs_with life exec_by cleared)
    unshare --mount --propagation private bash -eEuc "trap 'echo \"line: \$BASH_COMMAND\" >&2' ERR
        [ ! -d /sys/fs/cgroup/unified ] || umount /sys/fs/cgroup/unified
        $functions
        \"\$@\"" apart "$@" 3>&-
}

# runs_with NAME RUNTIME — the monitor of the running container NAME was told to use that program, its state is there as
# that runtime writes it, and no other runtime knows it.
runs_with() {
    local id other monitor
    id=$(dhow inspect -f '{{.Id}}' "$1")
    monitor=$(cut -d' ' -f4 "/proc/$(state "$1" Pid)/stat")
    assert_has "$(tr '\0' ' ' <"/proc/$monitor/cmdline")" "--runtime $(command -v "$2") "
    assert_is "$("$2" --root "$DHOW_RUN_ROOT/runtime" state "$id" | jq -r .status)" running
    for other in dhow-runtime crun runc; do
        [ "$other" = "$2" ] || ! "$other" --root "$DHOW_RUN_ROOT/runtime" state "$id" >/dev/null 2>&1 ||
            failed "$other knows a container of $2"
    done
}

# exec_by NAME — what is executed in it is the container's, and its exit code comes back.
exec_by() {
    local pid
    dhow exec "$1" sh -c 'touch /begun; while [ ! -e /done ]; do sleep 0.05; done; exit 4' >/dev/null &
    pid=$!
    eventually dhow exec "$1" test -e /begun
    dhow exec "$1" touch /done
    local code=0
    wait "$pid" || code=$?
    assert_is "$code" 4
}

cleared() { [ ! -e "$DHOW_RUN_ROOT/runtime/$1" ]; }

# life RUNTIME — everything that a container does, with one runtime.
life() {
    local id monitor
    id=$(dhow run -d --runtime "$1" --name life bb sh -c 'trap "exit 5" TERM; echo up; while :; do sleep 0.05; done')
    assert_is "$(dhow inspect -f '{{.HostConfig.Runtime}}' life)" "$1"
    eventually dhow logs life
    runs_with life "$1"
    assert_is "$(dhow exec life sh -c 'echo in; id -u')" $'in\n0'
    exec_by life
    dhow stop life
    assert_is "$(state life ExitCode)" 5
    cleared "$id"
    dhow start life
    runs_with life "$1"
    dhow kill life
    assert_is "$(dhow wait life)" 137
    # A container whose monitor was killed is ended with its runtime by whoever comes next.
    dhow start life
    monitor=$(cut -d' ' -f4 "/proc/$(state life Pid)/stat")
    kill -9 "$monitor"
    eventually state_is life exited
    cleared "$id"
    dhow start life
    dhow rm -f life
    cleared "$id"
    assert_is "$(dhow run --rm --runtime "$1" -m 64m --init bb sh -c 'echo $PPID; exit 0')" 1
}

@test "--runtime dhow-runtime: run, exec, stop, start, kill, rm" {
    apart life dhow-runtime
}

@test "--runtime crun: run, exec, stop, start, kill, rm" {
    need crun runc
    apart life crun
}

@test "--runtime runc: run, exec, stop, start, kill, rm" {
    need crun runc
    apart life runc
}

@test "containers of different runtimes run side by side, each with its own" {
    need runc
    dhow run -d --runtime runc --name theirs bb sleep 98765 >/dev/null
    dhow run -d --name ours bb sleep 98765 >/dev/null
    # What stands before the verb is for new containers: these keep what they were made with.
    assert_is "$(dhow --runtime dhow-runtime exec theirs echo in)" in
    assert_is "$(DHOW_RUNTIME=runc dhow exec ours echo in)" in
    assert dhow --runtime dhow-runtime stop -t 0 theirs
    assert dhow --runtime dhow-runtime start theirs
    runs_with theirs runc
    assert_is "$(dhow --runtime runc create --name told bb true | wc -c) $(dhow inspect -f '{{.HostConfig.Runtime}}' told)" "65 runc"
    assert_is "$(dhow --runtime runc create --name asked --runtime dhow-runtime bb true | wc -c) $(
        dhow inspect -f '{{.HostConfig.Runtime}}' asked)" "65 dhow-runtime"
}

@test "--runtime takes a path; a relative one still leads there from elsewhere" {
    cp "$RUNTIME" "$T/mine"
    (cd "$T" && dhow run -d --runtime ./mine --name by-path bb sleep 98765 >/dev/null)
    assert_is "$(dhow inspect -f '{{.HostConfig.Runtime}}' by-path)" "$T/./mine"
    assert_is "$(cd / && dhow exec by-path echo in)" in
    assert dhow rm -f by-path
}

@test "a name of the configuration is a runtime with options" {
    cat >"$T/wrapper" <<END
#!/bin/sh
echo "\$@" >>"$T/calls"
exec "$RUNTIME" "\$@"
END
    chmod +x "$T/wrapper"
    printf '{"runtimes": {"talkative": {"path": "%s", "runtimeArgs": ["--debug"]}, "other": {"path": "runc"}}}' "$T/wrapper" \
        >"$T/dhow.json"
    export DHOW_CONFIG=$T/dhow.json
    dhow run -d --runtime talkative --name wrapped bb sleep 98765 >/dev/null
    assert_is "$(dhow inspect -f '{{.HostConfig.Runtime}}' wrapped)" talkative
    assert_is "$(dhow exec wrapped echo in)" in
    dhow rm -f wrapped
    local verb
    for verb in run exec delete; do
        assert_matches "$(cat "$T/calls")" "--root $DHOW_RUN_ROOT/runtime .*--debug .*$verb "
    done
    run dhow create --runtime missing bb true
    assert_status 1
    assert_has "$output" "unknown or invalid runtime name: missing"
    assert_matches "$output" "there are: dhow-runtime, .*talkative, other"
}

@test "a runtime that is not there is an error that names what there is, and nothing is made" {
    run dhow run --runtime no-such-runtime bb true
    assert_status 125
    assert_has "$output" "unknown or invalid runtime name: no-such-runtime"
    assert_has "$output" "in PATH"
    assert_matches "$output" "there are: dhow-runtime"
    run dhow run --runtime /no/such/runtime bb true
    assert_status 125
    assert_has "$output" "unknown or invalid runtime name: /no/such/runtime: No such file or directory"
    run dhow run --runtime "$T" bb true
    assert_status 125
    assert_has "$output" "it is no program"
    assert_is "$(dhow ps -aq)" ""
}

@test "a configuration that is wrong is an error that names the key" {
    export DHOW_CONFIG=$T/wrong.json
    wrong() { # JSON WORDS
        echo "$1" >"$DHOW_CONFIG"
        run dhow create --runtime named bb true
        assert_status 1
        assert_has "$output" "$DHOW_CONFIG"
        assert_has "$output" "$2"
    }
    wrong '{"runtime": {}}' "runtime: unknown field"
    wrong '{"runtimes": {"named": {"path": "/bin/true", "runtimeType": "x"}}}' "runtimes.named.runtimeType: unknown field"
    wrong '{"runtimes": {"named": {}}}' "runtimes.named.path"
    wrong '{"runtimes": {"named": {"path": "./here"}}}' "runtimes.named.path: expected a name or an absolute path"
    wrong '{"runtimes": {"named": {"path": "/no/such"}}}' "No such file or directory"
    wrong '{"runtimes": {"named": {"path": "no-such"}}}' "cannot find no-such"
    wrong '{' "wrong.json"
    # What holds for all containers (user namespaces, ulimits, logs) cannot be known then: nothing is made.
    run dhow run --rm --runtime dhow-runtime bb true
    assert_status 125
    assert_has "$output" "wrong.json"
    rm "$DHOW_CONFIG"
    run dhow create --runtime named bb true
    assert_status 1
    assert_has "$output" "No such file or directory"
}
