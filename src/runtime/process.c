// SPDX-License-Identifier: Apache-2.0
// process.c — from a prepared process to the user's program: the last steps, the same for the first
// process and exec.
//
// The order is the security: what needs privilege first, then the user, then the capabilities, then
// the filter. Without noNewPrivileges a filter may only be installed with CAP_SYS_ADMIN, so it
// comes before the capabilities are gone; the calls that follow must then be allowed by it
// (setresuid, capset, prctl, execve …), as with every runtime.
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/keyring.h"
#include "linux/lsm.h"
#include "linux/path.h"
#include "linux/personality.h"
#include "linux/procfs.h"
#include "linux/rlimit.h"
#include "linux/user.h"
#include "runtime/handshake.h"
#include "runtime/init.h"
#include "runtime/program.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// --- worked out before the clone
// -------------------------------------------------------------------------------------

static void read_capabilities(const struct oci_capabilities *from, struct process_plan *plan)
{
    const struct {
        const char **names;
        size_t n;
        uint64_t *mask;
    } sets[] = {
        {from->bounding, from->n_bounding, &plan->capabilities.bounding},
        {from->permitted, from->n_permitted, &plan->capabilities.permitted},
        {from->effective, from->n_effective, &plan->capabilities.effective},
        {from->inheritable, from->n_inheritable, &plan->capabilities.inheritable},
        {from->ambient, from->n_ambient, &plan->capabilities.ambient},
    };
    for (size_t i = 0; i < N_ELEMENTS(sets); i++) {
        const char *unknown = NULL;
        if (capability_mask(sets[i].names, sets[i].n, sets[i].mask, &unknown) != 0)
            log_warning("process.capabilities: this kernel does not know %s: left out", unknown);
    }
}

static int read_schedule(const struct oci_scheduler *from, struct schedule *out, struct err *err)
{
    struct schedule schedule = {
        .nice = (int32_t)from->nice,
        .priority = (uint32_t)from->priority,
        .runtime_ns = from->runtime,
        .deadline_ns = from->deadline,
        .period_ns = from->period,
    };
    if (!schedule_policy_find(from->policy, &schedule.policy))
        return fail(err, ERR_INVALID, "process.scheduler.policy: unknown \"%s\"", from->policy);
    for (size_t i = 0; i < from->n_flags; i++) {
        uint64_t flag;
        if (!schedule_flag_find(from->flags[i], &flag))
            return fail(err, ERR_INVALID, "process.scheduler.flags[%zu]: unknown \"%s\"", i,
                        from->flags[i]);
        schedule.flags |= flag;
    }
    *out = schedule;
    return 0;
}

int process_plan(const struct oci_process *process, const struct oci_personality *personality,
                 struct process_plan *out, struct err *err)
{
    struct process_plan plan = {.process = process, .console_socket = -1};
    if (process->capabilities != NULL)
        read_capabilities(process->capabilities, &plan);
    if (process->scheduler != NULL && read_schedule(process->scheduler, &plan.schedule, err) < 0)
        return -1;
    if (process->ioPriority != NULL &&
        !io_priority_class_find(process->ioPriority->class_, &plan.io_class))
        return fail(err, ERR_INVALID, "process.ioPriority.class: unknown \"%s\"",
                    process->ioPriority->class_);
    if (personality != NULL) {
        plan.has_personality = true;
        if (personality_parse(personality->domain, personality->flags, personality->n_flags,
                              &plan.personality, err) < 0)
            return fail_in(err, "linux.personality");
    }
    *out = plan;
    return 0;
}

int process_limits_apply(const struct oci_process *process, pid_t pid, struct err *err)
{
    for (size_t i = 0; i < process->n_rlimits; i++) {
        const struct oci_rlimit *limit = &process->rlimits[i];
        bool was_clamped = false;
        if (rlimit_apply(pid, limit->type, limit->soft, limit->hard, &was_clamped, err) < 0)
            return fail_in(err, "process.rlimits[%zu]", i);
        if (was_clamped)
            log_warning("%s: the hard limit cannot be raised without CAP_SYS_RESOURCE: it stays",
                        limit->type);
    }
    if (process->oomScoreAdj == NULL)
        return 0;
    AUTO_FREE char *path = str_printf("/proc/%d/oom_score_adj", (int)pid);
    AUTO_FREE char *value = str_printf("%jd", (intmax_t)*process->oomScoreAdj);
    AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value))
        return 0;
    if (errno != EACCES && errno != EPERM)
        return fail_sys(err, "process.oomScoreAdj: write %s", value);
    log_warning("process.oomScoreAdj: %s needs CAP_SYS_RESOURCE: left as it is", value);
    return 0;
}

