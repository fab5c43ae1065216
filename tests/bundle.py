#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""bundle.py - OCI bundles for tests: a busybox root file system and a config.json like the one docker writes.

    bundle.py rootfs DIR                      busybox-static with all its applets, /etc/passwd and the usual directories
    bundle.py config [--plain] [ARG...]       config.json on stdout; ARG... is the command (default: sh)
    bundle.py bundle DIR [--plain] [ARG...]   both: DIR/rootfs and DIR/config.json

--plain leaves out what needs no test of its own most of the time and costs time: seccomp and the network namespace.
Shape the rest with jq (tests/lib.bash has `bundle NAME JQ-EDIT`).
"""
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BUSYBOX = os.environ.get("BUSYBOX", "/bin/busybox")

# Docker's default set of capabilities.
CAPABILITIES = ["CAP_" + name for name in (
    "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL "
    "AUDIT_WRITE").split()]

# destination, type, source, options
MOUNTS = [
    ("/proc", "proc", "proc", "nosuid noexec nodev"),
    ("/dev", "tmpfs", "tmpfs", "nosuid strictatime mode=755 size=65536k"),
    ("/dev/pts", "devpts", "devpts", "nosuid noexec newinstance ptmxmode=0666 mode=0620 gid=5"),
    ("/sys", "sysfs", "sysfs", "nosuid noexec nodev ro"),
    ("/sys/fs/cgroup", "cgroup", "cgroup", "ro nosuid noexec nodev"),
    ("/dev/mqueue", "mqueue", "mqueue", "nosuid noexec nodev"),
    ("/dev/shm", "tmpfs", "shm", "nosuid noexec nodev mode=1777 size=67108864"),
]

MASKED = """/proc/asound /proc/acpi /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list
    /proc/timer_stats /proc/sched_debug /proc/scsi /sys/firmware /sys/devices/virtual/powercap""".split()
READONLY = "/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger".split()

# null, zero, full, random, urandom, tty, ptmx and the terminals; fuse (10:229) is named and denied, as docker does.
DEVICES = [(False, None, None, None)] + [(True, "c", major, minor) for major, minor in (
    (1, 5), (1, 3), (1, 9), (1, 8), (5, 0), (5, 1))] + [(False, "c", 10, 229)]


def device_rule(allow, kind, major, minor):
    rule = {"allow": allow, "access": "rwm"}
    if kind:
        rule.update(type=kind, major=major, minor=minor)
    return rule


def config(args, plain=False):
    namespaces = ["mount", "uts", "pid", "ipc", "cgroup"] + ([] if plain else ["network"])
    document = {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False,
            "user": {"uid": 0, "gid": 0, "additionalGids": [0]},
            "args": args or ["sh"],
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=test"],
            "cwd": "/",
            "capabilities": {kind: CAPABILITIES for kind in ("bounding", "effective", "permitted")},
            "oomScoreAdj": 0,
        },
        "root": {"path": "rootfs"},
        "hostname": "test",
        "mounts": [{"destination": d, "type": t, "source": s, "options": o.split()} for d, t, s, o in MOUNTS],
        "linux": {
            "resources": {
                "devices": [device_rule(*rule) for rule in DEVICES],
                "memory": {"disableOOMKiller": False},
            },
            "namespaces": [{"type": name} for name in namespaces],
            "maskedPaths": MASKED,
            "readonlyPaths": READONLY,
        },
    }
    if not plain:
        with open(os.path.join(HERE, "data", "seccomp-docker.json"), encoding="utf-8") as file:
            document["linux"]["seccomp"] = json.load(file)
        document["linux"]["sysctl"] = {"net.ipv4.ip_unprivileged_port_start": "0"}
    return document


def rootfs(directory):
    for name in "bin dev etc home proc root run sbin sys tmp usr/bin usr/sbin var/tmp".split():
        os.makedirs(os.path.join(directory, name), exist_ok=True)
    for name in ("tmp", "var/tmp"):
        os.chmod(os.path.join(directory, name), 0o1777)
    os.chmod(os.path.join(directory, "root"), 0o700)
    shutil.copy(BUSYBOX, os.path.join(directory, "bin/busybox"))
    applets = subprocess.run([BUSYBOX, "--list"], check=True, capture_output=True, text=True).stdout.split()
    for applet in applets:
        path = os.path.join(directory, "bin", applet)
        if not os.path.lexists(path):
            os.symlink("busybox", path)
    files = {
        "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"
                      "user:x:1000:1000:user:/home:/bin/sh\n",
        "etc/group": "root:x:0:\ntty:x:5:\nuser:x:1000:\nstaff:x:50:user\nnogroup:x:65534:\n",
        "etc/hosts": "127.0.0.1 localhost\n",
        "etc/hostname": "test\n",
        "etc/resolv.conf": "",
    }
    for name, text in files.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(text)


def main(argv):
    if len(argv) < 2 or argv[1] not in ("rootfs", "config", "bundle"):
        sys.exit(__doc__)
    verb, rest = argv[1], argv[2:]
    directory = rest.pop(0) if verb != "config" else None
    plain = "--plain" in rest[:1]
    args = rest[1:] if plain else rest
    if verb == "rootfs":
        rootfs(directory)
    elif verb == "config":
        json.dump(config(args, plain), sys.stdout, indent=2)
        print()
    else:
        rootfs(os.path.join(directory, "rootfs"))
        with open(os.path.join(directory, "config.json"), "w", encoding="utf-8") as file:
            json.dump(config(args, plain), file, indent=2)


main(sys.argv)
