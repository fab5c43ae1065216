// SPDX-License-Identifier: Apache-2.0
// load_parts.c — the files, blobs and layers of an archive that is being loaded.
#include "image/load_parts.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"
#include "content/content.h"
#include "linux/path.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STEP = 256 * 1024 };

void loader_done(struct loader *loader)
{
    for (size_t i = 0; i < loader->n_jobs; i++) {
        (void)close(loader->jobs[i].blob);
        unpack_done(&loader->jobs[i]);
    }
    for (size_t i = 0; i < loader->n_blobs; i++) {
        if (loader->blobs[i].fd >= 0)
            (void)close(loader->blobs[i].fd); // only read
    }
    unpack_done(&loader->archive);
    free(loader->jobs);
    free(loader->chain_ids);
    free(loader->blobs);
}

static int unpack_archive(struct loader *loader, int tar, struct err *err)
{
    struct unpack_job *job = &loader->archive;
    job->blob = tar;
    job->is_tree = true;
    if (unpack_start(loader->store, job, err) < 0 || unpack_finish(job, loader->arena, err) < 0)
        return fail_in(err, "read the archive");
    return 0;
}

// What others may change meanwhile is copied first, as an archive is.
static int copy_directory(struct loader *loader, int dir, struct err *err)
{
    static const struct json_field nothing_fields[] = {{}};
    const char *const argv[] = {
        loader->store->transfer, "packtree", "--tree", "3", "--to", "4", NULL};
    struct child child = CHILD_NONE;
    int ends[2];
    char nothing;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int ours = ends[0], theirs = ends[1];
    const int more[] = {dir, theirs};
    if (child_start(argv, -1, more, N_ELEMENTS(more), &child, err) < 0)
        return -1;
    (void)close(TAKE_FD(theirs)); // the child has it
    int unpacked = unpack_archive(loader, ours, err);
    (void)close(TAKE_FD(ours));
    struct err second;
    int packed =
        child_finish(&child, loader->arena, nothing_fields, &nothing, unpacked < 0 ? &second : err);
    return unpacked < 0 || packed < 0 ? -1 : 0;
}

int load_scratch(struct loader *loader, struct err *err)
{
    struct stat st;
    int tar = loader->request->tar;
    if (fstat(tar, &st) < 0)
        return fail_sys(err, "read the archive");
    return S_ISDIR(st.st_mode) ? copy_directory(loader, tar, err)
                               : unpack_archive(loader, tar, err);
}

int load_open(const struct loader *loader, const char *path, struct err *err)
{
    struct stat st;
    AUTO_FD int fd = path_open_in(loader->archive.writer.fs, path, O_RDONLY | O_NONBLOCK, err);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0)
        return fail_sys(err, "look at %.200s", path);
    if (!S_ISREG(st.st_mode))
        return fail(err, ERR_INVALID, "%.200s in the archive is no file", path);
    return TAKE_FD(fd);
}

