// SPDX-License-Identifier: Apache-2.0
// criu.c — the command line of criu(8), and what its log says when it fails.
//
// criu is found by the runtime's own PATH. It is told by options, not by its RPC: a terminal's
// master cannot be handed over that way, which restore refuses.
#include "runtime/criu.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { LOG_MAX = 64 * 1024 * 1024, NOT_FOUND_STATUS = 127 };

static const char null_device[] = "/dev/null";
static const char default_config[] = "/etc/criu/dhow-runtime.conf";

void criu_add(struct criu_call *call, const char *word)
{
    words_add(call->arena, &call->words, word);
}

void criu_add_value(struct criu_call *call, const char *option, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    AUTO_FREE char *value = str_vprintf(fmt, args);
    va_end(args);
    criu_add(call, option);
    criu_add(call, arena_strdup(call->arena, value));
}

static int make_directory(const char *option, const char *path, struct err *err)
{
    int fd = dir_make_at(AT_FDCWD, path, 0700, err);
    if (fd < 0)
        return fail_in(err, "%s %s", option, path);
    (void)close(fd);
    return 0;
}

static int check_mode(const char *mode, struct err *err)
{
    static const char *const modes[] = {"none", "props", "soft", "full", "strict", "ignore"};
    for (size_t i = 0; i < N_ELEMENTS(modes); i++) {
        if (strcmp(modes[i], mode) == 0)
            return 0;
    }
    return fail(err, ERR_INVALID,
                "invalid --manage-cgroups-mode \"%s\": expected none, props, soft, full, strict or "
                "ignore",
                mode);
}

static void add_switches(struct criu_call *call, const struct criu_options *options)
{
    const struct {
        bool is_set;
        const char *flag;
    } switches[] = {
        {options->tcp_established, "--tcp-established"},
        {options->ext_unix_sk, "--ext-unix-sk"},
        {options->shell_job, "--shell-job"},
        {options->file_locks, "--file-locks"},
        {options->auto_dedup, "--auto-dedup"},
        {options->lazy_pages, "--lazy-pages"},
    };
    for (size_t i = 0; i < N_ELEMENTS(switches); i++) {
        if (switches[i].is_set)
            criu_add(call, switches[i].flag);
    }
}

int criu_begin(struct criu_call *call, const char *verb, const struct criu_options *options,
               struct err *err)
{
    const char *images = options->image_path != NULL ? options->image_path : "checkpoint";
    const char *work = options->work_path != NULL ? options->work_path : images;
    // By default criu leaves the control groups alone: the runtime makes and fills them.
    const char *mode =
        options->manage_cgroups_mode != NULL ? options->manage_cgroups_mode : "ignore";
    if (check_mode(mode, err) < 0 || make_directory("--image-path", images, err) < 0 ||
        make_directory("--work-path", work, err) < 0)
        return -1;
    if (options->empty_ns != NULL && strcmp(options->empty_ns, "network") != 0 &&
        strcmp(options->empty_ns, "net") != 0)
        return fail(err, ERR_INVALID, "invalid --empty-ns \"%s\": only network can be empty",
                    options->empty_ns);
    call->verb = verb;
    call->image_path = images;
    call->work_path = work;
    criu_add(call, "criu");
    criu_add(call, verb);
    criu_add_value(call, "--images-dir", "%s", images);
    criu_add_value(call, "--work-dir", "%s", work);
    criu_add_value(call, "--log-file", "%s.log", verb);
    criu_add(call, "-v4");
    criu_add(call, arena_printf(call->arena, "--manage-cgroups=%s", mode)); // its value is optional
    if (options->empty_ns != NULL)
        criu_add_value(call, "--empty-ns", "net");
    add_switches(call, options);
    return 0;
}

void criu_add_config(struct criu_call *call, const struct json_pair *annotations, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(annotations[i].key, "org.criu.config") == 0) {
            criu_add_value(call, "--config", "%s", annotations[i].value);
            return;
        }
    }
    if (access(default_config, R_OK) == 0)
        criu_add_value(call, "--config", "%s", default_config);
}

static bool is_bind(const struct oci_mount *mount)
{
    for (size_t i = 0; i < mount->n_options; i++) {
        if (strcmp(mount->options[i], "bind") == 0 || strcmp(mount->options[i], "rbind") == 0)
            return true;
    }
    return text_equal(mount->type, "bind");
}

