// SPDX-License-Identifier: Apache-2.0
// cgroup_test.c — where a container's cgroup is, on layouts that are given; and whole operations in
// a directory that stands for /sys/fs/cgroup.
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "cgroup/hierarchy.h"
#include "cgroup/stats.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct layout v1 = {
    .hierarchies = {{"cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/", "/jobs/1"},
                    {"memory", "/sys/fs/cgroup/memory", "/", "/"},
                    {"name=systemd", "/sys/fs/cgroup/systemd", "/", "/a"}},
    .n = 3};
static const struct layout v2 = {
    .is_v2 = true, .hierarchies = {{"", "/sys/fs/cgroup", "/", "/jobs/1"}}, .n = 1};

static struct cgroup *plan(const struct layout *layout, const char *path)
{
    struct cgroup_request request = {.id = "web", .cgroupsPath = path};
    struct cgroup *cgroup = NULL;
    struct err err;
    CHECK(cgroup_plan_in(layout, &request, &cgroup, &err) == 0);
    return cgroup;
}

TEST(the_path_is_absolute_or_below_ourselves_or_made_from_the_id)
{
    static const struct {
        const struct layout *layout;
        const char *path, *below;
    } rows[] = {
        {&v1, "/a/b", "/a/b"},     {&v1, "//a/./b/", "/a/b"}, {&v1, "a/b", "/jobs/1/a/b"},
        {&v1, NULL, "/dhow/web"},  {&v1, "", "/dhow/web"},    {&v2, "/a/b", "/a/b"},
        {&v2, "a/b", "/jobs/a/b"}, {&v2, NULL, "/dhow/web"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct cgroup *cgroup = plan(rows[i].layout, rows[i].path);
        CHECK_STR(cgroup_path_get(cgroup), rows[i].below);
        cgroup_close(cgroup);
    }
}

TEST(a_path_that_leaves_or_is_the_root_is_refused)
{
    static const char *const rows[] = {"/", "/a/../../b", "..", "/.", "a\nb", "//"};
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct cgroup_request request = {.id = "web", .cgroupsPath = rows[i]};
        struct cgroup *cgroup = NULL;
        struct err err = {0};
        CHECK(cgroup_plan_in(&v2, &request, &cgroup, &err) < 0);
        CHECK_INT(err.kind, ERR_INVALID);
        CHECK_HAS(err.text, "linux.cgroupsPath");
        CHECK(cgroup == NULL);
    }
}

TEST(a_cgroup_is_the_same_after_it_was_saved_and_loaded)
{
    struct cgroup *cgroup = plan(&v1, "/a/b");
    AUTO_BUF struct buf first, second;
    buf_init(&first, 65536);
    buf_init(&second, 65536);
    cgroup_save(cgroup, &first);
    struct cgroup *loaded = NULL;
    struct err err;
    CHECK(cgroup_load(buf_get(&first), &loaded, &err) == 0);
    cgroup_save(loaded, &second);
    CHECK_STR(buf_get(&second), buf_get(&first));
    CHECK(!cgroup_is_v2(loaded));
    CHECK_STR(loaded->hierarchies[2].path, "/sys/fs/cgroup/systemd/a/b");
    cgroup_close(cgroup);
    cgroup_close(loaded);
    CHECK(cgroup_load("{\"id\":3}", &loaded, &err) < 0);
    CHECK_HAS(err.text, "read the saved cgroup");
}

TEST(mounts_show_v1_hierarchies_with_links_for_co_mounted_controllers)
{
    struct cgroup *cgroup = plan(&v1, "/x");
    size_t n;
    const struct cgroup_mount *mounts = cgroup_mounts_get(cgroup, &n);
    CHECK_INT(n, 3);
    CHECK_STR(mounts[0].name, "cpu,cpuacct");
    CHECK_STR(mounts[0].aliases[0], "cpu");
    CHECK_STR(mounts[0].aliases[1], "cpuacct");
    CHECK(mounts[0].aliases[2] == NULL);
    CHECK_STR(mounts[0].path, "/sys/fs/cgroup/cpu,cpuacct/x");
    CHECK_STR(mounts[1].name, "memory");
    CHECK(mounts[1].aliases == NULL);
    CHECK_STR(mounts[2].options, "name=systemd");
    cgroup_close(cgroup);
    cgroup = plan(&v2, "/x");
    mounts = cgroup_mounts_get(cgroup, &n);
    CHECK_INT(n, 1);
    CHECK(mounts[0].name == NULL);
    CHECK_STR(mounts[0].path, "/sys/fs/cgroup/x");
    cgroup_close(cgroup);
}

