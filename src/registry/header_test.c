// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "registry/header.h"

#include <string.h>

static void check_text(const char *got, const char *want)
{
    CHECK_STR(got != NULL ? got : "(none)", want != NULL ? want : "(none)");
}

TEST(challenges_are_taken_apart)
{
    static const struct {
        const char *value;
        int n, at; // which of the n is looked at
        struct challenge want;
    } rows[] = {
        {"Basic realm=\"Registry\"", 1, 0, {CHALLENGE_BASIC, "Registry", NULL, NULL, NULL}},
        {"bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:a:pull,push\"",
         1,
         0,
         {CHALLENGE_BEARER, "https://a/t", "s", "repository:a:pull,push", NULL}},
        {"Bearer realm=\"r\" , service = s,error=\"invalid_token\"",
         1,
         0,
         {CHALLENGE_BEARER, "r", "s", NULL, "invalid_token"}},
        {"Bearer realm=\"a\\\"b\"", 1, 0, {CHALLENGE_BEARER, "a\"b", NULL, NULL, NULL}},
        {"Negotiate, Basic realm=x", 2, 1, {CHALLENGE_BASIC, "x", NULL, NULL, NULL}},
        {"Negotiate abc==, Bearer realm=x", 2, 1, {CHALLENGE_BEARER, "x", NULL, NULL, NULL}},
        {"Bearer realm=x, Basic realm=y", 2, 0, {CHALLENGE_BEARER, "x", NULL, NULL, NULL}},
        {"Digest realm=\"q\", qop=\"auth, int\", Basic realm=y",
         2,
         1,
         {CHALLENGE_BASIC, "y", NULL, NULL, NULL}},
        {"", 0, 0, {}},
        {" , ,", 0, 0, {}},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct challenge got[HEADER_CHALLENGES_MAX] = {};
        CHECK_INT(challenges_parse(&arena, rows[i].value, got), rows[i].n);
        const struct challenge *at = &got[rows[i].at], *want = &rows[i].want;
        CHECK_INT(at->scheme, want->scheme);
        check_text(at->realm, want->realm);
        check_text(at->service, want->service);
        check_text(at->scope, want->scope);
        check_text(at->error, want->error);
    }
}

TEST(a_challenge_that_breaks_the_grammar_is_refused)
{
    static const char *const rows[] = {
        "realm=\"x\"",
        "Bearer realm=\"x",
        "Bearer realm=\"x\" service=\"y\"",
        "Bearer realm=\"x\\",
        "Bearer realm=",
        "Bearer =x",
        "Bearer realm=\"a\",realm=\"b\"",
        "Bearer realm=\"a\nb\"",
        "\"Bearer\"",
        "a,b,c,d,e,f,g,h,i",
        "Bearer realm=\"x\";service=y",
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct challenge got[HEADER_CHALLENGES_MAX] = {};
        if (challenges_parse(&arena, rows[i], got) >= 0)
            CHECK_STR(rows[i], "refused");
    }
}

TEST(the_next_page_is_the_link_whose_relation_is_next)
{
    static const struct {
        const char *value, *want;
    } rows[] = {
        {"</v2/a/tags/list?n=2&last=b>; rel=\"next\"", "/v2/a/tags/list?n=2&last=b"},
        {"<x>; rel=next", "x"},
        {"<a>; rel=\"prev\", <b>;title=\"x, y\"; rel=\"next\"", "b"},
        {"<a>; rel=\"prev\"", NULL},
        {"", NULL},
        {"<a", NULL},
        {"a; rel=next", NULL},
        {"<a>; rel=\"next", NULL},
        {"<a>; ;rel=next", "a"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        check_text(link_next(&arena, rows[i].value), rows[i].want);
    }
}

TEST(ranges_are_whole_numbers_in_order)
{
    uint64_t a, b, n;
    CHECK(content_range_parse("bytes 5-9/20", &a, &b, &n) && a == 5 && b == 9 && n == 20);
    CHECK(content_range_parse("bytes 0-0/*", &a, &b, &n) && a == 0 && b == 0 && n == UINT64_MAX);
    static const char *const wrong[] = {"bytes 9-5/20",
                                        "bytes 5-20/20",
                                        "bytes */20",
                                        "items 5-9/20",
                                        "bytes 5-9",
                                        "bytes -9/20",
                                        "bytes 5-9/99999999999999999999"};
    for (size_t i = 0; i < N_ELEMENTS(wrong); i++)
        CHECK(!content_range_parse(wrong[i], &a, &b, &n));
    CHECK(upload_range_parse("0-99", &n) && n == 100);
    CHECK(upload_range_parse("bytes=0-99", &n) && n == 100);
    CHECK(upload_range_parse("0-0", &n) && n == 0);
    CHECK(!upload_range_parse("5-99", &n));
    CHECK(!upload_range_parse("0-18446744073709551615", &n));
    CHECK(!upload_range_parse("-1", &n));
}

TEST(retry_after_is_seconds_or_a_date)
{
    uint64_t s;
    CHECK(retry_after_parse("120", 0, &s) && s == 120);
    CHECK(retry_after_parse("Thu, 01 Jan 1970 00:01:40 GMT", 40, &s) && s == 60);
    CHECK(retry_after_parse("Thu, 01 Jan 1970 00:01:40 GMT", 400, &s) && s == 0);
    CHECK(!retry_after_parse("soon", 0, &s));
    CHECK(!retry_after_parse("-5", 0, &s));
    CHECK(!retry_after_parse("", 0, &s));
}

TEST(a_warning_is_the_text_of_code_299)
{
    AUTO_ARENA struct arena arena = {};
    check_text(warning_text(&arena, "299 - \"be \\\"quick\\\"\""), "be \"quick\"");
    check_text(warning_text(&arena, "199 - \"x\""), NULL);
    check_text(warning_text(&arena, "299 - x"), NULL);
    check_text(warning_text(&arena, "299 - \"x"), NULL);
}

TEST(text_from_outside_cannot_steer_a_terminal)
{
    AUTO_ARENA struct arena arena = {};
    CHECK_STR(shown_text(&arena, "a\x1b[2Jb\r\n", 100), "a?[2Jb??");
    CHECK_STR(shown_text(&arena, "abcdef", 3), "abc");
    CHECK_STR(media_type_of(&arena, "Application/JSON ; charset=utf-8"), "application/json");
}
