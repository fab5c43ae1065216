// SPDX-License-Identifier: Apache-2.0
// template_fuzz.c — any text is a template or refused with a reason, and says something of a
// document, of a row and of headings, or fails with a reason; always within its limits.
#include "template/template.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char document[] =
    "{\"Id\":\"abc\",\"N\":[1,2,3],\"L\":{\"a\":\"1\",\"b\":\"2\"},\"S\":{\"Pid\":42,\"H\":null},"
    "\"P\":{\"80/tcp\":[{\"HostPort\":\"8080\"}]},\"T\":true,\"F\":1.5}";

static const char *field_text(struct arena *arena, const void *row)
{
    (void)arena;
    return row;
}
static const char *label_text(struct arena *arena, const void *row, const char *name)
{
    (void)row;
    return arena_printf(arena, "<%s>", name);
}
static const struct row_field fields[] = {
    {.name = "ID", .heading = "CONTAINER ID", .text = field_text},
    {.name = "Label", .text_of = label_text},
    {},
};
static const struct row_type type = {"*Row", fields};

static void execute(const struct template *template, struct value data, enum template_flags flags)
{
    enum { OUTPUT_MAX = 64 * 1024 };
    struct err err = {};
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    if (template_execute(template, data, flags, &out, &err) < 0 &&
        (err.kind != ERR_INVALID || err.text[0] == '\0'))
        abort();
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct template *template;
    struct value raw, plain;
    const char *text = arena_strndup(&arena, (const char *)bytes, n);
    if (template_parse(&arena, "", text, &template, &err) < 0) {
        if (err.kind != ERR_INVALID || err.text[0] == '\0')
            abort();
        return 0;
    }
    if (value_of_json(&arena, document, strlen(document), VALUE_NUMBERS, &raw, &err) < 0 ||
        value_of_json(&arena, document, strlen(document), 0, &plain, &err) < 0)
        abort();
    execute(template, raw, TEMPLATE_STRICT);
    execute(template, plain, 0);
    execute(template, value_of_row(&type, "x"), 0);
    execute(template, value_of_headings(&type), TEMPLATE_HEADS);
    return 0;
}
