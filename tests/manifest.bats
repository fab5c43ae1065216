#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# manifest.bats — lists of manifests, put together here in docker's files, and sent to a registry.

bats_require_minimum_version 1.5.0
load lib
load registry

setup_file() {
    dhow_setup_file
    need docker-registry
    registry_up plain
    export DOCKER_CONFIG=$T/config-setup
    R=$(registry plain)
    mkdir "$T/arm"
    echo arm >"$T/arm/kind"
    tar -C "$T/busybox" -c . | dhow import - "$R/amd" >/dev/null
    tar -C "$T/arm" -c . | dhow import --platform linux/arm64 - "$R/arm" >/dev/null
    tar -C "$T/arm" -c . | dhow import --platform linux/s390x - "$R/multi" >/dev/null
    dhow push -q "$R/amd"
    dhow push -q "$R/arm"
    dhow push -q "$R/multi"
}

teardown_file() {
    registry_down_all
    dhow_teardown_file
}

setup() {
    export DOCKER_CONFIG=$T/config-$BATS_TEST_NUMBER
    R=$(registry plain)
}

digest() { curl -sf --noproxy '*' -o /dev/null -D - -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$R/v2/$1/manifests/latest" | tr -d '\r' | sed -n 's/^Docker-Content-Digest: //ip'; }
index() { curl -sf --noproxy '*' -H 'Accept: application/vnd.oci.image.index.v1+json' "http://$R/v2/$1/manifests/${2:-latest}"; }

@test "create writes docker's files, and refuses to change a list without --amend" {
    run dhow manifest create "$R/list" "$R/amd"
    assert_status 0
    assert_is "$output" "Created manifest list $R/list:latest"
    local file
    file=$DOCKER_CONFIG/manifests/${R/:/-}_list-latest/${R/:/-}_amd-latest
    assert_is "$(jq -r .Ref "$file")" "$R/amd:latest"
    assert_is "$(jq -c .Descriptor.platform "$file")" '{"architecture":"amd64","os":"linux"}'
    assert_is "$(jq -r .Descriptor.digest "$file")" "$(digest amd)"
    assert_is "sha256:$(jq -r .Raw "$file" | base64 -d | sha256sum | cut -d' ' -f1)" "$(digest amd)"
    assert_is "$(jq -c .OCIManifest "$file")" "$(jq -r .Raw "$file" | base64 -d | jq -c .)"
    run dhow manifest create "$R/list" "$R/arm"
    assert_status 1
    assert_has "$output" "refusing to amend an existing manifest list with no --amend flag"
    run dhow manifest create --amend "$R/list" "$R/arm"
    assert_status 0
    assert_is "$(dhow manifest inspect "$R/list" | jq -r '.manifests[].platform.architecture')" $'amd64\narm64'
}

@test "what cannot be in a list says why, and nothing is left of it" {
    run dhow manifest create "$R/list" "$R/amd" "$R/nothing"
    assert_status 1
    assert_has "$output" "no such manifest: $R/nothing:latest"
    [ ! -e "$DOCKER_CONFIG/manifests" ]
    dhow manifest create "$R/of-lists" "$R/amd"
    dhow manifest push "$R/of-lists" >/dev/null
    run dhow manifest create "$R/list" "$R/of-lists"
    assert_status 1
    assert_has "$output" "$R/of-lists:latest is a manifest list"
    run dhow manifest create "$R/list"
    assert_status 1
    assert_has "$output" "'dhow manifest create' requires at least 2 arguments"
}

@test "annotate says more about one platform, and refuses what nobody has" {
    dhow manifest create "$R/list" "$R/amd" "$R/arm"
    assert dhow manifest annotate "$R/list" "$R/arm" --arch arm --variant v7 --os-features a,b --os-features b --os-version 1.2
    assert_is "$(dhow manifest inspect "$R/list" | jq -c '.manifests[1].platform')" \
        '{"architecture":"arm","os":"linux","os.version":"1.2","os.features":["a","b"],"variant":"v7"}'
    run dhow manifest annotate "$R/list" "$R/arm" --arch armour
    assert_status 1
    assert_has "$output" "manifest entry for image has unsupported os/arch combination: linux/armour"
    assert_is "$(dhow manifest inspect "$R/list" | jq -r '.manifests[1].platform.architecture')" arm
    run dhow manifest annotate "$R/list" "$R/multi" --arch arm
    assert_status 1
    assert_has "$output" "manifest for image $R/multi does not exist in $R/list"
}

@test "push brings the manifests to the list's repository, and each platform gets its own" {
    dhow manifest create "$R/both" "$R/amd" "$R/arm"
    run dhow manifest push "$R/both"
    assert_status 0
    assert_has "$output" "Pushed ref $R/both@$(digest amd) with digest: $(digest amd)"
    assert_is "${lines[-1]}" "sha256:$(index both | sha256sum | cut -d' ' -f1)"
    assert_is "$(index both | jq -r .mediaType)" application/vnd.oci.image.index.v1+json
    assert_is "$(dhow pull -q "$R/both")" "$R/both:latest"
    assert_is "$(dhow run --rm --network none "$R/both" echo ran)" ran
    dhow rmi "$R/both" >/dev/null
    dhow pull -q --platform linux/arm64 "$R/both"
    assert_is "$(dhow image inspect --platform linux/arm64 -f '{{.Architecture}}' "$R/both")" arm64
    dhow rmi "$R/both" >/dev/null
    # It is still here, until --purge.
    assert dhow manifest inspect "$R/both"
    assert dhow manifest push --purge "$R/both"
    assert_is "$(ls "$DOCKER_CONFIG/manifests")" ""
    run dhow manifest push "$R/both"
    assert_status 1
    assert_has "$output" "No such manifest: $R/both:latest"
}

@test "another registry's manifest is refused before anything is sent" {
    dhow manifest create "$R/mixed" "$R/amd"
    sed "s|$R|other.invalid:1|" "$DOCKER_CONFIG/manifests/${R/:/-}_mixed-latest/${R/:/-}_amd-latest" >"$DOCKER_CONFIG/manifests/${R/:/-}_mixed-latest/other"
    run dhow manifest push "$R/mixed"
    assert_status 1
    assert_has "$output" "cannot use source images from a different registry than the target image"
    refute index mixed
}

@test "inspect shows manifests and lists of the registry, with -v each of them" {
    run dhow manifest inspect "$R/amd"
    assert_status 0
    assert_is "$(jq -r .config.mediaType <<<"$output")" application/vnd.oci.image.config.v1+json
    assert_is "$(jq -r .Descriptor.digest <(dhow manifest inspect -v "$R/amd"))" "$(digest amd)"
    dhow manifest create "$R/remote" "$R/amd" "$R/arm"
    dhow manifest push --purge "$R/remote" >/dev/null
    assert_is "$(dhow manifest inspect "$R/remote")" "$(index remote)"
    assert_is "$(dhow manifest inspect -v "$R/remote" | jq -r '.[].Descriptor.platform.architecture')" $'amd64\narm64'
    assert_is "$(dhow manifest inspect -v "$R/remote" | jq -r '.[1].Ref')" "$R/remote:latest@$(digest arm)"
    run dhow manifest inspect "$R/nothing"
    assert_status 1
    assert_has "$output" "no such manifest: $R/nothing:latest"
    run dhow manifest inspect "$R/remote" "$R/amd"
    assert_status 1
    assert_has "$output" "No such manifest: $R/amd:latest"
    dhow manifest create "$R/remote" "$R/amd"
    assert_is "$(dhow manifest inspect "$R/remote" "$R/amd" | jq -r .schemaVersion)" 2
}

@test "rm removes lists and names those that there are not" {
    dhow manifest create "$R/one" "$R/amd"
    dhow manifest create "$R/two" "$R/amd"
    run dhow manifest rm "$R/one" "$R/none" "$R/two"
    assert_status 1
    assert_has "$output" "No such manifest: $R/none:latest"
    assert_is "$(ls "$DOCKER_CONFIG/manifests")" ""
}

@test "docker's own command line goes on with a list of dhow's, and makes the same" {
    need docker
    docker manifest inspect --help >/dev/null 2>&1 || skip "this docker has no manifest"
    export no_proxy=127.0.0.1
    dhow manifest create "$R/ours" "$R/amd" "$R/arm"
    DOCKER_CONFIG=$T/dockers docker manifest create --insecure "$R/ours" "$R/amd" "$R/arm"
    assert diff -r "$DOCKER_CONFIG/manifests" "$T/dockers/manifests"
    assert docker manifest annotate "$R/ours" "$R/arm" --variant v8
    assert_is "$(dhow manifest inspect "$R/ours")" "$(docker manifest inspect "$R/ours")"
    assert_is "$(dhow manifest inspect -v "$R/ours")" "$(docker manifest inspect -v "$R/ours")"
    local digest
    digest=$(dhow manifest push "$R/ours" | tail -1)
    assert_is "$(docker manifest push --insecure "$R/ours" | tail -1)" "$digest"
}
