# SPDX-License-Identifier: Apache-2.0
# security-reach.bats — how much of the kernel a default container reaches, and that what was asked for is there (S-20).
#
# The lists in tests/security/data are what has been looked at and found right for docker's own profile and paths. What
# is not in them fails until somebody decides; after a look `SECURITY_ACCEPT=1 bats tests/security-reach.bats` adds it.
load lib
load security/lib

DATA=$TESTS/security/data

# compare FILE ACTUAL — each line of ACTUAL must be in FILE; lines of FILE that this kernel lacks are fine.
compare() {
    local new
    new=$(grep -vxFf "$DATA/$1" "$2" || true)
    if [ -n "$new" ] && [ "${SECURITY_ACCEPT:-}" = 1 ]; then
        sort -u -o "$DATA/$1" "$DATA/$1" "$2"
    elif [ -n "$new" ]; then
        failed "not in tests/security/data/$1:" "$new"
    fi
}

@test "CVE-2022-0185 CVE-2024-1086 CVE-2026-31431: the system calls that a default container reaches are the known ones" {
    hostile calls
    inside calls insider syscalls
    assert_status 0
    grep ' reached$' <<<"$output" >"$T/reached"
    grep -v ' reached$' <<<"$output" >"$T/refused"
    compare syscalls-reached "$T/reached"
    # By name, so that an empty answer proves nothing: keyctl, add_key, bpf, userfaultfd, io_uring, unshare's kin, mount,
    # kexec, modules, perf, ptrace's neighbours, open_by_handle_at, the mount calls by descriptor.
    local nr
    for nr in 248 249 250 321 323 425 426 427 165 166 246 175 313 298 304 308 428 429 430 431 432 442 101; do
        [ "$nr" = 101 ] || grep -q "^$nr \(denied\|absent\)$" "$T/refused" || failed "system call $nr is reached"
    done
    [ "$(wc -l <"$T/reached")" -gt 250 ]
}

@test "CVE-2022-0185 CVE-2024-1086 CVE-2026-31431: socket families and new namespaces are the known ones" {
    hostile sockets
    inside sockets insider sockets
    assert_status 0
    local family
    for family in 38 40; do # AF_ALG, AF_VSOCK
        assert_is "$(grep "^$family " <<<"$output" | grep -c denied)" 4
        # By 32 bits, where one call makes all families: its argument lies in memory, where no filter sees it.
        assert_is "$(grep -E "^socket(call)?32 $family " <<<"$output" | grep -c reached)" 0
    done
    grep ' reached$' <<<"$output" >"$T/families"
    compare sockets-reached "$T/families"
    inside sockets insider namespaces
    assert_is "$(grep -c denied <<<"$output")" 17
    assert_is "$(grep made <<<"$output")" "clone none made"
    assert_is "$(grep -c 'clone3.*absent' <<<"$output")" 9
}

@test "CVE-2015-3630 CVE-2017-16539 CVE-2018-10892 GHSA-6fw5-f8r9-fgfm GHSA-jq35-85cj-fj4p GHSA-7ww5-4wqc-m92c: /proc, /sys" {
    hostile files
    inside files insider files /proc /sys
    assert_status 0
    grep '^writable' <<<"$output" >"$T/writable" || true
    compare files-writable "$T/writable"
    # What is new in /proc itself or in a process's directory is looked at before it is trusted; below the directories
    # that are read-only as a whole, names are of hardware and file systems.
    grep '^there /proc/' <<<"$output" | grep -Ev '^there /proc/(sys|irq|fs|bus|scsi|acpi|driver|tty|dynamic_debug)/' |
        grep -Ev '/net/(dev_snmpN|stat|netfilter|rpc|vlan|bonding)/' >"$T/there"
    compare files-in-proc "$T/there"
    grep '^there /sys/' <<<"$output" | cut -d/ -f1-3 | sort -u >"$T/sys"
    compare directories-in-sys "$T/sys"
    # Masked: nothing to read, if the kernel has it at all.
    inside files sh -c 'for p in /proc/kcore /proc/keys /proc/timer_list /proc/latency_stats /proc/sched_debug /proc/interrupts \
        /proc/scsi/* /proc/acpi/* /proc/asound/* /sys/firmware/* /sys/devices/virtual/powercap/*; do
            [ ! -e $p ] || [ -d $p ] || [ -z "$(head -c 1 $p)" ] || echo readable $p; done'
    assert_is "$output" ""
}

