// SPDX-License-Identifier: Apache-2.0
// progress.h — what a long operation says while it works: docker's JSON messages as a struct.
//
// A request that takes long carries a `struct progress_sink`; no table names it. The command line
// draws the messages, the API server writes each as one line of JSON (trap 17: clients match the
// words).
#pragma once
#include "json/bind.h"

struct progress {
    const char *status;     // "Downloading", "Status: Image is up to date for alpine:latest"
    const char *id;         // of what: "a3ed95caeb02"; NULL: the operation as a whole
    int64_t current, total; // bytes (or seconds when `units` says so); 0: no number
    const char *units;      // "s", or NULL for bytes
    const char *aux;        // JSON text for programs: {"Tag":…,"Digest":…,"Size":…}; or NULL
};

struct progress_sink {
    // Called from the thread that called the operation; what it is given is valid for the call.
    void (*say)(void *self, const struct progress *progress);
    void *self;
};

// Says it when somebody listens; `sink` may be NULL.
static inline void progress_say(const struct progress_sink *sink, const struct progress *progress)
{
    if (sink != NULL)
        sink->say(sink->self, progress);
}
