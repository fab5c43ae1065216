// SPDX-License-Identifier: Apache-2.0
// filters_test.c — filters from words to what they match.
#include "base/mem.h"
#include "base/test.h"
#include "ops/filters.h"

#include <time.h>

static const char *const known[] = {"label", "label!", "reference", "dangling", "until", NULL};

TEST(words_become_dockers_json)
{
    static const struct {
        const char *words[3], *json;
    } rows[] = {
        {{"label=a=b"}, "{\"label\":{\"a=b\":true}}"},
        {{"label=a", " Dangling = true ", "label=b c"},
         "{\"label\":{\"a\":true,\"b c\":true},\"dangling\":{\"true\":true}}"},
        {{"label=\"x\""}, "{\"label\":{\"\\\"x\\\"\":true}}"},
        {{"label="}, "{\"label\":{\"\":true}}"},
        {{"", ""}, NULL},
        {{NULL}, NULL},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct err err = {};
        size_t n = 0;
        const char *json = "?";
        while (n < 3 && rows[i].words[n] != NULL)
            n++;
        CHECK_INT(filters_write(&arena, rows[i].words, n, &json, &err), 0);
        CHECK(json == NULL || rows[i].json != NULL);
        CHECK_STR(json != NULL ? json : "", rows[i].json != NULL ? rows[i].json : "");
    }
}

TEST(a_word_without_a_value_is_no_filter)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    const char *const words[] = {"label"}, *json = "?";
    CHECK_INT(filters_write(&arena, words, 1, &json, &err), -1);
    CHECK_STR(err.text, "bad format of filter (expected name=value)");
    CHECK_STR(json, "?");
}

TEST(both_forms_of_json_are_read)
{
    static const char *const texts[] = {"{\"label\":{\"a\":true,\"no\":false,\"b\":true}}",
                                        "{\"label\":[\"a\",\"b\"]}"};
    for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
        AUTO_ARENA struct arena arena = {};
        struct err err = {};
        struct filters filters;
        size_t n;
        CHECK_INT(filters_read(&arena, texts[i], known, &filters, &err), 0);
        const char *const *values = filters_get(&filters, "label", &n);
        CHECK_INT(n, 2);
        CHECK_STR(values[0], "a");
        CHECK_STR(values[1], "b");
        CHECK(filters_get(&filters, "until", &n) == NULL);
        CHECK_INT(n, 0);
    }
}

TEST(what_is_no_filter_is_refused)
{
    static const struct {
        const char *json, *why;
    } rows[] = {
        {"{\"colour\":{\"red\":true}}", "invalid filter 'colour'"},
        {"{\"label\":true}", "invalid filter: label"},
        {"{\"label\":{\"a\":1}}", "invalid filter: label"},
        {"{\"label\":[1]}", "invalid filter: label"},
        {"[]", "invalid filters"},
        {"{", "invalid filters: not valid JSON"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct err err = {};
        struct filters filters;
        CHECK_INT(filters_read(&arena, rows[i].json, known, &filters, &err), -1);
        CHECK_INT(err.kind, ERR_INVALID);
        CHECK_HAS(err.text, rows[i].why);
    }
}

static bool filter_with(struct arena *arena, const char *key, const char *value,
                        struct filters *out)
{
    struct err err = {};
    const char *word = arena_printf(arena, "%s=%s", key, value), *json;
    return filters_write(arena, &word, 1, &json, &err) == 0 &&
           filters_read(arena, json, known, out, &err) == 0;
}

TEST(references_match_patterns_with_and_without_their_tag)
{
    static const struct {
        const char *pattern, *reference;
        bool matches;
    } rows[] = {
        {"alpine", "alpine:3.20", true},
        {"alpine:3.20", "alpine:3.20", true},
        {"alpine:3", "alpine:3.20", false},
        {"alp*", "alpine:3.20", true},
        {"*", "alpine:3.20", true},
        {"*", "bob/alpine:3.20", false}, // a star takes no slash
        {"*/*", "bob/alpine:3.20", true},
        {"bob/*", "bob/alpine:3.20", true},
        {"*pine:*", "alpine:3.20", true},
        {"al?ine", "alpine:latest", true},
        {"[a-c]lpine", "alpine:latest", true},
        {"[^a-c]lpine", "alpine:latest", false},
        {"[alpine", "alpine:latest", false},
        {"a\\lpine", "alpine:latest", true},
        {"host:5000/a", "host:5000/a:b", true},
        {"host*", "host:5000/a:b", false},
        {"a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:latest", false},
        {"alpine", "alpine@sha256:0123", true},
        {"", "alpine:latest", false},
        {"*:latest", "alpine:latest", true},
        {"a*e*t", "alpine:latest", true},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct filters filters;
        CHECK(filter_with(&arena, "reference", rows[i].pattern, &filters));
        CHECK_INT(filters_reference(&filters, "reference", rows[i].reference), rows[i].matches);
    }
}

TEST(labels_must_all_match)
{
    static const struct json_pair labels[] = {{"a", "1"}, {"b", ""}};
    static const struct {
        const char *json;
        bool matches, is_left; // with label and with label!
    } rows[] = {
        {"{\"label\":[\"a\"],\"label!\":[\"a\"]}", true, false},
        {"{\"label\":[\"a=1\"],\"label!\":[\"a=1\"]}", true, false},
        {"{\"label\":[\"a=2\"],\"label!\":[\"a=2\"]}", false, true},
        {"{\"label\":[\"b=\"],\"label!\":[\"b=\"]}", true, false},
        {"{\"label\":[\"a\",\"b\"],\"label!\":[\"a\",\"b\"]}", true, false},
        {"{\"label\":[\"a\",\"c\"],\"label!\":[\"a\",\"c\"]}", false, true},
        {"{}", true, true},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct err err = {};
        struct filters filters;
        CHECK_INT(filters_read(&arena, rows[i].json, known, &filters, &err), 0);
        CHECK_INT(filters_labels(&filters, "label", labels, 2), rows[i].matches);
        CHECK_INT(filters_no_labels(&filters, "label!", labels, 2), rows[i].is_left);
    }
}

TEST(exact_and_prefix_match_any_of_the_values)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct filters filters, none;
    CHECK_INT(filters_read(&arena, "{\"label\":[\"ab\",\"cd\"]}", known, &filters, &err), 0);
    CHECK_INT(filters_read(&arena, NULL, known, &none, &err), 0);
    CHECK(filters_exact(&filters, "label", "cd"));
    CHECK(!filters_exact(&filters, "label", "cde"));
    CHECK(filters_prefix(&filters, "label", "cde"));
    CHECK(!filters_prefix(&filters, "label", "c"));
    CHECK(filters_part(&filters, "label", "xcdex") && !filters_part(&filters, "label", "c"));
    CHECK(filters_exact(&none, "label", "x") && filters_prefix(&none, "label", "x"));
    CHECK(filters_part(&none, "label", "x"));
}

