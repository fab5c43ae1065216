#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# login.bats — logins are tried at the registry, kept where docker keeps them, used, and forgotten.

bats_require_minimum_version 1.5.0
load lib
load registry

setup_file() {
    dhow_setup_file
    need docker-registry
    registry_up guarded basic alice:secret bob:hunter2
    tar -C "$T/busybox" -cf "$T/busybox.tar" .
    # A helper as docker's own: a file for each server, below $HELPER_STORE; it keeps what it was called with.
    mkdir "$T/helpers"
    cat >"$T/helpers/docker-credential-testing" <<'END'
#!/bin/sh
printf '%s %s\n' "$1" "$#" >>"$HELPER_STORE.calls"
input=$(cat)
file() { printf '%s/%s' "$HELPER_STORE" "$(printf %s "$1" | tr -c 'a-zA-Z0-9\n' _)"; }
case $1 in
get) cat "$(file "$input")" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; } ;;
store) printf %s "$input" >"$(file "$(printf %s "$input" | jq -r .ServerURL)")" ;;
erase) rm "$(file "$input")" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; } ;;
*) exit 1 ;;
esac
END
    chmod +x "$T/helpers/docker-credential-testing"
}

teardown_file() {
    registry_down_all
    dhow_teardown_file
}

setup() {
    export DHOW_ROOT=$T/root-$BATS_TEST_NUMBER DHOW_RUN_ROOT=$T/run-$BATS_TEST_NUMBER
    export DOCKER_CONFIG=$T/config-$BATS_TEST_NUMBER REGISTRY_AUTH_FILE=$T/none.json HELPER_STORE=$T/store-$BATS_TEST_NUMBER
    unset DOCKER_AUTH_CONFIG
    PATH=$T/helpers:$PATH
    mkdir "$HELPER_STORE"
    R=$(registry guarded)
}

config() { jq -c "$@" "$DOCKER_CONFIG/config.json"; }
log_in() { echo secret | dhow login -u alice --password-stdin "$R" 2>/dev/null; }
# may_push NAME — the registry takes it, so somebody is logged in.
may_push() {
    dhow images -q "$R/$1" | grep -q . || dhow import "$T/busybox.tar" "$R/$1" >/dev/null
    dhow push -q "$R/$1"
}

@test "a login from standard input is stored as docker stores it, and warned about" {
    run --separate-stderr bash -c 'echo secret | dhow login -u alice --password-stdin "$1"' - "$R"
    assert_status 0
    assert_is "$output" "Login Succeeded"
    assert_has "$stderr" "WARNING! Your credentials are stored unencrypted in '$DOCKER_CONFIG/config.json'."
    assert_is "$(config .)" "{\"auths\":{\"$R\":{\"auth\":\"$(printf alice:secret | base64)\"}}}"
    assert_is "$(stat -c %a "$DOCKER_CONFIG/config.json")" 600
    assert may_push one
}

@test "a name with a scheme and a path is the same registry" {
    echo secret | dhow login -u alice --password-stdin "http://$R/v2/" 2>/dev/null
    assert_is "$(config '.auths | keys')" "[\"$R\"]"
}

@test "a wrong password is refused by the registry, said so, and not stored" {
    run bash -c 'echo wrong | dhow login -u alice --password-stdin "$1"' - "$R"
    assert_status 1
    assert_has "$output" "401 Unauthorized"
    assert_lacks "$output" wrong
    [ ! -e "$DOCKER_CONFIG/config.json" ]
    dhow import "$T/busybox.tar" "$R/nobody" >/dev/null
    refute dhow push "$R/nobody"
}

@test "a password on the command line works and is warned about; options that contradict are refused" {
    run --separate-stderr dhow login -u alice -p secret "$R"
    assert_status 0
    assert_has "$stderr" "WARNING! Using --password via the CLI is insecure. Use --password-stdin."
    run dhow login -u alice -p secret --password-stdin "$R"
    assert_status 1
    assert_has "$output" "conflicting options: cannot specify both --password and --password-stdin"
    run dhow login --password-stdin "$R"
    assert_status 1
    assert_has "$output" "the --password-stdin option requires --username to be set"
    run bash -c ': | dhow login -u alice --password-stdin "$1"' - "$R"
    assert_status 1
    assert_has "$output" "password is empty"
    run dhow login -u alice "$R" </dev/null
    assert_status 1
    assert_has "$output" "Cannot perform an interactive login from a non TTY device"
}

