// SPDX-License-Identifier: Apache-2.0
// hooks.h — where the areas of a container (network, mounts, limits, security) take part in its
// life.
//
//     create   *_check: what is asked for is possible; the request is completed
//     start    endpoints_start, then *_bundle: config.json says it; the monitor's configuration too
//     end      *_release: what the start made is given back; idempotent, also after a kill -9 at
//              any step, and called with the container's lock held
//     remove   *_remove: what outlives an end goes
#pragma once
#include "engine/parts.h"
#include "monitor/config.h"
#include "oci/config.h"

// --- create ---
enum { CREATION_WARNINGS_MAX = 32 };
struct container_settings;
struct creation {
    struct engine *engine;
    struct arena *arena;
    const struct image *image;
    struct container_spec *spec; // completed by what the image says already
    const char *warnings[CREATION_WARNINGS_MAX];
    size_t n_warnings;
    const struct container_settings *settings; // NULL until somebody asks (settings.h)
};
// A sentence that the user gets with the answer. More than fit are dropped.
[[gnu::format(printf, 2, 3)]] void creation_warn(struct creation *creation, const char *format,
                                                 ...);
[[nodiscard]] int log_check(struct creation *creation, struct err *err);
[[nodiscard]] int endpoints_check(struct creation *creation, struct err *err);
[[nodiscard]] int mounts_check(struct creation *creation, struct err *err);
[[nodiscard]] int limits_check(struct creation *creation, struct err *err);
[[nodiscard]] int security_check(struct creation *creation, struct err *err);

// --- start ---
struct start { // of one container: what its areas have found out for each other
    struct engine *engine;
    struct arena *arena;
    const struct container *container;
    int rootfs;               // its mounted root
    int userns;               // its user namespace, or -1: ours
    const char *netns;        // path of a network namespace to join; NULL: a new one, or the host's
    const char *hosts;        // text of /etc/hosts
    const char *resolv;       // text of /etc/resolv.conf
    bool has_default_seccomp; // the profile that is text already goes into config.json
    struct monitor_config *monitor;
    int monitor_fds[64]; // descriptors that the monitor gets by --fd, in this order; owned by
                         // *_start
    size_t n_monitor_fds;
};
// Before config.json is written: the network is there, hosts and resolv are filled in.
[[nodiscard]] int endpoints_start(struct start *start, struct err *err);
// Each puts its part into config.json.
[[nodiscard]] int endpoints_bundle(struct start *start, struct oci_config *out, struct err *err);
[[nodiscard]] int mounts_bundle(struct start *start, struct oci_config *out, struct err *err);
[[nodiscard]] int limits_bundle(struct start *start, struct oci_config *out, struct err *err);
[[nodiscard]] int security_bundle(struct start *start, struct oci_config *out, struct err *err);

// --- rename ---
// The networks of a running container that was called `old_name` hear of its new name.
[[nodiscard]] int endpoints_renamed(struct engine *engine, struct arena *arena,
                                    const struct container *container, const char *old_name,
                                    struct err *err);

// --- rm --link ---
// `reference` is CONTAINER/ALIAS: that container forgets this link of the default bridge, at once
// in its /etc/hosts and for its next start in its environment. ERR_NOT_FOUND when it has none.
[[nodiscard]] int links_remove(struct engine *engine, struct arena *arena, const char *reference,
                               struct err *err);

// --- end, remove ---
[[nodiscard]] int endpoints_release(struct engine *engine, struct arena *arena,
                                    const struct container *container, struct err *err);
[[nodiscard]] int mounts_release(struct engine *engine, struct arena *arena,
                                 const struct container *container, struct err *err);
[[nodiscard]] int security_release(const struct container *container, struct err *err);
// `with_volumes`: anonymous ones, too (rm -v, --rm).
[[nodiscard]] int mounts_remove(struct engine *engine, struct arena *arena,
                                const struct container *container, bool with_volumes,
                                struct err *err);
// All of the above releases: what an ended container does not need any more.
[[nodiscard]] int container_release(struct engine *engine, struct arena *arena,
                                    const struct container *container, struct err *err);
