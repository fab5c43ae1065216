#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# registry-client.bats - `dhow-transfer registry` against Debian's docker-registry and against servers that are out of order.

bats_require_minimum_version 1.5.0
load lib
load registry

OCI_MANIFEST=application/vnd.oci.image.manifest.v1+json

setup_file() {
    dhow_setup_file
    need docker-registry skopeo
    make-image kinds "$T/kinds" "$T/busybox"
    registry_up plain
    registry_up guarded tls basic alice:secret
    registry_up tokens token
    make-image push "$T/kinds" gzip "$(registry plain)/test/img:latest"
    local digest
    digest=$(jq -r '.manifests[] | select(.annotations[] == "gzip").digest' "$T/kinds/index.json")
    cp "$T/kinds/blobs/sha256/${digest#*:}" "$T/manifest"
    digest=$(layer_of "$T/manifest")
    cp "$T/kinds/blobs/sha256/${digest#*:}" "$T/layer"
}

teardown_file() {
    registry_down_all
    local pid
    for pid in "$T"/{slow,proxy}/pid; do [ ! -f "$pid" ] || kill "$(cat "$pid")"; done
    dhow_teardown_file
}

# session URL REPOSITORY [JQ-EDIT] - a session of one endpoint.
session() {
    jq -cn --arg url "$1" --arg repository "$2" "{endpoints: [{url: \$url, repository: \$repository}], backoff_ms: 1} | ${3:-.}"
}

# ask SESSION REQUEST [FILE [|]] [-- ...] - events, a line each, in $output; the last one is judged with `last`.
ask() {
    run timeout 60 "$DHOW_BUILD/tests/transfer/ask" "$DHOW_BUILD/dhow-transfer" "$@"
}
last() { tail -1 <<<"$output" | jq -r "$1"; }
hash_of() { echo "sha256:$(sha256sum <"$1" | cut -d' ' -f1)"; }
layer_of() { jq -r ".layers[${2:-0}].digest" "$1"; }

@test "a manifest is fetched by tag and by digest, and its digest is verified" {
    local plain
    plain=$(session "https://$(registry plain)" test/img)
    ask "$plain" '{"id":1,"verb":"manifest","reference":"latest"}' "$T/got"
    assert_status 0
    cmp "$T/got" "$T/manifest"
    assert_is "$(last .digest)" "$(hash_of "$T/manifest")"
    assert_is "$(last .media_type)" "$OCI_MANIFEST"
    assert_is "$(last .registry)" "$(registry plain)"
    ask "$plain" "{\"id\":1,\"verb\":\"manifest\",\"reference\":\"$(hash_of "$T/manifest")\"}" "$T/again"
    assert_status 0
    cmp "$T/manifest" "$T/again"
    # One that is known is not fetched again: a file stays as it is.
    : >"$T/again"
    ask "$plain" "{\"id\":1,\"verb\":\"manifest\",\"reference\":\"latest\",\"known\":[\"$(hash_of "$T/manifest")\"]}" "$T/again"
    assert_is "$(last .is_known)" true
    [ ! -s "$T/again" ]
    ask "$plain" '{"id":1,"verb":"manifest","reference":"latest","is_head":true}'
    assert_is "$(last '[.digest, .media_type, .size] | @csv')" \
        "\"$(hash_of "$T/manifest")\",\"$OCI_MANIFEST\",$(stat -c %s "$T/manifest")"
}

@test "what is not there is said in docker's words, and by whom" {
    ask "$(session "https://$(registry plain)" test/img '.endpoints[0].image = "img"')" \
        '{"id":1,"verb":"manifest","reference":"none"}' "$T/x"
    assert_status 1
    assert_has "$(last .text)" "manifest for img:none not found: manifest unknown: manifest unknown"
    assert_has "$(last .text)" "$(registry plain) answers 404 to GET manifest img:none"
    assert_is "$(last '"\(.kind) \(.status)"')" "not found 404"
    ask "$(session https://127.0.0.1:1 test/img)" '{"id":1,"verb":"manifest","reference":"none"}' "$T/x"
    assert_is "$(last .kind)" unavailable
    assert_has "$(last .text)" "127.0.0.1:1"
    ask "$(session https://nobody.invalid test/img)" '{"id":1,"verb":"manifest","reference":"none"}' "$T/x"
    assert_has "$(last .text)" "Could not resolve host: nobody.invalid"
}

