// SPDX-License-Identifier: Apache-2.0
// create.c — the runtime's side of making a container, and `run`.
//
// The record with the cgroup's place is on disk before anything is made (S-18); every failure
// undoes what was made, and whoever finds a half-made container after a kill -9 has all he needs to
// remove it.
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/netdevice.h"
#include "linux/process.h"
#include "linux/socket.h"
#include "runtime/annotations.h"
#include "runtime/foreground.h"
#include "runtime/handshake.h"
#include "runtime/hooks.h"
#include "runtime/init.h"
#include "runtime/rdt.h"
#include "runtime/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct making {
    struct create_plan plan;
    struct container container;
    bool has_dir, has_cgroup;
    int control, pidfd;
    int console; // our end of a foreground terminal
    pid_t pid;
};

// --- what is read before anything is made
// ----------------------------------------------------------------------------

static int open_bundle(struct making *making, struct err *err)
{
    struct create_plan *plan = &making->plan;
    struct arena *arena = &making->container.arena;
    const char *path = plan->options->bundle != NULL ? plan->options->bundle : ".";
    plan->bundle = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (plan->bundle < 0)
        return fail_sys(err, "open the bundle %s", path);
    AUTO_FREE char *link = str_printf("/proc/self/fd/%d", plan->bundle);
    char real[PATH_MAX];
    ssize_t n = readlink(link, real, sizeof real - 1);
    if (n < 0)
        return fail_sys(err, "find the path of the bundle %s", path);
    plan->bundle_path = arena_strndup(arena, real, (size_t)n);
    const char *name = plan->options->config != NULL ? plan->options->config : "config.json";
    if (oci_config_read(arena, plan->bundle, name, &plan->config, err) < 0)
        return fail_in(err, "bundle %s", plan->bundle_path);
    if (annotations_apply(&plan->config, arena, err) < 0 ||
        oci_config_check_create(&plan->config, err) < 0)
        return fail_in(err, "bundle %s: %s", plan->bundle_path, name);
    const char *root = plan->config.root->path;
    plan->rootfs_path = *root == '/' ? root : arena_printf(arena, "%s/%s", plan->bundle_path, root);
    return 0;
}

static int load_filter(struct making *making, struct err *err)
{
    struct create_plan *plan = &making->plan;
    const struct oci_config *config = &plan->config;
    int found =
        annotations_filter(config->annotations, config->n_annotations, &plan->process.seccomp, err);
    plan->process.has_seccomp = found > 0;
    const struct oci_seccomp *profile = config->linux_.seccomp;
    if (found != 0 || profile == NULL)
        return found < 0 ? -1 : 0;
    if (container_load_filter(&making->container, profile, &plan->process.seccomp, err) < 0)
        return -1;
    plan->process.has_seccomp = true;
    if (plan->process.seccomp.wants_listener && text_is_empty(profile->listenerPath))
        return fail(err, ERR_INVALID,
                    "linux.seccomp.listenerPath: SCMP_ACT_NOTIFY needs somebody to notify");
    return 0;
}

static int plan_process(struct making *making, struct err *err)
{
    struct create_plan *plan = &making->plan;
    const struct oci_linux *linux_ = &plan->config.linux_;
    if (process_plan(plan->config.process, linux_->personality, &plan->process, err) < 0)
        return -1;
    const struct create_options *options = plan->options;
    plan->process.preserve_fds = options->preserve_fds != NULL ? (int)*options->preserve_fds : 0;
    plan->process.keeps_groups =
        text_equal(oci_annotation_get(&plan->config, "run.oci.keep_original_groups"), "1");
    if (!options->no_new_keyring)
        plan->process.keyring = plan->options->id;
    if (linux_->memoryPolicy != NULL) {
        plan->process.memory_policy = arena_new(&making->container.arena, struct memory_policy);
        if (memory_policy_parse(linux_->memoryPolicy->mode, linux_->memoryPolicy->nodes,
                                linux_->memoryPolicy->flags, linux_->memoryPolicy->n_flags,
                                plan->process.memory_policy, err) < 0)
            return fail_in(err, "linux.memoryPolicy");
    }
    return load_filter(making, err);
}

static int plan_console(struct making *making, struct err *err)
{
    const struct create_options *options = making->plan.options;
    if (!making->plan.config.process->terminal) {
        if (options->console_socket != NULL)
            return fail(err, ERR_INVALID,
                        "--console-socket: the container has no terminal (process.terminal is "
                        "false)");
        return 0;
    }
    if (options->console_socket != NULL) {
        making->plan.process.console_socket = console_connect(options->console_socket, err);
        return making->plan.process.console_socket < 0 ? -1 : 0;
    }
    if (!making->plan.is_run || options->detach)
        return fail(err, ERR_INVALID,
                    "process.terminal is true: somebody must take the terminal, give "
                    "--console-socket");
    int pair[2];
    if (foreground_console(&making->container.arena, making->plan.config.process, pair, err) < 0)
        return -1;
    making->plan.process.console_socket = pair[0];
    making->console = pair[1];
    return 0;
}

