// SPDX-License-Identifier: Apache-2.0
// progress.c — one line for each layer, changed in place.
//
// The lines are a block above the cursor, which is always at the start of the line below it: a
// program that is killed leaves a usable screen. Docker goes up and down over as many lines as it
// has, which is wrong as soon as these are more than the screen has, are wider than it, or it is
// resized. Here a line is cut at the right edge; when the block does not fit, lines that are done
// move above it and stay there, and the last line says how many more there are; after a resize the
// block is drawn anew, from the row where its first line has come to be.
#include "cli/progress.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/terminal.h"

#include <string.h>
#include <unistd.h>

enum {
    OUT_MAX = 1024 * 1024,
    TEXT_MAX = 2000, // of a line
    BAR_MARKS = 50,
    BAR_COLUMNS = 110, // docker draws bars on terminals that are wider than this
};

struct progress_line {
    char *id, *status;
    int64_t current, total;
    bool counts_seconds, is_done;
    int64_t drawn_ms;
    size_t width; // columns that it takes on the screen
};

static void say(void *self, const struct progress *progress);

void progress_view_init(struct progress_view *view, int fd)
{
    *view = (struct progress_view){
        .fd = fd,
        .is_terminal = isatty(fd) != 0,
        .step_ms = PROGRESS_STEP_MS,
        .size = terminal_size,
        .sink = {.say = say, .self = view},
    };
    buf_init(&view->out, OUT_MAX);
}

// --- text ---

