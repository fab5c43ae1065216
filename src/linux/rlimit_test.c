// SPDX-License-Identifier: Apache-2.0
#include "base/test.h"
#include "linux/rlimit.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

TEST(rlimit_names_are_the_specifications_sixteen)
{
    size_t n = 0;
    int resource = -1;
    while (rlimit_names()[n] != NULL)
        n++;
    CHECK_INT(n, 16);
    CHECK(rlimit_find("RLIMIT_NOFILE", &resource));
    CHECK_INT(resource, RLIMIT_NOFILE);
    CHECK(!rlimit_find("NOFILE", &resource));
    CHECK(!rlimit_find("rlimit_nofile", &resource));
}

TEST(rlimit_errors_name_the_limit)
{
    struct err err;
    bool was_clamped;
    CHECK_INT(rlimit_apply(0, "RLIMIT_LUCK", 1, 1, &was_clamped, &err), -1);
    CHECK_STR(err.text, "no such resource limit: \"RLIMIT_LUCK\"");
    CHECK_INT(rlimit_apply(0, "RLIMIT_CPU", 2, 1, &was_clamped, &err), -1);
    CHECK_STR(err.text, "RLIMIT_CPU: the soft limit is above the hard one");
}

static bool lowering(void)
{
    struct err err;
    bool was_clamped = true;
    struct rlimit now;
    EXPECT(rlimit_apply(0, "RLIMIT_NOFILE", 100, 200, &was_clamped, &err) == 0 && !was_clamped);
    EXPECT(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == 100 && now.rlim_max == 200);
    EXPECT(rlimit_apply(0, "RLIMIT_CORE", 0, 0, &was_clamped, &err) == 0 && !was_clamped);
    return true;
}

TEST(rlimit_is_set_exactly)
{
    CHECK_IN_CHILD(lowering);
}

// As on a machine that withholds CAP_SYS_RESOURCE: the hard limit stays and the caller hears of it.
static bool raising(void)
{
    struct err err;
    bool was_clamped = false;
    struct rlimit now;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {};
    EXPECT(rlimit_apply(0, "RLIMIT_NOFILE", 100, 200, &was_clamped, &err) == 0);
    EXPECT(syscall(SYS_capset, &header, none) == 0);
    EXPECT(rlimit_apply(0, "RLIMIT_NOFILE", 1000, UINT64_MAX, &was_clamped, &err) == 0);
    EXPECT(was_clamped);
    EXPECT(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == 200 && now.rlim_max == 200);
    EXPECT(rlimit_apply(0, "RLIMIT_NOFILE", 50, 1000, &was_clamped, &err) == 0 && was_clamped);
    EXPECT(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == 50 && now.rlim_max == 200);
    return true;
}

TEST(rlimit_that_may_not_rise_is_clamped_and_reported)
{
    CHECK_IN_CHILD(raising);
}
