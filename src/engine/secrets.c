// SPDX-License-Identifier: Apache-2.0
// secrets.c — secret create, ls, inspect, rm.
//
// A value is a file <root>/secrets/<id>-<time> that only root can read; the row says which by its
// update's time. It is written, durably, before the row, and taken away after it: whoever is killed
// in between leaves a file that no row names, which the next create or remove sweeps away.
#include "engine/secrets.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "ops/filters.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRETS_DIR "secrets"
enum { NAME_MAX_BYTES = 253, ID_BYTES = 12, ROW_MAX = 64 * 1024, FILE_NAME = 64 };

// --- the row ---

struct row_spec {
    struct json_pair *labels;
    size_t n_labels;
};
static const struct json_field row_fields[] = {
    JSON_PAIRS_NAMED(struct row_spec, labels, "Labels", JSON_OPTIONAL),
    {},
};

static int check_name(const char *name, struct err *err)
{
    size_t n = name != NULL ? strlen(name) : 0;
    bool is_fine = n != 0 && n <= NAME_MAX_BYTES && isalnum((unsigned char)name[0]);
    for (size_t i = 0; i < n && is_fine; i++)
        is_fine = isalnum((unsigned char)name[i]) || strchr("_.-", name[i]) != NULL;
    if (!is_fine)
        return fail(err, ERR_INVALID,
                    "secret name %s can not include '=', '/', ',', or the NULL ('\\0') and be "
                    "longer than %d characters: letters and digits with _ . - between them",
                    name != NULL ? name : "", NAME_MAX_BYTES);
    return 0;
}

static int show(struct arena *arena, const struct state_secret *row, struct secret_info *out,
                struct err *err)
{
    struct row_spec spec;
    if (json_decode(arena, row->spec, strlen(row->spec), row_fields, &spec, JSON_LENIENT, err) < 0)
        return fail_in(err, "secret %s", row->name);
    struct secret_driver *driver = arena_new(arena, struct secret_driver);
    driver->name = "file";
    *out = (struct secret_info){
        .id = row->id,
        .created_at = time_rfc3339(arena, row->created_ns),
        .updated_at = time_rfc3339(arena, row->updated_ns),
        .spec = {.name = row->name,
                 .labels = spec.labels,
                 .n_labels = spec.n_labels,
                 .driver = driver},
    };
    return 0;
}

int secret_find(struct engine *engine, struct arena *arena, const char *reference,
                struct state_secret *out, struct err *err)
{
    int there = state_secret_find(engine->state, arena, reference, out, err);
    if (there == 0)
        return fail(err, ERR_NOT_FOUND, "no secret with name or id \"%s\": no such secret",
                    reference);
    return there < 0 ? -1 : 0;
}

// --- the value ---

static const char *file_of(const struct state_secret *row, char out[static FILE_NAME])
{
    (void)snprintf(out, FILE_NAME, "%.32s-%" PRId64, row->id, row->updated_ns); // it fits
    return out;
}

