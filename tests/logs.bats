#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# logs.bats - log drivers, their options, and `dhow logs`.
load dhow

bats_require_minimum_version 1.5.0

teardown() {
    local id
    for id in $(timeout 60 dhow ps -aq 2>/dev/null); do timeout 60 dhow rm -f "$id" >/dev/null 2>&1 || true; done
    [ -z "${SERVER:-}" ] || kill "$SERVER" 2>/dev/null || true
}

# server KIND PLACE - a log-server; $SERVER is its pid, $PORT what it listens at, $GOT what it has got.
server() {
    rm -f "$T/port-$BATS_TEST_NUMBER"
    GOT=$T/got-$BATS_TEST_NUMBER-$1
    log-server "$1" "$2" "$GOT" >"$T/port-$BATS_TEST_NUMBER" 3>&- &
    SERVER=$!
    eventually [ -s "$T/port-$BATS_TEST_NUMBER" ]
    PORT=$(cat "$T/port-$BATS_TEST_NUMBER")
}
got() { grep -aq "$1" "$GOT"; }
dir_of() { echo "$DHOW_ROOT/containers/$(dhow inspect -f '{{.Id}}' "$1")"; }

@test "a gigabyte of numbered lines: the local log stays small, and who reads along misses nothing" {
    # (seq is as fast as a container gets: the separator is the rest of each line.)
    local rest=' of the flood, a line that is long enough to be one of a log
' last=16000000
    dhow create --name flood bb seq -s "$rest" 1 "$last" >/dev/null
    timeout 300 dhow start -a flood | sha256sum >"$T/seen"
    seq -s "$rest" 1 "$last" | sha256sum | cmp - "$T/seen"
    local used
    used=$(du -sk "$(dir_of flood)/log" | cut -f1)
    [ "$used" -le $((101 * 1024)) ] || failed "the log has $used KiB"
    assert_is "$(dhow logs -n 1 flood)" "$last"
    # What is kept is the end of it, without a gap.
    dhow logs flood | awk '{ n = $1 + 0; if (NR > 1 && n != last + 1) exit 1; last = n } END { exit !(NR > 1000000) }'
}

@test "nothing is lost without a limit: two million lines in json-file" {
    dhow run --name all --log-driver json-file bb seq 1 2000000 >/dev/null
    dhow logs all | cmp - <(seq 1 2000000)
}

@test "the default is local, recorded with the container, and has no path for others" {
    dhow run --name it bb echo hello >/dev/null
    assert_is "$(dhow inspect -f '{{.HostConfig.LogConfig.Type}} {{json .HostConfig.LogConfig.Config}} {{.LogPath}}.' it)" "local {} ."
    [ -s "$(dir_of it)/log/local.log" ]
}

@test "json-file is docker's format where log shippers look for it" {
    dhow run --name it --log-driver json-file --log-opt labels=tier --log-opt tag='{{.Name}}' -l tier=web bb \
        sh -c 'echo "<one>"; echo two >&2; printf three' >/dev/null 2>&1
    local path
    path=$(dhow inspect -f '{{.LogPath}}' it)
    assert_is "$path" "$(dir_of it)/$(dhow inspect -f '{{.Id}}' it)-json.log"
    assert_is "$(jq -c '[.log, .stream, .attrs]' "$path" | sort)" "$(printf '%s\n' '["<one>\n","stdout",{"tag":"it","tier":"web"}]' \
        '["three","stdout",{"tag":"it","tier":"web"}]' '["two\n","stderr",{"tag":"it","tier":"web"}]')"
    assert_matches "$(head -1 "$path")" '^\{"log":"(\\u003cone\\u003e|two)\\n","stream":"std(out|err)","attrs":\{"tag":"it","tier":"web"\},"time":"20[0-9T:.-]+Z"\}$'
    assert_is "$(dhow logs --details -n 1 it)" "tag=it,tier=web three"
}

@test "json-file is rotated as max-size and max-file say" {
    dhow run --name it --log-driver json-file --log-opt max-size=20k --log-opt max-file=3 bb seq 1 2000 >/dev/null
    assert_is "$(cd "$(dir_of it)" && ls ./*-json.log* | sed 's/.*-json//' | tr '\n' ' ')" ".log .log.1 .log.2 "
    assert_is "$(dhow logs -n 500 it | cmp - <(seq 1501 2000) && echo same)" same
}

@test "options that cannot be are refused before anything is made" {
    local row
    while IFS='|' read -r options words; do
        # shellcheck disable=SC2086 # several words
        run dhow create --name it $options bb true
        assert_status 1
        assert_has "$output" "$words"
    done <<'END'
--log-driver nope|logger: no log driver named 'nope' is registered
--log-driver json-file --log-opt foo=1|unknown log opt 'foo' for json-file log driver
--log-opt max-size=x|no size
--log-opt mode=fast|logger: logging mode not supported: fast
--log-opt nothing|expected NAME=VALUE
--log-driver syslog --log-opt syslog-address=unix:///no/such/socket|No such file or directory
END
    run dhow inspect it
    assert_failed
}

