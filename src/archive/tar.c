// SPDX-License-Identifier: Apache-2.0
// tar.c — from one header to the next.
//
//     [ 'x': PAX records | 'L': long name | 'K': long link ]*  header  content, padded to 512  …
//
// What stands before a header is for that entry only. Global PAX records ('g') are accepted when
// they say nothing (git writes a comment). Refused are an archive that ends anywhere but between
// entries, a size that is said in two ways, a type with content that has none, and two
// extensions that say the same: a reader that takes the other one is out of step from there on.
#include "archive/tar_reader.h"
#include "base/mem.h"

#include <string.h>

#define USTAR_SIZE_MAX UINT64_C(077777777777)

static const struct {
    char flag;
    enum tar_type type;
} types[] = {
    {'0', TAR_FILE},      {'\0', TAR_FILE},   {'7', TAR_FILE}, {'S', TAR_FILE},
    {'1', TAR_HARDLINK},  {'2', TAR_SYMLINK}, {'3', TAR_CHAR}, {'4', TAR_BLOCK},
    {'5', TAR_DIRECTORY}, {'6', TAR_FIFO},
};

struct tar *tar_new(tar_read *read, void *from)
{
    struct tar *tar = xcalloc(1, sizeof *tar);
    tar->read = read;
    tar->from = from;
    return tar;
}

void tar_free(struct tar *tar)
{
    if (tar == NULL)
        return;
    arena_done(&tar->arena);
    free(tar->pieces);
    free(tar);
}

// --- bytes

// 1: there are some; 0: the archive has ended.
static int refill(struct tar *tar, struct err *err)
{
    if (tar->n != 0)
        return 1;
    ssize_t n = tar->read(tar->from, &tar->at, err);
    if (n < 0)
        return -1;
    tar->n = (size_t)n;
    return n > 0;
}

static int refill_inside(struct tar *tar, struct err *err)
{
    int more = refill(tar, err);
    return more == 0 ? fail(err, ERR_INVALID, "the archive ends in the middle of an entry") : more;
}

// Up to `max` bytes, borrowed; more than 0.
static ssize_t take(struct tar *tar, uint64_t max, const uint8_t **out, struct err *err)
{
    if (refill_inside(tar, err) < 0)
        return -1;
    size_t n = max < tar->n ? (size_t)max : tar->n;
    *out = tar->at;
    tar->at += n;
    tar->n -= n;
    return (ssize_t)n;
}

static int copy(struct tar *tar, uint8_t *to, size_t n, struct err *err)
{
    while (n != 0) {
        const uint8_t *part;
        ssize_t taken = take(tar, n, &part, err);
        if (taken < 0)
            return -1;
        memcpy(to, part, (size_t)taken);
        to += taken;
        n -= (size_t)taken;
    }
    return 0;
}

int tar_take_block(struct tar *tar, uint8_t block[TAR_BLOCK_BYTES], struct err *err)
{
    int more = refill(tar, err);
    if (more <= 0)
        return more;
    return copy(tar, block, TAR_BLOCK_BYTES, err) < 0 ? -1 : 1;
}

static int skip(struct tar *tar, uint64_t n, struct err *err)
{
    while (n != 0) {
        const uint8_t *ignored;
        ssize_t taken = take(tar, n, &ignored, err);
        if (taken < 0)
            return -1;
        n -= (uint64_t)taken;
    }
    return 0;
}

static unsigned padding_of(uint64_t size)
{
    return (unsigned)(-size % TAR_BLOCK_BYTES);
}

// --- what stands before an entry

static int read_extension(struct tar *tar, const char *what, char **out, size_t *out_n,
                          struct err *err)
{
    uint64_t size;
    struct tar_entry ignored = {.type = TAR_FILE};
    if (tar_header_size(tar->block, &size, err) < 0 ||
        tar_header_names(tar->block, tar->name, tar->link, err) < 0 ||
        tar_header_facts(tar->block, &ignored, err) < 0) // some readers look at all of it
        return -1;
    if (size > TAR_EXTENSION_MAX)
        return fail(err, ERR_INVALID, "%s of %ju bytes, which is too much", what, (uintmax_t)size);
    size_t length = (size_t)size, padded = length + padding_of(size);
    char *text = arena_alloc(&tar->arena, padded + 1);
    if (copy(tar, (uint8_t *)text, padded, err) < 0)
        return -1;
    for (size_t i = length; i < padded; i++) {
        if (text[i] != '\0') // Python reads that, too
            return fail(err, ERR_INVALID, "%s with more behind its end", what);
    }
    *out = text;
    *out_n = length;
    return 0;
}

static int take_pax(struct tar *tar, struct err *err)
{
    size_t n;
    if (tar->pax_text != NULL)
        return fail(err, ERR_INVALID, "two PAX headers before one entry");
    if (read_extension(tar, "a PAX header", &tar->pax_text, &n, err) < 0)
        return -1;
    return pax_parse(&tar->pax, tar->pax_text, n, err);
}

