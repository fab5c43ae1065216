// SPDX-License-Identifier: Apache-2.0
// program.c — where our other programs are.
//
// Beside this program (a build directory), in ../libexec/dhow (an installation), in ../bin, in
// PATH.
#include "linux/program.h"

#include "base/mem.h"
#include "base/str.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
