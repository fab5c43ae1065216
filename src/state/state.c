// SPDX-License-Identifier: Apache-2.0
// state.c — opening the database, its schema, and statements.
//
// Theory. Opening must cost little (a command that starts a container pays it), so there is no
// pragma that reads or writes but `user_version`; the schema is made once, under the write lock,
// and a process killed before its commit has made nothing. Commits do not sync (synchronous=NORMAL
// in WAL mode): a durable one syncs the log file afterwards, in one call, when the caller wants it.
// The log is not folded into the database on close, for that syncs. But a command is often the only
// user of the database, and then the first thing SQLite does is read the log from its start: so it
// is folded each FOLD_PAGES pages, which balances the two (some 15 containers for two syncs).
#include "state/state.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "state/database.h"
#include "state/no_dlopen.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

enum { SCHEMA_VERSION = 2, BUSY_MS = 30'000, FOLD_PAGES = 100 };

// Makes the linker take no_dlopen.o while it has the archive open, before SQLite asks.
__attribute__((used)) static void *(*const own_dlopen)(const char *, int) = __wrap_dlopen;

static const char schema[] =
    "CREATE TABLE images(id TEXT PRIMARY KEY, media_type TEXT NOT NULL,"
    " size_bytes INTEGER NOT NULL, created_ns INTEGER NOT NULL, manifest TEXT) WITHOUT ROWID;"
    "CREATE TABLE manifests(digest TEXT PRIMARY KEY, kind INTEGER NOT NULL, platform TEXT NOT NULL,"
    " config_digest TEXT NOT NULL, config TEXT NOT NULL, layers TEXT NOT NULL,"
    " blobs TEXT NOT NULL, media_type TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE image_manifests(image_id TEXT NOT NULL, digest TEXT NOT NULL,"
    " position INTEGER NOT NULL, PRIMARY KEY(image_id, digest)) WITHOUT ROWID;"
    "CREATE TABLE layers(chain_id TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE image_names(name TEXT PRIMARY KEY,"
    " image_id TEXT NOT NULL REFERENCES images(id), given_ns INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX image_names_by_image ON image_names(image_id);"
    "CREATE TABLE containers(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL UNIQUE, phase INTEGER NOT NULL, auto_remove INTEGER NOT NULL,"
    " image_id TEXT NOT NULL, image_name TEXT NOT NULL, spec TEXT NOT NULL,"
    " created_ns INTEGER NOT NULL, manifest TEXT NOT NULL);"
    "CREATE INDEX containers_unfinished ON containers(phase) WHERE phase <> 0;";

// What version 2 has more: networks with their endpoints and ports, volumes, secrets.
static const char schema_2[] =
    "CREATE TABLE networks(id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, driver TEXT NOT NULL,"
    " spec TEXT NOT NULL, created_ns INTEGER NOT NULL) WITHOUT ROWID;"
    // Addresses as text, as written by inet_ntop; NULL: none.
    "CREATE TABLE endpoints(network_id TEXT NOT NULL REFERENCES networks(id),"
    " container_id TEXT NOT NULL, spec TEXT NOT NULL, ipv4 TEXT, ipv6 TEXT, mac TEXT,"
    " PRIMARY KEY(network_id, container_id), UNIQUE(network_id, ipv4), UNIQUE(network_id, ipv6))"
    " WITHOUT ROWID;"
    "CREATE INDEX endpoints_by_container ON endpoints(container_id);"
    // Published ports of containers that run, or were killed: host side → container side.
    "CREATE TABLE ports(container_id TEXT NOT NULL, protocol TEXT NOT NULL, host_ip TEXT NOT NULL,"
    " host_port INTEGER NOT NULL, container_port INTEGER NOT NULL,"
    " PRIMARY KEY(protocol, host_ip, host_port)) WITHOUT ROWID;"
    "CREATE INDEX ports_by_container ON ports(container_id);"
    "CREATE TABLE volumes(name TEXT PRIMARY KEY, driver TEXT NOT NULL, spec TEXT NOT NULL,"
    " is_anonymous INTEGER NOT NULL, phase INTEGER NOT NULL, created_ns INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE volume_uses(volume TEXT NOT NULL REFERENCES volumes(name),"
    " container_id TEXT NOT NULL, PRIMARY KEY(volume, container_id)) WITHOUT ROWID;"
    "CREATE INDEX volume_uses_by_container ON volume_uses(container_id);"
    "CREATE TABLE secrets(id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, spec TEXT NOT NULL,"
    " created_ns INTEGER NOT NULL, updated_ns INTEGER NOT NULL) WITHOUT ROWID;"
    "PRAGMA user_version = 2;";

static void ballast_make(int dir);
static int bring_up_to_date(struct state *state, struct err *err);

struct state *state_open(const char *root, struct err *err)
{
    AUTO_FD int dir = dir_make_at(AT_FDCWD, root, 0700, err);
    if (dir < 0) {
        (void)fail_in(err, "data root %s", root);
        return NULL;
    }
    struct state *state = xcalloc(1, sizeof *state);
    state->wal_dir = TAKE_FD(dir);
    AUTO_FREE char *path = str_printf("%s/state.db", root);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &state->db, flags, NULL) != SQLITE_OK) {
        (void)fail_sql(state, err);
        (void)fail_in(err, "open %s", path);
        state_close(state);
        return NULL;
    }
    (void)sqlite3_extended_result_codes(state->db, 1);
    (void)sqlite3_busy_timeout(state->db, BUSY_MS);
    (void)sqlite3_db_config(state->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    (void)sqlite3_wal_autocheckpoint(state->db, FOLD_PAGES);
    if (bring_up_to_date(state, err) < 0) {
        (void)fail_in(err, "%s", path);
        state_close(state);
        return NULL;
    }
    ballast_make(state->wal_dir);
    return state;
}

