// SPDX-License-Identifier: Apache-2.0
// monitor.h — what the engine and dhow-monitor have agreed on. One dhow-monitor per running
// container.
//
//     dhow-monitor --id ID --container-dir FD --run-dir FD --ready FD [--client FD]
//                  --runtime PATH --runtime-root PATH [--runtime-flag FLAG]... [--tty] [--stdin]
//                  [--stdin-stays]
//                  [--auto-remove] [--fd FD]... -- EXIT-COMMAND ARG...
//
// and reads monitor.json (config.h) in the container's directory, if there is one.
//
// It is started with these descriptors and 0, 1, 2 on /dev/null; everything else is closed. It
// calls setsid, becomes child subreaper and then
//
//   1. takes the lock on `lock` in the run directory (an OFD write lock, fcntl(2): others can ask
//      without taking it) and holds it until it ends: a free lock means that this container has no
//      monitor. (Somebody else's is ERR_CONFLICT.)
//   2. makes stdio (pipes, or a pty by the runtime's --console-socket), listens on `attach.sock` in
//      the run directory, starts the container with the runtime; the bundle is the container
//      directory.
//   3. writes live.json (status "running") by rename into the container directory, then answers on
//      --ready: one JSON document, struct monitor_ready, and closes it.
//   4. pumps: container's output to log/ and to every attached client, clients' input to the
//      container.
//   5. the container's first process has ended: rest of the output, runtime `delete --force`,
//      live.json ("exited"), a line in ends.jsonl (ends.c); the attach socket and the lock go, then
//      MONITOR_EXIT to every client. The monitor stays for clients that have not read everything
//      yet; nobody else waits for it. With --auto-remove, or when the configuration says that the
//      container holds something, and no --client, or one that has hung up: exec of EXIT-COMMAND.
//      The client that started the container in the foreground (--client) clears up itself, so
//      there it just ends; so does who has said so in a MONITOR_KILL.
//   6. or it is to be restarted (restart.c): live.json says "restarting", EXIT goes out, lock and
//      socket stay while the monitor waits.
// A start that fails: the runtime's leftovers deleted, live.json says "exited" or stays away, the
// error on --ready, exit.
//
// A client that the container was started with (--client) holds it back when it does not read; one
// that connected later does so, too, when it falls MONITOR_LAG_MAX behind, but is dropped when it
// then reads nothing for MONITOR_LAG_MS. An attached client closes the container's stdin when it
// half-closes, or goes while it is --client and there is no tty; with --stdin-stays nobody does.
//
// Attach protocol: stream socket, frames of an 8-byte header — kind, three zero bytes, length in
// big endian (docker's attach stream) — and payload. Client half-closes or sends STDIN of length 0:
// the container's stdin is closed. A connection gets output only after ATTACH; --client is attached
// from the start. A client that does not read for long may be dropped, never the container stopped.
#pragma once
#include "json/bind.h"

#include <sys/types.h>

enum monitor_frame {
    MONITOR_STDIN = 0,   // → bytes
    MONITOR_STDOUT = 1,  // ← bytes (all of a tty's output)
    MONITOR_STDERR = 2,  // ← bytes
    MONITOR_ATTACH = 16, // → from now on I get output
    MONITOR_RESIZE = 17, // → uint16 rows, uint16 columns, big endian
    MONITOR_SIGNAL = 18, // → uint32 number; answered by MONITOR_DONE
    MONITOR_DONE = 19,   // ← uint32 errno of the last SIGNAL
    MONITOR_EXIT = 20,   // ← uint32 exit code (128 + n for signal n); the last frame
    MONITOR_WAIT = 21,   // → tell me EXIT, but no output
    MONITOR_KILL = 32,   // → struct monitor_kill's: uint32 signal, uint32 flags, who; the
                         //   answer is DONE
    MONITOR_RELOAD = 33, // → read restart policy and events' attributes in monitor.json again
    MONITOR_FRAME_MAX = 64 * 1024, // bytes of payload, both ways
    MONITOR_HEADER = 8,
    MONITOR_FLAGS_MAX = 32,        // --runtime-flag of one start
    MONITOR_FDS_MAX = 64,          // --fd of one start
    MONITOR_LAG_MAX = 1024 * 1024, // bytes queued for a client that connected later …
    MONITOR_LAG_MS = 2000,         // … and how long it may then read nothing
};

// live.json: the facts only the monitor knows; it is the only writer while it holds the lock.
// Whoever finds status "running" or "restarting" with a free lock may correct the file, holding the
// container's lock (engine).
struct live {
    const char *status; // "running", "restarting" (restart.c), "exited"
    int64_t pid;
    int64_t started_ns, finished_ns; // wall clock
    int64_t exit_code;
    bool oom_killed;
    const char *error; // why it did not start, or NULL
    const char *boot_id;
    int64_t restart_count;
    int64_t delay_ms;      // restarting: how long it waits now
    bool is_ended_by_user; // stop or kill: it stays ended, at the next boot, too (unless-stopped)
};
extern const struct json_field live_fields[];
#define LIVE_FILE   "live.json"
#define LOCK_FILE   "lock"
#define ATTACH_FILE "attach.sock"
#define ENDS_FILE   "ends.jsonl" // how it ended, each time; and a .1 of it (ends.c)
#define HEALTH_FILE "health.json"
#define LOG_DIR     "log" // of driver `local`, and the cache of others (log_reader.h)

