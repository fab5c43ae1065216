// SPDX-License-Identifier: Apache-2.0
// context_store.c — contexts on disk, and which one is in force.
#include "cli/context_store.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"
#include "linux/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define ENDPOINT "docker"
const char *const context_tls_files[CONTEXT_TLS_FILES] = {"ca.pem", "cert.pem", "key.pem"};

struct endpoint {
    const char *host;
    bool skip_tls_verify;
};
struct storage {
    const char *meta_path, *tls_path;
};
// clang-format off
static const struct json_field endpoint_fields[] = {
    JSON_NAMED(struct endpoint, host, "Host", JSON_OPTIONAL),
    JSON_NAMED(struct endpoint, skip_tls_verify, "SkipTLSVerify", JSON_ALWAYS),
    {},
};
static const struct json_field meta_fields[] = {
    JSON_NAMED(struct context, name, "Name", JSON_REQUIRED),
    JSON_ANY_NAMED(struct context, metadata, "Metadata", JSON_ALWAYS),
    JSON_ANY_NAMED(struct context, endpoints, "Endpoints", JSON_ALWAYS),
    {},
};
static const struct json_field storage_fields[] = {
    JSON_NAMED(struct storage, meta_path, "MetadataPath", JSON_ALWAYS),
    JSON_NAMED(struct storage, tls_path, "TLSPath", JSON_ALWAYS),
    {},
};
const struct json_field context_inspect_fields[] = {
    JSON_NAMED(struct context, name, "Name", JSON_ALWAYS),
    JSON_ANY_NAMED(struct context, metadata, "Metadata", JSON_ALWAYS),
    JSON_ANY_NAMED(struct context, endpoints, "Endpoints", JSON_ALWAYS),
    JSON_ANY_NAMED(struct context, tls, "TLSMaterial", JSON_ALWAYS),
    // Two members that are one object there.
    {.name = "Storage", .offset = offsetof(struct context, meta_path), .kind = JSON_STRUCT,
     .fields = storage_fields, .flags = JSON_ALWAYS},
    {},
};
// clang-format on
_Static_assert(offsetof(struct context, tls_path) - offsetof(struct context, meta_path) ==
                   offsetof(struct storage, tls_path),
               "a context's two paths are a struct storage");

// --- names

int context_name_check(const char *name, struct err *err)
{
    if (strcmp(name, CONTEXT_DEFAULT) == 0)
        return fail(err, ERR_INVALID, "\"" CONTEXT_DEFAULT "\" is a reserved context name");
    size_t n = 0;
    while (isalnum((unsigned char)name[n]) ||
           (n != 0 && name[n] != '\0' && strchr("_.+-", name[n])))
        n++;
    if (n >= 2 && name[n] == '\0')
        return 0;
    return fail(err, ERR_INVALID,
                "context name \"%.200s\" is invalid, names are validated against regexp "
                "\"^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$\"",
                name);
}

// <config>/contexts/<kind>/<sha256 of the name>
static const char *path_of(struct cli *cli, const char *kind, const char *name)
{
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX + 1];
    sha256_of(name, strlen(name), digest);
    sha256_hex(digest, hex);
    return arena_printf(&cli->arena, "%s/contexts/%s/%s", cli_config_dir(cli), kind, hex);
}

// --- which one is in force

const char *context_current(struct cli *cli)
{
    const struct cli_globals *globals = &cli->globals;
    const char *asked = getenv("DOCKER_CONTEXT");
    bool has_context = !text_is_empty(globals->context);
    if (has_context && globals->hosts.n != 0) {
        (void)fail(&cli->err, ERR_INVALID,
                   "conflicting options: cannot specify both --host and --context");
        return NULL;
    }
    if (has_context)
        return globals->context;
    if (globals->hosts.n != 0 || !text_is_empty(getenv("DOCKER_HOST")))
        return CONTEXT_DEFAULT;
    if (!text_is_empty(asked))
        return asked;
    asked = cli_config(cli)->current_context;
    return text_is_empty(asked) ? CONTEXT_DEFAULT : asked;
}

