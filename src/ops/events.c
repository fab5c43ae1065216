// SPDX-License-Identifier: Apache-2.0
// events.c — the JSON tables of the operation that tells events.
#include "ops/events.h"

#include "ops/tables.h"

// clang-format off
const struct json_field system_events_parameters[] = {
    JSON_FIELD(struct system_events_request, since, JSON_OPTIONAL),
    JSON_FIELD(struct system_events_request, until, JSON_OPTIONAL),
    JSON_FIELD(struct system_events_request, filters, JSON_OPTIONAL),
    {},
};
