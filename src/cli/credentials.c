// SPDX-License-Identifier: Apache-2.0
// credentials.c — which stored secret belongs to which registry.
#include "cli/credentials.h"

#include "base/base64.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "cli/credential_helper.h"

#include <stdlib.h>
#include <string.h>

enum { SECRET_MAX = 64 * 1024 };

static const char token_username[] = "<token>"; // the helpers' word for "this is a token"

// --- names ---

static bool is_docker_hub(struct str host)
{
    return str_is(host, "docker.io") || str_is(host, "index.docker.io") ||
           str_is(host, "registry-1.docker.io");
}

static struct str host_of(const char *key)
{
    struct str rest = str_of(key);
    static const char *const schemes[] = {"https://", "http://"};
    for (size_t i = 0; i < N_ELEMENTS(schemes); i++) {
        size_t n = strlen(schemes[i]);
        if (str_starts(rest, schemes[i]))
            rest = (struct str){rest.at + n, rest.n - n};
    }
    return str_cut(&rest, '/');
}

const char *registry_of_reference(struct arena *arena, const char *reference)
{
    struct str rest = str_of(reference), first = str_cut(&rest, '/');
    bool is_host = reference[first.n] == '/' &&
                   (memchr(first.at, '.', first.n) != NULL ||
                    memchr(first.at, ':', first.n) != NULL || str_is(first, "localhost"));
    if (!is_host || is_docker_hub(first))
        return DOCKER_HUB;
    return arena_strndup(arena, first.at, first.n);
}

const char *registry_key(struct arena *arena, const char *registry)
{
    struct str host = host_of(registry);
    return is_docker_hub(host) ? DOCKER_HUB_KEY : arena_strndup(arena, host.at, host.n);
}

const char *registry_host(struct arena *arena, const char *key)
{
    struct str host = host_of(key);
    return arena_strndup(arena, host.at, host.n);
}

// Two keys are one registry's: docker has stored URLs, hosts, and hosts with a path.
static bool is_same(const char *stored, const char *key)
{
    if (strcmp(stored, key) == 0)
        return true;
    // What docker's login with a browser keeps beside the login itself.
    if (text_ends(stored, "/access-token") || text_ends(stored, "/refresh-token"))
        return false;
    struct str a = host_of(stored), b = host_of(key);
    return str_equal(a, b) || (is_docker_hub(a) && is_docker_hub(b));
}

// --- reading ---

// docker's `auth`: base64 of "user:password".
static int open_auth(struct arena *arena, const struct config_auth *from, struct registry_auth *out,
                     struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, SECRET_MAX);
    if (text_is_empty(from->auth))
        return 0;
    struct err why;
    if (base64_decode(str_of(from->auth), &text, &why) < 0)
        return fail(err, ERR_INVALID, "the login of %s is not base64: log in again",
                    from->registry);
    struct str rest = {buf_get(&text), text.n}, user = str_cut(&rest, ':');
    if (user.n == text.n)
        return fail(err, ERR_INVALID, "the login of %s has no user and password: log in again",
                    from->registry);
    out->username = arena_strndup(arena, user.at, user.n);
    out->password = arena_strndup(arena, rest.at, strnlen(rest.at, rest.n)); // some end in NULs
    return 0;
}

// 1 and *out; 0 when the entry only says that a helper has it.
static int take_entry(struct arena *arena, const struct config_auth *from, const char *key,
                      struct registry_auth *out, struct err *err)
{
    struct registry_auth auth = {
        .username = from->username,
        .password = from->password,
        .identitytoken = from->identitytoken,
        .registrytoken = from->registrytoken,
        .serveraddress = key,
    };
    if (open_auth(arena, from, &auth, err) < 0)
        return -1;
    if (text_is_empty(auth.username) && text_is_empty(auth.identitytoken) &&
        text_is_empty(auth.registrytoken))
        return 0;
    *out = auth;
    return 1;
}

static int find_in_auths(struct arena *arena, const struct config_file *file, const char *key,
                         struct registry_auth *out, struct err *err)
{
    const struct config_auth *found = NULL;
    for (size_t i = 0; i < file->n_auths; i++) {
        bool is_exact = strcmp(file->auths[i].registry, key) == 0;
        if (is_exact || (found == NULL && is_same(file->auths[i].registry, key)))
            found = &file->auths[i];
        if (is_exact)
            break;
    }
    return found != NULL ? take_entry(arena, found, key, out, err) : 0;
}

static const char *helper_of(const struct config_file *file, const char *key)
{
    for (size_t i = 0; i < file->n_cred_helpers; i++) {
        if (is_same(file->cred_helpers[i].key, key) && !text_is_empty(file->cred_helpers[i].value))
            return file->cred_helpers[i].value;
    }
    return text_is_empty(file->creds_store) ? NULL : file->creds_store;
}

static int find_with_helper(struct arena *arena, const struct config_file *file, const char *key,
                            struct registry_auth *out, struct err *err)
{
    const char *helper = helper_of(file, key);
    struct credential got = {};
    int found = helper != NULL ? credential_get(arena, helper, key, &got, err) : 0;
    if (found <= 0)
        return found;
    *out = (struct registry_auth){.serveraddress = key};
    if (got.username != NULL && strcmp(got.username, token_username) == 0) {
        out->identitytoken = got.secret;
    } else {
        out->username = got.username;
        out->password = got.secret;
    }
    return 1;
}

