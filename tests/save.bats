# SPDX-License-Identifier: Apache-2.0
# save.bats — images as archives: out, in, between machines; and archives that others wrote, or damaged.
load dhow

setup_file() {
    dhow_setup_file
    tar -C "$T/busybox" -c . | dhow import - bb >/dev/null
    dhow run --rm bb true
    "$TESTS/tools/make-image" kinds "$T/kinds" "$T/busybox"
}

# there ARGS… — dhow on "another machine": a data root of its own, one for each name in $THERE.
there() {
    dhow --root "$T/${THERE:-there}" --run-root "$T/${THERE:-there}-run" "$@"
}
# elsewhere — a fresh one.
elsewhere() {
    THERE=there$((++N_THERE)).$BATS_TEST_NUMBER
}
# id NAME[:TAG] — its whole id, as `images` shows it.
id() { dhow images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sed -n "s/^$1 //p"; }
# archive TAG FILE — an image of the layout $T/kinds as an OCI archive.
archive() {
    skopeo copy -q --all "oci:$T/kinds:$1" "oci-archive:$2:$1"
}
empty() { assert_is "$(there images -aq)$(find "$T/$THERE/content/sha256" "$T/$THERE/snapshot" -mindepth 1 ! -name incoming 2>/dev/null)" ""; }

@test "what save writes, load reads: same id, same name, it runs" {
    elsewhere
    assert dhow save -o "$T/bb.tar" bb
    assert_is "$(there load -i "$T/bb.tar")" "Loaded image: bb:latest"
    assert_is "$(there images -q --no-trunc)" "$(id bb:latest)"
    assert_is "$(there run --rm bb echo loaded)" loaded
    assert_is "$(there load -q <"$T/bb.tar")" "Loaded image: bb:latest" # a second time changes nothing
}

@test "the archive is the same each time, and an OCI layout for others" {
    dhow save bb >"$T/first.tar"
    dhow save bb >"$T/second.tar"
    assert cmp "$T/first.tar" "$T/second.tar"
    run tar -tf "$T/first.tar"
    assert_has "$output" oci-layout
    assert_has "$output" manifest.json
    mkdir "$T/layout"
    tar -C "$T/layout" -xf "$T/first.tar"
    assert_is "$(jq -r '.manifests[0].digest' "$T/layout/index.json")" "$(id bb:latest)"
    assert_is "$(skopeo inspect --format '{{len .Layers}}' "oci-archive:$T/first.tar")" 1
    assert_is "$(skopeo inspect --format '{{len .Layers}}' "docker-archive:$T/first.tar")" 1
    assert umoci unpack --rootless --image "$T/layout:latest" "$T/unpacked"
    assert test -e "$T/unpacked/rootfs/bin/busybox"
    rm -rf "$T/layout" "$T/unpacked"
}

@test "archives in gzip, zstd, xz and bzip2, from files and pipes" {
    dhow save -o "$T/bb.tar" bb
    local compress
    for compress in "gzip -1" "zstd -1" "xz -0" "bzip2 -1"; do
        elsewhere
        $compress -c "$T/bb.tar" >"$T/bb.packed"
        assert_is "$(there load <"$T/bb.packed")" "Loaded image: bb:latest"
        elsewhere
        assert_is "$(cat "$T/bb.packed" | there load)" "Loaded image: bb:latest"
        assert_is "$(there run --rm bb echo ok)" ok
    done
}

@test "several images in one archive; a name without a tag means all tags" {
    dhow tag bb many:one
    dhow tag bb many:two
    tar -C "$T/busybox" -c bin | dhow import - many:three >/dev/null
    dhow save -o "$T/many.tar" many bb
    elsewhere
    run there load -i "$T/many.tar"
    assert_status 0
    local name
    for name in many:one many:two many:three bb:latest; do assert_has "$output" "Loaded image: $name"; done
    assert_is "$(tar -xOf "$T/many.tar" manifest.json | jq 'length')" 2
    assert_is "$(there images -q --no-trunc | sort -u | wc -l)" 2
    dhow rmi many:one many:two many:three
    run dhow save -o "$T/none.tar" many
    assert_status 1
    assert_has "$output" "No such image: many"
    assert test ! -e "$T/none.tar"
}

