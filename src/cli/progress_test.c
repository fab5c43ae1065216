// SPDX-License-Identifier: Apache-2.0
// progress_test.c — what the operations say, as bytes for a log and as a picture on a small screen.
#include "base/mem.h"
#include "base/test.h"
#include "cli/progress.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

// --- a screen that knows the escapes that are used ---

enum { SCREEN_ROWS = 40, SCREEN_COLUMNS = 160 };

struct screen {
    size_t rows, columns;            // of the terminal
    char cells[400][SCREEN_COLUMNS]; // all lines since the start; the last `rows` are seen
    size_t top, y, x;
};

static void line_feed(struct screen *screen)
{
    screen->y++;
    if (screen->y - screen->top >= screen->rows)
        screen->top = screen->y - screen->rows + 1;
}

// "\x1b[NA", "\x1b[NB", "\x1b[2K", "\x1b[J"; gives its last letter.
static const char *escape(struct screen *screen, const char *at)
{
    size_t n = 0;
    for (at += 2; *at >= '0' && *at <= '9'; at++)
        n = n * 10 + (size_t)(*at - '0');
    if (*at == 'A')
        screen->y = screen->y - screen->top < n ? screen->top : screen->y - n;
    else if (*at == 'B')
        screen->y += n;
    else if (*at == 'K')
        memset(screen->cells[screen->y], ' ', screen->columns);
    else if (*at == 'J')
        memset(screen->cells[screen->y], ' ', sizeof screen->cells - screen->y * SCREEN_COLUMNS);
    else
        abort();
    return at;
}

static void screen_write(struct screen *screen, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\x1b') {
            text = escape(screen, text);
        } else if (*text == '\n') {
            screen->x = 0;
            line_feed(screen);
        } else if (*text == '\r') {
            screen->x = 0;
        } else {
            if (screen->x == screen->columns) { // what a terminal does with a line too long
                screen->x = 0;
                line_feed(screen);
            }
            screen->cells[screen->y][screen->x++] = *text;
        }
    }
}

// A line without the blanks at its end.
static const char *screen_line(struct screen *screen, size_t y)
{
    static char text[SCREEN_COLUMNS + 1];
    memcpy(text, screen->cells[y], SCREEN_COLUMNS);
    size_t n = SCREEN_COLUMNS;
    while (n != 0 && (text[n - 1] == ' ' || text[n - 1] == '\0'))
        n--;
    text[n] = '\0';
    return text;
}

// --- a view that writes into memory ---

static uint16_t test_rows, test_columns;
static bool test_size(uint16_t *rows, uint16_t *columns)
{
    *rows = test_rows;
    *columns = test_columns;
    return true;
}

static void view_open(struct progress_view *view, bool is_terminal, uint16_t rows, uint16_t columns)
{
    test_rows = rows;
    test_columns = columns;
    progress_view_init(view, memfd_create("progress", MFD_CLOEXEC));
    view->is_terminal = is_terminal;
    view->step_ms = 0;
    view->size = test_size;
}

// All that was written since the last time.
static const char *view_text(const struct progress_view *view)
{
    static char text[256 * 1024];
    ssize_t n = pread(view->fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    CHECK_INT(ftruncate(view->fd, 0), 0);
    CHECK_INT(lseek(view->fd, 0, SEEK_SET), 0);
    return text;
}

static void tell(struct progress_view *view, const char *id, const char *status, int64_t current,
                 int64_t total)
{
    const struct progress progress = {
        .id = id, .status = status, .current = current, .total = total};
    view->sink.say(view->sink.self, &progress);
}

static void view_close(struct progress_view *view)
{
    int fd = view->fd;
    progress_view_done(view);
    (void)close(fd);
}

TEST(a_log_has_a_line_for_each_state_and_none_for_numbers)
{
    struct progress_view view;
    view_open(&view, false, 0, 0);
    tell(&view, "latest", "Pulling from library/alpine", 0, 0);
    tell(&view, "aaaa", "Pulling fs layer", 0, 0);
    tell(&view, "bbbb", "Pulling fs layer", 0, 0);
    tell(&view, "bbbb", "Waiting", 0, 0);
    tell(&view, "bbbb", "Waiting", 0, 0);
    tell(&view, "aaaa", "Downloading", 10, 100);
    tell(&view, "aaaa", "Downloading", 100, 100);
    tell(&view, "aaaa", "Download complete", 0, 0);
    tell(&view, "aaaa", "Extracting", 100, 100);
    tell(&view, "aaaa", "Pull complete", 0, 0);
    tell(&view, NULL, "Digest: sha256:00", 0, 0);
    CHECK_STR(view_text(&view), "latest: Pulling from library/alpine\n"
                                "aaaa: Pulling fs layer\n"
                                "bbbb: Pulling fs layer\n"
                                "bbbb: Waiting\n"
                                "aaaa: Download complete\n"
                                "aaaa: Pull complete\n"
                                "Digest: sha256:00\n");
    view_close(&view);
}

TEST(a_terminal_has_a_line_for_each_layer)
{
    static struct screen screen;
    screen = (struct screen){.rows = 24, .columns = 80};
    struct progress_view view;
    view_open(&view, true, 24, 80);
    tell(&view, "latest", "Pulling from library/alpine", 0, 0);
    tell(&view, "aaaa", "Pulling fs layer", 0, 0);
    tell(&view, "bbbb", "Pulling fs layer", 0, 0);
    tell(&view, "aaaa", "Downloading", 1'234'567, 45'000'000);
    screen_write(&screen, view_text(&view));
    CHECK_STR(screen_line(&screen, 0), "latest: Pulling from library/alpine");
    CHECK_STR(screen_line(&screen, 1), "aaaa: Downloading  1.235MB/45MB");
    CHECK_STR(screen_line(&screen, 2), "bbbb: Pulling fs layer");
    tell(&view, "aaaa", "Pull complete", 0, 0);
    tell(&view, "bbbb", "Pull complete", 0, 0);
    tell(&view, NULL, "Digest: sha256:00", 0, 0);
    screen_write(&screen, view_text(&view));
    CHECK_STR(screen_line(&screen, 1), "aaaa: Pull complete");
    CHECK_STR(screen_line(&screen, 2), "bbbb: Pull complete");
    CHECK_STR(screen_line(&screen, 3), "Digest: sha256:00");
    CHECK_STR(screen_line(&screen, 4), "");
    view_close(&view);
}

TEST(a_wide_terminal_has_bars)
{
    static const struct {
        int64_t current, total;
        const char *line;
    } cases[] = {
        {1, 100,
         "a: Downloading [>                                                  ]       1B/100B"},
        {50, 100,
         "a: Downloading [=========================>                         ]      50B/100B"},
        {100, 100,
         "a: Downloading [==================================================>]     100B/100B"},
        {150, 100, "a: Downloading [==================================================>]     150B"},
        {1500, 0, "a: Downloading    1.5kB"},
    };
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        static struct screen screen;
        screen = (struct screen){.rows = 24, .columns = 120};
        struct progress_view view;
        view_open(&view, true, 24, 120);
        tell(&view, "a", "Downloading", cases[i].current, cases[i].total);
        screen_write(&screen, view_text(&view));
        CHECK_STR(screen_line(&screen, 0), cases[i].line);
        view_close(&view);
    }
}

