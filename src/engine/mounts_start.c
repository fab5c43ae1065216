// SPDX-License-Identifier: Apache-2.0
// mounts_start.c — a container's mounts as its config.json has them.
//
// A runtime gets paths and options. What has a path on the host that nobody inside a container can
// change (a bind's source, a volume's _data) is given as that. What has none, because it is an
// image, or because it is inside a volume (where only a descriptor is safe: CVE-2021-30465,
// CVE-2021-25741), is attached below the container's run directory until the runtime has taken it.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/mounts.h"
#include "engine/volumes.h"
#include "linux/mount.h"
#include "linux/path.h"
#include "oci/mountoptions.h"
#include "snapshot/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

enum { WORDS_MAX = 96, MOUNTINFO_MAX = 16 * 1024 * 1024 };

// --- where they come from ---

static int fail_missing(const struct container_mount *mount, struct err *err)
{
    return fail(err, ERR_INVALID,
                "invalid mount config for type \"bind\": bind source path does not exist: %s",
                mount->source);
}

static int open_bind(const struct container_mount *mount, struct mount_source *out, struct err *err)
{
    AUTO_FD int fd = open(mount->source, O_PATH | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && mount->creates_source) {
        fd = dir_make_at(AT_FDCWD, mount->source, 0755, err);
        if (fd < 0)
            return fail_in(err, "error while creating mount source path '%s'", mount->source);
    }
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? fail_missing(mount, err)
                   : fail_sys(err, "open the bind mount's source %s", mount->source);
    *out = (struct mount_source){.fd = TAKE_FD(fd), .path = mount->source};
    return 0;
}

static int copy_up(const struct volume_store *store, const struct volume *volume,
                   const struct mounting *of, const struct container_mount *mount, struct err *err)
{
    AUTO_FD int from = path_open_in(of->rootfs, mount->destination, O_RDONLY | O_DIRECTORY, err);
    if (from < 0)
        return err->sys == ENOENT || err->sys == ENOTDIR || err->sys == ELOOP ? 0 : -1;
    return volume_copy_up(store, volume, from, !of->container->row.auto_remove, err);
}

static int open_volume(const struct mounting *of, const struct container_mount *mount,
                       struct mount_source *out, struct err *err)
{
    const struct container *container = of->container;
    const struct volume_store store = engine_volumes(of->engine);
    struct volume volume;
    if (volume_get(of->engine, of->arena, mount->name, &volume, err) < 0 ||
        volume_hold(&store, &volume, container->row.id, err) < 0)
        return -1;
    AUTO_FD int data = volume_data(&store, &volume, err);
    if (data < 0)
        return -1;
    // Only before the first start: what a container has removed does not come again.
    bool wants_copy = of->rootfs >= 0 && !mount->no_copy && mount->subpath == NULL &&
                      container->status == STATUS_CREATED && !volume_has_mount(&volume);
    if (wants_copy && copy_up(&store, &volume, of, mount, err) < 0)
        return -1;
    if (mount->subpath == NULL) {
        *out = (struct mount_source){.fd = TAKE_FD(data), .path = volume.mountpoint};
        return 0;
    }
    AUTO_FD int inside = path_open_in(data, mount->subpath, O_PATH, err);
    if (inside < 0)
        return fail(err, err->kind, "cannot access path %s/%s: %s", volume.mountpoint,
                    mount->subpath, strerror(err->sys));
    *out = (struct mount_source){.fd = TAKE_FD(inside)};
    return 0;
}

static int open_part(const struct container_mount *mount, int view, struct err *err)
{
    int inside = path_open_in(view, mount->subpath != NULL ? mount->subpath : "/", O_PATH, err);
    if (inside >= 0)
        return inside;
    return fail(err, err->kind, "cannot access path %s in image %s: %s", mount->subpath,
                mount->name, strerror(err->sys));
}

