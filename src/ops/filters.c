// SPDX-License-Identifier: Apache-2.0
// filters.c — filters as docker writes them, and what they match.
#include "ops/filters.h"

#include "base/mem.h"
#include "base/str.h"
#include "json/tree.h"

#include <string.h>

enum { FILTER_KEYS_MAX = 64, FILTER_VALUES_MAX = 4096 };

// --- writing ---

static struct filter *filter_find(struct filter *filters, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(filters[i].key, key) == 0)
            return &filters[i];
    }
    return NULL;
}

// " Label = a " is label, a.
static int word_read(struct arena *arena, const char *word, const char **out_key,
                     const char **out_value, struct err *err)
{
    struct str rest = str_of(word);
    if (strchr(word, '=') == NULL)
        return fail(err, ERR_INVALID, "bad format of filter (expected name=value)");
    struct str key = str_trim(str_cut(&rest, '=')), value = str_trim(rest);
    char *lower = arena_strndup(arena, key.at, key.n);
    for (char *at = lower; *at != '\0'; at++)
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at | 0x20) : *at;
    *out_key = lower;
    *out_value = arena_strndup(arena, value.at, value.n);
    return 0;
}

static void encode(struct buf *out, const struct filter *filters, size_t n)
{
    buf_char(out, '{');
    for (size_t i = 0; i < n; i++) {
        buf_text(out, i != 0 ? "," : "");
        json_quote(out, filters[i].key);
        buf_text(out, ":{");
        for (size_t j = 0; j < filters[i].n_values; j++) {
            buf_text(out, j != 0 ? "," : "");
            json_quote(out, filters[i].values[j]);
            buf_text(out, ":true");
        }
        buf_char(out, '}');
    }
    buf_char(out, '}');
}

int filters_write(struct arena *arena, const char *const *words, size_t n, const char **out,
                  struct err *err)
{
    struct filter *filters = arena_array(arena, n + 1, sizeof *filters);
    size_t n_filters = 0, n_words = 0;
    for (size_t i = 0; i < n; i++) {
        const char *key = NULL, *value = NULL;
        if (words[i][0] == '\0')
            continue; // as docker has it
        if (word_read(arena, words[i], &key, &value, err) < 0)
            return -1;
        struct filter *filter = filter_find(filters, n_filters, key);
        if (filter == NULL) {
            filter = &filters[n_filters++];
            *filter = (struct filter){key, arena_array(arena, n, sizeof(const char *)), 0};
        }
        filter->values[filter->n_values++] = value;
        n_words++;
    }
    AUTO_BUF struct buf text;
    buf_init(&text, FILTERS_MAX);
    encode(&text, filters, n_filters);
    if (buf_check(&text, "the filters", err) < 0)
        return -1;
    *out = n_words != 0 ? arena_strdup(arena, buf_get(&text)) : NULL;
    return 0;
}

// --- reading ---

// {"a":true} or ["a"]; what is false does not count.
static int values_read(struct arena *arena, const struct json_node *from, struct filter *out,
                       struct err *err)
{
    if (from->kind != TREE_OBJECT && from->kind != TREE_LIST)
        return fail(err, ERR_INVALID, "invalid filter: %s: expected {\"value\": true} or a list",
                    out->key);
    if (from->n > FILTER_VALUES_MAX)
        return fail(err, ERR_INVALID, "invalid filter '%s': more than %d values", out->key,
                    FILTER_VALUES_MAX);
    out->values = arena_array(arena, from->n + 1, sizeof *out->values);
    for (size_t i = 0; i < from->n; i++) {
        const struct json_node *value = &from->children[i];
        bool is_list = from->kind == TREE_LIST;
        bool is_known = is_list ? value->kind == TREE_TEXT
                                : value->kind == TREE_TRUE || value->kind == TREE_FALSE;
        if (!is_known)
            return fail(err, ERR_INVALID,
                        "invalid filter: %s: expected {\"value\": true} or a list of texts",
                        out->key);
        if (value->kind != TREE_FALSE)
            out->values[out->n_values++] = is_list ? value->text : value->key;
    }
    return 0;
}

static bool is_among(const char *key, const char *const *known)
{
    while (*known != NULL && strcmp(*known, key) != 0)
        known++;
    return *known != NULL;
}

int filters_read(struct arena *arena, const char *json, const char *const *known,
                 struct filters *out, struct err *err)
{
    struct json_node node = {.kind = TREE_OBJECT};
    if (!text_is_empty(json) && json_tree(arena, json, strlen(json), &node, err) < 0)
        return fail_in(err, "invalid filters");
    if (node.kind != TREE_OBJECT || node.n > FILTER_KEYS_MAX)
        return fail(err, ERR_INVALID, "invalid filters: expected {\"key\": {\"value\": true}}");
    struct filters filters = {arena_array(arena, node.n + 1, sizeof *filters.filters), node.n};
    for (size_t i = 0; i < node.n; i++) {
        filters.filters[i].key = node.children[i].key;
        if (!is_among(filters.filters[i].key, known))
            return fail(err, ERR_INVALID, "invalid filter '%s'", filters.filters[i].key);
        if (values_read(arena, &node.children[i], &filters.filters[i], err) < 0)
            return -1;
    }
    *out = filters;
    return 0;
}

const char *const *filters_get(const struct filters *filters, const char *key, size_t *out_n)
{
    const struct filter *filter = filter_find(filters->filters, filters->n_filters, key);
    *out_n = filter != NULL ? filter->n_values : 0;
    return *out_n != 0 ? (const char *const *)filter->values : NULL;
}

// --- matching ---

