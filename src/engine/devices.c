// SPDX-License-Identifier: Apache-2.0
// devices.c — the devices of the host that a container gets: --device, --device-cgroup-rule, all of
// them for --privileged, and, by cdi.c, those that a name of CDI stands for.
//
// A device is a node to make and a rule of the cgroup that allows it. What is asked for is looked
// up at each start: devices come and go.
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "engine/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { TREE_DEPTH_MAX = 16, DEVICES_MAX = 4096 };

// --- lists that grow ---

void device_allow(struct arena *arena, struct oci_resources *out,
                  const struct oci_device_rule *rule)
{
    struct oci_device_rule *all = arena_array(arena, out->n_devices + 1, sizeof *all);
    if (out->n_devices != 0)
        memcpy(all, out->devices, out->n_devices * sizeof *all);
    all[out->n_devices++] = *rule;
    out->devices = all;
}

static void add_node(struct arena *arena, struct oci_linux *out, const struct oci_device *node)
{
    for (size_t i = 0; i < out->n_devices; i++) {
        if (strcmp(out->devices[i].path, node->path) == 0) {
            out->devices[i] = *node; // the last who speaks of a path is right
            return;
        }
    }
    struct oci_device *all = arena_array(arena, out->n_devices + 1, sizeof *all);
    if (out->n_devices != 0)
        memcpy(all, out->devices, out->n_devices * sizeof *all);
    all[out->n_devices++] = *node;
    out->devices = all;
}

static int64_t *number(struct arena *arena, int64_t value)
{
    int64_t *copy = arena_new(arena, int64_t);
    *copy = value;
    return copy;
}

static uint32_t *copy_id(struct arena *arena, const uint32_t *wish, uint32_t other)
{
    uint32_t *copy = arena_new(arena, uint32_t);
    *copy = wish != NULL ? *wish : other;
    return copy;
}

// --- one device ---

static void add(struct arena *arena, const struct device_wish *wish, const struct stat *st,
                struct oci_config *out)
{
    const char *type = S_ISBLK(st->st_mode) ? "b" : "c";
    add_node(arena, &out->linux_,
             &(struct oci_device){
                 .path = wish->inside,
                 .type = type,
                 .major = major(st->st_rdev),
                 .minor = minor(st->st_rdev),
                 .fileMode = copy_id(arena, wish->mode, st->st_mode & 07777),
                 .uid = copy_id(arena, wish->uid, st->st_uid),
                 .gid = copy_id(arena, wish->gid, st->st_gid),
             });
    device_allow(arena, out->linux_.resources,
                 &(struct oci_device_rule){
                     .allow = true,
                     .type = type,
                     .major = number(arena, major(st->st_rdev)),
                     .minor = number(arena, minor(st->st_rdev)),
                     .access = wish->access,
                 });
}

static bool is_device(const struct stat *st)
{
    return S_ISBLK(st->st_mode) || S_ISCHR(st->st_mode);
}

// --- a directory of them ---

struct walk {
    struct arena *arena;
    struct oci_config *out;
    const char *access;
    bool is_dev; // /dev itself: without what a container has of its own
    size_t n;
};

static bool is_left_out(const struct walk *walk, int depth, const char *name)
{
    static const char *const own[] = {"pts",     "shm",   "fd",   "mqueue",
                                      "console", ".udev", ".lxc", ".lxd-mounts"};
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return true;
    for (size_t i = 0; walk->is_dev && depth == 0 && i < N_ELEMENTS(own); i++) {
        if (strcmp(name, own[i]) == 0)
            return true;
    }
    return false;
}

static int walk_tree(struct walk *walk, int parent, const char *name, const char *inside,
                     int depth);

static int walk_entry(struct walk *walk, int dir, const char *name, const char *inside, int depth)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return 0; // gone meanwhile
    const char *path = arena_printf(walk->arena, "%s/%s", inside, name);
    if (S_ISDIR(st.st_mode))
        return depth < TREE_DEPTH_MAX ? walk_tree(walk, dir, name, path, depth + 1) : 0;
    if (!is_device(&st) || ++walk->n > DEVICES_MAX)
        return 0;
    add(walk->arena, &(struct device_wish){.inside = path, .access = walk->access}, &st, walk->out);
    return 0;
}

