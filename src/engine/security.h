// SPDX-License-Identifier: Apache-2.0
// security.h — what security.c, namespaces.c, seccomp.c, userns.c and process.c share.
#pragma once
#include "base/str.h"
#include "engine/hooks.h"
#include "linux/userns.h"

// What --security-opt says, read.
struct security {
    bool no_new_privileges, writable_cgroups, has_systempaths; // has_…: nothing is masked
    const char *seccomp;   // NULL: nothing was said; builtin, unconfined, or a profile as JSON
    const char *apparmor;  // NULL: nothing was said
    const char *label;     // NULL: nothing was said, or disable
    const char *proc_opts; // options of /proc
    const char *mask;      // "/a:/b": masked, too
    const char *unmask;    // "/a:/b", or ALL: not masked after all
    bool has_label;
};
// ERR_INVALID in docker's words.
[[nodiscard]] int security_read(const struct host_config *host, struct security *out,
                                struct err *err);
// The AppArmor profile of its processes; NULL: none (no AppArmor here).
const char *security_apparmor(const struct host_config *host, const struct security *security);

// --- seccomp.c ---
// Which profile: the default one as text to splice in (is_default), another one in out->seccomp, or
// none. `capabilities`: those that the container has, by which parts of a profile are chosen.
struct seccomp_choice {
    bool is_default;
    struct oci_seccomp *profile;
};
[[nodiscard]] int seccomp_choose(struct arena *arena, const struct host_config *host,
                                 uint64_t capabilities, struct seccomp_choice *out,
                                 struct err *err);
// A profile in docker's format as the runtime wants it, for this machine and these capabilities.
[[nodiscard]] int seccomp_resolve(struct arena *arena, struct str text, uint64_t capabilities,
                                  struct oci_seccomp **out, struct err *err);

// --- namespaces.c ---
[[nodiscard]] int namespaces_check(struct creation *creation, struct err *err);
[[nodiscard]] int namespaces_bundle(struct start *start, struct oci_config *out, struct err *err);
// Gives back the shared memory that others could join.
[[nodiscard]] int namespaces_release(const struct container *container, struct err *err);
// The words after "container:", or NULL.
const char *mode_container(const char *mode);
// A running container by reference; `what` ("join PID namespace") is in the error's words.
[[nodiscard]] int container_open_running(struct engine *engine, struct arena *arena,
                                         const char *reference, const char *what,
                                         struct container *out, struct err *err);

// --- userns.c ---
struct userns_plan {
    const char *join;    // another container to share it with, or NULL
    struct id_maps maps; // the first range of each has the container's root
};
// Completes the request by what the configuration says about all containers.
[[nodiscard]] int userns_check(struct creation *creation, struct err *err);
// The user namespace of a container that is about to start: an fd in *out_fd, -1 when it has none
// of its own, and the mapping.
[[nodiscard]] int userns_open(struct engine *engine, struct arena *arena,
                              const struct container *container, struct userns_plan *out,
                              int *out_fd, struct err *err);
[[nodiscard]] int userns_bundle(struct start *start, struct oci_config *out, struct err *err);

// --- secrets.c ---
[[nodiscard]] int secrets_check(struct creation *creation, struct err *err);
[[nodiscard]] int secrets_bundle(struct start *start, struct oci_config *out, struct err *err);
[[nodiscard]] int secrets_release(const struct container *container, struct err *err);
