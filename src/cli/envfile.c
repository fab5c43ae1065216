// SPDX-License-Identifier: Apache-2.0
// envfile.c — files of NAME=VALUE lines: --env-file, --label-file.
#include "cli/envfile.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <fcntl.h>
#include <string.h>

enum { FILE_MAX = 1024 * 1024 };

static int parse_line(struct arena *arena, const char *path, size_t number, struct str line,
                      struct words *out, struct err *err)
{
    if (memchr(line.at, '\0', line.n) != NULL)
        return fail(err, ERR_INVALID, "%s, line %zu: a byte of zero is no text", path, number);
    while (line.n != 0 && (*line.at == ' ' || *line.at == '\t')) {
        line.at++;
        line.n--;
    }
    if (line.n != 0 && line.at[line.n - 1] == '\r')
        line.n--;
    if (line.n == 0 || *line.at == '#')
        return 0;
    struct str rest = line, name = str_cut(&rest, '=');
    if (name.n == 0)
        return fail(err, ERR_INVALID, "%s, line %zu: no variable name on line '%.*s'", path, number,
                    (int)line.n, line.at);
    if (memchr(name.at, ' ', name.n) != NULL || memchr(name.at, '\t', name.n) != NULL)
        return fail(err, ERR_INVALID, "%s, line %zu: variable '%.*s' contains whitespaces", path,
                    number, (int)name.n, name.at);
    words_add(arena, out, arena_strndup(arena, line.at, line.n));
    return 0;
}

int envfile_parse(struct arena *arena, const char *path, struct str text, struct words *out,
                  struct err *err)
{
    static const char mark[] = "\xEF\xBB\xBF"; // some editors begin UTF-8 with it
    if (text.n >= sizeof mark - 1 && memcmp(text.at, mark, sizeof mark - 1) == 0) {
        text.at += sizeof mark - 1;
        text.n -= sizeof mark - 1;
    }
    for (size_t number = 1; text.n != 0; number++) {
        if (parse_line(arena, path, number, str_cut(&text, '\n'), out, err) < 0)
            return -1;
    }
    return 0;
}

int envfile_read(struct arena *arena, const char *path, struct words *out, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, FILE_MAX);
    if (file_read_at(AT_FDCWD, path, &text, err) < 0) {
        // In docker's small letters.
        if (err->kind == ERR_NOT_FOUND)
            (void)fail(err, ERR_NOT_FOUND, "open %s: no such file or directory", path);
        return -1;
    }
    return envfile_parse(arena, path, (struct str){buf_get(&text), text.n}, out, err);
}