@test "on a terminal it asks, without showing the password" {
    run terminal "$(printf 'wait Username: \nsend alice\\n\nwait Password: \nsend secret\\n\nwait Succeeded')" -- dhow login "$R"
    assert_status 0
    assert_has "$output" "Login Succeeded"
    assert_lacks "$output" secret
    assert_is "$(config ".auths[\"$R\"].auth")" "\"$(printf alice:secret | base64)\""
    # Who is logged in already is tried first, and proposed when that fails.
    run terminal "wait Succeeded" -- dhow login "$R"
    assert_status 0
    assert_has "$output" "Authenticating with existing credentials... [Username: alice]"
    echo "{\"auths\":{\"$R\":{\"auth\":\"$(printf bob:old | base64)\"}}}" >"$DOCKER_CONFIG/config.json"
    run terminal "$(printf 'wait Username (bob): \nsend \\n\nwait Password: \nsend hunter2\\n\nwait Succeeded')" -- dhow login "$R"
    assert_status 0
    assert_has "$output" "Login did not succeed, error:"
    assert_is "$(config ".auths[\"$R\"].auth")" "\"$(printf bob:hunter2 | base64)\""
}

@test "Ctrl-C at the password ends with 130 and a terminal that shows what is typed" {
    # shellcheck disable=SC2016  # for the shell inside
    run terminal "$(printf 'wait Password: \nsend \\x03\nwait status 130\nsend typed\\n\nwait echoed typed')" -- \
        sh -c 'trap : INT; dhow login -u alice "$1"; echo "status $?"; read -r line; echo "echoed $line"' - "$R"
    assert_status 0
    assert_has "$output" interrupted
    # Once as it is typed, once by echo.
    assert_is "$(grep -c typed <<<"$output")" 2
    [ ! -e "$DOCKER_CONFIG/config.json" ]
}

@test "logout forgets every form of the name, and says when there was nothing" {
    mkdir "$DOCKER_CONFIG"
    jq -n --arg r "$R" '{auths: {($r): {auth: "YTpi"}, ("https://" + $r): {auth: "YTpi"}, "other:1": {auth: "YTpi"}}, more: [1.5]}' >"$DOCKER_CONFIG/config.json"
    run dhow logout "$R"
    assert_status 0
    assert_is "$output" "Removing login credentials for $R"
    assert_is "$(config .)" '{"auths":{"other:1":{"auth":"YTpi"}},"more":[1.5]}'
    run dhow logout "$R"
    assert_status 0
    assert_is "$output" "Not logged in to $R"
    run dhow logout
    assert_is "$output" "Not logged in to https://index.docker.io/v1/"
}

@test "a credential helper keeps the secret, gives it to a push, and forgets it" {
    mkdir "$DOCKER_CONFIG"
    echo '{"credsStore": "testing"}' >"$DOCKER_CONFIG/config.json"
    run --separate-stderr bash -c 'echo secret | dhow login -u alice --password-stdin "$1"' - "$R"
    assert_status 0
    assert_lacks "$stderr" unencrypted
    assert_is "$(config .)" "{\"credsStore\":\"testing\",\"auths\":{\"$R\":{}}}"
    assert_is "$(jq -c . "$HELPER_STORE"/*)" "{\"ServerURL\":\"$R\",\"Username\":\"alice\",\"Secret\":\"secret\"}"
    assert may_push helped
    assert dhow pull -q "$R/helped"
    # One word is all it is called with.
    refute grep -v ' 1$' "$HELPER_STORE.calls"
    run dhow logout "$R"
    assert_is "$output" "Removing login credentials for $R"
    assert_is "$(ls "$HELPER_STORE")" ""
    assert_is "$(config .)" '{"credsStore":"testing","auths":{}}'
}

