// SPDX-License-Identifier: Apache-2.0
// clock.h — points in time and spans of it, as docker writes them.
#pragma once
#include "base/arena.h"

#include <stdint.h>

int64_t now_ns(void);       // wall clock, since 1970
int64_t monotonic_ms(void); // for measuring spans
// "2026-11-24T09:30:00.123456789Z"; "0001-01-01T00:00:00Z" for 0: has not happened.
enum { TIME_SECONDS_N = 19, TIME_RFC3339_MAX = 40 };
// "2026-11-24T09:30:00" of a time since 1970, no terminator.
void time_write_seconds(char out[TIME_SECONDS_N], int64_t seconds);
void time_write_rfc3339(char out[TIME_RFC3339_MAX], int64_t ns);
const char *time_rfc3339(struct arena *arena, int64_t ns);
// "5 minutes", "About an hour", "Less than a second".
const char *duration_words(struct arena *arena, int64_t ns);
