// SPDX-License-Identifier: Apache-2.0
// log_tag.c — tags of log messages. Docker reads them as Go templates; here a template names fields
// and does no more, for the monitor carries no template engine.
#include "monitor/log_tag.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#include <string.h>

enum { TAG_MAX = 4096, SHORT_ID = 12 };

static const char *short_of(struct arena *arena, const char *id)
{
    if (id == NULL)
        return "";
    if (text_starts(id, "sha256:"))
        id += strlen("sha256:");
    return arena_strndup(arena, id, strnlen(id, SHORT_ID));
}

// NULL: there is no such field.
static const char *field(struct arena *arena, struct str name, const char *id,
                         const struct monitor_log *log)
{
    const char *image_id = log->image_id != NULL ? log->image_id : "";
    const struct {
        const char *name, *value;
    } fields[] = {
        {".ID", short_of(arena, id)},
        {".FullID", id != NULL ? id : ""},
        {".Name", log->container_name != NULL ? log->container_name : ""},
        {".ImageID", short_of(arena, image_id)},
        {".ImageFullID", text_starts(image_id, "sha256:") || *image_id == '\0'
                             ? image_id
                             : arena_printf(arena, "sha256:%s", image_id)},
        {".ImageName", log->image_name != NULL ? log->image_name : ""},
        {".DaemonName", "docker"}, // what syslog's filters of docker's users look for
    };
    for (size_t i = 0; i < N_ELEMENTS(fields); i++) {
        if (str_is(name, fields[i].name))
            return fields[i].value;
    }
    return NULL;
}

const char *log_tag_expand(struct arena *arena, const char *tag, const char *id,
                           const struct monitor_log *log, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, TAG_MAX);
    const char *at = tag;
    for (const char *open; (open = strstr(at, "{{")) != NULL;) {
        const char *close = strstr(open, "}}");
        struct str name = {open + 2, close != NULL ? (size_t)(close - open - 2) : 0};
        const char *value = close != NULL ? field(arena, str_trim(name), id, log) : NULL;
        if (value == NULL) {
            (void)fail(err, ERR_INVALID,
                       "invalid tag '%s': between {{ and }} stands one of .ID .FullID .Name "
                       ".ImageID .ImageFullID .ImageName .DaemonName",
                       tag);
            return NULL;
        }
        buf_add(&text, at, (size_t)(open - at));
        buf_text(&text, value);
        at = close + 2;
    }
    buf_text(&text, at);
    if (buf_check(&text, "the log's tag", err) < 0)
        return NULL;
    return arena_strndup(arena, buf_get(&text), text.n);
}
