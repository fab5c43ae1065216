// SPDX-License-Identifier: Apache-2.0
// format.h — --format: what commands print of lists (docker's table, a template for each row, JSON
// lines) and of single objects.
//
//     static const struct row_field volume_fields[] = {
//         {.name = "Name", .heading = "VOLUME NAME", .text = volume_name}, …
//     static const struct row_type volume_rows = {"*formatter.volumeContext", volume_fields};
//     …
//     const struct list_style style = {.format = args->format, .columns =
//     "{{.Driver}}\t{{.Name}}"}; return list_print(cli, &volume_rows, &style, rows, n, sizeof
//     *rows) < 0 ? cli_fail(cli, 1) : 0;
#pragma once
#include "cli/command.h"
#include "template/template.h"

// Of options: OPTION_FORMAT_LIST(struct volume_args, format, 0).
#define OPTION_FORMAT_LIST(type, member, letter_)                                                  \
    OPTION_TEXT(type, member, "format", letter_, "string",                                         \
                "print this: table, table TEMPLATE, json, or a Go template for each row")
#define OPTION_FORMAT_ONE(type, member)                                                            \
    OPTION_TEXT(type, member, "format", 'f', "string", "print this: json, or a Go template")
#define OPTION_FILTER(type, member)                                                                \
    OPTION_LIST(type, member, "filter", 'f', "filter", "only what matches: KEY=VALUE")
// Paragraphs on templates for a command's manual page.
extern const char format_manual[];

struct list_style {
    const char *format;     // --format, or NULL
    const char *configured; // of config.json, for when there is no --format; or NULL
    const char *columns;    // of the table when nothing was asked for: "{{.ID}}\t{{.Names}}"
    const char *raw;        // the template that --format raw is; NULL: there is none
    const char *quiet;      // the template of -q; NULL: not quiet
};
// Prints n rows of `size` bytes each. < 0: the reason is in cli->err, and nothing was printed.
[[nodiscard]] int list_print(struct cli *cli, const struct row_type *type,
                             const struct list_style *style, const void *rows, size_t n,
                             size_t size);
struct list_rows {
    const void *at;
    size_t n, size; // rows of so many bytes
};
// The same, appended to a buffer.
[[nodiscard]] int list_render(struct cli *cli, const struct row_type *type,
                              const struct list_style *style, const struct list_rows *rows,
                              struct buf *out);
// What list_print takes, for commands that must know beforehand which fields are asked for: the
// template without "table" in front; *is_table says that it was.
const char *list_template(struct arena *arena, const struct list_style *style, bool *is_table);

enum { EXIT_FORMAT = 64 }; // a template that is none
// One value by a template, or "json" as one line. `name` is the template's, for errors. Gives the
// exit status; what was wrong is said already.
int object_print(struct cli *cli, const char *name, const char *format, struct value value);
// Appends what the template says of a struct, as `docker inspect` does it: where the struct has no
// such field, all is looked up in its JSON, where a key that is missing is an error.
[[nodiscard]] int object_format(const struct template *template, const struct json_field *fields,
                                const void *from, const char *type, struct buf *out,
                                struct err *err);

// --filter's words as a request has them: cli->err and < 0 when one is not key=value.
[[nodiscard]] int filters_of(struct cli *cli, const struct words *words, const char **out);

// --- align.c ---
// Lines with tabs between cells become columns, as Go's tabwriter with docker's settings has it: at
// least ten wide, three blanks between. Columns end where a line has no such cell.
void align_columns(struct buf *out, const char *text);
// The same, so wide at least.
void align_columns_at_least(struct buf *out, const char *text, size_t least);
