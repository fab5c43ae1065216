// SPDX-License-Identifier: Apache-2.0
// image.c — the JSON tables of the image operations.
#include "ops/image.h"

#include "ops/tables.h"

// clang-format off
const struct json_field image_import_parameters[] = {
    JSON_FIELD(struct image_import_request, repo, JSON_REQUIRED),
    {},
};
const struct json_field image_import_response_fields[] = {
    JSON_FIELD(struct image_import_response, id, JSON_REQUIRED),
    {},
};
static const struct json_field summary_fields[] = {
    JSON_NAMED(struct image_summary, id, "Id", JSON_REQUIRED),
    JSON_ARRAY_NAMED(struct image_summary, repo_tags, "RepoTags", JSON_ALWAYS),
    JSON_NAMED(struct image_summary, created, "Created", JSON_ALWAYS),
    JSON_NAMED(struct image_summary, size, "Size", JSON_ALWAYS),
    JSON_NAMED(struct image_summary, containers, "Containers", JSON_ALWAYS),
    {},
};
const struct json_field image_list_response_fields[] = {
    JSON_LIST_NAMED(struct image_list_response, images, "", summary_fields, JSON_REQUIRED),
    {},
};
const struct json_field image_remove_parameters[] = {
    JSON_FIELD(struct image_remove_request, name, JSON_REQUIRED),
    JSON_FIELD(struct image_remove_request, force, JSON_OPTIONAL),
    {},
};
const struct json_field image_remove_response_fields[] = {
    JSON_ARRAY_NAMED(struct image_remove_response, done, "", JSON_REQUIRED),
    {},
};
