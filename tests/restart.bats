# SPDX-License-Identifier: Apache-2.0
# restart.bats — restart policies, boot, and that a user's stop lasts.
load dhow

restarts() { dhow inspect -f '{{.RestartCount}}' "$1"; }
restarts_at_least() { [ "$(restarts "$1")" -ge "$2" ]; }
status_of() { state "$1" Status; }
monitor_of() { pgrep -f "dhow-monitor --id $(dhow inspect -f '{{.Id}}' "$1") "; }
# As if the machine had gone down and come up: monitors are gone, the run directory is empty, the boot has another id.
reboot() {
    local live
    for pid in $(pgrep -f "dhow-monitor .*$DHOW_RUN_ROOT"); do kill -9 "$pid"; done
    eventually no_monitor
    for live in "$DHOW_ROOT"/containers/*/live.json; do
        jq -c '.boot_id = "00000000-0000-0000-0000-000000000000"' "$live" >"$live.new"
        mv "$live.new" "$live"
    done
    for live in $(awk -v run="$DHOW_RUN_ROOT/" 'index($5, run) == 1 { print $5 }' /proc/self/mountinfo); do umount -l "$live"; done
    rm -rf "$DHOW_RUN_ROOT/containers"
}

@test "on-failure restarts until the count is reached, and says so" {
    dhow run -d --name it --restart on-failure:2 bb sh -c 'echo run; exit 5'
    eventually state_is it exited
    assert_is "$(restarts it)" 2
    assert_is "$(state it ExitCode)" 5
    assert_is "$(dhow logs it | grep -c run)" 3
}

@test "on-failure leaves a container alone that ended well" {
    dhow run -d --name it --restart on-failure bb true
    eventually state_is it exited
    assert_is "$(restarts it)" 0
}

@test "always restarts, with a delay that doubles" {
    dhow run -d --name it --restart always bb sh -c 'exit 0'
    eventually restarts_at_least it 4
    run dhow ps --format '{{.Status}}'
    assert_matches "$output" '^(Restarting \(0\)|Up) '
    dhow stop it
    # 100, 200, 400 ms at the least between the ends.
    run jq -s '[.[1:4][].finished_at] as $later | [.[0:3][].finished_at] as $sooner |
        [range(3) | ($later[.] - $sooner[.]) / 1000000] | .[0] >= 100 and .[1] >= 200 and .[2] >= 400' \
        "$DHOW_ROOT"/containers/*/ends.jsonl
    assert_is "$output" true
}

@test "stop, kill and rm -f end a container that is about to be restarted" {
    local verb
    for verb in stop kill; do
        dhow run -d --name it --restart always bb sh -c 'exit 1'
        eventually restarts_at_least it 3
        eventually state_is it restarting
        dhow $verb it
        assert_is "$(status_of it)" exited
        sleep 1.5
        assert_is "$(status_of it)" exited
        dhow rm it
    done
    dhow run -d --name it --restart always bb sh -c 'exit 1'
    eventually restarts_at_least it 3
    dhow rm -f it
    assert_is "$(dhow ps -aq)" ""
    assert_is "$(leftovers)" ""
}

@test "what docker says of a restarting container" {
    dhow run -d --name it --restart always bb sh -c 'exit 1'
    eventually restarts_at_least it 4
    eventually state_is it restarting
    assert_is "$(dhow inspect -f '{{.State.Running}} {{.State.Restarting}} {{.State.Pid}}' it)" "true true 0"
    run dhow pause it
    assert_status 1
    assert_has "$output" "is restarting, wait until the container is running"
    run dhow rm it
    assert_status 1
    assert_has "$output" "container is restarting: stop the container before removing or force remove"
}

@test "restart brings a container back at once and counts anew" {
    dhow run -d --name it --restart always bb sh -c 'exit 1'
    eventually restarts_at_least it 2
    dhow stop it
    dhow update --restart no it
    dhow restart -t 0 it
    eventually state_is it exited
    assert_is "$(restarts it)" 0
}

@test "restart of a running container does not count as a user's stop" {
    dhow run -d --name it --restart unless-stopped bb sleep 1000
    local before
    before=$(state it Pid)
    dhow restart -t 0 it
    assert_is "$(status_of it)" running
    [ "$(state it Pid)" != "$before" ]
    kill -9 "$(state it Pid)"
    eventually restarts_at_least it 1
}

@test "a policy changed by update is the running container's" {
    dhow run -d --name it bb sleep 1000
    dhow update --restart always it
    kill -9 "$(state it Pid)"
    eventually restarts_at_least it 1
    eventually state_is it running
    dhow update --restart no it
    kill -9 "$(state it Pid)"
    eventually state_is it exited
}

