// SPDX-License-Identifier: Apache-2.0
// policy_test.c — what a policy may say, and which of its scopes a name is in.
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "image/policy.h"

#include <fcntl.h>
#include <string.h>

static struct err err;

static const char *scopes_of(struct arena *arena, const char *text)
{
    struct image_reference name;
    size_t n;
    const char *all = "";
    CHECK_INT(image_reference_parse(arena, text, &name, &err), 0);
    const char **scopes = policy_scopes(arena, &name, &n);
    for (size_t i = 0; i < n; i++)
        all = arena_printf(arena, "%s%s%s", all, i == 0 ? "" : " ", scopes[i]);
    return all;
}

TEST(scopes_go_from_the_name_to_everything)
{
    AUTO_ARENA struct arena arena = {};
    CHECK_STR(scopes_of(&arena, "alpine"),
              "docker.io/library/alpine:latest docker.io/library/alpine docker.io/library "
              "docker.io *.io ");
    CHECK_STR(scopes_of(&arena, "hub.example.com:5000/a:1"),
              "hub.example.com:5000/a:1 hub.example.com:5000/a hub.example.com:5000 "
              "*.example.com:5000 *.com:5000 ");
}

TEST(a_policy_that_cannot_be_checked_is_an_error)
{
    static const struct {
        const char *json, *wrong;
    } cases[] = {
        {"{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}", NULL},
        {"{\"default\":[{\"type\":\"reject\"}],\"transports\":{\"docker\":{\"a.b/c\":"
         "[{\"type\":\"sigstoreSigned\",\"keyPath\":\"/k\"}]},\"dir\":{\"\":[]}}}",
         NULL},
        {"{}", "default: is required"},
        {"{\"default\":[]}", "must not be empty"},
        {"{\"default\":[{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\"}]}", "signedBy"},
        {"{\"default\":[{\"type\":\"sigstoreSigned\",\"fulcio\":{}}]}", "fulcio: unknown field"},
        {"{\"default\":[{\"type\":\"reject\"}],\"more\":1}", "more: unknown field"},
        {"{\"default\":[{\"type\":\"reject\"}],\"transports\":{\"docker\":{\"x\":[]}}}",
         "transports.docker[\"x\"]"},
        {"not JSON", "policy"},
    };
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_ARENA struct arena arena = {};
        struct policy *policy;
        const struct policy_paths paths = {.named = arena_printf(&arena, "%s/policy.json", path)};
        CHECK_INT(file_replace_volatile(dir, "policy.json", cases[i].json, strlen(cases[i].json),
                                        0600, &err),
                  0);
        int result = policy_read(&arena, &paths, &policy, &err);
        CHECK_INT(result, cases[i].wrong == NULL ? 0 : -1);
        CHECK(cases[i].wrong == NULL || strstr(err.text, cases[i].wrong) != NULL);
    }
    test_scratch_remove(path);
}

TEST(without_a_policy_everything_may_be_pulled)
{
    AUTO_ARENA struct arena arena = {};
    const struct policy_paths none = {}, missing = {.usual = "/nowhere/policy.json"},
                              named = {.named = "/nowhere/policy.json"};
    struct policy *policy;
    CHECK_INT(policy_read(&arena, &none, &policy, &err), 0);
    CHECK(policy == NULL);
    CHECK_INT(policy_read(&arena, &missing, &policy, &err), 0);
    CHECK(policy == NULL);
    CHECK(policy_read(&arena, &named, &policy, &err) < 0);
}
