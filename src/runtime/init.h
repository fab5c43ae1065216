// SPDX-License-Identifier: Apache-2.0
// init.h — the steps of the container's first process, in the files that do them. All of them run
// between clone3 and execve and report through err.
#pragma once
#include "runtime/plan.h"

// Becomes the container and executes its program, or reports to plan->control and ends. init.c
__attribute__((noreturn)) void init_main(struct create_plan *plan);

// True when the first process stops once for the runtime to act from outside (handshake.h).
bool init_waits_for_birth(const struct create_plan *plan);

// Before CHILD_IS_MADE: the runtime may end as soon as it has answered. If it dies before, the
// answer's end of file ends this process, too.
[[nodiscard]] int init_outlive_maker(struct err *err);

// Opens what the plan's mounts and devices need from the host: in the runtime when it is
// privileged, else in the first process. sources.c
[[nodiscard]] int sources_plan(struct create_plan *plan, struct err *err);
[[nodiscard]] int sources_open(struct create_plan *plan, struct err *err);
void sources_close(struct create_plan *plan);
// A user namespace with the id mapping of a mount: the option's value, the mount's own uidMappings
// and gidMappings, or those of the container. idmap.c
[[nodiscard]] int idmap_container(const struct create_plan *plan, struct err *err); // always those
[[nodiscard]] int idmap_userns(const struct create_plan *plan, const struct mount_plan *mount,
                               struct err *err);

// The root file system. rootfs.c
// Attaches the root in the process's own mount namespace: over "/" or, when hooks must find it, at
// its path.
[[nodiscard]] int rootfs_attach(struct create_plan *plan, bool is_on_root, struct err *err);
[[nodiscard]] int rootfs_enter(struct create_plan *plan,
                               struct err *err); // pivot_root; plan->rootfs is "/" then
[[nodiscard]] int rootfs_finish(const struct create_plan *plan,
                                struct err *err); // read-only, propagation

// Mounts in two steps: made detached while the host's /proc is still visible (in a user namespace
// the kernel wants to see one before it gives another), placed inside plan->rootfs. mounts.c
[[nodiscard]] int mounts_make(struct create_plan *plan, struct err *err);
[[nodiscard]] int mounts_place(struct create_plan *plan, struct err *err);
// Device nodes and links in /dev. nodes.c
[[nodiscard]] int nodes_make(const struct create_plan *plan, struct err *err);
// linux.maskedPaths and readonlyPaths. masks.c
[[nodiscard]] int masks_make(struct create_plan *plan, struct err *err); // detached, as mounts_make
[[nodiscard]] int masks_apply(struct create_plan *plan, struct err *err);
// tmpcopyup: copies what the directory `from` holds into the directory `to`. copyup.c
[[nodiscard]] int copy_up(int from, int to, struct err *err);

// The terminal: makes it in the container's devpts, hands the master to plan->console_socket, makes
// the slave standard input, output and error, and binds it to /dev/console (S-5). terminal.c
[[nodiscard]] int terminal_make(const struct process_plan *plan, int root, bool binds_console,
                                struct err *err);
// Connects to a --console-socket.
[[nodiscard]] int console_connect(const char *path, struct err *err);

// From "all is prepared" to execve; return only on failure. process.c
// Finds the program: its path in the container (yours), or ERR_NOT_FOUND, ERR_DENIED.
[[nodiscard]] int process_find(const struct oci_process *process, char **out_path, struct err *err);
// `control` is where a seccomp listener goes.
[[nodiscard]] int process_become(const struct process_plan *plan, const char *path, int root,
                                 int control, struct err *err);
// What must be set from outside, with the runtime's privileges: rlimits, oom_score_adj.
[[nodiscard]] int process_limits_apply(const struct oci_process *process, pid_t pid,
                                       struct err *err);