// What is to be mounted is a clone. Of a mount that is attached nowhere there is one since Linux
// 6.15, and of a part of it never: then it is attached, beside those that a runtime is to find. An
// fd of what is attached.
static int attach_view(const struct mounting *of, int view, struct err *err)
{
    const char *path;
    const struct start start = {
        .engine = of->engine, .arena = of->arena, .container = of->container};
    if (of->container->run_dir < 0)
        return fail(err, ERR_UNAVAILABLE, "an image can be mounted when the container is started");
    if (mount_stage(&start, view, true, &path, err) < 0)
        return -1;
    int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 ? fd : fail_sys(err, "open an image's files");
}

static int open_image(const struct mounting *of, const struct container_mount *mount,
                      struct mount_source *out, struct err *err)
{
    struct image image;
    struct err ignored;
    // By what it was at create, should the name mean another image now.
    const struct state_container as_made = {.manifest = mount->source, .image_name = mount->name};
    int there = image_of_container(&of->engine->images, of->arena, &as_made, &image, &ignored);
    if (there <= 0 || image.n_layers == 0)
        return fail(err, ERR_NOT_FOUND, "image %s, which is to be mounted at %s, is gone",
                    mount->name, mount->destination);
    const struct snapshot_layers layers = {(const char *const *)image.layers, image.n_layers};
    AUTO_FD int view = snapshot_view(of->engine->root, -1, &layers, err);
    AUTO_FD int part = view < 0 ? -1 : open_part(mount, view, err);
    if (part < 0)
        return -1;
    if (image.n_layers == 1) { // a directory, no mount
        *out = (struct mount_source){.fd = TAKE_FD(part)};
        return 0;
    }
    AUTO_FD int clone = mount_clone(part, mount->name, true, &ignored);
    if (clone >= 0) { // the view itself ends here
        *out = (struct mount_source){.fd = TAKE_FD(clone)};
        return 0;
    }
    AUTO_FD int attached = attach_view(of, view, err);
    AUTO_FD int inside = attached < 0 ? -1 : open_part(mount, attached, err);
    if (inside < 0)
        return -1;
    *out = (struct mount_source){.fd = TAKE_FD(inside)};
    return 0;
}

int mount_source_open(const struct mounting *of, const struct container_mount *mount,
                      struct mount_source *out, struct err *err)
{
    struct mount_source source = {.fd = -1, .is_dir = true};
    int done = 0;
    if (strcmp(mount->type, "bind") == 0)
        done = open_bind(mount, &source, err);
    else if (strcmp(mount->type, "volume") == 0)
        done = open_volume(of, mount, &source, err);
    else if (strcmp(mount->type, "image") == 0)
        done = open_image(of, mount, &source, err);
    struct stat st;
    if (done == 0 && source.fd >= 0)
        source.is_dir = fstat(source.fd, &st) < 0 || S_ISDIR(st.st_mode);
    if (done == 0)
        *out = source;
    return done;
}

// --- propagation ---

// The part of /proc/self/mountinfo behind the mount options: "shared:2 master:1".
static int mount_tags(struct arena *arena, int fd, const char **out, struct err *err)
{
    struct statx st;
    AUTO_BUF struct buf text;
    buf_init(&text, MOUNTINFO_MAX);
    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0)
        return fail_sys(err, "look at the mount");
    if (file_read_at(AT_FDCWD, "/proc/self/mountinfo", &text, err) < 0)
        return -1;
    struct str rest = {buf_get(&text), text.n};
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n'), fields = line;
        uint64_t id;
        if (!str_to_u64(str_cut(&fields, ' '), &id) || id != st.stx_mnt_id)
            continue;
        for (int i = 0; i < 5; i++) // parent, device, root, mount point, options
            (void)str_cut(&fields, ' ');
        const char *end = memmem(fields.at, fields.n, "- ", 2);
        *out = arena_strndup(arena, fields.at, end != NULL ? (size_t)(end - fields.at) : 0);
        return 0;
    }
    *out = "";
    return 0;
}

