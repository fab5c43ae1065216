// SPDX-License-Identifier: Apache-2.0
// catalog.c — all rows about images at once, what they take on the disk, and who shares it.
#include "base/mem.h"
#include "base/str.h"
#include "content/content.h"
#include "image/rows.h"

#include <string.h>

static int read_all(struct state *state, struct arena *arena, struct catalog *out, struct err *err)
{
    struct catalog all;
    if (state_images(state, arena, &all.images, &all.n_images, err) < 0 ||
        state_image_names(state, arena, NULL, &all.names, &all.n_names, err) < 0 ||
        state_manifests(state, arena, NULL, &all.manifests, &all.n_manifests, err) < 0 ||
        state_image_manifests(state, arena, &all.links, &all.n_links, err) < 0 ||
        state_layers(state, arena, &all.layers, &all.n_layers, err) < 0 ||
        state_containers(state, arena, &all.containers, &all.n_containers, err) < 0)
        return -1;
    *out = all;
    return 0;
}

int catalog_read(const struct image_store *store, struct arena *arena, struct catalog *out,
                 struct err *err)
{
    int begun = state_view_begin(store->state, err);
    if (begun < 0)
        return -1;
    int result = read_all(store->state, arena, out, err);
    if (begun > 0)
        state_view_end(store->state);
    return result;
}

static int compare_manifest(const void *digest, const void *at)
{
    return strcmp(digest, ((const struct state_manifest *)at)->digest);
}
static int compare_layer(const void *chain_id, const void *at)
{
    return strcmp(chain_id, ((const struct state_layer *)at)->chain_id);
}

const struct state_manifest *catalog_manifest(const struct catalog *catalog, const char *digest)
{
    return catalog->n_manifests == 0 ? NULL
                                     : bsearch(digest, catalog->manifests, catalog->n_manifests,
                                               sizeof *catalog->manifests, compare_manifest);
}

uint64_t catalog_layer_bytes(const struct catalog *catalog, const char *chain_id)
{
    const struct state_layer *layer = catalog->n_layers == 0
                                          ? NULL
                                          : bsearch(chain_id, catalog->layers, catalog->n_layers,
                                                    sizeof *catalog->layers, compare_layer);
    return layer != NULL ? layer->bytes : 0;
}

// --- sets of what takes room

void item_set_done(struct item_set *set)
{
    free(set->at);
    *set = (struct item_set){};
}

void item_set_add(struct item_set *set, char kind, const char *hex, uint64_t bytes)
{
    if (set->n == set->room) {
        set->room = set->room * 2 + 64;
        set->at = xreallocarray(set->at, set->room, sizeof *set->at);
    }
    set->at[set->n++] = (struct item){kind, hex, bytes};
}

void item_set_add_manifest(struct item_set *set, struct arena *arena, const struct catalog *catalog,
                           const struct state_manifest *manifest)
{
    size_t n;
    const char **words = split_words(arena, manifest->layers, &n);
    for (size_t i = 0; i < n; i++)
        item_set_add(set, 'l', words[i], catalog_layer_bytes(catalog, words[i]));
    words = split_words(arena, manifest->blobs, &n);
    for (size_t i = 0; i < n; i++) {
        struct str rest = str_of(words[i]), hex = str_cut(&rest, ':');
        uint64_t bytes = 0;
        (void)str_to_u64(rest, &bytes); // we wrote it
        item_set_add(set, 'b', arena_strndup(arena, hex.at, hex.n), bytes);
    }
}

void item_set_add_image(struct item_set *set, struct arena *arena, const struct catalog *catalog,
                        const struct state_image *image)
{
    item_set_add(set, 'b', image->id, image->size_bytes);
    for (size_t i = 0; i < catalog->n_links; i++) {
        if (strcmp(catalog->links[i].image_id, image->id) != 0)
            continue;
        const struct state_manifest *its = catalog_manifest(catalog, catalog->links[i].digest);
        if (its != NULL)
            item_set_add_manifest(set, arena, catalog, its);
    }
}

static int compare_items(const void *a, const void *b)
{
    const struct item *one = a, *other = b;
    int kinds = one->kind - other->kind;
    return kinds != 0 ? kinds : strcmp(one->hex, other->hex);
}

