// SPDX-License-Identifier: Apache-2.0
// remove.c — names given and taken, images removed and pruned.
//
// What is decided and what is written is one transaction, so a container that is created meanwhile
// either holds the image or does not find it. The files go afterwards, by a sweep: a removal killed
// in between is finished by the next one.
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/rows.h"

#include <string.h>

struct removing {
    const struct image_store *store;
    struct arena *arena;
    const struct image_remove *request; // or NULL:
    const struct image_prune *prune;
    struct image_removals *done;
    size_t room;
    bool is_gone; // something went that has files
};

static void note(struct removing *in, const char *untagged, const char *deleted)
{
    struct image_removals *done = in->done;
    if (done->n == in->room) { // the old list stays in the arena
        size_t room = in->room * 2 + 8;
        struct image_removal *at = arena_array(in->arena, room, sizeof *at);
        if (done->n != 0)
            memcpy(at, done->at, done->n * sizeof *at);
        done->at = at;
        in->room = room;
    }
    done->at[done->n++] = (struct image_removal){untagged, deleted};
}

static int delete_image(struct removing *in, const char *id, const struct state_image_name *names,
                        size_t n_names, struct err *err)
{
    for (size_t i = 0; i < n_names; i++)
        note(in, image_reference_familiar(in->arena, names[i].name), NULL);
    note(in, NULL, arena_printf(in->arena, "sha256:%s", id));
    in->is_gone = true;
    return state_image_delete(in->store->state, id, err);
}

// --- tag

int image_tag(const struct image_store *store, struct arena *arena, const char *reference,
              const char *name, struct err *err)
{
    struct image_reference parts;
    if (image_reference_parse(arena, name, &parts, err) < 0)
        return fail_in(err, "Error parsing reference: \"%.300s\" is not a valid repository/tag",
                       name);
    if (parts.digest != NULL)
        return fail(err, ERR_INVALID, "refusing to create a tag with a digest reference");
    const char *full = image_reference_full(arena, name, err);
    if (full == NULL || state_begin(store->state, err) < 0)
        return -1;
    struct found row;
    int found = image_find_row(store, arena, reference, &row, err);
    if (found == 0)
        found = image_fail_missing(arena, reference, err);
    const struct state_image_name given = {full, found > 0 ? row.image.id : NULL, now_ns()};
    if (found < 0 || state_image_name_put(store->state, &given, err) < 0 ||
        state_commit(store->state, true, err) < 0) {
        state_rollback(store->state);
        return -1;
    }
    return 0;
}

// --- remove

// The first container that uses it: the image, or one manifest when `manifest` is not NULL.
static int find_user(const struct removing *in, const char *image_id, const char *manifest,
                     bool only_running, struct state_container *out, struct err *err)
{
    const struct image_users *users = &in->request->users;
    struct state_container *rows;
    size_t n;
    if (state_containers(in->store->state, in->arena, &rows, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rows[i].image_id, image_id) != 0 ||
            (manifest != NULL && strcmp(rows[i].manifest, manifest) != 0))
            continue;
        if (only_running &&
            (users->is_running == NULL || !users->is_running(users->data, &rows[i])))
            continue;
        *out = rows[i];
        return 1;
    }
    return 0;
}

// Of an image, or of one manifest of it, that shall go: the conflicts in docker's words.
static int check_users(const struct removing *in, const char *image_id, const char *manifest,
                       size_t n_names, struct err *err)
{
    struct state_container user;
    const char *shown = manifest != NULL ? manifest : image_id;
    int used = find_user(in, image_id, manifest, true, &user, err);
    if (used < 0)
        return -1;
    if (used > 0)
        return fail(err, ERR_CONFLICT,
                    "conflict: unable to delete %.12s (cannot be forced) - image is being used by "
                    "running container %.12s",
                    shown, user.id);
    if (in->request->force)
        return 0;
    if (n_names > 1)
        return fail(err, ERR_CONFLICT,
                    "conflict: unable to delete %.12s (must be forced) - image is referenced in "
                    "multiple repositories",
                    shown);
    used = find_user(in, image_id, manifest, false, &user, err);
    if (used < 0)
        return -1;
    if (used > 0)
        return fail(err, ERR_CONFLICT,
                    "conflict: unable to delete %.12s (must be forced) - image is being used by "
                    "stopped container %.12s",
                    shown, user.id);
    return 0;
}

static int remove_name(struct removing *in, const struct state_image *row, const char *name,
                       const struct state_image_name *names, size_t n_names, struct err *err)
{
    struct state_container user;
    int used = n_names > 1 ? 0 : find_user(in, row->id, NULL, false, &user, err);
    if (used < 0)
        return -1;
    if (used > 0 && !in->request->force)
        return fail(err, ERR_CONFLICT,
                    "conflict: unable to remove repository reference \"%s\" (must force) - "
                    "container %.12s is using its referenced image %.12s",
                    in->request->reference, user.id, row->id);
    if (n_names == 1 && used == 0)
        return delete_image(in, row->id, names, n_names, err);
    note(in, image_reference_familiar(in->arena, name), NULL);
    return state_image_name_delete(in->store->state, name, err);
}

