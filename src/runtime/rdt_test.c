// SPDX-License-Identifier: Apache-2.0
// rdt_test.c — classes of service in a directory that stands for /sys/fs/resctrl.
#include "base/mem.h"
#include "base/test.h"
#include "runtime/rdt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char top[TEST_SCRATCH_MAX];
static int root = -1;

static void put(const char *path, const char *text)
{
    test_scratch_put(top, path, text);
}

static const char *got(const char *path)
{
    return test_scratch_get(top, path);
}

static void begin(void)
{
    root = test_scratch_make(top);
}

static void end(void)
{
    CHECK(close(root) == 0);
    test_scratch_remove(top);
}

TEST(without_closid_the_group_is_the_container_s_own)
{
    begin();
    put("box/schemata", "");
    put("box/tasks", "");
    struct oci_intel_rdt rdt = {.l3CacheSchema = "L3CODE:0=f\nMB:0=10\nL3DATA:0=f0",
                                .memBwSchema = "MB:0=50"};
    struct err err;
    CHECK(rdt_apply_in(root, &rdt, "box", 77, &err) == 0);
    CHECK_STR(got("box/schemata"), "L3CODE:0=f\nL3DATA:0=f0\nMB:0=50\n");
    CHECK_STR(got("box/tasks"), "77");
    CHECK(unlinkat(root, "box/tasks", 0) == 0 && unlinkat(root, "box/schemata", 0) == 0);
    CHECK(rdt_remove_in(root, &rdt, "box", &err) == 0); // the kernel's files go by themselves
    CHECK(faccessat(root, "box", F_OK, 0) < 0);
    end();
}

TEST(a_closid_without_schemata_must_exist)
{
    begin();
    struct oci_intel_rdt rdt = {.closID = "gold"};
    struct err err;
    CHECK(rdt_apply_in(root, &rdt, "box", 77, &err) < 0);
    CHECK_INT(err.kind, ERR_NOT_FOUND);
    CHECK_HAS(err.text, "closID gold does not exist");
    put("gold/tasks", "");
    put("gold/schemata", "as it was");
    CHECK(rdt_apply_in(root, &rdt, "box", 77, &err) == 0);
    CHECK_STR(got("gold/tasks"), "77");
    CHECK_STR(got("gold/schemata"), "as it was");
    end();
}

TEST(a_closid_that_exists_must_have_the_limits_that_are_described)
{
    begin();
    put("gold/tasks", "");
    put("gold/schemata", "    L3:0=00ff;1=0f0f\n    MB:0= 20;1= 70\n");
    struct oci_intel_rdt rdt = {
        .closID = "gold", .l3CacheSchema = "L3:0=ff;1=f0f", .memBwSchema = "MB:1=70"};
    struct err err;
    CHECK(rdt_apply_in(root, &rdt, "box", 77, &err) == 0);
    CHECK_STR(got("gold/schemata"), "    L3:0=00ff;1=0f0f\n    MB:0= 20;1= 70\n");
    rdt.memBwSchema = "MB:0=30";
    CHECK(rdt_apply_in(root, &rdt, "box", 78, &err) < 0);
    CHECK_INT(err.kind, ERR_CONFLICT);
    CHECK_STR(err.text,
              "closID gold exists and has other limits than \"MB:0=30\": it has \"20\" for 0");
    rdt.memBwSchema = "MB:2=30";
    CHECK(rdt_apply_in(root, &rdt, "box", 78, &err) < 0);
    CHECK_STR(got("gold/tasks"), "77");
    end();
}

TEST(schemata_are_written_whole)
{
    begin();
    put("gold/tasks", "");
    put("gold/schemata", "");
    const char *lines[] = {"L3:0=1", "L2:0=f;1=f"};
    struct oci_intel_rdt rdt = {.closID = "gold", .schemata = lines, .n_schemata = 2};
    struct err err;
    CHECK(rdt_apply_in(root, &rdt, "box", 77, &err) == 0);
    CHECK_STR(got("gold/schemata"), "L3:0=1\nL2:0=f;1=f\n");
    end();
}

TEST(a_group_that_could_not_be_limited_is_not_left)
{
    begin();
    struct oci_intel_rdt rdt = {.closID = "new", .memBwSchema = "MB:0=30"};
    struct err err;
    put("info/last_cmd_status", "MB value 30 out of range\n");
    CHECK(rdt_apply_in(root, &rdt, "box", 77, &err) < 0); // a plain directory has no schemata
    CHECK_HAS(err.text, "MB value 30 out of range");
    CHECK(faccessat(root, "new", F_OK, 0) < 0 && errno == ENOENT);
    end();
}

TEST(monitoring_has_a_group_below_that_goes_with_the_container)
{
    begin();
    put("gold/tasks", "");
    put("gold/mon_groups/box/tasks", "");
    struct oci_intel_rdt rdt = {.closID = "gold", .enableMonitoring = true};
    struct err err;
    CHECK(rdt_apply_in(root, &rdt, "box", 77, &err) == 0);
    CHECK_STR(got("gold/mon_groups/box/tasks"), "77");
    CHECK(unlinkat(root, "gold/mon_groups/box/tasks", 0) == 0);
    CHECK(rdt_remove_in(root, &rdt, "box", &err) == 0);
    CHECK(faccessat(root, "gold/mon_groups/box", F_OK, 0) < 0);
    CHECK(faccessat(root, "gold", F_OK, 0) == 0);
    CHECK(rdt_remove_in(root, &rdt, "box", &err) == 0); // again: fine
    end();
}
