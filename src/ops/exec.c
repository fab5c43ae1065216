// SPDX-License-Identifier: Apache-2.0
// exec.c — the JSON tables of exec's operations.
#include "ops/exec.h"

#include "ops/tables.h"

// clang-format off
const struct json_field exec_inspect_parameters[] = {
    JSON_FIELD(struct exec_inspect_request, id, JSON_REQUIRED),
    {},
};
static const struct json_field process_fields[] = {
    JSON_FIELD(struct exec_process, tty, JSON_ALWAYS),
    JSON_FIELD(struct exec_process, entrypoint, JSON_ALWAYS),
    JSON_ARRAY(struct exec_process, arguments, JSON_ALWAYS),
    JSON_FIELD(struct exec_process, privileged, JSON_ALWAYS),
    JSON_FIELD(struct exec_process, user, JSON_OPTIONAL),
    {},
};
const struct json_field exec_inspection_fields[] = {
    JSON_NAMED(struct exec_inspection, id, "ID", JSON_ALWAYS),
    JSON_NAMED(struct exec_inspection, running, "Running", JSON_ALWAYS),
    JSON_NAMED(struct exec_inspection, exit_code, "ExitCode", JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct exec_inspection, process, "ProcessConfig", process_fields, JSON_ALWAYS),
    JSON_NAMED(struct exec_inspection, open_stdin, "OpenStdin", JSON_ALWAYS),
    JSON_NAMED(struct exec_inspection, open_stderr, "OpenStderr", JSON_ALWAYS),
    JSON_NAMED(struct exec_inspection, open_stdout, "OpenStdout", JSON_ALWAYS),
    JSON_NAMED(struct exec_inspection, can_remove, "CanRemove", JSON_ALWAYS),
    JSON_NAMED(struct exec_inspection, container_id, "ContainerID", JSON_ALWAYS),
    JSON_NAMED(struct exec_inspection, detach_keys, "DetachKeys", JSON_ALWAYS),
    JSON_NAMED(struct exec_inspection, pid, "Pid", JSON_ALWAYS),
    {},
};
