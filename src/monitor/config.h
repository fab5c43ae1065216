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
    int64_t count, delay_ms; // restarts before this one, and how long it waited for the last
    const char *
        *command; // clears what the end has left and starts the container again: exit status 0
    size_t n_command;
};
struct monitor_health { // what is to run is HEALTH_PROCESS_FILE: an OCI process (runtime spec)
    int64_t interval_ns, timeout_ns, start_period_ns, start_interval_ns, retries;
    const char *on_unhealthy;             // none, kill, restart, stop
    int64_t stop_signal, stop_timeout_ms; // for the last two
};
#define HEALTH_PROCESS_FILE "health-process.json" // in the container's directory
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
    bool is_internal;        // nothing is forwarded
    struct json_pair *links; // what this container alone calls others: alias, name
    size_t n_links;
    uint32_t *fds; // which of --fd are its sockets: UDP, TCP
    size_t n_fds;
};
struct monitor_relay { // there: ports of the host may come (relay.h)
    uint32_t *fds;     // which of --fd has the first orders
    size_t n_fds;
};
struct monitor_firewall {      // there: it is watched (guard.h)
    const char *table, *chain; // it is whole while this chain has so many rules
    uint32_t rules;
    const char **reload; // execed when it is not
    size_t n_reload;
};
struct monitor_config {
    struct monitor_restart *restart;
    struct monitor_health *health;
    struct monitor_log *log;
    struct monitor_dns *dns;
    struct monitor_relay *relay;
    struct monitor_firewall *firewall;
    const char *actor;    // JSON: the attributes that all its events have; NULL: it announces none
    const char *netns;    // path of the container's network namespace, when it has its own
    const char *restore;  // go on from the checkpoint in this directory
    bool holds_something; // its end leaves something to release: EXIT-COMMAND
};
extern const struct json_field monitor_config_fields[];

// 1 and *out (in the arena), or 0 when there is none: then *out is all zero.
[[nodiscard]] int monitor_config_read(struct arena *arena, int container_dir,
                                      struct monitor_config *out, struct err *err);
[[nodiscard]] int monitor_config_write(int container_dir, const struct monitor_config *config,
                                       struct err *err);
