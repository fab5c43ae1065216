// SPDX-License-Identifier: Apache-2.0
// secrets_start.c — containers that get secrets: files on a tmpfs, or variables.
//
// The files are on a tmpfs of the container in its run directory, each bound to its place: they are
// on no disk, and end with the container. A variable stands in config.json, which only root reads.
#include "base/file.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "engine/process.h"
#include "engine/secrets.h"
#include "engine/security.h"
#include "linux/mount.h"
#include "linux/user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRETS_DIR "secrets"
enum { SECRETS_PER_CONTAINER = 256 };

// --- create ---

struct wish { // one --secret, read
    bool is_variable;
    const char *target; // a path, or a variable's name
    uint32_t uid, gid, mode;
};

static int read_id(const char *text, const char *what, uint32_t *out, struct err *err)
{
    *out = 0;
    if (text == NULL || (str_to_u32(str_of(text), out) && *out <= USER_ID_MAX))
        return 0;
    return fail(err, ERR_INVALID, "%s must be a number: \"%s\"", what, text);
}

static int read_wish(struct arena *arena, const struct secret_mount *secret, struct wish *out,
                     struct err *err)
{
    *out = (struct wish){.mode = 0444};
    if (text_is_empty(secret->source) || strchr(secret->source, '/') != NULL)
        return fail(err, ERR_INVALID, "invalid secret \"%s\"",
                    secret->source != NULL ? secret->source : "");
    bool is_mount = text_is_empty(secret->type) || strcmp(secret->type, "mount") == 0;
    out->is_variable = text_equal(secret->type, "env");
    if (!is_mount && !out->is_variable)
        return fail(err, ERR_INVALID, "type %s is invalid: it is mount or env", secret->type);
    const char *target = text_is_empty(secret->target) ? secret->source : secret->target;
    if (out->is_variable) {
        if (secret->uid != NULL || secret->gid != NULL || secret->mode != NULL)
            return fail(err, ERR_INVALID,
                        "UID, GID, Mode options cannot be set with secret type "
                        "env");
        out->target = target;
        return strchr(target, '=') == NULL
                   ? 0
                   : fail(err, ERR_INVALID, "invalid variable for a secret: %s", target);
    }
    out->target = target[0] == '/' ? target : arena_printf(arena, "/run/secrets/%s", target);
    if (read_id(secret->uid, "UID", &out->uid, err) < 0 ||
        read_id(secret->gid, "GID", &out->gid, err) < 0)
        return -1;
    if (secret->mode != NULL && (!str_octal(str_of(secret->mode), &out->mode) || out->mode > 0777))
        return fail(err, ERR_INVALID, "mode must be octal, at most 0777: \"%s\"", secret->mode);
    return 0;
}

int secrets_check(struct creation *creation, struct err *err)
{
    const struct host_config *host = &creation->spec->host;
    if (host->n_secrets > SECRETS_PER_CONTAINER)
        return fail(err, ERR_INVALID, "more than %d secrets", SECRETS_PER_CONTAINER);
    for (size_t i = 0; i < host->n_secrets; i++) {
        struct wish wish;
        struct state_secret row;
        if (read_wish(creation->arena, &host->secrets[i], &wish, err) < 0 ||
            secret_find(creation->engine, creation->arena, host->secrets[i].source, &row, err) < 0)
            return -1;
    }
    return 0;
}

// --- start ---

