// SPDX-License-Identifier: Apache-2.0
// mounts.c — what a container has mounted: volumes, host directories, tmpfs, images.
//
// All ways to ask for a mount end in one list, spec.mount_points, made at create: docker's order of
// who wins is in mounts_check. Volumes that do not exist yet, and who uses which, come in the
// transaction that adds the container, so none of them is ever there without the other; the same
// when it is removed with those volumes that were made for it alone.
#include "engine/mounts.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/mountspec.h"
#include "engine/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

// --- create ---

struct list { // being made
    struct container_mount *at;
    size_t n, n_inherited; // the first ones are other containers'
};

static struct container_mount *find_at(const struct list *list, const char *destination)
{
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->at[i].destination, destination) == 0)
            return &list->at[i];
    }
    return NULL;
}

// One that was asked for replaces one that came from another container, and no other.
static int add(struct list *list, const struct container_mount *mount, struct err *err)
{
    struct container_mount *there = find_at(list, mount->destination);
    if (there == NULL) {
        list->at[list->n++] = *mount;
        return 0;
    }
    if (there >= list->at + list->n_inherited)
        return fail(err, ERR_INVALID, "Duplicate mount point: %s", mount->destination);
    memmove(there, there + 1, (size_t)(list->at + list->n - there - 1) * sizeof *there);
    list->n_inherited--;
    list->at[list->n - 1] = *mount;
    return 0;
}

static int resolve_volume(struct arena *arena, const char *driver, struct container_mount *mount,
                          struct err *err)
{
    const struct mount_volume_options *options = mount->volume;
    struct volume_request request = {.name = mount->name, .driver = mount->driver};
    if (text_is_empty(request.driver))
        request.driver = driver;
    if (options != NULL && options->driver_config != NULL) {
        request.spec.options = options->driver_config->options;
        request.spec.n_options = options->driver_config->n_options;
    }
    if (volume_request_check(&request, err) < 0)
        return -1;
    mount->driver = VOLUME_LOCAL;
    if (mount->name == NULL && volume_name_make(arena, &mount->name, err) < 0)
        return -1;
    // docker's mark of a local volume that has no mode of its own
    if (!mount->is_anonymous && text_is_empty(mount->mode))
        mount->mode = "z";
    return 0;
}

static int resolve_image(struct engine *engine, struct arena *arena, struct container_mount *mount,
                         struct err *err)
{
    struct image image;
    if (image_to_read(engine, arena, mount->name, NULL, &image, err) < 0) {
        // Not in the words for a container's own image: clients fetch that when they read them.
        if (err->kind == ERR_NOT_FOUND)
            (void)fail(err, ERR_INVALID, "image %s is not here: pull it first (dhow pull %s)",
                       mount->name, mount->name);
        return fail_in(err, "invalid mount config for type \"image\"");
    }
    mount->source = image.manifest;
    return 0;
}

int mounts_resolve(struct engine *engine, struct arena *arena, const char *volume_driver,
                   struct container_mount *mount, struct err *err)
{
    if (strcmp(mount->type, "volume") == 0)
        return resolve_volume(arena, volume_driver, mount, err);
    if (strcmp(mount->type, "image") == 0)
        return resolve_image(engine, arena, mount, err);
    if (strcmp(mount->type, "bind") == 0 && !mount->creates_source) {
        AUTO_FD int source = open(mount->source, O_PATH | O_CLOEXEC);
        if (source < 0 && (errno == ENOENT || errno == ENOTDIR))
            return fail(err, ERR_INVALID,
                        "invalid mount config for type \"bind\": bind source path does not exist: "
                        "%s",
                        mount->source);
        if (source < 0)
            return fail_sys(err, "invalid mount config for type \"bind\": open %s", mount->source);
    }
    return 0;
}

