// SPDX-License-Identifier: Apache-2.0
// run_mounts.c — options of run: volumes, bind mounts, tmpfs, images.
#include "base/mem.h"
#include "base/str.h"
#include "cli/mount_words.h"
#include "cli/run_args.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int read_mount(struct arena *arena, const char *text, void *member, struct err *err)
{
    struct mount_words *mounts = member;
    struct mount_request *more = arena_array(arena, mounts->n + 1, sizeof *more);
    if (mounts->n != 0)
        memcpy(more, mounts->at, mounts->n * sizeof *more);
    if (mount_words_read(arena, text, &more[mounts->n], err) < 0)
        return -1;
    mounts->at = more;
    mounts->n++;
    return 0;
}

// clang-format off
const struct option run_mounts_options[] = {
    OPTION_READ(struct run_mounts_args, mounts, "mount", 0, "mount", read_mount,
                "mount something (type=volume|bind|tmpfs|image,source=,target=,...)"),
    OPTION_FLAG(struct run_mounts_args, read_only, "read-only", 0, "its root file system cannot be written"),
    OPTION_FLAG(struct run_mounts_args, read_only_tmpfs, "read-only-tmpfs", 0,
                "with --read-only: /run, /tmp and /var/tmp can be written, in memory"),
    OPTION_LIST(struct run_mounts_args, storage_opts, "storage-opt", 0, "list", "limit its own files (size=10G)"),
    OPTION_LIST(struct run_mounts_args, tmpfs, "tmpfs", 0, "list", "mount a file system in memory (TARGET[:OPTIONS])"),
    OPTION_LIST(struct run_mounts_args, volumes, "volume", 'v', "list",
                "mount a volume or a host directory ([SOURCE:]TARGET[:OPTIONS])"),
    OPTION_TEXT(struct run_mounts_args, volume_driver, "volume-driver", 0, "string", "who keeps new volumes (local)"),
    OPTION_LIST(struct run_mounts_args, volumes_from, "volumes-from", 0, "list", "mount what another container has mounted"),
    {},
};
// clang-format on

// A plain name is a volume, but a file of that name is what was meant: a volume is never a file.
static void warn_of_file(const char *text)
{
    struct stat st;
    struct str rest = str_of(text), source = str_cut(&rest, ':');
    AUTO_FREE char *name = xstrndup(source.at, source.n);
    if (source.n != strlen(text) && strchr(name, '/') == NULL && lstat(name, &st) == 0 &&
        S_ISREG(st.st_mode))
        fprintf(stderr,
                "WARNING: -v %s mounts a volume called \"%s\"; for the file here, write ./%s\n",
                text, name, name);
}

// The same once more asks for nothing more.
static bool is_said_before(const struct words *words, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(words->at[k], words->at[i]) == 0)
            return true;
    }
    return false;
}

// Those with a source are binds; a path alone is a volume without a name.
static int take_volumes(struct cli *cli, const struct words *words, struct container_spec *spec)
{
    struct host_config *host = &spec->host;
    host->binds = arena_array(&cli->arena, words->n + 1, sizeof *host->binds);
    spec->volumes = arena_array(&cli->arena, words->n + 1, sizeof *spec->volumes);
    for (size_t i = 0; i < words->n; i++) {
        const char *text, *word = words->at[i];
        if (*word == ':' || strstr(word, "::") != NULL)
            return fail(&cli->err, ERR_INVALID, "invalid spec: %s: empty section between colons",
                        word);
        if (is_said_before(words, i))
            continue;
        if (volume_words_read(&cli->arena, words->at[i], &text, &cli->err) < 0)
            return -1;
        warn_of_file(text);
        if (strchr(text, ':') == NULL)
            spec->volumes[spec->n_volumes++].key = text;
        else
            host->binds[host->n_binds++] = text;
    }
    return 0;
}

static void add_tmpfs(struct cli *cli, const struct run_mounts_args *args, struct host_config *host)
{
    static const char *const writable[] = {"/run", "/tmp", "/var/tmp"};
    size_t n = args->tmpfs.n;
    host->tmpfs = arena_array(&cli->arena, n + N_ELEMENTS(writable) + 1, sizeof *host->tmpfs);
    for (size_t i = 0; i < n; i++) {
        struct str rest = str_of(args->tmpfs.at[i]), target = str_cut(&rest, ':');
        host->tmpfs[host->n_tmpfs++] = (struct json_pair){
            arena_strndup(&cli->arena, target.at, target.n), rest.n != 0 ? rest.at : ""};
    }
    for (size_t i = 0; args->read_only && args->read_only_tmpfs && i < N_ELEMENTS(writable); i++) {
        bool is_given = false;
        for (size_t j = 0; j < n && !is_given; j++)
            is_given = strcmp(host->tmpfs[j].key, writable[i]) == 0;
        if (!is_given)
            host->tmpfs[host->n_tmpfs++] = (struct json_pair){writable[i], "exec,mode=1777"};
    }
}

int run_mounts(struct cli *cli, const struct run_mounts_args *args, struct container_spec *spec)
{
    struct host_config *host = &spec->host;
    host->readonly_rootfs = args->read_only;
    host->mounts = args->mounts.at;
    host->n_mounts = args->mounts.n;
    host->volume_driver = args->volume_driver;
    host->volumes_from = args->volumes_from.at;
    host->n_volumes_from = args->volumes_from.n;
    host->storage_opt = run_pairs(&cli->arena, &args->storage_opts);
    host->n_storage_opt = args->storage_opts.n;
    add_tmpfs(cli, args, host);
    return take_volumes(cli, &args->volumes, spec);
}