// --- what is made
// ----------------------------------------------------------------------------------------------------

static int listen_for_start(struct making *making, struct err *err)
{
    making->plan.start_socket =
        socket_listen_in(making->container.dir, START_SOCKET, SOCK_SEQPACKET, 16, err);
    return making->plan.start_socket < 0 ? -1 : 0;
}

static int join_before_clone(const struct making *making, struct err *err)
{
    if (cgroup_enter(making->container.cgroup) < 0)
        return fail_sys(err, "join the container's cgroup");
    for (size_t i = 0; i < making->plan.namespaces.n_joins; i++) {
        const struct namespace_join *join = &making->plan.namespaces.joins[i];
        if (join->flag & (CLONE_NEWUSER | CLONE_NEWPID) && setns(join->fd, (int)join->flag) < 0)
            return fail_sys(err, "linux.namespaces: join the %s namespace",
                            join->flag == CLONE_NEWPID ? "pid" : "user");
    }
    return 0;
}

// Our end of the handshake is ours alone: with a copy of it the process would never see us gone.
__attribute__((noreturn)) static void be_first_process(struct making *making)
{
    (void)close(making->control);
    init_main(&making->plan);
}

__attribute__((noreturn)) static void be_between(struct making *making, uint64_t flags, pid_t *out)
{
    struct err err = {};
    pid_t pid = join_before_clone(making, &err) < 0
                    ? -1
                    : process_clone(flags | CLONE_PARENT, -1, NULL, &err);
    if (pid == 0)
        be_first_process(making);
    if (pid < 0)
        handshake_fail(making->plan.control, &err);
    *out = pid > 0 ? pid : 0;
    _exit(pid < 0);
}

// The clone's parent must already be in the pid and user namespaces to join: a process in between
// enters them and makes the first process a child of the runtime (CLONE_PARENT).
static int clone_inside(struct making *making, uint64_t flags, int cgroup, struct err *err)
{
    pid_t *made =
        mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED)
        return fail_sys(err, "share a page with the container's process");
    pid_t between = process_clone(0, cgroup, NULL, err);
    if (between == 0)
        be_between(making, flags, made);
    int status = 1;
    int result = between < 0 ? -1 : process_wait(between, &status, err);
    making->pid = *made;
    (void)munmap(made, sizeof *made);
    if (result < 0)
        return -1;
    if (making->pid == 0)
        return handshake_receive(making->control, CHILD_FAILED, CHILD_FAILED, NULL, err) < 0
                   ? -1
                   : fail(err, ERR_SYSTEM, "the namespaces to join could not be entered");
    making->pidfd = process_pidfd(making->pid, err);
    return making->pidfd < 0 ? -1 : 0;
}

static int clone_first_process(struct making *making, struct err *err)
{
    struct create_plan *plan = &making->plan;
    int pair[2];
    if (handshake_pair(pair, err) < 0)
        return -1;
    making->control = pair[0];
    plan->control = pair[1];
    uint64_t later = CLONE_NEWCGROUP | CLONE_NEWTIME; // by the process itself: see init.c
    uint64_t flags = plan->namespaces.own & ~later;
    int cgroup = cgroup_clone_fd(making->container.cgroup);
    int result = 0;
    if (namespaces_joins(&plan->namespaces, CLONE_NEWPID) ||
        namespaces_joins(&plan->namespaces, CLONE_NEWUSER)) {
        result = clone_inside(making, flags, cgroup, err);
    } else {
        pid_t pid = process_clone(flags, cgroup, &making->pidfd, err);
        if (pid == 0)
            be_first_process(making);
        making->pid = pid > 0 ? pid : 0;
        result = pid < 0 ? -1 : 0;
    }
    (void)close(plan->control); // only the first process holds it now: its end is seen
    plan->control = -1;
    return result;
}

// --- what is done from outside
// ---------------------------------------------------------------------------------------

static int move_devices(const struct making *making, struct err *err)
{
    const struct oci_linux *linux_ = &making->plan.config.linux_;
    if (linux_->n_netDevices == 0)
        return 0;
    AUTO_FREE char *path = str_printf("/proc/%d/ns/net", (int)making->pid);
    AUTO_FD int netns = open(path, O_RDONLY | O_CLOEXEC);
    if (netns < 0)
        return fail_sys(err, "open the container's network namespace");
    for (size_t i = 0; i < linux_->n_netDevices; i++)
        if (netdevice_move(linux_->netDevices[i].key, netns, linux_->netDevices[i].name, err) < 0)
            return fail_in(err, "linux.netDevices");
    return 0;
}

