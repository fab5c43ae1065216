// SPDX-License-Identifier: Apache-2.0
// configfile.c — docker's config.json, read by table and changed as a list of members.
//
// A change reads the file as members whose values are JSON texts, replaces "auths", and writes all
// of it aside and over the old one. Two commands of ours that change it at the same time take turns
// by a lock on its directory; docker itself knows no lock.
#include "cli/configfile.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

enum { LINKS_MAX = 16, LOCK_WAIT_MS = 10'000, LOCK_STEP_MS = 20 };

// clang-format off
static const struct json_field auth_fields[] = {
    JSON_FIELD(struct config_auth, auth, JSON_OPTIONAL),
    JSON_FIELD(struct config_auth, username, JSON_OPTIONAL),
    JSON_FIELD(struct config_auth, password, JSON_OPTIONAL),
    JSON_FIELD(struct config_auth, identitytoken, JSON_OPTIONAL),
    JSON_FIELD(struct config_auth, registrytoken, JSON_OPTIONAL),
    {},
};
static const struct json_field proxy_fields[] = {
    JSON_NAMED(struct config_proxy, http, "httpProxy", JSON_OPTIONAL),
    JSON_NAMED(struct config_proxy, https, "httpsProxy", JSON_OPTIONAL),
    JSON_NAMED(struct config_proxy, no, "noProxy", JSON_OPTIONAL),
    JSON_NAMED(struct config_proxy, ftp, "ftpProxy", JSON_OPTIONAL),
    JSON_NAMED(struct config_proxy, all, "allProxy", JSON_OPTIONAL),
    {},
};
static const struct json_field config_fields[] = {
    JSON_NAMED(struct config_file, current_context, "currentContext", JSON_OPTIONAL),
    JSON_OBJECTS(struct config_file, proxies, proxy_fields, JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct config_file, aliases, "aliases", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct config_file, plugin_dirs, "cliPluginsExtraDirs", JSON_OPTIONAL),
    JSON_OBJECTS(struct config_file, auths, auth_fields, JSON_OPTIONAL),
    JSON_NAMED(struct config_file, creds_store, "credsStore", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct config_file, cred_helpers, "credHelpers", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct config_file, prune_filters, "pruneFilters", JSON_OPTIONAL),
    JSON_NAMED(struct config_file, detach_keys, "detachKeys", JSON_OPTIONAL),
    JSON_NAMED(struct config_file, ps_format, "psFormat", JSON_OPTIONAL),
    JSON_NAMED(struct config_file, images_format, "imagesFormat", JSON_OPTIONAL),
    JSON_NAMED(struct config_file, networks_format, "networksFormat", JSON_OPTIONAL),
    JSON_NAMED(struct config_file, volumes_format, "volumesFormat", JSON_OPTIONAL),
    JSON_NAMED(struct config_file, stats_format, "statsFormat", JSON_OPTIONAL),
    {},
};
// clang-format on

// An object as its members, in order; json_decode wants a name for it.
struct members {
    struct json_pair *all;
    size_t n_all;
};
static const struct json_field members_fields[] = {
    JSON_ANY_NAMED(struct members, all, "all", JSON_ALWAYS),
    {},
};

const char *config_file_path(struct arena *arena, const char *directory)
{
    const char *home = getenv("HOME");
    if (text_is_empty(directory))
        directory = getenv("DOCKER_CONFIG");
    if (!text_is_empty(directory))
        return arena_printf(arena, "%s/config.json", directory);
    if (text_is_empty(home))
        home = geteuid() == 0 ? "/root" : NULL;
    return home != NULL ? arena_printf(arena, "%s/.docker/config.json", home) : NULL;
}

int config_file_read(struct arena *arena, const char *path, struct config_file *out,
                     struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONFIG_FILE_MAX);
    *out = (struct config_file){.path = path};
    if (path == NULL)
        return 0;
    if (file_read_at(AT_FDCWD, path, &text, err) < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1;
    if (text.n == 0) // docker takes an empty file for an empty object
        return 0;
    if (config_file_parse(arena, buf_get(&text), out, err) < 0)
        return fail_in(err, "%s", path);
    out->path = path;
    return 0;
}

int config_file_parse(struct arena *arena, const char *text, struct config_file *out,
                      struct err *err)
{
    return json_decode(arena, text, strlen(text), config_fields, out, JSON_LENIENT, err);
}

// --- changing it ---

// The file behind symbolic links, which may not be there yet.
static const char *follow(struct arena *arena, const char *path, struct err *err)
{
    char link[PATH_MAX];
    for (int i = 0; i < LINKS_MAX; i++) {
        ssize_t n = readlink(path, link, sizeof link);
        if (n < 0)
            return path;
        const char *slash = strrchr(path, '/');
        bool is_relative = link[0] != '/' && slash != NULL;
        path = arena_printf(arena, "%.*s%.*s", is_relative ? (int)(slash - path + 1) : 0, path,
                            (int)n, link);
    }
    (void)fail(err, ERR_INVALID, "%s: too many symbolic links", path);
    return NULL;
}

// The directory, made when it is not there, and locked until it is closed.
static int open_directory(const char *path, struct err *err)
{
    AUTO_FREE char *directory = xstrdup(path);
    char *slash = strrchr(directory, '/');
    if (slash == NULL)
        memcpy(directory, ".", sizeof "."); // a path has at least config.json's letters
    else if (slash == directory)
        slash[1] = '\0';
    else
        *slash = '\0';
    AUTO_FD int place = dir_make_at(AT_FDCWD, directory, 0700, err);
    if (place < 0)
        return -1;
    AUTO_FD int fd = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(err, "open %s", directory);
    for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; waited += LOCK_STEP_MS) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail_sys(err, "lock %s", directory);
        if (waited >= LOCK_WAIT_MS)
            return fail(err, ERR_UNAVAILABLE, "%s is locked by another command", directory);
        const struct timespec step = {.tv_nsec = LOCK_STEP_MS * 1'000'000L};
        (void)nanosleep(&step, NULL);
    }
    return TAKE_FD(fd);
}

