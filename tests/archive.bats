#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# archive.bats — dhow-transfer unpacks what is right, exactly, and lets nothing out (SECURITY 4c).

bats_require_minimum_version 1.5.0
load lib

setup_file() {
    dhow_setup_file
    canary plant "$T/canary" --name "$ID"
}

teardown_file() {
    local code=0
    canary verify "$T/canary" || code=$?
    canary clear "$T/canary"
    dhow_teardown_file && return $code
}

# unpack DIR [OPTION...] <TAR — into a new DIR.
unpack() {
    local dir=$1
    shift
    mkdir "$dir"
    dhow-transfer unpack --into 9 "$@" 9<"$dir"
}

# facts DIR [TIME-FORMAT] — what every tar carries, one line a file (directories without their size).
facts() {
    (cd "$1" && find . \( -type d -printf "%p %y %m %U:%G ${2:-%T@}\n" \) -o \
        -printf "%p %y %m %U:%G %s ${2:-%T@} %n %l\n" | sort)
    (cd "$1" && find . -type f -exec md5sum {} + | sort)
    (cd "$1" && find . \( -type b -o -type c \) -exec stat -c '%n %t:%T' {} + | sort)
}

# attributes DIR — what only PAX carries.
attributes() {
    (cd "$1" && getfattr -Rhd -m '^(user|security)\.' .)
}

# A tree with all that there is.
plant() {
    mkdir -p "$1/dir/deep er/ümläut" "$1/sticky"
    echo text >"$1/dir/file"
    ln "$1/dir/file" "$1/dir/hard"
    ln -s ../nowhere "$1/dir/link"
    ln -s / "$1/root"
    printf 'x%.0s' {1..5000} >"$1/dir/deep er/ümläut/$(printf 'n%.0s' {1..200})"
    cp /bin/true "$1/setuid"
    chmod 6755 "$1/setuid"
    chown 1234:5678 "$1/dir/file" "$1/sticky"
    chown -h 99:99 "$1/dir/link"
    chmod 1777 "$1/sticky"
    chmod 000 "$1/dir/deep er"
    mkfifo -m 640 "$1/fifo"
    mknod -m 600 "$1/device" c 1 3
    mknod -m 660 "$1/block" b 7 0
    truncate -s 10M "$1/sparse"
    echo middle | dd of="$1/sparse" bs=1 seek=5000000 conv=notrunc status=none
    cp /bin/true "$1/capable"
    setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 "$1/capable"
    setfattr -n user.note -v hello "$1/dir/file"
    touch -d '2001-02-03 04:05:06.789' "$1/dir/file" "$1/sticky"
    touch -h -d '1999-01-01' "$1/dir/link"
    touch -d '1970-01-01 00:00:01Z' "$1"
    chmod 750 "$1"
}

@test "a tree comes out as it went in: modes, owners, times, links, devices, attributes, holes" {
    plant "$T/tree"
    local format
    for format in pax gnu; do
        local attributes=()
        [ $format = gnu ] || attributes=(--xattrs "--xattrs-include=*")
        tar --format=$format "${attributes[@]}" --sparse -C "$T/tree" -cf "$T/tar" .
        unpack "$T/out-$format" <"$T/tar"
    done
    diff <(facts "$T/tree") <(facts "$T/out-pax")
    diff <(attributes "$T/tree") <(attributes "$T/out-pax")
    assert_has "$(attributes "$T/out-pax")" security.capability
    diff <(facts "$T/tree" %Ts) <(facts "$T/out-gnu" %Ts) # GNU's own format has whole seconds
    [ "$(du -k "$T/out-pax/sparse" | cut -f1)" -lt 100 ]
}

