// SPDX-License-Identifier: Apache-2.0
// unpack.c — entry by entry: find the parent beneath the target, make the thing there, dress it.
//
// Rules, each with a test in tests/archive.bats: a name's components are taken literally; "..", an
// empty name that is no directory, and a parent that is a symbolic link are refused. What is at a
// name already is removed first (the last entry wins), a directory over a directory is kept.
// Owner, mode and attributes are set through the descriptor of what was just made with O_EXCL, and
// never through a hard link. Times of directories come last, for their children change them.
#include "archive/unpack.h"

#include "archive/source.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/path.h"
#include "linux/tree.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

enum { MAJOR_MAX = 4095, MINOR_MAX = 1048575 }; // the kernel's dev_t
#define ID_MAX INT64_C(4294967294)

struct late_time { // of a directory
    struct late_time *next;
    const char *path;
    struct timespec times[2];
};

struct unpacker {
    const struct unpack_request *request;
    struct source source;
    struct arena arena; // of late times
    struct late_time *late;
    uint64_t entries;
    int parent; // the last entry's, kept because the next one's is mostly the same
    char parent_path[UNPACK_PATH_MAX + 1];
    char path[UNPACK_PATH_MAX + 1]; // of the entry: "usr/bin/true", or "" for the root
    const char *name;               // its last component, in path
};

static int unpack_entry(struct unpacker *unpacker, struct archive_entry *entry, struct err *err);
static int clean_path(const char *raw, char out[UNPACK_PATH_MAX + 1], struct err *err);
static int open_parent(struct unpacker *unpacker, struct err *err);
static int set_late_times(struct unpacker *unpacker, struct err *err);

int unpack(const struct unpack_request *request, struct unpack_report *out, struct err *err)
{
    AUTO_FREE struct unpacker *unpacker = xcalloc(1, sizeof *unpacker);
    unpacker->request = request;
    unpacker->parent = -1;
    uint64_t max = request->max_bytes != 0 ? request->max_bytes : UNPACK_BYTES_MAX;
    struct source *source = &unpacker->source;
    input_init(&source->input, request->tar, request->follow, request->size);
    int result = source_open(source, max, err);
    while (result == 0) {
        struct archive_entry *entry;
        int read = archive_read_next_header(source->tar, &entry);
        if (read == ARCHIVE_EOF)
            break;
        if (read < ARCHIVE_OK) // a warning means that a part of the header was not understood
            result = source_fail(source, "read the archive", err);
        else if (++unpacker->entries > UNPACK_ENTRIES_MAX)
            result =
                fail(err, ERR_INVALID, "the archive has more than %d entries", UNPACK_ENTRIES_MAX);
        else
            result = unpack_entry(unpacker, entry, err);
    }
    if (result == 0)
        result = set_late_times(unpacker, err);
    if (result == 0)
        result = source_finish(source, err);
    if (result == 0) {
        uint8_t digest[SHA256_BYTES];
        sha256_end(&source->hash, digest);
        sha256_hex(digest, out->hex);
        sha256_end(&source->input.hash, digest);
        sha256_hex(digest, out->digest_hex);
        out->diff_id = out->hex;
        out->digest = out->digest_hex;
        out->compression = source_compression(source);
        out->size_bytes = source->n_bytes;
        out->entries = unpacker->entries;
    }
    source_done(source);
    arena_done(&unpacker->arena);
    if (unpacker->parent >= 0)
        (void)close(unpacker->parent); // O_PATH
    return result;
}

// --- names

// "/usr//bin/./true" → "usr/bin/true"; "./" → "". Leading slashes mean the target, as for all that
// unpack images.
static int clean_path(const char *raw, char out[UNPACK_PATH_MAX + 1], struct err *err)
{
    size_t n = 0;
    if (raw == NULL)
        return fail(err, ERR_INVALID, "an entry of the archive has no readable name");
    struct str rest = str_of(raw);
    while (rest.n != 0) {
        struct str part = str_cut(&rest, '/');
        if (part.n == 0 || str_is(part, "."))
            continue;
        if (str_is(part, ".."))
            return fail(err, ERR_INVALID, "entry \"%.200s\" leads out of the archive", raw);
        if (part.n > NAME_MAX || n + 1 + part.n > UNPACK_PATH_MAX)
            return fail(err, ERR_INVALID, "entry \"%.200s…\" has too long a name", raw);
        if (n != 0)
            out[n++] = '/';
        memcpy(out + n, part.at, part.n);
        n += part.n;
    }
    out[n] = '\0';
    return 0;
}

