// SPDX-License-Identifier: Apache-2.0
// partial_test.c — a download goes on where it was cut, is one process's at a time, and is content
// only when its digest was verified.
#include "base/mem.h"
#include "base/test.h"
#include "content/content.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static struct err err;

TEST(a_partial_download_goes_on_where_it_was_cut)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    struct content_partial one;
    CHECK_INT(content_partial_open(root, ABC, 3, &one, &err), 1);
    CHECK_INT((intmax_t)one.have, 0);
    CHECK_INT(pwrite(one.fd, "ab", 2, 0), 2);
    CHECK_INT(content_partial_note(&one, 2, &err), 0);
    content_partial_close(&one);
    CHECK_INT(content_partial_open(root, "sha256:" ABC, 3, &one, &err), 1);
    CHECK_INT((intmax_t)one.have, 2);
    CHECK_INT(content_find(root, ABC, NULL, &err), 0);
    CHECK_INT(pwrite(one.fd, "c", 1, 2), 1);
    CHECK_INT(content_partial_adopt(&one, &err), 0);
    content_partial_close(&one);
    uint64_t size;
    CHECK_INT(content_find(root, ABC, &size, &err), 1);
    CHECK_INT((intmax_t)size, 3);
    CHECK_INT(content_sync_names(root, &err), 0);
    CHECK(faccessat(root, "content/incoming/" ABC ".part", F_OK, 0) < 0);
    CHECK(faccessat(root, "content/incoming/" ABC ".have", F_OK, 0) < 0);
    test_scratch_remove(path);
}

TEST(a_partial_download_is_one_process_s_at_a_time)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    struct content_partial one, other;
    CHECK_INT(content_partial_open(root, ABC, 3, &one, &err), 1);
    CHECK_INT(content_partial_open(root, ABC, 3, &other, &err), 0);
    uint64_t bytes = 0;
    CHECK_INT(content_partial_sweep(root, 0, &bytes, &err), 0);
    CHECK(faccessat(root, "content/incoming/" ABC ".part", F_OK, 0) == 0);
    content_partial_close(&one);
    CHECK_INT(content_partial_open(root, ABC, 3, &other, &err), 1);
    content_partial_drop(&other);
    content_partial_close(&other);
    CHECK(faccessat(root, "content/incoming/" ABC ".part", F_OK, 0) < 0);
    test_scratch_remove(path);
}

TEST(what_a_partial_download_cannot_have_is_not_believed)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    struct content_partial one;
    CHECK_INT(content_partial_open(root, ABC, 30, &one, &err), 1);
    CHECK_INT(pwrite(one.fd, "abcdef", 6, 0), 6);
    CHECK_INT(content_partial_note(&one, 10, &err), 0); // more than there is: cut by a power cut
    content_partial_close(&one);
    CHECK_INT(content_partial_open(root, ABC, 30, &one, &err), 1);
    CHECK_INT((intmax_t)one.have, 0);
    CHECK_INT(pwrite(one.fd, "abcdef", 6, 0), 6);
    CHECK_INT(content_partial_note(&one, 6, &err), 0);
    content_partial_close(&one);
    CHECK_INT(content_partial_open(root, ABC, 3, &one, &err), 1); // a smaller blob was promised
    CHECK_INT((intmax_t)one.have, 0);
    struct stat st;
    CHECK_INT(fstat(one.fd, &st), 0);
    CHECK_INT(st.st_size, 0);
    content_partial_close(&one);
    CHECK(content_partial_open(root, "../../etc/passwd", 3, &one, &err) < 0);
    test_scratch_remove(path);
}

TEST(old_partial_downloads_are_swept_young_ones_are_kept)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    struct content_partial one;
    CHECK_INT(content_partial_open(root, ABC, 9000, &one, &err), 1);
    char bytes[8192] = "x";
    CHECK_INT(pwrite(one.fd, bytes, sizeof bytes, 0), sizeof bytes);
    CHECK_INT(content_partial_note(&one, sizeof bytes, &err), 0);
    content_partial_close(&one);
    uint64_t swept = 0;
    CHECK_INT(content_partial_sweep(root, CONTENT_PARTIAL_DAYS, &swept, &err), 0);
    CHECK_INT((intmax_t)swept, 0);
    const struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    CHECK_INT(utimensat(root, "content/incoming/" ABC ".part", old, 0), 0);
    CHECK_INT(content_partial_sweep(root, CONTENT_PARTIAL_DAYS, &swept, &err), 0);
    CHECK(swept >= sizeof bytes);
    CHECK(faccessat(root, "content/incoming/" ABC ".have", F_OK, 0) < 0);
    test_scratch_remove(path);
}

TEST(several_blobs_share_one_sync)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    struct content_writer *writer;
    struct content_digest digest;
    CHECK_INT(content_begin(root, 10, &writer, &err), 0);
    CHECK_INT(content_append(writer, "abc", 3, &err), 0);
    CHECK_INT(content_end(writer, ABC, &digest, &err), 0);
    CHECK_INT(content_find(root, ABC, NULL, &err), 0);
    CHECK_INT(content_sync(root, &err), 0);
    CHECK_INT(content_take_publish(writer, &err), 0);
    CHECK_INT(content_sync_names(root, &err), 0);
    CHECK_INT(content_find(root, ABC, NULL, &err), 1);
    test_scratch_remove(path);
}
