// SPDX-License-Identifier: Apache-2.0
// programs.c — where our other programs are, and running one to its end.
//
// Beside this program (a build directory), in ../libexec/dhow (an installation), in ../bin, in
// PATH.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char *if_executable(struct arena *arena, struct str dir, const char *between,
                                 const char *name)
{
    const char *path = arena_printf(arena, "%.*s%s/%s", (int)dir.n, dir.at, between, name);
    struct stat status; // a directory is executable, too
    bool is_there = stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
    return is_there ? path : NULL;
}

static const char *find_in_path(struct arena *arena, const char *name)
{
    const char *path = getenv("PATH");
    struct str rest = str_of(path != NULL ? path
                                          : "/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                                            "/usr/bin:/sbin:/bin");
    while (rest.n != 0) {
        struct str dir = str_cut(&rest, ':');
        const char *found =
            dir.n != 0 && dir.at[0] == '/' ? if_executable(arena, dir, "", name) : NULL;
        if (found != NULL)
            return found;
    }
    return NULL;
}

const char *program_find(struct arena *arena, const char *name, struct err *err)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);
    if (n > 0 && n < (ssize_t)sizeof self) {
        struct str dir = {self, (size_t)n};
        (void)str_cut_last(&dir, '/'); // what stands before the slash is left
        static const char *const places[] = {"", "/../libexec/dhow", "/../bin"};
        for (size_t i = 0; i < N_ELEMENTS(places); i++) {
            const char *found = if_executable(arena, dir, places[i], name);
            if (found != NULL)
                return found;
        }
    }
    const char *found = find_in_path(arena, name);
    if (found == NULL)
        (void)fail(err, ERR_UNAVAILABLE,
                   "cannot find %s: it belongs beside dhow, in ../libexec/dhow or in PATH", name);
    return found;
}

// A function of its own, so that nothing of the caller's lives in the frame that the child shares.
__attribute__((noinline)) static pid_t start(const char *path, const char *const *argv, int null,
                                             int said)
{
    pid_t pid = vfork();
    if (pid == 0) {
        (void)dup2(null, 0);
        (void)dup2(null, 1);
        (void)dup2(said, 2);
        execv(path, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    return pid;
}

int program_run(const char *path, const char *const *argv, struct buf *said, struct err *err)
{
    AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int ends[2];
    if (null < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(err, "run %s", path);
    AUTO_FD int ours = ends[0], theirs = ends[1];
    pid_t pid = start(path, argv, null, theirs);
    if (pid < 0)
        return fail_sys(err, "run %s", path);
    (void)close(TAKE_FD(theirs)); // or our reading would not end
    int read = file_read_fd(ours, path, said, err);
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return fail_sys(err, "wait for %s", path);
    }
    if (read < 0)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
