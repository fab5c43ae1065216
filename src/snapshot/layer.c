// SPDX-License-Identifier: Apache-2.0
// layer.c — layers as directories that appear by one rename.
//
// incoming/<name> is locked (flock) by the process that unpacks into it; what has no lock was left
// by one that was killed, and the next layer_begin or layer_remove removes it. A layer that goes
// away is renamed into incoming/ first: a directory under its chain id is always whole.
#include "snapshot/layer.h"

#include "base/file.h"
#include "base/mem.h"
#include "linux/tree.h"
#include "snapshot/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#define LAYERS   "snapshot"
#define INCOMING "snapshot/incoming"
enum { CHAIN_ID = 64, LAYER_PATH = sizeof LAYERS + 1 + CHAIN_ID + sizeof "/fs" };

static void sweep_incoming(int incoming);

static int layer_path(const char *chain_id, const char *below, char out[LAYER_PATH],
                      struct err *err)
{
    size_t n = strspn(chain_id, "0123456789abcdef");
    if (n != CHAIN_ID || chain_id[n] != '\0')
        return fail(err, ERR_INVALID, "invalid layer id \"%.100s\": want 64 hex digits", chain_id);
    (void)snprintf(out, LAYER_PATH, LAYERS "/%s%s", chain_id, below); // it fits
    return 0;
}

int layer_find(int root, const char *chain_id, struct err *err)
{
    char path[LAYER_PATH];
    struct stat st;
    if (layer_path(chain_id, "", path, err) < 0)
        return -1;
    if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return 1;
    return errno == ENOENT ? 0 : fail_sys(err, "look up layer %s", chain_id);
}

int layer_open(int root, const char *chain_id, struct err *err)
{
    char path[LAYER_PATH];
    if (layer_path(chain_id, "/fs", path, err) < 0)
        return -1;
    // Not O_PATH: overlayfs takes layers by descriptor, and FSCONFIG_SET_FD refuses O_PATH ones
    // before 6.14.
    int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return fail(err, ERR_NOT_FOUND, "no such layer: %s", chain_id);
    return fd < 0 ? fail_sys(err, "open layer %s", chain_id) : fd;
}

int layer_measure(int root, const char *chain_id, uint64_t *out, struct err *err)
{
    AUTO_FD int fs = layer_open(root, chain_id, err);
    if (fs < 0)
        return -1;
    *out = tree_measure(fs);
    return 0;
}

