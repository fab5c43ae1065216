// SPDX-License-Identifier: Apache-2.0
// restore.c — a container from the files that checkpoint made, by criu.
//
// The runtime makes the record and the control group, as for create; criu makes the processes. It
// runs in the control group, so what it makes is there, too, and in a mount namespace of its own,
// where the root file system is the mount point that criu asks for: when criu ends, that mount is
// gone. Hooks of the points before poststop do not run: the restored program is past them.
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/process.h"
#include "runtime/commands.h"
#include "runtime/criu.h"
#include "runtime/foreground.h"
#include "runtime/report.h"
#include "runtime/verbs.h"
#include "seccomp/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>

enum { DESCRIPTORS_MAX = 64 * 1024 };

struct restore_options {
    struct criu_options criu;
    const char *bundle, *pid_file, *console_socket, *lsm_profile, *lsm_mount_context;
    bool detach, no_subreaper, no_pivot;
};

// clang-format off: a table
static const struct option restore_table[] = {
    OPTION_TEXT(struct restore_options, criu.image_path, "image-path", 0, "dir",
                "where the images are (default ./checkpoint)"),
    OPTION_TEXT(struct restore_options, criu.work_path, "work-path", 0, "dir",
                "where criu's log goes (default: --image-path)"),
    OPTION_TEXT(struct restore_options, bundle, "bundle", 'b', "dir",
                "the bundle (default: the current directory)"),
    OPTION_FLAG(struct restore_options, detach, "detach", 'd',
                "return once the container is restored"),
    OPTION_TEXT(struct restore_options, pid_file, "pid-file", 0, "file",
                "write the first process's number there"),
    OPTION_TEXT(struct restore_options, console_socket, "console-socket", 0, "path",
                "refused: terminals cannot be restored"),
    OPTION_FLAG(struct restore_options, no_subreaper, "no-subreaper", 0,
                "do not adopt the container's orphans"),
    OPTION_FLAG(struct restore_options, no_pivot, "no-pivot", 0, "accepted; criu decides"),
    OPTION_FLAG(struct restore_options, criu.tcp_established, "tcp-established", 0,
                "restore open TCP connections, too"),
    OPTION_FLAG(struct restore_options, criu.ext_unix_sk, "ext-unix-sk", 0,
                "allow unix sockets that lead outside"),
    OPTION_FLAG(struct restore_options, criu.shell_job, "shell-job", 0,
                "allow a terminal that leads outside"),
    OPTION_FLAG(struct restore_options, criu.file_locks, "file-locks", 0,
                "restore file locks, too"),
    OPTION_FLAG(struct restore_options, criu.lazy_pages, "lazy-pages", 0, "fetch memory on demand"),
    OPTION_TEXT(struct restore_options, criu.manage_cgroups_mode, "manage-cgroups-mode", 0, "mode",
                "what criu does to cgroups: none props soft full strict ignore (default ignore)"),
    OPTION_TEXT(struct restore_options, criu.empty_ns, "empty-ns", 0, "network",
                "leave the network namespace empty"),
    OPTION_FLAG(struct restore_options, criu.auto_dedup, "auto-dedup", 0,
                "punch restored pages out of the images"),
    OPTION_TEXT(struct restore_options, lsm_profile, "lsm-profile", 0, "TYPE:NAME",
                "another AppArmor profile or SELinux label"),
    OPTION_TEXT(struct restore_options, lsm_mount_context, "lsm-mount-context", 0, "context",
                "another SELinux mount context"),
    {},
};
// clang-format on

struct restoring {
    struct command_call *command;
    const struct restore_options *options;
    struct container container;
    struct oci_config config;
    const char *bundle_path, *rootfs_path;
    bool has_dir, has_cgroup;
    pid_t pid;
};

