// SPDX-License-Identifier: Apache-2.0
// server.h — inside monitor/ and for its program: the monitor itself.
//
// One thread, one epoll; everything is a struct source. Phases:
//
//     STARTING --runtime run succeeded--> RUNNING --first process ended--> ENDING
//         |                                                                  ^  |
//         +--runtime failed---------------------------------------------------+  | delete done and
//                                                                               v output drained
//                              DONE <--clients have read everything-- LINGERING
//
// and, when it is to run again (restart.c), ENDING --> RESTARTING --> DONE or LINGERING.
#pragma once
#include "base/err.h"
#include "base/str.h"
#include "monitor/config.h"
#include "monitor/log.h"
#include "monitor/monitor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct monitor_options {
    const char *id, *runtime, *runtime_root;
    const char *const *runtime_flags;
    size_t n_runtime_flags;
    const char *const *exit_command;           // NULL-terminated, may be empty
    int container_dir, run_dir, ready, client; // client: -1 none
    bool tty, open_stdin, stdin_stays, auto_remove;
    const int *fds; // --fd, in order
    size_t n_fds;
    struct monitor_config config; // monitor.json; all zero when there is none
};
// Runs a container from start to end. What it returns is the program's exit status; errors have
// gone to --ready or into live.json.
int monitor_serve(const struct monitor_options *options);

// --- parts
struct monitor;
struct source {
    int fd; // -1: not there
    uint32_t events;
    void (*on)(struct monitor *monitor, struct source *source, uint32_t events);
};

struct queue { // bytes on their way to a slow reader; holds no memory when empty
    uint8_t *at;
    size_t start, n, room;
};

struct client {
    struct source source;
    struct client *next;
    bool is_first;    // --client: may hold the container back
    bool is_attached; // gets output
    bool is_stalled;  // its next stdin waits until the container has read the last
    bool has_ended;   // it will send no more
    bool is_dropped;
    bool is_dismissed; // dropped when it has read everything
    struct queue out;
    int64_t read_ms; // when it last read something, or had nothing to read (CLOCK_MONOTONIC)
    uint8_t *in;     // a frame that has not come whole yet
    size_t n_in;
};

struct stream { // of the container's output
    struct source source;
    enum monitor_frame kind;
};

enum phase {
    PHASE_STARTING,
    PHASE_RUNNING,
    PHASE_ENDING,
    PHASE_RESTARTING,
    PHASE_LINGERING,
    PHASE_DONE
};

struct kill_note {
    int signal;
    char who[MONITOR_WHO_MAX + 1];
};
struct kills { // what was sent by MONITOR_KILL and SIGNAL
    int flags; // of all of them
    size_t n;
    struct kill_note first, last;
};

struct oom {           // files of the container's memory cgroup, and what they said at its end
    char file[400];    // counts what the kernel kills
    char freezer[400]; // says whether it is frozen
    uint64_t kills, limit, peak;
};

enum { HEALTH_LOG = 5, HEALTH_OUTPUT_MAX = 4096 };
enum health_status { HEALTH_NONE, HEALTH_STARTING, HEALTH_HEALTHY, HEALTH_UNHEALTHY };
struct health_entry {
    int64_t start_ns, end_ns, exit_code;
    char *output;
};
struct health { // health.c
    enum health_status status;
    int64_t failing_streak;
    struct health_entry log[HEALTH_LOG]; // the oldest first
    size_t n_log;
    int64_t due_ms;       // the next check, or while one runs its end; monotonic
    pid_t check;          // the runtime's exec; 0: none runs
    bool has_timed_out;   // it was killed
    int64_t check_ns;     // when it began
    struct source output; // of the check
    char *text;
    size_t n_text;
    bool wants_restart; // it ends because of --on-unhealthy=restart
    int64_t kill_ms;    // --on-unhealthy=stop, restart: when SIGKILL comes; 0: not under way
};

struct monitor {
    const struct monitor_options *options;
    enum phase phase;
    int epoll, lock, error_pipe;
    struct source signals, listener, console;
    struct stream output[2];
    struct source input; // the container's stdin, or the terminal
    struct queue input_queue;
    bool input_closes; // when the queue is empty
    struct client *clients;
    struct log log;
    struct live live;
    pid_t runtime; // running now: run or delete; 0 none
    int runtime_status;
    pid_t pid; // the container's first process
    bool has_exited;
    int exit_status; // as waitpid gives it
    char *error;     // why it did not start
    char *boot_id;
    enum err_kind error_kind;
    bool is_held_back; // by the first client
    uint16_t rows, columns;
    struct oom oom;
    struct kills kill;
    struct {
        int64_t at_ms; // when it starts again
        pid_t child;   // that starts it; 0: none yet
    } restart;
    struct health health;
    struct monitor_restart *policy; // as update has changed it; in `arena`
    const char *actor;              // as rename has changed it; the same
    struct arena arena;
    bool is_leaving; // the monitor was told to end (SIGTERM): so is the container, and stays so
    struct dns_server *dns; // NULL: it has none (dns.h)
    struct relay *relay;    // NULL: it can publish nothing (relay.h)
    struct guard *guard;    // NULL: it has no firewall (guard.h)
};