// What shared and slave need: that the host's mount is shared with somebody, and that the
// container's root does not cut it off.
static int check_propagation(struct start *start, const struct container_mount *mount,
                             const struct mount_source *source, struct oci_config *out,
                             struct err *err)
{
    const char *word = mount->propagation, *tags;
    bool is_shared = word != NULL && text_ends(word, "shared");
    bool is_slave = word != NULL && text_ends(word, "slave");
    if (!is_shared && !is_slave)
        return 0;
    if (mount_tags(start->arena, source->fd, &tags, err) < 0)
        return -1;
    if (strstr(tags, "shared:") == NULL && (is_shared || strstr(tags, "master:") == NULL))
        return fail(err, ERR_INVALID,
                    "path %s is on a mount that is not a shared%s mount (mount --make-%s makes it "
                    "one)",
                    mount->source, is_shared ? "" : " or slave", is_shared ? "shared" : "rslave");
    const char *now = out->linux_.rootfsPropagation;
    if (is_shared)
        out->linux_.rootfsPropagation = "shared";
    else if (now == NULL || strstr(now, "shared") == NULL)
        out->linux_.rootfsPropagation = "rslave";
    return 0;
}

// --- config.json ---

static void add_word(struct oci_mount *to, const char *word)
{
    to->options[to->n_options++] = word;
}

static void add_words(const struct container_mount *mount, struct oci_mount *to)
{
    for (size_t i = 0; i < mount->n_options && to->n_options < WORDS_MAX; i++) {
        if (strcmp(mount->options[i], "notmpcopyup") != 0) // as it is by itself
            add_word(to, mount->options[i]);
    }
}

static void build_tmpfs(const struct container_mount *mount, struct oci_mount *to)
{
    static const char *const first[] = {"noexec", "nosuid", "nodev"};
    to->type = "tmpfs";
    to->source = "tmpfs";
    for (size_t i = 0; i < N_ELEMENTS(first); i++)
        add_word(to, first[i]);
    add_words(mount, to); // the later of two that contradict each other counts
    add_word(to, "rprivate");
}

// podman's O: what is written goes to the container's own directory.
static int build_overlay(struct start *start, const struct container_mount *mount,
                         struct oci_mount *to, struct err *err)
{
    const struct container *container = start->container;
    const char *name =
        arena_printf(start->arena, "overlay-%zu", (size_t)(mount - container->spec.mount_points));
    const char *top = arena_printf(start->arena, "%s/containers/%s/%s",
                                   start->engine->settings->root, container->row.id, name);
    if (strpbrk(mount->source, ",:\\") != NULL)
        return fail(err, ERR_INVALID, "O: the path %s has a comma, a colon or a backslash",
                    mount->source);
    static const char *const parts[] = {"upper", "work"};
    for (size_t i = 0; i < N_ELEMENTS(parts); i++) {
        AUTO_FD int made = dir_make_at(
            container->dir, arena_printf(start->arena, "%s/%s", name, parts[i]), 0755, err);
        if (made < 0)
            return -1;
    }
    to->type = to->source = "overlay";
    add_word(to, arena_printf(start->arena, "lowerdir=%s", mount->source));
    add_word(to, arena_printf(start->arena, "upperdir=%s/upper", top));
    add_word(to, arena_printf(start->arena, "workdir=%s/work", top));
    return 0;
}

static void build_bind(const struct container_mount *mount, const char *path, struct oci_mount *to)
{
    to->type = "bind";
    to->source = path;
    add_word(to, mount->non_recursive ? "bind" : "rbind");
    // Since docker 25 read-only is all that is mounted below, too.
    bool is_all = mount->read_only && !mount->non_recursive && !mount->read_only_non_recursive;
    add_word(to, is_all ? "rro" : mount->read_only ? "ro" : "rw");
    add_word(to, mount->propagation != NULL ? mount->propagation : "rprivate");
    add_words(mount, to);
}

