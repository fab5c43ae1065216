#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# context.bats — contexts, shared with docker; and that another engine is never taken for this one (CL-03, CL-10).

bats_require_minimum_version 1.5.0
load lib

setup() {
    export DOCKER_CONFIG=$BATS_TEST_TMPDIR/config HOME=$BATS_TEST_TMPDIR
    unset DOCKER_HOST DOCKER_CONTEXT
    mkdir -p "$DOCKER_CONFIG"
    cd "$BATS_TEST_TMPDIR" || return 1
    for file in ca cert key; do echo "$file" >$file.pem; done
}
remote() { dhow context create remote --description "far away" --docker "host=tcp://192.0.2.4:2376,ca=ca.pem,cert=cert.pem,key=key.pem" 2>/dev/null; }
meta() { printf '%s/contexts/%s/%s' "$DOCKER_CONFIG" "$1" "$(printf %s "$2" | sha256sum | cut -d' ' -f1)"; }

@test "create writes docker's files, inspect and ls show them" {
    assert_is "$(remote)" remote
    assert_is "$(cat "$(meta meta remote)/meta.json")" \
        '{"Name":"remote","Metadata":{"Description":"far away"},"Endpoints":{"docker":{"Host":"tcp://192.0.2.4:2376","SkipTLSVerify":false}}}'
    assert_is "$(cat "$(meta tls remote)/docker/key.pem")" key
    assert_is "$(stat -c %a "$(meta tls remote)/docker/key.pem")" 600
    assert_is "$(dhow context ls | sed 's/ *$//')" "NAME        DESCRIPTION                               DOCKER ENDPOINT               ERROR
default *   Current DOCKER_HOST based configuration   unix:///var/run/docker.sock
remote      far away                                  tcp://192.0.2.4:2376"
    assert_is "$(dhow context ls --format json | tail -1)" \
        '{"Current":false,"Description":"far away","DockerEndpoint":"tcp://192.0.2.4:2376","Error":"","Name":"remote"}'
    assert_is "$(dhow context ls -q)" "default
remote"
    assert_is "$(dhow context inspect remote | jq -c '.[0] | [.TLSMaterial, .Endpoints.docker.Host, .Storage.MetadataPath]')" \
        "[{\"docker\":[\"ca.pem\",\"cert.pem\",\"key.pem\"]},\"tcp://192.0.2.4:2376\",\"$(meta meta remote)\"]"
    assert_is "$(dhow context inspect -f '{{.Name}} {{.Endpoints.docker.Host}}')" "default unix:///var/run/docker.sock"
}

@test "wrong words are answered in docker's" {
    remote
    run dhow context create remote
    assert_status 1
    assert_is "$output" 'dhow: context "remote" already exists'
    run dhow context create default
    assert_is "$output" 'dhow: "default" is a reserved context name'
    run dhow context create ../../x
    assert_is "$output" 'dhow: context name "../../x" is invalid, names are validated against regexp "^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$"'
    run dhow context create bad --docker hst=x
    assert_is "$output" 'dhow: unable to create docker endpoint config: unrecognized config key: hst'
    run dhow context rm default
    assert_is "$output" 'dhow: context "default" cannot be removed'
    run dhow context rm none
    assert_is "$output" 'dhow: context "none" does not exist'
    run dhow context inspect none
    assert_status 1
    assert_has "$output" "context \"none\": context not found: open $(meta meta none)/meta.json: no such file or directory"
    run dhow -c remote -H tcp://127.0.0.1:1 ps
    assert_is "$output" 'dhow: conflicting options: cannot specify both --host and --context'
    run dhow -l loud ps
    assert_status 125
    assert_has "$output" "Unable to parse logging level: loud"
}

@test "use, show and rm keep currentContext and all else in config.json" {
    remote
    echo '{"HttpHeaders": {"X-Mine": "1"}, "psFormat": "x"}' >"$DOCKER_CONFIG/config.json"
    run dhow context use remote
    assert_is "$output" 'remote
Current context is now "remote"'
    assert_is "$(jq -c . "$DOCKER_CONFIG/config.json")" '{"HttpHeaders":{"X-Mine":"1"},"psFormat":"x","currentContext":"remote"}'
    assert_is "$(dhow context show)" remote
    run dhow context rm remote
    assert_status 1
    assert_has "$output" 'context "remote" is in use, set -f flag to force remove'
    dhow context rm -f remote
    assert_is "$(jq -c . "$DOCKER_CONFIG/config.json")" '{"HttpHeaders":{"X-Mine":"1"},"psFormat":"x"}'
    [ ! -e "$(meta meta remote)" ]
    [ ! -e "$(meta tls remote)" ]
}

