// SPDX-License-Identifier: Apache-2.0
// cache.h — a compiled program as the bytes of a file; the tests and the fuzzer look at it.
#pragma once
#include "base/str.h"
#include "seccomp/seccomp.h"

// Appends the file for a program.
void seccomp_cache_format(const char *digest, const struct seccomp_program *program,
                          struct buf *out);
// Reads one. Anything but what this version, on this kernel, wrote for this digest is
// ERR_NOT_FOUND. Yours: seccomp_program_done.
[[nodiscard]] int seccomp_cache_parse(struct str file, const char *digest,
                                      struct seccomp_program *out, struct err *err);
