// SPDX-License-Identifier: Apache-2.0
// database.h — what the files of state/ share: statements over one SQLite connection.
#pragma once
#include "state/state.h"

#include <sqlite3.h>

struct state {
    sqlite3 *db;
    int wal_dir; // the data root, to sync what was committed
    bool is_open;
};

// A statement under way; released by statement_done.
struct statement {
    struct state *state;
    sqlite3_stmt *at;
};
#define AUTO_STATEMENT __attribute__((cleanup(statement_done)))
void statement_done(struct statement *statement);
// Prepares `sql` and binds what follows: one letter of `types` each, s const char * (NULL is NULL),
// i int64_t.
[[nodiscard]] int statement_init(struct statement *statement, struct state *state, struct err *err,
                                 const char *sql, const char *types, ...);
// 1 a row, 0 the end.
[[nodiscard]] int statement_step(struct statement *statement, struct err *err);
char *column_text(const struct statement *statement, struct arena *arena, int column);
int64_t column_int(const struct statement *statement, int column);
// Prepares, runs to the end, releases.
[[nodiscard]] int statement_run(struct state *state, struct err *err, const char *sql,
                                const char *types, ...);
// After a statement that failed for want of room: makes some, once. True: try again.
bool state_drop_ballast(struct state *state);
// What SQLite said last, as an error that says what to do.
[[nodiscard]] int fail_sql(const struct state *state, struct err *err);
