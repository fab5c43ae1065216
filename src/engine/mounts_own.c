// SPDX-License-Identifier: Apache-2.0
// mounts_own.c — whose the files of a mount are: own=USER[:GROUP] by an id mapping, U by chown, z
// and Z by a label.
//
// own= exchanges two ids in the mount: the owner of its source and the container's user. Files of
// the one are shown as the other's, what the user writes belongs to the source's owner on disk, and
// all other ids are as they are. An exchange, for a mapping must lead back.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/mounts.h"
#include "linux/lsm.h"
#include "linux/mount.h"
#include "linux/path.h"
#include "linux/user.h"
#include "linux/userns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

// --- own= ---

static void add_range(struct oci_id_map *out, size_t *n, struct oci_id_map range)
{
    if (range.size != 0)
        out[(*n)++] = range;
}

size_t own_maps_swap(uint32_t a, uint32_t b, struct oci_id_map out[OWN_MAPS_MAX])
{
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    size_t n = 0;
    if (low == high) {
        add_range(out, &n, (struct oci_id_map){0, 0, USER_ID_MAX});
        return n;
    }
    add_range(out, &n, (struct oci_id_map){0, 0, low});
    add_range(out, &n, (struct oci_id_map){low, high, 1});
    add_range(out, &n, (struct oci_id_map){low + 1, low + 1, high - low - 1});
    add_range(out, &n, (struct oci_id_map){high, low, 1});
    add_range(out, &n, (struct oci_id_map){high + 1, high + 1, USER_ID_MAX - high});
    return n;
}

static int open_file(int rootfs, const char *path, int *out, struct err *err)
{
    int fd = path_open_in(rootfs, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, err);
    if (fd < 0 && err->sys != ENOENT && err->sys != ENOTDIR)
        return -1;
    *out = fd;
    return 0;
}

static int find_user(int rootfs, const char *owner, struct user *out, struct err *err)
{
    AUTO_FD int passwd = -1, group = -1;
    if (open_file(rootfs, "/etc/passwd", &passwd, err) < 0 ||
        open_file(rootfs, "/etc/group", &group, err) < 0)
        return -1;
    return user_resolve(owner != NULL ? owner : "", passwd, group, out, err);
}

int own_maps_make(int rootfs, const char *owner, const struct mount_source *source,
                  struct own_maps *out, struct err *err)
{
    struct user user;
    struct stat st;
    if (fstat(source->fd, &st) < 0)
        return fail_sys(err, "own=%s: look at the mount's source", owner);
    if (find_user(rootfs, owner, &user, err) < 0)
        return fail_in(err, "own=%s", owner);
    out->n_uids = own_maps_swap(st.st_uid, user.uid, out->uids);
    out->n_gids = own_maps_swap(st.st_gid, user.gid, out->gids);
    user_done(&user);
    return 0;
}

static void copy_maps(const struct oci_id_map *from, size_t n, struct id_map *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (struct id_map){from[i].containerID, from[i].hostID, from[i].size};
}

int own_maps_apply(int mount, const char *owner, const struct mount_source *source,
                   const struct own_maps *maps, struct err *err)
{
    struct id_map uids[OWN_MAPS_MAX], gids[OWN_MAPS_MAX];
    if (userns_is_nested()) // the kernel asks the file system's owner, who is the machine's root
        return fail(err, ERR_UNAVAILABLE,
                    "own=%s: without root no file system can show its files as another user's; "
                    "use U, or chown them",
                    owner);
    copy_maps(maps->uids, maps->n_uids, uids);
    copy_maps(maps->gids, maps->n_gids, gids);
    const struct id_maps ids = {uids, gids, maps->n_uids, maps->n_gids};
    AUTO_FD int userns = userns_make(&ids, err);
    if (userns < 0)
        return fail_in(err, "own=%s", owner);
    struct err why;
    if (mount_idmap(mount, userns, false, &why) == 0)
        return 0;
    return fail(err, ERR_UNAVAILABLE,
                "own=%s: the file system of %s cannot show its files as another user's (%s); chown "
                "them, or choose another directory",
                owner, source->path != NULL ? source->path : "the mount", why.text);
}

// --- trees ---

struct walk {
    int (*one)(const struct walk *walk, int dir, const char *name, struct err *err);
    dev_t device;
    uid_t uid;
    gid_t gid;
    const char *label;
};
enum { DEPTH_MAX = 200 };

// Each thing in the tree, by its directory's descriptor; nothing is followed, no mount is entered
// (CVE-2021-43816).
static int walk_tree(const struct walk *walk, int dir, int depth, struct err *err)
{
    if (depth > DEPTH_MAX)
        return fail(err, ERR_INVALID, "more than %d directories deep", DEPTH_MAX);
    int list = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = list < 0 ? NULL : fdopendir(list);
    if (entries == NULL)
        return fail_sys(err, "list a directory");
    int done = 0;
    for (const struct dirent *entry; done == 0 && (entry = readdir(entries)) != NULL;) {
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(list, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev != walk->device)
            continue;
        done = walk->one(walk, list, entry->d_name, err);
        if (done < 0 || !S_ISDIR(st.st_mode))
            continue;
        AUTO_FD int inside =
            openat(list, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (inside >= 0)
            done = walk_tree(walk, inside, depth + 1, err);
    }
    (void)closedir(entries); // read only
    return done;
}

static int give(const struct walk *walk, int dir, const char *name, struct err *err)
{
    int flags = *name == '\0' ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW;
    if (fchownat(dir, name, walk->uid, walk->gid, flags) < 0 && errno != ENOENT)
        return fail_sys(err, "give %s to the container's user", name);
    return 0;
}

int mount_change_owner(int rootfs, const char *owner, const struct mount_source *source,
                       struct err *err)
{
    struct user user;
    struct stat st;
    if (find_user(rootfs, owner, &user, err) < 0 || fstat(source->fd, &st) < 0)
        return fail_in(err, "U");
    const struct walk walk = {.one = give, .device = st.st_dev, .uid = user.uid, .gid = user.gid};
    user_done(&user);
    if (give(&walk, source->fd, "", err) < 0)
        return -1;
    return source->is_dir ? walk_tree(&walk, source->fd, 0, err) : 0;
}

static int label(const struct walk *walk, int dir, const char *name, struct err *err)
{
    AUTO_FREE char *path = *name == '\0' ? str_printf("/proc/self/fd/%d", dir)
                                         : str_printf("/proc/self/fd/%d/%s", dir, name);
    int done = *name == '\0'
                   ? setxattr(path, "security.selinux", walk->label, strlen(walk->label) + 1, 0)
                   : lsetxattr(path, "security.selinux", walk->label, strlen(walk->label) + 1, 0);
    return done < 0 && errno != EOPNOTSUPP && errno != ENOENT ? fail_sys(err, "label %s", name) : 0;
}

int mount_relabel(const struct mount_source *source, const char *wanted, struct err *err)
{
    struct stat st;
    if (!lsm_selinux_is_enabled())
        return 0;
    if (fstat(source->fd, &st) < 0)
        return fail_sys(err, "look at the mount's source");
    const struct walk walk = {
        .one = label,
        .device = st.st_dev,
        .label = wanted != NULL ? wanted : "system_u:object_r:container_file_t:s0",
    };
    if (label(&walk, source->fd, "", err) < 0)
        return -1;
    return source->is_dir ? walk_tree(&walk, source->fd, 0, err) : 0;
}
