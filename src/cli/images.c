// SPDX-License-Identifier: Apache-2.0
// images.c — import, images, rmi.
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "ops/image.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { IMAGE_COLUMNS = 5, SHA256 = sizeof "sha256:" - 1 };

static const struct option no_options[] = {{}};

static int import_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    bool is_stdin = strcmp(words->at[0], "-") == 0;
    AUTO_FD int file = is_stdin ? -1 : open(words->at[0], O_RDONLY | O_CLOEXEC);
    if (file < 0 && !is_stdin) {
        (void)fail_sys(&cli->err, "open %s", words->at[0]);
        return cli_fail(cli, 1);
    }
    const struct image_import_request request = {.repo = words->at[1],
                                                 .tar = is_stdin ? STDIN_FILENO : file};
    struct image_import_response response;
    if (cli_call(cli, IMAGE_IMPORT, &request, &response) < 0)
        return cli_fail(cli, 1);
    puts(response.id);
    return 0;
}
const struct command import_command = {
    "import",
    "FILE|- NAME[:TAG]",
    "Make an image from a tar archive of a root file system",
    no_options,
    0,
    OPTIONS_MIXED,
    2,
    2,
    1,
    import_run,
    NULL,
};

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

struct rmi_args {
    bool force;
};
static const struct option rmi_options[] = {
    OPTION_FLAG(struct rmi_args, force, "force", 'f', "accepted for docker's sake"),
    {},
};
static int rmi_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct rmi_args *args = at;
    int status = 0;
    for (size_t i = 0; i < words->n; i++) {
        const struct image_remove_request request = {.name = words->at[i], .force = args->force};
        struct image_remove_response response = {};
        if (cli_call(cli, IMAGE_REMOVE, &request, &response) < 0)
            status = cli_fail(cli, 1);
        for (size_t j = 0; j < response.n_done; j++) {
            bool is_deleted = response.done[j].deleted != NULL;
            printf("%s: %s\n", is_deleted ? "Deleted" : "Untagged",
                   is_deleted ? response.done[j].deleted : response.done[j].untagged);
        }
    }
    return status;
}
const struct command rmi_command = {
    "rmi",
    "IMAGE [IMAGE...]",
    "Remove images",
    rmi_options,
    sizeof(struct rmi_args),
    OPTIONS_MIXED,
    1,
    0,
    1,
    rmi_run,
    NULL,
};
