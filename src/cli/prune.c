// SPDX-License-Identifier: Apache-2.0
// prune.c — removes what nobody uses, after a question.
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/network.h"
#include "cli/volume.h"
#include "ops/container.h"
#include "ops/filters.h"
#include "ops/system.h"

#include <stdio.h>
#include <string.h>

struct prune_args {
    bool all, force, volumes;
    struct words filters;
};
static const struct option image_prune_options[] = {
    OPTION_FLAG(struct prune_args, all, "all", 'a',
                "all images that no container uses, not only those without a name"),
    OPTION_LIST(struct prune_args, filters, "filter", 0, "filter",
                "only some of them (until=24h, label=key[=value], label!=key[=value])"),
    OPTION_FLAG(struct prune_args, force, "force", 'f', "do not ask"),
    {},
};

// The user's filters, those of config.json, and which images are meant.
static int build_filters(struct cli *cli, const struct prune_args *args, const char **out)
{
    const struct config_file *config = cli_config(cli);
    struct words words = {};
    for (size_t i = 0; i < args->filters.n; i++)
        words_add(&cli->arena, &words, args->filters.at[i]);
    for (size_t i = 0; i < config->n_prune_filters; i++)
        words_add(&cli->arena, &words, config->prune_filters[i]);
    words_add(&cli->arena, &words, args->all ? "dangling=false" : "dangling=true");
    return filters_write(&cli->arena, words.at, words.n, out, &cli->err);
}

// Removes images and says which; adds what that gave back to *reclaimed.
static int prune_images(struct cli *cli, const struct prune_args *args, uint64_t *reclaimed)
{
    struct image_prune_request request = {};
    struct image_prune_response response;
    if (build_filters(cli, args, &request.filters) < 0 ||
        cli_call(cli, IMAGE_PRUNE, &request, &response) < 0)
        return -1;
    if (response.n_done != 0)
        puts("Deleted Images:");
    for (size_t i = 0; i < response.n_done; i++) {
        bool is_deleted = response.done[i].deleted != NULL;
        printf("%s: %s\n", is_deleted ? "deleted" : "untagged",
               is_deleted ? response.done[i].deleted : response.done[i].untagged);
    }
    if (response.n_done != 0)
        puts("");
    *reclaimed += response.space_reclaimed;
    return 0;
}

static void say_reclaimed(struct cli *cli, uint64_t reclaimed)
{
    printf("Total reclaimed space: %s\n", size_words_4(&cli->arena, reclaimed));
}

static int image_prune_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct prune_args *args = at;
    uint64_t reclaimed = 0;
    const char *warning =
        args->all ? "WARNING! This will remove all images without at least one container "
                    "associated to them."
                  : "WARNING! This will remove all dangling images.";
    if (!args->force && !cli_confirms(warning)) {
        (void)fail(&cli->err, ERR_INVALID, "image prune has been cancelled");
        return cli_fail(cli, 1);
    }
    if (prune_images(cli, args, &reclaimed) < 0)
        return cli_fail(cli, 1);
    say_reclaimed(cli, reclaimed);
    return 0;
}
const struct command image_prune_command = {
    "image prune",
    "",
    "Remove unused images",
    image_prune_options,
    sizeof(struct prune_args),
    OPTIONS_MIXED,
    0,
    0,
    image_prune_run,
    NULL,
};

// --- containers ---

#define FORCE_AND_FILTER                                                                           \
    OPTION_LIST(struct prune_args, filters, "filter", 0, "filter",                                 \
                "only some (until=24h, label=key[=value], label!=key[=value])"),                   \
        OPTION_FLAG(struct prune_args, force, "force", 'f', "do not ask")

static const struct option container_prune_options[] = {
    FORCE_AND_FILTER,
    {},
};

