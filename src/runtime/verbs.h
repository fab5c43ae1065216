// SPDX-License-Identifier: Apache-2.0
// verbs.h — what the runtime can do, one function a verb. Each lives in the file of its name; the
// command line in front of them is commands.c.
#pragma once
#include "base/option.h"
#include "runtime/container.h"

struct create_options {
    const char *id, *bundle, *config; // config: another name for config.json, or NULL
    const char *console_socket, *pid_file;
    const char *pidfd_socket;
    int64_t *preserve_fds;
    bool no_pivot, no_new_keyring;
    // run only
    bool detach, keep, no_subreaper;
};
[[nodiscard]] int runtime_create(const struct runtime *runtime,
                                 const struct create_options *options, struct err *err);
// create, start, and unless detached wait and delete: *out_exit_code is the process's (128+n for a
// signal).
[[nodiscard]] int runtime_run(const struct runtime *runtime, const struct create_options *options,
                              int *out_exit_code, struct err *err);
[[nodiscard]] int runtime_start(const struct runtime *runtime, const char *id, struct err *err);
// Prints the state JSON to stdout.
[[nodiscard]] int runtime_state(const struct runtime *runtime, const char *id, struct err *err);
[[nodiscard]] int runtime_kill(const struct runtime *runtime, const char *id, int signal,
                               bool is_all, struct err *err);
[[nodiscard]] int runtime_delete(const struct runtime *runtime, const char *id, bool is_forced,
                                 struct err *err);

struct exec_options {
    const char *id;
    struct words args;
    const char *process_file; // --process
    const char *console_socket, *pid_file, *pidfd_socket, *cwd, *user, *process_label, *apparmor,
        *cgroup;
    struct words env, caps;
    struct words additional_gids;
    int64_t *preserve_fds;
    bool tty, detach, no_new_privs, ignore_paused;
};
[[nodiscard]] int runtime_exec(const struct runtime *runtime, const struct exec_options *options,
                               int *out_exit_code, struct err *err);
