// SPDX-License-Identifier: Apache-2.0
// log.h — inside monitor/: what becomes of the container's output, by the container's log driver.
//
//     local                   chunks as they come            log/local.log
//     json-file               lines                          ID-json.log
//     syslog, journald, …     lines → log_sender → socket    and chunks → log/local.log (the cache)
#pragma once
#include "base/arena.h"
#include "monitor/log_json.h"
#include "monitor/log_local.h"
#include "monitor/log_sender.h"

struct monitor;
struct log {
    struct log_settings settings;
    struct arena arena; // what the settings point to
    struct log_local local;
    struct log_json json;
    struct log_sender *sender; // NULL: lines stay here
    struct log_parts parts;    // for drivers that want lines
    bool has_local, has_json;
};
// Opens what the driver needs. `monitor` is for senders: it waits for their sockets. < 0: nothing
// to close.
[[nodiscard]] int log_open(struct log *out, struct monitor *monitor, int container_dir,
                           const char *id, const struct monitor_log *config, struct err *err);
// Output as it comes, n <= LOG_RECORD_MAX. Failures (a full disk, a server that is gone) lose log
// lines, nothing else.
void log_add(struct log *log, bool is_stderr, const char *bytes, size_t n);
// How many bytes to read of it at once: dressed for a sender, lines grow.
size_t log_step(const struct log *log, size_t usual);
// The driver cannot take more: the container is to be held back.
bool log_is_full(const struct log *log);
// Lines that never ended are written, too. Waits a moment for what a socket has not taken yet.
void log_close(struct log *log);
