# SPDX-License-Identifier: Apache-2.0
# runtime-core.bats — what the life of a container rests on: who holds the lock, who outlives whom, what absence means.
load lib

setup() {
    PLAIN=1
    C=$ID-c
}

teardown() { delete_all; }

@test "a created container outlives the runtime that made it, every time" {
    bundle b '.process.args = ["true"]'
    local i
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        runtime create -b "$T/b" "$C-$i"
        assert_is "$(container_status "$C-$i")" created
        runtime delete "$C-$i"
    done
}

@test "a waiting or running container does not hold the lock of its directory" {
    bundle b '.process.args = ["sleep", "1000"]'
    runtime create -b "$T/b" "$C"
    timeout 10 flock --nonblock "$RUNTIME_ROOT/$C" true
    runtime start "$C"
    timeout 10 flock --nonblock "$RUNTIME_ROOT/$C" true
    timeout 20 "$RUNTIME" --root "$RUNTIME_ROOT" delete -f "$C"
}

@test "a container run in the foreground can be deleted by somebody else" {
    bundle b '.process.args = ["sleep", "1000"]'
    runtime run -b "$T/b" "$C" 3>&- &
    local foreground=$!
    eventually status_is "$C" running
    timeout 20 "$RUNTIME" --root "$RUNTIME_ROOT" delete -f "$C"
    local status=0
    wait $foreground || status=$?
    assert_is $status 137
    run runtime state "$C"
    assert_has "$output" "does not exist"
}

@test "the runtime killed while it makes a container takes the half-made one with it" {
    bundle b '.process.args = ["true"] | .hooks.prestart = [{"path":"/bin/sh","args":["sh","-c","echo $$ > '"$T"'/hook; exec sleep 1000"]}]'
    "$RUNTIME" --root "$RUNTIME_ROOT" create -b "$T/b" "$C" 3>&- &
    local maker=$!
    eventually test -s "$T/hook"
    local first
    first=$(pgrep -P $maker | grep -v "^$(cat "$T/hook")\$")
    kill -9 $maker
    wait $maker || :
    eventually test ! -e "/proc/$first"
    runtime delete -f "$C"
    run runtime state "$C"
    assert_has "$output" "does not exist"
}

@test "without process.capabilities the process has none" {
    bundle b 'del(.process.capabilities) | .process.args = ["grep", "-E", "Cap(Inh|Prm|Eff|Bnd|Amb)", "/proc/self/status"]'
    run runtime run -b "$T/b" "$C"
    assert_status 0
    assert_is "${#lines[@]}" 5
    refute grep -v '0000000000000000$' <<<"$output"
}

@test "a second container of the same name is refused and the first one lives" {
    bundle b '.process.args = ["sleep", "1000"]'
    runtime create -b "$T/b" "$C"
    run runtime create -b "$T/b" "$C"
    assert_failed
    assert_has "$output" "already exists"
    assert_is "$(container_status "$C")" created
}

@test "start tells why the program could not be executed" {
    bundle b '.process.args = ["/broken"]'
    printf 'no program\n' >"$T/b/rootfs/broken"
    chmod 755 "$T/b/rootfs/broken"
    runtime create -b "$T/b" "$C"
    run runtime start "$C"
    assert_failed
    assert_has "$output" "exec format error"
}
