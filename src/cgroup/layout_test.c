// SPDX-License-Identifier: Apache-2.0
// layout_test.c — machines as their mountinfo and /proc/self/cgroup show them.
#include "base/test.h"
#include "cgroup/layout.h"

static const char split_v1[] =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "33 31 0:30 / /sys/fs/cgroup/memory rw,relatime shared:4 master:2 - cgroup cgroup rw,memory\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n";

TEST(v1_hierarchies_are_named_by_their_controllers_and_unified_is_left_alone)
{
    AUTO_ARENA struct arena arena = {0};
    struct layout layout;
    struct err err;
    CHECK(layout_parse(&arena, split_v1, &layout, &err) == 0);
    CHECK(!layout.is_v2);
    CHECK_INT(layout.n, 3);
    CHECK_STR(layout.hierarchies[0].controllers, "cpu,cpuacct");
    CHECK_STR(layout.hierarchies[0].root, "/sys/fs/cgroup/cpu,cpuacct");
    CHECK_STR(layout.hierarchies[1].controllers, "memory");
    CHECK_STR(layout.hierarchies[2].controllers, "name=systemd");
}

TEST(cgroup2_alone_is_v2_wherever_it_is_mounted)
{
    AUTO_ARENA struct arena arena = {0};
    struct layout layout;
    struct err err;
    CHECK(layout_parse(&arena, "9 1 0:3 / /mnt/my\\040cg\\134x rw - cgroup2 none rw\n", &layout,
                       &err) == 0);
    CHECK(layout.is_v2);
    CHECK_INT(layout.n, 1);
    CHECK_STR(layout.hierarchies[0].root, "/mnt/my cg\\x");
}

TEST(no_cgroup_file_system_is_an_error_that_says_what_to_do)
{
    AUTO_ARENA struct arena arena = {0};
    struct layout layout = {.n = 7};
    struct err err;
    CHECK(layout_parse(&arena, "1 0 8:1 / / rw - ext4 /dev/vda rw\n\nnonsense\n", &layout, &err) <
          0);
    CHECK_INT(err.kind, ERR_UNAVAILABLE);
    CHECK_HAS(err.text, "mount cgroup2 at /sys/fs/cgroup");
    CHECK_INT(layout.n, 7);
}

TEST(a_hierarchy_that_is_mounted_twice_counts_once_and_the_usual_place_wins)
{
    AUTO_ARENA struct arena arena = {0};
    struct layout layout;
    struct err err;
    CHECK(
        layout_parse(&arena,
                     "1 0 0:1 /docker/x /var/lib/c/rootfs/cg/memory ro - cgroup cgroup rw,memory\n"
                     "2 0 0:1 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                     "3 0 0:1 / /other/memory rw - cgroup cgroup rw,memory\n",
                     &layout, &err) == 0);
    CHECK_INT(layout.n, 1);
    CHECK_STR(layout.hierarchies[0].root, "/sys/fs/cgroup/memory");
    CHECK_STR(layout.hierarchies[0].mount_root, "/");
}

TEST(this_process_is_found_in_each_hierarchy)
{
    AUTO_ARENA struct arena arena = {0};
    struct layout layout;
    struct err err;
    CHECK(layout_parse(&arena, split_v1, &layout, &err) == 0);
    layout_parse_self(&arena,
                      "5:name=systemd:/user.slice/a:b\n3:memory:/\n2:cpu,cpuacct:/jobs/1\n0::/x\n",
                      &layout);
    CHECK_STR(layout.hierarchies[0].own, "/jobs/1");
    CHECK_STR(layout.hierarchies[1].own, "/");
    CHECK_STR(layout.hierarchies[2].own, "/user.slice/a:b");
}

TEST(a_path_is_seen_below_the_directory_that_is_mounted)
{
    AUTO_ARENA struct arena arena = {0};
    struct layout layout;
    struct err err;
    CHECK(layout_parse(&arena, "2 0 0:1 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup rw\n", &layout,
                       &err) == 0);
    layout_parse_self(&arena, "0::/docker/x/inner\n", &layout);
    CHECK_STR(layout.hierarchies[0].own, "/inner");
    layout_parse_self(&arena, "0::/docker/xy\n", &layout);
    CHECK_STR(layout.hierarchies[0].own, "/");
}
