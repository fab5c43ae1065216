// SPDX-License-Identifier: Apache-2.0
// policy.c — finding the requirements for a name, and checking signatures against them.
//
// A signature is where cosign puts it: in the image's repository under the tag sha256-<hex>.sig a
// manifest whose layers are payloads, each with its signature as an annotation. A payload says
// which digest it speaks of and under which name; the bytes that were fetched are the bytes that
// are verified. One good signature is enough for a requirement; all requirements must be met. An
// index's signature covers its manifests, whose digests it has.
#include "image/policy.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "image/fetch.h"
#include "transfer/child.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#define SIGNATURE_MEDIA "application/vnd.dev.cosign.simplesigning.v1+json"
#define SIGNATURE_NOTE  "dev.cosignproject.cosign/signature"
#define SIGNATURE_TYPE  "cosign container image signature"
enum {
    POLICY_MAX = 1024 * 1024,
    KEY_MAX = 64 * 1024,
    PAYLOAD_MAX = 64 * 1024,
    LETTERS_MAX = 2 * PAYLOAD_MAX,  // a payload in base64
    QUESTION_MAX = 8 * PAYLOAD_MAX, // with key and signature
    SIGNATURES_MAX = 100,           // of one image that are looked at
};

struct identity {
    const char *type, *reference, *repository, *prefix, *signed_prefix;
};
struct requirement {
    const char *type;
    const char *key_path, *key_data; // sigstoreSigned
    const char **key_paths, **key_datas;
    size_t n_key_paths, n_key_datas;
    struct identity *identity;
};
struct requirements {
    struct requirement *at;
    size_t n_at;
};
struct policy {
    const char *path;
    struct requirements usual; // "default"
    struct json_pair *scopes;  // of registries: scope → requirements as JSON
    size_t n_scopes;
};

