// SPDX-License-Identifier: Apache-2.0
// signature.h — is a signature over some bytes by the owner of a public key? OpenSSL's libcrypto
// says. Runs in dhow-transfer only.
#pragma once
#include "base/err.h"
#include "base/str.h"

// Before the process is confined: nothing is read from files afterwards.
void signature_init(void);

// `key`: PEM ("BEGIN PUBLIC KEY"): EC and RSA (at least 2048 bits) with SHA-256, Ed25519.
// `signature`: as these have it (DER for EC). 1 it is; 0 it is not; < 0: the key is none that can
// be used.
[[nodiscard]] int signature_verify(struct str key, struct str bytes, struct str signature,
                                   struct err *err);
