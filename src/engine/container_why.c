// SPDX-License-Identifier: Apache-2.0
// container_why.c — why a container has ended, from what its monitor has written down (ends.jsonl,
// live.json, health.json).
//
// What the records say is said as it is; what only an exit code suggests is a guess and is called
// one. The kernel does not tell whose signal it was: a sender is named only when it came by way of
// dhow, or was the kernel itself.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/health.h"
#include "engine/show.h"
#include "linux/signal.h"

#include <signal.h>
#include <string.h>

enum { ENDS_MAX = 256 * 1024, SHOWN_MAX = 10 };

static const char *or_nothing(const char *text)
{
    return text != NULL ? text : "";
}

static const char *signal_word(int64_t number)
{
    const char *name = number > 0 ? signal_name((int)number) : NULL;
    return or_nothing(name);
}

static struct container_ending ending_of(struct arena *arena, const struct monitor_end *end)
{
    return (struct container_ending){
        .started_at = time_rfc3339(arena, end->started_ns),
        .finished_at = time_rfc3339(arena, end->finished_ns),
        .exit_code = end->exit_code,
        .signal = signal_word(end->signal),
        .by = or_nothing(end->by),
        .asked_signal = signal_word(end->asked_signal),
        .asked_by = or_nothing(end->asked_by),
        .oom_kills = end->oom_kills,
        .memory_limit = end->memory_limit,
        .memory_peak = end->memory_peak,
        .error = or_nothing(end->error),
        .health = or_nothing(end->health),
        .restart_count = end->restart_count,
        .restarted = end->is_restarted,
    };
}

// Adds the ends of one file, the oldest first. One that is not there has none; a line that a killed
// writer left is none.
static int read_file(struct arena *arena, const struct container *container, const char *name,
                     struct container_ending *out, size_t *n, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, ENDS_MAX);
    if (file_read_at(container->dir, name, &text, err) < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1;
    struct str rest = {buf_get(&text), text.n};
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        struct monitor_end end = {};
        struct err broken;
        if (line.n == 0 || json_decode(arena, line.at, line.n, monitor_end_fields, &end,
                                       JSON_LENIENT, &broken) < 0)
            continue;
        if (*n == SHOWN_MAX) {
            memmove(out, out + 1, (SHOWN_MAX - 1) * sizeof *out);
            (*n)--;
        }
        out[(*n)++] = ending_of(arena, &end);
    }
    return 0;
}

static int read_ends(struct arena *arena, const struct container *container,
                     struct container_why *out, struct err *err)
{
    struct container_ending *ends = arena_array(arena, SHOWN_MAX, sizeof *ends);
    size_t n = 0;
    if (container->dir < 0)
        return 0;
    if (read_file(arena, container, ENDS_FILE ".1", ends, &n, err) < 0 ||
        read_file(arena, container, ENDS_FILE, ends, &n, err) < 0)
        return -1;
    struct container_ending *newest_first = arena_array(arena, SHOWN_MAX, sizeof *ends);
    for (size_t i = 0; i < n; i++)
        newest_first[i] = ends[n - 1 - i];
    out->ends = newest_first;
    out->n_ends = n;
    return 0;
}

// --- words ---

static const char *end_words(struct arena *arena, const struct container_ending *end)
{
    if (*end->error != '\0' && *end->signal == '\0')
        return arena_printf(arena, "it did not run, or not to its end: %s", end->error);
    if (end->oom_kills != 0 && strcmp(end->signal, "SIGKILL") == 0)
        return "the kernel killed it because its memory limit was reached";
    if (*end->signal != '\0' && *end->by != '\0')
        return arena_printf(arena, "%s ended it, sent by %s", end->signal, end->by);
    if (*end->signal != '\0')
        return arena_printf(arena,
                            "%s ended it, not sent by dhow: by a process in it, by somebody on the "
                            "host, or by the kernel",
                            end->signal);
    if (*end->asked_signal != '\0')
        return arena_printf(arena, "it exited with code %jd after %s from %s",
                            (intmax_t)end->exit_code, end->asked_signal, end->asked_by);
    return arena_printf(arena, "it exited by itself with code %jd", (intmax_t)end->exit_code);
}

