// SPDX-License-Identifier: Apache-2.0
// health.c — a container's health check: asked for, completed by its image's, made ready for the
// monitor that runs it (monitor/health.c).
#include "engine/health.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/hooks.h"
#include "engine/process.h"
#include "linux/signal.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

enum { PROCESS_MAX = 1024 * 1024 };
#define SECOND INT64_C(1'000'000'000)

// --- at create ---

static int check_spans(const struct health_config *health, struct err *err)
{
    const struct {
        const char *name;
        int64_t ns;
    } spans[] = {{"Interval", health->interval},
                 {"Timeout", health->timeout},
                 {"StartPeriod", health->start_period},
                 {"StartInterval", health->start_interval}};
    for (size_t i = 0; i < N_ELEMENTS(spans); i++) {
        if (spans[i].ns < 0 || (spans[i].ns > 0 && spans[i].ns < SECOND / 1000))
            return fail(err, ERR_INVALID, "%s in Healthcheck cannot be less than 1ms",
                        spans[i].name);
    }
    if (health->retries < 0)
        return fail(err, ERR_INVALID, "Retries in Healthcheck cannot be negative");
    return 0;
}

static int check_action(const char *action, struct err *err)
{
    static const char *const words[] = {"none", "kill", "restart", "stop"};
    if (text_is_empty(action))
        return 0;
    for (size_t i = 0; i < N_ELEMENTS(words); i++) {
        if (strcmp(words[i], action) == 0)
            return 0;
    }
    return fail(
        err, ERR_INVALID,
        "invalid action for a failed health check: \"%s\" (none, kill, restart and stop are "
        "there)",
        action);
}

static int check_test(const struct health_config *health, struct err *err)
{
    if (health->n_test == 0)
        return 0;
    const char *kind = health->test[0];
    bool is_none = strcmp(kind, "NONE") == 0;
    if (!is_none && strcmp(kind, "CMD") != 0 && strcmp(kind, "CMD-SHELL") != 0)
        return fail(err, ERR_INVALID,
                    "unknown type of health check \"%s\": NONE, CMD and CMD-SHELL are there", kind);
    if (!is_none && health->n_test < 2)
        return fail(err, ERR_INVALID, "the health check says %s, but no command", kind);
    return 0;
}

int health_check(struct arena *arena, const struct image_health *image, struct container_spec *spec,
                 struct err *err)
{
    if (spec->healthcheck == NULL && image == NULL)
        return 0;
    struct health_config *health = arena_new(arena, struct health_config);
    *health = spec->healthcheck != NULL ? *spec->healthcheck : (struct health_config){};
    if (check_test(health, err) < 0 || check_spans(health, err) < 0 ||
        check_action(health->on_unhealthy, err) < 0)
        return -1;
    if (image != NULL) { // what was not said is the image's
        if (health->n_test == 0) {
            health->test = image->test;
            health->n_test = image->n_test;
        }
        health->interval = health->interval != 0 ? health->interval : image->interval;
        health->timeout = health->timeout != 0 ? health->timeout : image->timeout;
        health->start_period =
            health->start_period != 0 ? health->start_period : image->start_period;
        health->start_interval =
            health->start_interval != 0 ? health->start_interval : image->start_interval;
        health->retries = health->retries != 0 ? health->retries : image->retries;
    }
    spec->healthcheck = health;
    return 0;
}

// --- at start ---

bool health_is_on(const struct container_spec *spec)
{
    const struct health_config *health = spec->healthcheck;
    return health != NULL && health->n_test > 1 && strcmp(health->test[0], "NONE") != 0;
}

size_t health_command(struct arena *arena, const struct container_spec *spec, const char ***out)
{
    const struct health_config *health = spec->healthcheck;
    size_t n = 0, n_shell = spec->n_shell;
    const char **args = arena_array(arena, n_shell + health->n_test + 4, sizeof *args);
    if (strcmp(health->test[0], "CMD-SHELL") == 0) {
        for (; n < n_shell; n++)
            args[n] = spec->shell[n];
        if (n_shell == 0) {
            args[n++] = "/bin/sh";
            args[n++] = "-c";
        }
    }
    for (size_t i = 1; i < health->n_test; i++)
        args[n++] = health->test[i];
    *out = args;
    return n;
}

static int write_process(struct arena *arena, const struct container *container, int rootfs,
                         struct err *err)
{
    const struct container_spec *spec = &container->spec;
    struct process_request request = {
        .user = spec->user,
        .env = spec->env,
        .n_env = spec->n_env,
        .working_dir = spec->working_dir,
        .host = &spec->host,
        .hostname = container_hostname(arena, container),
    };
    request.n_args = health_command(arena, spec, &request.args);
    struct oci_process *process;
    if (process_build(arena, &request, rootfs, &process, err) < 0)
        return -1;
    AUTO_BUF struct buf text;
    buf_init(&text, PROCESS_MAX);
    json_encode(&text, oci_process_fields, process, JSON_COMPACT);
    if (buf_check(&text, HEALTH_PROCESS_FILE, err) < 0)
        return -1;
    AUTO_FD int fd = openat(container->dir, HEALTH_PROCESS_FILE,
                            O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || write_all(fd, text.at, text.n) < 0)
        return fail_sys(err, "write " HEALTH_PROCESS_FILE);
    return 0;
}

static int64_t or_usual(int64_t value, int64_t usual)
{
    return value != 0 ? value : usual;
}

int health_prepare(struct arena *arena, const struct container *container, int rootfs,
                   struct monitor_health **out, struct err *err)
{
    const struct container_spec *spec = &container->spec;
    const struct health_config *health = spec->healthcheck;
    int signal = SIGTERM;
    *out = NULL;
    if (!health_is_on(spec))
        return 0;
    if ((!text_is_empty(spec->stop_signal) && signal_parse(spec->stop_signal, &signal, err) < 0) ||
        write_process(arena, container, rootfs, err) < 0)
        return fail_in(err, "the health check");
    int64_t stop_s = spec->stop_timeout != NULL ? *spec->stop_timeout : STOP_TIMEOUT_S;
    *out = arena_new(arena, struct monitor_health);
    **out = (struct monitor_health){
        // docker's numbers
        .interval_ns = or_usual(health->interval, 30 * SECOND),
        .timeout_ns = or_usual(health->timeout, 30 * SECOND),
        .start_period_ns = health->start_period,
        .start_interval_ns = or_usual(health->start_interval, 5 * SECOND),
        .retries = or_usual(health->retries, 3),
        .on_unhealthy = health->on_unhealthy,
        .stop_signal = signal,
        .stop_timeout_ms = stop_s < 0 ? INT32_MAX : stop_s * 1000,
    };
    return 0;
}
