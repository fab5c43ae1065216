# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# dhow.bash — for the bats files that use `dhow` itself: an image to start from, containers that are always cleared.
load lib

# The engine's runtime: the one under test, or Debian's runc where there is none yet.
[ -x "$RUNTIME" ] || RUNTIME=$(command -v runc)
export DHOW_RUNTIME=$RUNTIME

setup_file() {
    dhow_setup_file
    tar -C "$T/busybox" -c . | dhow import - bb >/dev/null
    # A shared cgroup parent is made by the first container of a machine; the ledger must not see it come.
    dhow run --rm bb true
}

teardown() {
    local id
    for id in $(timeout 60 dhow ps -aq 2>/dev/null); do timeout 60 dhow rm -f "$id" >/dev/null 2>&1 || true; done
}

# stdout COMMAND… — what it writes on standard output alone.
stdout() { "$@" 2>/dev/null; }
stderr() { "$@" 2>&1 >/dev/null; }
# state NAME FIELD — of inspect: Status, ExitCode, Pid …
state() { dhow inspect -f "{{.State.$2}}" "$1"; }
state_is() { [ "$(state "$1" Status)" = "$2" ]; }
no_monitor() { ! pgrep -f "dhow-monitor .*$DHOW_RUN_ROOT"; }
# What containers leave in the data root, the run root and the kernel; empty when there is nothing.
leftovers() {
    find "$DHOW_ROOT/containers" "$DHOW_RUN_ROOT/containers" "$DHOW_RUN_ROOT/runtime" -mindepth 1 -name '*seccomp' -prune -o \
        -mindepth 1 -print 2>/dev/null
    grep -e "$DHOW_ROOT" -e "$DHOW_RUN_ROOT" /proc/self/mounts
    # A monitor lets go of its lock a moment before it ends.
    eventually no_monitor >/dev/null 2>&1 || pgrep -f "dhow-monitor .*$DHOW_RUN_ROOT"
    return 0
}
