// SPDX-License-Identifier: Apache-2.0
// engine.c — opening the stores, and which function does which operation.
#include "engine/engine.h"

#include "base/file.h"
#include "base/mem.h"
#include "engine/parts.h"

#include <fcntl.h>
#include <sys/stat.h>

struct engine *engine_new(const struct engine_settings *settings)
{
    struct engine *engine = xcalloc(1, sizeof *engine);
    *engine = (struct engine){.settings = settings, .root = -1, .run = -1, .locks = -1};
    return engine;
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    if (engine->state != NULL)
        images_sweep_if_due(&engine->images);
    state_close(engine->state);
    const int fds[] = {engine->root, engine->run, engine->locks};
    for (size_t i = 0; i < N_ELEMENTS(fds); i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]); // nothing was written through them
    }
    free(engine);
}

static int open_directories(struct engine *engine, struct err *err)
{
    const struct engine_settings *settings = engine->settings;
    engine->root = dir_make_at(AT_FDCWD, settings->root, 0700, err);
    if (engine->root < 0)
        return fail_in(err, "data root %s", settings->root);
    engine->run = dir_make_at(AT_FDCWD, settings->run_root, 0700, err);
    if (engine->run < 0)
        return fail_in(err, "run root %s", settings->run_root);
    engine->locks = openat(engine->run, "containers.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (engine->locks < 0)
        return fail_sys(err, "open containers.lock in the run root %s", settings->run_root);
    return 0;
}

// The first operation opens everything, once.
static int engine_open(struct engine *engine, struct err *err)
{
    if (engine->state != NULL)
        return 0;
    umask(0022); // modes of what we make are ours to say, whatever the caller's shell has
    if (engine->locks < 0 && open_directories(engine, err) < 0)
        return -1;
    engine->state = state_open(engine->settings->root, err);
    if (engine->state == NULL)
        return -1;
    engine->images = (struct image_store){.root = engine->root, .state = engine->state};
    return 0;
}

int engine_settle(void *self, struct err *err)
{
    struct engine *engine = self;
    if (!engine->is_unsettled)
        return 0;
    engine->is_unsettled = false;
    return state_sync(engine->state, err);
}

#define VERBS(X)                                                                                   \
    X(CONTAINER_CREATE, engine_container_create)                                                   \
    X(CONTAINER_START, engine_container_start)                                                     \
    X(CONTAINER_ATTACH, engine_container_attach)                                                   \
    X(CONTAINER_LIST, engine_container_list)                                                       \
    X(CONTAINER_INSPECT, engine_container_inspect)                                                 \
    X(CONTAINER_LOGS, engine_container_logs)                                                       \
    X(CONTAINER_EXEC, engine_container_exec)                                                       \
    X(EXEC_INSPECT, engine_exec_inspect)                                                           \
    X(CONTAINER_STOP, engine_container_stop)                                                       \
    X(CONTAINER_KILL, engine_container_kill)                                                       \
    X(CONTAINER_REMOVE, engine_container_remove)                                                   \
    X(CONTAINER_WAIT, engine_container_wait)                                                       \
    X(CONTAINER_EXPORT, engine_container_export)                                                   \
    X(CONTAINER_ARCHIVE_STAT, engine_archive_stat)                                                 \
    X(CONTAINER_ARCHIVE_GET, engine_archive_get)                                                   \
    X(CONTAINER_ARCHIVE_PUT, engine_archive_put)                                                   \
    X(CONTAINER_CHANGES, engine_container_changes)                                                 \
    X(CONTAINER_COMMIT, engine_container_commit)                                                   \
    X(CONTAINER_MOUNT, engine_container_mount)                                                     \
    X(CONTAINER_UNMOUNT, engine_container_unmount)                                                 \
    X(CHECKPOINT_CREATE, engine_checkpoint_create)                                                 \
    X(CHECKPOINT_LIST, engine_checkpoint_list)                                                     \
    X(CHECKPOINT_REMOVE, engine_checkpoint_remove)                                                 \
    X(IMAGE_CHANGES, engine_image_changes)                                                         \
    X(IMAGE_CONVERT, engine_image_convert)                                                         \
    X(IMAGE_MOUNT, engine_image_mount)                                                             \
    X(IMAGE_UNMOUNT, engine_image_unmount)                                                         \
    X(IMAGE_IMPORT, engine_image_import)                                                           \
    X(IMAGE_SAVE, engine_image_save)                                                               \
    X(IMAGE_LOAD, engine_image_load)                                                               \
    X(IMAGE_BLOBS, engine_image_blobs)                                                             \
    X(IMAGE_LIST, engine_image_list)                                                               \
    X(IMAGE_INSPECT, engine_image_inspect)                                                         \
    X(IMAGE_HISTORY, engine_image_history)                                                         \
    X(IMAGE_TAG, engine_image_tag)                                                                 \
    X(IMAGE_REMOVE, engine_image_remove)                                                           \
    X(IMAGE_PULL, engine_image_pull)                                                               \
    X(IMAGE_PUSH, engine_image_push)                                                               \
    X(IMAGE_SEARCH, engine_image_search)                                                           \
    X(DISTRIBUTION_INSPECT, engine_distribution_inspect)                                           \
    X(MANIFEST_GET, engine_manifest_get)                                                           \
    X(MANIFEST_PUT, engine_manifest_put)                                                           \
    X(NETWORK_CREATE, engine_network_create)                                                       \
    X(NETWORK_LIST, engine_network_list)                                                           \
    X(NETWORK_INSPECT, engine_network_inspect)                                                     \
    X(NETWORK_REMOVE, engine_network_remove)                                                       \
    X(NETWORK_CONNECT, engine_network_connect)                                                     \
    X(NETWORK_DISCONNECT, engine_network_disconnect)                                               \
    X(NETWORK_PRUNE, engine_network_prune)                                                         \
    X(CONTAINER_MOUNTS, engine_container_mounts)                                                   \
    X(NETWORK_RELOAD, engine_network_reload)                                                       \
    X(CONTAINER_EXPOSURE, engine_container_exposure)                                               \
    X(CONTAINER_PORTS, engine_container_ports)                                                     \
    X(VOLUME_CREATE, engine_volume_create)                                                         \
    X(VOLUME_LIST, engine_volume_list)                                                             \
    X(VOLUME_INSPECT, engine_volume_inspect)                                                       \
    X(VOLUME_REMOVE, engine_volume_remove)                                                         \
    X(VOLUME_PRUNE, engine_volume_prune)                                                           \
    X(VOLUME_UPDATE, engine_volume_update)                                                         \
    X(VOLUME_CLONE, engine_volume_clone)                                                           \
    X(VOLUME_EXPORT, engine_volume_export)                                                         \
    X(VOLUME_IMPORT, engine_volume_import)                                                         \
    X(SECRET_CREATE, engine_secret_create)                                                         \
    X(SECRET_LIST, engine_secret_list)                                                             \
    X(SECRET_INSPECT, engine_secret_inspect)                                                       \
    X(SECRET_REMOVE, engine_secret_remove)                                                         \
    X(SYSTEM_AUTH, engine_system_auth)                                                             \
    X(IMAGE_PRUNE, engine_image_prune)                                                             \
    X(SYSTEM_CHECK, engine_system_check)                                                           \
    X(SYSTEM_DF, engine_system_df)                                                                 \
    X(SYSTEM_VERSION, engine_system_version)                                                       \
    X(SYSTEM_INFO, engine_system_info)                                                             \
    X(SYSTEM_EVENTS, engine_system_events)                                                         \
    X(CONTAINER_STATS, engine_container_stats)                                                     \
    X(CONTAINER_TOP, engine_container_top)                                                         \
    X(CONTAINER_PRUNE, engine_container_prune)                                                     \
    X(CONTAINER_PAUSE, engine_container_pause)                                                     \
    X(CONTAINER_UNPAUSE, engine_container_unpause)                                                 \
    X(CONTAINER_RESTART, engine_container_restart)                                                 \
    X(CONTAINER_RENAME, engine_container_rename)                                                   \
    X(CONTAINER_UPDATE, engine_container_update)                                                   \
    X(CONTAINER_WHY, engine_container_why)                                                         \
    X(SYSTEM_BOOT, engine_system_boot)

// A function of one shape for each verb, so that the table below needs no cast of a function.
#define CALLER(id, verb)                                                                           \
    static int call_##verb(struct engine *engine, struct arena *arena, const void *request,        \
                           void *response, struct err *err)                                        \
    {                                                                                              \
        return verb(engine, arena, request, response, err);                                        \
    }
VERBS(CALLER)

typedef int verb_call(struct engine *engine, struct arena *arena, const void *request,
                      void *response, struct err *err);
#define ENTRY(id, verb) [id] = call_##verb,
static verb_call *const verbs[N_OPERATIONS] = {VERBS(ENTRY)};

int engine_call(void *self, enum operation_id id, struct arena *arena, const void *request,
                void *response, struct err *err)
{
    struct engine *engine = self;
    if (verbs[id] == NULL)
        return fail(err, ERR_UNAVAILABLE, "%s is not there yet", operations[id].name);
    if (engine_open(engine, err) < 0)
        return -1;
    return verbs[id](engine, arena, request, response, err);
}