// clang-format off
static const struct json_field identity_fields[] = {
    JSON_FIELD(struct identity, type, JSON_REQUIRED),
    JSON_NAMED(struct identity, reference, "dockerReference", JSON_OPTIONAL),
    JSON_NAMED(struct identity, repository, "dockerRepository", JSON_OPTIONAL),
    JSON_NAMED(struct identity, prefix, "prefix", JSON_OPTIONAL),
    JSON_NAMED(struct identity, signed_prefix, "signedPrefix", JSON_OPTIONAL),
    {},
};
static const struct json_field requirement_fields[] = {
    JSON_FIELD(struct requirement, type, JSON_REQUIRED),
    JSON_NAMED(struct requirement, key_path, "keyPath", JSON_OPTIONAL),
    JSON_NAMED(struct requirement, key_data, "keyData", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct requirement, key_paths, "keyPaths", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct requirement, key_datas, "keyDatas", JSON_OPTIONAL),
    JSON_BEHIND_NAMED(struct requirement, identity, "signedIdentity", identity_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field requirements_fields[] = {
    JSON_LIST_NAMED(struct requirements, at, "", requirement_fields, JSON_REQUIRED | JSON_NOT_EMPTY),
    {},
};
// clang-format on

// Only what a type knows may be read strictly: GPG's keyType would be an unknown field, and the
// reader should hear what is not supported instead.
struct kind {
    const char *type;
};
static const struct json_field kind_fields[] = {JSON_FIELD(struct kind, type, JSON_REQUIRED), {}};
struct kinds {
    struct kind *at;
    size_t n_at;
};
static const struct json_field kinds_fields[] = {
    JSON_LIST_NAMED(struct kinds, at, "", kind_fields, JSON_REQUIRED | JSON_NOT_EMPTY),
    {},
};

// --- reading

static int read_requirements(struct arena *arena, const char *text, struct requirements *out,
                             struct err *err)
{
    static const char *const known[] = {"insecureAcceptAnything", "reject", "sigstoreSigned"};
    struct kinds kinds;
    if (json_decode(arena, text, strlen(text), kinds_fields, &kinds, JSON_LENIENT, err) < 0)
        return -1;
    for (size_t i = 0; i < kinds.n_at; i++) {
        bool is_known = false;
        for (size_t j = 0; j < N_ELEMENTS(known); j++)
            is_known = is_known || text_equal(kinds.at[i].type, known[j]);
        if (!is_known)
            return fail(err, ERR_INVALID,
                        "the requirement \"%.50s\" is none that dhow can check (it can: "
                        "insecureAcceptAnything, reject, sigstoreSigned)",
                        kinds.at[i].type);
    }
    return json_decode(arena, text, strlen(text), requirements_fields, out, JSON_STRICT, err);
}

struct written {
    const char *usual; // JSON
    struct json_pair *transports;
    size_t n_transports;
};
static const struct json_field written_fields[] = {
    {.name = "default",
     .offset = offsetof(struct written, usual),
     .kind = JSON_RAW,
     .flags = JSON_REQUIRED},
    JSON_ANY_NAMED(struct written, transports, "transports", JSON_OPTIONAL),
    {},
};
struct scopes {
    struct json_pair *at;
    size_t n_at;
};
static const struct json_field scopes_fields[] = {
    JSON_ANY_NAMED(struct scopes, at, "", JSON_REQUIRED),
    {},
};

static int parse(struct arena *arena, const struct buf *text, struct policy *policy,
                 struct err *err)
{
    struct written written;
    struct requirements ignored;
    if (json_decode(arena, text->at, text->n, written_fields, &written, JSON_STRICT, err) < 0)
        return -1;
    if (read_requirements(arena, written.usual, &policy->usual, err) < 0)
        return fail_in(err, "default");
    for (size_t i = 0; i < written.n_transports; i++) {
        struct scopes scopes;
        const struct json_pair *transport = &written.transports[i];
        if (!text_equal(transport->key, "docker"))
            continue; // of archives and directories: nothing is pulled from there
        if (json_decode(arena, transport->value, strlen(transport->value), scopes_fields, &scopes,
                        JSON_STRICT, err) < 0)
            return fail_in(err, "transports.docker");
        policy->scopes = scopes.at;
        policy->n_scopes = scopes.n_at;
    }
    for (size_t i = 0; i < policy->n_scopes; i++) {
        if (read_requirements(arena, policy->scopes[i].value, &ignored, err) < 0)
            return fail_in(err, "transports.docker[\"%.200s\"]", policy->scopes[i].key);
    }
    return 0;
}

int policy_read(struct arena *arena, const struct policy_paths *paths, struct policy **out,
                struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, POLICY_MAX);
    const char *path = paths->named != NULL ? paths->named : paths->usual;
    *out = NULL;
    if (path == NULL)
        return 0;
    if (file_read_at(AT_FDCWD, path, &text, err) < 0) {
        if (paths->named == NULL && err->sys == ENOENT)
            return 0;
        return fail_in(err, "policy");
    }
    struct policy *policy = arena_new(arena, struct policy);
    policy->path = path;
    if (parse(arena, &text, policy, err) < 0)
        return fail_in(err, "policy %s", path);
    *out = policy;
    return 0;
}

// --- which requirements

const char **policy_scopes(struct arena *arena, const struct image_reference *name, size_t *n_out)
{
    size_t room = 4, n = 0;
    const char *whole = arena_printf(arena, "%s/%s", name->registry, name->path);
    for (const char *c = whole; *c != '\0'; c++)
        room += *c == '/' || *c == '.';
    const char **scopes = arena_array(arena, room, sizeof *scopes);
    if (name->tag != NULL || name->digest != NULL)
        scopes[n++] = name->digest != NULL ? arena_printf(arena, "%s@%s", whole, name->digest)
                                           : arena_printf(arena, "%s:%s", whole, name->tag);
    struct str rest = str_of(whole);
    while (rest.n != 0) {
        scopes[n++] = arena_strndup(arena, rest.at, rest.n);
        const char *slash = memrchr(rest.at, '/', rest.n);
        rest.n = slash != NULL ? (size_t)(slash - rest.at) : 0;
    }
    // "*.example.com" means hub.example.com and a.hub.example.com.
    for (const char *dot = strchr(name->registry, '.'); dot != NULL; dot = strchr(dot + 1, '.'))
        scopes[n++] = arena_printf(arena, "*%s", dot);
    scopes[n++] = "";
    *n_out = n;
    return scopes;
}

static int find_requirements(const struct policy *policy, struct arena *arena,
                             const struct image_reference *name, struct requirements *out,
                             struct err *err)
{
    size_t n;
    const char **scopes = policy_scopes(arena, name, &n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < policy->n_scopes; j++) {
            if (strcmp(policy->scopes[j].key, scopes[i]) == 0)
                return read_requirements(arena, policy->scopes[j].value, out, err);
        }
    }
    *out = policy->usual;
    return 0;
}

