// SPDX-License-Identifier: Apache-2.0
// cdi.c — devices of the Container Device Interface: "vendor.com/class=name" stands for nodes,
// mounts, variables and hooks that a file of the machine's administrator lists.
//
// Specification: github.com/cncf-tags/container-device-interface, SPEC.md. Files are *.json in
// /etc/cdi, then /var/run/cdi (cdi-spec-dirs of dhow.json); a device of a later directory replaces
// one of an earlier; the same name twice in one directory is a conflict, and then nobody's. Hooks
// run as root: so only root's files are read, strictly, and nothing of an image goes into them.
#include "base/file.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "engine/limits.h"
#include "engine/process.h"
#include "engine/settings.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 256, FILE_MAX = 1024 * 1024, DEVICES_MAX = 4096 };

// --- the format ---

struct cdi_node {
    const char *path, *hostPath, *type, *permissions;
    int64_t *major, *minor;
    uint32_t *fileMode, *uid, *gid;
};
struct cdi_mount {
    const char *hostPath, *containerPath, *type;
    const char **options;
    size_t n_options;
};
struct cdi_hook {
    const char *hookName, *path;
    const char **args, **env;
    size_t n_args, n_env;
    int64_t *timeout;
};
struct cdi_net_device {
    const char *hostInterfaceName, *name;
};
struct cdi_edits {
    const char **env;
    struct cdi_node *deviceNodes;
    struct cdi_net_device *netDevices;
    struct cdi_mount *mounts;
    struct cdi_hook *hooks;
    uint32_t *additionalGids;
    struct oci_intel_rdt *intelRdt;
    size_t n_env, n_deviceNodes, n_netDevices, n_mounts, n_hooks, n_additionalGids;
};
struct cdi_device {
    const char *name;
    struct json_pair *annotations;
    size_t n_annotations;
    struct cdi_edits containerEdits;
};
struct cdi_spec {
    const char *cdiVersion, *kind;
    struct json_pair *annotations;
    size_t n_annotations;
    struct cdi_device *devices;
    size_t n_devices;
    struct cdi_edits containerEdits;
};

