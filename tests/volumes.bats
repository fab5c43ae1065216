# SPDX-License-Identifier: Apache-2.0
# volumes.bats — volumes: made, listed, copied, removed, and what kills, full disks and races leave of them.
load dhow
bats_require_minimum_version 1.5.0

setup() { dhow volume prune -af >/dev/null; }

data() { dhow volume inspect -f '{{.Mountpoint}}' "$1"; }

# A file system of its own in $T/$1, made by mkfs.$2 with the options that follow.
loop_fs() {
    local name=$1 type=$2
    shift 2
    need "mkfs.$type"
    truncate -s "${SIZE:-64M}" "$T/$name.img"
    "mkfs.$type" -q "$@" "$T/$name.img" || skip "mkfs.$type cannot make it"
    mkdir -p "$T/$name"
}

# --- the verbs ---

@test "volume create prints the name, and says so again when it is there" {
    assert_is "$(dhow volume create data)" data
    assert_is "$(dhow volume create data)" data
    assert_is "$(dhow volume ls -q)" data
    [ -d "$(data data)" ]
}

@test "a volume without a name gets one of 64 digits and docker's label" {
    run dhow volume create
    assert_matches "$output" '^[0-9a-f]{64}$'
    assert_is "$(dhow volume inspect -f '{{json .Labels}}' "$output")" '{"com.docker.volume.anonymous":""}'
}

@test "names and drivers that cannot be are refused in docker's words" {
    run dhow volume create a/b
    assert_status 1
    assert_has "$output" 'create a/b: "a/b" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path'
    run dhow volume create a
    assert_has "$output" "volume name is too short, names should be at least two alphanumeric characters"
    run dhow volume create -d nosuch data
    assert_has "$output" 'create data: error looking up volume plugin nosuch: plugin "nosuch" not found'
    run dhow volume create -o colour=red data
    assert_has "$output" 'create data: invalid option: "colour"'
    run dhow volume create -o type=nfs data
    assert_has "$output" 'missing required option: "device"'
    assert_is "$(dhow volume ls -q)" ""
}

@test "volume ls has docker's table, formats and filters" {
    dhow volume create --label tier=db data >/dev/null
    dhow volume create other >/dev/null
    assert_is "$(dhow volume ls)" "DRIVER    VOLUME NAME
local     data
local     other"
    assert_is "$(dhow volume ls --format '{{.Name}} {{.Driver}} {{.Scope}} {{.Label "tier"}} {{.Size}}')" "data local local db N/A
other local local  N/A"
    assert_is "$(dhow volume ls -q -f label=tier)" data
    assert_is "$(dhow volume ls -q -f label=tier=db)" data
    assert_is "$(dhow volume ls -q -f name=the)" other
    assert_is "$(dhow volume ls -q -f driver=nosuch)" ""
    dhow create --name user -v other:/x bb true >/dev/null
    assert_is "$(dhow volume ls -q -f dangling=true)" data
    assert_is "$(dhow volume ls -q -f dangling=false)" other
    run dhow volume ls -f colour=red
    assert_failed
    assert_has "$output" "invalid filter 'colour'"
}

@test "volume inspect shows what docker shows" {
    dhow volume create --label a=b data >/dev/null
    assert_is "$(dhow volume inspect data | jq -r '.[0] | [.Name, .Driver, .Scope, .Mountpoint, .Labels.a] | join(" ")')" \
        "data local local $DHOW_ROOT/volumes/data/_data b"
    assert_matches "$(dhow volume inspect -f '{{.CreatedAt}}' data)" '^20[0-9-]+T[0-9:]+Z$'
    assert_is "$(dhow inspect --type volume -f '{{.Name}}' data)" data
    run dhow volume inspect nosuch
    assert_status 1
    assert_has "$output" "get nosuch: no such volume"
}

