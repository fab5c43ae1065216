// SPDX-License-Identifier: Apache-2.0
// containers.c — the rows of containers.
#include "base/str.h"
#include "state/database.h"

#include <string.h>

#define CONTAINER_COLUMNS                                                                          \
    "number, id, name, phase, auto_remove, image_id, image_name, spec, created_ns, manifest"

// The name is the only thing a user can collide with (ids are random): say who has it.
static int fail_name(struct state *state, const struct state_container *container, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    struct state_container other = {};
    int there = state_container_find(state, &arena, container->name, &other, err);
    if (there < 0)
        return -1;
    return fail(err, ERR_CONFLICT,
                "Conflict. The container name \"/%s\" is already in use by container \"%s\". You "
                "have to remove (or rename) that container to be able to reuse that name.",
                container->name, there > 0 ? other.id : "?");
}

int state_container_put(struct state *state, struct state_container *container, struct err *err)
{
    // One statement looks for the manifest and takes it: a removal of the image is before or after.
    int put =
        statement_run(state, err,
                      "INSERT INTO containers(id, name, phase, auto_remove, image_id,"
                      " image_name, spec, created_ns, manifest) SELECT ?,?,?,?,?,?,?,?,?9"
                      " WHERE EXISTS(SELECT 1 FROM manifests WHERE digest = ?9)",
                      "ssiisssis", container->id, container->name, (int64_t)CONTAINER_CREATED,
                      (int64_t)container->auto_remove, container->image_id, container->image_name,
                      container->spec, container->created_ns, container->manifest);
    if (put < 0 && sqlite3_extended_errcode(state->db) == SQLITE_CONSTRAINT_UNIQUE)
        return fail_name(state, container, err);
    if (put < 0)
        return -1;
    if (sqlite3_changes(state->db) == 0)
        return fail(err, ERR_NOT_FOUND, "No such image: %s (it was removed just now)",
                    container->image_name);
    container->number = sqlite3_last_insert_rowid(state->db);
    container->phase = CONTAINER_CREATED;
    return 0;
}

int state_container_phase(struct state *state, int64_t number, enum container_phase phase,
                          struct err *err)
{
    static const char update[] = "UPDATE containers SET phase = ? WHERE number = ?";
    int done = statement_run(state, err, update, "ii", (int64_t)phase, number);
    if (done < 0 && state_drop_ballast(state))
        done = statement_run(state, err, update, "ii", (int64_t)phase, number);
    return done;
}

int state_container_spec(struct state *state, int64_t number, const char *spec, struct err *err)
{
    if (statement_run(state, err, "UPDATE containers SET spec = ? WHERE number = ?", "si", spec,
                      number) < 0)
        return -1;
    if (sqlite3_changes(state->db) == 0)
        return fail(err, ERR_NOT_FOUND, "the container has been removed just now");
    return 0;
}

int state_container_rename(struct state *state, int64_t number, const char *name, struct err *err)
{
    int done = statement_run(state, err, "UPDATE containers SET name = ? WHERE number = ?", "si",
                             name, number);
    const struct state_container wanted = {.name = name};
    if (done < 0 && sqlite3_extended_errcode(state->db) == SQLITE_CONSTRAINT_UNIQUE)
        return fail_name(state, &wanted, err);
    return done;
}

int state_container_delete(struct state *state, int64_t number, struct err *err)
{
    return statement_run(state, err, "DELETE FROM containers WHERE number = ?", "i", number);
}

static void read_container(const struct statement *row, struct arena *arena,
                           struct state_container *out)
{
    *out = (struct state_container){
        .number = column_int(row, 0),
        .id = column_text(row, arena, 1),
        .name = column_text(row, arena, 2),
        .phase = (int)column_int(row, 3),
        .auto_remove = column_int(row, 4) != 0,
        .image_id = column_text(row, arena, 5),
        .image_name = column_text(row, arena, 6),
        .spec = column_text(row, arena, 7),
        .created_ns = column_int(row, 8),
        .manifest = column_text(row, arena, 9),
    };
}

// An exact id, then a name, then a prefix: docker's order.
int state_container_find(struct state *state, struct arena *arena, const char *reference,
                         struct state_container *out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    if (*reference == '/')
        reference++;
    if (*reference == '\0')
        return 0;
    int there = statement_init(&row, state, err,
                               "SELECT " CONTAINER_COLUMNS
                               ", CASE WHEN id = ?1 THEN 0 WHEN name = ?1 THEN 1 ELSE 2 END AS rank"
                               " FROM containers WHERE name = ?1 OR (id >= ?1 AND id < ?1 || 'g')"
                               " ORDER BY rank LIMIT 2",
                               "s", reference);
    if (there < 0 || (there = statement_step(&row, err)) <= 0)
        return there;
    struct state_container container;
    read_container(&row, arena, &container);
    bool is_prefix = column_int(&row, 10) == 2;
    there = statement_step(&row, err);
    if (there < 0)
        return -1;
    if (there > 0 && is_prefix)
        return fail(err, ERR_CONFLICT,
                    "multiple IDs found with provided prefix: %s; give more of the id", reference);
    *out = container;
    return 1;
}

static int read_all(struct statement *row, struct arena *arena, struct state_container **out,
                    size_t *n_out, struct err *err)
{
    struct state_container *containers = NULL;
    size_t n = 0;
    int there;
    while ((there = statement_step(row, err)) > 0) {
        if (containers == NULL)
            containers = arena_array(arena, (size_t)column_int(row, 10), sizeof *containers);
        read_container(row, arena, &containers[n++]);
    }
    if (there < 0)
        return -1;
    *out = containers;
    *n_out = n;
    return 0;
}

int state_containers(struct state *state, struct arena *arena, struct state_container **out,
                     size_t *n_out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    if (statement_init(&row, state, err,
                       "SELECT " CONTAINER_COLUMNS ", (SELECT count(*) FROM containers)"
                       " FROM containers ORDER BY number DESC",
                       "") < 0)
        return -1;
    return read_all(&row, arena, out, n_out, err);
}

int state_containers_unfinished(struct state *state, struct arena *arena,
                                struct state_container **out, size_t *n_out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    if (statement_init(&row, state, err,
                       "SELECT " CONTAINER_COLUMNS ", (SELECT count(*) FROM containers)"
                       " FROM containers WHERE phase <> 0",
                       "") < 0)
        return -1;
    return read_all(&row, arena, out, n_out, err);
}