@test "a blob comes into the file, and a pipe says how far it is" {
    local layer size
    layer=$(layer_of "$T/manifest") size=$(jq '.layers[0].size' "$T/manifest")
    ask "$(session "https://$(registry plain)" test/img)" "{\"id\":7,\"verb\":\"blob\",\"digest\":\"$layer\",\"size\":$size}" "$T/got" '|'
    assert_status 0
    cmp "$T/got" "$T/layer"
    assert_is "$(grep -o '"prefix":[0-9]*' <<<"$output" | tail -1)" "\"prefix\":$size"
    # What is there already is not fetched again, and not touched.
    head -c 1000 "$T/layer" | tr '\0-\377' x >"$T/part"
    ask "$(session "https://$(registry plain)" test/img)" \
        "{\"id\":7,\"verb\":\"blob\",\"digest\":\"$layer\",\"size\":$size,\"offset\":1000}" "$T/part"
    assert_status 0
    cmp -i 1000 "$T/layer" "$T/part"
    assert_is "$(head -c 5 "$T/part")" xxxxx
    ask "$(session "https://$(registry plain)" test/img)" "{\"id\":7,\"verb\":\"blob_exists\",\"digest\":\"$layer\"}"
    assert_is "$(last '"\(.is_present) \(.size)"')" "true $size"
}

@test "Basic: with the right password, a wrong one, none" {
    local at
    at=$(jq -cn --rawfile ca "$T/ca/ca.crt" --arg url "https://$(registry guarded)" \
        '{endpoints: [{url: $url, repository: "a/b", ca: $ca, username: "alice", password: "secret"}], backoff_ms: 1}')
    ask "$at" '{"id":1,"verb":"ping"}'
    assert_status 0
    ask "$at" "{\"id\":1,\"verb\":\"push_blob\",\"digest\":\"$(hash_of "$T/layer")\",\"size\":$(stat -c %s "$T/layer")}" "$T/layer"
    assert_status 0
    ask "$(jq -c '.endpoints[0].password = "wrong"' <<<"$at")" '{"id":1,"verb":"ping"}'
    assert_status 1
    assert_has "$(last .text)" "login attempt to https://$(registry guarded)/v2/ failed with status: 401 Unauthorized"
    assert_is "$(last .kind)" denied
    ask "$(jq -c 'del(.endpoints[0].username)' <<<"$at")" '{"id":1,"verb":"manifest","reference":"x","is_head":true}'
    assert_has "$(last .text)" "pull access denied for a/b, repository does not exist or may require 'docker login': no basic auth credentials"
    assert_lacks "$output" wrong
}

@test "Bearer: anonymous, by password, refused, one token for many requests" {
    local at alice
    at="https://$(registry tokens)"
    alice='.endpoints[0] += {username: "alice", password: "secret"}'
    local push="{\"id\":1,\"verb\":\"push_blob\",\"digest\":\"$(hash_of "$T/layer")\",\"size\":$(stat -c %s "$T/layer")}"
    ask "$(session "$at" public/x "$alice")" "$push" "$T/layer"
    assert_status 0
    ask "$(session "$at" public/x)" "{\"id\":1,\"verb\":\"blob_exists\",\"digest\":\"$(hash_of "$T/layer")\"}"
    assert_is "$(last .is_present)" true
    ask "$(session "$at" private/x '.endpoints[0].image = "private/x"')" '{"id":1,"verb":"manifest","reference":"latest"}' "$T/x"
    assert_status 1
    assert_has "$(last .text)" "pull access denied for private/x, repository does not exist or may require 'docker login': "
    assert_is "$(last .kind)" denied
    ask "$(session "$at" private/x '.endpoints[0] += {username: "alice", password: "no"}')" '{"id":1,"verb":"ping"}'
    assert_has "$(last .text)" unauthorized
    : >"$T/token/log.json"
    ask "$(session "$at" public/x)" "{\"id\":1,\"verb\":\"blob_exists\",\"digest\":\"$(hash_of "$T/layer")\"}" \
        -- '{"id":2,"verb":"tags"}' -- "{\"id\":3,\"verb\":\"blob_exists\",\"digest\":\"$(hash_of "$T/manifest")\"}"
    assert_is "$(wc -l <"$T/token/log.json")" 1
    # A mount needs to read the one and write the other, in one token.
    : >"$T/token/log.json"
    ask "$(session "$at" mine/x "$alice")" "$(jq -c '.mount_from = ["public/x"]' <<<"$push")" "$T/layer"
    assert_is "$(last .mounted_from)" public/x
    assert_has "$(jq -c 'select(.status == 200) | [.granted[].name] | sort' "$T/token/log.json")" '["mine/x","public/x"]'
}

