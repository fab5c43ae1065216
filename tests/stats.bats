# SPDX-License-Identifier: Apache-2.0
# stats.bats — what containers use: counters of their cgroup and their network.
load dhow

@test "a busy container uses a processor, one that sleeps none" {
    dhow run -d --name busy bb sh -c 'while :; do :; done' >/dev/null
    dhow run -d --name idle bb sleep 1000 >/dev/null
    dhow stats --no-stream --format '{{.Name}} {{.CPUPerc}}' >"$T/rows"
    assert_is "$(wc -l <"$T/rows")" 2
    assert_is "$(awk '$1 == "busy" { print ($2 + 0 > 20) }' "$T/rows")" 1
    assert_is "$(awk '$1 == "idle" { print ($2 + 0 < 5) }' "$T/rows")" 1
}

@test "memory is that of the cgroup, and the limit the container's or the host's" {
    dhow run -d --name limited -m 64m bb sleep 1000 >/dev/null
    dhow run -d --name free bb sleep 1000 >/dev/null
    assert_matches "$(dhow stats --no-stream --format '{{.MemUsage}}' limited)" '^[0-9.]+[KM]iB / 64MiB$'
    assert_matches "$(dhow stats --no-stream --format '{{.MemUsage}}' free)" '^[0-9.]+[KM]iB / [0-9.]+[GT]iB$'
    assert_matches "$(dhow stats --no-stream --format '{{.MemPerc}}' limited)" '^[0-9]+\.[0-9]{2}%$'
}

@test "processes are counted" {
    dhow run -d --name many bb sh -c 'sleep 1000 & sleep 1000 & wait' >/dev/null
    eventually test "$(dhow top many | wc -l)" = 4
    assert_is "$(dhow stats --no-stream --format '{{.PIDs}}' many)" 3
}

@test "the table has docker's columns; -a has those that do not run, too" {
    dhow run -d --name up bb sleep 1000 >/dev/null
    dhow create --name down bb true >/dev/null
    assert_is "$(dhow stats --no-stream | head -1 | tr -s ' ')" \
        "CONTAINER ID NAME CPU % MEM USAGE / LIMIT MEM % NET I/O BLOCK I/O PIDS"
    assert_is "$(dhow stats --no-stream | wc -l)" 2
    assert_is "$(dhow stats --no-stream -a | wc -l)" 3
    assert_matches "$(dhow stats --no-stream -a --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}')" \
        'down 0.00% 0B / 0B 0'
    assert_is "$(dhow stats --no-stream --no-trunc --format '{{.ID}}' up)" "$(dhow inspect -f '{{.Id}}' up)"
}

@test "on a terminal the table is drawn again over itself, elsewhere one follows the other" {
    dhow run -d --name up bb sleep 1000 >/dev/null
    script -qc "timeout 3.5 dhow stats --format '{{.Name}}'" /dev/null >"$T/drawn" || true
    assert_has "$(cat "$T/drawn")" $'\033[2J\033[H'
    assert test "$(grep -o $'up\033\[K' "$T/drawn" | wc -l)" -ge 2
    timeout 3.5 dhow stats --format '{{.Name}}' up >"$T/follows" || true
    assert_lacks "$(cat "$T/follows")" $'\033'
    assert test "$(grep -c '^up$' "$T/follows")" -ge 2
}

@test "a container that is removed meanwhile is left out" {
    dhow run -d --name stays bb sleep 1000 >/dev/null
    dhow run -d --name goes bb sleep 1000 >/dev/null
    timeout 5 dhow stats --format '{{.Name}}' >"$T/rows" &
    eventually grep -q goes "$T/rows"
    dhow rm -f goes >/dev/null
    wait
    assert_is "$(tail -1 "$T/rows")" stays
}

@test "a name that nobody has is an error" {
    run dhow stats --no-stream nobody
    assert_status 1
    assert_has "$output" "No such container: nobody"
}

@test "a container's cgroup is where docs/observing.md says" {
    local id found="" directory
    id=$(dhow run -d --name placed bb sleep 1000)
    for directory in /sys/fs/cgroup/dhow/"$id" /sys/fs/cgroup/{memory,pids}/dhow/"$id"; do
        [ ! -d "$directory" ] || found+=$(cat "$directory/cgroup.procs")
    done
    assert_has "$found" "$(state placed Pid)"
}
