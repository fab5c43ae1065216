// SPDX-License-Identifier: Apache-2.0
// container_changes.c — what a container has changed: its upper directory, compared with its image;
// and the same of an image's topmost layer.
//
// An entry of the upper directory was added, or changed if the image has one of that name there;
// overlayfs' whiteout says deleted. A directory is listed as changed when something below it is, as
// docker does. Places that a start makes for its mounts are no change of the container's: empty
// ones are left out. Names are the container's: nothing is followed (S-1).
#include "base/buf.h"
#include "base/mem.h"
#include "engine/parts.h"
#include "linux/path.h"
#include "snapshot/layer.h"
#include "snapshot/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
    CHANGED,
    ADDED,
    DELETED,
    DEPTH_MAX = 1024,
    CHANGES_MAX = 10'000'000,
    PATH_MAX_BYTES = 65536
};

struct comparison {
    struct arena *arena;
    int image; // the image's tree; -1: there is nothing to compare with
    struct buf path;
    struct container_change *changes;
    size_t n, room;
    size_t n_skipped; // places to mount on
};

static int compare_directory(struct comparison *comparison, int dir, unsigned depth,
                             struct err *err);

// What is mounted there is not in the tree; what is, was made to mount on.
static bool is_mount_place(const struct comparison *comparison, const struct stat *st)
{
    static const char *const places[] = {"/dev",       "/proc",         "/sys",
                                         "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};
    if (S_ISREG(st->st_mode) ? st->st_size != 0 : !S_ISDIR(st->st_mode))
        return false;
    for (size_t i = 0; i < N_ELEMENTS(places); i++) {
        if (strcmp(buf_get(&comparison->path), places[i]) == 0)
            return true;
    }
    return false;
}

static void note(struct comparison *comparison, int kind)
{
    if (comparison->n == comparison->room) {
        comparison->room = comparison->room * 2 + 64;
        comparison->changes =
            xreallocarray(comparison->changes, comparison->room, sizeof *comparison->changes);
    }
    comparison->changes[comparison->n++] = (struct container_change){
        arena_strndup(comparison->arena, comparison->path.at, comparison->path.n), kind};
}

// 1 the image has something at the path (and *out), 0 not.
static int is_in_image(const struct comparison *comparison, struct stat *out, struct err *err)
{
    if (comparison->image < 0)
        return 0;
    AUTO_FD int fd = path_open_beneath(comparison->image, buf_get(&comparison->path) + 1,
                                       O_PATH | O_NOFOLLOW, err);
    if (fd >= 0)
        return fstat(fd, out) < 0 ? fail_sys(err, "look at the image's tree") : 1;
    // A link on the way there: the image has no such path, the container replaced the link.
    return err->sys == ENOENT || err->sys == ENOTDIR || err->sys == ELOOP ? 0 : -1;
}

static int compare_entry(struct comparison *comparison, int dir, const char *name, unsigned depth,
                         struct err *err)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "look at %s", buf_get(&comparison->path));
    if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0)) {
        note(comparison, DELETED);
        return 0;
    }
    struct stat before = {};
    int there = is_in_image(comparison, &before, err);
    if (there < 0)
        return -1;
    size_t n = comparison->n, skipped = comparison->n_skipped;
    note(comparison, there ? CHANGED : ADDED);
    if (S_ISDIR(st.st_mode)) {
        AUTO_FD int below = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below < 0)
            return errno == ENOENT ? 0 : fail_sys(err, "open %s", buf_get(&comparison->path));
        if (compare_directory(comparison, below, depth + 1, err) < 0)
            return -1;
    }
    // A place by itself, and a directory that was copied up for nothing but such places.
    bool is_same = there && st.st_mode == before.st_mode && st.st_uid == before.st_uid &&
                   st.st_gid == before.st_gid && comparison->n_skipped > skipped;
    if (comparison->n == n + 1 && (is_same || (!there && is_mount_place(comparison, &st)))) {
        comparison->n--;
        comparison->n_skipped++;
    }
    return 0;
}

static int compare_directory(struct comparison *comparison, int dir, unsigned depth,
                             struct err *err)
{
    if (depth > DEPTH_MAX || comparison->n > CHANGES_MAX)
        return fail(err, ERR_SYSTEM, "too many changes, or too deep, to list them");
    int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = again < 0 ? NULL : fdopendir(again);
    if (stream == NULL)
        return fail_sys(err, "list %s", buf_get(&comparison->path));
    int result = 0;
    for (const struct dirent *it; result == 0 && (it = readdir(stream)) != NULL;) {
        if (strcmp(it->d_name, ".") == 0 || strcmp(it->d_name, "..") == 0)
            continue;
        size_t before = comparison->path.n;
        buf_char(&comparison->path, '/');
        buf_text(&comparison->path, it->d_name);
        result = buf_check(&comparison->path, "a path", err);
        if (result == 0)
            result = compare_entry(comparison, dir, it->d_name, depth, err);
        comparison->path.n = before;
        comparison->path.at[before] = '\0';
    }
    (void)closedir(stream); // only read
    return result;
}

static int by_path(const void *a, const void *b)
{
    const struct container_change *one = a, *other = b;
    return strcmp(one->path, other->path);
}

static int compare_trees(struct arena *arena, int upper, int below,
                         struct container_changes_response *out, struct err *err)
{
    AUTO_BUF struct buf path;
    buf_init(&path, PATH_MAX_BYTES);
    struct comparison comparison = {.arena = arena, .image = below, .path = path};
    int result = compare_directory(&comparison, upper, 0, err);
    path = comparison.path; // it has grown
    struct container_change *changes = arena_array(arena, comparison.n + 1, sizeof *changes);
    if (comparison.n != 0) {
        memcpy(changes, comparison.changes, comparison.n * sizeof *changes);
        qsort(changes, comparison.n, sizeof *changes, by_path);
    }
    free(comparison.changes);
    if (result < 0)
        return -1;
    *out = (struct container_changes_response){.changes = changes, .n_changes = comparison.n};
    return 0;
}

int engine_container_changes(struct engine *engine, struct arena *arena,
                             const struct container_reference *request,
                             struct container_changes_response *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    struct image image;
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    *response = (struct container_changes_response){};
    AUTO_FD int upper = container.dir < 0 ? -1 : snapshot_changes(container.dir, err);
    if (upper < 0) // it has never run
        return container.dir < 0 || err->sys == ENOENT ? 0 : -1;
    int there = image_of_container(&engine->images, arena, &container.row, &image, err);
    if (there < 0)
        return -1;
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "the image of container %s is gone", container.row.name);
    const struct snapshot_layers layers = {(const char *const *)image.layers, image.n_layers};
    AUTO_FD int tree = snapshot_view(engine->root, -1, &layers, err);
    return tree < 0 ? -1 : compare_trees(arena, upper, tree, response, err);
}

// What the topmost layer changes of those below it.
int engine_image_changes(struct engine *engine, struct arena *arena,
                         const struct image_mount_request *request,
                         struct container_changes_response *response, struct err *err)
{
    struct image image;
    if (image_to_read(engine, arena, request->name, request->platform, &image, err) < 0)
        return -1;
    AUTO_FD int upper = layer_open(engine->root, image.layers[image.n_layers - 1], err);
    if (upper < 0)
        return -1;
    const struct snapshot_layers layers = {(const char *const *)image.layers, image.n_layers - 1};
    if (layers.n == 0)
        return compare_trees(arena, upper, -1, response, err);
    AUTO_FD int below = snapshot_view(engine->root, -1, &layers, err);
    return below < 0 ? -1 : compare_trees(arena, upper, below, response, err);
}
