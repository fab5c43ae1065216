// SPDX-License-Identifier: Apache-2.0
// mountspec.c — the grammars of mounts.
//
// The words behind a bind's target come in classes, and docker takes one of each. own=USER[:GROUP]
// and podman's U, O, copy, exec, suid … are taken as well.
#include "engine/mountspec.h"

#include "base/mem.h"
#include "base/str.h"
#include "volume/volume.h"

#include <string.h>

enum { OPTIONS_MAX = 64 };

// --- paths ---

const char *path_clean(struct arena *arena, const char *path)
{
    size_t n = strlen(path);
    char *clean = arena_alloc(arena, n + 2);
    size_t used = 0;
    struct str rest = {path, n};
    while (rest.n != 0) {
        struct str part = str_cut(&rest, '/');
        if (part.n == 0 || str_is(part, "."))
            continue;
        if (str_is(part, "..")) {
            while (used > 0 && clean[--used] != '/')
                ;
            continue;
        }
        clean[used++] = '/';
        memcpy(clean + used, part.at, part.n);
        used += part.n;
    }
    if (used == 0)
        clean[used++] = '/';
    clean[used] = '\0';
    return clean;
}

static int fail_config(struct err *err, const char *type)
{
    return fail_in(err, "invalid mount config for type \"%s\"", type);
}

static int fail_field(struct err *err, const char *field, bool is_missing)
{
    return fail(err, ERR_INVALID, "field %s must not be %s", field,
                is_missing ? "empty" : "specified");
}

static int check_target(const char *target, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    if (text_is_empty(target))
        return fail_field(err, "Target", true);
    if (target[0] != '/')
        return fail(err, ERR_INVALID, "invalid mount path: '%s' mount path must be absolute",
                    target);
    if (strcmp(path_clean(&arena, target), "/") == 0)
        return fail(err, ERR_INVALID, "invalid specification: destination can't be '/'");
    return 0;
}

// --- the words of -v ---

enum word_class {
    WORD_ACCESS,
    WORD_LABEL,
    WORD_COPY,
    WORD_PROPAGATION,
    WORD_CONSISTENCY,
    WORD_RECURSION,
    WORD_OWNER, // U
    WORD_OVERLAY,
    WORD_ATTRIBUTE, // several may be given
};
// clang-format off
static const struct mode_word {
    const char *word;
    uint8_t class;
} mode_words[] = {
    {"ro", WORD_ACCESS}, {"rw", WORD_ACCESS},
    {"z", WORD_LABEL}, {"Z", WORD_LABEL},
    {"nocopy", WORD_COPY}, {"copy", WORD_COPY},
    {"private", WORD_PROPAGATION}, {"rprivate", WORD_PROPAGATION}, {"shared", WORD_PROPAGATION},
    {"rshared", WORD_PROPAGATION}, {"slave", WORD_PROPAGATION}, {"rslave", WORD_PROPAGATION},
    {"unbindable", WORD_PROPAGATION}, {"runbindable", WORD_PROPAGATION},
    {"cached", WORD_CONSISTENCY}, {"delegated", WORD_CONSISTENCY}, {"consistent", WORD_CONSISTENCY},
    {"default", WORD_CONSISTENCY},
    {"bind", WORD_RECURSION}, {"rbind", WORD_RECURSION},
    {"U", WORD_OWNER},
    {"O", WORD_OVERLAY},
    {"noexec", WORD_ATTRIBUTE}, {"exec", WORD_ATTRIBUTE}, {"nosuid", WORD_ATTRIBUTE},
    {"suid", WORD_ATTRIBUTE}, {"nodev", WORD_ATTRIBUTE}, {"dev", WORD_ATTRIBUTE},
};
// clang-format on

static const struct mode_word *find_word(struct str word)
{
    for (size_t i = 0; i < N_ELEMENTS(mode_words); i++) {
        if (str_is(word, mode_words[i].word))
            return &mode_words[i];
    }
    return NULL;
}

static void apply_word(const struct mode_word *found, struct container_mount *out)
{
    switch ((enum word_class)found->class) {
    case WORD_ACCESS:
        out->read_only = strcmp(found->word, "ro") == 0;
        break;
    case WORD_LABEL:
        out->relabel = found->word;
        break;
    case WORD_COPY:
        out->no_copy = strcmp(found->word, "nocopy") == 0;
        break;
    case WORD_PROPAGATION:
        out->propagation = found->word;
        break;
    case WORD_RECURSION:
        out->non_recursive = strcmp(found->word, "bind") == 0;
        break;
    case WORD_OWNER:
        out->changes_owner = true;
        break;
    case WORD_OVERLAY:
        out->is_overlay = true;
        break;
    case WORD_ATTRIBUTE:
        out->options[out->n_options++] = found->word;
        break;
    case WORD_CONSISTENCY: // for machines where host and container are apart
        break;
    }
}

