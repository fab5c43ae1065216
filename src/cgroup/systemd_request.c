// SPDX-License-Identifier: Apache-2.0
// systemd_request.c — the tables of the two documents.
#include "cgroup/systemd_request.h"

static const char *const verbs[] = {"start", "set", "stop", NULL};
static const struct json_field property_fields[] = {
    JSON_FIELD(struct systemd_property, name, JSON_REQUIRED),
    JSON_FIELD(struct systemd_property, value, JSON_REQUIRED),
    {},
};
const struct json_field systemd_request_fields[] = {
    JSON_WORD(struct systemd_request, verb, verbs, JSON_REQUIRED),
    JSON_FIELD(struct systemd_request, user, JSON_OPTIONAL),
    JSON_FIELD(struct systemd_request, unit, JSON_REQUIRED),
    JSON_FIELD(struct systemd_request, slice, JSON_OPTIONAL),
    JSON_FIELD(struct systemd_request, description, JSON_OPTIONAL),
    JSON_FIELD(struct systemd_request, pid, JSON_OPTIONAL),
    JSON_LIST(struct systemd_request, properties, property_fields, JSON_OPTIONAL),
    {},
};
const struct json_field systemd_answer_fields[] = {
    JSON_FIELD(struct systemd_answer, error, JSON_OPTIONAL),
    JSON_FIELD(struct systemd_answer, kind, JSON_OPTIONAL),
    JSON_FIELD(struct systemd_answer, controlGroup, JSON_OPTIONAL),
    {},
};
