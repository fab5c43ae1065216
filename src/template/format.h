// SPDX-License-Identifier: Apache-2.0
// format.h — between format.c and format_number.c: one verb with its flags.
#pragma once
#include "template/parts.h"

struct spec {
    bool minus, plus, sharp, space, zero;
    bool plus_v, sharp_v; // %+v, %#v
    int width, precision; // -1: none
    unsigned verb;        // a character
};
// The text, filled up to the width.
void put_padded(struct buf *out, const struct spec *spec, struct str text);
// A whole number by its verb; false when the verb is not for those.
bool put_whole(struct buf *out, const struct spec *spec, const struct value *value);
bool put_float(struct buf *out, const struct spec *spec, double value);
// The shortest digits that read back as the same number, as JSON has them.
void put_json_float(struct buf *out, double value);