// The host that options or the environment say; NULL: this machine's.
static const char *asked_host(struct cli *cli)
{
    const struct words *hosts = &cli->globals.hosts;
    const char *host = hosts->n != 0 ? hosts->at[hosts->n - 1] : getenv("DOCKER_HOST");
    return text_is_empty(host) ? NULL : host;
}

int context_check_local(struct cli *cli)
{
    struct context context;
    const char *name = context_current(cli);
    if (name == NULL)
        return -1;
    bool is_default = strcmp(name, CONTEXT_DEFAULT) == 0;
    const char *host = asked_host(cli);
    if (is_default && host == NULL)
        return 0;
    if (is_default)
        return fail(&cli->err, ERR_UNAVAILABLE,
                    "cannot reach %s: dhow cannot talk to another engine yet; without %s it uses "
                    "its own, here",
                    host, cli->globals.hosts.n != 0 ? "--host" : "DOCKER_HOST");
    if (context_read(cli, name, &context) < 0)
        return fail_in(&cli->err, "unable to resolve docker endpoint");
    return fail(&cli->err, ERR_UNAVAILABLE,
                "context \"%s\" is at %s: dhow cannot talk to another engine yet; --context "
                "default is its own, here",
                name, context.host);
}

// --- reading

static void add_pair(struct arena *arena, struct json_pair **pairs, size_t *n, const char *key,
                     const char *value)
{
    for (size_t i = 0; i < *n; i++) {
        if (strcmp((*pairs)[i].key, key) == 0) {
            (*pairs)[i].value = value;
            return;
        }
    }
    struct json_pair *grown = arena_array(arena, *n + 1, sizeof *grown);
    if (*n != 0)
        memcpy(grown, *pairs, *n * sizeof *grown);
    grown[(*n)++] = (struct json_pair){key, value};
    *pairs = grown;
}

static const char *find_pair(const struct json_pair *pairs, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(pairs[i].key, key) == 0)
            return pairs[i].value;
    }
    return NULL;
}

static const char *quoted(struct arena *arena, const char *text)
{
    AUTO_BUF struct buf out;
    buf_init(&out, CONTEXT_FILE_MAX);
    json_quote(&out, text);
    return arena_strdup(arena, buf_get(&out));
}

struct described {
    const char *description;
};
static const struct json_field described_fields[] = {
    JSON_NAMED(struct described, description, "Description", JSON_OPTIONAL),
    {},
};

int context_decode(struct arena *arena, const char *text, size_t n, struct context *out,
                   struct err *err)
{
    struct context context = {}; // it has more than the document
    struct endpoint endpoint = {};
    struct described metadata = {};
    if (json_decode(arena, text, n, meta_fields, &context, JSON_LENIENT, err) < 0)
        return -1;
    const char *docker = find_pair(context.endpoints, context.n_endpoints, ENDPOINT);
    const char *words = find_pair(context.metadata, context.n_metadata, "Description");
    if (docker != NULL && json_decode(arena, docker, strlen(docker), endpoint_fields, &endpoint,
                                      JSON_LENIENT, err) < 0)
        return fail_in(err, "Endpoints.docker");
    const char *object =
        arena_printf(arena, "{\"Description\":%s}", words != NULL ? words : "null");
    if (json_decode(arena, object, strlen(object), described_fields, &metadata, JSON_LENIENT, err) <
        0)
        return fail_in(err, "Metadata");
    context.description = metadata.description;
    context.host = endpoint.host;
    context.skip_tls_verify = endpoint.skip_tls_verify;
    *out = context;
    return 0;
}

void context_encode(struct arena *arena, struct context *context)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONTEXT_FILE_MAX);
    const struct endpoint endpoint = {context->host, context->skip_tls_verify};
    json_encode(&text, endpoint_fields, &endpoint, JSON_COMPACT);
    add_pair(arena, &context->endpoints, &context->n_endpoints, ENDPOINT,
             arena_strdup(arena, buf_get(&text)));
    if (!text_is_empty(context->description))
        add_pair(arena, &context->metadata, &context->n_metadata, "Description",
                 quoted(arena, context->description));
}

