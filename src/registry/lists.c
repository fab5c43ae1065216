// SPDX-License-Identifier: Apache-2.0
// lists.c — tags and search: what the engine gets was decoded here and encoded again, within bounds
// (S-9, S-15).
#include "base/mem.h"
#include "base/str.h"
#include "json/bind.h"
#include "registry/call.h"

#include <string.h>

enum {
    PAGES_MAX = 2000,
    PAGE_MAX = 4 * 1024 * 1024,
    PAGE_NAMES = 1000,       // asked for
    BATCH_BYTES = 32 * 1024, // of names in one event
    NAME_MAX_BYTES = 256,    // of one name
    SEARCH_DEFAULT = 25,
    SEARCH_MOST = 100, // of docker's index
};

struct page {
    const char *name;
    const char **tags;
    size_t n_tags;
};
static const struct json_field page_fields[] = {
    JSON_FIELD(struct page, name, JSON_OPTIONAL),
    JSON_ARRAY(struct page, tags, JSON_OPTIONAL),
    {},
};

static void say_names(struct job *job, const struct page *page)
{
    size_t from = 0, bytes = 0;
    for (size_t i = 0; i < page->n_tags; i++) {
        bytes += strnlen(page->tags[i], NAME_MAX_BYTES) + 4;
        if (bytes < BATCH_BYTES && i + 1 < page->n_tags)
            continue;
        client_say(job->client, &(struct transfer_event){.id = job->request.id,
                                                         .event = TRANSFER_NAMES,
                                                         .names = page->tags + from,
                                                         .n_names = i + 1 - from});
        from = i + 1;
        bytes = 0;
    }
}

static int read_names(struct call *call, const struct buf *text, struct page *page,
                      uint64_t *n_names, struct err *err)
{
    if (json_decode(&call->job->arena, buf_get(text), text->n, page_fields, page, JSON_LENIENT,
                    err) < 0)
        return fail_in(err, "%s of %s", call->object, call->endpoint->name);
    *n_names += page->n_tags;
    if (*n_names > TRANSFER_NAMES_MAX)
        return fail(err, ERR_INVALID, "%s has more than %d tags", call->object, TRANSFER_NAMES_MAX);
    for (size_t i = 0; i < page->n_tags; i++)
        if (page->tags[i] == NULL || strlen(page->tags[i]) > NAME_MAX_BYTES)
            return fail(err, ERR_INVALID, "%s lists a tag of more than %d bytes",
                        call->endpoint->name, NAME_MAX_BYTES);
    return 0;
}

int tags_list(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
              struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, PAGE_MAX);
    struct url place;
    struct call call = {.job = job, .endpoint = endpoint, .method = "GET", .text = &text};
    call.target = job_path(job, endpoint, "tags/list?n=%d", PAGE_NAMES);
    call.object = arena_printf(&job->arena, "tags of %s", endpoint->image);
    call_scope(&call, arena_printf(&job->arena, "repository:%s:pull", endpoint->asked->repository));
    for (int pages = 0; pages < PAGES_MAX; pages++) {
        struct page page;
        if (call_expect(&call, err) < 0 || read_names(&call, &text, &page, &out->total, err) < 0)
            return -1;
        say_names(job, &page);
        int result = call_next_page(&call, &place, err);
        if (result <= 0)
            return result;
        call.place = &place;
    }
    return fail(err, ERR_INVALID, "%s: more than %d pages", call.object, PAGES_MAX);
}

struct found {
    const char *name, *description;
    int64_t star_count;
    bool is_official, is_automated, is_trusted;
};
struct found_list {
    const char *query;
    int64_t num_results;
    struct found *results;
    size_t n_results;
};
static const struct json_field found_fields[] = {
    JSON_FIELD(struct found, name, JSON_ALWAYS),
    JSON_FIELD(struct found, description, JSON_ALWAYS),
    JSON_FIELD(struct found, star_count, JSON_ALWAYS),
    JSON_FIELD(struct found, is_official, JSON_ALWAYS),
    JSON_FIELD(struct found, is_automated, JSON_ALWAYS),
    JSON_FIELD(struct found, is_trusted, JSON_OPTIONAL),
    {},
};
static const struct json_field found_list_fields[] = {
    JSON_FIELD(struct found_list, query, JSON_ALWAYS),
    JSON_FIELD(struct found_list, num_results, JSON_ALWAYS),
    JSON_LIST(struct found_list, results, found_fields, JSON_ALWAYS),
    {},
};

int search_get(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
               struct err *err)
{
    struct arena *arena = &job->arena;
    struct found_list list;
    uint32_t limit = job->request.limit != 0 ? job->request.limit : SEARCH_DEFAULT;
    AUTO_BUF struct buf text;
    buf_init(&text, TRANSFER_SEARCH_MAX);
    if (limit > SEARCH_MOST)
        return fail(err, ERR_INVALID, "limit %u is outside the range of [1, %d]", limit,
                    SEARCH_MOST);
    struct call call = {.job = job, .endpoint = endpoint, .method = "GET", .text = &text};
    call.target = url_add_query(arena, "/v1/search", "q", job->request.query);
    call.target = url_add_query(arena, call.target, "n", arena_printf(arena, "%u", limit));
    call.object = arena_printf(arena, "search for '%s'", job->request.query);
    if (call_expect(&call, err) < 0)
        return -1;
    if (json_decode(arena, buf_get(&text), text.n, found_list_fields, &list, JSON_LENIENT, err) < 0)
        return fail_in(err, "%s at %s", call.object, endpoint->name);
    if (list.n_results > limit)
        list.n_results = limit;
    for (size_t i = 0; i < list.n_results; i++) {
        struct found *found = &list.results[i];
        found->name = shown_text(arena, found->name != NULL ? found->name : "", NAME_MAX_BYTES);
        found->description =
            shown_text(arena, found->description != NULL ? found->description : "", PAGE_MAX);
    }
    buf_clear(&text);
    json_encode(&text, found_list_fields, &list, JSON_COMPACT);
    out->size = text.n;
    return job_write(job, &text, err);
}
