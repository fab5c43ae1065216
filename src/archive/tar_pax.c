// SPDX-License-Identifier: Apache-2.0
// tar_pax.c — "LENGTH KEY=VALUE\n", again and again.
//
// A record that means something may occur once: readers do not agree on which of two holds.
#include "archive/tar_pax.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>

struct record {
    const char *key;
    struct str value; // NUL behind it
};
typedef int take_record(struct pax *pax, const struct record *record, struct err *err);
static take_record take_path, take_link, take_sparse_name, take_map, take_mtime;
static take_record take_xattr, take_number, refuse;

enum { REPEATS = 1, IS_PREFIX = 2 };
static const struct rule {
    const char *key;
    enum pax_record record;
    int flags;
    take_record *take;
    size_t at; // where a number goes
} rules[] = {
    {"path", PAX_PATH, 0, take_path, 0},
    {"linkpath", PAX_LINK, 0, take_link, 0},
    {"size", PAX_SIZE, 0, take_number, offsetof(struct pax, size)},
    {"uid", PAX_UID, 0, take_number, offsetof(struct pax, uid)},
    {"gid", PAX_GID, 0, take_number, offsetof(struct pax, gid)},
    {"mtime", PAX_MTIME, 0, take_mtime, 0},
    {"SCHILY.devmajor", PAX_FOREIGN, 0, refuse, 0},
    {"SCHILY.devminor", PAX_FOREIGN, 0, refuse, 0},
    {"SCHILY.filetype", PAX_FOREIGN, 0, refuse, 0},
    {"SCHILY.realsize", PAX_FOREIGN, 0, refuse, 0},
    {"SUN.holesdata", PAX_FOREIGN, 0, refuse, 0},
    {"GNU.sparse.major", PAX_SPARSE_MAJOR, 0, take_number, offsetof(struct pax, sparse_major)},
    {"GNU.sparse.minor", PAX_SPARSE_MINOR, 0, take_number, offsetof(struct pax, sparse_minor)},
    {"GNU.sparse.name", PAX_SPARSE_NAME, 0, take_sparse_name, 0},
    {"GNU.sparse.size", PAX_SPARSE_SIZE, 0, take_number, offsetof(struct pax, sparse_size)},
    {"GNU.sparse.realsize", PAX_SPARSE_REAL_SIZE, 0, take_number,
     offsetof(struct pax, sparse_size)},
    {"GNU.sparse.numblocks", PAX_SPARSE_PIECES, 0, take_number, offsetof(struct pax, n_pieces)},
    {"GNU.sparse.offset", PAX_FOREIGN, 0, refuse, 0}, // version 0.0, of 2004: libarchive is lost
    {"GNU.sparse.numbytes", PAX_FOREIGN, 0, refuse, 0},
    {"GNU.sparse.map", PAX_SPARSE_MAP, 0, take_map, 0},
    {"SCHILY.xattr.", PAX_XATTR, REPEATS | IS_PREFIX, take_xattr, 0},
};

static int take_text(const char **out, const struct record *record, struct err *err)
{
    if (record->value.n == 0 || memchr(record->value.at, '\0', record->value.n) != NULL)
        return fail(err, ERR_INVALID, "the PAX record %s is empty or has a NUL", record->key);
    *out = record->value.at;
    return 0;
}

static int take_path(struct pax *pax, const struct record *record, struct err *err)
{
    return take_text(&pax->path, record, err);
}

static int take_link(struct pax *pax, const struct record *record, struct err *err)
{
    return take_text(&pax->link, record, err);
}

static int take_sparse_name(struct pax *pax, const struct record *record, struct err *err)
{
    return take_text(&pax->sparse_name, record, err);
}

static int take_map(struct pax *pax, const struct record *record, struct err *err)
{
    return take_text(&pax->map, record, err);
}

static int refuse(struct pax *, const struct record *record, struct err *err)
{
    return fail(err, ERR_INVALID, "the PAX record %s is not supported", record->key);
}

static const struct rule *rule_for(const char *key)
{
    for (size_t i = 0; i < N_ELEMENTS(rules); i++) {
        const struct rule *rule = &rules[i];
        if ((rule->flags & IS_PREFIX) != 0 ? text_starts(key, rule->key)
                                           : strcmp(key, rule->key) == 0)
            return rule;
    }
    return NULL;
}

