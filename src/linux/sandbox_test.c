// SPDX-License-Identifier: Apache-2.0
#include "base/test.h"
#include "linux/sandbox.h"

#include <errno.h>
#include <linux/filter.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const int few[] = {
    SYS_write, SYS_exit_group, SYS_futex,   SYS_munmap, SYS_rt_sigprocmask, SYS_set_robust_list,
    SYS_rseq,  SYS_exit,       SYS_madvise, SYS_brk,    SYS_gettid};

static void *answer(void *)
{
    return (void *)42;
}

static bool only_the_list_works(void)
{
    struct err err;
    pthread_t thread;
    void *result = NULL;
    EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    EXPECT(sandbox_calls(few, sizeof few / sizeof *few, &err) == 0);
    EXPECT(write(1, "", 0) == 0);
    EXPECT(syscall(SYS_getppid) < 0 && errno == EPERM);
    EXPECT(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM);
    EXPECT(fork() < 0 && errno == EPERM);
    EXPECT(syscall(SYS_clone3, NULL, 0) < 0 && errno == ENOSYS);
    EXPECT(pthread_create(&thread, NULL, answer, NULL) == 0);
    EXPECT(pthread_join(thread, &result) == 0 && result == (void *)42);
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT(page != MAP_FAILED);
    EXPECT(mprotect(page, 4096, PROT_READ | PROT_EXEC) < 0 && errno == EPERM);
    EXPECT(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
           MAP_FAILED);
    return true;
}

TEST(a_sandbox_leaves_threads_and_the_listed_calls)
{
    if (sandbox_is_possible()) // AddressSanitizer needs more calls
        CHECK_IN_CHILD(only_the_list_works);
}

static bool limits_only_go_down(void)
{
    struct err err;
    struct rlimit limit;
    EXPECT(sandbox_limit(RLIMIT_NOFILE, 40, &err) == 0);
    EXPECT(sandbox_limit(RLIMIT_NOFILE, 50, &err) == 0);
    EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == 40 && limit.rlim_max == 40);
    return true;
}

TEST(a_limit_of_the_sandbox_only_goes_down)
{
    CHECK_IN_CHILD(limits_only_go_down);
}
