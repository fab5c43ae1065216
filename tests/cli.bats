#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cli.bats — help, plugins, docker's name, and what config.json says to commands (CL-01, CL-02, CL-09, CL-11, CL-19).

bats_require_minimum_version 1.5.0
load dhow

setup() {
    export DOCKER_CONFIG=$BATS_TEST_TMPDIR/config HOME=$BATS_TEST_TMPDIR
    unset DOCKER_HOST DOCKER_CONTEXT
    mkdir -p "$DOCKER_CONFIG"
}

@test "help has docker's sections; dhow alone prints it and fails, help and --help do not" {
    run dhow --help
    assert_status 0
    help=$output
    assert_is "$(grep -E '^[A-Z][A-Za-z ]*:$' <<<"$output" | tr '\n' ' ')" \
        "Common Commands: Management Commands: Commands: Global Options: "
    assert_has "$output" $'Common Commands:\n  run         Create and run a new container from an image\n  exec '
    assert_has "$output" "Run 'dhow COMMAND --help' for more information on a command."
    assert_has "$output" "  -c, --context string"
    run dhow help
    assert_is "$output" "$help"
    run dhow -h
    assert_is "$output" "$help"
    run dhow
    assert_status 1
    assert_is "$output" "$help"
}

@test "a command's help: usage, aliases, options by name, examples" {
    run dhow cp --help
    assert_status 0
    assert_has "$output" "Usage:  dhow cp [OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-
        dhow cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH"
    assert_has "$output" $'Aliases:\n  dhow container cp, dhow cp\n'
    assert_has "$output" $'Examples:\n  # '
    assert_is "$output" "$(dhow help cp)"
    run dhow container cp --help
    assert_has "$output" "Usage:  dhow container cp"
    run bash -c 'dhow run --help | grep -oE "^ +(-., )?--[a-z-]+" | sed "s/.*--//"'
    assert_is "$output" "$(LC_ALL=C sort <<<"$output")"
}

@test "help is as wide as the terminal, and 80 columns elsewhere" {
    assert_is "$(dhow run --help | awk 'length > 80 && NF > 1 && !/^  (dhow|#)/' | head -3)" ""
    run terminal --size 24x120 '' -- dhow run --help
    [ "$(awk '{ if (length > n) n = length } END { print n }' <<<"$output")" -gt 90 ]
    run terminal --size 24x60 '' -- dhow volume create --help
    assert_is "$(grep -vE '^  (dhow|#)' <<<"$output" | awk 'length > 76 && NF > 1' | head -3)" ""
}

