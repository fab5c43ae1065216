// SPDX-License-Identifier: Apache-2.0
// send.c — `dhow push ssh://user@host IMAGE`, and the command that it starts over there.
//
//     here                                   ssh host dhow image receive
//     "dhow 1 <n>\n" + {"Digests":[…]} ────▶  which of them are there?
//     ◀──── "dhow 1 <n>\n" + {"Have":[…]}
//     an archive of the others, to its end ─▶ image load: everything is verified there
//     ◀──── "dhow 1 <n>\n" + {"Loaded":[…]} or {"Error":"…"}
//
// The archive is one of `dhow save`; ssh does the rest. A blob that goes over there between the two
// questions makes the load fail, and nothing is lost: then all is sent.
#include "cli/send.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "json/bind.h"
#include "ops/image.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCHEME   "ssh://"
#define GREETING "dhow 1 "
enum { MESSAGE_MAX = 16 * 1024 * 1024, GREETING_MAX = 32, SSH_FAILED = 255 };

struct message {
    const char **digests, **have, **loaded;
    size_t n_digests, n_have, n_loaded;
    const char *error;
};
static const struct json_field message_fields[] = {
    JSON_ARRAY_NAMED(struct message, digests, "Digests", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct message, have, "Have", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct message, loaded, "Loaded", JSON_OPTIONAL),
    JSON_NAMED(struct message, error, "Error", JSON_OPTIONAL),
    {},
};

// --- messages

static int message_write(int fd, const struct message *message, struct err *err)
{
    AUTO_BUF struct buf text, all;
    buf_init(&text, MESSAGE_MAX);
    buf_init(&all, MESSAGE_MAX + GREETING_MAX);
    json_encode(&text, message_fields, message, JSON_COMPACT);
    buf_printf(&all, GREETING "%zu\n", text.n);
    buf_add(&all, text.at, text.n);
    if (buf_check(&text, "the message", err) < 0 || buf_check(&all, "the message", err) < 0)
        return -1;
    return write_all(fd, all.at, all.n) < 0 ? fail_sys(err, "write to the other side") : 0;
}

