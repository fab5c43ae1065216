// SPDX-License-Identifier: Apache-2.0
// search.c — images that a registry knows of.
#include "base/mem.h"
#include "base/str.h"
#include "cli/format.h"
#include "cli/pull.h"

#include <inttypes.h>
#include <string.h>

enum { DESCRIPTION_WIDTH = 45 };

struct search_args {
    struct words filters;
    const char *format;
    int64_t *limit;
    bool no_trunc;
};
static const struct option search_options[] = {
    OPTION_LIST(struct search_args, filters, "filter", 'f', "filter",
                "only some of them (is-official=true, stars=3)"),
    OPTION_FORMAT_LIST(struct search_args, format, 0),
    OPTION_INT(struct search_args, limit, "limit", 0, "how many at most (25)"),
    OPTION_FLAG(struct search_args, no_trunc, "no-trunc", 0, "do not cut descriptions short"),
    {},
};

struct search_row {
    const struct image_search_result *it;
    bool no_trunc;
};

static const char *search_name(struct arena *arena, const void *at)
{
    (void)arena;
    const struct search_row *row = at;
    return row->it->name;
}

static const char *search_description(struct arena *arena, const void *at)
{
    const struct search_row *row = at;
    char *text = arena_strdup(arena, row->it->description != NULL ? row->it->description : "");
    for (char *end = text; (end = strpbrk(end, "\r\n")) != NULL;)
        *end = ' ';
    return row->no_trunc ? text : shorten(arena, text, DESCRIPTION_WIDTH);
}

static const char *search_stars(struct arena *arena, const void *at)
{
    const struct search_row *row = at;
    return arena_printf(arena, "%" PRId64, row->it->star_count);
}

static const char *search_is_official(struct arena *arena, const void *at)
{
    (void)arena;
    const struct search_row *row = at;
    return row->it->is_official ? "[OK]" : "";
}

static const char *search_is_automated(struct arena *arena, const void *at)
{
    (void)arena;
    const struct search_row *row = at;
    return row->it->is_automated ? "[OK]" : "";
}

static const struct row_field search_fields[] = {
    {"Name", "NAME", search_name, NULL},
    {"Description", "DESCRIPTION", search_description, NULL},
    {"StarCount", "STARS", search_stars, NULL},
    {"IsOfficial", "OFFICIAL", search_is_official, NULL},
    {"IsAutomated", "AUTOMATED", search_is_automated, NULL},
    {},
};
static const struct row_type search_rows = {"*search.searchContext", search_fields};

static int search_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct search_args *args = at;
    struct image_search_request request = {
        .term = words->at[0],
        .limit = args->limit != NULL ? *args->limit : 0,
        .auth = auth_for_reference(cli, words->at[0]),
    };
    struct image_search_response found;
    if (filters_of(cli, &args->filters, &request.filters) < 0 ||
        cli_call(cli, IMAGE_SEARCH, &request, &found) < 0)
        return cli_fail(cli, 1);
    struct search_row *rows = arena_array(&cli->arena, found.n_results + 1, sizeof *rows);
    for (size_t i = 0; i < found.n_results; i++)
        rows[i] = (struct search_row){&found.results[i], args->no_trunc};
    const struct list_style style = {
        .format = args->format,
        .columns = "{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}",
    };
    if (list_print(cli, &search_rows, &style, rows, found.n_results, sizeof *rows) < 0)
        return cli_fail(cli, 1);
    return 0;
}
const struct command search_command = {
    "search",
    "TERM",
    "Search Docker Hub, or the registry that the term names, for images",
    search_options,
    sizeof(struct search_args),
    OPTIONS_MIXED,
    1,
    1,
    search_run,
    format_manual,
};