// server.c
// Ports, names and the container's namespace are let go: others may want them.
void monitor_network_end(struct monitor *monitor);
void source_watch(struct monitor *monitor, struct source *source, uint32_t events); // 0: not at all
void source_close(struct monitor *monitor, struct source *source);

// Lets go of the container: of the socket and the lock, then EXIT to all.
void monitor_let_go(struct monitor *monitor);

// queue.c
void queue_add(struct queue *queue, const void *bytes, size_t n);
void queue_drop(struct queue *queue, size_t n);
void queue_done(struct queue *queue);

// stdio.c
struct stdio { // what the runtime gets as 0, 1, 2
    int fds[3];
};
[[nodiscard]] int stdio_open(struct monitor *monitor, struct stdio *out, struct err *err);
void stdio_close(struct stdio *stdio);
void stdio_begin(struct monitor *monitor); // the container runs: read its output
bool stdio_drain(struct monitor *monitor); // all there is now; true: nothing is left
void input_write(struct monitor *monitor, const void *bytes, size_t n);
void input_end(struct monitor *monitor);
void terminal_resize(struct monitor *monitor, uint16_t rows, uint16_t columns);
void output_hold(struct monitor *monitor, bool is_held_back);

// clients.c
[[nodiscard]] int clients_listen(struct monitor *monitor, struct err *err);
// The other way round: clients that are waiting to be let in are, nobody else after them.
void clients_unlisten(struct monitor *monitor);
void clients_add(struct monitor *monitor, int fd, bool is_first);
void clients_send(struct monitor *monitor, enum monitor_frame kind, const void *bytes, size_t n);
void clients_unstall(struct monitor *monitor); // the container has read its stdin
void clients_dismiss(struct monitor *monitor); // drops each when it has read everything
void clients_bury(struct monitor *monitor);    // frees the dropped
void clients_done(struct monitor *monitor);    // frees all, when nobody is served any more
bool clients_have_read(const struct monitor *monitor);
// Holds the container back for those who are behind, drops who stays behind: after each round of
// events. The time until it must be called again, or -1.
int clients_tend(struct monitor *monitor);
struct client *clients_first(const struct monitor *monitor); // the one with is_first, or NULL

// runtime_call.c
[[nodiscard]] int runtime_run(struct monitor *monitor, const struct stdio *stdio, struct err *err);
[[nodiscard]] int runtime_delete(struct monitor *monitor, struct err *err);
// Starts `exec` of the health check; what it writes goes to `output`. *out: its pid.
[[nodiscard]] int runtime_check(struct monitor *monitor, int output, pid_t *out, struct err *err);
[[nodiscard]] int runtime_check_pid(struct monitor *monitor, pid_t *out, struct err *err);
[[nodiscard]] int runtime_read_pid(struct monitor *monitor, pid_t *out, struct err *err);
void runtime_read_error(struct monitor *monitor, struct err *out);

// shrink.c
void monitor_shrink(void); // gives back what only the start needed

// oom.c
void oom_watch(struct monitor *monitor);  // remembers where the container's memory cgroup counts
bool oom_killed(struct monitor *monitor); // reads them

bool freezer_is_frozen(const struct monitor *monitor); // somebody has paused the container

// ends.c
int kill_take(struct monitor *monitor, uint32_t number, uint32_t flags,
              struct str who); // 0 or an errno
void end_record(struct monitor *monitor);

// restart.c
bool restart_is_due(const struct monitor *monitor);
// After a container that was up so long, when the last delay was that.
int64_t restart_delay_ms(int64_t last_ms, int64_t up_ms);
void restart_reload(struct monitor *monitor); // monitor.json has another policy
void restart_begin(struct monitor *monitor);
void restart_cancel(struct monitor *monitor);
int restart_tend(struct monitor *monitor); // ms until it must be called again, or -1
void restart_reaped(struct monitor *monitor, int status);

// health.c
void health_begin(struct monitor *monitor); // the container runs
void health_end(struct monitor *monitor);   // it does not any more
int health_tend(struct monitor *monitor);   // ms until it must be called again, or -1
void health_reaped(struct monitor *monitor, pid_t pid, int status);
void health_done(struct monitor *monitor);
const char *health_word(const struct monitor *monitor); // NULL: there is no check

// announce.c
void monitor_announce(const struct monitor *monitor, const char *action,
                      const struct json_pair *attributes, size_t n);
void monitor_announce_signal(const struct monitor *monitor, uint32_t number);
void monitor_announce_end(const struct monitor *monitor); // die, and oom before it
