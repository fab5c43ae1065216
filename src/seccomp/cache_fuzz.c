// SPDX-License-Identifier: Apache-2.0
// cache_fuzz.c — the cache file's reader: it must refuse, or give back exactly what is in the file.
#include "base/str.h"
#include "seccomp/cache.h"

#include <assert.h>
#include <string.h>

static const char digest[] = "00000000000000000000000000000000000000000000000000000000000000aa";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seccomp_program program;
    struct err err;
    if (seccomp_cache_parse((struct str){(const char *)data, size}, digest, &program, &err) == 0) {
        assert(program.length > 0 && program.length <= BPF_MAXINSNS);
        seccomp_program_done(&program);
    }
    // The bytes as a program: what is written must be read back, and no longer after one change.
    size_t n = size / sizeof(struct sock_filter);
    if (n == 0 || n > BPF_MAXINSNS)
        return 0;
    struct sock_filter filter[BPF_MAXINSNS];
    memcpy(filter, data, n * sizeof *filter);
    const struct seccomp_program written = {
        .filter = filter, .length = (uint16_t)n, .flags = data[0]};
    struct buf file = {.max = 1 << 16};
    seccomp_cache_format(digest, &written, &file);
    int r = seccomp_cache_parse((struct str){file.at, file.n}, digest, &program, &err);
    assert(r == 0 && program.length == n && program.flags == data[0]);
    assert(memcmp(program.filter, filter, n * sizeof *filter) == 0);
    seccomp_program_done(&program);
    size_t at = (data[0] | (size_t)data[size - 1] << 8) % file.n;
    file.at[at] = (char)(file.at[at] ^ (data[0] | 1));
    r = seccomp_cache_parse((struct str){file.at, file.n}, digest, &program, &err);
    assert(r < 0);
    buf_done(&file);
    return 0;
}
