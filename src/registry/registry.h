// SPDX-License-Identifier: Apache-2.0
// registry.h — `dhow-transfer registry`: serves one session of the engine (transfer/transfer.h).
#pragma once
#include "base/err.h"

// Serves the session on the socket until the engine closes it. Gives up every privilege first
// (confine.c). < 0: it could not begin; the engine has been told.
[[nodiscard]] int registry_serve(int socket, struct err *err);