@test "driver and options come from dhow.json, else from docker's daemon.json, and the command line wins" {
    printf '{"log-driver": "json-file", "log-opts": {"max-size": "1m"}}' >"$T/dhow.json"
    printf '{"log-driver": "splunk"}' >"$T/daemon.json"
    type_of() { dhow inspect -f '{{.HostConfig.LogConfig.Type}} {{json .HostConfig.LogConfig.Config}}' "$1"; }
    DHOW_CONFIG=$T/dhow.json DHOW_DOCKER_CONFIG=$T/daemon.json dhow create --name ours bb true >/dev/null
    assert_is "$(type_of ours)" 'json-file {"max-size":"1m"}'
    printf '{"log-opts": {"max-file": "2"}}' >"$T/daemon.json"
    DHOW_DOCKER_CONFIG=$T/daemon.json dhow create --name theirs bb true >/dev/null
    assert_is "$(type_of theirs)" 'json-file {"max-file":"2"}'
    DHOW_DOCKER_CONFIG=$T/daemon.json dhow create --name own --log-driver none bb true >/dev/null
    assert_is "$(type_of own)" 'none {}'
    printf '{"log-driver": "splunk"}' >"$T/daemon.json"
    DHOW_DOCKER_CONFIG=$T/daemon.json run dhow create --name odd bb true
    assert_status 0
    assert_has "$output" "no log driver named 'splunk' is registered"
    assert_is "$(type_of odd)" 'local {}'
}

@test "none keeps nothing, and logs says so" {
    dhow run --name it --log-driver none bb echo hello >/dev/null
    run dhow logs it
    assert_status 1
    assert_has "$output" "configured logging driver does not support reading"
}

# --- those that send ---

@test "syslog over a unix socket, in docker's words, and logs reads the cache" {
    server unixgram "$T/log.sock"
    dhow run --name it --log-driver syslog --log-opt syslog-address="unixgram://$T/log.sock" --log-opt tag='{{.Name}}' \
        --log-opt syslog-facility=local3 bb sh -c 'echo out; echo err >&2' >/dev/null 2>&1
    eventually got err
    assert_matches "$(grep -a out "$GOT")" '^<158>[A-Z][a-z][a-z] [ 0-9][0-9] [0-9:]{8} it\[[0-9]+\]: out$'
    assert_matches "$(grep -a err "$GOT")" '^<155>.* it\[[0-9]+\]: err$'
    assert_is "$(stdout dhow logs it)" out
}

@test "syslog over udp and tcp, in rfc3164, rfc5424 and with microseconds" {
    server udp 0
    dhow run --log-driver syslog --log-opt syslog-address="udp://127.0.0.1:$PORT" --log-opt syslog-format=rfc5424micro bb echo udp >/dev/null
    eventually got udp
    assert_matches "$(grep -a udp "$GOT")" '^<30>1 20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}(Z|[+-][0-9:]{5}) [^ ]+ [0-9a-f]{12} [0-9]+ [0-9a-f]{12} - udp$'
    kill "$SERVER"
    server tcp 0
    dhow run --log-driver syslog --log-opt syslog-address="tcp://localhost:$PORT" --log-opt syslog-format=rfc3164 bb seq 1 1000 >/dev/null
    eventually got ']: 1000$'
    assert_is "$(grep -ac "^<30>... .* $(hostname) " "$GOT")" 1000
}

@test "a syslog that is not there keeps the container from starting" {
    run dhow run --log-driver syslog --log-opt syslog-address=tcp://127.0.0.1:1 bb true
    assert_status 125
    assert_has "$output" "failed to initialize logging driver"
    assert_has "$output" "Connection refused"
}

