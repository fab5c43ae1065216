// SPDX-License-Identifier: Apache-2.0
// terminal.c — the user's terminal.
#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

void terminal_raw(struct terminal *terminal)
{
    if (terminal->is_raw || tcgetattr(STDIN_FILENO, &terminal->before) < 0)
        return;
    struct termios raw = terminal->before;
    cfmakeraw(&raw);
    terminal->is_raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

void terminal_restore(struct terminal *terminal)
{
    if (terminal->is_raw)
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->before); // it may be gone: fine
    terminal->is_raw = false;
}

bool terminal_size(uint16_t *rows, uint16_t *columns)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0)
        return false;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return size.ws_row != 0 && size.ws_col != 0;
}
