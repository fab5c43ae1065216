// SPDX-License-Identifier: Apache-2.0
// parts.h — what the engine's files share: the engine itself, a container in hand, the verbs.
//
// Where things are. Names follow from the owner, so that what is left can be found:
//     <root>/state.db
//     <root>/containers/<id>/   the OCI bundle (config.json, rootfs), upper, work, log, live.json,
//                               hostname, hosts, resolv.conf
//     <run>/containers/<id>/    lock, attach.sock
//     <run>/containers.lock     one byte per container, see container_lock
//     <run>/runtime/            the OCI runtime's --root
#pragma once
#include "base/clock.h"
#include "engine/engine.h"
#include "image/image.h"
#include "linux/program.h"
#include "monitor/config.h"
#include "monitor/monitor.h"
#include "ops/archive.h"
#include "ops/checkpoint.h"
#include "ops/container.h"
#include "ops/events.h"
#include "ops/exec.h"
#include "ops/image.h"
#include "ops/life.h"
#include "ops/network.h"
#include "ops/secret.h"
#include "ops/stats.h"
#include "ops/system.h"
#include "ops/top.h"
#include "ops/volume.h"
#include "state/state.h"

#include <stdbool.h>

enum { ID_LENGTH = 64, SHORT_ID = 12 };

struct engine {
    const struct engine_settings *settings;
    struct state *state; // NULL until engine_open
    int root, run;       // directories
    int locks;           // containers.lock
    struct image_store images;
    const struct network_view *network_view; // while many containers are looked at, else NULL
    bool is_unsettled; // something was committed that must be durable before the user hears of it
};

// --- a container in hand (container.c) ---
enum container_status {
    STATUS_CREATED,
    STATUS_RUNNING,
    STATUS_PAUSED,     // as RUNNING, but frozen
    STATUS_RESTARTING, // it has ended and is about to run again: no process, but perhaps a monitor
    STATUS_EXITED,
    STATUS_REMOVING,
    STATUS_DEAD, // half removed, and nobody is at it
};

struct container {
    struct state_container row;
    struct container_spec spec;
    int dir, run_dir; // -1 while there is none
    int lock;         // -1: not held
    enum container_status status;
    struct live live; // all zero when it never ran
};
#define AUTO_CONTAINER __attribute__((cleanup(container_done)))
#define CONTAINER_NONE                                                                             \
    {                                                                                              \
        .dir = -1, .run_dir = -1, .lock = -1                                                       \
    }
void container_done(struct container *container);
const char *container_status_name(enum container_status status);
bool container_is_up(const struct container *container); // running, paused or about to run again
bool container_has_processes(const struct container *container); // running or paused
// Records what a held container is asked to be, as `spec` has it now.
[[nodiscard]] int container_store_spec(struct engine *engine, const struct container *container,
                                       struct err *err);
// 0 when it runs and is not paused; else ERR_CONFLICT in docker's words.
[[nodiscard]] int container_check_running(const struct container *container, struct err *err);

enum container_open_flags {
    CONTAINER_LOOK = 0,           // no lock: what it says may be old a moment later
    CONTAINER_HOLD = 1 << 0,      // the container's lock is ours until container_done
    CONTAINER_MAKE_DIRS = 1 << 1, // its directories exist afterwards
};
// Finds by reference; ERR_NOT_FOUND in docker's words. What a killed monitor has left is cleared on
// the way (its process ended, its mounts detached, an exit code of 137 recorded).
[[nodiscard]] int container_open(struct engine *engine, struct arena *arena, const char *reference,
                                 enum container_open_flags flags, struct container *out,
                                 struct err *err);
// The same from a row that was read just now. 0 when it has gone meanwhile (only with HOLD),
// else 1.
[[nodiscard]] int container_open_row(struct engine *engine, struct arena *arena,
                                     const struct state_container *row,
                                     enum container_open_flags flags, struct container *out,
                                     struct err *err);
