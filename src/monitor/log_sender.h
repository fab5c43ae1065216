// SPDX-License-Identifier: Apache-2.0
// log_sender.h — inside monitor/: lines go to a socket (syslog, journald, gelf, fluentd).
#pragma once
#include "monitor/log_parts.h"
#include "monitor/log_settings.h"

struct monitor;
struct log_sender;
// Connected, or NULL: nobody listens there.
[[nodiscard]] struct log_sender *log_sender_open(struct monitor *monitor,
                                                 const struct log_settings *settings,
                                                 const char *id, const struct monitor_log *config,
                                                 struct err *err);
void log_sender_add(struct log_sender *sender, const struct log_line *line);
void log_sender_flush(struct log_sender *sender);
bool log_sender_is_full(const struct log_sender *sender);
// Waits up to a second for what the other side has not taken yet.
void log_sender_close(struct log_sender *sender);
