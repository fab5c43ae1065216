// SPDX-License-Identifier: Apache-2.0
// progress.h — what a long operation says, drawn for a person or written for a log.
#pragma once
#include "base/buf.h"
#include "ops/progress.h"

enum { PROGRESS_LINES_MAX = 4096, PROGRESS_STEP_MS = 60 };

struct progress_line;
struct progress_view {
    int fd;
    bool is_terminal;
    int64_t step_ms; // between two drawings of a line of which only the numbers have changed
    // Of the terminal; terminal_size() but in tests.
    bool (*size)(uint16_t *rows, uint16_t *columns);
    struct progress_line *lines;
    size_t n_lines, n_drawn; // lines that there are, and that are on the screen
    size_t n_hidden;         // of these: one that says how many there is no room for (0 or 1)
    uint16_t rows, columns;
    struct buf out;
    struct progress_sink sink; // to be given to the operation
};

// A view on a file descriptor: docker's look when it is a terminal, else a line each time that
// something has reached another state.
void progress_view_init(struct progress_view *view, int fd);
// Leaves the last state on the screen and frees what it holds.
void progress_view_done(struct progress_view *view);
