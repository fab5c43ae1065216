// SPDX-License-Identifier: Apache-2.0
// life.c — the JSON tables of the operations on a container's life.
#include "ops/life.h"

#include "ops/tables.h"

// clang-format off
const struct json_field container_restart_parameters[] = {
    JSON_FIELD(struct container_restart_request, id, JSON_REQUIRED),
    JSON_FIELD(struct container_restart_request, signal, JSON_OPTIONAL),
    JSON_FIELD(struct container_restart_request, t, JSON_OPTIONAL),
    {},
};
const struct json_field container_rename_parameters[] = {
    JSON_FIELD(struct container_rename_request, id, JSON_REQUIRED),
    JSON_FIELD(struct container_rename_request, name, JSON_REQUIRED),
    {},
};
const struct json_field container_update_parameters[] = {
    JSON_FIELD(struct container_update_request, id, JSON_REQUIRED),
    JSON_ARRAY(struct container_update_request, env, JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct container_update_request, unset_env, "unset-env", JSON_OPTIONAL),
    JSON_PAIRS(struct container_update_request, labels, JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct container_update_request, unset_labels, "unset-labels", JSON_OPTIONAL),
    {},
};
const struct json_field container_update_body[] = {
    {.name = "", .offset = offsetof(struct container_update_request, host), .kind = JSON_RAW},
    {},
};
const struct json_field container_update_response_fields[] = {
    JSON_ARRAY_NAMED(struct container_update_response, warnings, "Warnings", JSON_ALWAYS),
    {},
};
static const struct json_field ending_fields[] = {
    JSON_NAMED(struct container_ending, started_at, "StartedAt", JSON_ALWAYS),
    JSON_NAMED(struct container_ending, finished_at, "FinishedAt", JSON_ALWAYS),
    JSON_NAMED(struct container_ending, exit_code, "ExitCode", JSON_ALWAYS),
    JSON_NAMED(struct container_ending, signal, "Signal", JSON_OPTIONAL),
    JSON_NAMED(struct container_ending, by, "By", JSON_OPTIONAL),
    JSON_NAMED(struct container_ending, asked_signal, "AskedSignal", JSON_OPTIONAL),
    JSON_NAMED(struct container_ending, asked_by, "AskedBy", JSON_OPTIONAL),
    JSON_NAMED(struct container_ending, oom_kills, "OOMKills", JSON_ALWAYS),
    JSON_NAMED(struct container_ending, memory_limit, "MemoryLimit", JSON_OPTIONAL),
    JSON_NAMED(struct container_ending, memory_peak, "MemoryPeak", JSON_OPTIONAL),
    JSON_NAMED(struct container_ending, error, "Error", JSON_OPTIONAL),
    JSON_NAMED(struct container_ending, health, "Health", JSON_OPTIONAL),
    JSON_NAMED(struct container_ending, restart_count, "RestartCount", JSON_ALWAYS),
    JSON_NAMED(struct container_ending, restarted, "Restarted", JSON_ALWAYS),
    {},
};
const struct json_field container_why_fields[] = {
    JSON_NAMED(struct container_why, id, "Id", JSON_ALWAYS),
    JSON_NAMED(struct container_why, name, "Name", JSON_ALWAYS),
    JSON_NAMED(struct container_why, image, "Image", JSON_ALWAYS),
    JSON_NAMED(struct container_why, status, "Status", JSON_ALWAYS),
    JSON_NAMED(struct container_why, exit_code, "ExitCode", JSON_ALWAYS),
    JSON_NAMED(struct container_why, restart_count, "RestartCount", JSON_ALWAYS),
    JSON_NAMED(struct container_why, restart_policy, "RestartPolicy", JSON_ALWAYS),
    JSON_NAMED(struct container_why, words, "Why", JSON_ALWAYS),
    JSON_NAMED(struct container_why, guess, "Guess", JSON_OPTIONAL),
    JSON_LIST_NAMED(struct container_why, ends, "Ends", ending_fields, JSON_ALWAYS),
    JSON_NAMED(struct container_why, health, "Health", JSON_OPTIONAL),
    JSON_NAMED(struct container_why, health_output, "HealthOutput", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct container_why, command, "Command", JSON_ALWAYS),
    {},
};
const struct json_field system_boot_parameters[] = {
    JSON_FIELD(struct system_boot_request, stop, JSON_OPTIONAL),
    {},
};
static const struct json_field boot_result_fields[] = {
    JSON_NAMED(struct system_boot_result, id, "Id", JSON_ALWAYS),
    JSON_NAMED(struct system_boot_result, name, "Name", JSON_ALWAYS),
    JSON_NAMED(struct system_boot_result, error, "Error", JSON_ALWAYS),
    {},
};
const struct json_field system_boot_fields[] = {
    JSON_LIST_NAMED(struct system_boot_response, containers, "Containers", boot_result_fields, JSON_ALWAYS),
    {},
};
