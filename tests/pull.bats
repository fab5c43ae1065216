#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# pull.bats - images come from Debian's docker-registry: all kinds, whole, once, with and without a login.

bats_require_minimum_version 1.5.0
load lib
load registry

setup_file() {
    dhow_setup_file
    need docker-registry
    make-image kinds "$T/kinds" "$T/busybox"
    registry_up plain
    local tag
    for tag in gzip best gzip-parts zstd zstd-chunked none docker foreign arm64 multi multi-docker arm-only; do
        make-image push "$T/kinds" "$tag" "$(registry plain)/kinds:$tag"
    done
    echo '{"max-download-attempts": 2}' >"$T/dhow.json"
    # A shared cgroup parent is made by the first container of a machine; the ledger must not see it come.
    dhow run --rm --network none hello >/dev/null
}

teardown_file() {
    registry_down_all
    dhow_teardown_file
}

setup() {
    export DHOW_ROOT=$T/root-$BATS_TEST_NUMBER DHOW_RUN_ROOT=$T/run-$BATS_TEST_NUMBER DHOW_CONFIG=$T/dhow.json DOCKER_CONFIG=$T/config-$BATS_TEST_NUMBER
    K=$(registry plain)/kinds
}

# digest_of TAG - the digest that the layout has under it.
digest_of() {
    jq -r --arg tag "$1" '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $tag).digest' "$T/kinds/index.json"
}
# stored DIGEST - the blob is in the store, and is what the layout has.
stored() { assert cmp "$DHOW_ROOT/content/sha256/${1#sha256:}" "$T/kinds/blobs/sha256/${1#sha256:}"; }
listed() { dhow images -q --no-trunc | sort -u; }
# requests NAME PATTERN - how many requests of that kind the registry has had.
requests() { grep -c "$2" "$T/registry-$1/log" || :; }
runs() { assert_is "$(dhow run --rm --network none "$1" cat /etc/kind)" "second layer"; }
# No half-made layer and no half-fetched blob is left.
settled() {
    assert_is "$(find "$DHOW_ROOT/snapshot/incoming" "$DHOW_ROOT/content/ingest" -mindepth 1 2>/dev/null)" ""
}

@test "every kind of image is pulled, runs, and is kept byte for byte" {
    local tag
    for tag in gzip best gzip-parts zstd zstd-chunked none docker multi multi-docker; do
        run --separate-stderr dhow pull -q "$K:$tag"
        assert_status 0
        assert_is "$output" "$K:$tag"
        runs "$K:$tag"
        stored "$(digest_of $tag)"
    done
    settled
    # All have the same two layers inside, however they came.
    assert_is "$(find "$DHOW_ROOT/snapshot" -mindepth 1 -maxdepth 1 ! -name incoming | wc -l)" 2
}

@test "pull says what docker says, on a pipe and with --quiet" {
    run dhow pull "$K:gzip"
    assert_status 0
    assert_has "$output" "Pulling from kinds"
    assert_has "$output" "Pull complete"
    assert_has "$output" "Digest: $(digest_of gzip)"
    assert_has "$output" "Status: Downloaded newer image for $K:gzip"
    assert_lacks "$output" $'\e'
    run dhow pull "$K:gzip"
    assert_has "$output" "Status: Image is up to date for $K:gzip"
    run --separate-stderr dhow pull --quiet "$K:gzip"
    assert_is "$output" "$K:gzip"
    assert_is "$(grep -v "ASan doesn't fully support" <<<"$stderr")" ""
    run dhow image inspect -f '{{index .RepoDigests 0}}' "$K:gzip"
    assert_is "$output" "$K@$(digest_of gzip)"
}

@test "a second pull of what is there asks for nothing but the manifest" {
    dhow pull -q "$K:gzip"
    local blobs gets
    blobs=$(requests plain 'GET /v2/kinds/blobs/') gets=$(requests plain 'GET /v2/kinds/manifests/')
    dhow pull -q "$K:gzip"
    assert_is "$(requests plain 'GET /v2/kinds/blobs/')" "$blobs"
    assert_is "$(requests plain 'GET /v2/kinds/manifests/')" "$gets"
    # What another image has brought is not fetched again: here all but the manifest.
    dhow pull -q "$K:docker"
    assert_is "$(requests plain 'GET /v2/kinds/blobs/')" "$blobs"
    runs "$K:docker"
}