// The words of a start: about to do it, and it is done or undone (clear.c).
[[nodiscard]] int start_announce(const struct container *container, struct err *err);
// `holds`: its end will have something to release (container_release).
void start_is_done(const struct container *container, bool holds);
// It has ended, but something that it held is still to be released.
bool container_holds(const struct container *container);
// Has a held container run again that its policy wants to run, and that nobody is about to start;
// in a process of its own, which waits for the lock (restart.c).
void container_revive(const struct engine *engine, struct arena *arena, const char *id);
// What a container that ended without a word of its monitor is to say: whether it runs again.
bool restart_applies(const struct container *container);
// "dhow … start --restarted ID"; ends with NULL.
const char **restart_argv(const struct engine *engine, struct arena *arena, const char *dhow,
                          const char *id);
[[nodiscard]] int restart_policy_check(const struct restart_policy *policy, struct err *err);
// This boot's name, or "" (restart.c).
const char *boot_id(struct arena *arena);
// When nobody holds the monitor's lock: whether something may be left of it.
bool container_may_have_leftovers(const struct container *container);
// Ends and takes away all that a killed monitor, runtime or command has left of a held container.
[[nodiscard]] int container_clear(struct engine *engine, struct arena *arena,
                                  struct container *container, struct err *err);
struct cgroup;
// Where its processes are; touches nothing. Yours: cgroup_close.
[[nodiscard]] int container_cgroup_plan(struct arena *arena, const struct container *container,
                                        struct cgroup **out, struct err *err);
// Lets a container's processes go on that are frozen: a signal does not end them else.
[[nodiscard]] int container_thaw(struct arena *arena, const struct container *container,
                                 struct err *err);
// Whether it has a cgroup that can be frozen.
bool container_can_freeze(struct arena *arena, const struct container *container);
bool container_is_frozen(struct arena *arena, const struct container *container);
// Stops them all where they are; by us and not by the runtime, so that nobody freezes who outlives
// us.
[[nodiscard]] int container_freeze(struct arena *arena, const struct container *container,
                                   struct err *err);
// Takes a held container apart and its row away. It must not run.
[[nodiscard]] int container_take_apart(struct engine *engine, struct container *container,
                                       struct err *err);
// Removes what killed commands left half removed, and --rm containers that have ended.
[[nodiscard]] int engine_sweep(struct engine *engine, struct arena *arena, struct err *err);

// An fd of the container's root directory as it is now, to read (container_export.c).
[[nodiscard]] int container_tree(struct engine *engine, struct arena *arena,
                                 const struct container *container, struct err *err);

// The overlay of a held container, detached: an fd (container_start.c).
[[nodiscard]] int container_mount(struct engine *engine, struct arena *arena,
                                  const struct container *container, struct err *err);
// An image that can be looked into: found, for this platform (NULL or empty: the host's), unpacked.
[[nodiscard]] int image_to_read(struct engine *engine, struct arena *arena, const char *name,
                                const char *platform, struct image *out, struct err *err);
// Where an image's manifest is mounted for the host: a path, or NULL: it is not (mount.c).
const char *image_mounted_at(const struct engine *engine, struct arena *arena,
                             const struct image *image);

// --- locks (lock.c)
// -------------------------------------------------------------------------------- Holds container
// number n against other commands; an fd to close. `wait` false: -1 and err->kind ERR_UNAVAILABLE
// when somebody holds it.
[[nodiscard]] int container_lock(const struct engine *engine, int64_t number, bool wait,
                                 struct err *err);

// --- programs (programs.c)
// Runs a program to its end with stdin and stdout on /dev/null; `argv` ends with NULL. Its exit
// status; what it wrote on stderr goes to *said (may be NULL).
[[nodiscard]] int program_run(const char *path, const char *const *argv, struct buf *said,
                              struct err *err);

// --- the OCI runtime of a container (runtimes.c) ---
struct runtime {
    const char *path;
    const char *const *flags; // before the verb; ends with NULL
};
// The word to record for a new container whose request says `asked` (may be NULL), once it is sure
// that it leads to a program. NULL: ERR_INVALID in docker's words, with what was looked for and
// what there is.
[[nodiscard]] const char *runtime_choose(const struct engine *engine, struct arena *arena,
                                         const char *asked, struct err *err);
