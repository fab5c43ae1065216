// SPDX-License-Identifier: Apache-2.0
// events.h — asking for what happened.
#pragma once
#include "event/event.h"

struct event_sink {
    // Called from the thread that called the operation; what it is given is valid for the call.
    // false: no more of them.
    bool (*say)(void *self, const struct event *event);
    void *self;
};
struct system_events_request {
    const char *since, *until; // moments as time_read has them; NULL: none
    const char *filters;
    const struct event_sink *sink;
    int hang_up; // in process: becomes readable, or hangs up, when nobody listens any more; or -1
};
