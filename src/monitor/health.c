// SPDX-License-Identifier: Apache-2.0
// health.c — the container's health check: run, timed, judged, written down.
//
// The runtime's own `exec` runs it, as a child of the monitor. One at a time: the next is due an
// interval after the end of the last. One that takes too long is killed with all that it has
// started, and counts when it is reaped, so that nothing ever piles up. A frozen container is left
// alone. What docker does, with docker's numbers and words: in the start period failures do not
// count, and until the first success in it checks come at the start interval.
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "linux/process.h"
#include "monitor/server.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHECK_AGAIN_MS = 1000, HEALTH_FILE_MAX = 256 * 1024, NS_PER_MS = 1'000'000 };

static void on_output(struct monitor *monitor, struct source *source, uint32_t events);
static void judge(struct monitor *monitor, int64_t exit_code, char *output);
static void write_down(const struct monitor *monitor);

static const struct monitor_health *config_of(const struct monitor *monitor)
{
    return monitor->options->config.health;
}

const char *health_word(const struct monitor *monitor)
{
    static const char *const words[] = {
        [HEALTH_NONE] = NULL,
        [HEALTH_STARTING] = "starting",
        [HEALTH_HEALTHY] = "healthy",
        [HEALTH_UNHEALTHY] = "unhealthy",
    };
    return words[monitor->health.status];
}

static bool is_in_start_period(const struct monitor *monitor, int64_t at_ns)
{
    return at_ns - monitor->live.started_ns < config_of(monitor)->start_period_ns;
}

static void plan_next(struct monitor *monitor)
{
    const struct monitor_health *config = config_of(monitor);
    bool is_starting =
        monitor->health.status == HEALTH_STARTING && is_in_start_period(monitor, now_ns());
    int64_t ns = is_starting ? config->start_interval_ns : config->interval_ns;
    monitor->health.due_ms = monotonic_ms() + ns / NS_PER_MS;
}

void health_begin(struct monitor *monitor)
{
    if (config_of(monitor) == NULL) {
        (void)unlinkat(monitor->options->container_dir, HEALTH_FILE, 0); // of an earlier start
        return;
    }
    monitor->health.status = HEALTH_STARTING;
    plan_next(monitor);
    write_down(monitor);
}

void health_end(struct monitor *monitor)
{
    struct health *health = &monitor->health;
    if (health->check != 0)
        process_kill_tree(health->check);
    source_close(monitor, &health->output);
}

void health_done(struct monitor *monitor)
{
    for (size_t i = 0; i < monitor->health.n_log; i++)
        free(monitor->health.log[i].output);
    free(monitor->health.text);
}

// --- one check ---

static void begin_check(struct monitor *monitor)
{
    struct health *health = &monitor->health;
    struct err err;
    int ends[2];
    health->check_ns = now_ns();
    health->due_ms = monotonic_ms() + config_of(monitor)->timeout_ns / NS_PER_MS;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        (void)fail_sys(&err, "make a pipe");
        judge(monitor, -1, xstrdup(err.text));
        return;
    }
    AUTO_FD int theirs = ends[1];
    health->output = (struct source){.fd = ends[0], .on = on_output};
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK); // a pipe takes it
    source_watch(monitor, &health->output, EPOLLIN);
    if (runtime_check(monitor, theirs, &health->check, &err) < 0) {
        source_close(monitor, &health->output);
        judge(monitor, -1, xstrdup(err.text));
    }
}

// What is beyond the limit is read, so that the check does not wait, and forgotten. false: no more.
static bool read_some(struct monitor *monitor)
{
    struct health *health = &monitor->health;
    char chunk[1024];
    if (health->output.fd < 0)
        return false;
    ssize_t n = read(health->output.fd, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR)
        return true;
    if (n <= 0) {
        if (n == 0)
            source_close(monitor, &health->output);
        return false;
    }
    size_t room = HEALTH_OUTPUT_MAX - health->n_text;
    size_t take = (size_t)n < room ? (size_t)n : room;
    if (health->text == NULL)
        health->text = xmalloc(HEALTH_OUTPUT_MAX + 1);
    memcpy(health->text + health->n_text, chunk, take);
    health->n_text += take;
    return true;
}

static void on_output(struct monitor *monitor, struct source *, uint32_t)
{
    (void)read_some(monitor); // level triggered: again soon
}

static void end_late(struct monitor *monitor)
{
    struct health *health = &monitor->health;
    pid_t inner;
    struct err ignored; // it has not come so far, then
    health->has_timed_out = true;
    if (runtime_check_pid(monitor, &inner, &ignored) == 0)
        process_kill_tree(inner);
    process_kill_tree(health->check);
    health->due_ms = monotonic_ms() + CHECK_AGAIN_MS; // until it is reaped
}

// "30s", "1m30s", "250ms": as docker writes a span.
static char *span_words(int64_t ns)
{
    int64_t ms = ns / NS_PER_MS, s = ms / 1000;
    if (ms % 1000 != 0)
        return s == 0 ? str_printf("%" PRId64 "ms", ms) : str_printf("%.3gs", (double)ms / 1000);
    return s < 60 ? str_printf("%" PRId64 "s", s)
                  : str_printf("%" PRId64 "m%" PRId64 "s", s / 60, s % 60);
}

