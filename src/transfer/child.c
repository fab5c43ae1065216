// SPDX-License-Identifier: Apache-2.0
// child.c — starting dhow-transfer and hearing what it has to say.
#include "transfer/child.h"

#include "base/file.h"
#include "base/mem.h"
#include "linux/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

enum { REPORT_MAX = 64 * 1024, STANDARD = 3 };

struct failure {
    const char *kind, *error;
};
static const struct json_field failure_fields[] = {
    JSON_FIELD(struct failure, kind, JSON_OPTIONAL),
    JSON_FIELD(struct failure, error, JSON_OPTIONAL),
    {},
};

int child_start(const char *const *argv, int in, const int *more, size_t n_more, struct child *out,
                struct err *err)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", NULL}; // S-8
    int ends[2], fds[STANDARD + CHILD_MORE_MAX];
    assert(n_more <= CHILD_MORE_MAX);
    if (argv[0] == NULL)
        return fail(err, ERR_SYSTEM,
                    "the program dhow-transfer is missing; it belongs beside dhow");
    AUTO_FD int null = in < 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
    if (in < 0 && null < 0)
        return fail_sys(err, "open /dev/null");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int ours = ends[0], theirs = ends[1];
    fds[0] = in < 0 ? null : in;
    fds[1] = theirs;
    fds[2] = STDERR_FILENO;
    for (size_t i = 0; i < n_more; i++)
        fds[STANDARD + i] = more[i];
    const struct spawn spawn = {argv[0], argv, environment, fds, STANDARD + n_more, true};
    pid_t pid;
    if (spawn_program(&spawn, &pid, err) < 0)
        return -1;
    *out = (struct child){pid, TAKE_FD(ours)};
    return 0;
}

static int reap(struct child *child)
{
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    child->pid = 0;
    (void)close(TAKE_FD(child->report)); // only read
    return status;
}

int child_finish(struct child *child, struct arena *arena, const struct json_field *fields,
                 void *out, struct err *err)
{
    AUTO_BUF struct buf text;
    struct failure failure;
    buf_init(&text, REPORT_MAX);
    int read = file_read_fd(child->report, "dhow-transfer's report", &text, err);
    int status = reap(child);
    if (read < 0)
        return -1;
    if (text.n == 0)
        return fail(err, ERR_SYSTEM, "dhow-transfer ended without a report (wait status %#x)",
                    (unsigned)status);
    if (json_decode(arena, text.at, text.n, failure_fields, &failure, JSON_LENIENT, err) < 0)
        return fail_in(err, "dhow-transfer's report");
    if (failure.error != NULL)
        return fail(err, err_kind_named(failure.kind), "%s", failure.error);
    if (status != 0)
        return fail(err, ERR_SYSTEM, "dhow-transfer failed after its report (wait status %#x)",
                    (unsigned)status);
    if (json_decode(arena, text.at, text.n, fields, out, JSON_LENIENT, err) < 0)
        return fail_in(err, "dhow-transfer's report");
    return 0;
}

void child_kill(struct child *child)
{
    if (child->pid <= 0)
        return;
    (void)kill(child->pid, SIGKILL); // our child, not waited for yet: the pid is still its own
    (void)reap(child);
}