static size_t parent_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path);
}

// An existing directory beneath the target, without following anything. "" is the target.
static int open_dir(const struct unpacker *unpacker, const char *path, int flags, struct err *err)
{
    int fd = path_open_beneath(unpacker->request->into, *path == '\0' ? "." : path,
                               flags | O_DIRECTORY | O_NOFOLLOW, err);
    if (fd < 0 && (err->sys == ELOOP || err->sys == ENOTDIR))
        return fail(err, ERR_INVALID, "\"%.200s\" is no directory, and an entry lies below it",
                    path);
    return fd;
}

// Makes what is missing of the parents: 0755, of root.
static int make_parents(const struct unpacker *unpacker, char *path, struct err *err)
{
    for (char *slash = path; slash != NULL;) {
        slash = strchr(slash + 1, '/');
        if (slash != NULL)
            *slash = '\0';
        size_t n = parent_length(path);
        AUTO_FREE char *above = xstrndup(path, n);
        AUTO_FD int dir = open_dir(unpacker, above, O_PATH, err);
        if (dir < 0)
            return -1;
        if (mkdirat(dir, path + n + (n != 0), 0755) < 0 && errno != EEXIST)
            return fail_sys(err, "create directory %s", path);
        if (slash != NULL)
            *slash = '/';
    }
    return 0;
}

static int open_parent(struct unpacker *unpacker, struct err *err)
{
    size_t n = parent_length(unpacker->path);
    unpacker->name = unpacker->path + n + (n != 0);
    if (unpacker->parent >= 0 && strlen(unpacker->parent_path) == n &&
        memcmp(unpacker->parent_path, unpacker->path, n) == 0)
        return 0;
    char path[UNPACK_PATH_MAX + 1];
    memcpy(path, unpacker->path, n);
    path[n] = '\0';
    int fd = open_dir(unpacker, path, O_PATH, err);
    if (fd < 0 && err->sys == ENOENT) {
        if (make_parents(unpacker, path, err) < 0)
            return -1;
        fd = open_dir(unpacker, path, O_PATH, err);
    }
    if (fd < 0)
        return -1;
    if (unpacker->parent >= 0)
        (void)close(unpacker->parent); // O_PATH
    unpacker->parent = fd;
    memcpy(unpacker->parent_path, path, n + 1);
    return 0;
}

// The directory that is kept open may be the one that goes: then it is looked up again.
static void forget_parent(struct unpacker *unpacker)
{
    if (unpacker->parent >= 0)
        (void)close(TAKE_FD(unpacker->parent)); // O_PATH
}

// --- owner, mode, attributes, times

struct dress {
    uid_t uid;
    gid_t gid;
    mode_t mode;
    struct timespec times[2];
};

static int read_dress(struct archive_entry *entry, struct dress *out, struct err *err)
{
    int64_t uid = archive_entry_uid(entry), gid = archive_entry_gid(entry);
    if (uid < 0 || uid > ID_MAX || gid < 0 || gid > ID_MAX)
        return fail(err, ERR_INVALID, "owner %jd:%jd is out of range", (intmax_t)uid,
                    (intmax_t)gid);
    struct timespec mtime = {.tv_sec = archive_entry_mtime(entry),
                             .tv_nsec = archive_entry_mtime_nsec(entry)};
    if (mtime.tv_nsec < 0 || mtime.tv_nsec > 999'999'999)
        mtime.tv_nsec = 0;
    *out = (struct dress){.uid = (uid_t)uid,
                          .gid = (gid_t)gid,
                          .mode = archive_entry_perm(entry) & 07777,
                          .times = {mtime, mtime}};
    return 0;
}

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

