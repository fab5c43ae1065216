// SPDX-License-Identifier: Apache-2.0
// credential_helper.c — one call of a credential helper: a word, JSON in, JSON out.
//
//     docker-credential-pass get  <"https://index.docker.io/v1/"  >{"Username": …, "Secret": …}
//
// The helper is the user's own program and does the user's own errand: it gets the user's
// environment, for it may need any of it (HOME, PATH, DBUS_SESSION_BUS_ADDRESS, GNUPGHOME,
// AWS_PROFILE…), and the user's standard error. Nothing of a registry or an image reaches it but
// the server's name, on its standard input; a secret is never an argument.
#include "cli/credential_helper.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "json/bind.h"
#include "linux/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { INPUT_MAX = 32 * 1024, NAME_MAX_N = 64 }; // a pipe takes 64 KiB without a reader

struct stored {
    const char *server, *username, *secret;
};
static const struct json_field stored_fields[] = {
    JSON_NAMED(struct stored, server, "ServerURL", JSON_OPTIONAL),
    JSON_NAMED(struct stored, username, "Username", JSON_ALWAYS),
    JSON_NAMED(struct stored, secret, "Secret", JSON_ALWAYS),
    {},
};

static bool is_plain_name(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t n = strlen(name);
    return n != 0 && n <= NAME_MAX_N && strspn(name, allowed) == n;
}

// The program's path: the first of PATH that can be executed.
static char *find_program(const char *helper, struct err *err)
{
    const char *path = getenv("PATH");
    struct str rest = str_of(!text_is_empty(path) ? path : "/usr/local/bin:/usr/bin:/bin");
    while (rest.n != 0 && is_plain_name(helper)) {
        struct str part = str_cut(&rest, ':');
        char *program = str_printf("%.*s/docker-credential-%s", (int)part.n, part.at, helper);
        if (part.n != 0 && access(program, X_OK) == 0)
            return program;
        free(program);
    }
    (void)fail(err, ERR_NOT_FOUND,
               "credential helper \"%s\": docker-credential-%s is not in PATH (config.json names "
               "it in credsStore or credHelpers)",
               helper, helper);
    return NULL;
}

struct call {
    pid_t pid;
    int pidfd, reply; // the helper, and the end of the pipe that it writes to
};

static void call_done(struct call *call)
{
    if (call->pidfd >= 0)
        (void)close(call->pidfd);
    if (call->reply >= 0)
        (void)close(call->reply);
}
#define AUTO_CALL __attribute__((cleanup(call_done)))

