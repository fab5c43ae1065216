// SPDX-License-Identifier: Apache-2.0
// log_line.c — the inverse of what log_writer.c encodes. In place: no escape is shorter than what
// it stands for.
#include "monitor/log_line.h"

#include "base/str.h"

#include <string.h>

struct cursor {
    char *at, *end;
};

static bool take(struct cursor *cursor, const char *text)
{
    size_t n = strlen(text);
    if ((size_t)(cursor->end - cursor->at) < n || memcmp(cursor->at, text, n) != 0)
        return false;
    cursor->at += n;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// XXXX behind \u, as UTF-8; a surrogate (we write none) as U+FFFD.
static char *put_code(char *to, unsigned code)
{
    if (code >= 0xd800 && code <= 0xdfff)
        code = 0xfffd;
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

// The escape after a backslash; NULL when it is none.
static char *take_escape(struct cursor *cursor, char *to)
{
    static const char from[] = "nrt\"\\/bf", into[] = "\n\r\t\"\\/\b\f";
    if (cursor->at == cursor->end)
        return NULL;
    char c = *cursor->at++;
    const char *simple = c != '\0' ? strchr(from, c) : NULL;
    if (simple != NULL) {
        *to++ = into[simple - from];
        return to;
    }
    if (c != 'u' || cursor->end - cursor->at < 4)
        return NULL;
    unsigned code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(*cursor->at++);
        if (digit < 0)
            return NULL;
        code = code << 4 | (unsigned)digit;
    }
    return put_code(to, code);
}

// The rest of a string behind its first quote, decoded to where it starts.
static bool take_string(struct cursor *cursor, const char **out, size_t *out_n)
{
    char *start = cursor->at, *to = start;
    while (cursor->at < cursor->end) {
        char c = *cursor->at++;
        if (c == '"') {
            *out = start;
            *out_n = (size_t)(to - start);
            return true;
        }
        if (c != '\\')
            *to++ = c;
        else if ((to = take_escape(cursor, to)) == NULL)
            return false;
    }
    return false;
}

bool log_line_parse(char *line, size_t n, struct log_line *out)
{
    struct cursor cursor = {line, line + n};
    struct log_line parsed = {};
    const char *stream, *time;
    size_t n_stream, n_time;
    if (!take(&cursor, "{\"log\":\"") || !take_string(&cursor, &parsed.text, &parsed.n) ||
        !take(&cursor, ",\"stream\":\"") || !take_string(&cursor, &stream, &n_stream) ||
        !take(&cursor, ",\"time\":\"") || !take_string(&cursor, &time, &n_time) ||
        !take(&cursor, "}") || cursor.at != cursor.end)
        return false;
    parsed.is_stderr = str_is((struct str){stream, n_stream}, "stderr");
    if (!parsed.is_stderr && !str_is((struct str){stream, n_stream}, "stdout"))
        return false;
    line[(size_t)(time - line) + n_time] = '\0'; // where its quote was, or before
    parsed.time = time;
    *out = parsed;
    return true;
}