@test "GHSA-g54h-m393-cpwq: of all devices only the usual ones can be made or opened" {
    hostile devices
    inside devices insider devices "$([ "${SECURITY_STEPS:-}" = all ] && echo ALL || echo FEW)"
    assert_is "$(tr '\n' ' ' <<<"$output")" "c 0:0 c 1:3 c 1:5 c 1:7 c 1:8 c 1:9 c 5:0 c 5:1 c 5:2 c 136:* "
}

# Lists of device rules and, from a model of twenty lines, what they let through. Majors that no driver has.
make_rules() {
    python3 - "$1" <<'PY'
import json, random, sys
chance = random.Random(int(sys.argv[1]))
rules = [{"allow": False, "access": "rwm"}]
for _ in range(chance.randint(1, 8)):
    rule = {"allow": chance.random() < 0.65, "type": chance.choice("cb"),
            "access": "".join(c for c in "rwm" if chance.random() < 0.6) or "r"}
    if chance.random() < 0.8:
        rule["major"] = chance.choice((120, 121))
        if chance.random() < 0.7:
            rule["minor"] = chance.choice((0, 1))
    rules.append(rule)
want = []
for kind in "cb":
    for major in (120, 121):
        for minor in (0, 1):
            may = set()
            for rule in rules:
                if rule.get("type", "a") in ("a", kind) and rule.get("major", major) == major and rule.get("minor", minor) == minor:
                    may = may | set(rule["access"]) if rule["allow"] else may - set(rule["access"])
            may.add("m")  # a node opens nothing: the runtime's own last rule lets all be made
            want.append(f"{kind}-{major}-{minor} " + "".join(c for c in "rwm" if c in may))
print(json.dumps({"rules": rules, "want": want}))
PY
}

@test "GHSA-g54h-m393-cpwq: lists of device rules mean what a model says" {
    local seed case nodes exact=0
    hostile rules
    for kind in c b; do for major in 120 121; do for minor in 0 1; do
        mknod "$T/rules/rootfs/$kind-$major-$minor" $kind $major $minor
    done; done; done
    nodes=$(cd "$T/rules/rootfs" && echo c-1* b-1* | sed 's#\([cb]-\)#/\1#g')
    for ((seed = 1; seed <= ${SECURITY_RULES:-8}; seed++)); do
        case=$(make_rules $seed)
        edit_config rules '.linux.resources.devices = $rules' --argjson rules "$(jq .rules <<<"$case")"
        # shellcheck disable=SC2086
        inside rules insider device $nodes
        # What cgroup v1 has no words for is refused, not approximated.
        [[ $output != *"cgroup v1 cannot"* ]] || continue
        exact=$((exact + 1))
        [ "$(sort <<<"$output")" = "$(jq -r '.want[]' <<<"$case" | sort)" ] ||
            failed "seed $seed: $(jq -c .rules <<<"$case")" "$(diff <(sort <<<"$output") <(jq -r '.want[]' <<<"$case" | sort))"
    done
    [ $((exact * 2)) -ge $((seed - 1)) ]
}

# --- cgroups ------------------------------------------------------------------------------------------------------------

IN_USERNS='.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 200000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'

# mapped NAME — the root file system belongs to the user namespace's root.
mapped() {
    chown -Rh 200000:200000 "$T/$1/rootfs"
    chmod 755 "$T" "$T/$1"
}