// Where the runtime finds what has no path, or what is to be shown as another user's: an id mapping
// is the mount's own, so it works with every runtime.
static int stage(struct start *start, const struct container_mount *mount,
                 struct mount_source *source, struct err *err)
{
    bool is_own = mount->ownership != NULL;
    if (source->path != NULL && !is_own)
        return 0;
    AUTO_FD int tree = mount_clone(source->fd, mount->destination, !mount->non_recursive, err);
    if (tree < 0)
        return -1;
    if (is_own) {
        struct own_maps maps;
        if (own_maps_make(start->rootfs, mount->ownership, source, &maps, err) < 0 ||
            own_maps_apply(tree, mount->ownership, source, &maps, err) < 0)
            return -1;
    }
    return mount_stage(start, tree, source->is_dir, &source->path, err);
}

static int dress(struct start *start, const struct container_mount *mount,
                 const struct mount_source *source, struct err *err)
{
    if (mount->changes_owner &&
        mount_change_owner(start->rootfs, start->container->spec.user, source, err) < 0)
        return -1;
    return mount->relabel != NULL ? mount_relabel(source, NULL, err) : 0;
}

// A directory onto a file cannot be, nor the opposite.
static int check_kinds(const struct start *start, const struct container_mount *mount,
                       const struct mount_source *source, struct err *err)
{
    struct err ignored; // not there: it will be made
    struct stat st;
    const struct container_spec *spec = &start->container->spec;
    for (size_t i = 0; i < spec->n_mount_points; i++) { // below another mount: not ours to see
        const char *other = spec->mount_points[i].destination;
        size_t n = strlen(other);
        if (strncmp(mount->destination, other, n) == 0 && mount->destination[n] == '/')
            return 0;
    }
    AUTO_FD int target = path_open_in(start->rootfs, mount->destination, O_PATH, &ignored);
    if (target < 0 || fstat(target, &st) < 0 || S_ISDIR(st.st_mode) == source->is_dir)
        return 0;
    const char *what = mount->name != NULL ? mount->name : mount->source;
    return fail(err, ERR_INVALID,
                "cannot mount %s on %s: the first is a %s, the second, in the image, is a %s. Are "
                "you trying to mount a directory onto a file (or vice-versa)? Check if the "
                "specified host path exists and is the expected type%s",
                what, mount->destination, source->is_dir ? "directory" : "file",
                source->is_dir ? "file" : "directory",
                strcmp(mount->type, "volume") == 0
                    ? " (a name without a slash is a volume: a file here is ./NAME)"
                    : "");
}

static int build(struct start *start, const struct container_mount *mount, struct oci_config *out,
                 struct oci_mount *to, struct err *err)
{
    *to = (struct oci_mount){.destination = mount->destination};
    to->options = arena_array(start->arena, WORDS_MAX + 8, sizeof *to->options);
    struct mount_source source = {.fd = -1, .is_dir = true};
    const struct mounting of = {start->engine, start->arena, start->container, start->rootfs};
    if (mount_source_open(&of, mount, &source, err) < 0)
        return -1;
    AUTO_FD int fd = source.fd;
    if (check_kinds(start, mount, &source, err) < 0)
        return -1;
    if (fd < 0) {
        build_tmpfs(mount, to);
        return 0;
    }
    if (check_propagation(start, mount, &source, out, err) < 0 ||
        dress(start, mount, &source, err) < 0 || stage(start, mount, &source, err) < 0)
        return -1;
    if (mount->is_overlay)
        return build_overlay(start, mount, to, err);
    build_bind(mount, source.path, to);
    return 0;
}

// --- the order ---

static bool is_kernels(const struct oci_mount *mount)
{
    static const char *const tops[] = {"/proc", "/dev", "/sys"};
    for (size_t i = 0; i < N_ELEMENTS(tops); i++) {
        if (text_starts(mount->destination, tops[i]))
            return true;
    }
    return false;
}

static size_t depth(const char *path)
{
    size_t n = 0;
    for (; *path != '\0'; path++)
        n += *path == '/';
    return n;
}

