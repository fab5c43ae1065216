// SPDX-License-Identifier: Apache-2.0
// secret.c — the JSON tables of the secret operations.
#include "ops/secret.h"

// clang-format off
static const struct json_field driver_fields[] = {
    JSON_NAMED(struct secret_driver, name, "Name", JSON_REQUIRED),
    JSON_PAIRS_NAMED(struct secret_driver, options, "Options", JSON_OPTIONAL),
    {},
};
static const struct json_field spec_fields[] = {
    JSON_NAMED(struct secret_spec, name, "Name", JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct secret_spec, labels, "Labels", JSON_ALWAYS),
    JSON_BEHIND_NAMED(struct secret_spec, driver, "Driver", driver_fields, JSON_OPTIONAL),
    JSON_NAMED(struct secret_spec, data, "Data", JSON_OPTIONAL),
    {},
};
const struct json_field secret_create_parameters[] = {
    JSON_FIELD(struct secret_create_request, replace, JSON_OPTIONAL),
    {},
};
const struct json_field secret_create_body[] = {
    {.name = "", .offset = offsetof(struct secret_create_request, spec), .kind = JSON_STRUCT, .fields = spec_fields},
    {},
};
const struct json_field secret_create_response_fields[] = {
    JSON_NAMED(struct secret_create_response, id, "ID", JSON_ALWAYS),
    {},
};
const struct json_field secret_reference_parameters[] = {
    JSON_FIELD(struct secret_reference, id, JSON_REQUIRED),
    JSON_NAMED(struct secret_reference, show, "showsecret", JSON_OPTIONAL),
    {},
};
const struct json_field secret_info_fields[] = {
    JSON_NAMED(struct secret_info, id, "ID", JSON_ALWAYS),
    JSON_NAMED(struct secret_info, created_at, "CreatedAt", JSON_ALWAYS),
    JSON_NAMED(struct secret_info, updated_at, "UpdatedAt", JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct secret_info, spec, "Spec", spec_fields, JSON_ALWAYS),
    {},
};
const struct json_field secret_list_parameters[] = {
    JSON_FIELD(struct secret_list_request, filters, JSON_OPTIONAL),
    {},
};
const struct json_field secret_list_response_fields[] = {
    JSON_LIST_NAMED(struct secret_list_response, secrets, "", secret_info_fields, JSON_ALWAYS),
    {},
};
