// SPDX-License-Identifier: Apache-2.0
// unpack_fuzz.c — any bytes as an archive: refused or unpacked, and never a file outside.
//
// The checksums of tar headers are put right first, or nothing behind them would ever be reached;
// what begins like a compressed archive stays as it is.
#include "archive/unpack.h"
#include "base/mem.h"
#include "linux/tree.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 512, CHECKSUM_AT = 148, CHECKSUM_N = 8, SIZE_AT = 124, SIZE_N = 12 };
enum { PLAIN_MAX = 1 << 20 };

static size_t size_of(const uint8_t *header)
{
    size_t size = 0;
    for (int i = SIZE_AT; i < SIZE_AT + SIZE_N - 1; i++) {
        if (header[i] >= '0' && header[i] <= '7' && size < PLAIN_MAX)
            size = size * 8 + (size_t)(header[i] - '0');
    }
    return size;
}

static void put_checksums_right(uint8_t *bytes, size_t n)
{
    for (size_t at = 0; at + BLOCK <= n && bytes[at] != '\0';) {
        uint8_t *header = bytes + at;
        unsigned sum = 0;
        memset(header + CHECKSUM_AT, ' ', CHECKSUM_N);
        for (int i = 0; i < BLOCK; i++)
            sum += header[i];
        (void)snprintf((char *)header + CHECKSUM_AT, CHECKSUM_N, "%06o", sum);
        at += BLOCK + (size_of(header) + BLOCK - 1) / BLOCK * BLOCK;
    }
}

static int archive_of(const uint8_t *bytes, size_t n)
{
    AUTO_FREE uint8_t *copy = xmalloc(n + 1);
    memcpy(copy, bytes, n);
    if (n < 4 || (copy[0] != 0x1f && copy[0] != 0x28 && copy[0] != 0xfd && copy[0] != 'B'))
        put_checksums_right(copy, n);
    int fd = memfd_create("archive", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, copy, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static void check_alone(const char *path)
{
    DIR *dir = opendir(path);
    assert(dir != NULL);
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        assert(entry->d_name[0] == '.' || strcmp(entry->d_name, "fs") == 0);
    (void)closedir(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char path[] = "/tmp/dhow-fuzz.XXXXXX";
    bool is_made = mkdtemp(path) != NULL;
    assert(is_made);
    AUTO_FD int outside = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    is_made = mkdirat(outside, "fs", 0755) == 0;
    assert(is_made);
    AUTO_FD int into = openat(outside, "fs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_FD int tar = archive_of(bytes, n);
    const struct unpack_request request = {.tar = tar,
                                           .follow = -1,
                                           .size = UINT64_MAX,
                                           .into = into,
                                           .max_bytes = PLAIN_MAX,
                                           .is_layer = n % 2 == 0};
    struct unpack_report report = {};
    struct err err = {};
    if (unpack(&request, &report, &err) < 0)
        assert(err.kind != ERR_NONE && err.text[0] != '\0');
    else
        assert(strlen(report.diff_id) == 64 && report.size_bytes <= PLAIN_MAX);
    check_alone(path);
    AUTO_FD int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int removed = tree_remove(tmp, path + strlen("/tmp/"), &err);
    assert(removed == 0);
    return 0;
}
