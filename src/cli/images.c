// SPDX-License-Identifier: Apache-2.0
// images.c — the list of images.
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "ops/image.h"

#include <stdio.h>
#include <string.h>

enum { IMAGE_COLUMNS = 5, SHA256 = sizeof "sha256:" - 1 };

struct images_args {
    bool quiet, no_trunc, all;
};
static const struct option images_options[] = {
    OPTION_FLAG(struct images_args, all, "all", 'a', "all of them (there are no others yet)"),
    OPTION_FLAG(struct images_args, no_trunc, "no-trunc", 0, "do not cut anything short"),
    OPTION_FLAG(struct images_args, quiet, "quiet", 'q', "ids only"),
    {},
};

static void fill_row(struct arena *arena, const struct image_summary *it, const char *name,
                     bool no_trunc, const char **cells)
{
    struct str repository = str_of(name);
    struct str tag = str_cut_last(&repository, ':');
    cells[0] = name == NULL ? "<none>" : arena_strndup(arena, repository.at, repository.n);
    cells[1] = name == NULL ? "<none>" : arena_strndup(arena, tag.at, tag.n);
    cells[2] = no_trunc ? it->id : arena_printf(arena, "%.12s", it->id + SHA256);
    cells[3] = arena_printf(arena, "%s ago",
                            duration_words(arena, now_ns() - it->created * 1'000'000'000));
    cells[4] = size_words(arena, it->size);
}

static int images_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct images_args *args = at;
    const struct image_list_request all = {};
    struct image_list_response list;
    if (cli_call(cli, IMAGE_LIST, &all, &list) < 0)
        return cli_fail(cli, 1);
    size_t n_rows = 1;
    for (size_t i = 0; i < list.n_images; i++)
        n_rows += list.images[i].n_repo_tags + 1;
    static const char *const heads[] = {"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"};
    struct table table = {.columns = IMAGE_COLUMNS};
    table.cells = arena_array(&cli->arena, n_rows * IMAGE_COLUMNS, sizeof *table.cells);
    memcpy(table.cells, heads, sizeof heads);
    table.n = IMAGE_COLUMNS;
    for (size_t i = 0; i < list.n_images; i++) {
        const struct image_summary *it = &list.images[i];
        size_t n_names = it->n_repo_tags;
        for (size_t j = 0; j < (n_names != 0 ? n_names : 1); j++) {
            fill_row(&cli->arena, it, n_names != 0 ? it->repo_tags[j] : NULL, args->no_trunc,
                     table.cells + table.n);
            table.n += IMAGE_COLUMNS;
        }
        if (args->quiet)
            puts(table.cells[table.n - IMAGE_COLUMNS + 2]);
    }
    if (!args->quiet)
        table_print(&table);
    return 0;
}
const struct command images_command = {
    "images", "", "List images", images_options, sizeof(struct images_args), OPTIONS_MIXED, 0,
    0,        1,  images_run,    NULL,
};
