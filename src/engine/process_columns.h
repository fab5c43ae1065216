// SPDX-License-Identifier: Apache-2.0
// process_columns.h — inside engine/: processes of the host as a table with ps's columns.
#pragma once
#include "ops/top.h"

#include <sys/types.h>

// What ps shows of these processes with these arguments: nothing or "-ef", "aux", and lists of
// columns ("-o pid,user,cmd", "-eo …"). Those that have ended meanwhile are left out. ERR_INVALID
// for what we do not know.
[[nodiscard]] int processes_show(struct arena *arena, const pid_t *pids, size_t n,
                                 const char *const *arguments, struct container_top_response *out,
                                 struct err *err);
