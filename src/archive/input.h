// SPDX-License-Identifier: Apache-2.0
// input.h — inside archive/: the compressed bytes as they come: from a pipe, from a file, or from a
// file that another process is still downloading into. Hashed and counted on the way.
#pragma once
#include "base/err.h"
#include "base/sha256.h"

#include <stdint.h>
#include <sys/types.h>

#define INPUT_SIZE_UNKNOWN UINT64_MAX

struct input {
    int fd;
    int follow;         // announces how many bytes of fd are final; -1: fd is read to its end
    int stop;           // becomes readable when nobody wants the rest; -1: that cannot be
    uint64_t size;      // promised; INPUT_SIZE_UNKNOWN: none
    uint64_t n_bytes;   // read so far
    uint64_t n_final;   // announced
    uint8_t word[8];    // a part of the next announcement
    size_t n_word;      // how much of it
    struct sha256 hash; // of what was read so far
};

// `stop` is -1.
void input_init(struct input *input, int fd, int follow, uint64_t size);
// Up to `max` bytes: their number; 0 at the end, which is where it was promised. < 0:
// ERR_UNAVAILABLE when the download ended early or was stopped, ERR_INVALID when there are fewer or
// more bytes than promised.
[[nodiscard]] ssize_t input_read(struct input *input, void *to, size_t max, struct err *err);
