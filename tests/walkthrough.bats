#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# walkthrough.bats - a day with dhow: what people do with containers, on images of our own making that a real registry serves.

bats_require_minimum_version 1.5.0
load lib
load registry

setup_file() {
    dhow_setup_file
    need docker-registry mmdebstrap psql curl
    local layers
    layers=$("$TESTS/tools/debian-layers" test 2>"$T/layers.log") || failed "no Debian: $(cat "$T/layers.log")"
    registry_up plain
    export R=$(registry plain)
    mkdir -p "$T/notes/usr/local/bin" "$T/notes/var/opt/memos" "$T/pg/usr/local/bin" "$T/hello/bin"
    cp "$TESTS/walkthrough/notes.py" "$T/notes/usr/local/bin/notes"
    cp "$TESTS/walkthrough/docker-entrypoint.sh" "$T/pg/usr/local/bin/docker-entrypoint.sh"
    image debian --cmd bash -- "$layers/debian.tar"
    image python --cmd python3 -- "$layers"/{debian,python3}.tar
    image memos --cmd notes -- "$layers"/{debian,python3}.tar "$T/notes"
    image postgres --config '{"Entrypoint": ["docker-entrypoint.sh"], "Volumes": {"/var/lib/postgresql/data": {}},
        "ExposedPorts": {"5432/tcp": {}}, "StopSignal": "SIGINT"}' --cmd postgres -- "$layers"/{debian,python3,postgresql}.tar "$T/pg"
    image nginx --config '{"Cmd": ["nginx", "-g", "daemon off;"], "ExposedPorts": {"80/tcp": {}}}' -- "$layers"/{debian,python3,postgresql,nginx}.tar
    mkdir "$T/stores"
    mount -t tmpfs -o mode=755 tmpfs "$T/stores"
    export DHOW_ROOT=$T/stores/root
    dhow run --rm --network none hello >/dev/null
}

image() {
    local name=$1
    shift
    make-image build "$T/layout-$name" it --compress zstd "$@"
    make-image push "$T/layout-$name" it "$R/$name:latest"
}

teardown() {
    local id
    for id in $(timeout 60 dhow ps -aq 2>/dev/null); do timeout 60 dhow rm -fv "$id" >/dev/null 2>&1 || true; done
}

teardown_file() {
    timeout 60 dhow volume rm $(dhow volume ls -q) >/dev/null 2>&1 || :
    registry_down_all
    ! mountpoint -q "$T/stores" || umount "$T/stores"
    dhow_teardown_file
}

# free_port - a TCP port that nobody has.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])'; }
web() { curl --noproxy '*' -sf --max-time 5 "$@"; }
answers() { web "http://localhost:$1${2:-/}" >/dev/null; }

@test "hello" {
    run dhow run hello
    assert_status 0
    assert_has "$output" "Hello from inside a container."
}

@test "a program with arguments, from an image that is pulled first" {
    run --separate-stderr dhow run --rm "$R/python" python3 -c 'import sys; print(sys.argv[1:])' one 'two three'
    assert_status 0
    assert_is "$output" "['one', 'two three']"
    assert_has "$stderr" "Unable to find image '$R/python:latest' locally"
}

@test "a notes application, detached, on a port, its data in a directory, comes back when it is killed" {
    local port pid
    port=$(free_port)
    cd "$T"
    assert dhow run -d --name memos --restart unless-stopped -p "$port:5230" -v ./memos:/var/opt/memos "$R/memos"
    eventually answers "$port" /healthz
    web -d '{"content":"buy dates"}' "http://localhost:$port/api/v1/memos" >/dev/null
    assert_has "$(web "http://localhost:$port/api/v1/memos")" "buy dates"
    [ -f "$T/memos/memos.db" ] || failed "the database is not in the directory"
    pid=$(dhow inspect -f '{{.State.Pid}}' memos)
    kill -9 "$pid"
    eventually eval '[ "$(dhow inspect -f "{{.RestartCount}} {{.State.Running}}" memos)" = "1 true" ]'
    eventually answers "$port" /healthz
    assert_has "$(web "http://localhost:$port/api/v1/memos")" "buy dates"
    assert_has "$(dhow ps --format '{{.Names}} {{.Ports}}')" "memos 0.0.0.0:$port->5230/tcp"
    assert dhow stop memos
    refute_comes_back memos
}

refute_comes_back() {
    sleep 1.5
    assert_is "$(dhow inspect -f '{{.State.Status}}' "$1")" exited
}

