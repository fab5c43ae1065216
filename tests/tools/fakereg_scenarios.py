# SPDX-License-Identifier: Apache-2.0
"""fakereg_scenarios - what fakereg does wrong, when, and what must come of it.

A scenario is some rules (on which requests, which fault, from the nth on, how often), and
    verb      pull or push
    expect    whole: the image is there, every byte of it. fails: a clean failure that says `says` (a regular expression),
              no image and no name listed. either: one of the two, never anything between
    needs     what the test must arrange: stall (short timeouts), tls, ping (--scenario), login (credentials), pinned (pull by digest)
    requests  more than so many requests are too many: who is refused must give up
    document  a function of the layout: the manifest under every tag, as (bytes, media type)

Requests are named METHOD KIND, as fnmatch patterns: ping manifest layer config blob tag token start patch finish status put-manifest.
"""
import fnmatch
import hashlib
import itertools
import json
import sys

OCI, DOCKER = "application/vnd.oci.image.", "application/vnd.docker."
MANIFEST, INDEX, CONFIG, LAYER = OCI + "manifest.v1+json", OCI + "index.v1+json", OCI + "config.v1+json", OCI + "layer.v1.tar+gzip"
DOCKER_MANIFEST, DOCKER_LIST = DOCKER + "distribution.manifest.v2+json", DOCKER + "distribution.manifest.list.v2+json"
ALWAYS = sys.maxsize // 2
TABLE = {}


class Rule:
    def __init__(self, on, fault, first=1, times=ALWAYS, body_limit=None, before_body=False):
        self.on, self.fault, self.first, self.times = on, fault, first, times
        self.body_limit, self.before_body = body_limit, before_body

    def matches(self, server, request):
        kinds = [request.kind]
        if request.kind == "blob":
            data = server.layout.blob(request.reference) or b""
            kinds.append("config" if data[:1] == b"{" else "layer")
        return any(fnmatch.fnmatch(f"{request.method} {kind}", on) for kind in kinds for on in self.on.split("|"))


class Scenario:
    def __init__(self, name, *rules, verb="pull", expect="either", says="", needs=(), requests=80, document=None, auth=None, absent=()):
        self.name, self.rules, self.verb, self.expect, self.says = name, rules, verb, expect, says
        self.needs, self.requests, self.document, self.auth, self.absent = set(needs), requests, document, auth, absent


HONEST = Scenario("honest", expect="whole")


def find(name):
    return TABLE.get(name, HONEST)


def add(name, *rules, **fields):
    assert name not in TABLE, name
    TABLE[name] = Scenario(name, *rules, **fields)


def fault(function):
    """A maker of faults: fault(arguments) gives what is called with (server, request, reply)."""
    def make(*args, **kwargs):
        def spoil(server, request, reply):
            function(server, request, reply, *args, **kwargs)
        spoil.__name__ = function.__name__
        return spoil
    return make


# --- faults -----------------------------------------------------------------------------------------------------------

PLACES = ("status-0", "status-half", "headers", "headers-end", "body-1", "body-half", "body-last")


def place(reply, where):
    head, whole = len(reply.head()), len(reply.head()) + len(reply.body)
    return {"status-0": 0, "status-half": 5, "headers": head - 9, "headers-end": head, "body-1": head + 1, "body-half": head + len(reply.body) // 2,
            "body-last": whole - 1}[where]


@fault
def cut(_server, _request, reply, where, end):
    reply.end = "keep"  # its head must not say that it will close
    reply.cut = place(reply, where)
    reply.end = end


@fault
def status(_server, _request, reply, code, headers=(), body=None):
    reply.status, reply.reason, reply.headers = code, "Fault", [("Content-Type", "application/json")] + list(headers)
    reply.body = json.dumps({"errors": [{"code": "FAULT", "message": f"the fault of {code}"}]}).encode() if body is None else body
    reply.length = len(reply.body)


@fault
def length(_server, _request, reply, change):
    reply.length = change(len(reply.body))
    reply.end = "close"


@fault
def header(_server, _request, reply, *pairs):
    for name, value in pairs:
        reply.set(name, value) if value is not None else reply.drop(name)


