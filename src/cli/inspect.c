// SPDX-License-Identifier: Apache-2.0
// inspect.c — everything about containers, as JSON, or one value of it: --format '{{.State.Pid}}'.
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "ops/container.h"
#include "ops/tables.h"

#include <stdio.h>
#include <string.h>

enum { INSPECT_MAX = 4 * 1024 * 1024 };

struct inspect_args {
    const char *format;
};
static const struct option inspect_options[] = {
    OPTION_TEXT(struct inspect_args, format, "format", 'f', "string",
                "print this, with {{.Field.Field}} replaced"),
    {},
};

// The tables indent by two blanks, docker by four, and one step deeper inside its list. No text has
// a line end of its own in JSON.
static void print_indented(const char *json)
{
    struct str rest = str_of(json);
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        size_t blanks = 0;
        while (blanks < line.n && line.at[blanks] == ' ')
            blanks++;
        printf("\n    %*s%.*s", (int)(2 * blanks), "", (int)(line.n - blanks), line.at + blanks);
    }
}

static const struct json_field *find_field(const struct json_field *fields, struct str name)
{
    for (; fields->name != NULL; fields++) {
        if (str_is(name, fields->name))
            return fields;
    }
    return NULL;
}

// The value of one ".A.B" as JSON; texts without quotes, as Go's templates print them.
static int print_path(const struct container_inspection *it, struct str path, struct err *err)
{
    const struct json_field *fields = container_inspection_fields, *field = NULL;
    const char *from = (const char *)it;
    struct str rest = {path.at + 1, path.n - 1};
    do {
        struct str name = str_cut(&rest, '.');
        field = fields != NULL ? find_field(fields, name) : NULL;
        if (field == NULL)
            return fail(err, ERR_INVALID, "template: no field %.*s in %.*s", (int)name.n, name.at,
                        (int)path.n, path.at);
        fields =
            field->kind == JSON_STRUCT && !(field->flags & JSON_POINTER) ? field->fields : NULL;
        if (fields != NULL && rest.n != 0)
            from += field->offset;
    } while (rest.n != 0);
    AUTO_BUF struct buf text;
    buf_init(&text, INSPECT_MAX);
    if (field->kind == JSON_STRING) {
        const char *value = *(const char *const *)(const void *)(from + field->offset);
        fputs(value != NULL ? value : "", stdout);
        return 0;
    }
    struct json_field one[] = {*field, {}};
    one[0].flags |= JSON_ALWAYS;
    json_encode(&text, one, from, JSON_COMPACT);
    if (buf_check(&text, "the value", err) < 0)
        return -1;
    // {"Name":value}
    size_t skip = strlen(field->name) + 4;
    printf("%.*s", (int)(text.n - skip - 1), text.at + skip);
    return 0;
}

static int print_format(const struct container_inspection *it, const char *format, struct err *err)
{
    for (const char *at = format; *at != '\0';) {
        const char *open = strstr(at, "{{"), *close = open != NULL ? strstr(open, "}}") : NULL;
        if (open == NULL) {
            fputs(at, stdout);
            break;
        }
        if (close == NULL)
            return fail(err, ERR_INVALID, "template: \"{{\" without \"}}\" in %s", format);
        printf("%.*s", (int)(open - at), at);
        struct str path = str_trim((struct str){open + 2, (size_t)(close - open - 2)});
        if (path.n < 2 || path.at[0] != '.')
            return fail(err, ERR_INVALID,
                        "template: only {{.Field}} and {{.Field.Field}} are understood so far: %s",
                        format);
        if (print_path(it, path, err) < 0)
            return -1;
        at = close + 2;
    }
    puts("");
    return 0;
}

static int inspect_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct inspect_args *args = at;
    int status = 0;
    size_t n = 0;
    for (size_t i = 0; i < words->n; i++) {
        const struct container_reference request = {words->at[i]};
        struct container_inspection it;
        if (cli_call(cli, CONTAINER_INSPECT, &request, &it) < 0) {
            status = 1;
            fprintf(stderr, "dhow: %s\n", cli->err.text);
            continue;
        }
        if (args->format != NULL) {
            if (print_format(&it, args->format, &cli->err) < 0)
                return cli_fail(cli, 1);
            continue;
        }
        AUTO_BUF struct buf text;
        buf_init(&text, INSPECT_MAX);
        json_encode(&text, container_inspection_fields, &it, JSON_PRETTY);
        printf(n++ == 0 ? "[" : ",");
        print_indented(buf_get(&text));
    }
    if (args->format == NULL)
        puts(n == 0 ? "[]" : "\n]");
    return status;
}

const struct command inspect_command = {
    "inspect",
    "CONTAINER [CONTAINER...]",
    "Show everything about containers",
    inspect_options,
    sizeof(struct inspect_args),
    OPTIONS_MIXED,
    1,
    0,
    125,
    inspect_run,
    NULL,
};