int load_file(const struct loader *loader, const char *path, struct buf *out, struct err *err)
{
    buf_init(out, DOCUMENT_MAX);
    AUTO_FD int fd = load_open(loader, path, err);
    if (fd < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1;
    return file_read_fd(fd, path, out, err) < 0 ? -1 : 1;
}

int load_hash(int fd, char out[CONTENT_HEX + 1], struct err *err)
{
    AUTO_FREE char *step = xmalloc(STEP);
    struct sha256 hash;
    sha256_init(&hash);
    for (off_t at = 0;;) {
        ssize_t n = pread(fd, step, STEP, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_sys(err, "read a file of the archive");
        if (n == 0)
            break;
        sha256_add(&hash, step, (size_t)n);
        at += n;
    }
    uint8_t digest[SHA256_BYTES];
    sha256_end(&hash, digest);
    sha256_hex(digest, out);
    return 0;
}

struct blob *load_known(const struct loader *loader, const char *hex)
{
    for (size_t i = 0; i < loader->n_blobs; i++) {
        if (strcmp(loader->blobs[i].hex, hex) == 0)
            return &loader->blobs[i];
    }
    return NULL;
}

struct blob *load_add(struct loader *loader, const struct blob *blob)
{
    if (loader->n_blobs == loader->blobs_room) {
        loader->blobs_room = loader->blobs_room * 2 + 64;
        loader->blobs = xreallocarray(loader->blobs, loader->blobs_room, sizeof *loader->blobs);
    }
    loader->blobs[loader->n_blobs] = *blob;
    return &loader->blobs[loader->n_blobs++];
}

int load_find(struct loader *loader, const struct descriptor *descriptor, struct blob **out,
              struct err *err)
{
    struct blob blob = {.hex = digest_hex(descriptor->digest), .fd = -1};
    struct blob *known = load_known(loader, blob.hex);
    struct stat st;
    int there = known != NULL ? 0 : content_find(loader->store->root, blob.hex, &blob.size, err);
    if (there < 0)
        return -1;
    blob.is_here = there > 0;
    if (known == NULL && !blob.is_here) {
        blob.path = arena_printf(loader->arena, "blobs/sha256/%s", blob.hex);
        blob.fd = load_open(loader, blob.path, err);
        if (blob.fd < 0)
            return err->kind == ERR_NOT_FOUND ? 0 : -1;
        if (fstat(blob.fd, &st) == 0)
            blob.size = (uint64_t)st.st_size; // it was asked for its type a moment ago
    }
    *out = known != NULL ? known : load_add(loader, &blob);
    if ((*out)->size != descriptor->size)
        return fail(err, ERR_INVALID, "blob %s has %ju bytes, the archive's documents say %ju",
                    descriptor->digest, (uintmax_t)(*out)->size, (uintmax_t)descriptor->size);
    return 1;
}

int load_verify(struct blob *blob, struct err *err)
{
    char found[SHA256_HEX + 1];
    if (load_hash(blob->fd, found, err) < 0)
        return -1;
    if (strcmp(found, blob->hex) != 0)
        return fail(err, ERR_INVALID,
                    "blob sha256:%s of the archive is damaged: its bytes have the digest sha256:%s",
                    blob->hex, found);
    blob->is_verified = true;
    return 0;
}

int load_document(struct loader *loader, const struct descriptor *descriptor, struct buf *out,
                  struct err *err)
{
    struct blob *blob;
    buf_init(out, DOCUMENT_MAX);
    if (descriptor->size > DOCUMENT_MAX)
        return fail(err, ERR_INVALID, "document %s is larger than %d bytes", descriptor->digest,
                    DOCUMENT_MAX);
    int there = load_find(loader, descriptor, &blob, err);
    if (there <= 0)
        return there;
    if (blob->is_here)
        return content_read(loader->store->root, blob->hex, out, err) < 0 ? -1 : 1;
    if (lseek(blob->fd, 0, SEEK_SET) < 0)
        return fail_sys(err, "read document %s", descriptor->digest);
    if (load_verify(blob, err) < 0 || file_read_fd(blob->fd, descriptor->digest, out, err) < 0)
        return -1;
    return 1;
}

int load_layer(struct loader *loader, const struct blob *blob, const char *chain_id,
               const char *diff_id, struct err *err)
{
    int there = layer_find(loader->store->root, chain_id, err);
    if (there < 0)
        return -1;
    for (size_t i = 0; i < loader->n_jobs && there == 0; i++)
        there = strcmp(loader->chain_ids[i], chain_id) == 0;
    if (there > 0)
        return 0;
    // Opened anew: two layers may be the same blob, and each unpacker reads at its own pace.
    int fd = blob->path != NULL ? load_open(loader, blob->path, err)
                                : content_open(loader->store->root, blob->hex, err);
    if (fd < 0)
        return -1;
    if (loader->n_jobs == loader->jobs_room) {
        size_t room = loader->jobs_room = loader->jobs_room * 2 + 32;
        loader->jobs = xreallocarray(loader->jobs, room, sizeof *loader->jobs);
        loader->chain_ids = xreallocarray(loader->chain_ids, room, sizeof *loader->chain_ids);
    }
    loader->jobs[loader->n_jobs] = (struct unpack_job){.blob = fd,
                                                       .follow = -1,
                                                       .child = CHILD_NONE,
                                                       .digest = blob->hex,
                                                       .size = blob->size,
                                                       .diff_id = diff_id};
    loader->chain_ids[loader->n_jobs++] = chain_id;
    return 0;
}

struct target *load_target(struct loader *loader, const char *id, const char *media_type)
{
    for (struct target *it = loader->targets; it != NULL; it = it->next) {
        if (strcmp(it->id, id) == 0)
            return it;
    }
    struct target *target = arena_new(loader->arena, struct target);
    target->id = id;
    target->media_type = media_type;
    *loader->last_target = target;
    loader->last_target = &target->next;
    loader->n_targets++;
    return target;
}
