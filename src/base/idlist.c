// SPDX-License-Identifier: Apache-2.0
// idlist.c — reading lists of numbers.
#include "base/idlist.h"

#include "base/str.h"

enum { WORD_BITS = 8 * sizeof(unsigned long) };

static bool range_parse(struct str item, uint32_t *first, uint32_t *last)
{
    const char *end = item.at + item.n;
    struct str from = str_cut(&item, '-');
    bool is_range = from.at + from.n != end;
    if (!str_to_u32(str_trim(from), first))
        return false;
    *last = *first;
    return (!is_range || str_to_u32(str_trim(item), last)) && *first <= *last &&
           *last < ID_LIST_MAX;
}

int id_list_parse(const char *text, struct id_list *out, struct err *err)
{
    struct id_list list = {};
    struct str rest = str_of(text);
    bool has_more = true;
    while (has_more) {
        struct str item = str_cut(&rest, ',');
        has_more = rest.at != item.at + item.n; // "1," has an empty item after the comma
        uint32_t first, last;
        if (!range_parse(item, &first, &last))
            return fail(err, ERR_INVALID, "\"%.80s\" is no list of numbers below %d such as 0-3,7",
                        text, ID_LIST_MAX);
        for (uint32_t id = first; id <= last; id++)
            list.bits[id / WORD_BITS] |= 1UL << id % WORD_BITS;
    }
    *out = list;
    return 0;
}

bool id_list_has(const struct id_list *list, unsigned id)
{
    return id < ID_LIST_MAX && (list->bits[id / WORD_BITS] >> id % WORD_BITS & 1) != 0;
}

unsigned id_list_end(const struct id_list *list)
{
    unsigned end = ID_LIST_MAX;
    while (end != 0 && !id_list_has(list, end - 1))
        end--;
    return end;
}
