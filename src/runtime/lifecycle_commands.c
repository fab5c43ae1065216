// SPDX-License-Identifier: Apache-2.0
// lifecycle_commands.c — the command lines of the verbs that make, change and end a container.
#include "base/mem.h"
#include "base/str.h"
#include "linux/signal.h"
#include "runtime/commands.h"
#include "runtime/verbs.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

// How many descriptors from 3 on are meant for the process: those of socket activation
// (sd_listen_fds(3); LISTEN_PID names somebody between the activator and us) come first.
static int64_t inherited(const int64_t *preserve_fds)
{
    enum { MOST = 1024 };
    uint32_t listening = 0;
    const char *text = getenv("LISTEN_FDS");
    if (text != NULL && (!str_to_u32(str_of(text), &listening) || listening > MOST))
        listening = 0;
    return listening + (preserve_fds != NULL ? *preserve_fds : 0);
}

static int64_t *inherited_in(struct arena *arena, const int64_t *preserve_fds)
{
    int64_t *n = arena_new(arena, int64_t);
    *n = inherited(preserve_fds);
    return n;
}

// --- create and run ----------------------------------------------------------------------------

// clang-format off: a table
#define CREATE_OPTIONS(type)                                                                       \
    OPTION_TEXT(type, bundle, "bundle", 'b', "dir",                                                \
                "the bundle (default: the current directory)"),                                    \
        OPTION_TEXT(type, config, "config", 'f', "file",                                           \
                    "another file than the bundle's config.json"),                                 \
        OPTION_TEXT(type, console_socket, "console-socket", 0, "path",                             \
                    "socket that gets the terminal's descriptor"),                                 \
        OPTION_TEXT(type, pidfd_socket, "pidfd-socket", 0, "path",                                 \
                    "socket that gets a pidfd of the first process"),                              \
        OPTION_TEXT(type, pid_file, "pid-file", 0, "file",                                         \
                    "write the first process's number there"),                                     \
        OPTION_INT(type, preserve_fds, "preserve-fds", 0,                                          \
                   "how many descriptors from 3 on the process inherits"),                         \
        OPTION_FLAG(type, no_pivot, "no-pivot", 0,                                                 \
                    "no pivot_root, for a machine that runs from its initramfs"),                  \
        OPTION_FLAG(type, no_new_keyring, "no-new-keyring", 0,                                     \
                    "keep the caller's session keyring")

static const struct option create_table[] = {CREATE_OPTIONS(struct create_options), {}};
static const struct option run_table[] = {
    CREATE_OPTIONS(struct create_options),
    OPTION_FLAG(struct create_options, detach, "detach", 'd', "return once the process runs"),
    OPTION_FLAG(struct create_options, keep, "keep", 0,
                "keep the container's state when it has ended"),
    OPTION_FLAG(struct create_options, no_subreaper, "no-subreaper", 0,
                "do not adopt the container's orphans"),
    {},
};
// clang-format on

static int64_t create_inherits(const void *options)
{
    return inherited(((const struct create_options *)options)->preserve_fds);
}

static struct create_options create_options_of(const struct command_call *call)
{
    struct create_options options = *(const struct create_options *)call->options;
    options.id = call->arguments.at[0];
    options.preserve_fds = inherited_in(call->arena, options.preserve_fds);
    if (text_is_empty(options.bundle))
        options.bundle = ".";
    return options;
}

static int create_run(struct command_call *call, struct err *err)
{
    struct create_options options = create_options_of(call);
    return runtime_create(call->runtime, &options, err);
}

static int run_run(struct command_call *call, struct err *err)
{
    struct create_options options = create_options_of(call);
    return runtime_run(call->runtime, &options, &call->exit_code, err);
}

const struct command create_command = {"create",
                                       "ID",
                                       "Make a container; its process waits for start",
                                       create_table,
                                       sizeof(struct create_options),
                                       COMMAND_ENTERS,
                                       1,
                                       1,
                                       0,
                                       create_inherits,
                                       create_run};
