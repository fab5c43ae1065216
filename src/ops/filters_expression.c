// SPDX-License-Identifier: Apache-2.0
// filters_expression.c — filters that are regular expressions.
//
// Docker's are Go's RE2; the C library's extended ones say the same for what anybody writes in a
// filter. Theirs can take much time and memory for a short text with repeats, so those are limited.
#include "base/str.h"
#include "ops/filters.h"

#include <regex.h>
#include <string.h>

enum { EXPRESSION_MAX = 1024, REPEATS_MAX = 2 };

static bool is_bearable(const char *expression)
{
    size_t n_repeats = 0;
    for (const char *at = expression; *at != '\0'; at++)
        n_repeats += *at == '{';
    return strlen(expression) <= EXPRESSION_MAX && n_repeats <= REPEATS_MAX;
}

static bool fits(const char *expression, const char *text)
{
    regex_t compiled;
    if (!is_bearable(expression) || regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool does_fit = regexec(&compiled, text, 0, NULL, 0) == 0;
    regfree(&compiled);
    return does_fit;
}

bool filters_expression(const struct filters *filters, const char *key, const char *text)
{
    size_t n;
    const char *const *values = filters_get(filters, key, &n);
    bool matches = n == 0;
    for (size_t i = 0; i < n && !matches; i++)
        matches = text_equal(values[i], text) || fits(values[i], text);
    return matches;
}
