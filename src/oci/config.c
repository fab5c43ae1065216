// SPDX-License-Identifier: Apache-2.0
// config.c — config.json's outermost tables, and the ways to read one.
//
// Tables say what a property is called, its type and whether it is required (*_tables.c); what they
// cannot say is checked afterwards.
#include "oci/config.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "oci/check.h"
#include "oci/tables.h"

#include <assert.h>
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
const struct json_field oci_mount_fields[] = {
    JSON_FIELD(struct oci_mount, destination, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct oci_mount, type, JSON_OPTIONAL),
    JSON_FIELD(struct oci_mount, source, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_mount, options, JSON_OPTIONAL),
    JSON_LIST(struct oci_mount, uidMappings, oci_id_map_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_mount, gidMappings, oci_id_map_fields, JSON_OPTIONAL),
    {},
};
const struct json_field oci_root_fields[] = {
    JSON_FIELD(struct oci_root, path, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct oci_root, readonly, JSON_OPTIONAL),
    {},
};

const struct json_field oci_config_fields[] = {
    JSON_FIELD(struct oci_config, ociVersion, JSON_REQUIRED),
    JSON_BEHIND(struct oci_config, process, oci_process_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_config, root, oci_root_fields, JSON_OPTIONAL),
    JSON_FIELD(struct oci_config, hostname, JSON_OPTIONAL),
    JSON_FIELD(struct oci_config, domainname, JSON_OPTIONAL),
    JSON_LIST(struct oci_config, mounts, oci_mount_fields, JSON_OPTIONAL),
    JSON_INSIDE(struct oci_config, hooks, hooks_fields, JSON_OPTIONAL),
    JSON_PAIRS(struct oci_config, annotations, JSON_OPTIONAL),
    JSON_INSIDE_NAMED(struct oci_config, linux_, "linux", oci_linux_fields, JSON_OPTIONAL),
    {},
};

static void drop_empty_texts(const struct json_field *fields, char *at);

static void drop_in_list(const struct json_field *field, char *elements, size_t n)
{
    for (size_t i = 0; i < n; i++)
        drop_empty_texts(field->fields, elements + i * field->size);
}

// An optional text that is empty counts as absent: engines written in Go cannot tell the two apart.
static void drop_empty_texts(const struct json_field *fields, char *at)
{
    assert(at != NULL);
    for (const struct json_field *field = fields; field->name != NULL; field++) {
        char *member = at + field->offset;
        if (field->kind == JSON_STRING && !(field->flags & JSON_REQUIRED)) {
            const char **text = (const char **)member;
            *text = text_is_empty(*text) ? NULL : *text;
        } else if (field->kind == JSON_STRUCT) {
            char *inner = field->flags & JSON_POINTER ? *(char **)member : member;
            drop_in_list(field, inner, inner != NULL);
        } else if (field->kind == JSON_STRUCTS || field->kind == JSON_MAP_STRUCTS) {
            drop_in_list(field, *(char **)member, *(size_t *)(at + field->count_offset));
        }
    }
}

static bool is_version(const char *version, uint32_t *out_major)
{
    static const char suffix_alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789-+.";
    struct str numbers = {version, strcspn(version, "-+")};
    const char *suffix = version + numbers.n;
    struct str major = str_cut(&numbers, '.'), minor = str_cut(&numbers, '.');
    uint32_t ignored;
    return str_to_u32(major, out_major) && str_to_u32(minor, &ignored) &&
           str_to_u32(numbers, &ignored) && strlen(suffix) != 1 &&
           suffix[strspn(suffix, suffix_alphabet)] == '\0';
}

// Semantic version 0.x.y or 1.x.y, with or without "-pre" and "+build". The specification's own
// example still says 0.5.0-dev; what a version 2 will mean nobody knows.
static int check_version(const char *version, const struct place *at, struct err *err)
{
    uint32_t major;
    if (!is_version(version, &major))
        return check_fail(err, at, "must be a version as in \"1.2.0\": \"%.80s\"", version);
    if (major > 1)
        return check_fail(err, at, "version %.80s is not supported, only 1.x is", version);
    return 0;
}

static int check_hooks(const struct oci_hook *hooks, size_t n, const struct place *at,
                       struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct place *here = PLACE_AT(at, i);
        if (check_absolute(err, PLACE(here, "path"), hooks[i].path) < 0 ||
            check_env(err, PLACE(here, "env"), hooks[i].env, hooks[i].n_env) < 0)
            return -1;
        if (hooks[i].timeout != NULL && *hooks[i].timeout <= 0)
            return check_fail(err, PLACE(here, "timeout"), "must be above 0: %jd",
                              (intmax_t)*hooks[i].timeout);
    }
    return 0;
}

static int check_all_hooks(const struct oci_hooks *hooks, const struct place *at, struct err *err)
{
    const struct {
        const char *name;
        const struct oci_hook *hooks;
        size_t n;
    } kinds[] = {
        {"prestart", hooks->prestart, hooks->n_prestart},
        {"createRuntime", hooks->createRuntime, hooks->n_createRuntime},
        {"createContainer", hooks->createContainer, hooks->n_createContainer},
        {"startContainer", hooks->startContainer, hooks->n_startContainer},
        {"poststart", hooks->poststart, hooks->n_poststart},
        {"poststop", hooks->poststop, hooks->n_poststop},
    };
    for (size_t i = 0; i < N_ELEMENTS(kinds); i++)
        if (check_hooks(kinds[i].hooks, kinds[i].n, PLACE(at, kinds[i].name), err) < 0)
            return -1;
    return 0;
}

