// SPDX-License-Identifier: Apache-2.0
// push.c — an image to a registry.
//
//     target ─▶ which manifests are here ─▶ their blobs (there already, mounted from another
//     repository, or sent; several at once) ─▶ manifests, the target last, under the tag
//
// Nothing is made anew: what was pulled, loaded or built goes out with the same bytes and digests.
#include "image/push.h"

#include "base/mem.h"
#include "base/str.h"
#include "content/content.h"
#include "transfer/transfer.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHORT = 12,
    IN_FLIGHT = 16,    // requests that the child has, each with a descriptor
    SOURCES_MAX = 4,   // repositories to mount one blob from
    LOOK_INTO_MAX = 64 // other images whose blobs are looked through for that
};

struct upload {
    const struct descriptor *blob;
    const char *id;
    bool is_quiet, is_layer;
    const char *sources[SOURCES_MAX];
    size_t n_sources;
    uint64_t request;
};
struct sheet { // a manifest to be sent
    const char *digest, *media_type;
    const char *text;
    size_t n;
};
struct pusher {
    const struct image_store *store;
    struct arena *arena;
    const struct image_push *push;
    struct transfer *transfer;
    uint64_t last_id;
    struct upload *uploads;
    size_t n_uploads, room_uploads;
    struct sheet *sheets;
    size_t n_sheets;
    struct image_pushed result;
};

static void say(const struct pusher *pusher, const char *id, const char *status, uint64_t current,
                uint64_t total)
{
    const struct image_sink *sink = pusher->push->sink;
    if (sink != NULL)
        sink->say(sink->self, id, status, current, total);
}

// --- what is to be sent ---

static int read_sheet(const struct pusher *pusher, const char *digest, struct sheet *out,
                      struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    if (content_read(pusher->store->root, digest_hex(digest), &text, err) < 0)
        return -1;
    *out = (struct sheet){.digest = digest,
                          .text = arena_strndup(pusher->arena, buf_get(&text), text.n),
                          .n = text.n};
    return 0;
}

static void add_upload(struct pusher *pusher, const struct descriptor *blob, bool is_layer)
{
    for (size_t i = 0; i < pusher->n_uploads; i++) {
        if (strcmp(pusher->uploads[i].blob->digest, blob->digest) == 0)
            return;
    }
    if (pusher->n_uploads == pusher->room_uploads) {
        size_t room = pusher->room_uploads * 2 + 64;
        struct upload *uploads = arena_array(pusher->arena, room, sizeof *uploads);
        if (pusher->n_uploads != 0)
            memcpy(uploads, pusher->uploads, pusher->n_uploads * sizeof *uploads);
        pusher->uploads = uploads;
        pusher->room_uploads = room;
    }
    pusher->uploads[pusher->n_uploads++] = (struct upload){
        .blob = blob,
        .id = arena_strndup(pusher->arena, digest_hex(blob->digest), SHORT),
        .is_layer = is_layer,
        .is_quiet = !is_layer,
    };
}

static int add_manifest(struct pusher *pusher, const struct descriptor *descriptor, struct err *err)
{
    struct sheet sheet;
    struct document manifest;
    if (read_sheet(pusher, descriptor->digest, &sheet, err) < 0 ||
        document_read(pusher->arena, (struct str){sheet.text, sheet.n}, descriptor->mediaType,
                      &manifest, err) < 0)
        return fail_in(err, "manifest %s", descriptor->digest);
    bool is_image = manifest_kind_of(&manifest, descriptor) == MANIFEST_IMAGE;
    struct descriptor *config = arena_new(pusher->arena, struct descriptor);
    *config = manifest.config; // `manifest` ends with this function
    add_upload(pusher, config, false);
    for (size_t i = 0; i < manifest.n_layers; i++) {
        if (manifest.layers[i].n_urls != 0)
            continue; // foreign: the registry does not want it
        add_upload(pusher, &manifest.layers[i], is_image);
    }
    sheet.media_type = manifest.media_type;
    pusher->sheets[pusher->n_sheets++] = sheet;
    return 0;
}

// --- which manifests ---

struct choice {
    struct image image;
    struct image_part *parts;
    size_t n_parts;
    const struct image_part *only; // NULL: the target with all of its manifests
};

static const char *part_name(struct arena *arena, const struct image_part *part)
{
    return part->kind == MANIFEST_IMAGE ? platform_print(arena, &part->platform)
                                        : arena_printf(arena, "%.19s", part->descriptor.digest);
}

