// SPDX-License-Identifier: Apache-2.0
// volume.c — volume create, ls, rm, prune, update.
#include "ops/volume.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/format.h"
#include "cli/run_args.h"
#include "cli/volume.h"

#include <stdio.h>
#include <string.h>

// --- create ---

struct create_args {
    const char *driver, *name;
    struct words labels, options;
};
static const struct option create_options[] = {
    OPTION_TEXT(struct create_args, driver, "driver", 'd', "string", "who keeps it (local)"),
    OPTION_LIST(struct create_args, labels, "label", 0, "list", "set labels (KEY=VALUE)"),
    OPTION_TEXT(struct create_args, name, "name", 0, "string", NULL),
    OPTION_LIST(struct create_args, options, "opt", 'o', "map",
                "what it is: type=, device=, o= as mount has them; size="),
    {},
};

static int create_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct create_args *args = at;
    if (words->n != 0 && args->name != NULL) {
        (void)fail(&cli->err, ERR_INVALID,
                   "conflicting options: cannot specify a volume-name through both --name and as a "
                   "positional arg");
        return cli_fail(cli, 1);
    }
    const struct volume_create_request request = {
        .name = words->n != 0 ? words->at[0] : args->name,
        .driver = args->driver,
        .options = run_pairs(&cli->arena, &args->options),
        .n_options = args->options.n,
        .labels = run_pairs(&cli->arena, &args->labels),
        .n_labels = args->labels.n,
    };
    struct volume_info volume;
    if (cli_call(cli, VOLUME_CREATE, &request, &volume) < 0)
        return cli_fail(cli, 1);
    puts(volume.name);
    return 0;
}
const struct command volume_create_command = {
    "volume create",
    "[VOLUME]",
    "Create a volume",
    create_options,
    sizeof(struct create_args),
    OPTIONS_MIXED,
    0,
    1,
    create_run,
    ".PP\nWithout a name it gets one of 64 hexadecimal digits, and is one of those that"
    " \\fBvolume prune\\fR removes when no container uses them.\n"
    ".PP\nWith \\fB\\-o type=TYPE \\-o device=DEVICE \\-o o=OPTIONS\\fR a file system of its own"
    " (nfs, cifs, tmpfs, ext4 ...), or with \\fBo=bind\\fR a directory of the host, is mounted in "
    "it"
    " while a container that uses it runs. Servers are named by their addresses. \\fB\\-o o=uid=N,"
    "gid=N,mode=N\\fR alone says who owns a plain volume; \\fB\\-o size=10G\\fR limits it where the"
    " file system has project quotas.\n",
};

// --- list ---

struct list_args {
    bool quiet, cluster;
    const char *format;
    struct words filter;
};
static const struct option list_options[] = {
    OPTION_FLAG(struct list_args, cluster, "cluster", 0, NULL), // there is none
    OPTION_FILTER(struct list_args, filter),
    OPTION_FORMAT_LIST(struct list_args, format, 0),
    OPTION_FLAG(struct list_args, quiet, "quiet", 'q', "names only"),
    {},
};

static const char *row_name(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct volume_info *)at)->name;
}
static const char *row_driver(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct volume_info *)at)->driver;
}
static const char *row_scope(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct volume_info *)at)->scope;
}
static const char *row_mountpoint(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct volume_info *)at)->mountpoint;
}
static const char *row_labels(struct arena *arena, const void *at)
{
    const struct volume_info *it = at;
    return labels_words(arena, it->labels, it->n_labels);
}
static const char *row_label(struct arena *arena, const void *at, const char *name)
{
    (void)arena;
    const struct volume_info *it = at;
    for (size_t i = 0; i < it->n_labels; i++) {
        if (strcmp(it->labels[i].key, name) == 0)
            return it->labels[i].value;
    }
    return "";
}
// Of system df alone.
static const char *row_links(struct arena *arena, const void *at)
{
    const struct volume_info *it = at;
    return it->usage == NULL ? "N/A" : arena_printf(arena, "%jd", (intmax_t)it->usage->ref_count);
}
static const char *row_size(struct arena *arena, const void *at)
{
    const struct volume_info *it = at;
    return it->usage == NULL || it->usage->size < 0
               ? "N/A"
               : size_words_4(arena, (uint64_t)it->usage->size);
}
// Of cluster volumes alone.
static const char *row_none(struct arena *arena, const void *at)
{
    (void)arena;
    (void)at;
    return "N/A";
}

static const struct row_field volume_fields[] = {
    {.name = "Name", .heading = "VOLUME NAME", .text = row_name},
    {.name = "Driver", .heading = "DRIVER", .text = row_driver},
    {.name = "Scope", .heading = "SCOPE", .text = row_scope},
    {.name = "Mountpoint", .heading = "MOUNTPOINT", .text = row_mountpoint},
    {.name = "Labels", .heading = "LABELS", .text = row_labels},
    {.name = "Links", .heading = "LINKS", .text = row_links},
    {.name = "Size", .heading = "SIZE", .text = row_size},
    {.name = "Group", .heading = "GROUP", .text = row_none},
    {.name = "Availability", .heading = "AVAILABILITY", .text = row_none},
    {.name = "Status", .heading = "STATUS", .text = row_none},
    {.name = "Label", .text_of = row_label},
    {},
};
const struct row_type volume_rows = {"*formatter.volumeContext", volume_fields};

