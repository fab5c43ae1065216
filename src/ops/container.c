// SPDX-License-Identifier: Apache-2.0
// container.c — the JSON tables of the container operations.
#include "ops/container.h"

#include "ops/tables.h"

// clang-format off
const struct json_field container_create_parameters[] = {
    JSON_FIELD(struct container_create_request, name, JSON_OPTIONAL),
    JSON_FIELD(struct container_create_request, platform, JSON_OPTIONAL),
    {},
};
const struct json_field container_create_body[] = {
    JSON_INSIDE_NAMED(struct container_create_request, spec, "", container_spec_fields, JSON_REQUIRED),
    {},
};
const struct json_field container_create_response_fields[] = {
    JSON_NAMED(struct container_create_response, id, "Id", JSON_REQUIRED),
    JSON_ARRAY_NAMED(struct container_create_response, warnings, "Warnings", JSON_ALWAYS),
    {},
};

const struct json_field container_reference_parameters[] = {
    JSON_FIELD(struct container_reference, id, JSON_REQUIRED),
    {},
};
const struct json_field container_start_parameters[] = {
    JSON_FIELD(struct container_start_request, id, JSON_REQUIRED),
    JSON_FIELD(struct container_start_request, checkpoint, JSON_OPTIONAL),
    JSON_NAMED(struct container_start_request, checkpoint_dir, "checkpoint-dir", JSON_OPTIONAL),
    {},
};
const struct json_field container_inspect_parameters[] = {
    JSON_FIELD(struct container_inspect_request, id, JSON_REQUIRED),
    JSON_FIELD(struct container_inspect_request, size, JSON_OPTIONAL),
    {},
};
const struct json_field container_list_parameters[] = {
    JSON_FIELD(struct container_list_request, all, JSON_OPTIONAL),
    JSON_FIELD(struct container_list_request, size, JSON_OPTIONAL),
    JSON_FIELD(struct container_list_request, limit, JSON_OPTIONAL),
    JSON_FIELD(struct container_list_request, filters, JSON_OPTIONAL),
    {},
};
static const struct json_field port_fields[] = {
    JSON_NAMED(struct port_summary, ip, "IP", JSON_OPTIONAL),
    JSON_NAMED(struct port_summary, private_port, "PrivatePort", JSON_ALWAYS),
    JSON_NAMED(struct port_summary, public_port, "PublicPort", JSON_OPTIONAL),
    JSON_NAMED(struct port_summary, type, "Type", JSON_ALWAYS),
    {},
};
static const struct json_field mount_point_fields[] = {
    JSON_NAMED(struct mount_point, type, "Type", JSON_ALWAYS),
    JSON_NAMED(struct mount_point, name, "Name", JSON_OPTIONAL),
    JSON_NAMED(struct mount_point, source, "Source", JSON_ALWAYS),
    JSON_NAMED(struct mount_point, destination, "Destination", JSON_ALWAYS),
    JSON_NAMED(struct mount_point, driver, "Driver", JSON_OPTIONAL),
    JSON_NAMED(struct mount_point, mode, "Mode", JSON_ALWAYS),
    JSON_NAMED(struct mount_point, rw, "RW", JSON_ALWAYS),
    JSON_NAMED(struct mount_point, propagation, "Propagation", JSON_ALWAYS),
    {},
};
static const struct json_field summary_host_fields[] = {
    JSON_NAMED(struct container_summary_host, network_mode, "NetworkMode", JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct container_summary_host, annotations, "Annotations", JSON_OPTIONAL),
    {},
};
static const struct json_field summary_networks_fields[] = {
    OPS_MAP(struct container_networks, networks, "Networks", endpoint_settings_fields, JSON_ALWAYS),
    {},
};
static const struct json_field summary_health_fields[] = {
    JSON_NAMED(struct container_summary_health, status, "Status", JSON_ALWAYS),
    JSON_NAMED(struct container_summary_health, failing_streak, "FailingStreak", JSON_ALWAYS),
    {},
};
const struct json_field container_summary_fields[] = {
    JSON_NAMED(struct container_summary, id, "Id", JSON_REQUIRED),
    JSON_ARRAY_NAMED(struct container_summary, names, "Names", JSON_ALWAYS),
    JSON_NAMED(struct container_summary, image, "Image", JSON_ALWAYS),
    JSON_NAMED(struct container_summary, image_id, "ImageID", JSON_ALWAYS),
    JSON_NAMED(struct container_summary, command, "Command", JSON_ALWAYS),
    JSON_NAMED(struct container_summary, created, "Created", JSON_ALWAYS),
    JSON_NAMED(struct container_summary, state, "State", JSON_ALWAYS),
    JSON_NAMED(struct container_summary, status, "Status", JSON_ALWAYS),
    JSON_LIST_NAMED(struct container_summary, ports, "Ports", port_fields, JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct container_summary, labels, "Labels", JSON_ALWAYS),
    JSON_NAMED(struct container_summary, size_rw, "SizeRw", JSON_OPTIONAL),
    JSON_NAMED(struct container_summary, size_root_fs, "SizeRootFs", JSON_OPTIONAL),
    JSON_INSIDE_NAMED(struct container_summary, host, "HostConfig", summary_host_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct container_summary, networks, "NetworkSettings", summary_networks_fields, JSON_ALWAYS),
    JSON_LIST_NAMED(struct container_summary, mounts, "Mounts", mount_point_fields, JSON_ALWAYS),
    JSON_BEHIND_NAMED(struct container_summary, health, "Health", summary_health_fields, JSON_OPTIONAL),
    JSON_BEHIND_NAMED(struct container_summary, image_manifest_descriptor, "ImageManifestDescriptor", image_descriptor_fields, JSON_OPTIONAL),
    {},
};
const struct json_field container_list_response_fields[] = {
    JSON_LIST_NAMED(struct container_list_response, containers, "", container_summary_fields, JSON_REQUIRED),
    {},
};

