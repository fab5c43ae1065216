// SPDX-License-Identifier: Apache-2.0
// linux_tables.c — the fields of config-linux.md but for its resources.
#include "oci/config.h"
#include "oci/tables.h"

const struct json_field oci_id_map_fields[] = {
    JSON_FIELD(struct oci_id_map, containerID, JSON_REQUIRED),
    JSON_FIELD(struct oci_id_map, hostID, JSON_REQUIRED),
    JSON_FIELD(struct oci_id_map, size, JSON_REQUIRED),
    {},
};
static const struct json_field device_fields[] = {
    JSON_FIELD(struct oci_device, path, JSON_REQUIRED),
    JSON_FIELD(struct oci_device, type, JSON_REQUIRED),
    JSON_FIELD(struct oci_device, major, JSON_ALWAYS),
    JSON_FIELD(struct oci_device, minor, JSON_ALWAYS),
    JSON_FIELD(struct oci_device, fileMode, JSON_OPTIONAL),
    JSON_FIELD(struct oci_device, uid, JSON_OPTIONAL),
    JSON_FIELD(struct oci_device, gid, JSON_OPTIONAL),
    {},
};
static const struct json_field net_device_fields[] = {
    JSON_FIELD(struct oci_net_device, name, JSON_OPTIONAL),
    {},
};
static const struct json_field namespace_fields[] = {
    JSON_FIELD(struct oci_namespace, type, JSON_REQUIRED),
    JSON_FIELD(struct oci_namespace, path, JSON_OPTIONAL),
    {},
};
static const struct json_field seccomp_arg_fields[] = {
    JSON_FIELD(struct oci_seccomp_arg, index, JSON_REQUIRED),
    JSON_FIELD(struct oci_seccomp_arg, value, JSON_REQUIRED),
    JSON_FIELD(struct oci_seccomp_arg, valueTwo, JSON_OPTIONAL),
    JSON_FIELD(struct oci_seccomp_arg, op, JSON_REQUIRED),
    {},
};
static const struct json_field seccomp_rule_fields[] = {
    JSON_ARRAY(struct oci_seccomp_rule, names, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct oci_seccomp_rule, action, JSON_REQUIRED),
    JSON_FIELD(struct oci_seccomp_rule, errnoRet, JSON_OPTIONAL),
    JSON_LIST(struct oci_seccomp_rule, args, seccomp_arg_fields, JSON_OPTIONAL),
    {},
};
const struct json_field oci_seccomp_fields[] = {
    JSON_FIELD(struct oci_seccomp, defaultAction, JSON_REQUIRED),
    JSON_FIELD(struct oci_seccomp, defaultErrnoRet, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_seccomp, architectures, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_seccomp, flags, JSON_OPTIONAL),
    JSON_FIELD(struct oci_seccomp, listenerPath, JSON_OPTIONAL),
    JSON_FIELD(struct oci_seccomp, listenerMetadata, JSON_OPTIONAL),
    JSON_LIST(struct oci_seccomp, syscalls, seccomp_rule_fields, JSON_OPTIONAL),
    {},
};
const struct json_field oci_intel_rdt_fields[] = {
    JSON_FIELD(struct oci_intel_rdt, closID, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_intel_rdt, schemata, JSON_OPTIONAL),
    JSON_FIELD(struct oci_intel_rdt, l3CacheSchema, JSON_OPTIONAL),
    JSON_FIELD(struct oci_intel_rdt, memBwSchema, JSON_OPTIONAL),
    JSON_FIELD(struct oci_intel_rdt, enableMonitoring, JSON_OPTIONAL),
    {},
};
static const struct json_field memory_policy_fields[] = {
    JSON_FIELD(struct oci_memory_policy, mode, JSON_OPTIONAL),
    JSON_FIELD(struct oci_memory_policy, nodes, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_memory_policy, flags, JSON_OPTIONAL),
    {},
};
const struct json_field oci_personality_fields[] = {
    JSON_FIELD(struct oci_personality, domain, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_personality, flags, JSON_OPTIONAL),
    {},
};
static const struct json_field time_offset_fields[] = {
    JSON_FIELD(struct oci_time_offset, secs, JSON_OPTIONAL),
    JSON_FIELD(struct oci_time_offset, nanosecs, JSON_OPTIONAL),
    {},
};

const struct json_field oci_linux_fields[] = {
    JSON_LIST(struct oci_linux, devices, device_fields, JSON_OPTIONAL),
    JSON_OBJECTS(struct oci_linux, netDevices, net_device_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_linux, uidMappings, oci_id_map_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_linux, gidMappings, oci_id_map_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_linux, namespaces, namespace_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_linux, resources, oci_resources_fields, JSON_OPTIONAL),
    JSON_FIELD(struct oci_linux, cgroupsPath, JSON_OPTIONAL),
    JSON_FIELD(struct oci_linux, rootfsPropagation, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_linux, seccomp, oci_seccomp_fields, JSON_OPTIONAL),
    JSON_PAIRS(struct oci_linux, sysctl, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_linux, maskedPaths, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_linux, readonlyPaths, JSON_OPTIONAL),
    JSON_FIELD(struct oci_linux, mountLabel, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_linux, intelRdt, oci_intel_rdt_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_linux, memoryPolicy, memory_policy_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_linux, personality, oci_personality_fields, JSON_OPTIONAL),
    JSON_OBJECTS(struct oci_linux, timeOffsets, time_offset_fields, JSON_OPTIONAL),
    {},
};
