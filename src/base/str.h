// SPDX-License-Identifier: Apache-2.0
// str.h — slices of text to read, and numbers read exactly.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Borrowed bytes; not NUL-terminated.
struct str {
    const char *at;
    size_t n;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
struct str str_of(const char *text); // NULL gives the empty slice
bool str_equal(struct str a, struct str b);
bool str_is(struct str a, const char *text);
bool str_starts(struct str text, const char *prefix);
// Takes what stands before the first `separator` off *rest and returns it; all of *rest if there is
// none.
struct str str_cut(struct str *rest, char separator);
// The same from the right: returns what stands after the last separator; all of *rest if there is
// none.
struct str str_cut_last(struct str *rest, char separator);
struct str str_trim(struct str text); // without blanks, tabs and line ends on both sides

// Whole decimal numbers without sign tricks, blanks or leading '+': true and *out, or false and
// *out is untouched.
bool str_to_u64(struct str text, uint64_t *out);
bool str_to_i64(struct str text, int64_t *out);
bool str_to_u32(struct str text, uint32_t *out);
// The same in base 8 ("0755", "755").
bool str_octal(struct str text, uint32_t *out);
// Writes the last `digits` decimal digits of a number, with zeros in front; returns their end.
char *put_digits(char *to, unsigned number, int digits);

bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
static inline bool text_is_empty(const char *text)
{
    return text == NULL || *text == '\0';
}
bool text_equal(const char *a, const char *b); // NULL equals NULL only