@test "a login gives an identity token, which then serves in place of the password" {
    local at token
    at="https://$(registry tokens)"
    ask "$(session "$at" private/x '.endpoints[0] += {username: "alice", password: "secret"}')" '{"id":1,"verb":"ping"}'
    assert_status 0
    token=$(last .identity_token)
    [ "$token" != null ]
    : >"$T/token/log.json"
    ask "$(session "$at" private/x ".endpoints[0].identity_token = \"$token\"")" '{"id":1,"verb":"tags"}'
    assert_is "$(last .status)" 404 # nothing has been pushed there, and we may know
    assert_is "$(jq -r .grant "$T/token/log.json" | sort -u)" "POST refresh_token"
}

@test "a token that is refused before its time is asked for once more, and no more" {
    local at
    at=$(session "https://$(registry tokens)" public/x)
    # Tokens that grant nothing: each request ends, and says so.
    token_mode '{"empty": true}'
    : >"$T/token/log.json"
    ask "$at" '{"id":1,"verb":"tags"}'
    assert_status 1
    assert_is "$(last .kind)" denied
    [ "$(wc -l <"$T/token/log.json")" -le 2 ]
    token_mode '{"status": 503, "times": 2}'
    ask "$at" '{"id":1,"verb":"tags"}'
    assert_has "$output" '"event":"waiting"'
    token_mode '{"body": "{\"token\": \"a\\r\\nX-Evil: 1\"}"}'
    ask "$at" '{"id":1,"verb":"tags"}'
    assert_status 1
    assert_has "$(last .text)" "characters that no token has"
    token_mode '{}'
}

# in_names COMMAND... - where registry.test is the loopback, which is then not the literal loopback that docker trusts.
in_names() {
    printf '127.0.0.1 localhost registry.test\n' >"$T/hosts"
    unshare -m bash -c 'mount --make-rprivate / && mount --bind "$0" /etc/hosts && exec "$@"' "$T/hosts" "$@"
}
ask_named() {
    run in_names timeout 60 "$DHOW_BUILD/tests/transfer/ask" "$DHOW_BUILD/dhow-transfer" "$@"
}

