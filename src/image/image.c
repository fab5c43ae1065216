// SPDX-License-Identifier: Apache-2.0
// image.c — finding, listing and removing images.
#include "image/image.h"

#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "image/document.h"

#include <string.h>

// "sha256:ab12" and "ab12" → "ab12"; NULL when it cannot be the beginning of an id.
static const char *as_id(const char *text)
{
    if (text_starts(text, "sha256:"))
        text += strlen("sha256:");
    size_t n = strspn(text, "0123456789abcdef");
    return n >= 1 && n <= 64 && text[n] == '\0' ? text : NULL;
}

// 1 found; *out_name: the full name it was found by, NULL when by id.
static int find_row(const struct image_store *store, struct arena *arena, const char *reference,
                    struct state_image *out, const char **out_name, struct err *err)
{
    const char *id = as_id(reference);
    *out_name = NULL;
    if (id == NULL || !text_starts(reference, "sha256:")) {
        const char *full = image_reference_full(arena, reference, err);
        if (full == NULL)
            return -1;
        int found = state_image_by_name(store->state, arena, full, out, err);
        if (found > 0)
            *out_name = full;
        if (found != 0)
            return found;
    }
    return id == NULL ? 0 : state_image_by_id(store->state, arena, id, out, err);
}

int image_find(const struct image_store *store, struct arena *arena, const char *reference,
               struct image *out, struct err *err)
{
    struct state_image row;
    const char *name;
    int found = find_row(store, arena, reference, &row, &name, err);
    if (found <= 0)
        return found;
    return image_from_row(store, arena, &row, out, err) < 0 ? -1 : 1;
}

int image_list(const struct image_store *store, struct arena *arena, struct image **out,
               size_t *n_out, struct err *err)
{
    struct state_image *rows;
    size_t n;
    if (state_images(store->state, arena, &rows, &n, err) < 0)
        return -1;
    struct image *images = arena_array(arena, n + 1, sizeof *images);
    for (size_t i = 0; i < n; i++) {
        if (image_from_row(store, arena, &rows[i], &images[i], err) < 0)
            return -1;
    }
    *out = images;
    *n_out = n;
    return 0;
}

// The rows go in one transaction: whoever looks finds the image or does not.
static int forget(const struct image_store *store, struct arena *arena, const char *reference,
                  struct words *done, struct err *err)
{
    struct state_image row;
    struct state_image_name *names;
    const char *name;
    size_t n;
    int found = find_row(store, arena, reference, &row, &name, err);
    if (found < 0 ||
        state_image_names(store->state, arena, found ? row.id : "", &names, &n, err) < 0)
        return -1;
    if (found == 0)
        return fail(err, ERR_NOT_FOUND, "No such image: %s", reference);
    if (name == NULL && n > 1)
        return fail(err, ERR_CONFLICT,
                    "conflict: unable to delete %.12s - image is referenced by several names; "
                    "remove them one by one",
                    row.id);
    for (size_t i = 0; i < n; i++) {
        if (name != NULL && strcmp(names[i].name, name) != 0)
            continue;
        const char *familiar = image_reference_familiar(arena, names[i].name);
        words_add(arena, done, arena_printf(arena, "Untagged: %s", familiar));
    }
    if (n > 1)
        return state_image_name_delete(store->state, name, err);
    words_add(arena, done, arena_printf(arena, "Deleted: sha256:%s", row.id));
    return state_image_delete(store->state, row.id, err);
}

int image_remove(const struct image_store *store, struct arena *arena, const char *reference,
                 const char ***out, size_t *n_out, struct err *err)
{
    struct words done = {};
    if (state_begin(store->state, err) < 0)
        return -1;
    if (forget(store, arena, reference, &done, err) < 0 ||
        state_commit(store->state, true, err) < 0) {
        state_rollback(store->state);
        return -1;
    }
    if (images_sweep(store, err) < 0)
        return fail_in(err, "the image is gone, but not all of its files");
    *out = done.at;
    *n_out = done.n;
    return 0;
}
