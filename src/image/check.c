// SPDX-License-Identifier: Apache-2.0
// check.c — reads all that the store has and says what is not as it should be.
//
//     blobs ──▶ are their names their digests?          those that are not are `lost`
//     manifests ─▶ are their blobs there? config, chain ids as recorded? layers as their blobs say?
//     images ──▶ is the target there, and readable?
//
// Repairing is what follows: lost blobs are removed, layers come again from good blobs, and images
// whose manifests have lost a blob are removed by the rules of `rmi`, names first, in one
// transaction. A container keeps its layers whatever happens to its image.
#include "image/check.h"

#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"
#include "content/content.h"
#include "image/rows.h"
#include "image/unpack.h"
#include "snapshot/compare.h"

#include <assert.h>
#include <string.h>

enum { STEP = 256 * 1024, PLACE_MAX = 8192 };

struct checker {
    const struct image_store *store;
    struct arena *arena;
    const struct image_check *request;
    struct image_checked *out;
    size_t room;
    struct catalog catalog;
    const char **blobs; // that are there, sorted
    size_t n_blobs;
    struct item_set lost;    // 'b' what is not good, or not there; 'm' manifests that need it
    struct item_set checked; // 'l' layers that were looked at
};

static struct image_finding *find(struct checker *in, const char *what, const char *problem)
{
    struct image_checked *out = in->out;
    if (out->n_findings == in->room) { // the old list stays in the arena
        size_t room = in->room * 2 + 16;
        struct image_finding *longer = arena_array(in->arena, room, sizeof *longer);
        if (out->n_findings != 0)
            memcpy(longer, out->findings, out->n_findings * sizeof *longer);
        out->findings = longer;
        in->room = room;
    }
    struct image_finding *finding = &out->findings[out->n_findings++];
    *finding = (struct image_finding){.what = what, .problem = problem};
    return finding;
}

static void say(const struct checker *in, const char *what)
{
    if (in->request->say != NULL)
        in->request->say(in->request->self, what);
}

static bool is_lost(struct checker *in, char kind, const char *hex)
{
    for (size_t i = 0; i < in->lost.n; i++) { // there are few
        if (in->lost.at[i].kind == kind && strcmp(in->lost.at[i].hex, hex) == 0)
            return true;
    }
    return false;
}

// --- blobs

static int hash_blob(const struct checker *in, const char *hex, char got[SHA256_HEX + 1],
                     struct err *err)
{
    AUTO_FD int fd = content_open(in->store->root, hex, err);
    if (fd < 0)
        return -1;
    AUTO_FREE char *step = xmalloc(STEP);
    struct sha256 hash;
    uint8_t digest[SHA256_BYTES];
    sha256_init(&hash);
    ssize_t n;
    while ((n = read(fd, step, STEP)) > 0)
        sha256_add(&hash, step, (size_t)n);
    if (n < 0)
        return fail_sys(err, "read content sha256:%s", hex);
    sha256_end(&hash, digest);
    sha256_hex(digest, got);
    return 0;
}

static int check_blobs(struct checker *in, struct err *err)
{
    for (size_t i = 0; i < in->n_blobs; i++) {
        const char *hex = in->blobs[i], *problem = NULL;
        const char *what = arena_printf(in->arena, "blob sha256:%s", hex);
        char got[SHA256_HEX + 1];
        struct err reason;
        say(in, what);
        in->out->n_blobs++;
        if (hash_blob(in, hex, got, &reason) < 0)
            problem = arena_strdup(in->arena, reason.text);
        else if (strcmp(got, hex) != 0)
            problem = arena_printf(in->arena, "its bytes have the digest sha256:%s", got);
        if (problem == NULL)
            continue;
        item_set_add(&in->lost, 'b', hex, 0);
        struct image_finding *finding = find(in, what, problem);
        if (in->request->repair && content_remove(in->store->root, hex, err) < 0)
            return -1;
        finding->is_repaired = in->request->repair;
    }
    return 0;
}

