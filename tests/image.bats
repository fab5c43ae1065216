#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# image.bats — images come into being whole or not at all, stay when the power goes, and leave nothing behind.

bats_require_minimum_version 1.5.0
load lib

setup_file() {
    dhow_setup_file
    tar -C "$T/busybox" -cf "$T/busybox.tar" .
}

setup() {
    export DHOW_ROOT=$T/root-$BATS_TEST_NUMBER DHOW_RUN_ROOT=$T/run-$BATS_TEST_NUMBER
}

# names DIR — every blob, layer and half-made thing in a data root.
leftovers() {
    find "$DHOW_ROOT/content" "$DHOW_ROOT/snapshot" -mindepth 1 -maxdepth 2 \
        ! -path '*/content/sha256' ! -path '*/snapshot/incoming' ! -path '*/content/ingest' 2>/dev/null || true
}

@test "hello needs no registry, no network and no daemon" {
    run unshare -n dhow run --rm --network none hello
    assert_status 0
    assert_has "$output" "Hello from inside a container."
    run dhow images
    assert_has "$output" hello
}

@test "hello has one id, from root to root" {
    dhow run --rm hello >/dev/null
    local first
    first=$(dhow images | awk '$1 == "hello" {print $3}')
    DHOW_ROOT=$DHOW_ROOT.other dhow run --rm hello >/dev/null
    assert_is "$(DHOW_ROOT=$DHOW_ROOT.other dhow images | awk '$1 == "hello" {print $3}')" "$first"
}

@test "an imported root file system runs, from a file, from a pipe, compressed" {
    run dhow import "$T/busybox.tar" plain
    assert_status 0
    assert_matches "$output" '^sha256:[0-9a-f]{64}$'
    gzip -c "$T/busybox.tar" | dhow import - zipped
    local name
    for name in plain zipped plain:latest; do
        run dhow run --rm "$name" sh -c 'echo "in $0"; ls /bin/busybox' it
        assert_status 0
        assert_is "$output" "$(printf 'in it\n/bin/busybox')"
    done
    # The same tree is one layer, whatever it came in.
    assert_is "$(find "$DHOW_ROOT/snapshot" -mindepth 1 -maxdepth 1 ! -name incoming | wc -l)" 1
}

# layer_of NAME — the media type and digest of its layer.
layer_of() {
    local id
    id=$(dhow images --no-trunc --format '{{.Repository}} {{.ID}}' | sed -n "s/^$1 sha256://p")
    jq -r '.layers[0].mediaType + " " + .layers[0].digest' "$DHOW_ROOT/content/sha256/$id"
}

@test "what is gzip or zstd is stored as it came, anything else as gzip, which every registry takes" {
    local type=application/vnd.oci.image.layer.v1.tar compress
    dhow import "$T/busybox.tar" plain >/dev/null
    assert_has "$(layer_of plain)" "$type+gzip "
    for compress in "gzip -9" "zstd -3"; do
        $compress -c "$T/busybox.tar" >"$T/packed"
        dhow import "$T/packed" kept >/dev/null
        assert_is "$(layer_of kept)" "$type+${compress%% *} sha256:$(sha256sum <"$T/packed" | cut -d' ' -f1)"
    done
    for compress in "xz -0" "bzip2 -1"; do
        $compress -c "$T/busybox.tar" | dhow import - other >/dev/null
        assert_is "$(layer_of other)" "$(layer_of plain)" # the same each time
    done
    $compress -c "$T/busybox.tar" | head -c 300000 >"$T/packed"
    run dhow import "$T/packed" cut
    assert_failed
    assert_has "$output" "ends too early"
}

