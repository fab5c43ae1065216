// SPDX-License-Identifier: Apache-2.0
// volumes.c — the rows of volumes, and which containers use them.
#include "state/database.h"

#define VOLUME_COLUMNS                                                                             \
    "name, driver, spec, is_anonymous, phase, created_ns,"                                         \
    " (SELECT count(*) FROM volume_uses WHERE volume = name)"
enum { VOLUME_N_COLUMNS = 7 };

static void read_volume(const struct statement *row, struct arena *arena, struct state_volume *out)
{
    *out = (struct state_volume){
        .name = column_text(row, arena, 0),
        .driver = column_text(row, arena, 1),
        .spec = column_text(row, arena, 2),
        .is_anonymous = column_int(row, 3) != 0,
        .phase = (int)column_int(row, 4),
        .created_ns = column_int(row, 5),
        .n_users = column_int(row, 6),
    };
}

int state_volume_put(struct state *state, const struct state_volume *volume, struct err *err)
{
    int put =
        statement_run(state, err,
                      "INSERT INTO volumes(name, driver, spec, is_anonymous, phase,"
                      " created_ns) VALUES(?,?,?,?,?,?) ON CONFLICT(name) DO NOTHING",
                      "sssiii", volume->name, volume->driver, volume->spec,
                      (int64_t)volume->is_anonymous, (int64_t)volume->phase, volume->created_ns);
    return put < 0 ? -1 : sqlite3_changes(state->db) != 0;
}

int state_volume_find(struct state *state, struct arena *arena, const char *name,
                      struct state_volume *out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    int there = statement_init(&row, state, err,
                               "SELECT " VOLUME_COLUMNS " FROM volumes WHERE name = ?", "s", name);
    if (there < 0 || (there = statement_step(&row, err)) <= 0)
        return there;
    read_volume(&row, arena, out);
    return 1;
}

static int read_all(struct statement *row, struct arena *arena, struct state_volume **out,
                    size_t *n_out, struct err *err)
{
    struct state_volume *volumes = NULL;
    size_t n = 0;
    int there;
    while ((there = statement_step(row, err)) > 0) {
        if (volumes == NULL)
            volumes =
                arena_array(arena, (size_t)column_int(row, VOLUME_N_COLUMNS), sizeof *volumes);
        read_volume(row, arena, &volumes[n++]);
    }
    if (there < 0)
        return -1;
    *out = volumes;
    *n_out = n;
    return 0;
}

int state_volumes(struct state *state, struct arena *arena, struct state_volume **out,
                  size_t *n_out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    if (statement_init(&row, state, err,
                       "SELECT " VOLUME_COLUMNS ", (SELECT count(*) FROM volumes)"
                       " FROM volumes ORDER BY name",
                       "") < 0)
        return -1;
    return read_all(&row, arena, out, n_out, err);
}

int state_volumes_unfinished(struct state *state, struct arena *arena, struct state_volume **out,
                             size_t *n_out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    if (statement_init(&row, state, err,
                       "SELECT " VOLUME_COLUMNS ", (SELECT count(*) FROM volumes)"
                       " FROM volumes WHERE phase <> 0",
                       "") < 0)
        return -1;
    return read_all(&row, arena, out, n_out, err);
}

int state_volume_phase(struct state *state, const char *name, enum volume_phase phase,
                       struct err *err)
{
    return statement_run(state, err, "UPDATE volumes SET phase = ? WHERE name = ?", "is",
                         (int64_t)phase, name);
}

int state_volume_spec(struct state *state, const char *name, const char *spec, struct err *err)
{
    return statement_run(state, err, "UPDATE volumes SET spec = ? WHERE name = ?", "ss", spec,
                         name);
}

int state_volume_condemn(struct state *state, const char *name, struct err *err)
{
    int done = statement_run(state, err,
                             "UPDATE volumes SET phase = ?1 WHERE name = ?2 AND NOT EXISTS"
                             " (SELECT 1 FROM volume_uses WHERE volume = ?2)",
                             "is", (int64_t)VOLUME_REMOVING, name);
    return done < 0 ? -1 : sqlite3_changes(state->db) != 0;
}

int state_volume_delete(struct state *state, const char *name, struct err *err)
{
    return statement_run(state, err, "DELETE FROM volumes WHERE name = ?", "s", name);
}

int state_volume_use(struct state *state, const char *name, const char *container_id,
                     struct err *err)
{
    // One statement looks for the volume and takes it: a removal is before or after.
    if (statement_run(state, err,
                      "INSERT OR REPLACE INTO volume_uses(volume, container_id) SELECT ?1, ?2"
                      " WHERE EXISTS(SELECT 1 FROM volumes WHERE name = ?1 AND phase = ?3)",
                      "ssi", name, container_id, (int64_t)VOLUME_THERE) < 0)
        return -1;
    if (sqlite3_changes(state->db) == 0)
        return fail(err, ERR_NOT_FOUND, "get %s: no such volume (it was removed just now)", name);
    return 0;
}

int state_volume_leave(struct state *state, const char *name, const char *container_id,
                       struct err *err)
{
    return statement_run(state, err,
                         "DELETE FROM volume_uses WHERE container_id = ?1 AND"
                         " (?2 IS NULL OR volume = ?2)",
                         "ss", container_id, name);
}

int state_volume_users(struct state *state, struct arena *arena, const char *name,
                       const char ***out, size_t *n_out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    if (statement_init(&row, state, err,
                       "SELECT container_id, (SELECT count(*) FROM volume_uses WHERE volume = ?1)"
                       " FROM volume_uses WHERE volume = ?1 ORDER BY container_id",
                       "s", name) < 0)
        return -1;
    const char **ids = arena_array(arena, 1, sizeof *ids);
    size_t n = 0;
    int there;
    while ((there = statement_step(&row, err)) > 0) {
        if (n == 0)
            ids = arena_array(arena, (size_t)column_int(&row, 1), sizeof *ids);
        ids[n++] = column_text(&row, arena, 0);
    }
    if (there < 0)
        return -1;
    *out = ids;
    *n_out = n;
    return 0;
}
