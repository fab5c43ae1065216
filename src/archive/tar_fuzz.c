// SPDX-License-Identifier: Apache-2.0
// tar_fuzz.c — any bytes as a tar, in pieces of any size: entries within the limits, or a refusal;
// and the same whatever the pieces are.
//
// The first byte is the size of the pieces. Checksums are put right, or nothing behind the first
// header would ever be reached.
#include "archive/tar.h"
#include "archive/tar_header.h"
#include "base/mem.h"
#include "base/sha256.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { CHECKSUM_AT = 148, CHECKSUM_N = 8 };

struct feed {
    const uint8_t *at;
    size_t n, piece;
};

static ssize_t next_piece(void *from, const uint8_t **out, struct err *)
{
    struct feed *feed = from;
    size_t n = feed->n < feed->piece ? feed->n : feed->piece;
    *out = feed->at;
    feed->at += n;
    feed->n -= n;
    return (ssize_t)n;
}

static void put_checksums_right(uint8_t *bytes, size_t n)
{
    for (uint8_t *block = bytes; (size_t)(block - bytes) + TAR_BLOCK_BYTES <= n;
         block += TAR_BLOCK_BYTES) {
        unsigned sum = 0;
        if (block[CHECKSUM_AT] != '0') // content has none
            continue;
        memset(block + CHECKSUM_AT, ' ', CHECKSUM_N);
        for (int i = 0; i < TAR_BLOCK_BYTES; i++)
            sum += block[i];
        (void)snprintf((char *)block + CHECKSUM_AT, CHECKSUM_N, "%06o", sum);
    }
}

static uint64_t read_content(struct tar *tar, const struct tar_entry *entry, struct sha256 *hash,
                             bool *out_failed)
{
    uint64_t sum = 0, end = 0, offset;
    const uint8_t *at;
    struct err err;
    ssize_t n;
    while ((n = tar_data(tar, &at, &offset, &err)) > 0) {
        assert(offset >= end && offset + (uint64_t)n <= entry->size);
        end = offset + (uint64_t)n;
        sum += (uint64_t)n;
        sha256_add(hash, at, (size_t)n);
    }
    *out_failed = n < 0;
    return sum;
}

// The digest of all that was found, and of why it ended.
static void read_all(const uint8_t *bytes, size_t n, size_t piece, uint8_t digest[SHA256_BYTES])
{
    struct feed feed = {bytes, n, piece};
    struct tar *tar = tar_new(next_piece, &feed);
    struct tar_entry entry;
    struct err err = {};
    struct sha256 hash;
    bool has_failed = false;
    uint64_t total = 0;
    int more = 0;
    sha256_init(&hash);
    while (!has_failed && (more = tar_next(tar, &entry, &err)) > 0) {
        assert(*entry.name != '\0' && entry.uid <= TAR_ID_MAX && entry.gid <= TAR_ID_MAX);
        assert(entry.mode <= 07777 && entry.n_xattrs <= TAR_XATTRS_MAX);
        assert(entry.mtime.tv_nsec >= 0 && entry.mtime.tv_nsec < 1'000'000'000);
        sha256_add(&hash, entry.name, strlen(entry.name));
        sha256_add(&hash, entry.link, strlen(entry.link));
        sha256_add(&hash, &entry.size, sizeof entry.size);
        for (size_t i = 0; i < entry.n_xattrs; i++)
            sha256_add(&hash, entry.xattrs[i].value, entry.xattrs[i].n);
        if (entry.type == TAR_FILE)
            total += read_content(tar, &entry, &hash, &has_failed);
    }
    assert(total <= n);
    assert(more >= 0 || err.kind == ERR_INVALID);
    sha256_add(&hash, err.text, strlen(err.text));
    sha256_end(&hash, digest);
    tar_free(tar);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    uint8_t whole[SHA256_BYTES], pieces[SHA256_BYTES];
    if (n < 2)
        return 0;
    AUTO_FREE uint8_t *copy = xmalloc(n - 1);
    memcpy(copy, bytes + 1, n - 1);
    put_checksums_right(copy, n - 1);
    read_all(copy, n - 1, n, whole);
    read_all(copy, n - 1, (size_t)bytes[0] * 3 + 1, pieces);
    assert(memcmp(whole, pieces, sizeof whole) == 0);
    return 0;
}
