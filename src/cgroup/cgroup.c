// SPDX-License-Identifier: Apache-2.0
// cgroup.c — where a container's cgroup is, and the order in which it is made, joined and limited.
//
// The path. An absolute linux.cgroupsPath is below the root of each hierarchy; a relative one is
// below this process's own cgroup (v1) or below its parent (v2, where a cgroup with processes
// cannot have children with controllers), as runc has it; none at all means /dhow/<id>. With the
// systemd driver it is slice:prefix:name, see systemd.c.
#include "cgroup/cgroup.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/devices.h"
#include "cgroup/hierarchy.h"
#include "cgroup/limits.h"
#include "cgroup/systemd.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum {
    CGROUPS_PATH_MAX = 3000, // PATH_MAX less the mount point and a file's name
    SAVED_MAX = 1024 * 1024,
};
#define DEFAULT_PARENT      "/dhow"
#define DELEGATE_ANNOTATION "run.oci.delegate-cgroup"

// --- planning ---

static struct cgroup *cgroup_new(void)
{
    struct cgroup *cgroup = xcalloc(1, sizeof *cgroup);
    for (size_t i = 0; i < CGROUP_HIERARCHIES_MAX; i++)
        cgroup->hierarchies[i].fd = -1;
    return cgroup;
}

void cgroup_close(struct cgroup *cgroup)
{
    if (cgroup == NULL)
        return;
    for (size_t i = 0; i < cgroup->n; i++)
        if (cgroup->hierarchies[i].fd >= 0)
            (void)close(cgroup->hierarchies[i].fd); // nothing was written through a buffer
    arena_done(&cgroup->arena);
    free(cgroup);
}

// "/a//b/." is "/a/b"; ".." would leave what the caller meant to confine.
static const char *path_clean(struct arena *arena, const char *path, struct err *err)
{
    if (strlen(path) > CGROUPS_PATH_MAX) {
        (void)fail(err, ERR_INVALID, "linux.cgroupsPath is longer than %d bytes", CGROUPS_PATH_MAX);
        return NULL;
    }
    AUTO_BUF struct buf clean;
    buf_init(&clean, CGROUPS_PATH_MAX + 2);
    struct str rest = str_of(path);
    while (rest.n != 0) {
        struct str part = str_cut(&rest, '/');
        if (part.n == 0 || str_is(part, "."))
            continue;
        bool is_bad = str_is(part, "..") || memchr(part.at, '\n', part.n) != NULL;
        if (is_bad || part.n > 255) {
            (void)fail(err, ERR_INVALID, "linux.cgroupsPath \"%.200s\": \"%.*s\" is no valid part",
                       path, (int)(part.n > 64 ? 64 : part.n), part.at);
            return NULL;
        }
        buf_char(&clean, '/');
        buf_add(&clean, part.at, part.n);
    }
    return arena_strdup(arena, buf_get(&clean));
}

static struct str parent_of(const char *path)
{
    struct str parent = str_of(path);
    (void)str_cut_last(&parent, '/');
    return parent.n < strlen(path) ? parent : STR("");
}

static int place(struct cgroup *cgroup, const struct layout *layout, const char *path,
                 bool is_relative, struct err *err)
{
    for (size_t i = 0; i < layout->n; i++) {
        const struct layout_hierarchy *from = &layout->hierarchies[i];
        struct hierarchy *to = &cgroup->hierarchies[cgroup->n++];
        struct str above = STR("");
        if (is_relative && from->own != NULL && !text_equal(from->own, "/"))
            above = layout->is_v2 ? parent_of(from->own) : str_of(from->own);
        to->controllers = arena_strdup(&cgroup->arena, from->controllers);
        to->root = arena_strdup(&cgroup->arena, from->root);
        to->below = arena_printf(&cgroup->arena, "%.*s%s", (int)above.n, above.at, path);
        to->path = arena_printf(&cgroup->arena, "%s%s", from->root, to->below);
        if (to->below[0] == '\0' || strlen(to->path) > CGROUPS_PATH_MAX + 255)
            return fail(err, ERR_INVALID,
                        "linux.cgroupsPath: a container cannot be in the root cgroup %s",
                        from->root);
    }
    return 0;
}

