#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# push.bats - what we push is what we have, byte for byte; nothing is sent that is there; who may not is told so.

bats_require_minimum_version 1.5.0
load lib
load registry

setup_file() {
    dhow_setup_file
    need docker-registry skopeo
    make-image kinds "$T/kinds" "$T/busybox"
    registry_up plain
    registry_up other
    echo '{"max-download-attempts": 2}' >"$T/dhow.json"
    export DHOW_CONFIG=$T/dhow.json
    local tag
    for tag in gzip zstd none docker multi multi-docker; do
        make-image push "$T/kinds" "$tag" "$(registry plain)/kinds:$tag"
        dhow pull -q "$(registry plain)/kinds:$tag"
    done
}

teardown_file() {
    registry_down_all
    dhow_teardown_file
}

setup() {
    export DOCKER_CONFIG=$T/config-$BATS_TEST_NUMBER
    K=$(registry plain)/kinds TO=$(registry other)/test-$BATS_TEST_NUMBER
}

digest_of() {
    jq -r --arg tag "$1" '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $tag).digest' "$T/kinds/index.json"
}
remote_digest() {
    curl -sI -H 'Accept: application/vnd.oci.image.index.v1+json' -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
        -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' -H 'Accept: application/vnd.docker.distribution.manifest.list.v2+json' \
        "http://${1%%/*}/v2/$(sed 's,^[^/]*/,,; s,:[^:]*$,,' <<<"$1")/manifests/${1##*:}" | tr -d '\r' | sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: //p'
}
requests() { grep -c "$2" "$T/registry-$1/log" || :; }

@test "what was pulled is pushed byte for byte, of every kind" {
    local tag
    for tag in gzip zstd none docker; do
        dhow tag "$K:$tag" "$TO:$tag"
        run --separate-stderr dhow push -q "$TO:$tag"
        assert_status 0
        assert_is "$output" "$TO:$tag"
        assert_is "$(remote_digest "$TO:$tag")" "$(digest_of $tag)"
        assert skopeo inspect --tls-verify=false "docker://$TO:$tag"
    done
}

@test "an image for several platforms: what is here is pushed" {
    dhow pull -q --platform linux/arm64 "$K:multi"
    dhow tag "$K:multi" "$TO:multi"
    run dhow push -q "$TO:multi"
    assert_status 0
    assert skopeo inspect --tls-verify=false "docker://$TO:multi"
    assert skopeo inspect --tls-verify=false --override-arch arm64 "docker://$TO:multi"
}

@test "push --platform sends one of several, as an image for one platform" {
    local target
    dhow pull -q "$K:multi"
    dhow pull -q --platform linux/arm64 "$K:multi"
    dhow tag "$K:multi" "$TO:one"
    assert dhow push -q --platform linux/arm64 "$TO:one"
    target=$(skopeo inspect --raw --tls-verify=false "docker://$TO:one")
    assert_is "$(jq -r 'has("manifests")' <<<"$target")" false
    assert_is "$(skopeo inspect --tls-verify=false --override-arch arm64 "docker://$TO:one" | jq -r .Architecture)" arm64
    run dhow push --platform linux/s390x "$TO:one"
    assert_failed
    assert_has "$output" "linux/s390x"
}

@test "push says what docker says, and a second time that all is there" {
    registry_up empty # nothing to mount from
    TO=$(registry empty)/words
    dhow tag "$K:gzip" "$TO:words"
    run dhow push "$TO:words"
    assert_status 0
    assert_has "$output" "The push refers to repository [$TO]"
    assert_has "$output" "Pushed"
    assert_has "$output" "words: digest: $(digest_of gzip) size: "
    local before
    before=$(requests empty 'PATCH\|PUT /v2/words/blobs')
    run dhow push "$TO:words"
    assert_status 0
    assert_has "$output" "Layer already exists"
    assert_is "$(requests empty 'PATCH\|PUT /v2/words/blobs')" "$before"
}

@test "a layer that another repository of the registry has is mounted, not sent" {
    dhow tag "$K:gzip" "$TO-a:1"
    dhow push -q "$TO-a:1"
    dhow tag "$TO-a:1" "$TO-b:1"
    run dhow push "$TO-b:1"
    assert_status 0
    assert_has "$output" "Mounted from"
    # The configuration, too.
    assert_is "$(requests other "PATCH /v2/test-$BATS_TEST_NUMBER-b/blobs\\|PUT /v2/test-$BATS_TEST_NUMBER-b/blobs")" 0
    assert skopeo copy -q --src-tls-verify=false "docker://$TO-b:1" "oci:$T/mounted:1"
}

