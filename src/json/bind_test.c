// SPDX-License-Identifier: Apache-2.0
// bind_test.c — what the tables promise: exact numbers, errors with paths, a round trip.
#include "base/test.h"
#include "json/bind.h"

#include <string.h>

struct limit {
    const char *type;
    uint64_t hard, soft;
};
struct spec {
    const char *cwd;
    bool terminal;
    int color;
    int64_t *nice;
    uint32_t *gids;
    size_t n_gids;
    const char **env;
    size_t n_env;
    struct limit *limits;
    size_t n_limits;
    struct json_pair *labels;
    size_t n_labels;
    struct limit *first;
    const char *raw;
};
static const char *const colors[] = {"red", "green", NULL};
static const struct json_field limit_fields[] = {
    JSON_FIELD(struct limit, type, JSON_REQUIRED),
    JSON_FIELD(struct limit, hard, JSON_REQUIRED),
    JSON_FIELD(struct limit, soft, JSON_OPTIONAL),
    {},
};
static const struct json_field spec_fields[] = {
    JSON_FIELD(struct spec, cwd, JSON_OPTIONAL),
    JSON_FIELD(struct spec, terminal, JSON_OPTIONAL),
    JSON_WORD(struct spec, color, colors, JSON_OPTIONAL),
    JSON_FIELD(struct spec, nice, JSON_OPTIONAL),
    JSON_ARRAY(struct spec, gids, JSON_OPTIONAL),
    JSON_ARRAY(struct spec, env, JSON_OPTIONAL),
    JSON_LIST(struct spec, limits, limit_fields, JSON_OPTIONAL),
    JSON_PAIRS(struct spec, labels, JSON_OPTIONAL),
    JSON_BEHIND(struct spec, first, limit_fields, JSON_OPTIONAL),
    JSON_TEXT_OF(struct spec, raw, JSON_OPTIONAL),
    {},
};

static int decode(const char *text, struct arena *arena, struct spec *spec, struct err *err)
{
    return json_decode(arena, text, strlen(text), spec_fields, spec, JSON_LENIENT, err);
}

TEST(json_round_trip_is_the_same_text)
{
    AUTO_ARENA struct arena arena = {};
    const char *text =
        "{\"cwd\":\"/a\\n\\u0001\",\"terminal\":true,\"color\":\"green\",\"nice\":-5,\"gids\":[0,"
        "4294967295],\"env\":[\"A=1\",\"\"],\"limits\":[{\"type\":\"x\",\"hard\":"
        "18446744073709551615}],\"labels\":{\"k\":\"v\"},\"first\":{\"type\":\"y\",\"hard\":0},"
        "\"raw\":{\"a\":[1,2]}}";
    struct spec spec;
    struct err err = {};
    CHECK_INT(decode(text, &arena, &spec, &err), 0);
    CHECK(spec.limits[0].hard == UINT64_MAX);
    CHECK_INT(*spec.nice, -5);
    AUTO_BUF struct buf out;
    buf_init(&out, 4096);
    json_encode(&out, spec_fields, &spec, JSON_COMPACT);
    CHECK_STR(buf_get(&out), text);
}

TEST(json_errors_name_the_field_by_path)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"{\"limits\":[{\"type\":\"a\",\"hard\":1},{\"type\":\"b\",\"hard\":\"x\"}]}",
         "limits[1].hard: expected a whole number"},
        {"{\"limits\":[{\"type\":\"a\",\"hard\":-1}]}",
         "limits[0].hard: expected a number of at least 0"},
        {"{\"limits\":[{\"hard\":1}]}", "limits[0].type: is required"},
        {"{\"gids\":[4294967296]}", "gids[0]: the number is too large"},
        {"{\"nice\":9223372036854775808}", "nice: the number is too large"},
        {"{\"nice\":1.5}", "nice: expected a whole number"},
        {"{\"color\":\"blue\"}", "color: \"blue\" is not one of red, green"},
        {"{\"cwd\":\"a\\u0000b\"}", "cwd: the string contains a NUL byte"},
        {"{\"labels\":{\"k\":1}}", "labels.k: expected a string"},
        {"[]", "expected an object"},
        {"{\"cwd\":\"/\"} x", "not valid JSON at byte 12"},
        {"{\"limits\":[{\"type\":\"a\",\"hard\":18446744073709551616}]}", "not valid JSON"},
        {"", "not valid JSON"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_ARENA struct arena arena = {};
        struct spec spec;
        struct err err = {};
        if (decode(rows[i].text, &arena, &spec, &err) == 0)
            CHECK_STR("(accepted)", rows[i].text);
        CHECK_HAS(err.text, rows[i].error);
        CHECK_INT(err.kind, ERR_INVALID);
    }
}

