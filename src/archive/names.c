// SPDX-License-Identifier: Apache-2.0
// names.c — an archive's names, taken literally.
#include "archive/unpacker.h"
#include "base/str.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

int clean_path(const char *raw, char out[UNPACK_PATH_MAX + 1], struct err *err)
{
    size_t n = 0;
    struct str rest = str_of(raw);
    while (rest.n != 0) {
        struct str part = str_cut(&rest, '/');
        if (part.n == 0 || str_is(part, "."))
            continue;
        if (str_is(part, ".."))
            return fail(err, ERR_INVALID, "entry \"%.200s\" leads out of the archive", raw);
        if (part.n > NAME_MAX || n + 1 + part.n > UNPACK_PATH_MAX)
            return fail(err, ERR_INVALID, "entry \"%.200s…\" has too long a name", raw);
        if (n != 0)
            out[n++] = '/';
        memcpy(out + n, part.at, part.n);
        n += part.n;
    }
    out[n] = '\0';
    return 0;
}

int entry_path(const struct unpack_request *request, const char *raw, char out[UNPACK_PATH_MAX + 1],
               struct err *err)
{
    const struct unpack_merge *merge = request->merge;
    char clean[UNPACK_PATH_MAX + 1];
    if (merge == NULL)
        return clean_path(raw, out, err);
    if (clean_path(raw, clean, err) < 0)
        return -1;
    struct str rest = str_of(clean);
    if (!text_is_empty(merge->strip) && !str_is(str_cut(&rest, '/'), merge->strip))
        return fail(err, ERR_INVALID, "entry \"%.200s\" is not below \"%s\", which was asked for",
                    raw, merge->strip);
    const char *prefix = merge->prefix != NULL ? merge->prefix : "";
    const char *slash = *prefix != '\0' && rest.n != 0 ? "/" : "";
    int n = snprintf(out, UNPACK_PATH_MAX + 1, "%s%s%.*s", prefix, slash, (int)rest.n, rest.at);
    if (n < 0 || n > UNPACK_PATH_MAX)
        return fail(err, ERR_INVALID, "entry \"%.200s…\" has too long a name", raw);
    return 0;
}

size_t parent_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path);
}

const char *last_component(const char *path)
{
    size_t n = parent_length(path);
    return path + n + (n != 0);
}
