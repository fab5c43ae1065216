// SPDX-License-Identifier: Apache-2.0
// sha256_blocks.h — the two ways to digest whole blocks; only sha256's own files and test use it.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const uint32_t sha256_constants[64];

void sha256_blocks_portable(uint32_t state[static 8], const uint8_t *blocks, size_t n);
// Only when sha256_has_instructions.
void sha256_blocks_instructions(uint32_t state[static 8], const uint8_t *blocks, size_t n);
bool sha256_has_instructions(void);
