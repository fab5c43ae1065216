// SPDX-License-Identifier: Apache-2.0
// exec.c — another process in a running container.
//
//     runtime ── clone ──▶ between ── setns(pidfd) ── clone(CLONE_PARENT) ──▶ the process
//
// The process in between joins the cgroup and all namespaces of the first process by one pidfd
// (nothing can be swapped under a path) and makes the new one, which alone is visible inside. It is
// undumpable before it is anywhere near (CVE-2016-9962).
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/path.h"
#include "linux/process.h"
#include "linux/user.h"
#include "runtime/annotations.h"
#include "runtime/foreground.h"
#include "runtime/handshake.h"
#include "runtime/init.h"
#include "runtime/report.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

struct executing {
    struct container *container;
    const struct exec_options *options;
    struct oci_process process;
    struct process_plan plan;
    uint64_t namespaces;
    int target;  // pidfd of the first process
    int control; // ours; the process's in `child_control`
    int child_control;
    int console;
    pid_t pid;
    int pidfd;
};

// --- the process to be
// -----------------------------------------------------------------------------------------------

static int read_process_file(struct executing *exec, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, JSON_TEXT_MAX);
    if (file_read_at(AT_FDCWD, exec->options->process_file, &text, err) < 0 ||
        oci_process_parse(&exec->container->arena, buf_get(&text), text.n, &exec->process, err) < 0)
        return fail_in(err, "--process %s", exec->options->process_file);
    return 0;
}

// Names are looked up in the container's own files, through its first process's root.
static int resolve_user(struct executing *exec, struct err *err)
{
    AUTO_FREE char *path = str_printf("/proc/%d/root", (int)exec->container->record.pid);
    AUTO_FD int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return fail_sys(err, "open the container's root");
    struct err missing;
    AUTO_FD int passwd = path_open_in(root, "/etc/passwd", O_RDONLY | O_NONBLOCK, &missing);
    AUTO_FD int group = path_open_in(root, "/etc/group", O_RDONLY | O_NONBLOCK, &missing);
    struct user user;
    if (user_resolve(exec->options->user, passwd, group, &user, err) < 0)
        return fail_in(err, "--user %s", exec->options->user);
    struct oci_user *to = &exec->process.user;
    to->uid = user.uid;
    to->gid = user.gid;
    to->n_additionalGids = user.n_groups;
    to->additionalGids =
        arena_array(&exec->container->arena, user.n_groups, sizeof *to->additionalGids);
    if (user.n_groups != 0)
        memcpy(to->additionalGids, user.groups, user.n_groups * sizeof *user.groups);
    user_done(&user);
    return 0;
}

static int add_groups(struct executing *exec, struct err *err)
{
    const struct words *asked = &exec->options->additional_gids;
    struct oci_user *user = &exec->process.user;
    if (asked->n == 0)
        return 0;
    uint32_t *gids =
        arena_array(&exec->container->arena, user->n_additionalGids + asked->n, sizeof *gids);
    size_t n = user->n_additionalGids;
    if (n != 0)
        memcpy(gids, user->additionalGids, n * sizeof *gids);
    for (size_t i = 0; i < asked->n; i++)
        if (!str_to_u32(str_of(asked->at[i]), &gids[n++]))
            return fail(err, ERR_INVALID, "--additional-gids %s: expected a group id",
                        asked->at[i]);
    user->additionalGids = gids;
    user->n_additionalGids = n;
    return 0;
}

static void add_capabilities(struct executing *exec)
{
    const struct words *asked = &exec->options->caps;
    if (asked->n == 0)
        return;
    struct arena *arena = &exec->container->arena;
    struct oci_capabilities *all = arena_new(arena, struct oci_capabilities);
    if (exec->process.capabilities != NULL)
        *all = *exec->process.capabilities;
    struct {
        const char ***names;
        size_t *n;
    } sets[] = {{&all->bounding, &all->n_bounding},
                {&all->effective, &all->n_effective},
                {&all->permitted, &all->n_permitted}};
    for (size_t i = 0; i < N_ELEMENTS(sets); i++) {
        const char **names = arena_array(arena, *sets[i].n + asked->n, sizeof *names);
        if (*sets[i].n != 0)
            memcpy(names, *sets[i].names, *sets[i].n * sizeof *names);
        memcpy(names + *sets[i].n, asked->at, asked->n * sizeof *names);
        *sets[i].names = names;
        *sets[i].n += asked->n;
    }
    exec->process.capabilities = all;
}

