// SPDX-License-Identifier: Apache-2.0
// config.h — what the engine tells a container's monitor beyond its command line: `monitor.json` in
// the container's directory.
//
// Written by the engine at each start, in place and without a sync (a crash overwrites it by the
// next start), and by update; MONITOR_RELOAD has the monitor read it again. Whatever is absent is
// off. Descriptors cannot stand in a file: they are options of the monitor's command line.
#pragma once
#include "json/bind.h"

#define MONITOR_CONFIG_FILE "monitor.json"

struct monitor_restart {
    const char *policy; // no, always, unless-stopped, on-failure
    int64_t max_retries;
};
struct monitor_health {
    const char **command; // what the runtime is to exec
    size_t n_command;
    const char *process; // JSON of an OCI process (runtime spec), its args the command
    int64_t interval_ns, timeout_ns, start_period_ns, start_interval_ns, retries;
    const char *on_unhealthy; // none, kill, restart, stop
};
struct monitor_log {
    const char *driver;
    struct json_pair *options;
    size_t n_options;
    // What tags, labels= and env= of log options can show.
    const char *container_name, *image_id, *image_name;
    struct json_pair *labels;
    const char **env;
    size_t n_labels, n_env;
};
struct monitor_dns {
    const char *names_dir; // where networks' names files are: <run>/networks
    const char **networks; // ids of the networks that it is on; their names files are <id>.json
    const char **servers;  // empty: the host's
    size_t n_networks, n_servers;
    bool is_internal; // nothing is forwarded
};
struct monitor_config {
    struct monitor_restart *restart;
    struct monitor_health *health;
    struct monitor_log *log;
    struct monitor_dns *dns;
    const char *actor;   // JSON: the attributes that all its events have; NULL: it announces none
    const char *netns;   // path of the container's network namespace, when it has its own
    const char *restore; // go on from the checkpoint in this directory
    const char **restart_command; // execed to start the container again; ends the monitor
    size_t n_restart_command;
};
extern const struct json_field monitor_config_fields[];

// 1 and *out (in the arena), or 0 when there is none: then *out is all zero.
[[nodiscard]] int monitor_config_read(struct arena *arena, int container_dir,
                                      struct monitor_config *out, struct err *err);
[[nodiscard]] int monitor_config_write(int container_dir, const struct monitor_config *config,
                                       struct err *err);
