// SPDX-License-Identifier: Apache-2.0
// exec_record.c — records of exec: written by its keeper (exec_keeper.c), read by whoever asks.
//
// They live in the run directory, as docker's live in its memory, and go with the container's. What
// has ended is known for five minutes, as docker does it.
#include "engine/exec_record.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "engine/show.h"
#include "ops/tables.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { RECORD_MAX = 1024 * 1024, KEPT_S = 300, EXIT_KILLED = 137, READ_TRIES = 20 };

static void name_of(char out[EXEC_NAME_ROOM], const char *id)
{
    (void)snprintf(out, EXEC_NAME_ROOM, "%.*s" EXEC_SUFFIX, ID_LENGTH, id); // it fits
}

// Each record's id; NULL at the end.
static const char *next_id(DIR *dir, char out[ID_LENGTH + 1])
{
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strlen(entry->d_name) != ID_LENGTH + strlen(EXEC_SUFFIX) ||
            !text_ends(entry->d_name, EXEC_SUFFIX))
            continue;
        memcpy(out, entry->d_name, ID_LENGTH);
        out[ID_LENGTH] = '\0';
        return out;
    }
    return NULL;
}

static DIR *open_list(int exec_dir)
{
    int fd = openat(exec_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL && fd >= 0)
        (void)close(fd); // read only
    return dir;
}

static void forget_old(int exec_dir)
{
    AUTO_ARENA struct arena arena = {};
    char id[ID_LENGTH + 1], name[EXEC_NAME_ROOM];
    DIR *dir = open_list(exec_dir);
    if (dir == NULL)
        return;
    time_t now = time(NULL);
    while (next_id(dir, id) != NULL) {
        struct stat st;
        struct exec_inspection record;
        struct err ignored; // the next one forgets it
        name_of(name, id);
        if (fstatat(exec_dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && now - st.st_mtime > KEPT_S &&
            exec_record_read(&arena, exec_dir, id, &record, &ignored) > 0 && !record.running)
            (void)unlinkat(exec_dir, name, 0);
    }
    (void)closedir(dir);
}

int exec_dir_open(int run_dir, struct err *err)
{
    if (mkdirat(run_dir, EXEC_DIR, 0700) < 0 && errno != EEXIST)
        return fail_sys(err, "make the directory of exec's records");
    AUTO_FD int dir = openat(run_dir, EXEC_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return fail_sys(err, "open the directory of exec's records");
    forget_old(dir);
    return TAKE_FD(dir);
}

int exec_record_create(int exec_dir, const char *id, struct err *err)
{
    char name[EXEC_NAME_ROOM];
    name_of(name, id);
    int fd = openat(exec_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd < 0 ? fail_sys(err, "write exec's record") : fd;
}

void exec_record_put(int file, const struct exec_inspection *record)
{
    AUTO_BUF struct buf text;
    buf_init(&text, RECORD_MAX);
    json_encode(&text, exec_inspection_fields, record, JSON_COMPACT);
    buf_char(&text, '\n');
    // It is a courtesy: what it is about runs whether or not this can be written.
    if (!text.is_full && pwrite(file, text.at, text.n, 0) == (ssize_t)text.n &&
        ftruncate(file, (off_t)text.n) < 0)
        return;
}

int exec_record_read(struct arena *arena, int exec_dir, const char *id, struct exec_inspection *out,
                     struct err *err)
{
    char name[EXEC_NAME_ROOM];
    struct exec_inspection record;
    int done = -1;
    name_of(name, id);
    for (int i = 0; done < 0 && i < READ_TRIES; i++) { // it may just be written
        done = json_decode_file(arena, exec_dir, name, exec_inspection_fields, &record,
                                JSON_LENIENT, err);
        if (done < 0 && err->sys == ENOENT)
            return 0;
        if (done < 0)
            (void)nanosleep(&(struct timespec){.tv_nsec = 1'000'000}, NULL);
    }
    if (done < 0)
        return -1;
    if (record.running && record.pid > 0 && kill((pid_t)record.pid, 0) < 0 && errno == ESRCH) {
        record.running = false; // its keeper was killed, and did not say how it ended
        record.exit_code = arena_new(arena, int64_t);
        *record.exit_code = EXIT_KILLED;
        record.pid = 0;
    }
    *out = record;
    return 1;
}

// --- asked for

int execs_show(struct engine *, struct arena *arena, const struct container *container,
               const char ***out, size_t *n_out, struct err *err)
{
    *out = NULL;
    *n_out = 0;
    AUTO_FD int dir =
        container->run_dir < 0
            ? -1
            : openat(container->run_dir, EXEC_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = dir < 0 ? NULL : open_list(dir);
    if (list == NULL)
        return 0;
    struct words ids = {};
    char id[ID_LENGTH + 1];
    while (next_id(list, id) != NULL) {
        struct exec_inspection record;
        if (exec_record_read(arena, dir, id, &record, err) > 0 && record.running)
            words_add(arena, &ids, arena_strdup(arena, id));
    }
    (void)closedir(list);
    *out = ids.n != 0 ? ids.at : NULL;
    *n_out = ids.n;
    return 0;
}

static bool is_id(const char *text)
{
    return strlen(text) == ID_LENGTH && strspn(text, "0123456789abcdef") == ID_LENGTH;
}

int engine_exec_inspect(struct engine *engine, struct arena *arena,
                        const struct exec_inspect_request *request,
                        struct exec_inspection *response, struct err *err)
{
    AUTO_FD int all =
        openat(engine->run, "containers", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = all < 0 || !is_id(request->id) ? NULL : open_list(all);
    int there = 0;
    for (const struct dirent *entry;
         there == 0 && list != NULL && (entry = readdir(list)) != NULL;) {
        if (!is_id(entry->d_name))
            continue;
        const char *path = arena_printf(arena, "%s/" EXEC_DIR, entry->d_name);
        AUTO_FD int dir = openat(all, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir >= 0)
            there = exec_record_read(arena, dir, request->id, response, err);
    }
    if (list != NULL)
        (void)closedir(list);
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "No such exec instance: %s", request->id);
    return there < 0 ? -1 : 0;
}
