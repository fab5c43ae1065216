// SPDX-License-Identifier: Apache-2.0
// commands.c — from the command line to the verb, and from its failure to the caller.
//
//   dhow-runtime [global options] COMMAND [options] [arguments]
//
// Order matters: all options are read before anything is opened, for they say which inherited file
// descriptors are meant for us; the others are closed (S-6). Then the log, then the protected copy
// (S-7), then the root directory.
//
// A failure goes to standard error for people and, with --log, as the last line into that file:
// dockerd, containerd and conmon read it from there and show it to their user.
#include "runtime/commands.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/self.h"
#include "linux/socket.h"
#include "oci/state.h"
#include "runtime/version.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define PROGRAM      "dhow-runtime"
#define ROOT_DEFAULT "/run/dhow/runtime"

enum { HELP_MAX = 64 * 1024, FIRST_FD = 3, EXIT_FAILED = 1 };

static const struct command *const commands[] = {
    &create_command, &start_command,   &run_command,    &exec_command,       &state_command,
    &list_command,   &ps_command,      &kill_command,   &delete_command,     &pause_command,
    &resume_command, &update_command,  &events_command, &checkpoint_command, &restore_command,
    &spec_command,   &features_command};

struct global_options {
    const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless;
    bool debug, systemd_cgroup, help, version;
};
static const struct option global_options[] = {
    OPTION_TEXT(struct global_options, root, "root", 0, "dir",
                "where containers' states are kept (" ROOT_DEFAULT
                "; rootless: $XDG_RUNTIME_DIR/dhow/runtime)"),
    OPTION_TEXT(struct global_options, log, "log", 0, "file",
                "write the log to FILE, file:FILE, syslog:NAME or journald:NAME"),
    OPTION_TEXT(struct global_options, log_format, "log-format", 0, "format",
                "text or json (default text)"),
    OPTION_TEXT(struct global_options, log_level, "log-level", 0, "level",
                "error, warning, info or debug (default warning)"),
    OPTION_FLAG(struct global_options, debug, "debug", 0, "the same as --log-level debug"),
    OPTION_FLAG(struct global_options, systemd_cgroup, "systemd-cgroup", 0,
                "let systemd make the cgroups; cgroupsPath is slice:prefix:name then"),
    OPTION_TEXT(struct global_options, cgroup_manager, "cgroup-manager", 0, "name",
                "cgroupfs, systemd or disabled (default cgroupfs)"),
    OPTION_TEXT(struct global_options, rootless, "rootless", 0, "when",
                "do without what only root may do: auto, true or false (default auto)"),
    OPTION_FLAG(struct global_options, help, "help", 'h', "show this help"),
    OPTION_FLAG(struct global_options, version, "version", 'v', "show the version"),
    {},
};

struct invocation {
    struct arena arena;
    struct global_options global;
    const struct command *command;
    void *options;
    struct words arguments;
    bool has_log;
};

static int read_line(struct invocation *in, int argc, char **argv, struct err *err);
static int inherit(const struct invocation *in, struct err *err);
static int open_log(struct invocation *in, struct err *err);
static int open_runtime(struct invocation *in, struct runtime *out, struct err *err);
static void show_help(const struct command *command);
static void show_version(void);

static int run(struct invocation *in, int argc, char **argv, struct err *err)
{
    if (read_line(in, argc, argv, err) < 0)
        return -1;
    if (in->global.help || in->global.version || in->command == NULL) {
        if (in->global.version)
            show_version();
        else
            show_help(in->command);
        return 0;
    }
    if (inherit(in, err) < 0 || open_log(in, err) < 0)
        return -1;
    if ((in->command->flags & COMMAND_ENTERS) && self_protect(argv, err) < 0)
        return -1;
    struct runtime runtime = {.root = -1};
    if (open_runtime(in, &runtime, err) < 0)
        return -1;
    struct command_call call = {&runtime, &in->arena, in->options, in->arguments, 0};
    int r = in->command->run(&call, err);
    if (runtime.root >= 0)
        (void)close(runtime.root);
    return r < 0 ? -1 : call.exit_code;
}

int commands_main(int argc, char **argv)
{
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL); // what our caller blocked is not the container's
    (void)signal(SIGCHLD, SIG_DFL);              // ignored, it would hide how a child ended
    umask(022);
    struct invocation in = {};
    struct err err = {};
    int status = run(&in, argc, argv, &err);
    if (status < 0) {
        if (in.has_log)
            log_error("%s", err.text);
        if (in.has_log || !text_equal(in.global.log_format, "json"))
            dprintf(STDERR_FILENO, PROGRAM ": %s\n", err.text);
        else
            log_error("%s", err.text);
        status = in.command != NULL && in.command->failure != 0 ? in.command->failure : EXIT_FAILED;
    }
    arena_done(&in.arena);
    return status;
}

