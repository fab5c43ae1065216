// SPDX-License-Identifier: Apache-2.0
// pack.c — libarchive writes the headers (pax, so that sizes have no limit), we the content.
#include "archive/pack.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"
#include "json/bind.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { STEP = 256 * 1024 };

static const struct json_field entry_fields[] = {
    JSON_FIELD(struct pack_entry, path, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct pack_entry, text, JSON_OPTIONAL),
    JSON_FIELD(struct pack_entry, blob, JSON_OPTIONAL),
    JSON_FIELD(struct pack_entry, size, JSON_OPTIONAL),
    {},
};
const struct json_field pack_plan_fields[] = {
    JSON_LIST(struct pack_plan, entries, entry_fields, JSON_REQUIRED),
    {},
};

struct packer {
    struct archive *tar;
    struct archive_entry *entry;
    int blobs;
    char *step;
};

static int fail_archive(const struct packer *packer, struct err *err)
{
    int sys = archive_errno(packer->tar);
    if (sys == EPIPE)
        return fail(err, ERR_UNAVAILABLE, "write the archive: the reader has hung up");
    if (sys > 0) { // its own text is "Write error"
        errno = sys;
        return fail_sys(err, "write the archive");
    }
    const char *text = archive_error_string(packer->tar);
    return fail(err, ERR_SYSTEM, "write the archive: %s", text != NULL ? text : "failed");
}

static int write_header(const struct packer *packer, const struct pack_entry *it, uint64_t size,
                        struct err *err)
{
    bool is_dir = it->path[strlen(it->path) - 1] == '/';
    archive_entry_clear(packer->entry);
    archive_entry_set_pathname(packer->entry, it->path);
    archive_entry_set_filetype(packer->entry, is_dir ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(packer->entry, is_dir ? 0755 : 0644);
    archive_entry_set_size(packer->entry, (la_int64_t)size);
    archive_entry_set_mtime(packer->entry, 0, 0);
    return archive_write_header(packer->tar, packer->entry) == ARCHIVE_OK
               ? 0
               : fail_archive(packer, err);
}

static int write_bytes(const struct packer *packer, const char *bytes, size_t n, struct err *err)
{
    while (n != 0) {
        la_ssize_t written = archive_write_data(packer->tar, bytes, n);
        if (written <= 0)
            return fail_archive(packer, err);
        bytes += written;
        n -= (size_t)written;
    }
    return 0;
}

static int write_blob(const struct packer *packer, const struct pack_entry *it, struct err *err)
{
    AUTO_FD int fd = openat(packer->blobs, it->blob, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return fail(err, ERR_NOT_FOUND, "blob sha256:%s is not there", it->blob);
    if (fd < 0)
        return fail_sys(err, "open blob sha256:%s", it->blob);
    if (write_header(packer, it, it->size, err) < 0)
        return -1;
    struct sha256 hash;
    sha256_init(&hash);
    uint64_t total = 0;
    for (;;) {
        ssize_t n = read(fd, packer->step, STEP);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_sys(err, "read blob sha256:%s", it->blob);
        total += (uint64_t)n;
        if (n == 0 || total > it->size)
            break;
        sha256_add(&hash, packer->step, (size_t)n);
        if (write_bytes(packer, packer->step, (size_t)n, err) < 0)
            return -1;
    }
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX + 1];
    sha256_end(&hash, digest);
    sha256_hex(digest, hex);
    if (total != it->size || strcmp(hex, it->blob) != 0)
        return fail(err, ERR_SYSTEM,
                    "blob sha256:%s is damaged: its %ju bytes have the digest sha256:%s; "
                    "'dhow system check --repair' helps",
                    it->blob, (uintmax_t)total, hex);
    return 0;
}

static int write_entry(const struct packer *packer, const struct pack_entry *it, struct err *err)
{
    if (it->blob != NULL) {
        size_t n = strspn(it->blob, "0123456789abcdef");
        if (n != SHA256_HEX || it->blob[n] != '\0')
            return fail(err, ERR_INVALID, "invalid digest \"%.100s\"", it->blob);
        return write_blob(packer, it, err);
    }
    size_t n = it->text != NULL ? strlen(it->text) : 0;
    if (write_header(packer, it, n, err) < 0)
        return -1;
    return n != 0 ? write_bytes(packer, it->text, n, err) : 0;
}

static int write_all_entries(const struct packer *packer, const struct pack_plan *plan, int out,
                             struct err *err)
{
    if (packer->tar == NULL || packer->entry == NULL)
        return fail(err, ERR_SYSTEM, "no memory for writing the archive");
    if (archive_write_set_format_pax_restricted(packer->tar) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(packer->tar, STEP) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(packer->tar, 1) != ARCHIVE_OK ||
        archive_write_open_fd(packer->tar, out) != ARCHIVE_OK)
        return fail_archive(packer, err);
    for (size_t i = 0; i < plan->n_entries; i++) {
        if (write_entry(packer, &plan->entries[i], err) < 0)
            return -1;
    }
    return archive_write_close(packer->tar) == ARCHIVE_OK ? 0 : fail_archive(packer, err);
}

int pack(const struct pack_plan *plan, int blobs, int out, struct err *err)
{
    AUTO_FREE char *step = xmalloc(STEP);
    const struct packer packer = {archive_write_new(), archive_entry_new(), blobs, step};
    int result = write_all_entries(&packer, plan, out, err);
    if (result < 0 && packer.tar != NULL)
        (void)archive_write_fail(packer.tar); // so that freeing it does not write an end
    (void)archive_write_free(packer.tar);
    archive_entry_free(packer.entry);
    return result;
}