// The container's own process with what the command line changes.
static int read_command_line(struct executing *exec, struct err *err)
{
    const struct exec_options *options = exec->options;
    struct oci_process *process = &exec->process;
    *process = *exec->container->record.process;
    process->args = options->args.at;
    process->n_args = options->args.n;
    process->terminal = options->tty;
    process->consoleSize = NULL;
    process->scheduler = NULL;
    if (options->cwd != NULL)
        process->cwd = options->cwd;
    if (options->apparmor != NULL)
        process->apparmorProfile = options->apparmor;
    if (options->process_label != NULL)
        process->selinuxLabel = options->process_label;
    process->noNewPrivileges |= options->no_new_privs;
    const char **env =
        arena_array(&exec->container->arena, process->n_env + options->env.n, sizeof *env);
    if (process->n_env != 0)
        memcpy(env, process->env, process->n_env * sizeof *env);
    if (options->env.n != 0)
        memcpy(env + process->n_env, options->env.at, options->env.n * sizeof *env);
    process->env = env;
    process->n_env += options->env.n;
    if (options->user != NULL && resolve_user(exec, err) < 0)
        return -1;
    add_capabilities(exec);
    if (add_groups(exec, err) < 0)
        return -1;
    return oci_process_check(process, err);
}

static int load_filter(struct executing *exec, struct err *err)
{
    const struct container *container = exec->container;
    int found = annotations_filter(container->record.annotations, container->record.n_annotations,
                                   &exec->plan.seccomp, err);
    exec->plan.has_seccomp = found > 0;
    if (found != 0 || container->record.seccomp == NULL)
        return found < 0 ? -1 : 0;
    AUTO_FD int cache = openat(container->runtime->root, SECCOMP_CACHE,
                               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    exec->plan.has_seccomp = true;
    if (cache >= 0 &&
        seccomp_program_load(container->record.seccomp, cache, &exec->plan.seccomp, err) == 0)
        return 0;
    // Somebody cleared the cache, or the kernel changed: the bundle still has the profile.
    AUTO_FD int bundle = open(container->record.bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct oci_config config;
    if (bundle < 0)
        return fail_sys(err, "open the bundle %s for its seccomp profile",
                        container->record.bundle);
    if (oci_config_read(&exec->container->arena, bundle, "config.json", &config, err) < 0)
        return fail_in(err, "bundle %s", container->record.bundle);
    char digest[65] = "";
    if (config.linux_.seccomp != NULL)
        seccomp_digest(config.linux_.seccomp, digest);
    if (strcmp(digest, container->record.seccomp) != 0)
        return fail(err, ERR_CONFLICT,
                    "the seccomp profile of container %s is no longer in the cache, and its bundle "
                    "has another one now",
                    container->id);
    return seccomp_program_get(config.linux_.seccomp, cache, &exec->plan.seccomp, err);
}

static int plan(struct executing *exec, struct err *err)
{
    const struct exec_options *options = exec->options;
    const struct container *container = exec->container;
    enum container_status status;
    if (container_status(container, &status, err) < 0)
        return -1;
    bool may = status == CONTAINER_RUNNING || status == CONTAINER_CREATED ||
               (status == CONTAINER_PAUSED && options->ignore_paused);
    if (!may)
        return fail(err, ERR_CONFLICT, "cannot exec in container %s: it is %s", container->id,
                    container_status_name(status));
    exec->target = container_pidfd(container, err);
    if (exec->target < 0)
        return -1;
    if ((options->process_file != NULL ? read_process_file(exec, err)
                                       : read_command_line(exec, err)) < 0)
        return -1;
    exec->process.terminal |= options->tty;
    if (process_plan(&exec->process, container->record.personality, &exec->plan, err) < 0)
        return -1;
    exec->plan.preserve_fds = options->preserve_fds != NULL ? (int)*options->preserve_fds : 0;
    for (size_t i = 0; i < container->record.n_namespaces; i++)
        exec->namespaces |= namespace_flag(container->record.namespaces[i]);
    if (cgroup_open_for_exec(exec->container->cgroup, options->cgroup, (pid_t)container->record.pid,
                             err) < 0)
        return -1;
    return load_filter(exec, err);
}

static int plan_console(struct executing *exec, struct err *err)
{
    const struct exec_options *options = exec->options;
    if (!exec->process.terminal)
        return 0;
    if (options->console_socket != NULL) {
        exec->plan.console_socket = console_connect(options->console_socket, err);
        return exec->plan.console_socket < 0 ? -1 : 0;
    }
    if (options->detach)
        return fail(err, ERR_INVALID,
                    "exec --tty --detach: somebody must take the terminal, give --console-socket");
    int pair[2];
    if (foreground_console(&exec->container->arena, &exec->process, pair, err) < 0)
        return -1;
    exec->plan.console_socket = pair[0];
    exec->console = pair[1];
    return 0;
}

// --- the process
// -----------------------------------------------------------------------------------------------------

__attribute__((noreturn)) static void be_process(struct executing *exec)
{
    struct err err = {};
    AUTO_FREE char *path = NULL;
    (void)close(exec->control); // or we would never see our maker gone
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool failed = setsid() < 0 && fail_sys(&err, "start a session") < 0;
    failed =
        failed || (exec->process.terminal && terminal_make(&exec->plan, root, false, &err) < 0);
    failed = failed || process_find(&exec->process, &path, &err) < 0 ||
             init_outlive_maker(&err) < 0 ||
             handshake_send(exec->child_control, CHILD_IS_MADE, -1, &err) < 0 ||
             handshake_receive(exec->child_control, PARENT_GO_ON, PARENT_GO_ON, NULL, &err) < 0;
    const struct oci_cpu_affinity *affinity = exec->process.execCPUAffinity;
    struct id_list cpus;
    if (!failed && affinity != NULL && affinity->final != NULL)
        failed = id_list_parse(affinity->final, &cpus, &err) < 0 ||
                 cpu_affinity_apply(0, &cpus, &err) < 0;
    if (!failed)
        (void)process_become(&exec->plan, path, root, exec->child_control, &err);
    handshake_fail(exec->child_control, &err);
    _exit(1);
}

static int enter(const struct executing *exec, struct err *err)
{
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return fail_sys(err, "make the process undumpable");
    const struct oci_cpu_affinity *affinity = exec->process.execCPUAffinity;
    struct id_list cpus;
    if (affinity != NULL && affinity->initial != NULL &&
        (id_list_parse(affinity->initial, &cpus, err) < 0 || cpu_affinity_apply(0, &cpus, err) < 0))
        return fail_in(err, "process.execCPUAffinity.initial");
    if (cgroup_enter(exec->container->cgroup) < 0)
        return fail_sys(err, "join the container's cgroup");
    if (exec->namespaces != 0 && setns(exec->target, (int)exec->namespaces) < 0)
        return fail_sys(err, "join the container's namespaces");
    if (!(exec->namespaces & CLONE_NEWUSER))
        return 0;
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        return fail_sys(err, "become root of the container's user namespace");
    (void)!setgroups(0, NULL); // may be denied there; process_become decides
    return 0;
}

static int clone_process(struct executing *exec, struct err *err)
{
    pid_t *made =
        mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED)
        return fail_sys(err, "share a page with the new process");
    int pair[2];
    if (handshake_pair(pair, err) < 0)
        return -1;
    exec->control = pair[0];
    exec->child_control = pair[1];
    pid_t between = process_clone(0, cgroup_clone_fd(exec->container->cgroup), NULL, err);
    if (between == 0) {
        struct err why = {};
        pid_t pid = enter(exec, &why) < 0 ? -1 : process_clone(CLONE_PARENT, -1, NULL, &why);
        if (pid == 0)
            be_process(exec);
        *made = pid;
        if (pid < 0)
            handshake_fail(exec->child_control, &why);
        _exit(pid < 0);
    }
    (void)close(exec->child_control);
    int status;
    int result = between < 0 ? -1 : process_wait(between, &status, err);
    exec->pid = *made;
    (void)munmap(made, sizeof *made);
    if (result < 0)
        return -1;
    if (exec->pid <= 0) {
        exec->pid = 0;
        return handshake_receive(exec->control, CHILD_FAILED, MESSAGE_END, NULL, err) < 0
                   ? -1
                   : fail(err, ERR_SYSTEM, "the process could not enter container %s",
                          exec->container->id);
    }
    exec->pidfd = process_pidfd(exec->pid, err);
    return exec->pidfd < 0 ? -1 : 0;
}

static int attend(struct executing *exec, struct err *err)
{
    const struct exec_options *options = exec->options;
    if (handshake_receive(exec->control, CHILD_IS_MADE, CHILD_IS_MADE, NULL, err) < 0 ||
        process_limits_apply(&exec->process, exec->pid, err) < 0)
        return -1;
    if (options->pid_file != NULL && report_pid_file(options->pid_file, exec->pid, err) < 0)
        return -1;
    if (options->pidfd_socket != NULL && report_pidfd(options->pidfd_socket, exec->pidfd, err) < 0)
        return -1;
    return container_hand_over(exec->container, exec->pid, exec->control, PARENT_GO_ON, err);
}

static int wait_in_foreground(struct executing *exec, int *out_exit_code, struct err *err)
{
    AUTO_FD int master = -1;
    if (exec->console >= 0) {
        (void)close(exec->plan.console_socket);
        exec->plan.console_socket = -1;
        master = foreground_master(exec->console, err);
        if (master < 0)
            return -1;
    }
    return foreground_wait(exec->pid, exec->pidfd, master, out_exit_code, err);
}

static void executing_done(struct executing *exec)
{
    int *const fds[] = {&exec->target, &exec->control, &exec->console, &exec->pidfd,
                        &exec->plan.console_socket};
    for (size_t i = 0; i < N_ELEMENTS(fds); i++)
        if (*fds[i] >= 0)
            (void)close(*fds[i]);
    seccomp_program_done(&exec->plan.seccomp);
}

static int execute(struct executing *exec, int *out_exit_code, struct err *err)
{
    if (plan(exec, err) < 0 || plan_console(exec, err) < 0)
        return -1;
    int result = clone_process(exec, err);
    if (result == 0)
        result = attend(exec, err);
    if (result < 0 && exec->pid > 0) {
        struct err ignored;
        int status;
        // By pid: it is our child and not waited for yet. There may be no pidfd, which is why we
        // are here.
        (void)kill(exec->pid, SIGKILL);
        (void)process_wait(exec->pid, &status, &ignored);
    }
    if (result < 0)
        return -1;
    if (exec->options->detach) {
        *out_exit_code = 0;
        return 0;
    }
    return wait_in_foreground(exec, out_exit_code, err);
}

int runtime_exec(const struct runtime *runtime, const struct exec_options *options,
                 int *out_exit_code, struct err *err)
{
    struct container container;
    if (container_open(runtime, options->id, CONTAINER_READ, &container, err) < 0)
        return -1;
    struct executing exec = {
        .container = &container,
        .options = options,
        .plan.console_socket = -1,
        .target = -1,
        .control = -1,
        .child_control = -1,
        .console = -1,
        .pidfd = -1,
    };
    int result = execute(&exec, out_exit_code, err);
    executing_done(&exec);
    container_close(&container);
    return result;
}
