// SPDX-License-Identifier: Apache-2.0
// config.c — the config of an image (image-spec config.md) with what docker adds to it.
#include "base/mem.h"
#include "base/str.h"
#include "image/document.h"

static const struct json_field empty_fields[] = {{}};

#define EMPTY_MAP(member, json_name)                                                               \
    {                                                                                              \
        .name = (json_name), .offset = offsetof(struct image_config, member),                      \
        .count_offset = offsetof(struct image_config, n_##member),                                 \
        .size = sizeof(struct image_empty), .kind = JSON_MAP_STRUCTS, .fields = empty_fields       \
    }
static const struct json_field health_fields[] = {
    JSON_ARRAY_NAMED(struct image_health, test, "Test", JSON_OPTIONAL),
    JSON_NAMED(struct image_health, interval, "Interval", JSON_OPTIONAL),
    JSON_NAMED(struct image_health, timeout, "Timeout", JSON_OPTIONAL),
    JSON_NAMED(struct image_health, start_period, "StartPeriod", JSON_OPTIONAL),
    JSON_NAMED(struct image_health, start_interval, "StartInterval", JSON_OPTIONAL),
    JSON_NAMED(struct image_health, retries, "Retries", JSON_OPTIONAL),
    {},
};
const struct json_field image_config_fields[] = {
    JSON_NAMED(struct image_config, user, "User", JSON_OPTIONAL),
    EMPTY_MAP(exposed_ports, "ExposedPorts"),
    JSON_ARRAY_NAMED(struct image_config, env, "Env", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct image_config, entrypoint, "Entrypoint", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct image_config, cmd, "Cmd", JSON_OPTIONAL),
    JSON_BEHIND_NAMED(struct image_config, health, "Healthcheck", health_fields, JSON_OPTIONAL),
    JSON_NAMED(struct image_config, args_escaped, "ArgsEscaped", JSON_OPTIONAL),
    EMPTY_MAP(volumes, "Volumes"),
    JSON_NAMED(struct image_config, working_dir, "WorkingDir", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct image_config, on_build, "OnBuild", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct image_config, labels, "Labels", JSON_OPTIONAL),
    JSON_NAMED(struct image_config, stop_signal, "StopSignal", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct image_config, shell, "Shell", JSON_OPTIONAL),
    {},
};

static const struct json_field history_fields[] = {
    JSON_FIELD(struct history, created, JSON_OPTIONAL),
    JSON_FIELD(struct history, created_by, JSON_OPTIONAL),
    JSON_FIELD(struct history, author, JSON_OPTIONAL),
    JSON_FIELD(struct history, comment, JSON_OPTIONAL),
    JSON_FIELD(struct history, empty_layer, JSON_OPTIONAL),
    {},
};
static const struct json_field rootfs_fields[] = {
    JSON_FIELD(struct rootfs, type, JSON_REQUIRED),
    JSON_ARRAY(struct rootfs, diff_ids, JSON_REQUIRED),
    {},
};
const struct json_field config_document_fields[] = {
    JSON_FIELD(struct config_document, created, JSON_OPTIONAL),
    JSON_FIELD(struct config_document, author, JSON_OPTIONAL),
    JSON_FIELD(struct config_document, architecture, JSON_REQUIRED),
    JSON_FIELD(struct config_document, variant, JSON_OPTIONAL),
    JSON_FIELD(struct config_document, os, JSON_REQUIRED),
    JSON_NAMED(struct config_document, os_version, "os.version", JSON_OPTIONAL),
    JSON_INSIDE(struct config_document, config, image_config_fields, JSON_OPTIONAL),
    JSON_INSIDE(struct config_document, rootfs, rootfs_fields, JSON_REQUIRED),
    JSON_LIST(struct config_document, history, history_fields, JSON_OPTIONAL),
    {},
};

int config_read(struct arena *arena, struct str text, struct config_document *out, struct err *err)
{
    struct config_document document;
    if (text.n > DOCUMENT_MAX)
        return fail(err, ERR_INVALID, "the image's config has %zu bytes: %d are the limit", text.n,
                    DOCUMENT_MAX);
    if (json_decode(arena, text.at, text.n, config_document_fields, &document, JSON_LENIENT, err) <
        0)
        return fail_in(err, "the image's config");
    const struct rootfs *rootfs = &document.rootfs;
    if (rootfs->n_diff_ids == 0 || rootfs->n_diff_ids > DOCUMENT_LAYERS_MAX)
        return fail(err, ERR_INVALID,
                    "the image's config: rootfs.diff_ids: want 1 to %d layers, not %zu",
                    DOCUMENT_LAYERS_MAX, rootfs->n_diff_ids);
    for (size_t i = 0; i < rootfs->n_diff_ids; i++) {
        if (digest_check(rootfs->diff_ids[i], err) < 0)
            return fail_in(err, "the image's config: rootfs.diff_ids[%zu]", i);
    }
    *out = document;
    return 0;
}

int config_check_empty(struct str text, struct err *err)
{
    struct { // of the config, as much as is asked for here
        struct rootfs rootfs;
    } config;
    static const struct json_field few[] = {
        JSON_INSIDE(typeof(config), rootfs, rootfs_fields, JSON_OPTIONAL),
        {},
    };
    AUTO_ARENA struct arena arena = {};
    if (json_decode(&arena, text.at, text.n, few, &config, JSON_LENIENT, err) < 0)
        return fail_in(err, "the image's config");
    if (config.rootfs.n_diff_ids != 0)
        return fail(err, ERR_INVALID, "the manifest has no layers, but the config has %zu",
                    config.rootfs.n_diff_ids);
    return 0;
}
