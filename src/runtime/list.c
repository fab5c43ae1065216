// SPDX-License-Identifier: Apache-2.0
// list.c — every container below the root directory: as a table, as JSON, as names.
#include "base/mem.h"
#include "base/str.h"
#include "runtime/commands.h"

#include <stdio.h>
#include <string.h>

enum { OUTPUT_MAX = 64 * 1024 * 1024 };

struct list_options {
    const char *format;
    bool quiet;
};
static const struct option list_table[] = {
    OPTION_TEXT(struct list_options, format, "format", 'f', "format",
                "table or json (default table)"),
    OPTION_FLAG(struct list_options, quiet, "quiet", 'q', "only the containers' names"),
    {},
};

struct list {
    struct oci_state *states;
    struct container *containers; // what the states point into
    size_t n;
};

static int read_all(const struct command_call *call, struct list *out, struct err *err);
static void print_table(const struct list *list, struct buf *out);
static void print_json(const struct list *list, struct buf *out);

static int list_run(struct command_call *call, struct err *err)
{
    const struct list_options *options = call->options;
    const char *format = options->format != NULL ? options->format : "table";
    if (strcmp(format, "table") != 0 && strcmp(format, "json") != 0)
        return fail(err, ERR_INVALID, "list: invalid --format \"%s\": expected table or json",
                    format);
    struct list list = {};
    if (read_all(call, &list, err) < 0)
        return -1;
    AUTO_BUF struct buf out;
    buf_init(&out, OUTPUT_MAX);
    if (options->quiet) {
        for (size_t i = 0; i < list.n; i++)
            buf_printf(&out, "%s\n", list.states[i].id);
    } else if (strcmp(format, "json") == 0) {
        print_json(&list, &out);
    } else {
        print_table(&list, &out);
    }
    for (size_t i = 0; i < list.n; i++)
        container_close(&list.containers[i]);
    fputs(buf_get(&out), stdout);
    return buf_check(&out, "the list", err);
}

// A container that goes away while we look, or whose making was killed before there was a record,
// is not in the list.
static int read_all(const struct command_call *call, struct list *out, struct err *err)
{
    struct words names = {};
    if (container_names(call->runtime, call->arena, &names, err) < 0)
        return -1;
    out->states = arena_array(call->arena, names.n + 1, sizeof *out->states);
    out->containers = arena_array(call->arena, names.n + 1, sizeof *out->containers);
    for (size_t i = 0; i < names.n; i++) {
        struct container *container = &out->containers[out->n];
        enum container_status status;
        struct err why = {};
        if (container_open(call->runtime, names.at[i], CONTAINER_READ, container, &why) < 0)
            continue;
        if (container_status(container, &status, &why) < 0) {
            container_close(container);
            continue;
        }
        container_state(container, status, &out->states[out->n++]);
    }
    return 0;
}

static const char *or_dash(const char *text)
{
    return text_is_empty(text) ? "-" : text;
}

static void print_table(const struct list *list, struct buf *out)
{
    int id = 2, bundle = 6;
    for (size_t i = 0; i < list->n; i++) {
        int n = (int)strlen(list->states[i].id);
        int m = (int)strlen(or_dash(list->states[i].bundle));
        id = n > id ? n : id;
        bundle = m > bundle ? m : bundle;
    }
    buf_printf(out, "%-*s  %-9s  %-9s  %-*s  %-30s  %s\n", id, "ID", "PID", "STATUS", bundle,
               "BUNDLE", "CREATED", "OWNER");
    for (size_t i = 0; i < list->n; i++) {
        const struct oci_state *state = &list->states[i];
        buf_printf(out, "%-*s  %-9lld  %-9s  %-*s  %-30s  %s\n", id, state->id,
                   (long long)state->pid, state->status, bundle, or_dash(state->bundle),
                   or_dash(state->created), or_dash(state->owner));
    }
}

static void print_json(const struct list *list, struct buf *out)
{
    buf_char(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        if (i != 0)
            buf_char(out, ',');
        json_encode(out, oci_state_fields, &list->states[i], JSON_COMPACT);
    }
    buf_text(out, "]\n");
}

const struct command list_command = {.name = "list",
                                     .arguments = "",
                                     .help = "Show the containers",
                                     .options = list_table,
                                     .options_size = sizeof(struct list_options),
                                     .run = list_run};
