// SPDX-License-Identifier: Apache-2.0
// log.h — the one global: where a program's log goes and how it looks.
//
// Libraries return errors and do not log (STYLE.md 15). Lines are runc's and containerd's: text or
// one JSON object with level, msg and time, so that callers of the runtime can read the last error
// from the file named by --log.
#pragma once
#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

// From now on the log goes to this fd (kept, not closed); text or JSON; nothing above `level`.
void log_setup(int fd, bool is_json, enum log_level level);
// The fd in use, to be kept open where all others are closed.
int log_fd(void);
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
