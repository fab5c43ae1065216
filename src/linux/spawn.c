// SPDX-License-Identifier: Apache-2.0
// spawn.c — posix_spawn: the C library clones with the parent's memory and copies no page.
#include "linux/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <unistd.h>

// Puts the descriptors in place, in order. One that another's place would overwrite before it is
// read is moved out of the way first: `moved` has those, to be closed by the caller.
static int place_fds(posix_spawn_file_actions_t *actions, const struct spawn *spawn, int *moved)
{
    int failed = 0;
    for (size_t i = 0; i < spawn->n_fds && failed == 0; i++) {
        int fd = spawn->fds[i];
        if (fd < (int)i) {
            moved[i] = fcntl(fd, F_DUPFD_CLOEXEC, SPAWN_FDS_MAX);
            if (moved[i] < 0)
                return errno;
            fd = moved[i];
        }
        failed = posix_spawn_file_actions_adddup2(actions, fd, (int)i);
    }
    if (failed == 0)
        failed = posix_spawn_file_actions_addclosefrom_np(actions, (int)spawn->n_fds);
    return failed;
}

static int start(const struct spawn *spawn, posix_spawn_file_actions_t *actions,
                 posix_spawnattr_t *attributes, pid_t *out)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int failed = posix_spawnattr_setsigmask(attributes, &none);
    if (failed == 0)
        failed = posix_spawnattr_setsigdefault(attributes, &all);
    if (failed == 0)
        failed =
            posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    char *const *environment =
        spawn->environment != NULL ? (char *const *)(uintptr_t)spawn->environment : environ;
    if (failed == 0)
        failed = posix_spawn(out, spawn->program, actions, attributes,
                             (char *const *)(uintptr_t)spawn->argv, environment);
    return failed;
}

int spawn_program(const struct spawn *spawn, pid_t *out, struct err *err)
{
    assert(spawn->n_fds <= SPAWN_FDS_MAX);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int moved[SPAWN_FDS_MAX];
    for (size_t i = 0; i < SPAWN_FDS_MAX; i++)
        moved[i] = -1;
    pid_t pid = -1;
    (void)posix_spawn_file_actions_init(&actions); // glibc's cannot fail
    (void)posix_spawnattr_init(&attributes);       // nor this
    int failed = place_fds(&actions, spawn, moved);
    if (failed == 0)
        failed = start(spawn, &actions, &attributes, &pid);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    for (size_t i = 0; i < SPAWN_FDS_MAX; i++) {
        if (moved[i] >= 0)
            (void)close(moved[i]);
    }
    errno = failed;
    if (failed != 0)
        return fail_sys(err, "run %s", spawn->program);
    *out = pid;
    return 0;
}