static enum xattr_fate xattr_fate(const char *name)
{
    size_t i = 0;
    while (!text_starts(name, xattr_rules[i].prefix)) // the last fits all
        i++;
    return xattr_rules[i].fate;
}

static int set_xattrs(int fd, struct archive_entry *entry, struct err *err)
{
    const char *name;
    const void *value;
    size_t n;
    if (archive_entry_xattr_reset(entry) > UNPACK_XATTRS_MAX)
        return fail(err, ERR_INVALID, "more than %d extended attributes", UNPACK_XATTRS_MAX);
    while (archive_entry_xattr_next(entry, &name, &value, &n) == ARCHIVE_OK) {
        enum xattr_fate fate = xattr_fate(name);
        if (fate == XATTR_REFUSE || n > UNPACK_XATTR_MAX)
            return fail(err, ERR_INVALID, "extended attribute %.100s is not allowed in an image",
                        name);
        bool may_lack = text_starts(name, "user."); // tmpfs before 6.6 has none
        if (fate == XATTR_SET && fsetxattr(fd, name, value, n, 0) < 0 &&
            !(may_lack && (errno == EOPNOTSUPP || errno == EPERM)))
            return fail_sys(err, "set extended attribute %.100s", name);
    }
    return 0;
}

// chown takes setuid and file capabilities away: so it comes first.
static int dress_fd(int fd, struct archive_entry *entry, const struct dress *dress, struct err *err)
{
    if (fchown(fd, dress->uid, dress->gid) < 0)
        return fail_sys(err, "set the owner %u:%u", dress->uid, dress->gid);
    if (fchmod(fd, dress->mode) < 0)
        return fail_sys(err, "set the mode %o", dress->mode);
    if (set_xattrs(fd, entry, err) < 0)
        return -1;
    return futimens(fd, dress->times) < 0 ? fail_sys(err, "set the time") : 0;
}

