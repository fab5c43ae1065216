# SPDX-License-Identifier: Apache-2.0
# mounts.bats — what a container has mounted: -v, --mount, --tmpfs, --volumes-from, VOLUME, images; whose files they are.
load dhow
bats_require_minimum_version 1.5.0

setup_file() {
    dhow_setup_file
    tar -C "$T/busybox" -c . | dhow import - bb >/dev/null
    # An image that has something where volumes will be.
    cp -a "$T/busybox" "$T/image"
    mkdir -p "$T/image/data/sub" "$T/image/etc" "$T/image/srv"
    echo image >"$T/image/data/file"
    ln "$T/image/data/file" "$T/image/data/sub/same"
    ln -s /etc/passwd "$T/image/data/link"
    chown -Rh 1000:1000 "$T/image/data"
    chmod 4755 "$T/image/data/file"
    chmod 0750 "$T/image/data"
    setfattr -n user.note -v kept "$T/image/data/file"
    printf 'root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n' >"$T/image/etc/passwd"
    printf 'root:x:0:\napp:x:1000:\nstaff:x:50:\n' >"$T/image/etc/group"
    tar -C "$T/image" --xattrs -c . | dhow import --change 'VOLUME /data' - full >/dev/null
    mkdir "$T/host"
    echo host >"$T/host/file"
    dhow run --rm bb true
}

teardown() {
    local id
    for id in $(timeout 60 dhow ps -aq 2>/dev/null); do timeout 60 dhow rm -fv "$id" >/dev/null 2>&1 || true; done
    dhow volume prune -af >/dev/null
}

volumes() { dhow volume ls -q; }
data() { echo "$DHOW_ROOT/volumes/$1/_data"; }
# Nothing of a mount is left on the host.
clean() {
    assert_is "$(leftovers)" ""
    assert_is "$(find "$DHOW_RUN_ROOT/volumes" -mindepth 1 2>/dev/null)" ""
}

# --- volumes ---

@test "a volume keeps what a container wrote when that is gone" {
    dhow run --rm -v data:/data bb sh -c 'echo words >/data/file'
    assert_is "$(dhow run --rm --mount source=data,destination=/elsewhere bb cat /elsewhere/file)" words
    assert_is "$(volumes)" data
    clean
}

@test "a read-only volume cannot be written" {
    dhow run --rm -v data:/data bb sh -c 'echo words >/data/file'
    run dhow run --rm -v data:/data:ro bb sh -c 'cat /data/file; echo more >>/data/file'
    assert_has "$output" words
    assert_has "$output" "Read-only file system"
    run dhow run --rm --mount source=data,target=/data,readonly bb touch /data/x
    assert_has "$output" "Read-only file system"
}

@test "anonymous volumes go with --rm and with rm -v, and else stay" {
    dhow run --rm -v /one --mount target=/two full true
    assert_is "$(volumes)" ""
    dhow run --name kept -v /one full true
    assert_is "$(volumes | wc -l)" 2
    dhow rm kept
    assert_is "$(volumes | wc -l)" 2
    dhow volume prune -f >/dev/null
    dhow run --name gone -v /one -v named:/two full true
    dhow rm -v gone
    assert_is "$(volumes)" named
    clean
}

@test "an image's VOLUME is filled with what the image has there, once" {
    id=$(dhow create full true)
    dhow start -a "$id"
    volume=$(dhow inspect -f '{{range .Mounts}}{{if eq .Destination "/data"}}{{.Name}}{{end}}{{end}}' "$id")
    assert_is "$(stat -c '%u:%g %a %h' "$(data "$volume")/file")" "1000:1000 4755 2"
    assert_is "$(stat -c '%u:%g %a' "$(data "$volume")")" "1000:1000 750"
    assert_is "$(readlink "$(data "$volume")/link")" /etc/passwd
    assert_is "$(getfattr --only-values -n user.note "$(data "$volume")/file")" kept
    rm "$(data "$volume")/file"
    dhow start -a "$id"
    refute test -e "$(data "$volume")/file"
}

