// SPDX-License-Identifier: Apache-2.0
// networks.c — the rows of networks and endpoints.
#include "base/mem.h"
#include "state/database.h"

#include <string.h>

#define NETWORK_COLUMNS  "id, name, driver, spec, created_ns"
#define ENDPOINT_COLUMNS "network_id, container_id, spec, ipv4, ipv6, mac"

static bool is_constraint(const struct state *state)
{
    return (sqlite3_errcode(state->db) & 0xff) == SQLITE_CONSTRAINT;
}

int state_network_put(struct state *state, const struct state_network *network, struct err *err)
{
    int put = statement_run(
        state, err, "INSERT INTO networks(" NETWORK_COLUMNS ") VALUES(?,?,?,?,?)", "ssssi",
        network->id, network->name, network->driver, network->spec, network->created_ns);
    if (put < 0 && is_constraint(state))
        return fail(err, ERR_CONFLICT, "network with name %s already exists", network->name);
    return put;
}

int state_network_set(struct state *state, const char *id, const char *spec, struct err *err)
{
    return statement_run(state, err, "UPDATE networks SET spec = ? WHERE id = ?", "ss", spec, id);
}

int state_network_delete(struct state *state, const char *id, struct err *err)
{
    // The condition says what the reference between the tables means; it is not enforced by SQLite.
    if (statement_run(state, err,
                      "DELETE FROM networks WHERE id = ?1"
                      " AND NOT EXISTS(SELECT 1 FROM endpoints WHERE network_id = ?1)",
                      "s", id) < 0)
        return -1;
    if (sqlite3_changes(state->db) == 0)
        return fail(err, ERR_CONFLICT, "the network has active endpoints, or is gone");
    return 0;
}

static struct state_network read_network(const struct statement *row, struct arena *arena)
{
    return (struct state_network){
        .id = column_text(row, arena, 0),
        .name = column_text(row, arena, 1),
        .driver = column_text(row, arena, 2),
        .spec = column_text(row, arena, 3),
        .created_ns = column_int(row, 4),
    };
}

int state_network_find(struct state *state, struct arena *arena, const char *reference,
                       struct state_network *out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    if (*reference == '\0')
        return 0;
    int there = statement_init(&row, state, err,
                               "SELECT " NETWORK_COLUMNS
                               ", CASE WHEN name = ?1 THEN 0 WHEN id = ?1 THEN 1 ELSE 2 END AS rank"
                               " FROM networks WHERE name = ?1 OR (id >= ?1 AND id < ?1 || 'g')"
                               " ORDER BY rank LIMIT 2",
                               "s", reference);
    if (there < 0 || (there = statement_step(&row, err)) <= 0)
        return there;
    struct state_network network = read_network(&row, arena);
    bool is_prefix = column_int(&row, 5) == 2;
    there = statement_step(&row, err);
    if (there < 0)
        return -1;
    if (there > 0 && is_prefix)
        return fail(err, ERR_CONFLICT, "network %s is ambiguous: give more of the id", reference);
    *out = network;
    return 1;
}

int state_networks(struct state *state, struct arena *arena, struct state_network **out,
                   size_t *n_out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    struct state_network *networks = NULL;
    size_t n = 0;
    if (statement_init(&row, state, err,
                       "SELECT " NETWORK_COLUMNS ", (SELECT count(*) FROM networks)"
                       " FROM networks ORDER BY name",
                       "") < 0)
        return -1;
    int there;
    while ((there = statement_step(&row, err)) > 0) {
        if (networks == NULL)
            networks = arena_array(arena, (size_t)column_int(&row, 5), sizeof *networks);
        networks[n++] = read_network(&row, arena);
    }
    if (there < 0)
        return -1;
    *out = networks;
    *n_out = n;
    return 0;
}

// --- endpoints ---

int state_endpoint_put(struct state *state, const struct state_endpoint *endpoint, struct err *err)
{
    int put =
        statement_run(state, err, "INSERT INTO endpoints(" ENDPOINT_COLUMNS ") VALUES(?,?,?,?,?,?)",
                      "ssssss", endpoint->network_id, endpoint->container_id, endpoint->spec,
                      endpoint->ipv4, endpoint->ipv6, endpoint->mac);
    if (put < 0 && is_constraint(state))
        return fail(err, ERR_CONFLICT, "Address already in use");
    return put;
}

int state_endpoint_set(struct state *state, const char *network_id, const char *container_id,
                       const char *spec, struct err *err)
{
    return statement_run(state, err,
                         "UPDATE endpoints SET spec = ? WHERE network_id = ? AND container_id = ?",
                         "sss", spec, network_id, container_id);
}

int state_endpoint_delete(struct state *state, const char *container_id, const char *network_id,
                          struct err *err)
{
    return statement_run(state, err,
                         "DELETE FROM endpoints WHERE container_id = ?1"
                         " AND (?2 IS NULL OR network_id = ?2)",
                         "ss", container_id, network_id);
}

// NOLINTNEXTLINE(readability-function-size): a list and its length, and what all of these take
int state_endpoints(struct state *state, struct arena *arena, const char *network_id,
                    const char *container_id, struct state_endpoint **out, size_t *n_out,
                    struct err *err)
{
    static const char by_container[] =
        "SELECT " ENDPOINT_COLUMNS " FROM endpoints WHERE container_id = ?2"
        " AND (?1 IS NULL OR network_id = ?1)";
    static const char by_network[] =
        "SELECT " ENDPOINT_COLUMNS " FROM endpoints WHERE network_id = ?1 AND ?2 IS NULL";
    static const char all[] =
        "SELECT " ENDPOINT_COLUMNS " FROM endpoints WHERE ?1 IS NULL AND ?2 IS NULL";
    const char *sql = container_id != NULL ? by_container : network_id != NULL ? by_network : all;
    AUTO_STATEMENT struct statement row = {};
    struct state_endpoint *endpoints = NULL;
    size_t n = 0, room = 0;
    if (statement_init(&row, state, err, sql, "ss", network_id, container_id) < 0)
        return -1;
    int there;
    while ((there = statement_step(&row, err)) > 0) {
        if (n == room) {
            room = room != 0 ? 2 * room : 8;
            struct state_endpoint *more = arena_array(arena, room, sizeof *more);
            if (n != 0)
                memcpy(more, endpoints, n * sizeof *more);
            endpoints = more;
        }
        endpoints[n++] = (struct state_endpoint){
            .network_id = column_text(&row, arena, 0),
            .container_id = column_text(&row, arena, 1),
            .spec = column_text(&row, arena, 2),
            .ipv4 = column_text(&row, arena, 3),
            .ipv6 = column_text(&row, arena, 4),
            .mac = column_text(&row, arena, 5),
        };
    }
    if (there < 0)
        return -1;
    *out = endpoints;
    *n_out = n;
    return 0;
}