// 1: the registry has this manifest (and so what it names) already.
static int is_there(struct pusher *pusher, const char *digest, struct err *err)
{
    const struct transfer_request request = {
        .id = ++pusher->last_id,
        .verb = TRANSFER_MANIFEST,
        .reference = digest,
        .is_head = true,
    };
    struct transfer_event event;
    if (transfer_ask(pusher->transfer, &request, NULL, 0, pusher->arena, &event, err) == 0)
        return 1;
    return err->kind == ERR_NOT_FOUND ? 0 : -1;
}

// Of an index: 1 all that is not here is there, so that the index can be sent; else 0 and *out
// names what is missing.
static int find_missing(struct pusher *pusher, const struct choice *choice, const char **out,
                        struct err *err)
{
    const char *missing = "";
    for (size_t i = 0; i < choice->n_parts; i++) {
        const struct image_part *part = &choice->parts[i];
        int there = part->is_complete ? 1 : is_there(pusher, part->descriptor.digest, err);
        if (there < 0)
            return -1;
        if (there == 0 && strlen(missing) < 400)
            missing = arena_printf(pusher->arena, "%s%s%s", missing, *missing != '\0' ? ", " : "",
                                   part_name(pusher->arena, part));
    }
    *out = missing;
    return *missing == '\0';
}

// docker's way with an index that is here in part: the one image of it that is here, in its place.
static int choose_only(struct pusher *pusher, struct choice *choice, const char *missing,
                       struct err *err)
{
    size_t n_here = 0;
    for (size_t i = 0; i < choice->n_parts; i++) {
        const struct image_part *part = &choice->parts[i];
        if (part->kind != MANIFEST_IMAGE || !part->is_complete)
            continue;
        choice->only = part;
        n_here++;
    }
    if (n_here != 1)
        return fail(err, ERR_CONFLICT,
                    "%zu platforms of the image are here, but neither here nor there are: %s; say "
                    "which to push with --platform, or pull what is missing",
                    n_here, missing);
    pusher->result.note = arena_printf(
        pusher->arena,
        "Not all multiplatform-content is present and only the available single-platform image "
        "(%s) was pushed: sha256:%s -> %s; not here: %s",
        part_name(pusher->arena, choice->only), choice->image.id, choice->only->descriptor.digest,
        missing);
    return 0;
}

static int choose(struct pusher *pusher, struct choice *choice, struct err *err)
{
    const struct platform *wanted = pusher->push->platform;
    const char *missing;
    if (!media_is_index(choice->image.media_type))
        return 0;
    if (wanted == NULL) {
        int all = find_missing(pusher, choice, &missing, err);
        return all != 0 ? (all < 0 ? -1 : 0) : choose_only(pusher, choice, missing, err);
    }
    struct platform *all = arena_array(pusher->arena, choice->n_parts + 1, sizeof *all);
    for (size_t i = 0; i < choice->n_parts; i++) {
        if (choice->parts[i].kind == MANIFEST_IMAGE && choice->parts[i].is_complete)
            all[i] = choice->parts[i].platform;
    }
    ssize_t best = platform_best(wanted, all, choice->n_parts);
    if (best < 0)
        return fail(err, ERR_NOT_FOUND,
                    "image %s was found but does not provide the specified platform (%s) here",
                    pusher->push->name->path, platform_print(pusher->arena, wanted));
    choice->only = &choice->parts[best];
    return 0;
}

static int gather(struct pusher *pusher, const struct choice *choice, struct err *err)
{
    pusher->sheets = arena_array(pusher->arena, choice->n_parts + 2, sizeof *pusher->sheets);
    if (choice->only != NULL)
        return add_manifest(pusher, &choice->only->descriptor, err);
    for (size_t i = 0; i < choice->n_parts; i++) {
        if (choice->parts[i].is_complete &&
            add_manifest(pusher, &choice->parts[i].descriptor, err) < 0)
            return -1;
    }
    if (!media_is_index(choice->image.media_type))
        return 0;
    struct sheet target;
    const char *digest = arena_printf(pusher->arena, "sha256:%s", choice->image.id);
    if (read_sheet(pusher, digest, &target, err) < 0)
        return -1;
    target.media_type = choice->image.media_type;
    pusher->sheets[pusher->n_sheets++] = target;
    return 0;
}

// --- where blobs may be mounted from ---

static void add_source(struct upload *upload, const char *repository)
{
    for (size_t i = 0; i < upload->n_sources; i++) {
        if (strcmp(upload->sources[i], repository) == 0)
            return;
    }
    if (upload->n_sources < SOURCES_MAX)
        upload->sources[upload->n_sources++] = repository;
}

