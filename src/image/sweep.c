// SPDX-License-Identifier: Apache-2.0
// sweep.c — what no image needs goes.
//
// Nothing counts references: what is in use is computed from the database and the manifests, so a
// killed removal or import is finished by the next sweep. `images.lock` in the data root is held
// shared by who makes an image (its layer and blobs are there before its row), exclusively here.
#include "base/mem.h"
#include "base/str.h"
#include "content/content.h"
#include "image/document.h"
#include "snapshot/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

int images_lock(int root, bool is_exclusive, struct err *err)
{
    AUTO_FD int fd = openat(root, "images.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_sys(err, "open images.lock");
    while (flock(fd, is_exclusive ? LOCK_EX | LOCK_NB : LOCK_SH) < 0) {
        if (errno == EWOULDBLOCK)
            return fail(err, ERR_UNAVAILABLE, "an image is being made");
        if (errno != EINTR)
            return fail_sys(err, "lock images.lock");
    }
    return TAKE_FD(fd);
}

struct in_use { // sorted texts of 64 hex digits
    const char **at;
    size_t n, room;
};

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void use(struct in_use *in_use, const char *hex)
{
    if (in_use->n == in_use->room) {
        in_use->room = in_use->room * 2 + 64;
        in_use->at = xreallocarray(in_use->at, in_use->room, sizeof *in_use->at);
    }
    in_use->at[in_use->n++] = hex;
}

static bool is_in_use(const void *data, const char *hex)
{
    const struct in_use *in_use = data;
    return in_use->n != 0 &&
           bsearch(&hex, in_use->at, in_use->n, sizeof *in_use->at, compare) != NULL;
}

static void use_digest(struct in_use *blobs, const char *digest)
{
    if (text_starts(digest, "sha256:"))
        use(blobs, digest + strlen("sha256:"));
}

static int use_manifest(const struct image_store *store, struct arena *arena,
                        const struct state_image *row, struct in_use *blobs, struct err *err)
{
    struct manifest_document manifest;
    if (row->manifest == NULL)
        return 0;
    AUTO_BUF struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    if (content_read(store->root, row->manifest, &text, err) < 0 ||
        json_decode(arena, text.at, text.n, manifest_document_fields, &manifest, JSON_LENIENT,
                    err) < 0)
        return fail_in(err, "the manifest of image %.12s", row->id);
    use(blobs, row->manifest);
    use_digest(blobs, manifest.config.digest);
    for (size_t i = 0; i < manifest.n_layers; i++)
        use_digest(blobs, manifest.layers[i].digest);
    return 0;
}

static int find_in_use(const struct image_store *store, struct arena *arena, struct in_use *layers,
                       struct in_use *blobs, struct err *err)
{
    struct state_image *rows;
    size_t n;
    if (state_images(store->state, arena, &rows, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct str rest = str_of(rows[i].layers);
        while (rest.n != 0) {
            struct str id = str_cut(&rest, ' ');
            if (id.n != 0)
                use(layers, arena_strndup(arena, id.at, id.n));
        }
        if (use_manifest(store, arena, &rows[i], blobs, err) < 0)
            return -1;
    }
    if (layers->n != 0)
        qsort(layers->at, layers->n, sizeof *layers->at, compare);
    if (blobs->n != 0)
        qsort(blobs->at, blobs->n, sizeof *blobs->at, compare);
    return 0;
}

int images_sweep(const struct image_store *store, struct err *err)
{
    AUTO_FD int lock = images_lock(store->root, true, err);
    if (lock < 0)
        return err->kind == ERR_UNAVAILABLE ? 0 : -1; // the next one does it
    AUTO_ARENA struct arena arena = {};
    struct in_use layers = {}, blobs = {};
    int result = find_in_use(store, &arena, &layers, &blobs, err);
    if (result == 0)
        result = layer_sweep(store->root, is_in_use, &layers, err);
    if (result == 0)
        result = content_sweep(store->root, is_in_use, &blobs, err);
    free(layers.at);
    free(blobs.at);
    return result;
}
