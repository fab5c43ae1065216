# SPDX-License-Identifier: Apache-2.0
# inspect.bats — everything about a container, with docker's names.
load dhow

# lacks FILTER FIELD… — the fields that what FILTER gives of inspect has not.
lacks() {
    local filter=$1 field
    shift
    for field; do jq -e --arg field "$field" "$filter | has(\$field)" "$T/inspected" >/dev/null || echo "$field"; done
}

@test "a container that runs has the fields of docker's API, but for Windows and what is left out when empty" {
    dhow run -d --name all bb sleep 1000 >/dev/null
    dhow inspect -s all >"$T/inspected"
    # shellcheck disable=SC2016
    assert_is "$(lacks '.[0]' AppArmorProfile Args Config Created Driver ExecIDs HostConfig HostnamePath HostsPath Id Image \
        ImageManifestDescriptor LogPath MountLabel Mounts Name NetworkSettings Path Platform ProcessLabel \
        ResolvConfPath RestartCount SizeRootFs SizeRw State Storage)" ""
    assert_is "$(lacks '.[0].State' Dead Error ExitCode FinishedAt OOMKilled Paused Pid Restarting Running StartedAt Status)" ""
    assert_is "$(lacks '.[0].HostConfig' AutoRemove Binds BlkioDeviceReadBps BlkioDeviceReadIOps BlkioDeviceWriteBps BlkioDeviceWriteIOps BlkioWeight \
        BlkioWeightDevice CapAdd CapDrop CgroupParent CgroupnsMode ConsoleSize ContainerIDFile CpuPeriod CpuQuota \
        CpuRealtimePeriod CpuRealtimeRuntime CpuShares CpusetCpus CpusetMems DeviceCgroupRules DeviceRequests Devices \
        Dns DnsOptions DnsSearch ExtraHosts GroupAdd IpcMode Links LogConfig MaskedPaths Memory MemoryReservation \
        MemorySwap MemorySwappiness NanoCpus NetworkMode OomKillDisable OomScoreAdj PidMode PidsLimit PortBindings \
        Privileged PublishAllPorts ReadonlyPaths ReadonlyRootfs RestartPolicy Runtime SecurityOpt ShmSize UTSMode \
        Ulimits UsernsMode VolumeDriver VolumesFrom)" ""
    assert_is "$(lacks '.[0].Config' AttachStderr AttachStdin AttachStdout Cmd Domainname Entrypoint Env Hostname Image Labels OpenStdin StdinOnce \
        Tty User Volumes WorkingDir)" ""
    assert_is "$(lacks '.[0].NetworkSettings' SandboxID SandboxKey Ports Networks)" ""
}

@test "what was not asked for is shown as what it got" {
    dhow create --name plain bb true >/dev/null
    assert_is "$(dhow inspect plain | jq -c '.[0].HostConfig | [.RestartPolicy.Name, .IpcMode, .NetworkMode, .ShmSize, .PidsLimit, .ConsoleSize]')" \
        '["no","private","bridge",67108864,null,[0,0]]'
    assert_has "$(dhow inspect -f '{{.HostConfig.MaskedPaths}}' plain)" /proc/kcore
    dhow create --name all --privileged bb true >/dev/null
    assert_is "$(dhow inspect -f '{{len .HostConfig.MaskedPaths}}' all)" 0
}

@test "the state follows the container" {
    dhow create --name it bb sleep 1000 >/dev/null
    assert_is "$(dhow inspect -f '{{.State.Status}} {{.State.Pid}} {{.State.StartedAt}}' it)" "created 0 0001-01-01T00:00:00Z"
    dhow start it >/dev/null
    assert_is "$(dhow inspect -f '{{.State.Status}} {{.State.Running}}' it)" "running true"
    dhow pause it >/dev/null
    assert_is "$(dhow inspect -f '{{.State.Status}} {{.State.Paused}}' it)" "paused true"
    assert_matches "$(dhow ps --format '{{.Status}}')" '^Up .* \(Paused\)$'
    assert_is "$(dhow ps -q -f status=paused | wc -l)" 1
    dhow unpause it >/dev/null
    dhow kill it >/dev/null
    eventually state_is it exited
    assert_is "$(dhow inspect -f '{{.State.ExitCode}} {{.State.Pid}}' it)" "137 0"
}

@test "mounts are in ps and inspect, and found by their volume" {
    dhow volume create seen >/dev/null
    dhow run -d --name has -v seen:/data -v "$T:/host:ro" bb sleep 1000 >/dev/null
    dhow create --name none bb true >/dev/null
    assert_is "$(dhow inspect has | jq -c '[.[0].Mounts[] | [.Type, .Destination, .RW]] | sort')" '[["bind","/host",false],["volume","/data",true]]'
    assert_is "$(dhow ps -a --format '{{.Names}} {{.LocalVolumes}}' | xargs)" "none 0 has 1"
    assert_is "$(dhow ps -a -f volume=seen --format '{{.Names}}')" has
    assert_is "$(dhow ps -a -f volume=/host --format '{{.Names}}')" has
    assert_has "$(dhow ps --no-trunc --format '{{.Mounts}}')" seen
    dhow rm -f has >/dev/null
    dhow volume rm seen >/dev/null
}

@test "networks are in ps and inspect, and found by name and id" {
    dhow run -d --name on bb sleep 1000 >/dev/null
    dhow run -d --name off --network none bb sleep 1000 >/dev/null
    assert_is "$(dhow ps -f network=bridge --format '{{.Names}} {{.Networks}}')" "on bridge"
    assert_is "$(dhow ps -f "network=$(dhow network inspect -f '{{.Id}}' bridge)" --format '{{.Names}}')" on
    assert_matches "$(dhow inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}' on)" '^[0-9.]+$'
}
