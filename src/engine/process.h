// SPDX-License-Identifier: Apache-2.0
// process.h — the `process` of config.json and of exec, from what a user asked for.
#pragma once
#include "oci/config.h"
#include "ops/container.h"

struct process_request {
    const char *user; // NULL or "": 0:0
    const char **args, **env;
    size_t n_args, n_env;
    const char *working_dir; // NULL or "": /
    bool tty;
    const uint32_t *console_size;   // height, width; NULL: unknown
    const struct host_config *host; // capabilities and what else is the container's
    const char *hostname;           // NULL: no HOSTNAME in the environment
};
// `rootfs`: the mounted root, whose own files say who a user is. What it points to lives in the
// arena or is the request's.
[[nodiscard]] int process_build(struct arena *arena, const struct process_request *request,
                                int rootfs, struct oci_process **out, struct err *err);
// The capabilities that a container has (bit n is capability number n); *out_missing: those that
// were asked for and that this program cannot give. ERR_INVALID names the word of CapAdd or CapDrop
// that is none.
[[nodiscard]] int capabilities_of(const struct host_config *host, uint64_t *out,
                                  uint64_t *out_missing, struct err *err);
uint64_t capabilities_default(void); // of a container that says nothing
// Sets "NAME=value" in a list that has room for one more.
void environment_set(const char **env, size_t *n_env, const char *variable);
// The same for each of a list; there is room for all of them.
void environment_set_all(const char **env, size_t *n_env, const char *const *variables, size_t n);
