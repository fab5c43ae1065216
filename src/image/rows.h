// SPDX-License-Identifier: Apache-2.0
// rows.h — inside image/: the database's rows read as images, and all of them at once.
#pragma once
#include "base/str.h"
#include "image/image.h"
#include "state/state.h"

// "a b c" → 3 texts in the arena.
const char **split_words(struct arena *arena, const char *text, size_t *n_out);

// `manifest` may be all NULL: an image of which nothing runs here.
[[nodiscard]] int image_from_rows(struct arena *arena, const struct state_image *row,
                                  const struct state_manifest *manifest, struct image *out,
                                  struct err *err);
struct found { // what a reference leads to
    struct state_image image;
    struct state_manifest manifest; // that this host would run; all NULL: none
    const char *name;               // the full name it was found by; NULL: by id
};
// 1 or 0.
[[nodiscard]] int image_find_row(const struct image_store *store, struct arena *arena,
                                 const char *reference, struct found *out, struct err *err);
// Picks the manifest that this host would run among those of the image that are complete, and
// writes it to the image's row; inside a transaction.
[[nodiscard]] int image_choose_manifest(struct state *state, struct arena *arena,
                                        const char *image_id, struct err *err);

// --- everything that the database knows about images (catalog.c) ---
struct catalog {
    struct state_image *images; // newest first
    struct state_image_name *names;
    struct state_manifest *manifests;   // sorted by digest
    struct state_image_manifest *links; // sorted by image
    struct state_layer *layers;         // sorted by chain id
    struct state_container *containers;
    size_t n_images, n_names, n_manifests, n_links, n_layers, n_containers;
};
[[nodiscard]] int catalog_read(const struct image_store *store, struct arena *arena,
                               struct catalog *out, struct err *err);
const struct state_manifest *catalog_manifest(const struct catalog *catalog, const char *digest);
uint64_t catalog_layer_bytes(const struct catalog *catalog, const char *chain_id);

// What takes room: blobs and layers, each once. Sorted after item_set_sort.
struct item {
    char kind;       // 'b' a blob, 'l' a layer
    const char *hex; // digest, chain id
    uint64_t bytes;
};
struct item_set {
    struct item *at;
    size_t n, room;
};
void item_set_done(struct item_set *set);
#define AUTO_ITEMS __attribute__((cleanup(item_set_done)))
void item_set_add(struct item_set *set, char kind, const char *hex, uint64_t bytes);
void item_set_add_manifest(struct item_set *set, struct arena *arena, const struct catalog *catalog,
                           const struct state_manifest *manifest);
void item_set_add_image(struct item_set *set, struct arena *arena, const struct catalog *catalog,
                        const struct state_image *image);
void item_set_sort(struct item_set *set); // each once
const struct item *item_set_find(const struct item_set *set, char kind, const char *hex);
uint64_t item_set_bytes(const struct item_set *set);
