// SPDX-License-Identifier: Apache-2.0
// guard.c — told by the kernel that something went from the ruleset (nft_watch), the monitor waits
// a moment and looks: if our table is not whole, it runs `dhow network reload`.
//
// Each container's monitor is told, so each waits a time of its own, and mostly finds the table
// whole again; the command takes a lock, and looks once more itself. The wait also lets whoever
// flushes and loads anew (firewalld, nft -f) finish.
#include "monitor/guard.h"

#include "base/mem.h"
#include "linux/spawn.h"
#include "monitor/server.h"
#include "nft/batch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { WAIT_MS = 100, SPREAD_MS = 400, MS = 1'000'000 };

struct guard {
    struct source watch, timer;
};

static void take_uses(void *context, uint16_t, const struct nlattr *at, size_t n)
{
    *(uint32_t *)context = nft_number(nft_find(at, n, NFTA_CHAIN_USE));
}

// A failure to look counts as whole: nothing can be done about it here.
static bool is_whole(const struct monitor_firewall *config)
{
    struct err ignored;
    AUTO_FD int socket = nft_open(&ignored);
    AUTO_NFT_BATCH struct nft_batch batch;
    uint32_t uses = 0;
    nft_batch_init(&batch, NFPROTO_INET, config->table, 0);
    nft_message(&batch, NFT_MSG_GETCHAIN, 0, "a chain");
    nft_put_text(&batch, NFTA_CHAIN_TABLE, config->table);
    nft_put_text(&batch, NFTA_CHAIN_NAME, config->chain);
    nft_message_end(&batch);
    if (socket < 0)
        return true;
    int there = nft_ask(socket, &batch, take_uses, &uses, &ignored);
    return there < 0 || (there == 1 && uses == config->rules);
}

static void repair(const struct monitor_firewall *config)
{
    const char *argv[16] = {};
    pid_t pid;
    struct err ignored; // the next start makes it again
    AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || config->n_reload == 0 || config->n_reload >= N_ELEMENTS(argv))
        return;
    memcpy(argv, config->reload, config->n_reload * sizeof *argv);
    const int fds[] = {null, null, null};
    const struct spawn spawn = {.program = argv[0], .argv = argv, .fds = fds, .n_fds = 3};
    (void)spawn_program(&spawn, &pid, &ignored); // reaped like everything else
}

static void on_news(struct monitor *monitor, struct source *source, uint32_t)
{
    uint16_t random = 0;
    nft_watch_drain(source->fd);
    (void)!getrandom(&random, sizeof random, 0); // any number will do
    int64_t wait_ms = WAIT_MS + random % SPREAD_MS;
    const struct itimerspec once = {.it_value.tv_nsec = wait_ms * MS};
    (void)timerfd_settime(monitor->guard->timer.fd, 0, &once, NULL); // cannot fail with these
}

static void on_time(struct monitor *monitor, struct source *source, uint32_t)
{
    const struct monitor_firewall *config = monitor->options->config.firewall;
    uint64_t ticks;
    (void)!read(source->fd, &ticks, sizeof ticks); // one
    if (monitor->phase == PHASE_RUNNING && !is_whole(config))
        repair(config);
}

int guard_open(struct monitor *monitor, struct err *err)
{
    if (monitor->options->config.firewall == NULL)
        return 0;
    AUTO_FD int watch = nft_watch(err);
    if (watch < 0)
        return -1;
    AUTO_FD int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (timer < 0)
        return fail_sys(err, "make a timer");
    monitor->guard = xcalloc(1, sizeof *monitor->guard);
    *monitor->guard = (struct guard){
        .watch = {.fd = TAKE_FD(watch), .on = on_news},
        .timer = {.fd = TAKE_FD(timer), .on = on_time},
    };
    source_watch(monitor, &monitor->guard->watch, EPOLLIN);
    source_watch(monitor, &monitor->guard->timer, EPOLLIN);
    return 0;
}

void guard_done(struct monitor *monitor)
{
    struct guard *guard = monitor->guard;
    if (guard == NULL)
        return;
    source_close(monitor, &guard->watch);
    source_close(monitor, &guard->timer);
    monitor->guard = NULL;
    free(guard);
}
