// SPDX-License-Identifier: Apache-2.0
// decoder_fuzz.c — any bytes as a compressed archive: decoded to the end, or refused with a reason,
// within what was asked for, and the same in small rooms as in large ones.
#include "archive/decoder.h"
#include "base/mem.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>

enum { ROOM = 64 * 1024, PLAIN_MAX = 4 << 20 };

static bool decode(const uint8_t *bytes, size_t n, size_t room, uint8_t digest[SHA256_BYTES])
{
    AUTO_FD int fd = memfd_create("archive", MFD_CLOEXEC);
    AUTO_FREE uint8_t *plain = xmalloc(room);
    struct input input;
    struct decoder decoder;
    struct sha256 hash;
    struct err err = {};
    size_t total = 0;
    ssize_t got = 0;
    assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
    input_init(&input, fd, -1, INPUT_SIZE_UNKNOWN);
    sha256_init(&hash);
    if (decoder_open(&decoder, &input, &err) < 0)
        got = -1;
    while (got >= 0 && total < PLAIN_MAX && (got = decoder_read(&decoder, plain, room, &err)) > 0) {
        assert((size_t)got <= room);
        sha256_add(&hash, plain, (size_t)got);
        total += (size_t)got;
    }
    assert(got >= 0 || err.kind != ERR_NONE);
    assert(got != 0 || input.n_bytes == n); // all of it was read
    decoder_done(&decoder);
    sha256_end(&hash, digest);
    return got == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    uint8_t large[SHA256_BYTES], small[SHA256_BYTES];
    bool is_right = decode(bytes, n, ROOM, large);
    bool is_right_too = decode(bytes, n, 777, small);
    assert(is_right == is_right_too);
    assert(!is_right || memcmp(large, small, sizeof large) == 0);
    return 0;
}