@test "a volume in use is not removed, and who uses it is named" {
    id=$(dhow create --name user -v data:/x bb true)
    run dhow volume rm data
    assert_status 1
    assert_has "$output" "remove data: volume is in use - [$id] (container user)"
    dhow rm user
    assert_is "$(dhow volume rm data)" data
    run dhow volume rm data
    assert_status 1
    assert_has "$output" "get data: no such volume"
    assert_is "$(dhow volume rm -f data)" data
}

@test "volume prune removes what has no name, and with -a what is not used" {
    anonymous=$(dhow volume create)
    dhow volume create kept >/dev/null
    dhow create --name user -v used:/x bb true >/dev/null
    run dhow volume prune -f
    assert_is "$output" "Deleted Volumes:
$anonymous

Total reclaimed space: 0B"
    dhow volume create --label keep other >/dev/null
    run dhow volume prune -af --filter 'label!=keep'
    assert_has "$output" kept
    assert_is "$(dhow volume ls -q)" "other
used"
    run dhow volume prune <<<n
    assert_has "$output" "WARNING! This will remove anonymous local volumes not used by at least one container."
    assert_failed
}

@test "volume update changes labels" {
    dhow volume create --label a=1 --label b=2 data >/dev/null
    dhow volume update --label-add a=3 --label-rm b data
    assert_is "$(dhow volume inspect -f '{{json .Labels}}' data)" '{"a":"3"}'
}

@test "system df and system prune know volumes" {
    dhow volume create >/dev/null
    dhow volume create data >/dev/null
    head -c 100000 /dev/zero >"$(data data)/file"
    assert_matches "$(dhow system df)" 'Local Volumes +2 +0 +100kB +100kB \(100%\)'
    assert_matches "$(dhow system df -v)" 'data +0 +100kB'
    dhow system prune -f --volumes >/dev/null
    assert_is "$(dhow volume ls -q)" data
}

# --- copies ---

fill() {
    local dir
    dhow volume create "$1" >/dev/null
    dir=$(data "$1")
    echo words >"$dir/file"
    chmod 4711 "$dir/file"
    ln "$dir/file" "$dir/same"
    ln -s /etc/passwd "$dir/link"
    mkdir -m 1770 "$dir/dir"
    chown 5:6 "$dir/dir" "$dir"
    truncate -s 10M "$dir/dir/holes"
    setfattr -n user.note -v kept "$dir/file"
}

# All of a tree that a copy must keep.
described() {
    (cd "$1" && find . -printf '%P %y %m %U:%G %s %n %l %t\n' | sort && getfattr -Rd . 2>/dev/null && du -s . | cut -f1)
}

@test "volume clone makes the same again, with blocks of its own names" {
    fill data
    assert_is "$(dhow volume clone --label of=data data copy)" copy
    assert_is "$(described "$(data copy)")" "$(described "$(data data)")"
    echo changed >"$(data copy)/file"
    assert_is "$(cat "$(data data)/file")" words
    assert_is "$(dhow volume inspect -f '{{.Labels.of}}' copy)" data
    run dhow volume clone data copy
    assert_failed
    assert_has "$output" "create copy: a volume of that name exists already"
    run dhow volume clone nosuch other
    assert_has "$output" "get nosuch: no such volume"
}

@test "volume clone shares blocks where the file system can" {
    SIZE=400M loop_fs xfs xfs -m reflink=1
    mount -o loop "$T/xfs.img" "$T/xfs" || skip "xfs cannot be mounted"
    DHOW_ROOT=$T/xfs/root dhow volume create data >/dev/null
    head -c 20000000 /dev/urandom >"$T/xfs/root/volumes/data/_data/file"
    sync -f "$T/xfs"
    before=$(df --output=used "$T/xfs" | tail -1)
    DHOW_ROOT=$T/xfs/root dhow volume clone data copy
    cmp "$T/xfs/root/volumes/data/_data/file" "$T/xfs/root/volumes/copy/_data/file"
    after=$(df --output=used "$T/xfs" | tail -1)
    umount "$T/xfs"
    [ $((after - before)) -lt 5000 ]
}

