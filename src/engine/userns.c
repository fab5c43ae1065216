// SPDX-License-Identifier: Apache-2.0
// userns.c — user namespaces of single containers: --userns, --uidmap, --gidmap.
//
//     ""  host                    none: the container's root is the machine's (docker's default)
//     auto[:size=N]               a range of 65536 ids (or N, up to that) that no other container
//     has private[:uidmapping=I:O:N,gidmapping=I:O:N]
//                                 exactly these; without any, like auto
//     keep-id                     every id is itself (for root; what podman does)
//     container:NAME              that of another container
//
// Files are shown as the container's own by mapping mounts: the overlay's layers (snapshot.h), and
// each bind mount by the runtime. Nothing on a disk is changed. The namespace is made here, so that
// the network namespace can belong to it, and the runtime joins it.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/security.h"
#include "engine/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { RANGE_SIZE = 65536, MAPS_MAX = 340, SUBIDS_MAX = 1024 * 1024 };
// Where nobody else takes ids from: above what systemd and useradd give out.
static const struct id_map usual_range = {0, UINT32_C(0x80000000), UINT32_C(0x7fff0000)};

// --- the request ---

struct mode {
    enum { MODE_HOST, MODE_AUTO, MODE_KEEP, MODE_CONTAINER } kind;
    const char *container;
    uint32_t size;
    struct id_map uids[MAPS_MAX], gids[MAPS_MAX];
    size_t n_uids, n_gids;
};

static int read_mapping(struct str text, struct id_map *maps, size_t *n, struct err *err)
{
    struct str rest = text, inside = str_cut(&rest, ':'), outside = str_cut(&rest, ':');
    struct id_map map = {.size = 1};
    if (*n == MAPS_MAX)
        return fail(err, ERR_INVALID, "more than %d ranges of ids", MAPS_MAX);
    bool is_fine = str_to_u32(inside, &map.inside) && str_to_u32(outside, &map.outside) &&
                   (rest.n == 0 || str_to_u32(rest, &map.size)) && map.size != 0 &&
                   UINT32_MAX - map.inside >= map.size && UINT32_MAX - map.outside >= map.size;
    if (!is_fine)
        return fail(
            err, ERR_INVALID,
            "invalid range of ids \"%.*s\": INSIDE:OUTSIDE:SIZE are numbers up to 4294967294",
            (int)text.n, text.at);
    maps[(*n)++] = map;
    return 0;
}

static int read_option(struct str field, struct mode *out, struct err *err)
{
    struct str value = field, key = str_cut(&value, '=');
    if (str_is(key, "uidmapping"))
        return read_mapping(value, out->uids, &out->n_uids, err);
    if (str_is(key, "gidmapping"))
        return read_mapping(value, out->gids, &out->n_gids, err);
    if (!str_is(key, "size"))
        return fail(err, ERR_INVALID,
                    "invalid option of a user namespace \"%.*s\": there are size, uidmapping and "
                    "gidmapping",
                    (int)field.n, field.at);
    if (!str_to_u32(value, &out->size) || out->size == 0 || out->size > RANGE_SIZE)
        return fail(err, ERR_INVALID,
                    "invalid size of a user namespace \"%.*s\": 1 to %d; a larger one is made by "
                    "--uidmap and --gidmap",
                    (int)value.n, value.at, RANGE_SIZE);
    return 0;
}

// The range that holds the container's root goes first.
static int order(struct id_map *maps, size_t n, const char *what, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (maps[i].inside == 0) {
            const struct id_map first = maps[0];
            maps[0] = maps[i];
            maps[i] = first;
            return 0;
        }
    }
    return fail(err, ERR_INVALID, "no range of %s has the container's root, 0", what);
}

static int read_mode(const char *text, struct mode *out, struct err *err)
{
    *out = (struct mode){.size = RANGE_SIZE};
    if (text_is_empty(text) || strcmp(text, "host") == 0)
        return 0;
    if (mode_container(text) != NULL) {
        out->kind = MODE_CONTAINER;
        out->container = mode_container(text);
        return text_is_empty(out->container) ? fail(err, ERR_INVALID, "invalid USER mode: %s", text)
                                             : 0;
    }
    struct str rest = str_of(text), word = str_cut(&rest, ':');
    if (str_is(word, "nomap"))
        return fail(err, ERR_INVALID, "cannot use nomap as root: it leaves out one's own id");
    bool is_keep = str_is(word, "keep-id");
    if (!is_keep && !str_is(word, "auto") && !str_is(word, "private"))
        return fail(err, ERR_INVALID,
                    "invalid USER mode: %s: it is host, private, auto, keep-id or container:NAME",
                    text);
    out->kind = is_keep ? MODE_KEEP : MODE_AUTO;
    while (rest.n != 0) {
        if (read_option(str_cut(&rest, ','), out, err) < 0)
            return -1;
    }
    if (out->n_uids + out->n_gids == 0)
        return 0;
    // Who speaks of users only means groups, too, and the other way round.
    if (out->n_gids == 0) {
        memcpy(out->gids, out->uids, sizeof out->gids);
        out->n_gids = out->n_uids;
    } else if (out->n_uids == 0) {
        memcpy(out->uids, out->gids, sizeof out->uids);
        out->n_uids = out->n_gids;
    }
    if (order(out->uids, out->n_uids, "users", err) < 0)
        return -1;
    return order(out->gids, out->n_gids, "groups", err);
}

