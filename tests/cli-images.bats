#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cli-images.bats — the command line of images: docker's words, groups and aliases, on pipes and on terminals.

bats_require_minimum_version 1.5.0
load lib
load registry

setup_file() {
    dhow_setup_file
    need docker-registry
    export DOCKER_CONFIG=$T/config
    registry_up plain
    make-image kinds "$T/kinds" "$T/busybox"
    local tag
    for tag in gzip zstd multi; do make-image push "$T/kinds" $tag "$(registry plain)/kinds:$tag"; done
    make-image push "$T/kinds" gzip "$(registry plain)/kinds:latest"
    tar -C "$T/busybox" -c . | dhow import - bb >/dev/null
    # A shared cgroup parent is made by the first container of a machine; the ledger must not see it come.
    dhow run --rm bb true
}

teardown_file() {
    local pid=$T/search/pid
    [ ! -f "$pid" ] || kill "$(cat "$pid")" || :
    registry_down_all
    dhow_teardown_file
}

setup() {
    K=$(registry plain)/kinds
}

teardown() {
    local id
    for id in $(dhow ps -aq 2>/dev/null); do dhow rm -f "$id" >/dev/null 2>&1 || true; done
    dhow images --format '{{.Repository}}:{{.Tag}}' | grep -v '^bb:latest$' | xargs -r dhow rmi -f >/dev/null 2>&1 || true
    unset DOCKER_DEFAULT_PLATFORM
}

# --- which commands there are ------------------------------------------------------------------------------------------

@test "a command is the same by itself, in its group and by its aliases" {
    dhow tag bb other
    assert_is "$(dhow image ls)" "$(dhow images)"
    assert_is "$(dhow image list -q)" "$(dhow images -q)"
    assert_is "$(dhow container ls -a)" "$(dhow ps -a)"
    assert_is "$(dhow container ps -a)" "$(dhow ps -a)"
    assert_is "$(dhow image history bb)" "$(dhow history bb)"
    assert_is "$(dhow system info)" "$(dhow info)"
    assert_is "$(dhow image rm other)" "Untagged: other:latest"
    dhow image tag bb other
    assert_is "$(dhow image remove other)" "Untagged: other:latest"
    assert_is "$(dhow container run --rm bb echo it)" it
}

@test "a group without a command, help of a group and of its commands" {
    run dhow image
    assert_status 0
    assert_has "$output" "Usage:  dhow image COMMAND"
    assert_matches "$output" "  ls +List images"
    assert_lacks "$output" "  list "
    assert_is "$(dhow image --help)" "$output"
    assert_is "$(dhow help image)" "$output"
    run dhow help image ls
    assert_status 0
    assert_is "${lines[0]}" "Usage:  dhow image ls [OPTIONS] [REPOSITORY[:TAG]]"
    assert_has "$output" "dhow image ls, dhow image list, dhow images"
    assert_is "$(dhow image ls --help)" "$output"
    run dhow --help
    assert_has "$output" "Management Commands:"
    assert_matches "$output" "  manifest +Manage"
}

@test "wrong usage has docker's words, a suggestion, and docker's exit status" {
    local word
    # command, exit status, words
    while IFS=';' read -r -a word; do
        # shellcheck disable=SC2086  # a command line
        run dhow ${word[0]}
        assert_status "${word[1]}"
        assert_has "$output" "${word[2]}"
    done <<'END'
pull;1;'dhow pull' requires 1 argument
pull a b;1;'dhow pull' requires 1 argument
push;1;'dhow push' requires
tag a;1;'dhow tag' requires 2 arguments
image tag a;1;'dhow image tag' requires 2 arguments
rmi;1;'dhow rmi' requires at least 1 argument
images a b;1;'dhow images' requires at most 1 argument
ps a;1;'dhow ps' accepts no arguments
manifest inspect;1;'dhow manifest inspect' requires at least 1 and at most 2 arguments
pull --bogus x;125;unknown flag: --bogus
pull --plattform x y;125;unknown flag: --plattform (did you mean --platform?)
pul x;1;unknown command: dhow pul (did you mean pull?)
image lss;1;unknown command: dhow image lss (did you mean ls?)
imgae ls;1;unknown command: dhow imgae (did you mean image?)
image bogus;1;unknown command: dhow image bogus
END
    run dhow pull
    assert_has "$output" "Usage:  dhow pull [OPTIONS] NAME[:TAG|@DIGEST]"
    assert_has "$output" "Run 'dhow pull --help' for more information"
}

# --- from registries ---------------------------------------------------------------------------------------------------