@test "a volume with something in it is not filled, nor with nocopy, nor below a subpath" {
    dhow volume create data >/dev/null
    echo mine >"$(data data)/file"
    assert_is "$(dhow run --rm -v data:/data full cat /data/file)" mine
    refute test -e "$(data data)/sub"
    assert_is "$(dhow run --rm -v empty:/data:nocopy full ls /data)" ""
    assert_is "$(dhow run --rm --mount source=other,target=/data,volume-nocopy full ls /data)" ""
    assert_is "$(dhow run --rm -v third:/data full ls /data | tr '\n' ' ')" "file link sub "
}

@test "a bind mount hides what the image has" {
    assert_is "$(dhow run --rm -v "$T/host:/data" full ls /data)" file
    assert_is "$(cat "$T/host/file")" host
}

@test "volume labels, driver and options of --mount make the volume" {
    dhow run --rm --mount 'source=data,target=/d,volume-label=a=b,volume-driver=local,volume-opt=type=tmpfs,volume-opt=device=tmpfs,"volume-opt=o=size=1m,uid=9"' \
        bb sh -c 'stat -f -c %T /d; stat -c %u /d' >"$T/out"
    assert_is "$(cat "$T/out")" "tmpfs
9"
    assert_is "$(dhow volume inspect -f '{{.Labels.a}} {{.Options.type}}' data)" "b tmpfs"
    clean
}

@test "a part of a volume is mounted, and a link in it leads nowhere else" {
    dhow run --rm -v data:/d bb sh -c 'mkdir -p /d/a/b; echo deep >/d/a/b/file; ln -s /etc /d/evil; ln -s a/b /d/good'
    assert_is "$(dhow run --rm --mount source=data,target=/x,volume-subpath=a/b bb cat /x/file)" deep
    assert_is "$(dhow run --rm --mount source=data,target=/x,volume-subpath=good bb cat /x/file)" deep
    assert_is "$(dhow run --rm --mount source=data,target=/x,volume-subpath=a/b/file bb cat /x)" deep
    run -127 dhow run --rm --mount source=data,target=/x,volume-subpath=evil bb ls /x
    assert_has "$output" "cannot access path $(data data)/evil"
    run dhow run --rm --mount source=data,target=/x,volume-subpath=../other bb ls /x
    assert_has "$output" "subpath must be a relative path within the volume"
    clean
}

@test "volumes-from gives what the other has, read-only if asked" {
    dhow run --name first -v data:/data -v "$T/host:/host" --tmpfs /t bb sh -c 'echo words >/data/file'
    assert_is "$(dhow run --rm --volumes-from first bb cat /data/file /host/file)" "words
host"
    run dhow run --rm --volumes-from first:ro bb touch /data/x
    assert_has "$output" "Read-only file system"
    assert_is "$(dhow run --rm --volumes-from first -v other:/data bb ls /data)" ""
    run dhow run --rm --volumes-from nosuch bb true
    assert_has "$output" "No such container: nosuch"
    run dhow run --rm --volumes-from first:nocopy bb true
    assert_has "$output" "invalid mode for volumes-from: nocopy"
}

@test "a shared anonymous volume goes with its last user" {
    dhow run --name first -v /data bb sh -c 'echo words >/data/file'
    dhow create --name second --volumes-from first bb cat /data/file >/dev/null
    dhow rm -v first
    assert_is "$(dhow start -a second)" words
    dhow rm -v second
    assert_is "$(volumes)" ""
}

# --- host directories and files ---

