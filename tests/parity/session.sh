#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# session.sh ENGINE - a session with docker or dhow as users type it: each command, its exit status, what it said on both streams.
#
# Run by parity.bats with both engines in the same box; what is not the same by nature (ids, times, widths of columns, what follows
# a usage error) is made the same.
D=$1
export DHOW_ROOT=/var/lib/dhow DHOW_RUN_ROOT=/run/dhow

same() {
    sed -E 's/\bsha256:[0-9a-f]{64}\b/sha256:ID/g; s/\b[0-9a-f]{64}\b/ID64/g; s/\b[0-9a-f]{12}\b/ID12________/g
        s/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{8}(\.[0-9]+)?( ?[+-][0-9]{4} [A-Z]+|Z|[+-][0-9:]{5})?/TIME/g
        s/(Less than a second|About a minute|[0-9]+ seconds?) ago/NOW ago  /g; s/Up (Less than a second|[0-9]+ seconds?)/Up NOW/g
        s/ {3,}/   /g
        s/(^|[ "'\''`])docker( |:|$)/\1dhow\2/g; s/[Dd]ocker daemon/engine/g; s/Error response from daemon: //; s/^dhow: //; s/^Error: //
        s/^(Usage: |See .*--help|Run .*--help|[A-Z][a-z]+ .* container$).*//
        s/failed to create shim task: OCI runtime create failed: runc create failed: //; s/unable to start container process: //; s/: unknown\.?$//
        s/\.?$//; s/ +$//'
}

# try COMMAND-LINE - `D` in it is the engine.
try() {
    local status
    echo "### $1"
    timeout 30 bash -c "D() { $D \"\$@\"; }; $1" >/tmp/out 2>/tmp/err </dev/null
    status=$?
    [ $status = 0 ] || echo "exit $status"
    same </tmp/out
    same </tmp/err | grep -v '^$' | sed 's/^/! /'
}

rm -rf /nosuch /nosuch2 /tmp/parity*
while IFS= read -r line; do
    case $line in '' | '#'*) continue ;; esac
    try "$line"
done <"$(dirname "$0")/${2:-cases}"
