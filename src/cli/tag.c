// SPDX-License-Identifier: Apache-2.0
// tag.c — another name for an image.
#include "base/mem.h"
#include "cli/command.h"
#include "ops/image.h"

static const struct option no_options[] = {{}};

static int tag_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    const struct image_tag_request request = {.name = words->at[0], .repo = words->at[1]};
    return cli_call(cli, IMAGE_TAG, &request, NULL) < 0 ? cli_fail(cli, 1) : 0;
}
const struct command tag_command = {
    "tag",
    "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
    "Give an image another name",
    no_options,
    0,
    OPTIONS_MIXED,
    2,
    2,
    tag_run,
    NULL,
};
