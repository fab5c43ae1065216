#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# interop.bats - what Debian's docker, podman, buildah and skopeo push, save and write we take and run, and they what we do.
#
# docker and podman are in a box (dropin.bash), where they run containers with dhow-runtime; the registry listens on the box's loopback,
# and whoever talks to it from here is in its network namespace.

bats_require_minimum_version 1.5.0
load lib
load dropin
load registry

setup_file() {
    dhow_setup_file
    need docker-registry skopeo umoci buildah
    local root
    root=$("$TESTS/bench/peers" engines 2>"$T/peers.log") || skip "no engines: $(cat "$T/peers.log")"
    box_up "$root" "$RUNTIME"
    REGISTRY_NETNS=$BOX registry_up plain
    tar -C "$T/busybox" -cf "$T/busybox.tar" .
    make-image kinds "$T/kinds" "$T/busybox"
    daemon containerd containerd
    eventually in_box ctr version
    daemon dockerd dockerd --containerd /run/containerd/containerd.sock --add-runtime dhow=/dhow/dhow-runtime --default-runtime dhow \
        --bridge=none --iptables=false
    eventually in_box docker version
    in_box docker import /T/busybox.tar busybox >/dev/null
    in_box podman import --quiet /T/busybox.tar busybox >/dev/null
    dhow import "$T/busybox.tar" busybox >/dev/null
    export STORAGE_CONF=$T/storage.conf BUILDAH_ISOLATION=chroot
    printf '[storage]\ndriver = "vfs"\nrunroot = "%s/buildah.run"\ngraphroot = "%s/buildah"\n' "$T" "$T" >"$T/storage.conf"
}

teardown_file() {
    registry_down_all
    box_down
    dhow_teardown_file
}

setup() {
    R=$(registry plain)
    export DHOW_RUN_ROOT=$T/run
}

teardown() { tail -n 5 "$T/dockerd.log" 2>/dev/null || :; }

net() { nsenter --target "$BOX" --net env -u http_proxy -u https_proxy -u HTTP_PROXY -u HTTPS_PROXY "$@"; }
ours() { net dhow "$@"; }
docker() { in_box docker "$@"; }
podman() { in_box podman --runtime /dhow/dhow-runtime --cgroup-manager cgroupfs "$@"; }
skopeo_net() { net skopeo "$@"; }
# says WORD COMMAND... - its output is just that.
says() {
    local want=$1
    shift
    run "$@"
    [ "$status" = 0 ] || failed "exit status $status: $*" "$output"
    assert_is "${lines[-1]}" "$want"
}
runs() { says works dhow run --rm --network none "$1" echo works; }
docker_runs() { says works docker run --rm --network none "$1" echo works; }
podman_runs() { says works podman run --rm --network none "$1" echo works; }

@test "docker pushes, we pull and run" {
    docker tag busybox "$R/from-docker:1"
    docker push -q "$R/from-docker:1"
    assert ours pull -q "$R/from-docker:1"
    runs "$R/from-docker:1"
    assert_is "$(dhow image inspect -f '{{index .RootFS.Layers 0}}' "$R/from-docker:1")" "$(docker image inspect -f '{{index .RootFS.Layers 0}}' busybox)"
}

@test "podman pushes, gzip and zstd, OCI and Docker, we pull and run" {
    podman tag busybox "$R/from-podman:1"
    local format compression
    for format in oci v2s2; do
        for compression in gzip zstd; do
            [ $format-$compression != v2s2-zstd ] || continue # Docker's types have no zstd
            podman push --quiet --tls-verify=false --format $format --compression-format $compression busybox "$R/from-podman:$format-$compression"
            assert ours pull -q "$R/from-podman:$format-$compression"
            runs "$R/from-podman:$format-$compression"
        done
    done
}

@test "buildah builds and pushes, we pull and run what it configured" {
    local container
    container=$(buildah from scratch)
    buildah add -q "$container" "$T/busybox.tar" / >/dev/null
    buildah config --cmd '["echo", "configured"]' --env WHO=buildah --label made=here --workingdir /tmp "$container"
    net buildah commit -q --tls-verify=false "$container" "docker://$R/from-buildah:1"
    buildah rm "$container" >/dev/null
    assert ours pull -q "$R/from-buildah:1"
    says configured dhow run --rm --network none "$R/from-buildah:1"
    says "buildah /tmp" dhow run --rm --network none "$R/from-buildah:1" sh -c 'echo $WHO $PWD'
    assert_is "$(dhow image inspect -f '{{.Config.Labels.made}}' "$R/from-buildah:1")" here
}

@test "skopeo copies into the registry, converted and whole, we pull and run" {
    skopeo_net copy -q --dest-tls-verify=false --format v2s2 "oci:$T/kinds:gzip" "docker://$R/from-skopeo:v2s2"
    skopeo_net copy -q --dest-tls-verify=false --dest-compress-format zstd "oci:$T/kinds:none" "docker://$R/from-skopeo:zstd"
    skopeo_net copy -q --dest-tls-verify=false --all "oci:$T/kinds:multi" "docker://$R/from-skopeo:multi"
    local tag
    for tag in v2s2 zstd multi; do
        assert ours pull -q "$R/from-skopeo:$tag"
        runs "$R/from-skopeo:$tag"
    done
}

