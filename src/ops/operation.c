// SPDX-License-Identifier: Apache-2.0
// operation.c — the table of operations.
#include "ops/operation.h"

#include "ops/container.h"
#include "ops/image.h"
#include "ops/system.h"
#include "ops/tables.h"

// clang-format off
#define ASKS(type)  .request_size = sizeof(struct type)
#define SAYS(type)  .response_size = sizeof(struct type)

const struct operation operations[N_OPERATIONS] = {
    [CONTAINER_CREATE] = {
        "container_create", "POST", "/containers/create", container_create_parameters, container_create_body,
        container_create_response_fields, ASKS(container_create_request), SAYS(container_create_response), 201,
        "Makes a container from an image; it does not run yet."},
    [CONTAINER_START] = {
        "container_start", "POST", "/containers/{id}/start", container_reference_parameters, NULL,
        NULL, ASKS(container_start_request), SAYS(container_start_response), 204,
        "Runs a container that was created or has ended."},
    [CONTAINER_ATTACH] = {
        "container_attach", "POST", "/containers/{id}/attach", container_reference_parameters, NULL,
        NULL, ASKS(container_reference), SAYS(container_attach_response), 101,
        "Connects to a running container's standard streams."},
    [CONTAINER_LIST] = {
        "container_list", "GET", "/containers/json", container_list_parameters, NULL,
        container_list_response_fields, ASKS(container_list_request), SAYS(container_list_response), 200,
        "Lists containers."},
    [CONTAINER_INSPECT] = {
        "container_inspect", "GET", "/containers/{id}/json", container_reference_parameters, NULL,
        container_inspection_fields, ASKS(container_reference), SAYS(container_inspection), 200,
        "Says everything there is to know about one container."},
    [CONTAINER_LOGS] = {
        "container_logs", "GET", "/containers/{id}/logs", container_logs_parameters, NULL,
        NULL, ASKS(container_logs_request), 0, 200,
        "Streams what a container has written."},
    [CONTAINER_EXEC] = {
        "container_exec", "POST", "/containers/{id}/exec", container_exec_parameters, container_exec_body,
        container_exec_response_fields, ASKS(container_exec_request), SAYS(container_exec_response), 201,
        "Runs another process in a running container."},
    [CONTAINER_STOP] = {
        "container_stop", "POST", "/containers/{id}/stop", container_stop_parameters, NULL,
        NULL, ASKS(container_stop_request), 0, 204,
        "Asks a container to end, and ends it when it does not."},
    [CONTAINER_KILL] = {
        "container_kill", "POST", "/containers/{id}/kill", container_kill_parameters, NULL,
        NULL, ASKS(container_kill_request), 0, 204,
        "Sends a signal to a container's first process."},
    [CONTAINER_REMOVE] = {
        "container_remove", "DELETE", "/containers/{id}", container_remove_parameters, NULL,
        NULL, ASKS(container_remove_request), 0, 204,
        "Removes a container with all that it wrote."},
    [CONTAINER_WAIT] = {
        "container_wait", "POST", "/containers/{id}/wait", container_reference_parameters, NULL,
        container_wait_response_fields, ASKS(container_reference), SAYS(container_wait_response), 200,
        "Waits until a container has ended and says its exit code."},
    [IMAGE_IMPORT] = {
        "image_import", "POST", "/images/create", image_import_parameters, NULL,
        image_import_response_fields, ASKS(image_import_request), SAYS(image_import_response), 200,
        "Makes an image of one layer from a tar stream."},
    [IMAGE_LIST] = {
        "image_list", "GET", "/images/json", NULL, NULL,
        image_list_response_fields, 0, SAYS(image_list_response), 200,
        "Lists images."},
    [IMAGE_REMOVE] = {
        "image_remove", "DELETE", "/images/{name}", image_remove_parameters, NULL,
        image_remove_response_fields, ASKS(image_remove_request), SAYS(image_remove_response), 200,
        "Takes a name from an image and, with the last one, removes it."},
    [SYSTEM_VERSION] = {
        "system_version", "GET", "/version", NULL, NULL,
        system_version_fields, 0, SAYS(system_version), 200,
        "Says which dhow this is."},
    [SYSTEM_INFO] = {
        "system_info", "GET", "/info", NULL, NULL,
        system_info_fields, 0, SAYS(system_info), 200,
        "Says how much there is of what, and where."},
};
