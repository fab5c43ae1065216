// SPDX-License-Identifier: Apache-2.0
// events.c — what happens, as it happens: a line for each event, docker's.
//
//     2026-01-02T15:04:05.000000000Z container die 4c01db… (exitCode=0, image=alpine, name=web)
#include "ops/events.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE_MAX_BYTES = 4 * EVENT_MAX };

struct events_args {
    const char *since, *until, *format;
    struct words filters;
};
static const struct option events_options[] = {
    OPTION_LIST(struct events_args, filters, "filter", 'f', "filter",
                "only what matches: KEY=VALUE"),
    OPTION_TEXT(struct events_args, format, "format", 0, "string",
                "print this: json, or a Go template for each event"),
    OPTION_TEXT(struct events_args, since, "since", 0, "string",
                "from this moment on: a time, seconds since 1970, or so long ago (10m)"),
    OPTION_TEXT(struct events_args, until, "until", 0, "string", "up to this moment"),
    {},
};

struct printing {
    struct cli *cli;
    const struct template *template; // NULL: docker's line
    bool is_json, has_failed;
};

static void put_time(struct buf *out, int64_t time_nano)
{
    time_t seconds = (time_t)(time_nano / 1'000'000'000);
    struct tm local = {};
    char date[32], zone[16];
    (void)localtime_r(&seconds, &local);
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &local);
    (void)strftime(zone, sizeof zone, "%z", &local);
    buf_printf(out, "%s.%09d", date, (int)(time_nano % 1'000'000'000));
    if (strcmp(zone, "+0000") == 0)
        buf_char(out, 'Z');
    else
        buf_printf(out, "%.3s:%s", zone, zone + 3);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct json_pair *)a)->key, ((const struct json_pair *)b)->key);
}

// Labels are an image's words, and commands anybody's: they stay on their line, and off the
// terminal's settings.
static void make_plain(struct buf *line)
{
    for (size_t i = 0; i < line->n; i++) {
        unsigned char c = (unsigned char)line->at[i];
        if (c < ' ' || c == 0x7f)
            line->at[i] = '?';
    }
}

static void put_line(struct buf *out, const struct event *event)
{
    const struct event_actor *actor = &event->actor;
    put_time(out, event->time_nano);
    buf_printf(out, " %s %s %s", event->type, event->action, actor->id != NULL ? actor->id : "");
    for (size_t i = 0; i < actor->n_attributes; i++)
        buf_printf(out, "%s%s=%s", i == 0 ? " (" : ", ", actor->attributes[i].key,
                   actor->attributes[i].value);
    buf_text(out, actor->n_attributes != 0 ? ")" : "");
    make_plain(out);
}

static bool print(void *self, const struct event *event)
{
    struct printing *printing = self;
    AUTO_BUF struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    if (event->actor.n_attributes != 0)
        qsort(event->actor.attributes, event->actor.n_attributes, sizeof(struct json_pair), by_key);
    if (printing->is_json)
        json_encode(&line, event_fields, event, JSON_COMPACT);
    else if (printing->template == NULL)
        put_line(&line, event);
    else if (template_execute(printing->template,
                              value_of_struct(event_fields, event, "*events.Message"), 0, &line,
                              &printing->cli->err) < 0)
        printing->has_failed = true;
    if (printing->has_failed)
        return false;
    buf_char(&line, '\n');
    (void)fwrite(buf_get(&line), 1, line.n, stdout);
    return fflush(stdout) == 0; // nobody reads any more: no more of them
}

static int events_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct events_args *args = at;
    struct printing printing = {.cli = cli};
    const struct event_sink sink = {print, &printing};
    struct system_events_request request = {
        .since = args->since, .until = args->until, .sink = &sink, .hang_up = -1};
    if (filters_of(cli, &args->filters, &request.filters) < 0)
        return cli_fail(cli, 1);
    printing.is_json = text_equal(args->format, "json");
    struct template *template = NULL;
    if (!printing.is_json && !text_is_empty(args->format) &&
        template_parse(&cli->arena, "", args->format, &template, &cli->err) < 0) {
        (void)fail_in(&cli->err, "Error parsing format");
        return cli_fail(cli, EXIT_FORMAT);
    }
    printing.template = template;
    if (cli_call(cli, SYSTEM_EVENTS, &request, NULL) < 0 || printing.has_failed)
        return cli_fail(cli, 1);
    return 0;
}
const struct command events_command = {
    "events",
    "",
    "Show what happens, as it happens",
    events_options,
    sizeof(struct events_args),
    OPTIONS_MIXED,
    0,
    0,
    events_run,
    format_manual,
};
