// SPDX-License-Identifier: Apache-2.0
// path_test.c — paths stay inside their root, whatever links the image holds.
#include "base/mem.h"
#include "base/test.h"
#include "linux/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// root/ with links that try to leave it; the fd of root, beside a file `secret` that nobody may
// reach.
static int make_root(char dir[TEST_SCRATCH_MAX])
{
    AUTO_FD int outside = test_scratch_make(dir);
    int secret = openat(outside, "secret", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(secret >= 0);
    close(secret);
    CHECK_INT(mkdirat(outside, "root", 0755), 0);
    int root = openat(outside, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(root >= 0);
    CHECK_INT(symlinkat("../secret", root, "up"), 0);
    CHECK_INT(symlinkat("/secret", root, "absolute"), 0);
    CHECK_INT(symlinkat("../../../../../run/resolv.conf", root, "dangling"), 0);
    CHECK_INT(symlinkat("loop", root, "loop"), 0);
    CHECK_INT(symlinkat("/proc/self/root", root, "magic"), 0);
    return root;
}

static bool exists(const char *dir, const char *name)
{
    AUTO_FREE char *path = str_printf("%s/%s", dir, name);
    struct stat st;
    return lstat(path, &st) == 0;
}

TEST(path_links_do_not_lead_out_of_the_root)
{
    char dir[TEST_SCRATCH_MAX];
    AUTO_FD int root = make_root(dir);
    static const char *const attempts[] = {"up", "absolute", "../secret", "/../secret", "magic/x"};
    for (size_t i = 0; i < N_ELEMENTS(attempts); i++) {
        struct err err = {};
        AUTO_FD int fd = path_open_in(root, attempts[i], O_RDONLY, &err);
        CHECK(fd < 0);
        CHECK_INT(err.kind, ERR_NOT_FOUND);
    }
    test_scratch_remove(dir);
}

TEST(path_loop_is_an_error_not_a_hang)
{
    char dir[TEST_SCRATCH_MAX];
    AUTO_FD int root = make_root(dir);
    struct err err = {};
    CHECK(path_open_in(root, "loop", O_RDONLY, &err) < 0);
    CHECK_INT(err.sys, ELOOP);
    CHECK(path_make_dir_in(root, "loop/x", 0755, &err) < 0);
    test_scratch_remove(dir);
}

TEST(path_dangling_link_is_made_inside_the_root)
{
    char dir[TEST_SCRATCH_MAX];
    AUTO_FD int root = make_root(dir);
    struct err err = {};
    AUTO_FD int fd = path_make_file_in(root, "/dangling", 0644, &err);
    CHECK(fd >= 0);
    CHECK(exists(dir, "root/run/resolv.conf"));
    CHECK(!exists(dir, "run"));
    test_scratch_remove(dir);
}

TEST(path_directories_are_made_once_and_found_again)
{
    char dir[TEST_SCRATCH_MAX];
    AUTO_FD int root = make_root(dir);
    struct err err = {};
    AUTO_FD int made = path_make_dir_in(root, "/a/b/../c/", 0700, &err);
    CHECK(made < 0); // "a/b/.." names nothing that could be made
    AUTO_FD int plain = path_make_dir_in(root, "a/b/c", 0700, &err);
    AUTO_FD int again = path_make_dir_in(root, "/a/../a/b/c", 0700, &err);
    struct stat one = {}, two = {};
    CHECK(plain >= 0 && again >= 0 && fstat(plain, &one) == 0 && fstat(again, &two) == 0);
    CHECK(one.st_ino == two.st_ino);
    test_scratch_remove(dir);
}

TEST(path_existing_file_is_not_emptied)
{
    char dir[TEST_SCRATCH_MAX];
    AUTO_FD int root = make_root(dir);
    AUTO_FD int file = openat(root, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(write(file, "x", 1) == 1);
    struct err err = {};
    AUTO_FD int fd = path_make_file_in(root, "f", 0644, &err);
    struct stat st = {};
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    CHECK_INT(st.st_size, 1);
    CHECK_INT(st.st_mode & 07777, 0600);
    test_scratch_remove(dir);
}

TEST(path_beneath_refuses_every_link)
{
    char dir[TEST_SCRATCH_MAX];
    AUTO_FD int root = make_root(dir);
    struct err err = {};
    CHECK(path_open_beneath(root, "up", O_RDONLY, &err) < 0);
    CHECK_INT(err.sys, ELOOP);
    CHECK(path_open_beneath(root, "../secret", O_RDONLY, &err) < 0);
    CHECK_INT(err.sys, EXDEV);
    test_scratch_remove(dir);
}

TEST(path_parent_needs_a_last_component)
{
    char dir[TEST_SCRATCH_MAX];
    AUTO_FD int root = make_root(dir);
    static const char *const none[] = {"/", "", "a/..", "."};
    for (size_t i = 0; i < N_ELEMENTS(none); i++) {
        struct err err = {};
        char *name = NULL;
        CHECK(path_parent_in(root, none[i], 0755, &name, &err) < 0);
        CHECK(name == NULL);
    }
    struct err err = {};
    AUTO_FREE char *name = NULL;
    AUTO_FD int parent = path_parent_in(root, "/dev/net/tun", 0755, &name, &err);
    CHECK(parent >= 0);
    CHECK_STR(name, "tun");
    test_scratch_remove(dir);
}
