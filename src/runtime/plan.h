// SPDX-License-Identifier: Apache-2.0
// plan.h — everything the container's first process needs to become the container, worked out
// before it exists.
//
// The runtime reads, checks and opens; the first process only acts. What is opened here are
// descriptors of the host's side (bind sources, device nodes, namespaces): after pivot_root no host
// path can be named any more (S-3).
#pragma once
#include "linux/capability.h"
#include "linux/memorypolicy.h"
#include "linux/schedule.h"
#include "linux/userns.h"
#include "oci/mountoptions.h"
#include "runtime/container.h"
#include "runtime/verbs.h"
#include "seccomp/seccomp.h"

enum { NAMESPACES_MAX = 8 };

struct namespace_join {
    int fd;
    uint64_t flag; // CLONE_NEW…
};
struct namespace_plan {
    uint64_t own; // CLONE_NEW… of those to make
    struct namespace_join joins[NAMESPACES_MAX];
    size_t n_joins;
    struct id_maps maps; // of the new user namespace
};
// From config's namespaces; opens the paths of those to join. Close with namespaces_done.
[[nodiscard]] int namespaces_plan(const struct oci_config *config, struct arena *arena,
                                  struct namespace_plan *out, struct err *err);
void namespaces_done(struct namespace_plan *plan);
uint64_t namespace_flag(const char *type); // 0: unknown
bool namespaces_joins(const struct namespace_plan *plan, uint64_t flag);

enum mount_kind { MOUNT_FILESYSTEM, MOUNT_BIND, MOUNT_CGROUP, MOUNT_REMOUNT };
enum { CGROUP_TREES_MAX = 16 };
struct cgroup_trees { // of a cgroup mount: one detached mount for each hierarchy (v1), one in all
                      // (v2)
    int tree[CGROUP_TREES_MAX];
    size_t n;
};
struct mount_plan {
    const struct oci_mount *mount;
    enum mount_kind kind;
    struct mount_options *options;
    int tree;    // the mount, detached until it is placed; -1 until made
    bool is_dir; // its source is a directory
    struct cgroup_trees *cgroup;
    const char *link; // copy-symlink: what to link to instead
};
struct device_plan {
    struct oci_device node;
    int tree; // of the host's node where it cannot be made, else -1
};

// How the process is to be when it executes the user's program: the same for the first one and for
// exec.
struct process_plan {
    const struct oci_process *process;
    struct capability_sets capabilities; // none where process.capabilities is absent
    struct seccomp_program seccomp;
    bool has_seccomp;
    struct schedule schedule;
    int io_class;
    unsigned long personality;
    bool has_personality;
    struct memory_policy *memory_policy;
    int preserve_fds;    // 3 … 3 + preserve_fds - 1 stay open
    int console_socket;  // connected: gets the terminal's master; -1: none
    bool keeps_groups;   // run.oci.keep_original_groups
    const char *keyring; // the name of the new session keyring, or NULL
};
[[nodiscard]] int process_plan(const struct oci_process *process,
                               const struct oci_personality *personality, struct process_plan *out,
                               struct err *err);

// The same for standard streams that only the parent can give away: the process will be in a user
// namespace, where their owner is nobody. `inside`: the user it will be there.
void process_give_stdio(const struct id_maps *maps, uint32_t inside);

struct create_plan {
    const struct runtime *runtime;
    const struct create_options *options;
    struct container *container;
    struct oci_config config;
    int bundle; // fd
    const char *bundle_path, *rootfs_path;
    struct namespace_plan namespaces;
    struct process_plan process;
    int rootfs; // the root as a detached mount; -1: the first process opens it
    struct mount_plan *mounts;
    size_t n_mounts;
    struct device_plan *devices;
    size_t n_devices;
    int null_node;    // detached mount of the host's /dev/null, checked to be it: the mask of files
    int empty_dir;    // detached read-only tmpfs: the mask of directories
    bool is_run;      // start at once, without start.sock
    int start_socket; // listening; -1 when is_run
    int control;      // the first process's end of the handshake
    int clock_offsets; // its timens_offsets, open when there are some to write
};
