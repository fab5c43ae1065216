// SPDX-License-Identifier: Apache-2.0
// format.c — lists and objects through a template.
#include "cli/format.h"

#include "base/mem.h"
#include "base/str.h"
#include "ops/filters.h"

#include <stdio.h>
#include <string.h>

enum { OUTPUT_MAX = 256 * 1024 * 1024, OBJECT_MAX = 16 * 1024 * 1024 };

const char format_manual[] =
    "A \\fITEMPLATE\\fR is one of Go's (text/template): \\fB{{.Field}}\\fR is a value, and there "
    "are\n\\fBif\\fR, \\fBrange\\fR, \\fBwith\\fR, variables and pipes; of functions Go's own "
    "(\\fBindex\\fR, \\fBlen\\fR, \\fBprintf\\fR,\n\\fBeq\\fR and the like) and \\fBjson\\fR, "
    "\\fBsplit\\fR, \\fBjoin\\fR, \\fBtitle\\fR, \\fBlower\\fR, \\fBupper\\fR, \\fBpad\\fR and "
    "\\fBtruncate\\fR.\n\\fB{{json .}}\\fR shows all there is.\n";

// \t and \n are written as two characters, for a shell passes them on so.
static const char *unescape(struct arena *arena, struct str text)
{
    char *out = arena_alloc(arena, text.n + 1), *to = out;
    for (size_t i = 0; i < text.n; i++) {
        char next = i + 1 < text.n ? text.at[i + 1] : '\0';
        bool is_escape = text.at[i] == '\\' && (next == 't' || next == 'n');
        *to++ = is_escape ? (next == 't' ? '\t' : '\n') : text.at[i];
        i += is_escape;
    }
    return out;
}

const char *list_template(struct arena *arena, const struct list_style *style, bool *is_table)
{
    const char *format = style->format;
    *is_table = false;
    if (style->quiet != NULL)
        return style->quiet;
    if (text_is_empty(format))
        format = text_is_empty(style->configured) ? "table" : style->configured;
    if (strcmp(format, "json") == 0)
        return "{{json .}}";
    if (style->raw != NULL && strcmp(format, "raw") == 0)
        return style->raw;
    *is_table = text_starts(format, "table");
    struct str text = str_trim(str_of(format + (*is_table ? sizeof "table" - 1 : 0)));
    return *is_table && text.n == 0 ? style->columns : unescape(arena, text);
}

static int print_heads(const struct template *template, const struct row_type *type,
                       struct buf *out)
{
    struct err ignored; // as docker has it: then there is less of a heading
    int made = template_execute(template, value_of_headings(type), TEMPLATE_HEADS, out, &ignored);
    buf_char(out, '\n');
    return made;
}

static void write_out(const struct buf *text)
{
    (void)fwrite(buf_get(text), 1, text->n, stdout); // main looks whether all was written
}

int list_render(struct cli *cli, const struct row_type *type, const struct list_style *style,
                const struct list_rows *rows, struct buf *out)
{
    bool is_table;
    const char *text = list_template(&cli->arena, style, &is_table);
    struct template *template;
    AUTO_BUF struct buf lines;
    buf_init(&lines, OUTPUT_MAX);
    if (template_parse(&cli->arena, "", text, &template, &cli->err) < 0)
        return fail_in(&cli->err, "template parsing error");
    if (is_table)
        (void)print_heads(template, type, &lines);
    for (size_t i = 0; i < rows->n; i++) {
        struct value row = value_of_row(type, (const char *)rows->at + i * rows->size);
        if (template_execute(template, row, 0, &lines, &cli->err) < 0)
            return fail_in(&cli->err, "template parsing error");
        buf_char(&lines, '\n');
    }
    if (is_table)
        align_columns(out, buf_get(&lines));
    else
        buf_add(out, buf_get(&lines), lines.n);
    if (buf_check(&lines, "the list", &cli->err) < 0)
        return -1;
    return buf_check(out, "the table", &cli->err);
}

// NOLINTNEXTLINE(readability-function-size): six parameters, three of them one list
int list_print(struct cli *cli, const struct row_type *type, const struct list_style *style,
               const void *rows, size_t n, size_t size)
{
    AUTO_BUF struct buf text;
    buf_init(&text, OUTPUT_MAX);
    const struct list_rows all = {rows, n, size};
    if (style->quiet != NULL && !text_is_empty(style->format))
        fputs("WARNING: Ignoring custom format, because both --format and --quiet are set.\n",
              stderr);
    if (list_render(cli, type, style, &all, &text) < 0)
        return -1;
    write_out(&text);
    return 0;
}

int object_print(struct cli *cli, const char *name, const char *format, struct value value)
{
    struct template *template;
    AUTO_BUF struct buf out;
    buf_init(&out, OBJECT_MAX);
    if (strcmp(format, "json") == 0)
        format = "{{json .}}";
    if (template_parse(&cli->arena, name, format, &template, &cli->err) < 0) {
        (void)fail_in(&cli->err, "template parsing error");
        return cli_fail(cli, EXIT_FORMAT);
    }
    if (template_execute(template, value, 0, &out, &cli->err) < 0)
        return cli_fail(cli, 1);
    buf_char(&out, '\n');
    write_out(&out);
    return 0;
}

// NOLINTNEXTLINE(readability-function-size): six parameters, three of them one struct
int object_format(const struct template *template, const struct json_field *fields,
                  const void *from, const char *type, struct buf *out, struct err *err)
{
    size_t before = out->n;
    if (template_execute(template, value_of_struct(fields, from, type), 0, out, err) == 0)
        return 0;
    AUTO_ARENA struct arena arena = {};
    AUTO_BUF struct buf text;
    struct value raw;
    out->n = before;
    buf_init(&text, OBJECT_MAX);
    json_encode(&text, fields, from, JSON_COMPACT);
    if (buf_check(&text, "the object", err) < 0 ||
        value_of_json(&arena, buf_get(&text), text.n, VALUE_NUMBERS, &raw, err) < 0)
        return -1;
    if (template_execute(template, raw, TEMPLATE_STRICT, out, err) < 0)
        return fail_in(err, "template parsing error");
    return 0;
}

int filters_of(struct cli *cli, const struct words *words, const char **out)
{
    return filters_write(&cli->arena, words->at, words->n, out, &cli->err);
}