TEST(disabled_cgroups_take_no_limits_and_do_nothing)
{
    struct cgroup_request request = {.id = "web", .driver = CGROUP_DISABLED};
    struct cgroup *cgroup = NULL;
    struct err err;
    CHECK(cgroup_plan(&request, &cgroup, &err) == 0);
    CHECK(cgroup_make(cgroup, NULL, &err) == 0);
    int64_t limit = 5;
    struct oci_memory memory = {.limit = &limit};
    struct oci_resources resources = {.memory = &memory};
    CHECK(cgroup_make(cgroup, &resources, &err) < 0);
    CHECK_HAS(err.text, "set memory.limit: cgroups are disabled");
    CHECK_INT(cgroup_clone_fd(cgroup), -1);
    CHECK(cgroup_enter(cgroup) == 0);
    CHECK(cgroup_remove(cgroup, &err) == 0);
    pid_t *pids = (pid_t *)&err;
    size_t n = 9;
    CHECK(cgroup_pids(cgroup, &pids, &n, &err) == 0);
    CHECK_INT(n, 0);
    cgroup_close(cgroup);
}

// --- a directory that stands for /sys/fs/cgroup ---

static char root[TEST_SCRATCH_MAX];

static void put(const char *path, const char *text)
{
    test_scratch_put(root, path, text);
}

static const char *got(const char *path)
{
    return test_scratch_get(root, path);
}

static void tree_begin(void)
{
    (void)close(test_scratch_make(root));
}

static void tree_end(void)
{
    test_scratch_remove(root);
}

static struct cgroup *plan_in_tree(bool is_v2)
{
    static char roots[2][128];
    struct layout layout = {.is_v2 = is_v2, .n = is_v2 ? 1 : 2};
    (void)snprintf(roots[0], sizeof roots[0], is_v2 ? "%s" : "%s/memory", root);
    (void)snprintf(roots[1], sizeof roots[1], "%s/cpuset", root);
    layout.hierarchies[0] = (struct layout_hierarchy){is_v2 ? "" : "memory", roots[0], "/", "/"};
    layout.hierarchies[1] = (struct layout_hierarchy){"cpuset", roots[1], "/", "/"};
    return plan(&layout, "/p/c");
}

TEST(v1_cpusets_are_inherited_from_the_nearest_ancestor_that_has_one)
{
    tree_begin();
    put("memory/p/c/cgroup.procs", "");
    put("memory/p/c/tasks", "");
    put("memory/p/c/memory.limit_in_bytes", "");
    put("cpuset/cpuset.cpus", "0-3\n");
    put("cpuset/cpuset.mems", "0\n");
    put("cpuset/p/cpuset.cpus", "\n");
    put("cpuset/p/cpuset.mems", "1\n");
    put("cpuset/p/c/cpuset.cpus", "");
    put("cpuset/p/c/cpuset.mems", "");
    put("cpuset/p/c/cgroup.procs", "");
    put("cpuset/p/c/tasks", "");
    int64_t limit = 4096;
    struct oci_memory memory = {.limit = &limit};
    struct oci_resources resources = {.memory = &memory};
    struct cgroup *cgroup = plan_in_tree(false);
    struct err err;
    CHECK(cgroup_make(cgroup, &resources, &err) == 0);
    CHECK_STR(got("cpuset/p/cpuset.cpus"), "0-3\n");
    CHECK_STR(got("cpuset/p/c/cpuset.cpus"), "0-3\n");
    CHECK_STR(got("cpuset/p/c/cpuset.mems"), "1\n");
    CHECK_STR(got("memory/p/c/memory.limit_in_bytes"), "4096");
    CHECK(cgroup_enter(cgroup) == 0);
    CHECK_STR(got("memory/p/c/tasks"), "0");
    CHECK_STR(got("cpuset/p/c/tasks"), "0");
    cgroup_close(cgroup);
    tree_end();
}

