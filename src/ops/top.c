// SPDX-License-Identifier: Apache-2.0
// top.c — the JSON tables of the operation that lists processes.
#include "ops/top.h"

#include "ops/tables.h"

// clang-format off
const struct json_field container_top_parameters[] = {
    JSON_FIELD(struct container_top_request, id, JSON_REQUIRED),
    JSON_FIELD(struct container_top_request, ps_args, JSON_OPTIONAL),
    {},
};
static const struct json_field process_fields[] = {
    JSON_ARRAY_NAMED(struct top_process, columns, "", JSON_REQUIRED),
    {},
};
const struct json_field container_top_response_fields[] = {
    JSON_LIST_NAMED(struct container_top_response, processes, "Processes", process_fields, JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct container_top_response, titles, "Titles", JSON_ALWAYS),
    {},
};