@test "PostgreSQL: environment, a published port, psql from the host, and data that outlives the container" {
    local port
    port=$(free_port)
    postgres() {
        dhow run -d --name db -e POSTGRES_PASSWORD=secret -e POSTGRES_DB=shop -p "127.0.0.1:$port:5432" -v pgdata:/var/lib/postgresql/data "$R/postgres"
    }
    sql() { PGPASSWORD=secret PGCONNECT_TIMEOUT=3 psql -h 127.0.0.1 -p "$port" -U postgres -d shop -Atc "$1"; }
    assert postgres
    patiently 40 eval 'sql "SELECT 1" >/dev/null 2>&1'
    sql 'CREATE TABLE boat(name text)' >/dev/null
    sql "INSERT INTO boat VALUES ('dhow'), ('sambuk')" >/dev/null
    assert_is "$(sql 'SELECT count(*) FROM boat')" 2
    assert dhow rm -f db
    assert postgres
    patiently 40 eval 'sql "SELECT 1" >/dev/null 2>&1'
    assert_is "$(sql 'SELECT string_agg(name, chr(44) ORDER BY name) FROM boat')" dhow,sambuk
    run dhow exec db psql -U postgres -d shop -Atc 'SELECT 6*7'
    assert_is "$output" 42
}

# patiently SECONDS COMMAND... - eventually, with more time.
patiently() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || failed "did not come true: $*" "$(dhow logs db 2>&1 | tail -5)"
        sleep 0.2
    done
}

@test "a volume by --mount source and destination" {
    assert dhow volume create shelf
    assert dhow run --rm --mount source=shelf,destination=/data "$R/debian" sh -c 'echo kept >/data/note'
    run dhow run --rm --mount type=volume,source=shelf,destination=/data,readonly "$R/debian" sh -c 'cat /data/note; touch /data/x'
    assert_has "$output" kept
    assert_has "$output" "Read-only file system"
}

@test "nginx: a configuration file of the host, and a named volume to serve" {
    local port
    port=$(free_port)
    cat >"$T/nginx.conf" <<'END'
events {}
http { server { listen 80; root /srv; location /about { return 200 "served by $hostname\n"; } } }
END
    assert dhow run --rm -v site:/srv "$R/debian" sh -c 'echo "<h1>A dhow</h1>" >/srv/index.html'
    assert dhow run -d --name web -h harbour -p "$port:80" -v "$T/nginx.conf:/etc/nginx/nginx.conf:ro" -v site:/srv:ro "$R/nginx"
    eventually answers "$port"
    assert_is "$(web "http://localhost:$port/")" "<h1>A dhow</h1>"
    assert_is "$(web "http://localhost:$port/about")" "served by harbour"
    run dhow exec web sh -c 'echo >>/etc/nginx/nginx.conf'
    assert_has "$output" "Read-only file system"
}

@test "run -it debian: apt installs ping from the net, and in the next container it is gone" {
    run terminal --seconds 150 "wait #\\x20
        send PS1=; apt-get -o Acquire::Check-Valid-Until=false -qq update && apt-get install -qq -y iputils-ping >/dev/null 2>&1; ping -c 3 127.0.0.1; echo st\"\"atus \$?\\n
        wait status 0
        send exit\\n" -- dhow run -it --rm $(proxies) "$R/debian"
    assert_status 0
    assert_has "$output" "3 packets transmitted, 3 received"
    run dhow run --rm "$R/debian" sh -c 'command -v ping || echo gone'
    assert_is "$output" gone
}

# What the host needs to reach its packages, if it needs anything: docker's proxies of the environment.
proxies() {
    local name
    for name in http_proxy https_proxy no_proxy; do [ -z "${!name:-}" ] || echo "-e $name=${!name}"; done
}

@test "run -it python is a REPL on a real terminal" {
    run terminal 'wait >>>
        send import sys; sys.stdin.isatty(), 6 * 7\n
        wait (True, 42)
        send exit()\n' -- dhow run -it --rm "$R/python"
    assert_status 0
}

@test "--cpus and --memory are in the cgroup, and hold" {
    local cgroup
    dhow run -d --name limited --cpus=1.5 --memory=512m "$R/python" sleep infinity
    run dhow exec limited sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us 2>/dev/null ||
        cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max'
    assert_has "$output" 536870912
    assert_has "$output" 150000
    run dhow run --name greedy --memory=64m "$R/python" python3 -c 'x = bytearray(256 << 20); print("had it")'
    assert_status 137
    assert_lacks "$output" "had it"
    assert_is "$(dhow inspect -f '{{.State.OOMKilled}}' greedy)" true
}

@test "a privileged container with the host's processes enters the host's namespaces" {
    local host=1
    # Some machines let nobody look at their first process: another one of the host does.
    if ! readlink /proc/1/ns/mnt >/dev/null 2>&1; then
        sleep 300 >/dev/null 2>&1 3>&- &
        host=$!
    fi
    run dhow run --rm --privileged --pid=host "$R/debian" nsenter -t "$host" -m -u -n -i -- sh -c 'hostname; readlink /proc/self/ns/mnt; ls -d "$0"' "$T"
    [ "$host" = 1 ] || kill "$host"
    assert_status 0
    assert_is "${lines[0]}" "$(hostname)"
    assert_is "${lines[1]}" "$(readlink /proc/self/ns/mnt)"
    assert_is "${lines[2]}" "$T"
}

@test "attach to one that runs" {
    dhow run -dit --name shell "$R/debian"
    run terminal 'send echo re""turned\n
        wait returned
        send \x10\x11' -- dhow attach shell
    assert_status 0
    assert_is "$(dhow inspect -f '{{.State.Running}}' shell)" true
}