static int take_global(struct tar *tar, struct err *err)
{
    char *text;
    size_t n;
    if (tar->pax_text != NULL || tar->long_name != NULL || tar->long_link != NULL)
        return fail(err, ERR_INVALID, "a global PAX header between an entry and its own");
    if (read_extension(tar, "a PAX header", &text, &n, err) < 0 ||
        pax_parse(&tar->pax, text, n, err) < 0)
        return -1;
    if (tar->pax.seen != 0)
        return fail(err, ERR_INVALID, "a global PAX header that changes all entries");
    arena_done(&tar->arena);
    return 0;
}

static int take_long(struct tar *tar, const char **out, struct err *err)
{
    char *text;
    size_t n;
    if (*out != NULL)
        return fail(err, ERR_INVALID, "two long names for one entry");
    if (read_extension(tar, "a long name", &text, &n, err) < 0)
        return -1;
    // It ends with a NUL, or readers cut it differently; what is behind one would be a name to
    // some.
    size_t length = strlen(text);
    if (length == 0 || length == n)
        return fail(err, ERR_INVALID, "a long name that is empty or does not end");
    for (size_t i = length; i < n; i++) {
        if (text[i] != '\0')
            return fail(err, ERR_INVALID, "a long name with a NUL inside");
    }
    *out = text;
    return 0;
}

static int take_long_name(struct tar *tar, struct err *err)
{
    return take_long(tar, &tar->long_name, err);
}

static int take_long_link(struct tar *tar, struct err *err)
{
    return take_long(tar, &tar->long_link, err);
}

static const struct {
    char flag;
    int (*take)(struct tar *tar, struct err *err);
} extensions[] = {
    {'x', take_pax},
    {'g', take_global},
    {'L', take_long_name},
    {'K', take_long_link},
};

static void forget_extensions(struct tar *tar)
{
    arena_done(&tar->arena);
    tar->pax_text = NULL;
    tar->long_name = tar->long_link = NULL;
    struct pax *pax = &tar->pax; // not all of it: it is large
    pax->seen = 0;
    pax->n_xattrs = 0;
    pax->sparse_major = pax->sparse_minor = pax->n_pieces = 0;
}

// --- the entry

static int find_type(const struct tar *tar, enum tar_type *out, struct err *err)
{
    char flag = tar_header_flag(tar->block);
    size_t i = 0;
    while (i < N_ELEMENTS(types) && types[i].flag != flag)
        i++;
    if (i == N_ELEMENTS(types))
        return fail(err, ERR_INVALID, "its type '%c' (%#x) is not supported",
                    flag >= ' ' && flag <= '~' ? flag : '?', (unsigned char)flag);
    *out = types[i].type;
    return 0;
}

// CVE-2025-62518: who takes the header's size where the PAX record's holds reads the content as
// headers. Only a size that the header cannot express is in the record alone; then the header
// says 0.
static int find_size(const struct tar *tar, uint64_t *out, struct err *err)
{
    uint64_t size;
    if (tar_header_size(tar->block, &size, err) < 0)
        return -1;
    if (!pax_has(&tar->pax, PAX_SIZE) || tar->pax.size == size) {
        *out = size;
        return 0;
    }
    if (tar->pax.size <= USTAR_SIZE_MAX || size != 0)
        return fail(err, ERR_INVALID, "its size is %ju and %ju at the same time", (uintmax_t)size,
                    (uintmax_t)tar->pax.size);
    *out = tar->pax.size;
    return 0;
}

static int find_names(struct tar *tar, struct tar_entry *out, struct err *err)
{
    const struct pax *pax = &tar->pax;
    if (tar_header_names(tar->block, tar->name, tar->link, err) < 0)
        return -1;
    if ((tar->long_name != NULL && (pax_has(pax, PAX_PATH) || pax_has(pax, PAX_SPARSE_NAME))) ||
        (tar->long_link != NULL && pax_has(pax, PAX_LINK)))
        return fail(err, ERR_INVALID, "two long names for one entry");
    out->name = tar->long_name != NULL          ? tar->long_name
                : pax_has(pax, PAX_SPARSE_NAME) ? pax->sparse_name
                : pax_has(pax, PAX_PATH)        ? pax->path
                                                : tar->name;
    out->link = tar->long_link != NULL   ? tar->long_link
                : pax_has(pax, PAX_LINK) ? pax->link
                                         : tar->link;
    bool is_link = out->type == TAR_HARDLINK || out->type == TAR_SYMLINK;
    if (*out->name == '\0' || (is_link && *out->link == '\0'))
        return fail(err, ERR_INVALID, "an entry without a name, or a link to none");
    return 0;
}

static bool ends_with_slash(const char *name)
{
    size_t n = strlen(name);
    return n != 0 && name[n - 1] == '/';
}

