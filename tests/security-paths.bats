# SPDX-License-Identifier: Apache-2.0
# security-paths.bats — what an image or a volume holds never leads the runtime out of the container (S-1 … S-5).
load lib
load security/lib

# Both orders of filling the root: entered first (usual), and filled first (hooks): see `hooked`.
both_orders() {
    local name=$1
    shift
    "$@" "$name"
    hooked "$name"
    "$@" "$name"
}

# --- links in the image -------------------------------------------------------------------------------------------------

# The image's /dev leads to a directory of the host in several ways; nothing is mounted on it.
dev_is_a_link() {
    local name=$1 target=$2
    hostile "$name" '.mounts |= map(select(.destination | startswith("/dev") | not))'
    rm -rf "$T/$name/rootfs/dev"
    ln -s "$target" "$T/$name/rootfs/dev"
}

run_true() {
    inside "$1" /bin/true
    runtime delete -f "$ID-$1" 2>/dev/null || true
}

@test "CVE-2026-41579 CVE-2026-47766: /dev is a link to a host directory: nothing is made or removed there" {
    dev_is_a_link dev1 "$CANARY/tree"
    both_orders dev1 run_true
}

@test "CVE-2026-41579 CVE-2026-47766: /dev is a relative, a chained or a dangling link" {
    dev_is_a_link dev2 "../../../../../../../../..$CANARY/tree"
    both_orders dev2 run_true
    dev_is_a_link dev3 /first
    ln -s "/second/.." "$T/dev3/rootfs/first"
    ln -s "$CANARY/tree/directory" "$T/dev3/rootfs/second"
    both_orders dev3 run_true
    dev_is_a_link dev4 "$CANARY/tree/not-there"
    both_orders dev4 run_true
    [ ! -e "$CANARY/tree/not-there" ]
}

@test "CVE-2015-3627: standard devices and network files of the image are links to host files" {
    for mounts_dev in true false; do
        hostile links '.process.terminal = false'
        local root=$T/links/rootfs name
        echo of the engine >"$T/given"
        for name in dev/stdout dev/console dev/ptmx etc/hosts etc/hostname etc/resolv.conf; do
            rm -f "$root/$name"
            ln -s "$CANARY/tree/file" "$root/$name"
        done
        edit_config links '.mounts += [["hosts", "hostname", "resolv.conf"][] |
            {destination: ("/etc/" + .), type: "bind", source: $given, options: ["rbind", "rprivate"]}]
            | if $dev then . else .mounts |= map(select(.destination | startswith("/dev") | not)) end' \
            --arg given "$T/given" --argjson dev "$mounts_dev"
        both_orders links run_true
        rm -rf "$root/etc"
        ln -s "$CANARY/tree" "$root/etc" # where hosts is, but no resolv.conf
        both_orders links run_true
        rm -rf "$T/links"
    done
}

@test "CVE-2025-24965: a link, a hard link, a fifo where the runtime makes mount points, nodes and directories" {
    hostile planted '.process.cwd = "/cwd/below" | .mounts |= map(select(.destination | startswith("/dev") | not))
        | .mounts += [["file", "hard", "link"][] | {destination: ("/m/" + .), type: "bind", source: "'"$T/given"'",
            options: ["bind"]}]'
    local root=$T/planted/rootfs
    echo given >"$T/given"
    mkdir "$root/m"
    mkfifo "$root/m/file"
    ln "$CANARY/tree/file" "$root/m/hard" 2>/dev/null || echo other >"$root/m/hard"
    ln -s "$CANARY/tree/made-by-the-runtime" "$root/m/link"
    ln -s "$CANARY/tree" "$root/cwd" # and a directory is to be made in it
    mkfifo "$root/dev/null"
    ln -s "$CANARY/tree/made-by-the-runtime" "$root/dev/zero"
    both_orders planted run_true
    rm -f "$root/dev/null" "$root/dev/zero" # which were in the way
    edit_config planted 'del(.hooks)'
    both_orders planted run_true
    rm -f "$root/m/hard"
    [ ! -e "$CANARY/tree/made-by-the-runtime" ]
}

