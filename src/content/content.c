// SPDX-License-Identifier: Apache-2.0
// content.c — blobs as files whose name is their digest.
//
// A blob gets its name by linkat after its bytes are hashed, compared and synced; a file system
// without O_TMPFILE gets a named one in ingest/, locked by its writer and swept by the next.
#include "content/content.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#define BLOBS  "content/sha256"
#define INGEST "content/ingest"
enum { READ_STEP = 64 * 1024, COPY_STEP = 256 * 1024 };

struct content_writer {
    int root; // borrowed
    int blobs, fd;
    char ingest[24]; // its name in ingest/, or empty: it has none
    uint64_t n_bytes, max_bytes;
    struct sha256 hash;
    struct content_digest digest; // after content_end
};

static int open_ingest(struct content_writer *writer, struct err *err);
static int link_blob(struct content_writer *writer, const char *hex, struct err *err);

bool content_is_hex(const char *text)
{
    if (text == NULL)
        return false;
    size_t n = strspn(text, "0123456789abcdef");
    return n == CONTENT_HEX && text[n] == '\0';
}

int content_digest_parse(const char *text, struct content_digest *out, struct err *err)
{
    const char *hex = text_starts(text, "sha256:") ? text + strlen("sha256:") : text;
    if (!content_is_hex(hex))
        return fail(err, ERR_INVALID, "invalid digest \"%.100s\": want sha256: and 64 hex digits",
                    text);
    memcpy(out->hex, hex, sizeof out->hex);
    return 0;
}

static int blob_path(const char *hex, char out[sizeof BLOBS + 1 + CONTENT_HEX], struct err *err)
{
    if (!content_is_hex(hex))
        return fail(err, ERR_INVALID, "invalid digest \"%.100s\"", hex != NULL ? hex : "");
    (void)snprintf(out, sizeof BLOBS + 1 + CONTENT_HEX, BLOBS "/%s", hex); // it fits
    return 0;
}

int content_open(int root, const char *hex, struct err *err)
{
    char path[sizeof BLOBS + 1 + CONTENT_HEX];
    if (blob_path(hex, path, err) < 0)
        return -1;
    int fd = openat(root, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return fail(err, ERR_NOT_FOUND, "no such content: sha256:%s", hex);
    if (fd < 0)
        return fail_sys(err, "open content sha256:%s", hex);
    return fd;
}

int content_read(int root, const char *hex, struct buf *out, struct err *err)
{
    AUTO_FD int fd = content_open(root, hex, err);
    size_t before = out->n;
    if (fd < 0 || file_read_fd(fd, hex, out, err) < 0)
        return -1;
    uint8_t digest[SHA256_BYTES];
    char got[SHA256_HEX + 1];
    sha256_of(out->at + before, out->n - before, digest);
    sha256_hex(digest, got);
    if (strcmp(got, hex) != 0)
        return fail(err, ERR_SYSTEM,
                    "content sha256:%s is damaged: its bytes have the digest sha256:%s; remove the "
                    "image and get it again",
                    hex, got);
    return 0;
}

int content_find(int root, const char *hex, uint64_t *out_size, struct err *err)
{
    char path[sizeof BLOBS + 1 + CONTENT_HEX];
    struct stat st;
    if (blob_path(hex, path, err) < 0)
        return -1;
    if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "look up content sha256:%s", hex);
    if (out_size != NULL)
        *out_size = (uint64_t)st.st_size;
    return 1;
}

int content_begin(int root, uint64_t max_bytes, struct content_writer **out, struct err *err)
{
    AUTO_FD int blobs = dir_make_at(root, BLOBS, 0700, err);
    if (blobs < 0)
        return -1;
    AUTO_CONTENT struct content_writer *writer = xcalloc(1, sizeof *writer);
    *writer = (struct content_writer){.root = root, .fd = -1, .max_bytes = max_bytes};
    writer->blobs = TAKE_FD(blobs);
    sha256_init(&writer->hash);
    writer->fd = openat(root, BLOBS, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0400);
    if (writer->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL) &&
        open_ingest(writer, err) < 0)
        return -1;
    if (writer->fd < 0)
        return fail_sys(err, "create a blob in " BLOBS);
    *out = TAKE_PTR(writer);
    return 0;
}

