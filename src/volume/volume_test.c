// SPDX-License-Identifier: Apache-2.0
// volume_test.c — names, options, and volumes that come and go.
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "volume/volume.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char path[TEST_SCRATCH_MAX], run[TEST_SCRATCH_MAX];
    struct volume_store store;
    struct arena arena;
    struct err err;
};

static void place_init(struct place *place)
{
    *place = (struct place){};
    int root = test_scratch_make(place->path), run = test_scratch_make(place->run);
    place->store = (struct volume_store){
        .path = place->path,
        .run_path = place->run,
        .root = root,
        .run = run,
        .state = state_open(place->path, &place->err),
    };
    CHECK(place->store.state != NULL);
}

static void place_done(struct place *place)
{
    state_close(place->store.state);
    CHECK_INT(close(place->store.root), 0);
    CHECK_INT(close(place->store.run), 0);
    test_scratch_remove(place->path);
    test_scratch_remove(place->run);
    arena_done(&place->arena);
}

static void put(int dir, const char *name, const char *text)
{
    AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    CHECK_INT(write(fd, text, strlen(text)), strlen(text));
}

static const char *get(int dir, const char *name, char *to, size_t room)
{
    AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, to, room - 1);
    to[n < 0 ? 0 : n] = '\0';
    return n < 0 ? NULL : to;
}

TEST(names_are_dockers)
{
    static const char *const good[] = {"ab", "a.", "0_", "A-b.c_d", "data.conf"};
    static const char *const bad[] = {"a", "", ".a", "-a", "_a", "a/b", "a b", "a\n", "..", "a:b"};
    for (size_t i = 0; i < N_ELEMENTS(good); i++)
        CHECK(volume_name_is_valid(good[i]));
    for (size_t i = 0; i < N_ELEMENTS(bad); i++)
        CHECK(!volume_name_is_valid(bad[i]));
}