// A directory may be a file whose name ends in a slash (v7 has no other way). Newer headers do
// not need that, and readers differ, also on which name counts when there is a long one.
static int find_directory(const struct tar *tar, struct tar_entry *out, struct err *err)
{
    char flag = tar_header_flag(tar->block);
    bool has_slash = ends_with_slash(out->name);
    if (out->type != TAR_FILE || (!has_slash && (flag != '\0' || !ends_with_slash(tar->name))))
        return 0;
    if (flag != '\0' || has_slash != ends_with_slash(tar->name))
        return fail(err, ERR_INVALID, "a file whose name ends with a slash");
    out->type = TAR_DIRECTORY;
    return 0;
}

static int apply_pax(const struct pax *pax, struct tar_entry *out, struct err *err)
{
    if (pax_has(pax, PAX_MTIME))
        out->mtime = pax->mtime;
    if ((pax_has(pax, PAX_UID) && pax->uid > TAR_ID_MAX) ||
        (pax_has(pax, PAX_GID) && pax->gid > TAR_ID_MAX))
        return fail(err, ERR_INVALID, "its owner %ju:%ju is out of range", (uintmax_t)pax->uid,
                    (uintmax_t)pax->gid);
    if (pax_has(pax, PAX_UID))
        out->uid = (uint32_t)pax->uid;
    if (pax_has(pax, PAX_GID))
        out->gid = (uint32_t)pax->gid;
    out->xattrs = pax->xattrs;
    out->n_xattrs = pax->n_xattrs;
    return 0;
}

static int read_entry(struct tar *tar, struct tar_entry *entry, struct err *err)
{
    if (find_size(tar, &entry->size, err) < 0 || find_directory(tar, entry, err) < 0 ||
        tar_header_facts(tar->block, entry, err) < 0 || apply_pax(&tar->pax, entry, err) < 0)
        return -1;
    tar->left = entry->size;
    tar->padding = padding_of(entry->size);
    tar->piece = tar->n_pieces = 0;
    tar->piece_done = 0;
    if (entry->type == TAR_FILE)
        return tar_read_pieces(tar, &entry->size, err);
    if (entry->size != 0)
        return fail(err, ERR_INVALID, "it has content, and its type has none");
    if (tar_is_sparse(&tar->pax))
        return fail(err, ERR_INVALID, "it has holes, and its type has no content");
    return 0;
}

// 0 at the end: two blocks of zeros, or nothing more.
static int next_header(struct tar *tar, struct err *err)
{
    int more = tar_take_block(tar, tar->block, err);
    if (more <= 0)
        return more;
    if (!tar_block_is_zero(tar->block))
        return tar_header_check_sum(tar->block, err) < 0 ? -1 : 1;
    more = tar_take_block(tar, tar->block, err);
    if (more > 0 && !tar_block_is_zero(tar->block))
        return fail(err, ERR_INVALID, "a single block of zeros among the entries");
    return more < 0 ? -1 : 0;
}

// 1: it was one, and is taken in; 0: it is the entry's own header.
static int take_extension(struct tar *tar, struct err *err)
{
    char flag = tar_header_flag(tar->block);
    for (size_t i = 0; i < N_ELEMENTS(extensions); i++) {
        if (extensions[i].flag == flag)
            return extensions[i].take(tar, err) < 0 ? -1 : 1;
    }
    return 0;
}

int tar_next(struct tar *tar, struct tar_entry *out, struct err *err)
{
    if (skip(tar, tar->left, err) < 0 || skip(tar, tar->padding, err) < 0)
        return -1;
    tar->left = tar->padding = 0;
    forget_extensions(tar);
    int more, is_extension;
    do {
        more = next_header(tar, err);
        if (more < 0)
            return -1;
        is_extension = more > 0 ? take_extension(tar, err) : 0;
    } while (is_extension > 0);
    if (is_extension < 0)
        return -1;
    if (more == 0 && (tar->pax_text != NULL || tar->long_name != NULL || tar->long_link != NULL))
        return fail(err, ERR_INVALID, "the archive ends before the entry that it announced");
    if (more == 0)
        return 0;
    struct tar_entry entry = {};
    if (find_type(tar, &entry.type, err) < 0 || find_names(tar, &entry, err) < 0)
        return -1;
    if (read_entry(tar, &entry, err) < 0)
        return fail_in(err, "entry \"%.200s\"", entry.name);
    *out = entry;
    return 1;
}

ssize_t tar_data(struct tar *tar, const uint8_t **out, uint64_t *out_offset, struct err *err)
{
    while (tar->piece < tar->n_pieces && tar->pieces[tar->piece].n == tar->piece_done) {
        tar->piece++;
        tar->piece_done = 0;
    }
    if (tar->piece == tar->n_pieces)
        return 0;
    const struct tar_piece *piece = &tar->pieces[tar->piece];
    ssize_t n = take(tar, piece->n - tar->piece_done, out, err);
    if (n < 0)
        return -1;
    *out_offset = piece->at + tar->piece_done;
    tar->piece_done += (uint64_t)n;
    tar->left -= (uint64_t)n;
    return n;
}