static int find_command(const char *name, const struct command **out, struct err *err)
{
    const char *names[N_ELEMENTS(commands) + 1] = {};
    for (size_t i = 0; i < N_ELEMENTS(commands); i++) {
        names[i] = commands[i]->name;
        if (strcmp(name, names[i]) == 0) {
            *out = commands[i];
            return 0;
        }
    }
    const char *near = suggest_near(name, names);
    return fail(err, ERR_INVALID, "unknown command \"%s\"%s%s%s (see " PROGRAM " --help)", name,
                near != NULL ? " (did you mean \"" : "", near != NULL ? near : "",
                near != NULL ? "\"?)" : "");
}

// --help among a command's own options, before the first word that may belong to somebody else.
static bool asks_for_help(const struct command *command, const struct words *line)
{
    for (size_t i = 0; i < line->n; i++) {
        const char *word = line->at[i];
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
            return true;
        if (strcmp(word, "--") == 0 || (*word != '-' && (command->flags & COMMAND_FIRST)))
            return false;
    }
    return false;
}

static int check_count(const struct command *command, size_t n, struct err *err)
{
    if (n >= (size_t)command->min && (command->max < 0 || n <= (size_t)command->max))
        return 0;
    return fail(err, ERR_INVALID, "%s: %s arguments: usage: " PROGRAM " %s [options] %s",
                command->name, n < (size_t)command->min ? "too few" : "too many", command->name,
                command->arguments);
}

static int read_line(struct invocation *in, int argc, char **argv, struct err *err)
{
    static const struct option no_options[] = {{}};
    struct words line;
    if (options_parse(&in->arena, global_options, argc - 1, argv + 1, OPTIONS_FIRST, &in->global,
                      &line, err) < 0)
        return -1;
    if (in->global.version || line.n == 0)
        return 0;
    if (strcmp(line.at[0], "help") == 0) {
        in->global.help = true;
        return line.n > 1 ? find_command(line.at[1], &in->command, err) : 0;
    }
    if (find_command(line.at[0], &in->command, err) < 0)
        return -1;
    const struct command *command = in->command;
    line.at++;
    line.n--;
    if (in->global.help || asks_for_help(command, &line)) {
        in->global.help = true;
        return 0;
    }
    in->options = arena_alloc(&in->arena, command->options_size + 1);
    if (options_parse(&in->arena, command->options != NULL ? command->options : no_options,
                      (int)line.n, argv + (argc - (int)line.n),
                      command->flags & COMMAND_FIRST ? OPTIONS_FIRST : OPTIONS_MIXED, in->options,
                      &in->arguments, err) < 0)
        return fail_in(err, "%s", command->name);
    return check_count(command, in->arguments.n, err);
}

// Keeps 0…2 and what was named, makes sure that 0…2 are something, closes the rest.
static int inherit(const struct invocation *in, struct err *err)
{
    int64_t keep = in->command->inherits != NULL ? in->command->inherits(in->options) : 0;
    if (keep < 0 || keep > INT16_MAX)
        return fail(err, ERR_INVALID, "--preserve-fds %lld: not a number of file descriptors",
                    (long long)keep);
    if (close_range((unsigned)(FIRST_FD + keep), ~0U, 0) < 0)
        return fail_sys(err, "close inherited file descriptors");
    for (int fd = 0; fd < FIRST_FD; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) // inherited on purpose
            return fail_sys(err, "open /dev/null as file descriptor %d", fd);
    }
    return 0;
}

struct word_value {
    const char *word;
    int value;
};
// The word's value, `otherwise` when no word was given; ERR_INVALID names what can be said.
static int choose(const char *option, const char *word, int otherwise,
                  const struct word_value *words, struct err *err)
{
    if (word == NULL)
        return otherwise;
    AUTO_BUF struct buf all;
    buf_init(&all, 200);
    for (; words->word != NULL; words++) {
        if (strcmp(words->word, word) == 0)
            return words->value;
        buf_printf(&all, "%s%s", all.n != 0 ? ", " : "", words->word);
    }
    return fail(err, ERR_INVALID, "invalid %s \"%s\": expected one of %s", option, word,
                buf_get(&all));
}

// The system's log takes datagrams; without a header they count as user.notice.
static int connect_log(const char *path, struct err *err)
{
    int fd = socket_connect(path, SOCK_DGRAM, err);
    return fd < 0 ? fail_in(err, "--log") : fd;
}

static int open_log_target(const char *log, struct err *err)
{
    if (text_starts(log, "journald:"))
        return connect_log("/run/systemd/journal/dev-log", err);
    if (text_starts(log, "syslog:"))
        return connect_log("/dev/log", err);
    const char *path = text_starts(log, "file:") ? log + strlen("file:") : log;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
    return fd < 0 ? fail_sys(err, "open log file %s", path) : fd;
}