@test "CVE-2019-18837 CVE-2019-19921: /proc, /sys and /dev are links, files, fifos, dangling or loops" {
    local name what
    for name in proc sys dev; do
        for what in link file fifo dangling loop inside; do
            hostile odd
            rm -rf "${T:?}/odd/rootfs/$name"
            case $what in
            link) ln -s "$CANARY/tree/directory" "$T/odd/rootfs/$name" ;;
            file) echo >"$T/odd/rootfs/$name" ;;
            fifo) mkfifo "$T/odd/rootfs/$name" ;;
            dangling) ln -s /not/there "$T/odd/rootfs/$name" ;;
            loop) ln -s "$name" "$T/odd/rootfs/$name" ;;
            inside) ln -s tmp "$T/odd/rootfs/$name" ;;
            esac
            inside odd /bin/sh -c 'grep -c . /proc/mounts && insider files /proc | grep "^writable /proc/s"; echo end'
            # Refused, or everything is inside and as it must be.
            if [ "$status" = 0 ]; then
                assert_lacks "$output" writable
                [ $name = dev ] || failed "/$name is a $what and the container started"
            fi
            rm -rf --one-file-system "$T/odd"
        done
    done
}

@test "CVE-2015-3631 CVE-2019-16884: nothing is mounted inside a procfs, by whatever name" {
    hostile over
    ln -s /proc "$T/over/rootfs/v"
    mkdir -p "$T/over/rootfs/w"
    ln -s /proc/self "$T/over/rootfs/w/self"
    mkdir "$T/volume"
    local place
    for place in /proc /proc/ /proc/. //proc /proc/self/attr /proc/1 /proc/1/attr /proc/sys /proc/sys/kernel \
        /proc/self/fd /v /v/self/attr /w/self/attr /w/self /v/sys; do
        edit_config over '.mounts |= (map(select(.source != $volume)) + [{destination: $place, type: "bind",
            source: $volume, options: ["rbind"]}])' --arg place "$place" --arg volume "$T/volume"
        inside over /bin/true
        assert_failed
        assert_has "$output" proc
    done
    # A file of the list of those that may be replaced goes through; a directory of sysfs is the caller's affair.
    echo "MemTotal: 1 kB" >"$T/meminfo"
    edit_config over '.mounts |= (map(select(.source != $volume)) + [{destination: "/proc/meminfo", type: "bind",
        source: $file, options: ["bind", "ro"]}])' --arg volume "$T/volume" --arg file "$T/meminfo"
    inside over cat /proc/meminfo
    assert_status 0
    assert_is "$output" "MemTotal: 1 kB"
}

@test "CVE-2015-3629: mount targets that the container replaced by links lead nowhere at the next start" {
    hostile again '.mounts += [{destination: "/data/x", type: "bind", source: "'"$T/volume"'", options: ["rbind"]},
        {destination: "/etc/hosts", type: "bind", source: "'"$T/given"'", options: ["bind"]}]'
    mkdir -p "$T/volume"
    echo given >"$T/given"
    for _ in 1 2 3; do
        both_orders again run_true
        rm -rf "$T/again/rootfs/data" "$T/again/rootfs/etc/hosts"
        ln -s "$CANARY/tree" "$T/again/rootfs/data"
        ln -s "$CANARY/tree/new" "$T/again/rootfs/etc/hosts"
    done
    [ ! -e "$CANARY/tree/x" ] && [ ! -e "$CANARY/tree/new" ]
}

# --- moves while the container is made ----------------------------------------------------------------------------------

# The directory PATH of the image and a link to EVIL change places at one point; the canary is looked at in the end.
step_row() {
    local name=$1 path=$2 evil=$3
    local place=$T/$name/rootfs/$path
    mkdir -p "$place"
    ln -sfn "$evil" "$place.evil"
    local prepare="[ ! -L '$place' ] || exchange '$place' '$place.evil'; rm -rf '$place'/*"
    step "$name" "exchange '$place' '$place.evil'" "$prepare" \
        "started '$ID-$name' is_protected"
}

@test "CVE-2021-30465: a mount's parent becomes a link to the host at any system call" {
    PLAIN=1 hostile target '.mounts += [{destination: "/v/a/b", type: "tmpfs", source: "tmpfs", options: []},
        {destination: "/v/a/c", type: "tmpfs", source: "tmpfs", options: []}] | .process.args = ["sleep", "100"]'
    step_row target v/a "$CANARY/tree"
    hooked target
    step_row target v/a "$CANARY/tree"
}

@test "CVE-2024-45310: the parent of a mount point to be made becomes a link to the host at any system call" {
    PLAIN=1 hostile parent '.process.args = ["sleep", "100"] | .process.cwd = "/v/a/cwd"
        | .mounts += [{destination: "/v/a/one/two/file", type: "bind", source: "/dev/null", options: ["bind"]}]'
    step_row parent v/a "$CANARY/tree"
    hooked parent
    step_row parent v/a "$CANARY/tree"
}