@test "volume snapshot keeps a moment under a name of its own" {
    fill data
    run dhow volume snapshot data
    assert_matches "$output" '^data-20[0-9-]+T[0-9.]+$'
    assert_is "$(dhow volume inspect -f '{{index .Labels "dhow.snapshot.of"}}' "$output")" data
    assert_is "$(dhow volume snapshot data named)" named
    assert_is "$(cat "$(data named)/file")" words
}

@test "volume export and import are a tar out and in" {
    fill data
    dhow volume export -o "$T/data.tar" data
    dhow volume create other >/dev/null
    echo old >"$(data other)/file"
    echo mine >"$(data other)/mine"
    gzip -c "$T/data.tar" | dhow volume import other -
    assert_is "$(cat "$(data other)/file" "$(data other)/mine")" "words
mine"
    assert_is "$(stat -c %h "$(data other)/same")" 2
    run dhow volume import nosuch "$T/data.tar"
    assert_failed
    dhow volume create fresh >/dev/null
    echo no tar | refute dhow volume import fresh
    assert_is "$(ls -A "$(data fresh)")" ""
}

@test "a hostile archive does not leave the volume" {
    dhow volume create data >/dev/null
    canary plant "$T/canary"
    ln -s "$T/canary/tree" "$(data data)/out"
    mkdir -p "$T/evil/out"
    echo evil >"$T/evil/out/evil"
    tar -C "$T/evil" -c . | dhow volume import data || true
    hostile-tar list >/dev/null 2>&1 && for name in $(hostile-tar list | head -40); do
        hostile-tar "$name" 2>/dev/null | timeout 20 dhow volume import data >/dev/null 2>&1 || true
    done
    canary verify "$T/canary"
    canary clear "$T/canary"
}

@test "a volume's root that became a link is not followed" {
    dhow volume create data >/dev/null
    canary plant "$T/canary2"
    rmdir "$DHOW_ROOT/volumes/data/_data"
    ln -s "$T/canary2/tree" "$DHOW_ROOT/volumes/data/_data"
    run dhow volume export data
    assert_failed
    run dhow volume clone data copy
    assert_failed
    canary verify "$T/canary2"
    canary clear "$T/canary2"
    rm "$DHOW_ROOT/volumes/data/_data"
}

# --- options of local ---

@test "a volume with a file system of its own is mounted while somebody uses it" {
    dhow volume create -o type=tmpfs -o device=tmpfs -o o=size=1m,uid=7 mem >/dev/null
    dhow run -d --name one -v mem:/m bb sh -c 'echo shared >/m/file; sleep 1000' >/dev/null
    eventually dhow exec one test -s /m/file
    assert_is "$(dhow run --rm -v mem:/m bb sh -c 'cat /m/file; stat -c %u /m')" "shared
7"
    grep -q "$DHOW_ROOT/volumes/mem/_data tmpfs" /proc/self/mounts
    dhow rm -f one
    refute grep "$DHOW_ROOT/volumes/mem/_data" /proc/self/mounts
    dhow volume rm mem
}

@test "o=bind is a host directory, and one that is not there is said" {
    mkdir "$T/host"
    echo host >"$T/host/file"
    dhow volume create -o type=none -o o=bind -o "device=$T/host" bound >/dev/null
    assert_is "$(dhow run --rm -v bound:/m bb cat /m/file)" host
    dhow volume rm bound
    assert_is "$(cat "$T/host/file")" host
    dhow volume create -o type=none -o o=bind -o "device=$T/nosuch" bound >/dev/null
    run -127 dhow run --rm -v bound:/m bb true
    assert_has "$output" "failed to mount local volume: mount $T/nosuch:"
    assert_has "$output" "No such file or directory"
    refute grep "$DHOW_ROOT/volumes" /proc/self/mounts
}

@test "o=uid,gid,mode alone is who owns a plain volume" {
    dhow volume create -o o=uid=12,gid=34,mode=0711 owned >/dev/null
    assert_is "$(stat -c '%u:%g %a' "$(data owned)")" "12:34 711"
}

