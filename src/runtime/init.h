// SPDX-License-Identifier: Apache-2.0
// init.h — the steps of the container's first process, in the files that do them. All of them run
// between clone3 and execve and report through err.
#pragma once
#include "runtime/plan.h"

// Becomes the container and executes its program, or reports to plan->control and ends. init.c
[[noreturn]] void init_main(struct create_plan *plan);

// Opens what the plan's mounts and devices need from the host: in the runtime when it is
// privileged, else in the first process. sources.c
[[nodiscard]] int sources_plan(struct create_plan *plan, struct err *err);
[[nodiscard]] int sources_open(struct create_plan *plan, struct err *err);
void sources_close(struct create_plan *plan);

// The root file system. rootfs.c
[[nodiscard]] int rootfs_enter(struct create_plan *plan, int root, struct err *err); // pivot_root
[[nodiscard]] int rootfs_attach(struct create_plan *plan, int root, bool is_on_root,
                                struct err *err);
[[nodiscard]] int rootfs_finish(const struct create_plan *plan, int root,
                                struct err *err); // read-only, propagation
// mounts.c, nodes.c, masks.c: inside root, an fd of the container's root directory.
[[nodiscard]] int mounts_place(const struct create_plan *plan, int root, struct err *err);
[[nodiscard]] int cgroup_mount_open(struct create_plan *plan, struct err *err);
[[nodiscard]] int nodes_make(const struct create_plan *plan, int root, struct err *err);
[[nodiscard]] int masks_apply(const struct create_plan *plan, int root, struct err *err);
// tmpcopyup: copies what the directory `from` holds into the directory `to`. copyup.c
[[nodiscard]] int copy_up(int from, int to, struct err *err);

// The terminal: makes it in the container's devpts, hands the master to plan->console_socket, makes
// the slave standard input, output and error, and binds it to /dev/console (S-5). terminal.c
[[nodiscard]] int terminal_make(const struct process_plan *plan, int root, bool binds_console,
                                struct err *err);
// Connects to a --console-socket.
[[nodiscard]] int console_connect(const char *path, struct err *err);

// From "all is prepared" to execve; returns only on failure. `control` is where a seccomp listener
// goes. process.c
[[nodiscard]] int process_become(const struct process_plan *plan, int root, int control,
                                 const struct oci_state *state, const struct oci_hook *hooks,
                                 size_t n_hooks, struct err *err);
// What must be set from outside, with the runtime's privileges: rlimits, oom_score_adj.
[[nodiscard]] int process_limits_apply(const struct oci_process *process, pid_t pid,
                                       struct err *err);