@test "certificates are verified, unless the registry is marked insecure; http is never tried for others" {
    [ "$(id -u)" = 0 ] || skip "makes a mount namespace"
    test_ca
    local port guarded
    guarded=$(registry guarded) port=${guarded#*:}
    local tags='{"id":1,"verb":"ping"}' login='.endpoints[0] += {username: "alice", password: "secret"}'
    ask_named "$(session "https://registry.test:$port" a/b "$login")" "$tags"
    assert_status 1
    assert_has "$(last .text)" certificate
    # The CA is right, and the certificate is another host's.
    ask_named "$(session "https://registry.test:$port" a/b "$login | .endpoints[0].ca = $(jq -Rs . "$T/ca/ca.crt")")" "$tags"
    assert_status 1
    assert_has "$(last .text)" registry.test
    ask_named "$(session "https://registry.test:$port" a/b "$login | .endpoints[0].is_insecure = true")" "$tags"
    assert_status 0
    local plain
    plain=$(registry plain) port=${plain#*:}
    ask_named "$(session "https://registry.test:$port" test/img)" '{"id":1,"verb":"tags"}'
    assert_status 1
    assert_has "$(last .text)" "http: server gave HTTP response to HTTPS client"
    ask_named "$(session "https://registry.test:$port" test/img '.endpoints[0].is_insecure = true')" '{"id":1,"verb":"tags"}'
    assert_status 0
    ask_named "$(session "http://registry.test:$port" test/img)" '{"id":1,"verb":"tags"}'
    assert_status 0
}

# A server of TLS whose certificate is registry.test's; any GET is answered with 200.
named_up() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/named.key" -out "$T/named.csr" -subj /CN=registry.test 2>/dev/null
    openssl x509 -req -in "$T/named.csr" -CA "$T/ca/ca.crt" -CAkey "$T/ca/ca.key" -CAcreateserial -out "$T/named.crt" \
        -extfile <(printf 'subjectAltName=DNS:registry.test\n') 2>/dev/null
    openssl s_server -accept 127.0.0.1:0 -cert "$T/named.crt" -key "$T/named.key" -www </dev/null >"$T/named.out" 2>&1 3>&- &
    echo $! >"$T/named.pid"
    eventually grep -q ACCEPT "$T/named.out"
    NAMED=https://registry.test:$(sed -n 's/^ACCEPT.*:\([0-9]*\)$/\1/p' "$T/named.out")
}

@test "the system's CAs count: looked up one by one where they are hashed, read as a bundle elsewhere" {
    [ "$(id -u)" = 0 ] || skip "makes a mount namespace"
    test_ca
    named_up
    local kind
    ask_named "$(session "$NAMED" a/b)" '{"id":1,"verb":"ping"}'
    assert_status 1
    assert_has "$(last .text)" certificate
    mkdir -p "$T/hashed" "$T/bundle"
    cp "$T/ca/ca.crt" "$T/hashed/$(openssl x509 -noout -hash -in "$T/ca/ca.crt").0"
    cp "$T/ca/ca.crt" "$T/bundle/ca-certificates.crt"
    for kind in hashed bundle; do
        run in_names unshare -m bash -c 'mount --bind "$0" /etc/ssl/certs && exec "$@"' "$T/$kind" \
            "$DHOW_BUILD/tests/transfer/ask" "$DHOW_BUILD/dhow-transfer" "$(session "$NAMED" a/b)" '{"id":1,"verb":"ping"}'
        assert_status 0
        # An endpoint's own CA comes beside them.
        run in_names unshare -m bash -c 'mount --bind "$0" /etc/ssl/certs && exec "$@"' "$T/$kind" \
            "$DHOW_BUILD/tests/transfer/ask" "$DHOW_BUILD/dhow-transfer" \
            "$(session "$NAMED" a/b ".endpoints[0].ca = $(jq -Rs . "$T/named.crt")")" '{"id":1,"verb":"ping"}'
        assert_status 0
    done
    kill "$(cat "$T/named.pid")"
}

@test "a client certificate is shown to the registry that wants one" {
    registry_up mutual tls
    sed -i "s#key: $T/ca/server.key#&, clientcas: [$T/ca/ca.crt]#" "$T/registry-mutual/config.yml"
    registry_down mutual
    registry_start mutual
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/client.key" -out "$T/client.csr" -subj /CN=client 2>/dev/null
    openssl x509 -req -in "$T/client.csr" -CA "$T/ca/ca.crt" -CAkey "$T/ca/ca.key" -CAcreateserial -out "$T/client.crt" 2>/dev/null
    ask "$(session "https://$(registry mutual)" a/b)" '{"id":1,"verb":"ping"}'
    assert_status 1
    ask "$(jq -cn --arg url "https://$(registry mutual)" --rawfile c "$T/client.crt" --rawfile k "$T/client.key" \
        '{endpoints: [{url: $url, repository: "a/b", certificate: $c, key: $k}]}')" '{"id":1,"verb":"ping"}'
    assert_status 0
}

