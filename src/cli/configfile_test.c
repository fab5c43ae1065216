// SPDX-License-Identifier: Apache-2.0
// configfile_test.c — config.json is shared: what dhow does not know stays, links are followed.
#include "base/mem.h"
#include "base/test.h"
#include "cli/configfile.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char *path_in(struct arena *arena, const char *scratch, const char *name)
{
    return arena_printf(arena, "%s/%s", scratch, name);
}

TEST(a_config_file_that_is_not_there_is_empty)
{
    AUTO_ARENA struct arena arena = {};
    struct config_file file;
    struct err err = {};
    CHECK_INT(config_file_read(&arena, "/nowhere/config.json", &file, &err), 0);
    CHECK_INT(file.n_auths, 0);
    CHECK_STR(file.path, "/nowhere/config.json");
    CHECK_INT(config_file_read(&arena, NULL, &file, &err), 0);
}

TEST(a_config_file_says_what_docker_reads_in_it)
{
    AUTO_ARENA struct arena arena = {};
    char scratch[TEST_SCRATCH_MAX];
    struct config_file file;
    struct err err = {};
    (void)close(test_scratch_make(scratch));
    test_scratch_put(scratch, "config.json",
                     "{\"auths\":{\"h:1\":{\"auth\":\"dTpw\"},\"i\":{\"identitytoken\":\"t\"}},"
                     "\"credsStore\":\"pass\",\"credHelpers\":{\"q.io\":\"gcloud\"},"
                     "\"psFormat\":\"{{.ID}}\",\"detachKeys\":\"ctrl-a\",\"else\":[1]}");
    CHECK_INT(config_file_read(&arena, path_in(&arena, scratch, "config.json"), &file, &err), 0);
    CHECK_INT(file.n_auths, 2);
    CHECK_STR(file.auths[0].registry, "h:1");
    CHECK_STR(file.auths[0].auth, "dTpw");
    CHECK_STR(file.auths[1].identitytoken, "t");
    CHECK_STR(file.creds_store, "pass");
    CHECK_STR(file.cred_helpers[0].key, "q.io");
    CHECK_STR(file.cred_helpers[0].value, "gcloud");
    CHECK_STR(file.ps_format, "{{.ID}}");
    CHECK_STR(file.detach_keys, "ctrl-a");
    CHECK(file.images_format == NULL);
    test_scratch_remove(scratch);
}

TEST(a_login_keeps_every_other_key_and_its_order)
{
    AUTO_ARENA struct arena arena = {};
    char scratch[TEST_SCRATCH_MAX];
    struct err err = {};
    (void)close(test_scratch_make(scratch));
    test_scratch_put(scratch, "config.json",
                     "{\"zeta\":{\"deep\":[1.50,null,\"\\u00e9\"]},"
                     "\"auths\":{\"a\":{\"auth\":\"dTpw\",\"more\":1}},\"plugins\":{}}");
    const char *path = path_in(&arena, scratch, "config.json");
    const struct config_auth auth = {.registry = "b:5000", .auth = "eA=="};
    CHECK_INT(config_file_put_auth(path, &auth, &err), 0);
    CHECK_STR(
        test_scratch_get(scratch, "config.json"),
        "{\n\t\"zeta\": {\n\t\t\"deep\": [\n\t\t\t1.50,\n\t\t\tnull,\n\t\t\t\"é\"\n\t\t]\n\t},\n"
        "\t\"auths\": {\n\t\t\"a\": {\n\t\t\t\"auth\": \"dTpw\",\n\t\t\t\"more\": 1\n\t\t},\n"
        "\t\t\"b:5000\": {\n\t\t\t\"auth\": \"eA==\"\n\t\t}\n\t},\n\t\"plugins\": {}\n}");
    const char *const gone[] = {"a", "b:5000", "never"};
    CHECK_INT(config_file_remove_auths(path, gone, 3, &err), 0);
    CHECK_HAS(test_scratch_get(scratch, "config.json"), "\"auths\": {}");
    test_scratch_remove(scratch);
}

TEST(a_login_makes_the_directory_and_a_file_that_only_the_user_reads)
{
    AUTO_ARENA struct arena arena = {};
    char scratch[TEST_SCRATCH_MAX];
    struct err err = {};
    struct stat st;
    (void)close(test_scratch_make(scratch));
    const char *path = path_in(&arena, scratch, "new/config.json");
    const struct config_auth auth = {.registry = "r", .auth = "eA=="};
    CHECK_INT(config_file_put_auth(path, &auth, &err), 0);
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    CHECK_STR(test_scratch_get(scratch, "new/config.json"),
              "{\n\t\"auths\": {\n\t\t\"r\": {\n\t\t\t\"auth\": \"eA==\"\n\t\t}\n\t}\n}");
    test_scratch_remove(scratch);
}

TEST(a_login_writes_through_a_symbolic_link)
{
    AUTO_ARENA struct arena arena = {};
    char scratch[TEST_SCRATCH_MAX];
    struct err err = {};
    struct stat st;
    (void)close(test_scratch_make(scratch));
    test_scratch_put(scratch, "dotfiles/real.json", "{\"kept\":true}");
    test_scratch_put(scratch, "docker/x", "");
    const char *path = path_in(&arena, scratch, "docker/config.json");
    CHECK_INT(symlink("../dotfiles/real.json", path), 0);
    const struct config_auth auth = {.registry = "r", .auth = "eA=="};
    CHECK_INT(config_file_put_auth(path, &auth, &err), 0);
    CHECK_INT(lstat(path, &st), 0);
    CHECK(S_ISLNK(st.st_mode));
    CHECK_HAS(test_scratch_get(scratch, "dotfiles/real.json"), "\"kept\": true");
    CHECK_HAS(test_scratch_get(scratch, "dotfiles/real.json"), "eA==");
    test_scratch_remove(scratch);
}

TEST(a_broken_config_file_is_named_and_left_alone)
{
    AUTO_ARENA struct arena arena = {};
    char scratch[TEST_SCRATCH_MAX];
    struct err err = {};
    struct config_file file;
    (void)close(test_scratch_make(scratch));
    test_scratch_put(scratch, "config.json", "{\"auths\":{");
    const char *path = path_in(&arena, scratch, "config.json");
    const struct config_auth auth = {.registry = "r", .auth = "eA=="};
    CHECK_INT(config_file_read(&arena, path, &file, &err), -1);
    CHECK_HAS(err.text, path);
    CHECK_INT(config_file_put_auth(path, &auth, &err), -1);
    CHECK_HAS(err.text, path);
    CHECK_STR(test_scratch_get(scratch, "config.json"), "{\"auths\":{");
    test_scratch_remove(scratch);
}

TEST(logins_at_the_same_time_are_all_kept)
{
    enum { N = 8 };
    AUTO_ARENA struct arena arena = {};
    char scratch[TEST_SCRATCH_MAX];
    struct config_file file;
    struct err err = {};
    pid_t children[N];
    (void)close(test_scratch_make(scratch));
    const char *path = path_in(&arena, scratch, "config.json");
    for (int i = 0; i < N; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            const struct config_auth auth = {.registry = arena_printf(&arena, "r%d", i),
                                             .auth = "eA=="};
            _exit(config_file_put_auth(path, &auth, &err) < 0);
        }
    }
    for (int i = 0; i < N; i++) {
        int status = -1;
        CHECK_INT(waitpid(children[i], &status, 0), children[i]);
        CHECK_INT(status, 0);
    }
    CHECK_INT(config_file_read(&arena, path, &file, &err), 0);
    CHECK_INT(file.n_auths, N);
    test_scratch_remove(scratch);
}
