// SPDX-License-Identifier: Apache-2.0
// runtime_log.h — why an OCI runtime failed.
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

// The last message of a runtime's log, one JSON object a line; NULL: there is none.
const char *runtime_log_message(struct arena *arena, struct str log);
// ERR_NOT_FOUND what docker answers with exit status 127, ERR_DENIED with 126; else ERR_SYSTEM.
enum err_kind runtime_error_kind(const char *text);
