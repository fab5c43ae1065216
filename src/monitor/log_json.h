// SPDX-License-Identifier: Apache-2.0
// log_json.h — inside monitor/: writes ID-json.log as docker's json-file driver does.
#pragma once
#include "monitor/log_files.h"
#include "monitor/log_parts.h"
#include "monitor/log_settings.h"

struct log_json {
    struct log_files files;
    char *attributes; // ,"attrs":{…}
    size_t n_attributes;
    char *out; // encoded, not written yet
    size_t n_out;
    int64_t time_ns, second; // that `when` was made for
    char when[40];
    size_t n_when;
};
// Opens the log in the container's directory and cuts off a torn last line. < 0: nothing to close.
[[nodiscard]] int log_json_open(struct log_json *out, int dir, const char *id,
                                const struct log_settings *settings, struct err *err);
void log_json_add(struct log_json *json, const struct log_line *line);
void log_json_flush(struct log_json *json); // writes what was added
void log_json_close(struct log_json *json);
// Text as the inside of a JSON string, what is no UTF-8 as \ufffd: at most 6 bytes for each of n.
size_t log_json_text(char *to, const char *text, size_t n);
char *log_json_attributes(const struct log_settings *settings);