@test "-v makes a missing source, --mount says that it is missing" {
    dhow run --rm -v "$T/made/here:/x" bb touch /x/file
    assert_is "$(stat -c '%u:%g %a' "$T/made/here")" "0:0 755"
    run dhow run --rm --mount "type=bind,source=$T/nosuch,target=/x" bb true
    assert_status 125
    assert_has "$output" "invalid mount config for type \"bind\": bind source path does not exist: $T/nosuch"
    refute test -e "$T/nosuch"
    dhow run --rm --mount "type=bind,source=$T/nosuch,target=/x,bind-create-src" bb true
    [ -d "$T/nosuch" ]
    rmdir "$T/nosuch"
}

@test "a relative path begins where the user is, and a plain name that is a file is warned of" {
    cd "$T/host"
    assert_is "$(dhow run --rm -v ./file:/f bb cat /f)" host
    assert_is "$(dhow run --rm -v .:/d bb cat /d/file)" host
    assert_is "$(dhow run --rm --mount type=bind,source=./file,target=/f bb cat /f)" host
    run dhow run --rm -v file:/f bb true
    assert_has "$output" 'mounts a volume called "file"; for the file here, write ./file'
}

@test "a file on a directory and the opposite are explained" {
    run dhow run --rm -v "$T/host/file:/data" full true
    assert_failed
    assert_has "$output" "Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type"
    run dhow run --rm -v "$T/host:/etc/passwd" full true
    assert_failed
    assert_has "$output" "Are you trying to mount a directory onto a file"
    clean
}

@test "mounts that make no sense are refused in docker's words" {
    run dhow run --rm -v "/a:b" bb true
    assert_status 125
    assert_has "$output" "invalid volume specification: '/a:b': invalid mount config for type \"bind\": invalid mount path: 'b' mount path must be absolute"
    run dhow run --rm -v "/a:/b:odd" bb true
    assert_has "$output" "invalid mode: odd"
    run dhow run --rm -v "a/b:/c" bb true
    assert_has "$output" "If you intended to pass a host directory, use absolute path"
    run dhow run --rm -v data:/x -v other:/x bb true
    assert_has "$output" "Duplicate mount point: /x"
    run dhow run --rm -v data:/x --tmpfs /x bb true
    assert_has "$output" "Duplicate mount point: /x"
    run dhow run --rm -v data:/ bb true
    assert_has "$output" "destination can't be '/'"
    run dhow run --rm --mount type=odd,target=/x bb true
    assert_has "$output" 'invalid mount config for type "odd": mount type unknown'
    run dhow run --rm --mount target=/x,odd=1 bb true
    assert_status 125
    assert_has "$output" "invalid argument \"target=/x,odd=1\" for \"--mount\" flag: unexpected key 'odd' in 'odd=1'"
    assert_is "$(volumes)" ""
    assert_is "$(dhow ps -aq)" ""
}

@test "read-only is all that is mounted below, unless it is asked for otherwise" {
    mkdir -p "$T/tree/below"
    mount -t tmpfs tmpfs "$T/tree/below"
    run dhow run --rm -v "$T/tree:/t:ro" bb touch /t/below/x
    assert_has "$output" "Read-only file system"
    dhow run --rm --mount "type=bind,source=$T/tree,target=/t,ro,bind-recursive=writable" bb touch /t/below/x
    run dhow run --rm --mount "type=bind,source=$T/tree,target=/t,ro,bind-recursive=readonly,bind-propagation=rprivate" bb touch /t/below/y
    assert_has "$output" "Read-only file system"
    assert_is "$(dhow run --rm --mount "type=bind,source=$T/tree,target=/t,bind-recursive=disabled" bb ls /t/below)" ""
    assert_is "$(dhow run --rm -v "$T/tree:/t" bb ls /t/below)" x
    umount "$T/tree/below"
}

