# SPDX-License-Identifier: Apache-2.0
# info.bats — info and version, as people and programs read them.
load dhow

@test "info has docker's lines, in docker's layout" {
    dhow run -d --name up bb sleep 1000 >/dev/null
    dhow create --name new bb true >/dev/null
    run dhow info
    assert_status 0
    local line
    for line in "Server:" " Containers: 2" "  Running: 1" "  Paused: 0" "  Stopped: 1" " Storage Driver: overlay" \
        " Cgroup Driver: cgroupfs" " Swarm: inactive" " Default Runtime: " " OSType: linux" " CPUs: $(nproc)" \
        " Kernel Version: $(uname -r)" " Docker Root Dir: $DHOW_ROOT" " Live Restore Enabled: true"; do
        assert_has "$output" "$line"
    done
}

@test "info as JSON has docker's names, and an id that stays" {
    dhow info --format json >"$T/info"
    assert_is "$(jq -c '[.OSType, .Swarm.LocalNodeState, (.Plugins.Volume | index("local")), .RegistryConfig.InsecureRegistryCIDRs[1]]' "$T/info")" \
        '["linux","inactive",0,"127.0.0.0/8"]'
    assert_matches "$(dhow info -f '{{.ID}}')" '^[0-9a-f-]{36}$'
    assert_is "$(dhow info -f '{{.ID}}')" "$(jq -r .ID "$T/info")"
    assert_has "$(dhow info -f '{{range $name, $it := .Runtimes}}{{$name}} {{end}}')" dhow-runtime
}

# Docker's, but for what a swarm, containerd, or a daemon's plugins and pools would say.
@test "info has the fields of docker's API" {
    local missing="" field
    dhow info --format json >"$T/info"
    for field in Architecture CDISpecDirs CPUSet CPUShares CgroupDriver CgroupVersion ContainerdCommit Containers \
        ContainersPaused ContainersRunning ContainersStopped CpuCfsPeriod CpuCfsQuota Debug DefaultRuntime \
        DockerRootDir Driver DriverStatus ExperimentalBuild FirewallBackend HttpProxy HttpsProxy ID IPv4Forwarding \
        Images IndexServerAddress InitBinary InitCommit Isolation KernelVersion Labels LiveRestoreEnabled \
        LoggingDriver MemTotal MemoryLimit NCPU NEventsListener NFd NGoroutines Name NoProxy OSType OSVersion \
        OomKillDisable OperatingSystem PidsLimit Plugins RegistryConfig RuncCommit Runtimes SecurityOptions \
        ServerVersion SwapLimit Swarm SystemTime Warnings; do
        jq -e --arg field "$field" 'has($field)' "$T/info" >/dev/null || missing+=" $field"
    done
    assert_is "$missing" ""
}

@test "version names the engine and its parts" {
    run dhow version
    assert_status 0
    assert_has "$output" "Server: dhow"
    assert_has "$output" " dhow-runtime:"
    assert_is "$(dhow version -f '{{range .Server.Components}}{{.Name}} {{end}}')" \
        "Engine dhow-runtime dhow-monitor dhow-transfer dhow-init "
    assert_matches "$(dhow version -f '{{.Server.APIVersion}} {{.Client.APIVersion}}')" '^1\.[0-9]+ 1\.[0-9]+$'
}
