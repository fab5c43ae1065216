#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# store.bats — the image store: names, platforms, removal, pruning, sizes; nobody loses what is in use, whoever is killed when.

bats_require_minimum_version 1.5.0
load lib

setup_file() {
    dhow_setup_file
    tar -C "$T/busybox" -cf "$T/busybox.tar" .
    # An index of two platforms and an attestation about the first of them.
    local make=$TESTS/tools/make-image
    "$make" build "$T/layout" host "$T/busybox"
    "$make" build "$T/layout" other --arch s390x "$T/busybox"
    "$make" index "$T/layout" multi host@linux/amd64 other@linux/s390x host@attestation=host
    tar -C "$T/layout" -cf "$T/layout.tar" .
}

setup() {
    export DHOW_ROOT=$T/root-$BATS_TEST_NUMBER DHOW_RUN_ROOT=$T/run-$BATS_TEST_NUMBER
}

teardown() {
    local id
    if mountpoint -q "$T/small-disk"; then umount "$T/small-disk"; fi
    for id in $(dhow ps -aq 2>/dev/null); do dhow rm -f "$id" >/dev/null 2>&1 || true; done
}

# The blobs and layers of the data root, and what is half made.
files() {
    find "$DHOW_ROOT/content" "$DHOW_ROOT/snapshot" -mindepth 1 -maxdepth 2 \
        ! -path '*/content/sha256' ! -path '*/snapshot/incoming' ! -path '*/content/in*' 2>/dev/null | sort
}
blobs() { find "$DHOW_ROOT/content/sha256" -type f | wc -l; }
layers() { find "$DHOW_ROOT/snapshot" -mindepth 1 -maxdepth 1 ! -name incoming | wc -l; }
id_of() { dhow images --no-trunc | awk -v name="$1" '$1 == name {print $3}'; }
# Every blob is what its name says.
blobs_are_right() {
    local file
    for file in "$DHOW_ROOT/content/sha256/"*; do
        [ "$(sha256sum <"$file" | cut -d' ' -f1)" = "$(basename "$file")" ] || return
    done
}
load_layout() {
    local name
    dhow load -i "$T/layout.tar" >/dev/null
    for name in host other multi; do dhow tag "$(in_layout "$name")" "$name"; done
}
# The digest that the layout's index.json gives a name: in_layout NAME.
in_layout() {
    jq -r --arg name "$1" \
        '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $name).digest' "$T/layout/index.json"
}
# small NAME [OPTION of import]… — an image of its own content, so that nothing of it is shared.
small() {
    mkdir -p "$T/small/bin"
    cp "$T/busybox/bin/busybox" "$T/small/bin/"
    ln -sf busybox "$T/small/bin/sh"
    ln -sf busybox "$T/small/bin/echo"
    echo "$1" >"$T/small/name"
    tar -C "$T/small" -c . | dhow import "${@:2}" - "$1"
}