static int attend_birth(struct making *making, struct err *err)
{
    const struct create_plan *plan = &making->plan;
    if (handshake_receive(making->control, CHILD_IS_BORN, CHILD_IS_BORN, NULL, err) < 0)
        return -1;
    if (plan->namespaces.own & CLONE_NEWUSER &&
        userns_write_maps(making->pid, &plan->namespaces.maps, err) < 0)
        return fail_in(err, "linux.uidMappings, linux.gidMappings");
    if (cgroup_wants_attach(making->container.cgroup) &&
        cgroup_attach(making->container.cgroup, making->pid, plan->config.linux_.resources, err) <
            0)
        return -1;
    if (move_devices(making, err) < 0)
        return -1;
    if (plan->config.linux_.intelRdt != NULL &&
        rdt_apply(plan->config.linux_.intelRdt, plan->options->id, making->pid, err) < 0)
        return fail_in(err, "linux.intelRdt");
    return handshake_send(making->control, PARENT_GO_ON, -1, err);
}

static int run_early_hooks(const struct making *making, struct err *err)
{
    const struct oci_hooks *hooks = &making->plan.config.hooks;
    if (handshake_receive(making->control, CHILD_HAS_ROOT, CHILD_HAS_ROOT, NULL, err) < 0)
        return -1;
    struct oci_state state;
    container_state(&making->container, CONTAINER_CREATING, &state);
    state.pid = making->pid;
    if (hooks_run("prestart", hooks->prestart, hooks->n_prestart, making->plan.bundle, &state,
                  err) < 0 ||
        hooks_run("createRuntime", hooks->createRuntime, hooks->n_createRuntime,
                  making->plan.bundle, &state, err) < 0)
        return -1;
    return handshake_send(making->control, PARENT_GO_ON, -1, err);
}

static int report(const struct making *making, struct err *err)
{
    const struct create_options *options = making->plan.options;
    if (options->pid_file != NULL && report_pid_file(options->pid_file, making->pid, err) < 0)
        return -1;
    if (options->pidfd_socket != NULL &&
        report_pidfd(options->pidfd_socket, making->pidfd, err) < 0)
        return -1;
    const char *receiver = oci_annotation_get(&making->plan.config, "run.oci.pidfd_receiver");
    return receiver != NULL ? report_pidfd(receiver, making->pidfd, err) : 0;
}

static int attend(struct making *making, struct err *err)
{
    const struct oci_hooks *hooks = &making->plan.config.hooks;
    if (init_waits_for_birth(&making->plan) && attend_birth(making, err) < 0)
        return -1;
    if (hooks->n_prestart + hooks->n_createRuntime != 0 && run_early_hooks(making, err) < 0)
        return -1;
    if (handshake_receive(making->control, CHILD_IS_MADE, CHILD_IS_MADE, NULL, err) < 0)
        return -1;
    if (process_limits_apply(making->plan.config.process, making->pid, err) < 0)
        return -1;
    struct container_record *record = &making->container.record;
    char state;
    if (process_stat(making->pid, &record->pid_start, &state, err) < 0)
        return -1;
    record->pid = making->pid;
    // Only now the scope's path is known, and what had to be left out.
    if (cgroup_wants_attach(making->container.cgroup) || making->plan.runtime->is_rootless) {
        AUTO_BUF struct buf saved;
        buf_init(&saved, 64L * 1024);
        cgroup_save(making->container.cgroup, &saved);
        record->cgroup = arena_strdup(&making->container.arena, buf_get(&saved));
    }
    if (container_save(&making->container, err) < 0)
        return -1;
    return report(making, err);
}

static void undo(struct making *making)
{
    struct err ignored;
    int status;
    if (making->pid > 0) {
        // By pid: it is our child and not waited for yet. There may be no pidfd.
        (void)kill(making->pid, SIGKILL);
        (void)process_wait(making->pid, &status, &ignored);
    }
    struct err why;
    if (making->has_cgroup && cgroup_remove(making->container.cgroup, &why) < 0)
        log_warning("container %s: %s", making->plan.options->id, why.text);
    const struct container_record *record = &making->container.record;
    if (record->intelRdt != NULL && rdt_remove(record->intelRdt, record->id, &why) < 0 &&
        why.kind != ERR_UNAVAILABLE)
        log_warning("container %s: %s", making->plan.options->id, why.text);
    if (making->has_dir &&
        container_remove_dir(making->plan.runtime, making->plan.options->id, &why) < 0)
        log_warning("container %s: %s", making->plan.options->id, why.text);
}

