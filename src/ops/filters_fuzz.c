// SPDX-License-Identifier: Apache-2.0
// filters_fuzz.c — any text as filters, as a pattern and as a moment: refused with a reason, or
// read and written back the same.
#include "ops/filters.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_error(const struct err *err)
{
    if (err->kind != ERR_INVALID || err->text[0] == '\0')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char *const known[] = {"label", "reference", "dangling", "until", NULL};
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct filters filters;
    const char *text = arena_strndup(&arena, (const char *)bytes, n), *json;
    bool is_on;
    int64_t ns;
    if (time_read(text, 0, &ns, &err) < 0)
        check_error(&err);
    if (filters_read(&arena, text, known, &filters, &err) < 0)
        check_error(&err);
    const char *word = arena_printf(&arena, "reference=%s", text);
    if (filters_write(&arena, &word, 1, &json, &err) < 0) {
        check_error(&err);
        return 0;
    }
    if (filters_read(&arena, json, known, &filters, &err) < 0)
        return 0; // text that is not UTF-8 is refused
    (void)filters_reference(&filters, "reference", "host:5000/a/b:tag");
    (void)filters_reference(&filters, "reference", text);
    if (filters_bool(&filters, "reference", &is_on, &err) < 0)
        check_error(&err);
    if (filters_time(&filters, "reference", 0, &ns, &err) < 0)
        check_error(&err);
    return 0;
}
