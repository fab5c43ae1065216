// SPDX-License-Identifier: Apache-2.0
// auth.h — who we are, told to the endpoint and to the token server that it names.
#pragma once
#include "registry/call.h"

// The Authorization line for a call at its endpoint: NULL when it has none, or is not known to want
// one. May ask the token server. *out_is_fresh: it has just been given. < 0: that failed.
[[nodiscard]] int auth_line(struct call *call, const char **out, bool *out_is_fresh,
                            struct err *err);
// Learns from a 401 that came for `sent` (NULL: nothing). 1: another attempt is worth while; 0: the
// endpoint does not want what we have; < 0: its challenge cannot be followed.
[[nodiscard]] int auth_challenged(struct call *call, const char *sent, bool is_fresh,
                                  struct err *err);
// A token for no repository, from the server of the last challenge, for a login: the refresh token
// that came with it, or NULL.
[[nodiscard]] int auth_login(struct call *call, const char **out_refresh, struct err *err);
// May the endpoint's credentials go to this token server?
[[nodiscard]] int auth_may_go(const struct endpoint *endpoint, const struct url *realm,
                              struct err *err);
