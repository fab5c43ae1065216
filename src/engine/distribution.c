// SPDX-License-Identifier: Apache-2.0
// distribution.c — what a registry has, without a pull: what a name means there, manifests by
// themselves; and whether credentials work.
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"
#include "engine/registry.h"

#include <string.h>
#include <sys/mman.h>

struct asked { // the registry's answer
    struct transfer_event event;
    const char *text;
    size_t n;
};

// One request whose answer's bytes come, too.
static int ask(struct transfer *transfer, struct arena *arena, struct transfer_request *request,
               size_t max, struct asked *out, struct err *err)
{
    AUTO_FD int memory = memfd_create("answer", MFD_CLOEXEC);
    AUTO_BUF struct buf text;
    buf_init(&text, max);
    if (memory < 0)
        return fail_sys(err, "memfd_create");
    struct asked asked;
    if (transfer_ask(transfer, request, &memory, 1, arena, &asked.event, err) < 0)
        return -1;
    if (lseek(memory, 0, SEEK_SET) < 0 || file_read_fd(memory, "the answer", &text, err) < 0)
        return fail_in(err, "what the registry sent");
    asked.text = arena_strndup(arena, buf_get(&text), text.n);
    asked.n = text.n;
    *out = asked;
    return 0;
}

struct remote { // a manifest or index at its registry
    struct asked asked;
    struct document document;
};

static const char *reference_of(const struct image_reference *name)
{
    return name->digest != NULL ? name->digest : name->tag;
}

static int fetch_remote(struct transfer *transfer, struct arena *arena,
                        const struct image_reference *name, struct remote *out, struct err *err)
{
    struct transfer_request request = {
        .id = 1, .verb = TRANSFER_MANIFEST, .reference = reference_of(name)};
    if (ask(transfer, arena, &request, DOCUMENT_MAX, &out->asked, err) < 0)
        return -1;
    const struct asked *asked = &out->asked;
    if (asked->event.digest == NULL)
        return fail(err, ERR_SYSTEM, "dhow-transfer named no digest");
    return document_read(arena, (struct str){asked->text, asked->n}, asked->event.media_type,
                         &out->document, err);
}

static struct image_platform *platform_in(struct arena *arena, const struct platform *from)
{
    if (from == NULL)
        return NULL;
    struct image_platform *platform = arena_new(arena, struct image_platform);
    *platform = (struct image_platform){
        .architecture = from->architecture,
        .os = from->os,
        .os_version = from->os_version,
        .variant = from->variant,
        .os_features = from->os_features,
        .n_os_features = from->n_os_features,
    };
    return platform;
}

// The platform that a single manifest's config says.
static int config_platform(struct transfer *transfer, struct arena *arena,
                           const struct document *manifest, struct image_platform **out,
                           struct err *err)
{
    struct asked asked;
    struct config_document config;
    *out = NULL;
    if (!media_is_config(manifest->config.mediaType) || manifest->config.size > DOCUMENT_MAX)
        return 0; // an artifact runs nowhere
    struct transfer_request request = {
        .id = 2,
        .verb = TRANSFER_BLOB,
        .digest = manifest->config.digest,
        .size = manifest->config.size,
    };
    if (ask(transfer, arena, &request, DOCUMENT_MAX, &asked, err) < 0)
        return -1;
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX + 1];
    sha256_of(asked.text, asked.n, digest);
    sha256_hex(digest, hex);
    if (strcmp(hex, digest_hex(manifest->config.digest)) != 0)
        return fail(err, ERR_INVALID, "the registry sent a config with the digest sha256:%s for %s",
                    hex, manifest->config.digest);
    if (config_read(arena, (struct str){asked.text, asked.n}, &config, err) < 0)
        return fail_in(err, "config %s", manifest->config.digest);
    const struct platform platform = {
        .os = config.os,
        .architecture = config.architecture,
        .variant = config.variant,
        .os_version = config.os_version,
    };
    *out = platform_in(arena, &platform);
    return 0;
}

static struct image_descriptor descriptor_of(const struct remote *remote)
{
    return (struct image_descriptor){
        .media_type = remote->document.media_type,
        .digest = remote->asked.event.digest,
        .size = remote->asked.n,
    };
}

int engine_distribution_inspect(struct engine *engine, struct arena *arena,
                                const struct distribution_request *request,
                                struct distribution_response *response, struct err *err)
{
    struct image_reference name;
    struct transfer *transfer;
    struct remote remote;
    struct image_platform *single = NULL;
    const struct registry_call call = {&name, REGISTRIES_PULL, &request->auth, false};
    if (image_reference_parse(arena, request->name, &name, err) < 0 ||
        registry_open(engine, arena, &call, &transfer, err) < 0)
        return -1;
    int result = fetch_remote(transfer, arena, &name, &remote, err);
    if (result == 0 && remote.document.kind == DOCUMENT_MANIFEST)
        result = config_platform(transfer, arena, &remote.document, &single, err);
    transfer_close(transfer);
    if (result < 0)
        return -1;
    const struct document *document = &remote.document;
    size_t n = 0;
    struct image_platform *platforms =
        arena_array(arena, document->n_manifests + 1, sizeof *platforms);
    for (size_t i = 0; i < document->n_manifests; i++) {
        const struct platform *platform = document->manifests[i].platform;
        if (platform != NULL)
            platforms[n++] = *platform_in(arena, platform);
    }
    if (single != NULL)
        platforms[n++] = *single;
    *response = (struct distribution_response){descriptor_of(&remote), platforms, n};
    return 0;
}

int engine_manifest_get(struct engine *engine, struct arena *arena,
                        const struct manifest_get_request *request,
                        struct manifest_get_response *response, struct err *err)
{
    struct image_reference name;
    struct transfer *transfer;
    struct remote remote;
    struct image_platform *platform = NULL;
    const struct registry_call call = {&name, REGISTRIES_PULL, &request->auth,
                                       request->is_insecure};
    if (image_reference_parse(arena, request->name, &name, err) < 0 ||
        registry_open(engine, arena, &call, &transfer, err) < 0)
        return -1;
    int result = fetch_remote(transfer, arena, &name, &remote, err);
    if (result == 0 && remote.document.kind == DOCUMENT_MANIFEST)
        result = config_platform(transfer, arena, &remote.document, &platform, err);
    transfer_close(transfer);
    if (result < 0)
        return -1;
    *response = (struct manifest_get_response){descriptor_of(&remote), remote.asked.text};
    response->descriptor.platform = platform;
    response->descriptor.artifact_type = remote.document.artifact_type;
    return 0;
}

// --- credentials ---

int engine_system_auth(struct engine *engine, struct arena *arena,
                       const struct registry_auth *request, struct system_auth_response *response,
                       struct err *err)
{
    const struct image_reference name = {
        .registry =
            registry_auth_host(arena, request->serveraddress != NULL ? request->serveraddress : ""),
        .path = "",
    };
    const struct transfer_request ping = {.id = 1, .verb = TRANSFER_PING};
    const struct registry_call call = {&name, REGISTRIES_HOST, request, false};
    struct transfer_event event = {};
    struct transfer *transfer;
    if (registry_open(engine, arena, &call, &transfer, err) < 0)
        return -1;
    int result = transfer_ask(transfer, &ping, NULL, 0, arena, &event, err);
    transfer_close(transfer);
    if (result < 0)
        return -1;
    *response = (struct system_auth_response){
        .status = "Login Succeeded",
        .identity_token = event.identity_token != NULL ? event.identity_token : "",
    };
    return 0;
}
