// SPDX-License-Identifier: Apache-2.0
// checkpoint.c — the JSON tables of checkpoints.
#include "ops/checkpoint.h"

#include "ops/tables.h"

// clang-format off
const struct json_field checkpoint_create_parameters[] = {
    JSON_FIELD(struct checkpoint_create_request, id, JSON_REQUIRED),
    {},
};
const struct json_field checkpoint_create_body[] = {
    JSON_NAMED(struct checkpoint_create_request, checkpoint_id, "CheckpointID", JSON_REQUIRED),
    JSON_NAMED(struct checkpoint_create_request, checkpoint_dir, "CheckpointDir", JSON_OPTIONAL),
    JSON_NAMED(struct checkpoint_create_request, exit, "Exit", JSON_OPTIONAL),
    {},
};
const struct json_field checkpoint_parameters[] = {
    JSON_FIELD(struct checkpoint_reference, id, JSON_REQUIRED),
    JSON_FIELD(struct checkpoint_reference, checkpoint, JSON_OPTIONAL),
    JSON_FIELD(struct checkpoint_reference, dir, JSON_OPTIONAL),
    {},
};
static const struct json_field summary_fields[] = {
    JSON_NAMED(struct checkpoint_summary, name, "Name", JSON_REQUIRED),
    {},
};
const struct json_field checkpoint_list_fields[] = {
    JSON_LIST_NAMED(struct checkpoint_list_response, checkpoints, "", summary_fields, JSON_REQUIRED),
    {},
};
