#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# registry-config.bats - where a name leads: mirrors, other places, insecure registries, certificates, proxies.

bats_require_minimum_version 1.5.0
load lib
load registry

setup_file() {
    dhow_setup_file
    need docker-registry
    make-image kinds "$T/kinds" "$T/busybox"
    registry_up plain
    local to
    for to in library/tool team/tool copies/official/tool; do
        make-image push "$T/kinds" gzip "$(registry plain)/$to:1"
    done
}

teardown_file() {
    proxy_down
    registry_down_all
    dhow_teardown_file
}

setup() {
    export DHOW_ROOT=$T/root-$BATS_TEST_NUMBER DHOW_RUN_ROOT=$T/run-$BATS_TEST_NUMBER DOCKER_CONFIG=$T/config
    export DHOW_CONFIG=$T/etc-dhow/dhow.json DHOW_DOCKER_CONFIG=$T/etc-docker/daemon.json
    unset http_proxy https_proxy no_proxy all_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY
    rm -rf "$T/etc-dhow" "$T/etc-docker"
    mkdir -p "$T/etc-dhow" "$T/etc-docker"
    ours '{"max-download-attempts": 1}'
    HERE=$(registry plain)
}

teardown() { proxy_down; }

ours() { echo "$1" >"$DHOW_CONFIG"; }
dockers() { echo "$1" >"$DHOW_DOCKER_CONFIG"; }
requests() { grep -c "$1" "$T/registry-plain/log" || :; }
names() { dhow images --format '{{.Repository}}:{{.Tag}}'; }

