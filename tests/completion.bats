#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# completion.bats — what shells are told, and the three of them on terminals (CL-13).

bats_require_minimum_version 1.5.0
load dhow

setup_file() {
    dhow_setup_file
    tar -C "$T/busybox" -c . | dhow import - bb:one >/dev/null
    dhow create --name ended bb:one true >/dev/null
    dhow volume create "vol-$ID" >/dev/null
}
teardown() { :; }
teardown_file() {
    dhow rm -f ended >/dev/null
    dhow volume rm "vol-$ID" >/dev/null
    dhow_teardown_file
}
setup() {
    export DOCKER_CONFIG=$BATS_TEST_TMPDIR/config HOME=$BATS_TEST_TMPDIR
    unset DOCKER_HOST DOCKER_CONTEXT
    cd "$HOME" || return 1
}
# answer WORD… — the candidates without what they are, and the hint.
answer() { dhow __completeNoDesc "$@" | tr '\n' ' '; }

@test "commands, groups and their commands, with what they are" {
    assert_has "$(dhow __complete pul)" $'pull\tGet an image'
    assert_is "$(answer pul)" "pull :4 "
    assert_is "$(answer volume pr)" "prune :4 "
    assert_is "$(answer image l)" "load ls :4 " # aliases are left out
    assert_is "$(answer nosuch '')" ":4 "
    assert_is "$(answer volume nosuch '')" ":4 "
    assert_is "$(answer help ima)" "images image :4 "
    [ "$(dhow __complete '' | wc -l)" -gt 40 ]
}

@test "options, by name and with letters, and their values" {
    assert_is "$(answer run --hostn)" "--hostname :4 "
    assert_has "$(answer run -)" "-d "
    assert_is "$(answer run --pull a)" "always :4 "
    assert_is "$(answer run --pull=n)" "--pull=never :4 "
    assert_is "$(answer run --cap-add NET_A)" "NET_ADMIN :4 "
    assert_is "$(answer run --name x --network br)" "bridge :4 "
    assert_is "$(answer run --mount type=v)" "type=volume,src= :6 "
    assert_is "$(answer load --input '')" ":0 "
    assert_is "$(answer run -it --rm --platform linux/arm6)" "linux/arm64 :4 "
    assert_is "$(answer kill -s SIGKI)" "SIGKILL :4 "
    assert_has "$(answer kill --signal=S)" "--signal=SIGKILL"
    assert_is "$(answer --log-level d)" "debug :4 "
    # the command's own options are not ours
    assert_is "$(answer run bb:one ls --)" ":0 "
    assert_is "$(answer run -- --)" ":4 "
}

@test "containers in the state that the command wants, images, volumes, networks" {
    dhow run -d --name runs bb:one sleep 1000 >/dev/null
    assert_is "$(answer start '')" "ended :4 "
    assert_is "$(answer stop '')" "runs :4 "
    assert_is "$(answer rm '')" "runs ended :4 "
    assert_is "$(answer rm runs '')" "ended :4 " # each once
    assert_is "$(answer exec runs '')" ":0 "     # a program
    assert_is "$(answer cp ru)" "runs: :2 "
    assert_is "$(answer cp runs:/e)" ":2 "
    assert_is "$(answer run b)" "bb:one :4 "
    assert_is "$(answer rmi '')" "bb:one :4 "
    assert_is "$(answer volume rm '')" "vol-$ID :4 "
    assert_is "$(answer volume create '')" ":4 "
    assert_has "$(answer run -v vol)" "vol-$ID :2"
    assert_has "$(answer network inspect '')" "bridge"
    assert_is "$(answer run --volumes-from ru)" "runs :4 "
    assert_has "$(dhow __complete stop '')" $'runs\tbb:one, Up'
    assert_has "$(answer inspect e)" ended
    assert_has "$(DOCKER_COMPLETION_SHOW_CONTAINER_IDS=yes answer stop '')" "$(dhow ps -q)"
    dhow rm -f runs >/dev/null
}