const struct command run_command = {"run",
                                    "ID",
                                    "Make and start a container, wait, delete it",
                                    run_table,
                                    sizeof(struct create_options),
                                    COMMAND_ENTERS,
                                    1,
                                    1,
                                    0,
                                    create_inherits,
                                    run_run};

// --- start and state ---------------------------------------------------------------------------

static int start_run(struct command_call *call, struct err *err)
{
    return runtime_start(call->runtime, call->arguments.at[0], err);
}
const struct command start_command = {.name = "start",
                                      .arguments = "ID",
                                      .help = "Let a created container's process run",
                                      .min = 1,
                                      .max = 1,
                                      .run = start_run};

static int state_run(struct command_call *call, struct err *err)
{
    return runtime_state(call->runtime, call->arguments.at[0], err);
}
const struct command state_command = {.name = "state",
                                      .arguments = "ID",
                                      .help = "Print a container's state as JSON",
                                      .min = 1,
                                      .max = 1,
                                      .run = state_run};

// --- kill and delete, of one or of all whose name matches --------------------------------------

// The containers that the argument names: itself, or those that the regular expression matches.
static int match(const struct command_call *call, bool is_regex, struct words *out, struct err *err)
{
    struct words all = {}, matching = {};
    const char *pattern = call->arguments.at[0];
    if (!is_regex) {
        words_add(call->arena, out, pattern);
        return 0;
    }
    regex_t regex;
    int r = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB);
    if (r != 0) {
        char why[200];
        regerror(r, &regex, why, sizeof why);
        return fail(err, ERR_INVALID, "regular expression \"%s\": %s", pattern, why);
    }
    r = container_names(call->runtime, call->arena, &all, err);
    for (size_t i = 0; r >= 0 && i < all.n; i++) {
        if (regexec(&regex, all.at[i], 0, NULL, 0) == 0)
            words_add(call->arena, &matching, all.at[i]);
    }
    regfree(&regex);
    if (r >= 0)
        *out = matching;
    return r;
}

struct kill_options {
    bool all, regex;
};
static const struct option kill_table[] = {
    OPTION_FLAG(struct kill_options, all, "all", 'a', "every process of the container"),
    OPTION_FLAG(struct kill_options, regex, "regex", 'r', "ID is a regular expression"),
    {},
};

static int kill_run(struct command_call *call, struct err *err)
{
    const struct kill_options *options = call->options;
    int signal;
    struct words ids = {};
    if (signal_parse(call->arguments.n > 1 ? call->arguments.at[1] : "SIGTERM", &signal, err) < 0 ||
        match(call, options->regex, &ids, err) < 0)
        return -1;
    for (size_t i = 0; i < ids.n; i++) {
        if (runtime_kill(call->runtime, ids.at[i], signal, options->all, err) < 0)
            return -1;
    }
    return 0;
}
const struct command kill_command = {.name = "kill",
                                     .arguments = "ID [SIGNAL]",
                                     .help = "Send a signal (default SIGTERM) to a container",
                                     .options = kill_table,
                                     .options_size = sizeof(struct kill_options),
                                     .min = 1,
                                     .max = 2,
                                     .run = kill_run};

struct delete_options {
    bool force, regex;
};
static const struct option delete_table[] = {
    OPTION_FLAG(struct delete_options, force, "force", 'f', "kill it first if it runs"),
    OPTION_FLAG(struct delete_options, regex, "regex", 'r', "ID is a regular expression"),
    {},
};