static void made_up_default(struct cli *cli, struct context *out)
{
    const char *host = asked_host(cli);
    *out = (struct context){
        .name = CONTEXT_DEFAULT,
        .host = host != NULL ? host : CONTEXT_HOST,
        .meta_path = "<IN MEMORY>",
        .tls_path = "<IN MEMORY>",
    };
    context_encode(&cli->arena, out);
    out->description = "Current DOCKER_HOST based configuration"; // of lists alone
}

// Which certificates there are, as {"docker": ["ca.pem"]}.
static void note_tls(struct cli *cli, struct context *context)
{
    AUTO_BUF struct buf names;
    buf_init(&names, CONTEXT_FILE_MAX);
    for (size_t i = 0; i < CONTEXT_TLS_FILES; i++) {
        AUTO_FREE char *path =
            str_printf("%s/" ENDPOINT "/%s", context->tls_path, context_tls_files[i]);
        if (access(path, F_OK) == 0)
            buf_printf(&names, "%s\"%s\"", names.n != 0 ? "," : "[", context_tls_files[i]);
    }
    if (names.n == 0)
        return;
    buf_char(&names, ']');
    add_pair(&cli->arena, &context->tls, &context->n_tls, ENDPOINT,
             arena_strdup(&cli->arena, buf_get(&names)));
}

static int read_file(struct cli *cli, const char *path, const char **out, size_t *n_out)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONTEXT_FILE_MAX);
    if (file_read_at(AT_FDCWD, path, &text, &cli->err) < 0)
        return -1;
    *out = arena_strndup(&cli->arena, buf_get(&text), text.n);
    *n_out = text.n;
    return 0;
}

static int read_directory(struct cli *cli, const char *directory, struct context *out)
{
    const char *text, *path = arena_printf(&cli->arena, "%s/meta.json", directory);
    size_t n;
    if (read_file(cli, path, &text, &n) < 0)
        return -1;
    if (context_decode(&cli->arena, text, n, out, &cli->err) < 0)
        return fail_in(&cli->err, "%s", path);
    out->meta_path = path_of(cli, "meta", out->name);
    out->tls_path = path_of(cli, "tls", out->name);
    note_tls(cli, out);
    return 0;
}

int context_read(struct cli *cli, const char *name, struct context *out)
{
    if (strcmp(name, CONTEXT_DEFAULT) == 0) {
        made_up_default(cli, out);
        return 0;
    }
    const char *directory = path_of(cli, "meta", name);
    if (read_directory(cli, directory, out) < 0) {
        if (cli->err.kind == ERR_NOT_FOUND)
            return fail(&cli->err, ERR_NOT_FOUND,
                        "context \"%s\": context not found: open %s/meta.json: no such file or "
                        "directory",
                        name, directory);
        return fail_in(&cli->err, "context \"%s\"", name);
    }
    return 0;
}

int context_exists(struct cli *cli, const char *name)
{
    const char *path = arena_printf(&cli->arena, "%s/meta.json", path_of(cli, "meta", name));
    if (access(path, F_OK) == 0)
        return 1;
    return errno == ENOENT ? 0 : fail_sys(&cli->err, "look for %s", path);
}

static int by_name(const void *a, const void *b)
{
    return strverscmp(((const struct context *)a)->name, ((const struct context *)b)->name);
}

