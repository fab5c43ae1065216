// SPDX-License-Identifier: Apache-2.0
// filters.h — `--filter key=value` on its way from the user to the operation, and what matches.
//
// Requests carry filters as docker's API does: a JSON text, {"label":{"a=b":true}} (lists as
// {"label":["a=b"]} are read, too); no filter is NULL. Several values of one key are alternatives,
// but for labels, which must all match; several keys must all match.
#pragma once
#include "json/bind.h"

enum { FILTERS_MAX = 64 * 1024 }; // bytes of filters as JSON

struct filter {
    const char *key;
    const char **values;
    size_t n_values;
};
struct filters {
    struct filter *filters;
    size_t n_filters;
};

// "key=value" words, as the command line has them, into the request's JSON (NULL when there are
// none). ERR_INVALID: "bad format of filter (expected name=value)".
[[nodiscard]] int filters_write(struct arena *arena, const char *const *words, size_t n,
                                const char **out, struct err *err);
// A request's JSON (or NULL) into filters. `known` lists the keys there may be, and a NULL;
// ERR_INVALID: "invalid filter 'x'".
[[nodiscard]] int filters_read(struct arena *arena, const char *json, const char *const *known,
                               struct filters *out, struct err *err);

// The values of a key; NULL and *out_n 0 when it is not filtered by.
const char *const *filters_get(const struct filters *filters, const char *key, size_t *out_n);
// Each of these is true when nothing is filtered by this key.
// One of the values is the text.
bool filters_exact(const struct filters *filters, const char *key, const char *text);
// One of the values is the start of the text.
bool filters_prefix(const struct filters *filters, const char *key, const char *text);
// One of the values stands somewhere in the text.
bool filters_part(const struct filters *filters, const char *key, const char *text);
// One of the values is the text, or a regular expression that fits somewhere in it.
bool filters_expression(const struct filters *filters, const char *key, const char *text);
// All values, "name" or "name=value", are among the labels.
bool filters_labels(const struct filters *filters, const char *key, const struct json_pair *labels,
                    size_t n_labels);
// For label!: not all of the values are among the labels.
bool filters_no_labels(const struct filters *filters, const char *key,
                       const struct json_pair *labels, size_t n_labels);
// One of the values is a pattern (*, ?, [a-z]; * does not match a slash) of the familiar reference
// ("alpine:3.20", "host:5000/a/b@sha256:…") or of its name without tag and digest.
bool filters_reference(const struct filters *filters, const char *key, const char *reference);

// A yes or no ("1", "true", "0", "false"): 1 and *out when filtered by, 0 when not. ERR_INVALID
// for anything else and for both at once.
[[nodiscard]] int filters_bool(const struct filters *filters, const char *key, bool *out,
                               struct err *err);
// A moment as `until` and `since` take it: "10m", "1h30m" (before now), seconds since 1970 with or
// without a fraction, "2026-01-02", "2026-01-02T15:04:05[.999][Z|+01:00]" (without a zone: local
// time, which is UTC here). 1 and *out_ns since 1970 when filtered by, 0 when not.
[[nodiscard]] int filters_time(const struct filters *filters, const char *key, int64_t now_ns,
                               int64_t *out_ns, struct err *err);
// The same of one text.
[[nodiscard]] int time_read(const char *text, int64_t now_ns, int64_t *out_ns, struct err *err);