static int read_exactly(int fd, char *to, size_t n, struct err *err)
{
    while (n != 0) {
        ssize_t got = read(fd, to, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_sys(err, "read from the other side");
        if (got == 0)
            return fail(err, ERR_UNAVAILABLE, "the other side has hung up");
        to += got;
        n -= (size_t)got;
    }
    return 0;
}

// Byte by byte, for what follows a message is not ours to read.
static int read_greeting(int fd, uint64_t *out, struct err *err)
{
    char line[GREETING_MAX + 1];
    size_t n = 0;
    for (;;) {
        if (read_exactly(fd, line + n, 1, err) < 0)
            return -1;
        if (line[n] == '\n')
            break;
        if (++n == GREETING_MAX)
            return fail(err, ERR_INVALID, "the other side is no 'dhow image receive': \"%.*s\"",
                        (int)n, line);
    }
    struct str text = {line, n};
    if (!str_starts(text, GREETING))
        return fail(err, ERR_INVALID, "the other side is no 'dhow image receive': \"%.*s\"", (int)n,
                    line);
    text.at += strlen(GREETING);
    text.n -= strlen(GREETING);
    if (!str_to_u64(text, out) || *out > MESSAGE_MAX)
        return fail(err, ERR_INVALID, "a message of \"%.*s\" bytes", (int)text.n, text.at);
    return 0;
}

static int message_read(int fd, struct arena *arena, struct message *out, struct err *err)
{
    uint64_t n;
    if (read_greeting(fd, &n, err) < 0)
        return -1;
    char *text = arena_alloc(arena, n + 1);
    if (read_exactly(fd, text, n, err) < 0 ||
        json_decode(arena, text, n, message_fields, out, JSON_LENIENT, err) < 0)
        return -1;
    return 0;
}

// --- ssh

struct remote {
    int to, from; // ends of pipes
    pid_t pid;
};

bool is_ssh_url(const char *text)
{
    return text_starts(text, SCHEME);
}

struct ssh_host {
    const char *login, *port; // "user@host"; NULL: ssh's own choice
};

static int read_url(struct arena *arena, const char *url, struct ssh_host *out, struct err *err)
{
    struct str rest = str_of(url + strlen(SCHEME));
    if (rest.n != 0 && rest.at[rest.n - 1] == '/')
        rest.n--;
    struct str port = {};
    const char *colon = memrchr(rest.at, ':', rest.n);
    const char *bracket = memrchr(rest.at, ']', rest.n); // of an IPv6 address
    if (colon != NULL && (bracket == NULL || colon > bracket))
        port = str_cut_last(&rest, ':');
    uint32_t number = 0;
    bool is_bad = rest.n == 0 || rest.at[0] == '-' || rest.at[0] == '@' ||
                  (port.n != 0 && (!str_to_u32(port, &number) || number == 0 || number > 65535));
    for (size_t i = 0; i < rest.n; i++)
        is_bad = is_bad || strchr("/?# \t\n'\"\\$`;&|<>(){}*!", rest.at[i]) != NULL;
    if (is_bad)
        return fail(err, ERR_INVALID, "invalid address \"%s\": want ssh://[user@]host[:port]", url);
    out->login = arena_strndup(arena, rest.at, rest.n);
    out->port = port.n != 0 ? arena_printf(arena, "%u", number) : NULL;
    return 0;
}

static int spawn_ssh(const struct ssh_host *host, int in, int out, pid_t *out_pid)
{
    const char *own = getenv("DHOW_SSH");
    const char *argv[12] = {own != NULL && *own != '\0' ? own : "ssh"};
    size_t n = 1;
    if (host->port != NULL) {
        argv[n++] = "-p";
        argv[n++] = host->port;
    }
    const char *const rest[] = {"-T", "--", host->login, "dhow", "image", "receive"};
    memcpy(argv + n, rest, sizeof rest);
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (error == 0) // posix_spawnp's type cannot say that it changes nothing
        error = posix_spawnp(out_pid, argv[0], &actions, NULL, (char *const *)argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int remote_open(const struct ssh_host *host, struct remote *out, struct err *err)
{
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int to_read = to[0], to_write = to[1];
    if (pipe2(from, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int from_read = from[0], from_write = from[1];
    pid_t pid;
    int error = spawn_ssh(host, to_read, from_write, &pid);
    if (error != 0) {
        errno = error;
        return fail_sys(err, "run ssh (is it installed?)");
    }
    *out = (struct remote){TAKE_FD(to_write), TAKE_FD(from_read), pid};
    return 0;
}

// Hangs up and waits: ssh's exit status.
static int remote_close(struct remote *remote)
{
    int status;
    if (remote->to >= 0)
        (void)close(TAKE_FD(remote->to));
    (void)close(TAKE_FD(remote->from));
    while (waitpid(remote->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : SSH_FAILED;
}

// --- here

static int ask_for_blobs(struct cli *cli, const struct words *images, struct message *out)
{
    const struct image_blobs_request request = {.names = images->at, .n_names = images->n};
    struct image_blobs_response blobs;
    if (cli_call(cli, IMAGE_BLOBS, &request, &blobs) < 0)
        return -1;
    *out = (struct message){.digests = blobs.digests, .n_digests = blobs.n_digests};
    return 0;
}

static int talk(struct cli *cli, struct remote *remote, const struct words *images, bool send_all,
                struct message *out)
{
    struct message question, answer = {};
    if (ask_for_blobs(cli, images, &question) < 0 ||
        message_write(remote->to, &question, &cli->err) < 0 ||
        message_read(remote->from, &cli->arena, &answer, &cli->err) < 0)
        return -1;
    if (answer.error != NULL)
        return fail(&cli->err, ERR_UNAVAILABLE, "%s", answer.error);
    const struct image_save_request save = {.names = images->at,
                                            .n_names = images->n,
                                            .without = send_all ? NULL : answer.have,
                                            .n_without = send_all ? 0 : answer.n_have,
                                            .tar = remote->to};
    struct err why = {};
    bool is_sent = cli_call(cli, IMAGE_SAVE, &save, NULL) == 0;
    if (!is_sent)
        why = cli->err;
    (void)close(TAKE_FD(remote->to)); // the end of the archive
    // What the other side says explains more than that it has hung up.
    int read = message_read(remote->from, &cli->arena, out, &cli->err);
    if (!is_sent && (read < 0 || out->error == NULL)) {
        cli->err = why;
        return -1;
    }
    return read;
}

static int send_once(struct cli *cli, const struct ssh_host *host, const struct words *images,
                     bool send_all, struct message *out)
{
    struct remote remote;
    if (remote_open(host, &remote, &cli->err) < 0)
        return -1;
    int result = talk(cli, &remote, images, send_all, out);
    int status = remote_close(&remote);
    if (result < 0 && status == SSH_FAILED)
        return fail(&cli->err, ERR_UNAVAILABLE, "ssh to %s failed", host->login);
    if (result < 0 && status == EXIT_NOT_FOUND)
        return fail(&cli->err, ERR_UNAVAILABLE, "there is no dhow on %s", host->login);
    return result;
}

int send_images(struct cli *cli, const char *url, const struct words *images)
{
    struct ssh_host host;
    struct message result = {};
    if (images->n == 0) {
        (void)fail(&cli->err, ERR_INVALID, "which image? dhow push %s IMAGE [IMAGE...]", url);
        return cli_fail(cli, 1);
    }
    (void)signal(SIGPIPE, SIG_IGN); // a write tells
    if (read_url(&cli->arena, url, &host, &cli->err) < 0 ||
        send_once(cli, &host, images, false, &result) < 0)
        return cli_fail(cli, 1);
    if (result.error != NULL && send_once(cli, &host, images, true, &result) < 0)
        return cli_fail(cli, 1);
    if (result.error != NULL) {
        (void)fail(&cli->err, ERR_SYSTEM, "%s: %s", host.login, result.error);
        return cli_fail(cli, 1);
    }
    for (size_t i = 0; i < result.n_loaded; i++)
        puts(result.loaded[i]);
    return 0;
}

// --- over there

static int receive(struct cli *cli, struct message *out)
{
    struct message question = {};
    if (message_read(STDIN_FILENO, &cli->arena, &question, &cli->err) < 0)
        return -1;
    const struct image_blobs_request has = {
        .names = question.digests, .n_names = question.n_digests, .has_only = true};
    struct image_blobs_response there;
    if (cli_call(cli, IMAGE_BLOBS, &has, &there) < 0)
        return -1;
    const struct message answer = {.have = there.digests, .n_have = there.n_digests};
    if (message_write(STDOUT_FILENO, &answer, &cli->err) < 0)
        return -1;
    const struct image_load_request load = {.quiet = true, .tar = STDIN_FILENO};
    struct image_load_response loaded;
    if (cli_call(cli, IMAGE_LOAD, &load, &loaded) < 0 || cli_settle(cli) < 0)
        return -1;
    *out = (struct message){.loaded = loaded.loaded, .n_loaded = loaded.n_loaded};
    return 0;
}

static int receive_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    (void)words;
    struct message result = {};
    (void)signal(SIGPIPE, SIG_IGN);
    int received = receive(cli, &result);
    if (received < 0)
        result = (struct message){.error = cli->err.text};
    struct err ignored;
    bool is_said = message_write(STDOUT_FILENO, &result, &ignored) == 0;
    if (received < 0)
        return cli_fail(cli, 1);
    return is_said ? 0 : 1;
}

static const struct option no_options[] = {{}};
const struct command image_receive_command = {
    "image receive",
    "",
    "Take images that 'dhow push ssh://…' sends, on standard input",
    no_options,
    0,
    OPTIONS_MIXED,
    0,
    0,
    receive_run,
    NULL,
};
