// SPDX-License-Identifier: Apache-2.0
// system.h — responses about dhow itself.
#pragma once
#include "json/bind.h"

struct system_version {
    const char *version, *git_commit, *os, *arch, *kernel_version;
};
struct system_info {
    int64_t containers, containers_running, containers_stopped, images;
    const char *driver, *root_dir, *run_root, *cgroup_version, *kernel_version, *architecture,
        *name;
    int64_t ncpu, mem_total;
    const char *server_version, *default_runtime;
};
