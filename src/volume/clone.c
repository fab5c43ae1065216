// SPDX-License-Identifier: Apache-2.0
// clone.c — volumes that begin with what another directory has.
//
// A clone is made aside and gets its name when it is whole. An empty volume is filled in place, for
// other containers may have it mounted: a file `populating` beside _data says that this is under
// way, and since nothing half copied has a name (copy.h), going on is the same as beginning.
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "volume/copy.h"
#include "volume/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define POPULATING "populating"

int volume_incoming(const struct volume_store *store, char name[VOLUME_INCOMING_NAME], int *out_dir,
                    struct err *err)
{
    AUTO_FD int volumes = volumes_open(store, false, err);
    if (volumes < 0)
        return -1;
    memcpy(name, INCOMING "/", sizeof INCOMING "/");
    random_name(name + sizeof INCOMING);
    if ((mkdirat(volumes, INCOMING, 0700) < 0 && errno != EEXIST) ||
        mkdirat(volumes, name, 0701) < 0)
        return fail_sys(err, "make a directory for the copy");
    AUTO_FD int dir = openat(volumes, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0 || flock(dir, LOCK_EX) < 0 || mkdirat(dir, DATA, 0755) < 0)
        return fail_sys(err, "make a directory for the copy");
    AUTO_FD int data = openat(dir, DATA, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (data < 0)
        return fail_sys(err, "open the copy");
    *out_dir = TAKE_FD(dir);
    return TAKE_FD(data);
}

// --- clone ---

// incoming/<random>/_data, full, synced; *out is its directory, locked.
static int make_copy(const struct volume_store *store, int from, char name[VOLUME_INCOMING_NAME],
                     int *out, struct err *err)
{
    AUTO_FD int dir = -1;
    AUTO_FD int data = volume_incoming(store, name, &dir, err);
    if (data < 0 || tree_copy(from, data, COPY_KEEP, err) < 0 ||
        tree_copy_dress(from, data, err) < 0)
        return -1;
    if (syncfs(data) < 0)
        return fail_sys(err, "sync the copy");
    *out = TAKE_FD(dir);
    return 0;
}

// The name, the row, and the directory become one, under the lock of all volumes.
static int publish(const struct volume_store *store, int volumes, const char *incoming,
                   const struct state_volume *row, struct err *err)
{
    int put = state_volume_put(store->state, row, err); // REMOVING as yet
    if (put < 0)
        return -1;
    if (put == 0)
        return fail(err, ERR_CONFLICT, "create %s: a volume of that name exists already",
                    row->name);
    // What a volume of that name has left has no row and so is nobody's.
    if (renameat2(volumes, incoming, volumes, row->name, RENAME_NOREPLACE) < 0 &&
        (errno != EEXIST || renameat2(volumes, incoming, volumes, row->name, RENAME_EXCHANGE) < 0))
        return fail_sys(err, "name the copy %s", row->name);
    if (fsync(volumes) < 0)
        return fail_sys(err, "sync the directory of volumes");
    return state_volume_phase(store->state, row->name, VOLUME_THERE, err);
}

int volume_clone(const struct volume_store *store, struct arena *arena, int from,
                 const struct volume_request *request, struct volume *out, struct err *err)
{
    char incoming[VOLUME_INCOMING_NAME];
    struct state_volume row = {
        .name = request->name, .driver = VOLUME_LOCAL, .phase = VOLUME_REMOVING};
    if (volume_request_check(request, err) < 0 ||
        volume_spec_text(arena, &request->spec, &row.spec, err) < 0 ||
        volume_sweep(store, arena, err) < 0)
        return -1;
    int there = volume_find(store, arena, request->name, out, err);
    if (there != 0)
        return there < 0 ? -1
                         : fail(err, ERR_CONFLICT,
                                "create %s: a volume of that name exists already", request->name);
    AUTO_FD int dir = -1;
    int done = make_copy(store, from, incoming, &dir, err);
    AUTO_FD int lock = done < 0 ? -1 : volumes_open(store, true, err);
    row.created_ns = now_ns();
    if (done == 0)
        done = lock < 0 ? -1 : publish(store, lock, incoming, &row, err);
    if (lock >= 0)
        (void)close(TAKE_FD(lock)); // sweeping takes it itself
    if (dir >= 0)
        (void)close(TAKE_FD(dir));
    struct err ignored; // what remains, the next sweep meets
    if (volume_sweep(store, arena, done < 0 ? &ignored : err) < 0 || done < 0)
        return -1;
    return volume_of_row(store, arena, &row, out, err);
}

int volume_merge(int from, int to, struct err *err)
{
    if (tree_copy(from, to, COPY_REPLACE, err) < 0)
        return -1;
    return syncfs(to) < 0 ? fail_sys(err, "sync the volume") : 0;
}

// --- copy-up ---

static int is_empty(int dir, struct err *err)
{
    int list = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = list < 0 ? NULL : fdopendir(list);
    if (entries == NULL)
        return fail_sys(err, "look into the volume");
    int empty = 1;
    for (const struct dirent *entry; empty && (entry = readdir(entries)) != NULL;)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    (void)closedir(entries); // read only
    return empty;
}

static int populate(int dir, int data, int from, bool is_durable, struct err *err)
{
    AUTO_FD int mark = openat(dir, POPULATING, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (mark < 0)
        return fail_sys(err, "note that it is being filled");
    if (tree_copy(from, data, COPY_KEEP, err) < 0 || tree_copy_dress(from, data, err) < 0)
        return -1;
    if (is_durable && syncfs(data) < 0)
        return fail_sys(err, "sync it");
    if (unlinkat(dir, POPULATING, 0) < 0)
        return fail_sys(err, "note that it is full");
    return 0;
}

int volume_copy_up(const struct volume_store *store, const struct volume *volume, int from,
                   bool is_durable, struct err *err)
{
    AUTO_FD int dir = volume_lock(store, volume, err);
    if (dir < 0)
        return -1;
    AUTO_FD int data = openat(dir, DATA, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (data < 0)
        return fail_sys(err, "open volume %s", volume->name);
    bool was_begun = faccessat(dir, POPULATING, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    int empty = was_begun ? 1 : is_empty(data, err);
    if (empty <= 0)
        return empty;
    if (populate(dir, data, from, is_durable, err) < 0)
        return fail_in(err, "fill volume %s with what the image has in its place", volume->name);
    return 0;
}
