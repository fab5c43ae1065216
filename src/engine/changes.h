// SPDX-License-Identifier: Apache-2.0
// changes.h — inside engine/: Dockerfile instructions as changes of an image's config.
#pragma once
#include "image/document.h"

// "CMD [\"sh\"]", "ENV A=b"…, in order. What the config points to lives in the arena afterwards.
// ERR_INVALID names the change.
[[nodiscard]] int changes_apply(struct arena *arena, const char *const *changes, size_t n,
                                struct image_config *config, struct err *err);