static void add_sources(struct pusher *pusher, const struct document *manifest,
                        const char *repository)
{
    for (size_t i = 0; i < pusher->n_uploads; i++) {
        const char *digest = pusher->uploads[i].blob->digest;
        bool has_it = strcmp(manifest->config.digest, digest) == 0;
        for (size_t j = 0; j < manifest->n_layers; j++)
            has_it |= strcmp(manifest->layers[j].digest, digest) == 0;
        if (has_it)
            add_source(&pusher->uploads[i], repository);
    }
}

// An image with a name at the same registry that has some of the blobs.
static void look_into(struct pusher *pusher, const struct image *image, const char *repository)
{
    struct sheet sheet;
    struct document manifest;
    struct err ignored; // then its blobs are sent
    if (image->manifest == NULL)
        return;
    const char *digest = arena_printf(pusher->arena, "sha256:%s", image->manifest);
    if (read_sheet(pusher, digest, &sheet, &ignored) == 0 &&
        document_read(pusher->arena, (struct str){sheet.text, sheet.n}, NULL, &manifest,
                      &ignored) == 0)
        add_sources(pusher, &manifest, repository);
}

static int find_sources(struct pusher *pusher, struct err *err)
{
    struct image *images;
    size_t n, n_looked = 0;
    const struct image_reference *name = pusher->push->name;
    if (image_list(pusher->store, pusher->arena, &images, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < images[i].n_names && n_looked < LOOK_INTO_MAX; j++) {
            struct image_reference other;
            if (image_reference_parse(pusher->arena, images[i].names[j], &other, err) < 0)
                return -1;
            if (strcmp(other.registry, name->registry) != 0 || strcmp(other.path, name->path) == 0)
                continue;
            look_into(pusher, &images[i], other.path);
            n_looked++;
        }
    }
    return 0;
}

// --- sending ---

static int send_blob(struct pusher *pusher, struct upload *upload, struct err *err)
{
    const struct descriptor *blob = upload->blob;
    uint64_t size;
    int here = content_find(pusher->store->root, digest_hex(blob->digest), &size, err);
    if (here < 0)
        return -1;
    if (here > 0 && size != blob->size)
        return fail(err, ERR_SYSTEM, "%s has %ju bytes here in place of %ju: dhow system check",
                    blob->digest, (uintmax_t)size, (uintmax_t)blob->size);
    AUTO_FD int file =
        here > 0 ? content_open(pusher->store->root, digest_hex(blob->digest), err) : -1;
    if (here > 0 && file < 0)
        return -1;
    const struct transfer_request request = {
        .id = ++pusher->last_id,
        .verb = here > 0 ? TRANSFER_PUSH_BLOB : TRANSFER_BLOB_EXISTS,
        .digest = blob->digest,
        .size = blob->size,
        .mount_from = upload->sources,
        .n_mount_from = here > 0 ? upload->n_sources : 0,
    };
    upload->request = request.id;
    return transfer_send(pusher->transfer, &request, &file, here > 0, err);
}

static int end_blob(const struct pusher *pusher, const struct upload *upload,
                    const struct transfer_event *event, struct err *err)
{
    const char *status = "Pushed";
    if (event->is_present)
        status = "Layer already exists";
    else if (!text_is_empty(event->mounted_from))
        status = arena_printf(pusher->arena, "Mounted from %s", event->mounted_from);
    else if (content_find(pusher->store->root, digest_hex(upload->blob->digest), NULL, err) == 0)
        return fail(err, ERR_NOT_FOUND, "%s is neither here nor at the registry: pull it again",
                    upload->blob->digest);
    if (!upload->is_quiet)
        say(pusher, upload->id, status, 0, 0);
    return 0;
}

// 1: a blob is through.
static int handle(struct pusher *pusher, const struct transfer_event *event, struct err *err)
{
    struct upload *upload = NULL;
    for (size_t i = 0; i < pusher->n_uploads && upload == NULL; i++) {
        if (pusher->uploads[i].request == event->id)
            upload = &pusher->uploads[i];
    }
    if (upload == NULL)
        return fail(err, ERR_SYSTEM, "dhow-transfer speaks of what nobody asked for");
    switch ((enum transfer_word)event->event) {
    case TRANSFER_PROGRESS:
        if (!upload->is_quiet)
            say(pusher, upload->id, "Pushing", event->done, event->total);
        return 0;
    case TRANSFER_WAITING:
        if (!upload->is_quiet)
            say(pusher, upload->id,
                arena_printf(pusher->arena, "Retrying in %ju seconds", (uintmax_t)event->seconds),
                0, 0);
        return 0;
    case TRANSFER_WARNING:
        say(pusher, NULL,
            arena_printf(pusher->arena, "WARNING: %s", event->text != NULL ? event->text : ""), 0,
            0);
        return 0;
    case TRANSFER_NAMES:
        return 0;
    case TRANSFER_DONE:
        return end_blob(pusher, upload, event, err) < 0 ? -1 : 1;
    case TRANSFER_FAILED:
    case TRANSFER_WORDS:
        break;
    }
    return transfer_fail(event, err);
}