@test "update changes what is said and keeps what is not known" {
    remote
    file=$(meta meta remote)/meta.json
    jq -c '.Metadata.Mine = 1 | .Endpoints.kubernetes = {"Host":"k"}' "$file" >new && mv new "$file"
    dhow context update remote --description new
    assert_is "$(jq -c '[.Metadata, .Endpoints.kubernetes]' "$file")" '[{"Description":"new","Mine":1},{"Host":"k"}]'
    dhow context update remote --docker host=ssh://me@there
    assert_is "$(jq -r .Endpoints.docker.Host "$file")" ssh://me@there
    [ ! -e "$(meta tls remote)" ]
}

@test "export and import carry certificates, and what is imported is looked at with care" {
    remote
    run dhow context export remote
    assert_is "$output" 'Written file "remote.dockercontext"'
    assert_is "$(stat -c %a remote.dockercontext)" 600
    run dhow context export remote
    assert_is "$output" "dhow: open remote.dockercontext: file exists"
    dhow context export remote - | dhow context import copy -
    assert_is "$(dhow context inspect copy | jq -c '.[0].TLSMaterial')" '{"docker":["ca.pem","cert.pem","key.pem"]}'
    assert_is "$(cat "$(meta tls copy)/docker/ca.pem")" ca
    # links to files of the user's
    echo secret >secret
    mkdir -p evil/tls/docker
    cp "$(meta meta remote)/meta.json" evil
    ln -s "$PWD/secret" evil/tls/docker/ca.pem
    run bash -c 'tar -C evil -c meta.json tls | dhow context import evil -'
    assert_status 1
    [ ! -e "$(meta tls evil)" ]
    rm evil/tls/docker/ca.pem
    ln -s "$PWD/secret" evil/meta2
    mv evil/meta2 evil/meta.json
    run bash -c 'tar -C evil -c meta.json | dhow context import evil -'
    assert_status 1
    tar -P -c --transform 's,^,../../,' secret >up.tar
    run dhow context import evil up.tar
    assert_status 1
    run dhow context import evil secret
    assert_status 1
    run bash -c 'printf PK00000 | dhow context import evil -'
    assert_has "$output" "zip"
    assert_is "$(ls -A "$DOCKER_CONFIG/contexts")" "meta
tls"
}

@test "another engine is never taken for this one" {
    remote
    for words in "-H tcp://127.0.0.1:1" "--host unix:///var/run/docker.sock" "-c remote" "--context=remote"; do
        # shellcheck disable=SC2086
        run dhow $words ps
        assert_status 1
        assert_has "$output" "dhow cannot talk to another engine yet"
    done
    DOCKER_HOST=ssh://me@there run dhow run bb true
    assert_status 125
    assert_has "$output" "cannot reach ssh://me@there"
    DOCKER_CONTEXT=remote run dhow images
    assert_status 1
    assert_has "$output" 'context "remote" is at tcp://192.0.2.4:2376'
    DOCKER_CONTEXT=none run dhow images
    assert_status 1
    assert_has "$output" 'context "none": context not found'
    dhow context use remote 2>/dev/null
    run dhow ps
    assert_status 1
    dhow --context default ps # this machine's
    [ ! -e "$DHOW_ROOT/containers" ] || [ -z "$(ls "$DHOW_ROOT/containers")" ]
}

@test "docker's own command line reads our contexts, and we read its" {
    command -v docker >/dev/null || skip "there is no docker here"
    remote
    assert_is "$(docker context inspect remote)" "$(dhow context inspect remote)"
    docker context create theirs --from remote 2>/dev/null
    assert_is "$(docker context ls)" "$(dhow context ls)"
    assert_is "$(dhow context inspect theirs)" "$(docker context inspect theirs)"
    docker context export theirs - | dhow context import back -
    dhow context export remote - | docker context import there -
    assert_is "$(dhow context ls)" "$(docker context ls)"
    assert_is "$(cat "$(meta tls back)/docker/key.pem")" key
}
