// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"
#include "base/test.h"

#include <errno.h>

TEST(err_system_failure_carries_errno_text)
{
    struct err err;
    errno = ENOENT;
    CHECK(fail_sys(&err, "open %s", "/x") < 0);
    CHECK_STR(err.text, "open /x: No such file or directory");
    CHECK_INT(err.kind, ERR_SYSTEM);
}

TEST(err_prefix_keeps_the_kind)
{
    struct err err;
    CHECK(fail(&err, ERR_NOT_FOUND, "no such image") < 0);
    CHECK(fail_in(&err, "pull %s", "alpine") < 0);
    CHECK_STR(err.text, "pull alpine: no such image");
    CHECK_INT(err_kind_info(err.kind)->http, 404);
}
