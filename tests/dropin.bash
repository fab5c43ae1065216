# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# dropin.bash - a box with Debian's podman, dockerd and containerd in it, all of them using the runtime under test.
#
# The box is a PID, mount, network and cgroup namespace whose root is tests/bench/peers' root of engines under an overlay: what
# happens in it reaches neither that root nor the host, and ending its PID 1 ends all of it. The runtime is /dhow/dhow-runtime there.
# The engines see cgroup v1 or v2 as the host has it, below /$ID (on a hybrid host without `unified`, which they refuse).

box_cgroups() {
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
        echo /sys/fs/cgroup/$ID
    else
        for tasks in /sys/fs/cgroup/*/tasks; do echo "$(dirname "$tasks")/$ID"; done
    fi
}

# The calling process into the box's cgroups.
box_join() {
    local directory
    for directory in $(box_cgroups); do echo $BASHPID >"$directory/cgroup.procs"; done
}

# What the box's PID 1 does: build the place, say so, and reap.
box_init() {
    local root=$1 place=$2 runtime=$3 hierarchy library
    mount -t tmpfs -o mode=755 tmpfs "$place"
    mkdir "$place"/{upper,work,root,lib}
    mount -t overlay overlay -o "lowerdir=$root,upperdir=$place/upper,workdir=$place/work" "$place/root"
    cd "$place/root"
    mkdir -p dhow T
    touch dhow/dhow-runtime
    mount --bind "$runtime" dhow/dhow-runtime
    for library in $(ldd "$runtime" 2>/dev/null | grep -o '/[^ ]*'); do # a sanitizer's build is not static
        [ -e ".$library" ] || cp -L "$library" ".$library"
    done
    mount --bind "$place/lib" var/lib # engines keep layers here, and an overlay cannot lie on an overlay
    mount --bind "$(dirname "$place")" T
    mount -t proc proc proc
    mount -t sysfs sysfs sys
    mount -t tmpfs -o mode=755 tmpfs dev
    mount -t tmpfs -o mode=755 tmpfs run
    cp -a /dev/{null,zero,full,random,urandom,tty} dev/
    mkdir dev/{pts,shm,mqueue} run/lock
    mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
        mount -t cgroup2 cgroup2 sys/fs/cgroup
    else
        mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
        for hierarchy in /sys/fs/cgroup/*/tasks; do
            hierarchy=$(basename "$(dirname "$hierarchy")")
            mkdir "sys/fs/cgroup/$hierarchy"
            mount -t cgroup -o "$([ "$hierarchy" = systemd ] && echo none,name=)$hierarchy" cgroup "sys/fs/cgroup/$hierarchy"
        done
    fi
    mkdir .old
    pivot_root . .old
    cd /
    umount -l /.old
    ip link set lo up
    echo 1 >/proc/sys/net/ipv4/ip_forward
    echo ready >/T/box.ready
    while :; do
        sleep 1000 &
        wait $! || :
    done
}

# box_up ROOT RUNTIME - starts the box; its PID 1 is $BOX.
box_up() {
    local directory place=$T/place
    mkdir "$place"
    for directory in $(box_cgroups); do
        mkdir "$directory"
        if [ -f "$directory/cpuset.cpus" ] && [ -f "$directory/tasks" ]; then
            cat "$directory/../cpuset.cpus" >"$directory/cpuset.cpus"
            cat "$directory/../cpuset.mems" >"$directory/cpuset.mems"
        fi
    done
    (
        box_join
        exec setsid unshare --mount --net --pid --cgroup --ipc --uts --fork --kill-child --propagation private \
            bash -ec "$(declare -f box_init); box_init \"\$@\"" box "$1" "$place" "$2" </dev/null >"$T/box.log" 2>&1 3>&- &
        echo $! >"$T/box.unshare"
    )
    eventually test -f "$T/box.ready" || failed "the box did not come up: $(cat "$T/box.log")"
    BOX=$(pgrep -P "$(cat "$T/box.unshare")")
    export BOX
}

box_down() {
    local directory
    [ -n "${BOX:-}" ] || return 0
    kill -9 "$BOX" 2>/dev/null || :
    for directory in $(box_cgroups); do
        [ ! -d "$directory" ] || eventually box_remove "$directory"
    done
}

box_remove() {
    find "$1" -depth -type d -exec rmdir {} + && [ ! -d "$1" ]
}

# in_box COMMAND… - runs it inside, in the box's cgroups. The environment is bare but for what names the engines' sockets.
in_box() {
    (
        box_join
        exec nsenter --target "$BOX" --mount --net --pid --cgroup --ipc --uts --wdns=/ \
            env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=xterm \
            PODMAN_IGNORE_CGROUPSV1_WARNING=1 "$@" 3>&-
    )
}

# on_terminal COMMAND-LINE - the same with a terminal of its own as stdin and stdout (docker run -it wants one).
on_terminal() {
    in_box script -qec "$1" /dev/null </dev/null | tr -d '\r'
}

# daemon NAME COMMAND… - starts it inside; its output is in $T/NAME.log.
daemon() {
    local name=$1
    shift
    in_box setsid "$@" </dev/null >"$T/$name.log" 2>&1 3>&- &
}
