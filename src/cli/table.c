// SPDX-License-Identifier: Apache-2.0
// table.c — columns, spaced as docker's are.
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

enum { PADDING = 3, WIDTH_MIN = 10, COLUMNS_MAX = 16 };

// Characters, not bytes: what is cut short ends in "…".
static size_t width_of(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

void table_print(const struct table *table)
{
    size_t widths[COLUMNS_MAX] = {};
    for (size_t i = 0; i < table->n; i++) {
        size_t width = width_of(table->cells[i]) + PADDING, *widest = &widths[i % table->columns];
        *widest = width > *widest ? width : *widest;
        *widest = *widest < WIDTH_MIN ? WIDTH_MIN : *widest;
    }
    for (size_t i = 0; i < table->n; i++) {
        bool is_last = i % table->columns == table->columns - 1;
        size_t pad = is_last ? 0 : widths[i % table->columns] - width_of(table->cells[i]);
        printf("%s%*s%s", table->cells[i], (int)pad, "", is_last ? "\n" : "");
    }
}
