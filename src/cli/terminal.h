// SPDX-License-Identifier: Apache-2.0
// terminal.h — the user's terminal: its size, raw mode and the way back.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

struct terminal {
    bool is_raw;
    struct termios before;
};
// Puts standard input into raw mode. Not a terminal: nothing happens.
void terminal_raw(struct terminal *terminal);
// Back to what it was. Doing it twice is fine.
void terminal_restore(struct terminal *terminal);
// Rows and columns of standard output's, or else standard input's terminal; false when there is
// none.
bool terminal_size(uint16_t *rows, uint16_t *columns);
#define AUTO_TERMINAL __attribute__((cleanup(terminal_restore)))
