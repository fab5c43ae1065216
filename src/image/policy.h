// SPDX-License-Identifier: Apache-2.0
// policy.h — which images may be pulled: containers-policy.json(5), as podman and skopeo have it.
//
// Of its requirements dhow knows insecureAcceptAnything, reject, and sigstoreSigned with keys (what
// `cosign sign --key` makes). Others (signedBy: GPG; Fulcio, Rekor, PKI) and keys that nobody knows
// are errors, not gaps: an image that a policy cannot be checked for is not pulled (S-20).
#pragma once
#include "image/image.h"

struct policy;
struct transfer_session;

struct policy_paths {
    const char *named; // the one that dhow's configuration names; NULL: none
    const char *usual; // read when it is there and none is named
};

// *out NULL: there is none, everything may be pulled. < 0: it cannot be read or understood.
[[nodiscard]] int policy_read(struct arena *arena, const struct policy_paths *paths,
                              struct policy **out, struct err *err);

struct policy_question {
    const struct policy *policy; // NULL: the answer is yes
    const struct transfer_session *session;
    const struct image_reference *name;
    const char *digest; // of the document that the name means there; 64 hex digits
};
// May it be used? Fetches its signatures when one is demanded. ERR_DENIED says which requirement it
// does not meet.
[[nodiscard]] int policy_check(const struct image_store *store, struct arena *arena,
                               const struct policy_question *question, struct err *err);

// --- inner, for tests ---
// The scopes of a name from the narrowest to "": "host/a/b:tag", "host/a/b", "host/a", "host",
// "*.dom", "". *n_out of them.
const char **policy_scopes(struct arena *arena, const struct image_reference *name, size_t *n_out);