@test "propagation goes where it was asked for" {
    mkdir -p "$T/prop"
    mount -t tmpfs tmpfs "$T/prop"
    mount --make-shared "$T/prop"
    mkdir "$T/prop/a" "$T/prop/b"
    dhow run -d --name slave -v "$T/prop:/p:rslave" bb sleep 1000 >/dev/null
    dhow run -d --name private -v "$T/prop:/p" bb sleep 1000 >/dev/null
    mount -t tmpfs tmpfs "$T/prop/a"
    touch "$T/prop/a/seen"
    assert_is "$(dhow exec slave ls /p/a)" seen
    assert_is "$(dhow exec private ls /p/a)" ""
    umount "$T/prop/a"
    mount --make-private "$T/prop"
    run dhow run --rm -v "$T/prop:/p:shared" bb true
    assert_failed
    assert_has "$output" "not a shared mount"
    dhow rm -f slave private
    umount "$T/prop"
}

@test "what contains another mount comes first, in whatever order they are written" {
    assert_is "$(dhow run --rm -v "$T/host/file:/a/b/c" -v data:/a --tmpfs /a/b bb cat /a/b/c)" host
    assert_is "$(dhow run --rm --tmpfs /etc bb sh -c 'ls /etc | tr "\n" " "')" "hostname hosts resolv.conf "
    assert_is "$(dhow run --rm -v "$T/host/file:/etc/hosts" bb cat /etc/hosts)" host
}

# --- tmpfs ---

@test "tmpfs has its options, and docker's defaults" {
    options=$(dhow run --rm --tmpfs /t:size=1m,mode=1770,uid=5 bb grep ' /t ' /proc/mounts)
    assert_has "$options" nosuid
    assert_has "$options" nodev
    assert_has "$options" noexec
    assert_has "$options" size=1024k
    assert_has "$options" uid=5
    assert_lacks "$(dhow run --rm --tmpfs /t:exec bb grep ' /t ' /proc/mounts)" noexec
    options=$(dhow run --rm --mount type=tmpfs,target=/t,tmpfs-size=2m,tmpfs-mode=700 bb grep ' /t ' /proc/mounts)
    assert_has "$options" size=2048k
    assert_has "$options" mode=700
    run dhow run --rm --mount type=tmpfs,target=/t,ro bb touch /t/x
    assert_has "$output" "Read-only file system"
    run dhow run --rm --tmpfs /t:size=odd bb true
    assert_failed
    clean
}

@test "a read-only root can have places to write" {
    run dhow run --rm --read-only --tmpfs /run -v data:/data bb sh -c 'touch /run/x /data/x && touch /x'
    assert_has "$output" "touch: /x: Read-only file system"
    assert_lacks "$output" /run/x
    dhow run --rm --read-only --read-only-tmpfs bb touch /tmp/x /run/x /var/tmp/x
}

# --- images ---

@test "an image is mounted, read-only, or a part of it" {
    assert_is "$(dhow run --rm --mount type=image,source=full,target=/i bb cat /i/data/file)" image
    assert_is "$(dhow run --rm --mount type=image,source=full,target=/i,image-subpath=data bb cat /i/file)" image
    run dhow run --rm --mount type=image,source=full,target=/i bb touch /i/x
    assert_has "$output" "Read-only file system"
    run dhow run --rm --mount type=image,source=nosuch,target=/i bb true
    assert_failed
    assert_has "$output" "image nosuch is not here: pull it first"
    run -127 dhow run --rm --mount type=image,source=full,target=/i,image-subpath=nosuch bb true
    assert_has "$output" "cannot access path nosuch in image full"
    clean
}

@test "while a container runs nothing of an image mount is left on the host" {
    dhow run -d --name one --mount type=image,source=full,target=/i bb sleep 1000 >/dev/null
    assert_is "$(dhow exec one cat /i/data/file)" image
    refute grep "$DHOW_RUN_ROOT/containers.*/mounts/" /proc/self/mounts
    dhow rm -f one
    clean
}

# --- whose files they are ---

