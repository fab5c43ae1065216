#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# registry-faults.bats - registries that stall, cut, lie, refuse and send elsewhere: all of it whole, or a clean failure that says so.
#
# The scenarios and what must come of each stand in tests/tools/fakereg_scenarios.py; `make torture` tries all of them, all stalls too.

load lib
load registry

setup_file() {
    dhow_setup_file
    make-image kinds "$T/kinds" "$T/busybox"
    test_ca
    export DHOW_CONFIG=$T/dhow.json
}

# scenarios ATTEMPTS OPTION... - docker makes five attempts; fewer are quicker.
scenarios() {
    echo "{\"max-download-attempts\": $1, \"registry-stall-seconds\": 1}" >"$T/dhow.json"
    shift
    try-scenarios --dir "$T/try-$BATS_TEST_NUMBER" --layout "$T/kinds" --tls "$T/ca/server.crt" "$T/ca/server.key" --jobs 12 --deadline 40 "$@" \
        >"$T/out" 2>&1 || failed "$(cat "$T/out")"
}

@test "the line is cut once, at each byte class: the pull goes on" {
    scenarios 4 --verb pull '.*-(close|reset)-once' layer-cut-thrice
}

@test "the line stalls, once and always" {
    # The others are torture's.
    scenarios 2 --verb pull --needs stall --jobs 24 '(manifest|layer)-(status-0|headers|body-half)-hang-(once|always)' layer-drip-slow
}

@test "the line is always cut: the pull gives up and names the registry" {
    scenarios 2 --verb pull '(manifest|config|layer)-.*-(close|reset)-always'
}

@test "5xx, 429 and refusals" {
    scenarios 3 --verb pull '(manifest|config|layer)-[0-9]{3}.*'
}

@test "lengths, framing and headers that are wrong" {
    scenarios 2 --verb pull '.*-(length|chunked|header|http|no-reason|garbage|status-words|early|gzip|shorter|longer|drip).*'
}

@test "content that is not what its digest says, and ranges that are not what was asked" {
    scenarios 2 --verb pull '.*(flipped|empty|-digest-|range-).*' tag-moves manifest-no-type manifest-not-json
}

@test "redirects: followed where they may be, without credentials" {
    scenarios 2 --verb pull '.*redirect.*'
}

@test "digests and media types that are malformed or contradict each other" {
    scenarios 2 --verb pull 'digest-.*' 'type-.*' 'polyglot.*'
}

@test "documents that are too large, too deep, or nonsense" {
    scenarios 2 --verb pull 'layers-.*' 'entries-.*' 'config-1g.*' 'layer-1t' 'size-.*' 'depth.*' 'manifest-5m' 'index-.*' not-for-us trailing-json 'schema.*'
}

@test "authorization servers that fail, lie or are somewhere else" {
    scenarios 2 --verb pull 'auth-.*' 'token-.*' 'realm-.*' 'challenge-.*' 'ping-.*'
}

@test "pushes through all of it" {
    scenarios 2 --verb push
}
