// SPDX-License-Identifier: Apache-2.0
// save.c — which blobs and documents make an archive of images; dhow-transfer pack writes it.
//
// Blobs go out byte for byte, so what is loaded elsewhere has the same digests and ids. An index
// that is complete here only in part goes out as it is, without the blobs that are missing.
#include "base/file.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "content/content.h"
#include "image/archive.h"
#include "transfer/child.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define NAME_ANNOTATION "io.containerd.image.name"
#define TAG_ANNOTATION  "org.opencontainers.image.ref.name"
enum { PLAN_MAX = 16 * 1024 * 1024, INDEX_ANNOTATIONS = 2 };

// --- docker's manifest.json
struct legacy_entry {
    const char *config;
    const char **repo_tags, **layers;
    size_t n_repo_tags, n_layers;
};
struct legacy {
    struct legacy_entry *entries;
    size_t n_entries;
};
static const struct json_field legacy_entry_fields[] = {
    JSON_NAMED(struct legacy_entry, config, "Config", JSON_REQUIRED),
    JSON_ARRAY_NAMED(struct legacy_entry, repo_tags, "RepoTags", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct legacy_entry, layers, "Layers", JSON_ALWAYS),
    {},
};
static const struct json_field legacy_fields[] = {
    JSON_LIST_NAMED(struct legacy, entries, "", legacy_entry_fields, JSON_REQUIRED),
    {},
};

// --- the plan that dhow-transfer pack reads
struct plan_entry {
    const char *path, *text, *blob;
    uint64_t size;
};
struct plan {
    struct plan_entry *entries;
    size_t n_entries;
};
static const struct json_field plan_entry_fields[] = {
    JSON_FIELD(struct plan_entry, path, JSON_REQUIRED),
    JSON_FIELD(struct plan_entry, text, JSON_OPTIONAL),
    JSON_FIELD(struct plan_entry, blob, JSON_OPTIONAL),
    JSON_FIELD(struct plan_entry, size, JSON_OPTIONAL),
    {},
};
static const struct json_field plan_fields[] = {
    JSON_LIST(struct plan, entries, plan_entry_fields, JSON_REQUIRED),
    {},
};

struct saver {
    const struct image_store *store;
    struct arena *arena;
    const struct image_save *request;
    struct words blobs; // 64 hex digits each, may repeat
    struct descriptor *targets;
    size_t n_targets, n_names;
    struct legacy legacy;
};

// --- which blobs

static int add_manifest(struct saver *saver, const char *hex, const char *media_type,
                        struct err *err)
{
    AUTO_BUF struct buf text;
    struct document document;
    buf_init(&text, DOCUMENT_MAX);
    if (content_read(saver->store->root, hex, &text, err) < 0 ||
        document_read(saver->arena, (struct str){text.at, text.n}, media_type, &document, err) < 0)
        return fail_in(err, "manifest sha256:%s", hex);
    words_add(saver->arena, &saver->blobs, hex);
    if (document.kind != DOCUMENT_MANIFEST)
        return 0;
    words_add(saver->arena, &saver->blobs, digest_hex(document.config.digest));
    for (size_t i = 0; i < document.n_layers; i++)
        words_add(saver->arena, &saver->blobs, digest_hex(document.layers[i].digest));
    return 0;
}

static bool is_wanted(const struct saver *saver, const struct image_part *part)
{
    const struct image_save *request = saver->request;
    if (request == NULL || request->n_platforms == 0)
        return true;
    if (part->kind != MANIFEST_IMAGE)
        return false; // what speaks about an image is left out with the others
    for (size_t i = 0; i < request->n_platforms; i++) {
        if (platform_rank(&request->platforms[i], &part->platform) >= 0)
            return true;
    }
    return false;
}

