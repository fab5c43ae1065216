// SPDX-License-Identifier: Apache-2.0
// copy.h — inside volume/: a directory's content into another one, by descriptors.
//
// Nothing is followed, in neither tree: whoever swaps a directory for a symbolic link meanwhile
// gets an error or the link, never somebody else's file. Each file has its name only when it is
// complete. Kept are owner, mode, times, extended attributes, holes, hard links; blocks are shared
// where the file system can (FICLONE).
#pragma once
#include "base/err.h"

#include <stdint.h>

enum { COPY_DEPTH_MAX = 200 }; // directories, for each is open meanwhile

enum copy_flags {
    COPY_KEEP = 0,         // a name that is there already is left as it is
    COPY_REPLACE = 1 << 0, // is replaced, but for directories, which are entered
};
// From and to: directories open for reading.
[[nodiscard]] int tree_copy(int from, int to, enum copy_flags flags, struct err *err);
// Owner, mode, times and extended attributes of the directories themselves.
[[nodiscard]] int tree_copy_dress(int from, int to, struct err *err);
