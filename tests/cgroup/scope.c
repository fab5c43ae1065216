// SPDX-License-Identifier: Apache-2.0
// scope.c — the systemd driver where systemd is PID 1 (tests/vm/run systemd): scope [CGROUP
// [PATTERN]].
//
// dhow-systemd-cgroup is found beside this program.
#include "base/mem.h"
#include "base/str.h"
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define SCOPE "dhowtest-unit.scope"

static int64_t limit, swap, pids;
static uint64_t shares = 512, period = 100'000;
static int64_t quota = 50'000;
static struct oci_memory memory = {.limit = &limit, .swap = &swap};
static struct oci_pids pids_limit = {&pids};
static struct oci_cpu cpu = {.shares = &shares, .quota = &quota, .period = &period, .cpus = "0"};
static struct oci_device_rule deny = {.allow = false, .access = "rwm"};
static struct oci_resources resources = {
    .memory = &memory, .pids = &pids_limit, .cpu = &cpu, .devices = &deny, .n_devices = 1};

static struct json_pair annotations[] = {
    {"org.systemd.property.TimeoutStopUSec", "uint64 7000000"},
    {"org.systemd.property.CollectMode", "'inactive-or-failed'"},
    {"org.systemd.property.IOReadBandwidthMax", "@a(st) []"},
};

// A user's systemd is asked when the program is a user's; it was given less to give.
static bool is_user(void)
{
    return geteuid() != 0;
}

static struct cgroup *plan_scope(void)
{
    struct cgroup_request request = {.id = "unit",
                                     .cgroupsPath = "dhow-test.slice:dhowtest:unit",
                                     .driver = CGROUP_SYSTEMD,
                                     .is_rootless = is_user(),
                                     .annotations = annotations,
                                     .n_annotations = N_ELEMENTS(annotations)};
    struct cgroup *cgroup = NULL;
    OK(cgroup_plan(&request, &cgroup, &err));
    return cgroup;
}

// A container's first process waits until it has been attached.
static pid_t start(struct cgroup *cgroup)
{
    OK(cgroup_make(cgroup, &resources, &err));
    CHECK(cgroup_wants_attach(cgroup));
    pid_t pid = spawn(cgroup, run_pause, NULL);
    OK(cgroup_attach(cgroup, pid, &resources, &err));
    return pid;
}

// What a command prints; it must succeed.
static const char *output_of(const char *command)
{
    static char text[32768];
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)execlp("sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    size_t n = 0;
    for (ssize_t got = 1; got > 0; n += (size_t)(got > 0 ? got : 0))
        got = read(ends[0], text + n, sizeof text - 1 - n);
    text[n] = '\0';
    (void)close(ends[0]);
    CHECK(status_of(pid) == 0);
    return text;
}

// Whether systemd says this line of the scope ("MemoryMax=67108864").
static void shows(const char *line)
{
    AUTO_FREE char *whole = str_printf("\n%s\n", line);
    if (strstr(output_of(is_user() ? "echo; systemctl --user show " SCOPE
                                   : "echo; systemctl show " SCOPE),
               whole) == NULL) {
        printf("# systemd does not say %s\n", line);
        CHECK(false);
    }
}