@test "pull on a pipe: a line for each state, the whole name at the end" {
    run --separate-stderr dhow pull "$K"
    assert_status 0
    assert_is "$stderr" ""
    assert_is "${lines[0]}" "Using default tag: latest"
    assert_is "${lines[1]}" "latest: Pulling from kinds"
    assert_is "${lines[-2]}" "Status: Downloaded newer image for $K:latest"
    assert_is "${lines[-1]}" "$K:latest"
    assert_is "$(grep -c 'Pull complete' <<<"$output")" 2
    assert_is "$(grep -c 'Downloading\|Extracting' <<<"$output")" 0
    run --separate-stderr dhow pull --quiet "$K"
    assert_is "$output" "$K:latest"
    assert_is "$stderr" ""
    run --separate-stderr dhow pull -q --disable-content-trust=false "$K:gzip"
    assert_is "$output" "$K:gzip"
}

@test "pull on a terminal: a line for each layer, which ends as it should" {
    run terminal --size 24x80 "wait Downloaded" -- dhow pull "$K:gzip"
    assert_status 0
    assert_has "$output" $'\e['
    # What is seen in the end: escapes played out.
    local seen
    seen=$(python3 -c '
import re, sys
lines, y = [""], 0
for part in re.findall(r"\x1b\[\d*[A-Za-z]|\n|[^\x1b\n]+", sys.stdin.read()):
    move = re.fullmatch(r"\x1b\[(\d*)([A-Za-z])", part)
    if part == "\n":
        y += 1
        lines += [""] * (y + 1 - len(lines))
    elif move and move[2] in "AB":
        y += int(move[1] or 1) * (1 if move[2] == "B" else -1)
    elif move and move[2] == "K":
        lines[y] = ""
    elif move and move[2] == "J":
        lines[y:] = [""]
    else:
        lines[y] = part
print("\n".join(lines))' <<<"$output")
    assert_is "$(sed -n 1p <<<"$seen")" "gzip: Pulling from kinds"
    assert_is "$(grep -c '^[0-9a-f]\{12\}: Pull complete$' <<<"$seen")" 2
    assert_is "$(grep -c '^[0-9a-f]\{12\}:' <<<"$seen")" 2
    assert_has "$seen" "Status: Downloaded newer image for $K:gzip"
}

@test "all tags: each of them, and none beside a tag" {
    run dhow pull -a "$K"
    assert_status 0
    assert_is "$(dhow images "$K" --format '{{.Tag}}' | sort | tr '\n' ' ')" "gzip latest multi zstd "
    run dhow pull -a "$K:gzip"
    assert_status 1
    assert_has "$output" "tag can't be used with --all-tags/-a"
    run dhow push -a "$K:gzip"
    assert_status 1
    assert_has "$output" "tag can't be used with --all-tags/-a"
}

@test "--platform and DOCKER_DEFAULT_PLATFORM choose" {
    dhow pull -q --platform linux/arm64 "$K:multi" >/dev/null
    assert_is "$(dhow image inspect --platform linux/arm64 -f '{{.Architecture}}' "$K:multi")" arm64
    dhow rmi "$K:multi" >/dev/null
    export DOCKER_DEFAULT_PLATFORM=linux/arm64
    dhow pull -q "$K:multi" >/dev/null
    unset DOCKER_DEFAULT_PLATFORM
    assert_is "$(dhow image inspect --platform linux/arm64 -f '{{.Architecture}}' "$K:multi")" arm64
    refute dhow image inspect --platform linux/amd64 "$K:multi"
}

@test "run pulls what is missing, on standard error, and --quiet says nothing of it" {
    run --separate-stderr dhow run --rm --network none "$K:gzip" echo out
    assert_status 0
    assert_is "$output" out
    assert_has "$stderr" "Unable to find image '$K:gzip' locally"
    assert_has "$stderr" "Status: Downloaded newer image for $K:gzip"
    run --separate-stderr dhow run -q --rm --network none "$K:zstd" echo out
    assert_is "$output" out
    assert_lacks "$stderr" "Pull complete"
    run dhow run --rm --pull never "$K:latest" true
    assert_status 125
    run dhow run --rm --pull sometimes "$K:latest" true
    assert_status 125
    assert_has "$output" 'invalid argument "sometimes" for "--pull" flag'
    run dhow create "$K:nothing"
    assert_status 1
    assert_has "$output" "$K:nothing"
}

@test "Ctrl-C ends a pull with 130 and says that the next one goes on" {
    fakereg_up hang "$T/kinds"
    run terminal "$(printf 'wait Pulling fs layer\nsend \\x03\nwait interrupted')" -- \
        dhow pull "$(fakereg_at hang)/layer-body-half-hang-always/x:gzip"
    assert_status 130
    assert_has "$output" "dhow: interrupted; the next pull goes on where this one stopped"
    # The same in the middle of a run, whose signals are the container's otherwise.
    run terminal "$(printf 'wait Pulling fs layer\nsend \\x03\nwait interrupted')" -- \
        dhow run --rm --network none "$(fakereg_at hang)/layer-body-half-hang-always/x:gzip" true
    assert_status 130
    assert_is "$(dhow ps -aq)" ""
}

@test "search prints what the registry finds, cuts it short, and filters" {
    mkdir "$T/search"
    "$TESTS/transfer/proxy" "$T/search" </dev/null >"$T/search/out" 2>&1 3>&- &
    echo $! >"$T/search/pid"
    eventually test -s "$T/search/address"
    local at
    at=$(cat "$T/search/address")
    run dhow search "$at/x"
    assert_status 0
    assert_matches "${lines[0]}" '^NAME +DESCRIPTION +STARS +OFFICIAL$'
    assert_matches "${lines[1]}" '^library/x +an .*x.* +7 +\[OK\]$'
    assert_lacks "$output" $'\e'
    assert_is "$(dhow search --format '{{.Name}} {{.StarCount}}' "$at/x")" $'library/x 7\ny/x 0'
    assert_is "$(dhow search -f stars=8 --format '{{.Name}}' "$at/x")" ""
    assert_is "$(dhow search -f is-official=true --limit 3 --format '{{.Name}}' "$at/x")" "library/x"
    assert_has "$(tail -1 "$T/search/log")" "n=3"
    run dhow search --limit 101 "$at/x"
    assert_status 1
    assert_has "$output" "imit 101 is outside the range of [1, 100]"
    run dhow search -f color=red "$at/x"
    assert_status 1
    assert_has "$output" "invalid filter 'color'"
}

@test "images --tree shows the platforms of each image" {
    dhow pull -q "$K:multi" >/dev/null
    dhow pull -q --platform linux/arm64 "$K:multi" >/dev/null
    dhow tag bb another
    dhow create bb true >/dev/null
    run dhow images --tree
    assert_status 0
    assert_matches "${lines[0]}" '^IMAGE +ID +DISK USAGE +CONTENT SIZE +EXTRA$'
    assert_matches "$output" "$K:multi +[0-9a-f]{12} +[0-9.]+MB +[0-9.]+MB"
    assert_matches "$output" '├─ linux/amd64 +[0-9a-f]{12} +[0-9.]+MB +[0-9.]+MB'
    assert_matches "$output" 'linux/arm64(/v8)? +[0-9a-f]{12} '
    assert_is "$(grep -cE '^(bb|another):latest +[0-9a-f]{12} .* U *$' <<<"$output")" 2
    assert_lacks "$(dhow images --tree "$K")" bb:latest
    run dhow images --tree -q
    assert_status 1
    assert_has "$output" "--tree"
}

# --- here ---------------------------------------------------------------------------------------------------------------

@test "tag gives another name, and says what is wrong" {
    run dhow tag bb "$K:mine"
    assert_status 0
    assert_is "$output" ""
    assert_is "$(dhow images -q "$K:mine")" "$(dhow images -q bb)"
    run dhow tag nothing x
    assert_status 1
    assert_has "$output" "No such image: nothing"
    run dhow tag bb Wrong/Name
    assert_status 1
    assert_has "$output" "repository name must be lowercase"
}

@test "rmi of several: those that can be are removed, the others are named" {
    dhow tag bb one
    dhow tag bb two
    run --separate-stderr dhow rmi one nothing two
    assert_status 1
    assert_is "$output" $'Untagged: one:latest\nUntagged: two:latest'
    assert_has "$stderr" "No such image: nothing"
}

@test "history: for people, for programs, and by a template" {
    dhow pull -q "$K:gzip" >/dev/null
    run dhow history "$K:gzip"
    assert_status 0
    assert_matches "${lines[0]}" '^IMAGE +CREATED +CREATED BY +SIZE +COMMENT$'
    assert_matches "${lines[1]}" "^$(dhow images -q "$K:gzip") "
    run dhow history -H=false --no-trunc --format '{{.ID}} {{.CreatedAt}} {{.Size}}' "$K:gzip"
    assert_matches "${lines[0]}" '^sha256:[0-9a-f]{64} [0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(Z|[+-][0-9:]{5}) [0-9]+$'
    assert_is "$(dhow history -q "$K:gzip" | head -1)" "$(dhow images -q "$K:gzip")"
    assert_is "$(dhow history --format json "$K:gzip" | head -1 | jq -r 'keys | join(" ")')" \
        "Comment CreatedAt CreatedBy CreatedSince ID Size"
    run dhow history nothing
    assert_status 1
    assert_has "$output" "No such image: nothing"
}

@test "import: changes, a message, a platform; not from the web" {
    local id
    id=$(tar -C "$T/busybox" -c . | dhow import -c 'CMD ["echo", "changed"]' -c 'ENV A=b' -m "by hand" --platform linux/arm64 - made:1)
    assert_matches "$id" '^sha256:[0-9a-f]{64}$'
    assert_is "$(dhow image inspect --platform linux/arm64 -f '{{json .Config.Cmd}} {{.Architecture}}' made:1)" '["echo","changed"] arm64'
    assert_is "$(dhow history --platform linux/arm64 --format '{{.Comment}}' made:1)" "by hand"
    run dhow import https://example.invalid/root.tar made:2
    assert_status 1
    assert_has "$output" "curl --fail --location https://example.invalid/root.tar | dhow import - NAME"
    run terminal "" -- dhow import - made:2
    assert_status 1
    assert_has "$output" "standard input is a terminal"
}

@test "image prune asks, takes no for an answer, and says what it gave back" {
    dhow tag bb unused
    dhow pull -q "$K:gzip" >/dev/null
    run dhow image prune -a </dev/null
    assert_status 1
    assert_has "$output" "WARNING! This will remove all images without at least one container associated to them."
    assert_has "$output" "Are you sure you want to continue? [y/N]"
    assert dhow image inspect "$K:gzip"
    run terminal "$(printf 'wait [y/N]\nsend n\\n')" -- dhow image prune
    assert_status 1
    assert_has "$output" "WARNING! This will remove all dangling images."
    dhow create --name user bb true >/dev/null
    run terminal "$(printf 'wait [y/N]\nsend y\\n\nwait Total')" -- dhow image prune -a
    assert_status 0
    assert_has "$output" "untagged: $K:gzip"
    assert_has "$output" "deleted: sha256:"
    assert_matches "$output" "Total reclaimed space: [0-9.]+[kM]B"
    refute dhow image inspect "$K:gzip"
    assert dhow image inspect bb
    run dhow image prune -af --filter until=24h
    assert_status 0
    assert_is "$output" "Total reclaimed space: 0B"
}

@test "container prune and system prune remove what has ended, and nothing else" {
    dhow run --name ended bb sh -c 'echo something >/file'
    dhow run --name labelled -l keep=yes bb true
    dhow run -d --name runs bb sleep 1000 >/dev/null
    run dhow container prune -f --filter label!=keep
    assert_status 0
    assert_has "$output" "Deleted Containers:"
    assert_matches "$output" "Total reclaimed space: [1-9]"
    assert_is "$(dhow ps -a --format '{{.Names}}' | sort | tr '\n' ' ')" "labelled runs "
    run dhow container prune -f --filter until=1h
    assert_is "$output" "Total reclaimed space: 0B"
    run dhow system prune </dev/null
    assert_status 1
    assert_has "$output" "all stopped containers"
    run dhow system prune -f
    assert_status 0
    assert_is "$(dhow ps -a --format '{{.Names}}')" runs
    run dhow system prune -f --filter color=red
    assert_status 1
    assert_has "$output" "invalid filter 'color'"
}

@test "system df: what there is, what of it is used, what could go, and each by itself with -v" {
    dhow tag bb second
    dhow run --name ended bb sh -c 'dd if=/dev/zero of=/file bs=1000 count=1000 2>/dev/null'
    run dhow system df
    assert_status 0
    assert_matches "${lines[0]}" '^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE$'
    assert_matches "${lines[1]}" '^Images +1 +1 +[0-9.]+MB +0B \(0%\)$'
    assert_matches "${lines[2]}" '^Containers +1 +0 +[0-9.]+MB +[0-9.]+MB \(100%\)$'
    assert_is "$(dhow system df --format '{{.Type}} {{.TotalCount}}' | head -1)" "Images 1"
    run dhow system df -v
    assert_status 0
    assert_matches "$output" 'REPOSITORY +TAG +IMAGE ID +CREATED +SIZE +SHARED SIZE +UNIQUE SIZE +CONTAINERS'
    assert_matches "$output" $'\n''second +latest '
    assert_matches "$output" 'CONTAINER ID +IMAGE +COMMAND +LOCAL VOLUMES +SIZE +CREATED +STATUS +NAMES'
    assert_matches "$output" ' ended'$'\n'
}