static const struct json_field node_fields[] = {
    JSON_FIELD(struct cdi_node, path, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct cdi_node, hostPath, JSON_OPTIONAL),
    JSON_FIELD(struct cdi_node, type, JSON_OPTIONAL),
    JSON_FIELD(struct cdi_node, major, JSON_OPTIONAL),
    JSON_FIELD(struct cdi_node, minor, JSON_OPTIONAL),
    JSON_FIELD(struct cdi_node, fileMode, JSON_OPTIONAL),
    JSON_FIELD(struct cdi_node, permissions, JSON_OPTIONAL),
    JSON_FIELD(struct cdi_node, uid, JSON_OPTIONAL),
    JSON_FIELD(struct cdi_node, gid, JSON_OPTIONAL),
    {},
};
static const struct json_field mount_fields[] = {
    JSON_FIELD(struct cdi_mount, hostPath, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct cdi_mount, containerPath, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_ARRAY(struct cdi_mount, options, JSON_OPTIONAL),
    JSON_FIELD(struct cdi_mount, type, JSON_OPTIONAL),
    {},
};
static const struct json_field hook_fields[] = {
    JSON_FIELD(struct cdi_hook, hookName, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct cdi_hook, path, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_ARRAY(struct cdi_hook, args, JSON_OPTIONAL),
    JSON_ARRAY(struct cdi_hook, env, JSON_OPTIONAL),
    JSON_FIELD(struct cdi_hook, timeout, JSON_OPTIONAL),
    {},
};
static const struct json_field net_device_fields[] = {
    JSON_FIELD(struct cdi_net_device, hostInterfaceName, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct cdi_net_device, name, JSON_REQUIRED | JSON_NOT_EMPTY),
    {},
};
static const struct json_field edits_fields[] = {
    JSON_ARRAY(struct cdi_edits, env, JSON_OPTIONAL),
    JSON_LIST(struct cdi_edits, deviceNodes, node_fields, JSON_OPTIONAL),
    JSON_LIST(struct cdi_edits, netDevices, net_device_fields, JSON_OPTIONAL),
    JSON_LIST(struct cdi_edits, mounts, mount_fields, JSON_OPTIONAL),
    JSON_LIST(struct cdi_edits, hooks, hook_fields, JSON_OPTIONAL),
    JSON_ARRAY(struct cdi_edits, additionalGids, JSON_OPTIONAL),
    JSON_BEHIND(struct cdi_edits, intelRdt, oci_intel_rdt_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field device_fields[] = {
    JSON_FIELD(struct cdi_device, name, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_PAIRS(struct cdi_device, annotations, JSON_OPTIONAL),
    JSON_INSIDE(struct cdi_device, containerEdits, edits_fields, JSON_REQUIRED),
    {},
};
static const struct json_field spec_fields[] = {
    JSON_FIELD(struct cdi_spec, cdiVersion, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct cdi_spec, kind, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_PAIRS(struct cdi_spec, annotations, JSON_OPTIONAL),
    JSON_LIST(struct cdi_spec, devices, device_fields, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_INSIDE(struct cdi_spec, containerEdits, edits_fields, JSON_OPTIONAL),
    {},
};

// --- names ---

static bool is_alnum(char c)
{
    return isalnum((unsigned char)c) != 0;
}

static bool is_word(struct str text, const char *inside, bool may_begin_with_digit)
{
    if (text.n == 0 || !is_alnum(text.at[0]) || !is_alnum(text.at[text.n - 1]) ||
        (!may_begin_with_digit && isdigit((unsigned char)text.at[0])))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (!is_alnum(text.at[i]) && strchr(inside, text.at[i]) == NULL)
            return false;
    }
    return true;
}

static bool is_kind(struct str kind)
{
    struct str class = kind, vendor = str_cut(&class, '/');
    return is_word(vendor, "_-.", false) && is_word(class, "_-", false);
}

bool cdi_is_name(const char *name)
{
    struct str device = str_of(name), kind = str_cut(&device, '=');
    return is_kind(kind) && is_word(device, "_-.:", true);
}

// --- files ---

struct entry { // a device that some file has
    const char *kind;
    const struct cdi_spec *spec;
    const struct cdi_device *device;
    size_t directory;
    bool is_conflict;
};
struct registry {
    struct engine *engine;
    struct arena *arena;
    struct entry *entries;
    size_t n;
    const char *yaml; // a file that would have to be JSON
};

static int check_spec(const struct cdi_spec *spec, struct err *err)
{
    static const char *const versions[] = {"0.3.0", "0.4.0", "0.5.0", "0.6.0",
                                           "0.7.0", "0.8.0", "1.0.0", "1.1.0"};
    bool is_known = false;
    for (size_t i = 0; i < N_ELEMENTS(versions) && !is_known; i++)
        is_known = strcmp(spec->cdiVersion, versions[i]) == 0;
    if (!is_known)
        return fail(err, ERR_INVALID, "cdiVersion \"%s\" is not known (0.3.0 to 1.1.0 are)",
                    spec->cdiVersion);
    if (!is_kind(str_of(spec->kind)))
        return fail(err, ERR_INVALID, "kind \"%s\" is not vendor/class", spec->kind);
    for (size_t i = 0; i < spec->n_devices; i++) {
        if (!is_word(str_of(spec->devices[i].name), "_-.:", true))
            return fail(err, ERR_INVALID, "devices[%zu].name \"%s\" is no name of a device", i,
                        spec->devices[i].name);
    }
    return 0;
}

static void add_entry(struct registry *registry, const struct entry *new)
{
    for (size_t i = 0; i < registry->n; i++) {
        struct entry *old = &registry->entries[i];
        if (strcmp(old->kind, new->kind) != 0 || strcmp(old->device->name, new->device->name) != 0)
            continue;
        bool is_conflict = old->directory == new->directory;
        *old = *new;
        old->is_conflict = is_conflict;
        return;
    }
    if (registry->n < DEVICES_MAX)
        registry->entries[registry->n++] = *new;
}

static int read_spec(struct registry *registry, int dir, const char *name, size_t directory,
                     struct err *err)
{
    struct stat st;
    AUTO_BUF struct buf text;
    buf_init(&text, FILE_MAX);
    AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail_sys(err, "read it");
    if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()) ||
        (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fail(err, ERR_DENIED, "it must be a regular file that only root can write");
    struct cdi_spec *spec = arena_new(registry->arena, struct cdi_spec);
    if (file_read_fd(fd, name, &text, err) < 0 ||
        json_decode(registry->arena, buf_get(&text), text.n, spec_fields, spec, JSON_STRICT, err) <
            0 ||
        check_spec(spec, err) < 0)
        return -1;
    for (size_t i = 0; i < spec->n_devices; i++)
        add_entry(registry, &(struct entry){spec->kind, spec, &spec->devices[i], directory, false});
    return 0;
}

static int read_directory(struct registry *registry, const char *path, size_t directory,
                          struct err *err)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return errno == ENOENT ? 0 : fail_sys(err, "CDI directory %s", path);
    const struct dirent *entry;
    int result = 0;
    for (size_t n = 0; result == 0 && n < FILES_MAX && (entry = readdir(dir)) != NULL;) {
        if (text_ends(entry->d_name, ".yaml") || text_ends(entry->d_name, ".yml"))
            registry->yaml = arena_printf(registry->arena, "%s/%s", path, entry->d_name);
        if (!text_ends(entry->d_name, ".json"))
            continue;
        n++;
        if (read_spec(registry, dirfd(dir), entry->d_name, directory, err) < 0)
            result = fail_in(err, "CDI specification %s/%s", path, entry->d_name);
    }
    (void)closedir(dir);
    return result;
}

static int open_registry(struct engine *engine, struct arena *arena, struct registry *out,
                         struct err *err)
{
    static const char *usual[] = {"/etc/cdi", "/var/run/cdi"};
    struct container_settings settings;
    if (container_settings_read(engine, arena, &settings, err) < 0)
        return -1;
    bool has_own = settings.n_cdi_spec_dirs != 0;
    const char **dirs = has_own ? settings.cdi_spec_dirs : usual;
    size_t n = has_own ? settings.n_cdi_spec_dirs : N_ELEMENTS(usual);
    *out = (struct registry){.engine = engine, .arena = arena};
    out->entries = arena_array(arena, DEVICES_MAX, sizeof *out->entries);
    for (size_t i = 0; i < n; i++) {
        if (read_directory(out, dirs[i], i, err) < 0)
            return -1;
    }
    return 0;
}

static int find(const struct registry *registry, const char *name, const struct entry **out,
                struct err *err)
{
    struct str device = str_of(name), kind = str_cut(&device, '=');
    const struct entry *found = NULL;
    for (size_t i = 0; i < registry->n && found == NULL; i++) {
        const struct entry *it = &registry->entries[i];
        if (str_is(kind, it->kind) && str_is(device, it->device->name))
            found = it;
    }
    if (found == NULL || found->is_conflict)
        return fail(err, ERR_NOT_FOUND,
                    "CDI device injection failed: unresolvable CDI devices %s%s%s%s", name,
                    found != NULL ? ": two files of one directory have it" : "",
                    registry->yaml != NULL && found == NULL ? ": not read, for it is YAML and not "
                                                              "JSON: "
                                                            : "",
                    registry->yaml != NULL && found == NULL ? registry->yaml : "");
    *out = found;
    return 0;
}

int cdi_check(struct engine *engine, struct arena *arena, const char *const *names, size_t n,
              struct err *err)
{
    struct registry registry;
    const struct entry *ignored;
    if (open_registry(engine, arena, &registry, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (find(&registry, names[i], &ignored, err) < 0)
            return -1;
    }
    return 0;
}

// --- edits ---

#define GROW(arena, list, n, one)                                                                  \
    do {                                                                                           \
        typeof(list) all_ = arena_array((arena), (n) + 1, sizeof *all_);                           \
        if ((n) != 0)                                                                              \
            memcpy(all_, (list), (n) * sizeof *all_);                                              \
        all_[(n)++] = (one);                                                                       \
        (list) = all_;                                                                             \
    } while (false)

static int apply_node(struct arena *arena, const struct cdi_node *node, struct oci_config *out,
                      struct err *err)
{
    const char *access = text_is_empty(node->permissions) ? "rwm" : node->permissions;
    if (node->path[0] != '/' || strspn(access, "rwm") != strlen(access))
        return fail(err, ERR_INVALID,
                    "device node %s: its path must be absolute, its permissions "
                    "of r, w and m: %s",
                    node->path, access);
    const struct device_wish wish = {
        .path = text_is_empty(node->hostPath) ? node->path : node->hostPath,
        .inside = node->path,
        .access = access,
        .uid = node->uid,
        .gid = node->gid,
        .mode = node->fileMode,
    };
    // Major and minor are what the host's node has: a file that says something else is out of date.
    return device_add(arena, &wish, out, err);
}

static void apply_mount(struct arena *arena, const struct cdi_mount *from, struct oci_config *out)
{
    bool has_bind = false;
    const char **options = arena_array(arena, from->n_options + 1, sizeof *options);
    size_t n = 0;
    for (size_t i = 0; i < from->n_options; i++) {
        has_bind |= strcmp(from->options[i], "bind") == 0 || strcmp(from->options[i], "rbind") == 0;
        options[n++] = from->options[i];
    }
    bool is_bind = text_is_empty(from->type) || strcmp(from->type, "bind") == 0;
    if (is_bind && !has_bind)
        options[n++] = "rbind";
    const struct oci_mount mount = {
        .destination = from->containerPath,
        .type = text_is_empty(from->type) ? "bind" : from->type,
        .source = from->hostPath,
        .options = options,
        .n_options = n,
    };
    GROW(arena, out->mounts, out->n_mounts, mount);
}

static int apply_hook(struct arena *arena, const struct cdi_hook *from, struct oci_hooks *hooks,
                      struct err *err)
{
    const struct {
        const char *name;
        struct oci_hook **list;
        size_t *n;
    } kinds[] = {
        {"prestart", &hooks->prestart, &hooks->n_prestart},
        {"createRuntime", &hooks->createRuntime, &hooks->n_createRuntime},
        {"createContainer", &hooks->createContainer, &hooks->n_createContainer},
        {"startContainer", &hooks->startContainer, &hooks->n_startContainer},
        {"poststart", &hooks->poststart, &hooks->n_poststart},
        {"poststop", &hooks->poststop, &hooks->n_poststop},
    };
    const struct oci_hook hook = {.path = from->path,
                                  .args = from->args,
                                  .n_args = from->n_args,
                                  .env = from->env,
                                  .n_env = from->n_env,
                                  .timeout = from->timeout};
    for (size_t i = 0; i < N_ELEMENTS(kinds); i++) {
        if (strcmp(kinds[i].name, from->hookName) == 0) {
            GROW(arena, *kinds[i].list, *kinds[i].n, hook);
            return 0;
        }
    }
    return fail(err, ERR_INVALID, "hookName \"%s\" is none of the runtime specification",
                from->hookName);
}

static int apply_edits(struct arena *arena, const struct cdi_edits *edits, struct oci_config *out,
                       struct err *err)
{
    struct oci_process *process = out->process;
    const char **env = arena_array(arena, process->n_env + edits->n_env + 1, sizeof *env);
    size_t n_env = 0;
    environment_set_all(env, &n_env, process->env, process->n_env);
    environment_set_all(env, &n_env, edits->env, edits->n_env);
    process->env = env;
    process->n_env = n_env;
    for (size_t i = 0; i < edits->n_deviceNodes; i++) {
        if (apply_node(arena, &edits->deviceNodes[i], out, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < edits->n_mounts; i++)
        apply_mount(arena, &edits->mounts[i], out);
    for (size_t i = 0; i < edits->n_hooks; i++) {
        if (apply_hook(arena, &edits->hooks[i], &out->hooks, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < edits->n_netDevices; i++) {
        const struct oci_net_device device = {edits->netDevices[i].hostInterfaceName,
                                              edits->netDevices[i].name};
        GROW(arena, out->linux_.netDevices, out->linux_.n_netDevices, device);
    }
    for (size_t i = 0; i < edits->n_additionalGids; i++)
        GROW(arena, process->user.additionalGids, process->user.n_additionalGids,
             edits->additionalGids[i]);
    if (edits->intelRdt != NULL)
        out->linux_.intelRdt = edits->intelRdt;
    return 0;
}

int cdi_apply(struct start *start, const char *const *names, size_t n, struct oci_config *out,
              struct err *err)
{
    struct registry registry;
    if (open_registry(start->engine, start->arena, &registry, err) < 0)
        return -1;
    const struct cdi_spec **done = arena_array(start->arena, n + 1, sizeof *done);
    size_t n_done = 0;
    for (size_t i = 0; i < n; i++) {
        const struct entry *entry;
        if (find(&registry, names[i], &entry, err) < 0)
            return -1;
        bool is_done = false;
        for (size_t j = 0; j < n_done; j++)
            is_done |= done[j] == entry->spec;
        // What a specification has for all of its devices comes once, before the first.
        if (!is_done && apply_edits(start->arena, &entry->spec->containerEdits, out, err) < 0)
            return fail_in(err, "CDI device injection failed: %s", names[i]);
        if (!is_done)
            done[n_done++] = entry->spec;
        if (apply_edits(start->arena, &entry->device->containerEdits, out, err) < 0)
            return fail_in(err, "CDI device injection failed: %s", names[i]);
    }
    return 0;
}
