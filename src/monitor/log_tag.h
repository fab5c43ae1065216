// SPDX-License-Identifier: Apache-2.0
// log_tag.h — inside monitor/: "{{.ImageName}}/{{.Name}}" of --log-opt tag.
#pragma once
#include "base/arena.h"
#include "monitor/config.h"

// The tag with its fields filled in, in the arena; NULL: ERR_INVALID, a field that there is not or
// a template that does more than name fields.
[[nodiscard]] const char *log_tag_expand(struct arena *arena, const char *tag, const char *id,
                                         const struct monitor_log *log, struct err *err);
