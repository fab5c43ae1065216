#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""layers.py FIRST COUNT DIR — random stacks of layers: what overlayfs shows of the layers that dhow-transfer unpacked
must be what a model of the image specification says (layer.md, "Representing Changes"). For archive-layers.bats; DIR is
on a file system that overlayfs takes as a lower one, in a mount namespace of its own.

The model: a stack is a table from path to node. A layer's own table is made entry by entry, where the last one of a name
wins and a directory stays for a directory; whiteouts hide what is in the layers below and nothing of their own layer.
"""
import collections
import copy
import ctypes
import io
import json
import os
import random
import stat
import subprocess
import sys
import tarfile

NAMES = ["a", "b", "c", "d"]
Node = collections.namedtuple("Node", "kind mode uid gid mtime content")  # content: bytes, a link's target, or None
IMPLIED = Node("d", 0o755, 0, 0, None, None)


# --- the model
class Layer:
    def __init__(self):
        self.nodes, self.hidden, self.opaque, self.inode = {}, set(), set(), {}

    def remove(self, path):
        for table in (self.nodes, self.inode):
            for each in [p for p in table if p == path or p.startswith(path + "/")]:
                del table[each]
        self.hidden = {p for p in self.hidden if p != path and not p.startswith(path + "/")}
        self.opaque = {p for p in self.opaque if p != path and not p.startswith(path + "/")}

    def parents(self, path):
        parts = path.split("/")[:-1]
        for i in range(1, len(parts) + 1):
            parent = "/".join(parts[:i])
            if parent not in self.nodes:
                if parent in self.hidden:
                    return False  # a whiteout is no directory: the entry is refused
                self.nodes[parent] = IMPLIED
            elif self.nodes[parent].kind != "d":
                return False
        return True

    def add(self, path, node, number):
        """False: refused."""
        if not self.parents(path):
            return False
        if node.kind == "d":
            old = self.nodes.get(path)
            if old is None or old.kind != "d":
                was_there = old is not None or path in self.hidden
                self.remove(path)
                if was_there:
                    self.opaque.add(path)
            self.nodes[path] = node
            return True
        if node.kind == "h":
            if node.content not in self.nodes or self.nodes[node.content].kind == "d" or node.content == path or (
                    node.content.startswith(path + "/")):
                return False
            target, inode = self.nodes[node.content], self.inode[node.content]
            self.remove(path)
            self.nodes[path], self.inode[path] = target, inode
            return True
        self.remove(path)
        self.nodes[path], self.inode[path] = node, number
        return True

    def hide(self, path):
        if not self.parents(path):
            return False
        old = self.nodes.get(path)
        if old is None:
            self.hidden.add(path)
        elif old.kind == "d":
            self.opaque.add(path)
        return True

    def clear(self, path):
        if not self.parents(path + "/x" if path else "x"):
            return False
        self.opaque.add(path)
        return True


def below(path, above):
    return above == "" or path.startswith(above + "/")


def merge(lower, layer, number):
    """The stack with one more layer on top. A node's identity is (layer, number in it)."""
    stack = {p: n for p, n in lower.items()
             if not any(below(p, o) for o in layer.opaque) and not any(p == w or below(p, w) for w in layer.hidden)}
    for path, node in layer.nodes.items():
        if node.kind != "d":
            stack = {p: n for p, n in stack.items() if p != path and not below(p, path)}
        elif path in stack and stack[path][0].kind != "d":
            del stack[path]
        stack[path] = (node, (number, layer.inode.get(path)))
    return stack


# --- random layers: (what tarfile shall write, what the model shall do)
def random_path(rng):
    return "/".join(rng.choice(NAMES) for _ in range(rng.choice((1, 1, 2, 2, 3))))


def random_entry(rng, used):
    """Often once more at a path that this layer has been at: what was hidden comes back, what is there is replaced."""
    path = rng.choice(used) if used and rng.random() < 0.35 else random_path(rng)
    used.append(path)
    what = rng.choices(("f", "d", "s", "h", "p", "whiteout", "opaque"), (8, 7, 3, 3, 1, 5, 3))[0]
    if what == "whiteout":
        head, _, last = path.rpartition("/")
        return f"{head}/.wh.{last}".lstrip("/"), tarfile.REGTYPE, None, ("hide", path)
    if what == "opaque":
        path = rng.choice((path, path, ""))
        return f"{path}/.wh..wh..opq".lstrip("/"), tarfile.REGTYPE, None, ("clear", path)
    content = {"f": rng.randbytes(rng.choice((0, 5, 700))), "s": rng.choice(("a", "../b", "/c", "nowhere")),
               "h": random_path(rng)}.get(what)
    node = Node(what, rng.choice((0o644, 0o755, 0o700, 0o4711, 0o2755, 0o1777)), rng.choice((0, 0, 7)), rng.choice((0, 0, 9)),
                rng.randrange(1, 2**31) * 10**9 + rng.randrange(10**9), content)
    kind = {"f": tarfile.REGTYPE, "d": tarfile.DIRTYPE, "s": tarfile.SYMTYPE, "h": tarfile.LNKTYPE, "p": tarfile.FIFOTYPE}[what]
    return path, kind, node, ("add", path)


