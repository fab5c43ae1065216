// SPDX-License-Identifier: Apache-2.0
// parse.c — text into json-c's tree, as strictly as it goes.
#include "json/parse.h"

#include "base/str.h"
#include "json/bind.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

// json-c clamps whole numbers beyond 64 bits in silence (0.16, its strict mode too): they are
// looked for in the text. Returns the position of the first such number, or n.
static size_t find_oversized_number(const char *text, size_t n)
{
    bool in_string = false;
    for (size_t i = 0; i < n; i++) {
        if (in_string && text[i] == '\\') {
            i++;
            continue;
        }
        if (text[i] == '"')
            in_string = !in_string;
        if (in_string || text[i] < '0' || text[i] > '9')
            continue;
        size_t start = i;
        while (i < n && text[i] >= '0' && text[i] <= '9')
            i++;
        bool is_fraction = (i < n && (text[i] == '.' || text[i] == 'e' || text[i] == 'E')) ||
                           (start != 0 && strchr(".eE+", text[start - 1]) != NULL);
        bool is_negative = start != 0 && text[start - 1] == '-';
        uint64_t value;
        struct str digits = {text + start, i - start};
        if (!is_fraction && digits.n >= 19 &&
            (!str_to_u64(digits, &value) || (is_negative && value > (uint64_t)INT64_MAX + 1)))
            return start;
        i--;
    }
    return n;
}

int json_parse(const char *text, size_t n, struct json_object **out, struct err *err)
{
    if (n > JSON_TEXT_MAX)
        return fail(err, ERR_INVALID, "the JSON is larger than %d bytes", JSON_TEXT_MAX);
    size_t oversized = find_oversized_number(text, n);
    if (oversized != n)
        return fail(err, ERR_INVALID,
                    "not valid JSON at byte %zu: the number needs more than 64 bits", oversized);
    struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX);
    if (tokener == NULL)
        abort();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *tree = json_tokener_parse_ex(tokener, text, (int)n);
    enum json_tokener_error state = json_tokener_get_error(tokener);
    if (state == json_tokener_continue) { // a lone number ends only with the text
        tree = json_tokener_parse_ex(tokener, "", 1);
        state = json_tokener_get_error(tokener);
    }
    size_t end = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    if (state != json_tokener_success)
        return fail(err, ERR_INVALID, "not valid JSON at byte %zu: %s", end,
                    json_tokener_error_desc(state));
    *out = tree;
    return 0;
}
