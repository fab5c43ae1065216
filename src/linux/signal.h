// SPDX-License-Identifier: Apache-2.0
// signal.h — signals by name and number, as users write them.
#pragma once
#include "base/err.h"

// "SIGTERM", "TERM", "term", "15", "RTMIN+3", "SIGRTMAX-1": 1..64. ERR_INVALID for all else,
// including 0.
[[nodiscard]] int signal_parse(const char *text, int *out, struct err *err);
// "SIGTERM"; "SIGRTMIN+3"; NULL for what is no signal. The text lives for ever.
const char *signal_name(int number);