@test "an image of every kind is loaded from an OCI archive and saved byte for byte" {
    local tag
    for tag in $(jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"]' "$T/kinds/index.json"); do
        case $tag in foreign) continue ;; esac
        elsewhere
        (cd "$T/kinds" && tar -cf "$T/kind.tar" oci-layout index.json blobs)
        # One target alone, as it stands in the layout.
        mkdir "$T/one"
        jq -c --arg tag "$tag" '.manifests |= map(select(.annotations["org.opencontainers.image.ref.name"] == $tag))' \
            "$T/kinds/index.json" >"$T/one/index.json"
        tar -C "$T/kinds" -cf "$T/kind.tar" oci-layout blobs
        tar -C "$T/one" -rf "$T/kind.tar" index.json
        rm -rf "$T/one"
        run there load -i "$T/kind.tar"
        assert_status 0 || failed "$tag"
        local id
        id=$(jq -r --arg tag "$tag" '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $tag).digest' \
            "$T/kinds/index.json")
        assert_is "$output" "Loaded image ID: $id" || failed "$tag"
        there tag "$id" "kind:$tag"
        there save -o "$T/again.tar" "kind:$tag"
        local blob
        for blob in $(tar -tf "$T/again.tar" | grep 'blobs/sha256/.'); do
            assert_is "$(tar -xOf "$T/again.tar" "$blob" | sha256sum | cut -c1-64)" "${blob#blobs/sha256/}"
        done
        assert_has "$(tar -tf "$T/again.tar")" "blobs/sha256/${id#sha256:}"
    done
}

