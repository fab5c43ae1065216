// SPDX-License-Identifier: Apache-2.0
// init.c — the container's first process, from clone3 to execve, top to bottom.
#include "runtime/init.h"

#include "base/mem.h"
#include "base/str.h"
#include "linux/path.h"
#include "linux/procfs.h"
#include "linux/sysctl.h"
#include "runtime/handshake.h"
#include "runtime/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int be_born(struct create_plan *plan, struct err *err);
static int enter_namespaces(const struct create_plan *plan, struct err *err);
static int build(struct create_plan *plan, struct err *err);
static int wait_for_start(struct create_plan *plan, int *out_control, struct err *err);

void init_main(struct create_plan *plan)
{
    struct err err = {};
    AUTO_FREE char *path = NULL;
    int control = plan->control;
    // The lock is its maker's alone: a descriptor kept here would hold it for as long as the
    // process waits.
    (void)close(plan->container->dir);
    plan->container->dir = -1;
    int failed = be_born(plan, &err) < 0 || enter_namespaces(plan, &err) < 0 ||
                 build(plan, &err) < 0 || process_find(plan->process.process, &path, &err) < 0 ||
                 init_outlive_maker(&err) < 0 ||
                 handshake_send(control, CHILD_IS_MADE, -1, &err) < 0 ||
                 handshake_receive(control, PARENT_GO_ON, PARENT_GO_ON, NULL, &err) < 0;
    if (!failed && wait_for_start(plan, &control, &err) == 0) {
        const struct oci_hooks *hooks = &plan->config.hooks;
        struct oci_state state;
        container_state(plan->container, CONTAINER_CREATED, &state);
        state.pid = getpid();
        if (hooks->n_startContainer == 0 ||
            hooks_run("startContainer", hooks->startContainer, hooks->n_startContainer, -1, &state,
                      &err) == 0)
            (void)process_become(&plan->process, path, plan->rootfs, control, &err);
    }
    handshake_fail(control, &err);
    _exit(1);
}

bool init_waits_for_birth(const struct create_plan *plan)
{
    return plan->namespaces.own & CLONE_NEWUSER || cgroup_wants_attach(plan->container->cgroup) ||
           plan->config.linux_.n_netDevices != 0 || plan->config.linux_.intelRdt != NULL;
}

// From here on nobody inside may look at this process's descriptors or memory (S-6).
static int hide(struct err *err)
{
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return fail_sys(err, "make the process undumpable");
    return 0;
}

int init_outlive_maker(struct err *err)
{
    if (prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) < 0)
        return fail_sys(err, "outlive the runtime");
    return 0;
}

static int be_born(struct create_plan *plan, struct err *err)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (cgroup_enter(plan->container->cgroup) < 0)
        return fail_sys(err, "join the container's cgroup");
    if (setsid() < 0)
        return fail_sys(err, "start a session");
    if (init_waits_for_birth(plan) &&
        (handshake_send(plan->control, CHILD_IS_BORN, -1, err) < 0 ||
         handshake_receive(plan->control, PARENT_GO_ON, PARENT_GO_ON, NULL, err) < 0))
        return -1;
    // Opened by the id that the file belongs to; the next steps change both.
    if (plan->config.linux_.n_timeOffsets != 0 &&
        (plan->clock_offsets = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC)) < 0)
        return fail_sys(err, "linux.timeOffsets: open /proc/self/timens_offsets");
    bool is_in_userns =
        plan->namespaces.own & CLONE_NEWUSER || namespaces_joins(&plan->namespaces, CLONE_NEWUSER);
    if (is_in_userns) {
        if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
            return fail_sys(err, "become root of the user namespace (is id 0 mapped?)");
        (void)!setgroups(0, NULL); // denied where newgidmap is missing; process_become decides
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); // the change of user took it away
    }
    return hide(err);
}

// A time namespace is entered by its maker only through setns: offsets can be set just before
// (time_namespaces(7)).
static int make_time_namespace(const struct create_plan *plan, struct err *err)
{
    if (unshare(CLONE_NEWTIME) < 0)
        return fail_sys(err, "make a time namespace");
    AUTO_FREE char *offsets = xstrdup("");
    for (size_t i = 0; i < plan->config.linux_.n_timeOffsets; i++) {
        const struct oci_time_offset *offset = &plan->config.linux_.timeOffsets[i];
        char *more = str_printf("%s%s %jd %u\n", offsets, offset->key, (intmax_t)offset->secs,
                                offset->nanosecs);
        free(offsets);
        offsets = more;
    }
    if (*offsets != '\0' && write(plan->clock_offsets, offsets, strlen(offsets)) < 0)
        return fail_sys(err, "linux.timeOffsets");
    AUTO_FD int own = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
    if (own < 0 || setns(own, CLONE_NEWTIME) < 0)
        return fail_sys(err, "enter the time namespace");
    return 0;
}

