// SPDX-License-Identifier: Apache-2.0
// spec.c — the JSON tables of what a container is asked to be.
#include "ops/spec.h"

#include "ops/tables.h"

// clang-format off
static const struct json_field key_fields[] = {{}};

const struct json_field health_config_fields[] = {
    JSON_ARRAY_NAMED(struct health_config, test, "Test", JSON_OPTIONAL),
    JSON_NAMED(struct health_config, interval, "Interval", JSON_OPTIONAL),
    JSON_NAMED(struct health_config, timeout, "Timeout", JSON_OPTIONAL),
    JSON_NAMED(struct health_config, start_period, "StartPeriod", JSON_OPTIONAL),
    JSON_NAMED(struct health_config, start_interval, "StartInterval", JSON_OPTIONAL),
    JSON_NAMED(struct health_config, retries, "Retries", JSON_OPTIONAL),
    JSON_NAMED(struct health_config, on_unhealthy, "OnUnhealthy", JSON_OPTIONAL),
    {},
};

static const struct json_field bind_options_fields[] = {
    JSON_NAMED(struct mount_bind_options, propagation, "Propagation", JSON_OPTIONAL),
    JSON_NAMED(struct mount_bind_options, non_recursive, "NonRecursive", JSON_OPTIONAL),
    JSON_NAMED(struct mount_bind_options, create_mountpoint, "CreateMountpoint", JSON_OPTIONAL),
    JSON_NAMED(struct mount_bind_options, read_only_non_recursive, "ReadOnlyNonRecursive", JSON_OPTIONAL),
    JSON_NAMED(struct mount_bind_options, read_only_force_recursive, "ReadOnlyForceRecursive", JSON_OPTIONAL),
    JSON_NAMED(struct mount_bind_options, ownership, "Ownership", JSON_OPTIONAL),
    {},
};
static const struct json_field mount_driver_fields[] = {
    JSON_NAMED(struct mount_driver, name, "Name", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct mount_driver, options, "Options", JSON_OPTIONAL),
    {},
};
static const struct json_field volume_options_fields[] = {
    JSON_NAMED(struct mount_volume_options, no_copy, "NoCopy", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct mount_volume_options, labels, "Labels", JSON_OPTIONAL),
    JSON_BEHIND_NAMED(struct mount_volume_options, driver_config, "DriverConfig", mount_driver_fields, JSON_OPTIONAL),
    JSON_NAMED(struct mount_volume_options, subpath, "Subpath", JSON_OPTIONAL),
    {},
};
static const struct json_field image_options_fields[] = {
    JSON_NAMED(struct mount_image_options, subpath, "Subpath", JSON_OPTIONAL),
    {},
};
static const struct json_field option_words_fields[] = {
    JSON_ARRAY_NAMED(struct mount_option_words, words, "", JSON_ALWAYS),
    {},
};
static const struct json_field tmpfs_options_fields[] = {
    JSON_NAMED(struct mount_tmpfs_options, size_bytes, "SizeBytes", JSON_OPTIONAL),
    JSON_NAMED(struct mount_tmpfs_options, mode, "Mode", JSON_OPTIONAL),
    JSON_LIST_NAMED(struct mount_tmpfs_options, options, "Options", option_words_fields, JSON_OPTIONAL),
    {},
};
const struct json_field mount_request_fields[] = {
    JSON_NAMED(struct mount_request, type, "Type", JSON_OPTIONAL),
    JSON_NAMED(struct mount_request, source, "Source", JSON_OPTIONAL),
    JSON_NAMED(struct mount_request, target, "Target", JSON_OPTIONAL),
    JSON_NAMED(struct mount_request, read_only, "ReadOnly", JSON_OPTIONAL),
    JSON_NAMED(struct mount_request, consistency, "Consistency", JSON_OPTIONAL),
    JSON_BEHIND_NAMED(struct mount_request, bind_options, "BindOptions", bind_options_fields, JSON_OPTIONAL),
    JSON_BEHIND_NAMED(struct mount_request, volume_options, "VolumeOptions", volume_options_fields, JSON_OPTIONAL),
    JSON_BEHIND_NAMED(struct mount_request, image_options, "ImageOptions", image_options_fields, JSON_OPTIONAL),
    JSON_BEHIND_NAMED(struct mount_request, tmpfs_options, "TmpfsOptions", tmpfs_options_fields, JSON_OPTIONAL),
    {},
};

