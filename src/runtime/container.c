// SPDX-License-Identifier: Apache-2.0
// container.c — the record on disk and the truth of the kernel.
#include "runtime/container.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "linux/process.h"
#include "linux/socket.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum {
    ID_MAX = 1024,
    RECORD_MAX = 4 * 1024 * 1024,
    CONTAINERS_MAX = 100'000,
};

const struct json_field container_record_fields[] = {
    JSON_FIELD(struct container_record, ociVersion, JSON_REQUIRED),
    JSON_FIELD(struct container_record, id, JSON_REQUIRED),
    JSON_FIELD(struct container_record, bundle, JSON_REQUIRED),
    JSON_FIELD(struct container_record, rootfs, JSON_OPTIONAL),
    JSON_FIELD(struct container_record, created, JSON_OPTIONAL),
    JSON_FIELD(struct container_record, owner, JSON_OPTIONAL),
    JSON_FIELD(struct container_record, pid, JSON_ALWAYS),
    JSON_FIELD(struct container_record, pid_start, JSON_ALWAYS),
    JSON_TEXT_OF(struct container_record, cgroup, JSON_OPTIONAL),
    JSON_BEHIND(struct container_record, process, oci_process_fields, JSON_OPTIONAL),
    JSON_LIST(struct container_record, poststart, oci_hook_fields, JSON_OPTIONAL),
    JSON_LIST(struct container_record, poststop, oci_hook_fields, JSON_OPTIONAL),
    JSON_FIELD(struct container_record, seccomp_listener, JSON_OPTIONAL),
    JSON_FIELD(struct container_record, seccomp_metadata, JSON_OPTIONAL),
    JSON_FIELD(struct container_record, seccomp, JSON_OPTIONAL),
    JSON_BEHIND(struct container_record, personality, oci_personality_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct container_record, intelRdt, oci_intel_rdt_fields, JSON_OPTIONAL),
    JSON_ARRAY(struct container_record, namespaces, JSON_OPTIONAL),
    JSON_PAIRS(struct container_record, annotations, JSON_OPTIONAL),
    {},
};

static const char *const status_names[] = {"creating", "created", "running", "paused", "stopped"};

const char *container_status_name(enum container_status status)
{
    return status_names[status];
}

int container_id_check(const char *id, struct err *err)
{
    size_t n = strlen(id);
    bool ok = n >= 1 && n <= ID_MAX && isalnum((unsigned char)id[0]);
    for (const char *c = id; ok && *c != '\0'; c++)
        ok = isalnum((unsigned char)*c) || strchr("_+.-", *c) != NULL;
    if (!ok)
        return fail(err, ERR_INVALID,
                    "invalid container id \"%.80s\": use letters, digits and _+.- (first a letter "
                    "or digit, at most %d)",
                    id, ID_MAX);
    return 0;
}

static int does_not_exist(const char *id, struct err *err)
{
    return fail(err, ERR_NOT_FOUND, "container \"%s\" does not exist", id);
}

static int read_record(struct container *container, struct err *err)
{
    if (json_decode_file(&container->arena, container->dir, "state.json", container_record_fields,
                         &container->record, JSON_LENIENT, err) < 0) {
        if (err->kind == ERR_NOT_FOUND)
            return does_not_exist(container->id, err);
        return fail_in(err, "container %s", container->id);
    }
    if (container->record.cgroup == NULL)
        return 0;
    if (cgroup_load(container->record.cgroup, &container->cgroup, err) < 0)
        return fail_in(err, "container %s", container->id);
    return 0;
}