bool filters_exact(const struct filters *filters, const char *key, const char *text)
{
    size_t n;
    const char *const *values = filters_get(filters, key, &n);
    bool matches = n == 0;
    for (size_t i = 0; i < n; i++)
        matches |= text_equal(values[i], text);
    return matches;
}

bool filters_prefix(const struct filters *filters, const char *key, const char *text)
{
    size_t n;
    const char *const *values = filters_get(filters, key, &n);
    bool matches = n == 0;
    for (size_t i = 0; i < n; i++)
        matches |= text != NULL && text_starts(text, values[i]);
    return matches;
}

bool filters_part(const struct filters *filters, const char *key, const char *text)
{
    size_t n;
    const char *const *values = filters_get(filters, key, &n);
    bool matches = n == 0;
    for (size_t i = 0; i < n; i++)
        matches |= strstr(text, values[i]) != NULL;
    return matches;
}

// "name": there is such a label; "name=value": and it has this value.
static bool has_label(const char *wanted, const struct json_pair *labels, size_t n)
{
    struct str value = str_of(wanted), name = str_cut(&value, '=');
    bool wants_value = strchr(wanted, '=') != NULL;
    for (size_t i = 0; i < n; i++) {
        if (str_is(name, labels[i].key))
            return !wants_value || str_is(value, labels[i].value != NULL ? labels[i].value : "");
    }
    return false;
}

bool filters_labels(const struct filters *filters, const char *key, const struct json_pair *labels,
                    size_t n_labels)
{
    size_t n;
    const char *const *values = filters_get(filters, key, &n);
    for (size_t i = 0; i < n; i++) {
        if (!has_label(values[i], labels, n_labels))
            return false;
    }
    return true;
}

bool filters_no_labels(const struct filters *filters, const char *key,
                       const struct json_pair *labels, size_t n_labels)
{
    size_t n;
    (void)filters_get(filters, key, &n);
    return n == 0 || !filters_labels(filters, key, labels, n_labels);
}

// [a-z], [^a-z]: takes it off *pattern. Without its end it matches nothing.
static bool matches_class(const char **pattern, char c)
{
    const char *at = *pattern + 1;
    bool is_negated = *at == '^', matches = false;
    at += is_negated;
    while (*at != '\0' && *at != ']') {
        at += *at == '\\' && at[1] != '\0';
        char low = *at++, high = low;
        if (at[0] == '-' && at[1] != '\0' && at[1] != ']') {
            at += at[1] == '\\' && at[2] != '\0' ? 2 : 1;
            high = *at++;
        }
        matches |= c >= low && c <= high;
    }
    bool ends = *at == ']';
    *pattern = at + ends;
    return ends && matches != is_negated && c != '/';
}

// One character of the text and of the pattern, which is no star here.
static bool matches_one(const char **pattern, char c)
{
    if (**pattern == '[')
        return matches_class(pattern, c);
    bool is_any = **pattern == '?';
    *pattern += **pattern == '\\' && (*pattern)[1] != '\0';
    bool matches = is_any ? c != '/' : **pattern == c;
    *pattern += **pattern != '\0';
    return matches;
}

// A star takes no slash, so only the last one need be tried again. The pattern is Go's path.Match.
static bool matches_pattern(const char *pattern, struct str text)
{
    const char *star = NULL;
    size_t at = 0, from = 0;
    for (;;) {
        const char *here = pattern;
        if (*pattern == '*') {
            star = ++pattern;
            from = at;
        } else if (at == text.n && *pattern == '\0') {
            return true;
        } else if (at < text.n && *pattern != '\0' && matches_one(&here, text.at[at])) {
            pattern = here;
            at++;
        } else if (star != NULL && from < text.n && text.at[from] != '/') {
            pattern = star;
            at = ++from;
        } else {
            return false;
        }
    }
}

// Without @digest and :tag.
static struct str reference_name(const char *reference)
{
    struct str rest = str_of(reference), name = str_cut(&rest, '@');
    for (size_t i = name.n; i-- > 0 && name.at[i] != '/';) {
        if (name.at[i] == ':')
            return (struct str){name.at, i};
    }
    return name;
}

bool filters_reference(const struct filters *filters, const char *key, const char *reference)
{
    size_t n;
    const char *const *values = filters_get(filters, key, &n);
    bool matches = n == 0;
    for (size_t i = 0; i < n && !matches; i++)
        matches = matches_pattern(values[i], str_of(reference)) ||
                  matches_pattern(values[i], reference_name(reference));
    return matches;
}

int filters_bool(const struct filters *filters, const char *key, bool *out, struct err *err)
{
    size_t n;
    const char *const *values = filters_get(filters, key, &n);
    bool is_true = false, is_false = false;
    for (size_t i = 0; i < n; i++) {
        is_true |= strcmp(values[i], "1") == 0 || strcmp(values[i], "true") == 0;
        is_false |= strcmp(values[i], "0") == 0 || strcmp(values[i], "false") == 0;
    }
    if (n == 0)
        return 0;
    if (is_true == is_false)
        return fail(err, ERR_INVALID, "invalid filter '%s=[%s]'", key, values[0]);
    *out = is_true;
    return 1;
}

int filters_time(const struct filters *filters, const char *key, int64_t now, int64_t *out_ns,
                 struct err *err)
{
    size_t n;
    const char *const *values = filters_get(filters, key, &n);
    if (n == 0)
        return 0;
    if (n > 1)
        return fail(err, ERR_INVALID, "more than one %s filter specified", key);
    return time_read(values[0], now, out_ns, err) < 0 ? -1 : 1;
}
