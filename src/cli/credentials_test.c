// SPDX-License-Identifier: Apache-2.0
// credentials_test.c — a secret is found under every name its registry has had, and under no other.
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "cli/credential_helper.h"
#include "cli/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

TEST(the_registry_of_a_reference_is_dockers)
{
    static const struct {
        const char *reference, *registry;
    } cases[] = {
        {"alpine", "docker.io"},
        {"library/alpine:3", "docker.io"},
        {"docker.io/a/b", "docker.io"},
        {"index.docker.io/a/b", "docker.io"},
        {"registry-1.docker.io/a", "docker.io"},
        {"localhost/a", "localhost"},
        {"localhost:5000/a/b@sha256:00", "localhost:5000"},
        {"host:5000/a", "host:5000"},
        {"host.io/a:t", "host.io"},
        {"host/a", "docker.io"},
        {"alpine:3.20", "docker.io"},
    };
    AUTO_ARENA struct arena arena = {};
    for (size_t i = 0; i < N_ELEMENTS(cases); i++)
        CHECK_STR(registry_of_reference(&arena, cases[i].reference), cases[i].registry);
}

TEST(the_key_of_a_registry_has_no_scheme_and_no_path)
{
    static const struct {
        const char *registry, *key;
    } cases[] = {
        {"docker.io", DOCKER_HUB_KEY},
        {"https://index.docker.io/v1/", DOCKER_HUB_KEY},
        {"h:5000", "h:5000"},
        {"http://h:5000/v2/", "h:5000"},
        {"https://quay.io", "quay.io"},
        {"quay.io/team", "quay.io"},
        {"https://docker.io.evil", "docker.io.evil"},
    };
    AUTO_ARENA struct arena arena = {};
    for (size_t i = 0; i < N_ELEMENTS(cases); i++)
        CHECK_STR(registry_key(&arena, cases[i].registry), cases[i].key);
}

// Nothing of the machine's own logins.
static void forget_environment(const char *scratch)
{
    unsetenv("DOCKER_AUTH_CONFIG");
    setenv("REGISTRY_AUTH_FILE", "/nowhere/auth.json", 1);
    setenv("PATH", scratch, 1);
}

static int find(struct arena *arena, const char *json, const char *key, struct registry_auth *out,
                struct err *err)
{
    struct config_file config = {};
    *out = (struct registry_auth){};
    if (config_file_parse(arena, json, &config, err) < 0)
        return -1;
    return credentials_find(arena, &config, key, "team/app", out, err);
}

TEST(a_stored_login_is_found_under_all_forms_of_its_key)
{
    // "dTpw" is u:p.
    static const struct {
        const char *stored, *key;
        int found;
    } cases[] = {
        {"h:1", "h:1", 1},
        {"https://h:1", "h:1", 1},
        {"http://h:1/v1/", "h:1", 1},
        {"h:1", "h:2", 0},
        {"h:1", "h", 0},
        {"h", "h:1", 0},
        {"evil.h:1", "h:1", 0},
        {"h:1.evil", "h:1", 0},
        {"https://index.docker.io/v1/", DOCKER_HUB_KEY, 1},
        {"docker.io", DOCKER_HUB_KEY, 1},
        {"index.docker.io", DOCKER_HUB_KEY, 1},
        {"https://index.docker.io/v1/access-token", DOCKER_HUB_KEY, 0},
        {"docker.io", "h:1", 0},
    };
    forget_environment("/nowhere");
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        AUTO_ARENA struct arena arena = {};
        struct registry_auth auth;
        struct err err = {};
        const char *json =
            arena_printf(&arena, "{\"auths\":{\"%s\":{\"auth\":\"dTpw\"}}}", cases[i].stored);
        CHECK_INT(find(&arena, json, cases[i].key, &auth, &err), cases[i].found);
        CHECK(cases[i].found == 0 ||
              (text_equal(auth.username, "u") && text_equal(auth.password, "p")));
        CHECK(cases[i].found == 0 || text_equal(auth.serveraddress, cases[i].key));
    }
}

TEST(the_exact_key_wins_and_an_empty_entry_is_none)
{
    AUTO_ARENA struct arena arena = {};
    struct registry_auth auth;
    struct err err = {};
    forget_environment("/nowhere");
    CHECK_INT(find(&arena,
                   "{\"auths\":{\"https://h\":{\"auth\":\"YTpi\"},\"h\":{\"auth\":\"dTpw\"}}}", "h",
                   &auth, &err),
              1);
    CHECK_STR(auth.username, "u");
    CHECK_INT(find(&arena, "{\"auths\":{\"h\":{}}}", "h", &auth, &err), 0);
    CHECK_INT(find(&arena, "{\"auths\":{\"h\":{\"auth\":\"dTo=\",\"identitytoken\":\"t\"}}}", "h",
                   &auth, &err),
              1);
    CHECK_STR(auth.identitytoken, "t");
    CHECK_INT(find(&arena, "{\"auths\":{\"h\":{\"auth\":\"%%%\"}}}", "h", &auth, &err), -1);
    CHECK_HAS(err.text, "the login of h is not base64");
    CHECK_INT(find(&arena, "{\"auths\":{\"h\":{\"auth\":\"dXA=\"}}}", "h", &auth, &err), -1);
    CHECK_HAS(err.text, "no user and password");
}

