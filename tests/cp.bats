#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cp.bats — dhow cp, both ways: docker's names, kinds, links, mounts; and that nothing leads out (LC-13, SE-18).

bats_require_minimum_version 1.5.0
load dhow

setup_file() {
    dhow_setup_file
    tar -C "$T/busybox" -c . | dhow import - bb >/dev/null
    dhow run --rm bb true
    canary plant "$T/canary" --name "$ID"
}
teardown_file() {
    local code=0
    canary verify "$T/canary" || code=$?
    canary clear "$T/canary"
    dhow_teardown_file && return $code
}
setup() {
    D=$(mktemp -d "$T/cp.XXXXXX")
    cd "$D" || return 1
    mkdir -p dir/sub
    echo one >file
    echo two >dir/two
    echo three >dir/sub/three
    ln -s ../file dir/link
}

# both COMMAND… — against a running container and against one that never ran, each called cc.
both() {
    dhow run -d --name cc bb sleep 1000 >/dev/null
    "$@"
    dhow rm -f cc >/dev/null
    rm -rf out && dhow create --name cc bb true >/dev/null
    "$@"
    dhow rm -f cc >/dev/null
}
inside() { dhow cp "cc:$1" - | tar -xO; } # the content of a file
names() { dhow cp "cc:$1" - | tar -t | sort | tr '\n' ' '; }

file_names() {
    dhow cp file cc:/tmp           # a directory that exists
    assert_is "$(inside /tmp/file)" one
    dhow cp file cc:/tmp/new       # a new name
    assert_is "$(inside /tmp/new)" one
    dhow cp dir/two cc:/tmp/new    # in place of a file
    assert_is "$(inside /tmp/new)" two
    run dhow cp file cc:/tmp/none/
    assert_status 1
    assert_is "$output" "dhow: no such directory"
    run dhow cp file cc:/none/x
    assert_status 1
    assert_is "$output" "dhow: Could not find the file /none/ in container cc"
}
@test "a file goes into a directory, under a new name, in place of a file" { both file_names; }

directory_names() {
    dhow cp dir cc:/tmp
    assert_is "$(names /tmp/dir)" "dir/ dir/link dir/sub/ dir/sub/three dir/two "
    dhow cp dir/. cc:/tmp/dir2     # a new name either way
    assert_is "$(names /tmp/dir2)" "dir2/ dir2/link dir2/sub/ dir2/sub/three dir2/two "
    dhow cp dir cc:/tmp/dir3
    assert_is "$(inside /tmp/dir3/sub/three)" three
    dhow cp dir/. cc:/tmp          # what is in it
    assert_is "$(inside /tmp/sub/three)" three
    dhow cp file cc:/tmp/f
    run dhow cp dir cc:/tmp/f
    assert_status 1
    assert_is "$output" "dhow: cannot copy directory"
}
@test "a directory goes into a directory or becomes a new one, and /. is what is in it" { both directory_names; }

out_names() {
    dhow cp dir cc:/tmp
    mkdir out
    dhow cp cc:/tmp/dir out
    diff -r --no-dereference dir out/dir
    dhow cp cc:/tmp/dir out/new
    diff -r --no-dereference dir out/new
    dhow cp cc:/tmp/dir/. out/contents
    diff -r --no-dereference dir out/contents
    mkdir out/there
    dhow cp cc:/tmp/dir/. out/there
    diff -r --no-dereference dir out/there
    dhow cp cc:/tmp/dir/two out/two
    assert_is "$(cat out/two)" two
    dhow cp cc:/tmp/dir/sub/three out/two
    assert_is "$(cat out/two)" three
    dhow cp cc:/tmp/dir/two out/
    assert_is "$(cat out/two)" two
    run dhow cp cc:/tmp/dir out/two
    assert_status 1
    assert_is "$output" "dhow: cannot copy directory"
    run dhow cp cc:/tmp/dir/two out/none/x
    assert_status 1
    assert_has "$output" 'invalid output path: directory "out/none/" does not exist'
    run dhow cp cc:/nowhere out
    assert_status 1
    assert_is "$output" "dhow: Could not find the file /nowhere in container cc"
}
@test "out of a container the same names" { both out_names; }

