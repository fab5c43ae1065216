# SPDX-License-Identifier: Apache-2.0
# health.bats — health checks: run, judged, shown, acted upon.
load dhow

health() { dhow inspect -f "{{.State.Health.$2}}" "$1"; }
health_is() { [ "$(health "$1" Status)" = "$2" ]; }

@test "a check that succeeds makes a container healthy, and ps says so" {
    dhow run -d --name it --health-cmd 'test -e /tmp/well' --health-interval 200ms --health-start-period 1m \
        --health-start-interval 200ms bb sleep 1000
    assert_matches "$(dhow ps --format '{{.Status}}')" '\(health: starting\)$'
    dhow exec it touch /tmp/well
    eventually health_is it healthy
    assert_matches "$(dhow ps --format '{{.Status}}')" '^Up .* \(healthy\)$'
}

@test "failures count when the start period is over, and so many in a row make it unhealthy" {
    dhow run -d --name it --health-cmd 'echo bad; exit 3' --health-interval 200ms --health-retries 2 bb sleep 1000
    eventually health_is it unhealthy
    assert_is "$(dhow inspect -f '{{(index .State.Health.Log 0).ExitCode}}' it)" 3
    assert_is "$(dhow inspect -f '{{(index .State.Health.Log 0).Output}}' it)" bad
    [ "$(health it FailingStreak)" -ge 2 ]
}

@test "in the start period failures do not count" {
    dhow run -d --name it --health-cmd 'exit 1' --health-interval 100ms --health-start-interval 100ms \
        --health-start-period 1m --health-retries 1 bb sleep 1000
    eventually bash -c '[ "$(dhow inspect -f "{{len .State.Health.Log}}" it)" -ge 3 ]'
    assert_is "$(health it Status)" starting
    assert_is "$(health it FailingStreak)" 0
}

@test "five results are kept, and 4096 bytes of output each" {
    dhow run -d --name it --health-cmd 'head -c 10000 /dev/zero | tr "\\0" x' --health-interval 100ms bb sleep 1000
    eventually bash -c '[ "$(dhow inspect -f "{{len .State.Health.Log}}" it)" = 5 ]'
    sleep 0.5
    assert_is "$(dhow inspect -f '{{len .State.Health.Log}}' it)" 5
    assert_is "$(dhow inspect -f '{{len (index .State.Health.Log 4).Output}}' it)" 4096
}

@test "a check that hangs is killed with its children, and none piles up" {
    dhow run -d --name it --health-cmd 'sleep 777 & sleep 778; true' --health-interval 100ms --health-timeout 300ms \
        --health-retries 2 bb sleep 1000
    eventually health_is it unhealthy
    assert_has "$(dhow inspect -f '{{(index .State.Health.Log 0).Output}}' it)" "Health check exceeded timeout (300ms)"
    assert_is "$(dhow inspect -f '{{(index .State.Health.Log 0).ExitCode}}' it)" -1
    [ "$(dhow exec it ps | grep -c 'sleep 77[78]')" -le 2 ]
}

@test "the image's check is inherited, and --no-healthcheck takes it away" {
    dhow create --name base bb true
    dhow commit -c 'HEALTHCHECK --interval=200ms CMD true' base checked >/dev/null
    dhow run -d --name it checked sleep 1000
    eventually health_is it healthy
    dhow run -d --name without --no-healthcheck checked sleep 1000
    assert_is "$(dhow inspect -f '{{json .State.Health}}' without)" null
    dhow rmi -f checked
}

@test "--on-unhealthy kill, stop and restart" {
    local check=(--health-cmd 'exit 1' --health-interval 100ms --health-retries 1)
    dhow run -d --name kills --on-unhealthy kill "${check[@]}" bb sleep 1000
    eventually state_is kills exited
    assert_is "$(state kills ExitCode)" 137
    assert_has "$(dhow why kills)" "sent by the failed health check"
    dhow run -d --name stops --on-unhealthy stop --restart always "${check[@]}" \
        bb sh -c 'trap "exit 9" TERM; while :; do sleep 0.1; done'
    eventually state_is stops exited
    assert_is "$(state stops ExitCode)" 9
    dhow run -d --name again --on-unhealthy restart --stop-timeout 0 "${check[@]}" bb sleep 1000
    eventually bash -c '[ "$(dhow inspect -f "{{.RestartCount}}" again)" -ge 1 ]'
}

@test "a paused container is not checked" {
    dhow run -d --name it --health-cmd 'exit 1' --health-interval 200ms --health-timeout 200ms --health-retries 1 bb sleep 1000
    dhow pause it
    sleep 1
    assert_is "$(dhow inspect -f '{{len .State.Health.Log}}' it)" 0
    dhow unpause it
    eventually health_is it unhealthy
}

@test "healthcheck run says by its exit status how it is now" {
    dhow run -d --name it --health-cmd 'test -e /tmp/well' --health-interval 1h bb sleep 1000
    run dhow healthcheck run it
    assert_status 1
    dhow exec it touch /tmp/well
    run dhow healthcheck run it
    assert_status 0
    dhow run -d --name none bb sleep 1000
    run dhow healthcheck run none
    assert_status 125
    assert_has "$output" "has no health check"
}

@test "a change of health is announced" {
    local since
    since=$(date +%s.%N)
    dhow run -d --name it --health-cmd true --health-interval 100ms bb sleep 1000
    eventually health_is it healthy
    assert_has "$(dhow events --since "$since" --until "$(date +%s.%N)" --format '{{.Action}}')" "health_status: healthy"
}

@test "what is no health check is refused" {
    run dhow create --health-cmd true --health-interval 10us bb true
    assert_has "$output" "Interval in Healthcheck cannot be less than 1ms"
    run dhow create --no-healthcheck --health-cmd true bb true
    assert_has "$output" "--no-healthcheck conflicts with --health-* options"
    run dhow create --health-cmd true --on-unhealthy dance bb true
    assert_has "$output" "none, kill, restart and stop"
    run dhow create --health-interval 5 bb true
    assert_has "$output" "invalid duration"
}