static int delete_run(struct command_call *call, struct err *err)
{
    const struct delete_options *options = call->options;
    struct words ids = {};
    if (match(call, options->regex, &ids, err) < 0)
        return -1;
    for (size_t i = 0; i < ids.n; i++) {
        if (runtime_delete(call->runtime, ids.at[i], options->force, err) == 0)
            continue;
        if (!options->force || err->kind != ERR_NOT_FOUND) // gone is what force wants
            return -1;
    }
    return 0;
}
const struct command delete_command = {.name = "delete",
                                       .arguments = "ID",
                                       .help = "Remove a container that has ended",
                                       .options = delete_table,
                                       .options_size = sizeof(struct delete_options),
                                       .min = 1,
                                       .max = 1,
                                       .run = delete_run};

// --- exec --------------------------------------------------------------------------------------

// clang-format off: a table
static const struct option exec_table[] = {
    OPTION_TEXT(struct exec_options, process_file, "process", 'p', "file",
                "process.json: all of the process; no COMMAND then"),
    OPTION_FLAG(struct exec_options, detach, "detach", 'd', "return once the process runs"),
    OPTION_FLAG(struct exec_options, tty, "tty", 't', "give it a terminal"),
    OPTION_TEXT(struct exec_options, console_socket, "console-socket", 0, "path",
                "socket that gets the terminal's descriptor"),
    OPTION_TEXT(struct exec_options, pidfd_socket, "pidfd-socket", 0, "path",
                "socket that gets a pidfd of the process"),
    OPTION_TEXT(struct exec_options, pid_file, "pid-file", 0, "file",
                "write the process's number there"),
    OPTION_TEXT(struct exec_options, cwd, "cwd", 0, "dir",
                "its working directory, in the container"),
    OPTION_LIST(struct exec_options, env, "env", 'e', "NAME=VALUE", "add to its environment"),
    OPTION_TEXT(struct exec_options, user, "user", 'u', "UID[:GID]", "who it runs as"),
    OPTION_LIST(struct exec_options, additional_gids, "additional-gids", 'g', "GID",
                "further groups"),
    OPTION_LIST(struct exec_options, caps, "cap", 'c', "CAP", "add a capability"),
    OPTION_FLAG(struct exec_options, no_new_privs, "no-new-privs", 0, "it can gain no privileges"),
    OPTION_TEXT(struct exec_options, process_label, "process-label", 0, "label",
                "its SELinux label"),
    OPTION_TEXT(struct exec_options, apparmor, "apparmor", 0, "profile", "its AppArmor profile"),
    OPTION_TEXT(struct exec_options, cgroup, "cgroup", 0, "path", "a cgroup below the container's"),
    OPTION_INT(struct exec_options, preserve_fds, "preserve-fds", 0,
               "how many descriptors from 3 on it inherits"),
    OPTION_FLAG(struct exec_options, ignore_paused, "ignore-paused", 0,
                "let it wait when the container is paused"),
    {},
};
// clang-format on

static int64_t exec_inherits(const void *options)
{
    return inherited(((const struct exec_options *)options)->preserve_fds);
}

static int exec_run(struct command_call *call, struct err *err)
{
    struct exec_options options = *(const struct exec_options *)call->options;
    options.id = call->arguments.at[0];
    options.preserve_fds = inherited_in(call->arena, options.preserve_fds);
    options.args = (struct words){call->arguments.at + 1, call->arguments.n - 1};
    if (options.args.n != 0 && options.process_file != NULL)
        return fail(err, ERR_INVALID, "exec: a COMMAND and --process exclude each other");
    if (options.args.n == 0 && options.process_file == NULL)
        return fail(err, ERR_INVALID, "exec: a COMMAND or --process FILE is needed");
    return runtime_exec(call->runtime, &options, &call->exit_code, err);
}

enum { EXEC_FAILED = 255 }; // as runc: the runtime failed, not the command
const struct command exec_command = {"exec",
                                     "ID COMMAND [ARGUMENT...]",
                                     "Run a further process in a container",
                                     exec_table,
                                     sizeof(struct exec_options),
                                     COMMAND_FIRST | COMMAND_ENTERS,
                                     1,
                                     -1,
                                     EXEC_FAILED,
                                     exec_inherits,
                                     exec_run};
