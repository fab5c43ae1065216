// SPDX-License-Identifier: Apache-2.0
// container_create.c — a container is a row: the request, completed by what its image says.
//
// Nothing else is made here, so there is nothing to undo: directories and mounts come with start.
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/health.h"
#include "engine/hooks.h"
#include "engine/mounts.h"
#include "engine/process.h"
#include "linux/signal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { NAME_TRIES = 20 };

static int find_image(struct engine *engine, struct arena *arena,
                      const struct container_create_request *request, struct image *out,
                      struct err *err);
static int check(const struct container_create_request *request, struct err *err);
static int complete(struct arena *arena, const struct image *from, struct container_spec *spec,
                    struct err *err);
static int record(struct engine *engine, struct arena *arena, const char *name,
                  struct state_container *row, const struct container_spec *spec, struct err *err);

void creation_warn(struct creation *creation, const char *format, ...)
{
    if (creation->n_warnings == CREATION_WARNINGS_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    AUTO_FREE char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    creation->warnings[creation->n_warnings++] = arena_strdup(creation->arena, text);
}

// An image for another machine, which nobody asked for by name.
static void warn_of_platform(struct creation *creation)
{
    struct platform host;
    const struct platform *its = &creation->image->platform;
    platform_host(creation->arena, &host);
    if (platform_rank(&host, its) >= 0)
        return;
    creation_warn(creation,
                  "The requested image's platform (%s) does not match the detected host platform "
                  "(%s) and no specific platform was requested",
                  platform_print(creation->arena, its), platform_print(creation->arena, &host));
}

int engine_container_create(struct engine *engine, struct arena *arena,
                            const struct container_create_request *request,
                            struct container_create_response *response, struct err *err)
{
    struct err ignored; // what others have left half removed must not stop this container
    (void)engine_sweep(engine, arena, &ignored);
    struct image image;
    struct container_spec spec = request->spec;
    if (check(request, err) < 0 || find_image(engine, arena, request, &image, err) < 0 ||
        complete(arena, &image, &spec, err) < 0)
        return -1;
    struct creation creation = {.engine = engine, .arena = arena, .image = &image, .spec = &spec};
    if (limits_check(&creation, err) < 0 || security_check(&creation, err) < 0 ||
        mounts_check(&creation, err) < 0 || log_check(&creation, err) < 0 ||
        endpoints_check(&creation, err) < 0)
        return -1;
    spec.host.runtime = runtime_choose(engine, arena, spec.host.runtime, err);
    if (spec.host.runtime == NULL)
        return -1;
    AUTO_BUF struct buf text;
    buf_init(&text, CONTAINER_SPEC_MAX);
    json_encode(&text, container_spec_fields, &spec, JSON_COMPACT);
    if (buf_check(&text, "the container's request", err) < 0)
        return -1;
    struct state_container row = {
        .auto_remove = spec.host.auto_remove,
        .image_id = image.id,
        .manifest = image.manifest,
        .image_name = spec.image,
        .spec = buf_get(&text),
        .created_ns = now_ns(),
    };
    if (record(engine, arena, request->name, &row, &spec, err) < 0)
        return -1;
    mounts_recorded(engine, arena, &spec);
    engine->is_unsettled |= !row.auto_remove;
    container_announce_row(engine, &row, &spec, "create");
    if (text_is_empty(request->platform))
        warn_of_platform(&creation);
    const char **warnings = arena_array(arena, creation.n_warnings + 1, sizeof *warnings);
    memcpy(warnings, creation.warnings, creation.n_warnings * sizeof *warnings);
    *response = (struct container_create_response){
        .id = row.id, .warnings = warnings, .n_warnings = creation.n_warnings};
    return 0;
}

// --- find ---

static int find_image(struct engine *engine, struct arena *arena,
                      const struct container_create_request *request, struct image *out,
                      struct err *err)
{
    const char *reference = request->spec.image;
    struct platform platform;
    bool has_platform = !text_is_empty(request->platform);
    if (has_platform && platform_parse(arena, request->platform, &platform, err) < 0)
        return -1;
    int there =
        image_find(&engine->images, arena, reference, has_platform ? &platform : NULL, out, err);
    if (there == 0) {
        struct err ignored; // only an embedded image needs it
        engine->images.transfer = program_find(arena, "dhow-transfer", &ignored);
        there = image_embedded_ensure(&engine->images, arena, reference, out, err);
    }
    if (there < 0)
        return -1;
    if (there > 0 && out->manifest == NULL)
        return fail(err, ERR_INVALID,
                    "%s has nothing that could run: it is no image of a root file system, or none "
                    "of its platforms is here",
                    reference);
    if (there > 0)
        return 0;
    const char *full = image_reference_full(arena, reference, err);
    if (full == NULL)
        return -1;
    // docker's words: clients pull and try again when they see them.
    return fail(err, ERR_NOT_FOUND, "No such image: %s", image_reference_familiar(arena, full));
}

// --- check ---

static int check_restart(const struct host_config *host, struct err *err)
{
    if (restart_policy_check(&host->restart_policy, err) < 0)
        return -1;
    const char *name = host->restart_policy.name;
    if (host->auto_remove && !text_is_empty(name) && strcmp(name, "no") != 0)
        return fail(err, ERR_INVALID, "can't create 'AutoRemove' container with restart policy");
    return 0;
}

static int check(const struct container_create_request *request, struct err *err)
{
    const struct container_spec *spec = &request->spec;
    int signal;
    if (request->name != NULL && name_check(request->name, err) < 0)
        return -1;
    if (text_is_empty(spec->image))
        return fail(err, ERR_INVALID, "no image was named");
    if (!text_is_empty(spec->working_dir) && spec->working_dir[0] != '/')
        return fail(err, ERR_INVALID,
                    "the working directory '%s' is invalid, it needs to be an absolute path",
                    spec->working_dir);
    if (check_restart(&spec->host, err) < 0)
        return -1;
    if (!text_is_empty(spec->stop_signal) && signal_parse(spec->stop_signal, &signal, err) < 0)
        return -1;
    for (size_t i = 0; i < spec->n_env; i++) {
        if (spec->env[i][0] == '=' || spec->env[i][0] == '\0')
            return fail(err, ERR_INVALID, "invalid environment variable: %s", spec->env[i]);
    }
    return 0;
}

// --- complete ---

// The image's ports and the request's, each once.
static void merge_exposed_ports(struct arena *arena, const struct image_config *image,
                                struct container_spec *spec)
{
    size_t n = 0, room = image->n_exposed_ports + spec->n_exposed_ports + 1;
    struct container_key *all = arena_array(arena, room, sizeof *all);
    for (size_t i = 0; i < spec->n_exposed_ports; i++)
        all[n++] = spec->exposed_ports[i];
    for (size_t i = 0; i < image->n_exposed_ports; i++) {
        bool is_there = false;
        for (size_t k = 0; k < spec->n_exposed_ports && !is_there; k++)
            is_there = strcmp(all[k].key, image->exposed_ports[i].key) == 0;
        if (!is_there)
            all[n++].key = image->exposed_ports[i].key;
    }
    spec->exposed_ports = all;
    spec->n_exposed_ports = n;
}

// The image's labels below the request's.
static void merge_labels(struct arena *arena, const struct image_config *image,
                         struct container_spec *spec)
{
    struct json_pair *all = arena_array(arena, image->n_labels + spec->n_labels + 1, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; i < image->n_labels; i++) {
        bool is_replaced = false;
        for (size_t j = 0; j < spec->n_labels && !is_replaced; j++)
            is_replaced = strcmp(spec->labels[j].key, image->labels[i].key) == 0;
        if (!is_replaced)
            all[n++] = image->labels[i];
    }
    for (size_t j = 0; j < spec->n_labels; j++)
        all[n++] = spec->labels[j];
    spec->labels = all;
    spec->n_labels = n;
}

static int complete(struct arena *arena, const struct image *from, struct container_spec *spec,
                    struct err *err)
{
    const struct image_config *image = &from->document.config;
    if (spec->n_entrypoint == 0) {
        spec->entrypoint = image->entrypoint;
        spec->n_entrypoint = image->n_entrypoint;
        if (spec->n_cmd == 0) {
            spec->cmd = image->cmd;
            spec->n_cmd = image->n_cmd;
        }
    } else if (spec->n_entrypoint == 1 && spec->entrypoint[0][0] == '\0') {
        spec->n_entrypoint = 0; // --entrypoint "" takes the image's away
    }
    if (spec->n_entrypoint + spec->n_cmd == 0)
        return fail(err, ERR_INVALID,
                    "no command specified, and image %s has none: say what to run", spec->image);
    const char **env = arena_array(arena, image->n_env + spec->n_env + 1, sizeof *env);
    size_t n = 0;
    environment_set_all(env, &n, image->env, image->n_env);
    environment_set_all(env, &n, spec->env, spec->n_env);
    spec->env = env;
    spec->n_env = n;
    merge_labels(arena, image, spec);
    if (health_check(arena, image->health, spec, err) < 0)
        return -1;
    if (spec->n_shell == 0) {
        spec->shell = image->shell;
        spec->n_shell = image->n_shell;
    }
    if (text_is_empty(spec->user))
        spec->user = image->user;
    if (text_is_empty(spec->working_dir))
        spec->working_dir = image->working_dir;
    if (text_is_empty(spec->stop_signal))
        spec->stop_signal = image->stop_signal;
    merge_exposed_ports(arena, image, spec);
    return 0;
}

// --- record ---

static int make_id(struct arena *arena, const char **out, struct err *err)
{
    unsigned char random[ID_LENGTH / 2];
    static const char digits[] = "0123456789abcdef";
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return fail_sys(err, "getrandom");
    char *id = arena_alloc(arena, ID_LENGTH + 1);
    for (size_t i = 0; i < sizeof random; i++) {
        id[2 * i] = digits[random[i] >> 4];
        id[2 * i + 1] = digits[random[i] & 15];
    }
    *out = id;
    return 0;
}

// One insert, one commit; with its volumes where it has some.
static int put(struct engine *engine, struct arena *arena, struct state_container *row,
               const struct container_spec *spec, struct err *err)
{
    if (spec->n_mount_points == 0)
        return state_container_put(engine->state, row, err);
    if (state_begin(engine->state, err) < 0)
        return -1;
    if (state_container_put(engine->state, row, err) < 0 ||
        mounts_record(engine, arena, spec, row->id, err) < 0) {
        state_rollback(engine->state);
        return -1;
    }
    return state_commit(engine->state, false, err);
}

// A made-up name that is taken is made up again.
static int record(struct engine *engine, struct arena *arena, const char *name,
                  struct state_container *row, const struct container_spec *spec, struct err *err)
{
    if (make_id(arena, &row->id, err) < 0)
        return -1;
    for (int tries = 0;; tries++) {
        row->name = name != NULL ? name : name_make(arena);
        if (name == NULL && tries >= NAME_TRIES) // crowded: a number makes it rare again
            row->name = arena_printf(arena, "%s_%.6s", row->name, row->id);
        if (put(engine, arena, row, spec, err) >= 0)
            return 0;
        if (name != NULL || err->kind != ERR_CONFLICT || tries > 2 * NAME_TRIES)
            return -1;
    }
}
