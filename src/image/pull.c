// SPDX-License-Identifier: Apache-2.0
// pull.c — an image from a registry.
//
//     name ─▶ target (index or manifest) ─▶ the manifest for the platform, and what attests to it
//          ─▶ its config ─▶ layers ─▶ one sync, names ─▶ image_record
//
// Each document is read by document_read, which decides what it is, before anything that it names
// is asked for. The second pull of an unchanged image asks the registry one question (HEAD), and
// one by digest asks nothing.
#include "image/pull.h"

#include "base/mem.h"
#include "base/str.h"
#include "image/fetch.h"
#include "image/policy.h"
#include "transfer/transfer.h"

#include <string.h>

enum { MANIFESTS_MAX = 32 }; // of one pull: the image and what attests to it

struct puller {
    struct fetch fetch;
    const struct image_pull *pull;
    const char *full, *target, *target_media; // target: digits
    const char *manifests[MANIFESTS_MAX];
    size_t n_manifests;
    struct fetch_want *wants;
    size_t n_wants, room;
};

// --- is it here? ---

// 1 when all of what the name means here is complete for the platform; *out is it.
static int find_here(struct puller *puller, struct image *out, struct err *err)
{
    const struct image_store *store = puller->fetch.store;
    struct arena *arena = puller->fetch.arena;
    struct image image;
    struct image_part *parts;
    size_t n;
    struct err ignored; // not for this platform
    int there = image_find(store, arena, puller->full, puller->pull->platform, &image, &ignored);
    if (there <= 0 || image.manifest == NULL)
        return 0;
    if (image_parts(store, arena, &image, &parts, &n, err) < 0)
        return -1;
    struct platform host, *platforms = arena_array(arena, n + 1, sizeof *platforms);
    platform_host(arena, &host);
    for (size_t i = 0; i < n; i++) // one that is no image serves nobody
        platforms[i] = parts[i].kind == MANIFEST_IMAGE ? parts[i].platform : (struct platform){};
    const struct platform *want = puller->pull->platform;
    ssize_t best = platform_best(want != NULL ? want : &host, platforms, n);
    if (n > 1 && (best < 0 || !parts[best].is_complete))
        return 0;
    *out = image;
    return 1;
}

// --- what to fetch ---

static void want(struct puller *puller, const struct fetch_want *what)
{
    if (puller->n_wants == puller->room) {
        size_t room = puller->room * 2 + 64;
        struct fetch_want *wants = arena_array(puller->fetch.arena, room, sizeof *wants);
        if (puller->n_wants != 0)
            memcpy(wants, puller->wants, puller->n_wants * sizeof *wants);
        puller->wants = wants;
        puller->room = room;
    }
    puller->wants[puller->n_wants++] = *what;
}

static int check_layers(const struct document *manifest, const struct config_document *config,
                        struct err *err)
{
    if (manifest->n_layers != config->rootfs.n_diff_ids)
        return fail(err, ERR_INVALID,
                    "the image's manifest has %zu layers, but its config has %zu diff ids",
                    manifest->n_layers, config->rootfs.n_diff_ids);
    for (size_t i = 0; i < manifest->n_layers; i++) {
        struct layer_media media = media_of_layer(manifest->layers[i].mediaType);
        if (media.compression == LAYER_UNKNOWN)
            return fail(err, ERR_INVALID,
                        "layer %s has the media type %s, which dhow cannot unpack",
                        manifest->layers[i].digest, manifest->layers[i].mediaType);
    }
    return 0;
}

// A single manifest for another machine than the one that was asked for.
static int check_platform(const struct puller *puller, const struct config_document *config,
                          struct err *err)
{
    const struct platform *wanted = puller->pull->platform;
    const struct platform is = {
        .os = config->os,
        .architecture = config->architecture,
        .variant = config->variant,
        .os_version = config->os_version,
    };
    if (wanted == NULL || platform_rank(wanted, &is) >= 0)
        return 0;
    struct arena *arena = puller->fetch.arena;
    return fail(err, ERR_NOT_FOUND,
                "image with reference %s was found but does not provide the specified platform "
                "(%s): it is for %s",
                image_reference_familiar(arena, puller->full), platform_print(arena, wanted),
                platform_print(arena, &is));
}

