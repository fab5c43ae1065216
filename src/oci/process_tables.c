// SPDX-License-Identifier: Apache-2.0
// process_tables.c — the fields of config.md's "process". What is required here is what the
// specification's schema requires; combinations are checked in process.c.
#include "oci/config.h"

static const struct json_field console_size_fields[] = {
    JSON_FIELD(struct oci_console_size, height, JSON_REQUIRED),
    JSON_FIELD(struct oci_console_size, width, JSON_REQUIRED),
    {},
};
static const struct json_field user_fields[] = {
    JSON_FIELD(struct oci_user, uid, JSON_ALWAYS),
    JSON_FIELD(struct oci_user, gid, JSON_ALWAYS),
    JSON_FIELD(struct oci_user, umask, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_user, additionalGids, JSON_OPTIONAL),
    JSON_FIELD(struct oci_user, username, JSON_OPTIONAL),
    {},
};
static const struct json_field capabilities_fields[] = {
    JSON_ARRAY(struct oci_capabilities, bounding, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_capabilities, effective, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_capabilities, inheritable, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_capabilities, permitted, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_capabilities, ambient, JSON_OPTIONAL),
    {},
};
static const struct json_field rlimit_fields[] = {
    JSON_FIELD(struct oci_rlimit, type, JSON_REQUIRED),
    JSON_FIELD(struct oci_rlimit, hard, JSON_REQUIRED),
    JSON_FIELD(struct oci_rlimit, soft, JSON_REQUIRED),
    {},
};
static const struct json_field io_priority_fields[] = {
    JSON_NAMED(struct oci_io_priority, class_, "class", JSON_REQUIRED),
    JSON_FIELD(struct oci_io_priority, priority, JSON_OPTIONAL),
    {},
};
static const struct json_field scheduler_fields[] = {
    JSON_FIELD(struct oci_scheduler, policy, JSON_REQUIRED),
    JSON_FIELD(struct oci_scheduler, nice, JSON_OPTIONAL),
    JSON_FIELD(struct oci_scheduler, priority, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_scheduler, flags, JSON_OPTIONAL),
    JSON_FIELD(struct oci_scheduler, runtime, JSON_OPTIONAL),
    JSON_FIELD(struct oci_scheduler, deadline, JSON_OPTIONAL),
    JSON_FIELD(struct oci_scheduler, period, JSON_OPTIONAL),
    {},
};
static const struct json_field cpu_affinity_fields[] = {
    JSON_FIELD(struct oci_cpu_affinity, initial, JSON_OPTIONAL),
    JSON_FIELD(struct oci_cpu_affinity, final, JSON_OPTIONAL),
    {},
};

const struct json_field oci_process_fields[] = {
    JSON_FIELD(struct oci_process, terminal, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_process, consoleSize, console_size_fields, JSON_OPTIONAL),
    JSON_INSIDE(struct oci_process, user, user_fields, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_process, args, JSON_OPTIONAL),
    JSON_FIELD(struct oci_process, commandLine, JSON_OPTIONAL),
    JSON_ARRAY(struct oci_process, env, JSON_OPTIONAL),
    JSON_FIELD(struct oci_process, cwd, JSON_REQUIRED),
    JSON_BEHIND(struct oci_process, capabilities, capabilities_fields, JSON_OPTIONAL),
    JSON_LIST(struct oci_process, rlimits, rlimit_fields, JSON_OPTIONAL),
    JSON_FIELD(struct oci_process, noNewPrivileges, JSON_OPTIONAL),
    JSON_FIELD(struct oci_process, apparmorProfile, JSON_OPTIONAL),
    JSON_FIELD(struct oci_process, oomScoreAdj, JSON_OPTIONAL),
    JSON_FIELD(struct oci_process, selinuxLabel, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_process, ioPriority, io_priority_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_process, scheduler, scheduler_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct oci_process, execCPUAffinity, cpu_affinity_fields, JSON_OPTIONAL),
    {},
};
