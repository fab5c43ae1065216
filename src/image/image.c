// SPDX-License-Identifier: Apache-2.0
// image.c — finding and listing images.
#include "image/image.h"

#include "base/mem.h"
#include "base/str.h"
#include "image/rows.h"

#include <string.h>

// "sha256:ab12" and "ab12" → "ab12"; NULL when it cannot be the beginning of an id.
static const char *as_id(const char *text)
{
    if (text_starts(text, "sha256:"))
        text += strlen("sha256:");
    size_t n = strspn(text, "0123456789abcdef");
    return n >= 1 && n <= 64 && text[n] == '\0' ? text : NULL;
}

// "name@sha256:…" is found when it was pulled by that digest, or when the name, with any tag, means
// the image of that digest.
static int find_by_digest(const struct image_store *store, struct arena *arena, const char *full,
                          struct found *out, struct err *err)
{
    const char *at = strrchr(full, '@');
    struct state_image_name *names;
    size_t n;
    if (at == NULL)
        return 0;
    int found = state_image_by_id(store->state, arena, digest_hex(at + 1), &out->image,
                                  &out->manifest, err);
    if (found <= 0)
        return found;
    if (state_image_names(store->state, arena, out->image.id, &names, &n, err) < 0)
        return -1;
    size_t length = (size_t)(at - full);
    for (size_t i = 0; i < n; i++) {
        const char *name = names[i].name;
        if (strncmp(name, full, length) == 0 && (name[length] == ':' || name[length] == '@'))
            return 1;
    }
    return 0;
}

int image_find_row(const struct image_store *store, struct arena *arena, const char *reference,
                   struct found *out, struct err *err)
{
    const char *id = as_id(reference);
    out->name = NULL;
    if (id == NULL || !text_starts(reference, "sha256:")) {
        const char *full = image_reference_full(arena, reference, err);
        if (full == NULL)
            return -1;
        int found =
            state_image_by_name(store->state, arena, full, &out->image, &out->manifest, err);
        if (found == 0)
            found = find_by_digest(store, arena, full, out, err);
        if (found > 0)
            out->name = full;
        if (found != 0)
            return found;
    }
    if (id == NULL)
        return 0;
    return state_image_by_id(store->state, arena, id, &out->image, &out->manifest, err);
}

const char **split_words(struct arena *arena, const char *text, size_t *n_out)
{
    size_t room = 1, n = 0;
    for (const char *c = text; *c != '\0'; c++)
        room += *c == ' ';
    const char **words = arena_array(arena, room, sizeof *words);
    struct str rest = str_of(text);
    while (rest.n != 0) {
        struct str word = str_cut(&rest, ' ');
        if (word.n != 0)
            words[n++] = arena_strndup(arena, word.at, word.n);
    }
    *n_out = n;
    return words;
}

// "digest:size digest:size …": the first is the manifest itself.
static uint64_t first_size(const char *blobs)
{
    struct str rest = str_of(blobs), word = str_cut(&rest, ' ');
    uint64_t size = 0;
    (void)str_cut(&word, ':');
    (void)str_to_u64(word, &size); // we wrote it
    return size;
}

int image_from_rows(struct arena *arena, const struct state_image *row,
                    const struct state_manifest *manifest, struct image *out, struct err *err)
{
    struct image image = {
        .id = row->id,
        .media_type = row->media_type,
        .target_bytes = row->size_bytes,
        .created_ns = row->created_ns,
    };
    if (manifest->digest != NULL && manifest->layers[0] != '\0') {
        image.manifest = manifest->digest;
        image.manifest_media_type = manifest->media_type;
        image.manifest_bytes = first_size(manifest->blobs);
        image.config_digest = manifest->config_digest;
        image.config_text = manifest->config;
        image.layers = split_words(arena, manifest->layers, &image.n_layers);
        if (json_decode(arena, manifest->config, strlen(manifest->config), config_document_fields,
                        &image.document, JSON_LENIENT, err) < 0)
            return fail_in(err, "the config of image %.12s", row->id);
        if (image.n_layers != image.document.rootfs.n_diff_ids)
            return fail(err, ERR_SYSTEM, "image %.12s has %zu layers, but its config has %zu",
                        row->id, image.n_layers, image.document.rootfs.n_diff_ids);
        image.platform = (struct platform){.os = image.document.os,
                                           .architecture = image.document.architecture,
                                           .variant = image.document.variant,
                                           .os_version = image.document.os_version};
    }
    *out = image;
    return 0;
}

