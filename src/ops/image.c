// SPDX-License-Identifier: Apache-2.0
// image.c — the JSON tables of the image operations (Engine API: ImageSummary, ImageInspect, …).
#include "ops/image.h"

#include "ops/tables.h"

// clang-format off
const struct json_field registry_auth_fields[] = {
    JSON_FIELD(struct registry_auth, username, JSON_OPTIONAL),
    JSON_FIELD(struct registry_auth, password, JSON_OPTIONAL),
    JSON_FIELD(struct registry_auth, identitytoken, JSON_OPTIONAL),
    JSON_FIELD(struct registry_auth, registrytoken, JSON_OPTIONAL),
    JSON_FIELD(struct registry_auth, serveraddress, JSON_OPTIONAL),
    {},
};
const struct json_field image_platform_fields[] = {
    JSON_FIELD(struct image_platform, architecture, JSON_REQUIRED),
    JSON_FIELD(struct image_platform, os, JSON_REQUIRED),
    JSON_NAMED(struct image_platform, os_version, "os.version", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct image_platform, os_features, "os.features", JSON_OPTIONAL),
    JSON_FIELD(struct image_platform, variant, JSON_OPTIONAL),
    {},
};
const struct json_field image_descriptor_fields[] = {
    JSON_NAMED(struct image_descriptor, media_type, "mediaType", JSON_REQUIRED),
    JSON_FIELD(struct image_descriptor, digest, JSON_REQUIRED),
    JSON_FIELD(struct image_descriptor, size, JSON_REQUIRED),
    JSON_PAIRS(struct image_descriptor, annotations, JSON_OPTIONAL),
    JSON_BEHIND(struct image_descriptor, platform, image_platform_fields, JSON_OPTIONAL),
    JSON_NAMED(struct image_descriptor, artifact_type, "artifactType", JSON_OPTIONAL),
    {},
};

// --- for registries

const struct json_field image_pull_parameters[] = {
    JSON_NAMED(struct image_pull_request, from_image, "fromImage", JSON_REQUIRED),
    JSON_FIELD(struct image_pull_request, platform, JSON_OPTIONAL),
    {},
};
const struct json_field image_push_parameters[] = {
    JSON_FIELD(struct image_push_request, name, JSON_REQUIRED),
    JSON_FIELD(struct image_push_request, tag, JSON_OPTIONAL),
    JSON_FIELD(struct image_push_request, platform, JSON_OPTIONAL),
    {},
};
const struct json_field image_search_parameters[] = {
    JSON_FIELD(struct image_search_request, term, JSON_REQUIRED),
    JSON_FIELD(struct image_search_request, limit, JSON_OPTIONAL),
    JSON_FIELD(struct image_search_request, filters, JSON_OPTIONAL),
    {},
};
static const struct json_field search_result_fields[] = {
    JSON_FIELD(struct image_search_result, star_count, JSON_ALWAYS),
    JSON_FIELD(struct image_search_result, is_official, JSON_ALWAYS),
    JSON_FIELD(struct image_search_result, name, JSON_REQUIRED),
    JSON_FIELD(struct image_search_result, is_automated, JSON_ALWAYS),
    JSON_FIELD(struct image_search_result, description, JSON_ALWAYS),
    {},
};
const struct json_field image_search_response_fields[] = {
    JSON_LIST_NAMED(struct image_search_response, results, "", search_result_fields, JSON_REQUIRED),
    {},
};
const struct json_field system_auth_response_fields[] = {
    JSON_NAMED(struct system_auth_response, status, "Status", JSON_REQUIRED),
    JSON_NAMED(struct system_auth_response, identity_token, "IdentityToken", JSON_ALWAYS),
    {},
};
const struct json_field distribution_parameters[] = {
    JSON_FIELD(struct distribution_request, name, JSON_REQUIRED),
    {},
};
const struct json_field distribution_response_fields[] = {
    JSON_INSIDE_NAMED(struct distribution_response, descriptor, "Descriptor", image_descriptor_fields, JSON_REQUIRED),
    JSON_LIST_NAMED(struct distribution_response, platforms, "Platforms", image_platform_fields, JSON_ALWAYS),
    {},
};
const struct json_field manifest_get_parameters[] = {
    JSON_FIELD(struct manifest_get_request, name, JSON_REQUIRED),
    JSON_NAMED(struct manifest_get_request, is_insecure, "insecure", JSON_OPTIONAL),
    {},
};
const struct json_field manifest_get_response_fields[] = {
    JSON_INSIDE_NAMED(struct manifest_get_response, descriptor, "Descriptor", image_descriptor_fields, JSON_REQUIRED),
    JSON_NAMED(struct manifest_get_response, content, "Content", JSON_REQUIRED),
    {},
};
const struct json_field manifest_put_parameters[] = {
    JSON_FIELD(struct manifest_put_request, name, JSON_REQUIRED),
    JSON_NAMED(struct manifest_put_request, is_insecure, "insecure", JSON_OPTIONAL),
    {},
};
const struct json_field manifest_put_body[] = {
    JSON_NAMED(struct manifest_put_request, media_type, "MediaType", JSON_REQUIRED),
    JSON_NAMED(struct manifest_put_request, content, "Content", JSON_REQUIRED),
    JSON_ARRAY_NAMED(struct manifest_put_request, mount_from, "MountFrom", JSON_OPTIONAL),
    {},
};
const struct json_field manifest_put_response_fields[] = {
    JSON_NAMED(struct manifest_put_response, digest, "Digest", JSON_REQUIRED),
    {},
};

