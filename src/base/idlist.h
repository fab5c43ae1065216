// SPDX-License-Identifier: Apache-2.0
// idlist.h — sets of CPU or memory node numbers, as lists ("0-3,7") and as the kernel's bitmaps.
#pragma once
#include "base/err.h"

#include <stdbool.h>

enum { ID_LIST_MAX = 8192 };
struct id_list {
    unsigned long bits[ID_LIST_MAX / (8 * sizeof(unsigned long))];
};

// "0-3,7": ranges ascend, blanks around numbers are fine, empty text is an error (ERR_INVALID).
[[nodiscard]] int id_list_parse(const char *text, struct id_list *out, struct err *err);
bool id_list_has(const struct id_list *list, unsigned id);
// One more than the largest in it.
unsigned id_list_end(const struct id_list *list);