// What a mount of type cgroup shows: v1's directories have the names that they have on the host,
// with a link for each controller of a hierarchy that has several.
static void fill_mounts(struct cgroup *cgroup)
{
    cgroup->n_mounts = 0;
    for (size_t i = 0; i < cgroup->n; i++) {
        const struct hierarchy *hierarchy = &cgroup->hierarchies[i];
        if (hierarchy->is_left_out)
            continue;
        struct cgroup_mount *mount = &cgroup->mounts[cgroup->n_mounts++];
        *mount = (struct cgroup_mount){.path = hierarchy->path, .root = hierarchy->root};
        if (cgroup->is_v2)
            continue;
        const char *slash = strrchr(hierarchy->root, '/');
        mount->name = slash != NULL ? slash + 1 : hierarchy->root;
        mount->options = hierarchy->controllers;
        struct str list = str_of(hierarchy->controllers);
        if (memchr(list.at, ',', list.n) == NULL || text_starts(list.at, "name="))
            continue;
        const char **aliases = arena_array(&cgroup->arena, list.n + 1, sizeof *aliases);
        mount->aliases = aliases;
        while (list.n != 0) {
            struct str controller = str_cut(&list, ',');
            if (!str_is(controller, mount->name))
                *aliases++ = arena_strndup(&cgroup->arena, controller.at, controller.n);
        }
    }
}

// The value of run.oci.delegate-cgroup: one plain name.
static int find_delegate(struct cgroup *cgroup, const struct cgroup_request *request,
                         struct err *err)
{
    for (size_t i = 0; i < request->n_annotations; i++) {
        const struct json_pair *pair = &request->annotations[i];
        if (!text_equal(pair->key, DELEGATE_ANNOTATION) || text_is_empty(pair->value))
            continue;
        if (limits_check_word(pair->value, "annotation " DELEGATE_ANNOTATION, err) < 0)
            return -1;
        cgroup->delegate = arena_strdup(&cgroup->arena, pair->value);
    }
    return 0;
}

static void take_request(struct cgroup *cgroup, const struct cgroup_request *request)
{
    cgroup->id = arena_strdup(&cgroup->arena, request->id);
    cgroup->driver = request->driver;
    cgroup->is_rootless = request->is_rootless;
    struct json_pair *pairs =
        arena_array(&cgroup->arena, request->n_annotations + 1, sizeof *pairs);
    for (size_t i = 0; i < request->n_annotations; i++)
        if (text_starts(request->annotations[i].key, SYSTEMD_PROPERTY_PREFIX))
            pairs[cgroup->n_annotations++] =
                (struct json_pair){arena_strdup(&cgroup->arena, request->annotations[i].key),
                                   arena_strdup(&cgroup->arena, request->annotations[i].value)};
    cgroup->annotations = pairs;
}

int cgroup_plan_in(const struct layout *layout, const struct cgroup_request *request,
                   struct cgroup **out, struct err *err)
{
    struct cgroup *cgroup = cgroup_new();
    take_request(cgroup, request);
    cgroup->is_v2 = layout->is_v2;
    const char *path = request->cgroupsPath;
    bool is_relative = !text_is_empty(path) && path[0] != '/';
    if (request->driver == CGROUP_SYSTEMD) {
        path = systemd_path(cgroup, request->cgroupsPath, err);
        is_relative = false;
    } else if (text_is_empty(path)) {
        path = arena_printf(&cgroup->arena, DEFAULT_PARENT "/%s", request->id);
    }
    if (path != NULL && layout->is_v2 && find_delegate(cgroup, request, err) < 0)
        path = NULL;
    if (path != NULL)
        path = path_clean(&cgroup->arena, path, err);
    if (path == NULL || place(cgroup, layout, path, is_relative, err) < 0) {
        cgroup_close(cgroup);
        return -1;
    }
    fill_mounts(cgroup);
    *out = cgroup;
    return 0;
}

int cgroup_plan(const struct cgroup_request *request, struct cgroup **out, struct err *err)
{
    assert(request->id != NULL);
    if (request->driver == CGROUP_DISABLED) {
        struct cgroup *cgroup = cgroup_new();
        take_request(cgroup, request);
        *out = cgroup;
        return 0;
    }
    AUTO_ARENA struct arena arena = {0};
    struct layout layout;
    if (layout_detect(&arena, &layout, err) < 0)
        return -1;
    bool needs_self = request->driver == CGROUP_CGROUPFS && !text_is_empty(request->cgroupsPath) &&
                      request->cgroupsPath[0] != '/';
    if (needs_self && layout_find_self(&arena, &layout, err) < 0)
        return -1;
    return cgroup_plan_in(&layout, request, out, err);
}