@test "a mirror serves; one that fails or lacks it is passed over, with a warning" {
    local both
    both=$(jq -cn --arg plain "https://$(registry plain)" \
        '{endpoints: [{url: "https://127.0.0.1:1", repository: "hub/test/img", is_mirror: true}, {url: $plain, repository: "no/such", is_mirror: true},
          {url: $plain, repository: "test/img", name: "docker.io"}], backoff_ms: 1}')
    ask "$both" '{"id":1,"verb":"manifest","reference":"latest"}' "$T/x"
    assert_status 0
    assert_is "$(last .registry)" docker.io
    assert_is "$(grep -c '"event":"warning"' <<<"$output")" 2
    assert_has "$output" "mirror 127.0.0.1:1: "
    # Who is in the mirror's place comes first.
    ask "$(jq -c '.endpoints |= [.[2] * {is_mirror: true, name: "mirror"}, .[0] * {is_mirror: false}]' <<<"$both")" \
        '{"id":1,"verb":"manifest","reference":"latest"}' "$T/x"
    assert_is "$(last .registry)" mirror
}

slow_up() {
    mkdir -p "$T/slow"
    [ ! -f "$T/slow/pid" ] || { kill "$(cat "$T/slow/pid")" && eventually gone "$(cat "$T/slow/pid")"; }
    rm -f "$T/slow/address" "$T/slow/log"
    "$TESTS/transfer/slow-registry" "$T/slow" "$@" </dev/null >"$T/slow/out" 2>&1 3>&- &
    echo $! >"$T/slow/pid"
    eventually test -s "$T/slow/address"
}
ask_slow() {
    rm -f "$T/fetched"
    ask "$(session "http://$(cat "$T/slow/address")" a/b "${2:-.}")" \
        "{\"id\":1,\"verb\":\"blob\",\"digest\":\"$(cat "$T/slow/digest")\",\"size\":$(($1 << 20))}" "$T/fetched" '|'
    assert_status 0
    cmp "$T/fetched" "$T/slow/blob"
}

@test "a big blob on a slow line comes in several ranges at once, and its beginning first" {
    slow_up 48 20
    ask_slow 48
    [ "$(grep -c ' 206 ' "$T/slow/log")" -ge 4 ]
    # What is announced grows, and never falls.
    grep -o '"prefix":[0-9]*' <<<"$output" | cut -d: -f2 >"$T/prefixes"
    sort -nu "$T/prefixes" | cmp - "$T/prefixes"
    assert_is "$(tail -1 "$T/prefixes")" $((48 << 20))
    [ "$(wc -l <"$T/prefixes")" -ge 40 ]
}

@test "a registry that ignores ranges gives the blob in one piece" {
    slow_up 40 1 whole
    ask_slow 40
    assert_is "$(grep -c ' 200 ' "$T/slow/log")" 1
}

@test "ranges go where the registry redirects to, without credentials" {
    slow_up 48 20 redirect
    ask_slow 48 '.endpoints[0] += {username: "alice", password: "secret", registry_token: "marker"}'
    assert_is "$(grep -c '^address ' "$T/slow/log")" 1
    [ "$(grep -c '^elsewhere .* 206 ' "$T/slow/log")" -ge 4 ]
    assert_is "$(grep '^elsewhere' "$T/slow/log" | grep -vc ' -$')" 0
    assert_is "$(grep -c 'Bearer marker' "$T/slow/log")" 1
}

@test "an upload that is cut goes on behind what the registry has" {
    fakereg_up push "$T/kinds"
    head -c 20000000 /dev/urandom >"$T/random"
    local scenario
    for scenario in push-patch-status-0-reset-once push-patch-body-cut-once push-patch-503-once push-patch-404-once; do
        ask "$(session "http://$(fakereg_at push)" $scenario/x)" \
            "{\"id\":1,\"verb\":\"push_blob\",\"digest\":\"$(hash_of "$T/random")\",\"size\":20000000,\"is_chunked\":true}" "$T/random"
        assert_status 0
        assert_is "$(last '"\(.event) \(.is_present)"')" "done null"
    done
    # What had arrived before the cut is not sent again.
    assert_is "$(grep push-patch-body-cut-once "$T/fakereg-push/log" | jq -r 'select(.kind == "patch" or .kind == "status") |
        .content_range // .kind' | tr '\n' ' ')" "0-16777215 status 100000-16877215 16877216-19999999 "
}

