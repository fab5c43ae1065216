// SPDX-License-Identifier: Apache-2.0
// ps.c — the list of containers.
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "ops/container.h"

#include <stdio.h>
#include <string.h>

enum { SHORT_ID = 12, SHORT_COMMAND = 20, PS_COLUMNS = 7 };

struct ps_args {
    bool all, quiet, no_trunc, latest;
    int64_t *last;
};
static const struct option ps_options[] = {
    OPTION_FLAG(struct ps_args, all, "all", 'a', "also those that do not run"),
    OPTION_INT(struct ps_args, last, "last", 'n', "the n created last, whether they run or not"),
    OPTION_FLAG(struct ps_args, latest, "latest", 'l', "the one created last"),
    OPTION_FLAG(struct ps_args, no_trunc, "no-trunc", 0, "do not cut anything short"),
    OPTION_FLAG(struct ps_args, quiet, "quiet", 'q', "ids only"),
    {},
};

// At most `most` characters, the last a "…" when something is missing.
static const char *cut_short(struct arena *arena, const char *text, size_t most)
{
    size_t n = 0, keep = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        n += (text[i] & 0xc0) != 0x80;
        if (n < most)
            keep = i + 1;
        else if (n == most && (text[i] & 0xc0) != 0x80)
            keep = i;
    }
    return n <= most ? text : arena_printf(arena, "%.*s…", (int)keep, text);
}

static const char *quoted(struct arena *arena, const char *text)
{
    AUTO_BUF struct buf out;
    buf_init(&out, CONTAINER_SPEC_MAX);
    json_quote(&out, text);
    return arena_strdup(arena, buf_get(&out));
}

static void fill_row(struct arena *arena, const struct container_summary *it, bool no_trunc,
                     const char **cells)
{
    const char *command = no_trunc ? it->command : cut_short(arena, it->command, SHORT_COMMAND);
    cells[0] = arena_printf(arena, "%.*s", no_trunc ? 64 : SHORT_ID, it->id);
    cells[1] = it->image;
    cells[2] = quoted(arena, command);
    cells[3] = arena_printf(arena, "%s ago",
                            duration_words(arena, now_ns() - it->created * 1'000'000'000));
    cells[4] = it->status;
    cells[5] = "";
    cells[6] = it->names[0] + 1; // without the slash
}

static int ps_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct ps_args *args = at;
    struct container_list_request request = {.all = args->all};
    struct container_list_response list;
    if (args->latest)
        request.limit = 1;
    if (args->last != NULL && *args->last > 0)
        request.limit = *args->last;
    request.all = request.all || request.limit != 0;
    if (cli_call(cli, CONTAINER_LIST, &request, &list) < 0)
        return cli_fail(cli, 1);
    static const char *const heads[] = {"CONTAINER ID", "IMAGE", "COMMAND", "CREATED",
                                        "STATUS",       "PORTS", "NAMES"};
    struct table table = {.columns = PS_COLUMNS};
    table.cells =
        arena_array(&cli->arena, (list.n_containers + 1) * PS_COLUMNS, sizeof *table.cells);
    memcpy(table.cells, heads, sizeof heads);
    table.n = PS_COLUMNS;
    for (size_t i = 0; i < list.n_containers; i++) {
        fill_row(&cli->arena, &list.containers[i], args->no_trunc, table.cells + table.n);
        if (args->quiet)
            puts(table.cells[table.n]);
        table.n += PS_COLUMNS;
    }
    if (!args->quiet)
        table_print(&table);
    return 0;
}

const struct command ps_command = {
    "ps",   "",   "List containers", ps_options, sizeof(struct ps_args), OPTIONS_MIXED, 0, 0, 1,
    ps_run, NULL,
};
