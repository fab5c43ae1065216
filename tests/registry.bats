#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# registry.bats - the registries and images that other tests lean on are what they say, as Debian's skopeo and curl see them.

load lib
load registry

setup_file() {
    dhow_setup_file
    need docker-registry skopeo
    make-image kinds "$T/kinds" "$T/busybox"
}

teardown_file() {
    registry_down_all
    dhow_teardown_file
}

inspect() { skopeo inspect "$@"; }
granted() { jq -c 'select(.status == 200) | [.user, .grant, [.granted[] | [.name, .actions]]]' "$T/token/log.json" | tail -1; }

@test "a plain registry takes every kind of image, byte for byte" {
    registry_up plain
    local tag
    for tag in gzip zstd none docker zstd-chunked foreign multi multi-docker; do
        make-image push "$T/kinds" "$tag" "$(registry plain)/all/kinds"
        curl -sf -H 'Accept: */*' -H 'Accept: application/vnd.oci.image.index.v1+json' -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
            -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' \
            -H 'Accept: application/vnd.docker.distribution.manifest.list.v2+json' "http://$(registry plain)/v2/all/kinds/manifests/$tag" >"$T/got"
        assert_is "sha256:$(sha256sum <"$T/got" | cut -d' ' -f1)" \
            "$(jq -r --arg tag $tag '.manifests[] | select(.annotations[] == $tag).digest' "$T/kinds/index.json")"
    done
    run inspect --tls-verify=false "docker://$(registry plain)/all/kinds:multi"
    assert_status 0
    assert_is "$(jq -r .Architecture <<<"$output")" amd64
    run inspect --tls-verify=false --override-arch arm64 "docker://$(registry plain)/all/kinds:multi"
    assert_is "$(jq -r .Labels.fake <<<"$output")" yes
    # It is the same after a restart, at the same address.
    registry_down plain
    registry_start plain
    assert inspect --tls-verify=false "docker://$(registry plain)/all/kinds:zstd"
}

@test "zstd:chunked is zstd to whoever knows nothing of it" {
    local layer
    layer=$(skopeo inspect --raw "oci:$T/kinds:zstd-chunked" | jq -r '.layers[0].digest | sub(":"; "/")')
    zstd -dc <"$T/kinds/blobs/$layer" >"$T/plain.tar"
    assert_is "sha256:$(sha256sum <"$T/plain.tar" | cut -d' ' -f1)" "$(skopeo inspect --config "oci:$T/kinds:gzip" | jq -r '.rootfs.diff_ids[0]')"
}

@test "https with our own CA, and Basic" {
    registry_up guarded tls basic alice:secret bob:hunter2
    registry_trust "$T/certs.d" "$(registry guarded)"
    local to=docker://$(registry guarded)/a/b:gzip
    run skopeo copy -q --dest-cert-dir "$T/certs.d/$(registry guarded)" --dest-creds alice:secret "oci:$T/kinds:gzip" "$to"
    assert_status 0
    run inspect --cert-dir "$T/certs.d/$(registry guarded)" --creds alice:wrong "$to"
    assert_failed
    assert_has "$output" "authentication required"
    run env -u SSL_CERT_FILE -u SSL_CERT_DIR skopeo inspect --creds alice:secret "$to"
    assert_failed
    assert_has "$output" "certificate signed by unknown authority"
    assert inspect --cert-dir "$T/certs.d/$(registry guarded)" --creds bob:hunter2 "$to"
}

@test "tokens: who may do what, and what the server was asked" {
    registry_up tokens token
    local to=docker://$(registry tokens)
    assert skopeo copy -q --dest-tls-verify=false --dest-creds alice:secret "oci:$T/kinds:gzip" "$to/public/one:1"
    assert_is "$(granted)" '["alice","GET",[["public/one",["pull","push"]]]]'
    assert inspect --tls-verify=false "$to/public/one:1"
    assert_is "$(granted)" '[null,"GET",[["public/one",["pull"]]]]'
    run skopeo copy -q --dest-tls-verify=false --dest-creds bob:hunter2 "oci:$T/kinds:gzip" "$to/public/two:1"
    assert_failed
    run inspect --tls-verify=false --creds bob:wrong "$to/public/one:1"
    assert_failed
    assert_lacks "$(cat "$T/token/log.json")" wrong
    # Misbehaviour that was asked for, once.
    token_mode '{"status": 503, "times": 1}'
    run curl -s -o /dev/null -w '%{http_code}' "http://$(token_server)/token?service=x"
    assert_is "$output" 503
    token_mode '{"body": "{\"token\": 7}"}'
    assert_is "$(curl -s "http://$(token_server)/token?service=x")" '{"token": 7}'
    token_mode '{}'
}

