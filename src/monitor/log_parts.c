// SPDX-License-Identifier: Apache-2.0
// log_parts.c — where lines end. A line that is longer than LOG_TEXT_MAX comes in parts, and all of
// them have the time of the first: so docker counts and dates them.
#include "monitor/log_parts.h"

#include "base/mem.h"

#include <string.h>

static bool give(struct log_part *part, bool is_stderr, const char *text, size_t n, int64_t time_ns,
                 struct log_line *out)
{
    bool is_whole = text[n - 1] == '\n';
    *out = (struct log_line){is_stderr, text, n, part->time_ns != 0 ? part->time_ns : time_ns};
    part->time_ns = is_whole ? 0 : out->time_ns;
    part->n = 0;
    return true;
}

bool log_parts_take(struct log_parts *parts, bool is_stderr, const char **bytes, size_t *n,
                    int64_t time_ns, struct log_line *out)
{
    struct log_part *part = &parts->parts[is_stderr];
    if (*n == 0)
        return false;
    size_t room = LOG_TEXT_MAX - part->n, taken = *n < room ? *n : room;
    const char *from = *bytes, *end = memchr(from, '\n', taken);
    if (end != NULL)
        taken = (size_t)(end + 1 - from);
    *bytes += taken;
    *n -= taken;
    bool is_line = end != NULL || taken == room;
    if (is_line && part->n == 0)
        return give(part, is_stderr, from, taken, time_ns, out);
    if (part->at == NULL)
        part->at = xmalloc(LOG_TEXT_MAX);
    memcpy(part->at + part->n, from, taken);
    part->n += taken;
    part->last_ns = time_ns;
    return is_line && give(part, is_stderr, part->at, part->n, time_ns, out);
}

bool log_parts_rest(struct log_parts *parts, struct log_line *out)
{
    for (int i = 0; i < 2; i++) {
        struct log_part *part = &parts->parts[i];
        if (part->n == 0) {
            part->time_ns = 0; // whatever comes is a new line
            continue;
        }
        (void)give(part, i == 1, part->at, part->n, part->last_ns, out);
        part->time_ns = 0;
        return true;
    }
    return false;
}

void log_parts_done(struct log_parts *parts)
{
    free(parts->parts[0].at);
    free(parts->parts[1].at);
    *parts = (struct log_parts){};
}
