// SPDX-License-Identifier: Apache-2.0
// hierarchy.h — the body of struct cgroup, for the files of this module only.
//
// Theory: a container's cgroup is one directory in each hierarchy (v1) or one in all (v2). What is
// done to it is done per hierarchy by path: `path` was chosen by us from checked names (no "..", no
// links in cgroupfs), so a string is as good as a descriptor here and costs no call.
#pragma once
#include "cgroup/cgroup.h"
#include "cgroup/layout.h"

struct hierarchy {
    const char *controllers; // v1: "cpu,cpuacct" or "name=systemd"; v2: ""
    const char *root;        // where the hierarchy is mounted
    const char *path;        // the container's directory
    const char *below;       // the same below root: "/dhow/id"
    bool is_left_out; // could not be made for want of permission (rootless): nothing is there
    bool is_made;     // by this process, now
    int fd;           // v1: `tasks`, open for writing; v2: the directory. -1 until made or opened
};

struct cgroup {
    struct arena arena;
    enum cgroup_driver driver;
    bool is_v2;
    bool is_rootless;
    const char *delegate; // run.oci.delegate-cgroup: where the processes are below it (v2), or NULL
    const char *id;
    const char *slice, *scope; // systemd driver: the unit's slice and name, else NULL
    const struct json_pair *annotations;
    size_t n_annotations;
    struct hierarchy hierarchies[CGROUP_HIERARCHIES_MAX];
    size_t n;
    struct cgroup_mount mounts[CGROUP_HIERARCHIES_MAX];
    size_t n_mounts;
};

// As cgroup_plan, on a layout that is given (tests: a directory that stands for /sys/fs/cgroup).
[[nodiscard]] int cgroup_plan_in(const struct layout *layout, const struct cgroup_request *request,
                                 struct cgroup **out, struct err *err);
// The hierarchy that has the controller, or NULL. v2: the only one, whatever is asked for.
const struct hierarchy *hierarchy_get(const struct cgroup *cgroup, const char *controller);
// The hierarchy in which processes are counted and frozen: freezer's, or the first there is; NULL
// when cgroups are disabled.
const struct hierarchy *hierarchy_main(const struct cgroup *cgroup);

// Files of a directory given by path. Reading appends to `out`.
[[nodiscard]] int hierarchy_read(const char *directory, const char *file, struct buf *out,
                                 struct err *err);
// One write(2); 0 or -1 with errno.
[[nodiscard]] int hierarchy_write(const char *directory, const char *file, const char *text);
bool hierarchy_has(const char *directory, const char *file);

// v1.c, v2.c: what cgroup_make and cgroup_open_for_exec do in each world.
[[nodiscard]] int v1_make(struct cgroup *cgroup, struct err *err);
// Makes what is missing of the cgroup that systemd began, and puts a process there.
[[nodiscard]] int v1_attach(struct hierarchy *hierarchy, const char *pid, bool is_rootless,
                            struct err *err);
[[nodiscard]] int v1_open(struct cgroup *cgroup, const char *sub, struct err *err);
[[nodiscard]] int v2_make(struct cgroup *cgroup, const struct oci_resources *resources,
                          struct err *err);
// Appends why a controller does not reach the cgroup: which cgroup above stops it. Nothing when
// none does.
void v2_explain_missing(const struct hierarchy *hierarchy, const char *controller, struct buf *out);
[[nodiscard]] int v2_open(struct cgroup *cgroup, const char *sub, pid_t first, struct err *err);
// Makes the delegated cgroup, and moves a process there (systemd driver; 0: none).
[[nodiscard]] int v2_make_delegate(const struct cgroup *cgroup, pid_t pid, struct err *err);
