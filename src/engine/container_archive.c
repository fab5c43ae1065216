// SPDX-License-Identifier: Apache-2.0
// container_archive.c — cp: what is at a path in a container, read as a tar, written from one.
//
// A path is resolved once, inside the container's root as the container sees it (container_root.h),
// and what was found is held by descriptor. The streams are written and read by dhow-transfer,
// whose root directory is the descriptor: a container that swaps directories for links meanwhile
// changes what is copied of its own files, and nothing else (CVE-2018-15664, CVE-2026-42306). No
// program and no library of the container is run or loaded (CVE-2019-14271).
#include "base/mem.h"
#include "base/str.h"
#include "engine/container_root.h"
#include "engine/events.h"
#include "engine/hooks.h"
#include "linux/path.h"
#include "linux/user.h"
#include "transfer/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

struct place {        // that a path leads to
    int dir;          // that holds it, to read; or, of a directory, itself
    const char *name; // in dir; "." for dir itself
    const char *called;
    int fd; // O_PATH of it
    struct stat st;
};
#define PLACE_NONE                                                                                 \
    {                                                                                              \
        .dir = -1, .fd = -1                                                                        \
    }
static void place_done(struct place *place)
{
    if (place->fd >= 0)
        (void)close(place->fd);
    if (place->dir >= 0)
        (void)close(place->dir);
}
#define AUTO_PLACE __attribute__((cleanup(place_done)))

static int fail_missing(const char *path, const struct container_root *root, struct err *err)
{
    return fail(err, ERR_NOT_FOUND, "Could not find the file %s in container %s", path,
                root->container.row.name);
}

static int fail_open(const char *path, const struct container_root *root, struct err *err)
{
    bool is_missing = err->sys == ENOENT || err->sys == ENOTDIR;
    return is_missing ? fail_missing(path, root, err) : -1;
}

// --- resolving

// "/a/b/" → "/a", "b". A path that ends with "/" or "/." or leads up follows what is at its end.
static bool split(struct arena *arena, const char *path, const char **out_parent,
                  const char **out_name)
{
    struct str rest = str_of(path);
    bool follows = text_ends(path, "/") || text_ends(path, "/.") || strcmp(path, ".") == 0;
    while (rest.n != 0 && rest.at[rest.n - 1] == '/')
        rest.n--;
    struct str name = str_cut_last(&rest, '/');
    if (name.n == 0 || str_is(name, ".") || str_is(name, ".."))
        follows = true;
    *out_name = arena_strndup(arena, name.at, name.n);
    *out_parent = arena_printf(arena, "/%.*s", (int)rest.n, rest.at);
    return follows;
}

// The names that docker gives them in the stream: "/" and "dir/." are their contents.
static const char *called(const char *name)
{
    return *name == '\0' || strcmp(name, "..") == 0 ? "." : name;
}