static int add_from(struct creation *creation, const char *text, struct list *list, size_t *room,
                    struct err *err)
{
    const char *name;
    bool read_only;
    if (mountspec_from(creation->arena, text, &name, &read_only, err) < 0)
        return -1;
    AUTO_CONTAINER struct container from = CONTAINER_NONE;
    if (container_open(creation->engine, creation->arena, name, CONTAINER_LOOK, &from, err) < 0)
        return -1;
    size_t n = list->n + from.spec.n_mount_points;
    if (n > *room) {
        struct container_mount *more = arena_array(creation->arena, n * 2, sizeof *more);
        if (list->n != 0)
            memcpy(more, list->at, list->n * sizeof *more);
        list->at = more;
        *room = n * 2;
    }
    for (size_t i = 0; i < from.spec.n_mount_points; i++) {
        struct container_mount mount = from.spec.mount_points[i];
        if (mount.is_plain_tmpfs)
            continue;
        mount.read_only |= read_only;
        mount.no_copy = true; // it has been filled for the other one
        struct container_mount *there = find_at(list, mount.destination);
        if (there == NULL)
            there = &list->at[list->n++];
        *there = mount;
    }
    list->n_inherited = list->n;
    return 0;
}

static int add_asked(struct creation *creation, struct list *list, struct err *err)
{
    const struct host_config *host = &creation->spec->host;
    struct container_mount mount;
    for (size_t i = 0; i < host->n_binds; i++) {
        if (mountspec_bind(creation->arena, host->binds[i], &mount, err) < 0 ||
            add(list, &mount, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < host->n_mounts; i++) {
        if (mountspec_request(creation->arena, &host->mounts[i], &mount, err) < 0 ||
            add(list, &mount, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < host->n_tmpfs; i++) {
        if (mountspec_tmpfs(creation->arena, host->tmpfs[i].key, host->tmpfs[i].value, &mount,
                            err) < 0 ||
            add(list, &mount, err) < 0)
            return -1;
    }
    return 0;
}

// The request's Volumes, and below them the image's, where nothing else is to be mounted.
static int add_anonymous(struct creation *creation, struct list *list, struct err *err)
{
    struct container_spec *spec = creation->spec;
    for (size_t i = 0; i < spec->n_volumes; i++) {
        struct container_mount mount;
        if (mountspec_anonymous(creation->arena, spec->volumes[i].key, &mount, err) < 0)
            return -1;
        if (find_at(list, mount.destination) == NULL)
            list->at[list->n++] = mount;
    }
    return 0;
}

static void merge_image_volumes(struct creation *creation)
{
    struct container_spec *spec = creation->spec;
    const struct image_config *image = &creation->image->document.config;
    if (image->n_volumes == 0)
        return;
    struct container_key *all =
        arena_array(creation->arena, spec->n_volumes + image->n_volumes, sizeof *all);
    size_t n = spec->n_volumes;
    if (n != 0)
        memcpy(all, spec->volumes, n * sizeof *all);
    for (size_t i = 0; i < image->n_volumes; i++) {
        bool is_there = false;
        for (size_t j = 0; j < n && !is_there; j++)
            is_there = strcmp(all[j].key, image->volumes[i].key) == 0;
        if (!is_there)
            all[n++].key = image->volumes[i].key;
    }
    spec->volumes = all;
    spec->n_volumes = n;
}

int mounts_check(struct creation *creation, struct err *err)
{
    struct container_spec *spec = creation->spec;
    const struct host_config *host = &spec->host;
    merge_image_volumes(creation);
    size_t n = host->n_binds + host->n_mounts + host->n_tmpfs + spec->n_volumes;
    spec->mount_points = NULL;
    spec->n_mount_points = 0;
    if (storage_check(creation->engine, host, err) < 0)
        return -1;
    if (n + host->n_volumes_from == 0)
        return 0;
    struct list list = {};
    size_t room = 0;
    for (size_t i = 0; i < host->n_volumes_from; i++) {
        if (add_from(creation, host->volumes_from[i], &list, &room, err) < 0)
            return -1;
    }
    struct container_mount *all = arena_array(creation->arena, list.n + n + 1, sizeof *all);
    if (list.n != 0)
        memcpy(all, list.at, list.n * sizeof *all);
    list.at = all;
    if (add_asked(creation, &list, err) < 0 || add_anonymous(creation, &list, err) < 0)
        return -1;
    for (size_t i = list.n_inherited; i < list.n; i++) {
        if (mounts_resolve(creation->engine, creation->arena, host->volume_driver, &list.at[i],
                           err) < 0)
            return -1;
    }
    const struct volume_store store = engine_volumes(creation->engine);
    spec->mount_points = list.at;
    spec->n_mount_points = list.n;
    return volume_sweep(&store, creation->arena, err);
}

// --- the row ---

int mounts_record(struct engine *engine, struct arena *arena, const struct container_spec *spec,
                  const char *container_id, struct err *err)
{
    const struct volume_store store = engine_volumes(engine);
    for (size_t i = 0; i < spec->n_mount_points; i++) {
        struct container_mount *mount = &spec->mount_points[i];
        if (strcmp(mount->type, "volume") != 0)
            continue;
        struct volume_request request = {
            .name = mount->name, .driver = mount->driver, .is_anonymous = mount->is_anonymous};
        const struct mount_volume_options *options = mount->volume;
        if (options != NULL) {
            request.spec.labels = options->labels;
            request.spec.n_labels = options->n_labels;
        }
        if (options != NULL && options->driver_config != NULL) {
            request.spec.options = options->driver_config->options;
            request.spec.n_options = options->driver_config->n_options;
        }
        struct volume volume;
        int put = volume_put(&store, arena, &request, &volume, err);
        if (put < 0 || state_volume_use(engine->state, mount->name, container_id, err) < 0)
            return -1;
        mount->is_new = put > 0;
    }
    return 0;
}

void mounts_recorded(struct engine *engine, struct arena *arena, const struct container_spec *spec)
{
    const struct volume_store store = engine_volumes(engine);
    for (size_t i = 0; i < spec->n_mount_points; i++) {
        const struct container_mount *mount = &spec->mount_points[i];
        struct volume volume;
        struct err ignored; // start makes it, or says why not
        if (strcmp(mount->type, "volume") != 0 ||
            volume_find(&store, arena, mount->name, &volume, &ignored) <= 0)
            continue;
        AUTO_FD int data = volume_data(&store, &volume, &ignored);
        const struct json_pair pairs[] = {{"driver", volume.driver}};
        // It stays when a --rm container is forgotten by a power cut.
        engine->is_unsettled |= mount->is_new && !mount->is_anonymous;
        if (mount->is_new)
            event_announce(engine, "volume", "create", volume.name, pairs, N_ELEMENTS(pairs));
        if (data < 0)
            continue; // start says why
    }
}

// --- removal ---

struct departure {
    struct engine *engine;
    struct arena *arena;
    const struct container *container;
    bool with_volumes;
};

// The container will not run again, and from here on its volumes are nobody's, or are gone, too.
static int depart(void *data, struct err *err)
{
    const struct departure *it = data;
    struct state *state = it->engine->state;
    const struct state_container *row = &it->container->row;
    const struct container_spec *spec = &it->container->spec;
    if (state_container_phase(state, row->number, CONTAINER_REMOVING, err) < 0 ||
        state_volume_leave(state, NULL, row->id, err) < 0)
        return -1;
    for (size_t i = 0; it->with_volumes && i < spec->n_mount_points; i++) {
        const struct container_mount *mount = &spec->mount_points[i];
        if (mount->is_anonymous && state_volume_condemn(state, mount->name, err) < 0)
            return -1;
    }
    return 0;
}

int mounts_remove(struct engine *engine, struct arena *arena, const struct container *container,
                  bool with_volumes, struct err *err)
{
    const struct volume_store store = engine_volumes(engine);
    const struct container_spec *spec = &container->spec;
    bool has_volumes = false;
    storage_unlimit(container);
    for (size_t i = 0; i < spec->n_mount_points && !has_volumes; i++)
        has_volumes = strcmp(spec->mount_points[i].type, "volume") == 0;
    if (!has_volumes)
        return 0;
    struct departure departure = {engine, arena, container, with_volumes};
    if (state_removal(engine->state, depart, &departure, err) < 0)
        return -1;
    for (size_t i = 0; with_volumes && i < spec->n_mount_points; i++) {
        const struct container_mount *mount = &spec->mount_points[i];
        if (mount->is_anonymous && volume_finish_removal(&store, mount->name, err) < 0)
            return -1;
    }
    return 0;
}