@test "an ended container whose restart cannot be done is tried again" {
    cp "$RUNTIME" "$T/runtime.it"
    dhow --runtime "$T/runtime.it" run -d --name it --restart always bb sh -c 'sleep 0.2; exit 1'
    mv "$T/runtime.it" "$T/runtime.away"
    eventually bash -c '[ -n "$(dhow inspect -f "{{.State.Error}}" it)" ]'
    assert_is "$(status_of it)" restarting
    mv "$T/runtime.away" "$T/runtime.it"
    eventually restarts_at_least it 4
    dhow rm -f it
    assert_is "$(leftovers)" ""
}

@test "a policy and --rm exclude each other; unknown policies are refused" {
    run dhow run --rm --restart always bb true
    assert_status 125
    assert_has "$output" "cannot specify both --restart and --rm"
    run dhow run --restart sometimes bb true
    assert_status 125
    assert_has "$output" "unknown policy 'sometimes'"
    run dhow run --restart always:3 bb true
    assert_has "$output" "maximum retry count can only be used with 'on-failure'"
    assert_is "$(dhow ps -aq)" ""
}

@test "a container whose monitor is killed runs again at the next look" {
    dhow run -d --name it --restart unless-stopped bb sleep 1000
    kill -9 "$(monitor_of it)"
    eventually restarts_at_least it 1
    eventually state_is it running
    monitor_of it
}

@test "a monitor that is killed while it waits loses nothing" {
    dhow run -d --name it --restart always bb sh -c 'exit 1'
    eventually restarts_at_least it 4
    eventually state_is it restarting
    kill -9 "$(monitor_of it)"
    eventually restarts_at_least it 5
    dhow rm -f it
    assert_is "$(leftovers)" ""
}

# --- boot ---

@test "boot starts what is to run, and nothing else" {
    dhow run -d --name always --restart always bb sleep 1000
    dhow run -d --name stopped --restart always bb sleep 1000
    dhow run -d --name unless --restart unless-stopped bb sleep 1000
    dhow run -d --name unless-stopped --restart unless-stopped bb sleep 1000
    dhow run -d --name failed --restart on-failure bb sleep 1000
    dhow run -d --name none bb sleep 1000
    dhow create --name never --restart always bb sleep 1000
    dhow stop stopped unless-stopped
    reboot
    run dhow ps --format '{{.Names}}'
    assert_is "$output" ""
    run dhow boot
    assert_status 0
    assert_is "$(dhow ps --format '{{.Names}}' | sort | tr '\n' ' ')" "always failed stopped unless "
    assert_is "$(dhow boot)" ""
}

@test "boot starts what others need first" {
    dhow run -d --name zz --restart always bb sleep 1000
    dhow run -d --name joins --restart always --network container:zz bb sleep 1000 || skip "no network container: yet"
    dhow rename zz base
    dhow rename base zz
    reboot
    run dhow boot
    assert_status 0
    assert_is "${lines[0]} ${lines[1]}" "zz joins"
}

@test "boot --stop ends all, and boot starts them again" {
    dhow run -d --name it --restart unless-stopped bb sleep 1000
    run dhow boot --stop
    assert_status 0
    assert_is "$(status_of it)" exited
    run dhow boot
    assert_is "$output" it
    assert_is "$(status_of it)" running
}

@test "a monitor that is told to end takes its container along, until the next boot" {
    dhow run -d --name it --restart always bb sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
    sleep 0.3
    kill -TERM "$(monitor_of it)"
    eventually state_is it exited
    run dhow boot
    assert_is "$output" it
}

# --- faults ---

settled='for i in $(seq 100); do s=$(dhow inspect -f "{{.State.Status}}" it); [ "$s" = restarting ] || break; sleep 0.1; done; echo $s'

@test "a restart that is killed at any point ends with a container that runs" {
    # Where only the runtime was killed, the command lives, and says that it failed: then its user knows.
    local fault
    dhow run -d --name it --network none --restart unless-stopped bb sleep 1000
    for fault in --kill-caller --kill-tree; do
        run timeout 280 sweep $fault --survivors detach --timeout-ms 30000 --sample 15 7 \
            --prepare 'dhow start it >/dev/null 2>&1; true' --check "$settled; [ \$s = running ] || [ \$s.\$SWEEP_STATUS = exited.1 ]" -- dhow restart -t 0 it
        echo "$output"
        assert_status 0
    done
    dhow rm -f it
    assert_is "$(leftovers)" ""
}

@test "a start that meets a full disk, or too many open files, leaves nothing half done" {
    local error
    dhow create --name it --network none bb true
    for error in ENOSPC EMFILE; do
        run timeout 280 sweep --errno $error --survivors detach --timeout-ms 30000 --sample 15 9 \
            --prepare 'dhow rm -f it >/dev/null 2>&1; dhow create --name it --network none --restart always --health-cmd true bb sleep 1000 >/dev/null' \
            --check "$settled; [ \$s = running ] || [ \$s = exited ] || [ \$s = created ]" -- dhow start it
        echo "$output"
        assert_status 0
    done
    dhow rm -f it
    assert_is "$(leftovers)" ""
}
