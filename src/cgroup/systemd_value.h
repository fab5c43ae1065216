// SPDX-License-Identifier: Apache-2.0
// systemd_value.h — the value of a unit's property as text: how the runtime passes limits to
// dhow-systemd-cgroup, and what org.systemd.property.* annotations hold.
//
// The grammar is a strict part of GVariant's text format:
//
//     value  = "true" | "false" | number | string | array | tuple
//            | type-word value | "@" signature value
//     number = ["-"] digits | "0x" hex           an int32 unless a type says otherwise
//            | ["-"] digits "." digits           a double
//     string = "'" … "'" | '"' … '"'             \\ \' \" \n \t inside; UTF-8, no other controls
//     array  = "[" [value {"," value}] "]"       of one type, which the first value gives
//     tuple  = "(" value {"," value} [","] ")"
//     type-word = boolean byte int16 uint16 int32 uint32 int64 uint64 double string objectpath
//                 signature
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SYSTEMD_VALUE_MAX = 64 * 1024, // bytes of text
    SYSTEMD_DEPTH_MAX = 6,
};

struct systemd_value {
    char type; // D-Bus: b y n q i u x t d s o g, 'a' an array, '(' a tuple
    union {
        uint64_t natural; // b y q u t
        int64_t whole;    // n i x
        double real;
        const char *text; // s o g
    };
    const char *signature; // of the whole value: "a(ss)"
    struct systemd_value *items;
    size_t n_items;
};

// Reads one value, all of the text. Everything lives in the arena. ERR_INVALID says what was
// expected and at which byte.
[[nodiscard]] int systemd_value_parse(struct arena *arena, const char *text,
                                      struct systemd_value *out, struct err *err);
