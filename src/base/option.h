// SPDX-License-Identifier: Apache-2.0
// option.h — command lines by table: one row is the parser, the help text and the manual.
//
// The grammar is docker's (pflag): --name value, --name=value, -n value, -nvalue, clusters of
// single letters (-it),
// --flag=false for switches, `--` ends the options. Messages have docker's words.
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_END,
    OPTION_SWITCH,     // bool
    OPTION_SWITCH_OFF, // bool, the opposite of what is said: for one that is on by itself
    OPTION_WORD,       // const char *
    OPTION_WORDS,      // struct words: may be given several times
    OPTION_NUMBER,     // int64_t *: NULL when absent
    OPTION_PARSED,     // by .parse
    OPTION_TABLE, // not an option: all those of another table, .options, of the struct at offset
};

struct words {
    const char **at;
    size_t n;
};

struct option {
    const char *name; // without the dashes
    char letter;      // or 0
    uint8_t kind;
    size_t offset;     // of the member in the struct that options_parse fills
    const char *value; // how help names the value: "string", "list", "bytes"
    const char *help;
    // OPTION_PARSED: reads the text into the member; what it needs lives in the arena.
    int (*parse)(struct arena *arena, const char *text, void *member, struct err *err);
    const struct option *options; // OPTION_TABLE
};

#define OPTION_FLAG(type, member, name_, letter_, help_)                                           \
    {                                                                                              \
        .name = (name_), .letter = (letter_), .kind = OPTION_SWITCH,                               \
        .offset = offsetof(type, member), .help = (help_)                                          \
    }
#define OPTION_FLAG_OFF(type, member, name_, letter_, help_)                                       \
    {                                                                                              \
        .name = (name_), .letter = (letter_), .kind = OPTION_SWITCH_OFF,                           \
        .offset = offsetof(type, member), .help = (help_)                                          \
    }
#define OPTION_TEXT(type, member, name_, letter_, value_, help_)                                   \
    {                                                                                              \
        .name = (name_), .letter = (letter_), .kind = OPTION_WORD,                                 \
        .offset = offsetof(type, member), .value = (value_), .help = (help_)                       \
    }
#define OPTION_LIST(type, member, name_, letter_, value_, help_)                                   \
    {                                                                                              \
        .name = (name_), .letter = (letter_), .kind = OPTION_WORDS,                                \
        .offset = offsetof(type, member), .value = (value_), .help = (help_)                       \
    }
#define OPTION_INT(type, member, name_, letter_, help_)                                            \
    {                                                                                              \
        .name = (name_), .letter = (letter_), .kind = OPTION_NUMBER,                               \
        .offset = offsetof(type, member), .value = "int", .help = (help_)                          \
    }
#define OPTION_READ(type, member, name_, letter_, value_, reader, help_)                           \
    {                                                                                              \
        .name = (name_), .letter = (letter_), .kind = OPTION_PARSED,                               \
        .offset = offsetof(type, member), .value = (value_), .parse = (reader), .help = (help_)    \
    }
#define OPTION_TABLE_OF(type, member, table)                                                       \
    {                                                                                              \
        .name = "", .kind = OPTION_TABLE, .offset = offsetof(type, member), .options = (table)     \
    }

enum options_flags {
    OPTIONS_MIXED = 0, // options may stand behind arguments (docker ps, rm …)
    OPTIONS_FIRST =
        1 << 0, // the first argument ends them (run, exec: what follows is the command's)
};

// Reads argv[0…argc) (without the command's own name) into *out, a struct that the table's offsets
// are of, and the rest into *arguments. Everything lives in the arena or is argv's own. Members
// without an option on the line keep their value. Unknown option, missing or bad value: ERR_INVALID
// with the option and, where one is near, a suggestion.
[[nodiscard]] int options_parse(struct arena *arena, const struct option *options, int argc,
                                char **argv, enum options_flags flags, void *out,
                                struct words *arguments, struct err *err);
// All options of a table and of those inside it, by name; those without a help text (accepted, not
// advertised), too. The array ends with an empty row.
const struct option **options_sorted(struct arena *arena, const struct option *options);
// The table as help, by name: "  -d, --detach            run in the background".
void options_help(const struct option *options, struct buf *out);
// The word of `words` (NULL-terminated) that the user most likely meant, or NULL.
const char *suggest_near(const char *text, const char *const *candidates);
void words_add(struct arena *arena, struct words *words, const char *text);