@test "own= shows a directory as the container's user's, and on the disk nothing changes" {
    mkdir "$T/own"
    echo words >"$T/own/file"
    chmod 700 "$T/own"
    chmod 600 "$T/own/file"
    run dhow run --rm -u app -v "$T/own:/o:own=app" full sh -c 'cat /o/file; touch /o/new; mkdir /o/dir; stat -c %u:%g /o /o/file /o/new'
    assert_is "$output" "words
1000:1000
1000:1000
1000:1000"
    assert_is "$(stat -c %u:%g "$T/own/file" "$T/own/new" "$T/own/dir" | sort -u)" "0:0"
    assert_is "$(dhow run --rm --mount "type=bind,source=$T/own,target=/o,own=app:staff" full stat -c %u:%g /o/file)" "1000:50"
    assert_is "$(dhow run --rm -v data:/o:own=77 full stat -c %u:%g /o)" "77:0"
}

@test "own= works on tmpfs, and where it cannot be it is refused and nothing runs" {
    mkdir -p "$T/memory"
    mount -t tmpfs tmpfs "$T/memory"
    echo words >"$T/memory/file"
    run dhow run --rm -v "$T/memory:/o:own=app" full stat -c %u /o/file
    [ "$output" = 1000 ] || assert_has "$output" "cannot show its files as another user's" # before Linux 6.3
    umount "$T/memory"
    run dhow run --rm -v /sys:/o:own=app full true
    assert_failed
    assert_has "$output" "own=app: the file system of /sys cannot show its files as another user's"
    run dhow run --rm -v "$T/host:/o:own=nobody-here" full true
    assert_failed
    assert_has "$output" "own=nobody-here: unable to find user nobody-here: no matching entries in passwd file"
    run dhow run --rm -v "$T/host:/o:own=app,U" full true
    assert_has "$output" "own= cannot be combined with U"
    clean
}

@test "U gives all of a directory to the container's user, and follows nothing" {
    canary plant "$T/canary"
    mkdir -p "$T/give/dir"
    ln -s "$T/canary/tree" "$T/give/link"
    dhow run --rm -u app -v "$T/give:/g:U" full touch /g/dir/new
    assert_is "$(stat -c %u "$T/give" "$T/give/dir" "$T/give/link" | sort -u)" 1000
    canary verify "$T/canary"
    canary clear "$T/canary"
}

@test "O keeps what is written out of the host's directory" {
    run dhow run --rm -v "$T/host:/h:O" bb sh -c 'cat /h/file; echo changed >/h/file; cat /h/file; touch /h/new'
    assert_is "$output" "host
changed"
    assert_is "$(cat "$T/host/file")" host
    refute test -e "$T/host/new"
    clean
}

# --- inspect and ps ---

@test "inspect and ps show the mounts as docker does" {
    dhow create --name shown -v data:/b -v "$T/host:/a:ro" -v /c --mount type=tmpfs,target=/d --tmpfs /e bb true >/dev/null
    assert_is "$(dhow inspect shown | jq -c '.[0].Mounts[] | [.Type, .Destination, .Mode, .RW, .Propagation, .Driver]')" \
        '["bind","/a","ro",false,"rprivate",null]
["volume","/b","z",true,"","local"]
["volume","/c","",true,"","local"]
["tmpfs","/d","",true,"",null]'
    assert_is "$(dhow inspect -f '{{(index .Mounts 1).Source}}' shown)" "$(data data)"
    assert_is "$(dhow inspect -f '{{json .HostConfig.Binds}}' shown)" "[\"data:/b\",\"$T/host:/a:ro\"]"
    assert_has "$(dhow ps -a --no-trunc --format '{{.Mounts}}')" data
    assert_is "$(dhow ps -a --format '{{.LocalVolumes}}')" 2
}

# --- attackers ---

@test "CVE-2021-30465: a directory of a shared volume becomes a link while another container starts" {
    canary plant "$T/canary3"
    dhow run --rm -v data:/v bb mkdir -p /v/a/b
    ln -s "$T/canary3/tree" "$(data data)/evil"
    sweep --script "mv -T --exchange $(data data)/a $(data data)/evil 2>/dev/null || exchange $(data data)/a $(data data)/evil" --sample 60 3 \
        --check "canary verify $T/canary3 && echo fine" -- dhow run --rm -v data:/v -v other:/v/a/b bb true >"$T/sweep.out" 2>&1 ||
        failed "$(cat "$T/sweep.out")"
    rm -f "$(data data)/evil"
    canary verify "$T/canary3"
    canary clear "$T/canary3"
}