// USER[:GROUP] as a container's passwd file has it, or numbers.
static bool is_owner(struct str text)
{
    bool is_good = text.n != 0 && text.n < 256 && text.at[0] != ':';
    for (size_t i = 0; i < text.n && is_good; i++)
        is_good = text.at[i] > ' ' && text.at[i] != ',' && text.at[i] != '/' && text.at[i] < 0x7f;
    return is_good;
}

// False: not a mode.
static bool read_mode(struct arena *arena, struct str text, struct container_mount *out)
{
    uint32_t seen = 0;
    out->options = arena_array(arena, OPTIONS_MAX, sizeof *out->options);
    while (text.n != 0) {
        struct str word = str_cut(&text, ',');
        if (str_starts(word, "own=")) {
            word = (struct str){word.at + 4, word.n - 4};
            if (out->ownership != NULL || !is_owner(word))
                return false;
            out->ownership = arena_strndup(arena, word.at, word.n);
            continue;
        }
        const struct mode_word *found = find_word(word);
        if (found == NULL || out->n_options == OPTIONS_MAX)
            return false;
        if (found->class != WORD_ATTRIBUTE && seen & UINT32_C(1) << found->class)
            return false;
        seen |= UINT32_C(1) << found->class;
        apply_word(found, out);
    }
    return true;
}

// --- -v ---

static int check_bind(const struct container_mount *it, struct err *err)
{
    bool is_volume = strcmp(it->type, "volume") == 0;
    if (check_target(it->destination, err) < 0)
        return -1;
    if (is_volume && it->source != NULL && volume_name_check(it->source, err) < 0)
        return -1;
    if (it->ownership != NULL && (it->changes_owner || it->is_overlay || it->propagation != NULL))
        return fail(err, ERR_INVALID, "own= cannot be combined with %s",
                    it->changes_owner ? "U"
                    : it->is_overlay  ? "O"
                                      : it->propagation);
    return 0;
}

int mountspec_bind(struct arena *arena, const char *text, struct container_mount *out,
                   struct err *err)
{
    struct str rest = str_of(text), first = str_cut(&rest, ':'), second = str_cut(&rest, ':');
    struct container_mount it = {.creates_source = true}, ignored = {};
    bool has_two = first.n != strlen(text);
    if (first.n == 0 || (has_two && second.n == 0 && rest.n == 0))
        return fail(err, ERR_INVALID, "invalid volume specification: '%s'", text);
    if (has_two && rest.n == 0 && read_mode(arena, second, &ignored))
        return fail(err, ERR_INVALID, "invalid volume specification: '%s'", text);
    if (!has_two)
        second = first;
    // A fourth part is nobody's, but own=USER:GROUP has a colon itself.
    if (memchr(rest.at, ':', rest.n) != NULL && memmem(rest.at, rest.n, "own=", 4) == NULL)
        return fail(err, ERR_INVALID, "invalid volume specification: '%s'", text);
    if (!read_mode(arena, rest, &it))
        return fail(err, ERR_INVALID, "invalid mode: %.*s", (int)rest.n, rest.at);
    bool is_path = has_two && first.at[0] == '/';
    it.type = is_path ? "bind" : "volume";
    if (has_two) {
        it.source = arena_strndup(arena, first.at, first.n);
        it.name = is_path ? NULL : it.source;
    }
    it.destination = arena_strndup(arena, second.at, second.n);
    it.mode = arena_strndup(arena, rest.at, rest.n);
    if (check_bind(&it, err) < 0) {
        (void)fail_config(err, it.type);
        return fail_in(err, "invalid volume specification: '%s'", text);
    }
    bool has_path_words = it.propagation != NULL || it.non_recursive;
    if ((!is_path && has_path_words) || (is_path && it.no_copy))
        return fail(err, ERR_INVALID, "invalid mode: %s", it.mode);
    it.destination = path_clean(arena, it.destination);
    it.source = is_path ? path_clean(arena, it.source) : NULL;
    it.is_anonymous = !is_path && it.name == NULL;
    *out = it;
    return 0;
}

int mountspec_anonymous(struct arena *arena, const char *target, struct container_mount *out,
                        struct err *err)
{
    struct container_mount it = {
        .type = "volume", .mode = "", .is_anonymous = true, .creates_source = true};
    if (check_target(target, err) < 0) {
        (void)fail_config(err, "volume");
        return fail_in(err, "invalid volume specification: '%s'", target);
    }
    it.destination = path_clean(arena, target);
    *out = it;
    return 0;
}

// --- Mounts ---

static bool is_propagation(const char *word)
{
    const struct mode_word *found = find_word(str_of(word));
    return found != NULL && found->class == WORD_PROPAGATION;
}