static void add_mount(struct criu_call *call, const char *destination, const char *value)
{
    criu_add_value(call, "--external", "mnt[%s]:%s", destination, value);
}

static void add_cgroup_mounts(struct criu_call *call, const char *destination,
                              const struct container *container, bool is_restore)
{
    size_t n = 0;
    const struct cgroup_mount *mounts =
        container->cgroup != NULL ? cgroup_mounts_get(container->cgroup, &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        if (mounts[i].name == NULL) // v2: criu knows it
            continue;
        AUTO_FREE char *at = str_printf("%s/%s", destination, mounts[i].name);
        add_mount(call, at, is_restore ? mounts[i].path : at);
    }
}

// Masked files are bind mounts of the null device; masked directories are file systems of their
// own, which criu saves. The kernel's table tells them apart (its fields 4 and 5: root, mount
// point).
static void add_masks(struct criu_call *call, const struct oci_config *config, int64_t pid)
{
    AUTO_FREE char *path = str_printf("/proc/%lld/mountinfo", (long long)pid);
    AUTO_BUF struct buf table;
    buf_init(&table, LOG_MAX);
    struct err gone; // then criu says so, too
    if (file_read_at(AT_FDCWD, path, &table, &gone) < 0)
        return;
    for (size_t i = 0; i < config->linux_.n_maskedPaths; i++) {
        AUTO_FREE char *entry = str_printf("/null %s ", config->linux_.maskedPaths[i]);
        if (strstr(buf_get(&table), entry) != NULL)
            add_mount(call, config->linux_.maskedPaths[i], null_device);
    }
}

void criu_add_mounts(struct criu_call *call, const struct oci_config *config,
                     const struct container *container, bool is_restore)
{
    for (size_t i = 0; i < config->n_mounts; i++) {
        const struct oci_mount *mount = &config->mounts[i];
        if (is_bind(mount) && mount->source != NULL)
            add_mount(call, mount->destination, is_restore ? mount->source : mount->destination);
        else if (text_equal(mount->type, "cgroup"))
            add_cgroup_mounts(call, mount->destination, container, is_restore);
    }
    if (is_restore)
        add_mount(call, null_device, null_device);
    else
        add_masks(call, config, container->record.pid);
}

__attribute__((noreturn)) static void become_criu(const struct criu_call *call)
{
    AUTO_FREE char **argv = xcalloc(call->words.n + 1, sizeof *argv);
    memcpy(argv, call->words.at, call->words.n * sizeof *argv);
    struct err err = {};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (call->prepare != NULL && call->prepare(call->context, &err) < 0) {
        dprintf(STDERR_FILENO, "dhow-runtime: %s\n", err.text);
        _exit(1);
    }
    (void)execvp("criu", argv);
    _exit(NOT_FOUND_STATUS);
}

// criu marks errors as "(00.012345) Error (criu/file.c:12): text"; the first is the cause, the last
// the consequence.
static int explain(const struct criu_call *call, int status, struct err *err)
{
    AUTO_FREE char *path = str_printf("%s/%s.log", call->work_path, call->verb);
    AUTO_BUF struct buf log;
    buf_init(&log, LOG_MAX);
    struct err ignored;
    struct str first = {}, last = {};
    if (file_read_at(AT_FDCWD, path, &log, &ignored) == 0) {
        struct str rest = {log.at, log.n};
        while (rest.n != 0) {
            struct str line = str_cut(&rest, '\n');
            const char *mark = memmem(line.at, line.n, "Error (", strlen("Error ("));
            if (mark == NULL)
                continue;
            last = (struct str){mark, line.n - (size_t)(mark - line.at)};
            if (first.n == 0)
                first = last;
        }
    }
    bool has_two = first.at != last.at;
    return fail(err, ERR_SYSTEM, "criu %s failed (%s %d)%s%.*s%s%.*s; its log: %s", call->verb,
                WIFEXITED(status) ? "exit status" : "signal",
                WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
                first.n != 0 ? ": " : "", (int)first.n, first.at, has_two ? " … " : "",
                has_two ? (int)last.n : 0, last.at, path);
}

int criu_run(struct criu_call *call, struct err *err)
{
    pid_t pid = fork();
    if (pid < 0)
        return fail_sys(err, "fork criu");
    if (pid == 0)
        become_criu(call);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return fail_sys(err, "wait for criu");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND_STATUS)
        return fail(err, ERR_UNAVAILABLE, "criu cannot be executed: install it (package criu)");
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : explain(call, status, err);
}
