// SPDX-License-Identifier: Apache-2.0
// hooks_test.c — hooks with a shell as the program: what they get, and how their failures read.
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "runtime/hooks.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// A directory of the test's own.
static int run_script(const char *script, int dir, int64_t *timeout, struct err *err)
{
    const char *args[] = {"sh", "-c", script};
    const char *env[] = {"OWN=1"};
    struct oci_hook hook = {
        .path = "/bin/sh", .args = args, .n_args = 3, .env = env, .n_env = 1, .timeout = timeout};
    struct oci_state state = {
        .ociVersion = "1.3.0", .id = "c1", .status = "creating", .pid = 42, .bundle = "/bundle"};
    return hooks_run("prestart", &hook, 1, dir, &state, err);
}

static void check_out(int dir, const char *want)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 4096);
    struct err err = {};
    CHECK_INT(file_read_at(dir, "out", &text, &err), 0);
    CHECK_STR(buf_get(&text), want);
}

TEST(a_hook_reads_the_state_and_has_the_directory)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    struct err err = {};
    CHECK_INT(run_script("/bin/cat /dev/stdin >out", dir, NULL, &err), 0);
    check_out(dir, "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"pid\":42,\"status\":\"creating\","
                   "\"bundle\":\"/bundle\"}");
    test_scratch_remove(path);
}

TEST(a_hook_has_its_own_environment_only)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    struct err err = {};
    CHECK_INT(setenv("NOT_FOR_HOOKS", "1", 1), 0);
    CHECK_INT(run_script("echo \"$OWN$NOT_FOR_HOOKS\" >out", dir, NULL, &err), 0);
    check_out(dir, "1\n");
    test_scratch_remove(path);
}

TEST(a_hook_has_three_descriptors_and_no_more)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    struct err err = {};
    int inherited = open("/dev/null", O_RDONLY); // not close-on-exec, on purpose
    CHECK(inherited >= 0);
    CHECK_INT(
        run_script(
            "exec >out; for f in /proc/self/fd/*; do case ${f##*/} in [012]) ;; *) [ -e $f ] && "
            "echo $f;; esac; done; :",
            dir, NULL, &err),
        0);
    check_out(dir, "");
    (void)close(inherited);
    test_scratch_remove(path);
}

TEST(a_hook_that_does_not_read_its_input_is_fine)
{
    struct err err = {};
    CHECK_INT(run_script("exec <&-; exit 0", -1, NULL, &err), 0);
}

TEST(a_failing_hook_names_its_point_path_status_and_last_words)
{
    struct err err = {};
    CHECK_INT(run_script("echo no such card >&2; exit 3", -1, NULL, &err), -1);
    CHECK_STR(err.text, "prestart hook 1 (/bin/sh): exit status 3: no such card");
}

TEST(a_killed_hook_names_the_signal)
{
    struct err err = {};
    CHECK_INT(run_script("kill -9 $$", -1, NULL, &err), -1);
    CHECK_STR(err.text, "prestart hook 1 (/bin/sh): killed by signal 9");
}

TEST(a_hook_that_cannot_be_executed_names_the_reason)
{
    struct oci_hook hook = {.path = "/no/such/hook"};
    struct oci_state state = {
        .ociVersion = "1.3.0", .id = "c1", .status = "creating", .bundle = "/"};
    struct err err = {};
    CHECK_INT(hooks_run("poststop", &hook, 1, -1, &state, &err), -1);
    CHECK_STR(err.text, "poststop hook 1 (/no/such/hook): execute: No such file or directory");
}

TEST(a_hook_is_killed_with_its_children_when_its_time_is_up)
{
    struct err err = {};
    int64_t timeout = 1;
    CHECK_INT(run_script("sleep 1000 & sleep 1000", -1, &timeout, &err), -1);
    CHECK_HAS(err.text, "prestart hook 1 (/bin/sh): not done after its timeout of 1 s, killed");
}

TEST(much_output_does_not_block_a_hook)
{
    struct err err = {};
    CHECK_INT(run_script("i=0; while [ $i -lt 3000 ]; do echo "
                         "0123456789012345678901234567890123456789012345678901234567890123456789; "
                         "i=$((i+1)); done; exit 1",
                         -1, NULL, &err),
              -1);
    CHECK_HAS(err.text, "exit status 1");
}

TEST(the_hooks_after_a_failed_one_do_not_run)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    const char *first[] = {"sh", "-c", "exit 1"}, *second[] = {"sh", "-c", "echo ran >out"};
    struct oci_hook hooks[] = {{.path = "/bin/sh", .args = first, .n_args = 3},
                               {.path = "/bin/sh", .args = second, .n_args = 3}};
    struct oci_state state = {
        .ociVersion = "1.3.0", .id = "c1", .status = "creating", .bundle = "/"};
    struct err err = {};
    CHECK_INT(hooks_run("prestart", hooks, 2, dir, &state, &err), -1);
    CHECK(faccessat(dir, "out", F_OK, 0) < 0);
    test_scratch_remove(path);
}