// Removes the files whose writer is gone: nobody holds their lock.
static void sweep_ingest(int root)
{
    int fd = openat(root, INGEST, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        AUTO_FD int file = openat(fd, entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (entry->d_name[0] != '.' && file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0)
            (void)unlinkat(fd, entry->d_name, 0); // the next writer tries again
    }
    (void)closedir(dir);
}

static int open_ingest(struct content_writer *writer, struct err *err)
{
    AUTO_FD int dir = dir_make_at(writer->root, INGEST, 0700, err);
    uint64_t random;
    if (dir < 0)
        return -1;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return fail_sys(err, "getrandom");
    sweep_ingest(writer->root);
    (void)snprintf(writer->ingest, sizeof writer->ingest, "%016" PRIx64, random); // it fits
    AUTO_FD int fd = openat(dir, writer->ingest, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
        writer->ingest[0] = '\0';
        return fail_sys(err, "create a blob in " INGEST);
    }
    writer->fd = TAKE_FD(fd);
    return 0;
}

int content_append(struct content_writer *writer, const void *bytes, size_t n, struct err *err)
{
    if (n > writer->max_bytes - writer->n_bytes)
        return fail(err, ERR_INVALID, "content is larger than %" PRIu64 " bytes",
                    writer->max_bytes);
    if (write_all(writer->fd, bytes, n) < 0)
        return fail_sys(err, "write content");
    sha256_add(&writer->hash, bytes, n);
    writer->n_bytes += n;
    return 0;
}

int content_append_from(struct content_writer *writer, int fd, uint64_t *out_bytes, struct err *err)
{
    AUTO_FREE char *step = xmalloc(COPY_STEP);
    uint64_t total = 0;
    for (;;) {
        ssize_t n = read(fd, step, COPY_STEP);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_sys(err, "read what is to be stored");
        if (n == 0)
            break;
        if (content_append(writer, step, (size_t)n, err) < 0)
            return -1;
        total += (uint64_t)n;
    }
    *out_bytes = total;
    return 0;
}

int content_take_commit(struct content_writer *writer, const char *expected,
                        struct content_digest *out, struct err *err)
{
    AUTO_CONTENT struct content_writer *taken = writer; // freed on every way out
    struct content_digest got;
    int root = writer->root;
    if (content_end(writer, expected, &got, err) < 0)
        return -1;
    if (fdatasync(writer->fd) < 0)
        return fail_sys(err, "sync content sha256:%s", got.hex);
    if (content_take_publish(TAKE_PTR(taken), err) < 0 || content_sync_names(root, err) < 0)
        return -1;
    *out = got;
    return 0;
}

int content_end(struct content_writer *writer, const char *expected, struct content_digest *out,
                struct err *err)
{
    uint8_t digest[SHA256_BYTES];
    sha256_end(&writer->hash, digest);
    sha256_hex(digest, writer->digest.hex);
    if (expected != NULL && strcmp(expected, writer->digest.hex) != 0)
        return fail(err, ERR_INVALID, "content has the digest sha256:%s, want sha256:%s",
                    writer->digest.hex, expected);
    *out = writer->digest;
    return 0;
}

int content_sync(int root, struct err *err)
{
    // The root itself may be held with O_PATH, which syncfs refuses.
    AUTO_FD int dir = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || syncfs(dir) < 0)
        return fail_sys(err, "sync the data root");
    return 0;
}

int content_take_publish(struct content_writer *writer, struct err *err)
{
    [[maybe_unused]] AUTO_CONTENT struct content_writer *taken = writer; // freed on every way out
    assert(content_is_hex(writer->digest.hex));                          // content_end comes first
    return link_blob(writer, writer->digest.hex, err);
}