// What has no descriptor of its own that fchmod takes; it was just made, by us, in a directory that
// nobody else changes.
static int dress_name(const struct unpacker *unpacker, const struct dress *dress, struct err *err)
{
    if (fchownat(unpacker->parent, unpacker->name, dress->uid, dress->gid, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_sys(err, "set the owner %u:%u", dress->uid, dress->gid);
    if (utimensat(unpacker->parent, unpacker->name, dress->times, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_sys(err, "set the time");
    return 0;
}

static void keep_late_time(struct unpacker *unpacker, const struct dress *dress)
{
    struct late_time *late = arena_new(&unpacker->arena, struct late_time);
    *late = (struct late_time){
        .next = unpacker->late,
        .path = arena_strdup(&unpacker->arena, unpacker->path),
        .times = {dress->times[0], dress->times[1]},
    };
    unpacker->late = late;
}

static int set_late_times(struct unpacker *unpacker, struct err *err)
{
    // Newest first: of a directory that came twice the older one must not win.
    struct late_time *in_order = NULL;
    while (unpacker->late != NULL) {
        struct late_time *late = unpacker->late;
        unpacker->late = late->next;
        late->next = in_order;
        in_order = late;
    }
    for (const struct late_time *late = in_order; late != NULL; late = late->next) {
        AUTO_FD int fd = open_dir(unpacker, late->path, O_RDONLY, err);
        if (fd < 0 && (err->kind == ERR_NOT_FOUND || err->kind == ERR_INVALID))
            continue; // replaced by a later entry
        if (fd < 0)
            return -1;
        if (futimens(fd, late->times) < 0)
            return fail_sys(err, "set the time of %s", late->path);
    }
    return 0;
}

// --- things

static int write_data(struct unpacker *unpacker, int fd, struct err *err)
{
    struct archive *tar = unpacker->source.tar;
    for (;;) {
        const void *block;
        size_t n;
        la_int64_t offset;
        int read = archive_read_data_block(tar, &block, &n, &offset);
        if (read == ARCHIVE_EOF)
            return 0;
        if (read < ARCHIVE_OK)
            return source_fail(&unpacker->source, "read the archive", err);
        for (size_t done = 0; done < n;) { // at its offset: a sparse file keeps its holes
            ssize_t written =
                pwrite(fd, (const char *)block + done, n - done, offset + (la_int64_t)done);
            if (written < 0 && errno != EINTR)
                return fail_sys(err, "write");
            done += written > 0 ? (size_t)written : 0;
        }
    }
}

static int make_file(struct unpacker *unpacker, struct archive_entry *entry,
                     const struct dress *dress, struct err *err)
{
    int64_t size = archive_entry_size(entry);
    if (size < 0)
        return fail(err, ERR_INVALID, "a size below zero");
    AUTO_FD int fd = openat(unpacker->parent, unpacker->name,
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_sys(err, "create");
    struct stat st;
    if (write_data(unpacker, fd, err) < 0)
        return -1;
    if (fstat(fd, &st) < 0 || (st.st_size != size && ftruncate(fd, size) < 0))
        return fail_sys(err, "set the size");
    return dress_fd(fd, entry, dress, err);
}

static int make_directory(struct unpacker *unpacker, struct archive_entry *entry,
                          const struct dress *dress, struct err *err)
{
    bool is_root = *unpacker->path == '\0';
    if (!is_root && mkdirat(unpacker->parent, unpacker->name, 0700) < 0 && errno != EEXIST)
        return fail_sys(err, "create");
    AUTO_FD int fd = open_dir(unpacker, unpacker->path, O_RDONLY, err);
    if (fd < 0 || dress_fd(fd, entry, dress, err) < 0)
        return -1;
    keep_late_time(unpacker, dress);
    return 0;
}

static int make_symlink(struct unpacker *unpacker, struct archive_entry *entry,
                        const struct dress *dress, struct err *err)
{
    const char *target = archive_entry_symlink(entry);
    if (target == NULL || *target == '\0')
        return fail(err, ERR_INVALID, "a symbolic link to nothing");
    if (symlinkat(target, unpacker->parent, unpacker->name) < 0) // whatever it says: a text
        return fail_sys(err, "create");
    return dress_name(unpacker, dress, err);
}

static int make_hardlink(struct unpacker *unpacker, struct archive_entry *entry, struct err *err)
{
    char target[UNPACK_PATH_MAX + 1];
    if (clean_path(archive_entry_hardlink(entry), target, err) < 0)
        return -1;
    size_t n = parent_length(target);
    AUTO_FREE char *above = xstrndup(target, n);
    AUTO_FD int dir = open_dir(unpacker, above, O_PATH, err);
    if (dir < 0 && err->kind != ERR_NOT_FOUND)
        return fail_in(err, "hard link to %.200s", target);
    // Without AT_SYMLINK_FOLLOW a link to a symbolic link is a second name of the link itself.
    if (dir >= 0 && linkat(dir, target + n + (n != 0), unpacker->parent, unpacker->name, 0) == 0)
        return 0;
    if (dir < 0 || errno == ENOENT)
        return fail(err, ERR_INVALID, "hard link to %.200s, which is not there", target);
    if (errno == EPERM)
        return fail(err, ERR_INVALID, "hard link to %.200s, which is a directory", target);
    return fail_sys(err, "hard link to %.200s", target);
}

static int make_node(struct unpacker *unpacker, struct archive_entry *entry,
                     const struct dress *dress, struct err *err)
{
    mode_t type = archive_entry_filetype(entry);
    dev_t major = 0, minor = 0;
    if (type != AE_IFIFO) {
        major = archive_entry_rdevmajor(entry);
        minor = archive_entry_rdevminor(entry);
        if (major > MAJOR_MAX || minor > MINOR_MAX)
            return fail(err, ERR_INVALID, "device %ju:%ju is out of range", (uintmax_t)major,
                        (uintmax_t)minor);
        if (major == 0 && minor == 0 && type == AE_IFCHR)
            return fail(err, ERR_INVALID, "a character device 0:0 is overlayfs' own");
    }
    if (mknodat(unpacker->parent, unpacker->name, type | dress->mode,
                makedev((unsigned)major, (unsigned)minor)) < 0) // the umask is 0
        return fail_sys(err, "create");
    return dress_name(unpacker, dress, err);
}

// --- whiteouts (image-spec layer.md, "Whiteouts"), written as overlayfs has them

#define WHITEOUT ".wh."
#define OPAQUE   ".wh..wh..opq"

static int make_whiteout(struct unpacker *unpacker, struct err *err)
{
    if (!unpacker->request->is_layer)
        return fail(err, ERR_INVALID, "whiteouts have no place in a root file system");
    if (strcmp(unpacker->name, OPAQUE) == 0) {
        AUTO_FREE char *above = xstrndup(unpacker->path, parent_length(unpacker->path));
        AUTO_FD int dir = open_dir(unpacker, above, O_RDONLY, err);
        if (dir < 0)
            return -1;
        return fsetxattr(dir, "trusted.overlay.opaque", "y", 1, 0) < 0
                   ? fail_sys(err, "make the directory opaque")
                   : 0;
    }
    const char *hidden = unpacker->name + strlen(WHITEOUT);
    if (*hidden == '\0' || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0 ||
        text_starts(hidden, WHITEOUT))
        return fail(err, ERR_INVALID, "a whiteout of nothing");
    if (mknodat(unpacker->parent, hidden, S_IFCHR, makedev(0, 0)) < 0 && errno != EEXIST)
        return fail_sys(err, "create");
    return 0;
}

// --- one entry

// The last entry of a name wins; a directory stays for a directory.
static int make_room(struct unpacker *unpacker, bool for_directory, struct err *err)
{
    struct stat st;
    if (fstatat(unpacker->parent, unpacker->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "look it up");
    if (for_directory && S_ISDIR(st.st_mode))
        return 0;
    if (tree_remove(unpacker->parent, unpacker->name, err) < 0)
        return -1;
    if (S_ISDIR(st.st_mode)) // what was below it may be cached
        forget_parent(unpacker);
    return unpacker->parent < 0 ? open_parent(unpacker, err) : 0;
}

static int make_thing(struct unpacker *unpacker, struct archive_entry *entry, struct err *err)
{
    struct dress dress = {};
    mode_t type = archive_entry_filetype(entry);
    if (archive_entry_hardlink(entry) != NULL)
        return make_hardlink(unpacker, entry, err);
    if (read_dress(entry, &dress, err) < 0)
        return -1;
    switch (type) {
    case AE_IFREG:
        return make_file(unpacker, entry, &dress, err);
    case AE_IFDIR:
        return make_directory(unpacker, entry, &dress, err);
    case AE_IFLNK:
        return make_symlink(unpacker, entry, &dress, err);
    case AE_IFIFO:
    case AE_IFCHR:
    case AE_IFBLK:
        return make_node(unpacker, entry, &dress, err);
    default:
        return fail(err, ERR_INVALID, "an unknown type of file (%o)", type);
    }
}

static int unpack_at(struct unpacker *unpacker, struct archive_entry *entry, struct err *err)
{
    bool is_directory =
        archive_entry_filetype(entry) == AE_IFDIR && archive_entry_hardlink(entry) == NULL;
    if (*unpacker->path == '\0') {
        if (!is_directory)
            return fail(err, ERR_INVALID, "the root must stay a directory");
        return make_thing(unpacker, entry, err);
    }
    if (open_parent(unpacker, err) < 0)
        return -1;
    if (text_starts(unpacker->name, WHITEOUT))
        return make_whiteout(unpacker, err);
    if (make_room(unpacker, is_directory, err) < 0)
        return -1;
    return make_thing(unpacker, entry, err);
}

static int unpack_entry(struct unpacker *unpacker, struct archive_entry *entry, struct err *err)
{
    if (clean_path(archive_entry_pathname(entry), unpacker->path, err) < 0)
        return -1;
    if (unpack_at(unpacker, entry, err) < 0)
        return fail_in(err, "entry \"%.200s\"", unpacker->path);
    return 0;
}