// The manifest for a platform that was asked for, in place of the host's.
static int choose(const struct image_store *store, struct arena *arena, const char *reference,
                  const struct platform *platform, struct found *found, struct err *err)
{
    struct state_manifest *all;
    size_t n, n_candidates = 0;
    if (state_manifests(store->state, arena, found->image.id, &all, &n, err) < 0)
        return -1;
    struct platform *candidates = arena_array(arena, n + 1, sizeof *candidates);
    struct state_manifest *rows = arena_array(arena, n + 1, sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        struct err ignored; // what has no platform is no candidate
        if (all[i].kind == MANIFEST_IMAGE &&
            platform_parse(arena, all[i].platform, &candidates[n_candidates], &ignored) == 0)
            rows[n_candidates++] = all[i];
    }
    ssize_t best = platform_best(platform, candidates, n_candidates);
    if (best < 0)
        return fail(err, ERR_NOT_FOUND,
                    "image with reference %s was found but does not provide the specified platform "
                    "(%s)",
                    reference, platform_print(arena, platform));
    found->manifest = rows[best];
    return 0;
}

int image_find(const struct image_store *store, struct arena *arena, const char *reference,
               const struct platform *platform, struct image *out, struct err *err)
{
    struct found row;
    int found = image_find_row(store, arena, reference, &row, err);
    if (found <= 0)
        return found;
    if (platform != NULL && choose(store, arena, reference, platform, &row, err) < 0)
        return -1;
    return image_from_rows(arena, &row.image, &row.manifest, out, err) < 0 ? -1 : 1;
}

int image_of_container(const struct image_store *store, struct arena *arena,
                       const struct state_container *container, struct image *out, struct err *err)
{
    struct state_manifest manifest;
    int found = state_manifest_find(store->state, arena, container->manifest, &manifest, err);
    if (found <= 0)
        return found;
    const struct state_image row = {.id = container->image_id, .media_type = ""};
    return image_from_rows(arena, &row, &manifest, out, err) < 0 ? -1 : 1;
}

int image_fail_missing(struct arena *arena, const char *reference, struct err *err)
{
    struct err ignored; // then it is shown as it was written
    const char *full =
        as_id(reference) == NULL ? image_reference_full(arena, reference, &ignored) : NULL;
    return fail(err, ERR_NOT_FOUND, "No such image: %s",
                full != NULL ? image_reference_familiar(arena, full) : reference);
}

static void add_name(struct image *image, const struct state_image_name *name)
{
    image->names[image->n_names++] = name->name;
    if (name->given_ns > image->tagged_ns)
        image->tagged_ns = name->given_ns;
}

int image_names(const struct image_store *store, struct arena *arena, struct image *image,
                struct err *err)
{
    struct state_image_name *names;
    size_t n;
    if (state_image_names(store->state, arena, image->id, &names, &n, err) < 0)
        return -1;
    image->names = arena_array(arena, n + 1, sizeof *image->names);
    for (size_t i = 0; i < n; i++)
        add_name(image, &names[i]);
    return 0;
}

int image_list(const struct image_store *store, struct arena *arena, struct image **out,
               size_t *n_out, struct err *err)
{
    struct catalog catalog;
    if (catalog_read(store, arena, &catalog, err) < 0)
        return -1;
    struct image *images = arena_array(arena, catalog.n_images + 1, sizeof *images);
    for (size_t i = 0; i < catalog.n_images; i++) {
        const struct state_image *row = &catalog.images[i];
        static const struct state_manifest none;
        const struct state_manifest *manifest =
            row->manifest != NULL ? catalog_manifest(&catalog, row->manifest) : NULL;
        struct image *image = &images[i];
        if (image_from_rows(arena, row, manifest != NULL ? manifest : &none, image, err) < 0)
            return -1;
        image->names = arena_array(arena, catalog.n_names + 1, sizeof *image->names);
        for (size_t j = 0; j < catalog.n_names; j++) {
            if (strcmp(catalog.names[j].image_id, row->id) == 0)
                add_name(image, &catalog.names[j]);
        }
    }
    *out = images;
    *n_out = catalog.n_images;
    return 0;
}
