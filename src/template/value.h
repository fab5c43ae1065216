// SPDX-License-Identifier: Apache-2.0
// value.h — what a template is about: a value as Go would hold it, made from a struct and its JSON
// table, from JSON text, or from a row whose fields are made when they are asked for.
//
// A value is small and is passed as itself. What it points to is borrowed: from the struct, the
// row, or the arena it was made in.
#pragma once
#include "base/str.h"
#include "json/bind.h"

enum value_kind {
    VALUE_NONE,   // a map had no such key: printed as <no value>
    VALUE_NULL,   // JSON's null, an interface to nothing: the same, but <nil> in a list
    VALUE_NIL,    // a pointer to nothing: <nil>
    VALUE_BOOL,   //
    VALUE_INT,    //
    VALUE_UINT,   //
    VALUE_FLOAT,  //
    VALUE_TEXT,   //
    VALUE_NUMBER, // a number of a raw JSON document: its text, as json.Number is
    VALUE_LIST,   //
    VALUE_MAP,    // keys are sorted
    VALUE_STRUCT, // a C struct seen through its JSON table
    VALUE_ROW,    // a line of a list command
    VALUE_HEADS,  // the headings of such lines
};

// One field of a row: a text that is made when a template asks for it; NULL is nil.
struct row_field {
    const char *name;    // "ID"
    const char *heading; // "CONTAINER ID", what `table` writes above it
    const char *(*text)(struct arena *arena, const void *row);
    // Instead of `text`: a field that takes an argument, .Label "x".
    const char *(*text_of)(struct arena *arena, const void *row, const char *argument);
};
struct row_type {
    const char *type; // Go's name of it, for errors: "*formatter.ContainerContext"
    const struct row_field *fields;
};

struct value {
    enum value_kind kind;
    bool is_boxed; // in a Go interface, as all is in a JSON document: errors tell the difference
    union {
        bool truth;
        int64_t whole;
        uint64_t natural;
        double fraction;
        struct str text; // VALUE_TEXT, VALUE_NUMBER
        struct {
            const struct value *values;
            const struct str *keys; // of a map
            size_t n;
            // What a map has for keys that are not in it: VALUE_NULL, or an empty text.
            enum value_kind element;
        };
        struct {
            const struct json_field *fields;
            const void *from; // never NULL
            const char *type; // Go's name of it, for errors; or NULL
        };
        struct {
            const struct row_type *row_type;
            const void *row;
        };
    };
};

// NULL is the empty text.
static inline struct value value_of_text(const char *text)
{
    return (struct value){.kind = VALUE_TEXT, .text = str_of(text)};
}
// The struct itself: fields are read when they are asked for. `type` is Go's name of it or NULL.
static inline struct value value_of_struct(const struct json_field *fields, const void *from,
                                           const char *type)
{
    return (struct value){.kind = VALUE_STRUCT, .fields = fields, .from = from, .type = type};
}
static inline struct value value_of_row(const struct row_type *type, const void *row)
{
    return (struct value){.kind = VALUE_ROW, .row_type = type, .row = row};
}
static inline struct value value_of_headings(const struct row_type *type)
{
    return (struct value){.kind = VALUE_HEADS, .row_type = type};
}
enum value_flags {
    VALUE_NUMBERS = 1 << 0, // numbers stay texts, as Go's Decoder.UseNumber has it
};
// One JSON document of n bytes. Fails with ERR_INVALID when it is none.
[[nodiscard]] int value_of_json(struct arena *arena, const char *text, size_t n,
                                enum value_flags flags, struct value *out, struct err *err);
// Appends the value as compact JSON, as Go's Encoder without HTML escapes has it.
void value_json(struct arena *arena, struct buf *out, const struct value *value);
