// SPDX-License-Identifier: Apache-2.0
// systemd_request.h — what the runtime asks of dhow-systemd-cgroup, one JSON document on its
// standard input, and what it answers on its standard output.
#pragma once
#include "json/bind.h"

enum systemd_verb { SYSTEMD_START, SYSTEMD_SET, SYSTEMD_STOP };

struct systemd_property {
    const char *name, *value; // the value as systemd_value.h has it
};
struct systemd_request {
    int verb;                        // enum systemd_verb
    bool user;                       // the user's systemd, not the system's
    const char *unit;                // "docker-1234.scope"
    const char *slice, *description; // start
    int64_t pid;                     // start: the first process of the scope
    struct systemd_property *properties;
    size_t n_properties;
};
struct systemd_answer {
    const char *error;        // NULL: done
    int64_t kind;             // enum err_kind
    const char *controlGroup; // start: the scope's path in the hierarchy
};
extern const struct json_field systemd_request_fields[], systemd_answer_fields[];