@fault
def many_headers(_server, _request, reply, n):
    reply.headers += [(f"X-{number}", "y") for number in range(n)]


@fault
def raw(_server, _request, reply, head):
    reply.raw_head, reply.end = head.replace(b"LENGTH", b"%d" % len(reply.body)), "close"


@fault
def before(_server, _request, reply, text):
    reply.before = text


@fault
def drip(_server, _request, reply, size, pause):
    reply.drip = (size, pause)


@fault
def flip(_server, _request, reply):
    if reply.body:
        at = len(reply.body) // 2
        reply.body = reply.body[:at] + bytes([reply.body[at] ^ 1]) + reply.body[at + 1:]


@fault
def more(_server, _request, reply, extra=b"and more"):
    reply.body += extra
    reply.length = len(reply.body)


@fault
def less(_server, _request, reply):
    reply.body = reply.body[:-7]
    reply.length = len(reply.body)


@fault
def chunked(_server, _request, reply, broken=None):
    body = reply.body
    half = len(body) // 2
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]) if part)
    reply.set("Transfer-Encoding", "chunked")
    reply.length, reply.body = None, pieces + b"0\r\n\r\n"
    if broken == "size":
        reply.body = b"zz\r\n" + body
    if broken == "huge":
        reply.body = b"ffffffffffffffffff\r\n" + body
    if broken == "end":
        reply.body, reply.end = pieces, "close"
    if broken == "both":
        reply.length = len(body)


@fault
def endless(_server, _request, reply, size):
    """`size` bytes of zeros, as a stream."""
    reply.length = size
    reply.stream = (bytes(1 << 20) for _ in range(size >> 20))


@fault
def redirect(server, request, reply, to, code=307):
    target = to.replace("SELF", "http://" + server.addresses["address"]).replace("OTHER", "http://localhost:" + server.addresses["catcher"].split(":")[1])
    target = target.replace("TLS", "https://" + server.addresses.get("tls", "127.0.0.1:9"))
    path = request.path.replace(f"/v2/{request.repository}/", f"/v2/honest/{request.repository}/")
    reply.status, reply.reason, reply.body, reply.length = code, "Elsewhere", b"", 0
    reply.headers = [("Location", target.replace("PATH", path))]


@fault
def ignore_range(server, request, reply):
    if reply.status == 206:
        whole = server.layout.blob(request.reference)
        reply.status, reply.reason, reply.body, reply.length = 200, "OK", whole, len(whole)
        reply.drop("Content-Range")


@fault
def shift_range(server, request, reply, says_so):
    if reply.status == 206:
        whole = server.layout.blob(request.reference)
        start = len(whole) - len(reply.body)
        reply.body = whole[start - 1:]
        reply.length = len(reply.body)
        if says_so:
            reply.set("Content-Range", f"bytes {start - 1}-{len(whole) - 1}/{len(whole)}")


# --- pull: the line is cut, at each byte class, once and always ---------------------------------------------------------

for kind, where, end in itertools.product(("manifest", "config", "layer"), PLACES, ("close", "reset", "hang")):
    needs = {"stall"} if end == "hang" else ()
    add(f"{kind}-{where}-{end}-once", Rule(f"GET {kind}", cut(where, end), times=1), expect="whole", needs=needs)
    add(f"{kind}-{where}-{end}-always", Rule(f"GET {kind}", cut(where, end)), expect="fails", says="ADDRESS", needs=needs)
# A blob that comes in many pieces is resumed as often as it brings something new.
add("layer-cut-thrice", Rule("GET layer", cut("body-half", "close"), times=3), expect="whole")

# --- pull: the registry refuses -----------------------------------------------------------------------------------------

for kind, code in itertools.product(("manifest", "config", "layer"), (500, 502, 503, 504)):
    add(f"{kind}-{code}-twice", Rule(f"GET {kind}", status(code), times=2), expect="whole")
    add(f"{kind}-{code}-always", Rule(f"GET {kind}", status(code)), expect="fails", says=f"ADDRESS.*({code}|fault of {code})")
