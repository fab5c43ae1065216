// SPDX-License-Identifier: Apache-2.0
// sha256.h — SHA-256 (FIPS 180-4), with the processor's SHA instructions where it has them.
//
// For programs that cannot carry libcrypto (ARCHITECTURE.md I3): digests of profiles and content
// ids. No secrets go in here, so nothing is wiped.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_HEX = 64, SHA256_BLOCK = 64 };

struct sha256 {
    uint32_t state[8];
    uint64_t n_bytes; // so far
    uint8_t block[SHA256_BLOCK];
};

void sha256_init(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t n);
// The digest of all that was added; the hash must be initialised again before it is used again.
void sha256_end(struct sha256 *hash, uint8_t out[static SHA256_BYTES]);
// All three at once.
void sha256_of(const void *bytes, size_t n, uint8_t out[static SHA256_BYTES]);
// Lower-case hexadecimal digits and NUL.
void sha256_hex(const uint8_t digest[static SHA256_BYTES], char out[static SHA256_HEX + 1]);
