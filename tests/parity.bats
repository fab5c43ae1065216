#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# parity.bats - docker's words: the same session with docker 28 and with dhow, and what each said.

bats_require_minimum_version 1.5.0
load lib
load dropin

setup_file() {
    dhow_setup_file
    local root library
    root=$("$TESTS/bench/peers" movers 2>"$T/peers.log") || skip "no docker to compare with: $(cat "$T/peers.log")"
    box_up "$root" "$RUNTIME"
    mkdir "$T/bin"
    cp "$DHOW_BUILD"/dhow{,-monitor,-runtime,-transfer,-init} "$T/bin"
    cp -r "$TESTS/parity" "$T/parity"
    mkdir "$T/lib" # what the box may lack of what dhow-transfer links
    for library in $(ldd "$T/bin/dhow-transfer" | grep -o '/[^ ]*'); do cp -L "$library" "$T/lib"; done
    in_box sh -c 'for file in /T/lib/*; do [ -e "/usr/lib/x86_64-linux-gnu/$(basename "$file")" ] || cp "$file" /usr/lib/x86_64-linux-gnu; done'
    tar -C "$T/busybox" -cf "$T/busybox.tar" .
    daemon containerd containerd
    eventually in_box ctr version
    daemon dockerd dockerd --containerd /run/containerd/containerd.sock
    eventually in_box docker version
    # Its words are what dhow's are measured by: another release has others.
    [[ $(in_box docker version --format '{{.Client.Version}} {{.Server.Version}}') =~ ^28\..*\ 28\. ]] ||
        skip "docker $(in_box docker version --format '{{.Server.Version}}') is not docker 28"
    in_box docker import /T/busybox.tar busybox >/dev/null
    in_box /T/bin/dhow import /T/busybox.tar busybox >/dev/null
}

teardown_file() {
    box_down
    dhow_teardown_file
}

@test "a session has the same words and exit statuses with both" {
    in_box bash /T/parity/session.sh docker >"$T/docker.log"
    in_box bash /T/parity/session.sh /T/bin/dhow >"$T/dhow.log"
    cp "$T"/{docker,dhow}.log "${PARITY_KEEP:-$T}/" 2>/dev/null || :
    "$TESTS/parity/compare" "$T/docker.log" "$T/dhow.log" "$TESTS/parity/differences" >"$T/differs" || failed "$(cat "$T/differs")"
}