// --- saving ---

struct saved_hierarchy {
    const char *controllers, *root, *below;
};
struct saved {
    const char *id, *slice, *scope, *delegate;
    bool v2, rootless, systemd;
    struct saved_hierarchy *hierarchies;
    size_t n_hierarchies;
};
static const struct json_field saved_hierarchy_fields[] = {
    JSON_FIELD(struct saved_hierarchy, controllers, JSON_OPTIONAL),
    JSON_FIELD(struct saved_hierarchy, root, JSON_REQUIRED),
    JSON_FIELD(struct saved_hierarchy, below, JSON_REQUIRED),
    {},
};
static const struct json_field saved_fields[] = {
    JSON_FIELD(struct saved, id, JSON_REQUIRED),
    JSON_FIELD(struct saved, slice, JSON_OPTIONAL),
    JSON_FIELD(struct saved, scope, JSON_OPTIONAL),
    JSON_FIELD(struct saved, delegate, JSON_OPTIONAL),
    JSON_FIELD(struct saved, v2, JSON_OPTIONAL),
    JSON_FIELD(struct saved, rootless, JSON_OPTIONAL),
    JSON_FIELD(struct saved, systemd, JSON_OPTIONAL),
    JSON_LIST(struct saved, hierarchies, saved_hierarchy_fields, JSON_OPTIONAL),
    {},
};

void cgroup_save(const struct cgroup *cgroup, struct buf *out)
{
    struct saved_hierarchy hierarchies[CGROUP_HIERARCHIES_MAX];
    struct saved saved = {.id = cgroup->id,
                          .slice = cgroup->slice,
                          .scope = cgroup->scope,
                          .delegate = cgroup->delegate,
                          .v2 = cgroup->is_v2,
                          .rootless = cgroup->is_rootless,
                          .systemd = cgroup->driver == CGROUP_SYSTEMD,
                          .hierarchies = hierarchies};
    for (size_t i = 0; i < cgroup->n; i++) {
        const struct hierarchy *from = &cgroup->hierarchies[i];
        if (!from->is_left_out)
            hierarchies[saved.n_hierarchies++] =
                (struct saved_hierarchy){from->controllers, from->root, from->below};
    }
    json_encode(out, saved_fields, &saved, JSON_COMPACT);
}

int cgroup_load(const char *json, struct cgroup **out, struct err *err)
{
    struct cgroup *cgroup = cgroup_new();
    struct saved saved;
    bool is_read = json_decode(&cgroup->arena, json, strlen(json), saved_fields, &saved,
                               JSON_LENIENT, err) == 0;
    if (!is_read || saved.n_hierarchies > CGROUP_HIERARCHIES_MAX) {
        cgroup_close(cgroup);
        return is_read
                   ? fail(err, ERR_INVALID, "a cgroup with %zu hierarchies", saved.n_hierarchies)
                   : fail_in(err, "read the saved cgroup");
    }
    cgroup->id = saved.id;
    cgroup->slice = saved.slice;
    cgroup->scope = saved.scope;
    cgroup->is_v2 = saved.v2;
    cgroup->is_rootless = saved.rootless;
    cgroup->delegate = saved.delegate;
    cgroup->driver = saved.systemd              ? CGROUP_SYSTEMD
                     : saved.n_hierarchies == 0 ? CGROUP_DISABLED
                                                : CGROUP_CGROUPFS;
    for (size_t i = 0; i < saved.n_hierarchies; i++) {
        struct hierarchy *to = &cgroup->hierarchies[cgroup->n++];
        const struct saved_hierarchy *from = &saved.hierarchies[i];
        to->controllers = from->controllers != NULL ? from->controllers : "";
        to->root = from->root;
        to->below = from->below;
        to->path = arena_printf(&cgroup->arena, "%s%s", from->root, from->below);
    }
    fill_mounts(cgroup);
    *out = cgroup;
    return 0;
}

// --- making, joining, limiting ---

