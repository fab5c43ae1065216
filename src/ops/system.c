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
