// SPDX-License-Identifier: Apache-2.0
// container.h — requests and responses of the container operations. JSON names are the Docker
// Engine API's (v1.55); fields that dhow does not act on yet are not here, so a strict reader
// refuses them.
#pragma once
#include "ops/image.h"
#include "ops/spec.h"

enum {
    CONTAINER_SPEC_MAX = 1024 * 1024, // bytes of a request as JSON
    STOP_TIMEOUT_S = 10,              // docker's default
};

struct container_create_request {
    const char *name;     // or NULL: made up
    const char *platform; // of the image, "linux/arm64"; NULL or empty: the host's
    struct container_spec spec;
};
struct container_create_response {
    const char *id;
    const char **warnings;
    size_t n_warnings;
};

struct container_reference { // start, kill … by name, id or the start of an id
    const char *id;
};

struct container_inspect_request {
    const char *id;
    bool size; // with SizeRw and SizeRootFs
};

struct container_start_request {
    const char *id;
    const char *checkpoint, *checkpoint_dir; // go on from this one; NULL: from the start
    bool wants_attachment;                   // connect me before the first byte is written
    bool restarted; // in process: by its restart policy, if it still is to be
};
struct container_start_response {
    int attachment; // a connection that speaks monitor.h's frames, yours to close; or -1
};

struct container_attach_response {
    int attachment;
    bool tty, open_stdin;
};

struct container_list_request {
    bool all, size;
    int64_t limit; // 0: no limit
    const char *filters;
};
struct port_summary {
    const char *ip; // of the host; NULL: not published
    int64_t private_port, public_port;
    const char *type; // tcp, udp, sctp
};
struct mount_point { // what is mounted in a container, as docker shows it
    const char *type, *name, *source, *destination, *driver, *mode;
    bool rw;
    const char *propagation;
};
struct container_networks {
    struct endpoint_settings *networks;
    size_t n_networks;
};
struct container_summary_host {
    const char *network_mode;
    struct json_pair *annotations;
    size_t n_annotations;
};
struct container_summary_health {
    const char *status;
    int64_t failing_streak;
};
struct container_summary {
    const char *id;
    const char **names; // with docker's slash
    size_t n_names;
    const char *image, *image_id, *command;
    int64_t created;            // seconds
    const char *state, *status; // "exited", "Exited (0) 5 minutes ago"
    struct json_pair *labels;
    size_t n_labels;
    struct port_summary *ports;
    size_t n_ports;
    int64_t *size_rw, *size_root_fs;
    struct container_summary_host host;
    struct container_networks networks;
    struct mount_point *mounts;
    size_t n_mounts;
    struct container_summary_health *health;
    struct image_descriptor *image_manifest_descriptor;
};
struct container_list_response {
    struct container_summary *containers;
    size_t n_containers;
};

struct health_result {
    const char *start, *end;
    int64_t exit_code;
    const char *output;
};
struct container_health {
    const char *status; // none, starting, healthy, unhealthy
    int64_t failing_streak;
    struct health_result *log; // the newest last
    size_t n_log;
};
extern const struct json_field container_health_fields[];
struct container_state {
    const char *status; // created, running, paused, restarting, removing, exited, dead
    bool running, paused, restarting, oom_killed, dead;
    int64_t pid, exit_code;
    const char *error, *started_at, *finished_at;
    struct container_health *health; // NULL: it has no check
};
struct network_settings {
    const char *sandbox_id, *sandbox_key;
    struct port_map *ports;
    size_t n_ports;
    struct endpoint_settings *networks;
    size_t n_networks;
};
struct container_storage { // of its root file system
    const char *snapshotter;
};
struct container_inspection {
    const char *id, *created, *path;
    const char **args;
    size_t n_args;
    struct container_state state;
    const char *image, *resolv_conf_path, *hostname_path, *hosts_path, *log_path, *name;
    int64_t restart_count;
    const char *driver, *platform;
    struct container_storage storage;
    struct image_descriptor *image_manifest_descriptor; // of the image's manifest it was made from
    const char *mount_label, *process_label, *app_armor_profile;
    const char **exec_ids;
    size_t n_exec_ids;
    int64_t *size_rw, *size_root_fs;
    struct mount_point *mounts;
    size_t n_mounts;
    struct network_settings network;
    struct container_spec spec; // shown twice: as HostConfig and as Config
};

struct container_logs_request {
    const char *id;
    bool follow, wants_stdout, wants_stderr, timestamps, details;
    const char *tail;          // "all" or a number; NULL is all
    const char *since, *until; // time_read's; NULL: all
    int out, err;              // where the two streams go; the same for a tty
};

struct container_exec_request {
    const char *id;
    bool attach_stdin, tty, detach, privileged;
    const char *user, *working_dir;
    const char *detach_keys; // recorded only: who has the terminal looks for them
    const char **env, **cmd;
    size_t n_env, n_cmd;
    uint32_t *console_size;
    size_t n_console_size;
};
// In process: it runs with the caller's own 0, 1 and 2; with a terminal, that is in `terminal`.
struct container_exec_response {
    const char *id;
    int terminal;      // -1: none …
    int64_t exit_code; // … and this is how it ended, unless it was detached
    int end;           // of one with a terminal: gives an int32_t, the exit code, when it has ended
};

// A stop that has begun: the signal is sent. In process, so that of many containers all can be
// asked before the first is waited for.
struct container_stopping {
    int connection; // to the monitor; -1: there is nothing to wait for
    int64_t end_ms; // when SIGKILL comes, by the monotonic clock; -1: never
    bool is_killed; // it has come already
};
struct container_stop_request {
    const char *id, *signal;          // NULL: the container's
    int64_t *t;                       // seconds; -1: for ever
    bool only_begins;                 // in process, these four
    bool restarts;                    // its caller starts it again: no wish that it stay ended
    bool goes_down;                   // the machine does: no such wish either
    struct container_stopping *begun; // what only_begins gave; it is consumed
};
struct container_stop_response {
    const char *note;                // something that its user should know, or NULL
    struct container_stopping begun; // of only_begins
};
struct container_kill_request {
    const char *id, *signal; // NULL: KILL
};
struct container_remove_request {
    const char *id;
    bool force, v;
    bool link;        // `id` is CONTAINER/ALIAS: that link of the default bridge goes, nothing else
    bool only_begins; // in process: with force, send SIGKILL and come back
    bool only_ended;  // in process: a --rm container that has ended, and else do nothing
};
struct container_wait_request {
    const char *id;
    const char *condition; // not-running (NULL), next-exit, removed
};
struct container_prune_request {
    const char *filters; // until, label, label!
};
struct container_prune_response {
    const char **deleted;
    size_t n_deleted;
    uint64_t space_reclaimed;
};
struct container_wait_response {
    int64_t status_code;
};

struct container_export_request {
    const char *id;
    int tar; // the stream to write; borrowed
};
struct container_change {
    const char *path;
    int64_t kind; // 0 changed, 1 added, 2 deleted
};
struct container_changes_response {
    struct container_change *changes; // by path
    size_t n_changes;
};
struct container_commit_request {
    const char *container, *repo, *tag, *comment, *author;
    bool *pause;          // NULL is yes: nothing runs in the container meanwhile
    const char **changes; // Dockerfile instructions
    size_t n_changes;
};
struct container_commit_response {
    const char *id; // "sha256:…"
};
