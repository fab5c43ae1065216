// SPDX-License-Identifier: Apache-2.0
// document.c — the tables of an image's documents (image-spec config.md, manifest.md).
#include "image/document.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>

static const struct json_field empty_fields[] = {{}};

#define EMPTY_MAP(member, json_name)                                                               \
    {                                                                                              \
        .name = (json_name), .offset = offsetof(struct image_config, member),                      \
        .count_offset = offsetof(struct image_config, n_##member),                                 \
        .size = sizeof(struct image_empty), .kind = JSON_MAP_STRUCTS, .fields = empty_fields       \
    }
const struct json_field image_config_fields[] = {
    JSON_NAMED(struct image_config, user, "User", JSON_OPTIONAL),
    EMPTY_MAP(exposed_ports, "ExposedPorts"),
    JSON_ARRAY_NAMED(struct image_config, env, "Env", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct image_config, entrypoint, "Entrypoint", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct image_config, cmd, "Cmd", JSON_OPTIONAL),
    EMPTY_MAP(volumes, "Volumes"),
    JSON_NAMED(struct image_config, working_dir, "WorkingDir", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct image_config, labels, "Labels", JSON_OPTIONAL),
    JSON_NAMED(struct image_config, stop_signal, "StopSignal", JSON_OPTIONAL),
    {},
};

static const struct json_field history_fields[] = {
    JSON_FIELD(struct history, created, JSON_OPTIONAL),
    JSON_FIELD(struct history, created_by, JSON_OPTIONAL),
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
    JSON_FIELD(struct config_document, architecture, JSON_REQUIRED),
    JSON_FIELD(struct config_document, os, JSON_REQUIRED),
    JSON_INSIDE(struct config_document, config, image_config_fields, JSON_OPTIONAL),
    JSON_INSIDE(struct config_document, rootfs, rootfs_fields, JSON_REQUIRED),
    JSON_LIST(struct config_document, history, history_fields, JSON_OPTIONAL),
    {},
};

static const struct json_field descriptor_fields[] = {
    JSON_FIELD(struct descriptor, mediaType, JSON_REQUIRED),
    JSON_FIELD(struct descriptor, digest, JSON_REQUIRED),
    JSON_FIELD(struct descriptor, size, JSON_REQUIRED),
    {},
};
const struct json_field manifest_document_fields[] = {
    JSON_FIELD(struct manifest_document, schemaVersion, JSON_REQUIRED),
    JSON_FIELD(struct manifest_document, mediaType, JSON_OPTIONAL),
    JSON_INSIDE(struct manifest_document, config, descriptor_fields, JSON_REQUIRED),
    JSON_LIST(struct manifest_document, layers, descriptor_fields, JSON_REQUIRED),
    {},
};

static void split_layers(struct arena *arena, const char *text, struct image *image)
{
    size_t room = 1;
    for (const char *c = text; *c != '\0'; c++)
        room += *c == ' ';
    image->layers = arena_array(arena, room, sizeof *image->layers);
    struct str rest = str_of(text);
    while (rest.n != 0) {
        struct str id = str_cut(&rest, ' ');
        if (id.n != 0)
            image->layers[image->n_layers++] = arena_strndup(arena, id.at, id.n);
    }
}

int image_from_row(const struct image_store *store, struct arena *arena,
                   const struct state_image *row, struct image *out, struct err *err)
{
    struct config_document document;
    struct state_image_name *names;
    size_t n;
    if (json_decode(arena, row->config, strlen(row->config), config_document_fields, &document,
                    JSON_LENIENT, err) < 0)
        return fail_in(err, "the config of image %.12s", row->id);
    if (state_image_names(store->state, arena, row->id, &names, &n, err) < 0)
        return -1;
    struct image image = {
        .id = row->id,
        .config = document.config,
        .architecture = document.architecture,
        .os = document.os,
        .size_bytes = row->size_bytes,
        .created_ns = row->created_ns,
        .names = arena_array(arena, n + 1, sizeof *image.names),
        .n_names = n,
    };
    for (size_t i = 0; i < n; i++)
        image.names[i] = image_reference_familiar(arena, names[i].name);
    split_layers(arena, row->layers, &image);
    if (image.n_layers == 0 || image.n_layers != document.rootfs.n_diff_ids)
        return fail(err, ERR_SYSTEM, "image %.12s has %zu layers, but its config has %zu", row->id,
                    image.n_layers, document.rootfs.n_diff_ids);
    *out = image;
    return 0;
}
