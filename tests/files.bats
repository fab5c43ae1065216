# SPDX-License-Identifier: Apache-2.0
# files.bats — what containers made of their files: diff, export, commit.
load dhow

# A container that has changed something of every kind.
setup() {
    [ "$BATS_TEST_NUMBER" -lt 4 ] || return 0 # the others have containers of their own
    dhow run --name changed bb sh -c '
        echo new >/etc/new; echo more >>/etc/passwd; rm /bin/ls; chmod 4755 /bin/sh 2>/dev/null
        mkdir /added /added/below; ln -s ../new /added/link; echo a >/added/one; ln /added/one /added/two
        mkfifo /added/pipe; touch -d "2001-02-03 04:05:06" /added/one
        rm -r /var 2>/dev/null; mkdir -p /var; echo fresh >/var/fresh' >/dev/null
}

@test "diff says what was added, changed and deleted, and nothing of what dhow mounts" {
    run dhow diff changed
    assert_status 0
    local line
    for line in "A /added" "A /added/below" "A /added/link" "A /added/one" "A /added/two" "A /added/pipe" "C /bin" "D /bin/ls" \
        "C /etc" "A /etc/new" "C /etc/passwd"; do
        assert_has $'\n'"$output"$'\n' $'\n'"$line"$'\n'
    done
    assert_lacks "$output" /etc/hosts
    assert_lacks "$output" /proc
    assert_is "$output" "$(LC_ALL=C sort -k2 <<<"$output")"
    dhow create --name idle bb true >/dev/null
    assert_is "$(dhow diff idle)" ""
    dhow start idle >/dev/null && dhow wait idle >/dev/null
    assert_is "$(dhow diff idle)" ""
    run dhow diff nobody
    assert_status 1
    assert_has "$output" "No such container: nobody"
}

@test "export writes the container's tree: running, ended, and never started" {
    dhow export changed >"$T/changed.tar"
    mkdir "$T/tree"
    tar -C "$T/tree" --xattrs -xf "$T/changed.tar"
    assert_is "$(cat "$T/tree/etc/new" "$T/tree/var/fresh")" $'new\nfresh'
    assert_is "$(readlink "$T/tree/added/link")" ../new
    assert_is "$(stat -c %h "$T/tree/added/one")" 2
    assert_is "$(stat -c %y "$T/tree/added/one")" "2001-02-03 04:05:06.000000000 +0000"
    assert test -p "$T/tree/added/pipe"
    assert test ! -e "$T/tree/bin/ls"
    rm -rf "$T/tree"
    dhow create --name idle bb true >/dev/null
    assert_is "$(dhow export idle | tar -tf - | grep -c '^bin/ls$')" 1
    dhow run -d --name live bb sh -c 'echo here >/here; sleep 98765' >/dev/null
    eventually bash -c 'dhow export live | tar -tf - | grep -qx here'
    assert_is "$(dhow export -o "$T/live.tar" live; tar -xOf "$T/live.tar" here)" here
    # What an export gives, import takes.
    dhow export changed | dhow import - exported >/dev/null
    assert_is "$(dhow run --rm exported cat /etc/new)" new
}

@test "commit makes an image that others run, with what the container changed and how it ran" {
    run dhow commit -a "Ada <ada@example.com>" -m "why not" -c 'ENV B=2' -c 'CMD ["sh","-c","echo $B; cat /etc/new"]' changed made:1
    assert_status 0
    assert_matches "$output" '^sha256:[0-9a-f]{64}$'
    assert_is "$(dhow run --rm made:1)" $'2\nnew'
    assert_is "$(dhow run --rm made:1 sh -c 'ls /bin/ls /var 2>/dev/null; cat /var/fresh; stat -c %h /added/one')" \
        $'/var:\nfresh\nfresh\n2'
    dhow save made:1 >"$T/made.tar"
    assert_is "$(skopeo inspect --config "oci-archive:$T/made.tar" | jq -r '.author, .history[-1].comment, (.rootfs.diff_ids | length)')" \
        $'Ada <ada@example.com>\nwhy not\n2'
    # The layer says by .wh. what went, as others expect it.
    mkdir "$T/layout"
    tar -C "$T/layout" -xf "$T/made.tar"
    local layer
    layer=$(jq -r '.[0].Layers[-1]' "$T/layout/manifest.json")
    assert_is "$(tar -tzf "$T/layout/$layer" | grep -c '^bin/.wh.ls$')" 1
    assert umoci unpack --rootless --image "$T/layout:1" "$T/unpacked"
    assert test ! -e "$T/unpacked/rootfs/bin/ls"
    assert_is "$(cat "$T/unpacked/rootfs/var/fresh")" fresh
    rm -rf "$T/layout" "$T/unpacked"
}