static int start(const char *helper, const char *verb, const char *input, struct call *out,
                 struct err *err)
{
    AUTO_FREE char *program = find_program(helper, err);
    if (program == NULL)
        return -1;
    int in[2], reply[2];
    if (pipe2(in, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int in_read = in[0], in_write = in[1];
    if (pipe2(reply, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int reply_read = reply[0], reply_write = reply[1];
    // All of it fits into the pipe: it is there before the helper is, which need not read it.
    if (write_all(in_write, input, strlen(input)) < 0)
        return fail_sys(err, "write to a pipe");
    const char *const argv[] = {program, verb, NULL};
    const int fds[] = {in_read, reply_write, STDERR_FILENO};
    const struct spawn spawn = {
        .program = program,
        .argv = argv,
        .fds = fds,
        .n_fds = N_ELEMENTS(fds),
        .dies_with_parent = true,
    };
    if (spawn_program(&spawn, &out->pid, err) < 0)
        return fail_in(err, "credential helper \"%s\"", helper);
    out->pidfd = (int)syscall(SYS_pidfd_open, out->pid, 0); // since 5.3; a child's cannot fail
    out->reply = TAKE_FD(reply_read);
    return 0;
}

// 1 go on, 0 the helper has closed its output.
static int read_some(int fd, struct buf *out, struct err *err)
{
    char bytes[4096];
    ssize_t n = read(fd, bytes, sizeof bytes);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 1 : fail_sys(err, "read its answer");
    buf_add(out, bytes, (size_t)n);
    if (buf_check(out, "its answer", err) < 0)
        return -1;
    return n != 0;
}

// All that it writes until it ends: an agent that it leaves behind may hold the pipe open for ever.
static int read_reply(const struct call *call, struct buf *out, struct err *err)
{
    int64_t deadline = monotonic_ms() + CREDENTIAL_TIMEOUT_MS;
    bool is_open = true, has_ended = false;
    if (fcntl(call->reply, F_SETFL, O_NONBLOCK) < 0)
        return fail_sys(err, "read its answer");
    while (!has_ended) {
        struct pollfd wait[] = {{is_open ? call->reply : -1, POLLIN, 0}, {call->pidfd, POLLIN, 0}};
        int64_t left = deadline - monotonic_ms();
        int n = left > 0 ? poll(wait, N_ELEMENTS(wait), (int)left) : 0;
        if (n < 0 && errno != EINTR)
            return fail_sys(err, "wait for its answer");
        if (n == 0)
            return fail(err, ERR_UNAVAILABLE, "no answer in %d seconds",
                        CREDENTIAL_TIMEOUT_MS / 1000);
        int more = n > 0 && wait[0].revents != 0 ? read_some(call->reply, out, err) : 1;
        if (more < 0)
            return -1;
        is_open = is_open && more > 0;
        has_ended = n > 0 && wait[0].revents == 0 && wait[1].revents != 0;
    }
    return 0;
}

// Does one call: the exit status of the helper, what it wrote in `reply`.
static int call_helper(const char *helper, const char *verb, const char *input, struct buf *reply,
                       struct err *err)
{
    AUTO_CALL struct call call = {.pidfd = -1, .reply = -1};
    if (strlen(input) > INPUT_MAX)
        return fail(err, ERR_INVALID, "credential helper \"%s\": too much to store", helper);
    if (start(helper, verb, input, &call, err) < 0)
        return -1;
    int done = read_reply(&call, reply, err);
    if (done < 0)
        (void)kill(call.pid, SIGKILL); // a child of ours that nobody else waits for
    int status = -1;
    while (waitpid(call.pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (done < 0)
        return fail_in(err, "credential helper \"%s\" %s", helper, verb);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// A helper says what is wrong on its standard output.
static int fail_helper(const char *helper, const char *verb, const struct buf *reply,
                       struct err *err)
{
    struct str text = str_trim((struct str){buf_get(reply), reply->n});
    return fail(err, ERR_SYSTEM, "credential helper \"%s\" %s: %.*s", helper, verb,
                text.n != 0 ? (int)(text.n < 500 ? text.n : 500) : (int)strlen("failed"),
                text.n != 0 ? text.at : "failed");
}

// The sentence that all helpers share for "I have nothing of this server".
static bool has_nothing(const struct buf *reply)
{
    return strcasestr(buf_get(reply), "credentials not found in native keychain") != NULL;
}

int credential_get(struct arena *arena, const char *helper, const char *server,
                   struct credential *out, struct err *err)
{
    AUTO_BUF struct buf reply;
    struct stored stored;
    buf_init(&reply, CREDENTIAL_REPLY_MAX);
    int status = call_helper(helper, "get", server, &reply, err);
    if (status < 0)
        return -1;
    if (status != 0)
        return has_nothing(&reply) ? 0 : fail_helper(helper, "get", &reply, err);
    if (json_decode(arena, buf_get(&reply), reply.n, stored_fields, &stored, JSON_LENIENT, err) < 0)
        return fail(err, ERR_SYSTEM, "credential helper \"%s\" get: its answer is no JSON", helper);
    *out = (struct credential){stored.username, stored.secret};
    return !text_is_empty(stored.secret) || !text_is_empty(stored.username);
}

int credential_put(const char *helper, const char *server, const struct credential *credential,
                   struct err *err)
{
    AUTO_BUF struct buf input, reply;
    const struct stored stored = {server, credential->username, credential->secret};
    buf_init(&input, INPUT_MAX);
    buf_init(&reply, CREDENTIAL_REPLY_MAX);
    json_encode(&input, stored_fields, &stored, JSON_COMPACT);
    if (buf_check(&input, "the login", err) < 0)
        return -1;
    int status = call_helper(helper, "store", buf_get(&input), &reply, err);
    if (status > 0)
        return fail_helper(helper, "store", &reply, err);
    return status;
}

int credential_erase(const char *helper, const char *server, struct err *err)
{
    AUTO_BUF struct buf reply;
    buf_init(&reply, CREDENTIAL_REPLY_MAX);
    int status = call_helper(helper, "erase", server, &reply, err);
    if (status > 0 && !has_nothing(&reply))
        return fail_helper(helper, "erase", &reply, err);
    return status < 0 ? -1 : 0;
}