// What an exit code means by convention.
static const char *guess(struct arena *arena, const struct container_ending *end)
{
    static const struct {
        int64_t code;
        const char *words;
    } codes[] = {
        {126, "a shell, or dhow, found the command but could not execute it (permissions, format)"},
        {127, "a shell, or dhow, did not find the command, or a library that it needs is missing"},
        {139, "a process in it crashed (SIGSEGV) and its shell passed that on"},
        {134, "a process in it gave up (SIGABRT) and its shell passed that on"},
        {159,
         "a process in it was ended by a system call that the seccomp profile denies (SIGSYS)"},
        {143, "a process in it was ended by SIGTERM and its shell passed that on"},
        {137, "a process in it was ended by SIGKILL and its shell passed that on"},
    };
    if (strcmp(end->signal, "SIGSYS") == 0)
        return "a system call that the seccomp profile denies: --security-opt seccomp=FILE allows "
               "more, the host's audit log names the call";
    if (strcmp(end->signal, "SIGSEGV") == 0 || strcmp(end->signal, "SIGBUS") == 0 ||
        strcmp(end->signal, "SIGILL") == 0)
        return "the program crashed, or was built for another processor than this one";
    if (end->oom_kills != 0)
        return "the kernel killed processes in it for want of memory; the first one may have ended "
               "because of that";
    for (size_t i = 0; i < N_ELEMENTS(codes) && *end->signal == '\0'; i++) {
        if (codes[i].code == end->exit_code)
            return codes[i].words;
    }
    (void)arena;
    return "";
}

static const char *state_words(struct arena *arena, const struct container *container,
                               const struct container_why *why)
{
    switch (container->status) {
    case STATUS_CREATED:
        return "it has not been started yet";
    case STATUS_RUNNING:
        return why->n_ends == 0 ? "it runs, and has not ended since it was created" : "it runs";
    case STATUS_PAUSED:
        return "it runs, but is paused: `dhow unpause` lets it go on";
    case STATUS_REMOVING:
        return "it is being removed";
    case STATUS_DEAD:
        return "it is half removed; `dhow rm` goes on with that";
    case STATUS_RESTARTING:
    case STATUS_EXITED:
        break;
    }
    if (why->n_ends != 0)
        return end_words(arena, &why->ends[0]);
    return container->live.error != NULL ? container->live.error : "no record says why";
}

static void command_of(struct arena *arena, const struct container_spec *spec,
                       struct container_why *out)
{
    out->command = arena_array(arena, spec->n_entrypoint + spec->n_cmd + 1, sizeof *out->command);
    for (size_t i = 0; i < spec->n_entrypoint; i++)
        out->command[out->n_command++] = spec->entrypoint[i];
    for (size_t i = 0; i < spec->n_cmd; i++)
        out->command[out->n_command++] = spec->cmd[i];
}

static const char *policy_words(struct arena *arena, const struct restart_policy *policy)
{
    if (text_is_empty(policy->name))
        return "no";
    return policy->maximum_retry_count == 0
               ? policy->name
               : arena_printf(arena, "%s:%jd", policy->name, (intmax_t)policy->maximum_retry_count);
}

int engine_container_why(struct engine *engine, struct arena *arena,
                         const struct container_reference *request, struct container_why *response,
                         struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    struct container_health *health;
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    struct container_why why = {
        .id = container.row.id,
        .name = container.row.name,
        .image = container.row.image_name,
        .status = container_status_name(container.status),
        .exit_code = container.live.exit_code,
        .restart_count = container.live.restart_count,
        .restart_policy = policy_words(arena, &container.spec.host.restart_policy),
        .guess = "",
    };
    if (read_ends(arena, &container, &why, err) < 0 ||
        health_show(arena, &container, true, &health, err) < 0)
        return -1;
    command_of(arena, &container.spec, &why);
    why.words = state_words(arena, &container, &why);
    if (why.n_ends != 0 && !container_has_processes(&container))
        why.guess = guess(arena, &why.ends[0]);
    why.health = health != NULL ? health->status : "";
    why.health_output =
        health != NULL && health->n_log != 0 ? health->log[health->n_log - 1].output : "";
    *response = why;
    return 0;
}