// A new tmpfs on run directory's secrets; an fd of its root.
static int make_place(const struct container *container, struct err *err)
{
    static const char *const options[] = {"mode=700", "size=128m", "nr_inodes=512"};
    if (secrets_release(container, err) < 0)
        return -1;
    if (mkdirat(container->run_dir, SECRETS_DIR, 0700) < 0 && errno != EEXIST)
        return fail_sys(err, "make " SECRETS_DIR);
    AUTO_FD int place =
        openat(container->run_dir, SECRETS_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (place < 0)
        return fail_sys(err, "open " SECRETS_DIR);
    AUTO_FD int mount = mount_new("tmpfs", "secrets", options, N_ELEMENTS(options),
                                  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err);
    if (mount < 0 || mount_attach(mount, place, err) < 0)
        return -1;
    int dir = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir < 0 ? fail_sys(err, "open " SECRETS_DIR) : dir;
}

static int write_value(int place, const char *name, const struct buf *value,
                       const struct wish *wish, struct err *err)
{
    AUTO_FD int fd =
        openat(place, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || write_all(fd, value->at, value->n) < 0 || fchown(fd, wish->uid, wish->gid) < 0 ||
        fchmod(fd, wish->mode) < 0)
        return fail_sys(err, "write the secret for %s", wish->target);
    return 0;
}

static void add_bind(struct start *start, const char *name, const char *target,
                     struct oci_config *out)
{
    static const char *options[] = {"bind", "ro", "nosuid", "nodev", "noexec", "rprivate"};
    struct arena *arena = start->arena;
    struct oci_mount *all = arena_array(arena, out->n_mounts + 1, sizeof *all);
    memcpy(all, out->mounts, out->n_mounts * sizeof *all);
    all[out->n_mounts++] = (struct oci_mount){
        .destination = target,
        .type = "bind",
        .source = arena_printf(arena, "%s/containers/%s/" SECRETS_DIR "/%s",
                               start->engine->settings->run_root, start->container->row.id, name),
        .options = options,
        .n_options = N_ELEMENTS(options),
    };
    out->mounts = all;
}

static void add_variable(struct arena *arena, const char *name, const struct buf *value,
                         struct oci_process *process)
{
    const char **env = arena_array(arena, process->n_env + 1, sizeof *env);
    size_t n = 0;
    environment_set_all(env, &n, process->env, process->n_env);
    environment_set(env, &n, arena_printf(arena, "%s=%.*s", name, (int)value->n, buf_get(value)));
    process->env = env;
    process->n_env = n;
}

static int give(struct start *start, const struct secret_mount *secret, int *place,
                struct oci_config *out, struct err *err)
{
    struct wish wish;
    struct state_secret row;
    AUTO_BUF struct buf value;
    buf_init(&value, 512'000);
    if (read_wish(start->arena, secret, &wish, err) < 0 ||
        secret_find(start->engine, start->arena, secret->source, &row, err) < 0 ||
        secret_value(start->engine, &row, &value, err) < 0)
        return -1;
    if (wish.is_variable) {
        if (memchr(buf_get(&value), '\0', value.n) != NULL)
            return fail(err, ERR_INVALID,
                        "secret %s has a zero byte: it cannot be a variable, give it as a file",
                        row.name);
        add_variable(start->arena, wish.target, &value, out->process);
        return 0;
    }
    if (*place < 0 && (*place = make_place(start->container, err)) < 0)
        return -1;
    const char *name = arena_printf(start->arena, "%zu", out->n_mounts);
    if (write_value(*place, name, &value, &wish, err) < 0)
        return -1;
    add_bind(start, name, wish.target, out);
    return 0;
}

int secrets_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    const struct host_config *host = &start->container->spec.host;
    AUTO_FD int place = -1;
    for (size_t i = 0; i < host->n_secrets; i++) {
        if (give(start, &host->secrets[i], &place, out, err) < 0)
            return -1;
    }
    return 0;
}

int secrets_release(const struct container *container, struct err *err)
{
    if (container->run_dir < 0 || container->spec.host.n_secrets == 0)
        return 0;
    AUTO_FREE char *path = str_printf("/proc/self/fd/%d/" SECRETS_DIR, container->run_dir);
    while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
        ;
    if (errno != EINVAL && errno != ENOENT)
        return fail_sys(err, "unmount the secrets of container %s", container->row.id);
    if (unlinkat(container->run_dir, SECRETS_DIR, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return fail_sys(err, "remove the secrets of container %s", container->row.id);
    return 0;
}
