// SPDX-License-Identifier: Apache-2.0
// bind.h — one table per struct: reads it from JSON, writes it back, and names its fields to users.
//
// A decoded document lives in an arena. Errors name the field by its path:
// "process.rlimits[2].hard: expected a whole number". Numbers are exact: a value that does not fit
// the member is an error, never wrapped. JSON null counts as absent. Text with a NUL inside is
// refused.
//
//     static const struct json_field rlimit_fields[] = {
//         JSON_FIELD(struct rlimit, type, JSON_REQUIRED),
//         JSON_FIELD(struct rlimit, hard, JSON_REQUIRED),   // the C type picks the decoder
//         {},
//     };
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JSON_DEPTH_MAX = 64,
    JSON_TEXT_MAX = 16 * 1024 * 1024,
};

enum json_kind {
    JSON_END,
    JSON_STRING,      // const char *; NULL when absent
    JSON_BOOL,        // bool
    JSON_INT,         // int64_t
    JSON_UINT,        // uint64_t
    JSON_U32,         // uint32_t
    JSON_DOUBLE,      // double
    JSON_ENUM,        // int: an index into .words
    JSON_RAW,         // const char *: the value's own JSON text, white space folded
    JSON_STRINGS,     // const char **x; size_t n_x
    JSON_NUMBERS,     // uint32_t *x; size_t n_x
    JSON_STRUCT,      // struct y x, or struct y *x (JSON_POINTER; NULL when absent)
    JSON_STRUCTS,     // struct y *x; size_t n_x
    JSON_MAP,         // struct json_pair *x; size_t n_x: an object of strings
    JSON_MAP_RAW,     // the same of anything: each value is its own JSON text
    JSON_MAP_STRUCTS, // struct y *x; size_t n_x: an object of objects; the key goes to y's first
                      // member, a const char *
};

enum json_flags {
    JSON_OPTIONAL = 0,  // may be absent; not written when NULL, 0, false or empty
    JSON_REQUIRED = 1,  // must be there; always written
    JSON_ALWAYS = 2,    // may be absent; always written
    JSON_POINTER = 4,   // set by the macros: the member is a pointer, NULL when absent
    JSON_NOT_EMPTY = 8, // a string or list must not be empty when it is there
};

struct json_pair {
    const char *key;
    const char *value;
};

struct json_field {
    const char *name;
    uint16_t offset;
    uint16_t count_offset; // where the length of a list lives
    uint16_t size;         // of one list element, of a struct behind a pointer or in raw text
    uint8_t kind;
    uint8_t flags;
    // Of a nested struct. Of raw text, for who shows it: what it holds, as a struct of `size` bytes
    // would; reading and writing do not look at it.
    const struct json_field *fields;
    const char *const *words; // of an enum: NULL-terminated; holes are not allowed
};

// clang-format off
#define JSON_MEMBER(type, member) (((type *)0)->member)
#define json_kind_of(member) _Generic((member),                                                     \
    const char *: JSON_STRING, bool: JSON_BOOL, int64_t: JSON_INT, uint64_t: JSON_UINT,             \
    uint32_t: JSON_U32, double: JSON_DOUBLE,                                                        \
    bool *: JSON_BOOL, int64_t *: JSON_INT, uint64_t *: JSON_UINT, uint32_t *: JSON_U32,            \
    double *: JSON_DOUBLE)
#define json_pointer_of(member) _Generic((member),                                                  \
    const char *: 0, bool: 0, int64_t: 0, uint64_t: 0, uint32_t: 0, double: 0, default: JSON_POINTER)

// A text, number or bool, or a pointer to one (NULL when absent). JSON's name is the member's unless NAMED gives another.
#define JSON_NAMED(type, member, json_name, how)                                                    \
    { .name = (json_name), .offset = offsetof(type, member), .kind = json_kind_of(JSON_MEMBER(type, member)), \
      .flags = (how) | json_pointer_of(JSON_MEMBER(type, member)) }