int context_list(struct cli *cli, struct context **out, size_t *n_out)
{
    const char *top = arena_printf(&cli->arena, "%s/contexts/meta", cli_config_dir(cli));
    struct words names = {};
    DIR *stream = opendir(top);
    if (stream == NULL && errno != ENOENT)
        return fail_sys(&cli->err, "list %s", top);
    for (const struct dirent *it; stream != NULL && (it = readdir(stream)) != NULL;) {
        if (it->d_name[0] != '.')
            words_add(&cli->arena, &names, arena_strdup(&cli->arena, it->d_name));
    }
    if (stream != NULL)
        (void)closedir(stream); // only read
    *out = arena_array(&cli->arena, names.n + 1, sizeof **out);
    *n_out = 0;
    for (size_t i = 0; i < names.n; i++) {
        struct context *it = &(*out)[*n_out];
        if (read_directory(cli, arena_printf(&cli->arena, "%s/%s", top, names.at[i]), it) == 0)
            ++*n_out;
        else if (cli->err.kind != ERR_NOT_FOUND) // else it went meanwhile, or was never whole
            return -1;
    }
    qsort(*out, *n_out, sizeof **out, by_name);
    return 0;
}

int context_read_tls(struct cli *cli, const struct context *context, struct context_tls *out)
{
    *out = (struct context_tls){};
    for (size_t i = 0; i < CONTEXT_TLS_FILES && context->n_tls != 0; i++) {
        size_t n;
        const char *path = arena_printf(&cli->arena, "%s/" ENDPOINT "/%s", context->tls_path,
                                        context_tls_files[i]);
        if (read_file(cli, path, &out->text[i], &n) < 0 && cli->err.kind != ERR_NOT_FOUND)
            return -1;
    }
    return 0;
}

// --- writing

const char *context_text(struct arena *arena, const struct context *context)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONTEXT_FILE_MAX);
    json_encode(&text, meta_fields, context, JSON_COMPACT);
    return arena_strdup(arena, buf_get(&text));
}

static int remove_in(struct cli *cli, const char *path);

static int write_tls(struct cli *cli, const char *name, const struct context_tls *tls)
{
    bool has_any = false;
    const char *path = path_of(cli, "tls", name);
    for (size_t i = 0; i < CONTEXT_TLS_FILES; i++)
        has_any = has_any || tls->text[i] != NULL;
    if (!has_any)
        return remove_in(cli, path);
    AUTO_FD int dir =
        dir_make_at(AT_FDCWD, arena_printf(&cli->arena, "%s/" ENDPOINT, path), 0700, &cli->err);
    if (dir < 0)
        return -1;
    for (size_t i = 0; i < CONTEXT_TLS_FILES; i++) {
        const char *text = tls->text[i];
        if (text != NULL &&
            file_replace(dir, context_tls_files[i], text, strlen(text), 0600, &cli->err) < 0)
            return -1;
        if (text == NULL && unlinkat(dir, context_tls_files[i], 0) < 0 && errno != ENOENT)
            return fail_sys(&cli->err, "remove %s", context_tls_files[i]);
    }
    return 0;
}

int context_write(struct cli *cli, const struct context *context, const struct context_tls *tls)
{
    if (tls != NULL && write_tls(cli, context->name, tls) < 0)
        return fail_in(&cli->err, "certificates of context \"%s\"", context->name);
    const char *text = context_text(&cli->arena, context);
    AUTO_FD int dir = dir_make_at(AT_FDCWD, path_of(cli, "meta", context->name), 0755, &cli->err);
    return dir < 0 ? -1 : file_replace(dir, "meta.json", text, strlen(text), 0644, &cli->err);
}

static int remove_in(struct cli *cli, const char *path)
{
    const char *slash = strrchr(path, '/');
    AUTO_FREE char *above = xstrndup(path, (size_t)(slash - path));
    AUTO_FD int dir = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return errno == ENOENT ? 0 : fail_sys(&cli->err, "open %s", above);
    return tree_remove(dir, slash + 1, &cli->err);
}

int context_remove(struct cli *cli, const char *name)
{
    static const char *const kinds[] = {"meta", "tls"};
    for (size_t i = 0; i < N_ELEMENTS(kinds); i++) {
        if (remove_in(cli, path_of(cli, kinds[i], name)) < 0)
            return fail_in(&cli->err, "remove context \"%s\"", name);
    }
    return 0;
}
