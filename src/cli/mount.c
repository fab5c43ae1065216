// SPDX-License-Identifier: Apache-2.0
// mount.c — mount, unmount, image mount, image unmount, image exists, image diff: looking into file
// systems from the host.
#include "base/str.h"
#include "cli/command.h"
#include "ops/container.h"
#include "ops/image.h"

#include <stdio.h>

static const struct option no_options[] = {{}};

static int mount_one(struct cli *cli, const void *args, const char *word)
{
    (void)args;
    const struct container_reference request = {word};
    struct mount_response response;
    if (cli_call(cli, CONTAINER_MOUNT, &request, &response) < 0)
        return -1;
    puts(response.path);
    return 0;
}

// Prints what each call has printed, not the words.
static int each(struct cli *cli, const struct words *words,
                int (*one)(struct cli *cli, const void *args, const char *word), const void *args)
{
    int status = 0;
    for (size_t i = 0; i < words->n; i++) {
        if (one(cli, args, words->at[i]) < 0)
            status = cli_fail(cli, 1);
    }
    return status;
}

static int mount_run(struct cli *cli, const void *args, const struct words *words)
{
    return each(cli, words, mount_one, args);
}
const struct command mount_command = {
    "mount",
    "CONTAINER [CONTAINER...]",
    "Mount containers' file systems for the host and say where",
    no_options,
    0,
    OPTIONS_MIXED,
    1,
    0,
    mount_run,
    NULL,
};

static int unmount_one(struct cli *cli, const void *args, const char *word)
{
    (void)args;
    const struct container_reference request = {word};
    return cli_call(cli, CONTAINER_UNMOUNT, &request, NULL);
}
static int unmount_run(struct cli *cli, const void *args, const struct words *words)
{
    return cli_for_each(cli, words, unmount_one, args);
}
const struct command unmount_command = {
    "unmount",
    "CONTAINER [CONTAINER...]",
    "Take away what mount has mounted",
    no_options,
    0,
    OPTIONS_MIXED,
    1,
    0,
    unmount_run,
    NULL,
};

struct image_mount_args {
    const char *platform;
};
static const struct option image_mount_options[] = {
    OPTION_TEXT(struct image_mount_args, platform, "platform", 0, "string",
                "this platform of an image for several (os/arch[/variant])"),
    {},
};

static int image_mount_one(struct cli *cli, const void *at, const char *word)
{
    const struct image_mount_args *args = at;
    const struct image_mount_request request = {word, args->platform};
    struct mount_response response;
    if (cli_call(cli, IMAGE_MOUNT, &request, &response) < 0)
        return -1;
    puts(response.path);
    return 0;
}
static int image_mount_run(struct cli *cli, const void *args, const struct words *words)
{
    return each(cli, words, image_mount_one, args);
}
const struct command image_mount_command = {
    "image mount",
    "IMAGE [IMAGE...]",
    "Mount images' file systems, read-only, for the host and say where",
    image_mount_options,
    sizeof(struct image_mount_args),
    OPTIONS_MIXED,
    1,
    0,
    image_mount_run,
    NULL,
};

static int image_unmount_one(struct cli *cli, const void *args, const char *word)
{
    (void)args;
    const struct image_unmount_request request = {word};
    return cli_call(cli, IMAGE_UNMOUNT, &request, NULL);
}
static int image_unmount_run(struct cli *cli, const void *args, const struct words *words)
{
    return cli_for_each(cli, words, image_unmount_one, args);
}
const struct command image_unmount_command = {
    "image unmount",
    "IMAGE [IMAGE...]",
    "Take away what image mount has mounted",
    no_options,
    0,
    OPTIONS_MIXED,
    1,
    0,
    image_unmount_run,
    NULL,
};

static int exists_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    const struct image_inspect_request request = {.name = words->at[0]};
    struct image_inspection inspection;
    if (cli_call(cli, IMAGE_INSPECT, &request, &inspection) == 0)
        return 0;
    return cli->err.kind == ERR_NOT_FOUND ? 1 : cli_fail(cli, EXIT_ENGINE);
}
const struct command image_exists_command = {
    "image exists",
    "IMAGE",
    "Say by the exit status whether an image is here: 0 it is, 1 it is not",
    no_options,
    0,
    OPTIONS_MIXED,
    1,
    1,
    exists_run,
    NULL,
};

static int image_diff_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct image_mount_args *args = at;
    const struct image_mount_request request = {words->at[0], args->platform};
    struct container_changes_response response;
    if (cli_call(cli, IMAGE_CHANGES, &request, &response) < 0)
        return cli_fail(cli, 1);
    changes_print(&response);
    return 0;
}
const struct command image_diff_command = {
    "image diff",
    "IMAGE",
    "List what an image's topmost layer changes of those below it",
    image_mount_options,
    sizeof(struct image_mount_args),
    OPTIONS_MIXED,
    1,
    1,
    image_diff_run,
    NULL,
};
