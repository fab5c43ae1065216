// SPDX-License-Identifier: Apache-2.0
// terminal.h — the user's terminal: its size, raw mode and the way back.
#pragma once
#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

struct terminal {
    bool is_raw;
    struct termios before;
};
// Puts standard input into raw mode. Not a terminal: nothing happens.
void terminal_raw(struct terminal *terminal);
void terminal_again(const struct terminal *terminal); // raw, after somebody else had the terminal
// Back to what it was. Doing it twice is fine.
void terminal_restore(struct terminal *terminal);
// Rows and columns of standard output's, or else standard input's terminal; false when there is
// none.
bool terminal_size(uint16_t *rows, uint16_t *columns);
// A line of standard input, without its end, after this question on standard output; what is typed
// of a secret is not shown. The terminal is as before on every way out. ERR_CONFLICT: a signal
// (Ctrl-C) ended it.
[[nodiscard]] int terminal_ask(const char *question, bool is_secret, struct buf *out,
                               struct err *err);
#define AUTO_TERMINAL __attribute__((cleanup(terminal_restore)))