void item_set_sort(struct item_set *set)
{
    if (set->n == 0)
        return;
    qsort(set->at, set->n, sizeof *set->at, compare_items);
    size_t kept = 1;
    for (size_t i = 1; i < set->n; i++) {
        if (compare_items(&set->at[i], &set->at[kept - 1]) != 0)
            set->at[kept++] = set->at[i];
    }
    set->n = kept;
}

const struct item *item_set_find(const struct item_set *set, char kind, const char *hex)
{
    const struct item wanted = {kind, hex, 0};
    return set->n == 0 ? NULL : bsearch(&wanted, set->at, set->n, sizeof *set->at, compare_items);
}

uint64_t item_set_bytes(const struct item_set *set)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < set->n; i++)
        bytes += set->at[i].bytes;
    return bytes;
}

// --- what images say about their sizes

// How many sets an item is in: parallel to a sorted set of all.
static void count_users(const struct item_set *all, uint32_t *users, const struct item_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        const struct item *item = item_set_find(all, set->at[i].kind, set->at[i].hex);
        users[item - all->at]++;
    }
}

static void add_all(struct item_set *to, const struct item_set *from)
{
    for (size_t i = 0; i < from->n; i++)
        item_set_add(to, from->at[i].kind, from->at[i].hex, from->at[i].bytes);
}

static size_t count_containers(const struct catalog *catalog, const char *image_id)
{
    size_t n = 0;
    for (size_t i = 0; i < catalog->n_containers; i++)
        n += strcmp(catalog->containers[i].image_id, image_id) == 0;
    return n;
}

// What would stay if all images without containers went.
static uint64_t bytes_in_use(struct arena *arena, const struct catalog *catalog,
                             const struct item_set *sets, const struct images_space *usage)
{
    AUTO_ITEMS struct item_set kept = {};
    for (size_t i = 0; i < usage->n_images; i++) {
        if (usage->images[i].n_containers != 0)
            add_all(&kept, &sets[i]);
    }
    for (size_t i = 0; i < catalog->n_containers; i++) { // of images that were removed by force
        const struct state_manifest *its =
            catalog_manifest(catalog, catalog->containers[i].manifest);
        if (its != NULL)
            item_set_add_manifest(&kept, arena, catalog, its);
    }
    item_set_sort(&kept);
    return item_set_bytes(&kept);
}

int images_measure(const struct image_store *store, struct arena *arena, struct images_space *out,
                   struct err *err)
{
    struct catalog catalog;
    if (catalog_read(store, arena, &catalog, err) < 0)
        return -1;
    size_t n = catalog.n_images;
    struct images_space usage = {.images = arena_array(arena, n + 1, sizeof *usage.images),
                                 .n_images = n};
    struct item_set *sets = arena_array(arena, n + 1, sizeof *sets);
    AUTO_ITEMS struct item_set all = {};
    for (size_t i = 0; i < n; i++) {
        item_set_add_image(&sets[i], arena, &catalog, &catalog.images[i]);
        item_set_sort(&sets[i]);
        add_all(&all, &sets[i]);
    }
    for (size_t i = 0; i < catalog.n_manifests; i++) // those that only containers have, too
        item_set_add_manifest(&all, arena, &catalog, &catalog.manifests[i]);
    item_set_sort(&all);
    uint32_t *users = arena_array(arena, all.n + 1, sizeof *users);
    for (size_t i = 0; i < n; i++)
        count_users(&all, users, &sets[i]);
    for (size_t i = 0; i < n; i++) {
        struct image_space *it = &usage.images[i];
        it->id = catalog.images[i].id;
        it->bytes = item_set_bytes(&sets[i]);
        for (size_t j = 0; j < sets[i].n; j++) {
            const struct item *item = item_set_find(&all, sets[i].at[j].kind, sets[i].at[j].hex);
            it->shared_bytes += users[item - all.at] > 1 ? item->bytes : 0;
        }
        it->n_containers = count_containers(&catalog, it->id);
        usage.n_active += it->n_containers != 0;
    }
    usage.bytes = item_set_bytes(&all);
    usage.reclaimable_bytes = usage.bytes - bytes_in_use(arena, &catalog, sets, &usage);
    for (size_t i = 0; i < n; i++)
        item_set_done(&sets[i]);
    *out = usage;
    return 0;
}

// --- parts and history of one image