// The program that a recorded word leads to.
[[nodiscard]] int runtime_find(const struct engine *engine, struct arena *arena, const char *name,
                               struct runtime *out, struct err *err);
// A command line of it: path, --root, its flags, `rest` (a verb and what follows); all end with
// NULL.
const char **runtime_argv(const struct engine *engine, struct arena *arena,
                          const struct runtime *runtime, const char *const *rest);

// --- config.json (bundle.c) ---
// Writes hostname, hosts, resolv.conf and config.json into the container's directory (hooks.h).
struct start;
[[nodiscard]] int bundle_write(struct start *start, struct err *err);
// Its linux.cgroupsPath.
const char *container_cgroup(struct arena *arena, const struct container *container);
// The name that the container sees as its own.
const char *container_hostname(struct arena *arena, const struct container *container);

// Where a container's checkpoints are; `asked` is the user's own place for them, or NULL
// (checkpoint.c).
const char *checkpoint_dir(const struct engine *engine, struct arena *arena,
                           const struct container *container, const char *asked);
// ERR_NOT_FOUND when there is none of that name, ERR_INVALID when it is no name of one.
[[nodiscard]] int checkpoint_find(const char *dir, const char *name, struct err *err);

// What a removal of images did, as responses have it (image_remove.c).
struct image_removed *engine_removed(struct arena *arena, const struct image_removals *done);
// Whether a container has the image's manifest mounted: 1 and its name, or 0 (image_remove.c).
[[nodiscard]] int image_mounted_in(struct engine *engine, struct arena *arena, const char *manifest,
                                   const char **out_name, struct err *err);
// An image with its names, for a platform as users write it (NULL or empty: the host's).
// ERR_NOT_FOUND in docker's words (image_inspect.c).
[[nodiscard]] int engine_image_find(struct engine *engine, struct arena *arena,
                                    const char *reference, const char *platform, struct image *out,
                                    struct err *err);

// --- its log (container_log.c) ---
// As its monitor is told of it; borrows from the container.
struct monitor_log container_log(const struct container *container);
// inspect's LogPath below the container's directory: of json-file's; "" for the others, as docker.
const char *container_log_path(struct arena *arena, const char *dir,
                               const struct container *container);

// --- small things ---
const char *name_make(struct arena *arena); // "brisk_dhow" (names.c)
[[nodiscard]] int name_check(const char *name, struct err *err);

// --- verbs, one file each ---
#define VERB(name, request_type, response_type)                                                    \
    [[nodiscard]] int name(struct engine *engine, struct arena *arena,                             \
                           const struct request_type *request, struct response_type *response,     \
                           struct err *err)