// --- the program
// -----------------------------------------------------------------------------------------------------

static const char *env_get(const struct oci_process *process, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < process->n_env; i++)
        if (strncmp(process->env[i], name, n) == 0 && process->env[i][n] == '=')
            return process->env[i] + n + 1;
    return NULL;
}

// In Go's spelling: docker's command line looks for "no such file or directory" to exit with 127
// and for "permission denied" to exit with 126, and minds the case of letters.
static int refuse_program(const char *program, int sys, struct err *err)
{
    const char *why = strerror(sys);
    int r = fail(err, sys == ENOENT || sys == ENOTDIR ? ERR_NOT_FOUND : ERR_DENIED,
                 "exec: \"%s\": %c%s", program, tolower((unsigned char)why[0]), why + 1);
    err->sys = sys;
    return r;
}

static bool is_program(const char *path, int *out_sys)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        *out_sys = errno;
        return false;
    }
    *out_sys = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
    return S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0;
}

int process_find(const struct oci_process *process, char **out_path, struct err *err)
{
    const char *program = process->args[0];
    int sys = ENOENT;
    if (strchr(program, '/') != NULL) {
        AUTO_FREE char *path =
            *program == '/' ? xstrdup(program) : str_printf("%s/%s", process->cwd, program);
        if (!is_program(path, &sys))
            return refuse_program(program, sys, err);
        *out_path = xstrdup(program);
        return 0;
    }
    const char *search = env_get(process, "PATH");
    struct str rest = str_of(search != NULL ? search : default_path);
    bool is_denied = false;
    while (rest.n != 0 && *program != '\0') {
        struct str dir = str_cut(&rest, ':');
        AUTO_FREE char *path =
            str_printf("%.*s/%s", dir.n != 0 ? (int)dir.n : 1, dir.n != 0 ? dir.at : ".", program);
        if (is_program(path, &sys)) {
            *out_path = TAKE_PTR(path);
            return 0;
        }
        is_denied |= sys == EACCES;
    }
    if (is_denied)
        return refuse_program(program, EACCES, err);
    return fail(err, ERR_NOT_FOUND, "exec: \"%s\": executable file not found in $PATH", program);
}

static int fail_exec(const char *path, struct err *err)
{
    int sys = errno;
    AUTO_FREE char *flaw = program_flaw(path);
    if (sys == ENOENT)
        return fail(err, ERR_NOT_FOUND, "exec %s: no such file or directory (it is there: %s)",
                    path, flaw != NULL ? flaw : "its interpreter or loader is not, see `file`");
    if (sys == ENOEXEC)
        return fail(err, ERR_DENIED, "exec %s: exec format error (%s)", path,
                    flaw != NULL ? flaw : "built for another processor, or damaged");
    return refuse_program(path, sys, err);
}

// --- the last steps
// --------------------------------------------------------------------------------------------------

static int apply_labels(const struct process_plan *plan, struct err *err)
{
    const struct oci_process *process = plan->process;
    bool has_profile = !text_is_empty(process->apparmorProfile);
    bool has_label = !text_is_empty(process->selinuxLabel);
    if (!has_profile && !has_label)
        return 0;
    AUTO_FD int proc = procfs_open(err);
    if (proc < 0)
        return -1;
    if (has_profile && lsm_apparmor_apply(proc, process->apparmorProfile, err) < 0)
        return fail_in(err, "process.apparmorProfile");
    if (has_label && lsm_selinux_apply(proc, process->selinuxLabel, err) < 0)
        return fail_in(err, "process.selinuxLabel");
    return 0;
}

