// SPDX-License-Identifier: Apache-2.0
// idmap.c — which id mapping a mount gets: mount_setattr(2), "ID-mapped mounts".
//
// The value of the option is crun's: "idmap=uids=0-1-10#10-11-10;gids=0-100-10", each triplet the
// file system's id, the id outside of the container, and how many; "@" before a triplet means that
// its second number is one of the container's own ids.
#include "base/mem.h"
#include "base/str.h"
#include "runtime/init.h"

#include <fcntl.h>
#include <linux/sched.h>

enum { TRIPLETS_MAX = 340 }; // UID_GID_MAP_MAX_EXTENTS of the kernel

struct map_list {
    struct id_map *maps;
    size_t n;
};

// The id outside of the container that is `id` inside it.
static int outside_of(const struct id_map *maps, size_t n, uint32_t *id, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (*id >= maps[i].inside && *id - maps[i].inside < maps[i].size) {
            *id = maps[i].outside + (*id - maps[i].inside);
            return 0;
        }
    return fail(err, ERR_INVALID, "the id %u is not mapped in the container", *id);
}

static int read_triplet(struct str text, const struct id_map *own, size_t n_own, struct id_map *out,
                        struct err *err)
{
    struct str rest = text;
    bool is_relative = rest.n != 0 && rest.at[0] == '@';
    if (is_relative)
        rest = (struct str){rest.at + 1, rest.n - 1};
    struct str first = str_cut(&rest, '-'), second = str_cut(&rest, '-');
    if (!str_to_u32(first, &out->inside) || !str_to_u32(second, &out->outside) ||
        !str_to_u32(rest, &out->size) || out->size == 0)
        return fail(err, ERR_INVALID, "expected ID-ID-SIZE: \"%.*s\"", (int)text.n, text.at);
    return is_relative ? outside_of(own, n_own, &out->outside, err) : 0;
}

static int read_list(struct arena *arena, struct str text, const struct id_map *own, size_t n_own,
                     struct map_list *out, struct err *err)
{
    struct map_list list = {.maps = arena_array(arena, TRIPLETS_MAX, sizeof *list.maps)};
    while (text.n != 0) {
        if (list.n == TRIPLETS_MAX)
            return fail(err, ERR_INVALID, "more than %d ranges", TRIPLETS_MAX);
        if (read_triplet(str_cut(&text, '#'), own, n_own, &list.maps[list.n++], err) < 0)
            return -1;
    }
    *out = list;
    return 0;
}

static int read_value(struct arena *arena, const char *value, const struct id_maps *own,
                      struct id_maps *out, struct err *err)
{
    struct map_list uids = {}, gids = {};
    for (struct str rest = str_of(value); rest.n != 0;) {
        struct str list = str_cut(&rest, ';');
        struct str name = str_cut(&list, '=');
        int result =
            str_is(name, "uids")   ? read_list(arena, list, own->uids, own->n_uids, &uids, err)
            : str_is(name, "gids") ? read_list(arena, list, own->gids, own->n_gids, &gids, err)
                                   : fail(err, ERR_INVALID, "expected uids= and gids=: \"%.*s\"",
                                          (int)name.n, name.at);
        if (result < 0)
            return fail_in(err, "option idmap=%s", value);
    }
    if (uids.n == 0 || gids.n == 0)
        return fail(err, ERR_INVALID, "option idmap=%s: needs both uids= and gids=", value);
    *out = (struct id_maps){uids.maps, gids.maps, uids.n, gids.n};
    return 0;
}

static const struct id_map *copy(struct arena *arena, const struct oci_id_map *from, size_t n)
{
    struct id_map *maps = arena_array(arena, n, sizeof *maps);
    for (size_t i = 0; i < n; i++)
        maps[i] = (struct id_map){from[i].containerID, from[i].hostID, from[i].size};
    return maps;
}

int idmap_container(const struct create_plan *plan, struct err *err)
{
    const struct namespace_plan *namespaces = &plan->namespaces;
    for (size_t i = 0; i < namespaces->n_joins; i++)
        if (namespaces->joins[i].flag == CLONE_NEWUSER) {
            int fd = fcntl(namespaces->joins[i].fd, F_DUPFD_CLOEXEC, 0);
            return fd >= 0 ? fd : fail_sys(err, "keep the user namespace");
        }
    if (namespaces->maps.n_uids == 0)
        return fail(err, ERR_INVALID,
                    "an idmap mount needs uidMappings and gidMappings, or a user namespace of the "
                    "container");
    return userns_make(&namespaces->maps, err);
}

int idmap_userns(const struct create_plan *plan, const struct mount_plan *mount, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    const struct oci_mount *from = mount->mount;
    const struct id_maps *own = &plan->namespaces.maps;
    struct id_maps maps = *own;
    const char *value = mount->options->idmap_value;
    if (!text_is_empty(value)) {
        if (read_value(&arena, value, own, &maps, err) < 0)
            return -1;
    } else if (from->n_uidMappings != 0 || from->n_gidMappings != 0) {
        maps = (struct id_maps){copy(&arena, from->uidMappings, from->n_uidMappings),
                                copy(&arena, from->gidMappings, from->n_gidMappings),
                                from->n_uidMappings, from->n_gidMappings};
    } else {
        return idmap_container(plan, err);
    }
    return userns_make(&maps, err);
}