# In a network of its own: a registry at a public address, which sends to a name that is this machine's own.
far_registry='
import http.server, sys, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def do_GET(self):
        if self.server.server_address[0] == "127.0.0.1":
            open(sys.argv[1] + "/caught", "a").write(self.path + "\\n")
        self.send_response(307)
        self.send_header("Location", "http://%s:8001/caught" % sys.argv[2])
        self.send_header("Content-Length", "0")
        self.end_headers()
inner = http.server.ThreadingHTTPServer(("127.0.0.1", 8001), Handler)
threading.Thread(target=inner.serve_forever, daemon=True).start()
http.server.ThreadingHTTPServer(("203.0.113.7", 8000), Handler).serve_forever()
'

@test "a registry out there cannot make us ask this machine, by whatever name" {
    [ "$(id -u)" = 0 ] || skip "makes a network namespace"
    need ip
    local name
    printf '127.0.0.1 localhost inner.test\n203.0.113.7 far.test\n' >"$T/hosts"
    for name in inner.test localhost 127.0.0.1 127.1 2130706433; do
        rm -f "$T/caught"
        run timeout 60 unshare -mn bash -c 'mount --make-rprivate / && mount --bind "$1/hosts" /etc/hosts && ip link set lo up &&
            ip address add 203.0.113.7/32 dev lo && { python3 -c "$2" "$1" "$3" & server=$!
            for i in $(seq 300); do (: </dev/tcp/203.0.113.7/8000) 2>/dev/null && break; sleep 0.05; done
            "${@:4}"; kill $server; }' - "$T" "$far_registry" "$name" "$DHOW_BUILD/tests/transfer/ask" "$DHOW_BUILD/dhow-transfer" \
            "$(session http://far.test:8000 a/b)" '{"id":1,"verb":"manifest","reference":"x"}' "$T/x"
        assert_has "$output" "nearer to this machine than itself: refused"
        [ ! -e "$T/caught" ]
    done
}

@test "pushed in one piece and in chunks, mounted, there already; then a manifest" {
    local at
    at=$(session "https://$(registry plain)" pushed/x)
    head -c 40000000 /dev/urandom >"$T/random"
    local push
    push="{\"id\":1,\"verb\":\"push_blob\",\"digest\":\"$(hash_of "$T/random")\",\"size\":40000000}"
    ask "$at" "$(jq -c '.is_chunked = true' <<<"$push")" "$T/random"
    assert_status 0
    assert_is "$(last '"\(.is_present) \(.mounted_from)"')" "null null"
    ask "$at" "$push" "$T/random"
    assert_is "$(last .is_present)" true
    ask "$(session "https://$(registry plain)" other/x)" "$(jq -c '.mount_from = ["no/where", "pushed/x"]' <<<"$push")" "$T/random"
    assert_is "$(last .mounted_from)" pushed/x
    : >"$T/empty"
    ask "$at" "{\"id\":1,\"verb\":\"push_blob\",\"digest\":\"$(hash_of "$T/empty")\",\"size\":0}" "$T/empty"
    assert_status 0
    ask "$at" "{\"id\":1,\"verb\":\"push_blob\",\"digest\":\"$(hash_of "$T/empty")\",\"size\":5}" "$T/empty"
    assert_status 0 # it is there
    printf 'wrong' >"$T/wrong"
    ask "$at" "{\"id\":1,\"verb\":\"push_blob\",\"digest\":\"sha256:$(printf '0%.0s' {1..64})\",\"size\":5}" "$T/wrong"
    assert_status 1
    assert_has "$(last .text)" "digest invalid"
    # An image, which skopeo then reads.
    jq -c --arg d "$(hash_of "$T/random")" '.layers = [.layers[0] * {digest: $d, size: 40000000}]' "$T/manifest" >"$T/new"
    ask "$at" "{\"id\":1,\"verb\":\"push_manifest\",\"reference\":\"v1\",\"media_type\":\"$OCI_MANIFEST\"}" "$T/new"
    assert_status 1
    assert_has "$(last .text)" "blob unknown" # its config is not there yet
    local config
    config=$(jq -r .config.digest "$T/manifest")
    ask "$at" "{\"id\":1,\"verb\":\"push_blob\",\"digest\":\"$config\",\"size\":$(jq .config.size "$T/manifest"),\"mount_from\":[\"test/img\"]}" \
        "$T/kinds/blobs/sha256/${config#*:}"
    ask "$at" "{\"id\":1,\"verb\":\"push_manifest\",\"reference\":\"v1\",\"media_type\":\"$OCI_MANIFEST\"}" "$T/new"
    assert_status 0
    assert_is "$(last .digest)" "$(hash_of "$T/new")"
    skopeo inspect --tls-verify=false --raw "docker://$(registry plain)/pushed/x:v1" | cmp - "$T/new"
    ask "$at" '{"id":1,"verb":"tags"}'
    assert_has "$output" '"names":["v1"]'
    ask "$at" "{\"id\":1,\"verb\":\"referrers\",\"digest\":\"$(hash_of "$T/new")\"}" "$T/referrers"
    assert_is "$(jq -c .manifests "$T/referrers")" "[]"
    ask "$at" "{\"id\":1,\"verb\":\"delete_manifest\",\"reference\":\"$(hash_of "$T/new")\"}"
    assert_status 0
    ask "$at" '{"id":1,"verb":"manifest","reference":"v1"}' "$T/x"
    assert_is "$(last .status)" 404
}