static int read_members(struct arena *arena, const char *json, struct members *out, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONFIG_FILE_MAX + 16);
    buf_printf(&text, "{\"all\":%s}", json);
    return json_decode(arena, buf_get(&text), text.n, members_fields, out, JSON_STRICT, err);
}

static int read_file(struct arena *arena, int directory, const char *name, struct members *out,
                     struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONFIG_FILE_MAX);
    *out = (struct members){};
    if (file_read_at(directory, name, &text, err) < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1;
    return text.n != 0 ? read_members(arena, buf_get(&text), out, err) : 0;
}

// docker's form: tabs, and no line end after the last bracket.
static int write_file(int directory, const char *name, const struct members *members,
                      struct err *err)
{
    AUTO_BUF struct buf text, indented;
    buf_init(&text, CONFIG_FILE_MAX);
    buf_init(&indented, (size_t)4 * CONFIG_FILE_MAX);
    json_encode(&text, members_fields, members, JSON_COMPACT);
    if (buf_check(&text, "the configuration", err) < 0)
        return -1;
    text.at[text.n - 1] = '\0'; // {"all":…}
    json_indent(&indented, text.at + strlen("{\"all\":"), "\t");
    if (buf_check(&indented, "the configuration", err) < 0)
        return -1;
    struct stat before;
    bool was_there = fstatat(directory, name, &before, 0) == 0;
    if (file_replace(directory, name, indented.at, indented.n, 0600, err) < 0)
        return -1;
    // With sudo it is still the user's own.
    if (was_there && before.st_uid != geteuid() &&
        fchownat(directory, name, before.st_uid, before.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        return fail_sys(err, "give %s back to its owner", name);
    return 0;
}

// The member of that key, added at the end when it is not there.
static struct json_pair *find_or_add(struct arena *arena, struct members *in, const char *key)
{
    for (size_t i = 0; i < in->n_all; i++) {
        if (strcmp(in->all[i].key, key) == 0)
            return &in->all[i];
    }
    struct json_pair *grown = arena_array(arena, in->n_all + 1, sizeof *grown);
    if (in->n_all != 0)
        memcpy(grown, in->all, in->n_all * sizeof *grown);
    in->all = grown;
    in->all[in->n_all] = (struct json_pair){.key = key};
    return &in->all[in->n_all++];
}

static bool remove_member(struct members *in, const char *key)
{
    size_t n = 0, before = in->n_all;
    for (size_t i = 0; i < in->n_all; i++) {
        if (strcmp(in->all[i].key, key) != 0)
            in->all[n++] = in->all[i];
    }
    in->n_all = n;
    return n != before;
}

static const char *encode_members(struct arena *arena, const struct members *members)
{
    AUTO_BUF struct buf text;
    buf_init(&text, (size_t)2 * CONFIG_FILE_MAX);
    json_encode(&text, members_fields, members, JSON_COMPACT);
    return arena_strndup(arena, text.at + strlen("{\"all\":"), text.n - strlen("{\"all\":}"));
}

static int fail_no_place(struct err *err)
{
    return fail(err, ERR_NOT_FOUND,
                "no place for config.json: set HOME or DOCKER_CONFIG, or use --config");
}

int config_file_put_text(const char *path, const char *key, const char *value, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    AUTO_BUF struct buf text;
    struct members file;
    if (path == NULL)
        return fail_no_place(err);
    path = follow(&arena, path, err);
    if (path == NULL)
        return -1;
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    AUTO_FD int directory = open_directory(path, err);
    if (directory < 0)
        return -1;
    if (read_file(&arena, directory, name, &file, err) < 0)
        return fail_in(err, "%s", path);
    if (value == NULL && !remove_member(&file, key))
        return 0;
    buf_init(&text, CONFIG_FILE_MAX);
    if (value != NULL) {
        json_quote(&text, value);
        find_or_add(&arena, &file, key)->value = arena_strdup(&arena, buf_get(&text));
    }
    return write_file(directory, name, &file, err);
}

// Changes "auths": what is to go goes, what is to come comes.
static int change(const char *path, const char *const *registries, size_t n,
                  const struct config_auth *auth, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    struct members file, auths = {};
    if (path == NULL)
        return fail_no_place(err);
    path = follow(&arena, path, err);
    if (path == NULL)
        return -1;
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    AUTO_FD int directory = open_directory(path, err);
    if (directory < 0)
        return -1;
    if (read_file(&arena, directory, name, &file, err) < 0)
        return fail_in(err, "%s", path);
    struct json_pair *member = find_or_add(&arena, &file, "auths");
    if (member->value != NULL && strcmp(member->value, "null") != 0 &&
        read_members(&arena, member->value, &auths, err) < 0)
        return fail_in(err, "%s: auths", path);
    bool is_changed = auth != NULL;
    for (size_t i = 0; i < n; i++)
        is_changed = remove_member(&auths, registries[i]) || is_changed;
    if (!is_changed)
        return 0;
    if (auth != NULL) {
        AUTO_BUF struct buf text;
        buf_init(&text, CONFIG_FILE_MAX);
        json_encode(&text, auth_fields, auth, JSON_COMPACT);
        find_or_add(&arena, &auths, auth->registry)->value = arena_strdup(&arena, buf_get(&text));
    }
    member->value = encode_members(&arena, &auths);
    return write_file(directory, name, &file, err);
}

int config_file_put_auth(const char *path, const struct config_auth *auth, struct err *err)
{
    return change(path, NULL, 0, auth, err);
}

int config_file_remove_auths(const char *path, const char *const *registries, size_t n,
                             struct err *err)
{
    return change(path, registries, n, NULL, err);
}
