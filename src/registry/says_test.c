// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "registry/says.h"

TEST(what_a_registry_says_is_shown_in_dockers_words)
{
    static const struct {
        int status;
        const char *body, *code, *words;
    } rows[] = {
        {404, "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"manifest unknown\"}]}",
         "MANIFEST_UNKNOWN", "manifest unknown: manifest unknown"},
        {403, "{\"errors\":[{\"code\":\"DENIED\"}]}", "DENIED", "denied"},
        {429, "{\"errors\":[{\"message\":\"slower\"}]}", "", "slower"},
        {401, "{\"details\":\"incorrect username or password\"}", "",
         "incorrect username or password"},
        {400, "{\"error\":\"invalid_grant\",\"error_description\":\"too old\"}", "", "too old"},
        {500, "<html>oh</html>", "", "internal server error"},
        {500, "out of order\nsecond line", "", "out of order"},
        {404, "", "", "not found"},
        {418, "{\"errors\":", "", "an answer that makes no sense"},
        {404, "{\"errors\":[{\"code\":\"X\",\"message\":\"\\u001b[31mred\"}]}", "X", "x: ?[31mred"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct says says = says_read(&arena, rows[i].status, rows[i].body);
        CHECK_STR(says.code, rows[i].code);
        CHECK_STR(says.words, rows[i].words);
    }
}

TEST(busy_is_what_may_pass_and_says_when)
{
    uint64_t ms = 0;
    CHECK(says_is_busy(&(struct answer){.status = 429, .retry_after = "7"}, &ms) && ms == 7000);
    CHECK(says_is_busy(&(struct answer){.status = 503}, &ms) && ms == 0);
    CHECK(says_is_busy(&(struct answer){.status = 500, .retry_after = "x"}, &ms) && ms == 0);
    CHECK(!says_is_busy(&(struct answer){.status = 404}, &ms));
    CHECK(!says_is_busy(&(struct answer){.status = 501}, &ms));
    CHECK(!says_is_busy(&(struct answer){.status = 200}, &ms));
}