# proxy_up TARGET [USER:PASSWORD] - a proxy that leads all names to TARGET; $PROXY is its address.
proxy_up() {
    mkdir -p "$T/proxy"
    rm -f "$T/proxy"/*
    proxy "$T/proxy" "$@" </dev/null >"$T/proxy/out" 2>&1 3>&- &
    echo $! >"$T/proxy/pid"
    eventually test -s "$T/proxy/address" || failed "no proxy: $(cat "$T/proxy/out")"
    PROXY=$(cat "$T/proxy/address")
}
proxy_down() {
    [ ! -f "$T/proxy/pid" ] || kill "$(cat "$T/proxy/pid")" 2>/dev/null || :
    rm -f "$T/proxy/pid"
}
asked() { cat "$T/proxy/asked"; }

@test "docker's registry-mirrors serve docker.io, and the name stays docker.io's" {
    dockers "{\"registry-mirrors\": [\"http://$HERE\"], \"log-driver\": \"json-file\", \"dns\": [\"9.9.9.9\"]}"
    assert dhow pull tool:1
    assert_is "$(names)" "tool:1"
    assert_is "$(dhow run --rm --network none tool:1 cat /etc/kind)" "second layer"
}

@test "a mirror that lacks the image is passed over" {
    ours "{\"registries\": [{\"prefix\": \"registry.invalid/team\", \"location\": \"$HERE/team\",
        \"mirrors\": [{\"location\": \"$HERE/nothing/here\"}]}]}"
    run dhow pull registry.invalid/team/tool:1
    assert_status 0
    assert_has "$output" "WARNING: mirror $HERE: manifest for registry.invalid/team/tool:1 not found"
    assert_is "$(names)" "registry.invalid/team/tool:1"
    grep -q 'HEAD /v2/nothing/here/tool/manifests/1\|GET /v2/nothing/here/tool/manifests/1' "$T/registry-plain/log"
}

@test "a prefix leads to another place, the longest first, and any registry has mirrors" {
    ours "{\"registries\": [
        {\"prefix\": \"registry.invalid\", \"location\": \"$HERE/copies\"},
        {\"prefix\": \"registry.invalid/shut\", \"blocked\": true},
        {\"prefix\": \"quay.invalid\", \"mirrors\": [{\"location\": \"$HERE\"}]}]}"
    assert dhow pull registry.invalid/official/tool:1
    assert dhow pull quay.invalid/team/tool:1
    assert_is "$(names | sort)" "$(printf 'quay.invalid/team/tool:1\nregistry.invalid/official/tool:1')"
    run dhow pull registry.invalid/shut/tool:1
    assert_failed
    assert_has "$output" "registry registry.invalid/shut is blocked by the configuration"
    run dhow push registry.invalid/shut/tool:1
    assert_failed
}

@test "mirrors for digests only, or for tags only" {
    local digest
    digest=$(jq -r '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "gzip").digest' "$T/kinds/index.json")
    ours "{\"registries\": [{\"prefix\": \"quay.invalid/team\", \"location\": \"$HERE/nothing\",
        \"mirrors\": [{\"location\": \"$HERE/team\", \"pull-from-mirror\": \"digest-only\"}]}]}"
    run dhow pull quay.invalid/team/tool:1
    assert_failed
    assert dhow pull "quay.invalid/team/tool@$digest"
    ours "{\"registries\": [{\"prefix\": \"tags.invalid/team\", \"location\": \"$HERE/nothing\",
        \"mirrors\": [{\"location\": \"$HERE/team\", \"pull-from-mirror\": \"tag-only\"}]}]}"
    run dhow pull "tags.invalid/team/tool@$digest"
    assert_failed
    assert dhow pull tags.invalid/team/tool:1
}

@test "a push goes to the place, not to the mirrors" {
    ours "{\"registries\": [{\"prefix\": \"registry.invalid/team\", \"location\": \"$HERE/pushed\",
        \"mirrors\": [{\"location\": \"$HERE/team\"}]}]}"
    assert dhow pull registry.invalid/team/tool:1
    assert dhow push registry.invalid/team/tool:1
    assert_is "$(requests 'PUT /v2/pushed/tool/manifests/1')" 1
}

# config_for REGISTRY - a login of alice there.
config_for() {
    mkdir -p "$DOCKER_CONFIG"
    echo "{\"auths\": {\"$1\": {\"auth\": \"$(printf 'alice:very-secret' | base64)\"}}}" >"$DOCKER_CONFIG/config.json"
}

@test "a password goes to the registry it is for, not to its mirrors nor to what stands in its place" {
    local guarded
    registry_up guarded basic alice:very-secret
    guarded=$(registry guarded)
    config_for registry.invalid
    ours "{\"registries\": [{\"prefix\": \"registry.invalid\", \"location\": \"$guarded\"}], \"max-download-attempts\": 1}"
    run dhow pull registry.invalid/team/tool:1
    assert_failed
    assert_matches "$output" 'unauthorized|authentication required'
    ours "{\"registries\": [{\"prefix\": \"registry.invalid\", \"mirrors\": [{\"location\": \"$guarded\"}]}], \"max-download-attempts\": 1}"
    run dhow pull registry.invalid/team/tool:1
    assert_failed
    assert_is "$(grep -c 'auth.user.name=alice\|- alice \[' "$T/registry-guarded/log" || :)" 0
    # It is the right password: under the registry's own name it opens.
    config_for "$guarded"
    run dhow pull "$guarded/team/tool:1"
    assert_has "$output" "not found: manifest unknown"
    rm -r "$DOCKER_CONFIG"
}

@test "what dhow.json says wins; what it does not know is refused by name, docker's is left alone" {
    dockers '{"registry-mirrors": ["http://127.0.0.1:9"], "no-such-key-of-docker": {"a": 1}}'
    ours "{\"registry-mirrors\": [\"http://$HERE\"], \"max-download-attempts\": 1}"
    assert dhow pull tool:1
    ours '{"registry-mirror": []}'
    run dhow pull tool:1
    assert_failed
    assert_has "$output" "$DHOW_CONFIG"
    assert_has "$output" registry-mirror
    ours '{"max-concurrent-downloads": 0}'
    run dhow pull tool:1
    assert_failed
    assert_has "$output" "max-concurrent-downloads: expected 1 to 100"
    rm "$DHOW_CONFIG"
    run dhow pull tool:1
    assert_failed
    assert_has "$output" "$DHOW_CONFIG"
}

# inside COMMAND... - in a network of its own, where a registry without TLS listens on 10.77.0.1:5000.
inside() {
    registry_config "$T/far" >"$T/far.yml"
    sed -i "s/127.0.0.1:0/10.77.0.1:5000/" "$T/far.yml"
    cp -a "$T/registry-plain/storage" "$T/far/" 2>/dev/null || { mkdir -p "$T/far" && cp -a "$T/registry-plain/storage" "$T/far/"; }
    unshare --net bash -euc '
        ip link set lo up; ip addr add 10.77.0.1/32 dev lo
        docker-registry serve "$1" >"$1.log" 2>&1 & pid=$!
        shift
        for ((i = 0; i < 200; i++)); do (: </dev/tcp/10.77.0.1/5000) 2>/dev/null && break; sleep 0.05; done
        status=0; "$@" || status=$?
        kill $pid; wait $pid || :
        exit $status' inside "$T/far.yml" "$@"
}

@test "a registry without TLS is spoken to only where somebody says so: by name, or by network" {
    run inside dhow pull 10.77.0.1:5000/team/tool:1
    assert_failed
    ours '{"insecure-registries": ["10.78.0.0/16", "10.77.0.1"], "max-download-attempts": 1}'
    run inside dhow pull 10.77.0.1:5000/team/tool:1
    assert_failed
    assert_is "$(names)" ""
    ours '{"insecure-registries": ["10.77.0.0/16"]}'
    assert inside dhow pull 10.77.0.1:5000/team/tool:1
    dhow rmi 10.77.0.1:5000/team/tool:1 >/dev/null
    rm "$DHOW_CONFIG" && unset DHOW_CONFIG
    dockers '{"insecure-registries": ["10.77.0.1:5000"]}'
    assert inside dhow pull 10.77.0.1:5000/team/tool:1
}

@test "certs.d: a CA and a certificate of one's own, beside dhow.json or beside docker's file" {
    local dir name
    registry_up own tls
    sed -i "s|key: $T/ca/server.key}|key: $T/ca/server.key, clientcas: [$T/ca/ca.crt]}|" "$T/registry-own/config.yml"
    registry_down own
    registry_start own
    name=$(registry own)
    (
        cd "$T/ca"
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout client.key -out client.csr -subj "/CN=me"
        openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out client.cert
    ) >"$T/ca/client.log" 2>&1
    ours "{\"registries\": [{\"prefix\": \"team.invalid\", \"location\": \"$name\"}], \"max-download-attempts\": 1}"
    # Loopback may go without verification, but this registry wants to see a certificate.
    run dhow pull "$name/team/tool:1"
    assert_failed
    for dir in "$T/etc-dhow" "$T/etc-docker"; do
        registry_trust "$dir/certs.d" "$name"
        cp "$T/ca/client.cert" "$T/ca/client.key" "$dir/certs.d/$name/"
        run dhow pull "$name/team/tool:1"
        assert_has "$output" "not found: manifest unknown"
        rm "$dir/certs.d/$name/client.key"
        run dhow pull "$name/team/tool:1"
        assert_failed
        assert_has "$output" "client.key"
        rm -r "$dir/certs.d"
    done
}

@test "an http proxy from the environment or the files is asked for names that nobody here knows" {
    proxy_up "$HERE"
    ours '{"insecure-registries": ["registry.invalid:5000"], "max-download-attempts": 1}'
    run dhow pull registry.invalid:5000/team/tool:1
    assert_failed
    HTTP_PROXY=http://$PROXY assert dhow pull registry.invalid:5000/team/tool:1
    assert_has "$(asked)" "http://registry.invalid:5000/v2/team/tool/manifests/1"
    dhow rmi registry.invalid:5000/team/tool:1 >/dev/null
    ours "{\"insecure-registries\": [\"registry.invalid:5000\"], \"proxies\": {\"http-proxy\": \"http://$PROXY\"}, \"max-download-attempts\": 1}"
    HTTP_PROXY=http://127.0.0.1:9 assert dhow pull registry.invalid:5000/team/tool:1
    dhow rmi registry.invalid:5000/team/tool:1 >/dev/null
    ours "{\"insecure-registries\": [\"registry.invalid:5000\"], \"proxies\": {\"http-proxy\": \"http://$PROXY\", \"no-proxy\": \".invalid\"}, \"max-download-attempts\": 1}"
    run dhow pull registry.invalid:5000/team/tool:1
    assert_failed
    # Loopback has no proxy, whatever is said.
    HTTP_PROXY=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 assert dhow pull "$HERE/team/tool:1"
}

@test "https goes through the proxy by CONNECT, with the proxy's password, and is verified as ever" {
    registry_up secure tls
    proxy_up "$(registry secure)" me:proxy-secret
    ours '{"max-download-attempts": 1}'
    HTTPS_PROXY=http://me:proxy-secret@$PROXY run dhow pull localhost.invalid/team/tool:1
    assert_failed
    assert_has "$(asked)" "connect localhost.invalid:443"
    assert_lacks "$output" proxy-secret
    assert_matches "$output" 'certificate|x509|SSL'
    HTTPS_PROXY=http://me:wrong@$PROXY run dhow pull localhost.invalid/team/tool:1
    assert_failed
    assert_lacks "$output" "me:wrong"
}

@test "a SOCKS proxy looks up the names" {
    proxy_up "$HERE"
    ours '{"insecure-registries": ["registry.invalid:5000"], "max-download-attempts": 1}'
    ALL_PROXY=socks5h://$PROXY assert dhow pull registry.invalid:5000/team/tool:1
    assert_has "$(asked)" "socks registry.invalid:5000"
}

@test "as many blobs travel at once as the configuration says" {
    local at_once layers=() i
    for i in 1 2 3 4 5 6; do
        mkdir -p "$T/layer-$i"
        head -c 3000 /dev/urandom >"$T/layer-$i/file-$i"
        layers+=("$T/layer-$i")
    done
    make-image build "$T/kinds" six "${layers[@]}"
    make-image push "$T/kinds" six "$HERE/team/six:1"
    proxy_up "$HERE"
    for at_once in 1 4; do
        ours "{\"insecure-registries\": [\"registry.invalid\"], \"proxies\": {\"http-proxy\": \"http://$PROXY\"},
            \"max-concurrent-downloads\": $at_once, \"max-concurrent-uploads\": $at_once}"
        rm -f "$T/proxy/most"
        assert dhow pull registry.invalid/team/six:1
        dhow tag registry.invalid/team/six:1 "registry.invalid/to-$at_once/six:1"
        dhow rmi registry.invalid/team/six:1 >/dev/null
        assert dhow push "registry.invalid/to-$at_once/six:1"
        assert_is "$(cat "$T/proxy/most")" "$(printf 'get %s\nput %s' $at_once $at_once)"
        dhow rmi "registry.invalid/to-$at_once/six:1" >/dev/null
        proxy_down
        proxy_up "$HERE"
    done
}