TEST(on_a_narrow_terminal_lines_are_cut_and_stay_one_line_each)
{
    static struct screen screen;
    screen = (struct screen){.rows = 24, .columns = 12};
    struct progress_view view;
    view_open(&view, true, 24, 12);
    for (int i = 1; i < 9; i++) {
        tell(&view, "aaaa", "Downloading", i * INT64_C(1000), 9000);
        tell(&view, "bbbb", "Extracting", i * INT64_C(1000), 9000);
    }
    screen_write(&screen, view_text(&view));
    CHECK_STR(screen_line(&screen, 0), "aaaa: Downlo");
    CHECK_STR(screen_line(&screen, 1), "bbbb: Extrac");
    CHECK_STR(screen_line(&screen, 2), "");
    view_close(&view);
}

TEST(a_terminal_that_gets_narrower_has_every_layer_once)
{
    static struct screen screen;
    screen = (struct screen){.rows = 24, .columns = 20};
    struct progress_view view;
    view_open(&view, true, 24, 50);
    tell(&view, NULL, "before", 0, 0);
    tell(&view, "aaaa", "Downloading from far away", 1000, 9000);
    tell(&view, "bbbb", "Waiting", 0, 0);
    (void)view_text(&view);
    // The terminal has broken what was there anew.
    screen_write(&screen, "before\naaaa: Downloading from far away      1kB/9kB\nbbbb: Waiting\n");
    CHECK_INT(screen.y, 5);
    test_columns = 20;
    tell(&view, "bbbb", "Pull complete", 0, 0);
    screen_write(&screen, view_text(&view));
    CHECK_STR(screen_line(&screen, 0), "before");
    CHECK_STR(screen_line(&screen, 1), "aaaa: Downloading fr");
    CHECK_STR(screen_line(&screen, 2), "bbbb: Pull complete");
    CHECK_STR(screen_line(&screen, 3), "");
    CHECK_INT(screen.y, 3);
    view_close(&view);
}

TEST(more_layers_than_rows_end_up_on_the_screen_once_each)
{
    static struct screen screen;
    screen = (struct screen){.rows = 6, .columns = 40};
    struct progress_view view;
    char id[16];
    view_open(&view, true, 6, 40);
    for (int i = 0; i < 20; i++) {
        snprintf(id, sizeof id, "id%02d", i);
        tell(&view, id, "Pulling fs layer", 0, 0);
    }
    screen_write(&screen, view_text(&view));
    CHECK_STR(screen_line(&screen, screen.y - 1), "\xe2\x80\xa6 16 more");
    for (int i = 19; i >= 0; i--) {
        snprintf(id, sizeof id, "id%02d", i);
        tell(&view, id, "Downloading", 10, 20);
        tell(&view, id, "Pull complete", 0, 0);
    }
    tell(&view, NULL, "Status: done", 0, 0);
    screen_write(&screen, view_text(&view));
    CHECK_INT(screen.y, 21);
    CHECK_STR(screen_line(&screen, 20), "Status: done");
    for (int i = 0; i < 20; i++) {
        size_t n = 0;
        snprintf(id, sizeof id, "id%02d", i);
        for (size_t y = 0; y < 20; y++) {
            n += strstr(screen_line(&screen, y), id) != NULL;
            CHECK_HAS(screen_line(&screen, y), "Pull complete");
        }
        CHECK_INT(n, 1);
    }
    view_close(&view);
}

TEST(a_registry_cannot_move_the_cursor)
{
    struct progress_view view;
    view_open(&view, false, 0, 0);
    tell(&view, NULL, "Status: \x1b[2J\x07name", 0, 0);
    CHECK_STR(view_text(&view), "Status: ?[2J?name\n");
    view_close(&view);
}
