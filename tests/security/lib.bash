# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# security/lib.bash — for tests/security-*.bats: each test inside the canary, races step by step, vulnerable peers.
#
# The rows of the regression list and what proves each stand in tests/security/README.md; a test is named after the CVE
# ids that it keeps fixed. `step` makes an attacker's move between two system calls of the runtime: a sample of the
# points here, all of them with SECURITY_STEPS=all (make torture). PEER=crun|runc turns the file into the proof that
# its tests can fail: RUNTIME is then a peer with the bug (tests/security/mutants/run).

setup() {
    CANARY=$T/canary
    export CANARY
    canary plant "$CANARY" --name "$ID-canary"
}

# A test that failed shows that first; the canary's word counts in both cases.
teardown() {
    local told
    for container in $(ls "$RUNTIME_ROOT" 2>/dev/null); do
        case $container in seccomp) ;; *) runtime delete -f "$container" >/dev/null 2>&1 ;; esac
    done
    told=$(canary verify "$CANARY" "${CANARY_OPTIONS[@]}") || printf '%s\n' "$told" >&2
    local is_unharmed=$?
    [ -z "$told" ] || is_unharmed=1
    canary clear "$CANARY"
    rm -rf --one-file-system "$CANARY"
    return $is_unharmed
}
CANARY_OPTIONS=()

# hostile NAME [JQ-EDIT] — a bundle with the attacker's program inside, and a root file system that nobody else uses.
hostile() {
    bundle "$@"
    cp "$TOOLS/insider" "$T/$1/rootfs/bin/insider"
}

# inside NAME COMMAND... — runs the bundle with this command; output and status are bats' own.
inside() {
    local name=$1
    shift
    edit_config "$name" '.process.args = $args' --argjson args "$(jq -nc '$ARGS.positional' --args -- "$@")"
    run runtime run -b "$T/$name" "$ID-$name"
}

# hooked NAME — the bundle once more, with a hook that makes the runtime fill the root before it enters it: the order in
# which a wrong path would still name the host's.
hooked() {
    edit_config "$1" '.hooks.createRuntime = [{"path": "/bin/true"}]'
}

# protected PID — wherever a procfs or sysfs lies in the process's mounts, its dangerous files are covered. Prints where
# they are.
protected() {
    awk -v host="$(cd /proc && ls -d sys sysrq-trigger irq bus fs 2>/dev/null | tr '\n' ' ')" \
        -v masked="$(cd /proc && ls -d kcore keys timer_list acpi scsi interrupts 2>/dev/null | tr '\n' ' ')" '
        function option(list, word) { return ("," list ",") ~ ("," word ",") }
        { type = ""; for (i = 7; i <= NF; i++) if ($i == "-") type = $(i + 1)
          kind[$5] = type; options[$5] = $6; root[$5] = $4 }
        END {
            n = split(host, ro, " "); m = split(masked, hidden, " ")
            for (point in kind) {
                base = point == "/" ? "" : point
                if (kind[point] == "sysfs" && root[point] == "/" && !option(options[point], "ro")) bad = bad " " point
                if (kind[point] != "proc" || root[point] != "/") continue
                places = places " " point
                for (i = 1; i <= n; i++)
                    if (!option(options[base "/" ro[i]], "ro")) bad = bad " " base "/" ro[i] ":rw"
                for (i = 1; i <= m; i++)
                    if (!(base "/" hidden[i] in kind) || kind[base "/" hidden[i]] == "proc") bad = bad " " base "/" hidden[i]
            }
            print "procfs at" (places == "" ? " none" : places) (bad == "" ? "" : ", open:" bad)
            exit bad != ""
        }' "/proc/$1/mountinfo"
}
export -f protected

# started ID COMMAND... — for a step's check: the command with $PID when the container runs, "refused" when it does not
# (which is bad for the unharmed run, point 0). Ends it in any case.
started() {
    local id=$1 result=0 pid
    shift
    pid=$("$RUNTIME" --root "$RUNTIME_ROOT" state "$id" 2>/dev/null | jq -r 'select(.status == "running").pid')
    if [ -n "$pid" ]; then
        PID=$pid "$@" || result=1
    else
        echo refused
        [ "${SWEEP_N:-0}" != 0 ] || result=1
    fi
    "$RUNTIME" --root "$RUNTIME_ROOT" delete -f "$id" >/dev/null 2>&1
    return $result
}
export -f started

# What of the runtime's calls can depend on what lies in the container's tree.
STEP_CALLS=openat,openat2,open_tree,move_mount,mount_setattr,mkdirat,mknodat,symlinkat,readlinkat,fchownat,fstat,statx
STEP_CALLS+=,newfstatat,fstatfs,statfs,write,mount,pivot_root,umount2,chdir,fchdir,fsmount,close_range,execve,ioctl

# sweep_moves MOVE PREPARE CHECK COMMAND... — MOVE at the system calls of the command, one run for each.
sweep_moves() {
    local move=$1 prepare=$2 check=$3 sample=(--sample "${SECURITY_SAMPLE:-16}" "${SECURITY_SEED:-1}")
    shift 3
    [ "${SECURITY_STEPS:-}" != all ] || sample=()
    run sweep --script "$move" --prepare "$prepare" --check "$check" --survivors detach --only "$STEP_CALLS" \
        "${sample[@]}" -- "$@"
    assert_status 0
    assert_has "$output" " 0 bad"
}

# step NAME MOVE PREPARE CHECK — the same for `run -d` of a bundle.
step() {
    sweep_moves "$2" "$3" "$4" "$RUNTIME" --root "$RUNTIME_ROOT" run -d -b "$T/$1" "$ID-$1"
}

# … and for `run` on a terminal.
step_on_terminal() {
    sweep_moves "$2" "$3" "$4" script -qec "'$RUNTIME' --root '$RUNTIME_ROOT' run -b '$T/$1' '$ID-$1'" /dev/null
}