// So that removing is possible on a full disk: a removal is announced first, and that takes room.
// The file gives it, and is made again when there is room again.
#define BALLAST_FILE "ballast"
enum { BALLAST_SIZE = 256 * 1024 };

static void ballast_make(int dir)
{
    AUTO_FD int fd = openat(dir, BALLAST_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && fallocate(fd, 0, 0, BALLAST_SIZE) < 0)
        (void)unlinkat(dir, BALLAST_FILE, 0); // no room now: another time
}

bool state_drop_ballast(struct state *state)
{
    bool is_full = (sqlite3_errcode(state->db) & 0xff) == SQLITE_FULL;
    return is_full && unlinkat(state->wal_dir, BALLAST_FILE, 0) == 0;
}

void state_close(struct state *state)
{
    if (state == NULL)
        return;
    (void)sqlite3_close(state->db); // an open transaction is rolled back
    (void)close(state->wal_dir);
    free(state);
}

static int execute(struct state *state, const char *sql, struct err *err)
{
    if (sqlite3_exec(state->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return fail_sql(state, err);
    return 0;
}

static int schema_version(struct state *state, int64_t *out, struct err *err)
{
    AUTO_STATEMENT struct statement statement = {};
    if (statement_init(&statement, state, err, "PRAGMA user_version", "") < 0 ||
        statement_step(&statement, err) < 0)
        return -1;
    *out = column_int(&statement, 0);
    return 0;
}

static int bring_up_to_date(struct state *state, struct err *err)
{
    int64_t version;
    if (execute(state, "PRAGMA synchronous = NORMAL", err) < 0 ||
        schema_version(state, &version, err) < 0)
        return -1;
    if (version == SCHEMA_VERSION)
        return 0;
    if (version > SCHEMA_VERSION)
        return fail(err, ERR_INVALID,
                    "the database was written by a newer dhow (schema %jd, this one knows %d); "
                    "use that dhow, or another --root",
                    (intmax_t)version, SCHEMA_VERSION);
    if (execute(state, "PRAGMA journal_mode = WAL", err) < 0 || state_begin(state, err) < 0)
        return -1;
    // Somebody else may have made it while we waited for the lock.
    if (schema_version(state, &version, err) < 0 ||
        (version == 0 && execute(state, schema, err) < 0) ||
        (version < 2 && execute(state, schema_2, err) < 0)) {
        state_rollback(state);
        return -1;
    }
    return state_commit(state, true, err);
}

int state_begin(struct state *state, struct err *err)
{
    assert(!state->is_open);
    if (execute(state, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    state->is_open = true;
    return 0;
}

int state_commit(struct state *state, bool is_durable, struct err *err)
{
    if (execute(state, "COMMIT", err) < 0) {
        state_rollback(state);
        return -1;
    }
    state->is_open = false;
    return is_durable ? state_sync(state, err) : 0;
}

int state_view_begin(struct state *state, struct err *err)
{
    if (state->is_open)
        return 0;
    if (execute(state, "BEGIN", err) < 0)
        return -1;
    state->is_open = true;
    return 1;
}

void state_view_end(struct state *state)
{
    state_rollback(state); // nothing was written
}

static int try_removal(struct state *state, int (*step)(void *data, struct err *err), void *data,
                       struct err *err)
{
    if (state_begin(state, err) < 0)
        return -1;
    if (step(data, err) == 0)
        return state_commit(state, true, err);
    state_rollback(state);
    return -1;
}

int state_removal(struct state *state, int (*step)(void *data, struct err *err), void *data,
                  struct err *err)
{
    int done = try_removal(state, step, data, err);
    if (done < 0 && err->sys == ENOSPC && unlinkat(state->wal_dir, BALLAST_FILE, 0) == 0)
        done = try_removal(state, step, data, err);
    return done;
}

int state_sync(struct state *state, struct err *err)
{
    AUTO_FD int log = openat(state->wal_dir, "state.db-wal", O_RDONLY | O_CLOEXEC);
    if (log < 0 && errno == ENOENT)
        return 0; // folded into the database, which syncs
    if (log < 0 || fdatasync(log) < 0)
        return fail_sys(err, "sync the database");
    return 0;
}

void state_rollback(struct state *state)
{
    if (!state->is_open)
        return;
    struct err ignored;
    (void)execute(state, "ROLLBACK", &ignored); // SQLite may have rolled back by itself
    state->is_open = false;
}

// --- statements ---

int fail_sql(const struct state *state, struct err *err)
{
    switch (sqlite3_errcode(state->db) & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail(err, ERR_UNAVAILABLE,
                    "the database was locked by another command for %d seconds; try again",
                    BUSY_MS / 1000);
    case SQLITE_FULL:
        (void)fail(err, ERR_SYSTEM,
                   "the disk that holds the data root is full; remove containers or images "
                   "(dhow rm, dhow rmi) or choose another --root");
        err->sys = ENOSPC;
        return -1;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
        return fail(err, ERR_DENIED, "cannot write the database (%s); is this your data root?",
                    sqlite3_errmsg(state->db));
    default:
        return fail(err, ERR_SYSTEM, "database: %s", sqlite3_errmsg(state->db));
    }
}

void statement_done(struct statement *statement)
{
    (void)sqlite3_finalize(statement->at); // its failure is that of the step before
}

static int statement_vinit(struct statement *statement, struct state *state, struct err *err,
                           const char *sql, const char *types, va_list values)
{
    statement->state = state;
    if (sqlite3_prepare_v2(state->db, sql, -1, &statement->at, NULL) != SQLITE_OK)
        return fail_sql(state, err);
    for (int i = 0; types[i] != '\0'; i++) {
        int result = types[i] == 's'
                         ? sqlite3_bind_text(statement->at, i + 1, va_arg(values, const char *), -1,
                                             SQLITE_TRANSIENT)
                         : sqlite3_bind_int64(statement->at, i + 1, va_arg(values, int64_t));
        if (result != SQLITE_OK)
            return fail_sql(state, err);
    }
    return 0;
}

int statement_init(struct statement *statement, struct state *state, struct err *err,
                   const char *sql, const char *types, ...)
{
    va_list values;
    va_start(values, types);
    int done = statement_vinit(statement, state, err, sql, types, values);
    va_end(values);
    return done;
}

int statement_step(struct statement *statement, struct err *err)
{
    switch (sqlite3_step(statement->at)) {
    case SQLITE_ROW:
        return 1;
    case SQLITE_DONE:
        return 0;
    default:
        return fail_sql(statement->state, err);
    }
}

int statement_run(struct state *state, struct err *err, const char *sql, const char *types, ...)
{
    AUTO_STATEMENT struct statement statement = {};
    va_list values;
    va_start(values, types);
    int done = statement_vinit(&statement, state, err, sql, types, values);
    va_end(values);
    return done < 0 ? -1 : statement_step(&statement, err);
}

char *column_text(const struct statement *statement, struct arena *arena, int column)
{
    const unsigned char *text = sqlite3_column_text(statement->at, column);
    return text == NULL ? NULL : arena_strdup(arena, (const char *)text);
}

int64_t column_int(const struct statement *statement, int column)
{
    return sqlite3_column_int64(statement->at, column);
}
