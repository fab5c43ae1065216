// SPDX-License-Identifier: Apache-2.0
// kernel.c — the cgroup module against a real kernel: kernel [CGROUP [PATTERN]].
//
// Runs as root wherever cgroups are mounted: on a build machine's v1, and in the virtual machines
// of tests/vm with all controllers of v1 and v2 (static, no shell needed). Whatever it makes is
// below CGROUP and in a temporary directory, and is gone at the end.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/devices.h"
#include "cgroup/stats.h"
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

static int run_show_cgroups(const void *context)
{
    struct err ignored;
    AUTO_BUF struct buf text;
    buf_init(&text, 65536);
    if (file_read_at(AT_FDCWD, "/proc/self/cgroup", &text, &ignored) < 0)
        return 1;
    size_t lines = 0, inside = 0;
    struct str rest = str_of(buf_get(&text));
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        if (is_v2() != str_starts(line, "0:"))
            continue; // on a hybrid machine both are there, and one is ours
        AUTO_FREE char *name = xstrndup(line.at, line.n);
        lines++;
        inside += text_ends(name, context);
    }
    return lines != 0 && lines == inside ? 0 : 1;
}

static void a_process_is_in_every_hierarchy(void)
{
    struct cgroup *cgroup = plan("join/deep/er", NULL);
    OK(cgroup_make(cgroup, NULL, &err));
    CHECK(status_of(spawn(cgroup, run_show_cgroups, "/join/deep/er")) == 0);
    // As exec does it: another process opens the same cgroup from what was saved.
    AUTO_BUF struct buf saved;
    buf_init(&saved, 65536);
    cgroup_save(cgroup, &saved);
    struct cgroup *loaded = NULL;
    OK(cgroup_load(buf_get(&saved), &loaded, &err));
    OK(cgroup_open_for_exec(loaded, NULL, 0, &err));
    CHECK(status_of(spawn(loaded, run_show_cgroups, "/join/deep/er")) == 0);
    CHECK(strcmp(cgroup_path_get(loaded), cgroup_path_get(cgroup)) == 0);
    FAILS(cgroup_open_for_exec(loaded, "../..", 0, &err), "no valid part");
    cgroup_close(loaded);
    finish(cgroup);
}

static const struct expectation {
    const char *v1_controller, *v1_file, *v1_text, *v2_file, *v2_text;
} expectations[] = {
    {"memory", "memory.limit_in_bytes", "67108864", "memory.max", "67108864"},
    {"memory", "memory.memsw.limit_in_bytes", "100663296", "memory.swap.max", "33554432"},
    {"memory", "memory.soft_limit_in_bytes", "33554432", "memory.low", "33554432"},
    {"cpu", "cpu.shares", "512", "cpu.weight", "20"},
    {"cpu", "cpu.cfs_quota_us", "50000", "cpu.max", "50000 200000"},
    {"cpu", "cpu.cfs_period_us", "200000", NULL, NULL},
    {"cpu", "cpu.cfs_burst_us", "10000", "cpu.max.burst", "10000"},
    {"cpuset", "cpuset.cpus", "0", "cpuset.cpus", "0"},
    {"cpuset", "cpuset.mems", "0", "cpuset.mems", "0"},
    {"pids", "pids.max", "77", "pids.max", "77"},
    {"hugetlb", "hugetlb.2MB.limit_in_bytes", "4194304", "hugetlb.2MB.max", "4194304"},
    {"hugetlb", "hugetlb.2MB.rsvd.limit_in_bytes", "4194304", "hugetlb.2MB.rsvd.max", "4194304"},
    {"net_cls", "net_cls.classid", "1048577", NULL, NULL},
    {"net_prio", "net_prio.ifpriomap", "lo 3", NULL, NULL},
};