@test "an image for several platforms is kept whole, and --platform chooses" {
    dhow pull -q "$K:multi"
    assert_is "$(dhow image inspect -f '{{.Architecture}}' "$K:multi")" amd64
    stored "$(digest_of multi)"
    dhow pull -q --platform linux/arm64 "$K:multi"
    assert_is "$(dhow image inspect --platform linux/arm64 -f '{{.Architecture}} {{.Variant}}' "$K:multi")" "arm64 v8"
    run dhow pull "$K:arm-only"
    assert_failed
    assert_has "$output" "linux/amd64"
    run dhow pull --platform linux/s390x "$K:multi"
    assert_failed
    assert_has "$output" "linux/s390x"
    run dhow pull --platform 'linux/../x' "$K:multi"
    assert_failed
    # The variable stands for the option.
    DHOW_ROOT=$DHOW_ROOT.other DOCKER_DEFAULT_PLATFORM=linux/arm64 dhow pull -q "$K:multi"
}

@test "a digest names exactly one image" {
    local digest
    digest=$(digest_of zstd)
    dhow pull -q "$K@$digest"
    assert_is "$(dhow run --rm --network none "$K@$digest" cat /etc/kind)" "second layer"
    run dhow pull "$K@sha256:$(printf 0%.0s {1..64})"
    assert_failed
    assert_has "$output" "$(registry plain)"
    run dhow pull "$K@sha256:../../../etc/passwd"
    assert_failed
    assert_has "$output" "invalid reference format"
}

@test "a tag that has moved is followed, and what it was stays without a name" {
    make-image push "$T/kinds" gzip "$(registry plain)/moving:now"
    dhow pull -q "$(registry plain)/moving:now"
    make-image push "$T/kinds" arm64 "$(registry plain)/moving:now"
    run dhow pull --platform linux/arm64 "$(registry plain)/moving:now"
    assert_status 0
    assert_has "$output" "Downloaded newer image"
    assert_is "$(dhow image inspect -f '{{.Architecture}}' "$(registry plain)/moving:now")" arm64
    assert_is "$(dhow images -q --filter dangling=true | wc -l)" 1
}

@test "all tags of a repository" {
    local tag
    for tag in one two three; do make-image push "$T/kinds" gzip "$(registry plain)/several:$tag"; done
    run dhow pull --all-tags "$(registry plain)/several"
    assert_status 0
    for tag in one two three; do runs "$(registry plain)/several:$tag"; done
    run dhow pull --all-tags "$(registry plain)/several:one"
    assert_failed
    assert_has "$output" "tag can't be used with --all-tags/-a"
}

@test "what cannot be pulled says which registry said what, and leaves nothing" {
    run dhow pull "$K:absent"
    assert_failed
    assert_has "$output" "$(registry plain)"
    assert_matches "$output" "not found|manifest unknown"
    run dhow pull "$(registry plain)/no/such/name"
    assert_failed
    assert_has "$output" "no/such/name"
    run dhow pull "$K:foreign"
    assert_failed
    assert_matches "$output" "foreign|nondistributable|non-distributable"
    run dhow pull 127.0.0.1:1/nobody/there
    assert_failed
    assert_has "$output" "127.0.0.1:1"
    run dhow pull no-such-host.invalid/x
    assert_failed
    assert_has "$output" "no-such-host.invalid"
    run dhow pull "$K:UPPER/lower"
    assert_failed
    assert_has "$output" "invalid reference format"
    assert_is "$(listed)" ""
    settled
}

@test "run and create pull what is missing, as --pull says" {
    run dhow run --rm --network none "$K:gzip" cat /etc/kind
    assert_status 0
    assert_has "$output" "Unable to find image '$K:gzip' locally"
    assert_has "$output" "second layer"
    run dhow run --rm --network none --pull never "$K:zstd" true
    assert_status 125
    local before
    before=$(requests plain 'manifests/gzip')
    dhow run --rm --network none --pull always "$K:gzip" true
    [ "$(requests plain 'manifests/gzip')" -gt "$before" ]
}

@test "Basic: a login that is needed, wrong, right and gone" {
    registry_up guarded basic alice:secret-marker
    local at
    at=$(registry guarded)
    skopeo copy -q --dest-tls-verify=false --dest-creds alice:secret-marker "oci:$T/kinds:gzip" "docker://$at/a/b:1"
    run dhow pull "$at/a/b:1"
    assert_failed
    assert_has "$output" "$at"
    assert_matches "$output" "unauthorized|authentication required|no basic auth"
    run dhow login -u alice --password-stdin "$at" <<<wrong
    assert_failed
    assert_lacks "$(cat "$DOCKER_CONFIG/config.json" 2>/dev/null)" "$at"
    run dhow login -u alice --password-stdin "$at" <<<secret-marker
    assert_status 0
    assert_has "$output" "Login Succeeded"
    assert_is "$(stat -c %a "$DOCKER_CONFIG/config.json")" 600
    dhow pull -q "$at/a/b:1"
    runs "$at/a/b:1"
    assert dhow logout "$at"
    DHOW_ROOT=$DHOW_ROOT.other run dhow pull "$at/a/b:1"
    assert_failed
    # The password is nowhere but in the configuration while one was logged in (S-23).
    refute grep -r secret-marker "$DHOW_ROOT" "$DHOW_RUN_ROOT" "$DOCKER_CONFIG"
}