@test "a directory does not take the place of a file deeper down, nor the other way round" {
    dhow run -d --name cc bb sh -c 'mkdir -p /d/dir/two /d/dir; echo x >/d/dir/sub; sleep 1000' >/dev/null
    eventually dhow exec cc test -e /d/dir/sub
    run dhow cp dir cc:/d
    assert_status 1
    assert_has "$output" "cannot overwrite non-directory \"dir/sub\" with directory"
    rm -r dir/sub
    run dhow cp dir cc:/d
    assert_status 1
    assert_has "$output" "cannot overwrite directory \"dir/two\" with non-directory"
    mkdir -p out/dir/two
    dhow exec cc rm -r /d/dir/two
    dhow exec cc touch /d/dir/two
    run dhow cp cc:/d/dir out
    assert_status 1
    assert_has "$output" "cannot overwrite directory \"dir/two\" with non-directory"
}

@test "modes, times, links, owners, pipes and holes are kept" {
    touch -d '2001-02-03 04:05:06' file dir/sub
    chown 12:34 file
    chmod 4751 file
    mkfifo dir/pipe
    ln dir/two dir/again
    truncate -s 10M dir/hole
    setfattr -n user.colour -v green dir/two 2>/dev/null || true
    dhow create --name cc bb true >/dev/null
    dhow cp file cc:/tmp/file
    assert_is "$(dhow cp cc:/tmp/file - | tar -tv --numeric-owner --full-time | awk '{print $1,$2,$4,$5}')" \
        "-rwsr-x--x 12/34 2001-02-03 04:05:06"
    dhow cp dir cc:/tmp
    dhow cp cc:/tmp/dir back
    assert_is "$(stat -c %F back/pipe)" fifo
    assert_is "$(stat -c %i back/two)" "$(stat -c %i back/again)"
    [ "$(stat -c %b back/hole)" -lt 100 ]
    assert_is "$(stat -c %y back/sub)" "$(stat -c %y dir/sub)"
    # Without -a they belong to who copies; with it, to whom they did.
    dhow cp cc:/tmp/file mine
    assert_is "$(stat -c '%u:%g %a' mine)" "0:0 4751"
    dhow cp -a cc:/tmp/file theirs
    assert_is "$(stat -c '%u:%g' theirs)" 12:34
}

@test "-a into a container gives the files to its user" {
    dhow create --name cc -u 7:8 bb true >/dev/null
    dhow cp -a dir cc:/tmp
    assert_is "$(dhow cp cc:/tmp/dir - | tar -tv --numeric-owner | awk '{print $2}' | sort -u)" 7/8
}

@test "-L copies what a link leads to, under the link's name" {
    dhow run -d --name cc bb sh -c 'mkdir /d; echo in >/d/f; ln -s /d/f /l; ln -s d /ld; ln -s ../../../etc/hostname /up; sleep 1000' >/dev/null
    eventually dhow exec cc test -L /up
    dhow cp cc:/l out
    [ -L out ]
    assert_is "$(readlink out)" /d/f
    dhow cp -L cc:/l out2
    assert_is "$(cat out2)" in
    mkdir o
    dhow cp -L cc:/l o
    assert_is "$(cat o/l)" in
    dhow cp cc:/ld/f o/f # links on the way are followed
    assert_is "$(cat o/f)" in
    dhow cp -L cc:/up o # never out of it
    assert_is "$(cat o/up)" "$(dhow exec cc hostname)"
    # here
    ln -s dir/two here
    dhow cp here cc:/tmp
    assert_is "$(dhow exec cc readlink /tmp/here)" dir/two
    dhow cp -L here cc:/d
    assert_is "$(dhow exec cc cat /d/here)" two
    # a link as the destination is followed
    dhow cp file cc:/ld
    assert_is "$(dhow exec cc cat /d/file)" one
}

@test "- reads and writes tar streams, compressed ones, too" {
    dhow run -d --name cc bb sleep 1000 >/dev/null
    tar -c dir | dhow cp - cc:/tmp
    assert_is "$(dhow exec cc cat /tmp/dir/two)" two
    tar -cz file | dhow cp - cc:/tmp
    assert_is "$(dhow exec cc cat /tmp/file)" one
    run bash -c 'tar -c file | dhow cp - cc:/tmp/file'
    assert_status 1
    assert_is "$output" 'dhow: destination "cc:/tmp/file" must be a directory'
    run bash -c 'head -c 100000 /dev/urandom | dhow cp - cc:/tmp'
    assert_status 1
    dhow cp cc:/tmp/dir - | tar -x -C "$D" --one-top-level=x
    diff -r --no-dereference dir x/dir
    # a reader that goes away
    run bash -c 'set -o pipefail; dhow cp cc:/bin - | head -c 10 >/dev/null'
    [ "$status" -ne 0 ]
}

