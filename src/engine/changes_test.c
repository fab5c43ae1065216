// SPDX-License-Identifier: Apache-2.0
// changes_test.c — instructions of a Dockerfile change a config as docker's import and commit do.
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "engine/changes.h"

#include <string.h>

enum { TEXT_MAX = 65536 };
static struct arena arena;
static struct err err;

// The config after the changes, as JSON.
static const char *after(const char *const *changes, size_t n)
{
    struct image_config config = {};
    if (changes_apply(&arena, changes, n, &config, &err) < 0)
        return err.text;
    AUTO_BUF struct buf text;
    buf_init(&text, TEXT_MAX);
    json_encode(&text, image_config_fields, &config, JSON_COMPACT);
    return arena_strdup(&arena, buf_get(&text));
}

TEST(each_instruction_changes_its_part_of_the_config)
{
    static const struct {
        const char *change, *config;
    } rows[] = {
        {"CMD [\"a\", \"b c\"]", "{\"Cmd\":[\"a\",\"b c\"]}"},
        {"cmd echo  hi", "{\"Cmd\":[\"/bin/sh\",\"-c\",\"echo  hi\"]}"},
        {"CMD [not a list", "{\"Cmd\":[\"/bin/sh\",\"-c\",\"[not a list\"]}"},
        {"ENTRYPOINT [\"/x\"]", "{\"Entrypoint\":[\"/x\"]}"},
        {"ENV A=1 B=\"two words\" C=x\\ y", "{\"Env\":[\"A=1\",\"B=two words\",\"C=x y\"]}"},
        {"ENV A one two", "{\"Env\":[\"A=one two\"]}"},
        {"ENV A=", "{\"Env\":[\"A=\"]}"},
        {"LABEL a=b \"c d\"='e \\f'", "{\"Labels\":{\"a\":\"b\",\"c d\":\"e \\\\f\"}}"},
        {"EXPOSE 80 53/udp 8000-8001",
         "{\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{},\"8000/tcp\":{},\"8001/tcp\":{}}}"},
        {"VOLUME [\"/a b\", \"/c\"]", "{\"Volumes\":{\"/a b\":{},\"/c\":{}}}"},
        {"VOLUME /a /b /a", "{\"Volumes\":{\"/a\":{},\"/b\":{}}}"},
        {"USER 1000:www", "{\"User\":\"1000:www\"}"},
        {"WORKDIR /srv", "{\"WorkingDir\":\"/srv\"}"},
        {"WORKDIR srv", "{\"WorkingDir\":\"/srv\"}"},
        {"STOPSIGNAL SIGQUIT", "{\"StopSignal\":\"SIGQUIT\"}"},
        {"ONBUILD RUN make  all", "{\"OnBuild\":[\"RUN make  all\"]}"},
        {"HEALTHCHECK NONE", "{\"Healthcheck\":{\"Test\":[\"NONE\"]}}"},
        {"HEALTHCHECK --interval=1m30s --retries=3 CMD curl -f x",
         "{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"curl -f x\"],\"Interval\":90000000000,"
         "\"Retries\":3}}"},
        {"HEALTHCHECK --timeout=500ms CMD [\"/ok\"]",
         "{\"Healthcheck\":{\"Test\":[\"CMD\",\"/ok\"],\"Timeout\":500000000}}"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++)
        CHECK_STR(after(&rows[i].change, 1), rows[i].config);
    arena_done(&arena);
}

TEST(changes_follow_each_other)
{
    static const char *const changes[] = {"ENV A=1 B=2", "ENV A=3",   "WORKDIR /a", "WORKDIR b",
                                          "LABEL x=1",   "LABEL x=2", "CMD one",    "CMD [\"2\"]"};
    CHECK_STR(after(changes, N_ELEMENTS(changes)),
              "{\"Env\":[\"A=3\",\"B=2\"],\"Cmd\":[\"2\"],\"WorkingDir\":\"/a/b\","
              "\"Labels\":{\"x\":\"2\"}}");
    arena_done(&arena);
}

TEST(what_is_no_change_is_refused_by_name)
{
    static const struct {
        const char *change, *says;
    } rows[] = {
        {"RUN rm -rf /", "RUN is not a valid change command"},
        {"FROM x", "FROM is not a valid change command"},
        {"", " is not a valid change command"},
        {"CMD", "CMD requires at least one argument"},
        {"ENV A", "ENV must have two arguments"},
        {"ENV =b", "ENV names can not be blank"},
        {"ENV A=1 B", "can't find = in \"B\""},
        {"EXPOSE 0", "invalid containerPort: 0"},
        {"EXPOSE 70000", "invalid containerPort: 70000"},
        {"EXPOSE 80/ipx", "invalid containerPort: 80/ipx"},
        {"EXPOSE 9-8", "invalid containerPort: 9-8"},
        {"EXPOSE x", "invalid containerPort: x"},
        {"STOPSIGNAL NOSUCH", "NOSUCH"},
        {"USER a b", "USER requires exactly one argument"},
        {"ONBUILD FROM x", "FROM isn't allowed as an ONBUILD trigger"},
        {"ONBUILD ONBUILD RUN x", "ONBUILD isn't allowed"},
        {"HEALTHCHECK", "requires at least one argument"},
        {"HEALTHCHECK CMD", "want NONE"},
        {"HEALTHCHECK --interval=5 CMD x", "invalid duration"},
        {"HEALTHCHECK --bogus=5 CMD x", "unknown flag"},
        {"VOLUME [\"\"]", "can not be an empty string"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct image_config config = {};
        CHECK_INT(changes_apply(&arena, &rows[i].change, 1, &config, &err), -1);
        CHECK_INT(err.kind, ERR_INVALID);
        CHECK_HAS(err.text, rows[i].says);
    }
    arena_done(&arena);
}
