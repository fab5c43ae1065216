// SPDX-License-Identifier: Apache-2.0
// registries_test.c — where names lead under which configuration.
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "image/image.h"
#include "image/registries.h"
#include "transfer/transfer.h"

#define HEX "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static struct err err;

static const char *path_in(struct arena *arena, const char *scratch, const char *name)
{
    return arena_printf(arena, "%s/%s", scratch, name);
}

// What the session's endpoints are, as one text.
static const char *lead(struct arena *arena, const struct registries *registries, const char *full,
                        enum registries_use use)
{
    static const struct registry_credentials credentials = {.username = "me", .password = "secret"};
    struct image_reference name;
    if (image_reference_parse(arena, full, &name, &err) < 0)
        return err.text;
    struct transfer_session session;
    const struct registries_question question = {&name, use, &credentials};
    if (registries_session(registries, arena, &question, &session, &err) < 0)
        return err.text;
    const char *all = "";
    for (size_t i = 0; i < session.n_endpoints; i++) {
        const struct transfer_endpoint *it = &session.endpoints[i];
        all = arena_printf(arena, "%s%s%s/%s%s%s%s", all, i != 0 ? " " : "", it->url,
                           it->repository, it->is_insecure ? " insecure" : "",
                           it->is_mirror ? " mirror" : "", it->username != NULL ? " user" : "");
    }
    return all;
}

static int read_texts(struct arena *arena, const char *ours, const char *docker,
                      struct registries **out)
{
    char scratch[TEST_SCRATCH_MAX];
    int dir = test_scratch_make(scratch);
    if (ours != NULL)
        test_scratch_put(scratch, "dhow.json", ours);
    if (docker != NULL)
        test_scratch_put(scratch, "daemon.json", docker);
    const struct registries_paths paths = {path_in(arena, scratch, "dhow.json"), ours != NULL,
                                           path_in(arena, scratch, "daemon.json")};
    int result = registries_read(arena, &paths, out, &err);
    (void)close(dir);
    test_scratch_remove(scratch);
    return result;
}

TEST(without_configuration_a_name_leads_to_its_registry)
{
    AUTO_ARENA struct arena arena = {};
    struct registries *registries;
    CHECK_INT(read_texts(&arena, NULL, NULL, &registries), 0);
    CHECK_STR(lead(&arena, registries, "docker.io/library/alpine:3", REGISTRIES_PULL),
              "https://registry-1.docker.io/library/alpine user");
    CHECK_STR(lead(&arena, registries, "docker.io/library/alpine:3", REGISTRIES_SEARCH),
              "https://index.docker.io/library/alpine user");
    CHECK_STR(lead(&arena, registries, "hub.corp:5000/a/b:1", REGISTRIES_PUSH),
              "https://hub.corp:5000/a/b user");
}

TEST(dockers_mirrors_are_for_docker_io_and_for_pulls)
{
    AUTO_ARENA struct arena arena = {};
    struct registries *registries;
    CHECK_INT(read_texts(&arena, NULL,
                         "{\"registry-mirrors\": [\"https://m.corp/\", \"http://n.corp:80\"],"
                         " \"log-driver\": \"json-file\", \"insecure-registries\": [\"m.corp\"]}",
                         &registries),
              0);
    CHECK_STR(lead(&arena, registries, "docker.io/library/alpine:3", REGISTRIES_PULL),
              "https://m.corp/library/alpine insecure mirror http://n.corp:80/library/alpine mirror"
              " https://registry-1.docker.io/library/alpine user");
    CHECK_STR(lead(&arena, registries, "docker.io/library/alpine:3", REGISTRIES_PUSH),
              "https://registry-1.docker.io/library/alpine user");
    CHECK_STR(lead(&arena, registries, "quay.io/x/y:3", REGISTRIES_PULL),
              "https://quay.io/x/y user");
}

