// SPDX-License-Identifier: Apache-2.0
// file.c — reading and writing whole files by directory descriptor.
#include "base/file.h"

#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

enum { READ_STEP = 16 * 1024 };

// A file that is not there is a kind of its own: callers branch on it.
static int fail_open(struct err *err, const char *name)
{
    int failed = fail_sys(err, "open %s", name);
    if (err->sys == ENOENT)
        err->kind = ERR_NOT_FOUND;
    return failed;
}

int file_read_fd(int fd, const char *name, struct buf *out, struct err *err)
{
    struct stat st;
    size_t step = READ_STEP;
    if (fstat(fd, &st) == 0 && st.st_size > READ_STEP && (uint64_t)st.st_size < out->max - out->n)
        step = (size_t)st.st_size;
    for (;;) {
        if (step > out->max - out->n)
            step = out->max - out->n;
        char probe;
        char *room = step != 0 ? buf_room(out, step) : &probe;
        ssize_t n = read(fd, room, step != 0 ? step : 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_sys(err, "read %s", name);
        if (n == 0)
            return 0;
        if (step == 0)
            return fail(err, ERR_INVALID, "%s is larger than %zu bytes", name, out->max);
        buf_grew(out, (size_t)n);
    }
}

int file_read_at(int dir, const char *name, struct buf *out, struct err *err)
{
    AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_open(err, name);
    return file_read_fd(fd, name, out, err);
}

int write_all(int fd, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n != 0) {
        ssize_t done = write(fd, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        at += done;
        n -= (size_t)done;
    }
    return 0;
}

static int replace(int dir, const char *name, struct str content, mode_t mode, bool is_durable,
                   struct err *err)
{
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return fail_sys(err, "getrandom");
    AUTO_FREE char *temporary = str_printf(".%s.%016jx", name, (uintmax_t)random);
    AUTO_FD int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return fail_sys(err, "create %s", name);
    if (write_all(fd, content.at, content.n) < 0 || (is_durable && fdatasync(fd) < 0) ||
        renameat(dir, temporary, dir, name) < 0) {
        int failed = fail_sys(err, "write %s", name);
        (void)unlinkat(dir, temporary, 0); // the write's failure is what matters
        return failed;
    }
    if (!is_durable)
        return 0;
    AUTO_FD int parent = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0 || fsync(parent) < 0)
        return fail_sys(err, "sync the directory of %s", name);
    return 0;
}

int file_replace(int dir, const char *name, const void *bytes, size_t n, mode_t mode,
                 struct err *err)
{
    return replace(dir, name, (struct str){bytes, n}, mode, true, err);
}

int file_replace_volatile(int dir, const char *name, const void *bytes, size_t n, mode_t mode,
                          struct err *err)
{
    return replace(dir, name, (struct str){bytes, n}, mode, false, err);
}

int file_put_at(int dir, const char *name, const char *text, struct err *err)
{
    AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_open(err, name);
    size_t n = strlen(text);
    if (write(fd, text, n) != (ssize_t)n)
        return fail_sys(err, "write \"%.60s\" to %s", text, name);
    return 0;
}

int dir_make_at(int dir, const char *path, mode_t mode, struct err *err)
{
    int there = openat(dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC); // as a rule it is
    if (there >= 0)
        return there;
    AUTO_FD int at = openat(dir, *path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return fail_sys(err, "open the directory of %s", path);
    struct str rest = str_of(path);
    while (rest.n != 0) {
        struct str part = str_cut(&rest, '/');
        if (part.n == 0 || str_is(part, "."))
            continue;
        AUTO_FREE char *name = xstrndup(part.at, part.n);
        if (mkdirat(at, name, mode) < 0 && errno != EEXIST)
            return fail_sys(err, "make directory %s", path);
        int next = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (next < 0)
            return fail_sys(err, "open directory %s", path);
        (void)close(at);
        at = next;
    }
    return TAKE_FD(at);
}
