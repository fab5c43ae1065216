// SPDX-License-Identifier: Apache-2.0
// why.c — `dhow why`: one screen that tells why a container has ended.
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "ops/container.h"
#include "ops/life.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct why_args {
    int64_t *lines;
};
static const struct option why_options[] = {
    OPTION_INT(struct why_args, lines, "tail", 'n', "lines of its output to show (10)"),
    {},
};

enum { NAME_COLUMN = 12 };

static void say(const char *name, const char *text)
{
    if (!text_is_empty(text))
        printf("%-*s%s\n", NAME_COLUMN, name, text);
}

static const char *moment(const char *rfc3339)
{
    static char text[24];
    (void)snprintf(text, sizeof text, "%.10s %.8s", rfc3339, rfc3339 + 11);
    return text;
}

static void say_memory(struct cli *cli, const struct container_ending *end)
{
    if (end->oom_kills == 0 && (end->memory_limit == 0 || end->memory_peak < end->memory_limit))
        return;
    const char *peak =
        end->memory_peak != 0 ? size_words(&cli->arena, (uint64_t)end->memory_peak) : "unknown";
    const char *limit = end->memory_limit != 0
                            ? size_words(&cli->arena, (uint64_t)end->memory_limit)
                            : "none of its own: the host's, or a parent's";
    printf("%-*speak %s, limit %s, processes killed for want of memory: %" PRId64 "\n", NAME_COLUMN,
           "Memory:", peak, limit, end->oom_kills);
}

static const char *ending_words(struct cli *cli, const struct container_ending *end)
{
    struct arena *arena = &cli->arena;
    const char *signal = *end->signal != '\0' ? arena_printf(arena, ", %s", end->signal) : "";
    const char *by = *end->by != '\0' ? arena_printf(arena, " by %s", end->by) : "";
    const char *asked =
        *end->asked_signal != '\0' && strcmp(end->asked_signal, end->signal) != 0
            ? arena_printf(arena, ", after %s from %s", end->asked_signal, end->asked_by)
            : "";
    return arena_printf(arena, "code %" PRId64 "%s%s%s%s%s", end->exit_code, signal, by, asked,
                        end->oom_kills != 0 ? ", out of memory" : "",
                        end->restarted ? ", restarted" : "");
}

static void say_ends(struct cli *cli, const struct container_why *why)
{
    if (why->ends == NULL || why->n_ends < 2)
        return;
    printf("\nIts ends, the newest first:\n");
    for (size_t i = 0; i < why->n_ends; i++)
        printf("  %s  %s\n", moment(why->ends[i].finished_at), ending_words(cli, &why->ends[i]));
}

static void say_output(struct cli *cli, const struct why_args *args, const char *id)
{
    const char *tail =
        args->lines != NULL ? arena_printf(&cli->arena, "%" PRId64, *args->lines) : "10";
    struct container_logs_request request = {
        .id = id, .wants_stdout = true, .wants_stderr = true, .tail = tail};
    request.out = request.err = STDOUT_FILENO;
    printf("\nThe last of its output:\n");
    (void)fflush(stdout);
    if (cli_call(cli, CONTAINER_LOGS, &request, NULL) < 0)
        printf("  (not to be read: %s)\n", cli->err.text);
}

static int why_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct container_reference request = {words->at[0]};
    struct container_why why;
    if (cli_call(cli, CONTAINER_WHY, &request, &why) < 0)
        return cli_fail(cli, 1);
    const struct container_ending *last = why.n_ends != 0 ? &why.ends[0] : NULL;
    const char *guess =
        text_is_empty(why.guess) ? "" : arena_printf(&cli->arena, "(a guess) %s", why.guess);
    printf("%s is %s: %s\n\n", why.name, why.status, why.words);
    say("Maybe:", guess);
    if (last != NULL)
        say("End:", arena_printf(&cli->arena, "%s, %s", moment(last->finished_at),
                                 ending_words(cli, last)));
    if (last != NULL)
        say_memory(cli, last);
    if (last != NULL)
        say("Error:", last->error);
    if (!text_is_empty(why.health))
        say("Health:",
            arena_printf(&cli->arena, "%s; the last check said: %s", why.health,
                         text_is_empty(why.health_output) ? "nothing" : why.health_output));
    say("Restarts:",
        arena_printf(&cli->arena, "%" PRId64 ", policy %s", why.restart_count, why.restart_policy));
    say("Image:", why.image);
    AUTO_BUF struct buf line;
    buf_init(&line, CONTAINER_SPEC_MAX);
    for (size_t i = 0; i < why.n_command; i++)
        buf_printf(&line, "%s%s", i != 0 ? " " : "", why.command[i]);
    say("Command:", buf_get(&line));
    say_ends(cli, &why);
    if (strcmp(why.status, "created") != 0)
        say_output(cli, at, why.id);
    return 0;
}

const struct command why_command = {
    "why",
    "CONTAINER",
    "Tell why a container has ended",
    why_options,
    sizeof(struct why_args),
    OPTIONS_MIXED,
    1,
    1,
    why_run,
    NULL,
};