TEST(the_longest_prefix_wins)
{
    AUTO_ARENA struct arena arena = {};
    struct registries *registries;
    CHECK_INT(read_texts(&arena,
                         "{\"registries\": ["
                         "{\"prefix\": \"docker.io\", \"location\": \"hub.corp/all\"},"
                         "{\"prefix\": \"docker.io/library\", \"location\": \"hub.corp/official\"},"
                         "{\"prefix\": \"docker.io/library/alpine\", \"blocked\": true},"
                         "{\"prefix\": \"*.example.com\", \"location\": \"one.corp\"},"
                         "{\"location\": \"10.1.2.3:5000\", \"insecure\": true}]}",
                         NULL, &registries),
              0);
    static const char *const rows[][2] = {
        {"docker.io/a/b:1", "https://hub.corp/all/a/b"},
        {"docker.io/library/busybox:1", "https://hub.corp/official/busybox"},
        {"docker.io/librarys/busybox:1", "https://hub.corp/all/librarys/busybox"},
        {"docker.io/library/alpine:1",
         "registry docker.io/library/alpine is blocked by the configuration"},
        {"docker.io/library/alpine2:1", "https://hub.corp/official/alpine2"},
        {"a.example.com/x/y:1", "https://one.corp/x/y"},
        {"a.b.example.com/x/y:1", "https://one.corp/x/y"},
        {"example.com/x/y:1", "https://example.com/x/y user"},
        {"10.1.2.3:5000/x:1", "https://10.1.2.3:5000/x insecure user"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++)
        CHECK_STR(lead(&arena, registries, rows[i][0], REGISTRIES_PULL), rows[i][1]);
}

TEST(mirrors_of_any_registry_by_tag_or_digest)
{
    AUTO_ARENA struct arena arena = {};
    struct registries *registries;
    CHECK_INT(read_texts(&arena,
                         "{\"registries\": [{\"prefix\": \"quay.io/team\", \"mirrors\": ["
                         "{\"location\": \"a.corp/copy\", \"pull-from-mirror\": \"tag-only\"},"
                         "{\"location\": \"b.corp\", \"pull-from-mirror\": \"digest-only\"},"
                         "{\"location\": \"c.corp:5000/q\", \"insecure\": true}]}]}",
                         NULL, &registries),
              0);
    CHECK_STR(lead(&arena, registries, "quay.io/team/x:1", REGISTRIES_PULL),
              "https://a.corp/copy/x mirror https://c.corp:5000/q/x insecure mirror"
              " https://quay.io/team/x user");
    CHECK_STR(lead(&arena, registries, "quay.io/team/x@sha256:" HEX, REGISTRIES_PULL),
              "https://b.corp/x mirror https://c.corp:5000/q/x insecure mirror"
              " https://quay.io/team/x user");
    CHECK_STR(lead(&arena, registries, "quay.io/team/x:1", REGISTRIES_PUSH),
              "https://quay.io/team/x user");
}

TEST(our_file_wins_and_docker_s_fills_the_gaps)
{
    AUTO_ARENA struct arena arena = {};
    struct registries *registries;
    CHECK_INT(read_texts(&arena,
                         "{\"insecure-registries\": [\"a.corp\"], \"max-concurrent-uploads\": 2,"
                         " \"registry-stall-seconds\": 7,"
                         " \"runtimes\": {\"x\": {\"path\": \"/x\"}}}",
                         "{\"insecure-registries\": [\"b.corp\"], \"max-concurrent-uploads\": 7,"
                         " \"max-concurrent-downloads\": 9, \"proxies\": {\"http-proxy\": \"p:1\","
                         " \"no-proxy\": \"x\"}}",
                         &registries),
              0);
    CHECK_STR(lead(&arena, registries, "a.corp/x:1", REGISTRIES_PULL),
              "https://a.corp/x insecure user");
    CHECK_STR(lead(&arena, registries, "b.corp/x:1", REGISTRIES_PULL), "https://b.corp/x user");
    struct transfer_session session;
    const struct image_reference name = {.registry = "a.corp", .path = "x", .tag = "1"};
    const struct registries_question question = {&name, REGISTRIES_PULL, NULL};
    CHECK_INT(registries_session(registries, &arena, &question, &session, &err), 0);
    CHECK_INT(session.max_uploads, 2);
    CHECK_INT(session.max_downloads, 9);
    CHECK_INT(session.patience_s, 7);
    CHECK_STR(session.http_proxy, "p:1");
    CHECK_STR(session.no_proxy, "x");
}

TEST(what_makes_no_sense_is_refused_with_its_place)
{
    static const char *const rows[][2] = {
        {"{\"registry-mirror\": []}", "registry-mirror"},
        {"{\"registries\": [{\"prefix\": \"a\", \"colour\": 1}]}", "registries[0].colour"},
        {"{\"registries\": [{}]}", "registries[0]: expected a prefix or a location"},
        {"{\"registries\": [{\"location\": \"https://a.corp\"}]}", "without a scheme"},
        {"{\"registries\": [{\"prefix\": \"*corp\", \"location\": \"a\"}]}", "*.DOMAIN"},
        {"{\"registries\": [{\"location\": \"*.corp\"}]}", "*.DOMAIN"},
        {"{\"registries\": [{\"prefix\": \"a\", \"mirrors\": [{\"location\": \"/b\"}]}]}",
         "registries[0].mirrors[0].location"},
        {"{\"registries\": [{\"prefix\": \"a\", \"mirrors\": [{\"location\": \"b\", "
         "\"pull-from-mirror\": \"never\"}]}]}",
         "pull-from-mirror"},
        {"{\"registry-mirrors\": [\"mirror.corp\"]}", "registry-mirrors[0]"},
        {"{\"registry-mirrors\": [\"https://mirror.corp/path\"]}", "registry-mirrors[0]"},
        {"{\"insecure-registries\": [\"10.0.0.0/40\"]}", "insecure-registries[0]"},
        {"{\"max-concurrent-downloads\": 0}", "max-concurrent-downloads"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct registries *registries;
        CHECK_INT(read_texts(&arena, rows[i][0], NULL, &registries), -1);
        CHECK_HAS(err.text, rows[i][1]);
        CHECK_HAS(err.text, "dhow.json");
        CHECK_INT(err.kind, ERR_INVALID);
    }
}
