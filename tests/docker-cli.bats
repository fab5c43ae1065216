#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docker-cli.bats - docker's command line word for word: each command and each flag of its reference is known here.

bats_require_minimum_version 1.5.0
load lib

setup_file() { dhow_setup_file; }
teardown_file() { dhow_teardown_file; }

# What docker has and dhow has not, on purpose or yet: COMMAND [FLAG], and why.
missing() {
    cat <<'END'
system dial-stdio	the far end of DOCKER_HOST=ssh://, for the API
run --use-api-socket	there is no API yet
create --use-api-socket	the same
container run --use-api-socket	the same
container create --use-api-socket	the same
END
    # Volumes of a cluster, which docker has only when it is in one.
    printf 'volume create --%s\tneeds a cluster\n' availability group limit-bytes required-bytes scope secret sharing \
        topology-preferred topology-required type
    printf 'volume update --availability\tneeds a cluster\n'

}

# takes COMMAND FLAG - the flag is in its table: what is said of it is not that it is unknown. A command line that cannot be right
# ends before anything is done.
takes() {
    local said
    # shellcheck disable=SC2086
    said=$(dhow $1 "$2" 2>&1 </dev/null --no-such-flag-as-this)
    [[ $said != *"unknown flag: ${2%%=*}"* && $said != *"unknown shorthand flag: '${2:1:1}'"* ]]
}

@test "each of docker's commands is known, and has its help" {
    local command flags unknown=()
    while IFS=$'\t' read -r command flags; do
        [[ $command != \#* ]] || continue
        missing | cut -f1 | grep -qx "$command" && continue
        # shellcheck disable=SC2086
        [[ $(dhow $command --help 2>&1) == *"Usage:  dhow "* ]] || unknown+=("$command")
    done <"$TESTS/data/docker-commands.tsv"
    [ ${#unknown[@]} = 0 ] || failed "${#unknown[@]} commands are unknown:" "${unknown[@]}"
}

@test "each of docker's flags is taken" {
    local command flags flag unknown=()
    while IFS=$'\t' read -r command flags; do
        [[ $command != \#* ]] || continue
        missing | cut -f1 | grep -qx "$command" && continue
        for flag in ${flags//,/ }; do
            missing | cut -f1 | grep -qx -- "$command $flag" && continue
            takes "$command" "$flag=" || unknown+=("$command $flag")
        done
    done <"$TESTS/data/docker-commands.tsv"
    [ ${#unknown[@]} = 0 ] || failed "${#unknown[@]} flags are unknown:" "${unknown[@]}"
}
