// SPDX-License-Identifier: Apache-2.0
// system.c — the JSON tables of the operations about dhow itself.
#include "ops/system.h"

#include "ops/tables.h"

// clang-format off
static const struct json_field named_version_fields[] = {
    JSON_NAMED(struct named_version, name, "Name", JSON_ALWAYS),
    JSON_NAMED(struct named_version, version, "Version", JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct named_version, details, "Details", JSON_ALWAYS),
    {},
};
static const struct json_field platform_fields[] = {
    JSON_NAMED(struct system_platform, name, "Name", JSON_ALWAYS),
    {},
};
const struct json_field system_version_fields[] = {
    JSON_INSIDE_NAMED(struct system_version, platform, "Platform", platform_fields, JSON_ALWAYS),
    JSON_LIST_NAMED(struct system_version, components, "Components", named_version_fields, JSON_ALWAYS),
    JSON_NAMED(struct system_version, version, "Version", JSON_ALWAYS),
    JSON_NAMED(struct system_version, api_version, "ApiVersion", JSON_ALWAYS),
    JSON_NAMED(struct system_version, min_api_version, "MinAPIVersion", JSON_ALWAYS),
    JSON_NAMED(struct system_version, git_commit, "GitCommit", JSON_ALWAYS),
    JSON_NAMED(struct system_version, os, "Os", JSON_ALWAYS),
    JSON_NAMED(struct system_version, arch, "Arch", JSON_ALWAYS),
    JSON_NAMED(struct system_version, kernel_version, "KernelVersion", JSON_ALWAYS),
    JSON_NAMED(struct system_version, experimental, "Experimental", JSON_OPTIONAL),
    JSON_NAMED(struct system_version, build_time, "BuildTime", JSON_OPTIONAL),
    {},
};

