// SPDX-License-Identifier: Apache-2.0
// bundle.c — a container's directory as an OCI bundle: config.json and the files it shows in /etc.
//
// All of it is made anew at each start (users may have changed in the image's files), by one write
// each and without syncs: what a crash leaves is overwritten.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/defaults.h"
#include "engine/hooks.h"
#include "engine/process.h"
#include "engine/profiles.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>

// The oldest version that has all that is used here: crun 1.8 refuses what does not begin with 1.0.
#define BUNDLE_VERSION "1.0.2"

enum { CONFIG_MAX = 4 * 1024 * 1024 };

static int write_etc(const struct start *start, struct err *err);
static int write_config(struct start *start, const char *container_dir, struct oci_process *process,
                        struct err *err);
static const char **build_args(struct arena *arena, const struct container_spec *spec,
                               size_t *out_n);

const char *container_cgroup(struct arena *arena, const struct container *container)
{
    const char *parent = container->spec.host.cgroup_parent;
    if (!text_is_empty(parent))
        return arena_printf(arena, "%s%s/%s", parent[0] == '/' ? "" : "/", parent,
                            container->row.id);
    return arena_printf(arena, "/dhow/%s", container->row.id);
}

const char *container_hostname(struct arena *arena, const struct container *container)
{
    const struct container_spec *spec = &container->spec;
    if (!text_is_empty(spec->hostname))
        return spec->hostname;
    // Who shares the host's network or names is found by the host's name.
    struct utsname host;
    bool is_hosts =
        text_equal(spec->host.network_mode, "host") || text_equal(spec->host.uts_mode, "host");
    if (is_hosts && uname(&host) == 0)
        return arena_strdup(arena, host.nodename);
    return arena_strndup(arena, container->row.id, SHORT_ID);
}

int bundle_write(struct start *start, struct err *err)
{
    struct arena *arena = start->arena;
    const struct container *container = start->container;
    const struct container_spec *spec = &container->spec;
    struct process_request request = {
        .user = spec->user,
        .env = spec->env,
        .n_env = spec->n_env,
        .working_dir = spec->working_dir,
        .tty = spec->tty,
        .console_size = spec->host.n_console_size == 2 ? spec->host.console_size : NULL,
        .host = &spec->host,
        .hostname = container_hostname(arena, container),
    };
    request.args = build_args(arena, spec, &request.n_args);
    struct oci_process *process;
    if (process_build(arena, &request, start->rootfs, &process, err) < 0 ||
        write_etc(start, err) < 0)
        return -1;
    const char *root = start->engine->settings->root;
    const char *dir = arena_printf(arena, "%s/containers/%s", root, container->row.id);
    return write_config(start, dir, process, err);
}

static const char **build_args(struct arena *arena, const struct container_spec *spec,
                               size_t *out_n)
{
    static const char *const before[] = {INIT_INSIDE, "--"};
    const char **args =
        arena_array(arena, N_ELEMENTS(before) + spec->n_entrypoint + spec->n_cmd + 1, sizeof *args);
    size_t n = 0;
    for (size_t i = 0; spec->host.init && i < N_ELEMENTS(before); i++)
        args[n++] = before[i];
    for (size_t i = 0; i < spec->n_entrypoint; i++)
        args[n++] = spec->entrypoint[i];
    for (size_t i = 0; i < spec->n_cmd; i++)
        args[n++] = spec->cmd[i];
    *out_n = n;
    return args;
}

// Overwrites in place: no reader is there before the runtime starts.
static int write_file(int dir, const char *name, struct str text, mode_t mode, struct err *err)
{
    AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0 || write_all(fd, text.at, text.n) < 0)
        return fail_sys(err, "write %s", name);
    return 0;
}

static int write_etc(const struct start *start, struct err *err)
{
    const struct container *container = start->container;
    const char *line =
        arena_printf(start->arena, "%s\n", container_hostname(start->arena, container));
    const struct {
        const char *name, *text;
    } files[] = {{"hostname", line}, {"hosts", start->hosts}, {"resolv.conf", start->resolv}};
    for (size_t i = 0; i < N_ELEMENTS(files); i++) {
        if (write_file(container->dir, files[i].name, str_of(files[i].text), 0644, err) < 0)
            return -1;
    }
    return 0;
}

// The profile is text already, so it is put between what the tables write. A quote inside a value
// is written as \", so the mark cannot come from one.
static void splice_seccomp(const char *config, struct buf *out)
{
    static const char mark[] = "\"linux\":{";
    const char *at = strstr(config, mark);
    assert(at != NULL);
    at += sizeof mark - 1;
    buf_add(out, config, (size_t)(at - config));
    buf_text(out, "\"seccomp\":");
    buf_add(out, seccomp_profile, seccomp_profile_size);
    buf_char(out, ',');
    buf_text(out, at);
}

static int write_config(struct start *start, const char *container_dir, struct oci_process *process,
                        struct err *err)
{
    struct arena *arena = start->arena;
    const struct container *container = start->container;
    const struct container_spec *spec = &container->spec;
    struct oci_root root = {.path = "rootfs", .readonly = spec->host.readonly_rootfs};
    struct oci_config config = {
        .ociVersion = BUNDLE_VERSION,
        .hostname = container_hostname(arena, container),
        .domainname = text_is_empty(spec->domainname) ? NULL : spec->domainname,
        .root = &root,
        .process = process,
        .annotations = spec->host.annotations,
        .n_annotations = spec->host.n_annotations,
    };
    const char *init = spec->host.init ? program_find(arena, "dhow-init", err) : NULL;
    if (spec->host.init && init == NULL)
        return -1;
    defaults_mounts(arena, &spec->host, container_dir, init, &config);
    defaults_linux(arena, &spec->host, &config.linux_);
    config.linux_.cgroupsPath = container_cgroup(arena, container);
    if (endpoints_bundle(start, &config, err) < 0 || mounts_bundle(start, &config, err) < 0 ||
        limits_bundle(start, &config, err) < 0 || security_bundle(start, &config, err) < 0)
        return -1;
    AUTO_BUF struct buf text, whole;
    buf_init(&text, CONFIG_MAX);
    buf_init(&whole, CONFIG_MAX);
    json_encode(&text, oci_config_fields, &config, JSON_COMPACT);
    if (start->has_default_seccomp)
        splice_seccomp(buf_get(&text), &whole);
    const struct buf *chosen = start->has_default_seccomp ? &whole : &text;
    if (buf_check(&text, "config.json", err) < 0 || buf_check(&whole, "config.json", err) < 0)
        return -1;
    return write_file(container->dir, "config.json", (struct str){buf_get(chosen), chosen->n}, 0600,
                      err);
}