@test "size= is refused without project quotas and kept with them" {
    run dhow volume create -o size=1M limited
    if [ "$status" -ne 0 ]; then
        assert_has "$output" "quota size requested but no quota support"
        assert_is "$(dhow volume ls -q)" ""
    fi
    loop_fs quota ext4 -O quota,project -E quotatype=prjquota
    mount -o loop,prjquota "$T/quota.img" "$T/quota" || skip "no project quotas here"
    DHOW_ROOT=$T/quota/root dhow volume create -o size=1M limited
    refute dd if=/dev/zero "of=$T/quota/root/volumes/limited/_data/file" bs=64k count=64
    assert_is "$(($(stat -c %s "$T/quota/root/volumes/limited/_data/file") <= 1048576))" 1
    umount "$T/quota"
}

# --- killed, full, at the same time ---

@test "create, clone and rm killed at any step leave nothing half there" {
    fill data
    for verb in "create fresh" "clone data fresh" "rm doomed"; do
        # shellcheck disable=SC2086
        sweep --kill-tree --sample 40 7 --only openat,mkdirat,renameat2,unlinkat,pwrite64,fdatasync,flock,linkat,mkdir,rename \
            --prepare 'dhow volume rm -f fresh >/dev/null; dhow volume create doomed >/dev/null; echo x >"$DHOW_ROOT/volumes/doomed/_data/x"' \
            --check '
                all=$(dhow volume ls -q | tr "\n" " ")
                for name in $all; do [ -d "$DHOW_ROOT/volumes/$name/_data" ] || [ "$(dhow run --rm -v $name:/x bb echo ok)" = ok ] || exit 1; done
                if [ "${all#*fresh}" != "$all" ] && [ "'"${verb%% *}"'" = clone ]; then
                    [ "$(cat "$DHOW_ROOT/volumes/fresh/_data/file")" = words ] || { echo half a clone; exit 1; }
                fi
                if [ "${all#*doomed}" != "$all" ]; then
                    [ -s "$DHOW_ROOT/volumes/doomed/_data/x" ] || { echo half a removal; exit 1; }
                fi
                left=$(find "$DHOW_ROOT/volumes/.incoming" "$DHOW_ROOT/volumes/.removing" -mindepth 1 2>/dev/null)
                [ -z "$left" ] || { echo "left: $left"; exit 1; }
                for dir in "$DHOW_ROOT"/volumes/*; do
                    case " $all" in *" ${dir##*/} "*) ;; *) [ "'"${verb%% *}"'" = create ] || { echo "nobody owns $dir"; exit 1; };; esac
                done
                echo fine' -- dhow volume $verb >"$T/sweep.out" 2>&1 || failed "$(cat "$T/sweep.out")"
    done
}

@test "a full disk is said, and what was there stays" {
    loop_fs full ext4
    mount -o loop "$T/full.img" "$T/full"
    export DHOW_ROOT=$T/full/root
    dhow volume create data >/dev/null
    head -c 20000000 /dev/urandom >"$(data data)/file"
    head -c 40000000 /dev/zero >"$T/full/filler" 2>/dev/null || true
    run dhow volume clone data copy
    assert_failed
    assert_has "$output" "No space left on device"
    assert_is "$(dhow volume ls -q)" data
    assert_is "$(find "$T/full/root/volumes/.incoming" -mindepth 1)" ""
    dhow volume rm data
    assert_is "$(dhow volume ls -q)" ""
    umount "$T/full"
}

@test "many at once make and remove the same volume" {
    for i in $(seq 12); do
        (dhow volume create same >/dev/null; dhow volume rm same >/dev/null 2>&1) &
    done
    wait
    dhow volume rm -f same
    assert_is "$(dhow volume ls -q)" ""
    assert_is "$(find "$DHOW_ROOT/volumes" -mindepth 1 -maxdepth 1 ! -name '.*')" ""
}
