// SPDX-License-Identifier: Apache-2.0
// packtree.c — walks a tree by descriptors and writes what it finds with libarchive (pax).
//
// The tree may be a container's, so its names and links are data: every directory is opened below
// its parent without following anything, and attributes are read by name in the directory that is
// current. Whole trees are given without mounts; a single entry (cp) may have some below it.
#include "archive/packtree.h"

#include "archive/compress.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

enum {
    STEP = 256 * 1024,
    DEPTH_MAX = 2048, // directories: each holds a descriptor
    PATH_MAX_BYTES = 64 * 1024,
    XATTRS_MAX = 64 * 1024, // the names of one file's
    XATTR_MAX = 64 * 1024,
};
#define WHITEOUT ".wh."
#define OPAQUE   ".wh..wh..opq"
#define OVERLAY  "trusted.overlay."

struct packer {
    const struct packtree_request *request;
    struct archive *tar;
    struct archive_entry_linkresolver *links;
    struct compressor *gzip; // NULL: none
    struct sha256 hash;
    uint64_t n_bytes, n_entries;
    struct buf path; // of the entry under way
    char *step;
};

static int pack_directory(struct packer *packer, int dir, unsigned depth, struct err *err);

// --- the stream

static la_ssize_t write_stream(struct archive *tar, void *data, const void *bytes, size_t n)
{
    struct packer *packer = data;
    struct err err;
    if (packer->gzip != NULL && compressor_add(packer->gzip, bytes, n, &err) < 0) {
        archive_set_error(tar, err.kind == ERR_UNAVAILABLE ? EPIPE : EIO, "%s", err.text);
        return -1;
    }
    if (packer->gzip == NULL && write_all(packer->request->to, bytes, n) < 0) {
        archive_set_error(tar, errno, "%s",
                          errno == EPIPE ? "the reader has hung up" : strerror(errno));
        return -1;
    }
    sha256_add(&packer->hash, bytes, n);
    packer->n_bytes += n;
    return (la_ssize_t)n;
}

static int fail_archive(const struct packer *packer, struct err *err)
{
    int sys = archive_errno(packer->tar);
    const char *text = archive_error_string(packer->tar);
    (void)fail(err, sys == EPIPE ? ERR_UNAVAILABLE : ERR_SYSTEM, "write the archive: %s",
               text != NULL ? text : "failed");
    err->sys = sys;
    return -1;
}

static int put_header(struct packer *packer, struct archive_entry *entry, struct err *err)
{
    packer->n_entries++;
    return archive_write_header(packer->tar, entry) < ARCHIVE_WARN ? fail_archive(packer, err) : 0;
}

static int put_data(struct packer *packer, const void *bytes, size_t n, struct err *err)
{
    for (const char *at = bytes; n != 0;) {
        la_ssize_t written = archive_write_data(packer->tar, at, n);
        if (written <= 0)
            return fail_archive(packer, err);
        at += written;
        n -= (size_t)written;
    }
    return 0;
}

// --- one file

static int add_xattr(struct archive_entry *entry, const char *name, const char *key,
                     struct err *err)
{
    AUTO_FREE char *value = xmalloc(XATTR_MAX);
    ssize_t n = lgetxattr(name, key, value, XATTR_MAX);
    if (n < 0)
        return errno == ENODATA ? 0 : fail_sys(err, "read attribute %s", key);
    archive_entry_xattr_add_entry(entry, key, value, (size_t)n);
    return 0;
}

static bool is_kept(const char *key)
{
    return strcmp(key, "security.capability") == 0 ||
           (text_starts(key, "user.") && !text_starts(key, "user.overlay."));
}