int layer_begin(int root, struct layer_writer *out, struct err *err)
{
    AUTO_FD int incoming = dir_make_at(root, INCOMING, 0700, err);
    uint64_t random;
    if (incoming < 0)
        return -1;
    sweep_incoming(incoming);
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return fail_sys(err, "getrandom");
    struct layer_writer writer = {.root = root};
    (void)snprintf(writer.name, sizeof writer.name, "%016" PRIx64, random); // it fits
    if (mkdirat(incoming, writer.name, 0700) < 0)
        return fail_sys(err, "create " INCOMING "/%s", writer.name);
    AUTO_FD int dir = openat(incoming, writer.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // A sweep between mkdir and flock removes it: then this fails and the caller tries again.
    if (dir < 0 || flock(dir, LOCK_EX | LOCK_NB) < 0 || mkdirat(dir, "fs", 0755) < 0)
        return fail_sys(err, "create " INCOMING "/%s", writer.name);
    writer.fs = openat(dir, "fs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (writer.fs < 0)
        return fail_sys(err, "open " INCOMING "/%s/fs", writer.name);
    writer.dir = TAKE_FD(dir);
    *out = writer;
    return 0;
}

int layer_commit(struct layer_writer *writer, const char *chain_id, struct err *err)
{
    if (layer_seal(writer, err) < 0)
        return -1;
    if (syncfs(writer->dir) < 0)
        return fail_sys(err, "sync layer %s", chain_id);
    if (layer_publish(writer, chain_id, err) < 0)
        return -1;
    return layers_sync_names(writer->root, err);
}

int layer_seal(struct layer_writer *writer, struct err *err)
{
    return fchmod(writer->dir, 0700) < 0 ? fail_sys(err, "close a layer to others") : 0;
}

int layer_publish(struct layer_writer *writer, const char *chain_id, struct err *err)
{
    char path[LAYER_PATH];
    if (layer_path(chain_id, "", path, err) < 0)
        return -1;
    AUTO_FREE char *from = str_printf(INCOMING "/%s", writer->name);
    if (renameat2(writer->root, from, writer->root, path, RENAME_NOREPLACE) < 0)
        return errno == EEXIST ? 0 : fail_sys(err, "name layer %s", chain_id); // abort removes ours
    writer->name[0] = '\0';
    return 0;
}

int layer_replace(struct layer_writer *writer, const char *chain_id, struct err *err)
{
    char path[LAYER_PATH];
    if (layer_path(chain_id, "", path, err) < 0 || layer_seal(writer, err) < 0)
        return -1;
    if (syncfs(writer->dir) < 0)
        return fail_sys(err, "sync layer %s", chain_id);
    AUTO_FREE char *from = str_printf(INCOMING "/%s", writer->name);
    if (renameat2(writer->root, from, writer->root, path, RENAME_EXCHANGE) < 0) {
        if (errno != ENOENT)
            return fail_sys(err, "replace layer %s", chain_id);
        if (layer_publish(writer, chain_id, err) < 0)
            return -1;
    }
    return layers_sync_names(writer->root, err);
}

int layers_sync_names(int root, struct err *err)
{
    AUTO_FD int layers = openat(root, LAYERS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (layers < 0 && errno == ENOENT)
        return 0; // an image without layers
    if (layers < 0 || fsync(layers) < 0)
        return fail_sys(err, "sync the layers' directory");
    return 0;
}

void layer_abort(struct layer_writer *writer)
{
    (void)close(writer->fs);
    if (writer->name[0] != '\0') {
        AUTO_FREE char *path = str_printf(INCOMING "/%s", writer->name);
        struct err ignored; // the next sweep tries again
        (void)tree_remove(writer->root, path, &ignored);
    }
    (void)close(writer->dir);
}

int layer_remove(int root, const char *chain_id, struct err *err)
{
    char path[LAYER_PATH];
    AUTO_FD int incoming = dir_make_at(root, INCOMING, 0700, err);
    if (incoming < 0 || layer_path(chain_id, "", path, err) < 0)
        return -1;
    if (renameat(root, path, incoming, chain_id) < 0) {
        if (errno != ENOENT && errno != EEXIST && errno != ENOTEMPTY)
            return fail_sys(err, "remove layer %s", chain_id);
        if (errno == ENOENT && faccessat(incoming, chain_id, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
            return 0;
        // A removal of the same layer was killed before: its rest makes room.
        if (tree_remove(incoming, chain_id, err) < 0)
            return -1;
        if (renameat(root, path, incoming, chain_id) < 0)
            return errno == ENOENT ? 0 : fail_sys(err, "remove layer %s", chain_id);
    }
    return tree_remove(incoming, chain_id, err);
}

// Removes what nobody has locked.
static void sweep_incoming(int incoming)
{
    int fd = openat(incoming, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        AUTO_FD int left = openat(incoming, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct err ignored; // the next one tries again
        if (left >= 0 && flock(left, LOCK_EX | LOCK_NB) == 0)
            (void)tree_remove(incoming, entry->d_name, &ignored);
    }
    (void)closedir(dir);
}

int layer_sweep(int root, bool (*is_used)(const void *data, const char *chain_id), const void *data,
                struct err *err)
{
    int fd = openat(root, LAYERS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "read the layers' directory");
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        (void)close(fd); // read only
        return fail(err, ERR_SYSTEM, "read the layers' directory");
    }
    int result = 0;
    for (const struct dirent *entry; result == 0 && (entry = readdir(dir)) != NULL;) {
        size_t n = strspn(entry->d_name, "0123456789abcdef");
        if (n == CHAIN_ID && entry->d_name[n] == '\0' && !is_used(data, entry->d_name))
            result = layer_remove(root, entry->d_name, err);
    }
    (void)closedir(dir); // read only
    AUTO_FD int incoming = openat(root, INCOMING, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (incoming >= 0)
        sweep_incoming(incoming);
    return result;
}
