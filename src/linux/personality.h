// SPDX-License-Identifier: Apache-2.0
// personality.h — the execution domain: what uname -m says and which ABI quirks hold.
#pragma once
#include "base/err.h"

#include <stddef.h>

// domain "LINUX" or "LINUX32". The specification defines no flags yet, so any flag is ERR_INVALID.
[[nodiscard]] int personality_parse(const char *domain, const char *const *flags, size_t n_flags,
                                    unsigned long *out, struct err *err);
// One system call; safe in a cloned child.
[[nodiscard]] int personality_apply(unsigned long persona, struct err *err);
