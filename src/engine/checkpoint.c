// SPDX-License-Identifier: Apache-2.0
// checkpoint.c — a running container's processes saved to files, and what was saved.
//
// The runtime does it, with criu. A checkpoint is a directory, complete or absent: it is written
// under a name that no checkpoint can have and renamed when criu has finished. What a killed
// command left under that name goes with the next create.
#include "ops/checkpoint.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "linux/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECKPOINTS_DIR "checkpoints"
#define UNFINISHED      ".unfinished"
enum { SAID_MAX = 64 * 1024 };

static int name_is_valid(const char *name, struct err *err)
{
    if (!text_is_empty(name) && strlen(name) <= 128 && name[0] != '.' && name[0] != '-' &&
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
            strlen(name))
        return 0;
    return fail(err, ERR_INVALID,
                "Invalid checkpoint ID (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
                name != NULL ? name : "");
}

int checkpoint_find(const char *dir, const char *name, struct err *err)
{
    if (name_is_valid(name, err) < 0)
        return -1;
    AUTO_FREE char *path = str_printf("%s/%s", dir, name);
    if (access(path, F_OK) < 0)
        return fail(err, ERR_NOT_FOUND, "checkpoint %s does not exist in %s", name, dir);
    return 0;
}

const char *checkpoint_dir(const struct engine *engine, struct arena *arena,
                           const struct container *container, const char *asked)
{
    if (!text_is_empty(asked))
        return asked;
    return arena_printf(arena, "%s/containers/%s/" CHECKPOINTS_DIR, engine->settings->root,
                        container->row.id);
}

// The directory of checkpoints, opened; -1 and err->sys ENOENT when there is none.
static int open_dir(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(err, "open the checkpoints in %s", path);
    return fd;
}

static int save(struct engine *engine, struct arena *arena, const struct container *container,
                const char *path, bool exits, struct err *err)
{
    struct runtime runtime;
    if (runtime_find(engine, arena, container->spec.host.runtime, &runtime, err) < 0)
        return -1;
    const char *verb[8] = {"checkpoint", "--image-path", path};
    size_t n = 3;
    if (!exits)
        verb[n++] = "--leave-running";
    verb[n++] = container->row.id;
    verb[n] = NULL;
    AUTO_BUF struct buf said;
    buf_init(&said, SAID_MAX);
    int status = program_run(runtime.path, runtime_argv(engine, arena, &runtime, verb), &said, err);
    if (status < 0)
        return -1;
    struct str words = str_trim((struct str){buf_get(&said), said.n});
    if (status != 0)
        return fail(err, ERR_SYSTEM, "Cannot checkpoint container %s: %.*s", container->row.name,
                    (int)words.n, words.at);
    return 0;
}

int engine_checkpoint_create(struct engine *engine, struct arena *arena,
                             const struct checkpoint_create_request *request,
                             struct nothing *response, struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (name_is_valid(request->checkpoint_id, err) < 0 ||
        container_open(engine, arena, request->id, CONTAINER_HOLD, &container, err) < 0)
        return -1;
    if (container.status != STATUS_RUNNING)
        return fail(err, ERR_CONFLICT, "Container %s not running", request->id);
    if (container.spec.tty)
        return fail(err, ERR_INVALID, "checkpoint not supported on containers with a TTY");
    const char *path = checkpoint_dir(engine, arena, &container, request->checkpoint_dir);
    AUTO_FD int made = dir_make_at(AT_FDCWD, path, 0700, err);
    AUTO_FD int dir = made < 0 ? -1 : open_dir(path, err);
    if (dir < 0)
        return -1;
    if (faccessat(dir, request->checkpoint_id, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return fail(err, ERR_CONFLICT, "checkpoint with name %s already exists for container %s",
                    request->checkpoint_id, request->id);
    if (tree_remove(dir, UNFINISHED, err) < 0)
        return -1;
    const char *unfinished = arena_printf(arena, "%s/" UNFINISHED, path);
    if (mkdirat(dir, UNFINISHED, 0700) < 0)
        return fail_sys(err, "make %s", unfinished);
    if (save(engine, arena, &container, unfinished, request->exit, err) < 0) {
        struct err ignored; // the next create takes it away
        (void)tree_remove(dir, UNFINISHED, &ignored);
        return -1;
    }
    if (syncfs(dir) < 0 || renameat(dir, UNFINISHED, dir, request->checkpoint_id) < 0 ||
        fsync(dir) < 0)
        return fail_sys(err, "keep checkpoint %s", request->checkpoint_id);
    container_announce(engine, &container, "checkpoint", NULL, 0);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct checkpoint_summary *left = a, *right = b;
    return strcmp(left->name, right->name);
}

int engine_checkpoint_list(struct engine *engine, struct arena *arena,
                           const struct checkpoint_reference *request,
                           struct checkpoint_list_response *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    *response = (struct checkpoint_list_response){};
    int fd = open_dir(checkpoint_dir(engine, arena, &container, request->dir), err);
    if (fd < 0)
        return err->sys == ENOENT ? 0 : -1;
    DIR *dir = fdopendir(fd);
    if (dir == NULL)
        return fail_sys(err, "read the checkpoints");
    struct words { // a list that grows
        struct checkpoint_summary *at;
        size_t n, room;
    } list = {};
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        struct err ignored;
        if (name_is_valid(entry->d_name, &ignored) < 0)
            continue;
        if (list.n == list.room) {
            size_t room = list.room != 0 ? 2 * list.room : 16;
            struct checkpoint_summary *grown = arena_array(arena, room, sizeof *grown);
            if (list.n != 0)
                memcpy(grown, list.at, list.n * sizeof *grown);
            list.at = grown;
            list.room = room;
        }
        list.at[list.n++].name = arena_strdup(arena, entry->d_name);
    }
    (void)closedir(dir); // read only
    if (list.n != 0)
        qsort(list.at, list.n, sizeof *list.at, by_name);
    *response = (struct checkpoint_list_response){list.at, list.n};
    return 0;
}

int engine_checkpoint_remove(struct engine *engine, struct arena *arena,
                             const struct checkpoint_reference *request, struct nothing *response,
                             struct err *err)
{
    (void)response;
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (name_is_valid(request->checkpoint, err) < 0 ||
        container_open(engine, arena, request->id, CONTAINER_HOLD, &container, err) < 0)
        return -1;
    AUTO_FD int dir = open_dir(checkpoint_dir(engine, arena, &container, request->dir), err);
    if ((dir < 0 && err->sys == ENOENT) ||
        (dir >= 0 && faccessat(dir, request->checkpoint, F_OK, AT_SYMLINK_NOFOLLOW) < 0))
        return fail(err, ERR_NOT_FOUND, "checkpoint %s does not exist for container %s",
                    request->checkpoint, request->id);
    return dir < 0 ? -1 : tree_remove(dir, request->checkpoint, err);
}