TEST(a_limit_of_a_controller_that_is_not_mounted_is_an_error_that_names_it)
{
    tree_begin();
    put("memory/p/c/cgroup.procs", "");
    put("memory/p/c/tasks", "");
    put("cpuset/p/c/cgroup.procs", "");
    put("cpuset/p/c/tasks", "");
    put("cpuset/p/c/cpuset.cpus", "0");
    put("cpuset/p/c/cpuset.mems", "0");
    int64_t limit = 10;
    struct oci_pids pids = {&limit};
    struct oci_resources resources = {.pids = &pids};
    struct cgroup *cgroup = plan_in_tree(false);
    struct err err;
    CHECK(cgroup_make(cgroup, &resources, &err) < 0);
    CHECK_INT(err.kind, ERR_UNAVAILABLE);
    CHECK_STR(err.text, "set pids.limit: write \"10\" to pids/pids.max: no such controller (the "
                        "controller is not mounted or not enabled on this machine)");
    limit = -1; // is what it is without the controller
    CHECK(cgroup_make(cgroup, &resources, &err) == 0);
    int64_t swap = 1, memory_limit = 1;
    struct oci_memory memory = {.limit = &memory_limit, .swap = &swap};
    put("memory/p/c/memory.limit_in_bytes", "");
    resources.memory = &memory;
    CHECK(cgroup_make(cgroup, &resources, &err) < 0);
    CHECK_HAS(err.text, "set memory.swap: write \"1\" to ");
    CHECK_HAS(err.text, "swapaccount=1");
    cgroup_close(cgroup);
    tree_end();
}

TEST(a_cgroup_with_processes_is_a_conflict)
{
    tree_begin();
    put("memory/p/c/cgroup.procs", "77\n78\n");
    struct cgroup *cgroup = plan_in_tree(false);
    struct err err;
    CHECK(cgroup_make(cgroup, NULL, &err) < 0);
    CHECK_INT(err.kind, ERR_CONFLICT);
    CHECK_HAS(err.text, "in use by process 77:");
    cgroup_close(cgroup);
    tree_end();
}