// Adds the blobs of what is complete; *out is the target to name: the image's own, or its one
// manifest that was asked for.
static int add_image(struct saver *saver, const struct image *image, struct descriptor *out,
                     struct err *err)
{
    struct image_part *parts;
    size_t n, n_taken = 0;
    if (image_parts(saver->store, saver->arena, image, &parts, &n, err) < 0)
        return -1;
    struct descriptor last = {};
    for (size_t i = 0; i < n; i++) {
        if (!parts[i].is_complete || !is_wanted(saver, &parts[i]))
            continue;
        last = parts[i].descriptor;
        n_taken++;
        if (add_manifest(saver, digest_hex(last.digest), last.mediaType, err) < 0)
            return -1;
    }
    if (n_taken == 0)
        return fail(err, ERR_NOT_FOUND, "image %.12s has nothing here for that platform",
                    image->id);
    *out = (struct descriptor){
        .mediaType = image->media_type,
        .digest = arena_printf(saver->arena, "sha256:%s", image->id),
        .size = image->target_bytes,
    };
    if (saver->request != NULL && saver->request->n_platforms == 1 && n_taken == 1)
        *out = last;
    else
        words_add(saver->arena, &saver->blobs, image->id);
    return 0;
}

int image_blobs(const struct image_store *store, struct arena *arena, const char *reference,
                const char ***out, size_t *n_out, struct err *err)
{
    struct saver saver = {.store = store, .arena = arena};
    struct image image;
    struct descriptor target;
    int found = image_find(store, arena, reference, NULL, &image, err);
    if (found < 0)
        return -1;
    if (found == 0)
        return fail(err, ERR_NOT_FOUND, "No such image: %s", reference);
    if (add_image(&saver, &image, &target, err) < 0)
        return -1;
    *out = saver.blobs.at;
    *n_out = saver.blobs.n;
    return 0;
}

// --- which documents

// What old loaders read: the manifest that this host (or the platform asked for) would run.
static int add_legacy(struct saver *saver, const struct image *image, const char *familiar,
                      struct err *err)
{
    if (image->manifest == NULL)
        return 0; // nothing that runs
    AUTO_BUF struct buf text;
    struct document document;
    buf_init(&text, DOCUMENT_MAX);
    if (content_read(saver->store->root, image->manifest, &text, err) < 0 ||
        document_read(saver->arena, (struct str){text.at, text.n}, NULL, &document, err) < 0)
        return fail_in(err, "manifest sha256:%s", image->manifest);
    struct legacy_entry entry = {
        .config = arena_printf(saver->arena, "blobs/sha256/%s", digest_hex(document.config.digest)),
        .layers = arena_array(saver->arena, document.n_layers + 1, sizeof *entry.layers),
        .n_layers = document.n_layers,
    };
    for (size_t i = 0; i < document.n_layers; i++)
        entry.layers[i] =
            arena_printf(saver->arena, "blobs/sha256/%s", digest_hex(document.layers[i].digest));
    for (size_t i = 0; i < saver->legacy.n_entries; i++) {
        struct legacy_entry *other = &saver->legacy.entries[i];
        if (!text_equal(other->config, entry.config) || other->n_layers != entry.n_layers)
            continue;
        if (familiar != NULL)
            other->repo_tags[other->n_repo_tags++] = familiar; // room: one for each target
        return 0;
    }
    entry.repo_tags = arena_array(saver->arena, saver->n_names + 1, sizeof *entry.repo_tags);
    if (familiar != NULL)
        entry.repo_tags[entry.n_repo_tags++] = familiar;
    saver->legacy.entries[saver->legacy.n_entries++] = entry;
    return 0;
}

struct target {            // one image under one name
    const char *reference; // as image_find takes it
    const char *name;      // in full, or NULL
};

static int add_target(struct saver *saver, const struct target *target, struct err *err)
{
    struct image image;
    struct descriptor descriptor;
    const struct image_save *request = saver->request;
    const struct platform *platform = request->n_platforms != 0 ? request->platforms : NULL;
    int found = image_find(saver->store, saver->arena, target->reference, platform, &image, err);
    if (found < 0)
        return -1;
    if (found == 0)
        return fail(err, ERR_NOT_FOUND, "No such image: %s", target->reference);
    if (add_image(saver, &image, &descriptor, err) < 0)
        return -1;
    const char *familiar = NULL;
    if (target->name != NULL) {
        const char *tag = strrchr(target->name, ':');
        struct json_pair *pairs = arena_array(saver->arena, INDEX_ANNOTATIONS, sizeof *pairs);
        pairs[0] = (struct json_pair){NAME_ANNOTATION, target->name};
        pairs[1] = (struct json_pair){TAG_ANNOTATION, tag + 1};
        descriptor.annotations = pairs;
        descriptor.n_annotations = INDEX_ANNOTATIONS;
        familiar = image_reference_familiar(saver->arena, target->name);
    }
    saver->targets[saver->n_targets++] = descriptor;
    return add_legacy(saver, &image, familiar, err);
}

