// SPDX-License-Identifier: Apache-2.0
// rows_test.h — rows of a template and what it says of one document.
#pragma once
#include "base/test.h"
#include "template/template.h"

#include <string.h>

static const char document[] =
    "{\"State\":{\"Status\":\"running\",\"Pid\":42,\"Health\":null},"
    "\"Id\":\"abc\","
    "\"Args\":[\"a\",\"b c\"],"
    "\"L\":{\"x\":\"1\",\"b\":\"2\"},"
    "\"N\":[1,2,3],"
    "\"E\":[],"
    "\"T\":true,"
    "\"F\":1.5,"
    "\"Big\":12345678,"
    "\"M\":{},"
    "\"Ports\":{\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"}],\"443/tcp\":null},"
    "\"Name\":\"/web-1_a\"}";

enum { SAID_MAX = 64 * 1024 };

struct template_row {
    const char *text, *said; // what it says, or the error
};

// As docker does it: a template's error takes the place of the output.
static inline void say(struct arena *arena, const char *text, struct value data,
                       enum template_flags flags, struct buf *out)
{
    struct err err = {};
    struct template *template;
    buf_init(out, SAID_MAX);
    if (template_parse(arena, "", text, &template, &err) == 0 &&
        template_execute(template, data, flags, out, &err) == 0)
        return;
    CHECK_INT(err.kind, ERR_INVALID);
    buf_clear(out);
    buf_text(out, err.text);
}

static inline void check_rows(const struct template_row *rows, size_t n, bool is_raw)
{
    for (size_t i = 0; i < n; i++) {
        AUTO_ARENA struct arena arena = {};
        AUTO_BUF struct buf out = {};
        struct err err = {};
        struct value data;
        CHECK_INT(value_of_json(&arena, document, strlen(document), is_raw ? VALUE_NUMBERS : 0,
                                &data, &err),
                  0);
        say(&arena, rows[i].text, data, is_raw ? TEMPLATE_STRICT : 0, &out);
        CHECK_STR(buf_get(&out), rows[i].said);
    }
}
