# SPDX-License-Identifier: Apache-2.0
# format.bats — --format and --filter as docker's users write them.
load dhow

setup() {
    dhow create --name one -m 64m bb sh -c 'exit 4' >/dev/null
    dhow create --name other bb true >/dev/null
}

# --- lists ---

@test "ps --format: a template for each row, with fields, functions and escapes" {
    assert_is "$(dhow ps -a --format '{{.Names}} {{.State}}')" $'other created\none created'
    assert_is "$(dhow ps -a --format '{{upper .Names}}\t{{len .ID}}' | head -1)" $'OTHER\t12'
    assert_is "$(dhow ps -a --no-trunc --format '{{.ID}}' | head -1)" "$(dhow inspect -f '{{.Id}}' other)"
    assert_is "$(dhow ps -a --format '{{if eq .Names "one"}}{{.Command}}{{end}}' | tail -1)" '"sh -c '"'exit 4'"'"'
    assert_is "$(dhow ps --format '{{.Names}}')" ""
}

@test "ps --format table: headings from the fields, columns that fit" {
    assert_is "$(dhow ps -a --format 'table {{.Names}}\t{{.State}}\t{{.Image}}')" \
        $'NAMES     STATE     IMAGE\nother     created   bb\none       created   bb'
    assert_is "$(dhow ps -a --format 'table {{.Label "com.example.some-name"}}|{{lower .Names}}' | head -1)" "some name|NAMES"
    assert_is "$(dhow ps -a --format table)" "$(dhow ps -a)"
}

@test "ps --format json: one object a line, every field a text" {
    dhow ps -a --format json >"$T/rows"
    assert_is "$(wc -l <"$T/rows")" 2
    assert_is "$(jq -r '[.Names, .State, .Image, .LocalVolumes] | @csv' "$T/rows")" \
        $'"other","created","bb","0"\n"one","created","bb","0"'
    assert_is "$(head -1 "$T/rows" | jq -c 'keys == keys_unsorted, ([.[] | type] | unique)')" $'true\n["string"]'
    assert_is "$(dhow ps -a --format '{{json .Names}}' | head -1)" '"other"'
}

@test "-q wins over --format and says so" {
    run dhow ps -aq --format '{{.Names}}'
    assert_status 0
    assert_has "$output" "WARNING: Ignoring custom format, because both --format and --quiet are set."
    assert_is "$(dhow ps -aq --format '{{.Names}}' 2>/dev/null)" "$(dhow ps -aq)"
}

@test "psFormat and imagesFormat of config.json hold where nothing else is asked for" {
    mkdir -p "$T/config"
    echo '{"psFormat": "{{.Names}}!", "imagesFormat": "table {{.Repository}}"}' >"$T/config/config.json"
    assert_is "$(dhow --config "$T/config" ps -a)" $'other!\none!'
    assert_is "$(dhow --config "$T/config" ps -a --format '{{.State}}' | head -1)" created
    assert_is "$(dhow --config "$T/config" ps -aq)" "$(dhow ps -aq)"
    assert_is "$(dhow --config "$T/config" images | head -1)" REPOSITORY
}

@test "a template that is none, or asks for what there is not, is named in Go's words" {
    run dhow ps --format '{{.Nope}}'
    assert_status 1
    assert_has "$output" "template: :1:2: executing \"\" at <.Nope>: can't evaluate field Nope in type *formatter.ContainerContext"
    run dhow ps --format '{{'
    assert_status 1
    assert_has "$output" "template: :1: unclosed action"
    run dhow images --format '{{.Nope}}'
    assert_status 1
    assert_has "$output" "template parsing error: template: :1:2: executing \"\" at <.Nope>: can't evaluate field Nope in type *formatter.imageContext"
    run dhow inspect -f '{{foo}}' one
    assert_status 64
    assert_has "$output" 'template parsing error: template: :1: function "foo" not defined'
}

@test "images --format, --digests, --no-trunc and a name" {
    assert_is "$(dhow images --format '{{.Repository}}:{{.Tag}}' bb)" bb:latest
    assert_is "$(dhow images --format json bb | jq -r '.Repository + " " + .Tag + " " + .ID')" "bb latest $(dhow images -q bb)"
    assert_matches "$(dhow images --digests bb | head -1)" '^REPOSITORY +TAG +DIGEST +IMAGE ID +CREATED +SIZE$'
    assert_matches "$(dhow images --no-trunc --format '{{.ID}}' bb)" '^sha256:[0-9a-f]{64}$'
    assert_is "$(dhow images nothing-of-that-name -q)" ""
}

# --- filters ---

@test "images --filter: by reference, unknown keys and words without a value are refused" {
    assert_is "$(dhow images -f 'reference=b?' --format '{{.Repository}}')" bb
    assert_is "$(dhow images --filter reference=nothing --filter reference=bb --format '{{.Repository}}')" bb
    assert_is "$(dhow images -f reference=nothing -q)" ""
    run dhow images --filter colour=red
    assert_status 1
    assert_has "$output" "invalid filter 'colour'"
    run dhow images --filter reference
    assert_has "$output" "bad format of filter (expected name=value)"
}

