// SPDX-License-Identifier: Apache-2.0
// archive.c — save and load.
#include "cli/archive.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/progress.h"
#include "ops/image.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct save_args {
    const char *output, *since;
    struct words platforms;
};
static const struct option save_options[] = {
    OPTION_TEXT(struct save_args, output, "output", 'o', "FILE",
                "write to this file, not to stdout"),
    OPTION_READ(struct save_args, platforms, "platform", 0, "list", read_list,
                "only for these platforms (os/arch[/variant])"),
    OPTION_TEXT(struct save_args, since, "since", 0, "IMAGE",
                "leave out what this image has, too: for a reader that has it"),
    {},
};

// --- writing

static int write_to_file(struct cli *cli, const char *path,
                         int (*write)(struct cli *cli, void *of, int tar), void *of)
{
    const char *beside = arena_printf(&cli->arena, "%s.%d.tmp", path, (int)getpid());
    AUTO_FD int file = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return fail_sys(&cli->err, "create %s", beside);
    int result = write(cli, of, file);
    if (result == 0 && (fsync(file) < 0 || rename(beside, path) < 0))
        result = fail_sys(&cli->err, "write %s", path);
    if (result < 0)
        (void)unlink(beside);
    return result;
}

// A device, a pipe: what is written to, not replaced.
static bool is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

int archive_write(struct cli *cli, const char *path, const char *verb,
                  int (*write)(struct cli *cli, void *of, int tar), void *of)
{
    (void)signal(SIGPIPE, SIG_IGN); // a write tells
    if (path == NULL) {
        if (isatty(STDOUT_FILENO))
            return fail(&cli->err, ERR_INVALID,
                        "cowardly refusing to %s to a terminal. Use the -o flag or redirect", verb);
        return write(cli, of, STDOUT_FILENO);
    }
    if (!is_special(path))
        return write_to_file(cli, path, write, of);
    AUTO_FD int device = open(path, O_WRONLY | O_CLOEXEC);
    return device < 0 ? fail_sys(&cli->err, "open %s", path) : write(cli, of, device);
}

// --- save

static int save_to(struct cli *cli, void *of, int tar)
{
    struct image_save_request *request = of;
    request->tar = tar;
    return cli_call(cli, IMAGE_SAVE, request, NULL);
}

static int save_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct save_args *args = at;
    struct image_save_request request = {.names = words->at,
                                         .n_names = words->n,
                                         .platforms = args->platforms.at,
                                         .n_platforms = args->platforms.n,
                                         .since = args->since};
    return archive_write(cli, args->output, "save", save_to, &request) < 0 ? cli_fail(cli, 1) : 0;
}
const struct command save_command = {
    "save",
    "IMAGE [IMAGE...]",
    "Write images to a tar archive",
    save_options,
    sizeof(struct save_args),
    OPTIONS_MIXED,
    1,
    0,
    save_run,
    ".PP\nThe archive is an OCI image layout that also has docker\\(aqs manifest.json; "
    "docker, podman, skopeo and dhow read it. With \\fB\\-\\-since\\fR it has only what that "
    "image lacks, and can be loaded where that image is.",
};

// --- load

struct load_args {
    const char *input;
    bool quiet;
    struct words platforms;
};
static const struct option load_options[] = {
    OPTION_TEXT(struct load_args, input, "input", 'i', "FILE",
                "read from this file, not from stdin"),
    OPTION_READ(struct load_args, platforms, "platform", 0, "list", read_list,
                "only for these platforms (os/arch[/variant])"),
    OPTION_FLAG(struct load_args, quiet, "quiet", 'q', "say only what was loaded"),
    {},
};

static int load_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct load_args *args = at;
    bool shows_progress = !args->quiet && isatty(STDERR_FILENO);
    struct progress_view view;
    if (args->input == NULL && isatty(STDIN_FILENO)) {
        (void)fail(&cli->err, ERR_INVALID,
                   "requested load from stdin, but stdin is a terminal: use -i, or redirect");
        return cli_fail(cli, 1);
    }
    AUTO_FD int file = args->input != NULL ? open(args->input, O_RDONLY | O_CLOEXEC) : -1;
    if (args->input != NULL && file < 0) {
        (void)fail_sys(&cli->err, "open %s", args->input);
        return cli_fail(cli, 1);
    }
    const struct image_load_request request = {.platforms = args->platforms.at,
                                               .n_platforms = args->platforms.n,
                                               .quiet = args->quiet,
                                               .tar = args->input != NULL ? file : STDIN_FILENO,
                                               .progress = shows_progress ? &view.sink : NULL};
    struct image_load_response response;
    progress_view_init(&view, STDERR_FILENO);
    int done = cli_call(cli, IMAGE_LOAD, &request, &response);
    progress_view_done(&view);
    if (done < 0)
        return cli_fail(cli, 1);
    for (size_t i = 0; i < response.n_loaded; i++)
        puts(response.loaded[i]);
    return 0;
}
const struct command load_command = {
    "load",
    "",
    "Read images from a tar archive that save, or a program like it, wrote",
    load_options,
    sizeof(struct load_args),
    OPTIONS_MIXED,
    0,
    0,
    load_run,
    ".PP\nIt takes OCI image layouts and docker\\(aqs archives, plain or compressed with gzip, "
    "zstd, xz or bzip2.",
};
