// SPDX-License-Identifier: Apache-2.0
// limits_test.c — which values of a config are written to which files.
#include "base/mem.h"
#include "base/test.h"
#include "cgroup/limits.h"

#include <string.h>

// "file=value" lines, so that a whole list can be compared.
static const char *text_of(struct arena *arena, const struct limit_list *list)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 65536);
    for (size_t i = 0; i < list->n; i++)
        buf_printf(&text, "%s=%s%s\n", list->writes[i].file, list->writes[i].value,
                   list->writes[i].flags & LIMIT_OPTIONAL ? " (optional)" : "");
    return arena_strdup(arena, buf_get(&text));
}

static const char *list_v1(struct arena *arena, const struct oci_resources *resources)
{
    struct limit_list list;
    struct err err;
    CHECK(limits_list_v1(arena, resources, false, &list, &err) == 0);
    return text_of(arena, &list);
}

static const char *list_v2(struct arena *arena, const struct oci_resources *resources)
{
    struct limit_list list;
    struct err err;
    CHECK(limits_list_v2(arena, resources, false, &list, &err) == 0);
    return text_of(arena, &list);
}

static const char *refusal_v2(struct arena *arena, const struct oci_resources *resources)
{
    struct limit_list list;
    struct err err;
    CHECK(limits_list_v2(arena, resources, false, &list, &err) < 0);
    return arena_strdup(arena, err.text);
}

TEST(nothing_asked_for_writes_nothing)
{
    AUTO_ARENA struct arena arena = {0};
    CHECK_STR(list_v1(&arena, NULL), "");
    CHECK_STR(list_v2(&arena, &(struct oci_resources){}), "");
}

TEST(what_docker_always_sends_as_zero_or_false_writes_nothing)
{
    AUTO_ARENA struct arena arena = {0};
    bool no = false;
    uint32_t weight = 0;
    uint64_t shares = 0;
    struct oci_memory memory = {.disableOOMKiller = &no};
    struct oci_block_io block = {.weight = &weight};
    struct oci_cpu cpu = {.shares = &shares};
    struct oci_resources resources = {.memory = &memory, .blockIO = &block, .cpu = &cpu};
    CHECK_STR(list_v1(&arena, &resources), "");
    CHECK_STR(list_v2(&arena, &resources), "");
}

TEST(memory_and_swap_are_counted_together_in_the_config_and_apart_in_v2)
{
    AUTO_ARENA struct arena arena = {0};
    int64_t limit = 100, swap = 300, reservation = 50;
    struct oci_memory memory = {.limit = &limit, .swap = &swap, .reservation = &reservation};
    struct oci_resources resources = {.memory = &memory};
    CHECK_STR(list_v1(&arena, &resources), "memory.limit_in_bytes=100\n"
                                           "memory.memsw.limit_in_bytes=300\n"
                                           "memory.soft_limit_in_bytes=50\n");
    CHECK_STR(list_v2(&arena, &resources), "memory.max=100\nmemory.low=50\nmemory.swap.max=200\n");
    swap = 99;
    CHECK_HAS(refusal_v2(&arena, &resources), "memory.swap 99 is less than memory.limit 100");
    memory.limit = NULL;
    CHECK_HAS(refusal_v2(&arena, &resources), "needs memory.limit");
    swap = -1;
    CHECK_STR(list_v2(&arena, &resources), "memory.low=50\nmemory.swap.max=max (optional)\n");
}

TEST(unlimited_memory_takes_the_limit_of_swap_with_it)
{
    AUTO_ARENA struct arena arena = {0};
    int64_t limit = -1;
    struct oci_memory memory = {.limit = &limit};
    struct oci_resources resources = {.memory = &memory};
    CHECK_STR(list_v1(&arena, &resources), "memory.limit_in_bytes=-1 (optional)\n"
                                           "memory.memsw.limit_in_bytes=-1 (optional)\n");
    CHECK_STR(list_v2(&arena, &resources),
              "memory.max=max (optional)\nmemory.swap.max=max (optional)\n");
}