struct monitor_end { // a line of ends.jsonl
    int64_t started_ns, finished_ns, exit_code;
    int64_t signal;       // that it died of; 0: it ended by itself
    const char *by;       // who sent that; NULL: nobody that the monitor knows
    int64_t asked_signal; // the first that dhow sent it; 0: none
    const char *asked_by;
    int64_t oom_kills, memory_limit, memory_peak; // 0: not known
    const char *error;                            // why it did not start
    const char *health; // what its check said at the end; NULL: it has none
    int64_t restart_count;
    bool is_restarted; // it is to run again
};
extern const struct json_field monitor_end_fields[];
// Adds a line to ends.jsonl.
[[nodiscard]] int end_append(int container_dir, const struct monitor_end *end, struct err *err);

// 1 and *out, or 0 when there is none (never started).
[[nodiscard]] int live_read(struct arena *arena, int container_dir, struct live *out,
                            struct err *err);
[[nodiscard]] int live_write(int container_dir, const struct live *live, struct err *err);
// 1 while the container's monitor lives, 0 when not (or never did).
[[nodiscard]] int monitor_is_alive(int run_dir, struct err *err);

struct monitor_ready {
    int64_t pid;       // 0: did not start
    const char *kind;  // err_kind_info().name
    const char *error; // the runtime's words
};
extern const struct json_field monitor_ready_fields[];

struct monitor_start {
    const char *program; // dhow-monitor's path
    const char *id, *runtime, *runtime_root;
    int container_dir, run_dir;
    bool tty, open_stdin, auto_remove;
    bool stdin_stays; // no client's end is the end of the container's stdin (not StdinOnce)
    const char *const *exit_command;  // NULL-terminated
    const char *const *runtime_flags; // more global options; NULL-terminated, may be NULL
    bool wants_client;                // connect me from the start
    const int *fds;                   // more descriptors that it gets, in this order (--fd)
    size_t n_fds;                     // at most MONITOR_FDS_MAX
};
// Starts a monitor and waits for its answer. *out_pid: the container's first process; *out_client:
// the attached connection, or -1. What the runtime said comes back as the error. The monitor is a
// child of the caller: one that lives long reaps it.
[[nodiscard]] int monitor_spawn(const struct monitor_start *start, pid_t *out_pid, int *out_client,
                                struct err *err);
// Connects to a running monitor's attach.sock. ERR_NOT_FOUND when there is none.
[[nodiscard]] int monitor_connect(int run_dir, struct err *err);
// Sends one frame; reads one (payload at most MONITOR_FRAME_MAX into `payload`): 1, or 0 at the
// end.
[[nodiscard]] int monitor_send(int fd, enum monitor_frame kind, const void *bytes, size_t n,
                               struct err *err);
[[nodiscard]] int monitor_receive(int fd, int *out_kind, struct buf *payload, struct err *err);
enum monitor_kill_flags {
    MONITOR_KILL_ENDS = 1 << 0,  // it is to end of this and not to be restarted
    MONITOR_KILL_ASKED = 1 << 1, // by a user, who wants it to stay ended (with ENDS)
    MONITOR_KILL_CLEARS =
        1 << 2, // who sends this releases what the container holds: no EXIT-COMMAND
    MONITOR_KILL_SILENT = 1 << 3,   // nobody hears of it as an event
    MONITOR_KILL_RESTARTS = 1 << 4, // who sends this starts it again; should they be killed,
                                    // whoever looks next does (with ENDS): it says "restarting"
};
enum { MONITOR_WHO_MAX = 64 };
struct monitor_kill {
    int signal;      // 0: none, but the flags count
    int flags;       // enum monitor_kill_flags
    const char *who; // "dhow stop"; for the record of its end
};
// Sends it; the answer is a DONE. err->sys is EPIPE when the monitor has gone.
[[nodiscard]] int monitor_send_kill(int fd, const struct monitor_kill *kill, struct err *err);
// Sends a signal to the container's first process and waits for the answer, for some seconds.
// ERR_CONFLICT when it is gone; ERR_UNAVAILABLE when the monitor does not answer.
[[nodiscard]] int monitor_kill(int run_dir, const struct monitor_kill *kill, struct err *err);
// Waits until the lock is free. 1 it is, 0 it is not after so long.
[[nodiscard]] int monitor_wait_ms(int run_dir, int64_t timeout_ms, struct err *err);
// The monitor's pid at the other end of a connection to it; 0: not known.
pid_t monitor_pid(int connection);
