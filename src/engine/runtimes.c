// SPDX-License-Identifier: Apache-2.0
// runtimes.c — which OCI runtime a container has (I4), and how it is called.
//
// Chosen once, at create: what --runtime said, else what the engine was told (--runtime before the
// verb, DHOW_RUNTIME), else dhow-runtime. It is recorded with the container and every later command
// follows the record, since one runtime's containers are nothing to another. The word is
//
//     a path                  that program; a relative one is recorded as absolute
//     a name                  a program beside dhow, in ../libexec/dhow, in PATH; else
//                             an entry of the configuration, which is read only then:
//                             {"runtimes": {"NAME": {"path": "crun", "runtimeArgs": ["--debug"]}}}
//
// A name is looked up anew by each command, as docker does: so a runtime may be upgraded or move.
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"
#include "image/registries.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define RUNTIME_USUAL "dhow-runtime"

// --- the configuration ---

struct runtime_entry {
    const char *name, *path;
    const char **args;
    size_t n_args;
};
struct configuration {
    struct runtime_entry *runtimes;
    size_t n_runtimes;
    const char *others; // image/registries.c reads them
};
static const struct json_field entry_fields[] = {
    JSON_NAMED(struct runtime_entry, path, "path", JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_ARRAY_NAMED(struct runtime_entry, args, "runtimeArgs", JSON_OPTIONAL),
    {},
};
static const struct json_field configuration_fields[] = {
    JSON_OBJECTS(struct configuration, runtimes, entry_fields, JSON_OPTIONAL),
    REGISTRIES_KEYS(struct configuration, others),
    {},
};

// 1, or 0 when there is no such file and nobody said that there was one.
static int read_configuration(const struct engine_settings *settings, struct arena *arena,
                              struct configuration *out, struct err *err)
{
    *out = (struct configuration){};
    if (json_decode_file(arena, AT_FDCWD, settings->config, configuration_fields, out, JSON_STRICT,
                         err) == 0)
        return 1;
    if (err->sys == ENOENT && !settings->config_must_exist)
        return 0;
    return fail_in(err, "configuration");
}

// --- finding ---

// A path as it may be recorded, of a program that is there.
static const char *check_path(struct arena *arena, const char *path, struct err *err)
{
    char here[PATH_MAX];
    struct stat status;
    if (path[0] != '/' && getcwd(here, sizeof here) == NULL) {
        (void)fail_sys(err, "find the working directory");
        return NULL;
    }
    const char *full = path[0] == '/' ? path : arena_printf(arena, "%s/%s", here, path);
    if (stat(full, &status) < 0 || access(full, X_OK) < 0) {
        const char *why = strerror(errno);
        (void)fail(err, ERR_INVALID, "unknown or invalid runtime name: %s: %s", path, why);
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        (void)fail(err, ERR_INVALID, "unknown or invalid runtime name: %s: it is no program", path);
        return NULL;
    }
    return full;
}

// What a user could have meant: programs that are there, and what the configuration names.
static const char *list_known(struct arena *arena, const struct configuration *configuration)
{
    static const char *const usual[] = {RUNTIME_USUAL, "crun", "runc"};
    const char *list = "";
    struct err ignored; // not there, then
    for (size_t i = 0; i < N_ELEMENTS(usual); i++) {
        if (program_find(arena, usual[i], &ignored) != NULL)
            list = arena_printf(arena, "%s%s%s", list, *list != '\0' ? ", " : "", usual[i]);
    }
    for (size_t i = 0; i < configuration->n_runtimes; i++)
        list = arena_printf(arena, "%s%s%s", list, *list != '\0' ? ", " : "",
                            configuration->runtimes[i].name);
    return *list != '\0' ? list : "none";
}

static int take_entry(struct arena *arena, const struct engine_settings *settings,
                      const struct runtime_entry *entry, struct runtime *out, struct err *err)
{
    const char *path = NULL;
    if (strchr(entry->path, '/') == NULL)
        path = program_find(arena, entry->path, err);
    else if (entry->path[0] == '/')
        path = check_path(arena, entry->path, err);
    else
        (void)fail(err, ERR_INVALID, "expected a name or an absolute path, not %s", entry->path);
    if (path == NULL)
        return fail_in(err, "configuration: %s: runtimes.%s.path", settings->config, entry->name);
    const char **flags = arena_array(arena, entry->n_args + 1, sizeof *flags);
    for (size_t i = 0; i < entry->n_args; i++)
        flags[i] = entry->args[i];
    flags[entry->n_args] = NULL;
    *out = (struct runtime){path, flags};
    return 0;
}

static int find_configured(const struct engine *engine, struct arena *arena, const char *name,
                           struct runtime *out, struct err *err)
{
    const struct engine_settings *settings = engine->settings;
    struct configuration configuration;
    int there = read_configuration(settings, arena, &configuration, err);
    if (there < 0)
        return fail_in(err, "runtime %s", name);
    for (size_t i = 0; i < configuration.n_runtimes; i++) {
        if (strcmp(configuration.runtimes[i].name, name) == 0)
            return take_entry(arena, settings, &configuration.runtimes[i], out, err);
    }
    return fail(
        err, ERR_INVALID,
        "unknown or invalid runtime name: %s: no program beside dhow, in ../libexec/dhow or "
        "in PATH is called so, and %s %s; there are: %s",
        name, settings->config, there > 0 ? "does not name it" : "does not exist",
        list_known(arena, &configuration));
}

static const char *word_for(const struct engine *engine, const char *asked)
{
    if (text_is_empty(asked))
        asked = engine->settings->runtime; // also of containers that a dhow without records made
    return text_is_empty(asked) ? RUNTIME_USUAL : asked;
}

int runtime_find(const struct engine *engine, struct arena *arena, const char *name,
                 struct runtime *out, struct err *err)
{
    static const char *const none[] = {NULL};
    struct runtime found = {.flags = none};
    struct err ignored; // not a program: find_configured says more
    name = word_for(engine, name);
    if (strchr(name, '/') != NULL)
        found.path = check_path(arena, name, err);
    else if ((found.path = program_find(arena, name, &ignored)) == NULL)
        return find_configured(engine, arena, name, out, err);
    if (found.path == NULL)
        return -1;
    *out = found;
    return 0;
}

const char *runtime_choose(const struct engine *engine, struct arena *arena, const char *asked,
                           struct err *err)
{
    struct runtime runtime;
    const char *word = word_for(engine, asked);
    if (runtime_find(engine, arena, word, &runtime, err) < 0)
        return NULL;
    return strchr(word, '/') != NULL ? runtime.path : word;
}

const char **runtime_argv(const struct engine *engine, struct arena *arena,
                          const struct runtime *runtime, const char *const *rest)
{
    size_t n = 0, n_words = 4;
    for (const char *const *at = runtime->flags; *at != NULL; at++)
        n_words++;
    for (const char *const *at = rest; *at != NULL; at++)
        n_words++;
    const char **argv = arena_array(arena, n_words, sizeof *argv);
    argv[n++] = runtime->path;
    argv[n++] = "--root";
    argv[n++] = arena_printf(arena, "%s/runtime", engine->settings->run_root);
    for (const char *const *at = runtime->flags; *at != NULL; at++)
        argv[n++] = *at;
    for (const char *const *at = rest; *at != NULL; at++)
        argv[n++] = *at;
    argv[n] = NULL;
    return argv;
}