static int walk_tree(struct walk *walk, int parent, const char *name, const char *inside, int depth)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        if (fd >= 0)
            (void)close(fd); // nothing was written
        return depth == 0 ? -1 : 0;
    }
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        if (!is_left_out(walk, depth, entry->d_name))
            (void)walk_entry(walk, dirfd(dir), entry->d_name, inside, depth);
    }
    (void)closedir(dir);
    return 0;
}

// docker's words: tools look for them.
static int fail_device(struct err *err, const char *path, const char *why)
{
    return fail(err, ERR_INVALID,
                "error gathering device information while adding custom device \"%s\": %s", path,
                why);
}

int device_add(struct arena *arena, const struct device_wish *wish, struct oci_config *out,
               struct err *err)
{
    struct stat st;
    if (stat(wish->path, &st) < 0)
        return fail_device(err, wish->path,
                           errno == ENOENT ? "no such file or directory" : strerror(errno));
    if (is_device(&st)) {
        add(arena, wish, &st, out);
        return 0;
    }
    struct walk walk = {.arena = arena, .out = out, .access = wish->access};
    AUTO_FD int dir = open(wish->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || walk_tree(&walk, dir, ".", wish->inside, 0) < 0 || walk.n == 0)
        return fail_device(err, wish->path, "not a device node");
    return 0;
}

// --- rules ---

static bool cut_number(struct str text, struct arena *arena, int64_t most, int64_t **out)
{
    int64_t value;
    if (str_is(text, "*")) {
        *out = NULL;
        return true;
    }
    if (!str_to_i64(text, &value) || value < 0 || value > most)
        return false;
    *out = number(arena, value);
    return true;
}

// "c 1:3 rwm", "a *:* m"
static bool is_one_of(char letter, const char *letters)
{
    return letter != '\0' && strchr(letters, letter) != NULL;
}

static int read_rule(struct arena *arena, const char *text, struct oci_device_rule *out,
                     struct err *err)
{
    struct str rest = str_of(text), type = str_cut(&rest, ' '), numbers = str_cut(&rest, ' ');
    struct str minor = numbers, major = str_cut(&minor, ':');
    struct oci_device_rule rule = {.allow = true};
    bool is_rule = type.n == 1 && is_one_of(type.at[0], "acb") && rest.n >= 1 && rest.n <= 3 &&
                   major.n != numbers.n && cut_number(major, arena, (1 << 12) - 1, &rule.major) &&
                   cut_number(minor, arena, (1 << 20) - 1, &rule.minor);
    for (size_t i = 0; i < rest.n && is_rule; i++)
        is_rule = is_one_of(rest.at[i], "rwm");
    if (!is_rule)
        return fail(err, ERR_INVALID, "invalid device cgroup rule format: '%s'", text);
    rule.type = arena_strndup(arena, type.at, type.n);
    rule.access = arena_strndup(arena, rest.at, rest.n);
    *out = rule;
    return 0;
}

// --- requests: CDI, and what leads to it ---

#define GPU_KIND "nvidia.com/gpu"

static bool wants_gpu(const struct device_request *request)
{
    for (size_t i = 0; i < request->n_capabilities; i++) {
        for (size_t j = 0; j < request->capabilities[i].n_words; j++) {
            if (strcmp(request->capabilities[i].words[j], "gpu") == 0)
                return true;
        }
    }
    return false;
}

static int fail_driver(struct err *err, const struct device_request *request)
{
    return fail(
        err, ERR_INVALID,
        "could not select device driver \"%s\" with capabilities: [[%s]]: devices come from "
        "CDI here, and neither /etc/cdi nor /var/run/cdi has " GPU_KIND,
        request->driver != NULL ? request->driver : "", wants_gpu(request) ? "gpu" : "");
}