@test "CVE-2022-0492: no cgroup v1 hierarchy can be mounted, no release_agent written, even as root of a user namespace" {
    local script='mkdir -p /tmp/c; for o in memory rdma cpu devices pids none,name=x; do
        mount -t cgroup -o $o cgroup /tmp/c 2>/dev/null && echo MOUNTED $o && ls /tmp/c; done
        unshare -r unshare -C unshare -m mount -t cgroup -o rdma cgroup /tmp/c 2>/dev/null && echo MOUNTED
        unshare -r true 2>/dev/null && echo "NEW USER NAMESPACE"
        for f in $(find / -xdev -name release_agent 2>/dev/null) /sys/fs/cgroup/*/release_agent; do
            ( : >>$f ) 2>/dev/null && echo WRITABLE $f; done; echo end'
    hostile agent
    inside agent sh -c "$script"
    assert_is "$output" end
    hostile agent2 "$IN_USERNS"' | .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
    mapped agent2
    inside agent2 sh -c "$script"
    assert_has "$output" end
    assert_lacks "$output" WRITABLE
    # Should a kernel let a hierarchy be mounted there, then without a release_agent.
    assert_lacks "$output" release_agent
}

@test "CVE-2023-25809: nothing below /sys/fs/cgroup is writable, with and without user and cgroup namespaces" {
    local users spaces
    for users in . "$IN_USERNS"; do
        for spaces in . '.linux.namespaces |= map(select(.type != "cgroup"))'; do
            hostile cg "$users | $spaces"
            [ "$users" = . ] || mapped cg
            inside cg sh -c 'insider files /sys/fs/cgroup | grep ^writable; mkdir /sys/fs/cgroup/x /sys/fs/cgroup/*/x 2>/dev/null &&
                echo MADE; mount -o remount,rw /sys/fs/cgroup 2>/dev/null && echo REMOUNTED; echo end'
            assert_is "$output" end
            rm -rf "$T/cg"
        done
    done
}

# --- asked for and not there --------------------------------------------------------------------------------------------

@test "CVE-2023-30549 CVE-2023-38496 CVE-2025-64750 CVE-2025-65105: a security option that the kernel lacks is refused" {
    PLAIN=1 hostile lsm
    local field
    [ -e /sys/module/apparmor ] && skip "this kernel has AppArmor"
    for field in '.process.apparmorProfile = "docker-default"' '.process.selinuxLabel = "system_u:system_r:container_t:s0:c1,c2"' \
        '.linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2"'; do
        cp "$T/lsm/config.json" "$T/lsm/config.plain"
        edit_config lsm "$field"
        inside lsm /bin/true
        [ "$status" != 0 ] || failed "ignored: $field"
        mv "$T/lsm/config.plain" "$T/lsm/config.json"
    done
    run runtime exec --apparmor docker-default "$ID-none" true
    assert_failed
}

@test "CVE-2023-30549 CVE-2023-38496 CVE-2025-64750 CVE-2025-65105: without a system call the isolation is whole or refused" {
    hostile less '.process.args = ["sleep", "1000"] | .process.noNewPrivileges = true | .root.readonly = true'
    local call
    of() { fingerprint --replace "$ID-less=CONTAINER" --replace "$T=DIR" "$1"; }
    # clock_adjtime stands for "one more filter, nothing missing".
    for call in clock_adjtime seccomp prctl capset setgroups setresuid setresgid mount_setattr move_mount open_tree fsopen openat2 \
        pivot_root close_range keyctl unshare setns sethostname umount2 clone3 setsid chdir fchdir; do
        if nosys "$call" -- "$RUNTIME" --root "$RUNTIME_ROOT" run -d -b "$T/less" "$ID-less" >"$T/said" 2>&1 </dev/null; then
            of "$(container_pid "$ID-less")" >"$T/print-$call"
            runtime delete -f "$ID-less"
            assert fingerprint diff "$T/print-clock_adjtime" "$T/print-$call"
        elif [ $call = clock_adjtime ]; then
            failed "$(cat "$T/said")"
        fi
        runtime delete -f "$ID-less" 2>/dev/null || true
    done
}

# --- sizes --------------------------------------------------------------------------------------------------------------

