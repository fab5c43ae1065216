// SPDX-License-Identifier: Apache-2.0
// live_read.c — the reading half of live.json, apart, so that the monitor carries no JSON parser.
#include "monitor/monitor.h"

int live_read(struct arena *arena, int container_dir, struct live *out, struct err *err)
{
    struct live live;
    if (json_decode_file(arena, container_dir, LIVE_FILE, live_fields, &live, JSON_LENIENT, err) <
        0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1;
    *out = live;
    return 1;
}