static int open_dir(const struct engine *engine, struct err *err)
{
    AUTO_FD int made = dir_make_at(engine->root, SECRETS_DIR, 0700, err);
    if (made < 0)
        return -1;
    int dir = openat(engine->root, SECRETS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return dir < 0 ? fail_sys(err, "open " SECRETS_DIR) : dir;
}

int secret_value(const struct engine *engine, const struct state_secret *row, struct buf *out,
                 struct err *err)
{
    char name[FILE_NAME];
    AUTO_FD int dir = open_dir(engine, err);
    if (dir < 0 || file_read_at(dir, file_of(row, name), out, err) < 0)
        return dir < 0 ? -1 : fail_in(err, "the value of secret %s", row->name);
    return 0;
}

// Files that no row names: of those who were killed.
static int sweep(struct engine *engine, struct arena *arena, int dir, struct err *err)
{
    struct state_secret *rows;
    size_t n;
    if (state_secrets(engine->state, arena, &rows, &n, err) < 0)
        return -1;
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    if (list == NULL)
        return fail_sys(err, "look through " SECRETS_DIR);
    const struct dirent *entry;
    while ((entry = readdir(list)) != NULL) {
        bool is_named = entry->d_name[0] == '.';
        char name[FILE_NAME];
        for (size_t i = 0; i < n && !is_named; i++)
            is_named = strcmp(file_of(&rows[i], name), entry->d_name) == 0;
        struct stat st;
        // What is younger than a minute may be somebody's who has not written the row yet.
        bool is_old = fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                      st.st_mtime + 60 < now_ns() / 1'000'000'000;
        if (!is_named && is_old)
            (void)unlinkat(dir, entry->d_name, 0); // gone already is fine
    }
    (void)closedir(list);
    return 0;
}

static void remove_value(int dir, const struct state_secret *row)
{
    char name[FILE_NAME];
    (void)unlinkat(dir, file_of(row, name), 0); // what stays is swept away later
}

// --- create ---

static int make_id(struct arena *arena, const char **out, struct err *err)
{
    unsigned char random[ID_BYTES];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return fail_sys(err, "getrandom");
    char *id = arena_alloc(arena, 2 * ID_BYTES + 1);
    for (size_t i = 0; i < ID_BYTES; i++)
        (void)snprintf(id + 2 * i, 3, "%02x", random[i]);
    *out = id;
    return 0;
}

static int check_request(const struct secret_spec *spec, struct buf *value, struct err *err)
{
    if (check_name(spec->name, err) < 0)
        return -1;
    if (spec->driver != NULL && !text_is_empty(spec->driver->name) &&
        strcmp(spec->driver->name, "file") != 0)
        return fail(err, ERR_INVALID, "invalid secret driver \"%s\": there is file",
                    spec->driver->name);
    if (spec->data == NULL || base64_decode(str_of(spec->data), value, err) < 0 || value->is_full)
        return fail(err, ERR_INVALID, "secret data must be base64 of 1 to %d bytes", SECRET_MAX);
    if (value->n == 0)
        return fail(err, ERR_INVALID, "secret data must be larger than 0 and less than %d bytes",
                    SECRET_MAX);
    return 0;
}

// A new row, or, when one of that name may be replaced, a new value for that.
static int record(struct engine *engine, struct arena *arena, int dir, bool replace,
                  struct state_secret *row, struct err *err)
{
    int added = state_secret_put(engine->state, row, err);
    if (added != 0)
        return added < 0 ? -1 : 0;
    struct state_secret old;
    if (!replace)
        return fail(err, ERR_CONFLICT, "%s: secret name in use", row->name);
    if (secret_find(engine, arena, row->name, &old, err) < 0)
        return -1;
    char from[FILE_NAME], to[FILE_NAME];
    struct state_secret new = *row;
    new.id = old.id;
    if (renameat(dir, file_of(row, from), dir, file_of(&new, to)) < 0)
        return fail_sys(err, "write secret %s", row->name);
    if (state_secret_update(engine->state, &new, err) < 0)
        return -1;
    remove_value(dir, &old);
    row->id = old.id;
    return 0;
}

int engine_secret_create(struct engine *engine, struct arena *arena,
                         const struct secret_create_request *request,
                         struct secret_create_response *response, struct err *err)
{
    const struct row_spec spec = {request->spec.labels, request->spec.n_labels};
    struct state_secret row = {.name = request->spec.name, .created_ns = now_ns()};
    row.updated_ns = row.created_ns;
    AUTO_BUF struct buf value, text;
    char name[FILE_NAME];
    buf_init(&value, SECRET_MAX);
    buf_init(&text, ROW_MAX);
    if (check_request(&request->spec, &value, err) < 0 || make_id(arena, &row.id, err) < 0)
        return -1;
    json_encode(&text, row_fields, &spec, JSON_COMPACT);
    if (buf_check(&text, "the secret's labels", err) < 0)
        return -1;
    row.spec = buf_get(&text);
    AUTO_FD int dir = open_dir(engine, err);
    if (dir < 0 || sweep(engine, arena, dir, err) < 0 ||
        file_replace(dir, file_of(&row, name), value.at, value.n, 0600, err) < 0)
        return -1;
    if (record(engine, arena, dir, request->replace, &row, err) < 0) {
        remove_value(dir, &row);
        return -1;
    }
    explicit_bzero(value.at, value.n);
    engine->is_unsettled = true;
    event_announce(engine, "secret", "create", row.id,
                   (const struct json_pair[]){{"name", row.name}}, 1);
    response->id = row.id;
    return 0;
}

// --- list, inspect, remove ---

int engine_secret_list(struct engine *engine, struct arena *arena,
                       const struct secret_list_request *request,
                       struct secret_list_response *response, struct err *err)
{
    static const char *const known[] = {"id", "label", "name", NULL};
    struct filters filters;
    struct state_secret *rows;
    size_t n;
    if (filters_read(arena, request->filters, known, &filters, err) < 0 ||
        state_secrets(engine->state, arena, &rows, &n, err) < 0)
        return -1;
    *response = (struct secret_list_response){};
    response->secrets = arena_array(arena, n + 1, sizeof *response->secrets);
    for (size_t i = 0; i < n; i++) {
        struct secret_info *it = &response->secrets[response->n_secrets];
        if (show(arena, &rows[i], it, err) < 0)
            return -1;
        bool is_wanted = filters_exact(&filters, "id", it->id) &&
                         filters_exact(&filters, "name", it->spec.name) &&
                         filters_labels(&filters, "label", it->spec.labels, it->spec.n_labels);
        response->n_secrets += is_wanted;
    }
    return 0;
}

int engine_secret_inspect(struct engine *engine, struct arena *arena,
                          const struct secret_reference *request, struct secret_info *response,
                          struct err *err)
{
    struct state_secret row;
    if (secret_find(engine, arena, request->id, &row, err) < 0 ||
        show(arena, &row, response, err) < 0)
        return -1;
    if (!request->show)
        return 0;
    AUTO_BUF struct buf value, text;
    buf_init(&value, SECRET_MAX);
    buf_init(&text, (size_t)2 * SECRET_MAX);
    if (secret_value(engine, &row, &value, err) < 0)
        return -1;
    base64_encode(value.at, value.n, &text);
    response->spec.data = arena_strdup(arena, buf_get(&text));
    return 0;
}

int engine_secret_remove(struct engine *engine, struct arena *arena,
                         const struct secret_reference *request, struct nothing *response,
                         struct err *err)
{
    (void)response;
    struct state_secret row;
    if (secret_find(engine, arena, request->id, &row, err) < 0)
        return -1;
    AUTO_FD int dir = open_dir(engine, err);
    if (dir < 0 || state_secret_delete(engine->state, row.id, err) < 0)
        return -1;
    remove_value(dir, &row);
    engine->is_unsettled = true;
    event_announce(engine, "secret", "remove", row.id,
                   (const struct json_pair[]){{"name", row.name}}, 1);
    return sweep(engine, arena, dir, err);
}