static int prune_containers(struct cli *cli, const struct prune_args *args, uint64_t *reclaimed)
{
    const struct config_file *config = cli_config(cli);
    struct container_prune_request request = {};
    struct container_prune_response response;
    struct words words = {};
    for (size_t i = 0; i < args->filters.n; i++)
        words_add(&cli->arena, &words, args->filters.at[i]);
    for (size_t i = 0; i < config->n_prune_filters; i++)
        words_add(&cli->arena, &words, config->prune_filters[i]);
    if (filters_write(&cli->arena, words.at, words.n, &request.filters, &cli->err) < 0 ||
        cli_call(cli, CONTAINER_PRUNE, &request, &response) < 0)
        return -1;
    if (response.n_deleted != 0)
        puts("Deleted Containers:");
    for (size_t i = 0; i < response.n_deleted; i++)
        puts(response.deleted[i]);
    if (response.n_deleted != 0)
        puts("");
    *reclaimed += response.space_reclaimed;
    return 0;
}

static int container_prune_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct prune_args *args = at;
    uint64_t reclaimed = 0;
    if (!args->force && !cli_confirms("WARNING! This will remove all stopped containers.")) {
        (void)fail(&cli->err, ERR_INVALID, "container prune has been cancelled");
        return cli_fail(cli, 1);
    }
    if (prune_containers(cli, args, &reclaimed) < 0)
        return cli_fail(cli, 1);
    say_reclaimed(cli, reclaimed);
    return 0;
}
const struct command container_prune_command = {
    "container prune",
    "",
    "Remove all stopped containers",
    container_prune_options,
    sizeof(struct prune_args),
    OPTIONS_MIXED,
    0,
    0,
    container_prune_run,
    NULL,
};

// --- all of it ---

static const struct option system_prune_options[] = {
    OPTION_FLAG(struct prune_args, all, "all", 'a',
                "all images that no container uses, not only those without a name"),
    FORCE_AND_FILTER,
    OPTION_FLAG(struct prune_args, volumes, "volumes", 0,
                "volumes without a name that no container uses, too"),
    {},
};

static bool confirms_system(const struct prune_args *args)
{
    AUTO_FREE char *warning = str_printf(
        "WARNING! This will remove:\n  - all stopped containers\n"
        "  - all networks not used by at least one container\n%s%s",
        args->volumes ? "  - all anonymous volumes not used by at least one container\n" : "",
        args->all ? "  - all images without at least one container associated to them\n"
                  : "  - all dangling images\n");
    return cli_confirms(warning);
}

// Of the filters those that volumes know; `until` is none.
static int prune_volumes(struct cli *cli, const struct prune_args *args, uint64_t *reclaimed)
{
    struct words filters = {};
    for (size_t i = 0; i < args->filters.n; i++) {
        if (!text_starts(args->filters.at[i], "until="))
            words_add(&cli->arena, &filters, args->filters.at[i]);
    }
    return volumes_prune(cli, &filters, false, reclaimed);
}

static int prune_networks_by(struct cli *cli, const struct prune_args *args)
{
    const char *filters;
    if (filters_write(&cli->arena, args->filters.at, args->filters.n, &filters, &cli->err) < 0)
        return -1;
    return prune_networks(cli, filters);
}

static int system_prune_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct prune_args *args = at;
    uint64_t reclaimed = 0;
    if (!args->force && !confirms_system(args)) {
        (void)fail(&cli->err, ERR_INVALID, "system prune has been cancelled");
        return cli_fail(cli, 1);
    }
    const char *filters;
    if (prune_containers(cli, args, &reclaimed) < 0 ||
        filters_of(cli, &args->filters, &filters) < 0 || prune_networks(cli, filters) < 0 ||
        prune_networks_by(cli, args) < 0 ||
        (args->volumes && prune_volumes(cli, args, &reclaimed) < 0) ||
        prune_images(cli, args, &reclaimed) < 0)
        return cli_fail(cli, 1);
    say_reclaimed(cli, reclaimed);
    return 0;
}
const struct command system_prune_command = {
    "system prune",
    "",
    "Remove what nothing uses: stopped containers, networks, images",
    system_prune_options,
    sizeof(struct prune_args),
    OPTIONS_MIXED,
    0,
    0,
    system_prune_run,
    NULL,
};
