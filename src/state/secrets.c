// SPDX-License-Identifier: Apache-2.0
// secrets.c — the rows of secrets; their values are not here.
#include "state/database.h"

#include <string.h>

#define SECRET_COLUMNS "id, name, spec, created_ns, updated_ns"

static void read_secret(const struct statement *row, struct arena *arena, struct state_secret *out)
{
    *out = (struct state_secret){
        .id = column_text(row, arena, 0),
        .name = column_text(row, arena, 1),
        .spec = column_text(row, arena, 2),
        .created_ns = column_int(row, 3),
        .updated_ns = column_int(row, 4),
    };
}

int state_secret_put(struct state *state, const struct state_secret *secret, struct err *err)
{
    int put = statement_run(state, err,
                            "INSERT INTO secrets(id, name, spec, created_ns, updated_ns)"
                            " VALUES(?,?,?,?,?) ON CONFLICT(name) DO NOTHING",
                            "sssii", secret->id, secret->name, secret->spec, secret->created_ns,
                            secret->updated_ns);
    return put < 0 ? -1 : sqlite3_changes(state->db) != 0;
}

int state_secret_find(struct state *state, struct arena *arena, const char *reference,
                      struct state_secret *out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    // A name before an id before the beginning of one.
    int there = statement_init(&row, state, err,
                               "SELECT " SECRET_COLUMNS " FROM secrets WHERE name = ?1 OR id = ?1"
                               " OR (length(?1) > 0 AND substr(id, 1, length(?1)) = ?1)"
                               " ORDER BY name = ?1 DESC, id = ?1 DESC LIMIT 2",
                               "s", reference);
    if (there < 0 || (there = statement_step(&row, err)) <= 0)
        return there;
    read_secret(&row, arena, out);
    bool is_exact = strcmp(out->name, reference) == 0 || strcmp(out->id, reference) == 0;
    there = is_exact ? 0 : statement_step(&row, err);
    if (there > 0)
        return fail(err, ERR_INVALID, "secret %s is ambiguous (more than one found)", reference);
    return there < 0 ? -1 : 1;
}

int state_secrets(struct state *state, struct arena *arena, struct state_secret **out,
                  size_t *n_out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    if (statement_init(&row, state, err,
                       "SELECT " SECRET_COLUMNS ", (SELECT count(*) FROM secrets)"
                       " FROM secrets ORDER BY name",
                       "") < 0)
        return -1;
    struct state_secret *secrets = arena_array(arena, 1, sizeof *secrets);
    size_t n = 0;
    int there;
    while ((there = statement_step(&row, err)) > 0) {
        if (n == 0)
            secrets = arena_array(arena, (size_t)column_int(&row, 5), sizeof *secrets);
        read_secret(&row, arena, &secrets[n++]);
    }
    if (there < 0)
        return -1;
    *out = secrets;
    *n_out = n;
    return 0;
}

int state_secret_update(struct state *state, const struct state_secret *secret, struct err *err)
{
    return statement_run(state, err, "UPDATE secrets SET spec = ?, updated_ns = ? WHERE id = ?",
                         "sis", secret->spec, secret->updated_ns, secret->id);
}

int state_secret_delete(struct state *state, const char *id, struct err *err)
{
    return statement_run(state, err, "DELETE FROM secrets WHERE id = ?", "s", id);
}
