# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2015
# dhow.sh - the whole road on Debian 12's kernel (6.1, before overlayfs takes descriptors) with cgroup v2.
. ./checks.sh
PATH=/job:$PATH
export DHOW_ROOT=/tmp/data DHOW_RUN_ROOT=/run/dhow
# The machine's root is in memory, and overlayfs wants an upper directory on a file system with xattrs.
mkdir -p $DHOW_ROOT && mount -t tmpfs none $DHOW_ROOT

has "run hello" "$(dhow run --rm hello 2>&1)" "Hello from inside a container"
tar -C /rootfs -c . | dhow import - bb >/dev/null
is "import and run" "$(dhow run --rm bb echo here 2>&1)" here
limits=$(dhow run --rm -m 64m --cpus 0.5 --pids-limit 9 bb sh -c 'cd /sys/fs/cgroup; cat memory.max cpu.max pids.max' 2>&1)
is "limits arrive" "$limits" "67108864
50000 100000
9"
is "its own cgroup namespace" "$(dhow run --rm bb cat /proc/self/cgroup)" "0::/"
dhow run -d --name web bb sh -c 'echo out; exec sleep 1000' >/dev/null
is "exec" "$(dhow exec web sh -c 'echo $0; cat /proc/1/comm')" "sh
sleep"
soon sh -c 'dhow logs web | grep -q out'
is "logs" "$(dhow logs web)" out
has "ps" "$(dhow ps)" " web"
dhow stop -t 0 web >/dev/null
is "stop" "$(dhow inspect -f '{{.State.Status}} {{.State.ExitCode}}' web)" "exited 137"
dhow run -d --name oom -m 16m bb sh -c 'dd if=/dev/zero of=/dev/null bs=64M count=1; exit $?' >/dev/null
is "a container that needs too much memory is ended" "$(dhow wait oom)" 137
is "and says why" "$(dhow inspect -f '{{.State.OOMKilled}}' oom)" true
dhow rm web oom >/dev/null
is "nothing is left" "$(find /sys/fs/cgroup/dhow -mindepth 1 -type d; ls $DHOW_ROOT/containers $DHOW_RUN_ROOT/containers | grep -v :; grep overlay /proc/mounts)" ""
finish
