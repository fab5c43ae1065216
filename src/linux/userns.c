// SPDX-License-Identifier: Apache-2.0
// userns.c — /proc/PID/{uid_map,gid_map,setgroups}. user_namespaces(7).
#include "linux/userns.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

enum { MAP_TEXT_MAX = 4096 }; // the kernel takes less than a page

struct id_map_list {
    const struct id_map *maps;
    size_t n;
};

static void map_text(const struct id_map *maps, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%u %u %u\n", maps[i].inside, maps[i].outside, maps[i].size);
}

// newuidmap(1): its arguments are the map's numbers one by one.
static int write_by_helper(const char *program, pid_t pid, const struct id_map *maps, size_t n,
                           struct err *err)
{
    const char **argv = xcalloc(n * 3 + 3, sizeof *argv);
    size_t at = 0;
    argv[at++] = program;
    argv[at++] = str_printf("%d", (int)pid);
    for (size_t i = 0; i < n; i++) {
        argv[at++] = str_printf("%u", maps[i].inside);
        argv[at++] = str_printf("%u", maps[i].outside);
        argv[at++] = str_printf("%u", maps[i].size);
    }
    pid_t child = process_clone(0, -1, NULL, err);
    if (child == 0) {
        execvp(program, (char **)argv);
        _exit(127);
    }
    for (size_t i = 1; i < at; i++)
        free((char *)argv[i]);
    free(argv);
    int status;
    if (child < 0 || process_wait(child, &status, err) < 0)
        return -1;
    if (status == 127)
        return fail(err, ERR_UNAVAILABLE,
                    "%s is not installed: it maps more than one's own id (package uidmap)",
                    program);
    if (status != 0)
        return fail(err, ERR_DENIED, "%s refused the id map: see /etc/subuid and /etc/subgid",
                    program);
    return 0;
}

struct map_kind {
    const char *file, *helper;
};

static int write_map(int proc, pid_t pid, const struct map_kind *kind, struct id_map_list list,
                     struct err *err)
{
    const char *file = kind->file;
    const struct id_map *maps = list.maps;
    size_t n = list.n;
    AUTO_BUF struct buf text;
    buf_init(&text, MAP_TEXT_MAX);
    map_text(maps, n, &text);
    if (buf_check(&text, file, err) < 0)
        return -1;
    if (file_put_at(proc, file, buf_get(&text), err) == 0)
        return 0;
    if (err->sys != EPERM)
        return -1;
    bool is_own = n == 1 && maps[0].size == 1;
    if (!is_own)
        return write_by_helper(kind->helper, pid, maps, n, err);
    if (file_put_at(proc, "setgroups", "deny", err) < 0)
        return -1;
    return file_put_at(proc, file, buf_get(&text), err);
}

int userns_write_maps(pid_t pid, const struct id_maps *maps, struct err *err)
{
    AUTO_FREE char *path = str_printf("/proc/%d", (int)pid);
    AUTO_FD int proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0)
        return fail_sys(err, "open %s", path);
    static const struct map_kind uids = {"uid_map", "newuidmap"}, gids = {"gid_map", "newgidmap"};
    struct id_map_list uid_list = {maps->uids, maps->n_uids}, gid_list = {maps->gids, maps->n_gids};
    if (write_map(proc, pid, &uids, uid_list, err) < 0 ||
        write_map(proc, pid, &gids, gid_list, err) < 0)
        return -1;
    return 0;
}

int userns_make(const struct id_maps *maps, struct err *err)
{
    AUTO_FD int pidfd = -1;
    pid_t parent = getpid();
    pid_t child = process_clone(CLONE_NEWUSER, -1, &pidfd, err);
    if (child < 0)
        return fail_in(err, "make a user namespace for an id mapping");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        while (getppid() == parent) // or it was killed before that
            pause();
        _exit(1);
    }
    int fd = -1;
    if (userns_write_maps(child, maps, err) == 0) {
        AUTO_FREE char *path = str_printf("/proc/%d/ns/user", (int)child);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            (void)fail_sys(err, "open %s", path);
    }
    int status;
    struct err ignored;
    (void)process_signal(pidfd, SIGKILL, &ignored); // it only waits to be ended
    (void)process_wait(child, &status, &ignored);
    return fd;
}

// The first user namespace maps all ids to themselves (user_namespaces(7)).
bool userns_is_nested(void)
{
    AUTO_BUF struct buf map;
    buf_init(&map, 4096);
    struct err ignored;
    if (file_read_at(AT_FDCWD, "/proc/self/uid_map", &map, &ignored) < 0)
        return false;
    struct str rest = str_trim((struct str){buf_get(&map), map.n});
    return !text_ends(buf_get(&map), " 4294967295\n") || str_cut(&rest, ' ').at[0] != '0';
}

bool userns_has_gid(uint32_t gid)
{
    AUTO_BUF struct buf map;
    buf_init(&map, MAP_TEXT_MAX);
    struct err ignored;
    if (file_read_at(AT_FDCWD, "/proc/self/gid_map", &map, &ignored) < 0)
        return false;
    struct str rest = {buf_get(&map), map.n};
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        uint32_t numbers[3] = {};
        for (size_t i = 0; i < N_ELEMENTS(numbers); i++) {
            line = str_trim(line);
            if (!str_to_u32(str_cut(&line, ' '), &numbers[i]))
                break;
        }
        if (gid >= numbers[0] && gid - numbers[0] < numbers[2])
            return true;
    }
    return false;
}

bool userns_has_setgroups(void)
{
    AUTO_BUF struct buf text;
    buf_init(&text, MAP_TEXT_MAX);
    struct err ignored;
    if (file_read_at(AT_FDCWD, "/proc/self/setgroups", &text, &ignored) < 0)
        return true;
    return !text_starts(buf_get(&text), "deny");
}
