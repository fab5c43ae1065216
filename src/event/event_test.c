// SPDX-License-Identifier: Apache-2.0
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "event/event.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct told {
    struct buf text;
    size_t n, enough;
};

static bool hear(void *self, const struct event *event)
{
    struct told *told = self;
    buf_printf(&told->text, "%s %s %s", event->type, event->action, event->actor.id);
    for (size_t i = 0; i < event->actor.n_attributes; i++)
        buf_printf(&told->text, " %s=%s", event->actor.attributes[i].key,
                   event->actor.attributes[i].value);
    buf_char(&told->text, '\n');
    return ++told->n != told->enough;
}

static int temporary(void)
{
    char path[] = "/tmp/dhow-event-XXXXXX";
    CHECK(mkdtemp(path) != NULL);
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(dir >= 0);
    return dir;
}

static void forget(int dir)
{
    (void)unlinkat(dir, "events/current.jsonl", 0);
    (void)unlinkat(dir, "events/previous.jsonl", 0);
    (void)unlinkat(dir, "events", AT_REMOVEDIR);
    char path[40], target[256];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", dir);
    ssize_t n = readlink(path, target, sizeof target - 1);
    CHECK(n > 0);
    target[n] = '\0';
    CHECK(rmdir(target) == 0);
    (void)close(dir);
}

static void read_past(int dir, struct told *told)
{
    struct err err;
    buf_init(&told->text, (size_t)64 * 1024 * 1024);
    const struct event_reading reading = {
        .since_ns = 1, .until_ns = now_ns(), .hang_up = -1, .one = hear, .self = told};
    CHECK(events_read(dir, EVENTS_IN_ROOT, &reading, &err) == 0);
}

static void append(int dir, const char *text)
{
    AUTO_FD int fd = openat(dir, "events/current.jsonl", O_WRONLY | O_APPEND);
    CHECK(fd >= 0 && write_all(fd, text, strlen(text)) == 0);
}

TEST(an_event_is_told_with_the_actors_attributes_and_then_its_own)
{
    int dir = temporary();
    const struct json_pair more[] = {{"exitCode", "137"}, {"quote", "a \"b\"\n"}};
    event_write(dir, EVENTS_IN_ROOT,
                &(struct event_note){.type = "container",
                                     .action = "die",
                                     .id = "0123",
                                     .actor = "{\"image\":\"alpine\",\"name\":\"web\"}",
                                     .attributes = more,
                                     .n_attributes = N_ELEMENTS(more)});
    event_write(dir, EVENTS_IN_ROOT,
                &(struct event_note){.type = "image", .action = "prune", .id = "", .actor = "{}"});
    struct told told = {};
    read_past(dir, &told);
    CHECK_STR(buf_get(&told.text), "container die 0123 image=alpine name=web exitCode=137 "
                                   "quote=a \"b\"\n\nimage prune \n");
    buf_done(&told.text);
    forget(dir);
}

TEST(a_torn_line_costs_no_other_event)
{
    int dir = temporary();
    const struct event_note note = {.type = "container", .action = "start", .id = "a"};
    event_write(dir, EVENTS_IN_ROOT, &note);
    append(dir, "\n{\"Type\":\"container\",\"Action\":\"di");
    event_write(dir, EVENTS_IN_ROOT, &note);
    struct told told = {};
    read_past(dir, &told);
    CHECK_STR(buf_get(&told.text), "container start a\ncontainer start a\n");
    buf_done(&told.text);
    forget(dir);
}

TEST(labels_that_are_too_long_are_left_out_and_the_event_is_not)
{
    int dir = temporary();
    AUTO_FREE char *label = xmalloc(EVENT_MAX + 1);
    memset(label, 'x', EVENT_MAX);
    label[EVENT_MAX] = '\0';
    const struct json_pair pairs[] = {{"long", label}, {"name", "web"}};
    event_write(dir, EVENTS_IN_ROOT,
                &(struct event_note){.type = "container",
                                     .action = "create",
                                     .id = "a",
                                     .attributes = pairs,
                                     .n_attributes = N_ELEMENTS(pairs)});
    struct told told = {};
    read_past(dir, &told);
    CHECK_STR(buf_get(&told.text), "container create a name=web\n");
    buf_done(&told.text);
    forget(dir);
}

TEST(history_is_bounded_and_goes_on_over_a_rotation)
{
    enum { MANY = 12'000, LONG = 1000 };
    int dir = temporary();
    char text[LONG];
    memset(text, 'x', sizeof text);
    text[LONG - 1] = '\0';
    for (int i = 0; i < MANY; i++) {
        AUTO_FREE char *id = str_printf("%d", i);
        event_write(dir, EVENTS_IN_ROOT,
                    &(struct event_note){.type = text, .action = "pull", .id = id});
    }
    struct stat current, previous;
    CHECK(fstatat(dir, "events/current.jsonl", &current, 0) == 0);
    CHECK(fstatat(dir, "events/previous.jsonl", &previous, 0) == 0);
    CHECK(current.st_size + previous.st_size <= 2 * EVENTS_FILE_MAX + EVENT_MAX);
    struct told told = {};
    read_past(dir, &told);
    CHECK(told.n >= 3500); // the newest, one after the other
    const char *at = strstr(buf_get(&told.text), "pull ");
    long first = strtol(at + 5, NULL, 10), expected = first;
    for (; at != NULL; at = strstr(at + 1, "pull "))
        CHECK(strtol(at + 5, NULL, 10) == expected++);
    CHECK(expected == MANY);
    buf_done(&told.text);
    forget(dir);
}

TEST(a_reader_that_has_enough_is_told_no_more)
{
    int dir = temporary();
    for (int i = 0; i < 5; i++)
        event_write(dir, EVENTS_IN_ROOT,
                    &(struct event_note){.type = "volume", .action = "create", .id = "v"});
    struct told told = {.enough = 2};
    read_past(dir, &told);
    CHECK(told.n == 2);
    buf_done(&told.text);
    forget(dir);
}