// A manifest of an index goes, and the attestations about it.
static int remove_part(struct removing *in, const struct state_image *row,
                       const struct image_part *parts, size_t n, size_t which, struct err *err)
{
    const char *digest = parts[which].descriptor.digest;
    if (check_users(in, row->id, digest_hex(digest), 0, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const char *other = parts[i].descriptor.digest;
        if (i != which && !text_equal(parts[i].subject, digest))
            continue;
        if (state_image_manifest_delete(in->store->state, row->id, digest_hex(other), err) < 0)
            return -1;
        if (parts[i].is_complete)
            note(in, NULL, other);
    }
    in->is_gone = true;
    return 0;
}

static int remove_platform(struct removing *in, const struct state_image *row,
                           const struct platform *platform, struct err *err)
{
    struct image image;
    struct image_part *parts;
    size_t n, n_gone = 0;
    const struct state_manifest none = {};
    if (image_from_rows(in->arena, row, &none, &image, err) < 0 ||
        image_parts(in->store, in->arena, &image, &parts, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (!parts[i].is_complete || parts[i].kind != MANIFEST_IMAGE ||
            platform_rank(platform, &parts[i].platform) != 0)
            continue;
        if (remove_part(in, row, parts, n, i, err) < 0)
            return -1;
        n_gone++;
    }
    if (n_gone == 0)
        return fail(err, ERR_NOT_FOUND,
                    "image with reference %s was found but does not provide the specified platform "
                    "(%s)",
                    in->request->reference, platform_print(in->arena, platform));
    return 0;
}

static int remove_platforms(struct removing *in, const struct state_image *row,
                            const struct state_image_name *names, size_t n_names, struct err *err)
{
    for (size_t i = 0; i < in->request->n_platforms; i++) {
        if (remove_platform(in, row, &in->request->platforms[i], err) < 0)
            return -1;
    }
    struct state_manifest *left;
    size_t n, n_images = 0;
    if (state_manifests(in->store->state, in->arena, row->id, &left, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        n_images += left[i].kind == MANIFEST_IMAGE;
    if (n_images == 0) // the last one takes the image with it
        return delete_image(in, row->id, names, n_names, err);
    return image_choose_manifest(in->store->state, in->arena, row->id, err);
}

// It may be done a second time, from the start.
static void begin(struct removing *in)
{
    *in->done = (struct image_removals){};
    in->room = 0;
    in->is_gone = false;
}

static int forget(void *data, struct err *err)
{
    struct removing *in = data;
    struct found row;
    struct state_image_name *names;
    size_t n;
    const char *reference = in->request->reference;
    begin(in);
    int found = image_find_row(in->store, in->arena, reference, &row, err);
    const struct state_image *image = &row.image;
    if (found == 0)
        return image_fail_missing(in->arena, reference, err);
    if (found < 0 || state_image_names(in->store->state, in->arena, image->id, &names, &n, err) < 0)
        return -1;
    if (in->request->n_platforms != 0)
        return remove_platforms(in, image, names, n, err);
    for (size_t i = 0; row.name != NULL && i < n; i++) {
        if (strcmp(names[i].name, row.name) == 0)
            return remove_name(in, image, row.name, names, n, err);
    }
    // By id, or by a digest that is no name of its own.
    if (check_users(in, image->id, NULL, n, err) < 0)
        return -1;
    return delete_image(in, image->id, names, n, err);
}

static int finish(struct removing *in, bool drop_partial, struct err *err)
{
    if (!in->is_gone && !drop_partial)
        return 0;
    if (images_sweep(in->store, drop_partial, &in->done->bytes, err) < 0)
        return fail_in(err, "the image is gone, but not all of its files");
    return 0;
}

int image_remove(const struct image_store *store, struct arena *arena,
                 const struct image_remove *request, struct image_removals *out, struct err *err)
{
    struct image_removals done = {};
    struct removing in = {.store = store, .arena = arena, .request = request, .done = &done};
    if (state_removal(store->state, forget, &in, err) < 0 || finish(&in, false, err) < 0)
        return -1;
    *out = done;
    return 0;
}

// --- prune

static int forget_unused(void *data, struct err *err)
{
    struct removing *in = data;
    const struct image_prune *request = in->prune;
    struct image *images;
    struct state_container *rows;
    size_t n, n_rows;
    begin(in);
    if (image_list(in->store, in->arena, &images, &n, err) < 0 ||
        state_containers(in->store->state, in->arena, &rows, &n_rows, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct image *image = &images[i];
        bool is_used = image->n_names != 0 && !request->all;
        for (size_t j = 0; j < n_rows && !is_used; j++)
            is_used = strcmp(rows[j].image_id, image->id) == 0;
        if (is_used || (request->is_wanted != NULL && !request->is_wanted(request->data, image)))
            continue;
        struct state_image_name *names;
        size_t n_names;
        if (state_image_names(in->store->state, in->arena, image->id, &names, &n_names, err) < 0 ||
            delete_image(in, image->id, names, n_names, err) < 0)
            return -1;
    }
    return 0;
}

int image_prune(const struct image_store *store, struct arena *arena,
                const struct image_prune *request, struct image_removals *out, struct err *err)
{
    struct image_removals done = {};
    struct removing in = {.store = store, .arena = arena, .prune = request, .done = &done};
    if (state_removal(store->state, forget_unused, &in, err) < 0 || finish(&in, true, err) < 0)
        return -1;
    *out = done;
    return 0;
}