@test "tokens: a refresh token stands for the password" {
    [ -f "$T/token/pid" ] || registry_up tokens token
    local post=(curl -s "http://$(token_server)/token" --data-urlencode "service=$REGISTRY_SERVICE" --data-urlencode client_id=t) refresh token
    refresh=$("${post[@]}" -d grant_type=password -d username=alice -d password=secret -d access_type=offline | jq -r .refresh_token)
    token=$("${post[@]}" -d grant_type=refresh_token -d "refresh_token=$refresh" -d scope=repository:public/new:pull,push | jq -r .access_token)
    run curl -s -o /dev/null -w '%{http_code}' -X POST -H "Authorization: Bearer $token" "http://$(registry tokens)/v2/public/new/blobs/uploads/"
    assert_is "$output" 202
    run curl -s -o /dev/null -w '%{http_code}' -X POST -H "Authorization: Bearer $token" "http://$(registry tokens)/v2/public/other/blobs/uploads/"
    assert_is "$output" 401
    run "${post[@]}" -d grant_type=refresh_token -d refresh_token=invented
    assert_has "$output" UNAUTHORIZED
    # A token that has run out is refused.
    token_mode '{"expires_in": -120}'
    token=$("${post[@]}" -d grant_type=refresh_token -d "refresh_token=$refresh" -d scope=repository:public/new:pull | jq -r .access_token)
    run curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "http://$(registry tokens)/v2/public/new/tags/list"
    assert_is "$output" 401
    token_mode '{}'
}

# --- fakereg ----------------------------------------------------------------------------------------------------------

# fake SCENARIO KIND [CURL-OPTION...] - the manifest of :gzip or its (first) layer or config through that scenario.
fake() {
    local scenario=$1 what=$2 digest
    shift 2
    case $what in
    manifest) curl -s "$@" "http://$(fakereg_at one)/v2/$scenario/x/manifests/gzip" ;;
    *)
        digest=$(skopeo inspect --raw "oci:$T/kinds:gzip" | jq -r ".layers[0] as \$layer | .config as \$config | \$$what.digest")
        curl -s "$@" "http://$(fakereg_at one)/v2/$scenario/x/blobs/$digest"
        ;;
    esac
}
code() { fake "$@" -o /dev/null -w '%{http_code}'; }

@test "fakereg cuts, refuses and lies as its scenarios say, so often and no more" {
    fakereg_up one "$T/kinds"
    local want
    want=$(skopeo inspect --raw "oci:$T/kinds:gzip" | jq -r '.layers[0].digest | sub("sha256:"; "")')
    run fake layer-body-half-reset-once layer -o "$T/part"
    assert_status 56
    run fake layer-body-half-close-once layer -o "$T/part"
    assert_status 18
    fake layer-body-half-close-once layer -o "$T/part" -C -
    assert_is "$(sha256sum <"$T/part" | cut -d' ' -f1)" "$want"
    run fake layer-body-half-hang-once layer -o "$T/part" -m 1
    assert_status 28
    run fake manifest-status-0-close-once manifest
    assert_status 52
    assert_is "$(code manifest-503-twice manifest) $(code manifest-503-twice manifest) $(code manifest-503-twice manifest)" "503 503 200"
    [ "$(fake layer-flipped layer | sha256sum | cut -d' ' -f1)" != "$want" ]
    assert_is "$(fake layer-chunked layer | sha256sum | cut -d' ' -f1)" "$want"
    assert_is "$(code range-416 layer -r 5-9)" 206
    assert_is "$(fake range-shifted layer -r 5- >/dev/null; fake honest layer -r 5-9 | od -An -tx1)" "$(fake honest layer | tail -c +6 | head -c 5 | od -An -tx1)"
    assert_is "$(fake type-body-missing-header-index manifest -D - | grep -i content-type | tr -d '\r')" "Content-Type: application/vnd.oci.image.index.v1+json"
    assert_has "$(fake digest-dots-layer manifest)" '"sha256:../../../../etc/passwd"'
    assert_is "$(jq -s 'map(select(.scenario == "manifest-503-twice")) | length' "$T/fakereg-one/log")" 3
}

@test "fakereg's catcher sees credentials that are given away" {
    [ -f "$T/fakereg-one/pid" ] || fakereg_up one "$T/kinds"
    assert_is "$(fake layer-redirect-other-host layer -L -u user:pw | sha256sum | cut -d' ' -f1)" \
        "$(skopeo inspect --raw "oci:$T/kinds:gzip" | jq -r '.layers[0].digest | sub("sha256:"; "")')"
    assert_is "$(jq -r 'select(.server == "catcher").authorization' "$T/fakereg-one/log")" ""
    fake layer-redirect-other-host layer -o /dev/null -L --location-trusted -u user:pw
    assert_has "$(jq -r 'select(.server == "catcher").authorization' "$T/fakereg-one/log")" Basic
}

@test "try-scenarios tells a client that does well from one that does not" {
    try-scenarios --dir "$T/try" --layout "$T/kinds" --client skopeo push-honest config-length-none layer-chunked layer-flipped manifest-not-json \
        digest-dots-layer layer-redirect-other-host auth-bearer -v >"$T/tried" || failed "$(cat "$T/tried")"
    assert_has "$(cat "$T/tried")" "8 scenarios, 0 wrong"
    # Debian's skopeo does not try again.
    run try-scenarios --dir "$T/try2" --layout "$T/kinds" --client skopeo manifest-503-twice
    assert_status 1
    assert_has "$output" "WRONG manifest-503-twice (pull, must be whole; status 1"
    assert_has "$output" "1 scenarios, 1 wrong"
}