@test "mounts are there: of a running container, of a stopped one, of one that never ran" {
    mkdir host
    echo host >host/h
    dhow volume create "v-$ID" >/dev/null
    dhow create --name cc -v "v-$ID:/vol" -v "$D/host:/bind" -v "$D/file:/onefile:ro" bb sleep 1000 >/dev/null
    for state in created running stopped; do
        [ "$state" != running ] || dhow start cc >/dev/null
        [ "$state" != stopped ] || dhow kill cc >/dev/null
        [ "$state" != stopped ] || dhow wait cc >/dev/null
        dhow cp file "cc:/vol/$state"
        dhow cp file "cc:/bind/$state"
        assert_is "$(cat "host/$state")" one
        assert_is "$(inside "/vol/$state")" one
        assert_is "$(inside /bind/h)" host
        assert_is "$(inside /onefile)" one
        dhow cp cc:/bind out-$state
        assert_is "$(cat out-$state/h)" host
    done
    dhow rm cc >/dev/null
    dhow create --name cc -v "v-$ID:/vol" bb true >/dev/null
    assert_is "$(names /vol)" "vol/ vol/created vol/running vol/stopped "
    dhow rm cc >/dev/null
    dhow volume rm "v-$ID" >/dev/null
}

@test "read-only places stay as they are, and it is said which" {
    mkdir host
    for state in create "run -d"; do
        # shellcheck disable=SC2086
        dhow $state --name cc --read-only -v "$D/host:/ro:ro" -v "$D/dir:/rw" bb sleep 1000 >/dev/null
        run dhow cp file cc:/
        assert_status 1
        assert_is "$output" "dhow: container rootfs is marked read-only"
        run dhow cp file cc:/ro
        assert_status 1
        assert_is "$output" "dhow: mounted volume is marked read-only"
        dhow cp file cc:/rw/new
        assert_is "$(cat dir/new)" one
        rm dir/new
        dhow rm -f cc >/dev/null
    done
    assert_is "$(ls host)" ""
}

@test "the kernel's own files are not copied, and nothing hangs on them" {
    dhow run -d --name cc bb sleep 1000 >/dev/null
    timeout 60 dhow cp cc:/ all
    [ -d all/proc ]
    assert_is "$(ls all/proc)" ""
    assert_is "$(ls all/sys)" ""
    [ -x all/bin/busybox ]
}

@test "wrong words are answered in docker's" {
    dhow create --name cc bb true >/dev/null
    run dhow cp file dir
    assert_is "$output" "dhow: must specify at least one container source"
    run dhow cp cc:/tmp other:/tmp
    assert_is "$output" "dhow: copying between containers is not supported"
    run dhow cp nofile cc:/tmp
    assert_status 1
    assert_is "$output" "dhow: lstat nofile: no such file or directory"
    run dhow cp file none:/tmp
    assert_has "$output" "No such container: none"
    run dhow cp file/ cc:/tmp
    assert_is "$output" "dhow: file/: not a directory"
    run dhow cp file
    assert_has "$output" "'dhow cp' requires 2 arguments"
    touch c:odd
    dhow cp ./c:odd cc:/tmp # a path with a colon
    assert_is "$(names /tmp/c:odd)" "c:odd "
}

@test "what was copied is said on a terminal" {
    touch -d '2001-02-03 04:05:06' file # fractions of a second take another block
    dhow create --name cc bb true >/dev/null
    run terminal -- dhow cp file cc:/tmp
    assert_has "$output" "Successfully copied 2.05kB to cc:/tmp"
    run terminal -- dhow cp cc:/tmp/file out
    assert_has "$output" "Successfully copied 2.05kB to out"
    run terminal -- dhow cp -q file cc:/tmp
    assert_lacks "$output" Successfully
    run dhow cp file cc:/tmp
    assert_is "$output" ""
}

# --- what must not happen

