#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# secrets.bats — secrets of single containers: kept, given as files and variables, seen nowhere else.
load dhow

teardown() {
    local id
    for id in $(timeout 60 dhow ps -aq 2>/dev/null); do timeout 60 dhow rm -f "$id" >/dev/null 2>&1 || true; done
    timeout 60 dhow secret rm --all >/dev/null
}
keep() { printf %s "$2" | dhow secret create "$1" -; }

@test "secret create, ls, inspect, exists, rm" {
    run keep token hush-hush
    assert_status 0
    assert_matches "$output" '^[0-9a-f]{24}$'
    local id=$output
    run dhow secret ls
    assert_has "${lines[0]}" "ID"
    assert_matches "${lines[0]}" 'NAME +DRIVER +CREATED +UPDATED'
    assert_matches "${lines[1]}" "^$id +token +file +[^ ].* ago +"
    assert_is "$(dhow secret ls -q)" "$id"
    assert_is "$(dhow secret inspect -f '{{.Spec.Name}} {{.Spec.Driver.Name}}' "${id:0:6}")" "token file"
    dhow secret exists token
    assert_is "$(dhow secret rm token)" token
    run dhow secret exists token
    assert_is "$status" 1
    run dhow secret inspect token
    assert_is "$status" 1
    run dhow secret rm token
    assert_is "$status" 1
    assert_has "$output" 'no secret with name or id "token": no such secret'
}

@test "a secret comes from a file, standard input or the environment, with labels" {
    printf 'from a file' >"$T/value"
    dhow secret create -l a=b file "$T/value"
    VALUE='from outside' dhow secret create --env outside VALUE
    assert_is "$(dhow secret inspect --showsecret -f '{{.Spec.Data}}' file | base64 -d)" "from a file"
    assert_is "$(dhow secret inspect --showsecret -f '{{.Spec.Data}}' outside | base64 -d)" "from outside"
    assert_is "$(dhow secret ls -q --filter label=a=b)" "$(dhow secret inspect -f '{{.ID}}' file)"
    assert_is "$(dhow secret ls --filter name=outside --format '{{.Name}}')" outside
}

@test "a name is taken once, --replace gives it another value" {
    local id
    id=$(keep one first)
    run keep one second
    assert_is "$status" 1
    assert_has "$output" "secret name in use"
    assert_is "$(printf second | dhow secret create --replace one -)" "$id"
    assert_is "$(timeout 60 dhow run --rm --secret one bb cat /run/secrets/one)" second
    assert_is "$(find "$DHOW_ROOT/secrets" -type f | wc -l)" 1
}

@test "names and values that are none are refused" {
    run keep 'a/b' x
    assert_failed
    run keep ../x y
    assert_failed
    run keep empty ""
    assert_has "$output" "must be larger than 0 and less than 512000 bytes"
    run bash -c 'head -c 512001 /dev/zero | dhow secret create big -'
    assert_failed
    assert_has "$output" 512000
    run dhow secret create gone "$T/no-such-file"
    assert_failed
    assert_has "$output" no-such-file
    run dhow secret create -d vault x /etc/hostname
    assert_has "$output" 'invalid secret driver "vault"'
}

@test "--secret is a file on a tmpfs, of the owner and mode that were asked for" {
    keep token hush-hush
    run timeout 60 dhow run --rm --secret token bb sh -c 'cat /run/secrets/token; echo; stat -c "%u:%g %a" /run/secrets/token; grep /run/secrets /proc/mounts; echo x >/run/secrets/token'
    assert_has "$output" hush-hush
    assert_has "$output" "0:0 444"
    assert_has "$output" tmpfs
    assert_has "$output" "Read-only file system"
    run timeout 60 dhow run --rm --secret source=token,target=/etc/its-token,uid=12,gid=34,mode=0400 bb stat -c '%u:%g %a' /etc/its-token
    assert_is "$output" "12:34 400"
    run timeout 60 dhow run --rm --secret token,target=other bb cat /run/secrets/other
    assert_is "$output" hush-hush
}

@test "--secret type=env is a variable" {
    keep token hush-hush
    assert_is "$(timeout 60 dhow run --rm --secret token,type=env,target=TOKEN bb sh -c 'echo $TOKEN')" hush-hush
    assert_is "$(timeout 60 dhow run --rm --secret token,type=env bb sh -c 'echo $token')" hush-hush
}

@test "secrets that are not there, and wishes that make no sense, are refused" {
    keep token hush-hush
    local row
    while IFS='|' read -r option words; do
        run timeout 60 dhow create --secret "$option" bb true
        assert_failed
        assert_has "$output" "$words"
    done <<END
nobody|no secret with name or id "nobody": no such secret
token,type=x|type x is invalid
token,uid=x|UID must be a number
token,mode=999|mode must be octal
token,color=red|secret option color=red invalid
token,type=env,uid=1|cannot be set with secret type env
target=x|no secret is named
END
    dhow create --name late --secret token bb true
    dhow secret rm token
    run dhow start late
    assert_failed
    assert_has "$output" "no such secret"
}

@test "a value is in no answer, no command line and no file that others could read" {
    keep token needle-in-the-hay
    dhow run -d --name holder --secret token bb sleep 1000
    run bash -c 'dhow inspect holder; dhow secret inspect token; dhow secret ls; dhow logs holder; cat /proc/[0-9]*/cmdline | tr "\0" " "'
    assert_lacks "$output" needle-in-the-hay
    run grep -rl needle-in-the-hay "$DHOW_ROOT"
    assert_is "$(wc -l <<<"$output")" 1
    assert_is "$(stat -c '%a %u' "$output")" "600 0"
    assert_is "$(stat -c %a "$DHOW_ROOT/secrets")" 700
}

@test "what a container had of its secrets goes with it, however it ends" {
    keep token hush-hush
    dhow run -d --name killed --secret token bb sleep 1000
    kill -9 "$(pgrep -f "dhow-monitor .*$DHOW_RUN_ROOT")"
    eventually bash -c '[ "$(dhow inspect -f "{{.State.Status}}" killed)" = exited ]'
    dhow start killed
    dhow rm -f killed
    assert_is "$(leftovers)" ""
}
