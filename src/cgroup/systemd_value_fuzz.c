// SPDX-License-Identifier: Apache-2.0
// systemd_value_fuzz.c — any text as a property's value: refused with a place, or a tree whose
// signature fits it.
#include "base/mem.h"
#include "cgroup/systemd_value.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(const struct systemd_value *value, int depth)
{
    assert(depth <= SYSTEMD_DEPTH_MAX + 1);
    assert(strchr("bynqiuxtdsoga(", value->type) != NULL && value->type != '\0');
    assert(value->signature[0] == value->type);
    if (strchr("sog", value->type) != NULL)
        assert(value->text != NULL);
    size_t at = 1;
    for (size_t i = 0; i < value->n_items; i++) {
        const struct systemd_value *item = &value->items[i];
        size_t length = strlen(item->signature);
        assert(strncmp(value->signature + at, item->signature, length) == 0);
        at += value->type == '(' ? length : 0;
        check(item, depth + 1);
    }
    if (value->type == '(')
        assert(strcmp(value->signature + at, ")") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AUTO_ARENA struct arena arena = {0};
    struct systemd_value value;
    struct err err;
    const char *text = arena_strndup(&arena, (const char *)bytes, n);
    if (systemd_value_parse(&arena, text, &value, &err) == 0)
        check(&value, 0);
    else
        assert(err.kind == ERR_INVALID);
    return 0;
}