@test "we push, docker, podman and skopeo pull and run" {
    dhow tag busybox "$R/from-us:1"
    assert ours push -q "$R/from-us:1"
    docker pull -q "$R/from-us:1"
    docker_runs "$R/from-us:1"
    podman pull -q --tls-verify=false "$R/from-us:1"
    podman_runs "$R/from-us:1"
    run skopeo_net inspect --tls-verify=false "docker://$R/from-us:1"
    assert_status 0
    assert_is "$(jq -r .Os <<<"$output")" linux
    assert skopeo_net copy -q --src-tls-verify=false "docker://$R/from-us:1" "oci:$T/copied:1"
    umoci raw unpack --image "$T/copied:1" "$T/copied-root"
    assert diff -r "$T/busybox" "$T/copied-root"
}

@test "we push zstd, an index and Docker's types as they came, podman and docker take them" {
    local tag
    for tag in zstd docker multi; do
        make_image_push $tag "$R/came:$tag"
        assert ours pull -q "$R/came:$tag"
        dhow tag "$R/came:$tag" "$R/went:$tag"
        assert ours push -q "$R/went:$tag"
        podman pull -q --tls-verify=false "$R/went:$tag"
        podman_runs "$R/went:$tag"
        [ $tag = zstd ] || docker pull -q "$R/went:$tag" # Debian 12's docker knows no zstd
        [ $tag = zstd ] || docker_runs "$R/went:$tag"
    done
}
make_image_push() { net make-image push "$T/kinds" "$1" "$2"; }

@test "what we save docker and podman load, and skopeo and umoci read" {
    dhow tag busybox saved:one
    dhow tag busybox saved:two
    dhow save -o "$T/ours.tar" saved:one saved:two
    assert_has "$(docker load -i /T/ours.tar)" "Loaded image: saved:two"
    docker_runs saved:one
    podman load -q -i /T/ours.tar
    podman_runs saved:two
    says linux sh -c "skopeo inspect docker-archive:$T/ours.tar:saved:one | jq -r .Os"
    mkdir "$T/layout"
    tar -C "$T/layout" -xf "$T/ours.tar"
    assert_is "$(jq -r .imageLayoutVersion "$T/layout/oci-layout")" 1.0.0
    assert_has "$(umoci list --layout "$T/layout")" one
    umoci raw unpack --image "$T/layout:one" "$T/umoci-root"
    assert diff -r "$T/busybox" "$T/umoci-root"
    local blob
    for blob in "$T"/layout/blobs/sha256/*; do assert_is "$(sha256sum <"$blob" | cut -d' ' -f1)" "$(basename "$blob")"; done
}

@test "what docker, podman and skopeo save we load and run" {
    docker tag busybox theirs:docker
    docker save -o /T/docker.tar theirs:docker
    assert_has "$(dhow load -i "$T/docker.tar")" "Loaded image: theirs:docker"
    runs theirs:docker
    podman tag busybox docker.io/library/theirs:podman docker.io/library/theirs:oci
    podman save -q -o /T/podman.tar docker.io/library/theirs:podman
    assert dhow load -i "$T/podman.tar"
    runs theirs:podman
    podman save -q --format oci-archive -o /T/podman-oci.tar docker.io/library/theirs:oci
    assert dhow load -i "$T/podman-oci.tar"
    runs theirs:oci
    skopeo copy -q "oci:$T/kinds:gzip" "docker-archive:$T/skopeo.tar:theirs:skopeo"
    assert dhow load -i "$T/skopeo.tar"
    runs theirs:skopeo
    skopeo copy -q "oci:$T/kinds:multi" "oci-archive:$T/skopeo-oci.tar:theirs-multi"
    gzip -1 "$T/skopeo-oci.tar"
    assert dhow load -i "$T/skopeo-oci.tar.gz"
    zstd -q "$T/docker.tar"
    dhow rmi theirs:docker >/dev/null
    dhow load -q <"$T/docker.tar.zst"
    runs theirs:docker
}

@test "skopeo and we say the same of an image" {
    make_image_push gzip "$R/same:1"
    ours pull -q "$R/same:1"
    skopeo_net inspect --tls-verify=false "docker://$R/same:1" >"$T/skopeo.json"
    assert_is "$(dhow image inspect -f '{{index .RepoDigests 0}}' "$R/same:1")" "$R/same@$(jq -r .Digest "$T/skopeo.json")"
    assert_is "$(dhow image inspect -f '{{.Architecture}} {{.Os}} {{json .Config.Env}}' "$R/same:1")" "$(jq -r '"\(.Architecture) \(.Os) \(.Env | tojson)"' "$T/skopeo.json")"
    assert_is "$(dhow image inspect -f '{{json .RootFS.Layers}}' "$R/same:1")" \
        "$(skopeo inspect --config "oci:$T/kinds:gzip" | jq -c .rootfs.diff_ids)"
}
