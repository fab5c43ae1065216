// SPDX-License-Identifier: Apache-2.0
// template.h — Go's text/template as docker's users write it in --format, with docker's functions.
//
// The whole language is there; errors have Go's words and places. Everything is bounded: a
// template comes from a user, but may be another one's.
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "template/value.h"

enum {
    TEMPLATE_TEXT_MAX = 64 * 1024,
    TEMPLATE_DEPTH_MAX = 100,               // of what is nested, and of templates in templates
    TEMPLATE_STEPS_MAX = 1024 * 1024,       // nodes that one execution may come by
    TEMPLATE_VALUES_MAX = 64 * 1024 * 1024, // bytes of the values that it may make
};

struct template;

// Reads a template. `name` stands in errors ("" for docker's own). It lives in the arena and
// borrows `text`. Fails with ERR_INVALID and Go's words: "template: :1: unclosed action".
[[nodiscard]] int template_parse(struct arena *arena, const char *name, const char *text,
                                 struct template **out, struct err *err);

enum template_flags {
    TEMPLATE_STRICT = 1 << 0, // a key that a map does not have is an error (missingkey=error)
    TEMPLATE_HEADS = 1 << 1,  // json, title, lower, upper and truncate leave texts as they are
};
// Appends what the template says of the value to `out`, whose maximum is the limit. Fails with
// ERR_INVALID and Go's words ("template: :1:2: executing "" at <.X>: map has no entry for key
// "X""); then there may be a part of it in `out`.
[[nodiscard]] int template_execute(const struct template *template, struct value data,
                                   enum template_flags flags, struct buf *out, struct err *err);