@test "the blobs are what their names say, and the manifest ties them together" {
    dhow import "$T/busybox.tar" tied
    local file manifest
    for file in "$DHOW_ROOT/content/sha256/"*; do
        assert_is "$(sha256sum <"$file" | cut -d' ' -f1)" "$(basename "$file")"
    done
    manifest=$(grep -l '"schemaVersion"' "$DHOW_ROOT/content/sha256/"*)
    assert_is "$(jq -r '.layers[0].mediaType' "$manifest")" application/vnd.oci.image.layer.v1.tar+gzip
    assert_is "$(gzip -dc <"$DHOW_ROOT/content/sha256/$(jq -r '.layers[0].digest | sub("sha256:"; "")' "$manifest")" | sha256sum)" \
        "$(sha256sum <"$T/busybox.tar")"
    local config
    config=$DHOW_ROOT/content/sha256/$(jq -r '.config.digest | sub("sha256:"; "")' "$manifest")
    assert_is "$(jq -r '.rootfs.diff_ids[0]' "$config")" "sha256:$(sha256sum <"$T/busybox.tar" | cut -d' ' -f1)"
    assert_is "$(jq -r '.os' "$config")" linux
}

@test "what cannot be imported says why, and leaves nothing" {
    dhow import "$T/busybox.tar" good
    local before
    before=$(leftovers | sort)
    echo "no tar" >"$T/bad"
    run dhow import "$T/bad" bad
    assert_failed
    assert_has "$output" "rchive"
    hostile-tar refused-dotdot "$T/nowhere" >"$T/hostile"
    run dhow import "$T/hostile" bad
    assert_failed
    assert_has "$output" "leads out of the archive"
    run dhow import "$T/busybox.tar" Bad/Name
    assert_failed
    assert_has "$output" "invalid reference format: repository name must be lowercase"
    run dhow import "$T/no/such/file" bad
    assert_failed
    assert_is "$(leftovers | sort)" "$before"
    refute dhow run --rm bad true
}

@test "the last name takes the image with it, and what others need stays" {
    dhow import "$T/busybox.tar" one
    gzip -c "$T/busybox.tar" >"$T/busybox.tar.gz"
    dhow import "$T/busybox.tar.gz" two
    run dhow rmi one
    assert_status 0
    assert_has "$output" "Untagged: one:latest"
    assert_has "$output" "Deleted: sha256:"
    run dhow run --rm two echo still
    assert_is "$output" still
    dhow rmi two
    assert_is "$(leftovers)" ""
    run dhow rmi two
    assert_failed
    assert_has "$output" "No such image: two"
}

@test "an import killed at any system call leaves no image, and the next one sweeps" {
    dhow import "$T/busybox.tar" kept >/dev/null
    local before at
    before=$(leftovers | sort)
    for at in 20 40 60 80 100 150 200 300 500 800 1200 1600 1700 1750 1800 1850 1900 2000; do
        sysfault --at "$at" --kill-tree -- "$DHOW_BUILD/dhow" import "$T/busybox.tar" killed >/dev/null 2>&1 || true
        # Either it is there and whole, or it is not there.
        if dhow images | grep -q '^killed '; then
            assert_is "$(dhow run --rm killed echo whole)" whole
            dhow rmi killed >/dev/null
        else
            dhow import "$T/busybox.tar" killed >/dev/null
            dhow rmi killed >/dev/null
        fi
        assert_is "$(leftovers | sort)" "$before"
    done
    assert_is "$(dhow run --rm kept echo fine)" fine
}

@test "labels and names of an image are data: they choose nothing on the host" {
    dhow import "$T/busybox.tar" data >/dev/null
    local id
    id=$(dhow images | awk '$1 == "data" {print $3}')
    run dhow run --rm "$id" echo by-id
    assert_is "$output" by-id
    run dhow run --rm "sha256:$id" echo by-id
    assert_is "$output" by-id
    run dhow run --rm ../../etc/passwd true
    assert_failed
    assert_has "$output" "invalid reference format"
}

@test "the data root is closed to others" {
    (umask 000 && dhow import "$T/busybox.tar" closed >/dev/null)
    assert_is "$(stat -c %a "$DHOW_ROOT")" 700
    assert_is "$(find "$DHOW_ROOT/content" "$DHOW_ROOT/snapshot" -maxdepth 2 ! -path '*/fs' -perm /077)" ""
}