@test "CVE-2021-43784: fields of 0, 1, 64 Ki and 16 Mi bytes, maps of too many ranges: byte-exact or refused" {
    PLAIN=1 hostile size
    local n
    for n in 0 1 65535 65536 65537 131000; do
        jq --rawfile text <(head -c "$n" /dev/zero | tr '\0' x) '.process.args = ["sh", "-c", "echo ${#1}", "sh", $text]' \
            "$T/size/config.json" >"$T/size/config.new"
        mv "$T/size/config.new" "$T/size/config.json"
        run runtime run -b "$T/size" "$ID-size"
        assert_is "$output" "$n"
    done
    # Where a name goes into a message with a 16-bit length elsewhere: hostname, cgroup, mount source and data, sysctl.
    local field
    cp "$T/size/config.json" "$T/size/config.plain"
    for n in 65536 16777216; do
        head -c "$n" /dev/zero | tr '\0' x >"$T/text"
        for field in .hostname .linux.cgroupsPath .process.cwd '.mounts[0].source' '.mounts[1].options[4]' '.linux.sysctl["kernel.msgmax"]' \
            '.process.selinuxLabel' '.annotations.a'; do
            [ "$n" = 65536 ] || [ "$field" = .hostname ] || continue
            jq --rawfile text "$T/text" ".process.args = [\"true\"] | $field = \$text" "$T/size/config.plain" >"$T/size/config.json"
            run timeout 60 "$RUNTIME" --root "$RUNTIME_ROOT" run -b "$T/size" "$ID-size"
            [ "$status" -lt 124 ] || failed "$field of $n bytes: status $status"
            case $field in .annotations.a | '.mounts[0].source') ;; *) assert_failed ;; esac
        done
    done
    for n in 340 341 5000; do
        jq --argjson n "$n" '.linux.namespaces += [{type: "user"}] | .process.args = ["true"] | .linux.uidMappings =
            [range($n) | {containerID: ., hostID: (200000 + . * 2), size: 1}] | .linux.gidMappings = .linux.uidMappings' \
            "$T/size/config.plain" >"$T/size/config.json"
        run runtime run -b "$T/size" "$ID-size"
        [ "$n" -le 340 ] || assert_failed
    done
}

@test "crun a8deee3b, 3212b444: an id map of 64 ranges arrives as written" {
    PLAIN=1 hostile map '.linux.namespaces += [{type: "user"}] | .process.args = ["cat", "/proc/self/uid_map", "/proc/self/gid_map"]
        | .linux.uidMappings = [range(64) | {containerID: (. * 100), hostID: (300000 + . * 200), size: 100}]
        | .linux.gidMappings = [range(64) | {containerID: (. * 10), hostID: (4000000 + . * 30), size: 10}]'
    chown -Rh 300000:4000000 "$T/map/rootfs"
    chmod 755 "$T" "$T/map"
    inside map cat /proc/self/uid_map /proc/self/gid_map
    assert_status 0
    assert_is "$(awk '{ print $1, $2, $3 }' <<<"$output" | tr '\n' ';')" \
        "$({ for i in {0..63}; do echo "$((i * 100)) $((300000 + i * 200)) 100"; done
        for i in {0..63}; do echo "$((i * 10)) $((4000000 + i * 30)) 10"; done; } | tr '\n' ';')"
}