struct nothing;
VERB(engine_container_create, container_create_request, container_create_response);
VERB(engine_container_start, container_start_request, container_start_response);
VERB(engine_container_attach, container_reference, container_attach_response);
VERB(engine_container_list, container_list_request, container_list_response);
VERB(engine_container_inspect, container_inspect_request, container_inspection);
VERB(engine_container_logs, container_logs_request, nothing);
VERB(engine_container_exec, container_exec_request, container_exec_response);
VERB(engine_exec_inspect, exec_inspect_request, exec_inspection);
VERB(engine_container_stop, container_stop_request, container_stop_response);
VERB(engine_container_kill, container_kill_request, nothing);
VERB(engine_container_remove, container_remove_request, nothing);
VERB(engine_container_wait, container_wait_request, container_wait_response);
VERB(engine_container_pause, container_reference, nothing);
VERB(engine_container_unpause, container_reference, nothing);
VERB(engine_container_restart, container_restart_request, nothing);
VERB(engine_container_rename, container_rename_request, nothing);
VERB(engine_container_update, container_update_request, container_update_response);
VERB(engine_container_why, container_reference, container_why);
VERB(engine_system_boot, system_boot_request, system_boot_response);
VERB(engine_container_export, container_export_request, nothing);
VERB(engine_archive_stat, archive_stat_request, archive_stat);
VERB(engine_archive_get, archive_get_request, archive_stat);
VERB(engine_archive_put, archive_put_request, nothing);
VERB(engine_container_changes, container_reference, container_changes_response);
VERB(engine_container_commit, container_commit_request, container_commit_response);
VERB(engine_container_mount, container_reference, mount_response);
VERB(engine_container_unmount, container_reference, nothing);
VERB(engine_checkpoint_create, checkpoint_create_request, nothing);
VERB(engine_checkpoint_list, checkpoint_reference, checkpoint_list_response);
VERB(engine_checkpoint_remove, checkpoint_reference, nothing);
VERB(engine_image_changes, image_mount_request, container_changes_response);
VERB(engine_image_convert, image_convert_request, image_convert_response);
VERB(engine_image_mount, image_mount_request, mount_response);
VERB(engine_image_unmount, image_unmount_request, nothing);
VERB(engine_image_import, image_import_request, image_import_response);
VERB(engine_image_save, image_save_request, nothing);
VERB(engine_image_load, image_load_request, image_load_response);
VERB(engine_image_blobs, image_blobs_request, image_blobs_response);
VERB(engine_image_list, image_list_request, image_list_response);
VERB(engine_image_inspect, image_inspect_request, image_inspection);
VERB(engine_image_history, image_history_request, image_history_response);
VERB(engine_image_tag, image_tag_request, nothing);
VERB(engine_image_prune, image_prune_request, image_prune_response);
VERB(engine_system_check, system_check_request, system_check_response);
VERB(engine_system_df, system_df_request, system_df);
VERB(engine_image_remove, image_remove_request, image_remove_response);
VERB(engine_image_pull, image_pull_request, image_pull_response);
VERB(engine_image_push, image_push_request, image_push_response);
VERB(engine_image_search, image_search_request, image_search_response);
VERB(engine_distribution_inspect, distribution_request, distribution_response);
VERB(engine_manifest_get, manifest_get_request, manifest_get_response);
VERB(engine_manifest_put, manifest_put_request, manifest_put_response);
VERB(engine_network_create, network_create_request, network_create_response);
VERB(engine_network_list, network_list_request, network_list_response);
VERB(engine_network_inspect, network_inspect_request, network_info);
VERB(engine_network_remove, network_reference, nothing);
VERB(engine_network_connect, network_connect_request, nothing);
VERB(engine_network_disconnect, network_disconnect_request, nothing);
VERB(engine_network_prune, network_prune_request, network_prune_response);
VERB(engine_container_mounts, container_mounts_request, nothing);
VERB(engine_network_reload, network_reload_request, nothing);
VERB(engine_container_exposure, container_reference, container_exposure);
VERB(engine_container_ports, container_ports_request, nothing);
VERB(engine_volume_create, volume_create_request, volume_info);
VERB(engine_volume_list, volume_list_request, volume_list_response);
VERB(engine_volume_inspect, volume_reference, volume_info);
VERB(engine_volume_remove, volume_remove_request, nothing);
VERB(engine_volume_prune, volume_prune_request, volume_prune_response);
VERB(engine_volume_update, volume_update_request, nothing);
VERB(engine_volume_clone, volume_clone_request, volume_info);
VERB(engine_volume_export, volume_stream_request, nothing);
VERB(engine_volume_import, volume_stream_request, nothing);
VERB(engine_secret_create, secret_create_request, secret_create_response);
VERB(engine_secret_list, secret_list_request, secret_list_response);
VERB(engine_secret_inspect, secret_reference, secret_info);
VERB(engine_secret_remove, secret_reference, nothing);
VERB(engine_system_auth, registry_auth, system_auth_response);
VERB(engine_system_version, nothing, system_version);
VERB(engine_system_info, nothing, system_info);
VERB(engine_system_events, system_events_request, nothing);
VERB(engine_container_stats, container_stats_request, container_stats);
VERB(engine_container_top, container_top_request, container_top_response);
VERB(engine_container_prune, container_prune_request, container_prune_response);