// *out_opaque: the directory hides what is below it.
static int add_xattrs(const struct packer *packer, struct archive_entry *entry, const char *name,
                      bool *out_opaque, struct err *err)
{
    AUTO_FREE char *keys = xmalloc(XATTRS_MAX);
    ssize_t n = llistxattr(name, keys, XATTRS_MAX);
    if (n < 0 && (errno == EOPNOTSUPP || errno == ENODATA))
        return 0;
    if (n < 0)
        return fail_sys(err, "list the attributes");
    for (const char *key = keys; key < keys + n; key += strlen(key) + 1) {
        if (is_kept(key) && add_xattr(entry, name, key, err) < 0)
            return -1;
        if (!packer->request->is_layer || !text_starts(key, OVERLAY))
            continue;
        const char *rest = key + strlen(OVERLAY);
        if (strcmp(rest, "opaque") == 0)
            *out_opaque = true;
        if (strcmp(rest, "redirect") == 0 || strcmp(rest, "metacopy") == 0)
            return fail(err, ERR_SYSTEM, "its content is in another layer (%s)", key);
    }
    return 0;
}

// Where a file with holes has its data.
static int add_holes(struct archive_entry *entry, int fd, const struct stat *st, struct err *err)
{
    if (st->st_blocks * 512 >= st->st_size)
        return 0;
    for (off_t at = 0; at < st->st_size;) {
        off_t data = lseek(fd, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO) { // only a hole is left
            archive_entry_sparse_add_entry(entry, st->st_size, 0);
            return 0;
        }
        off_t hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
        if (hole < 0)
            return errno == EINVAL ? 0 : fail_sys(err, "look for holes");
        archive_entry_sparse_add_entry(entry, data, hole - data);
        at = hole;
    }
    return 0;
}

// From the header's size on exactly that much, whatever happens to the file meanwhile.
static int put_file(struct packer *packer, int fd, int64_t size, struct err *err)
{
    for (off_t at = 0; at < size;) {
        size_t want = size - at < STEP ? (size_t)(size - at) : STEP;
        ssize_t n = pread(fd, packer->step, want, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_sys(err, "read");
        if (n == 0)
            return fail(err, ERR_CONFLICT, "it has become shorter while it was read");
        // libarchive takes the bytes of holes, too, and leaves them out.
        if (put_data(packer, packer->step, (size_t)n, err) < 0)
            return -1;
        at += n;
    }
    return 0;
}

static void dress(const struct packer *packer, struct archive_entry *entry, const struct stat *st)
{
    archive_entry_copy_stat(entry, st);
    archive_entry_unset_atime(entry);
    archive_entry_unset_ctime(entry);
    archive_entry_unset_birthtime(entry);
    archive_entry_set_pathname(entry, buf_get(&packer->path));
}

static void cut_path(struct packer *packer, size_t n)
{
    packer->path.n = n;
    if (packer->path.at != NULL)
        packer->path.at[n] = '\0';
}

static int put_empty(struct packer *packer, const char *name, struct err *err)
{
    size_t before = packer->path.n;
    struct archive_entry *entry = archive_entry_new();
    buf_text(&packer->path, name);
    archive_entry_set_pathname(entry, buf_get(&packer->path));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0);
    archive_entry_set_size(entry, 0);
    archive_entry_set_mtime(entry, 0, 0);
    int result = put_header(packer, entry, err);
    archive_entry_free(entry);
    cut_path(packer, before);
    return result;
}

static int put_regular(struct packer *packer, struct archive_entry *entry, int dir,
                       const char *name, const struct stat *st, struct err *err)
{
    AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat now;
    if (fd < 0 || fstat(fd, &now) < 0)
        return fail_sys(err, "open");
    if (now.st_ino != st->st_ino || now.st_dev != st->st_dev)
        return fail(err, ERR_CONFLICT, "it was replaced while it was read");
    struct archive_entry *spare = NULL;
    bool is_second = false;
    if (st->st_nlink > 1) {
        archive_entry_linkify(packer->links, &entry, &spare);
        is_second = archive_entry_hardlink(entry) != NULL;
    }
    if (!is_second && add_holes(entry, fd, st, err) < 0)
        return -1;
    if (put_header(packer, entry, err) < 0)
        return -1;
    return is_second ? 0 : put_file(packer, fd, st->st_size, err);
}