TEST(shares_become_weights_by_the_linear_formula)
{
    static const struct {
        uint64_t shares;
        const char *text;
    } rows[] = {{2, "cpu.weight=1\n"},          {1, "cpu.weight=1\n"},
                {512, "cpu.weight=20\n"},       {1024, "cpu.weight=39\n"},
                {262144, "cpu.weight=10000\n"}, {UINT64_MAX, "cpu.weight=10000\n"}};
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {0};
        uint64_t shares = rows[i].shares;
        struct oci_cpu cpu = {.shares = &shares};
        CHECK_STR(list_v2(&arena, &(struct oci_resources){.cpu = &cpu}), rows[i].text);
    }
}

TEST(quota_and_period_are_one_file_in_v2)
{
    AUTO_ARENA struct arena arena = {0};
    int64_t quota = 5000;
    uint64_t period = 10000, burst = 7;
    struct oci_cpu cpu = {.quota = &quota, .period = &period, .burst = &burst};
    struct oci_resources resources = {.cpu = &cpu};
    CHECK_STR(list_v2(&arena, &resources), "cpu.max=5000 10000\ncpu.max.burst=7\n");
    CHECK_STR(list_v1(&arena, &resources),
              "cpu.cfs_period_us=10000\ncpu.cfs_quota_us=5000\ncpu.cfs_burst_us=7\n");
    cpu.burst = NULL;
    quota = -1;
    CHECK_STR(list_v2(&arena, &resources), "cpu.max=max 10000 (optional)\n");
    cpu.quota = NULL;
    struct limit_list list;
    struct err err;
    CHECK(limits_list_v2(&arena, &resources, false, &list, &err) == 0);
    CHECK_INT(list.writes[0].flags, LIMIT_KEEP_FIRST);
}

TEST(block_devices_are_written_one_by_one)
{
    AUTO_ARENA struct arena arena = {0};
    uint32_t weight = 10, heavy = 1000;
    struct oci_weight_device device = {8, 16, &heavy, NULL};
    struct oci_throttle_device read = {8, 0, 1024}, write = {8, 0, 0};
    struct oci_block_io block = {.weight = &weight,
                                 .weightDevice = &device,
                                 .n_weightDevice = 1,
                                 .throttleReadBpsDevice = &read,
                                 .n_throttleReadBpsDevice = 1,
                                 .throttleWriteIOPSDevice = &write,
                                 .n_throttleWriteIOPSDevice = 1};
    struct oci_resources resources = {.blockIO = &block};
    CHECK_STR(list_v1(&arena, &resources),
              "blkio.weight=10\nblkio.weight_device=8:16 1000\n"
              "blkio.throttle.read_bps_device=8:0 1024\nblkio.throttle.write_iops_device=8:0 0\n");
    CHECK_STR(list_v2(&arena, &resources), "io.bfq.weight=10\nio.bfq.weight=8:16 1000\n"
                                           "io.max=8:0 rbps=1024\nio.max=8:0 wiops=max\n");
    struct limit_list list;
    struct err err;
    CHECK(limits_list_v2(&arena, &resources, false, &list, &err) == 0);
    CHECK_STR(list.writes[0].other_file, "io.weight");
    CHECK_STR(list.writes[0].other_value, "default 1");
    CHECK_STR(list.writes[1].other_value, "8:16 10000");
    weight = 5;
    CHECK_HAS(refusal_v2(&arena, &resources), "blockIO.weight: 5 is not from 10 to 1000");
}

