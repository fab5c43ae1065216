# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# lib.bash — what every bats file loads: the build's programs, a private place, bundles, assertions, the leak check.
#
#     load lib
#     @test "start runs the process" {
#         bundle b '.process.args = ["echo", "hello"]'
#         run runtime run -b "$T/b" "$ID-1"
#         assert_status 0
#         assert_is "$output" hello
#     }
#
# Each test file gets a directory $T (mktemp, removed at the end) and a name $ID that no other run has. Whatever a
# test makes outside $T (a container's id, a cgroup, a network, an abstract socket) has $ID in its name: at the end of
# the file the ledger (tests/tools/ledger) looks for everything on the machine that names $ID or $T, and the file fails
# when something is left. A file that needs its own setup_file or teardown_file calls dhow_setup_file and
# dhow_teardown_file in them. Environment: DHOW_BUILD (default build/release), RUNTIME (default that build's
# dhow-runtime; crun and runc work).

TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=$(dirname "$TESTS")
DHOW_BUILD=${DHOW_BUILD:-$REPO/build/release}
TOOLS=$DHOW_BUILD/tools
RUNTIME=${RUNTIME:-$DHOW_BUILD/dhow-runtime}
PATH=$DHOW_BUILD:$TOOLS:$TESTS/tools:$PATH
export TESTS REPO DHOW_BUILD TOOLS RUNTIME PATH

dhow_setup_file() {
    # The end keeps one file's name from being the beginning of another's.
    ID=${DHOW_TEST_RUN:-dhowtest$$}-$(basename "$BATS_TEST_FILENAME" .bats)-t
    T=$(mktemp -d "/tmp/$ID.XXXXXX")
    DHOW_ROOT=$T/root DHOW_RUN_ROOT=$T/run RUNTIME_ROOT=$T/runtime
    export ID T DHOW_ROOT DHOW_RUN_ROOT RUNTIME_ROOT
    # An engine that listens or a hook that runs must not see the developer's own settings.
    export DHOW_DOCKER_CONFIG=$T/no-such-daemon.json
    unset DHOW_HOST DOCKER_HOST XDG_RUNTIME_DIR
    ledger before "$T/ledger" --scope "$ID"
    "$TESTS/bundle.py" rootfs "$T/busybox"
}

# Fails when something that names $ID is left; then ends and removes it, so that one failure stays one failure.
dhow_teardown_file() {
    local left device table
    # The data roots go, and with them the bridges of their default networks: the alias says whose it is.
    for device in $(grep -lsF " $T/" /sys/class/net/dhow*/ifalias | cut -d/ -f5); do
        ip link delete "$device"
    done
    # … and their tables in the packet filter: the comment says whose it is.
    for table in $(nft list tables inet 2>/dev/null | sed -n 's/^table inet \(dhow-.*\)/\1/p'); do
        if nft list table inet "$table" | grep -qF "dhow's of $T/"; then nft delete table inet "$table"; fi
    done
    if ! left=$(ledger after "$T/ledger" --settle "${DHOW_SETTLE:-5}"); then
        ledger sweep --scope "$ID"
        rm -rf --one-file-system "$T"
        printf 'left behind by %s:\n%s\n' "$(basename "$BATS_TEST_FILENAME")" "$left" | tee /dev/fd/3 >&2
        return 1
    fi
    rm -rf --one-file-system "$T"
}

setup_file() { dhow_setup_file; }
teardown_file() { dhow_teardown_file; }

# --- bundles -------------------------------------------------------------------------------------------------------

# bundle NAME [JQ-EDIT] — $T/NAME with its own busybox rootfs and a config.json as docker writes it (all namespaces,
# seccomp, device rules); cgroupsPath is /$ID-NAME. Set PLAIN=1 to leave out seccomp and the network namespace.
bundle() {
    local name=$1 edit=${2:-.}
    mkdir -p "$T/$name"
    [ -d "$T/$name/rootfs" ] || cp -a "$T/busybox" "$T/$name/rootfs"
    "$TESTS/bundle.py" config ${PLAIN:+--plain} >"$T/$name/config.json"
    edit_config "$name" ".linux.cgroupsPath = \"/$ID-$name\" | $edit"
}

# edit_config NAME JQ-EDIT [JQ-OPTION...] — change $T/NAME/config.json in place.
edit_config() {
    local file=$T/$1/config.json edit=$2
    shift 2
    jq "$@" "$edit" "$file" >"$file.new" && mv "$file.new" "$file"
}

# runtime ARGS… — the OCI runtime under test with a state directory of its own.
runtime() {
    "$RUNTIME" --root "$RUNTIME_ROOT" "$@"
}

# delete_all — every container of this file's runtime, whatever state it is in.
delete_all() {
    local id
    for id in $(runtime list -q 2>/dev/null); do runtime delete -f "$id" || :; done
}

# A container's pid, read with state. Fails when there is no such container.
container_pid() {
    runtime state "$1" | jq -e .pid
}

container_status() {
    runtime state "$1" 2>/dev/null | jq -r .status
}

# need PROGRAM… — skip when something that this machine may lack is not there. Never for our own programs.
need() {
    local program
    for program; do
        command -v "$program" >/dev/null || skip "$program is not installed"
    done
}

# --- assertions: say what was got and what was wanted --------------------------------------------------------------

failed() {
    printf '%s\n' "$@" >&2
    return 1
}

assert_is() {
    [ "$1" = "$2" ] || failed "got:  $1" "want: $2"
}

assert_has() {
    [[ $1 == *"$2"* ]] || failed "got:  $1" "want in it: $2"
}

assert_lacks() {
    [[ $1 != *"$2"* ]] || failed "got:  $1" "must not be in it: $2"
}

assert_matches() {
    [[ $1 =~ $2 ]] || failed "got:  $1" "want a match of: $2"
}

# assert_status N — of the last `run`.
assert_status() {
    [ "$status" -eq "$1" ] || failed "exit status $status, want $1" "output: $output"
}

assert_failed() {
    [ "$status" -ne 0 ] || failed "succeeded, must fail" "output: $output"
}

# assert COMMAND… — the command succeeds; its output is shown when it does not.
assert() {
    local out
    out=$("$@" 2>&1) || failed "failed ($?): $*" "$out"
}

# refute COMMAND… — the command fails.
refute() {
    local out
    if out=$("$@" 2>&1); then failed "succeeded, must fail: $*" "$out"; fi
}

# eventually COMMAND… — polls until the command succeeds; a generous deadline stands for "never".
eventually() {
    local i
    for ((i = 0; i < 300; i++)); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.05
    done
    failed "still failing after 15 seconds: $*" "$("$@" 2>&1)"
}

status_is() {
    [ "$(container_status "$1")" = "$2" ]
}