// --- signatures

struct check {
    const struct policy *policy;
    struct fetch fetch;
    const struct image_reference *name;
    const char *digest; // 64 hex digits
    struct document signatures;
    bool has_signatures;
};

static const char *repository_of(struct arena *arena, const struct image_reference *name)
{
    return arena_printf(arena, "%s/%s", name->registry, name->path);
}

static const char *remapped(struct arena *arena, const struct identity *identity,
                            const char *repository)
{
    size_t n = strlen(text_is_empty(identity->prefix) ? "" : identity->prefix);
    bool fits = n != 0 && strncmp(repository, identity->prefix, n) == 0 &&
                (repository[n] == '\0' || repository[n] == '/');
    return fits && identity->signed_prefix != NULL
               ? arena_printf(arena, "%s%s", identity->signed_prefix, repository + n)
               : repository;
}

// Does a signature for the name `said` speak of what we pull? 1, 0; < 0: the policy's rule is none.
static int identity_fits(const struct check *check, const struct identity *identity,
                         const char *said, struct err *err)
{
    struct arena *arena = check->fetch.arena;
    struct image_reference name;
    struct err ignored;
    static const struct identity usual = {.type = "matchRepoDigestOrExact"};
    if (identity == NULL)
        identity = &usual;
    const char *type = identity->type;
    if (image_reference_parse(arena, said, &name, &ignored) < 0)
        return 0;
    const char *signed_as = repository_of(arena, &name);
    const char *repository = repository_of(arena, check->name);
    bool has_tag = strrchr(said, ':') > strrchr(said, '/');
    bool same_tag =
        has_tag && check->name->digest == NULL && text_equal(name.tag, check->name->tag);
    if (text_equal(type, "matchExact"))
        return text_equal(signed_as, repository) && same_tag;
    if (text_equal(type, "matchRepoDigestOrExact"))
        return text_equal(signed_as, repository) && (same_tag || check->name->digest != NULL);
    if (text_equal(type, "matchRepository"))
        return text_equal(signed_as, repository);
    if (text_equal(type, "exactReference") && identity->reference != NULL)
        return text_equal(said, identity->reference);
    if (text_equal(type, "exactRepository") && identity->repository != NULL)
        return text_equal(signed_as, identity->repository);
    if (text_equal(type, "remapIdentity") && identity->prefix != NULL)
        return text_equal(signed_as, remapped(arena, identity, repository)) &&
               (same_tag || check->name->digest != NULL);
    return fail(err, ERR_INVALID,
                "policy %s: signedIdentity of type \"%.50s\" is incomplete or unknown",
                check->policy->path, type);
}

struct payload_identity {
    const char *reference;
};
struct payload_image {
    const char *digest;
};
struct critical {
    const char *type;
    struct payload_identity identity;
    struct payload_image image;
};
struct payload {
    struct critical critical;
};
// clang-format off
static const struct json_field payload_identity_fields[] = {
    JSON_NAMED(struct payload_identity, reference, "docker-reference", JSON_REQUIRED), {}};
static const struct json_field payload_image_fields[] = {
    JSON_NAMED(struct payload_image, digest, "docker-manifest-digest", JSON_REQUIRED), {}};