@test "credHelpers choose by registry, and one that is missing or fails does not stop an anonymous pull" {
    mkdir "$DOCKER_CONFIG"
    jq -n --arg r "$R" '{credHelpers: {($r): "testing"}, credsStore: "missing"}' >"$DOCKER_CONFIG/config.json"
    log_in
    assert may_push chosen
    jq -n '{credsStore: "missing"}' >"$DOCKER_CONFIG/config.json"
    run dhow push "$R/chosen"
    assert_failed
    assert_has "$output" "WARNING: going on without a login for $R: credential helper \"missing\": docker-credential-missing is not in PATH"
    run dhow login "$R"
    assert_status 1
    assert_has "$output" "docker-credential-missing is not in PATH"
}

@test "podman's auth.json is read where docker's has nothing" {
    REGISTRY_AUTH_FILE=$T/podman.json
    jq -n --arg r "$R" --arg auth "$(printf alice:secret | base64)" '{auths: {($r + "/parts"): {auth: $auth}, ($r): {auth: "YTpi"}}}' >"$REGISTRY_AUTH_FILE"
    assert may_push parts/one
    refute may_push whole
    [ ! -e "$DOCKER_CONFIG/config.json" ]
}

@test "podman and skopeo use what dhow login has stored, and the other way round" {
    need skopeo
    log_in
    assert may_push shared
    assert skopeo inspect --tls-verify=false --authfile "$DOCKER_CONFIG/config.json" "docker://$R/shared"
    rm "$DOCKER_CONFIG/config.json"
    REGISTRY_AUTH_FILE=$T/skopeo.json
    assert skopeo login --tls-verify=false -u bob -p hunter2 "$R"
    assert may_push shared
}

@test "DOCKER_AUTH_CONFIG is a login for CI" {
    DOCKER_AUTH_CONFIG=$(jq -nc --arg r "$R" --arg auth "$(printf alice:secret | base64)" '{auths: {($r): {auth: $auth}}}')
    export DOCKER_AUTH_CONFIG
    assert may_push ci
    [ ! -e "$DOCKER_CONFIG/config.json" ]
}

@test "a config.json that is broken is left as it is; reading goes on with a warning" {
    mkdir "$DOCKER_CONFIG"
    echo '{"auths": {' >"$DOCKER_CONFIG/config.json"
    run log_in
    assert_failed
    run dhow login -u alice -p secret "$R"
    assert_status 1
    assert_has "$output" "$DOCKER_CONFIG/config.json"
    assert_is "$(cat "$DOCKER_CONFIG/config.json")" '{"auths": {'
    run dhow images
    assert_status 0
}

@test "--config and a symbolic link lead to the file that is changed" {
    mkdir "$T/linked" "$T/dotfiles"
    echo '{"keep": true}' >"$T/dotfiles/docker.json"
    ln -s ../dotfiles/docker.json "$T/linked/config.json"
    echo secret | dhow --config "$T/linked" login -u alice --password-stdin "$R" 2>/dev/null
    [ -L "$T/linked/config.json" ]
    assert_is "$(jq -c '[.keep, (.auths | keys)]' "$T/dotfiles/docker.json")" "[true,[\"$R\"]]"
    [ ! -e "$DOCKER_CONFIG/config.json" ]
}

@test "logins at the same time are all kept" {
    local i
    for i in 1 2 3 4 5 6; do
        # A name of the loopback of its own each.
        echo secret | dhow login -u alice --password-stdin "127.0.0.$i:${R##*:}" 2>/dev/null &
    done
    echo secret | dhow login -u alice --password-stdin "localhost:${R##*:}" 2>/dev/null
    wait
    config '.auths | keys' >&2
    assert_has "$(config '.auths | keys')" "localhost:${R##*:}"
    assert_has "$(config '.auths | keys')" "127.0.0.1:${R##*:}"
}

@test "no secret is in an argument, the environment or an error of a process that a push starts" {
    echo hunter2 | dhow login -u bob --password-stdin "$R" 2>/dev/null
    dhow import "$T/busybox.tar" "$R/quiet" >/dev/null
    # LeakSanitizer does not work below strace.
    run env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" strace -f -v -s 100000 -e trace=execve -o "$T/trace" dhow push "$R/quiet"
    assert_status 0
    assert_has "$(cat "$T/trace")" dhow-transfer
    assert_lacks "$output" hunter2
    refute grep -e hunter2 -e "$(printf bob:hunter2 | base64)" "$T/trace"
}