proxy_up() {
    mkdir -p "$T/proxy"
    [ ! -f "$T/proxy/pid" ] || return 0
    "$TESTS/transfer/proxy" "$T/proxy" </dev/null >"$T/proxy/out" 2>&1 3>&- &
    echo $! >"$T/proxy/pid"
    eventually test -s "$T/proxy/address"
}

@test "proxies: for http and for https, with a password of their own, and not for whom they are not meant" {
    [ "$(id -u)" = 0 ] || skip "makes a mount namespace"
    proxy_up
    local proxy plain guarded edit
    proxy=http://user:word@$(cat "$T/proxy/address")
    plain=$(registry plain) guarded=$(registry guarded)
    plain=http://anywhere.test:${plain#*:} guarded=https://anywhere.test:${guarded#*:}
    edit=". += {http_proxy: \"$proxy\", https_proxy: \"$proxy\"}"
    # No such name is known here: only the proxy can reach it.
    ask "$(session "$plain" test/img)" '{"id":1,"verb":"tags"}'
    assert_has "$(last .text)" "Could not resolve host: anywhere.test"
    ask "$(session "$plain" test/img "$edit")" '{"id":1,"verb":"tags"}'
    assert_status 0
    assert_has "$(tail -1 "$T/proxy/log")" "GET $plain/v2/test/img/tags/list?n=1000 HTTP/1.1 Basic $(printf user:word | base64) -"
    ask "$(session "$guarded" a/b "$edit | .endpoints[0] += {is_insecure: true, username: \"alice\", password: \"secret\"}")" \
        '{"id":1,"verb":"ping"}'
    assert_status 0
    assert_has "$(tail -1 "$T/proxy/log")" "CONNECT ${guarded#*//} HTTP/1.1 Basic $(printf user:word | base64) -"
    : >"$T/proxy/log"
    ask "$(session "$plain" test/img "$edit | .no_proxy = \"localhost,.test\"")" '{"id":1,"verb":"tags"}'
    assert_has "$(last .text)" "Could not resolve host: anywhere.test"
    ask "$(session "https://$(registry plain)" test/img "$edit")" '{"id":1,"verb":"tags"}'
    assert_status 0
    [ ! -s "$T/proxy/log" ]
    # What the environment of the engine says is nobody's business.
    http_proxy=$proxy https_proxy=$proxy ask "$(session "$plain" test/img)" '{"id":1,"verb":"tags"}'
    assert_status 1
}

