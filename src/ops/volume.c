// SPDX-License-Identifier: Apache-2.0
// volume.c — the JSON tables of the volume operations.
#include "ops/volume.h"

#include "ops/tables.h"

// clang-format off
static const struct json_field usage_fields[] = {
    JSON_NAMED(struct volume_usage, ref_count, "RefCount", JSON_ALWAYS),
    JSON_NAMED(struct volume_usage, size, "Size", JSON_ALWAYS),
    {},
};
const struct json_field volume_info_fields[] = {
    JSON_NAMED(struct volume_info, created_at, "CreatedAt", JSON_OPTIONAL),
    JSON_NAMED(struct volume_info, driver, "Driver", JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct volume_info, labels, "Labels", JSON_ALWAYS),
    JSON_NAMED(struct volume_info, mountpoint, "Mountpoint", JSON_ALWAYS),
    JSON_NAMED(struct volume_info, name, "Name", JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct volume_info, options, "Options", JSON_ALWAYS),
    JSON_NAMED(struct volume_info, scope, "Scope", JSON_ALWAYS),
    JSON_BEHIND_NAMED(struct volume_info, usage, "UsageData", usage_fields, JSON_OPTIONAL),
    {},
};
const struct json_field volume_create_body[] = {
    JSON_NAMED(struct volume_create_request, name, "Name", JSON_OPTIONAL),
    JSON_NAMED(struct volume_create_request, driver, "Driver", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct volume_create_request, options, "DriverOpts", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct volume_create_request, labels, "Labels", JSON_OPTIONAL),
    {},
};
const struct json_field volume_reference_parameters[] = {
    JSON_FIELD(struct volume_reference, name, JSON_REQUIRED),
    {},
};
const struct json_field volume_list_parameters[] = {
    JSON_FIELD(struct volume_list_request, filters, JSON_OPTIONAL),
    {},
};
const struct json_field volume_list_response_fields[] = {
    JSON_LIST_NAMED(struct volume_list_response, volumes, "Volumes", volume_info_fields, JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct volume_list_response, warnings, "Warnings", JSON_ALWAYS),
    {},
};
const struct json_field volume_remove_parameters[] = {
    JSON_FIELD(struct volume_remove_request, name, JSON_REQUIRED),
    JSON_FIELD(struct volume_remove_request, force, JSON_OPTIONAL),
    {},
};
const struct json_field volume_prune_parameters[] = {
    JSON_FIELD(struct volume_prune_request, filters, JSON_OPTIONAL),
    {},
};
const struct json_field volume_prune_response_fields[] = {
    JSON_ARRAY_NAMED(struct volume_prune_response, removed, "VolumesDeleted", JSON_ALWAYS),
    JSON_NAMED(struct volume_prune_response, space_reclaimed, "SpaceReclaimed", JSON_ALWAYS),
    {},
};
const struct json_field volume_update_parameters[] = {
    JSON_FIELD(struct volume_update_request, name, JSON_REQUIRED),
    {},
};
const struct json_field volume_update_body[] = {
    JSON_PAIRS_NAMED(struct volume_update_request, labels, "Labels", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct volume_update_request, remove_labels, "RemoveLabels", JSON_OPTIONAL),
    {},
};
const struct json_field volume_clone_parameters[] = {
    JSON_FIELD(struct volume_clone_request, name, JSON_REQUIRED),
    {},
};
const struct json_field volume_clone_body[] = {
    JSON_NAMED(struct volume_clone_request, target, "Name", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct volume_clone_request, labels, "Labels", JSON_OPTIONAL),
    JSON_NAMED(struct volume_clone_request, is_snapshot, "Snapshot", JSON_OPTIONAL),
    {},
};
const struct json_field volume_stream_parameters[] = {
    JSON_FIELD(struct volume_stream_request, name, JSON_REQUIRED),
    {},
};
const struct json_field container_mounts_parameters[] = {
    JSON_FIELD(struct container_mounts_request, id, JSON_REQUIRED),
    {},
};
const struct json_field container_mounts_body[] = {
    JSON_ARRAY_NAMED(struct container_mounts_request, remove, "Remove", JSON_OPTIONAL),
    JSON_LIST_NAMED(struct container_mounts_request, add, "Add", mount_request_fields, JSON_OPTIONAL),
    {},
};
