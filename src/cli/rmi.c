// SPDX-License-Identifier: Apache-2.0
// rmi.c — names taken from images, and images removed.
#include "base/mem.h"
#include "cli/command.h"
#include "ops/image.h"

#include <stdio.h>

struct rmi_args {
    bool force, no_prune;
    struct words platforms;
};
static const struct option rmi_options[] = {
    OPTION_FLAG(struct rmi_args, force, "force", 'f',
                "also when it has several names or is in use"),
    OPTION_FLAG(struct rmi_args, no_prune, "no-prune", 0, "keep parents that have no name"),
    OPTION_READ(struct rmi_args, platforms, "platform", 0, "list", read_list,
                "remove only these platforms of it (os/arch[/variant])"),
    {},
};
void image_removed_print(const struct image_removed *done, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool is_deleted = done[i].deleted != NULL;
        printf("%s: %s\n", is_deleted ? "Deleted" : "Untagged",
               is_deleted ? done[i].deleted : done[i].untagged);
    }
}

static int rmi_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct rmi_args *args = at;
    int status = 0;
    for (size_t i = 0; i < words->n; i++) {
        const struct image_remove_request request = {
            .name = words->at[i],
            .force = args->force,
            .no_prune = args->no_prune,
            .platforms = args->platforms.at,
            .n_platforms = args->platforms.n,
        };
        struct image_remove_response response = {};
        if (cli_call(cli, IMAGE_REMOVE, &request, &response) < 0)
            status = cli_fail(cli, 1);
        image_removed_print(response.done, response.n_done);
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
    rmi_run,
    NULL,
};
