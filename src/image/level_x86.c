// SPDX-License-Identifier: Apache-2.0
// level_x86.c — the levels of x86-64 by the features that tell them apart (x86-64 psABI).
#include "image/level.h"

#ifdef __x86_64__
#include <stdbool.h>
#include <sys/platform/x86.h>

enum { WORD_BITS = 32, LEAF_BITS = 4 * WORD_BITS };

// CPU_FEATURE_ACTIVE, whose shift of a signed 1 by 31 is undefined.
static bool is_active(unsigned feature)
{
    const struct cpuid_feature *leaf = __x86_get_cpuid_feature_leaf(feature / LEAF_BITS);
    return (leaf->active_array[feature % LEAF_BITS / WORD_BITS] >> feature % WORD_BITS & 1) != 0;
}
#define ACTIVE(feature) is_active(x86_cpu_##feature)

// The C library has asked the processor already; cpuid is slow in a virtual machine.
int level_of_amd64(void)
{
    bool is_v2 = ACTIVE(SSE4_2) && ACTIVE(POPCNT) && ACTIVE(SSSE3);
    bool is_v3 = is_v2 && ACTIVE(AVX2) && ACTIVE(FMA) && ACTIVE(BMI1) && ACTIVE(BMI2);
    bool is_v4 = is_v3 && ACTIVE(AVX512F) && ACTIVE(AVX512BW) && ACTIVE(AVX512CD) &&
                 ACTIVE(AVX512DQ) && ACTIVE(AVX512VL);
    return 1 + is_v2 + is_v3 + is_v4;
}
#else
int level_of_amd64(void)
{
    return 1;
}
#endif