static int take_number(struct pax *pax, const struct record *record, struct err *err)
{
    uint64_t value;
    if (!str_to_u64(record->value, &value) || value > INT64_MAX)
        return fail(err, ERR_INVALID, "the PAX record %s=%.40s is no number, or out of range",
                    record->key, record->value.at);
    memcpy((char *)pax + rule_for(record->key)->at, &value, sizeof value);
    return 0;
}

// "-1.5": seconds, perhaps below zero, perhaps with a fraction of which nine digits count.
static int take_mtime(struct pax *pax, const struct record *record, struct err *err)
{
    struct str rest = record->value;
    bool is_negative = rest.n != 0 && *rest.at == '-';
    rest.at += is_negative;
    rest.n -= is_negative;
    struct str whole = str_cut(&rest, '.');
    uint64_t seconds;
    long nanoseconds = 0;
    bool is_right = str_to_u64(whole, &seconds) && seconds < INT64_MAX;
    for (size_t i = 0; i < (rest.n > 9 ? rest.n : 9); i++) {
        bool is_there = i < rest.n;
        is_right = is_right && (!is_there || (rest.at[i] >= '0' && rest.at[i] <= '9'));
        if (i < 9)
            nanoseconds = nanoseconds * 10 + (is_there ? rest.at[i] - '0' : 0);
    }
    if (!is_right)
        return fail(err, ERR_INVALID, "the PAX record mtime=%.40s is no time", record->value.at);
    pax->mtime = (struct timespec){(time_t)seconds, nanoseconds};
    if (is_negative) // the kernel wants the nanoseconds to count forwards
        pax->mtime = (struct timespec){-(time_t)seconds - (nanoseconds != 0),
                                       nanoseconds != 0 ? 1'000'000'000 - nanoseconds : 0};
    return 0;
}

static int take_xattr(struct pax *pax, const struct record *record, struct err *err)
{
    const char *name = record->key + strlen("SCHILY.xattr.");
    size_t i = 0;
    while (i < pax->n_xattrs && strcmp(pax->xattrs[i].name, name) != 0)
        i++;
    if (i != pax->n_xattrs)
        return fail(err, ERR_INVALID, "the extended attribute %.100s comes twice", name);
    if (i == TAR_XATTRS_MAX)
        return fail(err, ERR_INVALID, "more than %d extended attributes", TAR_XATTRS_MAX);
    if (record->value.n > TAR_XATTR_MAX)
        return fail(err, ERR_INVALID, "the extended attribute %.100s has more than %d bytes", name,
                    TAR_XATTR_MAX);
    pax->xattrs[pax->n_xattrs++] = (struct tar_xattr){name, record->value.at, record->value.n};
    return 0;
}

static int take(struct pax *pax, const struct record *record, struct err *err)
{
    const struct rule *rule = rule_for(record->key);
    if (rule == NULL)
        return 0; // comments, names of owners, access times, and what only others know
    if ((rule->flags & REPEATS) == 0 && pax_has(pax, rule->record))
        return fail(err, ERR_INVALID, "the PAX record %s comes twice", record->key);
    pax->seen |= UINT32_C(1) << rule->record;
    return rule->take(pax, record, err);
}

// Cuts the first record off; its key and value end with a NUL where "=" and the line end were.
static int cut_record(char **at, size_t *n, struct record *out, struct err *err)
{
    struct str rest = {*at, *n < 10 ? *n : 10};
    struct str digits = str_cut(&rest, ' ');
    uint64_t length;
    size_t head = digits.n + 1;
    if (!str_to_u64(digits, &length) || length > *n || length < head + 3 ||
        (*at)[length - 1] != '\n')
        return fail(err, ERR_INVALID, "a PAX record of a wrong length");
    char *key = *at + head, *end = *at + length - 1;
    char *equals = memchr(key, '=', (size_t)(end - key));
    if (equals == NULL || equals == key || memchr(key, '\0', (size_t)(equals - key)) != NULL)
        return fail(err, ERR_INVALID, "a PAX record without a key");
    *equals = '\0';
    *end = '\0';
    *out = (struct record){key, {equals + 1, (size_t)(end - equals) - 1}};
    *at += length;
    *n -= length;
    return 0;
}

int pax_parse(struct pax *pax, char *text, size_t n, struct err *err)
{
    _Static_assert(PAX_RECORDS <= 32, "seen has a bit for each");
    while (n != 0) {
        struct record record;
        if (cut_record(&text, &n, &record, err) < 0 || take(pax, &record, err) < 0)
            return -1;
    }
    return 0;
}