@test "search: what the index finds, read and written anew" {
    proxy_up
    ask "$(session "http://$(cat "$T/proxy/address")" "")" '{"id":1,"verb":"search","query":"x & y","limit":1}' "$T/found"
    assert_status 0
    assert_has "$(tail -1 "$T/proxy/log")" "GET /v1/search?q=x%20%26%20y&n=1 HTTP/1.1"
    assert_is "$(jq -c '[.results[] | [.name, .description, .star_count, .is_official, has("unknown")]]' "$T/found")" \
        '[["library/x","an ?[31mx?[0m",7,true,false]]'
    ask "$(session "http://$(cat "$T/proxy/address")" "")" '{"id":1,"verb":"search","query":"x","limit":101}' "$T/found"
    assert_has "$(last .text)" "limit 101 is outside the range of [1, 100]"
}

@test "a manifest with a subject is listed with it, by a tag where the registry has no referrers API" {
    local at subject config name
    at=$(session "https://$(registry plain)" test/img)
    subject=$(hash_of "$T/manifest")
    config=$(jq -c .config "$T/manifest")
    for name in first second; do
        jq -cn --argjson config "$config" --arg subject "$subject" --arg size "$(stat -c %s "$T/manifest")" --arg name $name \
            '{schemaVersion: 2, mediaType: "'$OCI_MANIFEST'", artifactType: ("application/x-" + $name), config: $config, layers: [],
              subject: {mediaType: "'$OCI_MANIFEST'", digest: $subject, size: ($size | tonumber)}, annotations: {"n": $name}}' >"$T/$name"
        ask "$at" "{\"id\":1,\"verb\":\"push_manifest\",\"reference\":\"$(hash_of "$T/$name")\",\"media_type\":\"$OCI_MANIFEST\"}" "$T/$name"
        assert_status 0
    done
    # Once more changes nothing.
    ask "$at" "{\"id\":1,\"verb\":\"push_manifest\",\"reference\":\"v1\",\"media_type\":\"$OCI_MANIFEST\"}" "$T/first"
    assert_status 0
    ask "$at" "{\"id\":1,\"verb\":\"referrers\",\"digest\":\"$subject\"}" "$T/referrers"
    assert_status 0
    assert_is "$(jq -c '[.manifests[] | [.digest, .artifactType, .annotations.n]]' "$T/referrers")" \
        "[[\"$(hash_of "$T/first")\",\"application/x-first\",\"first\"],[\"$(hash_of "$T/second")\",\"application/x-second\",\"second\"]]"
}

@test "who talks to registries has no privilege left, and shows no password" {
    [ "$(id -u)" = 0 ] || skip "what root gives up"
    slow_up 40 200
    local child status
    "$DHOW_BUILD/tests/transfer/ask" "$DHOW_BUILD/dhow-transfer" \
        "$(session "http://$(cat "$T/slow/address")" a/b '.endpoints[0] += {username: "u", password: "marker-0815"}')" \
        "{\"id\":1,\"verb\":\"blob\",\"digest\":\"$(cat "$T/slow/digest")\",\"size\":$((40 << 20))}" "$T/fetched" >"$T/asked" 3>&- &
    local asking=$!
    eventually grep -q progress "$T/asked"
    child=$(pgrep -P $asking)
    status=$(cat "/proc/$child/status")
    assert_matches "$status" 'Uid:.65534.65534.65534.65534'
    assert_matches "$status" 'Gid:.65534.65534.65534.65534'
    assert_matches "$status" 'CapEff:.0000000000000000'
    assert_matches "$status" 'CapBnd:.0000000000000000'
    assert_matches "$status" 'NoNewPrivs:.1'
    refute grep -qa marker "/proc/$child/cmdline" "/proc/$child/environ"
    assert_is "$(cat "/proc/$child/environ")" ""
    # The sanitizers need other system calls, and memory.
    if [[ $DHOW_BUILD != */asan ]]; then
        assert_matches "$status" 'Seccomp:.2'
        [ "$(awk '/^VmHWM/ {print $2}' <<<"$status")" -lt 16384 ] || failed "$(grep VmHWM <<<"$status")"
    fi
    # It goes when its engine goes.
    kill -9 $asking
    eventually gone "$child"
}
