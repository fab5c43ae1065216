// SPDX-License-Identifier: Apache-2.0
// container.h — a container as the runtime keeps it: a directory below --root with the record, and
// the kernel's truth.
//
//   <root>/<id>/state.json   the record, replaced whole; written with pid 0 before anything is
//                            made (S-18)
//   <root>/<id>/start.sock   the container's first process waits here for `start`; gone once
//   started <root>/.seccomp/         compiled seccomp programs, by digest; no container's id begins
//   so
//
// The record says what was made; whether it runs is asked of the kernel each time: pid and its
// start time, the freezer, and whether somebody still listens on start.sock. Whoever changes a
// container holds the lock of its directory.
#pragma once
#include "base/arena.h"
#include "cgroup/cgroup.h"
#include "oci/config.h"
#include "oci/state.h"

#include <sys/types.h>

#define START_SOCKET  "start.sock"
#define SECCOMP_CACHE ".seccomp"

// What the command line says before the verb.
struct runtime {
    const char *root_path;
    int root; // fd of it
    enum cgroup_driver driver;
    bool is_rootless;
    bool is_debug;
};

struct words;

struct container_record {
    const char *ociVersion, *id, *bundle, *rootfs, *created, *owner;
    int64_t pid;        // of the first process; 0: none was made (yet)
    uint64_t pid_start; // its start time in clock ticks (proc(5), field 22): tells a reused pid
    const char *cgroup; // cgroup_save()'s text
    // What exec and the later verbs need of config.json.
    struct oci_process *process;
    struct oci_hook *poststart, *poststop;
    size_t n_poststart, n_poststop;
    const char *seccomp_listener, *seccomp_metadata; // linux.seccomp.listenerPath, listenerMetadata
    const char *seccomp; // digest of the program in the cache, NULL: none
    struct oci_personality *personality;
    struct oci_intel_rdt *intelRdt;
    const char **namespaces; // types that are the container's own or were joined, in the
                             // specification's words
    size_t n_namespaces;
    struct json_pair *annotations;
    size_t n_annotations;
};
extern const struct json_field container_record_fields[];

struct container {
    struct arena arena;
    const struct runtime *runtime;
    const char *id;
    int dir; // fd of <root>/<id>, locked when `is_locked`
    struct container_record record;
    struct cgroup *cgroup; // from the record
};

enum container_status {
    CONTAINER_CREATING, // being made, or its making was killed: pid 0
    CONTAINER_CREATED,
    CONTAINER_RUNNING,
    CONTAINER_PAUSED,
    CONTAINER_STOPPED,
};
const char *container_status_name(enum container_status status);

// 1..1024 of [A-Za-z0-9_+.-], beginning with a letter or digit (runc's grammar): or ERR_INVALID.
[[nodiscard]] int container_id_check(const char *id, struct err *err);

enum container_open_flags {
    CONTAINER_READ = 0,
    CONTAINER_LOCK = 1 << 0, // wait for the lock and hold it until container_close
};
// ERR_NOT_FOUND: "container \"x\" does not exist". Yours: container_close.
[[nodiscard]] int container_open(const struct runtime *runtime, const char *id,
                                 enum container_open_flags flags, struct container *out,
                                 struct err *err);
void container_close(struct container *container); // NULL-safe
[[nodiscard]] int container_status(const struct container *container, enum container_status *out,
                                   struct err *err);
// A pidfd of the first process, verified against pid reuse; 0 processes: ERR_CONFLICT "container x
// is not running".
[[nodiscard]] int container_pidfd(const struct container *container, struct err *err);
// Replaces the record in the directory.
[[nodiscard]] int container_save(const struct container *container, struct err *err);
// Names of all containers below the root, sorted; in the arena. Directories without a readable
// record are named too.
[[nodiscard]] int container_names(const struct runtime *runtime, struct arena *arena,
                                  struct words *out, struct err *err);
// Fills what `state` prints and hooks read.
void container_state(const struct container *container, enum container_status status,
                     struct oci_state *out);

// Tells the waiting or starting first process on `control` to go on and sees it through to its
// execve; hands a seccomp listener to its agent. `kind` is PARENT_GO_ON or START (handshake.h).
[[nodiscard]] int container_see_started(const struct container *container, int control, int kind,
                                        struct err *err);
// The same for the process of an exec, without the container's poststart hooks.
[[nodiscard]] int container_hand_over(const struct container *container, pid_t pid, int control,
                                      int kind, struct err *err);
// Removes the directory of a container with all in it; fine if it is gone.
[[nodiscard]] int container_remove_dir(const struct runtime *runtime, const char *id,
                                       struct err *err);
// Removes all of a container whose lock the caller holds: what delete does. Unforced, it must be
// stopped or created.
[[nodiscard]] int container_remove(const struct container *container, bool is_forced,
                                   struct err *err);
// Kills what lives and waits until the first process is dead (limit 10 s).
[[nodiscard]] int container_kill_all(const struct container *container, struct err *err);

// For those who make containers (record.c): create and restore. `container` has its runtime, id and
// arena, the rest is empty.
struct seccomp_program;
// Makes its directory and locks it. A name that is taken: ERR_CONFLICT.
[[nodiscard]] int container_make_dir(struct container *container, struct err *err);
// Fills the record from the configuration, which must live as long as the container. Saves nothing.
void container_describe(struct container *container, const struct oci_config *config,
                        const char *bundle_path, const char *rootfs_path);
// Says where its cgroups will be, and saves the record (S-18).
[[nodiscard]] int container_plan_cgroup(struct container *container,
                                        const struct oci_config *config, struct err *err);
// The seccomp filter, from the cache below the root or compiled into it; the record gets its name.
[[nodiscard]] int container_load_filter(struct container *container,
                                        const struct oci_seccomp *profile,
                                        struct seccomp_program *out, struct err *err);