for kind in ("manifest", "layer"):
    add(f"{kind}-429-twice", Rule(f"GET {kind}", status(429, [("Retry-After", "1")]), times=2), expect="whole")
    add(f"{kind}-429-date", Rule(f"GET {kind}", status(429, [("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT")]), times=1), expect="whole")
    add(f"{kind}-429-odd", Rule(f"GET {kind}", status(429, [("Retry-After", "-5x")]), times=1), expect="whole")
    add(f"{kind}-429-always", Rule(f"GET {kind}", status(429, [("Retry-After", "0")])), expect="fails", says="ADDRESS.*(429|[Tt]oo ?[Mm]any|fault of)")
    add(f"{kind}-429-far", Rule(f"GET {kind}", status(429, [("Retry-After", "1000000")])), expect="fails", says="ADDRESS.*(429|[Tt]oo ?[Mm]any|fault of)")
    add(f"{kind}-403", Rule(f"* {kind}", status(403)), expect="fails", says="ADDRESS.*(403|denied|fault of)", requests=12)
    add(f"{kind}-404", Rule(f"* {kind}", status(404)), expect="fails", says="ADDRESS.*(404|not found|unknown|fault of)", requests=20)
    add(f"{kind}-418", Rule(f"* {kind}", status(418)), expect="fails", says="ADDRESS", requests=20)
    add(f"{kind}-500-page", Rule(f"GET {kind}", status(500, [("Content-Type", "text/html")], b"<html>\x1b[31mbroken\x07</html>")), expect="fails",
        says="ADDRESS")
    add(f"{kind}-401-plain", Rule(f"* {kind}", status(401)), expect="fails", says="ADDRESS", requests=20)
    add(f"{kind}-204", Rule(f"* {kind}", status(204)), expect="fails", says="ADDRESS", requests=20)

# --- pull: lengths, framing, headers ------------------------------------------------------------------------------------