TEST(podmans_logins_are_found_after_dockers_the_longest_part_first)
{
    AUTO_ARENA struct arena arena = {};
    char scratch[TEST_SCRATCH_MAX];
    struct registry_auth auth;
    struct err err = {};
    (void)close(test_scratch_make(scratch));
    forget_environment(scratch);
    test_scratch_put(scratch, "auth.json",
                     "{\"auths\":{\"h\":{\"auth\":\"YTpi\"},\"h/team\":{\"auth\":\"dTpw\"},"
                     "\"h/te\":{\"auth\":\"eDp5\"}}}");
    setenv("REGISTRY_AUTH_FILE", arena_printf(&arena, "%s/auth.json", scratch), 1);
    CHECK_INT(find(&arena, "{}", "h", &auth, &err), 1);
    CHECK_STR(auth.username, "u");
    CHECK_INT(find(&arena, "{\"auths\":{\"h\":{\"auth\":\"Yzpk\"}}}", "h", &auth, &err), 1);
    CHECK_STR(auth.username, "c");
    CHECK_INT(find(&arena, "{}", "i", &auth, &err), 0);
    test_scratch_remove(scratch);
}

TEST(a_variable_holds_logins_for_ci)
{
    AUTO_ARENA struct arena arena = {};
    struct registry_auth auth;
    struct err err = {};
    forget_environment("/nowhere");
    setenv("DOCKER_AUTH_CONFIG", "{\"auths\":{\"h\":{\"auth\":\"dTpw\"}}}", 1);
    CHECK_INT(find(&arena, "{\"auths\":{\"h\":{\"auth\":\"YTpi\"}}}", "h", &auth, &err), 1);
    CHECK_STR(auth.username, "u");
    unsetenv("DOCKER_AUTH_CONFIG");
}

// --- helpers: scripts in a directory that is PATH ---

static void put_helper(const char *scratch, const char *name, const char *script)
{
    AUTO_FREE char *file = str_printf("docker-credential-%s", name);
    AUTO_FREE char *path = str_printf("%s/%s", scratch, file);
    test_scratch_put(scratch, file, script);
    CHECK_INT(chmod(path, 0700), 0);
}

TEST(a_helper_is_asked_by_name_and_gives_a_login_or_a_token)
{
    AUTO_ARENA struct arena arena = {};
    char scratch[TEST_SCRATCH_MAX];
    struct registry_auth auth;
    struct err err = {};
    (void)close(test_scratch_make(scratch));
    forget_environment(scratch);
    put_helper(
        scratch, "good",
        "#!/bin/sh\nread server\n[ \"$1 $#\" = 'get 1' ] || exit 9\n"
        "echo \"{\\\"ServerURL\\\":\\\"x\\\",\\\"Username\\\":\\\"user\\\",\\\"Secret\\\":\\\"for "
        "$server\\\"}\"\n");
    put_helper(scratch, "token",
               "#!/bin/sh\necho '{\"Username\":\"<token>\",\"Secret\":\"refresh\"}'\n");
    CHECK_INT(find(&arena, "{\"credsStore\":\"good\"}", "h:1", &auth, &err), 1);
    CHECK_STR(auth.username, "user");
    CHECK_STR(auth.password, "for h:1");
    CHECK_INT(find(&arena, "{\"credsStore\":\"good\",\"credHelpers\":{\"h:1\":\"token\"}}", "h:1",
                   &auth, &err),
              1);
    CHECK_STR(auth.identitytoken, "refresh");
    CHECK(auth.username == NULL);
    test_scratch_remove(scratch);
}

