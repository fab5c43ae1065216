# SPDX-License-Identifier: Apache-2.0
# top.bats — the processes of a container, as the host sees them.
load dhow

setup() { dhow run -d --name busy bb sh -c 'sleep 1001 & sleep 1002 & wait' >/dev/null; }

# rows [ARG…] — without the headings, in one blank each.
rows() { dhow top busy "$@" | tail -n +2 | tr -s ' '; }

@test "top shows what ps -ef shows of the container's processes, with the host's numbers" {
    eventually test "$(rows | wc -l)" = 3
    assert_is "$(dhow top busy | head -1 | tr -s ' ')" "UID PID PPID C STIME TTY TIME CMD"
    assert_is "$(rows | head -1 | cut -d' ' -f1,2)" "root $(state busy Pid)"
    assert_is "$(rows | grep -c 'sleep 100[12]$')" 2
    assert_is "$(dhow container top busy -ef)" "$(dhow top busy)"
}

@test "options are those of ps" {
    eventually test "$(rows | wc -l)" = 3
    assert_is "$(dhow top busy -o pid,comm | head -1 | tr -s ' ')" "PID COMMAND"
    assert_is "$(rows -eo pid,ppid,args | head -1)" "$(state busy Pid) $(ps -o ppid= -p "$(state busy Pid)" | tr -d ' ') sh -c sleep 1001 & sleep 1002 & wait"
    assert_is "$(rows aux | wc -l)" 3
    run dhow top busy -o nonsense
    assert_failed
    assert_has "$output" "nonsense"
    run dhow top busy -o user
    assert_failed
    assert_has "$output" "PID"
}

# Where there is no ps, dhow shows the usual columns itself.
@test "without the host's ps the usual columns are there, and others are refused by name" {
    hide() { unshare -m sh -c 'for ps in /usr/bin/ps /bin/ps; do [ ! -e $ps ] || mount --bind /dev/null $ps; done; exec "$@"' sh "$@"; }
    assert_is "$(hide dhow top busy -o pid,comm | head -1 | tr -s ' ')" "PID COMMAND"
    assert_is "$(hide dhow top busy aux | head -1 | tr -s ' ')" "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND"
    run hide dhow top busy -o pid,nonsense
    assert_failed
    assert_has "$output" 'unknown column "nonsense"'
    run hide dhow top busy --forest
    assert_failed
    assert_has "$output" 'unknown option "--forest"'
}

@test "no program of the container is run for it (CVE-2021-20188)" {
    mkdir -p "$T/evil"
    cp -a "$T/busybox/." "$T/evil/"
    rm "$T/evil/bin/ps"
    printf '#!/bin/sh\ntouch /ran\necho PID\n' >"$T/evil/bin/ps"
    chmod +x "$T/evil/bin/ps"
    tar -C "$T/evil" -c . | dhow import - evil >/dev/null
    dhow run -d --name trap evil sleep 1000 >/dev/null
    dhow top trap >/dev/null
    dhow top trap aux >/dev/null
    assert_lacks "$(dhow diff trap)" /ran
    dhow rm -f trap >/dev/null
    dhow rmi evil >/dev/null
}

@test "a command line cannot draw on the user's terminal" {
    dhow run -d --name rude bb sh -c 'exec -a "$(printf "a\033[31mb\nc")" sleep 1000' >/dev/null 2>&1 ||
        dhow run -d --name rude bb sh -c 'sleep 1000; : "$(printf "a\033[31mb")"' >/dev/null
    assert_lacks "$(dhow top rude)" $'\033'
}

@test "a container that does not run has no processes to show" {
    dhow create --name still bb true >/dev/null
    run dhow top still
    assert_status 1
    assert_matches "$output" 'container [0-9a-f]{64} is not running'
}

@test "top is told as an event" {
    local began
    began=$(date +%s.%N)
    dhow top busy >/dev/null
    assert_has "$(dhow events --since "$began" --until 0s)" "container top"
}