# --- inspect ---

@test "inspect -f: values, paths, lists and maps as Go prints them" {
    assert_is "$(dhow inspect -f '{{.Name}} {{.HostConfig.Memory}} {{.Config.Cmd}}' one)" '/one 67108864 [sh -c exit 4]'
    assert_is "$(dhow inspect -f '{{json .Config.Cmd}} {{index .Config.Cmd 1}} {{len .Config.Cmd}}' one)" '["sh","-c","exit 4"] -c 3'
    assert_is "$(dhow inspect -f '{{range $i, $w := .Config.Cmd}}{{if $i}},{{end}}{{$w}}{{end}}' one)" 'sh,-c,exit 4'
    assert_is "$(dhow inspect -f '{{with .State}}{{.Status}} {{.Running}}{{end}}' one other)" $'created false\ncreated false'
    assert_is "$(dhow inspect -f '{{.ID}}' one)" "$(dhow inspect -f '{{.Id}}' one)"
    assert_is "$(dhow inspect -f '{{printf "%s-%d" .State.Status .State.Pid}}' one)" created-0
}

@test "inspect -f: what the object has no field for is an error that clients know" {
    run dhow inspect -f '{{.State.Health.Status}}' one
    assert_status 1
    assert_has "$output" 'template parsing error: template: :1:8: executing "" at <.State.Health.Status>: map has no entry for key "Health"'
    assert_is "$(dhow inspect -f '{{index .Config "Nope"}}' one)" "<no value>"
}

@test "inspect finds containers and images, names what it does not find, and goes on" {
    assert_is "$(dhow inspect bb | jq -r '.[0].RepoTags[0]')" bb:latest
    assert_is "$(dhow inspect one bb | jq -r '.[] | .Name // .RepoTags[0]')" $'/one\nbb:latest'
    run dhow inspect nothing one -f '{{.Name}}'
    assert_status 1
    assert_is "$output" $'/one\ndhow: No such object: nothing'
    assert_is "$(dhow inspect nothing 2>/dev/null)" "[]"
    run dhow inspect --type image one
    assert_status 1
    assert_has "$output" "No such image: one"
    run dhow container inspect bb
    assert_has "$output" "No such container: bb"
    run dhow inspect --type colour one
    assert_has "$output" 'unknown type: "colour"'
    assert_is "$(dhow image inspect -f '{{.Os}}' bb)" linux
}

@test "image inspect -f: what the config does not say is empty, and --platform chooses" {
    assert_is "$(dhow image inspect -f '[{{.Config.User}}] {{.Config.Env}} {{.Config.Labels}}' bb)" '[] [] map[]'
    dhow run --rm hello >/dev/null
    assert_is "$(dhow image inspect -f '{{.Config.Cmd}} {{json .Config}}' hello)" '[/hello] {"Cmd":["/hello"]}'
    local machine=$(dhow image inspect -f '{{.Os}}/{{.Architecture}}' hello)
    assert_is "$(dhow image inspect --platform "$machine" -f '{{.Id}}' hello)" "$(dhow image inspect -f '{{.Id}}' hello)"
    run dhow image inspect --platform linux/s390x hello
    assert_status 1
    assert_has "$output" "does not provide the specified platform (linux/s390x)"
}

@test "inspect prints JSON with docker's indent, and --format json one line" {
    dhow inspect one >"$T/one"
    assert_is "$(sed -n '1,3s/"[0-9a-f]*"/X/2p;1,2p' "$T/one" | head -2)" $'[\n    {'
    assert_is "$(jq --indent 4 . "$T/one")" "$(cat "$T/one")"
    assert_is "$(dhow inspect -f json one)" "$(jq -c . "$T/one")"
}

# --- version and info ---

@test "version and info take a template, json, and refuse others as docker does" {
    assert_is "$(dhow version -f '{{.Client.Version}} {{.Server.Version}} {{.Server.Os}}')" \
        "$(dhow --version | sed 's/.*version \(.*\),.*/\1/') $(dhow info -f '{{.ServerVersion}}') linux"
    assert_is "$(dhow version -f json | jq -r .Client.Context)" default
    assert_matches "$(dhow version | tr '\n' ' ')" '^Client: +Version: .*Server: dhow +Engine: +Version: '
    assert_is "$(dhow info -f '{{.Containers}} {{json .Driver}}')" '2 "overlay"'
    assert_is "$(dhow info --format json | jq .Containers)" 2
    run dhow info -f '{{.Nope}}'
    assert_status 1
    assert_has "$output" "can't evaluate field Nope in type system.dockerInfo"
    run dhow version -f '{{'
    assert_status 64
    assert_has "$output" "template parsing error: template: version:1: unclosed action"
}