TEST(json_strict_refuses_unknown_keys_and_lenient_does_not)
{
    AUTO_ARENA struct arena arena = {};
    struct spec spec;
    struct err err = {};
    CHECK(json_decode(&arena, "{\"x\":1}", 7, spec_fields, &spec, JSON_STRICT, &err) < 0);
    CHECK_STR(err.text, "x: unknown field");
    CHECK_INT(json_decode(&arena, "{\"x\":1}", 7, spec_fields, &spec, JSON_LENIENT, &err), 0);
}

TEST(json_pretty_looks_like_go)
{
    struct spec spec = {.cwd = "/"};
    AUTO_BUF struct buf out;
    buf_init(&out, 4096);
    json_encode(&out, spec_fields, &spec, JSON_PRETTY);
    CHECK_STR(buf_get(&out), "{\n  \"cwd\": \"/\"\n}");
}

TEST(a_map_of_anything_keeps_each_value)
{
    struct holder {
        struct json_pair *all;
        size_t n_all;
    };
    static const struct json_field fields[] = {
        JSON_ANY_NAMED(struct holder, all, "all", JSON_OPTIONAL),
        {},
    };
    static const char text[] =
        "{\"all\":{\"a\":1.50,\"b/c\":{\"x\":[1,2,\"{\"]},\"n\":null,\"t\":\"q\\\"\"}}";
    AUTO_ARENA struct arena arena = {};
    AUTO_BUF struct buf out;
    struct holder it;
    struct err err = {};
    buf_init(&out, 1000);
    CHECK_INT(json_decode(&arena, text, strlen(text), fields, &it, JSON_STRICT, &err), 0);
    CHECK_INT(it.n_all, 4);
    CHECK_STR(it.all[0].value, "1.50");
    CHECK_STR(it.all[1].key, "b/c");
    CHECK_STR(it.all[2].value, "null");
    json_encode(&out, fields, &it, JSON_COMPACT);
    CHECK_STR(buf_get(&out), text);
}

TEST(indented_text_is_as_go_has_it)
{
    static const struct {
        const char *json, *indented;
    } cases[] = {
        {"{}", "{}"},
        {"[ ]", "[]"},
        {"1.50", "1.50"},
        {"{\"a\":[],\"b\":{\"c\": \"x,{\\\"}\"},\"d\":[1,2]}",
         "{\n\t\"a\": [],\n\t\"b\": {\n\t\t\"c\": \"x,{\\\"}\"\n\t},\n\t\"d\": [\n\t\t1,\n\t\t2\n"
         "\t]\n}"},
        {"[[1],{}]", "[\n\t[\n\t\t1\n\t],\n\t{}\n]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_BUF struct buf out;
        buf_init(&out, 1000);
        json_indent(&out, cases[i].json, "\t");
        CHECK_STR(buf_get(&out), cases[i].indented);
    }
}

struct row {
    const char *name;
};
struct list {
    struct row *rows;
    size_t n_rows;
};

static const struct json_field row_fields[] = {
    JSON_FIELD(struct row, name, JSON_REQUIRED),
    {},
};
static const struct json_field list_fields[] = {
    JSON_LIST_NAMED(struct list, rows, "", row_fields, JSON_REQUIRED),
    {},
};

TEST(a_document_may_be_a_list)
{
    static const char text[] = "[{\"name\":\"a\"},{\"name\":\"b\"}]";
    AUTO_ARENA struct arena arena = {};
    AUTO_BUF struct buf out;
    struct list list;
    struct err err = {};
    buf_init(&out, 1000);
    CHECK_INT(json_decode(&arena, text, strlen(text), list_fields, &list, JSON_STRICT, &err), 0);
    CHECK_INT(list.n_rows, 2);
    CHECK_STR(list.rows[1].name, "b");
    json_encode(&out, list_fields, &list, JSON_COMPACT);
    CHECK_STR(buf_get(&out), text);
    CHECK(json_decode(&arena, "{}", 2, list_fields, &list, JSON_STRICT, &err) < 0);
    CHECK_STR(err.text, "expected a list");
}