static const struct json_field health_result_fields[] = {
    JSON_NAMED(struct health_result, start, "Start", JSON_ALWAYS),
    JSON_NAMED(struct health_result, end, "End", JSON_ALWAYS),
    JSON_NAMED(struct health_result, exit_code, "ExitCode", JSON_ALWAYS),
    JSON_NAMED(struct health_result, output, "Output", JSON_ALWAYS),
    {},
};
const struct json_field container_health_fields[] = {
    JSON_NAMED(struct container_health, status, "Status", JSON_ALWAYS),
    JSON_NAMED(struct container_health, failing_streak, "FailingStreak", JSON_ALWAYS),
    JSON_LIST_NAMED(struct container_health, log, "Log", health_result_fields, JSON_ALWAYS),
    {},
};
static const struct json_field network_settings_fields[] = {
    JSON_NAMED(struct network_settings, sandbox_id, "SandboxID", JSON_ALWAYS),
    JSON_NAMED(struct network_settings, sandbox_key, "SandboxKey", JSON_ALWAYS),
    OPS_MAP(struct network_settings, ports, "Ports", port_map_fields, JSON_ALWAYS),
    OPS_MAP(struct network_settings, networks, "Networks", endpoint_settings_fields, JSON_ALWAYS),
    {},
};
static const struct json_field state_fields[] = {
    JSON_NAMED(struct container_state, status, "Status", JSON_ALWAYS),
    JSON_NAMED(struct container_state, running, "Running", JSON_ALWAYS),
    JSON_NAMED(struct container_state, paused, "Paused", JSON_ALWAYS),
    JSON_NAMED(struct container_state, restarting, "Restarting", JSON_ALWAYS),
    JSON_NAMED(struct container_state, oom_killed, "OOMKilled", JSON_ALWAYS),
    JSON_NAMED(struct container_state, dead, "Dead", JSON_ALWAYS),
    JSON_NAMED(struct container_state, pid, "Pid", JSON_ALWAYS),
    JSON_NAMED(struct container_state, exit_code, "ExitCode", JSON_ALWAYS),
    JSON_NAMED(struct container_state, error, "Error", JSON_ALWAYS),
    JSON_NAMED(struct container_state, started_at, "StartedAt", JSON_ALWAYS),
    JSON_NAMED(struct container_state, finished_at, "FinishedAt", JSON_ALWAYS),
    JSON_BEHIND_NAMED(struct container_state, health, "Health", container_health_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field snapshot_fields[] = {
    JSON_NAMED(struct container_storage, snapshotter, "Name", JSON_ALWAYS),
    {},
};
static const struct json_field root_storage_fields[] = {
    OPS_SAME("Snapshot", snapshot_fields),
    {},
};
static const struct json_field storage_fields[] = {
    OPS_SAME("RootFS", root_storage_fields),
    {},
};
const struct json_field container_inspection_fields[] = {
    JSON_NAMED(struct container_inspection, id, "Id", JSON_REQUIRED),
    JSON_NAMED(struct container_inspection, created, "Created", JSON_ALWAYS),
    JSON_NAMED(struct container_inspection, path, "Path", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct container_inspection, args, "Args", JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct container_inspection, state, "State", state_fields, JSON_ALWAYS),
    JSON_NAMED(struct container_inspection, image, "Image", JSON_ALWAYS),
    JSON_NAMED(struct container_inspection, resolv_conf_path, "ResolvConfPath", JSON_ALWAYS),
    JSON_NAMED(struct container_inspection, hostname_path, "HostnamePath", JSON_ALWAYS),
    JSON_NAMED(struct container_inspection, hosts_path, "HostsPath", JSON_ALWAYS),
    JSON_NAMED(struct container_inspection, log_path, "LogPath", JSON_ALWAYS),
    JSON_NAMED(struct container_inspection, name, "Name", JSON_ALWAYS),
    JSON_NAMED(struct container_inspection, restart_count, "RestartCount", JSON_ALWAYS),
    JSON_NAMED(struct container_inspection, driver, "Driver", JSON_ALWAYS),
    JSON_NAMED(struct container_inspection, platform, "Platform", JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct container_inspection, storage, "Storage", storage_fields, JSON_ALWAYS),
    JSON_BEHIND_NAMED(struct container_inspection, image_manifest_descriptor, "ImageManifestDescriptor", image_descriptor_fields, JSON_OPTIONAL),
    JSON_NAMED(struct container_inspection, mount_label, "MountLabel", JSON_ALWAYS),
    JSON_NAMED(struct container_inspection, process_label, "ProcessLabel", JSON_ALWAYS),
    JSON_NAMED(struct container_inspection, app_armor_profile, "AppArmorProfile", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct container_inspection, exec_ids, "ExecIDs", JSON_ALWAYS),
    JSON_NAMED(struct container_inspection, size_rw, "SizeRw", JSON_OPTIONAL),
    JSON_NAMED(struct container_inspection, size_root_fs, "SizeRootFs", JSON_OPTIONAL),
    JSON_LIST_NAMED(struct container_inspection, mounts, "Mounts", mount_point_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct container_inspection, network, "NetworkSettings", network_settings_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct container_inspection, spec.host, "HostConfig", host_config_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct container_inspection, spec, "Config", container_config_fields, JSON_ALWAYS),
    {},
};

const struct json_field container_logs_parameters[] = {
    JSON_FIELD(struct container_logs_request, id, JSON_REQUIRED),
    JSON_FIELD(struct container_logs_request, follow, JSON_OPTIONAL),
    JSON_NAMED(struct container_logs_request, wants_stdout, "stdout", JSON_OPTIONAL),
    JSON_NAMED(struct container_logs_request, wants_stderr, "stderr", JSON_OPTIONAL),
    JSON_FIELD(struct container_logs_request, timestamps, JSON_OPTIONAL),
    JSON_FIELD(struct container_logs_request, details, JSON_OPTIONAL),
    JSON_FIELD(struct container_logs_request, tail, JSON_OPTIONAL),
    JSON_FIELD(struct container_logs_request, since, JSON_OPTIONAL),
    JSON_FIELD(struct container_logs_request, until, JSON_OPTIONAL),
    {},
};

const struct json_field container_exec_parameters[] = {
    JSON_FIELD(struct container_exec_request, id, JSON_REQUIRED),
    {},
};
const struct json_field container_exec_body[] = {
    JSON_NAMED(struct container_exec_request, attach_stdin, "AttachStdin", JSON_OPTIONAL),
    JSON_NAMED(struct container_exec_request, tty, "Tty", JSON_OPTIONAL),
    JSON_NAMED(struct container_exec_request, detach, "Detach", JSON_OPTIONAL),
    JSON_NAMED(struct container_exec_request, privileged, "Privileged", JSON_OPTIONAL),
    JSON_NAMED(struct container_exec_request, detach_keys, "DetachKeys", JSON_OPTIONAL),
    JSON_NAMED(struct container_exec_request, user, "User", JSON_OPTIONAL),
    JSON_NAMED(struct container_exec_request, working_dir, "WorkingDir", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct container_exec_request, env, "Env", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct container_exec_request, cmd, "Cmd", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct container_exec_request, console_size, "ConsoleSize", JSON_OPTIONAL),
    {},
};
const struct json_field container_exec_response_fields[] = {
    JSON_NAMED(struct container_exec_response, id, "Id", JSON_ALWAYS),
    {},
};

const struct json_field container_stop_parameters[] = {
    JSON_FIELD(struct container_stop_request, id, JSON_REQUIRED),
    JSON_FIELD(struct container_stop_request, signal, JSON_OPTIONAL),
    JSON_FIELD(struct container_stop_request, t, JSON_OPTIONAL),
    {},
};
const struct json_field container_kill_parameters[] = {
    JSON_FIELD(struct container_kill_request, id, JSON_REQUIRED),
    JSON_FIELD(struct container_kill_request, signal, JSON_OPTIONAL),
    {},
};
const struct json_field container_remove_parameters[] = {
    JSON_FIELD(struct container_remove_request, id, JSON_REQUIRED),
    JSON_FIELD(struct container_remove_request, force, JSON_OPTIONAL),
    JSON_FIELD(struct container_remove_request, v, JSON_OPTIONAL),
    JSON_FIELD(struct container_remove_request, link, JSON_OPTIONAL),
    {},
};
const struct json_field container_prune_parameters[] = {
    JSON_FIELD(struct container_prune_request, filters, JSON_OPTIONAL),
    {},
};
const struct json_field container_prune_response_fields[] = {
    JSON_ARRAY_NAMED(struct container_prune_response, deleted, "ContainersDeleted", JSON_ALWAYS),
    JSON_NAMED(struct container_prune_response, space_reclaimed, "SpaceReclaimed", JSON_ALWAYS),
    {},
};
const struct json_field container_wait_parameters[] = {
    JSON_FIELD(struct container_wait_request, id, JSON_REQUIRED),
    JSON_FIELD(struct container_wait_request, condition, JSON_OPTIONAL),
    {},
};
const struct json_field container_wait_response_fields[] = {
    JSON_NAMED(struct container_wait_response, status_code, "StatusCode", JSON_ALWAYS),
    {},
};

static const struct json_field change_fields[] = {
    JSON_NAMED(struct container_change, path, "Path", JSON_REQUIRED),
    JSON_NAMED(struct container_change, kind, "Kind", JSON_ALWAYS),
    {},
};
const struct json_field container_changes_response_fields[] = {
    JSON_LIST_NAMED(struct container_changes_response, changes, "", change_fields, JSON_REQUIRED),
    {},
};
const struct json_field container_commit_parameters[] = {
    JSON_FIELD(struct container_commit_request, container, JSON_REQUIRED),
    JSON_FIELD(struct container_commit_request, repo, JSON_OPTIONAL),
    JSON_FIELD(struct container_commit_request, tag, JSON_OPTIONAL),
    JSON_FIELD(struct container_commit_request, comment, JSON_OPTIONAL),
    JSON_FIELD(struct container_commit_request, author, JSON_OPTIONAL),
    JSON_FIELD(struct container_commit_request, pause, JSON_OPTIONAL),
    JSON_ARRAY(struct container_commit_request, changes, JSON_OPTIONAL),
    {},
};
const struct json_field container_commit_response_fields[] = {
    JSON_NAMED(struct container_commit_response, id, "Id", JSON_REQUIRED),
    {},
};