static int read_bind_options(const struct mount_request *request, struct container_mount *out,
                             struct err *err)
{
    const struct mount_bind_options *options = request->bind_options;
    if (text_is_empty(request->source))
        return fail_field(err, "Source", true);
    if (request->source[0] != '/')
        return fail(err, ERR_INVALID, "invalid mount path: '%s' mount path must be absolute",
                    request->source);
    out->source = request->source;
    if (options == NULL)
        return 0;
    if (!text_is_empty(options->propagation) && !is_propagation(options->propagation))
        return fail(err, ERR_INVALID, "invalid propagation mode: %s", options->propagation);
    if (options->read_only_non_recursive && options->read_only_force_recursive)
        return fail(err, ERR_INVALID,
                    "ReadOnlyForceRecursive must not be combined with ReadOnlyNonRecursive");
    if (options->read_only_force_recursive && !request->read_only)
        return fail(err, ERR_INVALID, "ReadOnlyForceRecursive needs ReadOnly");
    if (!text_is_empty(options->propagation))
        out->propagation = options->propagation;
    out->non_recursive = options->non_recursive;
    out->creates_source = options->create_mountpoint;
    out->read_only_non_recursive = options->read_only_non_recursive;
    out->read_only_force_recursive = options->read_only_force_recursive;
    return 0;
}

static int check_subpath(const char *subpath, struct err *err)
{
    struct str rest = str_of(subpath);
    if (rest.n != 0 && rest.at[0] == '/')
        return fail(err, ERR_INVALID, "subpath must be a relative path within the volume");
    while (rest.n != 0) {
        if (str_is(str_cut(&rest, '/'), ".."))
            return fail(err, ERR_INVALID, "subpath must be a relative path within the volume");
    }
    return 0;
}

static int read_volume_options(const struct mount_request *request, struct container_mount *out,
                               struct err *err)
{
    struct mount_volume_options *options = request->volume_options;
    out->name = text_is_empty(request->source) ? NULL : request->source;
    out->is_anonymous = out->name == NULL;
    out->volume = options;
    if (out->name != NULL && volume_name_check(out->name, err) < 0)
        return -1;
    if (out->is_anonymous && request->read_only)
        return fail(err, ERR_INVALID, "must not set ReadOnly mode when using anonymous volumes");
    if (options == NULL)
        return 0;
    out->no_copy = options->no_copy;
    out->subpath = text_is_empty(options->subpath) ? NULL : options->subpath;
    if (options->driver_config != NULL && !text_is_empty(options->driver_config->name))
        out->driver = options->driver_config->name;
    if (out->subpath != NULL && out->is_anonymous)
        return fail(err, ERR_INVALID, "must not set Subpath when using anonymous volumes");
    return out->subpath != NULL ? check_subpath(out->subpath, err) : 0;
}

static int read_tmpfs_options(struct arena *arena, const struct mount_request *request,
                              struct container_mount *out, struct err *err)
{
    const struct mount_tmpfs_options *options = request->tmpfs_options;
    if (!text_is_empty(request->source))
        return fail_field(err, "Source", false);
    size_t n = options != NULL ? options->n_options : 0;
    out->options = arena_array(arena, n + 4, sizeof *out->options);
    if (request->read_only)
        out->options[out->n_options++] = "ro";
    if (options == NULL)
        return 0;
    if (options->size_bytes < 0)
        return fail(err, ERR_INVALID, "invalid tmpfs size: %jd", (intmax_t)options->size_bytes);
    if (options->size_bytes != 0)
        out->options[out->n_options++] =
            arena_printf(arena, "size=%jd", (intmax_t)options->size_bytes);
    if (options->mode != 0)
        out->options[out->n_options++] =
            arena_printf(arena, "mode=%jo", (uintmax_t)options->mode & 07777);
    for (size_t i = 0; i < n; i++) {
        const struct mount_option_words *pair = &options->options[i];
        if (pair->n_words == 0 || pair->n_words > 2 || strchr(pair->words[0], ',') != NULL)
            return fail(err, ERR_INVALID, "invalid option array length or word");
        out->options[out->n_options++] =
            pair->n_words == 1 ? pair->words[0]
                               : arena_printf(arena, "%s=%s", pair->words[0], pair->words[1]);
    }
    return 0;
}

static int read_image_options(const struct mount_request *request, struct container_mount *out,
                              struct err *err)
{
    if (text_is_empty(request->source))
        return fail_field(err, "Source", true);
    out->name = request->source;
    out->read_only = true; // others use the same layers
    if (request->image_options == NULL || text_is_empty(request->image_options->subpath))
        return 0;
    out->subpath = request->image_options->subpath;
    return check_subpath(out->subpath, err);
}

enum mount_type { TYPE_BIND, TYPE_VOLUME, TYPE_TMPFS, TYPE_IMAGE, N_TYPES };
static const char *const type_names[N_TYPES] = {"bind", "volume", "tmpfs", "image"};

