// SPDX-License-Identifier: Apache-2.0
// program.h — where dhow's other programs are.
#pragma once
#include "base/arena.h"
#include "base/err.h"

// The path of one of our programs, in the arena: beside this one, in ../libexec/dhow, in PATH.
// NULL: it is nowhere.
[[nodiscard]] const char *program_find(struct arena *arena, const char *name, struct err *err);