@test "journald gets docker's fields" {
    # Its socket has one place: in a mount namespace of our own it is ours.
    cat >"$T/journal.sh" <<'END'
set -e
mount -t tmpfs none /run/systemd 2>/dev/null || { mkdir -p /run/systemd; mount -t tmpfs none /run/systemd; }
mkdir -p /run/systemd/journal
log-server unixgram /run/systemd/journal/socket "$1" >"$1.port" 3>&- &
server=$!
while [ ! -s "$1.port" ]; do sleep 0.05; done
dhow run --name it --log-driver journald --log-opt labels=com.x --log-opt tag=t -l com.x=y bb sh -c 'echo hello; echo bad >&2' >/dev/null 2>&1
for i in $(seq 100); do grep -aq bad "$1" && break; sleep 0.05; done
kill $server
END
    mkdir -p /run/systemd
    unshare -m --propagation private bash "$T/journal.sh" "$T/journal"
    local id
    id=$(dhow inspect -f '{{.Id}}' it)
    # NAME, a length of eight bytes, the value.
    python3 - "$T/journal" "$id" <<'END'
import struct, sys
packets = open(sys.argv[1], "rb").read().split(b"\n-- \n")[:-1]
assert len(packets) == 2, packets
found = {}
for data in packets:
    fields = {}
    while data:
        line, _, rest = data.partition(b"\n")
        if b"=" in line:
            name, _, value = line.partition(b"=")
            data = rest
        else:
            n = struct.unpack("<Q", rest[:8])[0]
            name, value, data = line, rest[8:8 + n], rest[9 + n:]
        fields[name.decode()] = value.decode()
    found[fields["MESSAGE"]] = fields
hello, bad = found["hello"], found["bad"]
assert hello["PRIORITY"] == "6" and bad["PRIORITY"] == "3"
assert hello["CONTAINER_ID"] == sys.argv[2][:12] and hello["CONTAINER_ID_FULL"] == sys.argv[2]
assert hello["CONTAINER_NAME"] == "it" and hello["CONTAINER_TAG"] == hello["SYSLOG_IDENTIFIER"] == "t"
assert hello["COM_X"] == "y" and hello["IMAGE_NAME"] == "bb", hello
END
}

@test "gelf over udp: one JSON a line, long ones in chunks" {
    server udp 0
    dhow run --name it --log-driver gelf --log-opt gelf-address="udp://127.0.0.1:$PORT" bb sh -c 'echo short; head -c 5000 /dev/zero | tr "\0" x; echo' >/dev/null
    eventually got xxx
    sleep 0.2
    python3 - "$GOT" <<'END'
import json, sys
packets = open(sys.argv[1], "rb").read().split(b"\n-- \n")[:-1]
first = json.loads(packets[0])
assert first["version"] == "1.1" and first["short_message"] == "short" and first["_container_name"] == "it", first
assert first["level"] == 6 and abs(first["timestamp"]) > 1.6e9
chunks = sorted((p for p in packets[1:] if p[:2] == b"\x1e\x0f"), key=lambda p: p[10])
assert len(chunks) > 3 and all(c[11] == len(chunks) for c in chunks)
assert json.loads(b"".join(c[12:] for c in chunks))["short_message"] == "x" * 5000
END
}

@test "fluentd: msgpack over tcp" {
    server tcp 0
    dhow run --name it --log-driver fluentd --log-opt fluentd-address="127.0.0.1:$PORT" --log-opt tag=app bb echo hello >/dev/null
    eventually got hello
    python3 - "$GOT" "$(dhow inspect -f '{{.Id}}' it)" <<'END'
import struct, sys
data = open(sys.argv[1], "rb").read()
def take(at):
    kind = data[at]
    if kind == 0x93: return 3, at + 1
    if kind == 0xdb:
        n = struct.unpack(">I", data[at + 1:at + 5])[0]
        return data[at + 5:at + 5 + n].decode(), at + 5 + n
    if kind == 0xce: return struct.unpack(">I", data[at + 1:at + 5])[0], at + 5
    if kind == 0xde: return struct.unpack(">H", data[at + 1:at + 3])[0], at + 3
    raise SystemExit(f"kind {kind:x} at {at}")
three, at = take(0)
tag, at = take(at)
time, at = take(at)
n, at = take(at)
record = {}
for _ in range(n):
    key, at = take(at)
    record[key], at = take(at)
assert at == len(data) and tag == "app" and time > 1.6e9
assert record == {"container_id": sys.argv[2], "container_name": "/it", "source": "stdout", "log": "hello"}, record
END
}

@test "who does not read holds the container back, or with mode=non-blocking loses what does not fit, counted" {
    server silent 0
    dhow run -d --name slow --log-driver syslog --log-opt syslog-address="tcp://127.0.0.1:$PORT" bb \
        sh -c 'seq 1 2000000; sleep 98765' >/dev/null
    dhow run --name fast --log-driver syslog --log-opt syslog-address="tcp://127.0.0.1:$PORT" --log-opt mode=non-blocking \
        --log-opt max-buffer-size=64k bb seq 1 300000 >/dev/null
    local dropped
    dropped=$(cat "$(dir_of fast)/log/dropped")
    [ "$dropped" -gt 1000 ] && [ "$dropped" -le 300000 ]
    assert_is "$(dhow logs -n 1 fast)" 300000
    assert_is "$(state slow Status)" running
    [ "$(dhow logs -n 1 slow)" -lt 2000000 ]
    dhow rm -f slow >/dev/null
}

# --- reading ---

