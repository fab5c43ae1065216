#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# debian.bats - a real image: Debian, python3 and PostgreSQL in three layers, half a gigabyte in 15,000 files, whiteouts included.

bats_require_minimum_version 1.5.0
load lib
load registry

setup_file() {
    dhow_setup_file
    need docker-registry mmdebstrap
    local layers
    layers=$("$TESTS/tools/debian-layers" test 2>"$T/layers.log") || failed "no Debian: $(cat "$T/layers.log")"
    make-image build "$T/layout" pg --compress fast --cmd bash -- "$layers"/{debian,python3,postgresql}.tar
    registry_up plain
    make-image push "$T/layout" pg "$(registry plain)/pg:1"
    export LAYERS=$layers PG=$(registry plain)/pg:1
    # On a tmpfs: ext4 looks long for inodes where thousands have just been deleted.
    mkdir "$T/stores"
    mount -t tmpfs -o mode=755 tmpfs "$T/stores"
    oracle
    dhow run --rm --network none hello >/dev/null
}

teardown_file() {
    registry_down_all
    ! mountpoint -q "$T/stores" || umount "$T/stores"
    dhow_teardown_file
}

setup() {
    export DHOW_ROOT=$T/stores/$BATS_TEST_NUMBER DHOW_RUN_ROOT=$T/run-$BATS_TEST_NUMBER
}

teardown() { rm -rf --one-file-system "$DHOW_ROOT"; }

# The files of the image as GNU tar unpacks its layers one over the other, whiteouts applied: an oracle that is not ours.
oracle() {
    local layer root=$T/stores/oracle
    mkdir "$root"
    for layer in debian python3 postgresql; do
        tar -tf "$LAYERS/$layer.tar" | grep '/\.wh\.[^/]*$' | grep -v '/\.wh\.\.wh\.' | sed 's,/\.wh\.\([^/]*\)$,/\1,' |
            (cd "$root" && xargs -r -d '\n' rm -rf)
        tar -C "$root" --numeric-owner --exclude='.wh.*' -xpf "$LAYERS/$layer.tar"
    done
    mkdir -p "$root/proc"
    chroot "$root" sh -c "$LISTING" | sort >"$T/want"
    rm -rf --one-file-system "$root"
}

# Kind, mode, owner, size, time and target of everything but what an engine puts there, and the content of all files.
LISTING='cd / && find . \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./etc/hosts -o -path ./etc/hostname -o -path ./etc/resolv.conf \) -prune \
    -o -type d -printf "%p d %m %U:%G\n" -o -type l -printf "%p l %U:%G %l\n" -o -printf "%p %y %m %U:%G %s %T@ %n\n" &&
    find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./etc/hosts -o -path ./etc/hostname -o -path ./etc/resolv.conf \) -prune \
    -o -type f -print0 | xargs -0 sha256sum'

# whole - the image as a container sees it is what the oracle says.
whole() {
    dhow run --rm --network none "$PG" sh -c "$LISTING" | sort >"$T/got"
    diff "$T/want" "$T/got" >"$T/differs" || failed "$(wc -l <"$T/differs") lines differ:" "$(head -5 "$T/differs")"
}

partial() { grep -c '/blobs/sha256:[0-9a-f]* HTTP/1.[01]" 206' "$T/registry-plain/log" || :; }

@test "it is pulled, whole to the last file, and its programs run" {
    assert dhow pull -q "$PG"
    whole
    run dhow run --rm --network none "$PG" python3 -c 'print(sum(range(10)))'
    assert_is "$output" 45
    run dhow run --rm --network none "$PG" sh -c 'ls /usr/lib/postgresql/*/bin/postgres && /usr/lib/postgresql/*/bin/postgres --version'
    assert_status 0
    assert_has "$output" "postgres (PostgreSQL)"
}

@test "a database is made and asked in it" {
    dhow pull -q "$PG"
    run timeout 50 dhow run --rm --network none --user postgres "$PG" sh -ec '
        bin=$(echo /usr/lib/postgresql/*/bin); export LC_ALL=C
        $bin/initdb -D /tmp/db >/dev/null
        $bin/pg_ctl -D /tmp/db -o "-k /tmp -h \"\"" -l /tmp/log -w start >/dev/null
        psql -h /tmp -d postgres -Atc "select 6*7"
        $bin/pg_ctl -D /tmp/db -m fast -w stop >/dev/null'
    assert_status 0
    assert_is "${lines[-1]}" 42
}

@test "saved, loaded elsewhere, it is whole" {
    dhow pull -q "$PG"
    dhow save -o "$T/stores/saved.tar" "$PG"
    local first=$DHOW_ROOT
    export DHOW_ROOT=$T/stores/loaded
    assert dhow load -q -i "$T/stores/saved.tar"
    rm "$T/stores/saved.tar"
    rm -rf --one-file-system "$first"
    whole
}

@test "a pull that is killed again and again, dhow or its helper, goes on where it stopped" {
    local i pid before
    before=$(partial)
    for ((i = 0; i < 6; i++)); do
        dhow pull -q "$PG" >"$T/out" 2>&1 3>&- &
        pid=$!
        sleep "0.$((RANDOM % 6 + 1))"
        if [ $((i % 2)) = 0 ]; then
            kill -9 $pid 2>/dev/null || :
        else
            pkill -9 -P $pid dhow-transfer || :
        fi
        wait $pid || :
    done
    assert dhow pull -q "$PG"
    whole
    [ "$(partial)" -gt "$before" ] || failed "no blob was resumed"
    assert_is "$(find "$DHOW_ROOT/snapshot/incoming" "$DHOW_ROOT/content/ingest" -mindepth 1 2>/dev/null)" ""
}

@test "a registry that goes away and comes back is waited for" {
    dhow pull -q "$PG" >"$T/out" 2>&1 3>&- &
    local pid=$!
    sleep 0.3
    registry_down plain
    sleep 0.3
    registry_start plain
    wait $pid || failed "$(cat "$T/out")"
    whole
}

@test "three pulls at once" {
    local i pids=()
    for i in 1 2 3; do
        dhow pull -q "$PG" >"$T/out-$i" 2>&1 3>&- &
        pids+=($!)
    done
    for i in 1 2 3; do wait "${pids[$((i - 1))]}" || failed "$(cat "$T/out-$i")"; done
    whole
}

@test "pushed elsewhere it is the same image, and comes back whole" {
    dhow pull -q "$PG"
    dhow tag "$PG" "$(registry plain)/copy:1"
    assert dhow push -q "$(registry plain)/copy:1"
    rm -rf --one-file-system "$DHOW_ROOT"
    dhow pull -q "$(registry plain)/copy:1"
    PG=$(registry plain)/copy:1 whole
}