static int read_bundle(struct restoring *restoring, struct err *err)
{
    struct arena *arena = restoring->command->arena;
    const char *path = restoring->options->bundle != NULL ? restoring->options->bundle : ".";
    AUTO_FD int bundle = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (bundle < 0)
        return fail_sys(err, "open the bundle %s", path);
    AUTO_FREE char *link = str_printf("/proc/self/fd/%d", bundle);
    char real[PATH_MAX];
    ssize_t n = readlink(link, real, sizeof real);
    if (n < 0)
        return fail_sys(err, "find the path of the bundle %s", path);
    restoring->bundle_path = arena_strndup(arena, real, (size_t)n);
    if (oci_config_read(arena, bundle, "config.json", &restoring->config, err) < 0)
        return fail_in(err, "bundle %s", restoring->bundle_path);
    const struct oci_config *config = &restoring->config;
    if (config->process == NULL || config->root == NULL)
        return fail(err, ERR_INVALID, "bundle %s: config.json: process and root: are required",
                    restoring->bundle_path);
    if (config->process->terminal || restoring->options->console_socket != NULL)
        return fail(err, ERR_INVALID,
                    "a container with a terminal cannot be restored: criu's command line has no "
                    "way to hand the terminal over");
    const char *root = config->root->path;
    restoring->rootfs_path =
        *root == '/' ? root : arena_printf(arena, "%s/%s", restoring->bundle_path, root);
    return 0;
}

// In the process that becomes criu.
static int prepare_criu(void *context, struct err *err)
{
    const struct restoring *restoring = context;
    const char *root = restoring->rootfs_path;
    int cgroup = cgroup_clone_fd(restoring->container.cgroup);
    if (cgroup >= 0 && file_put_at(cgroup, "cgroup.procs", "0", err) < 0)
        return fail_in(err, "join the container's cgroup");
    if (cgroup < 0 && cgroup_enter(restoring->container.cgroup) < 0)
        return fail_sys(err, "join the container's cgroup");
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return fail_sys(err, "make a mount namespace for criu");
    if (mount(root, root, NULL, MS_BIND | MS_REC, NULL) < 0)
        return fail_sys(err, "make %s a mount point for criu", root);
    return 0;
}

// Joined namespaces are given as open descriptors, which criu inherits.
static int add_namespaces(struct criu_call *call, const struct oci_config *config, struct err *err)
{
    static const char *const kinds[][2] = {{"network", "extRootNetNS"}, {"pid", "extRootPidNS"}};
    for (size_t i = 0; i < N_ELEMENTS(kinds); i++) {
        const struct oci_namespace *namespace = oci_namespace_get(config, kinds[i][0]);
        if (namespace == NULL || text_is_empty(namespace->path))
            continue;
        int fd = open(namespace->path, O_RDONLY); // inherited on purpose
        if (fd < 0)
            return fail_sys(err, "%s namespace %s", kinds[i][0], namespace->path);
        criu_add_value(call, "--inherit-fd", "fd[%d]:%s", fd, kinds[i][1]);
    }
    return 0;
}

struct descriptors {
    const char **names;
    size_t n_names;
};

static const struct json_field descriptors_fields[] = {
    JSON_ARRAY(struct descriptors, names, JSON_OPTIONAL),
    {},
};

