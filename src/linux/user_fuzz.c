// SPDX-License-Identifier: Apache-2.0
// user_fuzz.c — the input is spec, passwd and group, with NUL between them.
#include "base/mem.h"
#include "linux/user.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>

static int file_of(const uint8_t *bytes, size_t n)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *passwd = size != 0 ? memchr(data, 0, size) : NULL;
    const uint8_t *group =
        passwd != NULL ? memchr(passwd + 1, 0, size - (size_t)(passwd + 1 - data)) : NULL;
    if (group == NULL)
        return 0;
    AUTO_FD int passwd_fd = file_of(passwd + 1, (size_t)(group - passwd - 1));
    AUTO_FD int group_fd = file_of(group + 1, size - (size_t)(group + 1 - data));
    struct user user = {};
    struct err err;
    if (user_resolve((const char *)data, passwd_fd, group_fd, &user, &err) < 0)
        return 0;
    assert(user.uid <= USER_ID_MAX && user.gid <= USER_ID_MAX && user.n_groups > 0);
    assert(user.groups[0] == user.gid && user.home[0] == '/');
    user_done(&user);
    return 0;
}
