// SPDX-License-Identifier: Apache-2.0
// life.h — requests and responses on a container's life: restart, rename, update, why, boot.
#pragma once
#include "ops/spec.h"

struct container_restart_request {
    const char *id, *signal; // NULL: the container's
    int64_t *t;              // seconds; -1: for ever
};
struct container_rename_request {
    const char *id, *name;
};
// Docker's body of update, which is the limits of HostConfig and the restart policy; and ours: what
// applies at the next start. What is absent stays.
struct container_update_request {
    const char *id;
    const char *host;              // JSON of a HostConfig with what changes
    const char **env, **unset_env; // ours: "KEY=VALUE" to set, "KEY" to take away
    size_t n_env, n_unset_env;
    struct json_pair *labels; // ours
    const char **unset_labels;
    size_t n_labels, n_unset_labels;
};
struct container_update_response {
    const char **warnings;
    size_t n_warnings;
};

struct container_ending { // one of its ends, as its monitor has recorded it
    const char *started_at, *finished_at;
    int64_t exit_code;
    const char *signal, *by;             // that it died of and who sent it; "" when not known
    const char *asked_signal, *asked_by; // the first that was sent by way of dhow
    int64_t oom_kills, memory_limit, memory_peak;
    const char *error, *health;
    int64_t restart_count;
    bool restarted;
};
struct container_why {
    const char *id, *name, *image, *status;
    int64_t exit_code, restart_count;
    const char *restart_policy;
    const char *words, *guess;     // a sentence that says it; and what may be behind it, or ""
    struct container_ending *ends; // the newest first
    size_t n_ends;
    const char *health, *health_output; // of the last check
    const char **command;
    size_t n_command;
};

struct system_boot_request {
    bool stop; // end what runs, as a machine that goes down does
};
struct system_boot_result {
    const char *id, *name, *error; // error "": it runs
};
struct system_boot_response {
    struct system_boot_result *containers; // in the order of their start
    size_t n_containers;
};
