# SPDX-License-Identifier: Apache-2.0
# policy.bats — which images may be pulled: policy.json, and signatures as cosign makes them.
load dhow
load registry

setup_file() {
    dhow_setup_file
    registry_up plain
    "$TESTS/tools/make-image" build "$T/l" busybox "$T/busybox"
    "$TESTS/tools/make-image" push "$T/l" busybox "$(registry plain)/team/bb:1"
    "$TESTS/tools/make-image" push "$T/l" busybox "$(registry plain)/team/bb:2"
    "$TESTS/tools/make-image" push "$T/l" busybox "$(registry plain)/other/bb:1"
    cd "$T"
    openssl ecparam -genkey -name prime256v1 -noout -out ec.pem && openssl ec -in ec.pem -pubout -out ec.pub
    openssl ecparam -genkey -name prime256v1 -noout -out stranger.pem && openssl ec -in stranger.pem -pubout -out stranger.pub
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem && openssl pkey -in rsa.pem -pubout -out rsa.pub
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out short.pem && openssl pkey -in short.pem -pubout -out short.pub
    openssl genpkey -algorithm ED25519 -out ed.pem && openssl pkey -in ed.pem -pubout -out ed.pub
}

teardown_file() {
    registry_down_all
    dhow_teardown_file
}

# Each test has a store and a configuration of its own.
setup() {
    export DHOW_ROOT=$T/root-$BATS_TEST_NUMBER DHOW_RUN_ROOT=$T/run-$BATS_TEST_NUMBER DHOW_CONFIG=$T/dhow.json
    echo "{\"policy\": \"$T/policy.json\"}" >"$DHOW_CONFIG"
}

digest() { # of what team/bb:1 names
    curl -sI -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$(registry plain)/v2/team/bb/manifests/1" |
        tr -d '\r' | sed -n 's/^Docker-Content-Digest: //pI'
}

# sign KEY NAME [DIGEST] [EDIT] — what `cosign sign --key` pushes for team/bb, saying NAME; EDIT (jq) damages the payload afterwards.
sign() {
    local key=$1 name=$2 of=${3:-$(digest)} base
    base=http://$(registry plain)/v2/team/bb
    printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"%s"},"optional":null}' \
        "$name" "$of" "${TYPE:-cosign container image signature}" >"$T/payload"
    case $key in
    ed*) openssl pkeyutl -sign -rawin -inkey "$T/$key.pem" -in "$T/payload" -out "$T/signature" ;;
    *) openssl dgst -sha256 -sign "$T/$key.pem" -out "$T/signature" "$T/payload" ;;
    esac
    [ -z "${4:-}" ] || { jq -cj "$4" "$T/payload" >"$T/payload.new" && mv "$T/payload.new" "$T/payload"; }
    python3 - "$base" "$(digest)" "$T/payload" "$T/signature" <<'END'
import base64, hashlib, json, sys, urllib.request
base, of, payload, signature = sys.argv[1:]
def call(method, url, data=None, **headers):
    request = urllib.request.Request(url, data, {k.replace("_", "-"): v for k, v in headers.items()}, method=method)
    return urllib.request.urlopen(request)
def push(data):
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    where = call("POST", base + "/blobs/uploads/").headers["Location"]
    call("PUT", where + ("&" if "?" in where else "?") + "digest=" + digest, data, Content_Type="application/octet-stream")
    return {"digest": digest, "size": len(data)}
layer = push(open(payload, "rb").read())
layer["mediaType"] = "application/vnd.dev.cosign.simplesigning.v1+json"
layer["annotations"] = {"dev.cosignproject.cosign/signature": base64.b64encode(open(signature, "rb").read()).decode()}
config = push(b"{}")
config["mediaType"] = "application/vnd.oci.image.config.v1+json"
media = "application/vnd.oci.image.manifest.v1+json"
text = json.dumps({"schemaVersion": 2, "mediaType": media, "config": config, "layers": [layer]}).encode()
call("PUT", base + "/manifests/" + of.replace(":", "-") + ".sig", text, Content_Type=media)
END
}
unsign() {
    local base at
    base=http://$(registry plain)/v2/team/bb/manifests
    at=$(curl -sI -H 'Accept: application/vnd.oci.image.manifest.v1+json' "$base/$(digest | tr : -).sig" | tr -d '\r' |
        sed -n 's/^Docker-Content-Digest: //pI')
    [ -z "$at" ] || curl -s -X DELETE "$base/$at"
}

# demand REQUIREMENT — of team/; everything else may be pulled.
demand() {
    jq -n --arg scope "$(registry plain)/team" --argjson it "$1" \
        '{default: [{type: "insecureAcceptAnything"}], transports: {docker: {($scope): [$it]}}}' >"$T/policy.json"
}
key() { echo "{\"type\":\"sigstoreSigned\",\"keyPath\":\"$T/$1.pub\",\"signedIdentity\":{\"type\":\"${2:-matchRepository}\"}}"; }
pull() { dhow pull -q "$(registry plain)/$1"; }
refused() { # NAME TEXT
    run pull "$1"
    assert_failed
    assert_has "$output" "Source image rejected"
    assert_has "$output" "$2"
    assert_is "$(dhow images -aq)" ""
}

