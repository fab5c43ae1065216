// SPDX-License-Identifier: Apache-2.0
// level_x86.c — the levels of x86-64 by the features that tell them apart (x86-64 psABI).
#include "image/level.h"

#ifdef __x86_64__
#include <stdbool.h>
#include <sys/platform/x86.h>

// The C library has asked the processor already; cpuid is slow in a virtual machine.
int level_of_amd64(void)
{
    bool is_v2 =
        CPU_FEATURE_ACTIVE(SSE4_2) && CPU_FEATURE_ACTIVE(POPCNT) && CPU_FEATURE_ACTIVE(SSSE3);
    bool is_v3 = is_v2 && CPU_FEATURE_ACTIVE(AVX2) && CPU_FEATURE_ACTIVE(FMA) &&
                 CPU_FEATURE_ACTIVE(BMI1) && CPU_FEATURE_ACTIVE(BMI2);
    bool is_v4 = is_v3 && CPU_FEATURE_ACTIVE(AVX512F) && CPU_FEATURE_ACTIVE(AVX512BW) &&
                 CPU_FEATURE_ACTIVE(AVX512CD) && CPU_FEATURE_ACTIVE(AVX512DQ) &&
                 CPU_FEATURE_ACTIVE(AVX512VL);
    return 1 + is_v2 + is_v3 + is_v4;
}
#else
int level_of_amd64(void)
{
    return 1;
}
#endif