static const struct json_field critical_fields[] = {
    JSON_FIELD(struct critical, type, JSON_REQUIRED),
    JSON_INSIDE(struct critical, identity, payload_identity_fields, JSON_REQUIRED),
    JSON_INSIDE(struct critical, image, payload_image_fields, JSON_REQUIRED),
    {},
};
static const struct json_field payload_fields[] = {
    JSON_INSIDE(struct payload, critical, critical_fields, JSON_REQUIRED), {}};
// clang-format on

// 1: the payload speaks of this image under a name that the rule takes.
static int payload_fits(const struct check *check, const struct requirement *requirement,
                        const struct fetch_document *document, struct err *err)
{
    struct payload payload;
    struct err ignored; // a payload that is none is no signature
    if (json_decode(check->fetch.arena, document->text, document->n, payload_fields, &payload,
                    JSON_LENIENT, &ignored) < 0 ||
        !text_equal(payload.critical.type, SIGNATURE_TYPE) ||
        !digest_is_valid(payload.critical.image.digest) ||
        strcmp(digest_hex(payload.critical.image.digest), check->digest) != 0)
        return 0;
    return identity_fits(check, requirement->identity, payload.critical.identity.reference, err);
}

struct question {                          // to dhow-transfer verify
    const char *key, *payload, *signature; // PEM; base64, both
};
static const struct json_field question_fields[] = {
    JSON_FIELD(struct question, key, JSON_REQUIRED),
    JSON_FIELD(struct question, payload, JSON_REQUIRED),
    JSON_FIELD(struct question, signature, JSON_REQUIRED),
    {},
};
struct answer {
    bool is_valid;
};
static const struct json_field answer_fields[] = {
    JSON_FIELD(struct answer, is_valid, JSON_REQUIRED),
    {},
};

// 1 or 0; < 0: the key is none.
static int verify(const struct check *check, const char *key, const struct fetch_document *payload,
                  const char *signature, struct err *err)
{
    const char *program = check->fetch.store->transfer;
    const char *const argv[] = {program, "verify", NULL};
    AUTO_BUF struct buf letters, text;
    struct child child;
    struct answer answer;
    buf_init(&letters, LETTERS_MAX);
    buf_init(&text, QUESTION_MAX);
    base64_encode(payload->text, payload->n, &letters);
    const struct question question = {key, buf_get(&letters), signature};
    json_encode(&text, question_fields, &question, JSON_COMPACT);
    if (buf_check(&letters, "the payload", err) < 0 || buf_check(&text, "the signature", err) < 0)
        return -1;
    AUTO_FD int file = memfd_create("signature", MFD_CLOEXEC);
    if (file < 0 || write_all(file, text.at, text.n) < 0 || lseek(file, 0, SEEK_SET) < 0)
        return fail_sys(err, "hand over a signature");
    if (child_start(argv, file, NULL, 0, &child, err) < 0 ||
        child_finish(&child, check->fetch.arena, answer_fields, &answer, err) < 0)
        return -1;
    return answer.is_valid;
}

static int add_key(struct arena *arena, struct str text, struct words *keys, struct err *err)
{
    if (memchr(text.at, '\0', text.n) != NULL)
        return fail(err, ERR_INVALID, "a public key with a NUL byte");
    words_add(arena, keys, arena_strndup(arena, text.at, text.n));
    return 0;
}

static int add_key_file(struct arena *arena, const char *path, struct words *keys, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, KEY_MAX);
    if (file_read_at(AT_FDCWD, path, &text, err) < 0)
        return fail_in(err, "public key");
    return add_key(arena, (struct str){buf_get(&text), text.n}, keys, err);
}

static int add_key_data(struct arena *arena, const char *data, struct words *keys, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, KEY_MAX);
    if (base64_decode(str_of(data), &text, err) < 0)
        return fail_in(err, "keyData");
    return add_key(arena, (struct str){buf_get(&text), text.n}, keys, err);
}

