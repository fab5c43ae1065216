// SPDX-License-Identifier: Apache-2.0
// image_search.c — asks a registry which images it has by a word (Docker Hub's v1 search API).
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/registry.h"
#include "ops/filters.h"

#include <string.h>
#include <sys/mman.h>

enum { SEARCH_MAX = 100 };

struct found { // of the v1 search API
    const char *name, *description;
    int64_t star_count;
    bool is_official, is_automated;
};
struct found_list {
    struct found *results;
    size_t n_results;
};
static const struct json_field found_fields[] = {
    JSON_FIELD(struct found, name, JSON_REQUIRED),
    JSON_FIELD(struct found, description, JSON_OPTIONAL),
    JSON_FIELD(struct found, star_count, JSON_OPTIONAL),
    JSON_FIELD(struct found, is_official, JSON_OPTIONAL),
    JSON_FIELD(struct found, is_automated, JSON_OPTIONAL),
    {},
};
static const struct json_field found_list_fields[] = {
    JSON_LIST(struct found_list, results, found_fields, JSON_OPTIONAL),
    {},
};

// "hub.corp:5000/tool" searches there, "tool" and "me/tool" at docker.io.
static const char *split_term(struct arena *arena, const char *term, struct image_reference *out)
{
    struct str rest = str_of(term), host = str_cut(&rest, '/');
    bool has_host =
        rest.n != 0 && (memchr(host.at, '.', host.n) != NULL ||
                        memchr(host.at, ':', host.n) != NULL || str_is(host, "localhost"));
    *out = (struct image_reference){.registry = "docker.io", .path = ""};
    if (!has_host)
        return term;
    out->registry = registry_auth_host(arena, arena_strndup(arena, host.at, host.n));
    return rest.at;
}

static int read_filters(struct arena *arena, const char *json, struct filters *out,
                        uint64_t *out_stars, struct err *err)
{
    static const char *const known[] = {"is-automated", "is-official", "stars", NULL};
    if (filters_read(arena, json, known, out, err) < 0)
        return -1;
    size_t n;
    const char *const *stars = filters_get(out, "stars", &n);
    *out_stars = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t least;
        if (!str_to_u64(str_of(stars[i]), &least))
            return fail(err, ERR_INVALID, "invalid filter 'stars=%s'", stars[i]);
        *out_stars = least > *out_stars ? least : *out_stars;
    }
    return 0;
}

// Leaves out what the filters do not want.
static int select_found(struct arena *arena, const struct found_list *list, const char *json,
                        struct image_search_response *out, struct err *err)
{
    struct filters filters;
    uint64_t stars;
    bool official, automated;
    if (read_filters(arena, json, &filters, &stars, err) < 0)
        return -1;
    int by_official = filters_bool(&filters, "is-official", &official, err);
    int by_automated = filters_bool(&filters, "is-automated", &automated, err);
    if (by_official < 0 || by_automated < 0)
        return -1;
    out->results = arena_array(arena, list->n_results + 1, sizeof *out->results);
    out->n_results = 0;
    for (size_t i = 0; i < list->n_results; i++) {
        const struct found *it = &list->results[i];
        if ((by_official > 0 && it->is_official != official) ||
            (by_automated > 0 && it->is_automated != automated) || it->star_count < 0 ||
            (uint64_t)it->star_count < stars)
            continue;
        out->results[out->n_results++] =
            (struct image_search_result){it->name, it->description != NULL ? it->description : "",
                                         it->star_count, it->is_official, it->is_automated};
    }
    return 0;
}

static int ask(struct transfer *transfer, struct arena *arena,
               const struct transfer_request *request, struct buf *out, struct err *err)
{
    AUTO_FD int memory = memfd_create("answer", MFD_CLOEXEC);
    struct transfer_event event;
    if (memory < 0)
        return fail_sys(err, "memfd_create");
    if (transfer_ask(transfer, request, &memory, 1, arena, &event, err) < 0)
        return -1;
    if (lseek(memory, 0, SEEK_SET) < 0)
        return fail_sys(err, "read what the registry sent");
    return file_read_fd(memory, "what the registry sent", out, err);
}

int engine_image_search(struct engine *engine, struct arena *arena,
                        const struct image_search_request *request,
                        struct image_search_response *response, struct err *err)
{
    struct image_reference name;
    struct transfer *transfer;
    struct found_list list;
    AUTO_BUF struct buf text;
    buf_init(&text, TRANSFER_SEARCH_MAX);
    if (request->limit < 0 || request->limit > SEARCH_MAX)
        return fail(err, ERR_INVALID, "Limit %jd is outside the range of [1, %d]",
                    (intmax_t)request->limit, SEARCH_MAX);
    struct transfer_request search = {
        .id = 1, .verb = TRANSFER_SEARCH, .limit = (uint32_t)request->limit};
    search.query = split_term(arena, request->term, &name);
    const struct registry_call call = {&name, REGISTRIES_SEARCH, &request->auth, false};
    if (registry_open(engine, arena, &call, &transfer, err) < 0)
        return -1;
    int result = ask(transfer, arena, &search, &text, err);
    transfer_close(transfer);
    if (result < 0)
        return -1;
    if (json_decode(arena, text.at, text.n, found_list_fields, &list, JSON_LENIENT, err) < 0)
        return fail_in(err, "what %s answered to a search", name.registry);
    return select_found(arena, &list, request->filters, response, err);
}