for kind in ("manifest", "config", "layer"):
    on = f"GET {kind}"
    # A blob whose length is not its descriptor's is a lie and no line that broke.
    add(f"{kind}-length-more-once", Rule(on, length(lambda n: n + 1), times=1), expect="whole" if kind == "manifest" else "either")
    add(f"{kind}-length-more", Rule(on, length(lambda n: n + 1)), expect="fails", says="ADDRESS")
    add(f"{kind}-length-less", Rule(on, length(lambda n: n - 10)), expect="fails", says=".")
    add(f"{kind}-length-none", Rule(on, length(lambda n: None)), expect="whole")
    add(f"{kind}-length-negative", Rule(on, length(lambda n: -n)), expect="either")
    add(f"{kind}-length-words", Rule(on, length(lambda n: f"{n}x")), expect="either")
    add(f"{kind}-length-2-64", Rule(on, length(lambda n: 1 << 64)), expect="either")
    add(f"{kind}-length-twice", Rule(on, raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: LENGTH\r\n\r\n")), expect="either")
    add(f"{kind}-chunked", Rule(on, chunked()), expect="whole")
    add(f"{kind}-chunked-and-length", Rule(on, chunked("both")), expect="either")
    for broken in ("size", "huge", "end"):
        add(f"{kind}-chunked-{broken}-once", Rule(on, chunked(broken), times=1), expect="whole")
        add(f"{kind}-chunked-{broken}", Rule(on, chunked(broken)), expect="fails", says="ADDRESS")
    add(f"{kind}-shorter", Rule(on, less()), expect="fails", says=".")
    add(f"{kind}-longer", Rule(on, more()), expect="fails", says=".")
    add(f"{kind}-drip", Rule(on, drip(max(1, 40000 if kind == "layer" else 97), 0.005)), expect="whole")
    add(f"{kind}-drip-slow", Rule(on, drip(1, 3)), expect="fails", says="ADDRESS", needs={"stall"})
    add(f"{kind}-garbage", Rule(on, raw(b"\x00\xff\xfegarbage\r\n\r\n")), expect="fails", says="ADDRESS")
    add(f"{kind}-http-9", Rule(on, raw(b"HTTP/9.9 200 OK\r\nContent-Length: LENGTH\r\n\r\n")), expect="either")
    add(f"{kind}-status-words", Rule(on, raw(b"HTTP/1.1 abc OK\r\nContent-Length: LENGTH\r\n\r\n")), expect="either")
    add(f"{kind}-no-reason", Rule(on, raw(b"HTTP/1.1 200\r\nContent-Type: application/octet-stream\r\nContent-Length: LENGTH\r\n\r\n")), expect="either")
    add(f"{kind}-early-hints", Rule(on, before(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")), expect="whole")
    add(f"{kind}-header-1m", Rule(on, header(("X-Huge", "x" * (1 << 20)))), expect="fails", says="ADDRESS")
    add(f"{kind}-headers-20k", Rule(on, many_headers(20000)), expect="either")
    add(f"{kind}-gzip-encoded", Rule(on, header(("Content-Encoding", "gzip"))), expect="either")

# --- pull: lies about content -------------------------------------------------------------------------------------------

for kind in ("config", "layer"):
    add(f"{kind}-flipped-once", Rule(f"GET {kind}", flip(), times=1), expect="either")
    add(f"{kind}-flipped", Rule(f"GET {kind}", flip()), expect="fails", says="digest|size|checksum")
    add(f"{kind}-empty", Rule(f"GET {kind}", status(200, (), b"")), expect="fails", says=".")
    add(f"{kind}-digest-header", Rule(f"GET {kind}", header(("Docker-Content-Digest", "sha256:" + "0" * 64))), expect="either")
add("manifest-flipped-pinned", Rule("GET manifest", flip()), expect="fails", says="digest|manifest", needs={"pinned"})
add("manifest-digest-header", Rule("* manifest", header(("Docker-Content-Digest", "sha256:" + "0" * 64))), expect="either")
add("manifest-digest-missing", Rule("* manifest", header(("Docker-Content-Digest", None))), expect="whole")
add("manifest-digest-odd", Rule("* manifest", header(("Docker-Content-Digest", "sha256:../../etc/passwd"))), expect="either")
add("manifest-no-type", Rule("* manifest", header(("Content-Type", None))), expect="either")
add("manifest-not-json", Rule("GET manifest", status(200, [("Content-Type", MANIFEST)], b"<html>login here</html>")), expect="fails", says=".")
add("manifest-empty", Rule("GET manifest", status(200, [("Content-Type", MANIFEST)], b"")), expect="fails", says=".")
add("range-ignored", Rule("GET layer", cut("body-half", "close"), times=1), Rule("GET layer", ignore_range()), expect="whole")
add("range-shifted", Rule("GET layer", cut("body-half", "close"), times=1), Rule("GET layer", shift_range(False)), expect="either")
add("range-shifted-and-said", Rule("GET layer", cut("body-half", "close"), times=1), Rule("GET layer", shift_range(True)), expect="either")
add("range-416", Rule("GET layer", cut("body-half", "close"), times=1), Rule("GET layer", status(416), times=1), expect="either")
add("range-416-always", Rule("GET layer", cut("body-half", "close"), times=1), Rule("GET layer", status(416)), expect="fails", says="ADDRESS")
add("range-no-content-range", Rule("GET layer", cut("body-half", "close"), times=1), Rule("GET layer", header(("Content-Range", None))), expect="either")
add("range-odd", Rule("GET layer", cut("body-half", "close"), times=1), Rule("GET layer", header(("Content-Range", "bytes x-y/*"))), expect="either")



def basic(server, request):
    """401 until somebody says who he is."""
    if request.headers.get("authorization"):
        return None
    reply = server.error(401, "UNAUTHORIZED", "authentication required")
    reply.set("WWW-Authenticate", 'Basic realm="fake"')
    return reply


# --- pull: sent elsewhere -----------------------------------------------------------------------------------------------

for kind, code in itertools.product(("manifest", "layer"), (301, 302, 303, 307, 308)):
    add(f"{kind}-redirect-{code}", Rule(f"* {kind}", redirect("SELFPATH", code)), expect="whole" if kind == "layer" else "either")
for kind in ("manifest", "config", "layer"):
    add(f"{kind}-redirect-other-host", Rule(f"* {kind}", redirect("OTHERPATH")), expect="whole" if kind != "manifest" else "either", needs={"login", "ping"},
        auth=basic)
    add(f"{kind}-redirect-relative", Rule(f"* {kind}", redirect("PATH")), expect="whole" if kind != "manifest" else "either")
for name, to in {"file": "file:///etc/passwd", "gopher": "gopher://127.0.0.1:70/1x", "link-local": "http://169.254.169.254/latest/meta-data/",
                 "dict": "dict://127.0.0.1:11211/stat", "empty": "", "nowhere": "http://127.0.0.1:1/x", "ftp": "ftp://127.0.0.1/x",
                 "user": "http://evil:pw@127.0.0.1:1/x", "unix": "unix:///run/docker.sock", "spaces": "http://a b/c"}.items():
    for kind in ("manifest", "layer"):
        add(f"{kind}-redirect-{name}", Rule(f"* {kind}", redirect(to)), expect="fails", says=".", requests=40)
add("layer-redirect-loop", Rule("* layer", lambda server, request, reply: redirect("SELF" + request.target)(server, request, reply)), expect="fails",
    says="ADDRESS|redirect", requests=200)
add("layer-redirect-downgrade", Rule("* layer", redirect("TLSPATH")), expect="either", needs={"tls"})

# --- pull: documents that are wrong -------------------------------------------------------------------------------------


def served(layout, tag="gzip"):
    return json.loads(layout.blob(layout.digest_of(tag, "")))


def edited(change, kind=MANIFEST, tag="gzip"):
    def make(layout):
        document = served(layout, tag)
        return json.dumps(change(document) or document).encode(), kind
    return make


def deep(document, path, value):
    at = document
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value


DIGEST = "0123456789abcdef" * 4
BAD_DIGESTS = {"dots": "sha256:../../../../etc/passwd", "upper": "sha256:" + DIGEST.upper(), "short": "sha256:" + DIGEST[1:], "long": "sha256:" + DIGEST + "0",
               "sha512-short": "sha512:" + DIGEST, "no-algorithm": ":" + DIGEST, "bare": DIGEST, "percent": "sha256:%2e%2e%2f" + DIGEST[9:],
               "newline": "sha256:" + DIGEST + "\n", "nul": "sha256:" + DIGEST[:-1] + "\0", "empty": "", "number": 7, "md5": "md5:" + DIGEST[:32],
               "slash": "sha256/" + DIGEST, "space": " sha256:" + DIGEST, "query": "sha256:" + DIGEST[:-6] + "?a=b&c"}
for (name, digest), (part, path) in itertools.product(BAD_DIGESTS.items(), {"config": ("config", "digest"), "layer": ("layers", 0, "digest")}.items()):
    add(f"digest-{name}-{part}", document=edited(lambda d, p=path, v=digest: deep(d, p, v)), expect="fails", says="digest|manifest", requests=6)
for name, digest in BAD_DIGESTS.items():
    add(f"digest-{name}-index", document=edited(lambda d, v=digest: deep(d, ("manifests", 0, "digest"), v), INDEX, "multi"), expect="fails",
        says="digest|index|manifest", requests=6)

# Nine mixes of a document's own media type and the header's: what is both or neither must not be guessed.
TYPES = {"right": MANIFEST, "missing": None, "index": INDEX}
for (body, in_body), (head, in_head) in itertools.product(TYPES.items(), TYPES.items()):
    agreed = (body, head) == ("right", "right")
    add(f"type-body-{body}-header-{head}", Rule("* manifest", header(("Content-Type", in_head))),
        document=edited(lambda d, v=in_body: deep(d, ("mediaType",), v)), requests=20,
        expect="whole" if agreed or (body, head) == ("missing", "right") else "fails" if body == "index" or head == "index" else "either",
        says="" if agreed else ".")
    add(f"type-child-{body}-{head}", Rule("* manifest", header(("Content-Type", in_head)), first=2), requests=20,
        document=edited(lambda d, v=in_body: deep(d, ("manifests", 0, "mediaType"), v), INDEX, "multi"), expect="either", says=".")
for name, kind in {"manifest": MANIFEST, "index": INDEX, "docker": DOCKER_MANIFEST, "list": DOCKER_LIST}.items():
    add(f"polyglot-{name}", document=edited(lambda d, k=kind: dict(d, mediaType=k, manifests=[dict(d["config"], mediaType=MANIFEST)]), kind), expect="fails",
        says=".", requests=6)
add("polyglot-twice", document=lambda layout: (json.dumps(served(layout)).encode()[:-1] + b', "layers": []}', MANIFEST), expect="either", says=".")
add("trailing-json", document=lambda layout: (json.dumps(served(layout)).encode() + b' {"a":1}', MANIFEST), expect="fails", says=".")
add("schema-1", document=lambda layout: (b'{"schemaVersion": 1, "name": "x", "tag": "y", "fsLayers": [], "history": []}',
                                         DOCKER + "distribution.manifest.v1+prettyjws"), expect="fails", says=".")
add("schema-3", document=edited(lambda d: dict(d, schemaVersion=3)), expect="fails", says=".")
add("layers-100k", document=edited(lambda d: dict(d, layers=d["layers"] * 50000)), expect="fails", says=".", requests=6)
add("layers-20k", document=edited(lambda d: dict(d, layers=d["layers"][:1] * 20000)), expect="fails", says=".", requests=12)
# Without layers it is an artifact, which is kept and never run (pull.bats).
add("layers-none", document=edited(lambda d: dict(d, layers=[])), expect="either", says=".")
add("layers-more-than-diffs", document=edited(lambda d: dict(d, layers=d["layers"] + d["layers"][:1])), expect="fails", says=".")
add("layers-swapped", document=edited(lambda d: dict(d, layers=d["layers"][::-1])), expect="fails", says=".")
add("layers-null", document=edited(lambda d: dict(d, layers=[None])), expect="fails", says=".")
add("entries-1m", document=lambda layout: (b'{"schemaVersion":2,"mediaType":"%s","manifests":[' % INDEX.encode() + b",".join(
    [json.dumps({"mediaType": MANIFEST, "digest": "sha256:" + DIGEST, "size": 1}).encode()] * 1_000_000) + b"]}", INDEX), expect="fails", says=".", requests=20)
add("entries-25k", document=edited(lambda d: dict(d, manifests=d["manifests"][:1] * 18000), INDEX, "multi"), expect="either", says=".")
add("entries-none", document=edited(lambda d: dict(d, manifests=[]), INDEX, "multi"), expect="fails", says=".")
add("config-1g", Rule("GET config", endless(1 << 30)), document=edited(lambda d: deep(d, ("config", "size"), 1 << 30)), expect="fails", says=".", requests=12)
add("config-1g-lies", Rule("GET config", endless(1 << 30)), expect="fails", says=".")
add("layer-1t", document=edited(lambda d: deep(d, ("layers", 0, "size"), 1 << 40)), expect="fails", says=".")
add("size-negative", document=edited(lambda d: deep(d, ("layers", 0, "size"), -1)), expect="fails", says=".", requests=6)
add("size-fraction", document=edited(lambda d: deep(d, ("layers", 0, "size"), 1.5)), expect="fails", says=".", requests=6)
add("size-wrong", document=edited(lambda d: deep(d, ("layers", 0, "size"), d["layers"][0]["size"] - 1)), expect="fails", says=".")
add("depth-100k", document=lambda layout: (b'{"schemaVersion":2,"x":' + b"[" * 100000 + b"]" * 100000 + b"}", MANIFEST), expect="fails", says=".", requests=6)
add("manifest-5m", document=edited(lambda d: dict(d, annotations={"a": "x" * (5 << 20)})), expect="fails", says=".", requests=12)
add("not-for-us", document=lambda layout: (layout.blob(layout.digest_of("arm-only", "")), INDEX), expect="fails", says="platform|no match|amd64", requests=8)


def chain(depth):
    """Indexes in indexes: no registry's index leads to itself (that would break SHA-256), but it may be deep."""
    def make(layout):
        at, kind = layout.blob(layout.digest_of("gzip", "")), MANIFEST
        for _ in range(depth):
            digest = "sha256:" + hashlib.sha256(at).hexdigest()
            layout.pushed[digest] = at
            at = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
                {"mediaType": kind, "digest": digest, "size": len(at), "platform": {"os": "linux", "architecture": "amd64"}}]}).encode()
            kind = INDEX
        return at, INDEX
    return make


add("index-in-index", document=chain(2), expect="either")
add("index-500-deep", document=chain(500), expect="fails", says=".", requests=60)

# A tag that moves while it is pulled: the image is one of the two, whole.
add("tag-moves", Rule("GET manifest", lambda server, request, reply: moved(server, request, reply), first=1), expect="either")


def moved(server, request, reply):
    if ":" not in request.reference:
        tag = ("gzip", "zstd", "none")[server.count(("moved", request.repository)) % 3]
        data = server.layout.blob(server.layout.digest_of(tag, ""))
        reply.body, reply.length = data, len(data)
        reply.set("Docker-Content-Digest", "sha256:" + hashlib.sha256(data).hexdigest())


# --- authorization ------------------------------------------------------------------------------------------------------


def challenge(text):
    """401 with that challenge until a Bearer token comes; SELF and OTHER are our two servers."""
    def auth(server, request):
        if request.headers.get("authorization", "").startswith("Bearer fake"):
            return None
        reply = server.error(401, "UNAUTHORIZED", "authentication required")
        value = text.replace("SELF", "http://" + server.addresses["address"])
        value = value.replace("OTHER", "http://localhost:" + server.addresses["catcher"].split(":")[1])
        reply.set("WWW-Authenticate", value)
        return reply
    return auth


BEARER = 'Bearer realm="SELF/token",service="fake",scope="repository:x:pull"'
add("auth-bearer", auth=challenge(BEARER), expect="whole", needs={"ping"})
add("auth-bearer-odd-case", auth=challenge('bEARER  Scope="repository:x:pull" , service=fake , REALM="SELF/token"'), expect="whole", needs={"ping"})
add("auth-two-challenges", auth=challenge('Negotiate, ' + BEARER), expect="either", needs={"ping"})
for code in (500, 503, 429):
    add(f"token-{code}-once", Rule("* token", status(code, [("Retry-After", "0")]), times=1), auth=challenge(BEARER), expect="whole", needs={"ping"})
for code in (401, 403, 404, 500):
    add(f"token-{code}-always", Rule("* token", status(code)), auth=challenge(BEARER), expect="fails", says="ADDRESS", needs={"ping"})
for name, body in {"empty": b"", "html": b"<html>", "number": b'{"token": 7}', "null": b'{"token": null}', "none": b"{}", "newline": b'{"token": "a\\nX-Evil: 1"}',
                   "array": b"[]", "depth": b"[" * 100000, "huge": b'{"token": "' + b"x" * (8 << 20) + b'"}', "cut": b'{"token": "fak'}.items():
    add(f"token-body-{name}", Rule("* token", status(200, (), body)), auth=challenge(BEARER), expect="fails", says=".", needs={"ping"})
add("token-loop", Rule("* token", status(200, (), b'{"token": "never right", "expires_in": 300}')), auth=challenge(BEARER), expect="fails", says="ADDRESS",
    needs={"ping"}, requests=40)
add("token-redirect-other", Rule("* token", redirect("OTHER/token")), auth=challenge(BEARER), expect="either", needs={"ping", "login"})
for name, realm in {"file": "file:///etc/passwd", "link-local": "http://169.254.169.254/token", "empty": "", "words": "not a url", "missing": None,
                    "gopher": "gopher://127.0.0.1:1/x", "unix": "unix:///run/docker.sock"}.items():
    text = 'Bearer service="fake"' if realm is None else f'Bearer realm="{realm}",service="fake"'
    add(f"realm-{name}", auth=challenge(text), expect="fails", says=".", needs={"ping", "login"}, requests=40)
for name, text in {"empty": "", "digest": 'Digest realm="x", nonce="y"', "open-quote": 'Bearer realm="SELF/token', "huge": 'Bearer realm="' + "x" * 60000 + '"',
                   "basic": 'Basic realm="x"', "scheme-only": "Bearer"}.items():
    add(f"challenge-{name}", auth=challenge(text), expect="fails", says=".", needs={"ping"}, requests=40)
# The realm is another host: credentials of this registry that go there unasked are a choice the docker protocol forces; the
# test holds that they go to the realm alone and over nothing but the scheme that the registry itself had.
add("realm-other-host", auth=challenge('Bearer realm="OTHER/token",service="fake"'), expect="either", needs={"ping"})
for code in (500, 503):
    add(f"ping-{code}-once", Rule("GET ping", status(code), times=1), expect="whole", needs={"ping"})
add("ping-404", Rule("GET ping", status(404)), expect="either", needs={"ping"})

# --- push ---------------------------------------------------------------------------------------------------------------

for kind, method in (("start", "POST"), ("patch", "PATCH"), ("finish", "PUT"), ("put-manifest", "PUT"), ("blob", "HEAD")):
    on = f"{method} {kind}"
    for code in (500, 503):
        add(f"push-{kind}-{code}-once", Rule(on, status(code), times=1), verb="push", expect="whole")
    add(f"push-{kind}-503-always", Rule(on, status(503)), verb="push", expect="fails" if kind not in ("patch", "blob") else "either", says="ADDRESS")
    add(f"push-{kind}-429-once", Rule(on, status(429, [("Retry-After", "0")]), times=1), verb="push", expect="whole")
    add(f"push-{kind}-403", Rule(on, status(403)), verb="push", expect="fails" if kind not in ("patch", "blob") else "either", says="ADDRESS.*(403|denied|fault of)",
        requests=60)
    for where, end in itertools.product(("status-0", "headers"), ("close", "reset", "hang")):
        add(f"push-{kind}-{where}-{end}-once", Rule(on, cut(where, end), times=1), verb="push", expect="whole", needs={"stall"} if end == "hang" else ())
    add(f"push-{kind}-reset-always", Rule(on, cut("status-0", "reset")), verb="push", expect="fails" if kind not in ("patch", "blob") else "either", says="ADDRESS")
for kind, method in (("patch", "PATCH"), ("finish", "PUT")):
    add(f"push-{kind}-body-cut-once", Rule(f"{method} {kind}", cut("status-0", "reset"), times=1, body_limit=100000), verb="push", expect="whole")
    add(f"push-{kind}-body-unread-once", Rule(f"{method} {kind}", cut("status-0", "reset"), times=1, before_body=True), verb="push", expect="whole")
    add(f"push-{kind}-413-early", Rule(f"{method} {kind}", status(413), before_body=True), verb="push", expect="fails" if kind == "finish" else "either",
        says="ADDRESS")
    add(f"push-{kind}-404-once", Rule(f"{method} {kind}", status(404), times=1), verb="push", expect="either", says="ADDRESS")
for name, value in {"missing": None, "bytes": "bytes=0-0", "odd": "x-y", "past": "0-99999999999", "negative": "-5"}.items():
    add(f"push-range-{name}", Rule("POST start|PATCH patch|GET status", header(("Range", value))), verb="push", expect="either", says="ADDRESS")


@fault
def location(server, request, reply, form):
    place_ = dict(reply.headers).get("Location", "")
    other = "http://localhost:" + server.addresses["catcher"].split(":")[1]
    reply.set("Location", {"absolute": "http://" + server.addresses["address"] + place_, "other": other + place_, "relative": place_.rsplit("/", 1)[-1],
                           "fragment": place_ + "#part", "file": "file:///tmp/x", "empty": "", "query": place_ + "&a=%2F%3D&b"}[form])


for form, expect in {"absolute": "whole", "query": "whole", "fragment": "either", "relative": "either", "other": "either", "file": "fails", "empty": "fails"}.items():
    add(f"push-location-{form}", Rule("POST start", location(form)), verb="push", expect=expect, says="." if expect == "fails" else "",
        needs={"login", "ping"}, auth=basic)
add("push-location-none", Rule("POST start", header(("Location", None))), verb="push", expect="fails", says="ADDRESS")
add("push-digest-refused", Rule("PUT finish", status(400)), verb="push", expect="fails", says="ADDRESS")
add("push-manifest-digest-lies", Rule("PUT put-manifest", header(("Docker-Content-Digest", "sha256:" + "0" * 64))), verb="push", expect="either")
add("push-honest", verb="push", expect="whole")
