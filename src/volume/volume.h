// SPDX-License-Identifier: Apache-2.0
// volume.h — named directories that outlive containers.
//
//     <root>/volumes/<name>/_data       what containers see (docker's place)
//     <root>/volumes/.incoming/<random> a copy being made; its maker holds a flock on it
//     <root>/volumes/.removing/<random> a tree being removed
//     <run>/volumes/<name>/<user>       of one with a file system of its own: who needs it mounted
//
// A volume *is* its row: the directory is made by whoever first needs it (complete or absent), and
// is renamed away before the row goes. A copy comes with a row that says REMOVING until the copy
// has its name, so that one killed on the way is removed by the next who looks. The directory
// `volumes` is flocked for these short steps, after all other locks.
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "json/bind.h"
#include "state/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VOLUME_ANONYMOUS_LABEL "com.docker.volume.anonymous"
#define VOLUME_LOCAL           "local"
enum { VOLUME_NAME_MAX = 255, VOLUME_SPEC_MAX = 256 * 1024 };

struct volume_store {
    const char *path, *run_path; // of the data root and the run root
    int root, run;               // the same, open
    struct state *state;
};

struct volume_spec { // what the row keeps as JSON
    struct json_pair *labels, *options;
    size_t n_labels, n_options;
};
struct volume {
    const char *name, *driver, *mountpoint;
    struct volume_spec spec;
    bool is_anonymous;
    int64_t created_ns, n_users;
};
struct volume_request {
    const char *name;   // NULL or empty: an anonymous one, with a name of 64 hex digits
    const char *driver; // NULL or empty: local
    bool is_anonymous;  // also with a name, which was made up before
    struct volume_spec spec;
};

// docker's grammar of names: [a-zA-Z0-9][a-zA-Z0-9_.-]+. ERR_INVALID in docker's words.
[[nodiscard]] int volume_name_check(const char *name, struct err *err);
bool volume_name_is_valid(const char *name);
// 64 random hex digits.
[[nodiscard]] int volume_name_make(struct arena *arena, const char **out, struct err *err);
// Whether the driver is there and its options are ones: ERR_INVALID in docker's words.
[[nodiscard]] int volume_request_check(const struct volume_request *request, struct err *err);

// The row alone, for those who have a transaction open; the directory comes when it is needed. A
// volume of that name that is there already is taken, if its driver is the same. 1 it is new, 0 it
// was there; ERR_CONFLICT.
[[nodiscard]] int volume_put(const struct volume_store *store, struct arena *arena,
                             const struct volume_request *request, struct volume *out,
                             struct err *err);
// The same with its directory, in a transaction of its own that is not synced.
[[nodiscard]] int volume_create(const struct volume_store *store, struct arena *arena,
                                const struct volume_request *request, struct volume *out,
                                struct err *err);
// 1 found, 0 not.
[[nodiscard]] int volume_find(const struct volume_store *store, struct arena *arena,
                              const char *name, struct volume *out, struct err *err);
[[nodiscard]] int volume_list(const struct volume_store *store, struct arena *arena,
                              struct volume **out, size_t *n_out, struct err *err); // by name
// Replaces its labels.
[[nodiscard]] int volume_relabel(const struct volume_store *store, const struct volume *volume,
                                 struct err *err);
// Removes one that no container uses: 1; 0 when one does.
[[nodiscard]] int volume_remove(const struct volume_store *store, struct arena *arena,
                                const char *name, struct err *err);
// Finishes what killed commands left half made or half removed; cheap when there is nothing.
[[nodiscard]] int volume_sweep(const struct volume_store *store, struct arena *arena,
                               struct err *err);
// For a row that was condemned by somebody else's transaction.
[[nodiscard]] int volume_finish_removal(const struct volume_store *store, const char *name,
                                        struct err *err);

// An fd (for reading) of its _data, made when it is missing; not what its options would mount.
[[nodiscard]] int volume_data(const struct volume_store *store, const struct volume *volume,
                              struct err *err);
// An fd of <root>/volumes/<name>, locked (exclusively) until it is closed.
[[nodiscard]] int volume_lock(const struct volume_store *store, const struct volume *volume,
                              struct err *err);

// --- copies (clone.c) ---
// A new local volume with what `from` (a directory) has; by reflink where the file system can.
// ERR_CONFLICT when the name is taken.
[[nodiscard]] int volume_clone(const struct volume_store *store, struct arena *arena, int from,
                               const struct volume_request *request, struct volume *out,
                               struct err *err);
// A directory aside for what is to become part of a volume: an fd of it, empty. *out_dir holds a
// lock: when that is closed, the next sweep removes what is in it. `name` is for clone.c.
enum { VOLUME_INCOMING_NAME = 48 };
[[nodiscard]] int volume_incoming(const struct volume_store *store, char name[VOLUME_INCOMING_NAME],
                                  int *out_dir, struct err *err);
// Puts what is in one directory into another; files of the same name are replaced. Synced.
[[nodiscard]] int volume_merge(int from, int to, struct err *err);
// Fills an empty volume (its data directory) from the image's directory at its place, with that
// one's owner and mode, once: one that was killed on the way is finished by the next call.
// Nothing that is there already is touched. `is_durable`: it is on the disk afterwards.
[[nodiscard]] int volume_copy_up(const struct volume_store *store, const struct volume *volume,
                                 int from, bool is_durable, struct err *err);

// --- file systems of their own (driver.c) ---
// Whether its options say what is to be mounted at its _data.
bool volume_has_mount(const struct volume *volume);
// Mounts it if it is not, for `user` (a container's id); the same user twice is fine. Does nothing
// for a plain one.
[[nodiscard]] int volume_hold(const struct volume_store *store, const struct volume *volume,
                              const char *user, struct err *err);
// The user needs it no more; the last one's leaving unmounts it. Idempotent.
[[nodiscard]] int volume_release(const struct volume_store *store, const char *name,
                                 const char *user, struct err *err);
// Those who hold it; in the arena.
[[nodiscard]] int volume_holders(const struct volume_store *store, struct arena *arena,
                                 const char *name, const char ***out, size_t *n_out,
                                 struct err *err);
// For driver.c's sake: what a plain volume's options ask of its new directory (owner, mode, quota).
[[nodiscard]] int volume_prepare_data(const struct volume *volume, int data, struct err *err);
// ERR_INVALID for options of local that make no sense.
[[nodiscard]] int volume_options_check(const struct volume_spec *spec, struct err *err);
const char *volume_option_get(const struct volume_spec *spec, const char *key); // NULL: none
// "10G", "512m", "1048576": binary units, as docker has it; false: no size, or 0.
bool volume_size_read(const char *text, uint64_t *out);
