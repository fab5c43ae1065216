// SPDX-License-Identifier: Apache-2.0
// container_top.c — the processes of a container, as ps shows them.
//
// Which they are its cgroup says; what of them is shown, we do (process_columns.c), or the host's
// ps, when it is there and somebody wants what only it knows. A program of the container is never
// asked.
#include "base/file.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "cgroup/cgroup.h"
#include "engine/events.h"
#include "engine/process_columns.h"
#include "linux/process.h"
#include "linux/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAID_MAX = 16 * 1024 * 1024, WORDS_MAX = 64 };

struct pids {
    pid_t *at;
    size_t n;
};

// --- the host's ps ---

static const char *host_ps(void)
{
    static const char *const places[] = {"/usr/bin/ps", "/bin/ps"};
    for (size_t i = 0; i < N_ELEMENTS(places); i++) {
        if (access(places[i], X_OK) == 0)
            return places[i];
    }
    return NULL;
}

// What it wrote on standard output, or why it failed. 0 or its exit status.
static int run_ps(const char *program, const char *const *argv, struct buf *out, struct buf *said,
                  struct err *err)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", "COLUMNS=4096",
                                              NULL};
    int outs[2], errs[2];
    if (pipe2(outs, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int out_read = outs[0], out_write = outs[1];
    if (pipe2(errs, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int err_read = errs[0], err_write = errs[1],
                null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int fds[] = {null, out_write, err_write};
    const struct spawn spawn = {.program = program,
                                .argv = argv,
                                .environment = environment,
                                .fds = fds,
                                .n_fds = N_ELEMENTS(fds),
                                .dies_with_parent = true};
    pid_t pid;
    int status;
    if (null < 0)
        return fail_sys(err, "open /dev/null");
    if (spawn_program(&spawn, &pid, err) < 0)
        return -1;
    (void)close(TAKE_FD(out_write)); // ours: the end is seen
    (void)close(TAKE_FD(err_write));
    struct err unread = {};
    // It writes little on standard error, so the order does not matter.
    int got = file_read_fd(out_read, "ps", out, &unread);
    if (got == 0)
        got = file_read_fd(err_read, "ps", said, &unread);
    if (process_wait(pid, &status, err) < 0)
        return -1;
    if (got < 0) {
        *err = unread;
        return -1;
    }
    return status;
}

static const char **split(struct arena *arena, struct str text, size_t *out_n)
{
    struct words words = {};
    while (text.n != 0) {
        text = str_trim(text);
        struct str word = str_cut(&text, ' ');
        if (word.n != 0)
            words_add(arena, &words, arena_strndup(arena, word.at, word.n));
    }
    *out_n = words.n;
    words_add(arena, &words, NULL);
    return words.at;
}

static bool is_among(const struct pids *pids, const char *text)
{
    int64_t number;
    bool is_there = false;
    if (!str_to_i64(str_of(text), &number))
        return false;
    for (size_t i = 0; i < pids->n && !is_there; i++)
        is_there = pids->at[i] == (pid_t)number;
    return is_there;
}

// The last column has the rest of the line.
static struct top_process cut_process(struct arena *arena, const char *const *words, size_t n_words,
                                      size_t n_titles)
{
    const char **columns = arena_array(arena, n_titles, sizeof *columns);
    for (size_t i = 0; i < n_titles; i++)
        columns[i] = i < n_words ? words[i] : "";
    for (size_t i = n_titles; i < n_words; i++)
        columns[n_titles - 1] = arena_printf(arena, "%s %s", columns[n_titles - 1], words[i]);
    return (struct top_process){columns, n_titles};
}

static int parse_ps(struct arena *arena, const char *text, const struct pids *pids,
                    struct container_top_response *out, struct err *err)
{
    struct str rest = str_of(text);
    struct container_top_response table = {};
    table.titles = split(arena, str_cut(&rest, '\n'), &table.n_titles);
    size_t column = 0;
    while (column < table.n_titles && strcmp(table.titles[column], "PID") != 0)
        column++;
    if (column == table.n_titles)
        return fail(err, ERR_INVALID, "Couldn't find PID field in ps output: ask for it, too");
    table.processes = arena_array(arena, pids->n + 1, sizeof *table.processes);
    while (rest.n != 0 && table.n_processes < pids->n) {
        size_t n;
        const char **words = split(arena, str_cut(&rest, '\n'), &n);
        if (n > column && is_among(pids, words[column]))
            table.processes[table.n_processes++] = cut_process(arena, words, n, table.n_titles);
    }
    *out = table;
    return 0;
}

// Some options do not go together with a choice of processes: then all are asked for.
static int ask_ps(struct arena *arena, const char *program, const char *const *arguments,
                  const struct pids *pids, struct container_top_response *out, struct err *err)
{
    AUTO_BUF struct buf text, said, list;
    buf_init(&list, SAID_MAX);
    for (size_t i = 0; i < pids->n; i++)
        buf_printf(&list, "%s%d", i != 0 ? "," : "-q", (int)pids->at[i]);
    struct words argv = {};
    words_add(arena, &argv, "ps");
    for (size_t i = 0; arguments[i] != NULL; i++)
        words_add(arena, &argv, arguments[i]);
    words_add(arena, &argv, buf_get(&list));
    words_add(arena, &argv, NULL);
    int status = 1;
    for (int tries = 0; tries < 2 && status != 0; tries++) {
        buf_init(&text, SAID_MAX);
        buf_init(&said, SAID_MAX);
        status = run_ps(program, argv.at, &text, &said, err);
        if (status < 0)
            return -1;
        argv.at[argv.n - 2] = NULL;
        if (status != 0 && tries == 0) {
            buf_done(&text);
            buf_done(&said);
        }
    }
    if (status != 0) {
        struct str rest = str_of(buf_get(&said)), line = str_trim(str_cut(&rest, '\n'));
        return fail(err, ERR_INVALID, "ps: %.*s", (int)line.n, line.at);
    }
    return parse_ps(arena, buf_get(&text), pids, out, err);
}

// --- the verb ---

static int find_pids(struct arena *arena, const struct container *container, struct pids *out,
                     struct err *err)
{
    struct cgroup *cgroup;
    if (container_cgroup_plan(arena, container, &cgroup, err) < 0)
        return -1;
    int found = cgroup_pids(cgroup, &out->at, &out->n, err);
    cgroup_close(cgroup);
    return found;
}

static int by_number(const void *a, const void *b)
{
    return *(const pid_t *)a - *(const pid_t *)b;
}

int engine_container_top(struct engine *engine, struct arena *arena,
                         const struct container_top_request *request,
                         struct container_top_response *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    struct pids pids = {};
    size_t n;
    const char **arguments = split(arena, str_of(request->ps_args), &n);
    if (n > WORDS_MAX)
        return fail(err, ERR_INVALID, "more than %d arguments for ps", WORDS_MAX);
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    if (!container_is_up(&container) || container.live.pid == 0)
        return fail(err, ERR_CONFLICT, "container %s is not running", container.row.id);
    if (find_pids(arena, &container, &pids, err) < 0)
        return -1;
    AUTO_FREE pid_t *owned = pids.at;
    qsort(owned, pids.n, sizeof *owned, by_number);
    bool is_usual = n == 0 || (n == 1 && strcmp(arguments[0], "-ef") == 0);
    const char *ps = is_usual ? NULL : host_ps();
    int shown = ps != NULL ? ask_ps(arena, ps, arguments, &pids, response, err)
                           : processes_show(arena, pids.at, pids.n, arguments, response, err);
    if (shown < 0)
        return -1;
    container_announce(engine, &container, "top", NULL, 0);
    return 0;
}