int content_sync_names(int root, struct err *err)
{
    AUTO_FD int blobs = openat(root, BLOBS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (blobs < 0 || fsync(blobs) < 0)
        return fail_sys(err, "sync " BLOBS);
    return 0;
}

int content_dir(int root, struct err *err)
{
    return dir_make_at(root, BLOBS, 0700, err);
}

int content_adopt(int root, int fd, const char *hex, struct err *err)
{
    AUTO_FD int blobs = content_dir(root, err);
    if (blobs < 0)
        return -1;
    if (!content_is_hex(hex))
        return fail(err, ERR_INVALID, "invalid digest \"%.100s\"", hex != NULL ? hex : "");
    if (fchown(fd, geteuid(), getegid()) < 0 || fchmod(fd, 0400) < 0)
        return fail_sys(err, "take content sha256:%s", hex);
    char self[40];
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", fd); // it fits
    if (linkat(AT_FDCWD, self, blobs, hex, AT_SYMLINK_FOLLOW) < 0 && errno != EEXIST)
        return fail_sys(err, "name content sha256:%s", hex);
    return 0;
}

// The file becomes visible. EEXIST: somebody was faster with the same bytes.
static int link_blob(struct content_writer *writer, const char *hex, struct err *err)
{
    if (writer->ingest[0] != '\0') {
        AUTO_FREE char *from = str_printf(INGEST "/%s", writer->ingest);
        if (renameat(writer->root, from, writer->blobs, hex) < 0)
            return fail_sys(err, "name content sha256:%s", hex);
        writer->ingest[0] = '\0';
        return 0;
    }
    char self[40];
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", writer->fd); // it fits
    if (linkat(AT_FDCWD, self, writer->blobs, hex, AT_SYMLINK_FOLLOW) < 0 && errno != EEXIST)
        return fail_sys(err, "name content sha256:%s", hex);
    return 0;
}

void content_abort(struct content_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->ingest[0] != '\0') {
        AUTO_FREE char *path = str_printf(INGEST "/%s", writer->ingest);
        (void)unlinkat(writer->root, path, 0); // the next writer sweeps
    }
    if (writer->fd >= 0)
        (void)close(writer->fd); // nothing was promised
    (void)close(writer->blobs);
    free(writer);
}

int content_put(int root, const void *bytes, size_t n, struct content_digest *out, struct err *err)
{
    AUTO_CONTENT struct content_writer *writer = NULL;
    if (content_begin(root, n, &writer, err) < 0)
        return -1;
    assert(writer != NULL);
    if (content_append(writer, bytes, n, err) < 0)
        return -1;
    return content_take_commit(TAKE_PTR(writer), NULL, out, err);
}

int content_remove(int root, const char *hex, struct err *err)
{
    char path[sizeof BLOBS + 1 + CONTENT_HEX];
    if (blob_path(hex, path, err) < 0)
        return -1;
    if (unlinkat(root, path, 0) < 0 && errno != ENOENT)
        return fail_sys(err, "remove content sha256:%s", hex);
    return 0;
}

static DIR *open_blobs(int root, struct err *err)
{
    AUTO_FD int fd = openat(root, BLOBS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL)
        (void)fail_sys(err, "read " BLOBS);
    else
        (void)TAKE_FD(fd); // the stream has it
    return dir;
}

int content_sweep(int root, bool (*is_used)(const void *data, const char *hex), const void *data,
                  uint64_t *out_bytes, struct err *err)
{
    DIR *dir = open_blobs(root, err);
    if (dir == NULL)
        return err->sys == ENOENT ? 0 : -1;
    int result = 0;
    for (const struct dirent *entry; result == 0 && (entry = readdir(dir)) != NULL;) {
        uint64_t size = 0;
        if (!content_is_hex(entry->d_name) || is_used(data, entry->d_name))
            continue;
        result = content_find(root, entry->d_name, &size, err);
        if (result >= 0)
            result = content_remove(root, entry->d_name, err);
        if (out_bytes != NULL)
            *out_bytes += size;
    }
    (void)closedir(dir); // read only
    return result;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int content_list(int root, struct arena *arena, const char ***out, size_t *n_out, struct err *err)
{
    const char **all = NULL;
    size_t n = 0, room = 0;
    DIR *dir = open_blobs(root, err);
    if (dir == NULL && err->sys != ENOENT)
        return -1;
    for (const struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (!content_is_hex(entry->d_name))
            continue;
        if (n == room) {
            room = room * 2 + 64;
            all = xreallocarray(all, room, sizeof *all);
        }
        all[n++] = arena_strdup(arena, entry->d_name);
    }
    if (dir != NULL)
        (void)closedir(dir); // read only
    *out = arena_array(arena, n + 1, sizeof **out);
    if (n != 0) {
        qsort(all, n, sizeof *all, compare);
        memcpy(*out, all, n * sizeof *all);
    }
    *n_out = n;
    free(all);
    return 0;
}
