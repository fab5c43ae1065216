// SPDX-License-Identifier: Apache-2.0
// restart.c — a container that has ended and is to run again: when, and by whom.
//
//     ENDING --restart_is_due--> RESTARTING: live.json "restarting", lock and socket are kept,
//                                the delay passes (a MONITOR_KILL that ends it: "exited")
//                                     |
//                                     v   the socket and the lock go
//                                `dhow start --restarted ID` as a child: the ordinary start, with a
//                                monitor of its own
//                                     |
//                   exit status 0 ----+---- else: the lock is taken again, and if live.json still
//                   we end                  says "restarting", it waits on, twice as long
//
// One code path for every start, and no state but live.json's: killed at any point, the next
// command that meets "restarting" with a free lock starts it (engine, container.c). The numbers are
// docker's.
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/spawn.h"
#include "monitor/frame.h"
#include "monitor/lock.h"
#include "monitor/server.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { DELAY_FIRST_MS = 100, DELAY_MAX_MS = 60'000, LONG_UP_MS = 10'000 };

static const struct monitor_restart *policy_of(const struct monitor *monitor)
{
    return monitor->policy != NULL ? monitor->policy : monitor->options->config.restart;
}

void restart_reload(struct monitor *monitor)
{
    struct monitor_config config;
    struct err ignored; // then it stays as it was
    if (monitor_config_read(&monitor->arena, monitor->options->container_dir, &config, &ignored) >
        0) {
        monitor->policy = config.restart;
        monitor->actor = config.actor;
    }
}

bool restart_is_due(const struct monitor *monitor)
{
    const struct monitor_restart *restart = policy_of(monitor);
    if (restart == NULL || restart->n_command == 0 || monitor->is_leaving ||
        (monitor->kill.flags & MONITOR_KILL_ENDS) != 0)
        return false;
    if (monitor->health.wants_restart)
        return true;
    if (monitor->error_kind != ERR_NONE && restart->count == 0)
        return false; // a user's start failed: they hear why
    if (text_equal(restart->policy, "always") || text_equal(restart->policy, "unless-stopped"))
        return true;
    return text_equal(restart->policy, "on-failure") && monitor->live.exit_code != 0 &&
           (restart->max_retries <= 0 || restart->count < restart->max_retries);
}

int64_t restart_delay_ms(int64_t last_ms, int64_t up_ms)
{
    if (last_ms <= 0 || up_ms >= LONG_UP_MS)
        return DELAY_FIRST_MS;
    return last_ms * 2 < DELAY_MAX_MS ? last_ms * 2 : DELAY_MAX_MS;
}

// What live.json says while it waits need not survive a power cut: "running" would mean the same.
static void wait_again(struct monitor *monitor, int64_t delay_ms)
{
    struct live *live = &monitor->live;
    struct err ignored; // a full disk: what it said before means the same, too
    live->status = "restarting";
    live->restart_count++;
    live->delay_ms = delay_ms;
    (void)live_put(monitor->options->container_dir, live, false, &ignored);
    monitor->restart.at_ms = monotonic_ms() + delay_ms;
    monitor->phase = PHASE_RESTARTING;
}

void restart_begin(struct monitor *monitor)
{
    const struct monitor_restart *restart = policy_of(monitor);
    const struct live *live = &monitor->live;
    int64_t up_ms = live->started_ns == 0 ? 0 : (live->finished_ns - live->started_ns) / 1'000'000;
    wait_again(monitor, restart_delay_ms(restart->delay_ms, up_ms));
    uint8_t code[4];
    frame_put_u32(code, (uint32_t)monitor->live.exit_code);
    clients_send(monitor, MONITOR_EXIT, code, sizeof code);
    clients_dismiss(monitor);
}

static void failed(struct monitor *monitor)
{
    AUTO_ARENA struct arena arena = {};
    struct live live = {};
    struct err err;
    monitor->phase = PHASE_DONE;
    // It was removed, or another monitor has it, or it was told to stay as it is: not ours any
    // more.
    monitor->lock = lock_take(monitor->options->run_dir, &err);
    if (monitor->lock < 0 || live_read(&arena, monitor->options->container_dir, &live, &err) <= 0 ||
        !text_equal(live.status, "restarting") || clients_listen(monitor, &err) < 0)
        return;
    free(monitor->error);
    monitor->error = live.error != NULL ? xstrdup(live.error) : NULL;
    monitor->live.error = monitor->error;
    wait_again(monitor, restart_delay_ms(monitor->live.delay_ms, 0));
}

static void hand_over(struct monitor *monitor)
{
    const struct monitor_restart *restart = policy_of(monitor);
    AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct err err;
    const char **argv = xcalloc(restart->n_command + 1, sizeof *argv);
    memcpy(argv, restart->command, restart->n_command * sizeof *argv);
    clients_unlisten(monitor);
    monitor_network_end(monitor); // its ports were kept until now
    (void)close(TAKE_FD(monitor->lock));
    const struct spawn spawn = {.program = argv[0],
                                .argv = argv,
                                .fds = (int[]){null, null, null},
                                .n_fds = null < 0 ? 0 : 3};
    if (spawn_program(&spawn, &monitor->restart.child, &err) < 0)
        failed(monitor);
    free(argv);
}

int restart_tend(struct monitor *monitor)
{
    if (monitor->phase != PHASE_RESTARTING || monitor->restart.child != 0)
        return -1;
    int64_t left = monitor->restart.at_ms - monotonic_ms();
    if (left <= 0)
        hand_over(monitor);
    return monitor->phase == PHASE_RESTARTING && monitor->restart.child == 0 && left > 0 ? (int)left
                                                                                         : 0;
}

void restart_reaped(struct monitor *monitor, int status)
{
    monitor->restart.child = 0;
    if (status == 0)
        monitor->phase = PHASE_DONE;
    else
        failed(monitor);
}

void restart_cancel(struct monitor *monitor)
{
    struct live *live = &monitor->live;
    struct err err;
    live->status = "exited";
    live->delay_ms = 0;
    live->is_ended_by_user = (monitor->kill.flags & MONITOR_KILL_ASKED) != 0;
    if (live_put(monitor->options->container_dir, live, true, &err) < 0)
        (void)live_put(monitor->options->container_dir, live, false, &err); // a full disk, mostly
    monitor_let_go(monitor);
}
