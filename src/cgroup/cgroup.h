// SPDX-License-Identifier: Apache-2.0
// cgroup.h — one container's place in the control groups: made, joined, limited, measured, emptied,
// removed.
//
// The layout is found out once: v2 (cgroup2 at /sys/fs/cgroup) or v1 (one hierarchy per controller;
// a `unified` beside them is left alone). A cgroup here is a set of directories, one for each
// hierarchy in v1 and one in v2. Kernel: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/.
#pragma once
#include "oci/config.h"

#include <stdint.h>
#include <sys/types.h>

enum cgroup_driver { CGROUP_CGROUPFS, CGROUP_SYSTEMD, CGROUP_DISABLED };

struct cgroup_request {
    const char *id;          // the container's
    const char *cgroupsPath; // linux.cgroupsPath, or NULL: a path is chosen from the id
    enum cgroup_driver driver;
    bool is_rootless; // what cannot be made for want of permission is then left out
    const struct oci_resources *resources; // may be NULL
    // org.systemd.property.*; run.oci.delegate-cgroup names a cgroup below the container's in which
    // its processes live (v2), so that it may pass controllers on from there
    const struct json_pair *annotations;
    size_t n_annotations;
};

struct cgroup;

// Where the container's cgroups will be; touches nothing. Everything below takes it. Yours:
// cgroup_close.
[[nodiscard]] int cgroup_plan(const struct cgroup_request *request, struct cgroup **out,
                              struct err *err);
void cgroup_close(struct cgroup *cgroup); // NULL-safe; removes nothing
// For the container's state: as JSON text, and back.
void cgroup_save(const struct cgroup *cgroup, struct buf *out);
[[nodiscard]] int cgroup_load(const char *json, struct cgroup **out, struct err *err);

// Makes the directories (parents too), sets the limits that can be set on an empty cgroup, the
// device list and, in v1, cpuset.cpus/mems from the parent. With the systemd driver: nothing yet,
// see cgroup_attach. A cgroup that exists and is not empty or is frozen is ERR_CONFLICT. On failure
// removes what it made.
[[nodiscard]] int cgroup_make(struct cgroup *cgroup, const struct oci_resources *resources,
                              struct err *err);
// v2: an fd of the directory for clone3(CLONE_INTO_CGROUP), borrowed; -1 on v1 (or when it must be
// attached).
int cgroup_clone_fd(const struct cgroup *cgroup);
// In the new child, once, before anything else; only write(2): joins by the `tasks` files opened
// before (v1: the kernel then takes no global lock). Does nothing where cgroup_clone_fd was used. 0
// or -1 with errno.
[[nodiscard]] int cgroup_enter(const struct cgroup *cgroup);
// True when the parent must call cgroup_attach(pid) while the child waits: the systemd driver.
bool cgroup_wants_attach(const struct cgroup *cgroup);
[[nodiscard]] int cgroup_attach(struct cgroup *cgroup, pid_t pid,
                                const struct oci_resources *resources, struct err *err);
// Opens what cgroup_enter or cgroup_clone_fd need to join an existing cgroup (exec). sub: a path
// below it, or NULL. first: the container's first process, or 0; where the cgroup itself lets
// nobody in (v2, when a systemd in the container has passed controllers on), the first process's is
// opened.
[[nodiscard]] int cgroup_open_for_exec(struct cgroup *cgroup, const char *sub, pid_t first,
                                       struct err *err);

// Changes the limits of a live container; files whose property is absent are not written. All or,
// as far as the kernel lets it be undone, nothing.
[[nodiscard]] int cgroup_update(struct cgroup *cgroup, const struct oci_resources *resources,
                                struct err *err);

[[nodiscard]] int
cgroup_freeze(struct cgroup *cgroup,
              struct err *err); // waits until all is frozen (limit 10 s), thaws on failure
[[nodiscard]] int cgroup_thaw(struct cgroup *cgroup, struct err *err);
[[nodiscard]] int cgroup_is_frozen(const struct cgroup *cgroup, struct err *err); // 1, 0, < 0
// Every process in it and below: pids in the caller's pid namespace, yours to free.
[[nodiscard]] int cgroup_pids(const struct cgroup *cgroup, pid_t **out, size_t *out_n,
                              struct err *err);
// Sends the signal to all of them; SIGKILL by cgroup.kill where there is one, else freeze-walk
// until none is left.
[[nodiscard]] int cgroup_kill(struct cgroup *cgroup, int signal, struct err *err);
// Kills what is left (also when frozen), removes the directories below and its own; fine if they
// are gone.
[[nodiscard]] int cgroup_remove(struct cgroup *cgroup, struct err *err);

// What a mount of type "cgroup" in the container shows. v2: n = 1 and name NULL. v1: one for each
// hierarchy, `name` the directory below the mount ("cpu", "cpu,cpuacct" with symlinks for
// `aliases`, "systemd"), `path` the host directory of the container's cgroup in it, `root` the
// hierarchy's root. Borrowed from the cgroup.
struct cgroup_mount {
    const char *name;
    const char *path, *root;
    const char *const *aliases; // NULL-terminated, or NULL
    const char *options;        // what mount(2) wants as data: "cpu,cpuacct", "name=systemd"
};
const struct cgroup_mount *cgroup_mounts_get(const struct cgroup *cgroup, size_t *out_n);
bool cgroup_is_v2(const struct cgroup *cgroup);
// For inspect and `ps`: the path in the (first) hierarchy, borrowed.
const char *cgroup_path_get(const struct cgroup *cgroup);
