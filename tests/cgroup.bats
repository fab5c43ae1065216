#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cgroup.bats — the cgroup module against real kernels: this machine's cgroups, virtual machines' v1, v2 and systemd.

load lib

setup() {
    script=$BATS_TEST_TMPDIR/script
    printf '#!/bin/sh\nexec ./kernel\n' >"$script"
}

# in_machine FLAVOUR PROGRAM [FILE...] — runs the script there, which runs the program; shows what it says when it fails.
in_machine() {
    local flavour=$1 program=$2
    shift 2
    if ldd "$program" >/dev/null 2>&1; then skip "built with a sanitizer: not static, and the machine has no libraries"; fi
    run "$TESTS/vm/run" "$flavour" "$script" "$program" "$@"
    assert_status 0
}

@test "cgroup: limits, devices, freezing and killing do what they say on this machine" {
    run "$DHOW_BUILD/tests/cgroup/kernel" "/dhow-test-$ID"
    assert_status 0
}

@test "cgroup: the same on v2 with all controllers" {
    in_machine mini "$DHOW_BUILD/tests/cgroup/kernel"
    assert_is "$(grep -c '^ok' <<<"$output")" 14
    assert_lacks "$output" "# skip"
}

@test "cgroup: the same on v1 with all controllers" {
    export VM_CGROUP=v1
    in_machine mini "$DHOW_BUILD/tests/cgroup/kernel"
    assert_is "$(grep -c '# skip no v2' <<<"$output")" 5
}

@test "cgroup: the systemd driver starts, changes and stops scopes, root's and a user's" {
    cat >"$script" <<'S'
#!/bin/bash
set -e
./scope /dhow-test-scope
useradd -m -u 1000 user
systemctl start user@1000.service
chmod 755 /job /job/*
export XDG_RUNTIME_DIR=/run/user/1000
setpriv --reuid 1000 --regid 1000 --clear-groups systemd-run --quiet --user --scope ./scope /dhow-test-scope
S
    in_machine systemd "$DHOW_BUILD/tests/cgroup/scope" "$DHOW_BUILD/dhow-systemd-cgroup"
    assert_is "$(grep -c '^ok' <<<"$output")" 8
    assert_lacks "$output" "# skip"
}

@test "cgroup: the systemd driver on v1, with controllers that share a hierarchy" {
    printf '#!/bin/sh\n./scope /dhow-test-scope && ./kernel\n' >"$script"
    export VM_APPEND="systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1"
    in_machine systemd "$DHOW_BUILD/tests/cgroup/scope" "$DHOW_BUILD/dhow-systemd-cgroup" "$DHOW_BUILD/tests/cgroup/kernel"
    assert_is "$(grep -c '^ok' <<<"$output")" 18
    assert_is "$(grep -c '# skip no v2' <<<"$output")" 5
}
