// SPDX-License-Identifier: Apache-2.0
// partial.c — downloads that survive the process that began them.
//
// The .part file's flock says that somebody writes it. Who wants it opens it, locks it, and looks
// whether the name still leads to the same file: the one before may have adopted or dropped it in
// between. The .have file holds one number of fixed width, replaced by one write of 21 bytes, so a
// reader finds the old or the new one. It is believed only as far as the .part file reaches.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "content/content.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define INCOMING "content/incoming"
enum { NAME = CONTENT_HEX + sizeof ".part", NOTE = 21 };

static void name_of(char out[NAME], const char *hex, const char *ending)
{
    (void)snprintf(out, NAME, "%s%s", hex, ending); // it fits: both endings have 5 letters
}

// 1 and *out is locked and has the name; 0 somebody else has it locked.
static int open_locked(int dir, const char *name, int *out, struct err *err)
{
    for (;;) {
        struct stat by_fd, by_name;
        AUTO_FD int fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
            return fail_sys(err, "open " INCOMING "/%s", name);
        if (flock(fd, LOCK_EX | LOCK_NB) < 0)
            return errno == EWOULDBLOCK ? 0 : fail_sys(err, "lock " INCOMING "/%s", name);
        if (fstat(fd, &by_fd) < 0)
            return fail_sys(err, "look at " INCOMING "/%s", name);
        if (fstatat(dir, name, &by_name, AT_SYMLINK_NOFOLLOW) == 0 &&
            by_fd.st_ino == by_name.st_ino && by_fd.st_dev == by_name.st_dev) {
            *out = TAKE_FD(fd);
            return 1;
        }
    }
}

static uint64_t read_note(int note)
{
    char text[NOTE];
    uint64_t have;
    ssize_t n = pread(note, text, sizeof text, 0);
    bool is_number = n == NOTE && str_to_u64((struct str){text, NOTE - 1}, &have);
    return is_number ? have : 0;
}

int content_partial_open(int root, const char *hex, uint64_t size, struct content_partial *out,
                         struct err *err)
{
    struct content_partial partial = {.root = root, .size = size, .fd = -1, .note = -1};
    char part[NAME], have[NAME];
    if (content_digest_parse(hex, &partial.digest, err) < 0)
        return -1;
    name_of(part, partial.digest.hex, ".part");
    name_of(have, partial.digest.hex, ".have");
    AUTO_FD int dir = dir_make_at(root, INCOMING, 0700, err);
    AUTO_FD int fd = -1;
    int is_ours = dir < 0 ? -1 : open_locked(dir, part, &fd, err);
    if (is_ours <= 0)
        return is_ours;
    AUTO_FD int note = openat(dir, have, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct stat st;
    if (note < 0 || fstat(fd, &st) < 0)
        return fail_sys(err, "open " INCOMING "/%s", have);
    partial.have = read_note(note);
    if ((uint64_t)st.st_size < partial.have || (uint64_t)st.st_size > size) {
        // Of another size, or cut short, or a note of a file before: nothing can be trusted.
        if (ftruncate(fd, 0) < 0 || ftruncate(note, 0) < 0)
            return fail_sys(err, "empty " INCOMING "/%s", part);
        partial.have = 0;
    }
    (void)futimens(fd, NULL); // somebody goes on with it: the sweep counts from now
    partial.fd = TAKE_FD(fd);
    partial.note = TAKE_FD(note);
    *out = partial;
    return 1;
}

int content_partial_note(struct content_partial *partial, uint64_t have, struct err *err)
{
    char text[NOTE + 1];
    (void)snprintf(text, sizeof text, "%020" PRIu64 "\n", have); // it fits
    if (pwrite(partial->note, text, NOTE, 0) != NOTE)
        return fail_sys(err, "note how much of sha256:%s is here", partial->digest.hex);
    partial->have = have;
    return 0;
}

static void forget(const struct content_partial *partial, bool is_adopted)
{
    char part[NAME], have[NAME];
    name_of(part, partial->digest.hex, ".part");
    name_of(have, partial->digest.hex, ".have");
    AUTO_FD int dir = openat(partial->root, INCOMING, O_PATH | O_DIRECTORY | O_CLOEXEC);
    (void)unlinkat(dir, have, 0); // a left one is believed only beside a .part as long as it says
    if (!is_adopted)
        (void)unlinkat(dir, part, 0); // the sweep tries again
}

int content_partial_adopt(struct content_partial *partial, struct err *err)
{
    char part[NAME];
    const char *hex = partial->digest.hex;
    name_of(part, hex, ".part");
    AUTO_FD int blobs = dir_make_at(partial->root, "content/sha256", 0700, err);
    AUTO_FD int dir = openat(partial->root, INCOMING, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (blobs < 0)
        return -1;
    if (dir < 0 || fchmod(partial->fd, 0400) < 0)
        return fail_sys(err, "finish content sha256:%s", hex);
    int named = renameat2(dir, part, blobs, hex, RENAME_NOREPLACE);
    if (named < 0 && errno != EEXIST)
        return fail_sys(err, "name content sha256:%s", hex);
    forget(partial, named == 0);
    return 0;
}

void content_partial_drop(struct content_partial *partial)
{
    forget(partial, false);
}

void content_partial_close(struct content_partial *partial)
{
    const int fds[] = {partial->fd, partial->note};
    for (size_t i = 0; i < N_ELEMENTS(fds); i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]); // what was promised was synced by name
    }
    partial->fd = partial->note = -1;
}

// A note whose file is gone: its process was killed while it took both away.
static void sweep_note(int dir, const char *name)
{
    char part[NAME];
    (void)snprintf(part, sizeof part, "%.64s.part", name); // it fits
    if (faccessat(dir, part, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        (void)unlinkat(dir, name, 0); // the next sweep tries again
}

static void sweep_one(int dir, const char *name, time_t before, uint64_t *out_bytes)
{
    struct stat st;
    AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || st.st_mtime > before || flock(fd, LOCK_EX | LOCK_NB) < 0)
        return;
    char have[NAME];
    (void)snprintf(have, sizeof have, "%.64s.have", name); // it fits
    (void)unlinkat(dir, have, 0);                          // may not be there
    if (unlinkat(dir, name, 0) == 0 && out_bytes != NULL)
        *out_bytes += (uint64_t)st.st_blocks * 512;
}

int content_partial_sweep(int root, unsigned days, uint64_t *out_bytes, struct err *err)
{
    AUTO_FD int fd = openat(root, INCOMING, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "read " INCOMING);
    DIR *dir = fdopendir(fd);
    if (dir == NULL)
        return fail_sys(err, "read " INCOMING);
    int at = TAKE_FD(fd); // the stream has it
    time_t before = time(NULL) - (time_t)days * 24 * 3600;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strlen(entry->d_name) != NAME - 1)
            continue;
        if (text_ends(entry->d_name, ".part"))
            sweep_one(at, entry->d_name, before, out_bytes);
        if (text_ends(entry->d_name, ".have"))
            sweep_note(at, entry->d_name);
    }
    (void)closedir(dir); // read only
    return 0;
}