@test "the report names the digest of the plain tar, whatever it was compressed with" {
    mkdir "$T/small"
    seq 1 10000 >"$T/small/numbers"
    tar -C "$T/small" -cf "$T/small.tar" .
    local digest name
    digest=$(sha256sum <"$T/small.tar" | cut -d' ' -f1)
    gzip -k "$T/small.tar"
    zstd -q "$T/small.tar"
    xz -k "$T/small.tar"
    bzip2 -k "$T/small.tar"
    for name in none:small.tar gzip:small.tar.gz zstd:small.tar.zst xz:small.tar.xz bzip2:small.tar.bz2; do
        run unpack "$T/small-${name%%:*}" <"$T/${name#*:}"
        assert_status 0
        assert_is "$(jq -r .diff_id <<<"$output")" "$digest"
        assert_is "$(jq -r .compression <<<"$output")" "${name%%:*}"
        assert_is "$(jq -r .digest <<<"$output")" "$(sha256sum <"$T/${name#*:}" | cut -d' ' -f1)"
        assert_is "$(jq -r .size_bytes <<<"$output")" "$(stat -c %s "$T/small.tar")"
        cmp "$T/small/numbers" "$T/small-${name%%:*}/numbers"
    done
}

@test "a gzip file of several members is one archive" {
    seq 1 100000 >"$T/many"
    tar -C "$T" -cf "$T/many.tar" many
    split -b 100000 "$T/many.tar" "$T/part."
    for part in "$T"/part.*; do gzip -c "$part"; done >"$T/many.tar.gz"
    unpack "$T/members" <"$T/many.tar.gz"
    cmp "$T/many" "$T/members/many"
}

@test "no hostile archive leaves its directory, and what must be refused is" {
    run -0 hostile-tar --run "$T/canary/tree" "$T/hostile"
    assert_has "$output" " 0 wrong"
    [ "${output%% *}" -gt 1300 ]
    canary verify "$T/canary"
}

@test "a refusal says which entry and why" {
    hostile-tar refused-symlink-then-file "$T/canary/tree" >"$T/hostile.tar"
    run unpack "$T/said" <"$T/hostile.tar"
    assert_has "$(jq -r .error <<<"$output")" 'entry "out/file"'
    assert_has "$(jq -r .error <<<"$output")" 'is no directory'
    assert_is "$(jq -r .kind <<<"$output")" invalid
}

@test "the last entry of a name wins" {
    python3 - >"$T/twice.tar" <<'END'
import io, sys, tarfile
out = io.BytesIO()
with tarfile.open(fileobj=out, mode="w") as tar:
    def add(name, kind=tarfile.REGTYPE, data=b"", link="", mode=0o644):
        info = tarfile.TarInfo(name); info.type = kind; info.size = len(data); info.linkname = link; info.mode = mode
        tar.addfile(info, io.BytesIO(data))
    add("file", data=b"first"); add("file", data=b"second")
    add("tree", tarfile.DIRTYPE, mode=0o755); add("tree/below/it", data=b"x"); add("tree", data=b"a file now")
    add("link", tarfile.SYMTYPE, link="file"); add("link", tarfile.DIRTYPE, mode=0o755); add("link/file", data=b"inside")
    add("kept", tarfile.DIRTYPE, mode=0o755); add("kept/file", data=b"still here"); add("kept", tarfile.DIRTYPE, mode=0o700)
    add("shared", data=b"one"); add("other", tarfile.LNKTYPE, link="shared"); add("shared", data=b"two")
sys.stdout.buffer.write(out.getvalue())
END
    unpack "$T/twice" <"$T/twice.tar"
    assert_is "$(cat "$T/twice/file")" second
    assert_is "$(cat "$T/twice/tree")" "a file now"
    assert_is "$(cat "$T/twice/link/file")" inside
    assert_is "$(cat "$T/twice/kept/file") $(stat -c %a "$T/twice/kept")" "still here 700"
    assert_is "$(cat "$T/twice/shared") $(cat "$T/twice/other")" "two one"
}

@test "CVE-2021-32760: modes and owners of links change nothing of what they lead to" {
    python3 - >"$T/links.tar" <<'END'
import io, sys, tarfile
out = io.BytesIO()
with tarfile.open(fileobj=out, mode="w") as tar:
    def add(name, kind=tarfile.REGTYPE, link="", **fields):
        info = tarfile.TarInfo(name); info.type = kind; info.linkname = link
        for key, value in fields.items(): setattr(info, key, value)
        tar.addfile(info)
    add("target", mode=0o600, mtime=1); add("dir", tarfile.DIRTYPE, mode=0o700, mtime=1)
    add("symlink", tarfile.SYMTYPE, "target", mode=0o777, uid=1, gid=1, mtime=9); add("to-dir", tarfile.SYMTYPE, "dir", mode=0o777, uid=1)
    add("hard", tarfile.LNKTYPE, "target", mode=0o4777, uid=1, gid=1, mtime=9)
    add("hard-to-symlink", tarfile.LNKTYPE, "symlink", mode=0o4777, uid=2)
sys.stdout.buffer.write(out.getvalue())
END
    unpack "$T/links" <"$T/links.tar"
    assert_is "$(stat -c '%a %u:%g %Y %h' "$T/links/target" "$T/links/dir" | xargs)" "600 0:0 1 2 700 0:0 1 2"
    assert_is "$(stat -c '%F %u:%g %Y %h' "$T/links/symlink")" "symbolic link 1:1 9 2"
}

@test "with --layer whiteouts become overlayfs' own" {
    mkdir -p "$T/layer/opaque"
    touch "$T/layer/.wh.gone" "$T/layer/opaque/.wh..wh..opq" "$T/layer/opaque/new"
    tar -C "$T/layer" -cf "$T/layer.tar" .
    unpack "$T/layered" --layer <"$T/layer.tar"
    assert_is "$(stat -c '%F %t:%T' "$T/layered/gone")" "character special file 0:0"
    assert_is "$(getfattr --only-values -n trusted.overlay.opaque "$T/layered/opaque")" y
    assert_is "$(ls -A "$T/layered/opaque")" new
    local name
    for name in .wh. .wh... .wh..wh.x; do
        python3 -c 'import sys, tarfile; t = tarfile.open(fileobj=sys.stdout.buffer, mode="w|"); t.addfile(tarfile.TarInfo(sys.argv[1])); t.close()' "$name" >"$T/bad.tar"
        run unpack "$T/bad" --layer <"$T/bad.tar"
        assert_status 1
        rm -rf "$T/bad"
    done
}

@test "a bomb is refused long before the disk is full" {
    # 5 GiB of zeros in 200 KiB of zstd, and in 5 MiB of gzip; --max-bytes is for what was not compressed so well.
    python3 -c 'import sys, tarfile
t = tarfile.TarInfo("zeros"); t.size = 5 << 30
sys.stdout.buffer.write(t.tobuf(tarfile.GNU_FORMAT))' >"$T/head"
    head -c 5G /dev/zero | cat "$T/head" - | zstd -q -1 >"$T/bomb"
    run unpack "$T/bombed" <"$T/bomb"
    assert_status 1
    assert_has "$output" "is a bomb"
    [ "$(du -sm "$T/bombed" | cut -f1)" -lt 10 ]
    rm -rf "$T/bombed"
    python3 - "$T/head" >"$T/bomb" <<'END'
import sys, zlib
out = zlib.compressobj(9, zlib.DEFLATED, 31)
sys.stdout.buffer.write(out.compress(open(sys.argv[1], "rb").read()) + out.flush())
out = zlib.compressobj(9, zlib.DEFLATED, 31)
member = out.compress(bytes(256 << 20)) + out.flush()
for i in range(20): sys.stdout.buffer.write(member)
END
    run unpack "$T/bombed" <"$T/bomb"
    assert_status 1
    assert_has "$output" "is a bomb"
    [ "$(du -sm "$T/bombed" | cut -f1)" -lt 10 ]
    run unpack "$T/limit" --max-bytes 1000 <"$T/small.tar"
    assert_status 1
    assert_has "$output" "larger than 1000 bytes"
}

@test "it works in a directory of its own, with few powers, and sees nothing else" {
    mkfifo "$T/pipe"
    mkdir "$T/jail"
    dhow-transfer unpack --into 9 9<"$T/jail" <"$T/pipe" >"$T/report" &
    local child=$!
    exec 8>"$T/pipe"
    head -c 512 "$T/small.tar" >&8
    eventually root_is "$child" "$T/jail"
    assert_is "$(readlink "/proc/$child/root")" "$T/jail"
    assert_is "$(awk '/^NoNewPrivs/ {print $2}' "/proc/$child/status")" 1
    # chown, dac_override, fowner, fsetid, mknod, setfcap
    assert_is "$(awk '/^CapPrm/ {print $2}' "/proc/$child/status")" 000000008800001b
    assert_is "$(awk '/^CapBnd/ {print $2}' "/proc/$child/status")" 000000008800001b
    [[ $DHOW_BUILD == */asan ]] || assert_is "$(awk '/^Seccomp:/ {print $2}' "/proc/$child/status")" 2
    assert_is "$(awk '/^Max core file size/ {print $5, $6}' "/proc/$child/limits")" "0 0"
    assert_is "$(awk '/^Max open files/ {print $5}' "/proc/$child/limits")" 256
    # 3 is the eventfd between its threads
    assert_is "$(find "/proc/$child/fd" -mindepth 1 -printf '%f ' | tr ' ' '\n' | sort -n | xargs)" "0 1 2 3 9"
    exec 8>&-
    wait "$child" || true
}

root_is() {
    [ "$(readlink "/proc/$1/root")" = "$2" ]
}

# as_user COMMAND… — as root of a user namespace that has one id.
as_user() {
    setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Ur "$@"
}

@test "in a user namespace: overlayfs' attributes for users, whiteouts, no devices, and owners only as far as they go" {
    mkdir -m 777 "$T/user" "$T/user/layer" "$T/user/out"
    mkdir "$T/user/layer/opaque"
    touch "$T/user/layer/.wh.gone" "$T/user/layer/opaque/.wh..wh..opq"
    mknod "$T/user/layer/null" c 1 3
    mkfifo "$T/user/layer/pipe"
    tar --numeric-owner --owner=0 --group=0 -C "$T/user/layer" -cf "$T/user/tar" .
    chown 65534:65534 "$T/user/out"
    run as_user dhow-transfer unpack --layer --into 9 9<"$T/user/out" <"$T/user/tar"
    assert_status 0
    assert_is "$(jq .skipped_devices <<<"$output")" 1
    assert_is "$(stat -c '%F %t:%T' "$T/user/out/gone")" "character special file 0:0"
    assert_is "$(getfattr --only-values -n user.overlay.opaque "$T/user/out/opaque")" y
    [ -p "$T/user/out/pipe" ] && [ ! -e "$T/user/out/null" ]
    rm -rf "$T/user/out"
    mkdir "$T/user/out"
    chown 65534:65534 "$T/user/out"
    tar --numeric-owner --owner=1000 --group=0 -C "$T/user/layer" -cf "$T/user/tar" pipe
    run as_user dhow-transfer unpack --layer --into 9 9<"$T/user/out" <"$T/user/tar"
    assert_status 1
    assert_is "$(jq -r .kind <<<"$output")" denied
    assert_has "$output" 'owner 1000:0 has no place in this user namespace'
}
