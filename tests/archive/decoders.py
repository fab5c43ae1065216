#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""decoders.py CASE — compressed archives, right ones and broken ones, given to dhow-transfer; for archive-decoders.bats.

Prints what is wrong, and nothing when all is right; the last line says how many archives were tried.
"""
import bz2
import hashlib
import io
import json
import lzma
import os
import random
import struct
import subprocess
import sys
import tarfile
import tempfile
import zlib

TRIED = 0
WRONG = 0


def tar(*files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zstd(data, *options):
    return subprocess.run(["zstd", "-q", "-c", *options], input=data, capture_output=True, check=True).stdout


def gzip(data, flags=0, fields=b"", level=9):
    raw = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = raw.compress(data) + raw.flush()
    return (b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\2\3" + fields + body +
            struct.pack("<II", zlib.crc32(data), len(data) & 0xffffffff))


PACK = {"gzip": gzip, "zstd": lambda data: zstd(data, "--check"), "xz": lzma.compress, "bzip2": bz2.compress,
        "none": lambda data: data}


def unpack(data, pieces=None, verb="unpack", options=(), measured=False):
    """(status, report, peak KiB). `pieces`: sizes of the writes into a pipe; else standard input is a file."""
    with tempfile.TemporaryDirectory(dir=os.environ["T"]) as into:
        fd = os.open(into, os.O_RDONLY | os.O_DIRECTORY)
        measure = os.path.join(os.environ["T"], "peak")
        # Our own memory would count as the child's until it executes something.
        command = [*(["time", "-f", "%M", "-o", measure] if measured else []), "dhow-transfer", verb, *(["--into", str(fd)] if verb == "unpack" else []), *options]
        if pieces is None:
            source = tempfile.TemporaryFile(dir=os.environ["T"])
            source.write(data)
            source.seek(0)
        else:
            source = subprocess.PIPE
        with subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, pass_fds=(fd,)) as child:
            if pieces is not None:
                try:
                    at = 0
                    for n in pieces:
                        os.write(child.stdin.fileno(), data[at:at + n])
                        at += n
                        if at >= len(data):
                            break
                    child.stdin.close()
                except BrokenPipeError:
                    pass
            out = child.stdout.read()
        os.close(fd)
    peak = 0
    if measured:
        with open(measure, encoding="ascii") as file:
            peak = int(file.read().split()[-1])
    try:
        report = json.loads(out)
    except ValueError:
        report = {"kind": "none", "error": f"no report: {out!r}"}
    return child.returncode, report, peak


def at_all():
    return "DECODERS_ALL" in os.environ


def wrong(what):
    global WRONG
    WRONG += 1
    print(what)


def check(what, data, plain=None, says="", **how):
    """plain: it must be read as that; None: it must be refused, and say so."""
    global TRIED
    TRIED += 1
    status, report, peak = unpack(data, **how)
    if plain is not None:
        want = {"diff_id": hashlib.sha256(plain).hexdigest(), "digest": hashlib.sha256(data).hexdigest(),
                "size_bytes": len(plain)}
        got = {key: report.get(key) for key in want}
        if status != 0 or got != want:
            wrong(f"{what}: status {status}, {report}, want {want}")
    elif status != 1 or report.get("kind") != "invalid" or says not in report.get("error", ""):
        wrong(f"{what}: status {status}, {report}")
    return peak


SMALL = tar(("file", random.Random(1).randbytes(150)))[:2048]


def truncated(kind):
    """Cut at every byte: refused, but for an empty file and a plain tar's ends of entries."""
    data = PACK[kind](SMALL)
    for n in range(1, len(data), 1 if kind != "none" else 9):
        check(f"{kind} cut to {n} of {len(data)}", data[:n])
    check("whole", data, SMALL)
    check("empty", b"", b"")


def flipped(kind):
    """One wrong bit anywhere: refused, or (in a field that says nothing) the same archive."""
    global TRIED
    data = PACK[kind](SMALL)
    rng = random.Random(2)
    for at in range(0, len(data), 1 if at_all() else 3):
        bad = bytearray(data)
        bad[at] ^= 1 << rng.randrange(8)
        status, report, _ = unpack(bytes(bad), verb="diffid")
        TRIED += 1
        is_same = status == 0 and report["diff_id"] == hashlib.sha256(SMALL).hexdigest()
        # A magic that is none makes a plain file of it, which is another archive, and no tar.
        is_plain = status == 0 and report["compression"] == "none" and at < 10
        if not is_same and not is_plain and not (status == 1 and report["kind"] == "invalid"):
            wrong(f"{kind} byte {at}: status {status}, {report}")


def pieces(kind):
    """Written into the pipe in pieces of 1 … n bytes."""
    plain = tar(*((f"dir/{i}", random.Random(i).randbytes(i * 37)) for i in range(100)))
    data = PACK[kind](plain)
    check("one by one", PACK[kind](SMALL), SMALL, pieces=[1] * len(PACK[kind](SMALL)))
    for seed in range(50 if at_all() else 4):
        rng = random.Random(seed)
        most = rng.choice((3, 50, 1000, 5000))
        check(f"{kind} in pieces up to {most}", data, plain, pieces=[rng.randint(1, most) for _ in range(len(data))])


