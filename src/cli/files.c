// SPDX-License-Identifier: Apache-2.0
// files.c — commit, export and diff: what a container's files are, and what it made of them.
#include "base/mem.h"
#include "base/str.h"
#include "cli/archive.h"
#include "cli/command.h"
#include "ops/container.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct commit_args {
    const char *author, *message;
    struct words changes;
    bool no_pause;
};
static const struct option commit_options[] = {
    OPTION_TEXT(struct commit_args, author, "author", 'a', "string",
                "who made it (\"Ada <ada@example.com>\")"),
    OPTION_LIST(struct commit_args, changes, "change", 'c', "list",
                "apply this Dockerfile instruction (CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, "
                "USER, VOLUME, WORKDIR)"),
    OPTION_TEXT(struct commit_args, message, "message", 'm', "string", "a note for the history"),
    OPTION_FLAG(struct commit_args, no_pause, "no-pause", 0, "let the container run meanwhile"),
    OPTION_FLAG_OFF(struct commit_args, no_pause, "pause", 'p', NULL), // docker's older word
    {},
};

static int commit_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct commit_args *args = at;
    bool no_pause = false;
    const struct container_commit_request request = {.container = words->at[0],
                                                     .repo = words->n > 1 ? words->at[1] : NULL,
                                                     .author = args->author,
                                                     .comment = args->message,
                                                     .pause = args->no_pause ? &no_pause : NULL,
                                                     .changes = args->changes.at,
                                                     .n_changes = args->changes.n};
    struct container_commit_response response;
    if (cli_call(cli, CONTAINER_COMMIT, &request, &response) < 0)
        return cli_fail(cli, 1);
    puts(response.id);
    return 0;
}
const struct command commit_command = {
    "commit",
    "CONTAINER [REPOSITORY[:TAG]]",
    "Make an image from what a container has changed",
    commit_options,
    sizeof(struct commit_args),
    OPTIONS_MIXED,
    1,
    2,
    commit_run,
    NULL,
};

struct export_args {
    const char *output;
};
static const struct option export_options[] = {
    OPTION_TEXT(struct export_args, output, "output", 'o', "string",
                "write to this file, not to stdout"),
    {},
};

static int export_to(struct cli *cli, void *of, int tar)
{
    const struct container_export_request request = {.id = of, .tar = tar};
    return cli_call(cli, CONTAINER_EXPORT, &request, NULL);
}

static int export_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct export_args *args = at;
    char *id = arena_strdup(&cli->arena, words->at[0]);
    return archive_write(cli, args->output, "export", export_to, id) < 0 ? cli_fail(cli, 1) : 0;
}
const struct command export_command = {
    "export",
    "CONTAINER",
    "Write a container's file system as a tar archive",
    export_options,
    sizeof(struct export_args),
    OPTIONS_MIXED,
    1,
    1,
    export_run,
    ".PP\nWhat is mounted into the container, volumes for one, is left out. "
    "\\fBdhow import\\fR makes an image of the archive.",
};

void changes_print(const struct container_changes_response *changes)
{
    static const char kinds[] = "CAD";
    for (size_t i = 0; i < changes->n_changes; i++)
        printf("%c %s\n", kinds[changes->changes[i].kind], changes->changes[i].path);
}

static const struct option no_options[] = {{}};
static int diff_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)at;
    const struct container_reference request = {words->at[0]};
    struct container_changes_response response;
    if (cli_call(cli, CONTAINER_CHANGES, &request, &response) < 0)
        return cli_fail(cli, 1);
    changes_print(&response);
    return 0;
}
const struct command diff_command = {
    "diff",
    "CONTAINER",
    "List what a container has changed in its file system",
    no_options,
    0,
    OPTIONS_MIXED,
    1,
    1,
    diff_run,
    ".PP\nA added, C changed, D deleted; a directory counts as changed when something in it is.",
};
