// SPDX-License-Identifier: Apache-2.0
// manifest_put.c — a manifest or an index that the user made, to a registry.
//
// What it names must be there first. A manifest that is in another repository of the same registry
// is copied: its blobs are mounted across, or, where the registry does not do that, carried.
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"
#include "engine/registry.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

struct copy { // of one manifest from `source` to `target`
    struct engine *engine;
    struct arena *arena;
    const struct image_reference *from;
    struct transfer *source, *target;
    uint64_t last_id;
};

static int check_digest(int fd, const char *digest, struct err *err)
{
    enum { STEP = 256 * 1024 };
    AUTO_FREE char *bytes = xmalloc(STEP);
    struct sha256 hash;
    sha256_init(&hash);
    ssize_t n;
    for (off_t at = 0; (n = pread(fd, bytes, STEP, at)) > 0; at += n)
        sha256_add(&hash, bytes, (size_t)n);
    if (n < 0)
        return fail_sys(err, "read %s", digest);
    uint8_t found[SHA256_BYTES];
    char hex[SHA256_HEX + 1];
    sha256_end(&hash, found);
    sha256_hex(found, hex);
    if (strcmp(hex, digest_hex(digest)) != 0)
        return fail(err, ERR_INVALID, "the registry sent sha256:%s for %s", hex, digest);
    return 0;
}

static int copy_blob(struct copy *copy, const struct descriptor *blob, struct err *err)
{
    struct transfer_event event;
    struct transfer_request request = {
        .id = ++copy->last_id, .verb = TRANSFER_BLOB_EXISTS, .digest = blob->digest};
    if (transfer_ask(copy->target, &request, NULL, 0, copy->arena, &event, err) < 0)
        return -1;
    if (event.is_present)
        return 0;
    AUTO_FD int file = openat(copy->engine->root, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0)
        return fail_sys(err, "make a file for %s", blob->digest);
    request = (struct transfer_request){
        .id = ++copy->last_id, .verb = TRANSFER_BLOB, .digest = blob->digest, .size = blob->size};
    if (transfer_ask(copy->source, &request, &file, 1, copy->arena, &event, err) < 0 ||
        check_digest(file, blob->digest, err) < 0)
        return -1;
    request = (struct transfer_request){
        .id = ++copy->last_id,
        .verb = TRANSFER_PUSH_BLOB,
        .digest = blob->digest,
        .size = blob->size,
        .mount_from = (const char *[]){copy->from->path},
        .n_mount_from = 1,
    };
    return transfer_ask(copy->target, &request, &file, 1, copy->arena, &event, err);
}

static int copy_manifest(struct copy *copy, struct err *err)
{
    AUTO_FD int memory = memfd_create("manifest", MFD_CLOEXEC);
    AUTO_BUF struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    const char *reference = copy->from->digest != NULL ? copy->from->digest : copy->from->tag;
    struct transfer_request request = {
        .id = ++copy->last_id, .verb = TRANSFER_MANIFEST, .reference = reference};
    struct transfer_event event;
    struct document manifest;
    if (memory < 0)
        return fail_sys(err, "memfd_create");
    if (transfer_ask(copy->source, &request, &memory, 1, copy->arena, &event, err) < 0 ||
        lseek(memory, 0, SEEK_SET) < 0 || file_read_fd(memory, "the manifest", &text, err) < 0)
        return -1;
    if (document_read(copy->arena, (struct str){text.at, text.n}, event.media_type, &manifest,
                      err) < 0)
        return -1;
    if (manifest.kind != DOCUMENT_MANIFEST)
        return fail(err, ERR_INVALID, "it is an index; name the manifests that it has");
    if (copy_blob(copy, &manifest.config, err) < 0)
        return -1;
    for (size_t i = 0; i < manifest.n_layers; i++) {
        if (manifest.layers[i].n_urls == 0 && copy_blob(copy, &manifest.layers[i], err) < 0)
            return -1;
    }
    request = (struct transfer_request){
        .id = ++copy->last_id,
        .verb = TRANSFER_PUSH_MANIFEST,
        .reference = event.digest,
        .media_type = manifest.media_type,
        .size = text.n,
    };
    return transfer_ask(copy->target, &request, &memory, 1, copy->arena, &event, err);
}

static int bring(struct engine *engine, struct arena *arena,
                 const struct manifest_put_request *request, const struct image_reference *name,
                 struct transfer *target, struct err *err)
{
    uint64_t last_id = 0;
    for (size_t i = 0; i < request->n_mount_from; i++) {
        struct image_reference from;
        if (image_reference_parse(arena, request->mount_from[i], &from, err) < 0)
            return -1;
        if (strcmp(from.registry, name->registry) != 0)
            return fail(err, ERR_INVALID,
                        "%s is at another registry than %s: pull it and push it there first",
                        request->mount_from[i], request->name);
        if (strcmp(from.path, name->path) == 0)
            continue;
        struct copy copy = {engine, arena, &from, NULL, target, last_id};
        const struct registry_call call = {&from, REGISTRIES_PULL, &request->auth,
                                           request->is_insecure};
        if (registry_open(engine, arena, &call, &copy.source, err) < 0)
            return -1;
        int result = copy_manifest(&copy, err);
        transfer_close(copy.source);
        if (result < 0)
            return fail_in(err, "%s", request->mount_from[i]);
        last_id = copy.last_id;
    }
    return 0;
}

// The document itself, last.
static int put(struct transfer *target, struct arena *arena,
               const struct manifest_put_request *request, const struct image_reference *name,
               struct transfer_event *out, struct err *err)
{
    AUTO_FD int memory = memfd_create("manifest", MFD_CLOEXEC);
    size_t n = strlen(request->content);
    if (memory < 0 || write_all(memory, request->content, n) < 0)
        return fail_sys(err, "memfd_create");
    const struct transfer_request manifest = {
        .id = UINT32_MAX,
        .verb = TRANSFER_PUSH_MANIFEST,
        .reference = name->digest != NULL ? name->digest : name->tag,
        .media_type = request->media_type,
        .size = n,
    };
    return transfer_ask(target, &manifest, &memory, 1, arena, out, err);
}

int engine_manifest_put(struct engine *engine, struct arena *arena,
                        const struct manifest_put_request *request,
                        struct manifest_put_response *response, struct err *err)
{
    struct image_reference name;
    struct document document;
    struct transfer *target;
    struct transfer_event event = {};
    const struct registry_call call = {&name, REGISTRIES_PUSH, &request->auth,
                                       request->is_insecure};
    if (image_reference_parse(arena, request->name, &name, err) < 0 ||
        document_read(arena, str_of(request->content), request->media_type, &document, err) < 0 ||
        registry_open(engine, arena, &call, &target, err) < 0)
        return -1;
    int result = bring(engine, arena, request, &name, target, err);
    if (result == 0)
        result = put(target, arena, request, &name, &event, err);
    transfer_close(target);
    if (result < 0)
        return -1;
    *response = (struct manifest_put_response){event.digest};
    return 0;
}
