// SPDX-License-Identifier: Apache-2.0
// user_test.c — the grid of SECURITY.md 4a (CVE-2016-3697 and kin), and a second opinion.
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "linux/user.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static int file_of(const char *text, size_t n)
{
    int fd = memfd_create("file", MFD_CLOEXEC);
    CHECK(fd >= 0);
    CHECK_INT(write(fd, text, n), n);
    CHECK_INT(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static int resolve(const char *spec, const char *passwd, const char *group, struct user *out,
                   struct err *err)
{
    AUTO_FD int passwd_fd = passwd != NULL ? file_of(passwd, strlen(passwd)) : -1;
    AUTO_FD int group_fd = group != NULL ? file_of(group, strlen(group)) : -1;
    return user_resolve(spec, passwd_fd, group_fd, out, err);
}

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
                             "# a comment\n"
                             "broken\n"
                             "app:x:1000:1001:An App:/srv/app:/bin/sh\n"
                             "app:x:7:7::/second:/bin/sh\n"
                             "nohome:x:1002:1002::relative:/bin/sh\n"
                             "wraps:x:4294967296:0::/:\n"
                             "minus:x:-1:0::/:\n"
                             "none:x:4294967295:0::/:\n"
                             "last:x:4294967294:5::/:";
static const char group[] = "root:x:0:\n"
                            "wheel:x:10:root,app\n"
                            "app:x:1001:app\n"
                            "video:x:44:other,app,root\n"
                            "prefix:x:45:apple,ap\n"
                            "wraps:x:4294967296:app\n"
                            "tail:x:46:app";

static const struct {
    const char *spec;
    int64_t uid, gid; // -1: refused
    const char *home, *groups;
} grid[] = {
    {"", 0, 0, "/root", "0 10 44 "},
    {"root", 0, 0, "/root", "0 10 44 "},
    {"0", 0, 0, "/root", "0 10 44 "},
    {"app", 1000, 1001, "/srv/app", "1001 10 44 46 "},
    {"1000", 1000, 1001, "/srv/app", "1001 10 44 46 "},
    {"app:wheel", 1000, 10, "/srv/app", "10 "},
    {"app:99", 1000, 99, "/srv/app", "99 "},
    {"app:", 1000, 1001, "/srv/app", "1001 10 44 46 "},
    {":5", 0, 5, "/root", "5 "},
    {":wheel", 0, 10, "/root", "10 "},
    {"1", 1, 0, "/", "0 "},
    {"1:2", 1, 2, "/", "2 "},
    {"nohome", 1002, 1002, "/", "1002 "},
    {"last", 4294967294, 5, "/", "5 "},
    {"2147483648", 2147483648, 0, "/", "0 "},
    {"4294967294", 4294967294, 5, "/", "5 "},
    {"4294967295", -1, 0, NULL, NULL},
    {"4294967296", -1, 0, NULL, NULL},
    {"18446744073709551616", -1, 0, NULL, NULL},
    {"-1", -1, 0, NULL, NULL},
    {"+1", -1, 0, NULL, NULL},
    {"0x0", -1, 0, NULL, NULL},
    {"00", -1, 0, NULL, NULL},
    {"010", -1, 0, NULL, NULL},
    {"1000:9e9", -1, 0, NULL, NULL},
    {"1000:-1", -1, 0, NULL, NULL},
    {"1000:4294967295", -1, 0, NULL, NULL},
    {"1000:1:2", -1, 0, NULL, NULL},
    {" 1", -1, 0, NULL, NULL},
    {"1 ", -1, 0, NULL, NULL},
    {"1\n", -1, 0, NULL, NULL},
    {"1e3", -1, 0, NULL, NULL},
    {"wraps", -1, 0, NULL, NULL},
    {"minus", -1, 0, NULL, NULL},
    {"none", -1, 0, NULL, NULL},
    {"app:wraps", -1, 0, NULL, NULL},
    {"nobody", -1, 0, NULL, NULL},
    {"app:nogroup", -1, 0, NULL, NULL},
    {"../../etc", -1, 0, NULL, NULL},
    {"broken", -1, 0, NULL, NULL},
};

TEST(user_grid_gives_exact_numbers_or_refuses)
{
    for (size_t i = 0; i < N_ELEMENTS(grid); i++) {
        struct user user = {};
        struct err err = {};
        int r = resolve(grid[i].spec, passwd, group, &user, &err);
        if ((r < 0) != (grid[i].uid < 0))
            print_message("\"%s\": %s\n", grid[i].spec, r < 0 ? err.text : "accepted");
        CHECK_INT(r, grid[i].uid < 0 ? -1 : 0);
        if (r < 0)
            continue;
        AUTO_BUF struct buf groups = {.max = 1000};
        for (size_t j = 0; j < user.n_groups; j++)
            buf_printf(&groups, "%u ", user.groups[j]);
        CHECK_INT(user.uid, grid[i].uid);
        CHECK_INT(user.gid, grid[i].gid);
        CHECK_STR(user.home, grid[i].home);
        CHECK_STR(buf_get(&groups), grid[i].groups);
        user_done(&user);
    }
}

// CVE-2016-3697: the image's passwd calls a user by the number that was asked for.
TEST(user_number_is_never_looked_up_as_a_name)
{
    static const char *const specs[] = {"1000", "2147483648", "4294967295", "4294967296", "-1",
                                        "0x0",  "00",         "1000:9e9",   " 1",         "1e3",
                                        "0001", "1000.0",     "4294967294", "1_000"};
    AUTO_BUF struct buf trap = {.max = 10000};
    for (size_t i = 0; i < N_ELEMENTS(specs); i++) {
        struct str rest = str_of(specs[i]);
        struct str name = str_cut(&rest, ':');
        buf_printf(&trap, "%.*s:x:0:0:trap:/trap:/bin/sh\n", (int)name.n, name.at);
    }
    for (size_t i = 0; i < N_ELEMENTS(specs); i++) {
        struct user user = {};
        struct err err;
        if (resolve(specs[i], buf_get(&trap), "9e9:x:0:\n", &user, &err) < 0)
            continue;
        uint64_t exact;
        CHECK(str_to_u64(str_of(specs[i]), &exact));
        CHECK_INT(user.uid, exact);
        CHECK(user.uid != 0);
        CHECK_STR(user.home, "/");
        user_done(&user);
    }
}

TEST(user_without_files_takes_numbers_only)
{
    struct user user = {};
    struct err err;
    CHECK_INT(resolve("12:34", NULL, NULL, &user, &err), 0);
    CHECK_INT(user.uid, 12);
    CHECK_INT(user.gid, 34);
    CHECK(user.name == NULL);
    user_done(&user);
    CHECK_INT(resolve("root", NULL, NULL, &user, &err), -1);
    CHECK_INT(err.kind, ERR_NOT_FOUND);
    CHECK_STR(err.text, "unable to find user root: no matching entries in passwd file");
}

TEST(user_files_must_be_regular_and_small)
{
    struct user user;
    struct err err;
    AUTO_FD int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    CHECK_INT(user_resolve("root", zero, -1, &user, &err), -1);
    CHECK_STR(err.text, "the container's /etc/passwd is not a regular file");
    AUTO_FD int directory = open("/", O_RDONLY | O_CLOEXEC);
    CHECK_INT(user_resolve("0", -1, directory, &user, &err), -1);
    int pipes[2];
    CHECK_INT(pipe2(pipes, O_CLOEXEC), 0);
    CHECK_INT(user_resolve("0", pipes[0], -1, &user, &err), -1);
    (void)close(pipes[0]), (void)close(pipes[1]);
    AUTO_FD int big = memfd_create("big", MFD_CLOEXEC);
    CHECK_INT(ftruncate(big, 1LL << 30), 0);
    CHECK_INT(user_resolve("root", big, -1, &user, &err), -1);
    CHECK_STR(err.text, "the container's /etc/passwd is larger than 1048576 bytes");
}

TEST(user_line_that_is_too_long_does_not_exist)
{
    AUTO_BUF struct buf text = {.max = USER_FILE_MAX};
    buf_text(&text, "long:x:1:1:");
    for (int i = 0; i < USER_LINE_MAX; i++)
        buf_char(&text, 'c');
    buf_text(&text, ":/:\nshort:x:2:2::/:\n");
    struct user user = {};
    struct err err;
    CHECK_INT(resolve("long", buf_get(&text), NULL, &user, &err), -1);
    CHECK_INT(resolve("short", buf_get(&text), NULL, &user, &err), 0);
    CHECK_INT(user.uid, 2);
    user_done(&user);
}

// The second opinion: written another way, over split lines, on purpose.
static bool reference_id(const char *text, unsigned long long *out)
{
    char back[32], *end;
    *out = strtoull(text, &end, 10);
    snprintf(back, sizeof back, "%llu", *out);
    return strcmp(back, text) == 0 && *out <= 4294967294ULL;
}

static bool reference_name(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == 0 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.-") == strlen(text) &&
           strchr(".-", *text) == NULL;
}

// -1 refused, else the uid.
static int64_t reference_uid(const char *spec, const char *file)
{
    unsigned long long number = 0, id, gid;
    bool is_number = reference_id(spec, &number);
    if (!is_number && !reference_name(spec) && *spec != '\0')
        return -1;
    AUTO_FREE char *copy = xstrdup(file);
    char *lines = copy, *line;
    while ((line = strsep(&lines, "\n")) != NULL) {
        char *fields[4] = {}, *rest = line;
        for (int i = 0; i < 4 && rest != NULL; i++)
            fields[i] = strsep(&rest, ":");
        if (fields[3] == NULL || !reference_name(fields[0]) || !reference_id(fields[2], &id) ||
            !reference_id(fields[3], &gid))
            continue;
        if (!is_number && strcmp(fields[0], spec) == 0)
            return (int64_t)id;
    }
    return is_number || *spec == '\0' ? (int64_t)number : -1;
}

TEST(user_agrees_with_a_reference_parser_on_random_files)
{
    static const char *const words[] = {
        "root", "app", "0",  "1", "00", "4294967296", "4294967294", "-1", "a-b", "x", "",
        ":",    "\n",  "\n", ":", ":",  "0x1",        "1a",         "_",  " ",   "9"};
    uint32_t seed = 12345;
    for (int round = 0; round < 3000; round++) {
        AUTO_BUF struct buf file = {.max = 4096};
        for (int i = 0; i < 60; i++) {
            seed = seed * 1664525 + 1013904223;
            buf_text(&file, words[(seed >> 16) % N_ELEMENTS(words)]);
        }
        seed = seed * 1664525 + 1013904223;
        const char *spec = words[(seed >> 16) % N_ELEMENTS(words)];
        if (strchr(spec, ':') != NULL)
            continue;
        struct user user = {};
        struct err err;
        int64_t want = reference_uid(spec, buf_get(&file));
        int r = resolve(spec, buf_get(&file), NULL, &user, &err);
        CHECK_INT(r < 0 ? -1 : (int64_t)user.uid, want);
        user_done(&user);
    }
}
