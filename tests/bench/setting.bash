# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# setting.bash - where tests/bench/run and tests/bench/where measure: a private mount namespace with everything in one place.
#
# Sourced as root. Gives
#   $work          a tmpfs: bundles, the runtimes' state, the compiled filter; gone with the namespace
#   $sid           a mount namespace (/proc/PID/ns/mnt) with Debian sid as root and the same $work, or nothing
#   $floor         the floor's command line up to the container's command, $pair the measuring program
#   command_of NAME   the command line of a runtime up to its verb: ours, crun, runc (this host's), sid-crun, sid-runc
#   bundle_make NAME ARGS... | bundle NAME   a bundle as docker would write it
#
# On a hybrid host crun refuses cgroup v1 while an empty v2 hierarchy is mounted beside it: here, in this namespace only,
# /sys/fs/cgroup is made anew without `unified`. Debian sid's programs run by setns, not chroot, so that nothing is added to their time.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tests=$(dirname "$here")
build=${DHOW_BUILD:-$(dirname "$tests")/build/release}

die() { echo "$(basename "$0"): $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || die "needs root"
if [ -z "${BENCH_INSIDE:-}" ]; then
    BENCH_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
fi

compile() {
    mkdir -p "$build/bench"
    for name in pair floor; do
        [ "$build/bench/$name" -nt "$here/$name.c" ] ||
            cc -std=gnu2x -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -o "$build/bench/$name" "$here/$name.c" || exit
    done
    cp "$build/bench/floor" "$build/bench/floor-lean"
    "$tests/../tools/lean-start" "$build/bench/floor-lean"
    "$here/filter" "$tests/data/seccomp-docker.json" "$work/docker.bpf" || die "cannot compile the seccomp profile"
}

cgroup_v1_only() {
    local from name
    mkdir "$work/cgroup"
    mount -t tmpfs -o mode=755 tmpfs "$work/cgroup"
    for from in /sys/fs/cgroup/*/; do
        name=$(basename "$from")
        if [ -e "$from/tasks" ]; then
            mkdir "$work/cgroup/$name" && mount --bind "$from" "$work/cgroup/$name"
        fi
    done
    mount --move "$work/cgroup" /sys/fs/cgroup
}

# A process that holds the mount namespace in which Debian sid is the root.
sid_enter() {
    local root ready=$work/sid.ready
    root=$("$here/peers") || { echo "(no peers of today: $root)" >&2; return 0; }
    mkfifo "$ready"
    unshare --mount --propagation private bash -c '
        root=$1 work=$2 ready=$3
        mount --bind "$root" "$root" && cd "$root" || exit
        mount -t proc proc proc && mount --rbind /sys sys && mount --rbind /dev dev && mount -t tmpfs tmpfs run || exit
        mkdir -p ".$work" && mount --rbind "$work" ".$work" || exit
        pivot_root . mnt && cd / && umount -l mnt || exit
        exec 3>"$ready" && echo yes >&3; exec 3>&-
        exec sleep infinity' sid "$root" "$work" "$ready" &
    sid_pid=$!
    read -r -t 10 _ <>"$ready" || die "cannot enter $root"
    sid=/proc/$sid_pid/ns/mnt
}

command_of() {
    case $1 in
    dhow-runtime) echo "$build/dhow-runtime --root $work/state/ours" ;;
    sid-*) echo "in:$sid /usr/bin/${1#sid-} --root $work/state/$1" ;;
    *) echo "/usr/bin/$1 --root $work/state/$1" ;;
    esac
}

# Runs a command line of command_of here and now.
run_line() {
    # shellcheck disable=SC2206  # a line of words
    local words=($1)
    case ${words[0]} in
    in:*) nsenter "--mount=${words[0]#in:}" "${words[@]:1}" ;;
    *) "${words[@]}" ;;
    esac
}

# The engine under test, with everything of it in $work.
dhow_here() { "$build/dhow" --root "$work/root" --run-root "$work/run" "$@"; }

bundle_make() {
    local name=$1
    shift
    mkdir -p "$work/$name"
    [ -d "$work/$name/rootfs" ] || cp -a "$work/rootfs" "$work/$name/rootfs"
    "$tests/bundle.py" config "$@" | jq ".linux.cgroupsPath = \"/$scope/$name\"" >"$work/$name/config.json"
}

leave() {
    [ -z "${sid_pid:-}" ] || kill "$sid_pid" 2>/dev/null || :
    local directory containers
    if [ -d "$work/root" ]; then
        containers=$(dhow_here ps -aq 2>/dev/null || :)
        # shellcheck disable=SC2086  # a list of words
        [ -z "$containers" ] || dhow_here rm -f $containers >/dev/null || :
    fi
    for directory in /sys/fs/cgroup/*/"$scope" /sys/fs/cgroup/"$scope"; do
        [ ! -d "$directory" ] || find "$directory" -depth -type d -exec rmdir {} +
    done
    umount -l "$work" 2>/dev/null || :
    rmdir "$work" 2>/dev/null || :
}

scope=dhow-bench-$$
sid=
work=$(mktemp -d)
trap leave EXIT
mount -t tmpfs -o mode=755 tmpfs "$work"
mkdir "$work/state" "$work/scratch"
[ -f /sys/fs/cgroup/cgroup.controllers ] || cgroup_v1_only
compile
pair=$build/bench/pair
floor="$build/bench/floor $work/rootfs $work/scratch $work/docker.bpf"
"$tests/bundle.py" rootfs "$work/rootfs"
sid_enter
runtimes=()
for name in dhow-runtime sid-crun sid-runc crun runc; do
    case $name in
    dhow-runtime) [ ! -x "$build/dhow-runtime" ] || runtimes+=("$name") ;;
    sid-*) [ -z "$sid" ] || runtimes+=("$name") ;;
    *) [ ! -x "/usr/bin/$name" ] || runtimes+=("$name") ;;
    esac
done