static bool is_there(const struct checker *in, const char *hex)
{
    size_t low = 0, high = in->n_blobs;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(hex, in->blobs[middle]);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

// --- layers

struct wanted_layer {
    const char *chain_id, *diff_id, *blob; // hex
};

static bool is_used_by_container(const struct checker *in, const char *chain_id)
{
    for (size_t i = 0; i < in->catalog.n_containers; i++) {
        const struct state_manifest *its =
            catalog_manifest(&in->catalog, in->catalog.containers[i].manifest);
        if (its != NULL && strstr(its->layers, chain_id) != NULL)
            return true;
    }
    return false;
}

// What is wrong with a layer, compared with `fresh`; NULL: nothing.
static int compare_layer(const struct checker *in, const struct wanted_layer *layer,
                         const struct unpack_job *fresh, const char **out, struct err *err)
{
    AUTO_BUF struct buf where;
    buf_init(&where, PLACE_MAX);
    int there = layer_find(in->store->root, layer->chain_id, err);
    if (there < 0)
        return -1;
    *out = "it is not there";
    if (there == 0)
        return 0;
    AUTO_FD int fs = layer_open(in->store->root, layer->chain_id, err);
    if (fs < 0) {
        *out = "its files are not there";
        return 0;
    }
    int same = trees_are_equal(fresh->writer.fs, fs, &where, err);
    *out = same > 0 ? NULL
           : same == 0
               ? arena_printf(in->arena, "it is not what its blob says: %s", buf_get(&where))
               : arena_strdup(in->arena, err->text);
    return 0;
}

static int check_with(struct checker *in, const struct wanted_layer *layer, int blob,
                      struct err *err)
{
    struct unpack_job fresh = UNPACK_NONE;
    struct err reason;
    const char *what = arena_printf(in->arena, "layer %s", layer->chain_id), *problem = NULL;
    fresh.blob = blob;
    fresh.digest = layer->blob;
    fresh.diff_id = layer->diff_id;
    int result = 0;
    if (unpack_start(in->store, &fresh, &reason) < 0 ||
        unpack_finish(&fresh, in->arena, &reason) < 0) {
        // The blob's bytes are right, so it is the image that says what is not so.
        (void)find(in, what, arena_strdup(in->arena, reason.text));
    } else {
        result = compare_layer(in, layer, &fresh, &problem, err);
    }
    if (result == 0 && problem != NULL) {
        struct image_finding *finding = find(in, what, problem);
        bool is_used = layer_find(in->store->root, layer->chain_id, &reason) > 0 &&
                       is_used_by_container(in, layer->chain_id);
        if (in->request->repair && is_used)
            finding->problem =
                arena_printf(in->arena, "%s; containers use it: remove them first", problem);
        else if (in->request->repair)
            result = layer_replace(&fresh.writer, layer->chain_id, err);
        finding->is_repaired = in->request->repair && !is_used && result == 0;
    }
    unpack_done(&fresh);
    return result;
}

static int check_layer(struct checker *in, const struct wanted_layer *layer, struct err *err)
{
    for (size_t i = 0; i < in->checked.n; i++) {
        if (strcmp(in->checked.at[i].hex, layer->chain_id) == 0)
            return 0;
    }
    item_set_add(&in->checked, 'l', layer->chain_id, 0);
    in->out->n_layers++;
    say(in, arena_printf(in->arena, "layer %s", layer->chain_id));
    bool has_blob = is_there(in, layer->blob) && !is_lost(in, 'b', layer->blob);
    if (has_blob && in->store->transfer != NULL) {
        AUTO_FD int blob = content_open(in->store->root, layer->blob, err);
        return blob < 0 ? -1 : check_with(in, layer, blob, err);
    }
    int there = layer_find(in->store->root, layer->chain_id, err);
    if (there < 0)
        return -1;
    if (there == 0)
        (void)find(in, arena_printf(in->arena, "layer %s", layer->chain_id), "it is not there");
    return 0;
}

// --- manifests

static const char *blob_hex(struct arena *arena, const char *word)
{
    return arena_strndup(arena, word, strcspn(word, ":"));
}

// The config that the row has is the one that its digest names, and the layers follow from it.
static const char *check_config(struct checker *in, const struct state_manifest *row,
                                const char *const *chain, size_t n, struct config_document *out)
{
    uint8_t digest[SHA256_BYTES];
    char got[SHA256_HEX + 1];
    struct err reason;
    sha256_of(row->config, strlen(row->config), digest);
    sha256_hex(digest, got);
    if (strcmp(got, row->config_digest) != 0)
        return "the config in the database is not the one that its digest names";
    if (config_read(in->arena, str_of(row->config), out, &reason) < 0)
        return arena_strdup(in->arena, reason.text);
    const char **want = chain_ids_of(in->arena, &out->rootfs);
    bool is_same = n == out->rootfs.n_diff_ids;
    for (size_t i = 0; is_same && i < n; i++)
        is_same = strcmp(chain[i], want[i]) == 0;
    return is_same ? NULL : "the layers in the database are not those of the config";
}

static int check_layers(struct checker *in, const struct state_manifest *row, const char **blobs,
                        size_t n_blobs, struct err *err)
{
    size_t n;
    struct config_document config = {};
    const char **chain = split_words(in->arena, row->layers, &n);
    const char *what = arena_printf(in->arena, "manifest sha256:%s", row->digest);
    const char *problem = check_config(in, row, chain, n, &config);
    if (problem == NULL && n_blobs != n + 2)
        problem = "the database names another number of blobs than layers";
    if (problem != NULL) {
        struct image_finding *finding = find(in, what, problem);
        finding->is_repaired = in->request->repair;
        item_set_add(&in->lost, 'm', row->digest, 0);
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        const struct wanted_layer layer = {chain[i], digest_hex(config.rootfs.diff_ids[i]),
                                           blob_hex(in->arena, blobs[i + 2])};
        if (check_layer(in, &layer, err) < 0)
            return -1;
    }
    return 0;
}

static int check_manifest(struct checker *in, const struct state_manifest *row, struct err *err)
{
    size_t n;
    const char **blobs = split_words(in->arena, row->blobs, &n);
    bool is_whole = true;
    for (size_t i = 0; i < n; i++) {
        const char *hex = blob_hex(in->arena, blobs[i]);
        if (is_there(in, hex) && !is_lost(in, 'b', hex))
            continue;
        if (!is_lost(in, 'b', hex)) {
            struct image_finding *finding =
                find(in, arena_printf(in->arena, "blob sha256:%s", hex), "it is not there");
            finding->is_repaired = in->request->repair;
            item_set_add(&in->lost, 'b', hex, 0);
        }
        is_whole = false;
    }
    if (!is_whole)
        item_set_add(&in->lost, 'm', row->digest, 0);
    return row->layers[0] == '\0' ? 0 : check_layers(in, row, blobs, n, err);
}

// --- images

static const char *shown(struct checker *in, const struct state_image *image)
{
    for (size_t i = 0; i < in->catalog.n_names; i++) {
        if (strcmp(in->catalog.names[i].image_id, image->id) == 0)
            return image_reference_familiar(in->arena, in->catalog.names[i].name);
    }
    return arena_printf(in->arena, "sha256:%s", image->id);
}

// Why an image cannot stay as it is; NULL: it can.
static const char *check_target(struct checker *in, const struct state_image *image)
{
    AUTO_BUF struct buf text;
    struct document document;
    struct err reason;
    buf_init(&text, DOCUMENT_MAX);
    if (!is_there(in, image->id) || is_lost(in, 'b', image->id))
        return "the document that it is is lost";
    if (content_read(in->store->root, image->id, &text, &reason) < 0 ||
        document_read(in->arena, (struct str){text.at, text.n}, image->media_type, &document,
                      &reason) < 0)
        return arena_strdup(in->arena, reason.text);
    size_t n = 0, n_lost = 0;
    for (size_t i = 0; i < in->catalog.n_links; i++) {
        const struct state_image_manifest *link = &in->catalog.links[i];
        if (strcmp(link->image_id, image->id) != 0)
            continue;
        n++;
        n_lost +=
            is_lost(in, 'm', link->digest) || catalog_manifest(&in->catalog, link->digest) == NULL;
    }
    if (n_lost == 0)
        return NULL;
    return arena_printf(in->arena, "%zu of its %zu manifests have lost something they need", n_lost,
                        n);
}

struct lost_image {
    struct state *state;
    const char *id;
};
static int forget_image(void *data, struct err *err)
{
    const struct lost_image *lost = data;
    return state_image_delete(lost->state, lost->id, err);
}

static int repair_image(struct checker *in, const struct state_image *image, struct err *err)
{
    struct lost_image lost = {in->store->state, image->id};
    return state_removal(lost.state, forget_image, &lost, err);
}

static int check_images(struct checker *in, struct err *err)
{
    for (size_t i = 0; i < in->catalog.n_images; i++) {
        const struct state_image *image = &in->catalog.images[i];
        const char *what = arena_printf(in->arena, "image %s", shown(in, image));
        say(in, what);
        in->out->n_images++;
        const char *problem = check_target(in, image);
        if (problem == NULL)
            continue;
        struct image_finding *finding = find(in, what, problem);
        if (!in->request->repair)
            continue;
        if (repair_image(in, image, err) < 0)
            return -1;
        finding->problem =
            arena_printf(in->arena, "%s; it was removed: pull, load or import it again", problem);
        finding->is_repaired = true;
    }
    return 0;
}

static int check_all(struct checker *in, struct err *err)
{
    if (catalog_read(in->store, in->arena, &in->catalog, err) < 0 ||
        content_list(in->store->root, in->arena, &in->blobs, &in->n_blobs, err) < 0 ||
        check_blobs(in, err) < 0)
        return -1;
    for (size_t i = 0; i < in->catalog.n_manifests; i++) {
        if (check_manifest(in, &in->catalog.manifests[i], err) < 0)
            return -1;
    }
    return check_images(in, err);
}

int image_check(const struct image_store *store, struct arena *arena,
                const struct image_check *request, struct image_checked *out, struct err *err)
{
    AUTO_FD int lock = images_lock(store->root, request->repair, err);
    if (lock < 0)
        return fail_in(err, "check the images");
    struct image_checked result = {};
    struct checker in = {.store = store, .arena = arena, .request = request, .out = &result};
    int done = check_all(&in, err);
    item_set_done(&in.lost);
    item_set_done(&in.checked);
    if (done < 0)
        return -1;
    (void)close(TAKE_FD(lock));
    if (request->repair && images_sweep(store, false, NULL, err) < 0)
        return -1;
    *out = result;
    return 0;
}
