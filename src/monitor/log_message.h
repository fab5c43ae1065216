// SPDX-License-Identifier: Apache-2.0
// log_message.h — inside monitor/: a line of output as syslog, journald, gelf and fluentd want it.
#pragma once
#include "base/buf.h"
#include "monitor/log_parts.h"
#include "monitor/log_settings.h"

enum { LOG_MESSAGE_MAX = 512 * 1024 }; // of one, dressed

struct log_messenger {
    enum log_driver driver;
    char *tag, *host, *constant; // what is the same in all messages
    size_t n_constant;
    int facility, format, pid;
    bool is_stream;
    uint64_t ordinal;
    bool is_in_line; // the last line was a part
    int64_t part_id;
    uint32_t part;
    // The last time that was written out.
    int64_t second;
    char when[48];
};
void log_messenger_init(struct log_messenger *out, const struct log_settings *settings,
                        const char *id, const struct monitor_log *config, bool is_stream);
void log_messenger_done(struct log_messenger *messenger);
// Appends one message.
void log_messenger_write(struct log_messenger *messenger, const struct log_line *line,
                         struct buf *out);