static void drop(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void making_done(struct making *making)
{
    sources_close(&making->plan);
    namespaces_done(&making->plan.namespaces);
    seccomp_program_done(&making->plan.process.seccomp);
    drop(&making->plan.process.console_socket);
    drop(&making->plan.start_socket);
    drop(&making->plan.bundle);
    drop(&making->control);
    drop(&making->console);
    drop(&making->pidfd);
    container_close(&making->container);
}

static int make(struct making *making, struct err *err)
{
    struct create_plan *plan = &making->plan;
    if (container_id_check(plan->options->id, err) < 0 || open_bundle(making, err) < 0 ||
        namespaces_plan(&plan->config, &making->container.arena, &plan->namespaces, err) < 0 ||
        plan_process(making, err) < 0 || sources_plan(plan, err) < 0)
        return -1;
    struct container *container = &making->container;
    container_describe(container, &plan->config, plan->bundle_path, plan->rootfs_path);
    if (container_make_dir(container, err) < 0)
        return -1;
    making->has_dir = true;
    if (container_plan_cgroup(container, &plan->config, err) < 0)
        return -1;
    if (cgroup_make(making->container.cgroup, plan->config.linux_.resources, err) < 0)
        return -1; // what it made is gone again, and what was there before is not ours to remove
    making->has_cgroup = true;
    if (!plan->runtime->is_rootless && sources_open(plan, err) < 0)
        return -1;
    if (plan_console(making, err) < 0 || (!plan->is_run && listen_for_start(making, err) < 0))
        return -1;
    if (!plan->config.process->terminal)
        process_give_stdio(&plan->namespaces.maps, plan->config.process->user.uid);
    if (clone_first_process(making, err) < 0 || attend(making, err) < 0)
        return -1;
    return 0;
}

static void making_init(struct making *making, const struct runtime *runtime,
                        const struct create_options *options, bool is_run)
{
    *making = (struct making){
        .plan =
            {
                .runtime = runtime,
                .options = options,
                .container = &making->container,
                .bundle = -1,
                .rootfs = -1,
                .null_node = -1,
                .empty_dir = -1,
                .is_run = is_run,
                .start_socket = -1,
                .control = -1,
                .clock_offsets = -1,
                .process.console_socket = -1,
            },
        .container = {.runtime = runtime, .dir = -1},
        .control = -1,
        .pidfd = -1,
        .console = -1,
    };
    making->container.id = arena_strdup(&making->container.arena, options->id);
}

int runtime_create(const struct runtime *runtime, const struct create_options *options,
                   struct err *err)
{
    struct making making;
    making_init(&making, runtime, options, false);
    int result = make(&making, err);
    if (result == 0)
        result = handshake_send(making.control, PARENT_GO_ON, -1, err);
    if (result < 0)
        undo(&making);
    making_done(&making);
    return result;
}

static int wait_in_foreground(struct making *making, int *out_exit_code, struct err *err)
{
    AUTO_FD int master = -1;
    if (making->console >= 0) {
        drop(&making->plan.process.console_socket);
        master = foreground_master(making->console, err);
        if (master < 0)
            return -1;
    }
    return foreground_wait(making->pid, making->pidfd, master, out_exit_code, err);
}

static int delete_ended(const struct making *making, struct err *err)
{
    const struct container *container = &making->container;
    if (flock(container->dir, LOCK_EX) < 0)
        return fail_sys(err, "lock container %s", container->id);
    struct stat st;
    if (fstat(container->dir, &st) == 0 && st.st_nlink == 0)
        return 0; // somebody deleted it meanwhile
    return container_remove(container, true, err);
}

int runtime_run(const struct runtime *runtime, const struct create_options *options,
                int *out_exit_code, struct err *err)
{
    struct making making;
    making_init(&making, runtime, options, true);
    int result = make(&making, err);
    if (result == 0)
        result = container_see_started(&making.container, making.control, PARENT_GO_ON, err);
    if (result < 0)
        undo(&making);
    int exit_code = 0;
    bool deletes = result == 0 && !options->detach && !options->keep;
    if (result == 0 && !options->detach) {
        (void)flock(making.container.dir, LOCK_UN); // it lives on its own: others may end it
        result = wait_in_foreground(&making, &exit_code, err);
    }
    struct err why = {};
    if (deletes && delete_ended(&making, result == 0 ? err : &why) < 0)
        result = -1;
    making_done(&making);
    if (result == 0)
        *out_exit_code = exit_code;
    return result;
}
