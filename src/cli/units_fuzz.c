// SPDX-License-Identifier: Apache-2.0
// units_fuzz.c — any text is a size, a number of CPUs, or an error; a size is never negative.
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char text[256];
    if (n >= sizeof text)
        return 0;
    memcpy(text, bytes, n);
    text[n] = '\0';
    struct err err = {};
    int64_t value = 0;
    if (read_bytes(NULL, text, &value, &err) == 0 && value < 0)
        abort();
    value = 0;
    if (read_cpus(NULL, text, &value, &err) == 0 && value < 0)
        abort();
    return 0;
}
