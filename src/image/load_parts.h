// SPDX-License-Identifier: Apache-2.0
// load_parts.h — inside image/: what load.c (what an archive means) and load_parts.c (its files,
// blobs and layers) and load_legacy.c (docker's manifest.json) share.
#pragma once
#include "base/option.h"
#include "content/content.h"
#include "image/archive.h"
#include "image/unpack.h"

struct blob { // that an image of the archive needs
    const char *hex;
    const char *path; // in the archive; NULL: it is in content/ only
    int fd;           // of that file; -1
    uint64_t size;    // bytes
    bool is_here;     // in content/ already
    bool is_verified; // its bytes have the digest `hex`
};
struct target { // an image to be
    const char *id, *media_type;
    struct words manifests, names;
    struct target *next;
};
struct loader {
    const struct image_store *store;
    struct arena *arena;
    const struct image_load *request;
    struct unpack_job archive; // the scratch directory
    struct blob *blobs;
    size_t n_blobs, blobs_room;
    struct unpack_job *jobs; // layers to be unpacked
    const char **chain_ids;  // of each
    size_t n_jobs, jobs_room;
    struct target *targets, **last_target;
    size_t n_targets;
};
void loader_done(struct loader *loader);

// Unpacks the archive into a directory of its own.
[[nodiscard]] int load_scratch(struct loader *loader, struct err *err);
// A regular file by a name that the archive says. ERR_NOT_FOUND.
[[nodiscard]] int load_open(const struct loader *loader, const char *path, struct err *err);
// A small one as a whole, into a buffer that is not initialised yet. 1 read, 0 there is none; the
// buffer is to be freed in any case.
[[nodiscard]] int load_file(const struct loader *loader, const char *path, struct buf *out,
                            struct err *err);
// The blob, when it was found before; or NULL.
struct blob *load_known(const struct loader *loader, const char *hex);
// Takes `fd`. The pointer is good until the next blob is added.
struct blob *load_add(struct loader *loader, const struct blob *blob);
// Finds a blob in content/ or in the archive. 1; 0: it is in neither. Its size is as promised.
[[nodiscard]] int load_find(struct loader *loader, const struct descriptor *descriptor,
                            struct blob **out, struct err *err);
// ERR_INVALID when the bytes have another digest.
[[nodiscard]] int load_verify(struct blob *blob, struct err *err);
// The digest of a whole file.
[[nodiscard]] int load_hash(int fd, char out[CONTENT_HEX + 1], struct err *err);
// The text of a document, verified, into a buffer that is not initialised yet (to be freed in any
// case). 1; 0: it is nowhere.
[[nodiscard]] int load_document(struct loader *loader, const struct descriptor *descriptor,
                                struct buf *out, struct err *err);
// Plans to unpack it, unless that chain is unpacked, or planned, already.
[[nodiscard]] int load_layer(struct loader *loader, const struct blob *blob, const char *chain_id,
                             const char *diff_id, struct err *err);
// The image of that id: a new one, or the one that is planned already.
struct target *load_target(struct loader *loader, const char *id, const char *media_type);

// Plans what docker's manifest.json says (load_legacy.c).
[[nodiscard]] int load_legacy(struct loader *loader, struct str text, struct err *err);