// What comes from a registry must not move the cursor.
static void add_plain(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++)
        buf_char(out, (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

static void add_bar(struct buf *out, const struct progress_line *line)
{
    int marks = (int)((double)line->current / (double)line->total * 100) / 2;
    marks = marks > BAR_MARKS ? BAR_MARKS : marks;
    buf_char(out, '[');
    for (int i = 0; i < marks; i++)
        buf_char(out, '=');
    buf_printf(out, ">%*s] ", BAR_MARKS - marks, "");
}

static void add_numbers(struct buf *out, const struct progress_line *line, uint16_t columns)
{
    if (line->current <= 0 && line->total <= 0)
        return;
    buf_char(out, ' ');
    if (line->total > 0 && columns > BAR_COLUMNS)
        add_bar(out, line);
    if (line->counts_seconds) {
        buf_printf(out, "%jd s", (intmax_t)line->current);
        return;
    }
    AUTO_ARENA struct arena arena = {};
    buf_printf(out, "%8s", size_words_4(&arena, (uint64_t)line->current));
    if (line->total >= line->current && line->total > 0)
        buf_printf(out, "/%s", size_words_4(&arena, (uint64_t)line->total));
}

// Appends at most `columns` characters of the text; gives how many.
static size_t add_cut(struct buf *out, const char *text, size_t columns)
{
    size_t width = 0;
    const char *at = text;
    for (; *at != '\0'; at++) {
        bool starts = (*at & 0xc0) != 0x80;
        if (starts && width == columns)
            break;
        width += starts;
    }
    buf_add(out, text, (size_t)(at - text));
    return width;
}

static void add_line(struct progress_view *view, struct progress_line *line)
{
    AUTO_BUF struct buf text;
    buf_init(&text, TEXT_MAX);
    add_plain(&text, line->id);
    buf_text(&text, ": ");
    // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it loses sight of what let_go_of_done moves
    add_plain(&text, line->status);
    add_numbers(&text, line, view->columns);
    line->width = add_cut(&view->out, buf_get(&text), view->columns);
    line->drawn_ms = monotonic_ms();
}

static void flush(struct progress_view *view)
{
    // A screen that has gone is no reason to stop the work.
    (void)write_all(view->fd, buf_get(&view->out), view->out.n);
    buf_clear(&view->out);
}

// --- the block ---

// The cursor to where the block starts, and nothing from there on.
static void erase_block(struct progress_view *view)
{
    size_t up = view->n_hidden;
    for (size_t i = 0; i + view->n_hidden < view->n_drawn; i++) {
        size_t width = view->lines[i].width;
        up += width > view->columns ? (width + view->columns - 1) / view->columns : 1;
    }
    if (up != 0)
        buf_printf(&view->out, "\x1b[%zuA", up);
    buf_text(&view->out, "\r\x1b[J");
    view->n_drawn = view->n_hidden = 0;
}

static void free_line(struct progress_line *line)
{
    free(TAKE_PTR(line->id));
    free(TAKE_PTR(line->status));
}

// Lines that are done become history, above the block.
static void let_go_of_done(struct progress_view *view)
{
    size_t n = 0;
    for (size_t i = 0; i < view->n_lines; i++) {
        if (!view->lines[i].is_done) {
            view->lines[n++] = view->lines[i];
            continue;
        }
        add_line(view, &view->lines[i]);
        buf_char(&view->out, '\n');
        free_line(&view->lines[i]);
    }
    view->n_lines = n;
}

static void draw_block(struct progress_view *view)
{
    size_t room = view->rows > 2 ? (size_t)view->rows - 1 : 1;
    erase_block(view);
    if (view->n_lines > room)
        let_go_of_done(view);
    size_t shown = view->n_lines <= room ? view->n_lines : room - 1;
    for (size_t i = 0; i < shown; i++) {
        add_line(view, &view->lines[i]);
        buf_char(&view->out, '\n');
    }
    view->n_hidden = shown < view->n_lines;
    if (view->n_hidden != 0)
        buf_printf(&view->out, "… %zu more\n", view->n_lines - shown);
    view->n_drawn = shown + view->n_hidden;
}

static void draw_line(struct progress_view *view, size_t i)
{
    size_t up = view->n_drawn - i;
    buf_printf(&view->out, "\x1b[%zuA\r\x1b[2K", up);
    add_line(view, &view->lines[i]);
    buf_printf(&view->out, "\r\x1b[%zuB", up);
}

// The block as it ended becomes history.
static void end_block(struct progress_view *view)
{
    if (view->n_hidden != 0) {
        erase_block(view);
        for (size_t i = 0; i < view->n_lines; i++) {
            add_line(view, &view->lines[i]);
            buf_char(&view->out, '\n');
        }
    }
    for (size_t i = 0; i < view->n_lines; i++)
        free_line(&view->lines[i]);
    view->n_lines = view->n_drawn = view->n_hidden = 0;
}

// --- what is said ---

static bool is_last_word(const char *status)
{
    static const char *const words[] = {"Pull complete",        "Already exists", "Pushed",
                                        "Layer already exists", "Mounted from",   "Loaded"};
    for (size_t i = 0; i < N_ELEMENTS(words); i++) {
        if (text_starts(status, words[i]))
            return true;
    }
    return false;
}

static size_t find_line(struct progress_view *view, const char *id)
{
    for (size_t i = 0; i < view->n_lines; i++) {
        if (strcmp(view->lines[i].id, id) == 0)
            return i;
    }
    if (view->n_lines == PROGRESS_LINES_MAX)
        end_block(view);
    if ((view->n_lines & (view->n_lines - 1)) == 0)
        view->lines = xreallocarray(view->lines, view->n_lines != 0 ? view->n_lines * 2 : 1,
                                    sizeof *view->lines);
    view->lines[view->n_lines] = (struct progress_line){.id = xstrdup(id), .status = xstrdup("")};
    return view->n_lines++;
}

// The line has another status than before.
static bool update_line(struct progress_line *line, const struct progress *progress)
{
    bool is_new = strcmp(line->status, progress->status) != 0;
    if (is_new) {
        free(line->status);
        line->status = xstrdup(progress->status);
    }
    line->current = progress->current;
    line->total = progress->total;
    line->counts_seconds = text_equal(progress->units, "s");
    line->is_done = is_last_word(progress->status);
    return is_new;
}

static void show_on_terminal(struct progress_view *view, size_t i, bool is_new_state)
{
    uint16_t rows = 0, columns = 0;
    if (!view->size(&rows, &columns)) {
        rows = 24;
        columns = 80;
    }
    bool is_resized = rows != view->rows || columns != view->columns;
    view->rows = rows;
    view->columns = columns;
    struct progress_line *line = &view->lines[i];
    bool is_on_screen = i + view->n_hidden < view->n_drawn;
    if (is_resized || (!is_on_screen && view->n_hidden == 0) ||
        (is_new_state && view->n_hidden != 0))
        draw_block(view);
    else if (is_on_screen && (is_new_state || monotonic_ms() - line->drawn_ms >= view->step_ms))
        draw_line(view, i);
}

// A sentence: with an id when it is about something.
static void show_sentence(struct progress_view *view, const struct progress *progress)
{
    end_block(view);
    if (progress->id != NULL) {
        add_plain(&view->out, progress->id);
        buf_text(&view->out, ": ");
    }
    add_plain(&view->out, progress->status);
    buf_char(&view->out, '\n');
}

static void say(void *self, const struct progress *progress)
{
    struct progress_view *view = self;
    if (progress->status == NULL) // for programs only
        return;
    bool is_sentence = progress->id == NULL || text_starts(progress->status, "Pulling from");
    if (is_sentence) {
        show_sentence(view, progress);
        flush(view);
        return;
    }
    size_t i = find_line(view, progress->id);
    bool is_new_state = update_line(&view->lines[i], progress);
    if (view->is_terminal) {
        show_on_terminal(view, i, is_new_state);
    } else if (is_new_state && progress->current <= 0 && progress->total <= 0) {
        view->columns = TEXT_MAX;
        add_line(view, &view->lines[i]);
        buf_char(&view->out, '\n');
    }
    flush(view);
}

void progress_view_done(struct progress_view *view)
{
    end_block(view);
    flush(view);
    free(view->lines);
    view->lines = NULL;
    buf_done(&view->out);
}
