// SPDX-License-Identifier: Apache-2.0
// events.c — announcing, and telling those who ask what was announced.
#include "engine/events.h"

#include "base/mem.h"
#include "base/str.h"
#include "ops/filters.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// --- announcing ---

void event_announce(const struct engine *engine, const char *type, const char *action,
                    const char *id, const struct json_pair *attributes, size_t n)
{
    const struct event_note note = {
        .type = type, .action = action, .id = id, .attributes = attributes, .n_attributes = n};
    event_write(engine->root, EVENTS_IN_ROOT, &note);
}

static void put_actor(struct buf *out, const struct state_container *row,
                      const struct container_spec *spec)
{
    const struct json_pair own[] = {{"image", row->image_name}, {"name", row->name}};
    buf_char(out, '{');
    for (size_t i = 0; i < N_ELEMENTS(own) + spec->n_labels; i++) {
        bool is_own = i < N_ELEMENTS(own);
        const struct json_pair *pair = is_own ? &own[i] : &spec->labels[i - N_ELEMENTS(own)];
        // A label cannot speak for the engine.
        if (!is_own && (strcmp(pair->key, "image") == 0 || strcmp(pair->key, "name") == 0))
            continue;
        buf_text(out, i != 0 ? "," : "");
        json_quote(out, pair->key);
        buf_char(out, ':');
        json_quote(out, pair->value != NULL ? pair->value : "");
    }
    buf_char(out, '}');
}

static void announce(const struct engine *engine, const struct state_container *row,
                     const struct container_spec *spec, const char *action,
                     const struct json_pair *attributes, size_t n)
{
    AUTO_BUF struct buf actor;
    buf_init(&actor, CONTAINER_SPEC_MAX);
    put_actor(&actor, row, spec);
    const struct event_note note = {.type = "container",
                                    .action = action,
                                    .id = row->id,
                                    .actor = actor.is_full ? NULL : buf_get(&actor),
                                    .attributes = attributes,
                                    .n_attributes = n};
    event_write(engine->root, EVENTS_IN_ROOT, &note);
}

void container_announce(const struct engine *engine, const struct container *container,
                        const char *action, const struct json_pair *attributes, size_t n)
{
    announce(engine, &container->row, &container->spec, action, attributes, n);
}

void container_announce_row(const struct engine *engine, const struct state_container *row,
                            const struct container_spec *spec, const char *action)
{
    announce(engine, row, spec, action, NULL, 0);
}

const char *container_actor(struct arena *arena, const struct container *container)
{
    AUTO_BUF struct buf actor;
    buf_init(&actor, CONTAINER_SPEC_MAX);
    put_actor(&actor, &container->row, &container->spec);
    return arena_strdup(arena, actor.is_full ? "{}" : buf_get(&actor));
}

void image_announce(const struct engine *engine, const struct image *image, const char *action,
                    const char *id, const char *name)
{
    AUTO_ARENA struct arena arena = {};
    const struct image_config *config = image != NULL ? &image->document.config : NULL;
    size_t n = 0, n_labels = config != NULL ? config->n_labels : 0;
    struct json_pair *pairs = arena_array(&arena, n_labels + 1, sizeof *pairs);
    pairs[n++] = (struct json_pair){"name", name};
    for (size_t i = 0; i < n_labels; i++) {
        if (strcmp(config->labels[i].key, "name") != 0)
            pairs[n++] = config->labels[i];
    }
    event_announce(engine, "image", action, id, pairs, n);
}

// A prune says the names of an image before its id.
static const char *deleted_behind(const struct image_removals *done, size_t i)
{
    for (; i < done->n; i++) {
        if (done->at[i].deleted != NULL)
            return done->at[i].deleted;
    }
    return NULL;
}

void image_announce_removals(const struct engine *engine, const struct image *image,
                             const struct image_removals *done)
{
    AUTO_FREE char *own = image != NULL ? str_printf("sha256:%s", image->id) : NULL;
    for (size_t i = 0; i < done->n; i++) {
        const struct image_removal *it = &done->at[i];
        const char *id = own != NULL ? own : deleted_behind(done, i);
        if (it->untagged != NULL)
            image_announce(engine, image, "untag", id != NULL ? id : it->untagged, it->untagged);
        if (it->deleted != NULL)
            image_announce(engine, image, "delete", it->deleted, it->deleted);
    }
}

