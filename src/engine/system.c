// SPDX-License-Identifier: Apache-2.0
// system.c — which dhow this is.
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"

#include <sys/utsname.h>

// Go's names of processors, as docker and images have them.
static const char *machine_name(struct arena *arena, const char *machine)
{
    static const struct {
        const char *kernel, *go;
    } names[] = {{"x86_64", "amd64"}, {"aarch64", "arm64"}, {"armv7l", "arm"}, {"i686", "386"}};
    for (size_t i = 0; i < N_ELEMENTS(names); i++) {
        if (text_equal(machine, names[i].kernel))
            return names[i].go;
    }
    return arena_strdup(arena, machine);
}

static struct named_version component(struct arena *arena, const struct engine_settings *settings,
                                      const char *name)
{
    struct named_version out = {.name = name,
                                .version = settings->version,
                                .details = arena_array(arena, 1, sizeof *out.details),
                                .n_details = 1};
    out.details[0] = (struct json_pair){"GitCommit", settings->commit};
    return out;
}

// All of dhow's programs are of one version: they are built together.
static void add_components(struct arena *arena, const struct engine_settings *settings,
                           const struct utsname *system, struct system_version *out)
{
    static const char *const names[] = {"Engine", "dhow-runtime", "dhow-monitor", "dhow-transfer",
                                        "dhow-init"};
    out->components = arena_array(arena, N_ELEMENTS(names), sizeof *out->components);
    for (size_t i = 0; i < N_ELEMENTS(names); i++)
        out->components[out->n_components++] = component(arena, settings, names[i]);
    const struct json_pair details[] = {
        {"ApiVersion", out->api_version},
        {"Arch", out->arch},
        {"Experimental", "false"},
        {"GitCommit", settings->commit},
        {"KernelVersion", out->kernel_version},
        {"MinAPIVersion", out->min_api_version},
        {"Os", out->os},
    };
    (void)system;
    struct named_version *engine = &out->components[0];
    engine->n_details = N_ELEMENTS(details);
    engine->details = arena_array(arena, N_ELEMENTS(details), sizeof *engine->details);
    for (size_t i = 0; i < N_ELEMENTS(details); i++)
        engine->details[i] = details[i];
}

int engine_system_version(struct engine *engine, struct arena *arena, const struct nothing *request,
                          struct system_version *response, struct err *err)
{
    (void)request;
    struct utsname system;
    if (uname(&system) < 0)
        return fail_sys(err, "uname");
    struct system_version version = {
        .platform = {"dhow"},
        .version = engine->settings->version,
        .api_version = ENGINE_API_VERSION,
        .min_api_version = ENGINE_API_VERSION_MIN,
        .git_commit = engine->settings->commit,
        .os = "linux",
        .arch = machine_name(arena, system.machine),
        .kernel_version = arena_strdup(arena, system.release),
    };
    add_components(arena, engine->settings, &system, &version);
    *response = version;
    return 0;
}
