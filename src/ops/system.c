// SPDX-License-Identifier: Apache-2.0
// system.c — the JSON tables of the operations about dhow itself.
#include "ops/system.h"

#include "ops/tables.h"

// clang-format off
const struct json_field system_version_fields[] = {
    JSON_NAMED(struct system_version, version, "Version", JSON_ALWAYS),
    JSON_NAMED(struct system_version, git_commit, "GitCommit", JSON_ALWAYS),
    JSON_NAMED(struct system_version, os, "Os", JSON_ALWAYS),
    JSON_NAMED(struct system_version, arch, "Arch", JSON_ALWAYS),
    JSON_NAMED(struct system_version, kernel_version, "KernelVersion", JSON_ALWAYS),
    {},
};
const struct json_field system_info_fields[] = {
    JSON_NAMED(struct system_info, containers, "Containers", JSON_ALWAYS),
    JSON_NAMED(struct system_info, containers_running, "ContainersRunning", JSON_ALWAYS),
    JSON_NAMED(struct system_info, containers_stopped, "ContainersStopped", JSON_ALWAYS),
    JSON_NAMED(struct system_info, images, "Images", JSON_ALWAYS),
    JSON_NAMED(struct system_info, driver, "Driver", JSON_ALWAYS),
    JSON_NAMED(struct system_info, root_dir, "DockerRootDir", JSON_ALWAYS),
    JSON_NAMED(struct system_info, cgroup_version, "CgroupVersion", JSON_ALWAYS),
    JSON_NAMED(struct system_info, kernel_version, "KernelVersion", JSON_ALWAYS),
    JSON_NAMED(struct system_info, architecture, "Architecture", JSON_ALWAYS),
    JSON_NAMED(struct system_info, name, "Name", JSON_ALWAYS),
    JSON_NAMED(struct system_info, ncpu, "NCPU", JSON_ALWAYS),
    JSON_NAMED(struct system_info, mem_total, "MemTotal", JSON_ALWAYS),
    JSON_NAMED(struct system_info, server_version, "ServerVersion", JSON_ALWAYS),
    JSON_NAMED(struct system_info, default_runtime, "DefaultRuntime", JSON_ALWAYS),
    {},
};

const struct json_field system_df_parameters[] = {
    JSON_ARRAY_NAMED(struct system_df_request, types, "type", JSON_OPTIONAL),
    JSON_FIELD(struct system_df_request, verbose, JSON_OPTIONAL),
    {},
};
static const struct json_field images_usage_fields[] = {
    JSON_NAMED(struct images_usage, active_count, "ActiveCount", JSON_ALWAYS),
    JSON_NAMED(struct images_usage, total_count, "TotalCount", JSON_ALWAYS),
    JSON_NAMED(struct images_usage, reclaimable, "Reclaimable", JSON_ALWAYS),
    JSON_NAMED(struct images_usage, total_size, "TotalSize", JSON_ALWAYS),
    JSON_LIST_NAMED(struct images_usage, items, "Items", image_summary_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field containers_usage_fields[] = {
    JSON_NAMED(struct containers_usage, active_count, "ActiveCount", JSON_ALWAYS),
    JSON_NAMED(struct containers_usage, total_count, "TotalCount", JSON_ALWAYS),
    JSON_NAMED(struct containers_usage, reclaimable, "Reclaimable", JSON_ALWAYS),
    JSON_NAMED(struct containers_usage, total_size, "TotalSize", JSON_ALWAYS),
    JSON_LIST_NAMED(struct containers_usage, items, "Items", container_summary_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field volumes_usage_fields[] = {
    JSON_NAMED(struct volumes_usage, active_count, "ActiveCount", JSON_ALWAYS),
    JSON_NAMED(struct volumes_usage, total_count, "TotalCount", JSON_ALWAYS),
    JSON_NAMED(struct volumes_usage, reclaimable, "Reclaimable", JSON_ALWAYS),
    JSON_NAMED(struct volumes_usage, total_size, "TotalSize", JSON_ALWAYS),
    JSON_LIST_NAMED(struct volumes_usage, items, "Items", volume_info_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field build_cache_usage_fields[] = {
    JSON_NAMED(struct build_cache_usage, active_count, "ActiveCount", JSON_ALWAYS),
    JSON_NAMED(struct build_cache_usage, total_count, "TotalCount", JSON_ALWAYS),
    JSON_NAMED(struct build_cache_usage, reclaimable, "Reclaimable", JSON_ALWAYS),
    JSON_NAMED(struct build_cache_usage, total_size, "TotalSize", JSON_ALWAYS),
    {},
};
const struct json_field system_df_fields[] = {
    JSON_INSIDE_NAMED(struct system_df, images, "ImageUsage", images_usage_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct system_df, containers, "ContainerUsage", containers_usage_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct system_df, volumes, "VolumeUsage", volumes_usage_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct system_df, build_cache, "BuildCacheUsage", build_cache_usage_fields, JSON_ALWAYS),
    {},
};

const struct json_field system_check_parameters[] = {
    JSON_FIELD(struct system_check_request, repair, JSON_OPTIONAL),
    {},
};
static const struct json_field finding_fields[] = {
    JSON_NAMED(struct system_check_finding, what, "What", JSON_REQUIRED),
    JSON_NAMED(struct system_check_finding, problem, "Problem", JSON_REQUIRED),
    JSON_NAMED(struct system_check_finding, is_repaired, "Repaired", JSON_ALWAYS),
    {},
};
const struct json_field system_check_response_fields[] = {
    JSON_LIST_NAMED(struct system_check_response, findings, "Findings", finding_fields, JSON_ALWAYS),
    JSON_NAMED(struct system_check_response, blobs, "Blobs", JSON_ALWAYS),
    JSON_NAMED(struct system_check_response, layers, "Layers", JSON_ALWAYS),
    JSON_NAMED(struct system_check_response, images, "Images", JSON_ALWAYS),
    {},
};