TEST(yes_and_no)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct filters filters;
    bool is_on = false;
    CHECK(filter_with(&arena, "dangling", "1", &filters));
    CHECK_INT(filters_bool(&filters, "dangling", &is_on, &err), 1);
    CHECK(is_on);
    CHECK(filter_with(&arena, "dangling", "false", &filters));
    CHECK_INT(filters_bool(&filters, "dangling", &is_on, &err), 1);
    CHECK(!is_on);
    CHECK_INT(filters_bool(&filters, "until", &is_on, &err), 0);
    CHECK(filter_with(&arena, "dangling", "maybe", &filters));
    CHECK_INT(filters_bool(&filters, "dangling", &is_on, &err), -1);
    CHECK_STR(err.text, "invalid filter 'dangling=[maybe]'");
}

TEST(moments_are_read_in_every_form)
{
    const int64_t s = 1'000'000'000, now = 1'800'000'000 * s;
    const struct {
        const char *text;
        int64_t ns;
    } rows[] = {
        {"10m", now - 600 * s},
        {"1h30m", now - 5400 * s},
        {"1.5s", now - s * 3 / 2},
        {"-1m", now + 60 * s},
        {"100ms", now - s / 10},
        {"5µs", now - 5000},
        {"0", 0},
        {"1700000000", 1'700'000'000 * s},
        {"1700000000.5", 1'700'000'000 * s + s / 2},
        {"2026-01-02T15:04:05Z", 1'767'366'245 * s},
        {"2026-01-02T15:04:05.25Z", 1'767'366'245 * s + s / 4},
        {"2026-01-02T15:04:05+01:00", (1'767'366'245 - 3600) * s},
        {"2026-01-02T15:04:05-07:30", (1'767'366'245 + 27'000) * s},
        {"2026-01-02T15Z", (1'767'366'245 - 245) * s},
        {"2026-01-02Z", (1'767'366'245 - 54'245) * s},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct err err = {};
        int64_t ns = -1;
        CHECK_INT(time_read(rows[i].text, now, &ns, &err), 0);
        CHECK_INT(ns, rows[i].ns);
    }
}

TEST(a_date_without_a_zone_is_local)
{
    struct err err = {};
    int64_t ns = -1;
    struct tm tm = {.tm_year = 126, .tm_mon = 0, .tm_mday = 2, .tm_hour = 15, .tm_isdst = -1};
    CHECK_INT(time_read("2026-01-02T15:00:00", 0, &ns, &err), 0);
    CHECK_INT(ns / 1'000'000'000, mktime(&tm));
}

TEST(what_is_no_moment_is_refused)
{
    static const char *const texts[] = {"",
                                        "x",
                                        "10x",
                                        "1h30",
                                        "2026-13-01",
                                        "2026-02-30",
                                        "2026-01-02T25:00:00Z",
                                        ".",
                                        "1..5",
                                        "-",
                                        "99999999999999999999"};
    for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
        struct err err = {};
        int64_t ns = -1;
        CHECK_INT(time_read(texts[i], 0, &ns, &err), -1);
        CHECK_HAS(err.text, "failed to parse value as time or duration");
    }
}