#define JSON_FIELD(type, member, how) JSON_NAMED(type, member, #member, how)
#define JSON_WORD(type, member, names, how)                                                         \
    { .name = #member, .offset = offsetof(type, member), .kind = JSON_ENUM, .flags = (how), .words = (names) }
#define JSON_TEXT_OF(type, member, how)                                                             \
    { .name = #member, .offset = offsetof(type, member), .kind = JSON_RAW, .flags = (how) }
// A list of texts or of uint32_t: `const char **env; size_t n_env;`
#define JSON_ARRAY_NAMED(type, member, json_name, how)                                              \
    { .name = (json_name), .offset = offsetof(type, member), .count_offset = offsetof(type, n_##member), \
      .kind = _Generic(JSON_MEMBER(type, member), const char **: JSON_STRINGS, uint32_t *: JSON_NUMBERS), .flags = (how) }
#define JSON_ARRAY(type, member, how) JSON_ARRAY_NAMED(type, member, #member, how)
// A list of structs: `struct mount *mounts; size_t n_mounts;`
#define JSON_LIST_NAMED(type, member, json_name, table, how)                                        \
    { .name = (json_name), .offset = offsetof(type, member), .count_offset = offsetof(type, n_##member), \
      .size = sizeof *JSON_MEMBER(type, member), .kind = JSON_STRUCTS, .fields = (table), .flags = (how) }
#define JSON_LIST(type, member, table, how) JSON_LIST_NAMED(type, member, #member, table, how)
// A struct inside the struct, and one behind a pointer.
#define JSON_INSIDE_NAMED(type, member, json_name, table, how)                                      \
    { .name = (json_name), .offset = offsetof(type, member), .kind = JSON_STRUCT, .fields = (table), .flags = (how) }
#define JSON_INSIDE(type, member, table, how) JSON_INSIDE_NAMED(type, member, #member, table, how)
#define JSON_BEHIND_NAMED(type, member, json_name, table, how)                                      \
    { .name = (json_name), .offset = offsetof(type, member), .size = sizeof *JSON_MEMBER(type, member), \
      .kind = JSON_STRUCT, .fields = (table), .flags = (how) | JSON_POINTER }
#define JSON_BEHIND(type, member, table, how) JSON_BEHIND_NAMED(type, member, #member, table, how)
// An object whose keys are data: of texts (struct json_pair), of anything (the same), and of objects (first member: const char *key).
#define JSON_PAIRS_NAMED(type, member, json_name, how)                                              \
    { .name = (json_name), .offset = offsetof(type, member), .count_offset = offsetof(type, n_##member), .kind = JSON_MAP, .flags = (how) }
#define JSON_ANY_NAMED(type, member, json_name, how)                                                \
    { .name = (json_name), .offset = offsetof(type, member), .count_offset = offsetof(type, n_##member), .kind = JSON_MAP_RAW, .flags = (how) }
#define JSON_PAIRS(type, member, how) JSON_PAIRS_NAMED(type, member, #member, how)
#define JSON_OBJECTS(type, member, table, how)                                                      \
    { .name = #member, .offset = offsetof(type, member), .count_offset = offsetof(type, n_##member), \
      .size = sizeof *JSON_MEMBER(type, member), .kind = JSON_MAP_STRUCTS, .fields = (table), .flags = (how) }
// clang-format on

// A table whose only field has the empty name: that field is the document itself, a list say; so it
// is inside another, too: {"80/tcp": [...]} is an object of such structs. Empty, it is written as
// null, unless it is ALWAYS or REQUIRED.
static inline bool json_is_document(const struct json_field *fields)
{
    return fields->name != NULL && *fields->name == '\0' && fields[1].name == NULL;
}

enum json_decode_flags {
    JSON_LENIENT = 0,
    JSON_STRICT = 1 << 0, // a key that no field has is an error
};

// Reads one JSON document of n bytes into *out (zeroed first; on failure its content means
// nothing). Everything it points to lives in `arena`. Fails with ERR_INVALID and the field's path,
// or the byte's position when it is no JSON.
[[nodiscard]] int json_decode(struct arena *arena, const char *text, size_t n,
                              const struct json_field *fields, void *out,
                              enum json_decode_flags flags, struct err *err);
// The same from a file; its limit is JSON_TEXT_MAX.
[[nodiscard]] int json_decode_file(struct arena *arena, int dir, const char *name,
                                   const struct json_field *fields, void *out,
                                   enum json_decode_flags flags, struct err *err);

enum json_encode_flags {
    JSON_COMPACT = 0,
    JSON_PRETTY = 1 << 0, // two blanks an indent, as json.MarshalIndent(v, "", "  ") does
};
// Appends the struct as JSON to `out`; it cannot fail but for the buffer's limit (buf_check).
void json_encode(struct buf *out, const struct json_field *fields, const void *from,
                 enum json_encode_flags flags);
// Appends one text as a JSON string with its quotes.
void json_quote(struct buf *out, const char *text);
// Appends valid JSON text with line ends and `indent` for each level, as Go's json.Indent does;
// what is between the values now is left out.
void json_indent(struct buf *out, const char *json, const char *indent);