struct targets {
    struct target *at;
    size_t n, room;
};

static void targets_add(struct targets *targets, struct arena *arena, const char *reference,
                        const char *name)
{
    if (targets->n == targets->room) {
        size_t room = targets->room * 2 + 16;
        struct target *more = arena_array(arena, room, sizeof *more);
        if (targets->n != 0)
            memcpy(more, targets->at, targets->n * sizeof *more);
        targets->at = more;
        targets->room = room;
    }
    targets->at[targets->n++] = (struct target){reference, name};
}

// A name without a tag means all tags of its repository. True when there is one.
static int add_repository(const struct saver *saver, const struct image_reference *wanted,
                          struct targets *targets, struct err *err)
{
    struct image *images;
    size_t n_images, before = targets->n;
    if (image_list(saver->store, saver->arena, &images, &n_images, err) < 0)
        return -1;
    for (size_t i = 0; i < n_images; i++) {
        for (size_t j = 0; j < images[i].n_names; j++) {
            struct image_reference name;
            if (image_reference_parse(saver->arena, images[i].names[j], &name, err) < 0)
                return -1;
            if (name.digest == NULL && text_equal(name.registry, wanted->registry) &&
                text_equal(name.path, wanted->path))
                targets_add(targets, saver->arena, images[i].names[j], images[i].names[j]);
        }
    }
    return targets->n > before;
}

static bool has_tag(const char *text)
{
    const char *slash = strrchr(text, '/');
    return strpbrk(slash != NULL ? slash : text, ":@") != NULL;
}

static int find_targets(const struct saver *saver, struct targets *out, struct err *err)
{
    struct targets targets = {};
    for (size_t i = 0; i < saver->request->n_names; i++) {
        const char *text = saver->request->names[i];
        struct image_reference name;
        struct err ignored;
        bool is_name = image_reference_parse(saver->arena, text, &name, &ignored) == 0;
        if (is_name && !has_tag(text)) {
            int all = add_repository(saver, &name, &targets, err);
            if (all < 0)
                return -1;
            if (all > 0)
                continue;
        }
        bool is_tagged =
            is_name && has_tag(text) && name.digest == NULL && !text_starts(text, "sha256:");
        const char *full = is_tagged ? image_reference_full(saver->arena, text, err) : NULL;
        if (is_tagged && full == NULL)
            return -1;
        targets_add(&targets, saver->arena, text, full);
    }
    *out = targets;
    return 0;
}

// --- what the reader has

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_unique(struct words *words)
{
    size_t n = 0;
    if (words->n != 0)
        qsort(words->at, words->n, sizeof *words->at, compare);
    for (size_t i = 0; i < words->n; i++) {
        if (n == 0 || strcmp(words->at[n - 1], words->at[i]) != 0)
            words->at[n++] = words->at[i];
    }
    words->n = n;
}