static int open_log(struct invocation *in, struct err *err)
{
    static const struct word_value formats[] = {{"text", false}, {"json", true}, {}};
    static const struct word_value levels[] = {
        {"error", LOG_LEVEL_ERROR}, {"warning", LOG_LEVEL_WARNING}, {"warn", LOG_LEVEL_WARNING},
        {"info", LOG_LEVEL_INFO},   {"debug", LOG_LEVEL_DEBUG},     {}};
    int is_json = choose("--log-format", in->global.log_format, false, formats, err);
    int level = choose("--log-level", in->global.log_level,
                       in->global.debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, levels, err);
    if (is_json < 0 || level < 0)
        return -1;
    int fd = STDERR_FILENO;
    if (!text_is_empty(in->global.log)) {
        fd = open_log_target(in->global.log, err);
        if (fd < 0)
            return -1;
        in->has_log = true;
    }
    log_setup(fd, is_json, (enum log_level)level);
    return 0;
}

// In a user namespace that does not map everything, even uid 0 is not the machine's root.
static bool is_rootless_here(void)
{
    if (geteuid() != 0)
        return true;
    AUTO_BUF struct buf map;
    buf_init(&map, 4096);
    AUTO_FD int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
    char *room = buf_room(&map, 256);
    ssize_t n = fd >= 0 ? read(fd, room, 256) : 0;
    if (n <= 0)
        return false;
    buf_grew(&map, (size_t)n);
    return strstr(buf_get(&map), "4294967295") == NULL;
}

static int open_root(const char *path, struct err *err)
{
    AUTO_FD int made = dir_make_at(AT_FDCWD, path, 0700, err);
    if (made < 0)
        return fail_in(err, "--root %s", path);
    int fd = openat(made, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? fail_sys(err, "open --root %s", path) : fd;
}

static int open_runtime(struct invocation *in, struct runtime *out, struct err *err)
{
    enum { AUTO = 2 };
    static const struct word_value when[] = {{"auto", AUTO}, {"true", true}, {"false", false}, {}};
    static const struct word_value drivers[] = {{"cgroupfs", CGROUP_CGROUPFS},
                                                {"systemd", CGROUP_SYSTEMD},
                                                {"disabled", CGROUP_DISABLED},
                                                {}};
    const struct global_options *global = &in->global;
    int rootless = choose("--rootless", global->rootless, AUTO, when, err);
    int driver = choose("--cgroup-manager", global->cgroup_manager,
                        global->systemd_cgroup ? CGROUP_SYSTEMD : CGROUP_CGROUPFS, drivers, err);
    if (rootless < 0 || driver < 0)
        return -1;
    bool is_rootless = rootless == AUTO ? is_rootless_here() : rootless == true;
    const char *path = global->root;
    const char *own = getenv("XDG_RUNTIME_DIR");
    if (text_is_empty(path))
        path = is_rootless && !text_is_empty(own) ? arena_printf(&in->arena, "%s/dhow/runtime", own)
                                                  : ROOT_DEFAULT;
    int root = -1;
    if (!(in->command->flags & COMMAND_ROOTLESS)) {
        root = open_root(path, err);
        if (root < 0)
            return -1;
    }
    *out = (struct runtime){.root_path = path,
                            .root = root,
                            .driver = (enum cgroup_driver)driver,
                            .is_rootless = is_rootless,
                            .is_debug = global->debug};
    return 0;
}

static void show_version(void)
{
    // dockerd takes what stands before and after "version" in the first line, and "commit:" from
    // any.
    printf(PROGRAM " version %s\ncommit: %s\nspec: " OCI_VERSION "\n", runtime_version,
           runtime_commit);
}

static void show_help(const struct command *command)
{
    AUTO_BUF struct buf out;
    buf_init(&out, HELP_MAX);
    if (command != NULL) {
        buf_printf(&out, "Usage: " PROGRAM " [global options] %s [options] %s\n\n%s\n",
                   command->name, command->arguments, command->help);
        if (command->options != NULL) {
            buf_text(&out, "\nOptions:\n");
            options_help(command->options, &out);
        }
    } else {
        buf_text(&out, "Usage: " PROGRAM " [global options] COMMAND [options] [arguments]\n\n"
                       "Runs containers as the OCI runtime specification " OCI_VERSION
                       " says: a bundle (a directory with\nconfig.json and a root file system) "
                       "becomes a process in a container.\n\nCommands:\n");
        for (size_t i = 0; i < N_ELEMENTS(commands); i++)
            buf_printf(&out, "  %-11s %s\n", commands[i]->name, commands[i]->help);
        buf_text(&out, "\nGlobal options:\n");
        options_help(global_options, &out);
        buf_text(&out, "\nA command's own options: " PROGRAM " COMMAND --help\n");
    }
    fputs(buf_get(&out), stdout);
}