static int put_symlink(struct packer *packer, struct archive_entry *entry, int dir,
                       const char *name, struct err *err)
{
    char target[PATH_MAX_BYTES];
    ssize_t n = readlinkat(dir, name, target, sizeof target - 1);
    if (n < 0)
        return fail_sys(err, "read the link");
    target[n] = '\0';
    archive_entry_set_symlink(entry, target);
    return put_header(packer, entry, err);
}

// File systems that show the kernel's state: nobody wants a copy of that, and some files of it
// never end.
static bool is_kernels_own(int dir)
{
    static const long types[] = {PROC_SUPER_MAGIC,    SYSFS_MAGIC,   CGROUP_SUPER_MAGIC,
                                 CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
                                 SECURITYFS_MAGIC,    BPF_FS_MAGIC,  DEVPTS_SUPER_MAGIC};
    struct statfs found;
    if (fstatfs(dir, &found) < 0)
        return false;
    for (size_t i = 0; i < N_ELEMENTS(types); i++) {
        if (found.f_type == types[i])
            return true;
    }
    return false;
}

struct place { // of an entry
    int dir;   // its directory
    const char *name;
    unsigned depth;
};

static int put_directory(struct packer *packer, struct archive_entry *entry,
                         const struct place *place, bool is_opaque, struct err *err)
{
    AUTO_FD int below =
        openat(place->dir, place->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below < 0)
        return fail_sys(err, "open");
    buf_char(&packer->path, '/');
    archive_entry_set_pathname(entry, buf_get(&packer->path));
    if (put_header(packer, entry, err) < 0 || (is_opaque && put_empty(packer, OPAQUE, err) < 0))
        return -1;
    if (packer->request->entry != NULL && is_kernels_own(below))
        return 0;
    int result = pack_directory(packer, below, place->depth + 1, err);
    if (fchdir(place->dir) < 0 && result == 0)
        return fail_sys(err, "go back");
    return result;
}

static int put_thing(struct packer *packer, struct archive_entry *entry, const struct place *place,
                     struct err *err)
{
    int dir = place->dir;
    const char *name = place->name;
    struct stat st;
    bool is_opaque = false;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "look at it"); // it went meanwhile
    if (S_ISSOCK(st.st_mode))
        return 0;
    dress(packer, entry, &st);
    if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0)) {
        if (!packer->request->is_layer)
            return 0;
        cut_path(packer, packer->path.n - strlen(name));
        AUTO_FREE char *hidden = str_printf(WHITEOUT "%s", name);
        return put_empty(packer, hidden, err);
    }
    if (add_xattrs(packer, entry, name, &is_opaque, err) < 0)
        return -1;
    if (S_ISREG(st.st_mode))
        return put_regular(packer, entry, dir, name, &st, err);
    if (S_ISLNK(st.st_mode))
        return put_symlink(packer, entry, dir, name, err);
    if (S_ISDIR(st.st_mode))
        return put_directory(packer, entry, place, is_opaque, err);
    return put_header(packer, entry, err);
}

// --- directories

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct names {
    char **at;
    size_t n, room;
};
static void names_done(struct names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->at[i]);
    free(names->at);
}

// Takes `fd`.
static int read_names(int fd, struct names *names, struct err *err)
{
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (stream == NULL)
        return fail_sys(err, "list the directory");
    errno = 0;
    for (const struct dirent *it; (it = readdir(stream)) != NULL; errno = 0) {
        if (strcmp(it->d_name, ".") == 0 || strcmp(it->d_name, "..") == 0)
            continue;
        if (names->n == names->room) {
            names->room = names->room * 2 + 32;
            names->at = xreallocarray(names->at, names->room, sizeof *names->at);
        }
        names->at[names->n++] = xstrdup(it->d_name);
    }
    int error = errno;
    (void)closedir(stream); // only read
    errno = error;
    return error != 0 ? fail_sys(err, "list the directory") : 0;
}