static int want_image(struct puller *puller, const struct document *manifest, bool is_single,
                      struct err *err)
{
    struct arena *arena = puller->fetch.arena;
    struct fetch_document text;
    struct config_document config;
    if (fetch_config(&puller->fetch, &manifest->config, &text, err) < 0)
        return -1;
    if (config_read(arena, (struct str){text.text, text.n}, &config, err) < 0)
        return fail_in(err, "config %s", manifest->config.digest);
    if (check_layers(manifest, &config, err) < 0 ||
        (is_single && check_platform(puller, &config, err) < 0))
        return -1;
    const char **chains = chain_ids_of(arena, &config.rootfs);
    for (size_t i = 0; i < manifest->n_layers; i++) {
        const struct fetch_want layer = {
            .blob = &manifest->layers[i],
            .diff_id = digest_hex(config.rootfs.diff_ids[i]),
            .chain_id = chains[i],
        };
        want(puller, &layer);
    }
    return 0;
}

// An attestation or artifact: its blobs are kept as they are.
static void want_files(struct puller *puller, const struct document *manifest, bool is_quiet)
{
    const struct fetch_want config = {.blob = &manifest->config, .is_quiet = true};
    want(puller, &config);
    for (size_t i = 0; i < manifest->n_layers; i++) {
        const struct fetch_want file = {.blob = &manifest->layers[i], .is_quiet = is_quiet};
        want(puller, &file);
    }
}

static int want_manifest(struct puller *puller, const char *hex, const struct document *manifest,
                         const struct descriptor *descriptor, struct err *err)
{
    if (puller->n_manifests == MANIFESTS_MAX)
        return fail(err, ERR_INVALID, "more than %d manifests belong to the image", MANIFESTS_MAX);
    puller->manifests[puller->n_manifests++] = hex;
    switch (manifest_kind_of(manifest, descriptor)) {
    case MANIFEST_IMAGE:
        return want_image(puller, manifest, descriptor == NULL, err);
    case MANIFEST_ATTESTATION:
        want_files(puller, manifest, true);
        return 0;
    case MANIFEST_ARTIFACT:
        want_files(puller, manifest, false);
        return 0;
    }
    return 0;
}

// --- an index ---

static const struct json_pair *attests_to(const struct descriptor *descriptor, const char *digest)
{
    const char *subject =
        annotation_get(descriptor->annotations, descriptor->n_annotations, ANNOTATION_SUBJECT);
    bool is_it = subject != NULL && strcmp(subject, digest) == 0;
    return is_it ? descriptor->annotations : NULL;
}

// "linux/amd64, linux/arm64/v8".
static const char *list_platforms(struct arena *arena, const struct document *index)
{
    const char *list = "";
    for (size_t i = 0; i < index->n_manifests && strlen(list) < 400; i++) {
        const struct platform *platform = index->manifests[i].platform;
        if (platform == NULL || text_equal(platform->os, "unknown"))
            continue;
        list = arena_printf(arena, "%s%s%s", list, *list != '\0' ? ", " : "",
                            platform_print(arena, platform));
    }
    return *list != '\0' ? list : "none";
}

// Its index, or < 0.
static ssize_t choose(const struct puller *puller, const struct document *index, struct err *err)
{
    struct arena *arena = puller->fetch.arena;
    struct platform host, *all = arena_array(arena, index->n_manifests + 1, sizeof *all);
    platform_host(arena, &host);
    for (size_t i = 0; i < index->n_manifests; i++) {
        const struct descriptor *it = &index->manifests[i];
        bool is_attestation =
            annotation_get(it->annotations, it->n_annotations, ANNOTATION_TYPE) != NULL;
        if (it->platform != NULL && !is_attestation && !media_is_index(it->mediaType))
            all[i] = *it->platform;
    }
    const struct platform *wanted = puller->pull->platform != NULL ? puller->pull->platform : &host;
    ssize_t best = platform_best(wanted, all, index->n_manifests);
    if (best < 0 && index->n_manifests == 1 && puller->pull->platform == NULL &&
        index->manifests[0].platform == NULL)
        best = 0; // an index around one manifest that says nothing
    if (best < 0)
        return fail(err, ERR_NOT_FOUND,
                    "no matching manifest for %s in the manifest list entries: %s is there for %s",
                    platform_print(arena, wanted), image_reference_familiar(arena, puller->full),
                    list_platforms(arena, index));
    return best;
}

static int want_child(struct puller *puller, const struct descriptor *descriptor, struct err *err)
{
    struct fetch_document text;
    struct document *manifest =
        arena_new(puller->fetch.arena, struct document); // wants point into it
    if (fetch_child(&puller->fetch, descriptor, &text, err) < 0)
        return -1;
    if (document_read(puller->fetch.arena, (struct str){text.text, text.n}, descriptor->mediaType,
                      manifest, err) < 0)
        return fail_in(err, "manifest %s", descriptor->digest);
    if (manifest->kind != DOCUMENT_MANIFEST)
        return fail(err, ERR_INVALID, "%s is an index inside an index, which dhow does not pull",
                    descriptor->digest);
    return want_manifest(puller, text.hex, manifest, descriptor, err);
}