static int apply_scheduling(const struct process_plan *plan, struct err *err)
{
    const struct oci_process *process = plan->process;
    if (process->scheduler != NULL && schedule_apply(&plan->schedule, err) < 0)
        return fail_in(err, "process.scheduler");
    if (process->ioPriority != NULL &&
        io_priority_apply(plan->io_class, process->ioPriority->priority, err) < 0)
        return fail_in(err, "process.ioPriority");
    if (plan->memory_policy != NULL && memory_policy_apply(plan->memory_policy, err) < 0)
        return fail_in(err, "linux.memoryPolicy");
    if (plan->has_personality && personality_apply(plan->personality, err) < 0)
        return fail_in(err, "linux.personality");
    return 0;
}

static bool is_null(const struct stat *st)
{
    return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

// The caller's /dev/null is a file of the host's mount, which nothing inside should hold and criu
// cannot save: the container's own takes its place, where it has a real one.
static void replace_null(int root)
{
    AUTO_FD int own = -1;
    for (int fd = 0; fd <= 2; fd++) {
        struct stat st;
        if (fstat(fd, &st) < 0 || !is_null(&st))
            continue;
        struct err ignored;
        if (own <
            0) // O_NONBLOCK: in the container's root it may be anything until it was looked at
            own = path_open_in(root, "/dev/null", O_RDWR | O_NONBLOCK | O_NOCTTY, &ignored);
        if (own < 0 || fstat(own, &st) < 0 || !is_null(&st) || fcntl(own, F_SETFL, 0) < 0 ||
            dup2(own, fd) < 0)
            return;
    }
}

// So that /dev/stdout can be opened again by the container's user. Pipes of another user namespace
// and read-only places refuse, which is no harm.
static void give_stdio(uid_t uid)
{
    for (int fd = 0; fd <= 2; fd++) {
        struct stat st;
        if (fstat(fd, &st) < 0 || st.st_uid == uid || is_null(&st))
            continue;
        (void)!fchown(fd, uid, (gid_t)-1); // see above
    }
}

void process_give_stdio(const struct id_maps *maps, uint32_t inside)
{
    for (size_t i = 0; i < maps->n_uids; i++) {
        const struct id_map *map = &maps->uids[i];
        if (inside >= map->inside && inside - map->inside < map->size)
            give_stdio(map->outside + (inside - map->inside));
    }
}

static int apply_user(const struct process_plan *plan, struct err *err)
{
    const struct oci_user *user = &plan->process->user;
    give_stdio(user->uid);
    if (!plan->keeps_groups &&
        setgroups(user->n_additionalGids, (const gid_t *)user->additionalGids) < 0) {
        // A user namespace with setgroups denied has nothing to drop into or out of.
        if (errno != EPERM || user->n_additionalGids != 0)
            return fail_sys(err, "process.user.additionalGids");
    }
    if (setresgid(user->gid, user->gid, user->gid) < 0)
        return fail_sys(err, "process.user.gid: become %u%s", user->gid,
                        errno == EINVAL ? " (not in linux.gidMappings)" : "");
    if (setresuid(user->uid, user->uid, user->uid) < 0)
        return fail_sys(err, "process.user.uid: become %u%s", user->uid,
                        errno == EINVAL ? " (not in linux.uidMappings)" : "");
    return 0;
}

static int apply_filter(const struct process_plan *plan, int control, struct err *err)
{
    AUTO_FD int listener = -1;
    if (seccomp_install(&plan->seccomp, &listener, err) < 0)
        return fail_in(err, "linux.seccomp");
    if (listener < 0)
        return 0;
    if (handshake_send(control, CHILD_HAS_LISTENER, listener, err) < 0)
        return -1;
    return handshake_receive(control, PARENT_GO_ON, PARENT_GO_ON, NULL, err) < 0 ? -1 : 0;
}

// The directory may be reachable for the user only, or for root only: tried before and after the
// change of user.
static int enter_cwd(const char *cwd, struct err *err)
{
    if (chdir(cwd) < 0)
        return fail_sys(err, "process.cwd: change to %s", cwd);
    char now[PATH_MAX];
    // "(unreachable)/…": a directory outside of the root (CVE-2024-21626).
    if (syscall(SYS_getcwd, now, sizeof now) < 0 || now[0] != '/')
        return fail(err, ERR_DENIED, "process.cwd: %s is outside of the container", cwd);
    return 0;
}

// By the kernel's own call: the C library keeps signals 32 and 33 to itself, and they may be
// ignored as well as any other. Its struct is the handler, the flags, the restorer and a mask of 64
// bits.
static int reset_signals(struct err *err)
{
    static const uint64_t by_default[4];
    for (int signal = 1; signal < NSIG; signal++)
        if (signal != SIGKILL && signal != SIGSTOP &&
            syscall(SYS_rt_sigaction, signal, by_default, NULL, sizeof(uint64_t)) < 0)
            return fail_sys(err, "let signal %d act as by default", signal);
    sigset_t none;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
        return fail_sys(err, "unblock all signals");
    return 0;
}

static char *home_of(int root, uid_t uid)
{
    struct err ignored;
    AUTO_FD int passwd = path_open_in(root, "/etc/passwd", O_RDONLY | O_NONBLOCK, &ignored);
    AUTO_FREE char *spec = str_printf("%u", uid);
    struct user user;
    if (passwd < 0 || user_resolve(spec, passwd, -1, &user, &ignored) < 0)
        return xstrdup("/");
    char *home = xstrdup(user.home);
    user_done(&user);
    return home;
}

static char **make_environment(const struct process_plan *plan, int root)
{
    const struct oci_process *process = plan->process;
    char **env = xcalloc(process->n_env + 3, sizeof *env);
    size_t n = 0;
    for (size_t i = 0; i < process->n_env; i++)
        env[n++] = (char *)process->env[i];
    const char *home = env_get(process, "HOME");
    if (home == NULL) {
        AUTO_FREE char *found = home_of(root, process->user.uid);
        env[n++] = str_printf("HOME=%s", found);
    }
    if (getenv("LISTEN_FDS") != NULL && plan->preserve_fds != 0) {
        env[n++] = str_printf("LISTEN_FDS=%s", getenv("LISTEN_FDS"));
        env = xreallocarray(env, n + 2, sizeof *env);
        env[n++] = str_printf("LISTEN_PID=%d", (int)getpid());
        env[n] = NULL;
    }
    return env;
}

static char **make_arguments(const struct oci_process *process)
{
    char **args = xcalloc(process->n_args + 1, sizeof *args);
    for (size_t i = 0; i < process->n_args; i++)
        args[i] = (char *)process->args[i];
    return args;
}

static int become(const struct process_plan *plan, int control, struct err *err)
{
    const struct oci_process *process = plan->process;
    bool filters_early = plan->has_seccomp && !process->noNewPrivileges;
    bool is_in_cwd = chdir(process->cwd) == 0;
    if (capability_apply_before_user(&plan->capabilities, err) < 0)
        return -1;
    if (filters_early && apply_filter(plan, control, err) < 0)
        return -1;
    if (apply_user(plan, err) < 0 || (!is_in_cwd && enter_cwd(process->cwd, err) < 0))
        return -1;
    if (is_in_cwd && enter_cwd(".", err) < 0)
        return -1;
    if (process->noNewPrivileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail_sys(err, "process.noNewPrivileges");
    uint64_t missing = 0;
    if (capability_apply_after_user(&plan->capabilities, &missing, err) < 0)
        return fail_in(err, "process.capabilities");
    if (plan->has_seccomp && !filters_early && apply_filter(plan, control, err) < 0)
        return -1;
    return 0;
}

int process_become(const struct process_plan *plan, const char *path, int root, int control,
                   struct err *err)
{
    const struct oci_process *process = plan->process;
    if (plan->keyring != NULL && keyring_join_session(plan->keyring, err) < 0)
        return -1;
    if (apply_labels(plan, err) < 0 || apply_scheduling(plan, err) < 0)
        return -1;
    replace_null(root);
    umask(process->user.umask != NULL ? (mode_t)*process->user.umask : 0022);
    char **env = make_environment(plan, root);
    char **args = make_arguments(process);
    if (reset_signals(err) < 0 || become(plan, control, err) < 0)
        return -1;
    // Everything of ours is O_CLOEXEC from birth; this is for what a caller may have left open
    // (S-6).
    if (syscall(SYS_close_range, 3 + plan->preserve_fds, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        return fail_sys(err, "close what the container must not inherit");
    execve(path, args, env);
    return fail_exec(path, err);
}