@test "commit of a container that runs pauses it, and it goes on" {
    dhow run -d --name live bb sh -c 'i=0; while :; do i=$((i + 1)); echo $i >/count; sleep 0.01; done' >/dev/null
    assert dhow commit live made:2
    local before
    before=$(dhow exec live cat /count)
    eventually bash -c "[ \$(dhow exec live cat /count) -gt $before ]"
    assert dhow commit --no-pause live made:3
    run dhow commit live 'Bad Name'
    assert_status 1
    run dhow commit -c 'RUN x' live made:4
    assert_status 1
    assert_has "$output" RUN
    dhow exec live true
}

@test "commit killed at any point: the container goes on, no image is there in part" {
    dhow run -d --name live bb sh -c 'while :; do date +%s%N >/now; sleep 0.1; done' >/dev/null
    local n at before
    n=$(sysfault --count -- dhow commit live made:5 2>&1 >/dev/null | tail -1)
    for ((at = 1; at <= n; at += 1 + n / ${SWEEP_POINTS:-12})); do
        dhow rmi made:5 >/dev/null 2>&1 || true
        timeout 60 sysfault --at "$at" --kill-caller --survivors detach -- dhow commit live made:5 >/dev/null 2>&1 || true
        before=$(timeout 20 dhow exec live cat /now) || failed "killed at $at of $n: the container does not answer"
        eventually bash -c "[ \$(dhow exec live cat /now) != $before ]" || failed "killed at $at of $n: it does not go on"
        if dhow images --format '{{.Repository}}:{{.Tag}}' | grep -qx made:5; then
            assert_is "$(dhow run --rm made:5 echo whole)" whole || failed "killed at $at of $n"
        fi
    done
}

@test "mount shows a container's files to the host, until it starts or goes" {
    local place
    dhow run --name idle bb sh -c 'echo written >/file' >/dev/null
    place=$(dhow mount idle)
    assert_is "$(cat "$place/file")" written
    assert_is "$(dhow mount idle)" "$place" # a second time changes nothing
    assert_is "$(grep -c " $place " /proc/self/mountinfo)" 1
    echo host >"$place/from-host"
    assert_is "$(dhow unmount idle)" idle
    assert_is "$(ls -A "$place")" ""
    dhow mount idle >/dev/null
    assert_is "$(dhow start -a idle; dhow export idle | tar -xOf - from-host)" host
    dhow run -d --name live bb sleep 98765 >/dev/null
    assert test -e "$(dhow mount live)/bin/busybox"
    run dhow unmount live
    assert_status 1
    assert_has "$output" "is running"
    dhow mount idle >/dev/null
    dhow rm idle >/dev/null
    assert_is "$(grep -c " $place " /proc/self/mountinfo)" 0
}

@test "image mount, unmount, exists and diff" {
    local place
    assert dhow image exists bb
    run dhow image exists nothing
    assert_status 1
    assert_is "$output" ""
    place=$(dhow image mount bb)
    assert test -e "$place/bin/busybox"
    run bash -c "echo x >'$place/bin/busybox'"
    assert_status 1
    run dhow rmi bb
    assert_status 1
    assert_has "$output" "is mounted at $place"
    dhow image prune -af >/dev/null
    assert test -e "$place/bin/busybox"
    assert_is "$(dhow image unmount bb)" bb
    assert test ! -e "$place"
    run dhow image unmount bb
    assert_status 1
    assert_has "$output" "is not mounted"
    dhow run --name once bb sh -c 'echo 1 >/one; rm /bin/ls' >/dev/null
    dhow commit once layered >/dev/null
    run dhow image diff layered
    assert_has "$output" "A /one"
    assert_has "$output" "D /bin/ls"
    assert_has "$(dhow image diff bb)" "A /bin/busybox"
    dhow rm once >/dev/null
    dhow rmi layered >/dev/null
}

@test "images --tree shows platforms, and what of them is here" {
    "$TESTS/tools/make-image" kinds "$T/kinds" "$T/busybox"
    local id
    id=$(dhow pull "oci:$T/kinds:multi")
    dhow tag "${id##* }" many:tree
    run dhow images --tree
    assert_status 0
    assert_matches "${lines[0]}" '^IMAGE +ID +DISK USAGE +CONTENT SIZE +EXTRA'
    assert_has "$output" many:tree
    assert_has "$output" "├─ linux/"
    assert_has "$output" "└─ linux/"
    assert_lacks "$output" "unknown/unknown"
    run dhow images --tree -q
    assert_status 1
    dhow rmi many:tree
}
