// SPDX-License-Identifier: Apache-2.0
// event.h — what happened: one append-only file that whoever acts writes and anybody can follow.
//
//     <data root>/events/current.jsonl    one JSON object a line, docker's shape
//     <data root>/events/previous.jsonl   what current was before it grew to EVENTS_FILE_MAX
//
// Theory. There is no daemon to ask, so the order of events is the order of the file: each is one
// append of one write(2), which the kernel does not mix with another's. Nothing is synced and
// nothing is locked: an event costs some microseconds, and one that cannot be written (a full disk)
// is lost, never the deed that it tells of. A line begins with a line end, too: who was killed, or
// met the disk's end, in the middle of one has left a line that is no JSON, and the next writer's
// starts on a line of its own; readers skip empty lines and what they cannot read. The file
// outlives a boot, and so does the order.
//
// Rotation: the writer that finds the file too big renames it, holding a lock on it, once. Who had
// it open at that moment still appends there; a follower reads on in both.
#pragma once
#include "json/bind.h"

enum {
    EVENT_MAX = 64 * 1024,             // bytes of one line
    EVENTS_FILE_MAX = 4 * 1024 * 1024, // where a file is full; one more is kept
};
// The file seen from the data root and from a container's directory.
#define EVENTS_IN_ROOT        "events"
#define EVENTS_FROM_CONTAINER "../../events"

// --- writing (write.c: no JSON parser comes with it) ---
struct event_note {
    const char *type, *action, *id; // "container", "die", whom it happened to
    // The actor's attributes: those that are JSON already, {"image":"alpine","name":"web"} (or
    // NULL), and then these. What makes the line longer than EVENT_MAX is left out.
    const char *actor;
    const struct json_pair *attributes;
    size_t n_attributes;
};
// Appends one event with the time of now. `events` is the directory's path as seen from `dir`; it
// is made when it is missing.
void event_write(int dir, const char *events, const struct event_note *note);

// --- reading (read.c) ---
struct event_actor {
    const char *id;
    struct json_pair *attributes;
    size_t n_attributes;
};
struct event {
    const char *type, *action;
    struct event_actor actor;
    const char *scope; // "local"
    int64_t time, time_nano;
};
extern const struct json_field event_fields[];

struct event_reading {
    int64_t since_ns, until_ns; // 0: none. Without both the past is not told.
    int hang_up;                // becomes readable or hangs up when nobody listens any more; or -1
    // Gets each event, in the file's order; it is valid for the call. false: enough.
    bool (*one)(void *self, const struct event *event);
    void *self;
};
// Tells the past from since_ns on, and then what happens until until_ns, hang_up or enough; without
// until_ns and hang_up for ever. 0 when it ended so.
[[nodiscard]] int events_read(int dir, const char *events, const struct event_reading *reading,
                              struct err *err);