static int send_blobs(struct pusher *pusher, struct err *err)
{
    size_t next = 0, n_done = 0;
    for (size_t i = 0; i < pusher->n_uploads; i++) {
        if (!pusher->uploads[i].is_quiet)
            say(pusher, pusher->uploads[i].id, i < IN_FLIGHT ? "Preparing" : "Waiting", 0, 0);
    }
    while (n_done < pusher->n_uploads) {
        while (next < pusher->n_uploads && next - n_done < IN_FLIGHT) {
            if (send_blob(pusher, &pusher->uploads[next++], err) < 0)
                return -1;
        }
        AUTO_ARENA struct arena arena = {};
        struct transfer_event event;
        int there = transfer_next(pusher->transfer, -1, &arena, &event, err);
        int is_through = there > 0 ? handle(pusher, &event, err) : there;
        if (is_through < 0)
            return -1;
        n_done += (size_t)is_through;
    }
    return 0;
}

static int send_sheet(struct pusher *pusher, const struct sheet *sheet, const char *reference,
                      struct err *err)
{
    AUTO_FD int file = content_open(pusher->store->root, digest_hex(sheet->digest), err);
    const struct transfer_request request = {
        .id = ++pusher->last_id,
        .verb = TRANSFER_PUSH_MANIFEST,
        .reference = reference,
        .media_type = sheet->media_type,
        .size = sheet->n,
    };
    struct transfer_event event;
    if (file < 0 ||
        transfer_ask(pusher->transfer, &request, &file, 1, pusher->arena, &event, err) < 0)
        return -1;
    if (event.digest != NULL && strcmp(event.digest, sheet->digest) != 0)
        return fail(err, ERR_SYSTEM, "the registry calls the manifest %s, but it is %s",
                    event.digest, sheet->digest);
    return 0;
}

static int send_sheets(struct pusher *pusher, struct err *err)
{
    for (size_t i = 0; i < pusher->n_sheets; i++) {
        const struct sheet *sheet = &pusher->sheets[i];
        bool is_target = i == pusher->n_sheets - 1;
        if (send_sheet(pusher, sheet, is_target ? pusher->push->name->tag : sheet->digest, err) < 0)
            return -1;
        pusher->result.digest = sheet->digest;
        pusher->result.size = sheet->n;
    }
    return 0;
}

static int push(struct pusher *pusher, struct err *err)
{
    const struct image_reference *name = pusher->push->name;
    struct choice choice = {};
    const char *full =
        arena_printf(pusher->arena, "%s/%s:%s", name->registry, name->path, name->tag);
    int there = image_find(pusher->store, pusher->arena, full, NULL, &choice.image, err);
    if (there < 0)
        return -1;
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "An image does not exist locally with the tag: %s",
                    image_reference_familiar(pusher->arena, full));
    if (image_parts(pusher->store, pusher->arena, &choice.image, &choice.parts, &choice.n_parts,
                    err) < 0 ||
        choose(pusher, &choice, err) < 0 || gather(pusher, &choice, err) < 0)
        return -1;
    if (find_sources(pusher, err) < 0 || send_blobs(pusher, err) < 0 ||
        send_sheets(pusher, err) < 0)
        return -1;
    return 0;
}

int image_push(const struct image_store *store, struct arena *arena,
               const struct image_push *request, struct image_pushed *out, struct err *err)
{
    struct pusher pusher = {.store = store, .arena = arena, .push = request};
    if (request->name->tag == NULL)
        return fail(err, ERR_INVALID, "cannot push a digest reference");
    if (store->transfer == NULL)
        return fail(err, ERR_SYSTEM,
                    "the program dhow-transfer is missing; it belongs beside dhow");
    AUTO_FD int lock = images_lock(store->root, false, err); // nothing of it is removed meanwhile
    if (lock < 0 || transfer_open(store->transfer, request->session, &pusher.transfer, err) < 0)
        return -1;
    int result = push(&pusher, err);
    transfer_close(pusher.transfer);
    if (result == 0)
        *out = pusher.result;
    return result;
}
