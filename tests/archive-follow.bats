#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# archive-follow.bats — dhow-transfer unpacks a file that another process is still downloading.

bats_require_minimum_version 1.5.0
load lib

setup_file() {
    dhow_setup_file
    mkdir "$T/tree"
    seq 1 200000 >"$T/tree/numbers"
    tar -C "$T/tree" -cf "$T/tar" .
    gzip -k "$T/tar"
}

teardown_file() {
    dhow_teardown_file
}

# follow HOW [OPTION...] — downloads $T/tar.gz into a file and unpacks it at the same time. HOW: python that has
# say(n), write(n) and `data`.
follow() {
    local how=$1
    shift
    rm -rf "$T/out" "$T/part"
    mkdir "$T/out"
    python3 - "$how" "$T" "$@" <<'END'
import os, struct, subprocess, sys, time
how, t, options = sys.argv[1], sys.argv[2], sys.argv[3:]
data = open(t + "/tar.gz", "rb").read()
part = os.open(t + "/part", os.O_RDWR | os.O_CREAT)
into = os.open(t + "/out", os.O_RDONLY)
reader, writer = os.pipe()
child = subprocess.Popen(["dhow-transfer", "unpack", "--into", str(into), "--follow", str(reader), *options], stdin=part,
                         pass_fds=(into, reader), stdout=subprocess.PIPE)
os.close(reader)
def say(n): os.write(writer, struct.pack("=Q", n))
def write(n): os.pwrite(part, data[:n], 0)
try:
    exec(how)
except BrokenPipeError:
    pass
os.close(writer)
print(child.communicate(timeout=20)[0].decode(), end="")
sys.exit(child.returncode)
END
}

size() {
    stat -c %s "$T/tar.gz"
}

@test "what is announced is unpacked while the rest is still to come" {
    run follow 'for n in range(1, len(data), 7777): write(n); say(n)
write(len(data)); say(len(data))' --size "$(size)"
    assert_status 0
    cmp "$T/tree/numbers" "$T/out/numbers"
    assert_is "$(jq -r .digest <<<"$output")" "$(sha256sum <"$T/tar.gz" | cut -d' ' -f1)"
    assert_is "$(jq -r .diff_id <<<"$output")" "$(sha256sum <"$T/tar" | cut -d' ' -f1)"
}

@test "it does not wait for the pipe's end when all the promised bytes are there" {
    run follow 'write(len(data)); say(len(data)); child.wait(10)' --size "$(size)"
    assert_status 0
}

@test "without a size the pipe's end is the file's" {
    run follow 'write(len(data)); say(5); say(len(data))'
    assert_status 0
    cmp "$T/tree/numbers" "$T/out/numbers"
}

@test "announcements may come in pieces, and many at once" {
    run follow 'write(len(data))
many = b"".join(struct.pack("=Q", n) for n in range(0, 4000)) + struct.pack("=Q", len(data))
for i in range(0, len(many), 1021): os.write(writer, many[i:i+1021])' --size "$(size)"
    assert_status 0
}

@test "a download that ends early is unavailable, and says after how many bytes" {
    run follow 'write(1000); say(1000)' --size "$(size)"
    assert_status 1
    assert_is "$(jq -r .kind <<<"$output")" unavailable
    assert_has "$output" "the download ended after 1000 of $(size) bytes"
}

@test "announced bytes that are not there, that shrink or that are too many are refused" {
    run follow 'write(500); say(1000)' --size "$(size)"
    assert_status 1
    assert_has "$output" "shorter than was announced"
    run follow 'write(len(data)); say(1000); say(999)' --size "$(size)"
    assert_status 1
    assert_has "$output" "went back from 1000 to 999"
    run follow 'write(len(data)); say(len(data) + 1)' --size "$(size)"
    assert_status 1
    assert_has "$output" "more than the $(size) bytes that were promised"
}

@test "--size holds for a pipe and for a file, too" {
    local n
    for n in $(($(size) - 1)) $(($(size) + 1)); do
        mkdir "$T/size"
        run dhow-transfer unpack --into 9 --size "$n" 9<"$T/size" <"$T/tar.gz"
        assert_status 1
        assert_is "$(jq -r .kind <<<"$output")" invalid
        assert_has "$output" "$n bytes"
        run bash -c 'cat "$1/tar.gz" | dhow-transfer unpack --into 9 --size "$2" 9<"$1/size"' - "$T" "$n"
        assert_status 1
        rm -rf "$T/size"
    done
    mkdir "$T/size"
    run dhow-transfer unpack --into 9 --size "$(size)" 9<"$T/size" <"$T/tar.gz"
    assert_status 0
    rm -rf "$T/size"
}
