// SPDX-License-Identifier: Apache-2.0
// fsids.c — see fsids.h. credentials(7), capabilities(7): "Effect of user ID changes".
#include "linux/fsids.h"

#include <linux/capability.h>
#include <stdbool.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

// The effective capabilities become all the permitted ones.
static int raise_all(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) < 0)
        return -1;
    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        data[i].effective = data[i].permitted;
    return (int)syscall(SYS_capset, &header, data);
}

int fsids_take(uint32_t uid, uint32_t gid, struct err *err)
{
    // They cannot fail but by doing nothing: what they are is asked for by an id that is none.
    (void)setfsgid(gid);
    (void)setfsuid(uid);
    bool is_done = (uint32_t)setfsuid((uid_t)-1) == uid && (uint32_t)setfsgid((gid_t)-1) == gid;
    if (is_done && raise_all() == 0)
        return 0;
    (void)fail_sys(err, "take on the ids %u:%u for files", uid, gid);
    fsids_give_back();
    return -1;
}

void fsids_give_back(void)
{
    (void)setfsuid(0);
    (void)setfsgid(0);
    (void)raise_all(); // the kernel has raised them with the id; this is for the odd securebits
}