// Takes back what cgroup_make made, leaf directories only.
static void unmake(struct cgroup *cgroup)
{
    for (size_t i = 0; i < cgroup->n; i++) {
        struct hierarchy *hierarchy = &cgroup->hierarchies[i];
        if (hierarchy->is_made)
            (void)rmdir(hierarchy->path); // the failure before this is what counts
        hierarchy->is_made = false;
    }
}

static int set_limits(struct cgroup *cgroup, const struct oci_resources *resources, bool is_update,
                      struct err *err)
{
    struct limit_list limits;
    struct device_list devices;
    int listed = cgroup->is_v2 ? limits_list_v2(&cgroup->arena, resources, is_update, &limits, err)
                               : limits_list_v1(&cgroup->arena, resources, is_update, &limits, err);
    if (listed < 0 || device_list_make(&cgroup->arena, resources, &devices, err) < 0)
        return -1;
    if (limits_apply(cgroup, &limits, is_update, err) < 0)
        return -1;
    return cgroup->is_v2 ? devices_apply_v2(cgroup, &devices, is_update, err)
                         : devices_apply_v1(cgroup, &devices, is_update, err);
}

static int fail_disabled(struct cgroup *cgroup, const struct oci_resources *resources,
                         struct err *err)
{
    struct limit_list limits;
    if (limits_list_v1(&cgroup->arena, resources, false, &limits, err) < 0)
        return -1;
    return limits.n == 0 ? 0
                         : fail(err, ERR_INVALID, "set %s: cgroups are disabled for this container",
                                limits.writes[0].field);
}

static int make_in_place(struct cgroup *cgroup, const struct oci_resources *resources,
                         struct err *err)
{
    int made = cgroup->is_v2 ? v2_make(cgroup, resources, err) : v1_make(cgroup, err);
    fill_mounts(cgroup); // some may have been left out
    if (made == 0 && set_limits(cgroup, resources, false, err) == 0)
        return 0;
    unmake(cgroup);
    return -1;
}

int cgroup_make(struct cgroup *cgroup, const struct oci_resources *resources, struct err *err)
{
    switch (cgroup->driver) {
    case CGROUP_DISABLED:
        return fail_disabled(cgroup, resources, err);
    case CGROUP_SYSTEMD:
        return 0; // the unit needs the process: cgroup_attach
    case CGROUP_CGROUPFS:
        break;
    }
    return make_in_place(cgroup, resources, err);
}

bool cgroup_wants_attach(const struct cgroup *cgroup)
{
    return cgroup->driver == CGROUP_SYSTEMD;
}

int cgroup_attach(struct cgroup *cgroup, pid_t pid, const struct oci_resources *resources,
                  struct err *err)
{
    assert(cgroup->driver == CGROUP_SYSTEMD);
    if (systemd_start_scope(cgroup, pid, resources, err) < 0)
        return -1;
    if (!cgroup->is_v2) {
        // systemd put the process into its own hierarchy and perhaps some more; now the rest.
        AUTO_FREE char *text = str_printf("%d", (int)pid);
        for (size_t i = 0; i < cgroup->n; i++)
            if (v1_attach(&cgroup->hierarchies[i], text, cgroup->is_rootless, err) < 0)
                return -1;
    }
    if (set_limits(cgroup, resources, false, err) < 0)
        return -1;
    return cgroup->delegate != NULL ? v2_make_delegate(cgroup, pid, err) : 0;
}

int cgroup_clone_fd(const struct cgroup *cgroup)
{
    return cgroup->is_v2 && cgroup->n != 0 ? cgroup->hierarchies[0].fd : -1;
}

int cgroup_enter(const struct cgroup *cgroup)
{
    if (cgroup->is_v2)
        return 0;
    for (size_t i = 0; i < cgroup->n; i++)
        if (cgroup->hierarchies[i].fd >= 0 && write(cgroup->hierarchies[i].fd, "0", 1) != 1)
            return -1;
    return 0;
}

int cgroup_open_for_exec(struct cgroup *cgroup, const char *sub, pid_t first, struct err *err)
{
    const char *clean = NULL;
    if (!text_is_empty(sub)) {
        clean = path_clean(&cgroup->arena, sub, err);
        if (clean == NULL)
            return fail_in(err, "the cgroup to execute in");
        clean = *clean == '\0' ? NULL : clean + 1;
    }
    return cgroup->is_v2 ? v2_open(cgroup, clean, first, err) : v1_open(cgroup, clean, err);
}

