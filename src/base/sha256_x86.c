// SPDX-License-Identifier: Apache-2.0
// sha256_x86.c — SHA-256 with Intel's SHA extensions (sha256rnds2 and friends), four rounds a step.
//
// Intel SDM vol. 2, SHA256RNDS2: the state lives in two registers as ABEF and CDGH. The message
// schedule is kept sixteen words at a time; each step makes four new ones by msg1, alignr, msg2.
#include "base/sha256.h"
#include "base/sha256_blocks.h"

#ifdef __x86_64__
#include <immintrin.h>
#include <sys/platform/x86.h>

#define WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))

// The C library has asked the processor already; cpuid is slow in a virtual machine.
bool sha256_has_instructions(void)
{
    return CPU_FEATURE_ACTIVE(SHA) && CPU_FEATURE_ACTIVE(SSE4_1);
}

WITH_SHA static void one_block(__m128i *abef, __m128i *cdgh, const uint8_t *block)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i w[4];
    for (unsigned i = 0; i < 4; i++) {
        __m128i raw = _mm_loadu_si128((const __m128i *)(const void *)(block + (size_t)16 * i));
        w[i] = _mm_shuffle_epi8(raw, swap);
    }
    const __m128i abef_before = *abef, cdgh_before = *cdgh;
    for (unsigned step = 0; step < 16; step++) {
        __m128i now = w[step % 4];
        __m128i k =
            _mm_loadu_si128((const __m128i *)(const void *)(sha256_constants + (size_t)4 * step));
        __m128i sum = _mm_add_epi32(now, k);
        *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, sum);
        *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(sum, 0x0e));
        if (step >= 12)
            continue; // the last sixteen words are there
        __m128i last = w[(step + 3) % 4];
        __m128i middle = _mm_alignr_epi8(last, w[(step + 2) % 4], 4);
        __m128i next = _mm_add_epi32(_mm_sha256msg1_epu32(now, w[(step + 1) % 4]), middle);
        w[step % 4] = _mm_sha256msg2_epu32(next, last);
    }
    *abef = _mm_add_epi32(*abef, abef_before);
    *cdgh = _mm_add_epi32(*cdgh, cdgh_before);
}

WITH_SHA void sha256_blocks_instructions(uint32_t state[static 8], const uint8_t *blocks, size_t n)
{
    __m128i abef = _mm_set_epi32((int)state[0], (int)state[1], (int)state[4], (int)state[5]);
    __m128i cdgh = _mm_set_epi32((int)state[2], (int)state[3], (int)state[6], (int)state[7]);
    for (; n != 0; n--, blocks += SHA256_BLOCK)
        one_block(&abef, &cdgh, blocks);
    state[0] = (uint32_t)_mm_extract_epi32(abef, 3);
    state[1] = (uint32_t)_mm_extract_epi32(abef, 2);
    state[4] = (uint32_t)_mm_extract_epi32(abef, 1);
    state[5] = (uint32_t)_mm_extract_epi32(abef, 0);
    state[2] = (uint32_t)_mm_extract_epi32(cdgh, 3);
    state[3] = (uint32_t)_mm_extract_epi32(cdgh, 2);
    state[6] = (uint32_t)_mm_extract_epi32(cdgh, 1);
    state[7] = (uint32_t)_mm_extract_epi32(cdgh, 0);
}

#else

bool sha256_has_instructions(void)
{
    return false;
}

void sha256_blocks_instructions(uint32_t state[static 8], const uint8_t *blocks, size_t n)
{
    sha256_blocks_portable(state, blocks, n);
}

#endif
