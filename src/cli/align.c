// SPDX-License-Identifier: Apache-2.0
// align.c — columns, spaced as docker's are.
//
// A column is a run of lines that have a cell there with a tab behind it; the text behind a line's
// last tab belongs to no column and is not filled up.
#include "base/mem.h"
#include "base/str.h"
#include "cli/format.h"

#include <string.h>

enum { PADDING = 3, WIDTH_MIN = 10 };

struct line {
    struct str *cells;
    size_t *widths; // of the columns
    size_t n;
};

// Characters, not bytes: what is cut short ends in "…".
static size_t width_of(struct str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += (text.at[i] & 0xc0) != 0x80;
    return n;
}

static size_t count(struct str text, char c)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.at[i] == c;
    return n;
}

static struct line cut_line(struct arena *arena, struct str *rest)
{
    struct str text = str_cut(rest, '\n');
    struct line line = {.n = count(text, '\t') + 1};
    line.cells = arena_array(arena, line.n, sizeof *line.cells);
    line.widths = arena_array(arena, line.n, sizeof *line.widths);
    for (size_t i = 0; i < line.n; i++)
        line.cells[i] = str_cut(&text, '\t');
    return line;
}

static bool has_column(const struct line *line, size_t column)
{
    return column + 1 < line->n;
}

// The run of lines from `first` on that have the column; gives the line behind it.
static size_t measure_run(struct line *lines, size_t n, size_t first, size_t column, size_t least)
{
    size_t width = least, end = first;
    for (; end < n && has_column(&lines[end], column); end++) {
        size_t wanted = width_of(lines[end].cells[column]) + PADDING;
        width = wanted > width ? wanted : width;
    }
    for (size_t i = first; i < end; i++)
        lines[i].widths[column] = width;
    return end;
}

// Each line measures the runs that begin with it.
static void measure(struct line *lines, size_t n, size_t least)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t column = 0; has_column(&lines[i], column); column++) {
            if (i == 0 || !has_column(&lines[i - 1], column))
                (void)measure_run(lines, n, i, column, least);
        }
    }
}

void align_columns(struct buf *out, const char *text)
{
    align_columns_at_least(out, text, WIDTH_MIN);
}

void align_columns_at_least(struct buf *out, const char *text, size_t least)
{
    AUTO_ARENA struct arena arena = {};
    struct str rest = str_of(text);
    size_t n = 0, n_lines = count(rest, '\n') + 1;
    struct line *lines = arena_array(&arena, n_lines, sizeof *lines);
    while (rest.n != 0)
        lines[n++] = cut_line(&arena, &rest);
    measure(lines, n, least);
    for (size_t i = 0; i < n; i++) {
        for (size_t column = 0; column < lines[i].n; column++) {
            struct str cell = lines[i].cells[column];
            buf_add(out, cell.at, cell.n);
            for (size_t width = width_of(cell); width < lines[i].widths[column]; width++)
                buf_char(out, ' ');
        }
        buf_char(out, '\n');
    }
}