static int enter_namespaces(const struct create_plan *plan, struct err *err)
{
    // user and pid were joined by whoever cloned this process
    for (size_t i = 0; i < plan->namespaces.n_joins; i++) {
        const struct namespace_join *join = &plan->namespaces.joins[i];
        if (join->flag != CLONE_NEWUSER && join->flag != CLONE_NEWPID &&
            setns(join->fd, (int)join->flag) < 0)
            return fail_sys(err, "linux.namespaces: join a namespace");
    }
    // After joining the cgroup: its root is where the process is at this moment.
    if (plan->namespaces.own & CLONE_NEWCGROUP && unshare(CLONE_NEWCGROUP) < 0)
        return fail_sys(err, "make a cgroup namespace");
    if (plan->namespaces.own & CLONE_NEWTIME && make_time_namespace(plan, err) < 0)
        return -1;
    const struct oci_config *config = &plan->config;
    if (config->hostname != NULL && sethostname(config->hostname, strlen(config->hostname)) < 0)
        return fail_sys(err, "hostname");
    if (config->domainname != NULL &&
        setdomainname(config->domainname, strlen(config->domainname)) < 0)
        return fail_sys(err, "domainname");
    return 0;
}

static int apply_sysctls(const struct create_plan *plan, struct err *err)
{
    const struct oci_linux *linux_ = &plan->config.linux_;
    if (linux_->n_sysctl == 0)
        return 0;
    AUTO_FD int proc = procfs_open(err);
    if (proc < 0)
        return -1;
    for (size_t i = 0; i < linux_->n_sysctl; i++)
        if (sysctl_write(proc, linux_->sysctl[i].key, linux_->sysctl[i].value, err) < 0)
            return fail_in(err, "linux.sysctl");
    return 0;
}

static int run_early_hooks(const struct create_plan *plan, struct err *err)
{
    const struct oci_hooks *hooks = &plan->config.hooks;
    if (hooks->n_prestart + hooks->n_createRuntime != 0 &&
        (handshake_send(plan->control, CHILD_HAS_ROOT, -1, err) < 0 ||
         handshake_receive(plan->control, PARENT_GO_ON, PARENT_GO_ON, NULL, err) < 0))
        return -1;
    struct oci_state state;
    container_state(plan->container, CONTAINER_CREATING, &state);
    state.pid = getpid();
    return hooks->n_createContainer == 0
               ? 0
               : hooks_run("createContainer", hooks->createContainer, hooks->n_createContainer,
                           plan->bundle, &state, err);
}

static int fill(struct create_plan *plan, struct err *err)
{
    mode_t old = umask(0); // the modes of mount points and nodes are meant as written
    bool has_terminal = plan->process.process->terminal;
    if (mounts_place(plan, err) < 0 || nodes_make(plan, err) < 0)
        return -1;
    if (has_terminal && terminal_make(&plan->process, plan->rootfs, true, err) < 0)
        return -1;
    if (masks_apply(plan, err) < 0)
        return -1;
    AUTO_FD int cwd = path_make_dir_in(plan->rootfs, plan->process.process->cwd, 0755, err);
    if (cwd < 0 && err->sys != EROFS && err->sys != EACCES && err->sys != EPERM)
        return fail_in(err, "process.cwd");
    umask(old);
    return 0;
}

static int reopen_bundle(struct create_plan *plan, struct err *err)
{
    AUTO_FD int bundle = open(plan->bundle_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (bundle < 0)
        return fail_sys(err, "open the bundle %s in the user namespace", plan->bundle_path);
    (void)close(plan->bundle);
    plan->bundle = TAKE_FD(bundle);
    return 0;
}

static int build(struct create_plan *plan, struct err *err)
{
    const struct oci_hooks *hooks = &plan->config.hooks;
    bool fills_early = hooks->n_prestart + hooks->n_createRuntime + hooks->n_createContainer != 0;
    // What the runtime had no right to open; the mounts to clone must be of this mount namespace.
    if (plan->runtime->is_rootless && (reopen_bundle(plan, err) < 0 || sources_open(plan, err) < 0))
        return -1;
    bool has_own_mounts = (plan->namespaces.own & CLONE_NEWNS) != 0;
    if (!has_own_mounts && plan->n_mounts != 0)
        return fail(err, ERR_INVALID,
                    "mounts: without a mount namespace of the container's own they would appear on "
                    "the host: add {\"type\":\"mount\"} to linux.namespaces");
    if (!has_own_mounts)
        return rootfs_enter(plan, err);
    if (mounts_make(plan, err) < 0 || masks_make(plan, err) < 0 ||
        rootfs_attach(plan, !fills_early, err) < 0)
        return -1;
    if (fills_early && (fill(plan, err) < 0 || run_early_hooks(plan, err) < 0))
        return -1;
    if (rootfs_enter(plan, err) < 0)
        return -1;
    if (!fills_early && fill(plan, err) < 0)
        return -1;
    if (apply_sysctls(plan, err) < 0)
        return -1;
    return rootfs_finish(plan, err);
}

// Accepts connections until one says START; others (a look whether somebody waits) are passed over.
static int wait_for_start(struct create_plan *plan, int *out_control, struct err *err)
{
    if (plan->is_run)
        return 0;
    (void)close(plan->control);
    plan->control = *out_control = -1;
    for (;;) {
        int control = accept4(plan->start_socket, NULL, NULL, SOCK_CLOEXEC);
        if (control < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (control < 0)
            return fail_sys(err, "wait to be started");
        if (handshake_receive(control, START, MESSAGE_END, NULL, err) == START) {
            *out_control = control;
            (void)close(plan->start_socket); // who looks now sees that nobody waits any more
            return 0;
        }
        (void)close(control);
    }
}