@test "contexts; options before the command say where things are; a failure is no noise" {
    dhow context create far --docker host=ssh://me@there >/dev/null 2>&1
    assert_is "$(answer context use '')" "default far :4 "
    assert_is "$(answer --context f)" "far :4 "
    run dhow -c far __complete stop ''
    assert_is "$(answer -c far stop '' 2>&1)" ":5 "
    assert_is "$(answer --root "$BATS_TEST_TMPDIR/other" --run-root "$BATS_TEST_TMPDIR/run" rm '')" ":4 "
}

@test "a plugin completes for itself" {
    mkdir -p "$DOCKER_CONFIG/cli-plugins"
    cat >"$DOCKER_CONFIG/cli-plugins/docker-hey" <<'P'
#!/bin/sh
[ "$1" != docker-cli-plugin-metadata ] || { echo '{"SchemaVersion":"0.1.0","Vendor":"me","ShortDescription":"say hey"}'; exit; }
echo "got $*"
P
    chmod 755 "$DOCKER_CONFIG/cli-plugins/docker-hey"
    assert_has "$(dhow __complete he)" "hey	say hey (me)"
    assert_is "$(dhow __complete hey yo '')" "got __complete hey yo "
}

@test "an unknown shell is named, the scripts are sound" {
    run dhow completion tcsh
    assert_status 1
    assert_is "$output" "dhow: unknown shell: tcsh (there are bash, fish and zsh)"
    for shell in bash zsh fish; do
        dhow completion $shell >script
        "$shell" -n script
    done
    assert_has "$(dhow completion --command docker bash)" "complete -F __docker_complete docker"
}

@test "bash completes, with and without the package bash-completion" {
    for more in "" "source /usr/share/bash-completion/bash_completion"; do
        printf '%s\nsource <(dhow completion bash)\nPS1="ready> "\nbind "set bell-style none"\n' "$more" >rc
        run terminal '
            wait ready>
            send dhow pul\t
            wait pull
            send \x15dhow start en\t
            wait ended
            send \x15dhow run bb:o\t
            wait bb:one
            send \x15dhow run --pull=al\t
            wait always
            send \x15dhow cp end\t
            wait ended:
            send /x
            wait /x
            send \x15exit\n' -- bash --rcfile rc -i
        assert_status 0
    done
}

@test "zsh completes" {
    # shellcheck disable=SC2016
    printf 'autoload -Uz compinit; compinit -u -D\nsource <(dhow completion zsh)\nPS1="ready> "\nunsetopt beep\n' >.zshrc
    ZDOTDIR=$HOME run terminal $'wait ready>\nsend dhow pul\\t\nwait pull \nsend \\x15dhow start en\\t\nwait ended \nsend \\x15dhow run bb:o\\t\nwait one \nsend \\x15exit\\n' -- zsh -i
    assert_status 0
    # as an installation has it
    mkdir site
    dhow completion zsh >site/_dhow
    # shellcheck disable=SC2016
    printf 'fpath=($HOME/site $fpath)\nautoload -Uz compinit; compinit -u -D\nPS1="ready> "\nunsetopt beep\n' >.zshrc
    ZDOTDIR=$HOME run terminal $'wait ready>\nsend dhow start en\\t\nwait ended \nsend \\x15dhow volume rm vo\\t\nwait vol-\nsend \\x15exit\\n' -- zsh -i
    assert_status 0
}

@test "fish completes" {
    mkdir -p .config/fish/completions
    dhow completion fish >.config/fish/completions/dhow.fish
    assert_has "$(fish -c 'complete -C "dhow pul"')" $'pull\tGet an image'
    assert_is "$(fish -c 'complete -C "dhow start "')" $'ended\tbb:one, Created'
    assert_has "$(fish -c 'complete -C "dhow run --pull=a"')" "--pull=always"
    assert_is "$(fish -c 'complete -C "dhow run bb:"')" "bb:one	$(dhow images --format '{{.Size}}')"
    touch somefile
    assert_has "$(fish -c 'complete -C "dhow load --input some"')" somefile
}