@test "a subpath that becomes a link while a container starts shows nothing of the host" {
    canary plant "$T/canary4"
    dhow run --rm -v data:/v bb sh -c 'mkdir -p /v/a/b'
    ln -s "$T/canary4/tree" "$(data data)/evil"
    sweep --script "exchange $(data data)/a $(data data)/evil" --sample 40 5 \
        --check "! grep -q mark \$SWEEP_OUTPUT && canary verify $T/canary4 --may-read && echo fine" -- \
        dhow run --rm --mount source=data,target=/x,volume-subpath=a bb ls /x >"$T/sweep.out" 2>&1 || failed "$(cat "$T/sweep.out")"
    canary clear "$T/canary4"
}

@test "CVE-2022-23648, CVE-2019-16884: an image's VOLUME stays in its root and off /proc" {
    tar -C "$T/busybox" -c . | dhow import --change 'VOLUME /../../../../etc' - up >/dev/null
    assert_lacks "$(dhow run --rm up ls /etc)" shadow
    tar -C "$T/busybox" -c . | dhow import --change 'VOLUME /proc/self/attr' - proc >/dev/null
    run dhow run --rm proc true
    assert_failed
    cp -a "$T/busybox" "$T/linked"
    ln -s /etc "$T/linked/vol"
    tar -C "$T/linked" -c . | dhow import --change 'VOLUME /vol' - linked >/dev/null
    assert_is "$(dhow run --rm linked sh -c 'ls /etc | grep -c shadow')" 0
    clean
}

# --- killed ---

@test "run with volumes killed at any step leaves nothing behind" {
    sweep --kill-tree --sample 60 11 --prepare 'dhow rm -fv $(dhow ps -aq) >/dev/null 2>&1; dhow volume prune -af >/dev/null' \
        --check '
            for id in $(dhow ps -aq); do dhow rm -fv "$id" >/dev/null || exit 1; done
            dhow volume prune -af >/dev/null || exit 1
            left=$(find "$DHOW_ROOT/volumes" "$DHOW_ROOT/containers" "$DHOW_RUN_ROOT/containers" "$DHOW_RUN_ROOT/volumes" -mindepth 1 \
                ! -name .incoming ! -name .removing 2>/dev/null)
            [ -z "$left" ] || { echo "left: $left"; exit 1; }
            ! grep -q "$DHOW_ROOT\|$DHOW_RUN_ROOT" /proc/self/mounts || { grep "$DHOW_R" /proc/self/mounts; exit 1; }
            echo fine' -- \
        dhow run --name killed -v data:/data -v /anonymous --mount type=image,source=full,target=/i full true >"$T/sweep.out" 2>&1 ||
        failed "$(cat "$T/sweep.out")"
}

@test "rm -v killed at any step is finished by the next" {
    sweep --kill-tree --sample 60 13 --prepare 'dhow run --name killed -v data:/data -v /anonymous full true' \
        --check '
            dhow rm -fv killed >/dev/null 2>&1
            dhow volume ls -q >/dev/null
            [ "$(dhow ps -aq)" = "" ] || exit 1
            [ "$(dhow volume ls -q)" = data ] || { dhow volume ls -q; exit 1; }
            [ -z "$(find "$DHOW_ROOT/containers" "$DHOW_ROOT/volumes/.removing" -mindepth 1 2>/dev/null)" ] || exit 1
            echo fine' -- dhow rm -v killed >"$T/sweep.out" 2>&1 || failed "$(cat "$T/sweep.out")"
}