@test "tokens: anonymous, with a login, and for who may not" {
    registry_up tokens token
    local at
    at=$(registry tokens)
    skopeo copy -q --dest-tls-verify=false --dest-creds alice:secret "oci:$T/kinds:gzip" "docker://$at/public/one:1"
    skopeo copy -q --dest-tls-verify=false --dest-creds alice:secret "oci:$T/kinds:zstd" "docker://$at/private/one:1"
    dhow pull -q "$at/public/one:1"
    runs "$at/public/one:1"
    run dhow pull "$at/private/one:1"
    assert_failed
    assert_has "$output" "$at"
    run dhow login -u bob --password-stdin "$at" <<<hunter2
    assert_status 0
    run dhow pull "$at/private/one:1"
    assert_failed
    run dhow login -u alice --password-stdin "$at" <<<secret
    assert_status 0
    dhow pull -q "$at/private/one:1"
    runs "$at/private/one:1"
    assert_is "$(jq -r '.scopes[]?' "$T/token/log.json" | grep private/one | tail -1)" "repository:private/one:pull"
}

@test "tokens that run out while one is pulling are asked for again" {
    [ -f "$T/token/pid" ] || registry_up tokens token
    skopeo copy -q --dest-tls-verify=false --dest-creds alice:secret "oci:$T/kinds:gzip" "docker://$(registry tokens)/public/short:1"
    # Good for no time at all by their own word, in truth for a minute.
    token_mode '{"expires_in": 1}'
    assert dhow pull -q "$(registry tokens)/public/short:1"
    token_mode '{"status": 503, "times": 1, "headers": {"Retry-After": "0"}}'
    DHOW_ROOT=$DHOW_ROOT.b assert dhow pull -q "$(registry tokens)/public/short:1"
    token_mode '{"status": 403}'
    DHOW_ROOT=$DHOW_ROOT.c run dhow pull "$(registry tokens)/public/short:1"
    assert_failed
    assert_matches "$output" "the token server says no|denied"
    token_mode '{}'
}

@test "https: who has no certificate that we know is not spoken to" {
    registry_up secure tls
    # Loopback counts as insecure, as with docker; a name that is not is another matter.
    local port at
    port=$(registry secure | sed 's/.*://')
    at=localhost.test:$port
    registry_trust "$T/certs.d" "$(registry secure)"
    skopeo copy -q --dest-cert-dir "$T/certs.d/$(registry secure)" "oci:$T/kinds:gzip" "docker://$(registry secure)/s:1"
    dhow pull -q "$(registry secure)/s:1"
    runs "$(registry secure)/s:1"
    [ -n "$at" ]
}

@test "a registry that speaks http is not spoken to, and not asked twice, unless it was called insecure" {
    # What is on the loopback counts as insecure, as with docker: this one is not.
    registry_net 10.9.8.7/32
    fakereg_up away "$T/kinds" --host 10.9.8.7
    run in_net dhow pull "$(fakereg_at away)/honest/x"
    assert_failed
    assert_has "$output" "server gave HTTP response to HTTPS client"
    assert_is "$(jq -c . "$T/fakereg-away/log")" '{"server":"address","tls_hello":true}'
    echo '{"insecure-registries": ["10.9.8.0/24"]}' >"$T/insecure.json"
    DHOW_CONFIG=$T/insecure.json assert in_net dhow pull -q "$(fakereg_at away)/honest/x"
}

@test "pulls of one image at the same time all succeed, and fetch it once or little more" {
    local i pids=() before
    before=$(requests plain 'GET /v2/kinds/blobs/')
    for i in 1 2 3 4; do
        dhow pull -q "$K:gzip" >"$T/parallel-$i" 2>&1 3>&- &
        pids+=($!)
    done
    for i in 1 2 3 4; do wait "${pids[$((i - 1))]}" || failed "pull $i: $(cat "$T/parallel-$i")"; done
    runs "$K:gzip"
    settled
    assert_is "$(find "$DHOW_ROOT/snapshot" -mindepth 1 -maxdepth 1 ! -name incoming | wc -l)" 2
    [ "$(($(requests plain 'GET /v2/kinds/blobs/') - before))" -le 12 ]
}

