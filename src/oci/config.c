// SPDX-License-Identifier: Apache-2.0
// config.c — config.json's outermost tables, and the ways to read one.
//
// Tables say what a property is called, its type and whether it is required (*_tables.c); what they
// cannot say is checked afterwards.
#include "oci/config.h"

#include "base/str.h"
#include "oci/tables.h"

#include <string.h>

const struct json_field oci_hook_fields[] = {
    JSON_FIELD(struct oci_hook, path, JSON_REQUIRED),
    JSON_ARRAY(struct oci_hook, args, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_hook, env, JSON_OPTIONAL),
    JSON_FIELD(struct oci_hook, timeout, JSON_OPTIONAL),
    {},
};
static const struct json_field hooks_fields[] = {
    JSON_LIST(struct oci_hooks, prestart, oci_hook_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_hooks, createRuntime, oci_hook_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_hooks, createContainer, oci_hook_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_hooks, startContainer, oci_hook_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_hooks, poststart, oci_hook_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_hooks, poststop, oci_hook_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field mount_fields[] = {
    JSON_FIELD(struct oci_mount, destination, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct oci_mount, type, JSON_OPTIONAL),
    JSON_FIELD(struct oci_mount, source, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_mount, options, JSON_OPTIONAL),
    JSON_LIST(struct oci_mount, uidMappings, oci_id_map_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_mount, gidMappings, oci_id_map_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field root_fields[] = {
    JSON_FIELD(struct oci_root, path, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct oci_root, readonly, JSON_OPTIONAL),
    {},
};

const struct json_field oci_config_fields[] = {
    JSON_FIELD(struct oci_config, ociVersion, JSON_REQUIRED),
    JSON_BEHIND(struct oci_config, process, oci_process_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_config, root, root_fields, JSON_OPTIONAL),
    JSON_FIELD(struct oci_config, hostname, JSON_OPTIONAL),
    JSON_FIELD(struct oci_config, domainname, JSON_OPTIONAL),
    JSON_LIST(struct oci_config, mounts, mount_fields, JSON_OPTIONAL),
    JSON_INSIDE(struct oci_config, hooks, hooks_fields, JSON_OPTIONAL),
    JSON_PAIRS(struct oci_config, annotations, JSON_OPTIONAL),
    JSON_INSIDE_NAMED(struct oci_config, linux_, "linux", oci_linux_fields, JSON_OPTIONAL),
    {},
};

int oci_config_read(struct arena *arena, int dir, const char *name, struct oci_config *out,
                    struct err *err)
{
    return json_decode_file(arena, dir, name, oci_config_fields, out, JSON_LENIENT, err);
}

int oci_config_parse(struct arena *arena, const char *text, size_t n, struct oci_config *out,
                     struct err *err)
{
    return json_decode(arena, text, n, oci_config_fields, out, JSON_LENIENT, err);
}

int oci_process_parse(struct arena *arena, const char *text, size_t n, struct oci_process *out,
                      struct err *err)
{
    return json_decode(arena, text, n, oci_process_fields, out, JSON_LENIENT, err);
}

int oci_resources_parse(struct arena *arena, const char *text, size_t n, struct oci_resources *out,
                        struct err *err)
{
    return json_decode(arena, text, n, oci_resources_fields, out, JSON_LENIENT, err);
}

const struct oci_namespace *oci_namespace_get(const struct oci_config *config, const char *type)
{
    for (size_t i = 0; i < config->linux_.n_namespaces; i++)
        if (strcmp(config->linux_.namespaces[i].type, type) == 0)
            return &config->linux_.namespaces[i];
    return NULL;
}

const char *oci_annotation_get(const struct oci_config *config, const char *key)
{
    for (size_t i = 0; i < config->n_annotations; i++)
        if (strcmp(config->annotations[i].key, key) == 0)
            return config->annotations[i].value;
    return NULL;
}
