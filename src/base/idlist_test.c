// SPDX-License-Identifier: Apache-2.0
// idlist_test.c — lists of CPUs and nodes.
#include "base/idlist.h"
#include "base/mem.h"
#include "base/test.h"

TEST(id_list_reads_ranges_and_refuses_the_rest)
{
    static const char *const bad[] = {
        "",      ",",   "1,",   ",1",     "3-1", "a",   "1-", "-1",
        "1-2-3", "1.5", "8192", "0-8192", "1;2", "0x1", "+1", "1-9223372036854775807"};
    struct id_list list;
    struct err err;
    CHECK_INT(id_list_parse("0-3, 7 ,64,8191", &list, &err), 0);
    CHECK(id_list_has(&list, 0) && id_list_has(&list, 3) && !id_list_has(&list, 4));
    CHECK(id_list_has(&list, 7) && id_list_has(&list, 64) && id_list_has(&list, 8191));
    CHECK(!id_list_has(&list, 65) && !id_list_has(&list, 100000));
    CHECK_INT(id_list_end(&list), 8192);
    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        if (id_list_parse(bad[i], &list, &err) == 0)
            print_message("accepted \"%s\"\n", bad[i]);
        CHECK_INT(id_list_parse(bad[i], &list, &err), -1);
    }
    CHECK_INT(id_list_end(&list), 8192); // a failure leaves what was there
    CHECK_INT(id_list_parse("0", &list, &err), 0);
    CHECK_INT(id_list_end(&list), 1);
}
