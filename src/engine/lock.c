// SPDX-License-Identifier: Apache-2.0
// lock.c — one command at a time per container.
//
// Byte n of `<run>/containers.lock` belongs to container n: an open-file-description lock on it is
// free again at the very moment its holder dies, and leaves no file behind. Start, remove and the
// clearing after a dead monitor hold it; what only looks, signals or waits does not.
#include "base/mem.h"
#include "engine/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

int container_lock(const struct engine *engine, int64_t number, bool wait, struct err *err)
{
    // A description of its own: locks of one description do not exclude each other.
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", engine->locks);
    AUTO_FD int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(err, "open containers.lock");
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = number, .l_len = 1};
    while (fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock) < 0) {
        if (errno == EAGAIN || errno == EACCES)
            return fail(err, ERR_UNAVAILABLE, "another command is working on the container");
        if (errno != EINTR)
            return fail_sys(err, "lock container number %jd", (intmax_t)number);
    }
    return TAKE_FD(fd);
}
