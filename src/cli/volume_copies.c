// SPDX-License-Identifier: Apache-2.0
// volume_copies.c — volume clone, snapshot, export, import, exists.
#include "base/mem.h"
#include "base/str.h"
#include "cli/run_args.h"
#include "ops/volume.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct option no_options[] = {{}};

struct clone_args {
    struct words labels;
};
static const struct option clone_options[] = {
    OPTION_LIST(struct clone_args, labels, "label", 0, "list", "set labels (KEY=VALUE)"),
    {},
};

static int clone(struct cli *cli, const struct clone_args *args, const struct words *words,
                 bool is_snapshot)
{
    const struct volume_clone_request request = {
        .name = words->at[0],
        .target = words->n > 1 ? words->at[1] : NULL,
        .labels = run_pairs(&cli->arena, &args->labels),
        .n_labels = args->labels.n,
        .is_snapshot = is_snapshot,
    };
    struct volume_info volume;
    if (cli_call(cli, VOLUME_CLONE, &request, &volume) < 0)
        return cli_fail(cli, 1);
    puts(volume.name);
    return 0;
}

static int clone_run(struct cli *cli, const void *args, const struct words *words)
{
    return clone(cli, args, words, false);
}
const struct command volume_clone_command = {
    "volume clone",
    "VOLUME NEW-VOLUME",
    "Create a volume that begins with what another one has",
    clone_options,
    sizeof(struct clone_args),
    OPTIONS_MIXED,
    2,
    2,
    clone_run,
    ".PP\nBlocks are shared with the original where the file system can do that (btrfs, xfs), and"
    " copied elsewhere. Nothing is stopped: of a volume that is being written to, each file is as "
    "it"
    " was when it was its turn. The new volume is there when it is whole, or not at all.\n",
};

static int snapshot_run(struct cli *cli, const void *args, const struct words *words)
{
    return clone(cli, args, words, true);
}
const struct command volume_snapshot_command = {
    "volume snapshot",
    "VOLUME [NEW-VOLUME]",
    "Keep what is in a volume now as another volume",
    clone_options,
    sizeof(struct clone_args),
    OPTIONS_MIXED,
    1,
    2,
    snapshot_run,
    ".PP\nThe same as \\fBvolume clone\\fR, with the label \\fBdhow.snapshot.of=VOLUME\\fR; without"
    " a name for it, it is called VOLUME and the time.\n",
};

struct export_args {
    const char *output;
};
static const struct option export_options[] = {
    OPTION_TEXT(struct export_args, output, "output", 'o', "string",
                "write to a file, instead of standard output"),
    {},
};

static int stream(struct cli *cli, enum operation_id id, const char *volume, int fd)
{
    const struct volume_stream_request request = {.name = volume, .tar = fd};
    return cli_call(cli, id, &request, NULL) < 0 ? cli_fail(cli, 1) : 0;
}

static int export_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct export_args *args = at;
    if (args->output == NULL && isatty(STDOUT_FILENO)) {
        (void)fail(&cli->err, ERR_INVALID,
                   "refusing to write an archive to a terminal: use --output or redirect");
        return cli_fail(cli, 1);
    }
    if (args->output == NULL)
        return stream(cli, VOLUME_EXPORT, words->at[0], STDOUT_FILENO);
    AUTO_FD int out = open(args->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out < 0) {
        (void)fail_sys(&cli->err, "write %s", args->output);
        return cli_fail(cli, 1);
    }
    return stream(cli, VOLUME_EXPORT, words->at[0], out);
}
const struct command volume_export_command = {
    "volume export",
    "VOLUME",
    "Write what is in a volume as a tar archive",
    export_options,
    sizeof(struct export_args),
    OPTIONS_MIXED,
    1,
    1,
    export_run,
    NULL,
};

static int import_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    const char *source = words->n > 1 ? words->at[1] : "-";
    if (strcmp(source, "-") == 0)
        return stream(cli, VOLUME_IMPORT, words->at[0], STDIN_FILENO);
    AUTO_FD int in = open(source, O_RDONLY | O_CLOEXEC);
    if (in < 0) {
        (void)fail_sys(&cli->err, "read %s", source);
        return cli_fail(cli, 1);
    }
    return stream(cli, VOLUME_IMPORT, words->at[0], in);
}
const struct command volume_import_command = {
    "volume import",
    "VOLUME [FILE|-]",
    "Unpack a tar archive into a volume",
    no_options,
    0,
    OPTIONS_MIXED,
    1,
    2,
    import_run,
    ".PP\nFiles of the same name are replaced, others stay. The archive may be compressed.\n",
};

static int exists_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    const struct volume_reference request = {words->at[0]};
    struct volume_info volume;
    if (cli_call(cli, VOLUME_INSPECT, &request, &volume) == 0)
        return 0;
    return cli->err.kind == ERR_NOT_FOUND ? 1 : cli_fail(cli, EXIT_ENGINE);
}
const struct command volume_exists_command = {
    "volume exists",
    "VOLUME",
    "Say by the exit status whether a volume is here: 0 it is, 1 it is not",
    no_options,
    0,
    OPTIONS_MIXED,
    1,
    1,
    exists_run,
    NULL,
};