static void limits_are_what_the_files_say(void)
{
    int64_t limit = 64 << 20, swap = 96 << 20, reservation = 32 << 20, quota = 50'000, pids = 77;
    uint64_t shares = 512, period = 200'000, burst = 10'000;
    uint32_t zero = 0, class_id = 1'048'577;
    struct oci_memory memory = {.limit = &limit, .swap = &swap, .reservation = &reservation};
    struct oci_cpu cpu = {.shares = &shares, .quota = &quota, .period = &period, .burst = &burst};
    struct oci_block_io block = {.weight = &zero};
    struct oci_hugepage_limit huge = {"2MB", 4 << 20};
    struct oci_interface_priority loopback = {"lo", 3};
    struct oci_network network = {&class_id, &loopback, 1};
    struct oci_pids pids_limit = {&pids};
    struct oci_resources resources = {.blockIO = &block};
    bool has_cpuset = has_controller("cpuset");
    cpu.cpus = has_cpuset ? "0" : NULL;
    cpu.mems = has_cpuset ? "0" : NULL;
    resources.memory = has_controller("memory") ? &memory : NULL;
    resources.cpu = has_controller("cpu") ? &cpu : NULL;
    resources.pids = has_controller("pids") ? &pids_limit : NULL;
    resources.hugepageLimits = &huge;
    resources.n_hugepageLimits = has_controller("hugetlb");
    resources.network = !is_v2() && has_controller("net_cls") ? &network : NULL;

    struct cgroup *cgroup = plan("limits", &resources);
    OK(cgroup_make(cgroup, &resources, &err));
    for (size_t i = 0; i < N_ELEMENTS(expectations); i++) {
        const struct expectation *e = &expectations[i];
        const char *file = is_v2() ? e->v2_file : e->v1_file;
        if (file == NULL || !has_controller(e->v1_controller))
            continue;
        const char *got = content(cgroup, e->v1_controller, file);
        if (strcmp(file, "net_prio.ifpriomap") == 0)
            CHECK(strstr(got, e->v1_text) != NULL);
        else
            TEXT(got, is_v2() ? e->v2_text : e->v1_text, file);
    }
    CHECK(status_of(spawn(cgroup, run_show_cgroups, "/limits")) == 0);
    finish(cgroup);
}

static void update_finds_the_order_and_undoes_what_failed(void)
{
    if (!has_controller("memory") || !has_controller("pids")) {
        SKIP("no memory controller");
        return;
    }
    const char *file = is_v2() ? "memory.max" : "memory.limit_in_bytes";
    int64_t limit = 64 << 20, swap = 64 << 20, pids = 10;
    struct oci_memory memory = {.limit = &limit, .swap = &swap};
    struct oci_pids pids_limit = {&pids};
    struct oci_resources resources = {.memory = &memory, .pids = &pids_limit};
    struct cgroup *cgroup = plan("update", &resources);
    OK(cgroup_make(cgroup, &resources, &err));
    limit = swap = 128 << 20;
    OK(cgroup_update(cgroup, &resources, &err));
    TEXT(content(cgroup, "memory", file), "134217728", "raised");
    limit = swap = 32 << 20;
    OK(cgroup_update(cgroup, &resources, &err));
    TEXT(content(cgroup, "memory", file), "33554432", "lowered");
    limit = swap = -1;
    OK(cgroup_update(cgroup, &resources, &err));
    limit = swap = 32 << 20;
    OK(cgroup_update(cgroup, &resources, &err));
    // The second half is refused: the first is taken back.
    limit = swap = 48 << 20;
    pids = 5'000'000'000;
    FAILS(cgroup_update(cgroup, &resources, &err), "set pids.limit: write \"5000000000\"");
    TEXT(content(cgroup, "memory", file), "33554432", "undone");
    TEXT(content(cgroup, "pids", "pids.max"), "10", "undone");
    finish(cgroup);
}

static int run_eat(const void *)
{
    size_t n = 24 << 20;
    char *at = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return 1;
    memset(at, 1, n);
    return run_pause(NULL);
}

