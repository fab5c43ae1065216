// SPDX-License-Identifier: Apache-2.0
// reach.h — whether a signal can have an effect on a container's first process.
#pragma once
#include "engine/parts.h"

// NULL: it can, as far as can be known. Else why it cannot, as words for the container's user.
const char *signal_without_effect(struct arena *arena, const struct container *container,
                                  int signal);
