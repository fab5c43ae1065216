// SPDX-License-Identifier: Apache-2.0
// convert.c — image convert.
#include "base/str.h"
#include "cli/command.h"
#include "ops/image.h"

#include <stdio.h>

struct convert_args {
    const char *compress;
};
static const struct option convert_options[] = {
    OPTION_TEXT(struct convert_args, compress, "compress", 0, "gzip|zstd|none",
                "how layers are to be compressed (default zstd)"),
    {},
};

static int convert_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct convert_args *args = at;
    const struct image_convert_request request = {
        .name = words->at[0],
        .repo = words->at[1],
        .compression = text_is_empty(args->compress) ? "zstd" : args->compress};
    struct image_convert_response response;
    if (cli_call(cli, IMAGE_CONVERT, &request, &response) < 0)
        return cli_fail(cli, 1);
    puts(response.id);
    return 0;
}
const struct command image_convert_command = {
    .name = "image convert",
    .arguments = "IMAGE NAME[:TAG]",
    .summary = "Make the same image with its layers compressed in another way",
    .options = convert_options,
    .args_size = sizeof(struct convert_args),
    .flags = OPTIONS_MIXED,
    .least = 2,
    .most = 2,
    .run = convert_run,
    .more = "Of an image for several platforms all that are here are converted. zstd needs docker "
            "20.10, "
            "podman 2 or\ncontainerd 1.5 where it is pulled, and is smaller and faster to unpack "
            "than gzip.\n",
};
