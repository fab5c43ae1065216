// SPDX-License-Identifier: Apache-2.0
// operation.h — the spine: everything a user can ask for is one row of one table.
//
// A row says what the operation is called, where the Docker Engine API has it, and the tables of
// its request and response. Whoever asks (cli, later the HTTP server and client) holds a `struct
// operator` and calls through its one pointer: whether the engine is in this process or behind a
// socket is not seen. Descriptors that an operation streams through are members that no table
// names; each surface carries them its own way.
#pragma once
#include "json/bind.h"

enum operation_id {
    CONTAINER_CREATE,
    CONTAINER_START,
    CONTAINER_ATTACH,
    CONTAINER_LIST,
    CONTAINER_INSPECT,
    CONTAINER_LOGS,
    CONTAINER_EXEC,
    EXEC_INSPECT,
    CONTAINER_STOP,
    CONTAINER_KILL,
    CONTAINER_REMOVE,
    CONTAINER_WAIT,
    CONTAINER_EXPORT,
    CONTAINER_ARCHIVE_STAT,
    CONTAINER_ARCHIVE_GET,
    CONTAINER_ARCHIVE_PUT,
    CONTAINER_CHANGES,
    CONTAINER_COMMIT,
    CONTAINER_MOUNT,
    CONTAINER_UNMOUNT,
    CHECKPOINT_CREATE,
    CHECKPOINT_LIST,
    CHECKPOINT_REMOVE,
    IMAGE_IMPORT,
    IMAGE_LIST,
    IMAGE_INSPECT,
    IMAGE_HISTORY,
    IMAGE_TAG,
    IMAGE_REMOVE,
    IMAGE_PRUNE,
    IMAGE_PULL,
    IMAGE_PUSH,
    IMAGE_SEARCH,
    IMAGE_SAVE,
    IMAGE_LOAD,
    IMAGE_BLOBS,
    IMAGE_CHANGES,
    IMAGE_CONVERT,
    IMAGE_MOUNT,
    IMAGE_UNMOUNT,
    NETWORK_CREATE,
    NETWORK_LIST,
    NETWORK_INSPECT,
    NETWORK_REMOVE,
    NETWORK_CONNECT,
    NETWORK_DISCONNECT,
    NETWORK_PRUNE,
    CONTAINER_MOUNTS,
    NETWORK_RELOAD,
    CONTAINER_EXPOSURE,
    CONTAINER_PORTS,
    VOLUME_CREATE,
    VOLUME_LIST,
    VOLUME_INSPECT,
    VOLUME_REMOVE,
    VOLUME_PRUNE,
    VOLUME_UPDATE,
    VOLUME_CLONE,
    VOLUME_EXPORT,
    VOLUME_IMPORT,
    SECRET_CREATE,
    SECRET_LIST,
    SECRET_INSPECT,
    SECRET_REMOVE,
    DISTRIBUTION_INSPECT,
    MANIFEST_GET,
    MANIFEST_PUT,
    SYSTEM_AUTH,
    SYSTEM_DF,
    SYSTEM_CHECK,
    SYSTEM_VERSION,
    SYSTEM_INFO,
    SYSTEM_EVENTS,
    CONTAINER_STATS,
    CONTAINER_TOP,
    CONTAINER_PRUNE,
    // life
    CONTAINER_PAUSE,
    CONTAINER_UNPAUSE,
    CONTAINER_RESTART,
    CONTAINER_RENAME,
    CONTAINER_UPDATE,
    CONTAINER_WHY,
    SYSTEM_BOOT,
    N_OPERATIONS,
};

struct operation {
    const char *name;          // "container_create"
    const char *method, *path; // "POST", "/containers/{id}/start"
    // Members of the request that stand in the path ({…}) or, else, in the query.
    const struct json_field *parameters;
    const struct json_field *body;     // members that are the request's JSON body, or NULL
    const struct json_field *response; // or NULL: nothing to say
    uint16_t request_size, response_size;
    uint16_t status;     // HTTP's on success
    const char *summary; // a sentence for reference pages
};
extern const struct operation operations[N_OPERATIONS];

struct operator
{
    // Does it. `request` and `response` are the structs of the operation's row; the response and
    // what it points to live in the arena and are written only on success.
    int (*call)(void *self, enum operation_id id, struct arena *arena, const void *request,
                void *response, struct err *err);
    // Makes durable what was answered so far, all at once: before the user is told that it was
    // done, and while a container that was started runs already. Nothing to do is fine.
    int (*settle)(void *self, struct err *err);
    void *self;
};
