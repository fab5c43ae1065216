// SPDX-License-Identifier: Apache-2.0
// mount_words.c — the grammar of --mount: docker's keys, and those of podman's that mean something
// here. What the values mean together is the engine's to judge.
#include "cli/mount_words.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

enum { FIELDS_MAX = 64, PATH_ROOM = 4096 };

struct reading {
    struct arena *arena;
    struct mount_request *out;
    // As they are found; which of them go into the request depends on the type.
    struct mount_bind_options bind;
    struct mount_volume_options volume;
    struct mount_driver driver;
    struct mount_image_options image;
    struct mount_tmpfs_options tmpfs;
    struct json_pair labels[FIELDS_MAX], options[FIELDS_MAX];
    struct mount_option_words words[FIELDS_MAX];
    bool has_bind, has_volume, has_image, has_tmpfs, has_words;
    const char *subpath;
};

// --- one record of CSV ---

// The next field: "…" may hold commas, and two quotes are one. < 0: a quote that does not fit.
static int cut_field(struct arena *arena, const char **at, const char **out, struct err *err)
{
    const char *from = *at;
    char *field = arena_alloc(arena, strlen(from) + 1);
    size_t n = 0;
    if (*from != '"') {
        n = strcspn(from, ",");
        if (memchr(from, '"', n) != NULL)
            return fail(err, ERR_INVALID, "bare \" in non-quoted-field");
        memcpy(field, from, n);
        from += n;
    } else {
        for (from++;; from++) {
            if (*from == '\0')
                return fail(err, ERR_INVALID, "extraneous or missing \" in quoted-field");
            if (*from == '"' && *++from != '"')
                break;
            field[n++] = *from;
        }
        if (*from != ',' && *from != '\0')
            return fail(err, ERR_INVALID, "extraneous or missing \" in quoted-field");
    }
    *at = from;
    *out = field;
    return 0;
}

// --- values ---

