// SPDX-License-Identifier: Apache-2.0
// container_commit.c — an image from a container: its image's layers, one more with what it has
// changed, and its configuration.
//
// A container that runs is paused meanwhile. Who commits may be killed: so a child that waits for
// the end of a pipe is there before the container is paused, and lets it go on when the pipe's
// other end is closed, by us or by the kernel.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/changes.h"
#include "engine/events.h"
#include "image/commit.h"
#include "linux/process.h"
#include "linux/userns.h"
#include "snapshot/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

// --- pausing

struct paused {
    int end; // closing it lets the container go on; -1: it is not paused
    pid_t child;
};

// The child. It works for a container, and so does not end by what the terminal sends its parent.
static void thaw_when_closed(int end, struct arena *arena, const struct container *container)
{
    char byte;
    struct err ignored; // nobody is there to hear it
    static const int deaf_to[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < N_ELEMENTS(deaf_to); i++)
        (void)signal(deaf_to[i], SIG_IGN);
    while (read(end, &byte, 1) < 0 && errno == EINTR)
        ;
    _exit(container_thaw(arena, container, &ignored) < 0);
}

// Somebody may have killed the child: then we do it.
static int resume(struct arena *arena, const struct container *container, struct paused *paused,
                  struct err *err)
{
    int status;
    if (paused->end < 0)
        return 0;
    (void)close(TAKE_FD(paused->end));
    if (process_wait(paused->child, &status, err) < 0)
        return -1;
    return status == 0 ? 0 : container_thaw(arena, container, err);
}

static int pause_container(struct arena *arena, const struct container *container,
                           struct paused *out, struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int theirs = ends[0], ours = ends[1];
    pid_t child = fork();
    if (child < 0)
        return fail_sys(err, "start who lets the container go on");
    if (child == 0) {
        (void)close(ours);
        thaw_when_closed(theirs, arena, container);
    }
    *out = (struct paused){TAKE_FD(ours), child};
    if (container_freeze(arena, container, err) == 0)
        return 0;
    struct err ignored; // why it could not be paused is what counts
    (void)resume(arena, container, out, &ignored);
    return -1;
}

// --- the configuration

static struct image_empty *keys(struct arena *arena, const struct container_key *from, size_t n)
{
    struct image_empty *to = arena_array(arena, n + 1, sizeof *to);
    for (size_t i = 0; i < n; i++)
        to[i].key = from[i].key;
    return to;
}

// What the container runs with, where the image says something of the kind.
static void configure(struct arena *arena, const struct container_spec *spec,
                      struct image_config *config)
{
    bool has_entrypoint = spec->n_entrypoint != 0 && *spec->entrypoint[0] != '\0';
    config->user = spec->user;
    config->working_dir = spec->working_dir;
    config->stop_signal = spec->stop_signal;
    config->env = spec->env;
    config->n_env = spec->n_env;
    config->cmd = spec->cmd;
    config->n_cmd = spec->n_cmd;
    config->entrypoint = has_entrypoint ? spec->entrypoint : NULL;
    config->n_entrypoint = has_entrypoint ? spec->n_entrypoint : 0;
    config->exposed_ports = keys(arena, spec->exposed_ports, spec->n_exposed_ports);
    config->n_exposed_ports = spec->n_exposed_ports;
    config->volumes = keys(arena, spec->volumes, spec->n_volumes);
    config->n_volumes = spec->n_volumes;
    config->labels = spec->labels;
    config->n_labels = spec->n_labels;
}

static const char *command_line(struct arena *arena, const struct container_spec *spec)
{
    AUTO_BUF struct buf line;
    buf_init(&line, CONTAINER_SPEC_MAX);
    for (size_t i = 0; i < spec->n_entrypoint; i++)
        buf_printf(&line, "%s%s", line.n != 0 ? " " : "", spec->entrypoint[i]);
    for (size_t i = 0; i < spec->n_cmd; i++)
        buf_printf(&line, "%s%s", line.n != 0 ? " " : "", spec->cmd[i]);
    return arena_strndup(arena, buf_get(&line), line.n);
}

static int full_name(struct arena *arena, const struct container_commit_request *request,
                     const char **out, struct err *err)
{
    *out = NULL;
    if (text_is_empty(request->repo))
        return 0;
    const char *text = text_is_empty(request->tag)
                           ? request->repo
                           : arena_printf(arena, "%s:%s", request->repo, request->tag);
    *out = image_reference_full(arena, text, err);
    if (*out == NULL)
        return -1;
    if (strchr(*out, '@') != NULL)
        return fail(err, ERR_INVALID, "cannot commit to the digest reference \"%s\"", text);
    return 0;
}

static int commit(struct engine *engine, struct arena *arena, const struct container *container,
                  const struct image_commit *request, struct image *out, struct err *err)
{
    struct image_commit commit = *request;
    if (snapshot_prepare(container->dir, err) < 0) // it may never have run
        return -1;
    AUTO_FD int changes = snapshot_changes(container->dir, err);
    if (changes < 0)
        return -1;
    commit.changes = changes;
    return image_commit(&engine->images, arena, &commit, out, err);
}

int engine_container_commit(struct engine *engine, struct arena *arena,
                            const struct container_commit_request *request,
                            struct container_commit_response *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    struct image base, image;
    struct image_commit wanted = {
        .base = &base, .author = request->author, .comment = request->comment};
    engine->images.transfer = program_find(arena, "dhow-transfer", err);
    if (engine->images.transfer == NULL || full_name(arena, request, &wanted.name, err) < 0 ||
        container_open(engine, arena, request->container, CONTAINER_HOLD | CONTAINER_MAKE_DIRS,
                       &container, err) < 0)
        return -1;
    int there = image_of_container(&engine->images, arena, &container.row, &base, err);
    if (there < 0)
        return -1;
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "the image of container %s is gone", container.row.name);
    struct image_config config = base.document.config;
    configure(arena, &container.spec, &config);
    if (changes_apply(arena, request->changes, request->n_changes, &config, err) < 0)
        return -1;
    wanted.config = &config;
    wanted.command = command_line(arena, &container.spec);
    struct paused paused = {.end = -1};
    // Who has no cgroup of their own (rootless, cgroup v1) cannot pause, so only a wish for it
    // fails.
    bool can_pause = !userns_is_nested() || container_can_freeze(arena, &container);
    bool wants_pause = request->pause == NULL ? can_pause : *request->pause;
    if (wants_pause && container.status == STATUS_RUNNING &&
        pause_container(arena, &container, &paused, err) < 0)
        return -1;
    int result = commit(engine, arena, &container, &wanted, &image, err);
    struct err second;
    if (resume(arena, &container, &paused, result < 0 ? &second : err) < 0 || result < 0)
        return -1;
    response->id = arena_printf(arena, "sha256:%s", image.id);
    const struct json_pair pairs[] = {
        {"comment", request->comment},
        {"imageID", response->id},
        {"imageRef", wanted.name != NULL ? image_reference_familiar(arena, wanted.name) : ""}};
    container_announce(engine, &container, "commit", pairs, N_ELEMENTS(pairs));
    return 0;
}
