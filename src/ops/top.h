// SPDX-License-Identifier: Apache-2.0
// top.h — the processes of a container as a table.
#pragma once
#include "json/bind.h"

struct container_top_request {
    const char *id;
    const char *ps_args; // what ps is to show: "-ef", "aux", "-o pid,cmd"; NULL or "": "-ef"
};
struct top_process {
    const char **columns;
    size_t n_columns;
};
struct container_top_response {
    const char **titles;
    size_t n_titles;
    struct top_process *processes;
    size_t n_processes;
};
