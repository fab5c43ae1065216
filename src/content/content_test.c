// SPDX-License-Identifier: Apache-2.0
// content_test.c — blobs are what their name says, or are not there.
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "content/content.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static struct err err;

TEST(content_is_named_by_its_digest)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    struct content_digest digest;
    CHECK_INT(content_put(root, "abc", 3, &digest, &err), 0);
    CHECK_STR(digest.hex, ABC);
    uint64_t size;
    CHECK_INT(content_find(root, ABC, &size, &err), 1);
    CHECK_INT((intmax_t)size, 3);
    AUTO_BUF struct buf text;
    buf_init(&text, 10);
    CHECK_INT(content_read(root, ABC, &text, &err), 0);
    CHECK_STR(buf_get(&text), "abc");
    CHECK_INT(content_put(root, "abc", 3, &digest, &err), 0);
    CHECK_INT(content_remove(root, ABC, &err), 0);
    CHECK_INT(content_remove(root, ABC, &err), 0);
    CHECK_INT(content_find(root, ABC, NULL, &err), 0);
    CHECK(content_open(root, ABC, &err) < 0);
    CHECK_INT(err.kind, ERR_NOT_FOUND);
    test_scratch_remove(path);
}

TEST(content_that_is_not_as_promised_never_appears)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    struct content_writer *writer;
    struct content_digest digest;
    CHECK_INT(content_begin(root, 10, &writer, &err), 0);
    CHECK_INT(content_append(writer, "abd", 3, &err), 0);
    CHECK(content_take_commit(writer, ABC, &digest, &err) < 0);
    CHECK_INT(err.kind, ERR_INVALID);
    CHECK_INT(content_find(root, ABC, NULL, &err), 0);
    test_scratch_remove(path);
}

TEST(content_has_a_limit)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    struct content_writer *writer;
    CHECK_INT(content_begin(root, 5, &writer, &err), 0);
    CHECK_INT(content_append(writer, "12345", 5, &err), 0);
    CHECK(content_append(writer, "6", 1, &err) < 0);
    CHECK_INT(err.kind, ERR_INVALID);
    content_abort(writer);
    test_scratch_remove(path);
}

TEST(damaged_content_is_told_apart)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    struct content_digest digest;
    CHECK_INT(content_put(root, "abc", 3, &digest, &err), 0);

    AUTO_FD int blobs = openat(root, "content/sha256", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(file_replace_volatile(blobs, ABC, "abd", 3, 0600, &err), 0);
    AUTO_BUF struct buf text;
    buf_init(&text, 10);
    CHECK(content_read(root, ABC, &text, &err) < 0);
    CHECK_HAS(err.text, "damaged");
    test_scratch_remove(path);
}

TEST(digests_have_one_form)
{
    static const char *const bad[] = {"",
                                      "sha256:",
                                      "sha256:../../etc/passwd",
                                      "sha512:" ABC,
                                      "sha256:" ABC "0",
                                      ABC "\n",
                                      "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410"
                                      "FF61F20015AD"};
    struct content_digest digest;
    CHECK_INT(content_digest_parse("sha256:" ABC, &digest, &err), 0);
    CHECK_STR(digest.hex, ABC);
    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        CHECK(content_digest_parse(bad[i], &digest, &err) < 0);
        CHECK_INT(err.kind, ERR_INVALID);
    }
    CHECK(content_open(-1, "../../../etc/passwd", &err) < 0);
    CHECK_INT(err.kind, ERR_INVALID);
}
