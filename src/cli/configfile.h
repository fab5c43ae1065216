// SPDX-License-Identifier: Apache-2.0
// configfile.h — docker's config.json: the user's logins, credential helpers and favourite formats.
//
// It is shared with docker itself and with whatever else reads it, so a change keeps every key that
// dhow knows nothing of, goes through a symbolic link to the file behind it, and appears at once.
#pragma once
#include "json/bind.h"

enum { CONFIG_FILE_MAX = 4 * 1024 * 1024 };

// One member of "auths". `auth` is base64 of "user:password".
struct config_auth {
    const char *registry; // the key: "https://index.docker.io/v1/", "localhost:5000"
    const char *auth, *username, *password, *identitytoken, *registrytoken;
};

// One member of "proxies": by an engine's address, or "default".
struct config_proxy {
    const char *host, *http, *https, *no, *ftp, *all;
};

struct config_file {
    const char *path; // of the file, which may not exist
    struct config_auth *auths;
    size_t n_auths;
    const char *creds_store;        // or NULL
    struct json_pair *cred_helpers; // registry → helper
    size_t n_cred_helpers;
    const char **prune_filters; // "label=x", "label!=y", "until=24h"
    size_t n_prune_filters;
    const char *current_context;
    struct config_proxy *proxies;
    size_t n_proxies;
    struct json_pair *aliases; // a command's name → what it stands for
    size_t n_aliases;
    const char **plugin_dirs; // cliPluginsExtraDirs
    size_t n_plugin_dirs;
    const char *detach_keys; // these: NULL when not set
    const char *ps_format, *images_format, *stats_format, *volumes_format, *networks_format;
};

// Where it is: `directory` (--config) or DOCKER_CONFIG or ~/.docker. NULL when there is no home.
const char *config_file_path(struct arena *arena, const char *directory);
// Reads the file; one that is not there is empty, one that is no JSON is ERR_INVALID. All lives in
// the arena.
[[nodiscard]] int config_file_read(struct arena *arena, const char *path, struct config_file *out,
                                   struct err *err);
// The same of a text.
[[nodiscard]] int config_file_parse(struct arena *arena, const char *text, struct config_file *out,
                                    struct err *err);
// Adds a login or replaces the one of that registry; the file is made when it is not there.
[[nodiscard]] int config_file_put_auth(const char *path, const struct config_auth *auth,
                                       struct err *err);
// Takes the logins with these keys out. Nothing to take out is fine.
[[nodiscard]] int config_file_remove_auths(const char *path, const char *const *registries,
                                           size_t n, struct err *err);
// Sets a member that is a text; NULL takes it out.
[[nodiscard]] int config_file_put_text(const char *path, const char *key, const char *value,
                                       struct err *err);
