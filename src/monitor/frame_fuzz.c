// SPDX-License-Identifier: Apache-2.0
// frame_fuzz.c — a client's bytes, and a log's line, cannot do harm: they are walked as the monitor
// and `logs` walk them.
#include "monitor/frame.h"
#include "monitor/log_line.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    size_t done = 0;
    for (;;) {
        struct frame frame;
        struct err err;
        long size = frame_parse(bytes + done, n - done, &frame, &err);
        if (size <= 0)
            break;
        if (frame.payload + frame.n != bytes + done + size || done + (size_t)size > n)
            abort();
        done += (size_t)size;
    }
    char *line = malloc(n + 1);
    struct log_line parsed;
    if (line == NULL)
        return 0;
    memcpy(line, bytes, n);
    if (log_line_parse(line, n, &parsed) &&
        (parsed.text < line || parsed.text + parsed.n > line + n))
        abort();
    free(line);
    return 0;
}