void prune_announce(const struct engine *engine, const char *type, uint64_t reclaimed_bytes)
{
    char number[24];
    (void)snprintf(number, sizeof number, "%" PRIu64, reclaimed_bytes); // it fits
    const struct json_pair pairs[] = {{"reclaimed", number}};
    event_announce(engine, type, "prune", "", pairs, N_ELEMENTS(pairs));
}

// --- telling ---

struct telling {
    const struct event_sink *sink;
    struct filters filters;
};

static const char *attribute(const struct event *event, const char *key)
{
    for (size_t i = 0; i < event->actor.n_attributes; i++) {
        if (strcmp(event->actor.attributes[i].key, key) == 0)
            return event->actor.attributes[i].value;
    }
    return "";
}

// These have more behind a colon: "exec_start: sh -c date", "health_status: healthy".
static bool action_matches(const struct filters *filters, const char *action)
{
    static const char *const open_ended[] = {"health_status", "exec_create", "exec_start"};
    size_t n;
    const char *const *wanted = filters_get(filters, "event", &n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < N_ELEMENTS(open_ended); j++) {
            if (strcmp(wanted[i], open_ended[j]) == 0)
                return filters_prefix(filters, "event", action);
        }
    }
    return filters_exact(filters, "event", action);
}

static bool actor_matches(const struct filters *filters, const struct event *event)
{
    static const char *const types[] = {"container", "volume",  "network", "plugin", "daemon",
                                        "node",      "service", "secret",  "config", "builder"};
    for (size_t i = 0; i < N_ELEMENTS(types); i++) {
        size_t n;
        if (filters_get(filters, types[i], &n) == NULL)
            continue;
        const char *name = attribute(event, "name");
        bool matches =
            filters_prefix(filters, types[i], event->actor.id != NULL ? event->actor.id : "") ||
            (*name != '\0' && filters_prefix(filters, types[i], name));
        if (strcmp(event->type, types[i]) != 0 || !matches)
            return false;
    }
    return true;
}

// Its id, its name, or its name without the tag.
static bool image_matches(const struct filters *filters, const struct event *event)
{
    size_t n;
    if (filters_get(filters, "image", &n) == NULL)
        return true;
    bool is_image = strcmp(event->type, "image") == 0;
    const char *names[] = {event->actor.id != NULL ? event->actor.id : "",
                           attribute(event, is_image ? "name" : "image")};
    for (size_t i = 0; i < N_ELEMENTS(names); i++) {
        struct str head = str_of(names[i]);
        struct str tag = str_cut_last(&head, ':');
        bool has_tag = tag.n < strlen(names[i]) && memchr(tag.at, '/', tag.n) == NULL;
        AUTO_FREE char *bare = has_tag ? xstrndup(head.at, head.n) : xstrdup(names[i]);
        if (*names[i] != '\0' &&
            (filters_exact(filters, "image", names[i]) || filters_exact(filters, "image", bare)))
            return true;
    }
    return false;
}

static bool tell(void *self, const struct event *event)
{
    const struct telling *telling = self;
    const struct filters *filters = &telling->filters;
    if (!action_matches(filters, event->action) || !filters_exact(filters, "type", event->type) ||
        !filters_exact(filters, "scope", event->scope != NULL ? event->scope : "local") ||
        !actor_matches(filters, event) || !image_matches(filters, event) ||
        !filters_labels(filters, "label", event->actor.attributes, event->actor.n_attributes))
        return true;
    return telling->sink->say(telling->sink->self, event);
}

int engine_system_events(struct engine *engine, struct arena *arena,
                         const struct system_events_request *request, struct nothing *response,
                         struct err *err)
{
    (void)response;
    static const char *const known[] = {
        "event", "type",    "scope",  "container", "volume",  "network", "plugin", "daemon",
        "node",  "service", "secret", "config",    "builder", "image",   "label",  NULL};
    struct telling telling = {.sink = request->sink};
    int64_t now = now_ns(), since = 0, until = 0;
    if (filters_read(arena, request->filters, known, &telling.filters, err) < 0)
        return -1;
    if (!text_is_empty(request->since) && time_read(request->since, now, &since, err) < 0)
        return -1;
    if (!text_is_empty(request->until) && time_read(request->until, now, &until, err) < 0)
        return -1;
    if (since != 0 && until != 0 && since > until)
        return fail(err, ERR_INVALID, "`since` time (%s) cannot be after `until` time (%s)",
                    request->since, request->until);
    const struct event_reading reading = {.since_ns = since,
                                          .until_ns = until,
                                          .hang_up = request->hang_up,
                                          .one = tell,
                                          .self = &telling};
    return events_read(engine->root, EVENTS_IN_ROOT, &reading, err);
}
