# SPDX-License-Identifier: Apache-2.0
# nosys.bats — the runtime where a newer system call is missing: the same isolation by another road, or a clear refusal.
load lib

setup_file() {
    dhow_setup_file
    bundle b '.process.args = ["sh", "-c",
        "grep -E \"^(Uid|Gid|Groups|Cap.*|NoNewPrivs|Seccomp):\" /proc/self/status; cut -d\" \" -f4-6 /proc/self/mountinfo"]'
    runtime run -b "$T/b" "$ID-golden" >"$T/golden"
}

# without CALL — runs the bundle without that system call and judges what came of it.
without() {
    run nosys "$1" -- "$RUNTIME" --root "$RUNTIME_ROOT" run -b "$T/b" "$ID-n"
    runtime delete -f "$ID-n" >/dev/null 2>&1 || true
    if [ "$status" -eq 0 ]; then
        assert_is "${output//$ID-n/$ID-golden}" "$(cat "$T/golden")"
    else
        assert_matches "$output" "Function not implemented|$1"
    fi
}

@test "without one of the newer mount calls a container is as isolated, or refused" {
    for call in fsopen fsconfig fsmount open_tree move_mount mount_setattr; do
        without $call
    done
}

@test "without the newer path calls a container is as isolated, or refused" {
    for call in openat2 faccessat2 statx fchmodat2 execveat; do
        without $call
    done
}

@test "without the newer process calls a container is as isolated, or refused" {
    for call in clone3 pidfd_open pidfd_send_signal close_range memfd_create rseq; do
        without $call
    done
}