def members(_):
    """gzip: optional fields of the header, members in a row, and what may not follow."""
    extra = struct.pack("<H", 300) + bytes(300)
    names = b"name\0", b"comment \xff\0"
    for flags in range(32):
        fields = b""
        if flags & 4:
            fields += extra
        if flags & 8:
            fields += names[0]
        if flags & 16:
            fields += names[1]
        if flags & 2:
            header = b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\2\3" + fields
            fields += struct.pack("<H", zlib.crc32(header) & 0xffff)
        data = gzip(SMALL, flags, fields)
        check(f"flags {flags}", data, SMALL)
        check(f"flags {flags}, byte by byte", data, SMALL, pieces=[1] * len(data))
        if flags & 2:
            check("a header's wrong checksum", gzip(SMALL, flags, fields[:-1] + bytes([fields[-1] ^ 1])), says="checksum")
    half = len(SMALL) // 2
    two = gzip(SMALL[:half]) + gzip(b"") + gzip(SMALL[half:])
    check("members", two, SMALL)
    check("members, byte by byte", two, SMALL, pieces=[1] * len(two))
    check("stored", gzip(SMALL, level=0), SMALL)
    check("garbage behind", two + b"garbage", says="behind the archive's end")
    check("a zero behind", two + b"\0", says="behind the archive's end")
    check("half a magic behind", two + b"\x1f", says="ends too early")
    check("another compression behind", gzip(SMALL) + zstd(b"x"), says="behind the archive's end")
    check("a wrong length", gzip(SMALL)[:-4] + struct.pack("<I", len(SMALL) + 1), says="checksum")
    check("a wrong checksum", gzip(SMALL)[:-8] + b"\0\0\0\0" + gzip(SMALL)[-4:], says="checksum")
    check("another method", b"\x1f\x8b\x07" + gzip(SMALL)[3:], says="header makes no sense")
    check("the second is cut", two[:-3], says="ends too early")
    check("a distance before the start", b"\x1f\x8b\x08\0\0\0\0\0\2\3" + bytes.fromhex("4b02420000") + bytes(8))


def frames(_):
    """zstd: frames in a row, frames to skip (zstd:chunked), and windows that are too large."""
    half = len(SMALL) // 2
    def skipped(n, magic=0):
        return struct.pack("<II", 0x184D2A50 + magic, n) + b"x" * n
    one, two = zstd(SMALL[:half]), zstd(SMALL[half:])
    check("frames", one + two, SMALL)
    check("skipped in front, between and behind", skipped(10) + one + skipped(0, 3) + two + skipped(3000, 15), SMALL)
    check("only skipped ones", skipped(10), b"")
    check("without a checksum", zstd(SMALL, "--no-check"), SMALL)
    check("garbage behind", one + two + b"garbage behind it", says="zstd")
    check("a skipped one is cut", one + two + skipped(100)[:-1], says="ends too early")
    check("a window of 2 GiB", bytes.fromhex("28b52ffd" "00" "a8") + b"\1\0\0", says="zstd")
    check("a dictionary that nobody has", bytes.fromhex("28b52ffd" "21" "05" "07") + b"\1\0\0", says="zstd")


def streams(_):
    """xz and bzip2: streams in a row."""
    half = len(SMALL) // 2
    check("xz streams with padding", lzma.compress(SMALL[:half]) + bytes(8) + lzma.compress(SMALL[half:]), SMALL)
    check("xz with odd padding", lzma.compress(SMALL) + bytes(3))
    check("xz with garbage", lzma.compress(SMALL) + b"garbage, and more of it")
    for kind in (lzma.CHECK_NONE, lzma.CHECK_CRC32, lzma.CHECK_CRC64, lzma.CHECK_SHA256):
        check(f"xz check {kind}", lzma.compress(SMALL, check=kind), SMALL)
    large = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]
    check("xz that wants a gigabyte", lzma.compress(SMALL, filters=large), says="more memory than is allowed")
    check("bzip2 streams", bz2.compress(SMALL[:half]) + bz2.compress(SMALL[half:]), SMALL)
    check("bzip2 of nothing", bz2.compress(b""), b"")
    check("bzip2 with garbage", bz2.compress(SMALL) + b"garbage", says="behind the archive's end")
    check("a file's name that looks like bzip2", tar(("BZh9", b"x")), tar(("BZh9", b"x")))
    check("a file's name that looks like gzip's first byte", tar(("\x1f", b"x")), tar(("\x1f", b"x")))


def bombs(_):
    """What becomes much larger: refused, in little memory, and without the disk that it asks for."""
    head = tarfile.TarInfo("zeros")
    head.size = 10 << 30
    member = gzip(bytes(512 << 20))
    data = gzip(head.tobuf(tarfile.GNU_FORMAT)) + member * 20
    cases = [("10 GiB of zeros in gzip", data, "is a bomb", ())]
    many = b"".join(tarfile.TarInfo(f"f{i}").tobuf(tarfile.USTAR_FORMAT) for i in range(20000))
    cases.append(("many empty files", gzip(many, level=1), "more than 10000 entries", ("--max-entries", "10000")))
    cases.append(("more than is allowed", gzip(tar(("f", bytes(1 << 20)))), "larger than 100000 bytes",
                  ("--max-bytes", "100000")))
    for what, data, says, options in cases:
        peak = check(what, data, says=says, options=options, measured=True)
        if peak > 16 << 10:
            wrong(f"{what}: {peak} KiB of memory")


def memory(kind):
    """An ordinary archive of 64 MiB takes little memory."""
    plain = tar(("f", random.Random(3).randbytes(1 << 20) * 64))
    peak = check(kind, PACK[kind](plain), plain, measured=True)
    most = {"xz": 32, "zstd": 16}.get(kind, 12)
    if peak > most << 10:
        wrong(f"{kind}: {peak} KiB of memory")


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2] if len(sys.argv) > 2 else None)
    print(f"{TRIED} archives, {WRONG} wrong")
    sys.exit(WRONG != 0)
