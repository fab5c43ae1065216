// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "registry/token.h"

#include <string.h>

TEST(a_token_servers_answer_is_read)
{
    static const struct {
        const char *text, *token, *refresh;
        uint32_t life_s;
    } rows[] = {
        {"{\"token\":\"t\"}", "t", NULL, 60},
        {"{\"access_token\":\"a\",\"expires_in\":300}", "a", NULL, 300},
        {"{\"token\":\"t\",\"access_token\":\"a\",\"expires_in\":1}", "t", NULL, 60},
        {"{\"token\":\"t\",\"refresh_token\":\"r\",\"expires_in\":1e9}", "t", "r", 86400},
        {"{\"token\":\"\",\"access_token\":\"a\",\"issued_at\":\"x\",\"more\":[{}]}", "a", NULL,
         60},
        {"{\"token\":\"t\",\"expires_in\":-5}", "t", NULL, 60},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct token_reply reply;
        struct err err = {};
        CHECK_INT(token_reply_parse(&arena, rows[i].text, strlen(rows[i].text), &reply, &err), 0);
        CHECK_STR(reply.token, rows[i].token);
        CHECK_STR(reply.refresh_token != NULL ? reply.refresh_token : "",
                  rows[i].refresh != NULL ? rows[i].refresh : "");
        CHECK_INT(reply.life_s, rows[i].life_s);
    }
}

TEST(an_answer_without_a_usable_token_is_refused)
{
    static const char *const rows[] = {
        "",
        "{}",
        "[]",
        "{\"token\":5}",
        "{\"token\":\"\"}",
        "{\"token\":\"a b\"}",
        "{\"token\":\"a\\r\\nX-Evil: 1\"}",
        "{\"token\":\"t\",\"refresh_token\":\"a\\nb\"}",
        "{\"token\":\"t\"",
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct token_reply reply;
        struct err err = {};
        CHECK(token_reply_parse(&arena, rows[i], strlen(rows[i]), &reply, &err) < 0);
        CHECK_INT(err.kind, ERR_INVALID);
    }
}