def write_entry(tar, name, kind, node):
    info = tarfile.TarInfo(name)
    info.type = kind
    data = None
    if node is not None:
        info.mode, info.uid, info.gid = node.mode, node.uid, node.gid
        info.pax_headers = {"mtime": f"{node.mtime // 10**9}.{node.mtime % 10**9:09}"}
        if isinstance(node.content, bytes):
            info.size, data = len(node.content), io.BytesIO(node.content)
        elif node.content is not None:
            info.linkname = node.content
    tar.addfile(info, data)


def random_layer(rng):
    """(archive, layer); the layer is None when it must be refused."""
    out, layer = io.BytesIO(), Layer()
    is_right, used = True, []
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for number in range(rng.randrange(1, 9)):
            name, kind, node, (verb, path) = random_entry(rng, used)
            before = copy.deepcopy(layer)
            if is_right and not (layer.add(path, node, number) if verb == "add" else getattr(layer, verb)(path)):
                if rng.random() < 0.9:
                    layer = before  # mostly stacks that are right
                    continue
                is_right = False
            write_entry(tar, name, kind, node)
    return out.getvalue(), layer if is_right else None


# --- ours
def getattr_of(path, name):
    try:
        return os.getxattr(path, name)
    except OSError:
        return None


LIBC = ctypes.CDLL(None, use_errno=True)


def mount(layers, where, empty):
    shown = []
    for layer in reversed(layers):  # as overlay.c has it: below an opaque root nothing shows
        shown.append(layer)
        if b"y" == getattr_of(layer, "trusted.overlay.opaque"):
            break
    # The topmost first; one alone is not enough for overlayfs.
    options = "lowerdir=" + ":".join([*shown, empty])
    if LIBC.mount(b"overlay", where.encode(), b"overlay", 1, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), options)


def unpack(data, into):
    os.mkdir(into)
    fd = os.open(into, os.O_RDONLY | os.O_DIRECTORY)
    done = subprocess.run(["dhow-transfer", "unpack", "--layer", "--into", str(fd)], input=data, capture_output=True,
                          pass_fds=(fd,), check=False)
    os.close(fd)
    return done.returncode, json.loads(done.stdout)


def seen(where):
    """{path: (node, inode)} of a tree."""
    found = {}
    for at, directories, files in os.walk(where):
        for name in directories + files:
            path = os.path.join(at, name)
            try:
                st = os.lstat(path)
            except FileNotFoundError:
                continue  # overlayfs lists whiteouts where only one layer has the directory; they are not there
            kind = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "s", stat.S_IFIFO: "p"}.get(stat.S_IFMT(st.st_mode), "?")
            content = None
            if kind == "f":
                with open(path, "rb") as file:
                    content = file.read()
            elif kind == "s":
                content = os.readlink(path)
            mode = stat.S_IMODE(st.st_mode)
            found[os.path.relpath(path, where)] = (Node(kind, mode, st.st_uid, st.st_gid, st.st_mtime_ns, content), st.st_ino)
    return found


def groups(pairs):
    """Which names are one file, whatever its number is."""
    table = collections.defaultdict(set)
    for path, (node, inode) in pairs.items():
        if node.kind != "d":
            table[inode].add(path)
    return sorted(sorted(names) for names in table.values())


def difference(model, found):
    if set(model) != set(found):
        return f"only in the model: {sorted(set(model) - set(found))}; only in ours: {sorted(set(found) - set(model))}"
    for path, (node, _) in model.items():
        have = found[path][0]
        if node.kind == "s":
            node = node._replace(mode=have.mode)
        if node.mtime is None:
            node = node._replace(mtime=have.mtime)
        if node != have:
            return f"{path}: {node} in the model, {have}"
    return None if groups(model) == groups(found) else f"other hard links: {groups(model)}, {groups(found)}"


def try_stack(seed, base):
    """(number of layers that were refused, what is wrong or None)"""
    rng = random.Random(seed)
    stack, layers = {}, []
    where, empty = os.path.join(base, "merged"), os.path.join(base, "empty")
    os.makedirs(where)
    os.mkdir(empty)
    for number in range(rng.randrange(1, 7)):
        data, layer = random_layer(rng)
        into = os.path.join(base, f"l{number}")
        status, report = unpack(data, into)
        if layer is None:
            return 1, None if status == 1 and report["kind"] == "invalid" else f"layer {number} was not refused: {report}"
        if status != 0:
            return 0, f"layer {number} was refused: {report}"
        layers.append(into)
        stack = merge(stack, layer, number)
    mount(layers, where, empty)
    try:
        return 0, difference(stack, seen(where))
    finally:
        LIBC.umount2(where.encode(), 0)


def main():
    first, count, base = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    refused = wrong = 0
    for seed in range(first, first + count):
        place = os.path.join(base, str(seed))
        was_refused, problem = try_stack(seed, place)
        refused += was_refused
        if problem is not None:
            wrong += 1
            print(f"seed {seed}: {problem}")
        subprocess.run(["rm", "-rf", "--one-file-system", place], check=True)
    print(f"{count} stacks, {refused} refused, {wrong} wrong")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
