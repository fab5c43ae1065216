// SPDX-License-Identifier: Apache-2.0
// import.c — an image from the archive of a root file system.
#include "base/mem.h"
#include "cli/command.h"
#include "ops/image.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

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