void health_reaped(struct monitor *monitor, pid_t pid, int status)
{
    struct health *health = &monitor->health;
    if (health->check == 0 || pid != health->check)
        return; // an orphan of the container's
    health->check = 0;
    for (int i = 0; i < HEALTH_OUTPUT_MAX && read_some(monitor); i++)
        ;
    source_close(monitor, &health->output); // what its children still hold open is not ours
    char *output = health->n_text != 0 ? xstrndup(health->text, health->n_text) : xstrdup("");
    free(health->text);
    health->text = NULL;
    health->n_text = 0;
    int64_t code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (health->has_timed_out) {
        AUTO_FREE char *limit = span_words(config_of(monitor)->timeout_ns);
        free(output);
        output = str_printf("Health check exceeded timeout (%s)", limit);
        code = -1;
    }
    health->has_timed_out = false;
    if (monitor->phase == PHASE_RUNNING && !monitor->has_exited)
        judge(monitor, code, output);
    else
        free(output);
}

// --- what follows ---

static void act(struct monitor *monitor)
{
    struct health *health = &monitor->health;
    const struct monitor_health *config = config_of(monitor);
    const char *how = config->on_unhealthy != NULL ? config->on_unhealthy : "none";
    bool kills_it = strcmp(how, "kill") == 0, restarts = strcmp(how, "restart") == 0;
    if (health->kill_ms != 0 || (!kills_it && !restarts && strcmp(how, "stop") != 0))
        return;
    int number = kills_it ? SIGKILL : (int)config->stop_signal;
    health->wants_restart = restarts;
    health->kill_ms = kills_it ? INT64_MAX : monotonic_ms() + config->stop_timeout_ms;
    const struct str who = str_of("the failed health check");
    bool stays_ended = !kills_it && !restarts;
    // Should it fail, it has just ended by itself.
    (void)kill_take(monitor, (uint32_t)number, stays_ended ? MONITOR_KILL_ENDS : 0, who);
}

static void judge(struct monitor *monitor, int64_t exit_code, char *output)
{
    struct health *health = &monitor->health;
    enum health_status before = health->status;
    if (health->n_log == HEALTH_LOG) {
        free(health->log[0].output);
        memmove(health->log, health->log + 1, (HEALTH_LOG - 1) * sizeof *health->log);
        health->n_log--;
    }
    health->log[health->n_log++] =
        (struct health_entry){health->check_ns, now_ns(), exit_code, output};
    if (exit_code == 0) {
        health->failing_streak = 0;
        health->status = HEALTH_HEALTHY;
    } else if (before != HEALTH_STARTING || !is_in_start_period(monitor, health->check_ns)) {
        health->failing_streak++;
        if (health->failing_streak >= config_of(monitor)->retries)
            health->status = HEALTH_UNHEALTHY;
    }
    plan_next(monitor);
    write_down(monitor);
    if (health->status == before)
        return;
    AUTO_FREE char *action = str_printf("health_status: %s", health_word(monitor));
    monitor_announce(monitor, action, NULL, 0);
    if (health->status == HEALTH_UNHEALTHY)
        act(monitor);
}

static void put_entry(struct buf *out, const struct health_entry *entry)
{
    char start[TIME_RFC3339_MAX], end[TIME_RFC3339_MAX];
    time_write_rfc3339(start, entry->start_ns);
    time_write_rfc3339(end, entry->end_ns);
    buf_printf(out, "{\"Start\":\"%s\",\"End\":\"%s\",\"ExitCode\":%" PRId64 ",\"Output\":", start,
               end, entry->exit_code);
    json_quote(out, entry->output);
    buf_char(out, '}');
}

// Docker's shape, which inspect shows as it is.
static void write_down(const struct monitor *monitor)
{
    const struct health *health = &monitor->health;
    AUTO_BUF struct buf text;
    buf_init(&text, HEALTH_FILE_MAX);
    buf_printf(&text, "{\"Status\":\"%s\",\"FailingStreak\":%" PRId64 ",\"Log\":[",
               health_word(monitor), health->failing_streak);
    for (size_t i = 0; i < health->n_log; i++) {
        buf_text(&text, i != 0 ? "," : "");
        put_entry(&text, &health->log[i]);
    }
    buf_text(&text, "]}\n");
    struct err ignored; // a full disk: the next one is written again
    if (!text.is_full)
        (void)file_replace_volatile(monitor->options->container_dir, HEALTH_FILE, text.at, text.n,
                                    0600, &ignored);
}

int health_tend(struct monitor *monitor)
{
    struct health *health = &monitor->health;
    if (health->status == HEALTH_NONE || monitor->phase != PHASE_RUNNING || monitor->has_exited)
        return -1;
    int64_t now = monotonic_ms();
    if (health->kill_ms != 0 && now >= health->kill_ms) {
        struct str who = str_of("the failed health check");
        if (kill_take(monitor, SIGKILL, 0, who) == 0)
            health->kill_ms = INT64_MAX;
    }
    if (now >= health->due_ms) {
        bool is_about_to_end = health->check == 0 && health->kill_ms != 0;
        if (is_about_to_end || freezer_is_frozen(monitor))
            health->due_ms = now + CHECK_AGAIN_MS;
        else if (health->check != 0)
            end_late(monitor);
        else
            begin_check(monitor);
    }
    int64_t due =
        health->kill_ms != 0 && health->kill_ms < health->due_ms ? health->kill_ms : health->due_ms;
    int64_t left = due - monotonic_ms();
    return left < 0 ? 0 : left < INT32_MAX ? (int)left : INT32_MAX;
}
