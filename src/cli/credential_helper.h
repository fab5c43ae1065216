// SPDX-License-Identifier: Apache-2.0
// credential_helper.h — docker-credential-NAME: a program that keeps the user's secrets.
#pragma once
#include "base/arena.h"
#include "base/err.h"

enum { CREDENTIAL_REPLY_MAX = 256 * 1024, CREDENTIAL_TIMEOUT_MS = 120'000 };

struct credential {
    const char *username, *secret; // username "<token>": the secret is an identity token
};

// What the helper has for the server: 1, or 0 when it has nothing. < 0: it is not there, failed, or
// did not answer in time (two minutes: it may have to ask for a passphrase).
[[nodiscard]] int credential_get(struct arena *arena, const char *helper, const char *server,
                                 struct credential *out, struct err *err);
[[nodiscard]] int credential_put(const char *helper, const char *server,
                                 const struct credential *credential, struct err *err);
// Nothing to erase is fine.
[[nodiscard]] int credential_erase(const char *helper, const char *server, struct err *err);
