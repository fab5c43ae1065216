// SPDX-License-Identifier: Apache-2.0
// sweep.c — what no image and no container needs goes.
//
// Nothing counts references: what is in use is computed from the database, which knows the blobs
// and layers of every complete manifest, so no file has to be read (a damaged one cannot stop a
// sweep) and a killed removal or import is finished by the next sweep. `images.lock` in the data
// root is held shared by who makes an image (its layers and blobs are there before its rows),
// exclusively here: a sweep that finds it taken leaves a mark (images.unswept), and whoever comes
// by later sweeps. Downloads that were cut
// short are kept for some days, because the next pull goes on with them.
#include "base/mem.h"
#include "content/content.h"
#include "image/rows.h"
#include "snapshot/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#define MARK "images.unswept"

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

struct sweeping {
    const struct catalog *before; // with the layers that go: how large they are
    const struct item_set *in_use;
    uint64_t *bytes; // of layers that went
};

static bool layer_is_used(const void *data, const char *chain_id)
{
    const struct sweeping *in = data;
    if (item_set_find(in->in_use, 'l', chain_id) != NULL)
        return true;
    *in->bytes += catalog_layer_bytes(in->before, chain_id);
    return false;
}

static bool blob_is_used(const void *data, const char *hex)
{
    return item_set_find(((const struct sweeping *)data)->in_use, 'b', hex) != NULL;
}

static int tidy(void *data, struct err *err)
{
    return state_images_tidy(data, err);
}

int images_sweep(const struct image_store *store, bool drop_partial, uint64_t *out_bytes,
                 struct err *err)
{
    AUTO_FD int lock = images_lock(store->root, true, err);
    if (lock < 0 && err->kind == ERR_UNAVAILABLE) {
        [[maybe_unused]] AUTO_FD int mark = // without it the next removal sweeps
            openat(store->root, MARK, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        return 0;
    }
    if (lock < 0)
        return -1;
    (void)unlinkat(store->root, MARK, 0); // usually not there
    AUTO_ARENA struct arena arena = {};
    AUTO_ITEMS struct item_set in_use = {};
    struct catalog before, now;
    if (catalog_read(store, &arena, &before, err) < 0 ||
        state_removal(store->state, tidy, store->state, err) < 0 ||
        catalog_read(store, &arena, &now, err) < 0)
        return -1;
    for (size_t i = 0; i < now.n_images; i++)
        item_set_add(&in_use, 'b', now.images[i].id, 0);
    for (size_t i = 0; i < now.n_manifests; i++)
        item_set_add_manifest(&in_use, &arena, &now, &now.manifests[i]);
    item_set_sort(&in_use);
    uint64_t bytes = 0;
    const struct sweeping in = {&before, &in_use, &bytes};
    unsigned days = drop_partial ? 0 : CONTENT_PARTIAL_DAYS;
    if (layer_sweep(store->root, layer_is_used, &in, err) < 0 ||
        content_sweep(store->root, blob_is_used, &in, &bytes, err) < 0 ||
        content_partial_sweep(store->root, days, &bytes, err) < 0)
        return -1;
    if (out_bytes != NULL)
        *out_bytes += bytes;
    return 0;
}

void images_sweep_if_due(const struct image_store *store)
{
    struct err ignored; // it stays due
    if (faccessat(store->root, MARK, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        (void)images_sweep(store, false, NULL, &ignored);
}