@test "links in a container lead nowhere but into the container" {
    dhow run -d --name cc bb sh -c "
        ln -s $T/canary /out
        ln -s /../../../../../..$T/canary /up
        ln -s /proc/1/root/../../../$T /proc1
        ln -s /proc/self/cwd /cwd
        mkdir /d
        ln -s $T/canary /d/out
        sleep 1000" >/dev/null
    eventually dhow exec cc test -L /d/out
    for link in out up proc1 cwd; do
        run dhow cp "cc:/$link/" o
        assert_status 1
        run dhow cp file "cc:/$link/"
        assert_status 1
        run dhow cp file "cc:/$link/new"
        assert_status 1
    done
    mkdir -p tar/d/out
    echo evil >tar/d/out/evil
    run bash -c 'tar -C tar -c d | dhow cp - cc:/'
    assert_status 1
    assert_has "$output" 'cannot overwrite non-directory "d/out" with directory'
    tar -C tar -c d/out/evil >evil.tar
    run dhow cp - cc:/ <evil.tar
    assert_status 1
    assert_has "$output" "is no directory"
}

@test "hostile archives into a container stay there" {
    dhow run -d --name cc bb sleep 1000 >/dev/null
    hostile-tar --all "$T/canary" hostile
    # The bombs fill a disk wherever they are unpacked, and have tests of their own.
    for tar in hostile/*; do
        case $tar in *bomb*|*huge*|*many*) continue ;; esac
        timeout 60 dhow cp - cc:/tmp <"$tar" >/dev/null 2>&1 || true
    done
    python3 - <<'P'
import io, tarfile
with tarfile.open("evil2.tar", "w") as t:
    for name, link in (("a", "/"), ("b", "../../../..")):
        i = tarfile.TarInfo(name); i.type = tarfile.SYMTYPE; i.linkname = link; t.addfile(i)
    for name in ("a/tmp/escaped", "b/tmp/escaped"):
        i = tarfile.TarInfo(name); i.size = 1; t.addfile(i, io.BytesIO(b"x"))
P
    run dhow cp - cc:/tmp <evil2.tar
    assert_status 1
    python3 - <<'P'
import io, tarfile
with tarfile.open("evil3.tar", "w") as t:
    i = tarfile.TarInfo("../escaped"); i.size = 1; t.addfile(i, io.BytesIO(b"x"))
P
    run dhow cp - cc:/tmp <evil3.tar
    assert_status 1
    assert_has "$output" "leads out of the archive"
    canary verify "$T/canary"
}

@test "an archive from an engine cannot write beside what was asked for" {
    # what dhow cp cc:/x out starts; a hostile engine is the other end of the pipe
    mkdir into
    python3 - <<'P'
import io, tarfile
def make(path, *entries):
    with tarfile.open(path, "w") as t:
        for name, kind, link in entries:
            i = tarfile.TarInfo(name); i.type = kind; i.linkname = link
            i.size = 1 if kind == tarfile.REGTYPE else 0
            t.addfile(i, io.BytesIO(b"x") if i.size else None)
R, S, H = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
make("1.tar", ("x", R, ""), (".bashrc", R, ""))
make("2.tar", ("../x", R, ""))
make("3.tar", ("/x", S, "/"), ("x/tmp/escaped", R, ""))
make("4.tar", ("x", H, ".ssh/id"))
make("5.tar", ("x/../../escaped", R, ""))
P
    mkdir into/.ssh
    echo secret >into/.ssh/id
    for i in 1 2 3 4 5; do
        run dhow-transfer unpack --into 3 --merge --strip x --prefix out --keep-kinds 3<into <$i.tar
        assert_status 1
        rm -rf into/out
    done
    assert_is "$(ls -A into)" .ssh
}

@test "a container that swaps directories for links meanwhile changes nothing outside" {
    # In the container a and b are exchanged without end: a directory, and a link to the canary.
    cp "$TOOLS/exchange" "$D/exchange"
    dhow run -d --name cc -v "$D/exchange:/exchange" bb sh -c "mkdir -p /w/a/in /w/t; echo data >/w/a/in/f; ln -s $T/canary /w/b; exec /exchange --forever /w/a /w/b" >/dev/null
    eventually dhow exec cc test -L /w/b -o -L /w/a
    for i in $(seq 60); do
        timeout 60 dhow cp file "cc:/w/a/in/$i" >/dev/null 2>&1 || true
        timeout 60 dhow cp dir "cc:/w/a/" >/dev/null 2>&1 || true
        rm -rf out
        timeout 60 dhow cp cc:/w/a/ out >/dev/null 2>&1 || true
        # the canary's directory is the container's own, if at all: there it is not
        [ ! -e out/secret ]
    done
    canary verify "$T/canary"
}

# swapped_at_each STEP COMMAND… — a and b change places between two system calls: at each STEPth, one run each.
swapped_at_each() {
    local step=$1 n at w
    shift
    w=$DHOW_ROOT/containers/$(dhow inspect -f '{{.Id}}' cc)/rootfs/w
    n=$(sysfault --count -- "$@" 2>&1 >/dev/null | tail -1)
    [ "$n" -gt 100 ]
    for ((at = 20; at < n; at += step)); do
        rm -rf out
        timeout 60 sysfault --at "$at" --script "exchange $w/a $w/b" -- "$@" >/dev/null 2>&1 || true
        [ ! -L "$w/a" ] || exchange "$w/a" "$w/b"
        # What came out is of the container's directory, or nothing.
        [ ! -e out ] || [ -z "$(find out -name 'directory' -o -name 'suid*')" ]
    done
    canary verify "$T/canary"
}

@test "CVE-2018-15664 CVE-2026-42306: a directory is swapped for a link between any two system calls" {
    dhow run -d --name cc bb sh -c "mkdir -p /w/a/in; echo data >/w/a/in/f; ln -s $T/canary /w/b; sleep 1000" >/dev/null
    eventually dhow exec cc test -L /w/b
    swapped_at_each 12 dhow cp file cc:/w/a/in/new
    swapped_at_each 12 dhow cp dir cc:/w/a
    swapped_at_each 12 dhow cp cc:/w/a/in/f out
    swapped_at_each 12 dhow cp cc:/w/a out
}

@test "CVE-2026-41568: of a stopped container with a volume, mount points are swapped for links meanwhile" {
    dhow volume create "s-$ID" >/dev/null
    dhow create --name cc -v "s-$ID:/w/a/in" bb true >/dev/null
    dhow cp file cc:/w/a/in
    local upper at n
    upper=$DHOW_ROOT/containers/$(dhow inspect -f '{{.Id}}' cc)/upper/w
    [ -d "$upper/a/in" ]
    ln -s "$T/canary" "$upper/b"
    n=$(sysfault --count -- dhow cp file cc:/w/a/in/new 2>&1 >/dev/null | tail -1)
    for ((at = 20; at < n; at += 12)); do
        timeout 60 sysfault --at "$at" --script "exchange $upper/a $upper/b" -- dhow cp file cc:/w/a/in/new >/dev/null 2>&1 || true
        [ ! -L "$upper/a" ] || exchange "$upper/a" "$upper/b"
    done
    canary verify "$T/canary"
    run grep -c "$T" /proc/self/mountinfo
    assert_is "$output" 0
    dhow rm cc >/dev/null
    dhow volume rm "s-$ID" >/dev/null
}

@test "nothing of the container is run" {
    # Traps in place of every program and library that others have run or loaded there.
    dhow run -d --name cc bb sh -c '
        mkdir -p /lib /usr/bin /lib/x86_64-linux-gnu
        for p in tar gzip xz unpigz zstd git; do printf "#!/bin/sh\ntouch /tmp/trapped\n" >/usr/bin/$p; chmod 755 /usr/bin/$p; done
        for l in files dns compat; do echo trap >/lib/x86_64-linux-gnu/libnss_$l.so.2; done
        echo "passwd: dns" >/etc/nsswitch.conf
        sleep 1000' >/dev/null
    eventually dhow exec cc test -e /etc/nsswitch.conf
    tar -cz dir | dhow cp - cc:/tmp
    env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" strace -f -qq -e trace=execve,open,openat -o trace dhow cp cc:/tmp/dir out
    dhow cp file cc:/tmp
    run dhow exec cc test -e /tmp/trapped
    assert_status 1
    run grep -E 'nsswitch|libnss|unpigz|execve.*(tar|gzip|xz)"' trace
    assert_status 1
}

@test "killed while it copies, cp leaves nothing behind" {
    dhow volume create "k-$ID" >/dev/null
    dhow create --name cc -v "k-$ID:/v" bb true >/dev/null
    for i in 1 2 3 4 5 6; do
        # It reads from a pipe that nobody writes to.
        mkfifo "p$i"
        dhow cp - cc:/v <"p$i" &
        pid=$!
        exec 9>"p$i"
        sleep "0.0$i"
        kill -9 "$pid"
        wait "$pid" || true
        exec 9>&-
    done
    run grep -c "$T" /proc/self/mountinfo
    assert_is "$output" 0
    dhow cp file cc:/v/after
    assert_is "$(inside /v/after)" one
    dhow rm cc >/dev/null
    dhow volume rm "k-$ID" >/dev/null
}
