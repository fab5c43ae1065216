// SPDX-License-Identifier: Apache-2.0
// sha256.c — the portable way, and padding for both ways.
#include "base/sha256.h"

#include "base/sha256_blocks.h"

#include <string.h>

// FIPS 180-4 §4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64
// primes.
// clang-format off
const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
// clang-format on

static uint32_t rotated(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static uint32_t big_endian(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

// FIPS 180-4 §6.2.2, steps 1 to 4, with its names.
static void one_block(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[64];
    for (unsigned t = 0; t < 16; t++)
        w[t] = big_endian(block + (size_t)4 * t);
    for (unsigned t = 16; t < 64; t++) {
        uint32_t s0 = rotated(w[t - 15], 7) ^ rotated(w[t - 15], 18) ^ w[t - 15] >> 3;
        uint32_t s1 = rotated(w[t - 2], 17) ^ rotated(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (unsigned t = 0; t < 64; t++) {
        uint32_t sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
        uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + sha256_constants[t] + w[t];
        uint32_t sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
        uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1;
        d = c, c = b, b = a, a = t1 + t2;
    }
    const uint32_t add[8] = {a, b, c, d, e, f, g, h};
    for (unsigned i = 0; i < 8; i++)
        state[i] += add[i];
}

void sha256_blocks_portable(uint32_t state[static 8], const uint8_t *blocks, size_t n)
{
    for (; n != 0; n--, blocks += SHA256_BLOCK)
        one_block(state, blocks);
}

static void add_blocks(struct sha256 *hash, const uint8_t *blocks, size_t n)
{
    if (sha256_has_instructions())
        sha256_blocks_instructions(hash->state, blocks, n);
    else
        sha256_blocks_portable(hash->state, blocks, n);
}

void sha256_init(struct sha256 *hash)
{
    *hash = (struct sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                      0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(struct sha256 *hash, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    size_t waiting = hash->n_bytes % SHA256_BLOCK;
    hash->n_bytes += n;
    if (waiting != 0) {
        size_t take = n < SHA256_BLOCK - waiting ? n : SHA256_BLOCK - waiting;
        memcpy(hash->block + waiting, at, take);
        at += take;
        n -= take;
        if (waiting + take < SHA256_BLOCK)
            return;
        add_blocks(hash, hash->block, 1);
    }
    if (n >= SHA256_BLOCK)
        add_blocks(hash, at, n / SHA256_BLOCK);
    if (n % SHA256_BLOCK != 0)
        memcpy(hash->block, at + n / SHA256_BLOCK * SHA256_BLOCK, n % SHA256_BLOCK);
}

void sha256_end(struct sha256 *hash, uint8_t out[static SHA256_BYTES])
{
    uint64_t n_bits = hash->n_bytes * 8;
    uint8_t padding[SHA256_BLOCK + 8] = {0x80};
    size_t used = hash->n_bytes % SHA256_BLOCK;
    size_t n = (used < SHA256_BLOCK - 8 ? SHA256_BLOCK - 8 : 2 * SHA256_BLOCK - 8) - used;
    for (unsigned i = 0; i < 8; i++)
        padding[n + i] = (uint8_t)(n_bits >> (56 - 8 * i));
    sha256_add(hash, padding, n + 8);
    for (unsigned i = 0; i < SHA256_BYTES; i++)
        out[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256_of(const void *bytes, size_t n, uint8_t out[static SHA256_BYTES])
{
    struct sha256 hash;
    sha256_init(&hash);
    sha256_add(&hash, bytes, n);
    sha256_end(&hash, out);
}

void sha256_hex(const uint8_t digest[static SHA256_BYTES], char out[static SHA256_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[SHA256_HEX] = '\0';
}
