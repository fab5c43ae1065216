// SPDX-License-Identifier: Apache-2.0
// state.c — what a container is (runtime.md, "state").
#include "base/file.h"
#include "runtime/verbs.h"

enum { STATE_MAX = 4 * 1024 * 1024 };

int runtime_state(const struct runtime *runtime, const char *id, struct err *err)
{
    struct container container;
    if (container_open(runtime, id, CONTAINER_READ, &container, err) < 0)
        return -1;
    enum container_status status;
    int result = container_status(&container, &status, err);
    if (result == 0) {
        struct oci_state state;
        container_state(&container, status, &state);
        AUTO_BUF struct buf text;
        buf_init(&text, STATE_MAX);
        json_encode(&text, oci_state_fields, &state, JSON_PRETTY);
        buf_char(&text, '\n');
        result = buf_check(&text, "the state", err);
        if (result == 0 && write_all(1, buf_get(&text), text.n) < 0)
            result = fail_sys(err, "print the state");
    }
    container_close(&container);
    return result;
}
