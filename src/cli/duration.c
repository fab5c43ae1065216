// SPDX-License-Identifier: Apache-2.0
// duration.c — spans of time as Go writes them: "1h30m", "1.5s", "300ms".
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"

#include <string.h>

enum { DIGITS_MAX = 18 };

static const struct {
    const char *name;
    int64_t ns;
} units[] = {
    // longer names first
    {"ms", 1'000'000},        {"us", 1'000},         {"\xC2\xB5s", 1'000}, {"ns", 1},
    {"h", 3'600'000'000'000}, {"m", 60'000'000'000}, {"s", 1'000'000'000},
};

static size_t digits(const char *at)
{
    return strspn(at, "0123456789");
}

// One number with its unit at the front; false: there is none.
static bool cut_part(const char **at, int64_t *total)
{
    size_t n = digits(*at);
    int64_t whole = 0, part = 0, scale = 1;
    if (n > DIGITS_MAX || (n != 0 && !str_to_i64((struct str){*at, n}, &whole)))
        return false;
    *at += n;
    size_t n_part = 0;
    if (**at == '.') {
        n_part = digits(*at + 1);
        for (size_t i = 1; i <= n_part && i <= 9; i++) {
            part = part * 10 + ((*at)[i] - '0');
            scale *= 10;
        }
        *at += n_part + 1;
    }
    if (n + n_part == 0)
        return false;
    for (size_t i = 0; i < N_ELEMENTS(units); i++) {
        int64_t ns;
        if (!text_starts(*at, units[i].name))
            continue;
        *at += strlen(units[i].name);
        if (__builtin_mul_overflow(whole, units[i].ns, &ns) ||
            __builtin_add_overflow(
                ns, (int64_t)((double)part / (double)scale * (double)units[i].ns), &ns))
            return false;
        return !__builtin_add_overflow(*total, ns, total);
    }
    return false;
}

int read_duration(struct arena *arena, const char *text, void *member, struct err *err)
{
    (void)arena;
    const char *at = text;
    int64_t total = 0;
    bool is_good = *text != '\0';
    if (strcmp(text, "0") == 0)
        at = "";
    while (is_good && *at != '\0')
        is_good = cut_part(&at, &total);
    if (!is_good)
        return fail(err, ERR_INVALID, "invalid duration \"%s\": such as 1m30s or 500ms is wanted",
                    text);
    *(int64_t *)member = total;
    return 0;
}