@test "a copy-up that was killed is finished by the next start, whole" {
    sweep --kill-tree --sample 40 17 --only linkat,fchown,fchmod,fsetxattr,mkdirat,symlinkat,unlinkat,copy_file_range,ioctl,utimensat \
        --prepare 'dhow rm -f one >/dev/null 2>&1; dhow volume rm -f data >/dev/null; dhow create --name one -v data:/data full true' \
        --check '
            dhow start -a one || exit 1
            [ "$(cat "$DHOW_ROOT/volumes/data/_data/file")" = image ] || exit 1
            [ "$(stat -c "%u %a %h" "$DHOW_ROOT/volumes/data/_data/file")" = "1000 4755 2" ] || exit 1
            [ "$(stat -c "%u %a" "$DHOW_ROOT/volumes/data/_data")" = "1000 750" ] || exit 1
            [ -z "$(find "$DHOW_ROOT/volumes/data" -name ".dhow*" -o -name populating)" ] || exit 1
            echo fine' -- dhow start -a one >"$T/sweep.out" 2>&1 || failed "$(cat "$T/sweep.out")"
}

@test "a live mount killed at any step is there or not, and goes with the container" {
    sweep --kill-tree --sample 40 19 --prepare 'dhow rm -fv live >/dev/null 2>&1; dhow volume rm -f data >/dev/null; dhow run -d --name live bb sleep 1000' \
        --check '
            dhow inspect live >/dev/null || exit 1
            shown=$(dhow inspect -f "{{len .Mounts}}" live)
            dhow restart -t 0 live >/dev/null || exit 1
            [ "$(dhow exec live grep -c " /volume " /proc/mounts)" = "$shown" ] || { echo "shown $shown"; exit 1; }
            dhow rm -fv live >/dev/null || exit 1
            dhow volume rm -f data >/dev/null || exit 1
            echo fine' -- dhow update --mount-add source=data,target=/volume live >"$T/sweep.out" 2>&1 || failed "$(cat "$T/sweep.out")"
}

@test "rm removes what a killed monitor left of mounts" {
    dhow volume create -o type=tmpfs -o device=tmpfs mem >/dev/null
    dhow run -d --name one -v mem:/m --mount type=image,source=full,target=/i bb sleep 1000 >/dev/null
    kill -9 "$(pgrep -f "dhow-monitor .*$DHOW_RUN_ROOT")"
    dhow rm -fv one
    dhow volume rm mem
    clean
}

@test "an image that a container mounts is not removed, nor pruned" {
    tar -C "$T/busybox" -c . | dhow import --change 'LABEL prune=me' - mounted >/dev/null
    dhow create --name user --mount type=image,source=mounted,target=/i bb true >/dev/null
    run dhow rmi mounted
    assert_failed
    assert_has "$output" "container user has it mounted"
    dhow image prune -af --filter label=prune=me >/dev/null
    dhow start -a user
    dhow rm user
    dhow rmi mounted
}

@test "--storage-opt is refused where it cannot be kept" {
    run dhow run --rm --storage-opt size=odd bb true
    assert_status 125
    assert_has "$output" "invalid size: 'odd'"
    run dhow run --rm --storage-opt colour=red bb true
    assert_has "$output" "unknown option colour"
    run dhow run --rm --storage-opt size=10M bb sh -c 'dd if=/dev/zero of=/x bs=1M count=20 2>&1'
    assert_failed
    assert_matches "$output" "is supported only for overlay over xfs|No space left|quota exceeded"
}

@test "events say when volumes come and go" {
    since=$(date +%s)
    id=$(dhow create -v told:/d bb true)
    dhow start -a "$id"
    dhow rm "$id"
    dhow volume rm told
    run dhow events --since "$since" --until "$(($(date +%s) + 1))" --filter type=volume --filter volume=told --format '{{.Action}}'
    assert_is "$output" "create
mount
unmount
destroy"
}

