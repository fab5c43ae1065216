// SPDX-License-Identifier: Apache-2.0
// tar_pax.h — inside archive/: the records of a PAX extended header (POSIX.1-2017 pax).
#pragma once
#include "archive/tar.h"

#include <stdbool.h>

enum pax_record { // those that mean something; bits of `seen`
    PAX_PATH,
    PAX_LINK,
    PAX_SIZE,
    PAX_UID,
    PAX_GID,
    PAX_MTIME,
    PAX_XATTR,
    PAX_FOREIGN, // that some readers obey and others do not
    // Of sparse files:
    PAX_SPARSE_MAJOR,
    PAX_SPARSE_MINOR,
    PAX_SPARSE_NAME,
    PAX_SPARSE_SIZE,
    PAX_SPARSE_REAL_SIZE,
    PAX_SPARSE_PIECES,
    PAX_SPARSE_MAP,
    PAX_RECORDS,
};

struct pax {
    uint32_t seen; // 1 << enum pax_record
    const char *path, *link, *sparse_name;
    uint64_t size, uid, gid, sparse_major, sparse_minor, sparse_size, n_pieces;
    struct timespec mtime;
    const char *map; // of version 0.1: "offset,bytes,offset,bytes"
    struct tar_xattr xattrs[TAR_XATTRS_MAX];
    size_t n_xattrs;
};

static inline bool pax_has(const struct pax *pax, enum pax_record record)
{
    return (pax->seen >> record & 1) != 0;
}
static inline bool tar_is_sparse(const struct pax *pax)
{
    return pax->seen >> PAX_SPARSE_MAJOR != 0;
}
// Reads records; `text` is changed and must outlive `pax`.
[[nodiscard]] int pax_parse(struct pax *pax, char *text, size_t n, struct err *err);
