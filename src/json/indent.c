// SPDX-License-Identifier: Apache-2.0
// indent.c — JSON text for people, without reading it into anything: order and numbers stay.
#include "json/bind.h"

#include <string.h>

static void new_line(struct buf *out, const char *indent, size_t depth)
{
    buf_char(out, '\n');
    for (size_t i = 0; i < depth; i++)
        buf_text(out, indent);
}

// The end of the string that starts at `json`.
static const char *skip_string(const char *json)
{
    for (json++; *json != '\0' && *json != '"'; json++)
        json += *json == '\\' && json[1] != '\0';
    return *json == '"' ? json + 1 : json;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void json_indent(struct buf *out, const char *json, const char *indent)
{
    size_t depth = 0;
    bool is_empty = false; // nothing since the last opening bracket
    while (*json != '\0') {
        char c = *json;
        const char *end = c == '"' ? skip_string(json) : json + 1;
        if (is_blank(c)) {
            json = end;
            continue;
        }
        bool closes = c == '}' || c == ']';
        depth -= closes && depth != 0;
        if (is_empty != closes) // the first in a bracket, or the end of one that has something
            new_line(out, indent, depth);
        buf_add(out, json, (size_t)(end - json));
        is_empty = c == '{' || c == '[';
        depth += is_empty;
        if (c == ',')
            new_line(out, indent, depth);
        else if (c == ':')
            buf_char(out, ' ');
        json = end;
    }
}