static const struct json_field container_mount_fields[] = {
    JSON_NAMED(struct container_mount, type, "Type", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, name, "Name", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, source, "Source", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, destination, "Destination", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, driver, "Driver", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, mode, "Mode", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, subpath, "Subpath", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, propagation, "Propagation", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, relabel, "Relabel", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, ownership, "Ownership", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, read_only, "ReadOnly", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, non_recursive, "NonRecursive", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, read_only_non_recursive, "ReadOnlyNonRecursive", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, read_only_force_recursive, "ReadOnlyForceRecursive", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, no_copy, "NoCopy", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, is_anonymous, "Anonymous", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, creates_source, "CreatesSource", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, changes_owner, "ChangesOwner", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, is_overlay, "Overlay", JSON_OPTIONAL),
    JSON_NAMED(struct container_mount, is_plain_tmpfs, "PlainTmpfs", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct container_mount, options, "Options", JSON_OPTIONAL),
    {},
};

static const struct json_field throttle_fields[] = {
    JSON_NAMED(struct throttle_device, path, "Path", JSON_ALWAYS),
    JSON_NAMED(struct throttle_device, rate, "Rate", JSON_ALWAYS),
    {},
};
static const struct json_field weight_fields[] = {
    JSON_NAMED(struct weight_device, path, "Path", JSON_ALWAYS),
    JSON_NAMED(struct weight_device, weight, "Weight", JSON_ALWAYS),
    {},
};
static const struct json_field device_fields[] = {
    JSON_NAMED(struct device_mapping, path_on_host, "PathOnHost", JSON_ALWAYS),
    JSON_NAMED(struct device_mapping, path_in_container, "PathInContainer", JSON_ALWAYS),
    JSON_NAMED(struct device_mapping, cgroup_permissions, "CgroupPermissions", JSON_ALWAYS),
    {},
};
static const struct json_field device_capabilities_fields[] = {
    JSON_ARRAY_NAMED(struct device_capabilities, words, "", JSON_ALWAYS),
    {},
};
static const struct json_field device_request_fields[] = {
    JSON_NAMED(struct device_request, driver, "Driver", JSON_ALWAYS),
    JSON_NAMED(struct device_request, count, "Count", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct device_request, device_ids, "DeviceIDs", JSON_ALWAYS),
    JSON_LIST_NAMED(struct device_request, capabilities, "Capabilities", device_capabilities_fields, JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct device_request, options, "Options", JSON_ALWAYS),
    {},
};
static const struct json_field ulimit_fields[] = {
    JSON_NAMED(struct ulimit, name, "Name", JSON_ALWAYS),
    JSON_NAMED(struct ulimit, hard, "Hard", JSON_ALWAYS),
    JSON_NAMED(struct ulimit, soft, "Soft", JSON_ALWAYS),
    {},
};
static const struct json_field secret_fields[] = {
    JSON_NAMED(struct secret_mount, source, "Source", JSON_REQUIRED),
    JSON_NAMED(struct secret_mount, target, "Target", JSON_OPTIONAL),
    JSON_NAMED(struct secret_mount, uid, "UID", JSON_OPTIONAL),
    JSON_NAMED(struct secret_mount, gid, "GID", JSON_OPTIONAL),
    JSON_NAMED(struct secret_mount, mode, "Mode", JSON_OPTIONAL),
    JSON_NAMED(struct secret_mount, type, "Type", JSON_OPTIONAL),
    {},
};

