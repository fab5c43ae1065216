// SPDX-License-Identifier: Apache-2.0
// platform.h — which image runs where: "linux/arm64/v8", read, printed, compared and chosen.
//
// The rules are containerd's (and so docker's): spellings are brought to one form (x86_64 is amd64,
// arm64/v8 is arm64, arm is arm/v7), and a machine runs what is lower in its family, the nearest
// first: arm64 → arm/v8 → v7 → v6 → v5, amd64/v3 → v2 → amd64 → 386.
#pragma once
#include "json/bind.h"

#include <stdbool.h>
#include <sys/types.h>

struct platform { // as a document or a user says it; NULL members were not said
    const char *os, *architecture, *variant, *os_version;
    const char **os_features;
    size_t n_os_features;
};
extern const struct json_field platform_fields[]; // of descriptors

// "linux/arm64/v8", "arm64", "linux", "linux/amd64". What is left out is the host's. Names are
// [A-Za-z0-9_.-]+ (S-12). ERR_INVALID says what is wrong.
[[nodiscard]] int platform_parse(struct arena *arena, const char *text, struct platform *out,
                                 struct err *err);
// "linux/arm64/v8"; "unknown" for what is not said.
const char *platform_print(struct arena *arena, const struct platform *platform);
// Of this machine.
void platform_host(struct arena *arena, struct platform *out);
// How well `candidate` serves who wants `want`: 0 exactly, more is worse, -1 not at all.
int platform_rank(const struct platform *want, const struct platform *candidate);
// The index of the best of them, the first when several are equal; -1 when none serves.
ssize_t platform_best(const struct platform *want, const struct platform *candidates, size_t n);