TEST(v1_statistics_come_from_whatever_files_there_are)
{
    tree_begin();
    put("memory/p/c/cgroup.procs", "");
    put("memory/p/c/memory.usage_in_bytes", "4096\n");
    put("memory/p/c/memory.limit_in_bytes", "9223372036854771712\n");
    put("memory/p/c/memory.stat", "cache 5\nrss 7\ntotal_cache 9\nodd line\n");
    put("memory/p/c/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
    struct cgroup *cgroup = plan_in_tree(false);
    AUTO_ARENA struct arena arena = {0};
    struct cgroup_stats stats;
    struct err err;
    CHECK(cgroup_stats_read(cgroup, &arena, &stats, &err) == 0);
    CHECK_INT(stats.memory_usage, 4096);
    CHECK(stats.memory_limit == 9223372036854771712u);
    CHECK_INT(stats.memory_cache, 9);
    CHECK_INT(stats.oom_kills, 3);
    CHECK_INT(stats.n_memory_raw, 3);
    CHECK_STR(stats.memory_raw[1].key, "rss");
    CHECK_STR(stats.memory_raw[1].value, "7");
    CHECK_INT(stats.cpu_total_ns, 0);
    cgroup_close(cgroup);
    tree_end();
}

TEST(v2_statistics_are_translated)
{
    tree_begin();
    put("p/c/cgroup.procs", "");
    put("p/c/cpu.stat", "usage_usec 5\nuser_usec 3\nsystem_usec 2\nnr_periods 4\nnr_throttled 1\n"
                        "throttled_usec 9\n");
    put("p/c/memory.current", "100\n");
    put("p/c/memory.max", "max\n");
    put("p/c/memory.swap.current", "11\n");
    put("p/c/memory.swap.max", "50\n");
    put("p/c/memory.events", "low 0\nhigh 0\nmax 8\noom 2\noom_kill 1\n");
    put("p/c/memory.stat", "anon 1\nfile 64\nkernel 32\nsock 16\n");
    put("p/c/pids.current", "3\n");
    put("p/c/pids.max", "max\n");
    put("p/c/io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n253:1 \nbad\n");
    put("p/c/hugetlb.2MB.current", "2097152\n");
    put("p/c/hugetlb.2MB.rsvd.current", "0\n");
    put("p/c/hugetlb.2MB.events", "max 4\n");
    struct cgroup *cgroup = plan_in_tree(true);
    AUTO_ARENA struct arena arena = {0};
    struct cgroup_stats stats;
    struct err err;
    CHECK(cgroup_stats_read(cgroup, &arena, &stats, &err) == 0);
    CHECK_INT(stats.cpu_total_ns, 5000);
    CHECK_INT(stats.cpu_user_ns, 3000);
    CHECK_INT(stats.throttled_ns, 9000);
    CHECK(stats.memory_limit == UINT64_MAX);
    CHECK_INT(stats.memory_failcnt, 8);
    CHECK_INT(stats.oom_kills, 1);
    CHECK_INT(stats.swap_usage, 111); // memory and swap together
    CHECK(stats.swap_limit == UINT64_MAX);
    CHECK_INT(stats.memory_cache, 64);
    CHECK_INT(stats.pids_current, 3);
    CHECK_INT(stats.pids_limit, 0);
    CHECK_INT(stats.n_blkio_bytes, 3);
    CHECK_INT(stats.n_blkio_ops, 3);
    CHECK_STR(stats.blkio_bytes[2].op, "Discard");
    CHECK_INT(stats.blkio_ops[1].value, 4);
    CHECK_INT(stats.n_hugetlb, 1);
    CHECK_STR(stats.hugetlb[0].key, "2MB");
    CHECK_INT(stats.hugetlb[0].usage, 2097152);
    CHECK_INT(stats.hugetlb[0].failcnt, 4);
    cgroup_close(cgroup);
    tree_end();
}

TEST(a_cgroup_that_is_gone_has_no_statistics_and_no_processes)
{
    tree_begin();
    struct cgroup *cgroup = plan_in_tree(true);
    AUTO_ARENA struct arena arena = {0};
    struct cgroup_stats stats;
    struct err err;
    CHECK(cgroup_stats_read(cgroup, &arena, &stats, &err) < 0);
    CHECK_INT(err.kind, ERR_NOT_FOUND);
    pid_t *pids = NULL;
    size_t n = 7;
    CHECK(cgroup_pids(cgroup, &pids, &n, &err) == 0);
    CHECK_INT(n, 0);
    CHECK_INT(cgroup_is_frozen(cgroup, &err), 0);
    CHECK(cgroup_remove(cgroup, &err) == 0);
    cgroup_close(cgroup);
    tree_end();
}

TEST(update_writes_what_is_given_and_puts_it_back_when_something_fails)
{
    tree_begin();
    put("p/c/memory.max", "1000");
    put("p/c/memory.current", "900");
    struct cgroup *cgroup = plan_in_tree(true);
    int64_t limit = 2000, pids = 5;
    bool is_checked = true;
    struct oci_memory memory = {.limit = &limit, .checkBeforeUpdate = &is_checked};
    struct oci_pids pids_limit = {&pids};
    struct oci_resources resources = {.memory = &memory};
    struct err err;
    CHECK(cgroup_update(cgroup, &resources, &err) == 0);
    CHECK_STR(got("p/c/memory.max"), "2000");
    limit = 3000;
    resources.pids = &pids_limit; // has no file here
    CHECK(cgroup_update(cgroup, &resources, &err) < 0);
    CHECK_HAS(err.text, "set pids.limit");
    CHECK_STR(got("p/c/memory.max"), "2000");
    limit = 800;
    CHECK(cgroup_update(cgroup, &resources, &err) < 0);
    CHECK_STR(err.text, "set memory.limit: 800 bytes are less than the 900 in use "
                        "(checkBeforeUpdate)");
    cgroup_close(cgroup);
    tree_end();
}