// --- create ---

// What shares too much with the machine to have users of its own, in docker's words.
static const char *why_not(const struct host_config *host)
{
    if (host->privileged)
        return "privileged mode is incompatible with user namespaces.  You must run the container "
               "in the host namespace when running privileged mode";
    if (text_equal(host->network_mode, "host"))
        return "cannot share the host's network namespace when user namespaces are enabled";
    if (text_equal(host->pid_mode, "host"))
        return "cannot share the host PID namespace when user namespaces are enabled";
    if (text_equal(host->ipc_mode, "host"))
        return "cannot share the host's IPC namespace when user namespaces are enabled";
    return NULL;
}

int userns_check(struct creation *creation, struct err *err)
{
    struct host_config *host = &creation->spec->host;
    const char *conflict = why_not(host);
    if (text_is_empty(host->userns_mode)) {
        const struct container_settings *settings = creation_settings(creation, err);
        if (settings == NULL)
            return -1;
        if (!text_is_empty(settings->userns) && conflict == NULL)
            host->userns_mode = settings->userns;
    }
    struct mode mode;
    if (read_mode(host->userns_mode, &mode, err) < 0)
        return -1;
    if (mode.kind == MODE_HOST)
        return 0;
    if (conflict != NULL)
        return fail(err, ERR_INVALID, "%s", conflict);
    if (userns_is_nested())
        return fail(err, ERR_UNAVAILABLE,
                    "--userns %s: without root the kernel maps no file systems, so all containers "
                    "share your user namespace",
                    host->userns_mode);
    for (size_t i = 0; i < creation->spec->n_mount_points; i++) {
        if (!text_is_empty(creation->spec->mount_points[i].ownership))
            return fail(err, ERR_INVALID,
                        "the mount at %s cannot have own=: a user namespace maps its files already",
                        creation->spec->mount_points[i].destination);
    }
    return 0;
}

// --- start ---

// "dhow:100000:65536" of /etc/subuid; `containers` is podman's user for this.
static bool find_range(const char *path, struct id_map *out)
{
    static const char *const users[] = {"dhow:", "containers:"};
    AUTO_BUF struct buf text;
    buf_init(&text, SUBIDS_MAX);
    struct err ignored;
    if (file_read_at(AT_FDCWD, path, &text, &ignored) < 0)
        return false;
    for (size_t i = 0; i < N_ELEMENTS(users); i++) {
        struct str rest = {buf_get(&text), text.n};
        while (rest.n != 0) {
            struct str line = str_cut(&rest, '\n');
            if (!str_starts(line, users[i]))
                continue;
            (void)str_cut(&line, ':');
            struct str first = str_cut(&line, ':');
            struct id_map range = {};
            if (str_to_u32(first, &range.outside) && str_to_u32(str_trim(line), &range.size) &&
                range.size >= RANGE_SIZE) {
                *out = range;
                return true;
            }
        }
    }
    return false;
}

// Each container has a number of its own; its range follows from that (and comes round again after
// as many containers as there are ranges: 32767 when nothing is in /etc/subuid).
static const struct id_map *pick(struct arena *arena, const struct id_map *range, int64_t number,
                                 uint32_t size)
{
    uint32_t n = range->size / RANGE_SIZE, slot = (uint32_t)(number % n);
    struct id_map *map = arena_new(arena, struct id_map);
    *map = (struct id_map){0, range->outside + slot * RANGE_SIZE, size};
    return map;
}

static void plan_auto(struct arena *arena, const struct container *container,
                      const struct mode *mode, struct userns_plan *out)
{
    struct id_map uids = usual_range, gids = usual_range;
    if (!find_range("/etc/subuid", &uids) || !find_range("/etc/subgid", &gids))
        uids = gids = usual_range;
    out->maps = (struct id_maps){
        pick(arena, &uids, container->row.number, mode->size),
        pick(arena, &gids, container->row.number, mode->size),
        1,
        1,
    };
}

static const struct id_map *copy(struct arena *arena, const struct id_map *maps, size_t n)
{
    struct id_map *all = arena_array(arena, n, sizeof *all);
    memcpy(all, maps, n * sizeof *all);
    return all;
}

static void plan(struct arena *arena, const struct container *container, const struct mode *mode,
                 struct userns_plan *out)
{
    static const struct id_map all = {0, 0, UINT32_MAX};
    *out = (struct userns_plan){};
    if (mode->kind == MODE_KEEP)
        out->maps = (struct id_maps){&all, &all, 1, 1};
    else if (mode->n_uids != 0)
        out->maps =
            (struct id_maps){copy(arena, mode->uids, mode->n_uids),
                             copy(arena, mode->gids, mode->n_gids), mode->n_uids, mode->n_gids};
    else
        plan_auto(arena, container, mode, out);
}

