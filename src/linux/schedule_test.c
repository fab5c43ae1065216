// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "linux/memorypolicy.h"
#include "linux/personality.h"
#include "linux/schedule.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

static bool affinity(void)
{
    struct err err;
    struct id_list one, nowhere;
    cpu_set_t now;
    EXPECT(id_list_parse("0", &one, &err) == 0);
    EXPECT(cpu_affinity_apply(0, &one, &err) == 0);
    EXPECT(sched_getaffinity(0, sizeof now, &now) == 0 && CPU_COUNT(&now) == 1);
    EXPECT(cpu_affinity_reset(0, &err) == 0);
    EXPECT(sched_getaffinity(0, sizeof now, &now) == 0);
    EXPECT(CPU_COUNT(&now) == (int)sysconf(_SC_NPROCESSORS_ONLN));
    EXPECT(id_list_parse("8191", &nowhere, &err) == 0);
    EXPECT(cpu_affinity_apply(0, &nowhere, &err) < 0);
    EXPECT(strstr(err.text, "none of these CPUs") != NULL);
    return true;
}

TEST(cpu_affinity_is_set_reset_and_refused)
{
    CHECK_IN_CHILD(affinity);
}

TEST(schedule_knows_the_specifications_words)
{
    uint32_t policy;
    uint64_t flag;
    int io_class;
    CHECK(schedule_policy_find("SCHED_DEADLINE", &policy) && policy == 6);
    CHECK(!schedule_policy_find("SCHED_NORMAL", &policy));
    CHECK(schedule_flag_find("SCHED_FLAG_UTIL_CLAMP_MAX", &flag) && flag == 0x40);
    CHECK(!schedule_flag_find("RECLAIM", &flag));
    CHECK(io_priority_class_find("IOPRIO_CLASS_IDLE", &io_class) && io_class == 3);
    CHECK(!io_priority_class_find("IOPRIO_CLASS_NONE", &io_class));
}

static bool batch(void)
{
    struct err err;
    const struct schedule schedule = {
        .policy = SCHED_BATCH, .nice = 5, .flags = SCHED_FLAG_RESET_ON_FORK};
    EXPECT(schedule_apply(&schedule, &err) == 0);
    EXPECT(sched_getscheduler(0) == (SCHED_BATCH | SCHED_RESET_ON_FORK));
    EXPECT(getpriority(PRIO_PROCESS, 0) == 5);
    return true;
}

static bool nonsense(void)
{
    struct err err;
    const struct schedule schedule = {.policy = SCHED_FIFO, .priority = 1000};
    EXPECT(schedule_apply(&schedule, &err) < 0);
    EXPECT(strcmp(err.text, "set the scheduler SCHED_FIFO: Invalid argument") == 0);
    return true;
}

TEST(schedule_is_applied_or_fails_with_its_name)
{
    CHECK_IN_CHILD(batch);
    CHECK_IN_CHILD(nonsense);
}

static bool io_priority(void)
{
    struct err err;
    EXPECT(io_priority_apply(IOPRIO_CLASS_BE, 6, &err) == 0);
    EXPECT(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) == IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6));
    EXPECT(io_priority_apply(IOPRIO_CLASS_BE, 8, &err) < 0);
    EXPECT(strcmp(err.text, "I/O priority 8 is not 0 to 7") == 0);
    return true;
}

TEST(io_priority_is_applied_or_refused)
{
    CHECK_IN_CHILD(io_priority);
}

TEST(memory_policy_combinations_are_checked_with_reasons)
{
    static const struct {
        const char *mode, *nodes, *flag, *part; // part NULL: fine
    } cases[] = {
        {"MPOL_DEFAULT", NULL, NULL, NULL},
        {"MPOL_DEFAULT", "", NULL, NULL},
        {"MPOL_LOCAL", NULL, NULL, NULL},
        {"MPOL_PREFERRED", NULL, NULL, NULL},
        {"MPOL_PREFERRED", "0", NULL, NULL},
        {"MPOL_BIND", "0", "MPOL_F_STATIC_NODES", NULL},
        {"MPOL_BIND", "0", "MPOL_F_NUMA_BALANCING", NULL},
        {"MPOL_INTERLEAVE", "0-3,7", "MPOL_F_RELATIVE_NODES", NULL},
        {"MPOL_WEIGHTED_INTERLEAVE", "0", NULL, NULL},
        {"MPOL_PREFERRED_MANY", "0", NULL, NULL},
        {"MPOL_BIND", NULL, NULL, "MPOL_BIND needs them"},
        {"MPOL_DEFAULT", "0", NULL, "MPOL_DEFAULT takes none"},
        {"MPOL_LOCAL", "0", NULL, "takes none"},
        {"MPOL_BIND", "x", NULL, "memoryPolicy.nodes: \"x\""},
        {"MPOL_BIND", "0", "MPOL_F_WISHES", "flags[0]"},
        {"MPOL_PREFERRED", NULL, "MPOL_F_STATIC_NODES", "only with nodes"},
        {"MPOL_INTERLEAVE", "0", "MPOL_F_NUMA_BALANCING", "needs MPOL_BIND"},
        {"BIND", "0", NULL, "memoryPolicy.mode: unknown: \"BIND\""},
    };
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        struct memory_policy policy;
        struct err err = {};
        int r = memory_policy_parse(cases[i].mode, cases[i].nodes, &cases[i].flag,
                                    cases[i].flag != NULL, &policy, &err);
        CHECK_INT(r, cases[i].part == NULL ? 0 : -1);
        if (r < 0)
            CHECK_HAS(err.text, cases[i].part);
    }
    CHECK_STR(memory_policy_modes()[6], "MPOL_LOCAL");
    CHECK_STR(memory_policy_flags()[2], "MPOL_F_STATIC_NODES");
}

static bool bind_to_node(void)
{
    struct err err;
    struct memory_policy policy;
    int mode = 0;
    unsigned long nodes[16] = {};
    EXPECT(memory_policy_parse("MPOL_BIND", "0", NULL, 0, &policy, &err) == 0);
    if (memory_policy_apply(&policy, &err) < 0)
        return err.sys == ENOSYS; // a kernel without NUMA
    EXPECT(syscall(SYS_get_mempolicy, &mode, nodes, 1024, NULL, 0) == 0);
    EXPECT(mode == MPOL_BIND && nodes[0] == 1);
    return true;
}

TEST(memory_policy_is_applied)
{
    CHECK_IN_CHILD(bind_to_node);
}

TEST(personality_knows_two_domains_and_no_flags)
{
    static const char *const flags[] = {"ADDR_NO_RANDOMIZE"};
    unsigned long persona;
    struct err err;
    CHECK_INT(personality_parse("LINUX32", NULL, 0, &persona, &err), 0);
    CHECK_INT(persona, 8);
    CHECK_INT(personality_parse("BSD", NULL, 0, &persona, &err), -1);
    CHECK_HAS(err.text, "must be LINUX or LINUX32");
    CHECK_INT(personality_parse("LINUX", flags, 1, &persona, &err), -1);
    CHECK_HAS(err.text, "ADDR_NO_RANDOMIZE");
}

static bool linux32(void)
{
    struct err err;
    struct utsname name;
    EXPECT(personality_apply(8, &err) == 0);
    EXPECT(uname(&name) == 0 && strcmp(name.machine, "i686") == 0);
    return true;
}

TEST(personality_changes_what_uname_says)
{
    CHECK_IN_CHILD(linux32);
}
