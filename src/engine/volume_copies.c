// SPDX-License-Identifier: Apache-2.0
// volume_copies.c — volume clone, snapshot, export and import: what is in a volume, elsewhere.
//
// Nobody is stopped meanwhile: of a volume that is being written to, a copy has each file as it was
// when it was its turn.
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/volumes.h"
#include "image/commit.h"
#include "linux/path.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

// Its data, mounted if its options say so; `user` is who holds it then.
static int open_data(const struct volume_store *store, const struct volume *volume,
                     const char *user, struct err *err)
{
    if (volume_hold(store, volume, user, err) < 0)
        return -1;
    AUTO_FD int data = volume_data(store, volume, err);
    if (data < 0)
        return -1;
    int list = openat(data, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return list < 0 ? fail_sys(err, "open volume %s", volume->name) : list;
}

// Some name for a holder that is no container: forgotten when its mount is settled.
static const char *holder_name(struct arena *arena)
{
    return arena_printf(arena, "process-%d", (int)getpid());
}

static const char *snapshot_name(struct arena *arena, const struct volume_clone_request *request)
{
    const char *time = time_rfc3339(arena, now_ns());
    char *stamp = arena_strndup(arena, time, strcspn(time, ".Z"));
    for (char *at = stamp; *at != '\0'; at++) {
        if (*at == ':')
            *at = '.';
    }
    return arena_printf(arena, "%s-%s", request->name, stamp);
}

int engine_volume_clone(struct engine *engine, struct arena *arena,
                        const struct volume_clone_request *request, struct volume_info *response,
                        struct err *err)
{
    const struct volume_store store = engine_volumes(engine);
    const char *user = holder_name(arena);
    struct volume from, to;
    if (volume_get(engine, arena, request->name, &from, err) < 0)
        return -1;
    struct volume_request wanted = {
        .name = text_is_empty(request->target) ? snapshot_name(arena, request) : request->target,
        .spec = {.labels = arena_array(arena, request->n_labels + 1, sizeof *request->labels)},
    };
    for (size_t i = 0; i < request->n_labels; i++)
        wanted.spec.labels[wanted.spec.n_labels++] = request->labels[i];
    if (request->is_snapshot)
        wanted.spec.labels[wanted.spec.n_labels++] =
            (struct json_pair){"dhow.snapshot.of", request->name};
    AUTO_FD int data = open_data(&store, &from, user, err);
    int done = data < 0 ? -1 : volume_clone(&store, arena, data, &wanted, &to, err);
    struct err second;
    if (volume_release(&store, from.name, user, done < 0 ? &second : err) < 0 || done < 0)
        return -1;
    const struct json_pair pairs[] = {{"driver", to.driver}};
    event_announce(engine, "volume", "create", to.name, pairs, N_ELEMENTS(pairs));
    engine->is_unsettled = true;
    volume_show(arena, &to, response);
    return 0;
}

int engine_volume_export(struct engine *engine, struct arena *arena,
                         const struct volume_stream_request *request, struct nothing *response,
                         struct err *err)
{
    (void)response;
    const struct volume_store store = engine_volumes(engine);
    const char *user = holder_name(arena);
    struct volume volume;
    engine->images.transfer = program_find(arena, "dhow-transfer", err);
    if (engine->images.transfer == NULL ||
        volume_get(engine, arena, request->name, &volume, err) < 0)
        return -1;
    AUTO_FD int data = open_data(&store, &volume, user, err);
    int done = data < 0 ? -1 : image_export_tree(&engine->images, arena, data, request->tar, err);
    struct err second;
    return volume_release(&store, volume.name, user, done < 0 ? &second : err) < 0 ? -1 : done;
}

// The archive is unpacked aside by somebody who can reach nothing else, and then moved in.
static int import_into(struct engine *engine, struct arena *arena, int tar, int data,
                       struct err *err)
{
    const struct volume_store store = engine_volumes(engine);
    char name[VOLUME_INCOMING_NAME];
    AUTO_FD int dir = -1;
    AUTO_FD int incoming = volume_incoming(&store, name, &dir, err);
    int done = incoming < 0 ? -1 : image_import_tree(&engine->images, arena, tar, incoming, err);
    if (done == 0)
        done = volume_merge(incoming, data, err);
    if (dir >= 0)
        (void)close(TAKE_FD(dir)); // now the sweep may have it
    struct err ignored;            // or another sweep
    (void)volume_sweep(&store, arena, &ignored);
    return done;
}

int engine_volume_import(struct engine *engine, struct arena *arena,
                         const struct volume_stream_request *request, struct nothing *response,
                         struct err *err)
{
    (void)response;
    const struct volume_store store = engine_volumes(engine);
    const char *user = holder_name(arena);
    struct volume volume;
    engine->images.transfer = program_find(arena, "dhow-transfer", err);
    if (engine->images.transfer == NULL ||
        volume_get(engine, arena, request->name, &volume, err) < 0)
        return -1;
    AUTO_FD int data = open_data(&store, &volume, user, err);
    int done = data < 0 ? -1 : import_into(engine, arena, request->tar, data, err);
    struct err second;
    return volume_release(&store, volume.name, user, done < 0 ? &second : err) < 0 ? -1 : done;
}