static bool read_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};
    for (size_t i = 0; i < N_ELEMENTS(yes); i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static int fail_value(struct err *err, const char *key, const char *value)
{
    return fail(err, ERR_INVALID, "invalid value for %s: %s", key, value);
}

static int take_bool(bool *member, const char *key, const char *value, struct err *err)
{
    return read_bool(value, member) ? 0 : fail_value(err, key, value);
}

static int set_type(struct reading *it, const char *, const char *value, struct err *)
{
    char *lower = arena_strdup(it->arena, value);
    for (char *at = lower; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    it->out->type = lower;
    return 0;
}

static int set_source(struct reading *it, const char *, const char *value, struct err *)
{
    it->out->source = value;
    return 0;
}

static int set_target(struct reading *it, const char *, const char *value, struct err *)
{
    it->out->target = value;
    return 0;
}

static int set_read_only(struct reading *it, const char *key, const char *value, struct err *err)
{
    return take_bool(&it->out->read_only, key, value, err);
}

static int set_read_write(struct reading *it, const char *key, const char *value, struct err *err)
{
    bool is_writable;
    if (!read_bool(value, &is_writable))
        return fail_value(err, key, value);
    it->out->read_only = !is_writable;
    return 0;
}

static int set_consistency(struct reading *it, const char *, const char *value, struct err *)
{
    it->out->consistency = value;
    return 0;
}

static int set_propagation(struct reading *it, const char *, const char *value, struct err *)
{
    it->has_bind = true;
    it->bind.propagation = value;
    return 0;
}

static int set_recursive(struct reading *it, const char *, const char *value, struct err *err)
{
    it->has_bind = true;
    if (strcmp(value, "enabled") == 0)
        return 0;
    if (strcmp(value, "disabled") == 0)
        it->bind.non_recursive = true;
    else if (strcmp(value, "writable") == 0)
        it->bind.read_only_non_recursive = true;
    else if (strcmp(value, "readonly") == 0)
        it->bind.read_only_force_recursive = true;
    else
        return fail(err, ERR_INVALID,
                    "invalid value for bind-recursive: %s (must be \"enabled\", \"disabled\", "
                    "\"writable\", or \"readonly\")",
                    value);
    return 0;
}

static int set_non_recursive(struct reading *it, const char *key, const char *value,
                             struct err *err)
{
    it->has_bind = true;
    return take_bool(&it->bind.non_recursive, key, value, err);
}

static int set_create_source(struct reading *it, const char *key, const char *value,
                             struct err *err)
{
    it->has_bind = true;
    return take_bool(&it->bind.create_mountpoint, key, value, err);
}

static int set_owner(struct reading *it, const char *, const char *value, struct err *)
{
    it->bind.ownership = value; // for binds and volumes
    return 0;
}

// podman's: all of it belongs to the container's user.
static int set_chown(struct reading *it, const char *key, const char *value, struct err *err)
{
    bool wants;
    if (!read_bool(value, &wants))
        return fail_value(err, key, value);
    if (wants)
        it->bind.ownership = "U";
    return 0;
}

static int set_no_copy(struct reading *it, const char *key, const char *value, struct err *err)
{
    it->has_volume = true;
    return take_bool(&it->volume.no_copy, key, value, err);
}

static void add_pair(struct reading *it, struct json_pair *pairs, size_t *n, const char *text)
{
    struct str value = str_of(text), key = str_cut(&value, '=');
    pairs[(*n)++] =
        (struct json_pair){arena_strndup(it->arena, key.at, key.n), value.n != 0 ? value.at : ""};
}

static int set_label(struct reading *it, const char *, const char *value, struct err *)
{
    it->has_volume = true;
    it->volume.labels = it->labels;
    add_pair(it, it->labels, &it->volume.n_labels, value);
    return 0;
}

static int set_driver(struct reading *it, const char *, const char *value, struct err *)
{
    it->has_volume = true;
    it->driver.name = value;
    it->volume.driver_config = &it->driver;
    return 0;
}

static int set_option(struct reading *it, const char *, const char *value, struct err *)
{
    it->has_volume = true;
    it->driver.options = it->options;
    it->volume.driver_config = &it->driver;
    add_pair(it, it->options, &it->driver.n_options, value);
    return 0;
}

static int set_volume_subpath(struct reading *it, const char *, const char *value, struct err *)
{
    it->has_volume = true;
    it->volume.subpath = value;
    return 0;
}

static int set_image_subpath(struct reading *it, const char *, const char *value, struct err *)
{
    it->has_image = true;
    it->image.subpath = value;
    return 0;
}

// podman's: of whatever it is.
static int set_subpath(struct reading *it, const char *, const char *value, struct err *)
{
    it->subpath = value;
    return 0;
}

static int set_size(struct reading *it, const char *key, const char *value, struct err *err)
{
    it->has_tmpfs = true;
    if (read_bytes(it->arena, value, &it->tmpfs.size_bytes, err) < 0)
        return fail_value(err, key, value);
    return 0;
}

static int set_mode(struct reading *it, const char *key, const char *value, struct err *err)
{
    uint32_t mode;
    it->has_tmpfs = true;
    if (!str_octal(str_of(value), &mode) || mode > 07777)
        return fail_value(err, key, value);
    it->tmpfs.mode = mode;
    return 0;
}

// Words that only a tmpfs of ours takes through --mount: exec, dev, suid, tmpcopyup and their
// opposites.
static int set_word(struct reading *it, const char *key, const char *value, struct err *err)
{
    bool wants;
    if (!read_bool(value, &wants))
        return fail_value(err, key, value);
    if (!wants)
        return 0;
    it->has_words = true;
    struct mount_option_words *to = &it->words[it->tmpfs.n_options++];
    to->words = arena_array(it->arena, 1, sizeof *to->words);
    to->words[0] = arena_strdup(it->arena, key);
    to->n_words = 1;
    it->tmpfs.options = it->words;
    return 0;
}

// clang-format off
static const struct mount_key {
    const char *name;
    int (*set)(struct reading *it, const char *key, const char *value, struct err *err);
    bool is_switch; // without a value: true
} keys[] = {
    {"type", set_type, false},
    {"source", set_source, false}, {"src", set_source, false},
    {"target", set_target, false}, {"dst", set_target, false}, {"destination", set_target, false},
    {"readonly", set_read_only, true}, {"ro", set_read_only, true}, {"rw", set_read_write, true},
    {"readwrite", set_read_write, true},
    {"consistency", set_consistency, false},
    {"bind-propagation", set_propagation, false},
    {"bind-recursive", set_recursive, false},
    {"bind-nonrecursive", set_non_recursive, true},
    {"bind-create-src", set_create_source, true},
    {"own", set_owner, false},
    {"u", set_chown, true}, {"chown", set_chown, true},
    {"volume-subpath", set_volume_subpath, false},
    {"volume-nocopy", set_no_copy, true},
    {"volume-label", set_label, false},
    {"volume-driver", set_driver, false},
    {"volume-opt", set_option, false},
    {"image-subpath", set_image_subpath, false},
    {"subpath", set_subpath, false},
    {"tmpfs-size", set_size, false}, {"tmpfs-mode", set_mode, false},
    {"exec", set_word, true}, {"noexec", set_word, true}, {"suid", set_word, true},
    {"nosuid", set_word, true}, {"dev", set_word, true}, {"nodev", set_word, true},
    {"tmpcopyup", set_word, true}, {"notmpcopyup", set_word, true},
};
// clang-format on

static int read_field(struct reading *it, const char *field, struct err *err)
{
    struct str value = str_of(field), name = str_cut(&value, '=');
    char *key = arena_strndup(it->arena, name.at, name.n);
    bool has_value = field[name.n] == '=';
    for (char *at = key; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    const struct mount_key *found = NULL;
    for (size_t i = 0; i < N_ELEMENTS(keys) && found == NULL; i++)
        found = strcmp(keys[i].name, key) == 0 ? &keys[i] : NULL;
    if (has_value && found == NULL)
        return fail(err, ERR_INVALID, "unexpected key '%s' in '%s'", key, field);
    if (!has_value && (found == NULL || !found->is_switch))
        return fail(err, ERR_INVALID, "invalid field '%s' must be a key=value pair", field);
    return found->set(it, key, has_value ? arena_strdup(it->arena, value.at) : "true", err);
}

// --- what they say together ---

static int absolute(struct arena *arena, const char *path, const char **out, struct err *err)
{
    char here[PATH_ROOM];
    if (getcwd(here, sizeof here) == NULL)
        return fail_sys(err, "find out the current directory");
    *out = arena_printf(arena, "%s/%s", strcmp(here, "/") == 0 ? "" : here, path);
    return 0;
}

static int check_mixed(const struct reading *it, const char *type, struct err *err)
{
    const struct {
        const char *type;
        bool is_given;
    } groups[] = {{"volume", it->has_volume},
                  {"bind", it->has_bind},
                  {"image", it->has_image},
                  {"tmpfs", it->has_tmpfs || it->has_words}};
    for (size_t i = 0; i < N_ELEMENTS(groups); i++) {
        if (groups[i].is_given && strcmp(groups[i].type, type) != 0)
            return fail(err, ERR_INVALID, "cannot mix '%s-*' options with mount type '%s'",
                        groups[i].type, type);
    }
    return 0;
}

static int check_read_only(const struct reading *it, struct err *err)
{
    const struct mount_bind_options *bind = &it->bind;
    const char *propagation = bind->propagation != NULL ? bind->propagation : "";
    if (!it->out->read_only && bind->read_only_non_recursive)
        return fail(err, ERR_INVALID,
                    "option 'bind-recursive=writable' requires 'readonly' to be specified in "
                    "conjunction");
    if (!bind->read_only_force_recursive)
        return 0;
    if (!it->out->read_only)
        return fail(err, ERR_INVALID,
                    "option 'bind-recursive=readonly' requires 'readonly' to be specified in "
                    "conjunction");
    if (strcmp(propagation, "rprivate") != 0)
        return fail(err, ERR_INVALID,
                    "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be "
                    "specified in conjunction");
    return 0;
}

static int finish(struct reading *it, struct err *err)
{
    struct mount_request *out = it->out;
    const char *type = out->type;
    if (out->target == NULL)
        return fail(err, ERR_INVALID, "target is required");
    if (it->subpath != NULL && strcmp(type, "image") == 0)
        (void)set_image_subpath(it, "", it->subpath, err);
    else if (it->subpath != NULL)
        (void)set_volume_subpath(it, "", it->subpath, err);
    if (check_mixed(it, type, err) < 0 || check_read_only(it, err) < 0)
        return -1;
    if (it->has_bind || it->bind.ownership != NULL)
        out->bind_options = &it->bind;
    if (it->has_volume)
        out->volume_options = &it->volume;
    if (it->has_image)
        out->image_options = &it->image;
    if (it->has_tmpfs || it->has_words)
        out->tmpfs_options = &it->tmpfs;
    bool is_relative = strcmp(type, "bind") == 0 && out->source != NULL && out->source[0] == '.';
    return is_relative ? absolute(it->arena, out->source, &out->source, err) : 0;
}

int mount_words_read(struct arena *arena, const char *text, struct mount_request *out,
                     struct err *err)
{
    struct mount_request request = {.type = "volume"};
    struct reading *it = arena_new(arena, struct reading);
    it->arena = arena;
    it->out = &request;
    const char *at = text;
    for (int i = 0;; i++) {
        const char *field = "";
        if (i == FIELDS_MAX)
            return fail(err, ERR_INVALID, "more than %d fields", FIELDS_MAX);
        if (cut_field(arena, &at, &field, err) < 0 || read_field(it, field, err) < 0)
            return -1;
        if (*at == '\0')
            break;
        at++; // the comma
    }
    if (finish(it, err) < 0)
        return -1;
    *out = request;
    return 0;
}

int volume_words_read(struct arena *arena, const char *text, const char **out, struct err *err)
{
    *out = text;
    struct str rest = str_of(text), source = str_cut(&rest, ':');
    bool is_relative = source.n != strlen(text) && source.n != 0 && source.at[0] == '.';
    const char *path;
    if (!is_relative)
        return 0;
    if (absolute(arena, arena_strndup(arena, source.at, source.n), &path, err) < 0)
        return -1;
    *out = arena_printf(arena, "%s:%s", path, rest.at);
    return 0;
}
