// SPDX-License-Identifier: Apache-2.0
// confine.h — before the first byte of an archive is looked at, the process gives up all that
// unpacking it does not need (S-9).
#pragma once
#include "archive/unpack.h"

// Only the standard descriptors and the request's are left open, and the target is the root
// directory, out of which nothing leads; of root's powers those that make files; a list of system
// calls; limits on memory, files and descriptors. For the whole process, for good; it must have no
// threads yet.
[[nodiscard]] int unpack_confine(const struct unpack_request *request, struct err *err);

// The same for a process that only reads below the directory `from` and writes to `to`; these and
// the standard ones stay open.
enum pack_powers {
    PACK_READS_OWN,   // files of its own user
    PACK_READS_TREE,  // anybody's
    PACK_READS_UPPER, // and overlayfs' attributes
};
[[nodiscard]] int pack_confine(int from, int to, enum pack_powers which, struct err *err);