TEST(a_helper_without_a_login_is_no_error_and_one_that_fails_is)
{
    AUTO_ARENA struct arena arena = {};
    char scratch[TEST_SCRATCH_MAX];
    struct registry_auth auth;
    struct err err = {};
    (void)close(test_scratch_make(scratch));
    forget_environment(scratch);
    put_helper(scratch, "empty",
               "#!/bin/sh\necho 'credentials not found in native keychain'\nexit 1\n");
    put_helper(scratch, "locked", "#!/bin/sh\necho 'the keychain is locked'\nexit 1\n");
    put_helper(scratch, "chatty", "#!/bin/sh\necho 'hello'\n");
    put_helper(scratch, "long", "#!/bin/sh\nexec head -c 1000000 /dev/zero\n");
    CHECK_INT(find(&arena, "{\"credsStore\":\"empty\"}", "h", &auth, &err), 0);
    CHECK_INT(find(&arena, "{\"credsStore\":\"locked\"}", "h", &auth, &err), -1);
    CHECK_STR(err.text, "credential helper \"locked\" get: the keychain is locked");
    CHECK_INT(find(&arena, "{\"credsStore\":\"chatty\"}", "h", &auth, &err), -1);
    CHECK_HAS(err.text, "its answer is no JSON");
    setenv("PATH", arena_printf(&arena, "%s:/usr/bin:/bin", scratch), 1);
    CHECK_INT(find(&arena, "{\"credsStore\":\"long\"}", "h", &auth, &err), -1);
    CHECK_HAS(err.text, "its answer");
    CHECK_INT(find(&arena, "{\"credsStore\":\"absent\"}", "h", &auth, &err), -1);
    CHECK_HAS(err.text, "docker-credential-absent is not in PATH");
    CHECK_INT(find(&arena, "{\"credsStore\":\"../evil\"}", "h", &auth, &err), -1);
    test_scratch_remove(scratch);
}

TEST(a_helper_that_leaves_an_agent_behind_does_not_hold_us_up)
{
    AUTO_ARENA struct arena arena = {};
    char scratch[TEST_SCRATCH_MAX];
    struct registry_auth auth;
    struct err err = {};
    (void)close(test_scratch_make(scratch));
    forget_environment(scratch);
    setenv("PATH", arena_printf(&arena, "%s:/usr/bin:/bin", scratch), 1);
    // It holds the pipe open until the directory is gone.
    put_helper(scratch, "agent",
               "#!/bin/sh\n(while [ -e \"$0\" ]; do sleep 0.1; done) &\n"
               "echo '{\"Username\":\"u\",\"Secret\":\"s\"}'\n");
    CHECK_INT(find(&arena, "{\"credsStore\":\"agent\"}", "h", &auth, &err), 1);
    CHECK_STR(auth.password, "s");
    test_scratch_remove(scratch);
}

TEST(a_login_goes_to_the_helper_and_leaves_only_a_mark_in_the_file)
{
    AUTO_ARENA struct arena arena = {};
    char scratch[TEST_SCRATCH_MAX];
    struct err err = {};
    struct config_file config;
    (void)close(test_scratch_make(scratch));
    forget_environment(scratch);
    setenv("PATH", arena_printf(&arena, "%s:/usr/bin:/bin", scratch), 1);
    put_helper(scratch, "keeps", "#!/bin/sh\ncat >\"${0%/*}/$1\"\n");
    test_scratch_put(scratch, "config.json", "{\"credsStore\":\"keeps\"}");
    const char *path = arena_printf(&arena, "%s/config.json", scratch);
    const struct registry_auth auth = {.username = "u", .password = "p\"", .serveraddress = "h"};
    CHECK_INT(config_file_read(&arena, path, &config, &err), 0);
    CHECK_INT(credentials_store(&arena, &config, &auth, &err), CREDENTIALS_IN_HELPER);
    CHECK_STR(test_scratch_get(scratch, "store"),
              "{\"ServerURL\":\"h\",\"Username\":\"u\",\"Secret\":\"p\\\"\"}");
    CHECK_HAS(test_scratch_get(scratch, "config.json"), "\"h\": {}");
    CHECK_INT(config_file_read(&arena, path, &config, &err), 0);
    CHECK_INT(credentials_stored(&arena, &config, "h", &err), 1);
    CHECK_INT(credentials_erase(&arena, &config, "h", &err), 0);
    CHECK_HAS(test_scratch_get(scratch, "config.json"), "\"auths\": {}");
    test_scratch_remove(scratch);
}

TEST(a_login_without_a_helper_is_dockers_base64)
{
    AUTO_ARENA struct arena arena = {};
    char scratch[TEST_SCRATCH_MAX];
    struct err err = {};
    (void)close(test_scratch_make(scratch));
    forget_environment(scratch);
    const struct config_file config = {.path = arena_printf(&arena, "%s/config.json", scratch)};
    const struct registry_auth token = {
        .username = "u", .password = "p", .identitytoken = "t", .serveraddress = "h"};
    CHECK_INT(credentials_store(&arena, &config, &token, &err), CREDENTIALS_IN_FILE);
    CHECK_HAS(test_scratch_get(scratch, "config.json"), "\"auth\": \"dTo=\"");
    CHECK_HAS(test_scratch_get(scratch, "config.json"), "\"identitytoken\": \"t\"");
    test_scratch_remove(scratch);
}
