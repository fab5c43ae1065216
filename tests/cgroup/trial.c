// SPDX-License-Identifier: Apache-2.0
// trial.c — runs the cases; see trial.h.
#include "trial.h"

#include "base/mem.h"
#include "base/str.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static const char *top; // "/dhow-test-1"
bool has_failed;
char skip_reason[200];
struct err err;

const char *trial_top(void)
{
    return top;
}

static void remove_top(void)
{
    struct cgroup_request request = {.id = "top", .cgroupsPath = top};
    struct cgroup *cgroup = NULL;
    OK(cgroup_plan(&request, &cgroup, &err));
    OK(cgroup_remove(cgroup, &err));
    cgroup_close(cgroup);
}

int trial_run(const struct trial_case *cases, size_t n, char **argv)
{
    top = argv[1] != NULL ? argv[1] : "/dhow-test-kernel";
    const char *pattern = argv[1] != NULL ? argv[2] : NULL;
    int failures = 0;
    printf("TAP version 13\n1..%zu\n", n);
    for (size_t i = 0; i < n; i++) {
        has_failed = false;
        skip_reason[0] = '\0';
        if (pattern != NULL && strstr(cases[i].name, pattern) == NULL)
            SKIP("not asked for");
        else
            cases[i].run();
        failures += has_failed;
        printf("%sok %zu - %s%s%s\n", has_failed ? "not " : "", i + 1, cases[i].name,
               skip_reason[0] != '\0' ? " # skip " : "", skip_reason);
        fflush(stdout);
    }
    has_failed = false;
    remove_top();
    return failures + has_failed;
}

void check(bool is_true, const char *what, int line)
{
    if (is_true)
        return;
    has_failed = true;
    printf("# line %d: not true: %s\n", line, what);
}
void check_ok(int result, const char *what, int line)
{
    if (result >= 0)
        return;
    has_failed = true;
    printf("# line %d: failed: %s: %s\n", line, what, err.text);
}
void check_fails(int result, const char *part, const char *what, int line)
{
    if (result < 0 && strstr(err.text, part) != NULL)
        return;
    has_failed = true;
    printf("# line %d: %s: want an error with \"%s\", got %s\n", line, what, part,
           result < 0 ? err.text : "success");
}
void check_text(const char *got, const char *want, const char *what, int line)
{
    if (strcmp(got, want) == 0)
        return;
    has_failed = true;
    printf("# line %d: %s: got \"%s\", want \"%s\"\n", line, what, got, want);
}

// --- what cases use ---

struct cgroup *plan(const char *name, const struct oci_resources *resources)
{
    AUTO_FREE char *path = str_printf("%s/%s", top, name);
    struct cgroup_request request = {.id = name, .cgroupsPath = path, .resources = resources};
    struct cgroup *cgroup = NULL;
    if (cgroup_plan(&request, &cgroup, &err) < 0) {
        printf("Bail out! %s\n", err.text);
        exit(2);
    }
    return cgroup;
}

// A process in the cgroup (it has joined when this returns) that runs `run` and exits with what it
// returns.
pid_t spawn(const struct cgroup *cgroup, int (*run)(const void *), const void *context)
{
    struct clone_args args = {.exit_signal = SIGCHLD};
    if (cgroup_clone_fd(cgroup) >= 0) {
        args.flags = CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)cgroup_clone_fd(cgroup);
    }
    fflush(stdout);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (pid < 0)
        perror("# clone3");
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (cgroup_enter(cgroup) < 0)
            _exit(99);
        (void)close(ends[0]);
        (void)close(ends[1]);
        _exit(run(context));
    }
    char byte;
    (void)close(ends[1]);
    if (read(ends[0], &byte, 1) != 0)
        perror("# read");
    (void)close(ends[0]);
    return pid;
}
int status_of(pid_t pid)
{
    int status = -1;
    (void)waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}
int run_pause(const void *)
{
    for (;;)
        (void)pause();
    return 0;
}

// The content of a cgroup's file without the line's end; "-" when it cannot be read.
const char *content(const struct cgroup *cgroup, const char *controller, const char *file)
{
    static char text[4096];
    struct err ignored;
    AUTO_BUF struct buf read;
    buf_init(&read, sizeof text - 1);
    const struct hierarchy *hierarchy = hierarchy_get(cgroup, controller);
    if (hierarchy == NULL || hierarchy_read(hierarchy->path, file, &read, &ignored) < 0)
        return "-";
    struct str trimmed = str_trim(str_of(buf_get(&read)));
    (void)snprintf(text, sizeof text, "%.*s", (int)trimmed.n, trimmed.at);
    return text;
}
bool has_controller(const char *name)
{
    struct cgroup *cgroup = plan("probe", NULL);
    bool has = hierarchy_get(cgroup, name) != NULL;
    if (cgroup_is_v2(cgroup)) {
        AUTO_BUF struct buf text;
        buf_init(&text, 4096);
        AUTO_FREE char *padded = str_printf(" %s ", name);
        buf_char(&text, ' ');
        struct err ignored;
        (void)hierarchy_read(hierarchy_get(cgroup, name)->root, "cgroup.controllers", &text,
                             &ignored);
        AUTO_FREE char *line =
            str_printf("%.*s ", (int)strcspn(buf_get(&text), "\n"), buf_get(&text));
        has = strstr(line, padded) != NULL;
    }
    cgroup_close(cgroup);
    return has;
}
bool is_v2(void)
{
    struct cgroup *cgroup = plan("probe", NULL);
    bool is = cgroup_is_v2(cgroup);
    cgroup_close(cgroup);
    return is;
}
void finish(struct cgroup *cgroup)
{
    OK(cgroup_remove(cgroup, &err));
    cgroup_close(cgroup);
}
