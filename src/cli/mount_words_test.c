// SPDX-License-Identifier: Apache-2.0
// mount_words_test.c — --mount's keys, and docker's words for those that make no sense.
#include "base/mem.h"
#include "base/test.h"
#include "cli/mount_words.h"

#include <string.h>
#include <unistd.h>

TEST(a_volume_is_what_is_meant_without_a_type)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct mount_request it;
    CHECK_INT(mount_words_read(&arena, "source=data,destination=/d,readonly", &it, &err), 0);
    CHECK_STR(it.type, "volume");
    CHECK_STR(it.source, "data");
    CHECK_STR(it.target, "/d");
    CHECK(it.read_only);
    CHECK(it.volume_options == NULL && it.bind_options == NULL);
}

TEST(volume_keys_arrive)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct mount_request it;
    CHECK_INT(mount_words_read(&arena,
                               "type=volume,dst=/d,volume-nocopy,volume-label=a=b,volume-driver="
                               "local,volume-opt=type=tmpfs,\"volume-opt=o=size=1m,uid=5\","
                               "volume-subpath=x",
                               &it, &err),
              0);
    const struct mount_volume_options *options = it.volume_options;
    CHECK(options->no_copy);
    CHECK_STR(options->subpath, "x");
    CHECK_INT(options->n_labels, 1);
    CHECK_STR(options->labels[0].value, "b");
    CHECK_STR(options->driver_config->name, "local");
    CHECK_INT(options->driver_config->n_options, 2);
    CHECK_STR(options->driver_config->options[1].key, "o");
    CHECK_STR(options->driver_config->options[1].value, "size=1m,uid=5");
}

TEST(binds_and_tmpfs_have_keys_of_their_own)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct mount_request it;
    CHECK_INT(mount_words_read(&arena,
                               "type=bind,src=/a,target=/b,bind-propagation=rprivate,"
                               "bind-recursive=readonly,ro=1,own=web:www,bind-create-src",
                               &it, &err),
              0);
    CHECK(it.bind_options->read_only_force_recursive && it.bind_options->create_mountpoint);
    CHECK_STR(it.bind_options->ownership, "web:www");
    CHECK_INT(
        mount_words_read(&arena, "type=tmpfs,target=/t,tmpfs-size=2m,tmpfs-mode=700", &it, &err),
        0);
    CHECK_INT(it.tmpfs_options->size_bytes, 2'097'152);
    CHECK_INT(it.tmpfs_options->mode, 0700);
    CHECK_INT(mount_words_read(&arena, "type=image,src=x,dst=/i,image-subpath=a/b", &it, &err), 0);
    CHECK_STR(it.image_options->subpath, "a/b");
}

TEST(a_relative_source_begins_here)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct mount_request it;
    const char *text;
    char here[4096];
    CHECK(getcwd(here, sizeof here) != NULL);
    CHECK_INT(mount_words_read(&arena, "type=bind,src=./x,dst=/b", &it, &err), 0);
    CHECK(strncmp(it.source, here, strlen(here)) == 0);
    CHECK_INT(volume_words_read(&arena, "./memos:/var/opt:ro", &text, &err), 0);
    CHECK(text[0] == '/' && strstr(text, "/./memos:/var/opt:ro") != NULL);
    CHECK_INT(volume_words_read(&arena, "memos:/var/opt", &text, &err), 0);
    CHECK_STR(text, "memos:/var/opt");
}

TEST(mounts_that_make_no_sense_are_refused)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"type=bind", "target is required"},
        {"", "invalid field '' must be a key=value pair"},
        {"foo", "invalid field 'foo' must be a key=value pair"},
        {"source", "invalid field 'source' must be a key=value pair"},
        {"foo=bar,dst=/x", "unexpected key 'foo' in 'foo=bar'"},
        {"dst=/x,ro=maybe", "invalid value for ro: maybe"},
        {"type=volume,dst=/x,bind-propagation=shared",
         "cannot mix 'bind-*' options with mount type 'volume'"},
        {"type=bind,src=/a,dst=/x,volume-nocopy",
         "cannot mix 'volume-*' options with mount type 'bind'"},
        {"type=bind,src=/a,dst=/x,tmpfs-size=1m",
         "cannot mix 'tmpfs-*' options with mount type 'bind'"},
        {"type=bind,src=/a,dst=/x,bind-recursive=readonly",
         "option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction"},
        {"type=bind,src=/a,dst=/x,bind-recursive=often",
         "invalid value for bind-recursive: often (must be \"enabled\", \"disabled\", "
         "\"writable\", or \"readonly\")"},
        {"type=tmpfs,dst=/x,tmpfs-mode=9", "invalid value for tmpfs-mode: 9"},
        {"dst=/x,\"src=a", "extraneous or missing \" in quoted-field"},
        {"dst=/x,src=a\"b", "bare \" in non-quoted-field"},
    };
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        AUTO_ARENA struct arena arena = {};
        struct err err = {};
        struct mount_request it;
        CHECK(mount_words_read(&arena, cases[i].text, &it, &err) < 0);
        CHECK_STR(err.text, cases[i].error);
    }
}
