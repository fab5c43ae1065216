#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cdi.bats — devices of the Container Device Interface, by --device and --gpus.
load dhow

setup() {
    mkdir -p "$T/etc-cdi" "$T/run-cdi"
    export DHOW_CONFIG=$T/dhow.json
    jq -n --arg a "$T/etc-cdi" --arg b "$T/run-cdi" '{"cdi-spec-dirs": [$a, $b]}' >"$DHOW_CONFIG"
}
teardown() {
    local id
    for id in $(timeout 60 dhow ps -aq 2>/dev/null); do timeout 60 dhow rm -f "$id" >/dev/null 2>&1 || true; done
    rm -rf "$T/etc-cdi" "$T/run-cdi"
}
# spec FILE JQ-EDIT — a specification with one device, edited.
spec() {
    jq -n "{cdiVersion: \"0.6.0\", kind: \"vendor.com/thing\", devices: [{name: \"one\", containerEdits:
        {env: [\"THING=one\"], deviceNodes: [{path: \"/dev/thing\", hostPath: \"/dev/zero\"}]}}]} | ${2:-.}" >"$T/$1"
}
inside() {
    local options=()
    while [ "$1" != -- ]; do options+=("$1") && shift; done
    shift
    timeout 60 dhow run --rm "${options[@]}" bb "$@"
}

@test "a device's node, variables, mounts, groups and hooks arrive, its specification's own once" {
    echo mounted >"$T/mounted"
    printf '#!/bin/sh\ncat >/dev/null\nenv >"%s"\n' "$T/hook-ran" >"$T/hook"
    chmod +x "$T/hook"
    spec etc-cdi/a.json ".containerEdits = {env: [\"ALL=yes\"], hooks: [{hookName: \"createRuntime\", path: \"$T/hook\", args: [\"hook\"], env: [\"FROM=cdi\"]}]}
        | .devices += [{name: \"two\", containerEdits: {mounts: [{hostPath: \"$T/mounted\", containerPath: \"/etc/its\", options: [\"ro\"]}], additionalGids: [4242]}}]"
    run inside --device vendor.com/thing=one --device vendor.com/thing=two -- \
        sh -c 'head -c 3 /dev/thing | wc -c; echo $THING $ALL; cat /etc/its; id -G; echo x >/etc/its'
    assert_has "$output" "3
one yes
mounted
0 4242"
    assert_has "$output" "Read-only file system"
    assert_has "$(cat "$T/hook-ran")" FROM=cdi
}

@test "CVE-2025-23266: a hook sees nothing of the image's environment" {
    printf '#!/bin/sh\ncat >/dev/null\nenv >"%s"\n' "$T/hook-ran" >"$T/hook"
    chmod +x "$T/hook"
    spec etc-cdi/a.json ".containerEdits = {hooks: [{hookName: \"createContainer\", path: \"$T/hook\"}]}"
    inside -e LD_PRELOAD=/evil.so -e BASH_ENV=/evil --device vendor.com/thing=one -- true
    assert_lacks "$(cat "$T/hook-ran")" evil
}

@test "a later directory's device replaces an earlier one's, twice in one directory is nobody's" {
    spec etc-cdi/a.json
    spec run-cdi/a.json '.devices[0].containerEdits.env = ["THING=later"]'
    assert_is "$(inside --device vendor.com/thing=one -- sh -c 'echo $THING')" later
    spec run-cdi/b.json
    run inside --device vendor.com/thing=one -- true
    assert_is "$status" 125
    assert_has "$output" "CDI device injection failed: unresolvable CDI devices vendor.com/thing=one"
}

@test "devices that nobody has are named in docker's words, YAML is not read, and said so" {
    run inside --device vendor.com/thing=none -- true
    assert_is "$status" 125
    assert_has "$output" "CDI device injection failed: unresolvable CDI devices vendor.com/thing=none"
    echo 'cdiVersion: 0.6.0' >"$T/etc-cdi/nvidia.yaml"
    run inside --device vendor.com/thing=none -- true
    assert_has "$output" "it is YAML and not JSON: $T/etc-cdi/nvidia.yaml"
    run inside --device 'vendor.com/thing=' -- true
    assert_failed
}

@test "specifications that make no sense are refused with their file and field" {
    local row
    while IFS='|' read -r edit words; do
        spec etc-cdi/a.json "$edit"
        run inside --device vendor.com/thing=one -- true
        assert_is "$status" 125
        assert_has "$output" "$words"
        assert_has "$output" "$T/etc-cdi/a.json"
    done <<'END'
.cdiVersion = "9.9.9"|cdiVersion "9.9.9" is not known
.kind = "thing"|kind "thing" is not vendor/class
.kind = "../../x/y"|is not vendor/class
.devices[0].name = "a/b"|devices[0].name
.extra = 1|extra
.devices = []|devices
del(.devices[0].containerEdits)|containerEdits
.devices[0].containerEdits.env = [1]|devices[0].containerEdits.env[0]
END
    spec etc-cdi/a.json '.devices[0].containerEdits.hooks = [{hookName: "sometime", path: "/bin/true"}]'
    run inside --device vendor.com/thing=one -- true
    assert_has "$output" 'hookName "sometime"'
}

@test "a file that others than root can write is refused: its hooks would run as root" {
    spec etc-cdi/a.json
    chmod 666 "$T/etc-cdi/a.json"
    run inside --device vendor.com/thing=one -- true
    assert_is "$status" 125
    assert_has "$output" "only root can write"
}

@test "--gpus is CDI's nvidia.com/gpu" {
    run inside --gpus all -- true
    assert_is "$status" 125
    assert_has "$output" 'could not select device driver "" with capabilities: [[gpu]]'
    spec etc-cdi/gpu.json '.kind = "nvidia.com/gpu" | .devices = [("0", "1", "all") as $n | {name: $n, containerEdits: {env: ["GPU_\($n)=yes"]}}]'
    assert_is "$(inside --gpus all -- sh -c 'env | grep GPU_')" GPU_all=yes
    assert_is "$(inside --gpus 2 -- sh -c 'env | grep GPU_ | sort | tr "\n" " "')" "GPU_0=yes GPU_1=yes "
    assert_is "$(inside --gpus device=1 -- sh -c 'env | grep GPU_')" GPU_1=yes
    assert_is "$(inside --gpus '"device=0,1"' -- sh -c 'env | grep -c GPU_')" 2
    run inside --gpus 3 -- true
    assert_has "$output" "could not select device driver"
    run inside --gpus nonsense -- true
    assert_has "$output" "must be an integer"
    run inside --gpus driver=amd,count=1 -- true
    assert_has "$output" 'could not select device driver "amd"'
}

@test "what was asked for is in inspect" {
    dhow create --name asked --device vendor.com/thing=one --gpus 1 bb true
    assert_is "$(dhow inspect -f '{{json .HostConfig.DeviceRequests}}' asked | jq -c '[.[] | [.Driver, .DeviceIDs, .Count]]')" \
        '[["cdi",["vendor.com/thing=one"],0],["",[],1]]'
}
