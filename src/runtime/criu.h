// SPDX-License-Identifier: Apache-2.0
// criu.h — running criu, which freezes processes into files and thaws them: what checkpoint and
// restore share.
#pragma once
#include "base/option.h"
#include "runtime/container.h"

// The options that both commands have and criu needs on both sides.
struct criu_options {
    const char *image_path, *work_path, *manage_cgroups_mode, *empty_ns;
    bool tcp_established, ext_unix_sk, shell_job, file_locks, auto_dedup, lazy_pages;
};

// A criu command line that is being put together.
struct criu_call {
    struct arena *arena;
    const char *verb; // "dump", "pre-dump", "restore"; its log is VERB.log in the work directory
    struct words words;
    const char *image_path, *work_path; // criu_begin sets them
    // In the child before criu is executed: 0, or < 0 with err. May be NULL.
    int (*prepare)(void *context, struct err *err);
    void *context;
};

// Begins the line: verb, directories (made when they are missing), log, and what the options say.
[[nodiscard]] int criu_begin(struct criu_call *call, const char *verb,
                             const struct criu_options *options, struct err *err);
void criu_add(struct criu_call *call, const char *word);
// Two words: option and printed value.
void criu_add_value(struct criu_call *call, const char *option, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
// The annotation org.criu.config, else /etc/criu/dhow-runtime.conf when there is one.
void criu_add_config(struct criu_call *call, const struct json_pair *annotations, size_t n);
// The mounts that come from outside and are not criu's to save: bind mounts, cgroup v1 hierarchies,
// masks. On restore they get their source back, on dump a name.
void criu_add_mounts(struct criu_call *call, const struct oci_config *config,
                     const struct container *container, bool is_restore);
// Runs it and waits. < 0: criu is missing, or failed: the error has the last errors of its log.
[[nodiscard]] int criu_run(struct criu_call *call, struct err *err);