// podman's keys may name a part of a registry ("quay.io/team"): the longest that fits is it.
static int find_part(struct arena *arena, const struct config_file *file, const char *key,
                     const char *repository, struct registry_auth *out, struct err *err)
{
    const struct config_auth *found = NULL;
    bool is_hub = strcmp(key, DOCKER_HUB_KEY) == 0;
    const char *whole = arena_printf(arena, "%s/%s/", is_hub ? DOCKER_HUB : key, repository);
    size_t longest = 0;
    for (size_t i = 0; i < file->n_auths; i++) {
        size_t n = strlen(file->auths[i].registry);
        if (n > longest && n < strlen(whole) && whole[n] == '/' &&
            strchr(file->auths[i].registry, '/') != NULL &&
            memcmp(whole, file->auths[i].registry, n) == 0) {
            found = &file->auths[i];
            longest = n;
        }
    }
    return found != NULL ? take_entry(arena, found, key, out, err) : 0;
}

static const char *podman_path(struct arena *arena)
{
    const char *file = getenv("REGISTRY_AUTH_FILE"), *run = getenv("XDG_RUNTIME_DIR");
    if (!text_is_empty(file))
        return file;
    if (!text_is_empty(run))
        return arena_printf(arena, "%s/containers/auth.json", run);
    return arena_printf(arena, "/run/containers/%u/auth.json", (unsigned)geteuid());
}

static int find_in_podmans(struct arena *arena, const char *key, const char *repository,
                           struct registry_auth *out, struct err *err)
{
    struct config_file file;
    if (config_file_read(arena, podman_path(arena), &file, err) < 0)
        return -1;
    int found = repository != NULL ? find_part(arena, &file, key, repository, out, err) : 0;
    if (found == 0)
        found = find_in_auths(arena, &file, key, out, err);
    return found != 0 ? found : find_with_helper(arena, &file, key, out, err);
}

// docker's DOCKER_AUTH_CONFIG: a config.json's "auths" in a variable, for CI.
static int find_in_environment(struct arena *arena, const char *key, struct registry_auth *out,
                               struct err *err)
{
    const char *text = getenv("DOCKER_AUTH_CONFIG");
    struct config_file file = {};
    if (text_is_empty(text))
        return 0;
    if (config_file_parse(arena, text, &file, err) < 0)
        return fail_in(err, "DOCKER_AUTH_CONFIG");
    return find_in_auths(arena, &file, key, out, err);
}

int credentials_find(struct arena *arena, const struct config_file *config, const char *key,
                     const char *repository, struct registry_auth *out, struct err *err)
{
    int found = find_in_environment(arena, key, out, err);
    if (found == 0)
        found = find_with_helper(arena, config, key, out, err);
    if (found == 0)
        found = find_in_auths(arena, config, key, out, err);
    return found != 0 ? found : find_in_podmans(arena, key, repository, out, err);
}

int credentials_stored(struct arena *arena, const struct config_file *config, const char *key,
                       struct err *err)
{
    struct registry_auth ignored;
    for (size_t i = 0; i < config->n_auths; i++) {
        if (is_same(config->auths[i].registry, key))
            return 1;
    }
    return find_with_helper(arena, config, key, &ignored, err);
}

// --- writing ---

int credentials_store(struct arena *arena, const struct config_file *config,
                      const struct registry_auth *auth, struct err *err)
{
    const char *helper = helper_of(config, auth->serveraddress);
    bool has_token = !text_is_empty(auth->identitytoken);
    struct config_auth entry = {.registry = auth->serveraddress};
    if (helper != NULL) {
        const struct credential credential = {
            has_token ? token_username : auth->username,
            has_token ? auth->identitytoken : auth->password,
        };
        if (credential_put(helper, auth->serveraddress, &credential, err) < 0)
            return -1;
        // The empty entry says where there is something to find.
        return config_file_put_auth(config->path, &entry, err) < 0 ? -1 : CREDENTIALS_IN_HELPER;
    }
    AUTO_BUF struct buf encoded;
    buf_init(&encoded, SECRET_MAX);
    const char *both = arena_printf(arena, "%s:%s", auth->username != NULL ? auth->username : "",
                                    has_token || auth->password == NULL ? "" : auth->password);
    base64_encode(both, strlen(both), &encoded);
    if (buf_check(&encoded, "the login", err) < 0)
        return -1;
    entry.auth = buf_get(&encoded);
    entry.identitytoken = has_token ? auth->identitytoken : NULL;
    return config_file_put_auth(config->path, &entry, err) < 0 ? -1 : CREDENTIALS_IN_FILE;
}

// Every form of the key that docker has stored in its life.
static struct words forms_of(struct arena *arena, const struct config_file *config, const char *key)
{
    struct words forms = {};
    const char *host = registry_host(arena, key);
    words_add(arena, &forms, key);
    if (strcmp(key, DOCKER_HUB_KEY) == 0) {
        words_add(arena, &forms, DOCKER_HUB_KEY "access-token");
        words_add(arena, &forms, DOCKER_HUB_KEY "refresh-token");
    } else {
        words_add(arena, &forms, arena_printf(arena, "http://%s", host));
        words_add(arena, &forms, arena_printf(arena, "https://%s", host));
    }
    for (size_t i = 0; i < config->n_auths; i++) {
        if (is_same(config->auths[i].registry, key))
            words_add(arena, &forms, config->auths[i].registry);
    }
    return forms;
}

int credentials_erase(struct arena *arena, const struct config_file *config, const char *key,
                      struct err *err)
{
    const char *helper = helper_of(config, key);
    struct words forms = forms_of(arena, config, key);
    for (size_t i = 0; helper != NULL && i < forms.n; i++) {
        if (credential_erase(helper, forms.at[i], err) < 0)
            return -1;
    }
    return config_file_remove_auths(config->path, forms.at, forms.n, err);
}
