// SPDX-License-Identifier: Apache-2.0
// mountspec_test.c — what of a mount's grammar is taken, and in which words it is refused.
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "engine/mounts.h"
#include "engine/mountspec.h"

#include <string.h>

TEST(a_bind_has_a_path_and_a_volume_a_name)
{
    AUTO_ARENA struct arena arena = {};
    struct err err;
    struct container_mount mount;
    CHECK_INT(mountspec_bind(&arena, "/a//b/:/c/../d:ro,rslave", &mount, &err), 0);
    CHECK_STR(mount.type, "bind");
    CHECK_STR(mount.source, "/a/b");
    CHECK_STR(mount.destination, "/d");
    CHECK_STR(mount.propagation, "rslave");
    CHECK_STR(mount.mode, "ro,rslave");
    CHECK(mount.read_only && mount.creates_source);
    CHECK_INT(mountspec_bind(&arena, "data:/d:nocopy", &mount, &err), 0);
    CHECK_STR(mount.type, "volume");
    CHECK_STR(mount.name, "data");
    CHECK(mount.no_copy && !mount.read_only && !mount.is_anonymous && mount.source == NULL);
}

TEST(a_path_alone_is_an_anonymous_volume)
{
    AUTO_ARENA struct arena arena = {};
    struct err err;
    struct container_mount mount;
    CHECK_INT(mountspec_bind(&arena, "/data", &mount, &err), 0);
    CHECK_STR(mount.type, "volume");
    CHECK_STR(mount.destination, "/data");
    CHECK(mount.is_anonymous && mount.name == NULL);
}

TEST(own_may_name_a_group)
{
    AUTO_ARENA struct arena arena = {};
    struct err err;
    struct container_mount mount;
    CHECK_INT(mountspec_bind(&arena, "/a:/b:own=web:www,ro", &mount, &err), 0);
    CHECK_STR(mount.ownership, "web:www");
    CHECK(mount.read_only);
    CHECK_INT(mountspec_bind(&arena, "data:/b:own=33", &mount, &err), 0);
    CHECK_STR(mount.ownership, "33");
}

TEST(binds_are_refused_in_dockers_words)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "invalid volume specification: ''"},
        {":/b", "invalid volume specification: ':/b'"},
        {"/a:", "invalid volume specification: '/a:'"},
        {"/a:ro", "invalid volume specification: '/a:ro'"},
        {"/a:/b:ro:rw", "invalid volume specification: '/a:/b:ro:rw'"},
        {"/a:/b:foo", "invalid mode: foo"},
        {"/a:/b:ro,rw", "invalid mode: ro,rw"},
        {"/a:/b:nocopy", "invalid mode: nocopy"},
        {"data:/b:shared", "invalid mode: shared"},
        {"/a:/b:own=", "invalid mode: own="},
        {"/a:/b:own=a,own=b", "invalid mode: own=a,own=b"},
        {"/a:b", "invalid volume specification: '/a:b': invalid mount config for type \"bind\": "
                 "invalid mount path: 'b' mount path must be absolute"},
        {"data:/", "invalid volume specification: 'data:/': invalid mount config for type "
                   "\"volume\": invalid specification: destination can't be '/'"},
        {"/a:/b/..", "invalid volume specification: '/a:/b/..': invalid mount config for type "
                     "\"bind\": invalid specification: destination can't be '/'"},
        {"a/b:/c",
         "invalid volume specification: 'a/b:/c': invalid mount config for type "
         "\"volume\": create a/b: \"a/b\" includes invalid characters for a local volume "
         "name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a "
         "host directory, use absolute path"},
    };
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        AUTO_ARENA struct arena arena = {};
        struct err err = {};
        struct container_mount mount;
        CHECK(mountspec_bind(&arena, cases[i].text, &mount, &err) < 0);
        CHECK_STR(err.text, cases[i].error);
        CHECK_INT(err.kind, ERR_INVALID);
    }
}

