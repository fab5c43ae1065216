// SPDX-License-Identifier: Apache-2.0
// announce.c — what the monitor alone sees happen to its container, as events.
#include "base/mem.h"
#include "event/event.h"
#include "monitor/server.h"

#include <inttypes.h>
#include <stdio.h>

void monitor_announce(const struct monitor *monitor, const char *action,
                      const struct json_pair *attributes, size_t n)
{
    const struct monitor_options *options = monitor->options;
    const char *actor = monitor->actor != NULL ? monitor->actor : options->config.actor;
    if (actor == NULL)
        return; // nobody's container: the directory of events may not be ours
    const struct event_note note = {.type = "container",
                                    .action = action,
                                    .id = options->id,
                                    .actor = actor,
                                    .attributes = attributes,
                                    .n_attributes = n};
    event_write(options->container_dir, EVENTS_FROM_CONTAINER, &note);
}

void monitor_announce_signal(const struct monitor *monitor, uint32_t number)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%" PRIu32, number); // it fits
    const struct json_pair pairs[] = {{"signal", text}};
    monitor_announce(monitor, "kill", pairs, N_ELEMENTS(pairs));
}

void monitor_announce_end(const struct monitor *monitor)
{
    const struct live *live = &monitor->live;
    char code[24], seconds[24];
    if (live->started_ns == 0)
        return;                                                     // it never ran
    (void)snprintf(code, sizeof code, "%" PRId64, live->exit_code); // both fit
    (void)snprintf(seconds, sizeof seconds, "%" PRId64,
                   (live->finished_ns - live->started_ns) / 1'000'000'000);
    const struct json_pair pairs[] = {{"execDuration", seconds}, {"exitCode", code}};
    if (live->oom_killed)
        monitor_announce(monitor, "oom", NULL, 0);
    monitor_announce(monitor, "die", pairs, N_ELEMENTS(pairs));
}