@test "an image that was imported here is pushed, comes back the same, and is the same each time" {
    tar -C "$T/busybox" -c . | dhow import - "$TO:imported" >/dev/null
    dhow push -q "$TO:imported"
    DHOW_ROOT=$T/again DHOW_RUN_ROOT=$T/again.run dhow pull -q "$TO:imported"
    assert_is "$(DHOW_ROOT=$T/again DHOW_RUN_ROOT=$T/again.run dhow run --rm --network none "$TO:imported" md5sum /bin/busybox)" \
        "$(dhow run --rm --network none "$TO:imported" md5sum /bin/busybox)"
    # What was pushed is the same each time.
    local first
    first=$(remote_digest "$TO:imported")
    dhow tag "$TO:imported" "$TO:second"
    dhow push -q "$TO:second"
    assert_is "$(remote_digest "$TO:second")" "$first"
}

@test "all tags" {
    local tag
    for tag in one two three; do dhow tag "$K:gzip" "$TO:$tag"; done
    run dhow push -a "$TO"
    assert_status 0
    for tag in one two three; do assert_is "$(remote_digest "$TO:$tag")" "$(digest_of gzip)"; done
    run dhow push --all-tags "$TO:one"
    assert_failed
    assert_has "$output" "tag can't be used with --all-tags/-a"
}

@test "what cannot be pushed says why" {
    run dhow push "$TO:absent"
    assert_failed
    assert_matches "$output" "[Nn]o such image|does not exist locally"
    dhow tag "$K:gzip" 127.0.0.1:1/nobody:there
    run dhow push 127.0.0.1:1/nobody:there
    assert_failed
    assert_has "$output" 127.0.0.1:1
}

@test "tokens: push asks for push, of both repositories when it mounts, and is told when it may not" {
    registry_up tokens token
    local at
    at=$(registry tokens)
    dhow tag "$K:gzip" "$at/team/one:1"
    run dhow push "$at/team/one:1"
    assert_failed
    assert_has "$output" "$at"
    assert_matches "$output" "denied|unauthorized|authentication required"
    dhow login -u alice --password-stdin "$at" <<<secret
    assert dhow push "$at/team/one:1"
    assert_has "$(jq -r '.scopes[]?' "$T/token/log.json")" "repository:team/one:pull,push"
    dhow tag "$at/team/one:1" "$at/team/two:1"
    run dhow push "$at/team/two:1"
    assert_status 0
    # bob may read what is shared, and write nothing.
    dhow login -u bob --password-stdin "$at" <<<hunter2
    dhow tag "$K:gzip" "$at/shared/x:1"
    run dhow push "$at/shared/x:1"
    assert_failed
    assert_matches "$output" "denied|unauthorized"
    # A token that is good for a second: it is asked for anew while one is pushing.
    dhow login -u alice --password-stdin "$at" <<<secret
    token_mode '{"expires_in": 1}'
    dhow tag "$K:zstd" "$at/team/three:1"
    assert dhow push -q "$at/team/three:1"
    token_mode '{}'
}

@test "Basic over https with our own CA" {
    registry_up guarded tls basic alice:secret
    local at
    at=$(registry guarded)
    registry_trust "$T/certs.d" "$at"
    dhow tag "$K:gzip" "$at/x:1"
    refute dhow push "$at/x:1"
    dhow login -u alice --password-stdin "$at" <<<secret
    assert dhow push -q "$at/x:1"
    assert skopeo inspect --cert-dir "$T/certs.d/$at" --creds alice:secret "docker://$at/x:1"
}

@test "a push killed at any system call is finished by the next one" {
    local i at count
    dhow tag "$K:gzip" "$TO:killed"
    dhow tag "$K:gzip" "$TO-count:1"
    count=$(sysfault --count -- "$DHOW_BUILD/dhow" push -q "$TO-count:1" 2>&1 >/dev/null | tail -1)
    for ((i = 1; i <= 10; i++)); do
        dhow tag "$K:gzip" "$TO-$i:killed"
        at=$((count * i / 11 + RANDOM % 20))
        sysfault --at "$at" --kill-tree -- "$DHOW_BUILD/dhow" push -q "$TO-$i:killed" >/dev/null 2>&1 || :
        assert dhow push -q "$TO-$i:killed"
        assert_is "$(remote_digest "$TO-$i:killed")" "$(digest_of gzip)"
    done
}