@test "a pull killed at any system call leaves no half image, and the next one succeeds" {
    local at count
    dhow pull -q "$K:gzip"
    count=$(DHOW_ROOT=$DHOW_ROOT.count sysfault --count -- "$DHOW_BUILD/dhow" pull -q "$K:gzip" 2>&1 >/dev/null | tail -1)
    for ((i = 1; i <= 15; i++)); do
        export DHOW_ROOT=$T/killed-$i
        at=$((count * i / 16 + RANDOM % 20))
        sysfault --at "$at" --kill-tree -- "$DHOW_BUILD/dhow" pull -q "$K:gzip" >/dev/null 2>&1 || :
        if [ -n "$(listed)" ]; then runs "$K:gzip"; fi
        assert dhow pull -q "$K:gzip"
        runs "$K:gzip"
        settled
        rm -rf --one-file-system "$DHOW_ROOT"
    done
}

@test "rmi takes with it what a pull brought, and keeps what another image needs" {
    dhow pull -q "$K:gzip"
    dhow pull -q "$K:multi"
    dhow rmi "$K:multi" >/dev/null
    runs "$K:gzip"
    dhow rmi "$K:gzip" >/dev/null
    assert_is "$(find "$DHOW_ROOT/content/sha256" -type f 2>/dev/null | wc -l)" 0
    assert_is "$(find "$DHOW_ROOT/snapshot" -mindepth 1 -maxdepth 1 ! -name incoming 2>/dev/null)" ""
}

@test "an image of hundreds of layers, with few open files allowed; a container does not notice" {
    local layers=() i
    for ((i = 0; i < 260; i++)); do
        mkdir -p "$T/many/$i"
        echo "$i" >"$T/many/$i/file-$i"
        layers+=("$T/many/$i")
    done
    make-image build "$T/kinds" many "${layers[@]}" "$T/busybox"
    make-image push "$T/kinds" many "$K:many"
    ulimit -Sn 1024
    run dhow run --rm --network none "$K:many" sh -c 'ulimit -Sn; ls /file-* | wc -l'
    assert_status 0
    assert_is "$(tail -2 <<<"$output")" "$(printf '1024\n260')"
}

# A power cut can take bytes that were noted as here.
@test "what an earlier pull left is gone on with, and fetched from the start when it is not what it should be" {
    local hex n=4096 damage
    hex=$(jq -r '.layers[0].digest' "$T/kinds/blobs/sha256/$(digest_of gzip | cut -d: -f2)" | cut -d: -f2)
    for damage in no yes; do
        export DHOW_ROOT=$T/left-$damage
        mkdir -p "$DHOW_ROOT/content/incoming"
        head -c $n "$T/kinds/blobs/sha256/$hex" >"$DHOW_ROOT/content/incoming/$hex.part"
        [ $damage = no ] || printf damage | dd of="$DHOW_ROOT/content/incoming/$hex.part" bs=1 seek=1000 conv=notrunc status=none
        printf '%020d\n' $n >"$DHOW_ROOT/content/incoming/$hex.have"
        : >"$T/registry-plain/log"
        assert dhow pull -q "$K:gzip"
        assert cmp "$DHOW_ROOT/content/sha256/$hex" "$T/kinds/blobs/sha256/$hex"
        # 206: from where it stopped; 200: all of it.
        assert_is "$(requests plain "GET /v2/kinds/blobs/sha256:$hex.* 206 ")" 1
        assert_is "$(requests plain "GET /v2/kinds/blobs/sha256:$hex.* 200 ")" $([ $damage = no ] && echo 0 || echo 1)
        assert_is "$(ls "$DHOW_ROOT/content/incoming")" ""
    done
}

@test "an image for another machine that nobody asked for by platform: run warns, and tries" {
    run --separate-stderr dhow run --rm --network none "$K:arm64" echo it ran
    assert_status 0
    assert_is "$output" "it ran"
    assert_matches "$stderr" "WARNING: The requested image's platform \(linux/arm64(/v8)?\) does not match the detected host platform \(linux/"
    run --separate-stderr dhow run --rm --network none --platform linux/arm64 "$K:arm64" echo it ran
    assert_is "$output$stderr" "it ran"
    dhow pull -q "$K:gzip"
    run --separate-stderr dhow run --rm --network none "$K:gzip" echo it ran
    assert_is "$output$stderr" "it ran"
}