// "checkBeforeUpdate": a limit below what is in use is refused rather than enforced by killing.
static int check_memory(const struct cgroup *cgroup, const struct oci_resources *resources,
                        struct err *err)
{
    const struct oci_memory *memory = resources->memory;
    const struct hierarchy *hierarchy = hierarchy_get(cgroup, "memory");
    bool is_wanted = memory != NULL && memory->checkBeforeUpdate != NULL &&
                     *memory->checkBeforeUpdate && memory->limit != NULL && *memory->limit > 0;
    if (!is_wanted || hierarchy == NULL)
        return 0;
    AUTO_BUF struct buf text;
    buf_init(&text, 64);
    const char *file = cgroup->is_v2 ? "memory.current" : "memory.usage_in_bytes";
    if (hierarchy_read(hierarchy->path, file, &text, err) < 0)
        return -1;
    uint64_t used;
    if (!str_to_u64(str_trim(str_of(buf_get(&text))), &used))
        return fail(err, ERR_SYSTEM, "%s/%s is no number", hierarchy->path, file);
    if (used <= (uint64_t)*memory->limit)
        return 0;
    return fail(err, ERR_CONFLICT,
                "set memory.limit: %jd bytes are less than the %ju in use (checkBeforeUpdate)",
                (intmax_t)*memory->limit, (uintmax_t)used);
}

int cgroup_update(struct cgroup *cgroup, const struct oci_resources *resources, struct err *err)
{
    if (cgroup->driver == CGROUP_DISABLED)
        return fail_disabled(cgroup, resources, err);
    if (check_memory(cgroup, resources, err) < 0)
        return -1;
    if (cgroup->driver == CGROUP_SYSTEMD && systemd_set_limits(cgroup, resources, err) < 0)
        return -1;
    return set_limits(cgroup, resources, true, err);
}

// --- what others may know ---

bool cgroup_is_v2(const struct cgroup *cgroup)
{
    return cgroup->is_v2;
}

const char *cgroup_path_get(const struct cgroup *cgroup)
{
    return cgroup->n != 0 ? cgroup->hierarchies[0].below : "";
}

const struct cgroup_mount *cgroup_mounts_get(const struct cgroup *cgroup, size_t *out_n)
{
    *out_n = cgroup->n_mounts;
    return cgroup->mounts;
}

// --- files ---

const struct hierarchy *hierarchy_get(const struct cgroup *cgroup, const char *controller)
{
    if (cgroup->is_v2)
        return cgroup->n != 0 ? &cgroup->hierarchies[0] : NULL;
    for (size_t i = 0; i < cgroup->n; i++) {
        struct str list = str_of(cgroup->hierarchies[i].controllers);
        while (list.n != 0)
            if (str_is(str_cut(&list, ','), controller))
                return &cgroup->hierarchies[i];
    }
    return NULL;
}

const struct hierarchy *hierarchy_main(const struct cgroup *cgroup)
{
    static const char *const preferred[] = {"freezer", "pids", "memory", "name=systemd"};
    for (size_t i = 0; i < N_ELEMENTS(preferred); i++) {
        const struct hierarchy *hierarchy = hierarchy_get(cgroup, preferred[i]);
        if (hierarchy != NULL && !hierarchy->is_left_out)
            return hierarchy;
    }
    for (size_t i = 0; i < cgroup->n; i++)
        if (!cgroup->hierarchies[i].is_left_out)
            return &cgroup->hierarchies[i];
    return NULL;
}

int hierarchy_read(const char *directory, const char *file, struct buf *out, struct err *err)
{
    AUTO_FREE char *path = str_printf("%s/%s", directory, file);
    return file_read_at(AT_FDCWD, path, out, err);
}

int hierarchy_write(const char *directory, const char *file, const char *text)
{
    AUTO_FREE char *path = str_printf("%s/%s", directory, file);
    AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    return n < 0 ? -1 : 0;
}

bool hierarchy_has(const char *directory, const char *file)
{
    AUTO_FREE char *path = str_printf("%s/%s", directory, file);
    return access(path, F_OK) == 0;
}