TEST(mounts_are_refused_in_dockers_words)
{
    struct mount_bind_options bind = {.propagation = "odd"};
    struct mount_volume_options volume = {.subpath = "../x"};
    const struct {
        struct mount_request request;
        const char *error;
    } cases[] = {
        {{.type = "npipe", .source = "/a", .target = "/b"},
         "invalid mount config for type \"npipe\": mount type unknown"},
        {{.type = "bind", .target = "/b"},
         "invalid mount config for type \"bind\": field Source must not be empty"},
        {{.type = "bind", .source = "/b"},
         "invalid mount config for type \"bind\": field Target must not be empty"},
        {{.type = "bind", .source = "a", .target = "/b"},
         "invalid mount config for type \"bind\": invalid mount path: 'a' mount path must be "
         "absolute"},
        {{.type = "bind", .source = "/a", .target = "/b", .volume_options = &volume},
         "invalid mount config for type \"bind\": field VolumeOptions must not be specified"},
        {{.type = "bind", .source = "/a", .target = "/b", .bind_options = &bind},
         "invalid mount config for type \"bind\": invalid propagation mode: odd"},
        {{.type = "volume", .source = "data", .target = "/b", .bind_options = &bind},
         "invalid mount config for type \"volume\": field BindOptions must not be specified"},
        {{.type = "volume", .target = "/b", .read_only = true},
         "invalid mount config for type \"volume\": must not set ReadOnly mode when using "
         "anonymous "
         "volumes"},
        {{.type = "volume", .source = "data", .target = "/b", .volume_options = &volume},
         "invalid mount config for type \"volume\": subpath must be a relative path within the "
         "volume"},
        {{.type = "tmpfs", .source = "x", .target = "/b"},
         "invalid mount config for type \"tmpfs\": field Source must not be specified"},
    };
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        AUTO_ARENA struct arena arena = {};
        struct err err = {};
        struct container_mount mount;
        CHECK(mountspec_request(&arena, &cases[i].request, &mount, &err) < 0);
        CHECK_STR(err.text, cases[i].error);
    }
}

TEST(a_tmpfs_keeps_its_words)
{
    AUTO_ARENA struct arena arena = {};
    struct err err;
    struct container_mount mount;
    const struct mount_tmpfs_options options = {.size_bytes = 65536, .mode = 01770};
    const struct mount_request request = {
        .type = "tmpfs", .target = "/t", .tmpfs_options = (void *)&options};
    CHECK_INT(mountspec_request(&arena, &request, &mount, &err), 0);
    CHECK_INT(mount.n_options, 2);
    CHECK_STR(mount.options[0], "size=65536");
    CHECK_STR(mount.options[1], "mode=1770");
    CHECK_INT(mountspec_tmpfs(&arena, "/run", "rw,size=1m", &mount, &err), 0);
    CHECK_INT(mount.n_options, 2);
    CHECK(mount.is_plain_tmpfs);
}

TEST(volumes_from_takes_a_mode)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    const char *name;
    bool read_only;
    CHECK_INT(mountspec_from(&arena, "web:ro", &name, &read_only, &err), 0);
    CHECK_STR(name, "web");
    CHECK(read_only);
    CHECK_INT(mountspec_from(&arena, "web", &name, &read_only, &err), 0);
    CHECK(!read_only);
    CHECK(mountspec_from(&arena, "web:nocopy", &name, &read_only, &err) < 0);
    CHECK(mountspec_from(&arena, ":ro", &name, &read_only, &err) < 0);
}

TEST(paths_are_cleaned_as_go_does)
{
    static const struct {
        const char *from, *to;
    } cases[] = {{"/", "/"},        {"//a", "/a"},   {"/a/./b/", "/a/b"},  {"/a/../..", "/"},
                 {"/a/b/..", "/a"}, {"/../a", "/a"}, {"/a/...", "/a/..."}, {"/aa/../b", "/b"}};
    AUTO_ARENA struct arena arena = {};
    for (size_t i = 0; i < N_ELEMENTS(cases); i++)
        CHECK_STR(path_clean(&arena, cases[i].from), cases[i].to);
}

// Where an id of the file system is shown.
static uint32_t shown(const struct oci_id_map *maps, size_t n, uint32_t id)
{
    for (size_t i = 0; i < n; i++) {
        if (id >= maps[i].containerID && id - maps[i].containerID < maps[i].size)
            return maps[i].hostID + (id - maps[i].containerID);
    }
    return UINT32_MAX;
}

TEST(own_exchanges_two_ids_and_keeps_all_others)
{
    static const uint32_t pairs[][2] = {{0, 1000}, {1000, 0}, {5, 6}, {7, 7}, {0, 4294967294}};
    for (size_t i = 0; i < N_ELEMENTS(pairs); i++) {
        struct oci_id_map maps[OWN_MAPS_MAX];
        uint32_t a = pairs[i][0], b = pairs[i][1];
        size_t n = own_maps_swap(a, b, maps);
        CHECK(n <= OWN_MAPS_MAX);
        if (a != 4294967294 && b != 4294967294) {
            CHECK_INT(shown(maps, n, a), b);
            CHECK_INT(shown(maps, n, b), a);
        }
        CHECK_INT(shown(maps, n, 500), 500);
        CHECK_INT(shown(maps, n, 100'000), 100'000);
        uint64_t total = 0;
        for (size_t j = 0; j < n; j++)
            total += maps[j].size;
        CHECK(total <= UINT32_MAX);
    }
}
