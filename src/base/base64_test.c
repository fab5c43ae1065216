// SPDX-License-Identifier: Apache-2.0
#include "base/base64.h"
#include "base/mem.h"
#include "base/test.h"

#include <string.h>

TEST(base64_gives_the_rfcs_vectors_both_ways)
{
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff", "+/8="},
    };
    struct err err;
    for (size_t i = 0; i < N_ELEMENTS(vectors); i++) {
        AUTO_BUF struct buf text = {.max = 64}, bytes = {.max = 64};
        base64_encode(vectors[i][0], strlen(vectors[i][0]), &text);
        CHECK_STR(buf_get(&text), vectors[i][1]);
        CHECK_INT(base64_decode(str_of(vectors[i][1]), &bytes, &err), 0);
        CHECK_STR(buf_get(&bytes), vectors[i][0]);
    }
}

TEST(base64_refuses_what_is_not_exactly_one_encoding)
{
    static const char *const bad[] = {"Z",    "Zg",   "Zg=",  "Zh==",  "Zm9=",     "Zg==Zg==",
                                      "Z===", "====", " Zg=", "Zm\n=", "Zm9v====", "Zm-v"};
    struct err err;
    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        AUTO_BUF struct buf bytes = {.max = 64};
        CHECK_INT(base64_decode(str_of(bad[i]), &bytes, &err), -1);
        CHECK_INT(err.kind, ERR_INVALID);
    }
}

TEST(base64_stops_at_the_buffers_maximum)
{
    struct err err;
    AUTO_BUF struct buf bytes = {.max = 2};
    CHECK_INT(base64_decode(STR("Zm9v"), &bytes, &err), -1);
    CHECK_HAS(err.text, "larger than 2 bytes");
}
