# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# registry.bash - Debian's docker-registry on the loopback, in $T, as open or as guarded as a test wants it.
#
#     load registry
#     registry_up plain                                   # http, everybody may do everything
#     registry_up guarded tls basic alice:secret          # https with the tests' CA, htpasswd
#     registry_up tokens token                            # a token server of ours says who may do what
#     dhow pull "$(registry plain)/busybox"
#     registry_down plain                                 # registry_down_all in teardown_file
#
# Each has $T/registry-NAME: config.yml, storage, log, pid, address. `registry NAME` prints its address, HOST:PORT with
# a port that the kernel chose. With REGISTRY_NETNS=PID it listens in that process's network namespace (a box of dropin.bash, or
# registry_net), with REGISTRY_HOST=ADDRESS there, which is how one is had that is not on the loopback and so not trusted.
# The CA is $T/ca/ca.crt; registry_trust DIR writes it where certs.d is looked for, below DIR.

REGISTRY_SERVICE="dhow's test registry"
TOKEN_ISSUER="dhow's token server"

registry() {
    cat "$T/registry-$1/address"
}

# registry_net ADDRESS... - a network namespace with these addresses, for REGISTRY_NETNS; in_net COMMAND... runs something in it.
registry_net() {
    local address
    unshare --net sleep infinity </dev/null >/dev/null 2>&1 3>&- &
    echo $! >"$T/net.pid"
    export REGISTRY_NETNS=$!
    eventually nsenter --target "$REGISTRY_NETNS" --net sh -c '[ "$(readlink /proc/self/ns/net)" != "'"$(readlink /proc/self/ns/net)"'" ]'
    nsenter --target "$REGISTRY_NETNS" --net ip link set lo up
    for address; do nsenter --target "$REGISTRY_NETNS" --net ip address add "$address" dev lo; done
}

in_net() {
    nsenter --target "$REGISTRY_NETNS" --net env -u http_proxy -u https_proxy -u HTTP_PROXY -u HTTPS_PROXY -u all_proxy -u no_proxy -u NO_PROXY "$@"
}

# in_registry_netns COMMAND... - execs it: in a subshell only, so that $! is the server's own pid.
in_registry_netns() {
    if [ -n "${REGISTRY_NETNS:-}" ]; then
        exec nsenter --target "$REGISTRY_NETNS" --net --wdns="$T" env -u http_proxy -u https_proxy "$@"
    fi
    exec "$@"
}

# test_ca - a CA and a server's certificate for the loopback's names, once for each test file.
test_ca() {
    local ca=$T/ca
    [ ! -f "$ca/server.crt" ] || return 0
    mkdir -p "$ca"
    (
        cd "$ca"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 30 \
            -subj "/CN=dhow test CA"
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj "/CN=localhost"
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out server.crt \
            -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1,IP:10.9.8.7,DNS:hub.test\n')
    ) >"$ca/log" 2>&1 || failed "cannot make a CA: $(cat "$ca/log")"
}

# registry_trust DIR ADDRESS - the tests' CA as certs.d has it: DIR/ADDRESS/ca.crt.
registry_trust() {
    test_ca
    mkdir -p "$1/$2"
    cp "$T/ca/ca.crt" "$1/$2/ca.crt"
}

# Port 0 lets the kernel choose; the registry says in its log which one it got.
registry_config() {
    local dir=$1 kind
    shift
    cat <<END
version: 0.1
log: {level: info, formatter: text, accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: $dir/storage}, delete: {enabled: true}}
validation: {manifests: {urls: {allow: ["^https?://"]}}}
END
    for kind; do
        case $kind in
        tls) tls=", tls: {certificate: $T/ca/server.crt, key: $T/ca/server.key}" ;;
        basic) printf 'auth: {htpasswd: {realm: "%s", path: "%s/htpasswd"}}\n' "$REGISTRY_SERVICE" "$dir" ;;
        token) printf 'auth: {token: {realm: "http://%s/token", service: "%s", issuer: "%s", rootcertbundle: "%s/token/cert.pem"}}\n' \
            "$(token_server)" "$REGISTRY_SERVICE" "$TOKEN_ISSUER" "$T" ;;
        *:*) perl -e '($user, $password) = split /:/, $ARGV[0], 2; print "$user:", crypt($password, "\$2y\$05\$abcdefghijklmnopqrstuu"), "\n"' \
            "$kind" >>"$dir/htpasswd" ;;
        esac
    done
    echo "http: {addr: '${REGISTRY_HOST:-127.0.0.1}:0', secret: same-for-all${tls:-}}"
}

