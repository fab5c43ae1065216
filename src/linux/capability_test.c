// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "linux/capability.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define BIT(n) (UINT64_C(1) << (n))
#define NEED_ROOT()                                                                                \
    do {                                                                                           \
        if (geteuid() != 0)                                                                        \
            TEST_SKIP("needs root");                                                               \
    } while (false)

// The sets as the kernel has them.
static struct capability_sets current(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {};
    struct capability_sets sets = {};
    (void)syscall(SYS_capget, &header, data); // zeroes fail the test
    sets.effective = (uint64_t)data[1].effective << 32 | data[0].effective;
    sets.permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
    sets.inheritable = (uint64_t)data[1].inheritable << 32 | data[0].inheritable;
    for (unsigned i = 0; i <= capability_last(); i++) {
        sets.bounding |= prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1 ? BIT(i) : 0;
        sets.ambient |= prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1 ? BIT(i) : 0;
    }
    return sets;
}

TEST(capability_names_and_numbers_are_the_specifications_41)
{
    size_t n = 0;
    for (; capability_names()[n] != NULL; n++) {
        unsigned number = 99;
        CHECK(capability_find(capability_names()[n], &number));
        CHECK_INT(number, n);
        CHECK_STR(capability_name(number), capability_names()[n]);
    }
    CHECK_INT(n, 41);
    CHECK_STR(capability_name(21), "CAP_SYS_ADMIN");
    CHECK(capability_name(41) == NULL);
    CHECK(capability_last() >= 40);
    unsigned untouched = 7;
    CHECK(!capability_find("cap_chown", &untouched));
    CHECK(!capability_find("CHOWN", &untouched));
    CHECK_INT(untouched, 7);
}

TEST(capability_mask_leaves_out_and_reports_unknown_names)
{
    const char *const names[] = {"CAP_CHOWN", "CAP_FLY", "CAP_BPF", "CAP_SWIM"};
    uint64_t mask;
    const char *unknown = NULL;
    CHECK_INT(capability_mask(names, 4, &mask, &unknown), 2);
    CHECK_STR(unknown, "CAP_FLY");
    CHECK(mask == (BIT(CAP_CHOWN) | BIT(CAP_BPF)));
    CHECK_INT(capability_mask(names, 1, &mask, NULL), 0);
}

static bool root_keeps_what_was_asked(void)
{
    struct err err;
    uint64_t missing = 99, set = BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_BPF);
    const struct capability_sets sets = {
        .bounding = set, .permitted = set, .effective = BIT(CAP_KILL)};
    EXPECT(capability_apply_before_user(&sets, &err) == 0);
    EXPECT(capability_apply_after_user(&sets, &missing, &err) == 0);
    struct capability_sets now = current();
    EXPECT(missing == 0);
    EXPECT(now.bounding == set && now.permitted == set && now.effective == BIT(CAP_KILL));
    EXPECT(now.inheritable == 0 && now.ambient == 0);
    return true;
}

TEST(capability_sets_of_root_are_what_was_asked)
{
    NEED_ROOT();
    CHECK_IN_CHILD(root_keeps_what_was_asked);
}

static bool user_keeps_ambient(void)
{
    struct err err;
    uint64_t missing, set = BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_CHOWN);
    const struct capability_sets sets = {.bounding = set,
                                         .permitted = set,
                                         .effective = set,
                                         .inheritable = BIT(CAP_NET_BIND_SERVICE),
                                         .ambient = BIT(CAP_NET_BIND_SERVICE)};
    EXPECT(capability_apply_before_user(&sets, &err) == 0);
    EXPECT(setgroups(0, NULL) == 0 && setresgid(5, 5, 5) == 0 && setresuid(5, 5, 5) == 0);
    EXPECT(capability_apply_after_user(&sets, &missing, &err) == 0);
    struct capability_sets now = current();
    EXPECT(memcmp(&now, &sets, sizeof now) == 0);
    return true;
}

TEST(capability_sets_survive_the_change_of_user)
{
    NEED_ROOT();
    CHECK_IN_CHILD(user_keeps_ambient);
}

static bool securebits_start_anew(void)
{
    struct err err;
    const struct capability_sets all = {.bounding = UINT64_MAX};
    EXPECT(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP, 0, 0, 0) == 0);
    EXPECT(capability_apply_before_user(&all, &err) == 0);
    EXPECT(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == SECBIT_KEEP_CAPS);
    return true;
}

TEST(capability_securebits_of_the_caller_do_not_leak)
{
    NEED_ROOT();
    CHECK_IN_CHILD(securebits_start_anew);
}

// CVE-2018-1000400 and CVE-2022-24769: what the caller carried must not leak through.
static bool callers_sets_do_not_leak(void)
{
    struct err err;
    uint64_t missing;
    const struct capability_sets rich = {.bounding = UINT64_MAX,
                                         .permitted = BIT(CAP_CHOWN) | BIT(CAP_SETPCAP),
                                         .effective = BIT(CAP_CHOWN) | BIT(CAP_SETPCAP),
                                         .inheritable = BIT(CAP_CHOWN),
                                         .ambient = BIT(CAP_CHOWN)};
    const struct capability_sets none = {};
    EXPECT(capability_apply_after_user(&rich, &missing, &err) == 0);
    EXPECT(current().ambient == BIT(CAP_CHOWN));
    EXPECT(capability_apply_before_user(&none, &err) == 0);
    EXPECT(capability_apply_after_user(&none, &missing, &err) == 0);
    struct capability_sets now = current();
    EXPECT(memcmp(&now, &none, sizeof now) == 0);
    return true;
}

TEST(capability_sets_of_the_caller_do_not_leak)
{
    NEED_ROOT();
    CHECK_IN_CHILD(callers_sets_do_not_leak);
}

static bool missing_is_reported(void)
{
    struct err err;
    uint64_t missing = 0;
    const struct capability_sets little = {.bounding = UINT64_MAX,
                                           .permitted = BIT(CAP_KILL) | BIT(CAP_SETPCAP),
                                           .effective = BIT(CAP_KILL) | BIT(CAP_SETPCAP)};
    const struct capability_sets more = {.bounding = UINT64_MAX,
                                         .permitted = BIT(CAP_KILL) | BIT(CAP_BPF),
                                         .effective = BIT(CAP_KILL) | BIT(CAP_BPF),
                                         .inheritable = BIT(CAP_BPF)};
    EXPECT(capability_apply_after_user(&little, &missing, &err) == 0 && missing == 0);
    EXPECT(capability_apply_after_user(&more, &missing, &err) == 0);
    EXPECT(missing == BIT(CAP_BPF));
    EXPECT(current().permitted == BIT(CAP_KILL) && current().effective == BIT(CAP_KILL));
    EXPECT(current().inheritable == 0);
    return true;
}

TEST(capability_that_we_lack_is_left_out_and_reported)
{
    NEED_ROOT();
    CHECK_IN_CHILD(missing_is_reported);
}

static bool without_setpcap_bounding_cannot_shrink(void)
{
    struct err err;
    uint64_t missing;
    const struct capability_sets none = {.bounding = UINT64_MAX}, drop = {};
    EXPECT(capability_apply_after_user(&none, &missing, &err) == 0);
    EXPECT(capability_apply_before_user(&drop, &err) < 0);
    EXPECT(strcmp(err.text, "drop CAP_CHOWN from the bounding set: Operation not permitted") == 0);
    return true;
}

TEST(capability_bounding_set_that_cannot_shrink_stops_the_process)
{
    NEED_ROOT();
    CHECK_IN_CHILD(without_setpcap_bounding_cannot_shrink);
}