// Options of another type than the mount's own.
static int check_foreign(const struct mount_request *request, enum mount_type type, struct err *err)
{
    const void *const given[N_TYPES] = {request->bind_options, request->volume_options,
                                        request->tmpfs_options, request->image_options};
    static const char *const names[N_TYPES] = {"BindOptions", "VolumeOptions", "TmpfsOptions",
                                               "ImageOptions"};
    for (int i = 0; i < N_TYPES; i++) {
        // Ours, own=, is a bind option that volumes may have.
        bool is_own = type == TYPE_VOLUME && i == TYPE_BIND && request->bind_options != NULL &&
                      !text_is_empty(request->bind_options->ownership);
        if (i != (int)type && given[i] != NULL && !is_own)
            return fail_field(err, names[i], false);
    }
    return 0;
}

static int read_type(struct arena *arena, const struct mount_request *request, enum mount_type type,
                     struct container_mount *out, struct err *err)
{
    if (check_target(request->target, err) < 0 || check_foreign(request, type, err) < 0)
        return -1;
    const char *own = request->bind_options != NULL ? request->bind_options->ownership : NULL;
    if (!text_is_empty(own) && strcmp(own, "U") == 0)
        out->changes_owner = true;
    else if (!text_is_empty(own) && !is_owner(str_of(own)))
        return fail(err, ERR_INVALID, "invalid owner: \"%s\" is not USER[:GROUP]", own);
    else if (!text_is_empty(own))
        out->ownership = own;
    switch (type) {
    case TYPE_BIND:
        return read_bind_options(request, out, err);
    case TYPE_VOLUME:
        return read_volume_options(request, out, err);
    case TYPE_TMPFS:
        return read_tmpfs_options(arena, request, out, err);
    case TYPE_IMAGE:
        return read_image_options(request, out, err);
    case N_TYPES:
        break;
    }
    return 0;
}

int mountspec_request(struct arena *arena, const struct mount_request *request,
                      struct container_mount *out, struct err *err)
{
    int type = 0;
    const char *name = text_is_empty(request->type) ? "volume" : request->type;
    while (type < N_TYPES && strcmp(type_names[type], name) != 0)
        type++;
    if (type == N_TYPES) {
        (void)fail(err, ERR_INVALID, "mount type unknown");
        return fail_config(err, name);
    }
    struct container_mount it = {
        .type = type_names[type], .mode = "", .read_only = request->read_only};
    if (read_type(arena, request, (enum mount_type)type, &it, err) < 0)
        return fail_config(err, name);
    // Of a mount that is shown as another user's nothing comes from elsewhere.
    if (it.ownership != NULL && it.propagation != NULL && !text_ends(it.propagation, "private"))
        return fail(err, ERR_INVALID, "own= cannot be combined with %s", it.propagation);
    it.destination = path_clean(arena, request->target);
    if (it.source != NULL)
        it.source = path_clean(arena, it.source);
    *out = it;
    return 0;
}

// --- tmpfs ---

int mountspec_tmpfs(struct arena *arena, const char *target, const char *options,
                    struct container_mount *out, struct err *err)
{
    struct container_mount it = {.type = "tmpfs", .mode = "", .is_plain_tmpfs = true};
    if (check_target(target, err) < 0)
        return -1;
    it.options = arena_array(arena, OPTIONS_MAX, sizeof *it.options);
    struct str rest = str_of(options);
    while (rest.n != 0) {
        struct str word = str_cut(&rest, ',');
        if (word.n == 0)
            continue;
        if (it.n_options == OPTIONS_MAX)
            return fail(err, ERR_INVALID, "more than %d options for the tmpfs at %s", OPTIONS_MAX,
                        target);
        it.options[it.n_options++] = arena_strndup(arena, word.at, word.n);
    }
    it.destination = path_clean(arena, target);
    *out = it;
    return 0;
}

// --- volumes of another container ---

int mountspec_from(struct arena *arena, const char *text, const char **out_container,
                   bool *out_read_only, struct err *err)
{
    struct str rest = str_of(text), name = str_cut(&rest, ':');
    struct container_mount mode = {};
    if (name.n == 0)
        return fail(err, ERR_INVALID, "malformed volumes-from specification: \"%s\"", text);
    if (!read_mode(arena, rest, &mode))
        return fail(err, ERR_INVALID, "invalid mode: %.*s", (int)rest.n, rest.at);
    if (mode.propagation != NULL || mode.no_copy || mode.ownership != NULL || mode.is_overlay ||
        mode.changes_owner)
        return fail(err, ERR_INVALID, "invalid mode for volumes-from: %.*s", (int)rest.n, rest.at);
    *out_container = arena_strndup(arena, name.at, name.n);
    *out_read_only = mode.read_only;
    return 0;
}