@test "CVE-2015-3629: a volume's place becomes a link to the host at any system call" {
    PLAIN=1 hostile volume '.process.args = ["sleep", "100"]
        | .mounts += [{destination: "/v/a/x", type: "bind", source: "'"$T/shared"'", options: ["rbind"]}]'
    mkdir -p "$T/shared"
    hooked volume
    step_row volume v/a "$CANARY/tree"
}

@test "CVE-2019-19921 CVE-2023-27561 CVE-2023-28642 CVE-2025-54867: /proc becomes a link at any system call" {
    PLAIN=1 hostile swap '.process.args = ["sleep", "100"]'
    mkdir -p "$T/swap/rootfs/fake/sys/kernel" "$T/swap/rootfs/fake/self/attr"
    step_row swap proc /fake
}

# Rather than a link, another directory: the kernel lets the mount go with the directory that was moved.
@test "CVE-2019-19921 CVE-2023-27561 CVE-2023-28642 CVE-2025-54867: /proc is moved aside at any system call" {
    PLAIN=1 hostile aside '.process.args = ["sleep", "100"]'
    local root=$T/aside/rootfs
    mkdir -p "$root/other/sys/kernel" "$root/other/self/attr"
    : >"$root/other/marked"
    step aside "exchange '$root/proc' '$root/other'" "[ ! -e '$root/proc/marked' ] || exchange '$root/proc' '$root/other'" \
        "started '$ID-aside' is_protected"
}

sysctl_is_applied() {
    [ "$(nsenter -t "$PID" -i -- cat /proc/sys/kernel/msgmax)" = 12345 ] && echo applied
}
export -f sysctl_is_applied

@test "CVE-2025-52881 CVE-2025-62596: sysctls go into procfs or the start is refused, at any system call" {
    PLAIN=1 hostile decoy '.process.args = ["sleep", "100"] | .linux.sysctl = {"kernel.msgmax": "12345"}'
    local root=$T/decoy/rootfs
    mkdir -p "$root/fake/sys/kernel"
    ln -sfn /fake "$root/proc.evil"
    step decoy "exchange '$root/proc' '$root/proc.evil'" \
        "echo decoy >'$root/fake/sys/kernel/msgmax'; [ ! -L '$root/proc' ] || exchange '$root/proc' '$root/proc.evil'" \
        "started '$ID-decoy' sysctl_is_applied && [ \"\$(cat '$root/fake/sys/kernel/msgmax')\" = decoy ]"
}

@test "S-4 CVE-2019-16884: what is written to /proc goes through a procfs that was never attached anywhere" {
    need strace
    PLAIN=1 hostile traced '.process.args = ["true"] | .linux.sysctl = {"kernel.msgmax": "12345"}'
    # LeakSanitizer is a tracer itself, and a process can have one only.
    run env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" strace -f -qq -s 200 -o "$T/trace" -e trace=open,openat,openat2,fsopen,fsmount \
        "$RUNTIME" --root "$RUNTIME_ROOT" run -b "$T/traced" "$ID-traced"
    assert_status 0
    assert_matches "$(grep '"sys/kernel/msgmax"' "$T/trace")" \
        'openat2\([0-9]+, "sys/kernel/msgmax", \{.*O_WRONLY.*RESOLVE_NO_XDEV\|RESOLVE_NO_MAGICLINKS\|RESOLVE_BENEATH'
    # That descriptor is the newest fsmount before it.
    local fd
    fd=$(sed -n '/"sys\/kernel\/msgmax"/s/.*openat2(\([0-9]*\),.*/\1/p' "$T/trace")
    assert_matches "$(sed '/"sys\/kernel\/msgmax"/q' "$T/trace" | grep fsmount | tail -n 1)" "= $fd\$"
    assert_is "$(grep -E '"/proc/(sys|self|thread-self)/.*O_(WRONLY|RDWR)' "$T/trace")" ""
}

# --- masks and the console ----------------------------------------------------------------------------------------------

# A volume on /dev whose null is a link to a file of the container's own uts namespace, so that a runtime with the bug
# harms nobody: the mask would then be that file.
dev_volume() {
    PLAIN=1 hostile "$1" '.process.args = ["sleep", "100"]
        | .mounts |= map(select(.destination | startswith("/dev") | not))
        | .mounts += [{destination: "/dev", type: "bind", source: "'"$T/$1/dev"'", options: ["rbind"]}]'
    mkdir -p "$T/$1/dev"
}

