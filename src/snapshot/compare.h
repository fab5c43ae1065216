// SPDX-License-Identifier: Apache-2.0
// compare.h — whether two trees are the same: what a layer is and what it should be.
#pragma once
#include "base/buf.h"

// 1 when they are: names, types, modes, owners, sizes, bytes, link targets, devices, extended
// attributes. 0 when not: `where` (empty, with room for a path) says the first difference. Changing
// while being read: whatever. < 0: it cannot be read.
[[nodiscard]] int trees_are_equal(int one, int other, struct buf *where, struct err *err);