@test "an image of several layers is mounted, whole and in part" {
    dhow run --name layers full sh -c 'mkdir -p /top/deep; echo second >/top/deep/file; rm -r /srv'
    dhow commit layers several >/dev/null
    dhow rm -v layers
    assert_is "$(dhow run --rm --mount type=image,source=several,target=/i bb sh -c 'cat /i/top/deep/file /i/data/file; ls -d /i/srv 2>&1 | grep -c No')" "second
image
1"
    assert_is "$(dhow run --rm --mount type=image,source=several,target=/i,image-subpath=top/deep bb cat /i/file)" second
    clean
}

# --- live ---

@test "mounts come to a running container, and stay for its next start" {
    dhow run -d --name live -u app full sleep 1000 >/dev/null
    assert_is "$(dhow update --mount-add "type=bind,source=$T/host,target=/new/place,ro" --mount-add source=data,target=/volume \
        --mount-add type=tmpfs,target=/memory,tmpfs-size=1m --mount-add "type=bind,source=$T/host/file,target=/one/file,own=app" \
        --mount-add type=image,source=full,target=/image,image-subpath=data live)" live
    seen() {
        assert_is "$(dhow exec -u root live sh -c 'cat /new/place/file /image/file; stat -c %u /one/file; stat -f -c %T /memory; ls -d /volume')" "host
image
1000
tmpfs
/volume"
        run dhow exec -u root live touch /new/place/x
        assert_has "$output" "Read-only file system"
    }
    seen
    run dhow volume rm data
    assert_has "$output" "(container live)"
    refute grep "$DHOW_RUN_ROOT/containers.*/mounts/" /proc/self/mounts
    dhow stop -t 0 live >/dev/null
    dhow start live >/dev/null
    seen
}

@test "mounts go from a running container, and do not come again" {
    dhow run -d --name live -v data:/volume -v "$T/host:/host" --tmpfs /memory full sleep 1000 >/dev/null
    dhow update --mount-rm /volume --mount-rm /host/ --mount-rm /memory live
    assert_is "$(dhow exec live sh -c 'grep -E " /(volume|host|memory) " /proc/mounts')" ""
    dhow volume rm data
    assert_is "$(dhow inspect -f '{{json .HostConfig.Binds}}' live)" "[]"
    dhow restart -t 0 live >/dev/null
    assert_is "$(dhow exec live sh -c 'grep -E " /(volume|host|memory) " /proc/mounts')" ""
    run dhow update --mount-rm /volume live
    assert_failed
    assert_has "$output" "container live has no mount at /volume"
}

@test "a mount that cannot come changes nothing" {
    dhow run -d --name live -v data:/volume --read-only bb sleep 1000 >/dev/null
    run dhow update --mount-add type=tmpfs,target=/volume live
    assert_has "$output" "Duplicate mount point: /volume"
    run dhow update --mount-add "type=bind,source=$T/nosuch,target=/x" live
    assert_has "$output" "bind source path does not exist: $T/nosuch"
    run dhow update --mount-add type=tmpfs,target=/not/there live
    assert_failed
    assert_has "$output" "Read-only file system"
    run dhow update --mount-add source=other,target=/proc/sys live
    assert_failed
    assert_has "$output" "inside a procfs"
    assert_is "$(dhow inspect -f '{{len .Mounts}}' live)" 1
    dhow volume rm other
}

@test "a live mount's place is resolved in the container, whatever is there" {
    canary plant "$T/canary5"
    dhow run -d --name live --privileged bb sh -c "mkdir -p /a; ln -s $T/canary5/tree /a/link; ln -s ../../../../../../..$T/canary5/tree /up; sleep 1000" >/dev/null
    eventually dhow exec live test -L /up
    dhow update --mount-add type=tmpfs,target=/a/link/x --mount-add type=tmpfs,target=/up/directory live
    refute grep canary5 /proc/self/mounts
    dhow update --mount-rm /a/link/x --mount-rm /up/directory live
    canary verify "$T/canary5"
    canary clear "$T/canary5"
}
