// SPDX-License-Identifier: Apache-2.0
// referrers.h — keeps the list of what refers to a manifest, where the registry does not.
#pragma once
#include "base/buf.h"
#include "registry/call.h"

// After a manifest was put, with that call: when it has a subject and the registry has not taken
// note of it, adds it to the subject's index.
[[nodiscard]] int referrers_announce(struct call *put, const struct buf *manifest,
                                     const char *digest, struct err *err);
