# SPDX-License-Identifier: Apache-2.0
# df.bats — what takes room on the disk, and containers that are pruned.
load dhow

@test "system df counts volumes, and -v names them with their users" {
    dhow volume create used >/dev/null
    dhow volume create free >/dev/null
    dhow run --name user -v used:/data bb sh -c 'head -c 2000000 /dev/zero >/data/file'
    assert_matches "$(dhow system df)" 'Local Volumes   2         1         2MB       0B \(0%\)'
    assert_matches "$(dhow system df -v)" $'\n''used +1 +2MB'
    assert_matches "$(dhow system df -v)" $'\n''free +0 +0B'
    assert_matches "$(dhow system df -v --format '{{range .Volumes}}{{.Name}}={{.Size}} {{end}}')" 'used=2MB'
    assert_is "$(dhow system df -v --format json | jq -r 'keys | join(" ")')" "BuildCache Containers Images Volumes"
    dhow rm user >/dev/null
    dhow volume rm used free >/dev/null
}

@test "container prune removes what does not run, by label and age, and says what it gave back" {
    dhow run -d --name up bb sleep 1000 >/dev/null
    dhow run --name keep --label keep=1 bb true
    dhow run --name wrote bb sh -c 'head -c 1000000 /dev/zero >/file'
    dhow create --name never bb true >/dev/null
    assert_is "$(dhow container prune -f --filter until=1h)" "Total reclaimed space: 0B"
    run dhow container prune -f --filter 'label!=keep'
    assert_status 0
    assert_has "$output" "Deleted Containers:"
    assert_has "$output" "Total reclaimed space: 1MB"
    assert_is "$(dhow ps -a --format '{{.Names}}' | sort | xargs)" "keep up"
    dhow container prune -f >/dev/null
    assert_is "$(dhow ps -a --format '{{.Names}}')" up
}

@test "pruning is told, with what it gave back" {
    local began
    began=$(date +%s.%N)
    dhow run --name gone bb sh -c 'head -c 1000 /dev/zero >/file'
    dhow container prune -f >/dev/null
    assert_matches "$(dhow events --since "$began" --until 0s --filter event=prune)" 'container prune  \(reclaimed=1000\)$'
}