static int check_mount(const struct oci_mount *mount, const struct place *at, struct err *err)
{
    const struct place *uids = PLACE(at, "uidMappings"), *gids = PLACE(at, "gidMappings");
    if (check_id_maps(err, uids, mount->uidMappings, mount->n_uidMappings) < 0 ||
        check_id_maps(err, gids, mount->gidMappings, mount->n_gidMappings) < 0)
        return -1;
    if ((mount->n_uidMappings == 0) != (mount->n_gidMappings == 0))
        return check_fail(err, mount->n_uidMappings == 0 ? uids : gids,
                          "must be given, as the other mapping is");
    const struct place *options = PLACE(at, "options");
    for (size_t i = 0; i < mount->n_options; i++)
        if (*mount->options[i] == '\0')
            return check_fail(err, PLACE_AT(options, i), "must not be empty");
    return 0;
}

// The names that the UTS namespace keeps.
static int check_uts_name(const struct oci_config *config, const char *name, const struct place *at,
                          struct err *err)
{
    if (name == NULL)
        return 0;
    if (strlen(name) > OCI_HOSTNAME_MAX)
        return check_fail(err, at, "must not be longer than %d bytes", OCI_HOSTNAME_MAX);
    if (check_line(err, at, name) < 0)
        return -1;
    if (oci_namespace_get(config, "uts") == NULL)
        return check_fail(err, at, "needs a uts namespace in linux.namespaces");
    return 0;
}

static int check_config(const struct oci_config *config, struct err *err)
{
    if (check_version(config->ociVersion, PLACE(NULL, "ociVersion"), err) < 0 ||
        check_uts_name(config, config->hostname, PLACE(NULL, "hostname"), err) < 0 ||
        check_uts_name(config, config->domainname, PLACE(NULL, "domainname"), err) < 0 ||
        check_all_hooks(&config->hooks, PLACE(NULL, "hooks"), err) < 0)
        return -1;
    if (config->process != NULL && process_check(config->process, PLACE(NULL, "process"), err) < 0)
        return -1;
    const struct place *mounts = PLACE(NULL, "mounts");
    for (size_t i = 0; i < config->n_mounts; i++)
        if (check_mount(&config->mounts[i], PLACE_AT(mounts, i), err) < 0)
            return -1;
    for (size_t i = 0; i < config->n_annotations; i++)
        if (*config->annotations[i].key == '\0')
            return check_fail(err, PLACE(NULL, "annotations"), "a key must not be empty");
    return linux_check(config, PLACE(NULL, "linux"), err);
}

// "Relative destinations are deprecated" but still mean: from the root (config.md, "Mounts").
static void make_destinations_absolute(struct arena *arena, struct oci_config *config)
{
    for (size_t i = 0; i < config->n_mounts; i++)
        if (*config->mounts[i].destination != '/')
            config->mounts[i].destination =
                arena_printf(arena, "/%s", config->mounts[i].destination);
}

int oci_config_parse(struct arena *arena, const char *text, size_t n, struct oci_config *out,
                     struct err *err)
{
    struct oci_config config;
    if (json_decode(arena, text, n, oci_config_fields, &config, JSON_LENIENT, err) < 0)
        return -1;
    drop_empty_texts(oci_config_fields, (char *)&config);
    make_destinations_absolute(arena, &config);
    if (check_config(&config, err) < 0)
        return -1;
    *out = config;
    return 0;
}

int oci_config_read(struct arena *arena, int dir, const char *name, struct oci_config *out,
                    struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, JSON_TEXT_MAX);
    if (file_read_at(dir, name, &text, err) < 0)
        return -1;
    if (oci_config_parse(arena, buf_get(&text), text.n, out, err) < 0)
        return fail_in(err, "%s", name);
    return 0;
}

static bool changes_mounts(const struct oci_config *config)
{
    const struct oci_linux *linux_ = &config->linux_;
    return config->n_mounts + linux_->n_maskedPaths + linux_->n_readonlyPaths != 0 ||
           config->root->readonly || linux_->rootfsPropagation != NULL;
}

int oci_config_check_create(const struct oci_config *config, struct err *err)
{
    if (config->process == NULL)
        return fail(err, ERR_INVALID, "process: is required");
    if (config->root == NULL)
        return fail(err, ERR_INVALID, "root: is required");
    if (oci_namespace_get(config, "mount") == NULL && changes_mounts(config))
        return fail(err, ERR_INVALID,
                    "linux.namespaces: mounts, maskedPaths, readonlyPaths, rootfsPropagation and "
                    "root.readonly need a mount namespace, for they would change the host's");
    if (config->linux_.n_netDevices != 0 && oci_namespace_get(config, "network") == NULL)
        return fail(err, ERR_INVALID,
                    "linux.netDevices: needs a network namespace in linux.namespaces");
    return 0;
}

int oci_process_parse(struct arena *arena, const char *text, size_t n, struct oci_process *out,
                      struct err *err)
{
    struct oci_process process;
    if (json_decode(arena, text, n, oci_process_fields, &process, JSON_LENIENT, err) < 0)
        return -1;
    drop_empty_texts(oci_process_fields, (char *)&process);
    if (process_check(&process, NULL, err) < 0)
        return -1;
    *out = process;
    return 0;
}

int oci_resources_parse(struct arena *arena, const char *text, size_t n, struct oci_resources *out,
                        struct err *err)
{
    struct oci_resources resources;
    if (json_decode(arena, text, n, oci_resources_fields, &resources, JSON_LENIENT, err) < 0)
        return -1;
    drop_empty_texts(oci_resources_fields, (char *)&resources);
    if (resources_check(&resources, NULL, err) < 0)
        return -1;
    *out = resources;
    return 0;
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