@test "logs: streams apart, times, tail, since and until" {
    dhow run --name it bb sh -c 'echo one; sleep 0.05; echo two >&2; sleep 0.05; echo three' >/dev/null 2>&1
    assert_is "$(stdout dhow logs it)" "$(printf 'one\nthree')"
    assert_is "$(stderr dhow logs it)" two
    assert_is "$(dhow logs -n 2 it 2>&1)" "$(printf 'two\nthree')"
    assert_is "$(dhow logs --tail 0 it 2>&1)" ""
    assert_is "$(dhow logs --tail all it 2>&1 | wc -l)" 3
    run dhow logs -n some it
    assert_status 1
    local second
    second=$(dhow logs -t it 2>&1 >/dev/null)
    assert_matches "$second" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z two$'
    second=${second%% *}
    assert_is "$(dhow logs --since "$second" it 2>&1)" "$(printf 'two\nthree')"
    assert_is "$(dhow logs --until "$second" it 2>&1)" "$(printf 'one\ntwo')"
    assert_is "$(dhow logs --since 10m it 2>&1 | wc -l)" 3
    assert_is "$(dhow logs --until 10m it 2>&1)" ""
    assert_is "$(dhow logs --since "$(date +%s -d '1 hour ago')" it 2>&1 | wc -l)" 3
    run dhow logs --since yesterday it
    assert_status 1
}

@test "logs -f goes along with rotation, and ends with the container" {
    dhow run -d --name it --log-opt max-size=2k --log-opt max-file=2 bb sh -c 'for i in $(seq 1 400); do echo "line $i"; sleep 0.003; done' >/dev/null
    timeout 60 dhow logs -f it | cmp - <(seq -f 'line %.0f' 1 400)
}

@test "logs -f of one that waits is ended by a signal, and by its reader" {
    dhow run -d --name it bb sh -c 'echo ready; sleep 98765' >/dev/null
    timeout -s INT 1 dhow logs -f it >"$T/out" || assert_is $? 124
    assert_is "$(cat "$T/out")" ready
    timeout 20 bash -c 'set -o pipefail; dhow logs -f it | head -1' || [ $? -eq 141 ]
}

@test "logs of a container that was started again has both runs, the unfinished line whole" {
    dhow create --name it bb sh -c 'printf "half"' >/dev/null
    dhow start -a it
    dhow start -a it
    assert_is "$(dhow logs it)" halfhalf
    assert_is "$(dhow logs -t it | grep -c .)" 1
}

@test "lines longer than 16 KiB come in parts, as docker counts and dates them" {
    dhow run --name it bb sh -c 'head -c 40000 /dev/zero | tr "\0" x; echo; echo end' >/dev/null
    assert_is "$(dhow logs it | head -1 | wc -c)" 40001
    assert_is "$(dhow logs -n 2 it | head -1 | wc -c)" $((40001 - 2 * 16384))
    assert_is "$(dhow logs -t it | head -1 | grep -o '20[0-9-]*T[0-9:.]*Z' | sort | uniq -c | awk '{print $1}')" 3
}

@test "every byte comes back" {
    dhow run --name it bb sh -c 'printf "a\0b\377\333\037\n\r\033[1m\n"' >"$T/seen"
    dhow logs it | cmp - "$T/seen"
    dhow run --name big bb dd if=/dev/urandom bs=1M count=8 >"$T/random" 2>/dev/null
    stdout dhow logs big | cmp - "$T/random"
    rm "$T/random"
}

@test "a log that a kill -9 of the monitor tore goes on with the next start" {
    dhow run -d --name it bb sh -c 'i=0; while :; do i=$((i+1)); echo "line $i"; done' >/dev/null
    sleep 0.3
    kill -9 "$(pgrep -f "dhow-monitor --id $(dhow inspect -f '{{.Id}}' it) ")"
    eventually state_is it exited
    printf 'torn' >>"$(dir_of it)/log/local.log"
    dhow logs it | tail -2 | head -1 | grep -q '^line [0-9]*$' # the last may be half of one
    dhow start it >/dev/null
    sleep 0.2
    dhow kill it >/dev/null
    eventually state_is it exited
    [ "$(dhow logs it | grep -vc '^line [0-9]*$')" -le 2 ]
    [ "$(dhow logs it | grep -c '^line 1$')" = 2 ]
}

@test "a full disk loses lines of the log and nothing else" {
    mkdir -p "$T/small"
    mount -t tmpfs -o size=300k none "$T/small"
    dhow create --name it bb seq 1 200000 >/dev/null
    mkdir -p "$(dir_of it)/log"
    mount --bind "$T/small" "$(dir_of it)/log"
    dhow start -a it | cmp - <(seq 1 200000)
    assert_is "$(state it ExitCode)" 0
    dhow logs it | grep -vc '^[0-9]*$' | grep -qx 0
    umount "$(dir_of it)/log" "$T/small"
}