static int list_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct list_args *args = at;
    struct volume_list_request request = {};
    struct volume_list_response response;
    if (filters_of(cli, &args->filter, &request.filters) < 0 ||
        cli_call(cli, VOLUME_LIST, &request, &response) < 0)
        return cli_fail(cli, 1);
    const struct list_style style = {
        .format = args->format,
        .configured = cli_config(cli)->volumes_format,
        .columns = "{{.Driver}}\t{{.Name}}",
        .raw = "name: {{.Name}}\ndriver: {{.Driver}}\n",
        .quiet = args->quiet ? "{{.Name}}" : NULL,
    };
    if (list_print(cli, &volume_rows, &style, response.volumes, response.n_volumes,
                   sizeof *response.volumes) < 0)
        return cli_fail(cli, 1);
    return 0;
}
const struct command volume_ls_command = {
    "volume ls", "", "List volumes", list_options,  sizeof(struct list_args), OPTIONS_MIXED,
    0,           0,  list_run,       format_manual,
};

// --- remove ---

struct rm_args {
    bool force;
};
static const struct option rm_options[] = {
    OPTION_FLAG(struct rm_args, force, "force", 'f', "one that is not there is no mistake"),
    {},
};
static int rm_one(struct cli *cli, const void *at, const char *word)
{
    const struct rm_args *args = at;
    const struct volume_remove_request request = {word, args->force};
    return cli_call(cli, VOLUME_REMOVE, &request, NULL);
}
static int rm_run(struct cli *cli, const void *args, const struct words *words)
{
    return cli_for_each(cli, words, rm_one, args);
}
const struct command volume_rm_command = {
    "volume rm",
    "VOLUME [VOLUME...]",
    "Remove volumes and what is in them",
    rm_options,
    sizeof(struct rm_args),
    OPTIONS_MIXED,
    1,
    0,
    rm_run,
    NULL,
};

// --- prune ---

struct prune_args {
    bool all, force;
    struct words filters;
};
static const struct option prune_options[] = {
    OPTION_FLAG(struct prune_args, all, "all", 'a', "those that were given a name, too"),
    OPTION_LIST(struct prune_args, filters, "filter", 0, "filter",
                "only some of them (label=key[=value], label!=key[=value])"),
    OPTION_FLAG(struct prune_args, force, "force", 'f', "do not ask"),
    {},
};

int volumes_prune(struct cli *cli, const struct words *filters, bool all, uint64_t *reclaimed)
{
    struct words words = {};
    struct volume_prune_request request = {};
    struct volume_prune_response response;
    for (size_t i = 0; i < filters->n; i++)
        words_add(&cli->arena, &words, filters->at[i]);
    if (all)
        words_add(&cli->arena, &words, "all=true");
    if (filters_of(cli, &words, &request.filters) < 0 ||
        cli_call(cli, VOLUME_PRUNE, &request, &response) < 0)
        return -1;
    if (response.n_removed != 0)
        puts("Deleted Volumes:");
    for (size_t i = 0; i < response.n_removed; i++)
        puts(response.removed[i]);
    if (response.n_removed != 0)
        puts("");
    *reclaimed += response.space_reclaimed;
    return 0;
}

static int prune_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct prune_args *args = at;
    uint64_t reclaimed = 0;
    const char *warning = args->all ? "WARNING! This will remove all local volumes not used by at "
                                      "least one container."
                                    : "WARNING! This will remove anonymous local volumes not used "
                                      "by at least one container.";
    if (!args->force && !cli_confirms(warning)) {
        (void)fail(&cli->err, ERR_INVALID, "volume prune has been cancelled");
        return cli_fail(cli, 1);
    }
    if (volumes_prune(cli, &args->filters, args->all, &reclaimed) < 0)
        return cli_fail(cli, 1);
    printf("Total reclaimed space: %s\n", size_words_4(&cli->arena, reclaimed));
    return 0;
}
const struct command volume_prune_command = {
    "volume prune",
    "",
    "Remove volumes that no container uses",
    prune_options,
    sizeof(struct prune_args),
    OPTIONS_MIXED,
    0,
    0,
    prune_run,
    NULL,
};

// --- update ---

struct update_args {
    struct words labels, remove_labels;
};
static const struct option update_options[] = {
    OPTION_LIST(struct update_args, labels, "label-add", 0, "list", "set labels (KEY=VALUE)"),
    OPTION_LIST(struct update_args, remove_labels, "label-rm", 0, "list", "take labels away"),
    {},
};
static int update_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct update_args *args = at;
    const struct volume_update_request request = {
        .name = words->at[0],
        .labels = run_pairs(&cli->arena, &args->labels),
        .n_labels = args->labels.n,
        .remove_labels = args->remove_labels.at,
        .n_remove_labels = args->remove_labels.n,
    };
    if (cli_call(cli, VOLUME_UPDATE, &request, NULL) < 0)
        return cli_fail(cli, 1);
    puts(words->at[0]);
    return 0;
}
const struct command volume_update_command = {
    "volume update",
    "[OPTIONS] VOLUME",
    "Change a volume's labels",
    update_options,
    sizeof(struct update_args),
    OPTIONS_MIXED,
    1,
    1,
    update_run,
    NULL,
};
