// SPDX-License-Identifier: Apache-2.0
// source.c — two libarchive readers behind each other: one decompresses, the other reads tar.
//
// The seam between them is where the plain bytes are hashed (the layer's diff id) and counted (the
// limits on size and on the ratio to what came in).
#include "archive/source.h"

#include "archive/unpack.h"
#include "base/mem.h"

#include <archive_entry.h>
#include <string.h>

enum { BLOCK = 256 * 1024 };

static const struct {
    int code;
    const char *name;
} compressions[] = {
    {ARCHIVE_FILTER_NONE, "none"},
    {ARCHIVE_FILTER_GZIP, "gzip"},
    {ARCHIVE_FILTER_ZSTD, "zstd"},
    {ARCHIVE_FILTER_XZ, "xz"},
};

static int check_limits(struct source *source)
{
    if (source->n_bytes > source->max_bytes)
        return fail(&source->err, ERR_INVALID, "the archive is larger than %ju bytes",
                    (uintmax_t)source->max_bytes);
    int64_t packed = archive_filter_bytes(source->plain, -1);
    if (source->n_bytes > UNPACK_RATIO_FREE && packed >= 0 &&
        source->n_bytes / UNPACK_RATIO_MAX > (uint64_t)packed)
        return fail(&source->err, ERR_INVALID,
                    "the archive is a bomb: %jd bytes become more than %ju", (intmax_t)packed,
                    (uintmax_t)source->n_bytes);
    return 0;
}

// The tar reader asks for the next block of plain bytes.
static la_ssize_t read_plain(struct archive *tar, void *data, const void **out)
{
    struct source *source = data;
    size_t n = 0;
    la_int64_t offset;
    if (source->is_empty)
        return 0;
    int result = archive_read_data_block(source->plain, out, &n, &offset);
    if (result == ARCHIVE_EOF)
        return 0;
    if (result < ARCHIVE_OK) { // a warning, too: bytes after a checksum that is wrong
        if (source->err.kind == ERR_NONE)
            (void)fail(&source->err, ERR_INVALID, "%s", archive_error_string(source->plain));
        archive_set_error(tar, -1, "%s", source->err.text);
        return ARCHIVE_FATAL;
    }
    sha256_add(&source->hash, *out, n);
    source->n_bytes += n;
    if (check_limits(source) < 0) {
        archive_set_error(tar, -1, "%s", source->err.text);
        return ARCHIVE_FATAL;
    }
    return (la_ssize_t)n;
}

static la_ssize_t read_packed(struct archive *plain, void *data, const void **out)
{
    struct source *source = data;
    ssize_t n = input_read(&source->input, source->block, BLOCK, &source->err);
    if (n < 0)
        archive_set_error(plain, -1, "%s", source->err.text);
    *out = source->block;
    return n < 0 ? ARCHIVE_FATAL : n;
}

static int open_fail(const struct source *source, struct err *err)
{
    if (source->err.kind != ERR_NONE)
        return source_fail(source, "read the archive", err);
    return fail(err, ERR_INVALID, "read the archive: %s", archive_error_string(source->plain));
}

int source_open(struct source *source, uint64_t max_bytes, struct err *err)
{
    source->max_bytes = max_bytes;
    source->block = xmalloc(BLOCK);
    sha256_init(&source->hash);
    source->plain = archive_read_new();
    source->tar = archive_read_new();
    if (source->plain == NULL || source->tar == NULL)
        return fail(err, ERR_SYSTEM, "no memory for reading the archive");
    if (archive_read_support_filter_gzip(source->plain) < ARCHIVE_WARN ||
        archive_read_support_filter_zstd(source->plain) < ARCHIVE_WARN ||
        archive_read_support_filter_xz(source->plain) < ARCHIVE_WARN ||
        archive_read_support_format_raw(source->plain) != ARCHIVE_OK ||
        archive_read_support_format_empty(source->plain) != ARCHIVE_OK ||
        archive_read_support_format_tar(source->tar) != ARCHIVE_OK)
        return fail(err, ERR_SYSTEM, "libarchive: %s", archive_error_string(source->plain));
    struct archive_entry *stream;
    if (archive_read_open(source->plain, source, NULL, read_packed, NULL) != ARCHIVE_OK)
        return open_fail(source, err);
    int first = archive_read_next_header(source->plain, &stream);
    source->is_empty = first == ARCHIVE_EOF;
    if (first < ARCHIVE_WARN)
        return open_fail(source, err);
    if (archive_read_open(source->tar, source, NULL, read_plain, NULL) != ARCHIVE_OK)
        return source_fail(source, "read the archive", err);
    return 0;
}

void source_done(struct source *source)
{
    (void)archive_read_free(source->tar); // NULL-safe; nothing is written through it
    (void)archive_read_free(source->plain);
    free(source->block);
}

int source_finish(struct source *source, struct err *err)
{
    const void *ignored;
    la_ssize_t n;
    while ((n = read_plain(source->tar, source, &ignored)) > 0)
        ;
    if (n < 0)
        return source_fail(source, "read the archive's end", err);
    ssize_t rest = input_read(&source->input, source->block, BLOCK, err);
    if (rest > 0)
        return fail(err, ERR_INVALID, "there are bytes behind the archive's end");
    return rest < 0 ? -1 : 0;
}

int source_fail(const struct source *source, const char *what, struct err *err)
{
    if (source->err.kind != ERR_NONE)
        return fail(err, source->err.kind, "%s: %s", what, source->err.text);
    const char *text = archive_error_string(source->tar);
    return fail(err, ERR_INVALID, "%s: %s", what, text != NULL ? text : "not a tar archive");
}

const char *source_compression(const struct source *source)
{
    int code = archive_filter_code(source->plain, 0);
    for (size_t i = 0; i < sizeof compressions / sizeof *compressions; i++) {
        if (compressions[i].code == code)
            return compressions[i].name;
    }
    return "none";
}