static int want_index(struct puller *puller, const struct document *index, struct err *err)
{
    ssize_t chosen = choose(puller, index, err);
    if (chosen < 0)
        return -1;
    const char *digest = index->manifests[chosen].digest;
    if (want_child(puller, &index->manifests[chosen], err) < 0)
        return -1;
    for (size_t i = 0; i < index->n_manifests; i++) {
        if (i == (size_t)chosen || attests_to(&index->manifests[i], digest) == NULL)
            continue;
        if (want_child(puller, &index->manifests[i], err) < 0)
            return fail_in(err, "an attestation of %s", digest);
    }
    return 0;
}

// --- the whole ---

static int finish(struct puller *puller, struct image *out, struct err *err)
{
    struct image_record record = {
        .target = puller->target,
        .media_type = puller->target_media,
        .manifests = puller->manifests,
        .n_manifests = puller->n_manifests,
        .names = &puller->full,
        .n_names = 1,
    };
    if (fetch_publish(&puller->fetch, &record.layers, &record.n_layers, err) < 0)
        return -1;
    return image_record(puller->fetch.store, puller->fetch.arena, &record, out, err);
}

static int fetch_all(struct puller *puller, const struct fetch_document *target, struct image *out,
                     struct err *err)
{
    struct document document;
    struct arena *arena = puller->fetch.arena;
    if (document_read(arena, (struct str){target->text, target->n}, puller->target_media, &document,
                      err) < 0)
        return fail_in(err, "%s", image_reference_familiar(arena, puller->full));
    puller->target = target->hex;
    int result = document.kind == DOCUMENT_INDEX
                     ? want_index(puller, &document, err)
                     : want_manifest(puller, target->hex, &document, NULL, err);
    if (result < 0 || fetch_blobs(&puller->fetch, puller->wants, puller->n_wants, err) < 0)
        return -1;
    return finish(puller, out, err);
}

static int pull_one(struct puller *puller, struct image *out, struct err *err)
{
    const struct image_reference *name = puller->pull->name;
    struct arena *arena = puller->fetch.arena;
    struct image here = {};
    int is_here = find_here(puller, &here, err);
    if (is_here < 0)
        return -1;
    const char *reference = name->digest != NULL ? name->digest : name->tag;
    const char *from = arena_printf(arena, "Pulling from %s", name->path);
    struct fetch_document target = {};
    int is_new = 1;
    if (is_here == 0 || name->digest == NULL)
        is_new = fetch_manifest(&puller->fetch, reference, is_here ? here.id : NULL, &target,
                                &puller->target_media, err);
    else
        is_new = 0; // it is what it is, and all of it is here
    const struct policy_question may_we = {puller->pull->policy, puller->pull->session, name,
                                           is_new > 0 ? target.hex : here.id};
    if (is_new < 0 || policy_check(puller->fetch.store, arena, &may_we, err) < 0)
        return -1;
    fetch_say(&puller->fetch, reference, from, 0, 0);
    if (is_new == 0) {
        *out = here;
        return 0;
    }
    return fetch_all(puller, &target, out, err) < 0 ? -1 : 1;
}

int image_pull(const struct image_store *store, struct arena *arena, const struct image_pull *pull,
               struct image *out, struct err *err)
{
    const struct image_reference *name = pull->name;
    struct puller puller = {
        .pull = pull,
        .full = arena_printf(arena, "%s/%s%s%s", name->registry, name->path,
                             name->digest != NULL ? "@" : ":",
                             name->digest != NULL ? name->digest : name->tag),
    };
    AUTO_FD int lock = images_lock(store->root, false, err);
    if (lock < 0)
        return -1;
    fetch_init(&puller.fetch, store, arena, pull->session, pull->sink);
    int result = pull_one(&puller, out, err);
    fetch_done(&puller.fetch);
    return result;
}

int image_tags(const struct image_store *store, struct arena *arena,
               const struct transfer_session *session, const char ***out, size_t *n_out,
               struct err *err)
{
    struct fetch fetch;
    struct transfer_event event = {};
    const struct transfer_request tags = {.id = 1, .verb = TRANSFER_TAGS};
    fetch_init(&fetch, store, arena, session, NULL);
    int result = fetch_connect(&fetch, err);
    if (result == 0)
        result = transfer_ask(fetch.transfer, &tags, NULL, 0, arena, &event, err);
    fetch_done(&fetch);
    if (result < 0)
        return -1;
    *out = event.names;
    *n_out = event.n_names;
    return 0;
}
