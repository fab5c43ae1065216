// SPDX-License-Identifier: Apache-2.0
// unpack.c — entry by entry: find the parent beneath the target, make the thing there, dress it.
//
//     input ─> decoder ─> pump ┊ source ─> tar ─> unpack ─> dirs, things, dress
//     (a thread: read, hash,   ┊ (this thread: hash, parse,
//      decompress)             ┊  make files)
//
// Rules, each with a test in tests/archive*.bats: a name's components are taken literally; "..", an
// empty name that is no directory, and a parent that is a symbolic link are refused. Nothing is
// followed, nothing is opened but what was just made with O_EXCL. Times of directories come last,
// for their children change them.
#include "archive/unpack.h"

#include "archive/unpacker.h"
#include "base/mem.h"

#include <string.h>

static int unpack_at(struct unpacker *unpacker, const struct tar_entry *entry, struct err *err)
{
    if (*unpacker->path == '\0') {
        if (entry->type != TAR_DIRECTORY)
            return fail(err, ERR_INVALID, "the root must stay a directory");
        // One that was there has its owner and mode from somebody else.
        return unpacker->request->merge != NULL ? 0 : make_thing(unpacker, entry, err);
    }
    unpacker->parent =
        dirs_enter(&unpacker->dirs, unpacker->path, parent_length(unpacker->path), err);
    if (unpacker->parent < 0)
        return -1;
    unpacker->name = last_component(unpacker->path);
    if (is_whiteout(unpacker->name) && unpacker->request->merge == NULL)
        return make_whiteout(unpacker, err);
    return make_thing(unpacker, entry, err);
}

static int unpack_entry(struct unpacker *unpacker, const struct tar_entry *entry, struct err *err)
{
    uint64_t max = unpacker->request->max_entries;
    max = max != 0 ? max : UNPACK_ENTRIES_MAX;
    if (++unpacker->entries > max)
        return fail(err, ERR_INVALID, "the archive has more than %ju entries", (uintmax_t)max);
    struct tar_entry it = *entry;
    const struct unpack_merge *merge = unpacker->request->merge;
    if (merge != NULL && merge->has_owner) {
        it.uid = merge->uid;
        it.gid = merge->gid;
    }
    if (entry_path(unpacker->request, entry->name, unpacker->path, err) < 0)
        return -1;
    if (unpack_at(unpacker, &it, err) < 0)
        return fail_in(err, "entry \"%.200s\"", unpacker->path);
    return 0;
}

static int unpack_all(struct unpacker *unpacker, struct err *err)
{
    struct tar_entry entry;
    int more;
    if (dress_begin(unpacker, err) < 0)
        return -1;
    while ((more = tar_next(unpacker->tar, &entry, err)) > 0) {
        if (unpack_entry(unpacker, &entry, err) < 0)
            return -1;
    }
    return more < 0 ? -1 : dirs_finish(&unpacker->dirs, err);
}

static void report(const struct unpacker *unpacker, const struct source_end *end,
                   struct unpack_report *out)
{
    *out = (struct unpack_report){
        .diff_id = out->hex,
        .digest = out->digest_hex,
        .compression = end->compression,
        .size_bytes = end->n_bytes,
        .entries = unpacker->entries,
        .files_bytes = unpacker->files_bytes,
        .skipped_devices = unpacker->skipped_devices,
    };
    memcpy(out->hex, end->diff_id, sizeof out->hex);
    memcpy(out->digest_hex, end->digest, sizeof out->digest_hex);
}

int unpack(const struct unpack_request *request, struct unpack_report *out, struct err *err)
{
    AUTO_FREE struct unpacker *unpacker = xcalloc(1, sizeof *unpacker);
    struct input input;
    struct source_end end;
    unpacker->request = request;
    input_init(&input, request->tar, request->follow, request->size);
    if (source_open(&unpacker->source, &input, request->max_bytes, err) < 0)
        return -1;
    unpacker->tar = tar_new(source_read, &unpacker->source);
    dirs_init(&unpacker->dirs, request->into);
    int result = request->into < 0 ? 0 : unpack_all(unpacker, err);
    if (result == 0)
        result = source_finish(&unpacker->source, &end, err);
    if (result == 0)
        report(unpacker, &end, out);
    dirs_done(&unpacker->dirs);
    tar_free(unpacker->tar);
    source_done(&unpacker->source);
    return result;
}
