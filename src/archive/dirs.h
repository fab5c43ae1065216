// SPDX-License-Identifier: Apache-2.0
// dirs.h — inside archive/: the open directories between the target and the entry at hand.
//
// Archives list a directory, then what is in it: the next entry's parent is mostly open already,
// or a few levels up. A component is opened in the level above it, alone, without following
// anything (S-1): the chain is never a path that is resolved twice.
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
    DIRS_PATH_MAX = 4095,
    DIRS_DEPTH_MAX = DIRS_PATH_MAX / 2 + 1,
    DIRS_OPEN_MAX = 128, // descriptors; further up they are closed and found again
};

enum dirs_times {
    DIRS_TIMES_UNKNOWN, // as long as nothing is changed in it, they need not be known
    DIRS_TIMES_KNOWN,   // to be set when the level is left: children change them
    DIRS_TIMES_NONE,    // we made it and nobody said when
};
struct dirs_level {
    int fd;       // -1: closed to save descriptors
    uint16_t end; // of its path in dirs->path
    enum dirs_times state;
    struct timespec times[2];
};
struct dirs {
    int root;
    size_t n; // levels[0] is the root and always there
    struct dirs_level levels[DIRS_DEPTH_MAX + 1];
    char path[DIRS_PATH_MAX + 1];
};

// `root` stays the caller's.
void dirs_init(struct dirs *dirs, int root);
void dirs_done(struct dirs *dirs); // sets no times
// Goes to the directory path[0..n) (clean; "" is the root): a borrowed descriptor, good until the
// next call. What is missing is made, 0755. ERR_INVALID when something else is in the way.
[[nodiscard]] int dirs_enter(struct dirs *dirs, const char *path, size_t n, struct err *err);
// Something will be changed in the directory that was entered last.
[[nodiscard]] int dirs_touch(struct dirs *dirs, struct err *err);
// Times for the directory that was entered last.
void dirs_set_times(struct dirs *dirs, const struct timespec times[2]);
// Leaves all levels but the root's, and sets their times and the root's.
[[nodiscard]] int dirs_finish(struct dirs *dirs, struct err *err);