static void a_limit_below_what_is_used_is_refused_with_advice(void)
{
    if (!has_controller("memory")) {
        SKIP("no memory controller");
        return;
    }
    struct cgroup *cgroup = plan("below", NULL);
    OK(cgroup_make(cgroup, NULL, &err));
    pid_t pid = spawn(cgroup, run_eat, NULL);
    struct cgroup_stats stats = {0};
    AUTO_ARENA struct arena arena = {0};
    for (int i = 0; i < 500 && stats.memory_usage < 24 << 20; i++) {
        usleep(10'000);
        OK(cgroup_stats_read(cgroup, &arena, &stats, &err));
    }
    CHECK(stats.memory_usage >= 24 << 20);
    CHECK(stats.cpu_total_ns > 0);
    CHECK(stats.n_memory_raw > 10);
    CHECK(!has_controller("pids") || stats.pids_current == 1);
    int64_t limit = 4 << 20;
    bool is_checked = true;
    struct oci_memory memory = {.limit = &limit, .checkBeforeUpdate = &is_checked};
    struct oci_resources resources = {.memory = &memory};
    FAILS(cgroup_update(cgroup, &resources, &err), "in use (checkBeforeUpdate)");
    CHECK(err.kind == ERR_CONFLICT);
    if (!is_v2()) {
        int64_t swap = 4 << 20;
        memory.checkBeforeUpdate = NULL;
        memory.swap = &swap;
        FAILS(cgroup_update(cgroup, &resources, &err), "cannot be reclaimed");
        memory.checkBeforeUpdate = &is_checked;
    }
    OK(cgroup_kill(cgroup, SIGKILL, &err));
    CHECK(status_of(pid) == 1000 + SIGKILL);
    finish(cgroup);
}

static int run_fork_forever(const void *)
{
    for (;;) {
        pid_t pid = fork();
        if (pid > 0 && waitpid(pid, NULL, WNOHANG) >= 0)
            usleep(500);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
    }
    return 0;
}

static void killing_ends_processes_that_fork(void)
{
    int64_t pids = 60;
    struct oci_pids pids_limit = {&pids};
    struct oci_resources resources = {.pids = &pids_limit};
    struct cgroup *cgroup = plan("forks", &resources);
    OK(cgroup_make(cgroup, has_controller("pids") ? &resources : NULL, &err));
    if (!has_controller("pids")) {
        SKIP("no pids controller to bound a fork bomb");
        finish(cgroup);
        return;
    }
    pid_t pid = spawn(cgroup, run_fork_forever, NULL);
    usleep(100'000);
    OK(cgroup_kill(cgroup, SIGKILL, &err));
    CHECK(status_of(pid) == 1000 + SIGKILL);
    pid_t *left = NULL;
    size_t n = 1;
    OK(cgroup_pids(cgroup, &left, &n, &err));
    CHECK(n == 0);
    free(left);
    finish(cgroup);
}

static bool has_freezer(void)
{
    return is_v2() || has_controller("freezer");
}

static void a_frozen_cgroup_is_frozen_is_in_conflict_and_can_be_removed(void)
{
    if (!has_freezer()) {
        SKIP("no freezer");
        return;
    }
    struct cgroup *cgroup = plan("frozen", NULL);
    OK(cgroup_make(cgroup, NULL, &err));
    pid_t pid = spawn(cgroup, run_pause, NULL);
    CHECK(cgroup_is_frozen(cgroup, &err) == 0);
    OK(cgroup_freeze(cgroup, &err));
    CHECK(cgroup_is_frozen(cgroup, &err) == 1);
    struct cgroup *second = plan("frozen", NULL);
    FAILS(cgroup_make(second, NULL, &err), "in use");
    CHECK(err.kind == ERR_CONFLICT);
    cgroup_close(second);
    OK(cgroup_thaw(cgroup, &err));
    CHECK(cgroup_is_frozen(cgroup, &err) == 0);
    OK(cgroup_freeze(cgroup, &err));
    OK(cgroup_remove(cgroup, &err));
    CHECK(status_of(pid) == 1000 + SIGKILL);
    OK(cgroup_make(cgroup, NULL, &err));
    OK(cgroup_freeze(cgroup, &err));
    second = plan("frozen", NULL);
    FAILS(cgroup_make(second, NULL, &err), "is frozen");
    cgroup_close(second);
    finish(cgroup);
}

static void cgroups_below_are_listed_killed_and_removed(void)
{
    struct cgroup *cgroup = plan("nest", NULL);
    OK(cgroup_make(cgroup, NULL, &err));
    const struct hierarchy *hierarchy = hierarchy_main(cgroup);
    AUTO_FREE char *inner = str_printf("%s/inner", hierarchy->path);
    AUTO_FREE char *deeper = str_printf("%s/inner/deeper", hierarchy->path);
    CHECK(mkdir(inner, 0755) == 0 && mkdir(deeper, 0755) == 0);
    pid_t pid = spawn(cgroup, run_pause, NULL);
    AUTO_FREE char *text = str_printf("%d", (int)pid);
    CHECK(hierarchy_write(deeper, "cgroup.procs", text) == 0);
    pid_t *pids = NULL;
    size_t n = 0;
    OK(cgroup_pids(cgroup, &pids, &n, &err));
    CHECK(n == 1 && pids[0] == pid);
    free(pids);
    OK(cgroup_kill(cgroup, SIGTERM, &err));
    CHECK(status_of(pid) == 1000 + SIGTERM);
    OK(cgroup_open_for_exec(cgroup, "inner/deeper", 0, &err));
    pid = spawn(cgroup, run_pause, NULL);
    OK(cgroup_remove(cgroup, &err));
    CHECK(status_of(pid) == 1000 + SIGKILL);
    CHECK(access(hierarchy->path, F_OK) < 0);
    finish(cgroup); // fine again when it is gone
}

// --- devices: the kernel's answers against the model's ---

static char scratch[64]; // the directory of the device nodes

struct question {
    char type;
    int major, minor;
    uint8_t access;
};
struct device_trial {
    const struct device_list *list;
    unsigned tries;
    uint64_t *failures;
};

static bool kernel_allows(const struct question *q)
{
    char path[128];
    mode_t kind = q->type == 'b' ? S_IFBLK : S_IFCHR;
    (void)snprintf(path, sizeof path, "%s/new", scratch);
    if (q->access == DEVICE_MKNOD) {
        int made = mknod(path, kind | 0600, makedev(q->major, q->minor));
        int sys = errno;
        (void)unlink(path);
        return made == 0 || sys != EPERM;
    }
    (void)snprintf(path, sizeof path, "%s/%c-%d-%d", scratch, q->type, q->major, q->minor);
    int how = q->access == DEVICE_READ ? O_RDONLY : q->access == DEVICE_WRITE ? O_WRONLY : O_RDWR;
    int fd = open(path, how | O_NONBLOCK | O_CLOEXEC);
    int sys = errno;
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0 || sys != EPERM;
}

static const int majors[] = {1, 1, 1, 1, 1, 7}, minors[] = {3, 5, 7, 8, 9, 77};
#define N_NODES N_ELEMENTS(majors)

static int run_ask(const void *context)
{
    static const uint8_t accesses[] = {DEVICE_MKNOD, DEVICE_READ, DEVICE_WRITE,
                                       DEVICE_READ | DEVICE_WRITE};
    const struct device_list *list = context;
    int wrong = 0;
    for (size_t i = 0; i < N_NODES; i++) {
        for (size_t a = 0; a < N_ELEMENTS(accesses); a++) {
            struct question q = {'c', majors[i], minors[i], accesses[a]};
            bool is_allowed = device_list_allows(list, q.type, q.major, q.minor, q.access);
            if (kernel_allows(&q) == is_allowed)
                continue;
            printf("# c %d:%d access %d: the model says %d\n", q.major, q.minor, q.access,
                   is_allowed);
            wrong++;
        }
    }
    fflush(stdout);
    return wrong != 0;
}

static unsigned pick(unsigned *seed, unsigned n)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % n;
}

// A list as people write it, without the default devices: these would hide most of its effect.
static struct device_list random_list(struct arena *arena, unsigned *seed)
{
    size_t n = 1 + pick(seed, 7);
    struct device_rule *rules = arena_array(arena, n + 1, sizeof *rules);
    size_t used = 0;
    rules[used++] = (struct device_rule){pick(seed, 4) == 0, 'a', -1, -1, DEVICE_ALL};
    while (used <= n) {
        size_t at = pick(seed, N_NODES);
        rules[used++] =
            (struct device_rule){pick(seed, 3) != 0, 'c', pick(seed, 5) == 0 ? -1 : majors[at],
                                 pick(seed, 4) == 0 ? -1 : minors[at], 1 + pick(seed, 7)};
    }
    return (struct device_list){true, rules, used};
}

static void print_list(const struct device_list *list)
{
    AUTO_ARENA struct arena arena = {0};
    for (size_t i = 0; i < list->n; i++)
        printf("#   %s %s\n", list->rules[i].is_allow ? "allow" : "deny ",
               device_rule_text(&arena, &list->rules[i]));
}

static void device_rules_mean_what_the_model_says(void)
{
    if (!is_v2() && !has_controller("devices")) {
        SKIP("no devices controller");
        return;
    }
    unsigned seed = 20261124;
    unsigned asked = 0;
    for (unsigned i = 0; i < 150 && !has_failed; i++) {
        AUTO_ARENA struct arena arena = {0};
        struct device_list first = random_list(&arena, &seed);
        struct device_list second = random_list(&arena, &seed);
        struct cgroup *cgroup = plan("devices", NULL);
        OK(cgroup_make(cgroup, NULL, &err));
        // Made with one list, updated to another: both answer as the model does. v1 may refuse a
        // list that it cannot express; it must never take one and answer otherwise.
        for (int round = 0; round < 2 && !has_failed; round++) {
            const struct device_list *list = round == 0 ? &first : &second;
            int done = is_v2() ? devices_apply_v2(cgroup, list, round == 1, &err)
                               : devices_apply_v1(cgroup, list, round == 1, &err);
            if (done < 0 && !is_v2() && err.kind == ERR_INVALID)
                continue;
            OK(done);
            asked++;
            CHECK(status_of(spawn(cgroup, run_ask, list)) == 0);
            if (has_failed)
                print_list(list);
        }
        finish(cgroup);
    }
    CHECK(asked >= 60);
}

static void a_container_gets_the_default_devices_and_no_others(void)
{
    if (!is_v2() && !has_controller("devices")) {
        SKIP("no devices controller");
        return;
    }
    struct oci_device_rule deny = {.allow = false, .access = "rwm"};
    struct oci_resources resources = {.devices = &deny, .n_devices = 1};
    struct cgroup *cgroup = plan("default", &resources);
    OK(cgroup_make(cgroup, &resources, &err));
    AUTO_ARENA struct arena arena = {0};
    struct device_list list;
    OK(device_list_make(&arena, &resources, &list, &err));
    CHECK(device_list_allows(&list, 'c', 1, 3, DEVICE_READ | DEVICE_WRITE));
    CHECK(!device_list_allows(&list, 'c', 7, 77, DEVICE_READ));
    CHECK(device_list_allows(&list, 'c', 7, 77, DEVICE_MKNOD));
    CHECK(status_of(spawn(cgroup, run_ask, &list)) == 0);
    finish(cgroup);
}

// --- v2 only ---

static void raw_keys_and_io_limits_are_written(void)
{
    if (!is_v2() || !has_controller("memory")) {
        SKIP("no v2 with controllers");
        return;
    }
    struct json_pair keys[] = {{"memory.high", "50331648"}, {"cgroup.max.descendants", "4"}};
    uint32_t weight = 500;
    struct oci_block_io block = {.weight = &weight};
    struct oci_resources resources = {.unified = keys, .n_unified = 2, .blockIO = &block};
    struct cgroup *cgroup = plan("raw", &resources);
    int made = cgroup_make(cgroup, &resources, &err);
    if (made < 0 && strstr(err.text, "blockIO.weight") != NULL) {
        printf("# no I/O weights in this kernel: %s\n", err.text);
        resources.blockIO = NULL;
        made = cgroup_make(cgroup, &resources, &err);
    }
    OK(made);
    TEXT(content(cgroup, "memory", "memory.high"), "50331648", "memory.high");
    TEXT(content(cgroup, "cgroup", "cgroup.max.descendants"), "4", "descendants");
    finish(cgroup);
    keys[0] = (struct json_pair){"nosuch.max", "1"};
    cgroup = plan("raw", &resources);
    FAILS(cgroup_make(cgroup, &resources, &err), "set unified.nosuch.max");
    CHECK(access(hierarchy_main(cgroup)->path, F_OK) < 0); // nothing is left
    cgroup_close(cgroup);
}

static void period_alone_keeps_the_quota(void)
{
    if (!is_v2() || !has_controller("cpu")) {
        SKIP("no v2 with the cpu controller");
        return;
    }
    int64_t quota = 30'000;
    uint64_t period = 100'000;
    struct oci_cpu cpu = {.quota = &quota, .period = &period};
    struct oci_resources resources = {.cpu = &cpu};
    struct cgroup *cgroup = plan("period", &resources);
    OK(cgroup_make(cgroup, &resources, &err));
    cpu.quota = NULL;
    period = 50'000;
    OK(cgroup_update(cgroup, &resources, &err));
    TEXT(content(cgroup, "cpu", "cpu.max"), "30000 50000", "cpu.max");
    cpu.quota = &quota;
    cpu.period = NULL;
    quota = 20'000;
    OK(cgroup_update(cgroup, &resources, &err));
    TEXT(content(cgroup, "cpu", "cpu.max"), "20000 50000", "cpu.max");
    finish(cgroup);
}

static void a_parent_with_processes_gives_no_controllers_and_says_so(void)
{
    if (!is_v2() || !has_controller("memory")) {
        SKIP("no v2 with controllers");
        return;
    }
    int64_t limit = 64 << 20;
    struct oci_memory memory = {.limit = &limit};
    struct oci_resources resources = {.memory = &memory};
    struct cgroup *parent = plan("busy", NULL);
    OK(cgroup_make(parent, NULL, &err));
    pid_t pid = spawn(parent, run_pause, NULL);
    struct cgroup *child = plan("busy/child", &resources);
    FAILS(cgroup_make(child, &resources, &err), "set memory.limit");
    CHECK(strstr(err.text, "has processes") != NULL);
    cgroup_close(child);
    child = plan("busy/child", NULL);
    OK(cgroup_make(child, NULL, &err)); // without limits there is nothing to miss
    finish(child);
    finish(parent);
    CHECK(status_of(pid) == 1000 + SIGKILL);
}

// --- the run ---

static void exec_follows_a_first_process_that_moved_below(void)
{
    if (!is_v2() || !has_controller("memory")) {
        SKIP("no v2 with controllers");
        return;
    }
    struct cgroup *cgroup = plan("system", NULL);
    OK(cgroup_make(cgroup, NULL, &err));
    pid_t first = spawn(cgroup, run_pause, NULL);
    const char *path = hierarchy_main(cgroup)->path;
    AUTO_FREE char *scope = str_printf("%s/init.scope", path);
    AUTO_FREE char *text = str_printf("%d", (int)first);
    CHECK(mkdir(scope, 0755) == 0 && hierarchy_write(scope, "cgroup.procs", text) == 0);
    CHECK(hierarchy_write(path, "cgroup.subtree_control", "+memory") == 0);
    OK(cgroup_open_for_exec(cgroup, NULL, first, &err));
    CHECK(status_of(spawn(cgroup, run_show_cgroups, "/system/init.scope")) == 0);
    FAILS(cgroup_open_for_exec(cgroup, NULL, getpid(), &err), "is not in the cgroup");
    finish(cgroup);
    CHECK(status_of(first) == 1000 + SIGKILL);
}

static void a_delegated_cgroup_holds_the_processes(void)
{
    if (!is_v2()) {
        SKIP("no v2");
        return;
    }
    struct json_pair annotation = {"run.oci.delegate-cgroup", "work"};
    AUTO_FREE char *path = str_printf("%s/delegated", trial_top());
    struct cgroup_request request = {
        .id = "x", .cgroupsPath = path, .annotations = &annotation, .n_annotations = 1};
    struct cgroup *cgroup = NULL;
    OK(cgroup_plan(&request, &cgroup, &err));
    OK(cgroup_make(cgroup, NULL, &err));
    CHECK(status_of(spawn(cgroup, run_show_cgroups, "/delegated/work")) == 0);
    finish(cgroup);
    annotation.value = "../work";
    FAILS(cgroup_plan(&request, &cgroup, &err), "no valid name");
}

static const struct trial_case cases[] = {
#define CASE(name)                                                                                 \
    {                                                                                              \
#name, name                                                                                \
    }
    CASE(a_process_is_in_every_hierarchy),
    CASE(limits_are_what_the_files_say),
    CASE(update_finds_the_order_and_undoes_what_failed),
    CASE(a_limit_below_what_is_used_is_refused_with_advice),
    CASE(killing_ends_processes_that_fork),
    CASE(a_frozen_cgroup_is_frozen_is_in_conflict_and_can_be_removed),
    CASE(cgroups_below_are_listed_killed_and_removed),
    CASE(a_container_gets_the_default_devices_and_no_others),
    CASE(device_rules_mean_what_the_model_says),
    CASE(raw_keys_and_io_limits_are_written),
    CASE(period_alone_keeps_the_quota),
    CASE(a_parent_with_processes_gives_no_controllers_and_says_so),
    CASE(exec_follows_a_first_process_that_moved_below),
    CASE(a_delegated_cgroup_holds_the_processes),
};

static void make_nodes(void)
{
    (void)snprintf(scratch, sizeof scratch, "/tmp/dhow-test-cgroup-XXXXXX");
    (void)mkdir("/tmp", 01777); // a bare machine may have none
    if (mkdtemp(scratch) == NULL) {
        printf("Bail out! mkdtemp: %s\n", strerror(errno));
        exit(2);
    }
    for (size_t i = 0; i < N_NODES; i++) {
        AUTO_FREE char *path = str_printf("%s/c-%d-%d", scratch, majors[i], minors[i]);
        CHECK(mknod(path, S_IFCHR | 0600, makedev(majors[i], minors[i])) == 0);
    }
}

static void remove_nodes(void)
{
    for (size_t i = 0; i < N_NODES; i++) {
        AUTO_FREE char *path = str_printf("%s/c-%d-%d", scratch, majors[i], minors[i]);
        (void)unlink(path);
    }
    (void)rmdir(scratch);
}

int main(int, char **argv)
{
    make_nodes();
    int failures = trial_run(cases, N_ELEMENTS(cases), argv);
    remove_nodes();
    return failures != 0;
}
