// SPDX-License-Identifier: Apache-2.0
// log_line.h — inside monitor/: one line of a container's log, decoded.
#pragma once
#include "monitor/log_reader.h"

// Decodes {"log":"…","stream":"stdout"|"stderr","time":"…"} in place: *out points into `line`,
// which is writable and is changed. False when it is anything else.
bool log_line_parse(char *line, size_t n, struct log_line *out);