// Is it replaced by what the user wants? All of /dev is, with a /dev.
static bool is_replaced(const struct oci_mount *mount, const struct container_spec *spec)
{
    for (size_t i = 0; i < spec->n_mount_points; i++) {
        const char *destination = spec->mount_points[i].destination;
        if (strcmp(mount->destination, destination) == 0 ||
            (strcmp(destination, "/dev") == 0 && text_starts(mount->destination, "/dev/")))
            return true;
    }
    return false;
}

static int bundle_all(struct start *start, struct oci_config *out, struct oci_mount *all, size_t n,
                      struct err *err)
{
    const struct container_spec *spec = &start->container->spec;
    for (size_t i = 0; i < spec->n_mount_points; i++) {
        struct oci_mount mount;
        if (build(start, &spec->mount_points[i], out, &mount, err) < 0)
            return -1;
        // Behind all that is not deeper: what contains another comes first.
        size_t at = n++;
        for (; at > 0 && !is_kernels(&all[at - 1]) &&
               depth(all[at - 1].destination) > depth(mount.destination);
             at--)
            all[at] = all[at - 1];
        all[at] = mount;
    }
    out->mounts = all;
    out->n_mounts = n;
    return 0;
}

int mounts_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    const struct container_spec *spec = &start->container->spec;
    if (spec->n_mount_points == 0)
        return 0;
    struct oci_mount *all =
        arena_array(start->arena, out->n_mounts + spec->n_mount_points + 1, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; i < out->n_mounts; i++) {
        if (!is_replaced(&out->mounts[i], spec))
            all[n++] = out->mounts[i];
    }
    return bundle_all(start, out, all, n, err);
}

// --- end ---

// docker's events of volumes that come to a container and go from it.
static void announce(struct engine *engine, const struct container *container, const char *action)
{
    const struct container_spec *spec = &container->spec;
    for (size_t i = 0; i < spec->n_mount_points; i++) {
        const struct container_mount *mount = &spec->mount_points[i];
        const struct json_pair pairs[] = {
            {"container", container->row.id},
            {"destination", mount->destination},
            {"driver", mount->driver},
            {"propagation", ""},
            {"read/write", mount->read_only ? "false" : "true"},
        };
        bool is_coming = strcmp(action, "mount") == 0;
        if (strcmp(mount->type, "volume") == 0)
            event_announce(engine, "volume", action, mount->name, pairs,
                           is_coming ? N_ELEMENTS(pairs) : 1);
    }
}

static bool has_volumes(const struct container_spec *spec)
{
    bool has = false;
    for (size_t i = 0; i < spec->n_mount_points && !has; i++)
        has = strcmp(spec->mount_points[i].type, "volume") == 0;
    return has;
}

// Whose volumes were announced as mounted, and not yet as unmounted.
#define MOUNTED_FILE "volumes-mounted"

void mounts_started(const struct start *start)
{
    const struct container *container = start->container;
    if (has_volumes(&container->spec)) {
        AUTO_FD int mark =
            openat(container->run_dir, MOUNTED_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (mark >= 0)
            announce(start->engine, container, "mount");
    }
    struct err ignored; // its end takes it away, then
    (void)mount_unstage(start->container, &ignored);
}

int mounts_release(struct engine *engine, struct arena *arena, const struct container *container,
                   struct err *err)
{
    (void)arena;
    const struct volume_store store = engine_volumes(engine);
    const struct container_spec *spec = &container->spec;
    for (size_t i = 0; i < spec->n_mount_points; i++) {
        const struct container_mount *mount = &spec->mount_points[i];
        if (strcmp(mount->type, "volume") == 0 &&
            volume_release(&store, mount->name, container->row.id, err) < 0)
            return -1;
    }
    if (container->run_dir >= 0 && has_volumes(spec) &&
        unlinkat(container->run_dir, MOUNTED_FILE, 0) == 0)
        announce(engine, container, "unmount");
    return mount_unstage(container, err);
}