static int pack_names(struct packer *packer, int dir, const struct names *names, unsigned depth,
                      struct err *err)
{
    for (size_t i = 0; i < names->n; i++) {
        size_t before = packer->path.n;
        buf_text(&packer->path, names->at[i]);
        if (buf_check(&packer->path, "the path", err) < 0)
            return -1;
        struct archive_entry *entry = archive_entry_new();
        const struct place place = {dir, names->at[i], depth};
        int result = put_thing(packer, entry, &place, err);
        archive_entry_free(entry);
        cut_path(packer, before);
        if (result < 0)
            return err->text[0] != '/'
                       ? fail_in(err, "/%.200s%s", buf_get(&packer->path), names->at[i])
                       : -1;
    }
    return 0;
}

static int pack_directory(struct packer *packer, int dir, unsigned depth, struct err *err)
{
    struct names names = {};
    if (depth > DEPTH_MAX)
        return fail(err, ERR_INVALID, "directories are nested deeper than %d", DEPTH_MAX);
    int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = read_names(again, &names, err);
    if (names.n != 0)
        qsort(names.at, names.n, sizeof *names.at, compare);
    if (result == 0 && fchdir(dir) < 0)
        result = fail_sys(err, "enter the directory");
    if (result == 0)
        result = pack_names(packer, dir, &names, depth, err);
    names_done(&names);
    return result;
}

// The one entry that is asked for; the tree is the current directory.
static int pack_entry(struct packer *packer, struct err *err)
{
    const struct packtree_request *request = packer->request;
    struct archive_entry *entry = archive_entry_new();
    const struct place place = {request->tree, request->entry, 0};
    buf_text(&packer->path, request->name);
    int result = put_thing(packer, entry, &place, err);
    archive_entry_free(entry);
    if (result == 0 && packer->n_entries == 0)
        result = fail(err, ERR_NOT_FOUND, "there is nothing at %s to copy", request->entry);
    return result;
}

static int pack_all(struct packer *packer, struct err *err)
{
    if (packer->tar == NULL || packer->links == NULL)
        return fail(err, ERR_SYSTEM, "no memory for writing the archive");
    archive_entry_linkresolver_set_strategy(packer->links, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED);
    if (archive_write_set_format_pax(packer->tar) != ARCHIVE_OK ||
        archive_write_set_format_option(packer->tar, "pax", "xattrheader", "SCHILY") !=
            ARCHIVE_OK ||
        archive_write_set_bytes_per_block(packer->tar, STEP) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(packer->tar, 1) != ARCHIVE_OK ||
        archive_write_open(packer->tar, packer, NULL, write_stream, NULL) != ARCHIVE_OK)
        return fail_archive(packer, err);
    if ((packer->request->entry != NULL
             ? pack_entry(packer, err)
             : pack_directory(packer, packer->request->tree, 0, err)) < 0)
        return -1;
    if (archive_write_close(packer->tar) != ARCHIVE_OK)
        return fail_archive(packer, err);
    return packer->gzip != NULL ? compressor_end(packer->gzip, err) : 0;
}

int packtree(const struct packtree_request *request, struct packtree_report *out, struct err *err)
{
    AUTO_FREE char *step = xmalloc(STEP);
    AUTO_BUF struct buf path;
    buf_init(&path, PATH_MAX_BYTES);
    struct packer packer = {.request = request,
                            .tar = archive_write_new(),
                            .links = archive_entry_linkresolver_new(),
                            .gzip = request->is_gzip ? compressor_new(request->to, COMPRESS_GZIP)
                                                     : NULL,
                            .path = path,
                            .step = step};
    sha256_init(&packer.hash);
    int result = pack_all(&packer, err);
    if (result < 0 && packer.tar != NULL)
        (void)archive_write_fail(packer.tar); // so that freeing it does not write an end
    (void)archive_write_free(packer.tar);
    archive_entry_linkresolver_free(packer.links);
    compressor_free(packer.gzip);
    path = packer.path; // it may have grown
    if (result < 0)
        return -1;
    uint8_t digest[SHA256_BYTES];
    sha256_end(&packer.hash, digest);
    sha256_hex(digest, out->hex);
    out->digest = out->hex;
    out->size_bytes = packer.n_bytes;
    out->entries = packer.n_entries;
    return 0;
}