static int read_document(const struct image_store *store, struct arena *arena, const char *hex,
                         const char *media_type, struct document *out, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    if (content_read(store->root, hex, &text, err) < 0)
        return -1;
    return document_read(arena, (struct str){text.at, text.n}, media_type, out, err);
}

// Its sizes and platform, from its row when it is complete here.
static void complete_part(struct arena *arena, const struct catalog *catalog,
                          struct image_part *part)
{
    const struct state_manifest *row =
        catalog_manifest(catalog, digest_hex(part->descriptor.digest));
    struct err ignored; // what has no platform that we can read says nothing
    part->subject = annotation_get(part->descriptor.annotations, part->descriptor.n_annotations,
                                   ANNOTATION_SUBJECT);
    if (part->descriptor.platform != NULL)
        part->platform = *part->descriptor.platform;
    if (row == NULL)
        return;
    AUTO_ITEMS struct item_set items = {};
    item_set_add_manifest(&items, arena, catalog, row);
    item_set_sort(&items);
    for (size_t i = 0; i < items.n; i++) {
        uint64_t *sum = items.at[i].kind == 'l' ? &part->unpacked_bytes : &part->content_bytes;
        *sum += items.at[i].bytes;
    }
    part->is_complete = true;
    part->kind = (enum manifest_kind)row->kind;
    if (part->platform.os == NULL)
        (void)platform_parse(arena, row->platform, &part->platform, &ignored);
}

int image_parts(const struct image_store *store, struct arena *arena, const struct image *image,
                struct image_part **out, size_t *n_out, struct err *err)
{
    struct catalog catalog;
    struct document document = {};
    if (catalog_read(store, arena, &catalog, err) < 0)
        return -1;
    bool is_index = media_is_index(image->media_type);
    if (is_index && read_document(store, arena, image->id, image->media_type, &document, err) < 0)
        return -1;
    size_t n = is_index ? document.n_manifests : 1;
    struct image_part *parts = arena_array(arena, n + 1, sizeof *parts);
    for (size_t i = 0; i < n; i++) {
        struct image_part *part = &parts[i];
        part->descriptor =
            is_index ? document.manifests[i]
                     : (struct descriptor){.mediaType = image->media_type,
                                           .digest = arena_printf(arena, "sha256:%s", image->id),
                                           .size = image->target_bytes};
        const struct document unknown = {.config.mediaType = MEDIA_CONFIG};
        bool says_attestation =
            manifest_kind_of(&unknown, &part->descriptor) == MANIFEST_ATTESTATION;
        part->kind = says_attestation ? MANIFEST_ATTESTATION
                     : part->descriptor.artifactType != NULL ||
                             !media_is_manifest(part->descriptor.mediaType)
                         ? MANIFEST_ARTIFACT
                         : MANIFEST_IMAGE;
        complete_part(arena, &catalog, part);
    }
    *out = parts;
    *n_out = n;
    return 0;
}

int image_history(const struct image_store *store, struct arena *arena, const struct image *image,
                  struct image_layer_entry **out, size_t *n_out, struct err *err)
{
    struct catalog catalog;
    if (catalog_read(store, arena, &catalog, err) < 0)
        return -1;
    const struct config_document *document = &image->document;
    // Layers that no entry speaks of are shown all the same, below the others.
    size_t room = document->n_history + image->n_layers, n = 0, layer = 0;
    struct image_layer_entry *oldest_first = arena_array(arena, room + 1, sizeof *oldest_first);
    for (size_t i = 0; i < document->n_history; i++) {
        const struct history *from = &document->history[i];
        struct image_layer_entry entry = {from->created, from->created_by, from->comment, 0, NULL};
        if (!from->empty_layer && layer < image->n_layers)
            entry.chain_id = image->layers[layer++];
        oldest_first[n++] = entry;
    }
    while (layer < image->n_layers)
        oldest_first[n++] = (struct image_layer_entry){.chain_id = image->layers[layer++]};
    struct image_layer_entry *entries = arena_array(arena, n + 1, sizeof *entries);
    for (size_t i = 0; i < n; i++) {
        entries[i] = oldest_first[n - 1 - i];
        if (entries[i].chain_id != NULL)
            entries[i].bytes = catalog_layer_bytes(&catalog, entries[i].chain_id);
    }
    *out = entries;
    *n_out = n;
    return 0;
}
