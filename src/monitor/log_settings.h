// SPDX-License-Identifier: Apache-2.0
// log_settings.h — log drivers and their options (--log-driver, --log-opt), read and checked.
#pragma once
#include "base/arena.h"
#include "monitor/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_DRIVER_USUAL "local"
#define LOG_LOCAL_BYTES  (UINT64_C(20) * 1024 * 1024)
enum { LOG_LOCAL_FILES = 5, LOG_BUFFER_BYTES = 1024 * 1024 };

enum log_driver {
    LOG_LOCAL,
    LOG_JSON,
    LOG_NONE,
    LOG_SYSLOG,
    LOG_JOURNALD,
    LOG_GELF,
    LOG_FLUENTD,
    LOG_DRIVERS
};
struct log_settings {
    enum log_driver driver;
    uint64_t max_bytes; // of a file; 0: no limit
    uint32_t max_files;
    bool is_lossy;                // mode=non-blocking: what does not fit into …
    uint64_t buffer_bytes;        // … this is dropped, and the container goes on
    bool has_cache;               // lines are kept here, too, for `logs`
    const char *tag;              // expanded; NULL: none was asked for
    struct json_pair *attributes; // what labels=, env= and their regular expressions choose; sorted
    size_t n_attributes;
    struct json_pair *options; // as given
    size_t n_options;
};
// What a container's log is to be. `log` may be NULL, and its driver: then it is `local`.
// ERR_INVALID in docker's words: no such driver, an unknown option, a value that cannot be.
[[nodiscard]] int log_settings_read(struct arena *arena, const struct monitor_log *log,
                                    const char *id, struct log_settings *out, struct err *err);
// NULL when it was not given.
const char *log_settings_option(const struct log_settings *settings, const char *name);
const char *log_driver_name(enum log_driver driver);