int container_open(const struct runtime *runtime, const char *id, enum container_open_flags flags,
                   struct container *out, struct err *err)
{
    if (container_id_check(id, err) < 0)
        return -1;
    struct container container = {.runtime = runtime, .dir = -1};
    container.id = arena_strdup(&container.arena, id);
    container.dir = openat(runtime->root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int result = 0;
    if (container.dir < 0)
        result = errno == ENOENT ? does_not_exist(id, err) : fail_sys(err, "container %s", id);
    else if (flags & CONTAINER_LOCK && flock(container.dir, LOCK_EX) < 0)
        result = fail_sys(err, "lock container %s", id);
    else
        result = read_record(&container, err);
    if (result < 0) {
        container_close(&container);
        return -1;
    }
    *out = container;
    return 0;
}

void container_close(struct container *container)
{
    if (container == NULL)
        return;
    cgroup_close(container->cgroup);
    container->cgroup = NULL;
    if (container->dir >= 0)
        (void)close(container->dir); // gives the lock back, too
    container->dir = -1;
    arena_done(&container->arena);
}

int container_save(const struct container *container, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, RECORD_MAX);
    json_encode(&text, container_record_fields, &container->record, JSON_COMPACT);
    if (buf_check(&text, "the container's record", err) < 0)
        return -1;
    if (file_replace_volatile(container->dir, "state.json", buf_get(&text), text.n, 0600, err) < 0)
        return fail_in(err, "container %s", container->id);
    return 0;
}

// Somebody listens on start.sock exactly as long as the first process waits to be started: at its
// execve the socket closes with it. The probe's connection is closed unused, which the waiting
// process passes over.
static bool is_waiting(const struct container *container)
{
    struct err ignored;
    AUTO_FD int probe = socket_connect_in(container->dir, START_SOCKET, SOCK_SEQPACKET, &ignored);
    return probe >= 0;
}

int container_status(const struct container *container, enum container_status *out, struct err *err)
{
    const struct container_record *record = &container->record;
    if (record->pid == 0) {
        // Its maker holds the lock; without one the making was killed, and only delete --force
        // helps.
        bool is_being_made = flock(container->dir, LOCK_SH | LOCK_NB) < 0;
        *out = is_being_made ? CONTAINER_CREATING : CONTAINER_STOPPED;
        return 0;
    }
    uint64_t start;
    char state;
    if (process_stat((pid_t)record->pid, &start, &state, err) < 0) {
        if (err->kind != ERR_NOT_FOUND)
            return -1;
        *out = CONTAINER_STOPPED;
        return 0;
    }
    if (start != record->pid_start || state == 'Z' || state == 'X') {
        *out = CONTAINER_STOPPED;
        return 0;
    }
    int is_frozen = container->cgroup != NULL ? cgroup_is_frozen(container->cgroup, err) : 0;
    if (is_frozen < 0)
        return -1;
    if (is_frozen > 0)
        *out = CONTAINER_PAUSED;
    else
        *out = is_waiting(container) ? CONTAINER_CREATED : CONTAINER_RUNNING;
    return 0;
}

int container_pidfd(const struct container *container, struct err *err)
{
    const struct container_record *record = &container->record;
    AUTO_FD int pidfd = record->pid != 0 ? process_pidfd((pid_t)record->pid, err) : -1;
    uint64_t start;
    char state;
    if (pidfd < 0 || process_stat((pid_t)record->pid, &start, &state, err) < 0 ||
        start != record->pid_start || state == 'Z')
        return fail(err, ERR_CONFLICT, "container %s is not running", container->id);
    return TAKE_FD(pidfd);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int container_names(const struct runtime *runtime, struct arena *arena, struct words *out,
                    struct err *err)
{
    int fd = openat(runtime->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL)
        return fail_sys(err, "list %s", runtime->root_path);
    struct words names = {};
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL && names.n < CONTAINERS_MAX) {
        struct err ignored;
        if (container_id_check(entry->d_name, &ignored) < 0)
            continue;
        words_add(arena, &names, arena_strdup(arena, entry->d_name));
    }
    closedir(dir);
    if (names.n != 0)
        qsort(names.at, names.n, sizeof *names.at, compare_names);
    *out = names;
    return 0;
}

void container_state(const struct container *container, enum container_status status,
                     struct oci_state *out)
{
    const struct container_record *record = &container->record;
    *out = (struct oci_state){
        .ociVersion = record->ociVersion,
        .id = record->id,
        .status = container_status_name(status),
        .pid = status == CONTAINER_STOPPED ? 0 : record->pid,
        .bundle = record->bundle,
        .rootfs = record->rootfs,
        .created = record->created,
        .owner = record->owner,
        .annotations = record->annotations,
        .n_annotations = record->n_annotations,
    };
}