@test "an image is the index that its name points to, kept byte for byte with all it names" {
    load_layout
    local index digest
    index=$(in_layout multi)
    assert_is "$(id_of multi)" "$index"
    index=${index#sha256:}
    assert cmp "$T/layout/blobs/sha256/$index" "$DHOW_ROOT/content/sha256/$index"
    blobs_are_right
    for digest in $(jq -r '.manifests[].digest | sub("sha256:"; "")' "$T/layout/blobs/sha256/$index"); do
        assert cmp "$T/layout/blobs/sha256/$digest" "$DHOW_ROOT/content/sha256/$digest"
    done
    run dhow run --rm --network none multi /bin/busybox echo runs
    assert_is "$output" runs
    # Both platforms have the same tree: one layer, unpacked once.
    assert_is "$(layers)" 1
}

@test "one platform of an index is removed without the others, and with it what attests to it" {
    load_layout
    dhow rmi host other >/dev/null
    local before
    before=$(blobs)
    run dhow rmi --platform linux/amd64 multi
    assert_status 0
    assert_has "$output" "Deleted: $(in_layout host)"
    assert_is "$(grep -c Deleted <<<"$output")" 2
    assert_lacks "$output" Untagged
    assert test "$(blobs)" -lt "$before"
    run dhow rmi --platform linux/amd64 multi
    assert_failed
    assert_has "$output" "does not provide the specified platform (linux/amd64)"
    run dhow rmi multi
    assert_status 0
    assert_is "$(files)" ""
}

@test "names: several for one image, each removed by itself, the last takes it along" {
    small one >/dev/null
    dhow tag one two:v1
    dhow tag one host:5000/a/b
    assert_is "$(dhow images -q | sort -u | wc -l)" 1
    local id
    id=$(id_of one)
    run dhow rmi "$id"
    assert_failed
    assert_has "$output" "conflict: unable to delete ${id:7:12} (must be forced) - image is referenced in multiple repositories"
    run dhow rmi one
    assert_is "$output" "Untagged: one:latest"
    run dhow rmi "two@$id"
    assert_failed
    assert_is "$(dhow run --rm --network none two:v1 echo still)" still
    run dhow rmi -f "$id"
    assert_status 0
    assert_has "$output" "Untagged: two:v1"
    assert_has "$output" "Untagged: host:5000/a/b:latest"
    assert_has "$output" "Deleted: $id"
    assert_is "$(files)" ""
}

@test "what cannot be tagged says why" {
    small one >/dev/null
    run dhow tag none two
    assert_failed
    assert_has "$output" "No such image: none:latest"
    run dhow tag one "two@$(id_of one)"
    assert_failed
    assert_has "$output" "refusing to create a tag with a digest reference"
    run dhow tag one Two
    assert_failed
    assert_has "$output" "repository name must be lowercase"
    run dhow tag one "two@sha512:$(printf 'a%.0s' {1..128})"
    assert_failed
    assert_has "$output" sha512
}

@test "an image that a container uses: conflicts in docker's words, and it stays runnable" {
    small one >/dev/null
    local id container
    id=$(id_of one)
    container=$(dhow create --name user --network none one echo kept)
    run dhow rmi one
    assert_failed
    assert_has "$output" "conflict: unable to remove repository reference \"one\" (must force) - container ${container:0:12} is using its referenced image ${id:7:12}"
    run dhow rmi "$id"
    assert_failed
    assert_has "$output" "conflict: unable to delete ${id:7:12} (must be forced) - image is being used by stopped container ${container:0:12}"
    run dhow image prune -af
    assert_status 0
    assert_is "$(dhow images -q)" "${id:7:12}"
    assert dhow rmi -f one
    assert dhow rmi -f "$id"
    assert_is "$(dhow images -aq)" ""
    assert_is "$(dhow start -a user)" kept
    dhow rm user >/dev/null
    dhow image prune -af >/dev/null
    assert_is "$(files)" ""
}

@test "an image of a running container cannot be forced away" {
    small one >/dev/null
    local container
    container=$(dhow run -d --network none one /bin/busybox sleep 98765)
    run dhow rmi -f "$(id_of one)"
    assert_failed
    assert_has "$output" "(cannot be forced) - image is being used by running container ${container:0:12}"
}

@test "prune takes what has no name, -a what nobody uses, and filters choose" {
    small old -c "LABEL keep=yes" >/dev/null
    small named >/dev/null
    local first
    first=$(id_of named)
    small named -c "LABEL new=1" >/dev/null
    assert test "$(id_of named)" != "$first"
    run dhow image prune -f
    assert_status 0
    assert_has "${output,,}" "deleted: $first"
    assert_is "$(grep -ci deleted: <<<"$output")" 1
    run dhow image prune -af --filter label!=keep
    assert_has "${output,,}" "untagged: named:latest"
    assert_lacks "$output" old
    run dhow image prune -af --filter until=24h
    assert_lacks "${output,,}" untagged
    run dhow image prune -af --filter label=keep=no
    assert_lacks "${output,,}" untagged
    run dhow image prune -af --filter label=keep=yes
    assert_has "${output,,}" "untagged: old:latest"
    assert_is "$(files)" ""
    run dhow image prune -af --filter nonsense=1
    assert_failed
    assert_has "$output" "invalid filter 'nonsense'"
}

@test "import's changes, message and platform are in the image's config" {
    small changed -m "by hand" --platform linux/arm64 -c 'CMD ["/bin/echo", "from", "cmd"]' -c "ENV A=1 B='two words'" \
        -c "EXPOSE 80 53/udp" -c "WORKDIR /srv" -c "USER 7:8" -c "VOLUME /data" -c "STOPSIGNAL SIGQUIT" \
        -c "HEALTHCHECK --interval=5s CMD true" -c "ONBUILD RUN make" -c "LABEL x=y" >/dev/null
    local manifest config
    manifest=$DHOW_ROOT/content/sha256/$(id_of changed | sed s/sha256://)
    config=$DHOW_ROOT/content/sha256/$(jq -r '.config.digest | sub("sha256:"; "")' "$manifest")
    jq -S .config "$config" >"$T/got"
    jq -S . >"$T/want" <<'END'
{"User":"7:8", "ExposedPorts":{"80/tcp":{}, "53/udp":{}}, "Env":["A=1", "B=two words"], "Cmd":["/bin/echo", "from", "cmd"],
 "Healthcheck":{"Test":["CMD-SHELL", "true"], "Interval":5000000000}, "Volumes":{"/data":{}}, "WorkingDir":"/srv",
 "OnBuild":["RUN make"], "Labels":{"x":"y"}, "StopSignal":"SIGQUIT"}
END
    assert diff "$T/want" "$T/got"
    assert_is "$(jq -r '.architecture + " " + .history[0].comment' "$config")" "arm64 by hand"
    run small refused -c "RUN true"
    assert_failed
    assert_has "$output" "RUN is not a valid change command"
}

@test "a sweep waits for nobody, and the next one finishes" {
    small one >/dev/null
    # An image is being made meanwhile.
    run flock -s "$DHOW_ROOT/images.lock" dhow rmi one
    assert_status 0
    assert_is "$(blobs)" 3
    # Whatever comes next finishes it.
    dhow version >/dev/null
    assert_is "$(files)" ""
    refute test -e "$DHOW_ROOT/images.unswept"
}

@test "downloads that were cut short outlive a removal, not a prune" {
    small one >/dev/null
    local part
    part=$DHOW_ROOT/content/incoming/$(printf 'a%.0s' {1..64})
    mkdir -p "$DHOW_ROOT/content/incoming"
    head -c 100000 /dev/zero >"$part.part"
    printf '%020d\n' 100000 >"$part.have"
    touch -d "6 days ago" "$part.part"
    dhow rmi one >/dev/null
    assert test -e "$part.part"
    touch -d "8 days ago" "$part.part"
    small two >/dev/null
    dhow rmi two >/dev/null
    refute test -e "$part.part" -o -e "$part.have"
    head -c 100000 /dev/zero >"$part.part"
    run flock "$part.part" dhow image prune -f # somebody goes on with it
    assert test -e "$part.part"
    run dhow image prune -f
    refute test -e "$part.part"
    assert_matches "$output" "Total reclaimed space: 10[0-9](\.[0-9])?kB"
}

@test "what is damaged can be removed" {
    small one >/dev/null
    local file
    for file in "$DHOW_ROOT/content/sha256/"*; do chmod 600 "$file" && echo damaged >"$file"; done
    run dhow rmi one
    assert_status 0
    assert_is "$(files)" ""
}

# load_with JQ-EDIT — loads an archive whose one manifest was changed, and says nothing but how that went.
load_with() {
    local digest
    rm -rf "$T/bad"
    cp -r "$T/layout" "$T/bad"
    digest=$(in_layout host)
    jq -c "$1" "$T/layout/blobs/sha256/${digest#sha256:}" >"$T/document"
    digest=$(sha256sum <"$T/document" | cut -d' ' -f1)
    cp "$T/document" "$T/bad/blobs/sha256/$digest"
    jq -c --arg digest "sha256:$digest" --argjson size "$(stat -c %s "$T/document")" \
        '.manifests |= [.[] | select(.annotations["org.opencontainers.image.ref.name"] == "host") |
         .digest = $digest | .size = $size | .mediaType = "application/vnd.oci.image.manifest.v1+json"]' \
        "$T/layout/index.json" >"$T/bad/index.json"
    tar -C "$T/bad" -c . | dhow load
}

@test "documents of two kinds at once, or of another than was said, do not get in" {
    local change
    for change in '.manifests = []' '.manifests = [.config]' \
        '.mediaType = "application/vnd.oci.image.index.v1+json"' \
        '.mediaType = "application/vnd.docker.distribution.manifest.v2+json"' \
        'del(.config)' 'del(.layers)' '.schemaVersion = 1' '.config.digest = "sha256:../../../etc/passwd"' \
        '.layers[0].digest |= ascii_upcase' '.layers[0].size = -1' '.layers[0].size = 1e30' \
        '.layers = [range(501) as $i | .layers[0]]' '.config = null' '.layers[0] = null'; do
        run load_with "$change"
        [ "$status" -ne 0 ] || failed "accepted: $change"
        [[ $change != *digest* ]] || assert_has "$output" "want sha256: and 64 lower-case hex digits" # before anything is looked for by it
        assert_is "$(dhow images -aq)" ""
    done
    assert_is "$(files)" ""
    run load_with .
    assert_status 0
}

@test "inspect shows an image as the Engine API has it" {
    load_layout
    run dhow image inspect multi
    assert_status 0
    assert_is "$(jq -r '.[0] | [.Id, .Descriptor.digest, .RepoDigests[0]] | map(split("@") | last) | unique | length' <<<"$output")" 1
    assert_is "$(jq -c '.[0] | [.RepoTags, .Architecture, .Os, .RootFS.Type, (.RootFS.Layers | length), .Created]' <<<"$output")" \
        '[["multi:latest"],"amd64","linux","layers",1,"2020-01-01T00:00:00Z"]'
    assert_is "$(jq -r '.[0].Descriptor.mediaType' <<<"$output")" application/vnd.oci.image.index.v1+json
    assert_matches "$(jq -r '.[0].Metadata.LastTagTime' <<<"$output")" '^20[0-9-]*T[0-9:.]*Z$'
    assert_is "$(jq -r '.[0].Size' <<<"$output")" "$(dhow image inspect -f '{{.Size}}' multi)"
    run dhow image inspect --platform linux/s390x -f '{{.Architecture}}' multi
    assert_is "$output" s390x
    run dhow image inspect --platform linux/arm/v7 multi
    assert_failed
    assert_has "$output" "does not provide the specified platform (linux/arm/v7)"
    run dhow image inspect none
    assert_failed
    assert_has "$output" "No such image: none:latest"
}

@test "a container says which manifest of the index it was made from" {
    load_layout
    dhow create --name one --network none multi >/dev/null
    dhow inspect one >"$T/container.json"
    assert_is "$(jq -r '.[0].Image' "$T/container.json")" "$(in_layout multi)"
    assert_is "$(jq -r '.[0].ImageManifestDescriptor | .digest + " " + .platform.os + "/" + .platform.architecture' "$T/container.json")" \
        "$(in_layout host) linux/amd64"
    assert_is "$(jq -r '.[0].ImageManifestDescriptor.size' "$T/container.json")" \
        "$(stat -c %s "$T/layout/blobs/sha256/$(in_layout host | cut -c8-)")"
}

@test "history tells each step with its size, and what is not here as missing" {
    tar -C "$T/busybox" -c . | dhow import -m "from a tar" - one >/dev/null
    run dhow history --no-trunc --format '{{.ID}} {{.Comment}}' one
    assert_is "$output" "$(id_of one) from a tar"
    assert_is "$(dhow history -H=false --format '{{.Size}}' one)" \
        "$(find "$DHOW_ROOT"/snapshot/*/fs -type f -printf '%s %i\n' | sort -u -k2 | awk '{n += $1} END {print n}')"
}

# What is in the data root, by its files.
stored() {
    { find "$DHOW_ROOT/content/sha256" -type f -printf '%s\n' && find "$DHOW_ROOT"/snapshot/*/fs -type f -printf '%s %i\n' |
        sort -u -k2 | cut -d' ' -f1; } | awk '{n += $1} END {print n}'
}

@test "sizes add up: what df says is what there is, and prune frees what was reclaimable" {
    load_layout
    small one >/dev/null
    dhow create --name user --network none one echo hi >/dev/null
    assert_is "$(dhow system df --format '{{.Type}} {{.TotalCount}} {{.Active}}' | head -1)" "Images 4 1"
    local total reclaimable
    total=$(dhow system df --format json | jq -r 'select(.Type == "Images").Size')
    assert_is "$total" "$(stored | numfmt_like)"
    reclaimable=$(dhow system df --format json | jq -r 'select(.Type == "Images").Reclaimable | split(" ")[0]')
    run dhow image prune -af
    assert_has "$output" "Total reclaimed space: $reclaimable"
    assert_is "$(dhow system df --format json | jq -r 'select(.Type == "Images").Size')" "$(stored | numfmt_like)"
    assert_is "$(dhow system df --format json | jq -r 'select(.Type == "Images").Reclaimable')" "0B (0%)"
}

# Bytes as docker writes them: four digits, powers of 1000.
numfmt_like() {
    awk '{split("B kB MB GB", unit); n = $1; i = 1; while (n >= 1000) {n /= 1000; i++}; printf "%.4g%s\n", n, unit[i]}'
}

@test "check finds nothing wrong with a store that is whole" {
    load_layout
    small one >/dev/null
    run dhow system check
    assert_status 0
    assert_is "$output" "$(blobs) blobs, 2 layers, 4 images: all as they should be"
}

@test "check finds a changed layer and makes it anew, unless a container uses it" {
    small one >/dev/null
    local fs id
    fs=$(echo "$DHOW_ROOT"/snapshot/*/fs)
    for change in "chmod 600 $fs/bin/busybox" "rm $fs/bin/sh" "touch $fs/bin/new" "printf X | dd of=$fs/bin/busybox bs=1 seek=5000 conv=notrunc" \
        "ln -sf /etc/passwd $fs/bin/sh" "chown 1 $fs/name" "setfattr -n user.x -v y $fs/name" "rm -r $fs" "rm -r ${fs%/fs}"; do
        eval "$change" 2>/dev/null
        run dhow system check
        assert_status 1 || failed "$change"
        assert_has "$output" "layer " || failed "$change"
        assert_has "$output" damaged || failed "$change"
        run dhow system check --repair
        assert_status 0 || failed "$change"
        assert_has "$output" "(repaired)" || failed "$change"
        assert dhow system check -q || failed "$change"
    done
    assert_is "$(dhow run --rm --network none one echo fine)" fine
    id=$(dhow create --network none one echo held)
    echo more >>"$fs/name"
    run dhow system check --repair
    assert_status 1
    assert_has "$output" "containers use it: remove them first"
    dhow rm "$id" >/dev/null
    assert dhow system check --repair
    assert dhow system check
}

@test "check finds a lost blob, and what cannot be repaired goes, so that it can come again" {
    small one >/dev/null
    small two >/dev/null
    local id layer
    id=$(id_of one)
    layer=$DHOW_ROOT/content/sha256/$(jq -r '.layers[0].digest | sub("sha256:"; "")' "$DHOW_ROOT/content/sha256/${id#sha256:}")
    chmod 600 "$layer"
    printf X | dd of="$layer" bs=1 seek=9 conv=notrunc 2>/dev/null
    run dhow system check
    assert_status 1
    assert_has "$output" "blob sha256:$(basename "$layer"): its bytes have the digest sha256:"
    assert_has "$output" "image one:latest: 1 of its 1 manifests have lost something they need"
    assert_lacks "$output" two
    run dhow system check --repair
    assert_status 0
    assert_has "$output" "image one:latest: 1 of its 1 manifests have lost something they need; it was removed"
    refute test -e "$layer"
    assert_is "$(dhow images --format '{{.Repository}}')" two
    small one >/dev/null
    assert dhow system check -q
    rm "$DHOW_ROOT/content/sha256/$(id_of two | cut -c8-)"
    run dhow system check
    assert_has "$output" "image two:latest: the document that it is is lost"
    assert dhow system check --repair
    assert_is "$(dhow images --format '{{.Repository}}')" one
    assert_is "$(dhow run --rm --network none one echo fine)" fine
}

# maker NAME — makes, runs and removes images; what goes wrong stands in $T/lost.
maker() {
    local i
    for i in 1 2 3 4 5 6; do
        mkdir -p "$T/w$1/bin"
        cp "$T/busybox/bin/busybox" "$T/w$1/bin/echo"
        echo "$1 $i" >"$T/w$1/name"
        tar -C "$T/w$1" -c . | dhow import - "image$1" >/dev/null || echo "import $1 $i" >>"$T/lost"
        [ "$(dhow run --rm --network none "image$1" /bin/echo "run $1 $i" 2>&1)" = "run $1 $i" ] ||
            echo "run $1 $i" >>"$T/lost"
        dhow rmi -f "image$1" >/dev/null || echo "rmi $1 $i" >>"$T/lost"
    done
}
pruner() {
    local i
    for i in $(seq 1 25); do dhow image prune -f >/dev/null 2>>"$T/pruned" || true; done
}

@test "many at once: images are made, removed, pruned and run, and nothing in use is lost" {
    small kept >/dev/null
    dhow create --name holder --network none kept echo held >/dev/null
    rm -f "$T/lost" "$T/pruned"
    maker a 3>&- &
    maker b 3>&- &
    pruner 3>&- &
    wait
    assert_is "$(cat "$T/lost" 2>/dev/null)" ""
    assert_is "$(cat "$T/pruned")" ""
    assert_is "$(dhow start -a holder)" held
    dhow rm holder >/dev/null
    dhow image prune -f >/dev/null # what a sweep left because an image was being made
    assert_is "$(dhow images -q | wc -l)" 1
    assert_is "$(blobs) $(layers)" "3 1"
    blobs_are_right
}

# swept BEFORE COMMAND… — killed at points all over; afterwards `kept` runs, and `gone` is whole or not there.
swept() {
    local n at before=$1
    shift
    n=$(sysfault --count -- "$DHOW_BUILD/dhow" "$@" 2>&1 | tail -1)
    assert test "$n" -gt 50
    for ((at = 1; at <= n; at += 1 + n / ${SWEEP_POINTS:-30})); do
        dhow images -q gone | grep -q . || small gone >/dev/null
        timeout 60 sysfault --at "$at" --kill-tree -- "$DHOW_BUILD/dhow" "$@" >/dev/null 2>&1 || true
        assert_is "$(dhow run --rm --network none kept echo fine)" fine || failed "killed at $at of $n"
        if dhow images | grep -q '^gone '; then
            assert_is "$(dhow run --rm --network none gone echo whole)" whole || failed "killed at $at of $n"
            dhow rmi -f gone >/dev/null
        fi
        dhow image prune -f >/dev/null
        assert_is "$(files)" "$before" || failed "killed at $at of $n"
    done
}

@test "rmi killed at any system call: the image is whole or gone, and the next one sweeps" {
    small kept >/dev/null
    local before
    before=$(files)
    small gone >/dev/null
    swept "$before" rmi gone
}

@test "image prune killed at any system call loses nothing that is in use" {
    small kept >/dev/null
    local before
    dhow create --name user --network none kept echo held >/dev/null
    before=$(files)
    small gone >/dev/null
    swept "$before" image prune -af
    assert_is "$(dhow start -a user)" held
}

@test "tag killed at any system call: the name is there or not, nothing else changes" {
    small kept >/dev/null
    local n at before
    before=$(files)
    n=$(sysfault --count -- "$DHOW_BUILD/dhow" tag kept other 2>&1 | tail -1)
    for ((at = 1; at <= n; at += 1 + n / ${SWEEP_POINTS:-30})); do
        dhow rmi other >/dev/null 2>&1 || true
        timeout 60 sysfault --at "$at" --kill-tree -- "$DHOW_BUILD/dhow" tag kept other >/dev/null 2>&1 || true
        assert_is "$(dhow images -q | sort -u | wc -l)" 1
        assert_is "$(dhow run --rm --network none kept echo fine)" fine
        assert_is "$(files)" "$before"
    done
}

@test "check --repair killed at any system call: the layer is there, the old one or the new" {
    small one >/dev/null
    local fs n at
    fs=$(echo "$DHOW_ROOT"/snapshot/*/fs)
    echo more >>"$fs/name"
    n=$(sysfault --count -- "$DHOW_BUILD/dhow" system check --repair 2>&1 | tail -1)
    for ((at = 1; at <= n; at += 1 + n / ${SWEEP_POINTS:-20})); do
        echo more >>"$fs/name"
        timeout 60 sysfault --at "$at" --kill-tree -- "$DHOW_BUILD/dhow" system check --repair >/dev/null 2>&1 || true
        assert_is "$(dhow run --rm --network none one echo fine)" fine || failed "killed at $at of $n"
        assert dhow system check -q --repair || failed "killed at $at of $n"
        assert_is "$(cat "$fs/name")" one
    done
    assert_is "$(find "$DHOW_ROOT/snapshot/incoming" -mindepth 1)" ""
}

@test "an error at any system call of rmi and prune leaves the store whole" {
    small kept >/dev/null
    local n at errno
    for errno in EIO ENOSPC; do
        dhow create --name "user$errno" --network none kept echo held >/dev/null
        n=$(sysfault --count -- "$DHOW_BUILD/dhow" image prune -af 2>&1 | tail -1)
        for ((at = 1; at <= n; at += 1 + n / ${SWEEP_POINTS:-20})); do
            dhow images -q gone | grep -q . || small gone >/dev/null
            timeout 60 sysfault --at "$at" --errno "$errno" -- "$DHOW_BUILD/dhow" rmi gone >/dev/null 2>&1 || true
            timeout 60 sysfault --at "$at" --errno "$errno" -- "$DHOW_BUILD/dhow" image prune -f >/dev/null 2>&1 || true
            assert dhow system check -q || failed "$errno at $at of $n"
        done
        assert_is "$(dhow start -a "user$errno")" held
        dhow rm "user$errno" >/dev/null
    done
}

@test "on a full disk images can be removed" {
    mkdir -p "$T/small-disk"
    mount -t tmpfs -o size=8m "$ID" "$T/small-disk"
    export DHOW_ROOT=$T/small-disk/root
    small one >/dev/null
    small two >/dev/null
    dd if=/dev/zero of="$T/small-disk/filler" bs=4k 2>/dev/null || true
    run dhow tag one three
    local said=$output
    assert dhow rmi one
    assert_is "$(dhow images --format '{{.Repository}}' | grep -v three)" two
    rm "$T/small-disk/filler"
    assert_is "$(dhow run --rm --network none two echo fine)" fine
    assert eventually umount "$T/small-disk" # a monitor is gone a moment after its container
    [[ -z $said ]] || assert_has "$said" "disk that holds the data root is full"
}
