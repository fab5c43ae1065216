// SPDX-License-Identifier: Apache-2.0
// analyzer.h — what the clang analyzer cannot see from one file: fail() and its kin always return -1. Without this it
// follows roads on which a function has failed and yet returned success. Included by `make clang-tidy` before each file.
#pragma once
#include "base/err.h"

#define fail(...)     ((void)fail(__VA_ARGS__), -1)
#define fail_sys(...) ((void)fail_sys(__VA_ARGS__), -1)
#define fail_in(...)  ((void)fail_in(__VA_ARGS__), -1)