// descriptors.json is a bare list; the tables read objects.
static int add_pipes(struct criu_call *call, struct err *err)
{
    AUTO_FD int dir = open(call->image_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    AUTO_BUF struct buf list, object;
    buf_init(&list, DESCRIPTORS_MAX);
    buf_init(&object, DESCRIPTORS_MAX + 100);
    if (dir < 0)
        return fail_sys(err, "open %s", call->image_path);
    if (file_read_at(dir, "descriptors.json", &list, err) < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1; // images of another program: criu will tell
    buf_printf(&object, "{\"names\":%s}", buf_get(&list));
    struct descriptors descriptors = {};
    if (json_decode(call->arena, buf_get(&object), object.n, descriptors_fields, &descriptors,
                    JSON_LENIENT, err) < 0)
        return fail_in(err, "%s/descriptors.json", call->image_path);
    for (size_t i = 0; i < descriptors.n_names && i <= STDERR_FILENO; i++) {
        if (text_starts(descriptors.names[i], "pipe:"))
            criu_add_value(call, "--inherit-fd", "fd[%zu]:%s", i, descriptors.names[i]);
    }
    return 0;
}

static int run_criu(struct restoring *restoring, struct err *err)
{
    const struct restore_options *options = restoring->options;
    struct criu_call call = {
        .arena = restoring->command->arena, .prepare = prepare_criu, .context = restoring};
    const struct runtime *runtime = restoring->command->runtime;
    const char *pid_path =
        arena_printf(call.arena, "%s/%s/restore.pid", runtime->root_path, restoring->container.id);
    if (criu_begin(&call, "restore", &options->criu, err) < 0)
        return -1;
    criu_add(&call, "--restore-detached");
    criu_add_value(&call, "--root", "%s", restoring->rootfs_path);
    criu_add_value(&call, "--pidfile", "%s", pid_path);
    if (options->lsm_profile != NULL)
        criu_add_value(&call, "--lsm-profile", "%s", options->lsm_profile);
    if (options->lsm_mount_context != NULL)
        criu_add_value(&call, "--lsm-mount-context", "%s", options->lsm_mount_context);
    criu_add_config(&call, restoring->config.annotations, restoring->config.n_annotations);
    criu_add_mounts(&call, &restoring->config, &restoring->container, true);
    if (add_namespaces(&call, &restoring->config, err) < 0 || add_pipes(&call, err) < 0 ||
        criu_run(&call, err) < 0)
        return -1;
    if (process_read_pid(restoring->container.dir, "restore.pid", &restoring->pid, err) < 0)
        return fail_in(err, "criu has not said which process it restored");
    return 0;
}

// criu restores the filter of each process; a later exec needs it from the cache.
static int load_filter(struct restoring *restoring, struct err *err)
{
    const struct oci_seccomp *profile = restoring->config.linux_.seccomp;
    struct seccomp_program program = {};
    int r =
        profile == NULL ? 0 : container_load_filter(&restoring->container, profile, &program, err);
    seccomp_program_done(&program);
    return r;
}

static int make(struct restoring *restoring, struct err *err)
{
    struct container *container = &restoring->container;
    if (read_bundle(restoring, err) < 0 || container_make_dir(container, err) < 0)
        return -1;
    restoring->has_dir = true;
    container_describe(container, &restoring->config, restoring->bundle_path,
                       restoring->rootfs_path);
    if (load_filter(restoring, err) < 0 ||
        container_plan_cgroup(container, &restoring->config, err) < 0)
        return -1;
    if (cgroup_make(container->cgroup, restoring->config.linux_.resources, err) < 0)
        return -1;
    restoring->has_cgroup = true;
    if (run_criu(restoring, err) < 0)
        return -1;
    char state;
    container->record.pid = restoring->pid;
    if (process_stat(restoring->pid, &container->record.pid_start, &state, err) < 0)
        return fail_in(err, "the restored process");
    if (cgroup_wants_attach(container->cgroup) &&
        cgroup_attach(container->cgroup, restoring->pid, restoring->config.linux_.resources, err) <
            0)
        return -1;
    if (container_save(container, err) < 0)
        return -1;
    return restoring->options->pid_file != NULL
               ? report_pid_file(restoring->options->pid_file, restoring->pid, err)
               : 0;
}

static void undo(struct restoring *restoring)
{
    struct err why;
    if (restoring->has_cgroup && cgroup_remove(restoring->container.cgroup, &why) < 0)
        log_warning("container %s: %s", restoring->container.id, why.text);
    if (restoring->has_dir &&
        container_remove_dir(restoring->command->runtime, restoring->container.id, &why) < 0)
        log_warning("container %s: %s", restoring->container.id, why.text);
}

static int wait_and_delete(const struct command_call *call, const char *id, pid_t pid, int pidfd,
                           int *out_exit_code, struct err *err)
{
    if (foreground_wait(pid, pidfd, -1, out_exit_code, err) < 0)
        return -1;
    return runtime_delete(call->runtime, id, true, err);
}

static int restore_run(struct command_call *call, struct err *err)
{
    const struct restore_options *options = call->options;
    const char *id = call->arguments.at[0];
    if (container_id_check(id, err) < 0)
        return -1;
    if (!options->detach && !options->no_subreaper)
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1); // criu leaves us its child when it ends
    struct restoring restoring = {
        .command = call, .options = options, .container = {.runtime = call->runtime, .dir = -1}};
    restoring.container.id = arena_strdup(&restoring.container.arena, id);
    int r = make(&restoring, err);
    AUTO_FD int pidfd = r == 0 ? container_pidfd(&restoring.container, err) : -1;
    if (r < 0)
        undo(&restoring);
    container_close(&restoring.container);
    if (r < 0)
        return fail_in(err, "restore container \"%s\"", id);
    if (pidfd < 0)
        return -1;
    return options->detach ? 0
                           : wait_and_delete(call, id, restoring.pid, pidfd, &call->exit_code, err);
}

const struct command restore_command = {.name = "restore",
                                        .arguments = "ID",
                                        .help = "Make a container from what checkpoint saved",
                                        .options = restore_table,
                                        .options_size = sizeof(struct restore_options),
                                        .min = 1,
                                        .max = 1,
                                        .flags = COMMAND_ENTERS,
                                        .run = restore_run};
