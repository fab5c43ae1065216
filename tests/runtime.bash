# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# runtime.bash — what the runtime-*.bats files share besides lib.bash.
#
# Containers are called $ID-NAME with the bundle $T/NAME. Those that outlive their command (started, created, made NAME)
# are removed by teardown, whatever state they are in.

load lib

# shellcheck disable=SC2034 # of lib.bash: no seccomp, no network namespace
PLAIN=1

# config NAME SHELL-TEXT [JQ-EDIT [JQ-OPTION…]] — a plain bundle (PLAIN='': as docker writes it) whose process is sh -c SHELL-TEXT.
config() {
    local name=$1 text=$2 edit=${3:-.} template=$T/config${PLAIN:+-plain}.json
    shift $(($# < 3 ? $# : 3))
    mkdir -p "$T/$name"
    [ -d "$T/$name/rootfs" ] || cp -a "$T/busybox" "$T/$name/rootfs"
    [ -e "$template" ] || "$TESTS/bundle.py" config ${PLAIN:+--plain} >"$template"
    jq --arg text "$text" --arg T "$T" "$@" ".linux.cgroupsPath = \"/$ID-$name\" | .process.args = [\"sh\", \"-c\", \$text] | $edit" \
        "$template" >"$T/$name/config.json"
}

# run_in NAME SHELL-TEXT [JQ-EDIT [JQ-OPTION…]] — runs such a container to its end; $output and $status are its.
run_in() {
    config "$@"
    run runtime run -b "$T/$1" "$ID-$1"
}

# created NAME — `create` of the bundle $T/NAME; the container's output goes to $T/NAME/output.
created() {
    made "$1"
    # Not through assert: the container would hold its pipe.
    runtime create -b "$T/$1" "$ID-$1" </dev/null >"$T/$1/output" 2>&1 3>&- || failed "create: $(cat "$T/$1/output")"
}

# started NAME [JQ-EDIT [JQ-OPTION…]] — a running container that sleeps; removed after the test.
started() {
    local name=$1
    shift
    config "$name" 'exec sleep 1000' "$@"
    created "$name"
    assert runtime start "$ID-$name"
}

# made NAME… — remember to remove it when the test ends.
made() {
    printf '%s\n' "$@" >>"$BATS_TEST_TMPDIR/made"
}

remove_made() {
    local name
    [ -f "$BATS_TEST_TMPDIR/made" ] || return 0
    while read -r name; do
        runtime delete --force "$ID-$name" >/dev/null 2>&1 || true
    done <"$BATS_TEST_TMPDIR/made"
}

teardown() { remove_made; }

# inside NAME COMMAND… — exec in a container.
inside() {
    local name=$1
    shift
    runtime exec "$ID-$name" "$@"
}

# ns PID TYPE — the identity of a namespace.
ns() {
    readlink "/proc/$1/ns/$2"
}
