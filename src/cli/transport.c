// SPDX-License-Identifier: Apache-2.0
// transport.c — pull and push without a registry: load and save under other names.
#include "cli/transport.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/archive.h"
#include "ops/image.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const struct transport {
    const char *prefix;
    bool is_dir;
} transports[] = {
    {"oci-archive:", false},
    {"docker-archive:", false},
    {"oci:", true},
};

static const struct transport *find(const char *text)
{
    for (size_t i = 0; i < N_ELEMENTS(transports); i++) {
        if (text_starts(text, transports[i].prefix))
            return &transports[i];
    }
    return NULL;
}

bool is_transport(const char *text)
{
    return find(text) != NULL;
}

struct place {
    const char *path, *name; // name NULL: not said
};

// The path has no colon; what follows one is a name, which may have some.
static int read_place(struct cli *cli, const char *text, struct place *out)
{
    struct str rest = str_of(text + strlen(find(text)->prefix));
    struct str path = str_cut(&rest, ':');
    if (path.n == 0)
        return fail(&cli->err, ERR_INVALID, "\"%s\": which file? want %sPATH[:NAME]", text,
                    find(text)->prefix);
    out->path = arena_strndup(&cli->arena, path.at, path.n);
    out->name = rest.n != 0 ? arena_strndup(&cli->arena, rest.at, rest.n) : NULL;
    return 0;
}

int transport_pull(struct cli *cli, const char *source, const char *platform)
{
    struct place place;
    struct image_load_response response;
    if (read_place(cli, source, &place) < 0)
        return cli_fail(cli, 1);
    int flags = O_RDONLY | O_CLOEXEC | (find(source)->is_dir ? O_DIRECTORY : 0);
    AUTO_FD int file = open(place.path, flags);
    if (file < 0) {
        (void)fail_sys(&cli->err, "open %s", place.path);
        return cli_fail(cli, 1);
    }
    const struct image_load_request request = {.platforms = &platform,
                                               .n_platforms = platform != NULL,
                                               .quiet = true,
                                               .reference = place.name,
                                               .tar = file};
    if (cli_call(cli, IMAGE_LOAD, &request, &response) < 0)
        return cli_fail(cli, 1);
    for (size_t i = 0; i < response.n_loaded; i++)
        puts(response.loaded[i]);
    return 0;
}

static int save_to(struct cli *cli, void *of, int tar)
{
    struct image_save_request *request = of;
    request->tar = tar;
    return cli_call(cli, IMAGE_SAVE, request, NULL);
}

int transport_push(struct cli *cli, const char *image, const char *destination,
                   const char *platform)
{
    struct place place;
    struct image_save_request request = {
        .names = &image, .n_names = 1, .platforms = &platform, .n_platforms = platform != NULL};
    if (read_place(cli, destination, &place) < 0)
        return cli_fail(cli, 1);
    if (find(destination)->is_dir || place.name != NULL) {
        (void)fail(&cli->err, ERR_INVALID,
                   place.name != NULL
                       ? "\"%s\": the image keeps its own name: tag it first (dhow tag)"
                       : "\"%s\": a directory is not written to: push to oci-archive:FILE, and "
                         "unpack that",
                   destination);
        return cli_fail(cli, 1);
    }
    return archive_write(cli, place.path, "save", save_to, &request) < 0 ? cli_fail(cli, 1) : 0;
}