static int read_keys(const struct check *check, const struct requirement *requirement,
                     struct words *out, struct err *err)
{
    struct arena *arena = check->fetch.arena;
    int result = 0;
    if (requirement->key_path != NULL)
        result = add_key_file(arena, requirement->key_path, out, err);
    if (result == 0 && requirement->key_data != NULL)
        result = add_key_data(arena, requirement->key_data, out, err);
    for (size_t i = 0; result == 0 && i < requirement->n_key_paths; i++)
        result = add_key_file(arena, requirement->key_paths[i], out, err);
    for (size_t i = 0; result == 0 && i < requirement->n_key_datas; i++)
        result = add_key_data(arena, requirement->key_datas[i], out, err);
    if (result == 0 && out->n == 0)
        return fail(err, ERR_INVALID,
                    "policy %s: sigstoreSigned has no key (keyPath, keyPaths, keyData, keyDatas)",
                    check->policy->path);
    return result;
}

// The image's signatures, once.
static int fetch_signatures(struct check *check, struct err *err)
{
    struct fetch_document text;
    const char *media = NULL;
    const char *tag = arena_printf(check->fetch.arena, "sha256-%s.sig", check->digest);
    if (check->has_signatures)
        return 0;
    check->has_signatures = true;
    if (fetch_manifest(&check->fetch, tag, NULL, &text, &media, err) < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : fail_in(err, "look for signatures");
    if (document_read(check->fetch.arena, (struct str){text.text, text.n}, media,
                      &check->signatures, err) < 0)
        return fail_in(err, "the list of signatures");
    return 0;
}

// 1: this one is good.
static int check_signature(struct check *check, const struct requirement *requirement,
                           const struct words *keys, const struct descriptor *layer,
                           struct err *err)
{
    struct fetch_document payload;
    const char *signature =
        annotation_get(layer->annotations, layer->n_annotations, SIGNATURE_NOTE);
    if (!text_equal(layer->mediaType, SIGNATURE_MEDIA) || signature == NULL ||
        layer->size > PAYLOAD_MAX || strlen(signature) > PAYLOAD_MAX)
        return 0;
    if (fetch_config(&check->fetch, layer, &payload, err) < 0)
        return fail_in(err, "a signature's payload");
    int fits = payload_fits(check, requirement, &payload, err);
    for (size_t i = 0; fits > 0 && i < keys->n; i++) {
        int valid = verify(check, keys->at[i], &payload, signature, err);
        if (valid != 0)
            return valid;
    }
    return fits < 0 ? -1 : 0;
}

static int check_signed(struct check *check, const struct requirement *requirement, struct err *err)
{
    struct words keys = {};
    if (read_keys(check, requirement, &keys, err) < 0 || fetch_signatures(check, err) < 0)
        return -1;
    size_t n = check->signatures.n_layers;
    for (size_t i = 0; i < n && i < SIGNATURES_MAX; i++) {
        int good = check_signature(check, requirement, &keys, &check->signatures.layers[i], err);
        if (good != 0)
            return good < 0 ? -1 : 0;
    }
    return fail(err, ERR_DENIED,
                n == 0 ? "A signature was required, but no signature exists"
                       : "A signature was required, but none of the %zu there is by a key of the "
                         "policy, for this image and name",
                n);
}

static int meet(struct check *check, const struct requirement *requirement, struct err *err)
{
    if (text_equal(requirement->type, "insecureAcceptAnything"))
        return 0;
    if (text_equal(requirement->type, "sigstoreSigned"))
        return check_signed(check, requirement, err);
    return fail(err, ERR_DENIED, "Running image %s/%s is rejected by policy", check->name->registry,
                check->name->path);
}

int policy_check(const struct image_store *store, struct arena *arena,
                 const struct policy_question *question, struct err *err)
{
    struct requirements requirements;
    if (question->policy == NULL)
        return 0;
    if (find_requirements(question->policy, arena, question->name, &requirements, err) < 0)
        return -1;
    struct check check = {
        .policy = question->policy, .name = question->name, .digest = question->digest};
    fetch_init(&check.fetch, store, arena, question->session, NULL);
    int result = 0;
    for (size_t i = 0; result == 0 && i < requirements.n_at; i++)
        result = meet(&check, &requirements.at[i], err);
    fetch_done(&check.fetch);
    return result < 0 ? fail_in(err, "Source image rejected") : 0;
}