@test "crun a8deee3b, 3212b444: in a farm of links each mount lands where chroot(2) would have it" {
    PLAIN=1 hostile farm # bound to themselves, so that what comes later still finds its way through
    local root=$T/farm/rootfs seed path
    for seed in 1 2 3; do
        rm -rf "${root:?}/farm"
        python3 - "$root" "$seed" <<'PY' >"$T/paths"
import os, random, sys
root, chance = sys.argv[1], random.Random(int(sys.argv[2]))
places = ["/farm"]
os.mkdir(root + "/farm")
for i in range(24):
    places.append(f"{chance.choice(places)}/d{i}")
    os.mkdir(root + places[-1])
for i in range(40):
    where, to = chance.choice(places), chance.choice(places)
    target = chance.choice([to, os.path.relpath(to, where), "../" * 30 + to[1:], f"l{chance.randrange(40)}", to + "/..", "//" + to])
    os.symlink(target, f"{root}{where}/l{i}")
    print(f"{where}/l{i}")
PY
        edit_config farm '.mounts |= map(select(.destination | startswith("/farm") | not))'
        : >"$T/want"
        while read -r path; do
            # Those that lead to a directory of which no other is a parent or the same.
            chroot "$root" /bin/busybox test -d "$path" || continue
            real=$(chroot "$root" /bin/busybox readlink -f "$path")
            [[ $real == /farm/* ]] || continue
            while read -r other; do
                [[ $real/ != "$other"/* && $other/ != "$real"/* ]] || continue 2
            done <"$T/want"
            echo "$real" >>"$T/want"
            edit_config farm '.mounts += [{destination: $path, type: "bind", source: $real, options: ["bind"]}]' \
                --arg path "$path" --arg real "$root$real"
        done <"$T/paths"
        [ "$(wc -l <"$T/want")" -ge 3 ]
        inside farm sh -c "awk '\$5 ~ \"^/farm/\" { print \$5 }' /proc/self/mountinfo"
        assert_status 0
        assert_is "$(sort <<<"$output")" "$(sort "$T/want")"
    done
}

# --- the host is as it was ----------------------------------------------------------------------------------------------

@test "runc 1.2.0: a host with thousands of mounts has the same ones after a container" {
    PLAIN=1 hostile many
    edit_config many '.process.args = ["true"]'
    # Shared, as systemd has it, but only with itself.
    unshare -m --propagation private sh -c 'mount --make-rshared / && exec "$@"' - python3 - "$T/many-mounts" \
        "${SECURITY_MOUNTS:-1000}" "$RUNTIME" "$RUNTIME_ROOT" "$T/many" \
        "$ID-many" <<'PY'
import ctypes, os, subprocess, sys
where, n, runtime, root, bundle, name = sys.argv[1], int(sys.argv[2]), *sys.argv[3:]
mount = ctypes.CDLL(None, use_errno=True).mount
os.mkdir(where)
for i in range(n):
    os.mkdir(f"{where}/{i}")
    assert mount(b"/etc", f"{where}/{i}".encode(), None, 4096, None) == 0
before = open("/proc/self/mountinfo").readlines()
for _ in range(3):
    subprocess.run([runtime, "--root", root, "run", "-b", bundle, name], check=True, stdin=subprocess.DEVNULL)
after = open("/proc/self/mountinfo").readlines()
# Other tests remove what they had mounted: with the directory a copy here goes, too.
kept = [line for line in before if line in after or os.path.lexists(line.split()[4])]
assert after == kept, [line for line in kept + after if line not in kept or line not in after]
PY
}

@test "crun 1.29.1: kill and delete of a paused container end it, whichever write fails" {
    PLAIN=1 hostile frozen '.process.args = ["sleep", "1000"]'
    export ID RUNTIME RUNTIME_ROOT T
    frozen_prepare() {
        "$RUNTIME" --root "$RUNTIME_ROOT" delete -f "$ID-frozen" >/dev/null 2>&1
        "$RUNTIME" --root "$RUNTIME_ROOT" run -d -b "$T/frozen" "$ID-frozen" >/dev/null 2>&1 </dev/null &&
            "$RUNTIME" --root "$RUNTIME_ROOT" pause "$ID-frozen"
    }
    frozen_check() {
        "$RUNTIME" --root "$RUNTIME_ROOT" delete -f "$ID-frozen" >/dev/null 2>&1
        for _ in {1..40}; do
            [ ! -e "/sys/fs/cgroup/freezer/$ID-frozen" ] && [ ! -e "/sys/fs/cgroup/$ID-frozen" ] && echo gone && return 0
            sleep 0.05
        done
        echo "left: $(cat "/sys/fs/cgroup/freezer/$ID-frozen/freezer.state")"
        return 1
    }
    export -f frozen_prepare frozen_check
    run sweep --errno EIO --only write,kill,pidfd_send_signal,openat --prepare frozen_prepare --check frozen_check \
        ${SECURITY_STEPS:---sample 12 1} -- "$RUNTIME" --root "$RUNTIME_ROOT" delete -f "$ID-frozen"
    assert_status 0
}