// --- the local store

const struct json_field image_import_parameters[] = {
    JSON_FIELD(struct image_import_request, repo, JSON_OPTIONAL),
    JSON_FIELD(struct image_import_request, message, JSON_OPTIONAL),
    JSON_FIELD(struct image_import_request, platform, JSON_OPTIONAL),
    JSON_ARRAY(struct image_import_request, changes, JSON_OPTIONAL),
    {},
};
const struct json_field image_import_response_fields[] = {
    JSON_FIELD(struct image_import_response, id, JSON_REQUIRED),
    {},
};
const struct json_field image_list_parameters[] = {
    JSON_FIELD(struct image_list_request, all, JSON_OPTIONAL),
    JSON_FIELD(struct image_list_request, filters, JSON_OPTIONAL),
    JSON_NAMED(struct image_list_request, shared_size, "shared-size", JSON_OPTIONAL),
    JSON_FIELD(struct image_list_request, manifests, JSON_OPTIONAL),
    {},
};
static const struct json_field sizes_fields[] = {
    JSON_NAMED(struct image_sizes, total, "Total", JSON_ALWAYS),
    JSON_NAMED(struct image_sizes, content, "Content", JSON_ALWAYS),
    {},
};
static const struct json_field manifest_fields[] = {
    JSON_NAMED(struct image_manifest, id, "ID", JSON_REQUIRED),
    JSON_INSIDE_NAMED(struct image_manifest, descriptor, "Descriptor", image_descriptor_fields, JSON_REQUIRED),
    JSON_NAMED(struct image_manifest, available, "Available", JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct image_manifest, sizes, "Size", sizes_fields, JSON_ALWAYS),
    JSON_NAMED(struct image_manifest, kind, "Kind", JSON_REQUIRED),
    JSON_NAMED(struct image_manifest, platform, "Platform", JSON_OPTIONAL),
    JSON_NAMED(struct image_manifest, attests, "For", JSON_OPTIONAL),
    JSON_NAMED(struct image_manifest, unpacked, "Unpacked", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct image_manifest, containers, "Containers", JSON_OPTIONAL),
    {},
};
const struct json_field image_summary_fields[] = {
    JSON_NAMED(struct image_summary, id, "Id", JSON_REQUIRED),
    JSON_NAMED(struct image_summary, parent_id, "ParentId", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct image_summary, repo_tags, "RepoTags", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct image_summary, repo_digests, "RepoDigests", JSON_ALWAYS),
    JSON_NAMED(struct image_summary, created, "Created", JSON_ALWAYS),
    JSON_NAMED(struct image_summary, size, "Size", JSON_ALWAYS),
    JSON_NAMED(struct image_summary, shared_size, "SharedSize", JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct image_summary, labels, "Labels", JSON_ALWAYS),
    JSON_NAMED(struct image_summary, containers, "Containers", JSON_ALWAYS),
    JSON_LIST_NAMED(struct image_summary, manifests, "Manifests", manifest_fields, JSON_OPTIONAL),
    JSON_INSIDE_NAMED(struct image_summary, descriptor, "Descriptor", image_descriptor_fields, JSON_ALWAYS),
    {},
};
const struct json_field image_list_response_fields[] = {
    JSON_LIST_NAMED(struct image_list_response, images, "", image_summary_fields, JSON_REQUIRED),
    {},
};
const struct json_field image_inspect_parameters[] = {
    JSON_FIELD(struct image_inspect_request, name, JSON_REQUIRED),
    JSON_FIELD(struct image_inspect_request, platform, JSON_OPTIONAL),
    JSON_FIELD(struct image_inspect_request, manifests, JSON_OPTIONAL),
    {},
};
static const struct json_field root_fs_fields[] = {
    JSON_NAMED(struct image_root_fs, type, "Type", JSON_REQUIRED),
    JSON_ARRAY_NAMED(struct image_root_fs, layers, "Layers", JSON_ALWAYS),
    {},
};
static const struct json_field metadata_fields[] = {
    JSON_NAMED(struct image_metadata, last_tag_time, "LastTagTime", JSON_ALWAYS),
    {},
};
static const struct json_field config_shown_fields[] = {
    JSON_NAMED(struct image_config_shown, user, "User", JSON_OPTIONAL),
    JSON_ANY_NAMED(struct image_config_shown, exposed_ports, "ExposedPorts", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct image_config_shown, env, "Env", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct image_config_shown, entrypoint, "Entrypoint", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct image_config_shown, cmd, "Cmd", JSON_OPTIONAL),
    JSON_ANY_NAMED(struct image_config_shown, volumes, "Volumes", JSON_OPTIONAL),
    JSON_NAMED(struct image_config_shown, working_dir, "WorkingDir", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct image_config_shown, labels, "Labels", JSON_OPTIONAL),
    JSON_NAMED(struct image_config_shown, stop_signal, "StopSignal", JSON_OPTIONAL),
    JSON_NAMED(struct image_config_shown, args_escaped, "ArgsEscaped", JSON_OPTIONAL),
    {.name = "Healthcheck", .offset = offsetof(struct image_config_shown, healthcheck), .kind = JSON_RAW},
    JSON_ARRAY_NAMED(struct image_config_shown, on_build, "OnBuild", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct image_config_shown, shell, "Shell", JSON_OPTIONAL),
    {},
};
const struct json_field image_inspection_fields[] = {
    JSON_NAMED(struct image_inspection, id, "Id", JSON_REQUIRED),
    JSON_ARRAY_NAMED(struct image_inspection, repo_tags, "RepoTags", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct image_inspection, repo_digests, "RepoDigests", JSON_ALWAYS),
    JSON_NAMED(struct image_inspection, comment, "Comment", JSON_OPTIONAL),
    JSON_NAMED(struct image_inspection, created, "Created", JSON_OPTIONAL),
    JSON_NAMED(struct image_inspection, author, "Author", JSON_OPTIONAL),
    {.name = "Config", .offset = offsetof(struct image_inspection, config), .kind = JSON_RAW, .flags = JSON_OPTIONAL,
     .fields = config_shown_fields, .size = sizeof(struct image_config_shown)},
    JSON_NAMED(struct image_inspection, architecture, "Architecture", JSON_ALWAYS),
    JSON_NAMED(struct image_inspection, variant, "Variant", JSON_OPTIONAL),
    JSON_NAMED(struct image_inspection, os, "Os", JSON_ALWAYS),
    JSON_NAMED(struct image_inspection, os_version, "OsVersion", JSON_OPTIONAL),
    JSON_NAMED(struct image_inspection, size, "Size", JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct image_inspection, root_fs, "RootFS", root_fs_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct image_inspection, metadata, "Metadata", metadata_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct image_inspection, descriptor, "Descriptor", image_descriptor_fields, JSON_ALWAYS),
    JSON_LIST_NAMED(struct image_inspection, manifests, "Manifests", manifest_fields, JSON_OPTIONAL),
    {},
};
const struct json_field image_history_parameters[] = {
    JSON_FIELD(struct image_history_request, name, JSON_REQUIRED),
    JSON_FIELD(struct image_history_request, platform, JSON_OPTIONAL),
    {},
};
static const struct json_field history_entry_fields[] = {
    JSON_NAMED(struct image_history_entry, id, "Id", JSON_REQUIRED),
    JSON_NAMED(struct image_history_entry, created, "Created", JSON_ALWAYS),
    JSON_NAMED(struct image_history_entry, created_by, "CreatedBy", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct image_history_entry, tags, "Tags", JSON_ALWAYS),
    JSON_NAMED(struct image_history_entry, size, "Size", JSON_ALWAYS),
    JSON_NAMED(struct image_history_entry, comment, "Comment", JSON_ALWAYS),
    {},
};
const struct json_field image_history_response_fields[] = {
    JSON_LIST_NAMED(struct image_history_response, entries, "", history_entry_fields, JSON_REQUIRED),
    {},
};
const struct json_field image_tag_parameters[] = {
    JSON_FIELD(struct image_tag_request, name, JSON_REQUIRED),
    JSON_FIELD(struct image_tag_request, repo, JSON_REQUIRED),
    JSON_FIELD(struct image_tag_request, tag, JSON_OPTIONAL),
    {},
};
const struct json_field image_convert_parameters[] = {
    JSON_FIELD(struct image_convert_request, name, JSON_REQUIRED),
    JSON_FIELD(struct image_convert_request, repo, JSON_REQUIRED),
    JSON_FIELD(struct image_convert_request, compression, JSON_REQUIRED),
    {},
};
const struct json_field image_convert_response_fields[] = {
    JSON_NAMED(struct image_convert_response, id, "Id", JSON_REQUIRED),
    {},
};
const struct json_field image_remove_parameters[] = {
    JSON_FIELD(struct image_remove_request, name, JSON_REQUIRED),
    JSON_FIELD(struct image_remove_request, force, JSON_OPTIONAL),
    JSON_NAMED(struct image_remove_request, no_prune, "noprune", JSON_OPTIONAL),
    JSON_ARRAY(struct image_remove_request, platforms, JSON_OPTIONAL),
    {},
};
static const struct json_field removed_fields[] = {
    JSON_NAMED(struct image_removed, untagged, "Untagged", JSON_OPTIONAL),
    JSON_NAMED(struct image_removed, deleted, "Deleted", JSON_OPTIONAL),
    {},
};
const struct json_field image_remove_response_fields[] = {
    JSON_LIST_NAMED(struct image_remove_response, done, "", removed_fields, JSON_REQUIRED),
    {},
};
const struct json_field image_prune_parameters[] = {
    JSON_FIELD(struct image_prune_request, filters, JSON_OPTIONAL),
    {},
};
const struct json_field image_prune_response_fields[] = {
    JSON_LIST_NAMED(struct image_prune_response, done, "ImagesDeleted", removed_fields, JSON_ALWAYS),
    JSON_NAMED(struct image_prune_response, space_reclaimed, "SpaceReclaimed", JSON_ALWAYS),
    {},
};
const struct json_field image_save_parameters[] = {
    JSON_ARRAY(struct image_save_request, names, JSON_REQUIRED),
    JSON_ARRAY_NAMED(struct image_save_request, platforms, "platform", JSON_OPTIONAL),
    JSON_FIELD(struct image_save_request, since, JSON_OPTIONAL),
    JSON_ARRAY(struct image_save_request, without, JSON_OPTIONAL),
    {},
};
const struct json_field image_load_parameters[] = {
    JSON_FIELD(struct image_load_request, quiet, JSON_OPTIONAL),
    JSON_FIELD(struct image_load_request, reference, JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct image_load_request, platforms, "platform", JSON_OPTIONAL),
    {},
};
const struct json_field image_load_response_fields[] = {
    JSON_ARRAY_NAMED(struct image_load_response, loaded, "", JSON_REQUIRED),
    {},
};
const struct json_field image_mount_parameters[] = {
    JSON_FIELD(struct image_mount_request, name, JSON_REQUIRED),
    JSON_FIELD(struct image_mount_request, platform, JSON_OPTIONAL),
    {},
};
const struct json_field image_unmount_parameters[] = {
    JSON_FIELD(struct image_unmount_request, name, JSON_REQUIRED),
    {},
};
const struct json_field mount_response_fields[] = {
    JSON_NAMED(struct mount_response, path, "Path", JSON_REQUIRED),
    {},
};
const struct json_field image_blobs_parameters[] = {
    JSON_ARRAY(struct image_blobs_request, names, JSON_REQUIRED),
    JSON_NAMED(struct image_blobs_request, has_only, "has", JSON_OPTIONAL),
    {},
};
const struct json_field image_blobs_response_fields[] = {
    JSON_ARRAY_NAMED(struct image_blobs_response, digests, "", JSON_REQUIRED),
    {},
};