TEST(huge_pages_rdma_and_network_go_to_their_files)
{
    AUTO_ARENA struct arena arena = {0};
    uint32_t handles = 3, class_id = 0x100001;
    struct oci_hugepage_limit huge = {"2MB", 4096};
    struct oci_rdma rdma = {"mlx5_0", &handles, NULL};
    struct oci_interface_priority priority = {"eth0", 5};
    struct oci_network network = {&class_id, &priority, 1};
    struct oci_resources resources = {
        .hugepageLimits = &huge, .n_hugepageLimits = 1, .rdma = &rdma, .n_rdma = 1};
    CHECK_STR(list_v2(&arena, &resources), "hugetlb.2MB.max=4096\n"
                                           "hugetlb.2MB.rsvd.max=4096 (optional)\n"
                                           "rdma.max=mlx5_0 hca_handle=3\n");
    resources.network = &network;
    CHECK_STR(list_v1(&arena, &resources), "net_cls.classid=1048577\n"
                                           "net_prio.ifpriomap=eth0 5\n"
                                           "hugetlb.2MB.limit_in_bytes=4096\n"
                                           "hugetlb.2MB.rsvd.limit_in_bytes=4096 (optional)\n"
                                           "rdma.max=mlx5_0 hca_handle=3\n");
    CHECK_HAS(refusal_v2(&arena, &resources), "network.classID");
    huge.pageSize = "../x";
    CHECK_HAS(
        refusal_v2(&arena, &(struct oci_resources){.hugepageLimits = &huge, .n_hugepageLimits = 1}),
        "no valid name");
}

TEST(what_v2_cannot_limit_is_refused_by_name)
{
    int64_t some = 5;
    uint64_t much = 5;
    bool yes = true;
    uint32_t weight = 20;
    struct oci_memory kernel = {.kernel = &some}, tcp = {.kernelTCP = &some},
                      swappiness = {.swappiness = &much}, killer = {.disableOOMKiller = &yes};
    struct oci_cpu runtime = {.realtimeRuntime = &some}, period = {.realtimePeriod = &much};
    struct oci_block_io leaf = {.leafWeight = &weight};
    const struct {
        struct oci_resources resources;
        const char *field;
    } rows[] = {
        {{.memory = &kernel}, "memory.kernel:"},
        {{.memory = &tcp}, "memory.kernelTCP"},
        {{.memory = &swappiness}, "memory.swappiness"},
        {{.memory = &killer}, "memory.disableOOMKiller"},
        {{.cpu = &runtime}, "cpu.realtimeRuntime"},
        {{.cpu = &period}, "cpu.realtimePeriod"},
        {{.blockIO = &leaf}, "blockIO.leafWeight"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {0};
        CHECK_HAS(refusal_v2(&arena, &rows[i].resources), rows[i].field);
        CHECK(*list_v1(&arena, &rows[i].resources) != '\0');
    }
}

TEST(raw_keys_are_files_of_controllers_in_v2_only)
{
    AUTO_ARENA struct arena arena = {0};
    struct json_pair pair = {"memory.high", "100"};
    struct oci_resources resources = {.unified = &pair, .n_unified = 1};
    CHECK_STR(list_v2(&arena, &resources), "memory.high=100\n");
    pair = (struct json_pair){"io.max", "8:0 rbps=1\n8:16 wbps=2\n"};
    CHECK_STR(list_v2(&arena, &resources), "io.max=8:0 rbps=1\nio.max=8:16 wbps=2\n");
    static const char *const bad[] = {"../memory.max", "memory/x.y",  "memory", ".x",
                                      "cgroup.procs",  "cgroup.kill", "a b.c",  ""};
    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        pair.key = bad[i];
        (void)refusal_v2(&arena, &resources);
    }
    struct limit_list list;
    struct err err;
    CHECK(limits_list_v1(&arena, &resources, false, &list, &err) < 0);
    CHECK_HAS(err.text, "this machine has cgroup v1");
}

TEST(zero_processes_means_no_limit)
{
    AUTO_ARENA struct arena arena = {0};
    int64_t limit = 0;
    struct oci_pids pids = {&limit};
    CHECK_STR(list_v1(&arena, &(struct oci_resources){.pids = &pids}), "pids.max=max (optional)\n");
    limit = -1;
    CHECK_STR(list_v2(&arena, &(struct oci_resources){.pids = &pids}), "pids.max=max (optional)\n");
    limit = 10;
    CHECK_STR(list_v2(&arena, &(struct oci_resources){.pids = &pids}), "pids.max=10\n");
}