is_protected() {
    protected "$PID"
}
export -f is_protected

masks_are_ours() {
    local path
    for path in keys kcore timer_list interrupts; do
        [ -e "/proc/$path" ] || continue
        [ "$(stat -c '%F %t:%T' "/proc/$PID/root/proc/$path")" = "character special file 1:3" ] ||
            { echo "/proc/$path is $(stat -c '%F %t:%T' "/proc/$PID/root/proc/$path")"; return 1; }
    done
    protected "$PID"
}
export -f masks_are_ours

@test "CVE-2025-31133 CVE-2025-62161: masks never use the container's /dev/null" {
    dev_volume null
    ln -s /proc/sys/kernel/domainname "$T/null/dev/null"
    if runtime run -d -b "$T/null" "$ID-null" >"$T/said" 2>&1; then
        PID=$(container_pid "$ID-null")
        export PID
        assert masks_are_ours
    fi
}

@test "CVE-2025-31133 CVE-2025-62161: /dev/null becomes a link at any system call" {
    dev_volume null2
    local dev=$T/null2/dev
    mknod "$dev/null" c 1 3
    ln -s /proc/sys/kernel/domainname "$dev/evil"
    step null2 "exchange '$dev/null' '$dev/evil'" "[ ! -L '$dev/null' ] || exchange '$dev/null' '$dev/evil'" \
        "started '$ID-null2' masks_are_ours"
}

# on_terminal NAME — runs the bundle on a terminal; its program says what /dev/console and its standard input are.
on_terminal() {
    run script -qec "'$RUNTIME' --root '$RUNTIME_ROOT' run -b '$T/$1' '$ID-$1'" /dev/null </dev/null
}
CONSOLE_AND_INPUT='["sh", "-c", "echo console $(stat -L -c %t:%T /dev/console), input $(stat -L -c %t:%T /proc/self/fd/0)"]'

@test "CVE-2025-52565: /dev/console is the terminal's own slave, whatever the image or a volume has in its place" {
    hostile console ".process.terminal = true | .process.args = $CONSOLE_AND_INPUT"
    ln -s /etc/hostname "$T/console/rootfs/dev/console"
    on_terminal console
    assert_status 0
    assert_has "$output" "console 88:0, input 88:0"
    # A volume on /dev, where the console is a link to a decoy of the image.
    dev_volume console2
    edit_config console2 ".process.terminal = true | .process.args = $CONSOLE_AND_INPUT
        | .mounts += [{destination: \"/dev/pts\", type: \"devpts\", source: \"devpts\",
            options: [\"nosuid\", \"noexec\", \"newinstance\", \"ptmxmode=0666\", \"mode=0620\"]}]"
    mkdir -p "$T/console2/dev/pts"
    ln -s /etc/hostname "$T/console2/dev/console"
    on_terminal console2
    if [ "$status" = 0 ]; then assert_has "$output" "console 88:0, input 88:0"; fi
    assert_is "$(cat "$T/console2/rootfs/etc/hostname")" test
}

@test "CVE-2025-52565: /dev/console becomes a link at any system call" {
    dev_volume console3
    local dev=$T/console3/dev
    edit_config console3 ".process.terminal = true | .process.args = $CONSOLE_AND_INPUT
        | .mounts += [{destination: \"/dev/pts\", type: \"devpts\", source: \"devpts\",
            options: [\"nosuid\", \"noexec\", \"newinstance\", \"ptmxmode=0666\", \"mode=0620\"]}]"
    mkdir -p "$dev/pts"
    : >"$dev/console"
    ln -s /etc/hostname "$dev/evil"
    export DECOY=$T/console3/rootfs/etc/hostname
    # Refused, the terminal, or (moved away after the last look at it) the decoy in the container's own files, untouched.
    step_on_terminal console3 "exchange '$dev/console' '$dev/evil'" \
        "[ ! -L '$dev/console' ] || exchange '$dev/console' '$dev/evil'; rm -f '$dev'/{ptmx,fd,std*,core}" \
        '[ "$(cat "$DECOY")" = test ] && [ "$(stat -c %a:%u:%g "$DECOY")" = 644:0:0 ] &&
            ! grep -E "console [1-79a-f][0-9a-f]*:" "$SWEEP_OUTPUT" && { [ "$SWEEP_N" != 0 ] || grep -q "console 88:0, input 88:0" "$SWEEP_OUTPUT"; }'
}