@test "every command of every group has help that says what it is" {
    for group in $(dhow --help | sed -n '/^Management/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
        run dhow "$group" --help
        assert_status 0
        assert_has "$output" "Usage:  dhow $group COMMAND"
        for command in $(sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' <<<"$output"); do
            run dhow "$group" "$command" --help
            assert_status 0
            assert_has "$output" "Usage:  dhow $group $command"
        done
    done
}

@test "a plugin is listed, described and run with the whole command line" {
    mkdir "$DOCKER_CONFIG/cli-plugins"
    cat >"$DOCKER_CONFIG/cli-plugins/docker-hey" <<'P'
#!/bin/sh
if [ "$1" = docker-cli-plugin-metadata ]; then
    echo '{"SchemaVersion":"0.1.0","Vendor":"me","Version":"v1.2","ShortDescription":"Say hey"}'
    exit
fi
echo "got:" "$@" "by $DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND"
exit 7
P
    chmod 755 "$DOCKER_CONFIG/cli-plugins/docker-hey"
    assert_has "$(dhow --help)" "hey*        Say hey (me, v1.2)"
    run dhow --config "$DOCKER_CONFIG" hey you --there -x
    assert_status 7
    assert_is "$output" "got: --config $DOCKER_CONFIG hey you --there -x by $(readlink -f "$(command -v dhow)")"
    run dhow hey --help
    assert_has "$output" "got: hey --help"
    run dhow help hey
    assert_has "$output" "hey"
    # a program that does not answer as one is none, nor one with a name of ours, nor one with an odd name
    for name in mute ps Odd-Name; do
        printf '#!/bin/sh\nexit 1\n' >"$DOCKER_CONFIG/cli-plugins/docker-$name"
        chmod 755 "$DOCKER_CONFIG/cli-plugins/docker-$name"
    done
    assert_lacks "$(dhow --help)" "mute*"
    dhow ps
    run dhow Odd-Name
    assert_status 1
    assert_has "$output" "unknown command: dhow Odd-Name"
    # cliPluginsExtraDirs comes first
    mkdir "$HOME/extra"
    sed 's/Say hey/Say more/' "$DOCKER_CONFIG/cli-plugins/docker-hey" >"$HOME/extra/docker-hey"
    chmod 755 "$HOME/extra/docker-hey"
    echo "{\"cliPluginsExtraDirs\": [\"$HOME/extra\"]}" >"$DOCKER_CONFIG/config.json"
    assert_has "$(dhow --help)" "Say more"
}

@test "a plugin that hangs does not hang help" {
    mkdir "$DOCKER_CONFIG/cli-plugins"
    printf '#!/bin/sh\nexec sleep 1000\n' >"$DOCKER_CONFIG/cli-plugins/docker-slow"
    chmod 755 "$DOCKER_CONFIG/cli-plugins/docker-slow"
    run timeout 60 dhow --help
    assert_status 0
    assert_lacks "$output" slow
}

@test "aliases of config.json stand for words, and never for commands" {
    echo '{"aliases": {"dps": "ps --format {{.Names}}", "images": "ps"}}' >"$DOCKER_CONFIG/config.json"
    dhow create --name made bb true >/dev/null
    assert_is "$(dhow dps -a)" made
    assert_has "$(dhow images)" REPOSITORY
}

@test "proxies of config.json are in new containers' environment, unless it says otherwise" {
    echo '{"proxies": {"default": {"httpProxy": "http://p:1", "noProxy": "localhost"}, "tcp://x": {"httpsProxy": "no"}}}' >"$DOCKER_CONFIG/config.json"
    run dhow run --rm -e http_proxy=mine bb sh -c 'env | grep -i proxy | sort'
    assert_is "$output" "HTTP_PROXY=http://p:1
NO_PROXY=localhost
http_proxy=mine
no_proxy=localhost"
}

@test "under docker's name it is the same program" {
    ln -s "$(command -v dhow)" "$HOME/docker"
    assert_is "$("$HOME/docker" ps)" "$(dhow ps)"
    assert_is "$("$HOME/docker" run --rm bb echo hello)" hello
    assert_has "$("$HOME/docker" --help)" "Usage:  dhow"
}

@test "installed with docker's name, shells complete both" {
    make -C "$REPO" --no-print-directory install-docker "BUILD=$(basename "$DHOW_BUILD")" "DESTDIR=$HOME/to" PREFIX=/usr >/dev/null
    assert_is "$(readlink "$HOME/to/usr/bin/docker")" dhow
    for name in dhow docker; do
        assert_has "$(cat "$HOME/to/usr/share/bash-completion/completions/$name")" "complete -F __${name}_complete $name"
        assert_has "$(head -1 "$HOME/to/usr/share/zsh/site-functions/_$name")" "#compdef $name"
        assert_has "$(cat "$HOME/to/usr/share/fish/vendor_completions.d/$name.fish")" "complete -c $name"
    done
    [ -e "$HOME/to/usr/share/man/man1/dhow-cp.1" ]
}

@test "system prune takes what nothing uses, of each type" {
    dhow create --name ended bb true >/dev/null
    dhow network create "n-$ID" >/dev/null
    anonymous=$(dhow volume create)
    dhow volume create "v-$ID" >/dev/null
    run bash -c 'dhow system prune --volumes </dev/null'
    assert_status 1
    assert_has "$output" "WARNING! This will remove:
  - all stopped containers
  - all networks not used by at least one container
  - all anonymous volumes not used by at least one container
  - all dangling images"
    run dhow system prune -f --volumes
    assert_status 0
    assert_has "$output" "Deleted Containers:"
    assert_has "$output" "Deleted Networks:
n-$ID"
    assert_has "$output" "Deleted Volumes:
$anonymous"
    assert_has "$output" "Total reclaimed space: "
    assert_is "$(dhow volume ls -q)" "v-$ID"
    dhow volume rm "v-$ID" >/dev/null
    assert_has "$(dhow images)" bb
}

@test "inspect finds each type of object, the container first" {
    dhow create --name same bb true >/dev/null
    dhow volume create same >/dev/null
    dhow network create "n-$ID" >/dev/null
    assert_is "$(dhow inspect -f '{{.Name}}' same)" /same
    assert_is "$(dhow inspect --type volume -f '{{.Driver}}' same)" local
    assert_is "$(dhow inspect -f '{{.Driver}}' "n-$ID")" bridge
    assert_has "$(dhow inspect bb)" RootFS
    assert_is "$(dhow inspect -s same | jq '.[0].SizeRootFs > 1000')" true
    assert_is "$(dhow inspect same | jq '.[0].SizeRw')" null
    run dhow inspect --type nothing same
    assert_status 1
    assert_has "$output" 'unknown type: "nothing"'
    dhow rm same >/dev/null
    assert_is "$(dhow inspect -f '{{.Driver}}' same)" local
    dhow volume rm same >/dev/null
    dhow network rm "n-$ID" >/dev/null
    run dhow inspect same
    assert_status 1
    assert_is "$output" "[]
dhow: No such object: same"
}
