// SPDX-License-Identifier: Apache-2.0
// dress.c — owner, mode, extended attributes, times: through the descriptor of what was just made
// with O_EXCL, and never through a name that could be something else (CVE-2021-32760).
#include "archive/unpacker.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum xattr_fate { XATTR_SET, XATTR_DROP, XATTR_REFUSE };
static const struct {
    const char *prefix;
    enum xattr_fate fate;
} xattr_rules[] = {
    {"user.overlay.", XATTR_REFUSE},
    {"trusted.overlay.", XATTR_REFUSE},
    {"user.", XATTR_SET},
    {"security.capability", XATTR_SET},
    {"system.posix_acl_", XATTR_SET},
    {"", XATTR_DROP}, // labels of the machine it came from
};
static const char default_acl[] = "system.posix_acl_default";
static const char access_acl[] = "system.posix_acl_access";

static enum xattr_fate xattr_fate(const char *name)
{
    size_t i = 0;
    while (!text_starts(name, xattr_rules[i].prefix)) // the last fits all
        i++;
    return xattr_rules[i].fate;
}

static int set_xattrs(const struct unpacker *unpacker, int fd, const struct tar_entry *entry,
                      struct err *err)
{
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        const struct tar_xattr *xattr = &entry->xattrs[i];
        enum xattr_fate fate = xattr_fate(xattr->name);
        if (fate == XATTR_REFUSE && unpacker->request->merge != NULL)
            continue;
        if (fate == XATTR_REFUSE)
            return fail(err, ERR_INVALID, "extended attribute %.100s is not allowed in an image",
                        xattr->name);
        bool may_lack = text_starts(xattr->name, "user."); // tmpfs before 6.6 has none
        if (fate == XATTR_SET && fsetxattr(fd, xattr->name, xattr->value, xattr->n, 0) < 0 &&
            !(may_lack && (errno == EOPNOTSUPP || errno == EPERM)))
            return fail_sys(err, "set extended attribute %.100s", xattr->name);
    }
    return 0;
}

static int fail_owner(const struct tar_entry *entry, struct err *err)
{
    if (errno == EINVAL)
        return fail(err, ERR_DENIED,
                    "its owner %u:%u has no place in this user namespace; it needs more ids in "
                    "/etc/subuid and /etc/subgid",
                    entry->uid, entry->gid);
    return fail_sys(err, "set the owner %u:%u", entry->uid, entry->gid);
}

// ACLs that the parent gave it; the archive does not know them.
static int strip_acls(int fd, mode_t type, struct err *err)
{
    const char *const names[] = {access_acl, default_acl};
    for (size_t i = 0; i < (S_ISDIR(type) ? 2 : 1); i++) {
        if (fremovexattr(fd, names[i]) < 0 && errno != ENODATA && errno != EOPNOTSUPP)
            return fail_sys(err, "remove %s", names[i]);
    }
    return 0;
}

static bool has_default_acl(const struct tar_entry *entry)
{
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        if (strcmp(entry->xattrs[i].name, default_acl) == 0)
            return true;
    }
    return false;
}

// What a new thing has before it is dressed, or an old directory.
static int look(const struct unpacker *unpacker, int fd, const struct tar_entry *entry,
                struct stat *out, struct err *err)
{
    bool is_directory = entry->type == TAR_DIRECTORY; // it may be an old one
    *out = (struct stat){
        .st_uid = unpacker->uid, .st_gid = unpacker->gid, .st_mode = entry->mode & 0777};
    if (!is_directory && !unpacker->is_inherited)
        return 0;
    if (fstat(fd, out) < 0)
        return fail_sys(err, "look at it");
    return unpacker->is_inherited ? strip_acls(fd, out->st_mode, err) : 0;
}

// chown takes setuid and file capabilities away, so it comes first; so does writing.
int dress_fd(struct unpacker *unpacker, int fd, const struct tar_entry *entry, struct err *err)
{
    struct stat st;
    if (look(unpacker, fd, entry, &st, err) < 0)
        return -1;
    bool is_owned = st.st_uid == entry->uid && st.st_gid == entry->gid;
    if (!is_owned && fchown(fd, entry->uid, entry->gid) < 0)
        return fail_owner(entry, err);
    // An ACL that was stripped, or a chown, may have changed the mode.
    bool has_mode = is_owned && !unpacker->is_inherited && (st.st_mode & 07777) == entry->mode;
    if (!has_mode && fchmod(fd, entry->mode) < 0)
        return fail_sys(err, "set the mode %o", entry->mode);
    if (set_xattrs(unpacker, fd, entry, err) < 0)
        return -1;
    if (entry->type != TAR_DIRECTORY) {
        const struct timespec times[2] = {entry->mtime, entry->mtime};
        return futimens(fd, times) < 0 ? fail_sys(err, "set the time") : 0;
    }
    if (entry->gid != unpacker->gid || (entry->mode & S_ISGID) != 0 || has_default_acl(entry))
        unpacker->is_inherited = true;
    return 0; // its times come when it is left
}

int dress_name(const struct unpacker *unpacker, const struct tar_entry *entry, struct err *err)
{
    const struct timespec times[2] = {entry->mtime, entry->mtime};
    bool is_owned =
        entry->uid == unpacker->uid && entry->gid == unpacker->gid && !unpacker->is_inherited;
    if (!is_owned &&
        fchownat(unpacker->parent, unpacker->name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_owner(entry, err);
    // chown takes setuid bits away. The name is a pipe's or a device's, made by us a moment ago.
    // Where others may change the directory it could be theirs by now: then it stays as it is.
    bool has_mode = is_owned || entry->type == TAR_SYMLINK || unpacker->request->merge != NULL;
    if (!has_mode && fchmodat(unpacker->parent, unpacker->name, entry->mode, 0) < 0)
        return fail_sys(err, "set the mode %o", entry->mode);
    if (utimensat(unpacker->parent, unpacker->name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_sys(err, "set the time");
    return 0;
}

int dress_begin(struct unpacker *unpacker, struct err *err)
{
    struct stat st;
    int into = unpacker->request->into;
    unpacker->uid = geteuid();
    unpacker->gid = getegid();
    if (fstat(into, &st) < 0)
        return fail_sys(err, "look at the directory to unpack into");
    unpacker->is_inherited = st.st_gid != unpacker->gid || (st.st_mode & S_ISGID) != 0 ||
                             fgetxattr(into, default_acl, NULL, 0) >= 0;
    return 0;
}