@test "reject and accept by the longest scope" {
    demand '{"type":"reject"}'
    refused team/bb:1 "is rejected by policy"
    assert pull other/bb:1
    jq -n '{default: [{type: "reject"}]}' >"$T/policy.json"
    run pull other/bb:1
    assert_failed # cached or not
    jq -n --arg one "$(registry plain)/team/bb:1" '{default: [{type: "reject"}], transports: {docker: {($one): [{type: "insecureAcceptAnything"}]}}}' \
        >"$T/policy.json"
    assert pull team/bb:1
    run pull team/bb:2
    assert_failed
}

@test "a signature by the policy's key lets an image through, and nothing else does" {
    local of name
    name=$(registry plain)/team/bb
    unsign
    demand "$(key ec)"
    refused team/bb:1 "no signature exists"
    sign stranger "$name"
    refused team/bb:1 "none of the 1"
    sign ec "$name" "sha256:$(printf x | sha256sum | cut -c1-64)"
    refused team/bb:1 "none of the 1" # it is of another image
    sign ec "$name" "" '.optional = {"more": 1}'
    refused team/bb:1 "none of the 1" # changed after it was signed
    sign ec "$(registry plain)/other/bb"
    refused team/bb:1 "none of the 1" # of another repository
    TYPE="atomic container signature" sign ec "$name"
    refused team/bb:1 "none of the 1"
    printf garbage >"$T/nokey.pub"
    sign ec "$name"
    demand "$(key nokey)"
    refused team/bb:1 "no PEM text"
    demand "$(key missing)"
    refused team/bb:1 missing.pub
    demand "$(key stranger)"
    refused team/bb:1 "none of the 1"
    demand "$(key ec)"
    assert pull team/bb:1
    of=$(digest)
    assert pull "team/bb@$of"
    # The signature goes: what is here already is asked about at each pull, too.
    unsign
    run pull team/bb:1
    assert_failed
    assert_has "$output" "no signature exists"
}

@test "keys: RSA, Ed25519, one of several, as data, and weak ones are no keys" {
    local name kind
    name=$(registry plain)/team/bb
    for kind in rsa ed ec; do
        sign "$kind" "$name"
        demand "$(key "$kind")"
        assert pull team/bb:1 || failed "$kind"
    done
    demand "{\"type\":\"sigstoreSigned\",\"keyPaths\":[\"$T/stranger.pub\",\"$T/ec.pub\"],\"signedIdentity\":{\"type\":\"matchRepository\"}}"
    assert pull team/bb:1
    demand "{\"type\":\"sigstoreSigned\",\"keyData\":\"$(base64 -w0 "$T/ec.pub")\",\"signedIdentity\":{\"type\":\"matchRepository\"}}"
    assert pull team/bb:1
    dhow rmi -f "$(dhow images -q | head -1)" >/dev/null
    sign short "$name"
    demand "$(key short)"
    refused team/bb:1 "not trusted"
}

@test "under which name: matchExact, matchRepoDigestOrExact, exactRepository, remapIdentity" {
    local name of
    name=$(registry plain)/team/bb of=$(digest)
    sign ec "$name"
    demand "$(key ec matchExact)"
    refused team/bb:1 "none of the 1"
    demand "{\"type\":\"sigstoreSigned\",\"keyPath\":\"$T/ec.pub\"}" # matchRepoDigestOrExact
    refused team/bb:1 "none of the 1"
    assert pull "team/bb@$of"
    dhow rmi -f "$(dhow images -q)" >/dev/null
    sign ec "$name:1"
    assert pull team/bb:1
    dhow rmi -f "$(dhow images -q)" >/dev/null
    refused team/bb:2 "none of the 1"
    sign ec signed.example.com/original
    demand "{\"type\":\"sigstoreSigned\",\"keyPath\":\"$T/ec.pub\",\"signedIdentity\":{\"type\":\"exactRepository\",\"dockerRepository\":\"signed.example.com/original\"}}"
    assert pull team/bb:1
    dhow rmi -f "$(dhow images -q)" >/dev/null
    sign ec signed.example.com/bb:1
    demand "{\"type\":\"sigstoreSigned\",\"keyPath\":\"$T/ec.pub\",\"signedIdentity\":{\"type\":\"remapIdentity\",\"prefix\":\"$(registry plain)/team\",\"signedPrefix\":\"signed.example.com\"}}"
    assert pull team/bb:1
    dhow rmi -f "$(dhow images -q)" >/dev/null
    demand "{\"type\":\"sigstoreSigned\",\"keyPath\":\"$T/ec.pub\",\"signedIdentity\":{\"type\":\"anything\"}}"
    refused team/bb:1 "incomplete or unknown"
}

@test "a policy that dhow cannot check is an error, not a gap" {
    local policy
    for policy in '{"default":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k"}]}' '{"default":[]}' '{' \
        '{"default":[{"type":"sigstoreSigned","fulcio":{"caPath":"/x"}}]}' '{"default":[{"type":"reject"}],"more":1}'; do
        echo "$policy" >"$T/policy.json"
        run pull other/bb:1
        assert_failed
        assert_has "$output" "policy $T/policy.json" || failed "$policy"
    done
    rm "$T/policy.json"
    run pull other/bb:1
    assert_failed
    assert_has "$output" policy.json
    assert_is "$(dhow images -aq)" ""
}
