// SPDX-License-Identifier: Apache-2.0
// history.c — the steps that an image was made by.
#include "base/mem.h"
#include "base/str.h"
#include "cli/format.h"
#include "ops/image.h"

#include <inttypes.h>
#include <string.h>

enum { CREATED_BY_WIDTH = 45 };

struct history_args {
    const char *format, *platform;
    bool no_trunc, quiet, is_raw;
};
static const struct option history_options[] = {
    OPTION_FORMAT_LIST(struct history_args, format, 0),
    OPTION_FLAG_OFF(struct history_args, is_raw, "human", 'H',
                    "sizes and times for people; false: bytes and dates"),
    OPTION_FLAG(struct history_args, no_trunc, "no-trunc", 0, "do not cut anything short"),
    OPTION_TEXT(struct history_args, platform, "platform", 0, "string",
                "of this platform of it (os/arch[/variant])"),
    OPTION_FLAG(struct history_args, quiet, "quiet", 'q', "ids only"),
    {},
};

struct history_row {
    const struct image_history_entry *it;
    const struct history_args *args;
};

static const char *history_id(struct arena *arena, const void *at)
{
    const struct history_row *row = at;
    return row->args->no_trunc ? row->it->id : short_id(arena, row->it->id);
}

static const char *history_created_at(struct arena *arena, const void *at)
{
    const struct history_row *row = at;
    return date_words(arena, row->it->created);
}

static const char *history_created_since(struct arena *arena, const void *at)
{
    const struct history_row *row = at;
    if (row->args->is_raw)
        return history_created_at(arena, at);
    if (row->it->created <= 0)
        return "N/A";
    return ago_words(arena, row->it->created);
}

static const char *history_created_by(struct arena *arena, const void *at)
{
    const struct history_row *row = at;
    char *text = arena_strdup(arena, row->it->created_by != NULL ? row->it->created_by : "");
    for (char *tab = text; (tab = strchr(tab, '\t')) != NULL;)
        *tab = ' ';
    return row->args->no_trunc ? text : shorten(arena, text, CREATED_BY_WIDTH);
}

static const char *history_size(struct arena *arena, const void *at)
{
    const struct history_row *row = at;
    return row->args->is_raw ? arena_printf(arena, "%" PRIu64, row->it->size)
                             : size_words(arena, row->it->size);
}

static const char *history_comment(struct arena *arena, const void *at)
{
    (void)arena;
    const struct history_row *row = at;
    return row->it->comment != NULL ? row->it->comment : "";
}

static const struct row_field history_fields[] = {
    {"ID", "IMAGE", history_id, NULL},
    {"CreatedSince", "CREATED", history_created_since, NULL},
    {"CreatedAt", "CREATED AT", history_created_at, NULL},
    {"CreatedBy", "CREATED BY", history_created_by, NULL},
    {"Size", "SIZE", history_size, NULL},
    {"Comment", "COMMENT", history_comment, NULL},
    {},
};
static const struct row_type history_rows = {"*formatter.historyContext", history_fields};

static int history_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct history_args *args = at;
    const struct image_history_request request = {words->at[0], args->platform};
    struct image_history_response list;
    if (cli_call(cli, IMAGE_HISTORY, &request, &list) < 0)
        return cli_fail(cli, 1);
    struct history_row *rows = arena_array(&cli->arena, list.n_entries + 1, sizeof *rows);
    for (size_t i = 0; i < list.n_entries; i++)
        rows[i] = (struct history_row){&list.entries[i], args};
    const struct list_style style = {
        .format = args->format,
        .quiet = args->quiet ? "{{.ID}}" : NULL,
        .columns = args->is_raw
                       ? "{{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}"
                       : "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}",
    };
    if (list_print(cli, &history_rows, &style, rows, list.n_entries, sizeof *rows) < 0)
        return cli_fail(cli, 1);
    return 0;
}
const struct command history_command = {
    "history",
    "IMAGE",
    "Show the steps that an image was made by",
    history_options,
    sizeof(struct history_args),
    OPTIONS_MIXED,
    1,
    1,
    history_run,
    format_manual,
};