// The names of CDI devices that a request stands for.
static int request_names(struct arena *arena, const struct device_request *request,
                         struct words *out, struct err *err)
{
    if (text_equal(request->driver, "cdi")) {
        for (size_t i = 0; i < request->n_device_ids; i++) {
            if (!cdi_is_name(request->device_ids[i]))
                return fail(err, ERR_INVALID, "%s is no CDI device: it is vendor.com/class=name",
                            request->device_ids[i]);
            words_add(arena, out, request->device_ids[i]);
        }
        return 0;
    }
    bool is_known = text_is_empty(request->driver) || strcmp(request->driver, "nvidia") == 0;
    if (!is_known || !wants_gpu(request))
        return fail_driver(err, request);
    if (request->count < -1 || request->count > DEVICES_MAX)
        return fail(err, ERR_INVALID, "invalid count of GPUs: %jd", (intmax_t)request->count);
    for (size_t i = 0; i < request->n_device_ids; i++)
        words_add(arena, out, arena_printf(arena, GPU_KIND "=%s", request->device_ids[i]));
    if (request->n_device_ids == 0 && request->count == -1)
        words_add(arena, out, GPU_KIND "=all");
    for (int64_t i = 0; request->n_device_ids == 0 && i < request->count; i++)
        words_add(arena, out, arena_printf(arena, GPU_KIND "=%jd", (intmax_t)i));
    return 0;
}

static int apply_requests(struct start *start, const struct host_config *host,
                          struct oci_config *out, struct err *err)
{
    struct words names = {};
    for (size_t i = 0; i < host->n_device_requests; i++) {
        const struct device_request *request = &host->device_requests[i];
        struct words its = {};
        if (request_names(start->arena, request, &its, err) < 0)
            return -1;
        if (!text_equal(request->driver, "cdi") &&
            cdi_check(start->engine, start->arena, its.at, its.n, err) < 0)
            return fail_driver(err, request);
        for (size_t j = 0; j < its.n; j++)
            words_add(start->arena, &names, its.at[j]);
    }
    return names.n == 0 ? 0 : cdi_apply(start, names.at, names.n, out, err);
}

// --- create, start ---

int devices_check(struct creation *creation, struct err *err)
{
    const struct host_config *host = &creation->spec->host;
    struct oci_device_rule rule;
    struct words names = {};
    for (size_t i = 0; i < host->n_device_cgroup_rules; i++) {
        if (read_rule(creation->arena, host->device_cgroup_rules[i], &rule, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < host->n_devices; i++) {
        const struct device_mapping *it = &host->devices[i];
        const char *access = it->cgroup_permissions;
        if (text_is_empty(it->path_on_host) ||
            (!text_is_empty(it->path_in_container) && it->path_in_container[0] != '/'))
            return fail(err, ERR_INVALID, "invalid device mapping: \"%s\" to \"%s\"",
                        it->path_on_host != NULL ? it->path_on_host : "",
                        it->path_in_container != NULL ? it->path_in_container : "");
        if (access != NULL && (strspn(access, "rwm") != strlen(access) || strlen(access) > 3))
            return fail(err, ERR_INVALID, "bad mode specified: %s", access);
    }
    for (size_t i = 0; i < host->n_device_requests; i++) {
        if (request_names(creation->arena, &host->device_requests[i], &names, err) < 0)
            return -1;
    }
    return 0;
}

static int add_asked(struct arena *arena, const struct host_config *host, struct oci_config *out,
                     struct err *err)
{
    for (size_t i = 0; i < host->n_devices; i++) {
        const struct device_mapping *it = &host->devices[i];
        const struct device_wish wish = {
            .path = it->path_on_host,
            .inside =
                text_is_empty(it->path_in_container) ? it->path_on_host : it->path_in_container,
            .access = text_is_empty(it->cgroup_permissions) ? "rwm" : it->cgroup_permissions,
        };
        if (device_add(arena, &wish, out, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < host->n_device_cgroup_rules; i++) {
        struct oci_device_rule rule;
        if (read_rule(arena, host->device_cgroup_rules[i], &rule, err) < 0)
            return -1;
        device_allow(arena, out->linux_.resources, &rule);
    }
    return 0;
}

int devices_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    const struct host_config *host = &start->container->spec.host;
    if (host->privileged) {
        struct walk walk = {.arena = start->arena, .out = out, .access = "rwm", .is_dev = true};
        // One rule in place of hundreds.
        struct oci_resources all = *out->linux_.resources;
        if (walk_tree(&walk, AT_FDCWD, "/dev", "/dev", 0) < 0)
            return fail_sys(err, "look through /dev");
        out->linux_.resources->devices = all.devices;
        out->linux_.resources->n_devices = 0;
        device_allow(start->arena, out->linux_.resources,
                     &(struct oci_device_rule){.allow = true, .access = "rwm"});
    }
    if (add_asked(start->arena, host, out, err) < 0)
        return -1;
    return apply_requests(start, host, out, err);
}