# registry_up NAME [tls] [basic USER:PASSWORD...] [token] - starts it and waits until it answers.
registry_up() {
    local name=$1 dir=$T/registry-$1 tls=
    shift
    mkdir -p "$dir"
    [[ " $* " != *" tls "* ]] || test_ca
    [[ " $* " != *" token "* ]] || token_server_up
    registry_config "$dir" "$@" >"$dir/config.yml"
    registry_start "$name"
}

# registry_start NAME - starts it again as it was, on the port that it had.
registry_start() {
    local dir=$T/registry-$1 port=0
    [ ! -f "$dir/address" ] || port=$(sed 's/.*://' "$dir/address")
    sed -i "s/\(addr: '[0-9.]*\):0'/\1:$port'/" "$dir/config.yml"
    : >"$dir/log"
    (in_registry_netns env -u SSL_CERT_FILE docker-registry serve "$dir/config.yml") </dev/null >"$dir/log" 2>&1 3>&- &
    echo $! >"$dir/pid"
    eventually grep -q 'listening on [0-9]' "$dir/log" || failed "no registry: $(cat "$dir/log")"
    sed -n 's/.*listening on \([0-9][0-9.:]*\).*/\1/p' "$dir/log" | head -1 >"$dir/address"
}

registry_down() {
    local pid
    pid=$(cat "$T/registry-$1/pid") || return 0
    kill "$pid" 2>/dev/null || :
    wait "$pid" 2>/dev/null || eventually gone "$pid"
    rm -f "$T/registry-$1/pid"
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# --- the token server ----------------------------------------------------------------------------------------------

token_server() {
    cat "$T/token/address"
}

# token_server_up - one for each test file. Who may do what: TOKEN_USERS, as tests/tools/token-server reads it.
TOKEN_USERS=${TOKEN_USERS:-'alice:secret=*:pull,push,delete bob:hunter2=shared/*:pull -=public/*:pull'}
token_server_up() {
    local dir=$T/token
    [ ! -f "$dir/pid" ] || return 0
    mkdir -p "$dir"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/key.pem" -out "$dir/cert.pem" -days 30 \
        -subj "/CN=dhow test tokens" 2>"$dir/log"
    # shellcheck disable=SC2086  # a list of words
    (in_registry_netns "$TESTS/tools/token-server" --dir "$dir" --issuer "$TOKEN_ISSUER" --service "$REGISTRY_SERVICE" -- $TOKEN_USERS) \
        </dev/null >>"$dir/log" 2>&1 3>&- &
    echo $! >"$dir/pid"
    eventually test -s "$dir/address" || failed "no token server: $(cat "$dir/log")"
}

# token_mode JSON - what the token server does from now on ({} is honest): see tests/tools/token-server.
token_mode() {
    printf '%s\n' "$1" >"$T/token/mode.new" && mv "$T/token/mode.new" "$T/token/mode"
}

# Every server that this file started.
registry_down_all() {
    local pid
    for pid in "$T"/registry-*/pid "$T"/token/pid "$T"/fakereg*/pid "$T"/proxy*/pid "$T/net.pid"; do
        [ ! -f "$pid" ] || { kill "$(cat "$pid")" 2>/dev/null && eventually gone "$(cat "$pid")"; } || :
        rm -f "$pid"
    done
}

# --- the registry of faults ------------------------------------------------------------------------------------------

# fakereg_up NAME LAYOUT [OPTION...] - in $T/fakereg-NAME: see tests/tools/fakereg.
fakereg_up() {
    local dir=$T/fakereg-$1 layout=$2
    shift 2
    mkdir -p "$dir"
    (in_registry_netns "$TESTS/tools/fakereg" --dir "$dir" --layout "$layout" "$@") </dev/null >"$dir/out" 2>&1 3>&- &
    echo $! >"$dir/pid"
    eventually test -s "$dir/address" || failed "no fakereg: $(cat "$dir/out")"
}

# fakereg_at NAME [catcher|tls] - the address of that server of it.
fakereg_at() {
    cat "$T/fakereg-$1/${2:-address}"
}
