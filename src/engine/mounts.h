// SPDX-License-Identifier: Apache-2.0
// mounts.h — a container's mounts, for the other files of engine/.
#pragma once
#include "engine/hooks.h"

// In the transaction that adds a container's row: its volumes exist and are used by it. Afterwards
// (mounts_recorded): their directories are there.
[[nodiscard]] int mounts_record(struct engine *engine, struct arena *arena,
                                const struct container_spec *spec, const char *container_id,
                                struct err *err);
void mounts_recorded(struct engine *engine, struct arena *arena, const struct container_spec *spec);
// Called when the container runs: what only its start needed on the host is taken away.
void mounts_started(const struct start *start);

// --storage-opt (storage.c): can it be had; limit a root that was prepared and never mounted; give
// the limit back.
[[nodiscard]] int storage_check(const struct engine *engine, const struct host_config *host,
                                struct err *err);
[[nodiscard]] int storage_limit(const struct container *container, struct err *err);
void storage_unlimit(const struct container *container);

// --- what start makes (mounts_start.c, mounts_stage.c), for mounts_live.c, too ---
// Something to mount: where it comes from.
struct mount_source {
    int fd;           // O_PATH of the directory or file; -1: a new tmpfs
    const char *path; // where a runtime finds it; NULL when it is only known by the fd
    bool is_dir;
};
// Opens what a mount shows: makes or holds what is missing, fills a new volume. *out's fd is the
// caller's to close.
struct mounting { // for whom
    struct engine *engine;
    struct arena *arena;
    const struct container *container;
    int rootfs; // the container's root; -1: no volume is filled
};
[[nodiscard]] int mount_source_open(const struct mounting *of, const struct container_mount *mount,
                                    struct mount_source *out, struct err *err);
// Attaches something that has no path of its own at one below the container's run directory, until
// mounts_started or mounts_release; gives that path. `mount`: detached, borrowed.
[[nodiscard]] int mount_stage(const struct start *start, int mount, bool is_dir,
                              const char **out_path, struct err *err);
// Takes all of these away.
[[nodiscard]] int mount_unstage(const struct container *container, struct err *err);

// own=: the id mapping of a mount that shows `source` as the user's. ids: at most OWN_MAPS_MAX.
enum { OWN_MAPS_MAX = 5 };
struct own_maps {
    struct oci_id_map uids[OWN_MAPS_MAX], gids[OWN_MAPS_MAX];
    size_t n_uids, n_gids;
};
[[nodiscard]] int own_maps_make(int rootfs, const char *owner, const struct mount_source *source,
                                struct own_maps *out, struct err *err);
// Gives a detached mount that mapping; ERR_UNAVAILABLE in words that say what to do.
[[nodiscard]] int own_maps_apply(int mount, const char *owner, const struct mount_source *source,
                                 const struct own_maps *maps, struct err *err);
// a ↔ b, everything else as it is.
size_t own_maps_swap(uint32_t a, uint32_t b, struct oci_id_map out[OWN_MAPS_MAX]);
// U: gives all of a tree to the user.
[[nodiscard]] int mount_change_owner(int rootfs, const char *owner,
                                     const struct mount_source *source, struct err *err);
// z, Z: labels the tree, where SELinux is switched on.
[[nodiscard]] int mount_relabel(const struct mount_source *source, const char *wanted,
                                struct err *err);

// --- a container that is there (mounts_live.c); it is held by the caller ---
// Mounts what was asked for in it, if it runs, and keeps that for its next starts: its request is
// stored with it.
[[nodiscard]] int mounts_add_live(struct engine *engine, struct arena *arena,
                                  struct container *container, const struct mount_request *request,
                                  struct err *err);
// The opposite: what is mounted at `target`. ERR_NOT_FOUND: nothing that a user asked for is.
[[nodiscard]] int mounts_remove_live(struct engine *engine, struct arena *arena,
                                     struct container *container, const char *target,
                                     struct err *err);
// A Mounts entry as a resolved one: checked, with its volume named, its image found.
[[nodiscard]] int mounts_resolve(struct engine *engine, struct arena *arena,
                                 const char *volume_driver, struct container_mount *mount,
                                 struct err *err);