TEST(options_of_local_are_checked)
{
    static const struct {
        struct json_pair options[3];
        const char *error; // NULL: they are good
    } cases[] = {
        {{{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=1m"}}, NULL},
        {{{"o", "bind"}, {"device", "/x"}, {"type", "none"}}, NULL},
        {{{"o", "uid=5,gid=6,mode=0750"}, {"size", "10G"}, {"type", ""}}, NULL},
        {{{"size", "1x"}, {"o", ""}, {"type", ""}}, "invalid size: '1x'"},
        {{{"type", "nfs"}, {"o", "addr=1.2.3.4"}, {"device", ""}},
         "missing required option: \"device\""},
        {{{"o", "mode=9"}, {"type", ""}, {"device", ""}}, "invalid option: \"mode=9\""},
    };
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        struct err err = {};
        const struct volume_spec spec = {.options = (void *)cases[i].options, .n_options = 3};
        int done = volume_options_check(&spec, &err);
        CHECK_INT(done, cases[i].error == NULL ? 0 : -1);
        if (cases[i].error != NULL)
            CHECK_STR(err.text, cases[i].error);
    }
    struct err err = {};
    struct json_pair unknown = {"colour", "red"};
    const struct volume_spec spec = {.options = &unknown, .n_options = 1};
    CHECK(volume_options_check(&spec, &err) < 0);
    CHECK(strstr(err.text, "invalid option: \"colour\"") != NULL);
}

TEST(a_volume_comes_once_and_goes)
{
    struct place it;
    place_init(&it);
    const struct volume_request request = {.name = "data"};
    struct volume volume;
    CHECK_INT(volume_create(&it.store, &it.arena, &request, &volume, &it.err), 1);
    CHECK_INT(volume_create(&it.store, &it.arena, &request, &volume, &it.err), 0);
    CHECK_INT(access(volume.mountpoint, F_OK), 0);
    CHECK_INT(state_volume_use(it.store.state, "data", "c1", &it.err), 0);
    CHECK_INT(volume_remove(&it.store, &it.arena, "data", &it.err), 0);
    CHECK_INT(state_volume_leave(it.store.state, NULL, "c1", &it.err), 0);
    CHECK_INT(volume_remove(&it.store, &it.arena, "data", &it.err), 1);
    CHECK(access(volume.mountpoint, F_OK) < 0);
    CHECK_INT(volume_find(&it.store, &it.arena, "data", &volume, &it.err), 0);
    CHECK(state_volume_use(it.store.state, "data", "c1", &it.err) < 0);
    place_done(&it);
}

TEST(a_removal_that_was_killed_is_finished_by_the_next)
{
    struct place it;
    place_init(&it);
    const struct volume_request request = {.name = "data"};
    struct volume volume, *all;
    size_t n;
    CHECK_INT(volume_create(&it.store, &it.arena, &request, &volume, &it.err), 1);
    CHECK_INT(state_volume_condemn(it.store.state, "data", &it.err), 1);
    CHECK_INT(volume_find(&it.store, &it.arena, "data", &volume, &it.err), 0);
    CHECK_INT(volume_list(&it.store, &it.arena, &all, &n, &it.err), 0);
    CHECK_INT(n, 0);
    CHECK(access(volume.mountpoint, F_OK) < 0);
    place_done(&it);
}

TEST(a_clone_has_all_and_never_replaces)
{
    struct place it;
    place_init(&it);
    char text[32];
    const struct volume_request first = {.name = "one"}, second = {.name = "two"};
    struct volume one, two;
    CHECK_INT(volume_create(&it.store, &it.arena, &first, &one, &it.err), 1);
    AUTO_FD int from = volume_data(&it.store, &one, &it.err);
    put(from, "file", "words");
    CHECK_INT(mkdirat(from, "dir", 0700), 0);
    CHECK_INT(linkat(from, "file", from, "dir/same", 0), 0);
    CHECK_INT(symlinkat("/etc/passwd", from, "link"), 0);
    CHECK_INT(volume_clone(&it.store, &it.arena, from, &second, &two, &it.err), 0);
    AUTO_FD int to = volume_data(&it.store, &two, &it.err);
    CHECK_STR(get(to, "file", text, sizeof text), "words");
    struct stat a, b;
    CHECK_INT(fstatat(to, "file", &a, AT_SYMLINK_NOFOLLOW), 0);
    CHECK_INT(fstatat(to, "dir/same", &b, AT_SYMLINK_NOFOLLOW), 0);
    CHECK_INT(a.st_ino, b.st_ino);
    CHECK_INT(a.st_mode & 07777, 0640);
    CHECK_INT(readlinkat(to, "link", text, sizeof text), 11);
    CHECK(volume_clone(&it.store, &it.arena, from, &second, &two, &it.err) < 0);
    CHECK_INT(it.err.kind, ERR_CONFLICT);
    place_done(&it);
}

TEST(filling_keeps_what_is_there_and_follows_nothing)
{
    struct place it;
    place_init(&it);
    char text[32];
    const struct volume_request source = {.name = "image"}, target = {.name = "data"};
    struct volume image, data;
    CHECK_INT(volume_create(&it.store, &it.arena, &source, &image, &it.err), 1);
    CHECK_INT(volume_create(&it.store, &it.arena, &target, &data, &it.err), 1);
    AUTO_FD int from = volume_data(&it.store, &image, &it.err);
    AUTO_FD int to = volume_data(&it.store, &data, &it.err);
    put(from, "conf", "image's");
    CHECK_INT(mkdirat(from, "etc", 0755), 0);
    put(from, "etc/passwd", "image's");
    put(it.store.root, "outside", "safe");
    CHECK_INT(mkdirat(it.store.root, "away", 0755), 0);
    // One that was begun and killed goes on, whatever lies in its way.
    AUTO_FREE char *mark = str_printf("%s/volumes/data/populating", it.path);
    AUTO_FD int begun = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    AUTO_FREE char *away = str_printf("%s/away", it.path);
    CHECK(begun >= 0);
    put(to, "conf", "user's");
    CHECK_INT(symlinkat(away, to, "etc"), 0);
    CHECK_INT(volume_copy_up(&it.store, &data, from, false, &it.err), 0);
    CHECK_STR(get(to, "conf", text, sizeof text), "user's");
    AUTO_FREE char *leaked = str_printf("%s/passwd", away);
    CHECK(access(leaked, F_OK) < 0);
    CHECK(access(mark, F_OK) < 0);
    // One that is not empty is left alone.
    put(from, "late", "image's");
    CHECK_INT(volume_copy_up(&it.store, &data, from, false, &it.err), 0);
    CHECK(get(to, "late", text, sizeof text) == NULL);
    place_done(&it);
}
