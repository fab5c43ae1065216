#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# archive-layers.bats — random stacks of layers are, through overlayfs, what the image specification says they are.
#
# 200 stacks here; LAYER_STACKS=N for N of them (make torture). The model is in archive/layers.py.

bats_require_minimum_version 1.5.0
load lib

setup_file() {
    dhow_setup_file
}

teardown_file() {
    dhow_teardown_file
}

@test "whiteouts, opaque directories, replaced and shared files of random stacks are as the model has them" {
    mkdir "$T/stacks"
    run unshare -m --propagation private python3 "$TESTS/archive/layers.py" 0 "${LAYER_STACKS:-200}" "$T/stacks"
    assert_status 0
    assert_has "$output" " 0 wrong"
}