// Another container's namespace: its mapping is what that one's request says.
static int join(struct engine *engine, struct arena *arena, const char *name,
                struct userns_plan *out, int *out_fd, struct err *err)
{
    AUTO_CONTAINER struct container other = CONTAINER_NONE;
    struct mode mode;
    if (container_open_running(engine, arena, name, "join user namespace", &other, err) < 0 ||
        read_mode(other.spec.host.userns_mode, &mode, err) < 0)
        return -1;
    if (mode.kind == MODE_HOST)
        return 0; // ours is what it has, too
    if (mode.kind == MODE_CONTAINER)
        return fail(err, ERR_INVALID,
                    "failed to join user namespace: container %s shares that of %s: name that one",
                    name, mode.container);
    plan(arena, &other, &mode, out);
    const char *path = arena_printf(arena, "/proc/%jd/ns/user", (intmax_t)other.live.pid);
    *out_fd = open(path, O_RDONLY | O_CLOEXEC);
    return *out_fd < 0 ? fail_sys(err, "failed to join user namespace of %s", name) : 0;
}

int userns_open(struct engine *engine, struct arena *arena, const struct container *container,
                struct userns_plan *out, int *out_fd, struct err *err)
{
    struct mode mode;
    *out_fd = -1;
    if (text_is_empty(container->spec.host.userns_mode))
        return 0;
    if (read_mode(container->spec.host.userns_mode, &mode, err) < 0)
        return -1;
    if (mode.kind == MODE_HOST)
        return 0;
    if (mode.kind == MODE_CONTAINER)
        return join(engine, arena, mode.container, out, out_fd, err);
    plan(arena, container, &mode, out);
    int fd = userns_make(&out->maps, err);
    if (fd < 0)
        return fail_in(err, "make the container's user namespace");
    *out_fd = fd;
    return 0;
}

static struct oci_id_map *as_oci(struct arena *arena, const struct id_map *maps, size_t n)
{
    struct oci_id_map *all = arena_array(arena, n, sizeof *all);
    for (size_t i = 0; i < n; i++)
        all[i] = (struct oci_id_map){maps[i].inside, maps[i].outside, maps[i].size};
    return all;
}

// Files of the host that are no container's: programs and what is in /dev.
static bool stays_foreign(const struct oci_mount *mount)
{
    return !text_equal(mount->type, "bind") ||
           text_equal(mount->destination, "/sbin/docker-init") ||
           (mount->source != NULL && text_starts(mount->source, "/dev/"));
}

// All groups that there are may ping: here these are fewer.
static void narrow_ping_range(struct arena *arena, const struct id_maps *maps,
                              struct oci_linux *out)
{
    for (size_t i = 0; i < out->n_sysctl; i++) {
        struct json_pair *pair = &out->sysctl[i];
        if (strcmp(pair->key, "net.ipv4.ping_group_range") == 0 &&
            strcmp(pair->value, "0 2147483647") == 0 && maps->n_gids != 0 &&
            maps->gids[0].size < INT32_MAX)
            pair->value = arena_printf(arena, "0 %u", maps->gids[0].size - 1);
    }
}

int userns_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    if (start->userns < 0)
        return 0;
    struct userns_plan its = {};
    struct mode mode;
    if (read_mode(start->container->spec.host.userns_mode, &mode, err) < 0)
        return -1;
    struct arena *arena = start->arena;
    AUTO_FD int again = -1;
    if (mode.kind == MODE_CONTAINER) {
        if (join(start->engine, arena, mode.container, &its, &again, err) < 0)
            return -1;
    } else {
        plan(arena, start->container, &mode, &its);
    }
    struct oci_linux *linux_ = &out->linux_;
    struct oci_namespace *all = arena_array(arena, linux_->n_namespaces + 1, sizeof *all);
    memcpy(all, linux_->namespaces, linux_->n_namespaces * sizeof *all);
    all[linux_->n_namespaces++] = (struct oci_namespace){
        "user", arena_printf(arena, "/proc/%d/fd/%d", (int)getpid(), start->userns)};
    linux_->namespaces = all;
    narrow_ping_range(arena, &its.maps, linux_);
    struct oci_id_map *uids = as_oci(arena, its.maps.uids, its.maps.n_uids);
    struct oci_id_map *gids = as_oci(arena, its.maps.gids, its.maps.n_gids);
    // Said again for runtimes that look there: whose standard streams are.
    linux_->uidMappings = uids;
    linux_->gidMappings = gids;
    linux_->n_uidMappings = its.maps.n_uids;
    linux_->n_gidMappings = its.maps.n_gids;
    for (size_t i = 0; i < out->n_mounts; i++) {
        struct oci_mount *mount = &out->mounts[i];
        if (stays_foreign(mount))
            continue;
        mount->uidMappings = uids;
        mount->gidMappings = gids;
        mount->n_uidMappings = its.maps.n_uids;
        mount->n_gidMappings = its.maps.n_gids;
    }
    return 0;
}
