// SPDX-License-Identifier: Apache-2.0
// things.c — files, directories, links, devices and whiteouts, each made where nothing is.
//
// What is at a name already is removed (the last entry wins), a directory over a directory is kept.
// It is tried first: mostly nothing is there.
#include "archive/unpacker.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/path.h"
#include "linux/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

enum { MAJOR_MAX = 4095, MINOR_MAX = 1048575 }; // the kernel's dev_t
enum { ZEROS = 4096 };

// A thing that is one system call: 0, or < 0 with errno.
typedef int make_it(struct unpacker *unpacker, const struct tar_entry *entry);

// docker's words: a directory does not take the place of something else unless that is wanted, nor
// the other way round.
static int check_kind(const struct unpacker *unpacker, const struct tar_entry *entry,
                      struct err *err)
{
    struct stat st;
    const struct unpack_merge *merge = unpacker->request->merge;
    if (merge == NULL || !merge->keeps_kinds ||
        fstatat(unpacker->parent, unpacker->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    bool is_directory = entry->type == TAR_DIRECTORY;
    if (S_ISDIR(st.st_mode) && !is_directory)
        return fail(err, ERR_INVALID, "cannot overwrite directory \"%s\" with non-directory",
                    unpacker->path);
    if (!S_ISDIR(st.st_mode) && is_directory)
        return fail(err, ERR_INVALID, "cannot overwrite non-directory \"%s\" with directory",
                    unpacker->path);
    return 0;
}

// Gives what `make` gives; what is in its way goes, and then *out_replaced (NULL: not wanted).
static int make_with_room(struct unpacker *unpacker, const struct tar_entry *entry, make_it *make,
                          bool *out_replaced, struct err *err)
{
    if (dirs_touch(&unpacker->dirs, err) < 0)
        return -1;
    int result = make(unpacker, entry);
    bool is_taken = result < 0 && errno == EEXIST;
    if (is_taken) {
        if (check_kind(unpacker, entry, err) < 0 ||
            tree_remove(unpacker->parent, unpacker->name, err) < 0)
            return -1;
        result = make(unpacker, entry);
    }
    if (result < 0)
        return fail_sys(err, "create");
    if (out_replaced != NULL)
        *out_replaced = is_taken;
    return result;
}

// --- files

static int create_file(struct unpacker *unpacker, const struct tar_entry *entry)
{
    return openat(unpacker->parent, unpacker->name,
                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry->mode & 0777);
}

static bool is_zero(const uint8_t *at, size_t n)
{
    return *at == 0 && memcmp(at, at + 1, n - 1) == 0;
}

static int write_at(int fd, const uint8_t *at, size_t n, uint64_t offset, struct err *err)
{
    while (n != 0) {
        ssize_t written = pwrite(fd, at, n, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail_sys(err, "write");
        at += written;
        n -= (size_t)written;
        offset += (uint64_t)written;
    }
    return 0;
}

// At its offset: a sparse file keeps its holes, and long zeros become one (a bomb of zeros takes
// no disk). *out_end is behind the last byte that was written.
static int write_data(struct unpacker *unpacker, int fd, uint64_t *out_end, struct err *err)
{
    for (;;) {
        const uint8_t *at;
        uint64_t offset;
        ssize_t n = tar_data(unpacker->tar, &at, &offset, err);
        if (n <= 0)
            return (int)n;
        if (n >= ZEROS && is_zero(at, (size_t)n))
            continue;
        if (write_at(fd, at, (size_t)n, offset, err) < 0)
            return -1;
        unpacker->files_bytes += (uint64_t)n;
        *out_end = offset + (uint64_t)n;
    }
}

static int make_file(struct unpacker *unpacker, const struct tar_entry *entry, struct err *err)
{
    uint64_t end = 0, max = unpacker->source.max_bytes; // a sparse file says what it wants
    if (entry->size > max)
        return fail(err, ERR_INVALID, "a file of %ju bytes; more than %ju are not allowed",
                    (uintmax_t)entry->size, (uintmax_t)max);
    AUTO_FD int fd = make_with_room(unpacker, entry, create_file, NULL, err);
    if (fd < 0 || write_data(unpacker, fd, &end, err) < 0)
        return -1;
    if (end != entry->size && ftruncate(fd, (off_t)entry->size) < 0)
        return fail_sys(err, "set the size %ju", (uintmax_t)entry->size);
    return dress_fd(unpacker, fd, entry, err);
}

// --- directories

static int create_directory(struct unpacker *unpacker, const struct tar_entry *entry)
{
    struct stat st;
    if (mkdirat(unpacker->parent, unpacker->name, entry->mode & 0777) == 0)
        return 0;
    if (errno != EEXIST)
        return -1;
    bool is_directory = fstatat(unpacker->parent, unpacker->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                        S_ISDIR(st.st_mode);
    errno = EEXIST;
    return is_directory ? 0 : -1;
}

// Nothing of the layers below shows in this directory.
static int make_opaque(const struct unpacker *unpacker, int dir, struct err *err)
{
    const char *name =
        unpacker->request->is_user ? "user.overlay.opaque" : "trusted.overlay.opaque";
    return fsetxattr(dir, name, "y", 1, 0) < 0 ? fail_sys(err, "make the directory opaque") : 0;
}

static int make_directory(struct unpacker *unpacker, const struct tar_entry *entry, struct err *err)
{
    bool is_root = *unpacker->path == '\0', has_replaced = false;
    if (!is_root && make_with_room(unpacker, entry, create_directory, &has_replaced, err) < 0)
        return -1;
    int fd = dirs_enter(&unpacker->dirs, unpacker->path, strlen(unpacker->path), err);
    if (fd < 0 || dress_fd(unpacker, fd, entry, err) < 0)
        return -1;
    const struct timespec times[2] = {entry->mtime, entry->mtime};
    dirs_set_times(&unpacker->dirs, times);
    // What was there before in this layer, a whiteout or a file, hid a directory below.
    return has_replaced && unpacker->request->is_layer ? make_opaque(unpacker, fd, err) : 0;
}

// --- links

static int create_symlink(struct unpacker *unpacker, const struct tar_entry *entry)
{
    return symlinkat(entry->link, unpacker->parent, unpacker->name);
}

static int make_symlink(struct unpacker *unpacker, const struct tar_entry *entry, struct err *err)
{
    if (*entry->link == '\0') // whatever else it says: a text
        return fail(err, ERR_INVALID, "a symbolic link to nothing");
    if (make_with_room(unpacker, entry, create_symlink, NULL, err) < 0)
        return -1;
    return dress_name(unpacker, entry, err);
}

// The directory that a hard link's target is in: borrowed, or *out_own has it.
static int find_target(struct unpacker *unpacker, const char *target, int *out_own, struct err *err)
{
    size_t n = parent_length(target);
    if (n == parent_length(unpacker->path) && memcmp(target, unpacker->path, n) == 0)
        return unpacker->parent;
    AUTO_FREE char *above = xstrndup(target, n);
    int fd = path_open_beneath(unpacker->request->into, n == 0 ? "." : above,
                               O_PATH | O_DIRECTORY | O_NOFOLLOW, err);
    if (fd < 0 && (err->sys == ENOENT || err->sys == ELOOP || err->sys == ENOTDIR))
        return fail(err, ERR_INVALID, "hard link to %.200s, which is not there", target);
    *out_own = fd;
    return fd;
}

// Without AT_SYMLINK_FOLLOW a link to a symbolic link is a second name of the link itself.
static int create_hardlink(struct unpacker *unpacker, const struct tar_entry *)
{
    return linkat(unpacker->target_parent, unpacker->target_name, unpacker->parent, unpacker->name,
                  0);
}

static int make_hardlink(struct unpacker *unpacker, const struct tar_entry *entry, struct err *err)
{
    char target[UNPACK_PATH_MAX + 1];
    AUTO_FD int own = -1;
    if (entry_path(unpacker->request, entry->link, target, err) < 0)
        return -1;
    unpacker->target_parent = find_target(unpacker, target, &own, err);
    if (unpacker->target_parent < 0)
        return -1;
    unpacker->target_name = last_component(target);
    if (make_with_room(unpacker, entry, create_hardlink, NULL, err) >= 0)
        return 0;
    if (err->sys == ENOENT)
        return fail(err, ERR_INVALID, "hard link to %.200s, which is not there", target);
    if (err->sys == EPERM)
        return fail(err, ERR_INVALID, "hard link to %.200s, which is a directory", target);
    return -1;
}

// --- devices and pipes

static const mode_t node_types[] = {
    [TAR_CHAR] = S_IFCHR, [TAR_BLOCK] = S_IFBLK, [TAR_FIFO] = S_IFIFO};

static int create_node(struct unpacker *unpacker, const struct tar_entry *entry)
{
    return mknodat(unpacker->parent, unpacker->name, node_types[entry->type] | entry->mode,
                   makedev(entry->major, entry->minor)); // the umask is 0
}

static int make_node(struct unpacker *unpacker, const struct tar_entry *entry, struct err *err)
{
    if (entry->major > MAJOR_MAX || entry->minor > MINOR_MAX)
        return fail(err, ERR_INVALID, "device %u:%u is out of range", entry->major, entry->minor);
    if (entry->major == 0 && entry->minor == 0 && entry->type == TAR_CHAR)
        return fail(err, ERR_INVALID, "a character device 0:0 is overlayfs' own");
    if (make_with_room(unpacker, entry, create_node, NULL, err) >= 0)
        return dress_name(unpacker, entry, err);
    bool is_device = entry->type != TAR_FIFO;
    if (err->sys != EPERM || !is_device || !unpacker->request->is_user)
        return -1;
    unpacker->skipped_devices++; // no user namespace may make one; a container has its own /dev
    return 0;
}

// --- whiteouts (image-spec layer.md, "Whiteouts"), written as overlayfs has them

#define WHITEOUT ".wh."
#define OPAQUE   ".wh..wh..opq"

bool is_whiteout(const char *name)
{
    return text_starts(name, WHITEOUT);
}

// It hides what is in the layers below, and nothing that is in this one, whichever comes first.
static int hide(struct unpacker *unpacker, const char *hidden, struct err *err)
{
    struct stat st;
    if (mknodat(unpacker->parent, hidden, S_IFCHR, makedev(0, 0)) == 0)
        return 0;
    if (errno != EEXIST)
        return fail_sys(err, "create");
    if (fstatat(unpacker->parent, hidden, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_sys(err, "look at what it hides");
    if (!S_ISDIR(st.st_mode))
        return 0;
    AUTO_FD int dir =
        openat(unpacker->parent, hidden, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return fail_sys(err, "open what it hides");
    return make_opaque(unpacker, dir, err);
}

int make_whiteout(struct unpacker *unpacker, struct err *err)
{
    if (!unpacker->request->is_layer)
        return fail(err, ERR_INVALID, "whiteouts have no place in a root file system");
    if (dirs_touch(&unpacker->dirs, err) < 0)
        return -1;
    if (strcmp(unpacker->name, OPAQUE) == 0)
        return make_opaque(unpacker, unpacker->parent, err);
    const char *hidden = unpacker->name + strlen(WHITEOUT);
    if (*hidden == '\0' || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0 ||
        is_whiteout(hidden))
        return fail(err, ERR_INVALID, "a whiteout of nothing");
    return hide(unpacker, hidden, err);
}

// --- all of them

int make_thing(struct unpacker *unpacker, const struct tar_entry *entry, struct err *err)
{
    switch (entry->type) {
    case TAR_FILE:
        return make_file(unpacker, entry, err);
    case TAR_HARDLINK:
        return make_hardlink(unpacker, entry, err);
    case TAR_SYMLINK:
        return make_symlink(unpacker, entry, err);
    case TAR_DIRECTORY:
        return make_directory(unpacker, entry, err);
    case TAR_CHAR:
    case TAR_BLOCK:
    case TAR_FIFO:
        return make_node(unpacker, entry, err);
    }
    return fail(err, ERR_SYSTEM, "a type that there is not");
}