static const struct json_field words_fields[] = {
    JSON_ARRAY_NAMED(struct info_words, words, "", JSON_REQUIRED),
    {},
};
static const struct json_field plugins_fields[] = {
    JSON_ARRAY_NAMED(struct info_plugins, volume, "Volume", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct info_plugins, network, "Network", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct info_plugins, authorization, "Authorization", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct info_plugins, log, "Log", JSON_ALWAYS),
    {},
};
static const struct json_field index_fields[] = {
    JSON_NAMED(struct info_index, name, "Name", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct info_index, mirrors, "Mirrors", JSON_ALWAYS),
    JSON_NAMED(struct info_index, secure, "Secure", JSON_ALWAYS),
    JSON_NAMED(struct info_index, official, "Official", JSON_ALWAYS),
    {},
};
static const struct json_field info_registries_fields[] = {
    JSON_ARRAY_NAMED(struct info_registries, insecure_cidrs, "InsecureRegistryCIDRs", JSON_ALWAYS),
    OPS_MAP(struct info_registries, indexes, "IndexConfigs", index_fields, JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct info_registries, mirrors, "Mirrors", JSON_ALWAYS),
    {},
};
static const struct json_field runtime_fields[] = {
    JSON_NAMED(struct info_runtime, path, "path", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct info_runtime, args, "runtimeArgs", JSON_OPTIONAL),
    {},
};
static const struct json_field swarm_fields[] = {
    JSON_NAMED(struct info_swarm, node_id, "NodeID", JSON_ALWAYS),
    JSON_NAMED(struct info_swarm, node_addr, "NodeAddr", JSON_ALWAYS),
    JSON_NAMED(struct info_swarm, local_node_state, "LocalNodeState", JSON_ALWAYS),
    JSON_NAMED(struct info_swarm, control_available, "ControlAvailable", JSON_ALWAYS),
    JSON_NAMED(struct info_swarm, error, "Error", JSON_ALWAYS),
    {},
};
static const struct json_field commit_fields[] = {
    JSON_NAMED(struct info_commit, id, "ID", JSON_ALWAYS),
    {},
};
static const struct json_field firewall_fields[] = {
    JSON_NAMED(struct info_firewall, driver, "Driver", JSON_ALWAYS),
    {},
};
static const struct json_field device_fields[] = {
    JSON_NAMED(struct info_device, source, "Source", JSON_ALWAYS),
    JSON_NAMED(struct info_device, id, "ID", JSON_ALWAYS),
    {},
};
const struct json_field system_info_fields[] = {
    JSON_NAMED(struct system_info, id, "ID", JSON_ALWAYS),
    JSON_NAMED(struct system_info, containers, "Containers", JSON_ALWAYS),
    JSON_NAMED(struct system_info, containers_running, "ContainersRunning", JSON_ALWAYS),
    JSON_NAMED(struct system_info, containers_paused, "ContainersPaused", JSON_ALWAYS),
    JSON_NAMED(struct system_info, containers_stopped, "ContainersStopped", JSON_ALWAYS),
    JSON_NAMED(struct system_info, images, "Images", JSON_ALWAYS),
    JSON_NAMED(struct system_info, driver, "Driver", JSON_ALWAYS),
    JSON_LIST_NAMED(struct system_info, driver_status, "DriverStatus", words_fields, JSON_ALWAYS),
    JSON_NAMED(struct system_info, root_dir, "DockerRootDir", JSON_ALWAYS),
    JSON_NAMED(struct system_info, run_root, "RunRoot", JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct system_info, plugins, "Plugins", plugins_fields, JSON_ALWAYS),
    JSON_NAMED(struct system_info, memory_limit, "MemoryLimit", JSON_ALWAYS),
    JSON_NAMED(struct system_info, swap_limit, "SwapLimit", JSON_ALWAYS),
    JSON_NAMED(struct system_info, cpu_cfs_period, "CpuCfsPeriod", JSON_ALWAYS),
    JSON_NAMED(struct system_info, cpu_cfs_quota, "CpuCfsQuota", JSON_ALWAYS),
    JSON_NAMED(struct system_info, cpu_shares, "CPUShares", JSON_ALWAYS),
    JSON_NAMED(struct system_info, cpu_set, "CPUSet", JSON_ALWAYS),
    JSON_NAMED(struct system_info, pids_limit, "PidsLimit", JSON_ALWAYS),
    JSON_NAMED(struct system_info, oom_kill_disable, "OomKillDisable", JSON_ALWAYS),
    JSON_NAMED(struct system_info, ipv4_forwarding, "IPv4Forwarding", JSON_ALWAYS),
    JSON_NAMED(struct system_info, debug, "Debug", JSON_ALWAYS),
    JSON_NAMED(struct system_info, n_fd, "NFd", JSON_ALWAYS),
    JSON_NAMED(struct system_info, n_goroutines, "NGoroutines", JSON_ALWAYS),
    JSON_NAMED(struct system_info, system_time, "SystemTime", JSON_ALWAYS),
    JSON_NAMED(struct system_info, logging_driver, "LoggingDriver", JSON_ALWAYS),
    JSON_NAMED(struct system_info, cgroup_driver, "CgroupDriver", JSON_ALWAYS),
    JSON_NAMED(struct system_info, cgroup_version, "CgroupVersion", JSON_ALWAYS),
    JSON_NAMED(struct system_info, n_events_listener, "NEventsListener", JSON_ALWAYS),
    JSON_NAMED(struct system_info, kernel_version, "KernelVersion", JSON_ALWAYS),
    JSON_NAMED(struct system_info, operating_system, "OperatingSystem", JSON_ALWAYS),
    JSON_NAMED(struct system_info, os_version, "OSVersion", JSON_ALWAYS),
    JSON_NAMED(struct system_info, os_type, "OSType", JSON_ALWAYS),
    JSON_NAMED(struct system_info, architecture, "Architecture", JSON_ALWAYS),
    JSON_NAMED(struct system_info, index_server, "IndexServerAddress", JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct system_info, registries, "RegistryConfig", info_registries_fields, JSON_ALWAYS),
    JSON_NAMED(struct system_info, ncpu, "NCPU", JSON_ALWAYS),
    JSON_NAMED(struct system_info, mem_total, "MemTotal", JSON_ALWAYS),
    JSON_NAMED(struct system_info, http_proxy, "HttpProxy", JSON_ALWAYS),
    JSON_NAMED(struct system_info, https_proxy, "HttpsProxy", JSON_ALWAYS),
    JSON_NAMED(struct system_info, no_proxy, "NoProxy", JSON_ALWAYS),
    JSON_NAMED(struct system_info, name, "Name", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct system_info, labels, "Labels", JSON_ALWAYS),
    JSON_NAMED(struct system_info, experimental, "ExperimentalBuild", JSON_ALWAYS),
    JSON_NAMED(struct system_info, server_version, "ServerVersion", JSON_ALWAYS),
    OPS_MAP(struct system_info, runtimes, "Runtimes", runtime_fields, JSON_ALWAYS),
    JSON_NAMED(struct system_info, default_runtime, "DefaultRuntime", JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct system_info, swarm, "Swarm", swarm_fields, JSON_ALWAYS),
    JSON_NAMED(struct system_info, live_restore, "LiveRestoreEnabled", JSON_ALWAYS),
    JSON_NAMED(struct system_info, isolation, "Isolation", JSON_ALWAYS),
    JSON_NAMED(struct system_info, init_binary, "InitBinary", JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct system_info, containerd_commit, "ContainerdCommit", commit_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct system_info, runc_commit, "RuncCommit", commit_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct system_info, init_commit, "InitCommit", commit_fields, JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct system_info, security_options, "SecurityOptions", JSON_ALWAYS),
    JSON_NAMED(struct system_info, product_license, "ProductLicense", JSON_OPTIONAL),
    JSON_INSIDE_NAMED(struct system_info, firewall, "FirewallBackend", firewall_fields, JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct system_info, cdi_spec_dirs, "CDISpecDirs", JSON_ALWAYS),
    JSON_LIST_NAMED(struct system_info, devices, "DiscoveredDevices", device_fields, JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct system_info, warnings, "Warnings", JSON_ALWAYS),
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