static int open_at(const struct container_root *root, const char *path, const char *parent,
                   struct place *place, struct err *err)
{
    place->dir = path_open_in(root->fd, parent, O_RDONLY | O_DIRECTORY, err);
    if (place->dir < 0)
        return fail_open(path, root, err);
    place->fd = openat(place->dir, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (place->fd < 0 && (errno == ENOENT || errno == ENAMETOOLONG))
        return fail_missing(path, root, err);
    if (place->fd < 0)
        return fail_sys(err, "open %s in the container", path);
    return 0;
}

static int find_place(struct arena *arena, const struct container_root *root, const char *path,
                      struct place *place, struct err *err)
{
    const char *parent, *name;
    bool follows = split(arena, path, &parent, &name);
    place->called = called(name);
    place->name = follows ? "." : name;
    if (!follows && open_at(root, path, parent, place, err) < 0)
        return -1;
    if (follows) {
        place->fd = path_open_in(root->fd, path, O_PATH, err);
        if (place->fd < 0)
            return fail_open(path, root, err);
    }
    if (fstat(place->fd, &place->st) < 0)
        return fail_sys(err, "look at %s in the container", path);
    if (follows && !S_ISDIR(place->st.st_mode))
        return fail(err, ERR_INVALID, "%s in container %s is not a directory", path,
                    root->container.row.name);
    return 0;
}

// --- what there is

static uint32_t go_mode(mode_t mode)
{
    static const struct {
        mode_t type;
        uint32_t bits;
    } types[] = {
        {S_IFDIR, GO_MODE_DIRECTORY},   {S_IFLNK, GO_MODE_SYMLINK}, {S_IFBLK, 1U << 26},
        {S_IFCHR, 1U << 26 | 1U << 21}, {S_IFIFO, 1U << 25},        {S_IFSOCK, 1U << 24},
    };
    static const struct {
        mode_t bit;
        uint32_t go;
    } bits[] = {{S_ISUID, 1U << 23}, {S_ISGID, 1U << 22}, {S_ISVTX, 1U << 20}};
    uint32_t go = mode & 0777;
    for (size_t i = 0; i < N_ELEMENTS(types); i++)
        go |= (mode & S_IFMT) == types[i].type ? types[i].bits : 0;
    for (size_t i = 0; i < N_ELEMENTS(bits); i++)
        go |= (mode & bits[i].bit) != 0 ? bits[i].go : 0;
    return go;
}

// Where a link leads, as a path inside the container. The kernel has resolved it inside the root,
// and knows the way from there: /proc says it of the descriptor, the root's own path taken off.
static const char *resolved_target(struct arena *arena, const struct container_root *root,
                                   const char *path)
{
    char found[PATH_MAX], top[PATH_MAX];
    struct err ignored; // it leads nowhere: then docker has no target either
    AUTO_FD int fd = path_open_in(root->fd, path, O_PATH, &ignored);
    if (fd < 0)
        return "";
    AUTO_FREE char *of = str_printf("/proc/self/fd/%d", fd);
    AUTO_FREE char *of_top = str_printf("/proc/self/fd/%d", root->fd);
    ssize_t n = readlink(of, found, sizeof found - 1);
    ssize_t n_top = readlink(of_top, top, sizeof top - 1);
    if (n < 0 || n_top < 0)
        return "";
    found[n] = top[n_top] = '\0';
    bool is_below = n_top > 1 && text_starts(found, top) && found[n_top] == '/';
    return arena_strdup(arena, is_below ? found + n_top : found);
}

static void describe(struct arena *arena, const struct container_root *root, const char *path,
                     const struct place *place, struct archive_stat *out)
{
    const struct stat *st = &place->st;
    *out = (struct archive_stat){
        .name = strcmp(path, "/") == 0 ? "/" : place->called,
        .size = st->st_size,
        .mode = go_mode(st->st_mode),
        .mtime = time_rfc3339(arena, st->st_mtim.tv_sec * 1'000'000'000 + st->st_mtim.tv_nsec),
        .link_target = S_ISLNK(st->st_mode) ? resolved_target(arena, root, path) : "",
    };
}

int engine_archive_stat(struct engine *engine, struct arena *arena,
                        const struct archive_stat_request *request, struct archive_stat *response,
                        struct err *err)
{
    struct container_root root = CONTAINER_ROOT_NONE;
    AUTO_PLACE struct place place = PLACE_NONE;
    int done = container_root_open(engine, arena, request->id, &root, err);
    if (done == 0)
        done = find_place(arena, &root, request->path, &place, err);
    if (done == 0)
        describe(arena, &root, request->path, &place, response);
    container_root_close(engine, arena, &root);
    return done;
}

// --- out of it

static int pack(struct arena *arena, const struct place *place, int tar, struct err *err)
{
    struct child child = CHILD_NONE;
    struct tree_pack what = {.tree = place->dir, .entry = place->name, .name = place->called};
    const char *program = program_find(arena, "dhow-transfer", err);
    // Of a directory itself, so that it is the one that was found, whatever has its name now.
    AUTO_FD int self = S_ISDIR(place->st.st_mode)
                           ? openat(place->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                           : -1;
    if (S_ISDIR(place->st.st_mode)) {
        what.tree = self;
        what.entry = ".";
    }
    if (what.tree < 0)
        return fail_sys(err, "open the directory");
    if (program == NULL || tree_pack_start(program, &what, tar, &child, err) < 0)
        return -1;
    return tree_finish(&child, arena, NULL, err);
}

int engine_archive_get(struct engine *engine, struct arena *arena,
                       const struct archive_get_request *request, struct archive_stat *response,
                       struct err *err)
{
    struct container_root root = CONTAINER_ROOT_NONE;
    AUTO_PLACE struct place place = PLACE_NONE;
    int done = container_root_open(engine, arena, request->id, &root, err);
    if (done == 0)
        done = find_place(arena, &root, request->path, &place, err);
    if (done == 0)
        done = pack(arena, &place, request->tar, err);
    if (done == 0) {
        container_announce(engine, &root.container, "archive-path", NULL, 0);
        describe(arena, &root, request->path, &place, response);
    }
    container_root_close(engine, arena, &root);
    return done;
}

// --- into it

static int open_file(int root, const char *path, struct err *err)
{
    return path_open_in(root, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, err);
}

// Of the container's user, if it has one.
static int find_owner(const struct container_root *root, struct tree_unpack *what, struct err *err)
{
    struct user user;
    struct err ignored; // a file that is not there has nobody in it
    const char *name = root->container.spec.user;
    if (text_is_empty(name))
        return 0;
    AUTO_FD int passwd = open_file(root->fd, "/etc/passwd", &ignored);
    AUTO_FD int group = open_file(root->fd, "/etc/group", &ignored);
    if (user_resolve(name, passwd, group, &user, err) < 0)
        return -1;
    what->has_owner = true;
    what->uid = user.uid;
    what->gid = user.gid;
    user_done(&user);
    return 0;
}

// docker's words for a place that cannot be written to.
static int check_writable(const struct container_root *root, int into, struct err *err)
{
    struct statvfs vfs;
    struct statx place, top;
    if (fstatvfs(into, &vfs) < 0 || (vfs.f_flag & ST_RDONLY) == 0)
        return 0;
    bool is_mounted = statx(into, "", AT_EMPTY_PATH, STATX_MNT_ID, &place) == 0 &&
                      statx(root->fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &top) == 0 &&
                      place.stx_mnt_id != top.stx_mnt_id;
    return fail(err, ERR_DENIED, "%s is marked read-only",
                is_mounted ? "mounted volume" : "container rootfs");
}

static int put(struct arena *arena, const struct container_root *root,
               const struct archive_put_request *request, struct err *err)
{
    struct child child = CHILD_NONE;
    AUTO_FD int into = path_open_in(root->fd, request->path, O_RDONLY | O_DIRECTORY, err);
    if (into < 0 && err->sys == ENOTDIR)
        return fail(err, ERR_INVALID, "extraction point is not a directory");
    if (into < 0)
        return fail_open(request->path, root, err);
    struct tree_unpack what = {.into = into, .keeps_kinds = request->no_overwrite_dir_non_dir};
    const char *program = program_find(arena, "dhow-transfer", err);
    if (program == NULL || check_writable(root, into, err) < 0 ||
        (request->copy_uid_gid && find_owner(root, &what, err) < 0) ||
        tree_unpack_start(program, &what, request->tar, &child, err) < 0)
        return -1;
    return tree_finish(&child, arena, NULL, err);
}

int engine_archive_put(struct engine *engine, struct arena *arena,
                       const struct archive_put_request *request, struct nothing *response,
                       struct err *err)
{
    (void)response;
    struct container_root root = CONTAINER_ROOT_NONE;
    int done = container_root_open(engine, arena, request->id, &root, err);
    if (done == 0)
        done = put(arena, &root, request, err);
    if (done == 0)
        container_announce(engine, &root.container, "extract-to-dir", NULL, 0);
    container_root_close(engine, arena, &root);
    return done;
}