const struct json_field port_binding_fields[] = {
    JSON_NAMED(struct port_binding, host_ip, "HostIp", JSON_ALWAYS),
    JSON_NAMED(struct port_binding, host_port, "HostPort", JSON_ALWAYS),
    {},
};
const struct json_field port_map_fields[] = {
    JSON_LIST_NAMED(struct port_map, bindings, "", port_binding_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field endpoint_ipam_fields[] = {
    JSON_NAMED(struct endpoint_ipam, ipv4_address, "IPv4Address", JSON_OPTIONAL),
    JSON_NAMED(struct endpoint_ipam, ipv6_address, "IPv6Address", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct endpoint_ipam, link_local_ips, "LinkLocalIPs", JSON_OPTIONAL),
    {},
};
const struct json_field endpoint_settings_fields[] = {
    JSON_BEHIND_NAMED(struct endpoint_settings, ipam_config, "IPAMConfig", endpoint_ipam_fields, JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct endpoint_settings, links, "Links", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct endpoint_settings, aliases, "Aliases", JSON_ALWAYS),
    JSON_NAMED(struct endpoint_settings, mac_address, "MacAddress", JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct endpoint_settings, driver_opts, "DriverOpts", JSON_ALWAYS),
    JSON_NAMED(struct endpoint_settings, gw_priority, "GwPriority", JSON_ALWAYS),
    JSON_NAMED(struct endpoint_settings, network_id, "NetworkID", JSON_ALWAYS),
    JSON_NAMED(struct endpoint_settings, endpoint_id, "EndpointID", JSON_ALWAYS),
    JSON_NAMED(struct endpoint_settings, gateway, "Gateway", JSON_ALWAYS),
    JSON_NAMED(struct endpoint_settings, ip_address, "IPAddress", JSON_ALWAYS),
    JSON_NAMED(struct endpoint_settings, ip_prefix_len, "IPPrefixLen", JSON_ALWAYS),
    JSON_NAMED(struct endpoint_settings, ipv6_gateway, "IPv6Gateway", JSON_ALWAYS),
    JSON_NAMED(struct endpoint_settings, global_ipv6_address, "GlobalIPv6Address", JSON_ALWAYS),
    JSON_NAMED(struct endpoint_settings, global_ipv6_prefix_len, "GlobalIPv6PrefixLen", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct endpoint_settings, dns_names, "DNSNames", JSON_ALWAYS),
    {},
};

const struct json_field restart_policy_fields[] = {
    JSON_NAMED(struct restart_policy, name, "Name", JSON_ALWAYS),
    JSON_NAMED(struct restart_policy, maximum_retry_count, "MaximumRetryCount", JSON_ALWAYS),
    {},
};
const struct json_field log_config_fields[] = {
    JSON_NAMED(struct log_config, type, "Type", JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct log_config, config, "Config", JSON_ALWAYS),
    {},
};

const struct json_field host_config_fields[] = {
    JSON_ARRAY_NAMED(struct host_config, binds, "Binds", JSON_ALWAYS),
    JSON_NAMED(struct host_config, container_id_file, "ContainerIDFile", JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct host_config, log_config, "LogConfig", log_config_fields, JSON_ALWAYS),
    JSON_NAMED(struct host_config, network_mode, "NetworkMode", JSON_ALWAYS),
    OPS_MAP(struct host_config, port_bindings, "PortBindings", port_map_fields, JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct host_config, restart_policy, "RestartPolicy", restart_policy_fields, JSON_ALWAYS),
    JSON_NAMED(struct host_config, auto_remove, "AutoRemove", JSON_ALWAYS),
    JSON_NAMED(struct host_config, volume_driver, "VolumeDriver", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct host_config, volumes_from, "VolumesFrom", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct host_config, console_size, "ConsoleSize", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct host_config, annotations, "Annotations", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct host_config, cap_add, "CapAdd", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct host_config, cap_drop, "CapDrop", JSON_ALWAYS),
    JSON_NAMED(struct host_config, cgroupns_mode, "CgroupnsMode", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct host_config, dns, "Dns", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct host_config, dns_options, "DnsOptions", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct host_config, dns_search, "DnsSearch", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct host_config, extra_hosts, "ExtraHosts", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct host_config, group_add, "GroupAdd", JSON_ALWAYS),
    JSON_NAMED(struct host_config, ipc_mode, "IpcMode", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct host_config, links, "Links", JSON_ALWAYS),
    JSON_NAMED(struct host_config, oom_score_adj, "OomScoreAdj", JSON_ALWAYS),
    JSON_NAMED(struct host_config, pid_mode, "PidMode", JSON_ALWAYS),
    JSON_NAMED(struct host_config, privileged, "Privileged", JSON_ALWAYS),
    JSON_NAMED(struct host_config, publish_all_ports, "PublishAllPorts", JSON_ALWAYS),
    JSON_NAMED(struct host_config, readonly_rootfs, "ReadonlyRootfs", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct host_config, security_opt, "SecurityOpt", JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct host_config, storage_opt, "StorageOpt", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct host_config, tmpfs, "Tmpfs", JSON_OPTIONAL),
    JSON_NAMED(struct host_config, uts_mode, "UTSMode", JSON_ALWAYS),
    JSON_NAMED(struct host_config, userns_mode, "UsernsMode", JSON_ALWAYS),
    JSON_NAMED(struct host_config, shm_size, "ShmSize", JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct host_config, sysctls, "Sysctls", JSON_OPTIONAL),
    JSON_NAMED(struct host_config, runtime, "Runtime", JSON_OPTIONAL),
    JSON_NAMED(struct host_config, cpu_shares, "CpuShares", JSON_ALWAYS),
    JSON_NAMED(struct host_config, memory, "Memory", JSON_ALWAYS),
    JSON_NAMED(struct host_config, nano_cpus, "NanoCpus", JSON_ALWAYS),
    JSON_NAMED(struct host_config, cgroup_parent, "CgroupParent", JSON_ALWAYS),
    JSON_NAMED(struct host_config, blkio_weight, "BlkioWeight", JSON_ALWAYS),
    JSON_LIST_NAMED(struct host_config, blkio_weight_device, "BlkioWeightDevice", weight_fields, JSON_ALWAYS),
    JSON_LIST_NAMED(struct host_config, blkio_read_bps, "BlkioDeviceReadBps", throttle_fields, JSON_ALWAYS),
    JSON_LIST_NAMED(struct host_config, blkio_write_bps, "BlkioDeviceWriteBps", throttle_fields, JSON_ALWAYS),
    JSON_LIST_NAMED(struct host_config, blkio_read_iops, "BlkioDeviceReadIOps", throttle_fields, JSON_ALWAYS),
    JSON_LIST_NAMED(struct host_config, blkio_write_iops, "BlkioDeviceWriteIOps", throttle_fields, JSON_ALWAYS),
    JSON_NAMED(struct host_config, cpu_period, "CpuPeriod", JSON_ALWAYS),
    JSON_NAMED(struct host_config, cpu_quota, "CpuQuota", JSON_ALWAYS),
    JSON_NAMED(struct host_config, cpu_realtime_period, "CpuRealtimePeriod", JSON_ALWAYS),
    JSON_NAMED(struct host_config, cpu_realtime_runtime, "CpuRealtimeRuntime", JSON_ALWAYS),
    JSON_NAMED(struct host_config, cpuset_cpus, "CpusetCpus", JSON_ALWAYS),
    JSON_NAMED(struct host_config, cpuset_mems, "CpusetMems", JSON_ALWAYS),
    JSON_LIST_NAMED(struct host_config, devices, "Devices", device_fields, JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct host_config, device_cgroup_rules, "DeviceCgroupRules", JSON_ALWAYS),
    JSON_LIST_NAMED(struct host_config, device_requests, "DeviceRequests", device_request_fields, JSON_ALWAYS),
    JSON_NAMED(struct host_config, memory_reservation, "MemoryReservation", JSON_ALWAYS),
    JSON_NAMED(struct host_config, memory_swap, "MemorySwap", JSON_ALWAYS),
    JSON_NAMED(struct host_config, memory_swappiness, "MemorySwappiness", JSON_ALWAYS),
    JSON_NAMED(struct host_config, oom_kill_disable, "OomKillDisable", JSON_ALWAYS),
    JSON_NAMED(struct host_config, init, "Init", JSON_OPTIONAL),
    JSON_NAMED(struct host_config, pids_limit, "PidsLimit", JSON_ALWAYS),
    JSON_LIST_NAMED(struct host_config, ulimits, "Ulimits", ulimit_fields, JSON_ALWAYS),
    JSON_LIST_NAMED(struct host_config, mounts, "Mounts", mount_request_fields, JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct host_config, masked_paths, "MaskedPaths", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct host_config, readonly_paths, "ReadonlyPaths", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct host_config, cgroup_conf, "CgroupConf", JSON_OPTIONAL),
    JSON_LIST_NAMED(struct host_config, secrets, "Secrets", secret_fields, JSON_OPTIONAL),
    {},
};

// `shown`: what docker shows even when it is empty.
#define CONFIG_FIELDS(shown) \
    JSON_NAMED(struct container_spec, hostname, "Hostname", shown), \
    JSON_NAMED(struct container_spec, domainname, "Domainname", shown), \
    JSON_NAMED(struct container_spec, user, "User", shown), \
    JSON_NAMED(struct container_spec, attach_stdin, "AttachStdin", JSON_ALWAYS), \
    JSON_NAMED(struct container_spec, attach_stdout, "AttachStdout", JSON_ALWAYS), \
    JSON_NAMED(struct container_spec, attach_stderr, "AttachStderr", JSON_ALWAYS), \
    OPS_KEYS(struct container_spec, exposed_ports, "ExposedPorts", key_fields), \
    JSON_NAMED(struct container_spec, tty, "Tty", JSON_ALWAYS), \
    JSON_NAMED(struct container_spec, open_stdin, "OpenStdin", JSON_ALWAYS), \
    JSON_NAMED(struct container_spec, stdin_once, "StdinOnce", JSON_ALWAYS), \
    JSON_ARRAY_NAMED(struct container_spec, env, "Env", shown), \
    JSON_ARRAY_NAMED(struct container_spec, cmd, "Cmd", shown), \
    JSON_BEHIND_NAMED(struct container_spec, healthcheck, "Healthcheck", health_config_fields, JSON_OPTIONAL), \
    JSON_NAMED(struct container_spec, image, "Image", JSON_ALWAYS), \
    OPS_MAP(struct container_spec, volumes, "Volumes", key_fields, shown), \
    JSON_NAMED(struct container_spec, working_dir, "WorkingDir", shown), \
    JSON_ARRAY_NAMED(struct container_spec, entrypoint, "Entrypoint", shown), \
    JSON_NAMED(struct container_spec, network_disabled, "NetworkDisabled", JSON_OPTIONAL), \
    JSON_PAIRS_NAMED(struct container_spec, labels, "Labels", shown), \
    JSON_NAMED(struct container_spec, stop_signal, "StopSignal", JSON_OPTIONAL), \
    JSON_NAMED(struct container_spec, stop_timeout, "StopTimeout", JSON_OPTIONAL), \
    JSON_ARRAY_NAMED(struct container_spec, shell, "Shell", JSON_OPTIONAL)

const struct json_field container_config_fields[] = {CONFIG_FIELDS(JSON_ALWAYS), {}};
static const struct json_field networking_fields[] = {
    OPS_MAP(struct container_spec, networks, "EndpointsConfig", endpoint_settings_fields, JSON_OPTIONAL),
    {},
};
const struct json_field container_spec_fields[] = {
    CONFIG_FIELDS(JSON_OPTIONAL),
    JSON_INSIDE_NAMED(struct container_spec, host, "HostConfig", host_config_fields, JSON_OPTIONAL),
    OPS_SAME("NetworkingConfig", networking_fields),
    JSON_LIST_NAMED(struct container_spec, mount_points, "MountPoints", container_mount_fields, JSON_OPTIONAL),
    {},
};