static int run_open_node(const void *)
{
    int fd = open("/tmp/dhow-test-node", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    return fd < 0 && errno == EPERM ? 0 : 1;
}

static const struct {
    const char *controller, *v1_file, *v1_text, *v2_file, *v2_text;
} files[] = {
    {"memory", "memory.limit_in_bytes", "67108864", "memory.max", "67108864"},
    {"memory", "memory.memsw.limit_in_bytes", "67108864", "memory.swap.max", "0"},
    {"pids", "pids.max", "33", "pids.max", "33"},
    {"cpu", "cpu.shares", "512", "cpu.weight", "20"},
    {"cpu", "cpu.cfs_quota_us", "50000", "cpu.max", "50000 100000"},
    {"cpuset", "cpuset.cpus", "0", "cpuset.cpus", "0"},
};

static void check_files(const struct cgroup *cgroup)
{
    for (size_t i = 0; i < N_ELEMENTS(files); i++)
        if (!is_user() || strcmp(files[i].controller, "cpuset") != 0)
            TEXT(
                content(cgroup, files[i].controller, is_v2() ? files[i].v2_file : files[i].v1_file),
                is_v2() ? files[i].v2_text : files[i].v1_text, files[i].v2_file);
}

static void check_properties(void)
{
    shows(is_v2() ? "MemoryMax=67108864" : "MemoryLimit=67108864");
    shows(is_v2() ? "CPUWeight=20" : "CPUShares=512");
    shows("TasksMax=33");
    shows("CPUQuotaPerSecUSec=500ms");
    shows("Delegate=yes");
    shows("TimeoutStopUSec=7s");
    shows("CollectMode=inactive-or-failed");
    shows("Slice=dhow-test.slice");
    if (is_v2() && !is_user())
        shows("AllowedCPUs=0");
}

static void a_scope_has_its_limits_in_the_files_and_in_systemd(void)
{
    limit = swap = 64 << 20;
    pids = 33;
    struct cgroup *cgroup = plan_scope();
    pid_t pid = start(cgroup);
    const char *path = cgroup_path_get(cgroup);
    CHECK(text_ends(path, "/dhow.slice/dhow-test.slice/" SCOPE));
    CHECK(is_user() == (strstr(path, "/user@") != NULL));
    check_files(cgroup);
    check_properties();
    finish(cgroup);
    CHECK(status_of(pid) == 1000 + SIGKILL);
    shows("LoadState=not-found");
}

static void an_update_survives_a_reload_of_systemd(void)
{
    limit = swap = 64 << 20;
    pids = 33;
    struct cgroup *cgroup = plan_scope();
    pid_t pid = start(cgroup);
    AUTO_BUF struct buf saved;
    buf_init(&saved, 65536);
    cgroup_save(cgroup, &saved);
    struct cgroup *loaded = NULL;
    OK(cgroup_load(buf_get(&saved), &loaded, &err));
    limit = swap = 96 << 20;
    pids = 44;
    OK(cgroup_update(loaded, &resources, &err));
    (void)output_of(is_user() ? "systemctl --user daemon-reload" : "systemctl daemon-reload");
    const char *file = is_v2() ? "memory.max" : "memory.limit_in_bytes";
    TEXT(content(loaded, "memory", file), "100663296", file);
    TEXT(content(loaded, "pids", "pids.max"), "44", "pids.max");
    CHECK(is_user() || mknod("/tmp/dhow-test-node", S_IFCHR | 0600, makedev(7, 77)) == 0);
    OK(cgroup_open_for_exec(loaded, NULL, 0, &err));
    CHECK(is_user() || status_of(spawn(loaded, run_open_node, NULL)) == 0);
    OK(cgroup_remove(loaded, &err));
    OK(cgroup_remove(loaded, &err)); // fine again when it is gone
    CHECK(status_of(pid) == 1000 + SIGKILL);
    cgroup_close(loaded);
    cgroup_close(cgroup);
}

static void a_second_container_of_the_same_name_is_a_conflict(void)
{
    limit = swap = 64 << 20;
    pids = 33;
    struct cgroup *cgroup = plan_scope();
    pid_t pid = start(cgroup);
    struct cgroup *second = plan_scope();
    pid_t other = fork();
    if (other == 0)
        _exit(run_pause(NULL));
    FAILS(cgroup_attach(second, other, &resources, &err), "already");
    CHECK(err.kind == ERR_CONFLICT);
    cgroup_close(second);
    (void)kill(other, SIGKILL);
    CHECK(status_of(other) == 1000 + SIGKILL);
    finish(cgroup);
    CHECK(status_of(pid) == 1000 + SIGKILL);
}

static void an_annotation_cannot_make_the_machine_reboot(void)
{
    struct json_pair before = annotations[0];
    annotations[0] = (struct json_pair){"org.systemd.property.SuccessAction", "'reboot-force'"};
    struct cgroup *cgroup = plan_scope();
    FAILS(cgroup_attach(cgroup, 1, NULL, &err), "SuccessAction: a container may not");
    cgroup_close(cgroup);
    annotations[0] = before;
}

static const struct trial_case cases[] = {
#define CASE(name)                                                                                 \
    {                                                                                              \
#name, name                                                                                \
    }
    CASE(a_scope_has_its_limits_in_the_files_and_in_systemd),
    CASE(an_update_survives_a_reload_of_systemd),
    CASE(a_second_container_of_the_same_name_is_a_conflict),
    CASE(an_annotation_cannot_make_the_machine_reboot),
};

int main(int, char **argv)
{
    if (is_user())
        cpu.cpus = NULL; // user@.service is given cpu, memory and pids only
    return trial_run(cases, N_ELEMENTS(cases), argv) != 0;
}