static int find_known(const struct saver *saver, struct words *out, struct err *err)
{
    const struct image_save *request = saver->request;
    struct words known = {};
    const char **blobs;
    size_t n = 0;
    if (request->since != NULL &&
        image_blobs(saver->store, saver->arena, request->since, &blobs, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        words_add(saver->arena, &known, blobs[i]);
    for (size_t i = 0; i < request->n_without; i++)
        words_add(saver->arena, &known, request->without[i]);
    sort_unique(&known);
    *out = known;
    return 0;
}

// --- the plan

static void plan_add(struct plan *plan, struct plan_entry entry)
{
    plan->entries[plan->n_entries++] = entry; // room: make_plan
}

static const char *keep_text(struct arena *arena, struct buf *text)
{
    const char *kept = arena_strndup(arena, text->at, text->n);
    buf_clear(text);
    return kept;
}

static int add_documents(struct saver *saver, struct plan *plan, struct err *err)
{
    const struct document index = {.kind = DOCUMENT_INDEX,
                                   .media_type = MEDIA_INDEX,
                                   .manifests = saver->targets,
                                   .n_manifests = saver->n_targets};
    AUTO_BUF struct buf text;
    buf_init(&text, PLAN_MAX);
    document_write_index(&text, &index);
    if (buf_check(&text, "index.json", err) < 0)
        return -1;
    plan_add(plan, (struct plan_entry){"index.json", keep_text(saver->arena, &text), NULL, 0});
    json_encode(&text, legacy_fields, &saver->legacy, JSON_COMPACT);
    if (buf_check(&text, "manifest.json", err) < 0)
        return -1;
    plan_add(plan, (struct plan_entry){"manifest.json", keep_text(saver->arena, &text), NULL, 0});
    plan_add(plan,
             (struct plan_entry){"oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}", NULL, 0});
    return 0;
}

static int make_plan(struct saver *saver, struct plan *out, struct err *err)
{
    enum { OTHERS = 5 };
    struct words known;
    if (find_known(saver, &known, err) < 0)
        return -1;
    sort_unique(&saver->blobs);
    struct plan plan = {
        .entries = arena_array(saver->arena, saver->blobs.n + OTHERS, sizeof *plan.entries)};
    plan_add(&plan, (struct plan_entry){"blobs/", NULL, NULL, 0});
    plan_add(&plan, (struct plan_entry){"blobs/sha256/", NULL, NULL, 0});
    for (size_t i = 0; i < saver->blobs.n; i++) {
        const char *hex = saver->blobs.at[i];
        uint64_t size;
        if (known.n != 0 && bsearch(&hex, known.at, known.n, sizeof *known.at, compare) != NULL)
            continue;
        int there = content_find(saver->store->root, hex, &size, err);
        if (there < 0)
            return -1;
        if (there == 0)
            return fail(err, ERR_SYSTEM,
                        "blob sha256:%s is gone; 'dhow system check' says what else is", hex);
        const char *path = arena_printf(saver->arena, "blobs/sha256/%s", hex);
        plan_add(&plan, (struct plan_entry){path, NULL, hex, size});
    }
    if (add_documents(saver, &plan, err) < 0)
        return -1;
    *out = plan;
    return 0;
}

// --- dhow-transfer

static int plan_file(const struct plan *plan, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, PLAN_MAX);
    json_encode(&text, plan_fields, plan, JSON_COMPACT);
    if (buf_check(&text, "the plan of the archive", err) < 0)
        return -1;
    AUTO_FD int file = memfd_create("plan", MFD_CLOEXEC);
    if (file < 0 || write_all(file, text.at, text.n) < 0 || lseek(file, 0, SEEK_SET) < 0)
        return fail_sys(err, "write the plan of the archive");
    return TAKE_FD(file);
}

static const struct json_field nothing_fields[] = {{}};

static int run_pack(const struct saver *saver, const struct plan *plan, struct err *err)
{
    const char *const argv[] = {saver->store->transfer, "pack", "--blobs", "3", "--to", "4", NULL};
    AUTO_FD int blobs = content_dir(saver->store->root, err);
    AUTO_FD int file = blobs < 0 ? -1 : plan_file(plan, err);
    struct child child;
    char nothing;
    if (file < 0)
        return -1;
    const int more[] = {blobs, saver->request->tar};
    if (child_start(argv, file, more, N_ELEMENTS(more), &child, err) < 0)
        return -1;
    return child_finish(&child, saver->arena, nothing_fields, &nothing, err);
}

int image_save(const struct image_store *store, struct arena *arena,
               const struct image_save *request, struct err *err)
{
    struct saver saver = {.store = store, .arena = arena, .request = request};
    struct targets targets;
    struct plan plan;
    // Nothing that is being saved goes meanwhile.
    AUTO_FD int lock = images_lock(store->root, false, err);
    if (lock < 0 || find_targets(&saver, &targets, err) < 0)
        return -1;
    saver.targets = arena_array(arena, targets.n + 1, sizeof *saver.targets);
    saver.legacy.entries = arena_array(arena, targets.n + 1, sizeof *saver.legacy.entries);
    saver.n_names = targets.n;
    for (size_t i = 0; i < targets.n; i++) {
        if (add_target(&saver, &targets.at[i], err) < 0)
            return -1;
    }
    return make_plan(&saver, &plan, err) < 0 ? -1 : run_pack(&saver, &plan, err);
}
