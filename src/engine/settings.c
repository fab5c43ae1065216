// SPDX-License-Identifier: Apache-2.0
// settings.c — reads what dhow.json says about containers in general; its other keys are others'.
#include "engine/settings.h"

#include "ops/spec.h"

#include <errno.h>
#include <fcntl.h>

static const struct json_field ulimit_fields[] = {
    JSON_NAMED(struct ulimit, soft, "Soft", JSON_REQUIRED),
    JSON_NAMED(struct ulimit, hard, "Hard", JSON_REQUIRED),
    {},
};
static const struct json_field settings_fields[] = {
    JSON_ARRAY_NAMED(struct container_settings, cdi_spec_dirs, "cdi-spec-dirs", JSON_OPTIONAL),
    {.name = "default-ulimits",
     .offset = offsetof(struct container_settings, default_ulimits),
     .count_offset = offsetof(struct container_settings, n_default_ulimits),
     .size = sizeof(struct ulimit),
     .kind = JSON_MAP_STRUCTS,
     .fields = ulimit_fields},
    JSON_NAMED(struct container_settings, userns, "default-userns-mode", JSON_OPTIONAL),
    {},
};

int container_settings_read(struct engine *engine, struct arena *arena,
                            struct container_settings *out, struct err *err)
{
    *out = (struct container_settings){};
    const char *path = engine->settings->config;
    if (path == NULL ||
        json_decode_file(arena, AT_FDCWD, path, settings_fields, out, JSON_LENIENT, err) == 0)
        return 0;
    *out = (struct container_settings){};
    return err->sys == ENOENT ? 0 : fail_in(err, "configuration");
}

const struct container_settings *creation_settings(struct creation *creation, struct err *err)
{
    if (creation->settings == NULL) {
        struct container_settings *settings = arena_new(creation->arena, struct container_settings);
        if (container_settings_read(creation->engine, creation->arena, settings, err) < 0)
            return NULL;
        creation->settings = settings;
    }
    return creation->settings;
}
