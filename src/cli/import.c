// SPDX-License-Identifier: Apache-2.0
// import.c — an image from the archive of a root file system.
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "ops/image.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct import_args {
    const char *message, *platform;
    struct words changes;
};
static const struct option import_options[] = {
    OPTION_LIST(struct import_args, changes, "change", 'c', "list",
                "a Dockerfile instruction to apply (CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER …)"),
    OPTION_TEXT(struct import_args, message, "message", 'm', "string",
                "what the image's history says of this"),
    OPTION_TEXT(struct import_args, platform, "platform", 0, "string",
                "the platform it is for (os/arch[/variant])"),
    {},
};

static int open_archive(struct cli *cli, const char *name)
{
    if (text_starts(name, "http://") || text_starts(name, "https://"))
        return fail(&cli->err, ERR_INVALID,
                    "import does not fetch: curl --fail --location %s | dhow import - NAME", name);
    int file = open(name, O_RDONLY | O_CLOEXEC);
    return file < 0 ? fail_sys(&cli->err, "open %s", name) : file;
}

static int import_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct import_args *args = at;
    bool is_stdin = strcmp(words->at[0], "-") == 0;
    if (is_stdin && isatty(STDIN_FILENO)) {
        (void)fail(&cli->err, ERR_INVALID, "standard input is a terminal: redirect it");
        return cli_fail(cli, 1);
    }
    AUTO_FD int file = is_stdin ? -1 : open_archive(cli, words->at[0]);
    if (file < 0 && !is_stdin)
        return cli_fail(cli, 1);
    const struct image_import_request request = {
        .repo = words->n > 1 ? words->at[1] : NULL,
        .message = args->message,
        .platform = args->platform,
        .changes = args->changes.at,
        .n_changes = args->changes.n,
        .tar = is_stdin ? STDIN_FILENO : file,
    };
    struct image_import_response response;
    if (cli_call(cli, IMAGE_IMPORT, &request, &response) < 0)
        return cli_fail(cli, 1);
    puts(response.id);
    return 0;
}
const struct command import_command = {
    "import",
    "FILE|- [REPOSITORY[:TAG]]",
    "Make an image from a tar archive of a root file system",
    import_options,
    sizeof(struct import_args),
    OPTIONS_MIXED,
    1,
    2,
    import_run,
    NULL,
};