@test "docker's and podman's archives of before: manifest.json alone, links among layers" {
    dhow save -o "$T/bb.tar" bb
    skopeo copy -q "oci-archive:$T/bb.tar" "docker-archive:$T/legacy.tar:old/bb:1"
    elsewhere
    assert_is "$(there load -i "$T/legacy.tar")" "Loaded image: old/bb:1"
    assert_is "$(there run --rm old/bb:1 echo old)" old
    # As docker 1.10 to 24 wrote it: a directory for each layer, a link where one comes twice.
    mkdir -p "$T/old/a" "$T/old/b"
    tar -C "$T/old" -xf "$T/legacy.tar"
    local layer config
    layer=$(jq -r '.[0].Layers[0]' "$T/old/manifest.json")
    config=$(jq -r '.[0].Config' "$T/old/manifest.json")
    cp -L "$T/old/$layer" "$T/old/a/layer.tar.new" && mv "$T/old/a/layer.tar.new" "$T/old/a/layer.tar"
    ln -s ../a/layer.tar "$T/old/b/layer.tar"
    jq -c '.rootfs.diff_ids += [.rootfs.diff_ids[0]] | .history += [.history[0]]' "$T/old/$config" >"$T/old/config.json"
    echo '[{"Config":"config.json","RepoTags":null,"Layers":["a/layer.tar","b/layer.tar"]}]' >"$T/old/manifest.json"
    tar -C "$T/old" -cf "$T/older.tar" manifest.json config.json a b
    elsewhere
    run there load -i "$T/older.tar"
    assert_status 0
    assert_matches "$output" '^Loaded image ID: sha256:[0-9a-f]{64}$'
    assert_is "$(there run --rm "${output##* }" echo twice)" twice
    rm -rf "$T/old"
}

@test "save --since leaves out what the reader has, and without that nothing is loaded" {
    elsewhere
    cp -a "$T/busybox" "$T/more"
    head -c 300000 /dev/urandom >"$T/more/added"
    (cd "$T/more" && tar -cf "$T/added.tar" added)
    mkdir "$T/l"
    "$TESTS/tools/make-image" build "$T/l" small "$T/busybox"
    "$TESTS/tools/make-image" build "$T/l" large "$T/busybox" "$T/added.tar"
    local tag
    for tag in small large; do
        skopeo copy -q "oci:$T/l:$tag" "oci-archive:$T/$tag.tar:since:$tag"
        dhow load -q -i "$T/$tag.tar" >/dev/null
    done
    dhow save -o "$T/whole.tar" since:large
    dhow save -o "$T/part.tar" --since since:small since:large
    assert [ "$(stat -c %s "$T/part.tar")" -lt 320000 ]
    assert [ "$(stat -c %s "$T/whole.tar")" -gt 600000 ]
    run there load -i "$T/part.tar"
    assert_status 1
    assert_has "$output" "neither in the archive nor here"
    assert_has "$output" "--since"
    empty
    there load -q -i "$T/small.tar" >/dev/null
    assert_is "$(there load -i "$T/part.tar")" "Loaded image: since:large"
    assert_is "$(there run --rm since:large sha256sum /added)" "$(sha256sum <"$T/more/added" | cut -c1-64)  /added"
    dhow rmi since:small since:large >/dev/null
    rm -rf "$T/more" "$T/l"
}

# damaged NAME EDIT — an archive of bb, changed by EDIT in its directory, is refused with *NAME* and leaves nothing.
damaged() {
    rm -rf "$T/d"
    mkdir "$T/d"
    dhow save bb | tar -C "$T/d" -x
    (cd "$T/d" && eval "$2")
    tar -C "$T/d" -cf "$T/d.tar" .
    elsewhere
    run there load -i "$T/d.tar"
    assert_status 1 || failed "$2"
    assert_has "$output" "$1" || failed "$2"
    assert_is "$(find "$T/$THERE/snapshot/incoming" -mindepth 1 2>/dev/null)" ""
    empty
}

@test "damaged and hostile archives are refused with a reason and leave nothing" {
    local layer manifest config
    dhow save bb | tar -C "$T" -xO manifest.json >"$T/m.json"
    layer=$(jq -r '.[0].Layers[0]' "$T/m.json") config=$(jq -r '.[0].Config' "$T/m.json")
    manifest=blobs/sha256/$(id bb:latest | cut -c8-)
    damaged "have the digest" "printf X | dd of=$config bs=1 conv=notrunc"
    damaged "have the digest" "printf X | dd of=$manifest bs=1 conv=notrunc"
    damaged "sha256:" "printf X | dd of=$layer bs=1 seek=4 conv=notrunc" # gzip does not care what time it is
    damaged "layer " "printf XXXXXXXX | dd of=$layer bs=1 seek=100000 conv=notrunc"
    damaged "bytes" "truncate -s -512 $layer"
    damaged "is not whole" "rm $layer"
    damaged "neither index.json" "rm index.json manifest.json"
    damaged "index.json" "echo '{}' >index.json"
    damaged "index.json" "echo '{\"schemaVersion\":2,\"manifests\":[' >index.json"
    damaged "is no file" "rm index.json; mkfifo index.json"
    damaged "has no images" "echo '{\"schemaVersion\":2,\"manifests\":[]}' >index.json"
    damaged "invalid" "sed -i 's/sha256:[0-9a-f]*/sha256:..\/..\/..\/..\/etc\/passwd/' index.json"
    damaged "invalid" "sed -i 's/docker.io.library.bb/..\/..\/etc/' index.json"
    # A link in the archive leads to nowhere outside it.
    damaged "is not whole" "rm $layer; ln -s $T/bb-outside $layer"
    damaged "neither index.json" "rm index.json manifest.json; ln -s /../../../../etc/passwd index.json"
    damaged "config" "rm index.json; echo '[{\"Config\":\"../../../../etc/passwd\",\"Layers\":[]}]' >manifest.json"
    damaged "config" "rm index.json; echo '[{\"Config\":\"$config\",\"Layers\":[]}]' >manifest.json; true"
    damaged "has the digest" "rm index.json; mv $layer x; tar -cf $layer oci-layout"
    rm -rf "$T/d"
}

@test "an archive with names that lead outside is refused" {
    elsewhere
    python3 - "$T/out.tar" <<'END'
import io, sys, tarfile
with tarfile.open(sys.argv[1], "w") as tar:
    for name in ("../../escaped", "oci-layout"):
        info = tarfile.TarInfo(name)
        info.size = 2
        tar.addfile(info, io.BytesIO(b"{}"))
END
    run there load -i "$T/out.tar"
    assert_status 1
    empty
    assert test ! -e "$T/escaped"
    run there load -i "$T/busybox/bin/busybox"
    assert_status 1
    run there load </dev/null
    assert_status 1
    run there load -i "$T/nowhere.tar"
    assert_status 1
    assert_has "$output" nowhere.tar
}

@test "an archive cut off anywhere is refused and leaves nothing" {
    local size at
    dhow save -o "$T/bb.tar" bb
    size=$(stat -c %s "$T/bb.tar")
    for at in 0 1 511 512 513 1536 100000 $((size / 2)) $((size - 4000)) $((size - 1024)); do
        elsewhere
        head -c "$at" "$T/bb.tar" >"$T/cut.tar"
        run there load -i "$T/cut.tar"
        [ "$at" = $((size - 1024)) ] || assert_status 1 || failed "cut at $at of $size"
        [ "$status" = 0 ] || empty
    done
}

@test "load and save killed at any point leave nothing, and work the next time" {
    local n at
    dhow save -o "$T/bb.tar" bb
    elsewhere
    there images >/dev/null
    n=$(sysfault --count -- dhow --root "$T/$THERE" --run-root "$T/$THERE-run" load -i "$T/bb.tar" 2>&1 >/dev/null | tail -1)
    there rmi bb >/dev/null
    for ((at = 1; at <= n; at += 1 + n / ${SWEEP_POINTS:-40})); do
        timeout 60 sysfault --at "$at" --kill-tree -- dhow --root "$T/$THERE" --run-root "$T/$THERE-run" load -i "$T/bb.tar" \
            >/dev/null 2>&1 || true
        if [ -n "$(there images -q)" ]; then
            assert_is "$(there run --rm bb echo whole)" whole || failed "killed at $at of $n"
            there rmi bb >/dev/null
        else
            assert there load -q -i "$T/bb.tar" || failed "after a kill at $at of $n"
            there rmi bb >/dev/null
        fi
        empty || failed "killed at $at of $n"
        assert_is "$(find "$T/$THERE/snapshot/incoming" -mindepth 1)" ""
    done
    echo old >"$T/kept.tar"
    n=$(sysfault --count -- dhow save -o "$T/saved.tar" bb 2>&1 >/dev/null | tail -1)
    for ((at = 1; at <= n; at += 1 + n / ${SWEEP_POINTS:-40})); do
        timeout 60 sysfault --at "$at" --kill-tree -- dhow save -o "$T/kept.tar" bb >/dev/null 2>&1 || true
        [ "$(cat "$T/kept.tar")" = old ] || assert cmp "$T/kept.tar" "$T/bb.tar" || failed "killed at $at of $n"
    done
}

@test "save to a full disk, to a reader that leaves, and to a terminal" {
    mkdir "$T/small"
    mount -t tmpfs -o size=1m "$ID" "$T/small"
    echo old >"$T/small/kept.tar"
    run dhow save -o "$T/small/kept.tar" bb
    local left
    left=$(cat "$T/small"/*)
    umount "$T/small"
    assert_status 1
    assert_has "$output" "No space left"
    assert_is "$left" old
    run bash -c "set -o pipefail; dhow save bb | head -c 1000 >/dev/null"
    assert_status 1
    assert_has "$output" "hung up"
    run terminal "" -- dhow save bb
    assert_has "$output" "cowardly refusing"
}

@test "a blob damaged on disk is not sent" {
    elsewhere
    dhow save bb | there load -q >/dev/null
    local blob
    blob=$(find "$T/$THERE/content/sha256" -size +500k)
    chmod u+w "$blob"
    printf X | dd of="$blob" bs=1 seek=5000 conv=notrunc 2>/dev/null
    run there save -o "$T/bad.tar" bb
    assert_status 1
    assert_has "$output" "damaged"
    assert test ! -e "$T/bad.tar"
}

@test "push ssh:// sends what the other side lacks, and what arrives is verified there" {
    local port key=$T/key
    ssh-keygen -q -t ed25519 -N '' -f "$key"
    ssh-keygen -q -t ed25519 -N '' -f "$T/hostkey"
    elsewhere
    mkdir -p "$T/sshbin"
    # What the other machine's PATH has: a dhow with a data root of its own.
    printf '#!/bin/sh\nexec "%s" --root "%s" --run-root "%s" "$@"\n' "$DHOW_BUILD/dhow" "$T/$THERE" "$T/$THERE-run" >"$T/sshbin/dhow"
    chmod +x "$T/sshbin/dhow"
    cp "$key.pub" "$T/authorized"
    chmod 600 "$T/authorized"
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    mkdir -p /run/sshd
    /usr/sbin/sshd -D -f /dev/null -o "HostKey=$T/hostkey" -o "ListenAddress=127.0.0.1:$port" -o "PidFile=$T/sshd.pid" \
        -o "AuthorizedKeysFile=$T/authorized" -o StrictModes=no -o UsePAM=no -o PermitRootLogin=yes \
        -o "SetEnv=PATH=$T/sshbin:/usr/bin:/bin" 3>&- >"$T/sshd.log" 2>&1 &
    local server=$!
    printf '#!/bin/sh\nexec ssh -q -i "%s" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "$@"\n' "$key" >"$T/ssh"
    chmod +x "$T/ssh"
    export DHOW_SSH=$T/ssh
    eventually bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
    run dhow push "ssh://root@127.0.0.1:$port" bb
    kill_server() { kill "$server"; wait "$server" || true; }
    [ "$status" = 0 ] || { kill_server; failed "$output" "$(cat "$T/sshd.log")"; }
    assert_is "$output" "Loaded image: bb:latest"
    assert_is "$(there images -q --no-trunc)" "$(id bb:latest)"
    assert_is "$(there run --rm bb echo sent)" sent
    # The second time nothing is sent but the documents that say so.
    run dhow push "ssh://root@127.0.0.1:$port" bb
    assert_is "$output" "Loaded image: bb:latest"
    run dhow push "ssh://root@127.0.0.1:$port" none
    assert_status 1
    assert_has "$output" "No such image: none"
    rm "$T/sshbin/dhow"
    run dhow push "ssh://root@127.0.0.1:$port" bb
    assert_status 1
    assert_has "$output" "there is no dhow on root@127.0.0.1"
    kill_server
    run dhow push "ssh://root@127.0.0.1:$port" bb
    assert_status 1
    assert_has "$output" "ssh to root@127.0.0.1 failed"
    local url
    for url in ssh:// ssh://-oProxyCommand=x "ssh://a b" "ssh://a;b" ssh://a:0 ssh://a:99999 "ssh://a/\$(x)"; do
        run dhow push "$url" bb
        assert_status 1
        assert_has "$output" "invalid address" || failed "$url"
    done
}

@test "pull and push name archives and layouts as podman and skopeo do" {
    elsewhere
    dhow tag bb ours/bb:9
    assert dhow push ours/bb:9 "oci-archive:$T/moved.tar"
    assert_is "$(there pull "oci-archive:$T/moved.tar")" "Loaded image: ours/bb:9"
    assert_is "$(there run --rm ours/bb:9 echo here)" here
    run there pull "oci-archive:$T/moved.tar:other:1"
    assert_status 1
    assert_has "$output" 'the archive has no image "other:1"'
    elsewhere
    assert_is "$(there pull "oci-archive:$T/moved.tar:ours/bb:9")" "Loaded image: ours/bb:9"
    skopeo copy -q "oci-archive:$T/moved.tar" "docker-archive:$T/docker.tar:a/b:c"
    elsewhere
    assert_is "$(there pull "docker-archive:$T/docker.tar")" "Loaded image: a/b:c"
    elsewhere
    run there pull "oci:$T/kinds:gzip"
    assert_status 0
    assert_is "$output" "Loaded image ID: $(jq -r '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "gzip").digest' \
        "$T/kinds/index.json")"
    run there pull oci:
    assert_status 1
    assert_has "$output" "which file"
    run there pull "oci:$T/nowhere"
    assert_status 1
    assert_has "$output" nowhere
    run dhow push bb "oci:$T/dir"
    assert_status 1
    assert_has "$output" "oci-archive"
    dhow rmi ours/bb:9
}

blob_of() { tar -xOf "$T/conv.tar" "blobs/sha256/${1#sha256:}"; }

@test "image convert compresses layers anew: the same files, in zstd, gzip or plain" {
    local how plain
    elsewhere
    there pull "oci:$T/kinds:multi" >/dev/null
    there tag "$(there images -q --no-trunc | head -1)" conv:orig
    plain=$(there image inspect -f '{{json .RootFS.Layers}}' conv:orig)
    for how in zstd none gzip; do
        run there image convert --compress "$how" conv:orig "conv:$how"
        assert_status 0
        assert_is "$(there image inspect -f '{{json .RootFS.Layers}}' "conv:$how")" "$plain"
        assert_is "$(there run --rm "conv:$how" echo "$how")" "$how"
        there save -o "$T/conv.tar" "conv:$how"
        assert_is "$(skopeo inspect --raw "oci-archive:$T/conv.tar" | jq -r .mediaType)" application/vnd.oci.image.index.v1+json
        assert_is "$(blob_of "$(blob_of "$(tar -xOf "$T/conv.tar" index.json | jq -r '.manifests[0].digest')" | jq -r '.manifests[0].digest')" |
            jq -r '.layers[0].mediaType')" "application/vnd.oci.image.layer.v1.tar$([ $how = none ] || echo "+$how")"
        assert skopeo copy -q --override-arch amd64 "oci-archive:$T/conv.tar" "dir:$T/conv.dir"
        rm -rf "$T/conv.dir"
    done
    # The same each time, and of one manifest alone, docker's too.
    assert_is "$(there image convert --compress gzip conv:orig conv:again)" "$(there images --no-trunc --format '{{.ID}}' conv:gzip)"
    there pull "oci:$T/kinds:docker" >/dev/null
    run there image convert "$(jq -r '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "docker").digest' "$T/kinds/index.json")" conv:docker
    assert_status 0
    assert_is "$(there run --rm conv:docker echo docker)" docker
    run there image convert --compress lzma conv:orig conv:no
    assert_status 1
    assert_has "$output" "gzip, zstd or none"
    run there image convert nothing conv:no
    assert_status 1
    assert_has "$output" "No such image: nothing"
}
