// SPDX-License-Identifier: Apache-2.0
// procfs_test.c — the private procfs, and what is written through it: sysctls and labels.
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "linux/keyring.h"
#include "linux/lsm.h"
#include "linux/procfs.h"
#include "linux/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static bool can_mount(void)
{
    struct err err;
    AUTO_FD int proc = procfs_open(&err);
    return proc >= 0;
}
#define NEED_MOUNT()                                                                               \
    do {                                                                                           \
        if (!can_mount())                                                                          \
            TEST_SKIP("needs root");                                                               \
    } while (false)

TEST(procfs_is_private_and_checked)
{
    NEED_MOUNT();
    struct err err;
    AUTO_FD int proc = procfs_open(&err);
    AUTO_BUF struct buf text = {.max = 1 << 16};
    CHECK_INT(procfs_check(proc, &err), 0);
    AUTO_FD int file = procfs_open_file(proc, "thread-self/comm", O_RDONLY, &err);
    CHECK(file >= 0);
    CHECK_INT(file_read_fd(file, "comm", &text, &err), 0);
    CHECK_STR(buf_get(&text), "procfs_test\n");
    CHECK_INT(procfs_open_file(proc, "no/such", O_RDONLY, &err), -1);
    CHECK_INT(err.kind, ERR_NOT_FOUND);
}

// What a container could have put in place of /proc (CVE-2019-16884, CVE-2025-52881).
TEST(procfs_refuses_what_is_no_procfs_and_every_way_out)
{
    NEED_MOUNT();
    struct err err;
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int fake = test_scratch_make(path);
    CHECK_INT(mkdirat(fake, "sys", 0755), 0);
    AUTO_FD int made = openat(fake, "sys/key", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    CHECK_INT(procfs_check(fake, &err), -1);
    CHECK_INT(err.kind, ERR_DENIED);
    CHECK_INT(procfs_write(fake, "sys/key", STR("1"), &err), -1);
    CHECK_INT(lseek(made, 0, SEEK_END), 0);
    test_scratch_remove(path);
    AUTO_FD int proc = procfs_open(&err);
    static const char *const ways_out[] = {"../etc/passwd", "/etc/passwd", "self/root/etc/passwd",
                                           "self/cwd/Makefile", "self/exe"};
    for (size_t i = 0; i < N_ELEMENTS(ways_out); i++)
        CHECK_INT(procfs_open_file(proc, ways_out[i], O_RDONLY, &err), -1);
}

TEST(sysctl_keys_become_paths_in_both_notations)
{
    static const struct {
        const char *key, *path; // NULL: refused
    } cases[] = {
        {"net.ipv4.ip_forward", "net/ipv4/ip_forward"},
        {"net/ipv4/ip_forward", "net/ipv4/ip_forward"},
        {"net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding"},
        {"net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding"},
        {"kernel", "kernel"},
        {"kernel.shm_rmid_forced", "kernel/shm_rmid_forced"},
        {"", NULL},
        {"..", NULL},
        {"net..ipv4", NULL},
        {".net", NULL},
        {"net.", NULL},
        {"net//ipv4", NULL},
        {"/net/ipv4", NULL},
        {"net/../../etc", NULL},
        {"net.ipv4.//.x", NULL},
        {"net.ipv4./.x", NULL},
        {"net ipv4", NULL},
        {"net.ipv4\n", NULL},
        {"kernel.core_pattern=x", NULL},
    };
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        char path[SYSCTL_KEY_MAX + 1];
        struct err err;
        int r = sysctl_path(cases[i].key, path, &err);
        if ((r < 0) != (cases[i].path == NULL))
            print_message("\"%s\"\n", cases[i].key);
        CHECK_INT(r, cases[i].path == NULL ? -1 : 0);
        if (r == 0)
            CHECK_STR(path, cases[i].path);
    }
}

static bool sysctls_in_own_namespaces(void)
{
    struct err err;
    EXPECT(unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) == 0);
    AUTO_FD int proc = procfs_open(&err);
    AUTO_BUF struct buf text = {.max = 4096};
    EXPECT(sysctl_write(proc, "net.ipv4.ip_forward", "1", &err) == 0);
    EXPECT(sysctl_write(proc, "kernel.msgmax", "4242", &err) == 0);
    EXPECT(file_read_at(AT_FDCWD, "/proc/sys/net/ipv4/ip_forward", &text, &err) == 0);
    EXPECT(file_read_at(AT_FDCWD, "/proc/sys/kernel/msgmax", &text, &err) == 0);
    EXPECT(strcmp(buf_get(&text), "1\n4242\n") == 0);
    EXPECT(sysctl_write(proc, "net.ipv4.no_such_key", "1", &err) < 0);
    EXPECT(strcmp(err.text, "sysctl net.ipv4.no_such_key=1: open /proc/sys/net/ipv4/no_such_key: "
                            "No such file or directory") == 0);
    EXPECT(sysctl_write(proc, "net.ipv4.ip_forward", "many", &err) < 0);
    EXPECT(strstr(err.text, "Invalid argument") != NULL);
    return true;
}

TEST(sysctl_is_written_in_the_callers_namespaces)
{
    NEED_MOUNT();
    CHECK_IN_CHILD(sysctls_in_own_namespaces);
}

// The container's /proc/sys is a trap; the private procfs does not see it.
static bool sysctl_beside_a_trap(void)
{
    struct err err;
    EXPECT(unshare(CLONE_NEWNS | CLONE_NEWIPC) == 0);
    EXPECT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    AUTO_FD int proc = procfs_open(&err);
    EXPECT(mount("tmpfs", "/proc/sys", "tmpfs", 0, NULL) == 0);
    EXPECT(mkdir("/proc/sys/kernel", 0755) == 0);
    AUTO_FD int trap = open("/proc/sys/kernel/msgmax", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    EXPECT(trap >= 0);
    EXPECT(sysctl_write(proc, "kernel.msgmax", "4243", &err) == 0);
    EXPECT(lseek(trap, 0, SEEK_END) == 0);
    AUTO_FD int attached = open("/proc", O_PATH | O_CLOEXEC);
    EXPECT(sysctl_write(attached, "kernel.msgmax", "4244", &err) < 0 && err.sys == EXDEV);
    return lseek(trap, 0, SEEK_END) == 0;
}

TEST(sysctl_does_not_fall_into_what_is_mounted_over_proc)
{
    NEED_MOUNT();
    CHECK_IN_CHILD(sysctl_beside_a_trap);
}

TEST(lsm_label_without_its_module_is_an_error)
{
    struct err err;
    if (lsm_apparmor_is_enabled() || lsm_selinux_is_enabled())
        TEST_SKIP("this kernel has a security module switched on");
    CHECK_INT(lsm_apparmor_apply(-1, "", &err), 0);
    CHECK_INT(lsm_apparmor_apply(-1, NULL, &err), 0);
    CHECK_INT(lsm_apparmor_apply(-1, "unconfined", &err), 0);
    CHECK_INT(lsm_apparmor_apply(-1, "docker-default", &err), -1);
    CHECK_INT(err.kind, ERR_UNAVAILABLE);
    CHECK_HAS(err.text, "docker-default");
    CHECK_INT(lsm_selinux_apply(-1, "system_u:system_r:container_t:s0:c1,c2", &err), -1);
    CHECK_INT(err.kind, ERR_UNAVAILABLE);
    CHECK_INT(lsm_selinux_apply_keycreate(-1, "", &err), 0);
    CHECK(lsm_mount_option("context", "system_u:object_r:container_file_t:s0") == NULL);
}

TEST(lsm_names_are_checked)
{
    static const char *const labels[] = {"a",       "a:b",     "a:b:",   ":b:c",
                                         "a b:c:d", "a:b:c\n", "a:b:c\""};
    static const char *const profiles[] = {" a", "a ", "a\nb", "a\tb"};
    struct err err;
    for (size_t i = 0; i < N_ELEMENTS(labels); i++)
        CHECK_INT(lsm_selinux_check(labels[i], &err), -1);
    for (size_t i = 0; i < N_ELEMENTS(profiles); i++)
        CHECK_INT(lsm_apparmor_check(profiles[i], &err), -1);
    CHECK_INT(lsm_selinux_check("system_u:system_r:container_t:s0-s15:c0.c1023,c5", &err), 0);
    CHECK_INT(lsm_apparmor_check("docker-default//&unconfined", &err), 0);
}

static bool session(void)
{
    struct err err;
    char text[200] = "";
    EXPECT(keyring_join_session("keyring-test", &err) == 0);
    long n = syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof text - 1);
    if (n < 0)
        return errno == ENOSYS;
    EXPECT(strstr(text, ";_ses.keyring-test") != NULL);
    EXPECT(strstr(text, ";3f1b0000;") != NULL || strstr(text, ";3f1f0000;") != NULL ||
           strstr(text, ";3f0b0000;") != NULL);
    // Again, as an exec does: the same keyring.
    long first = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
    EXPECT(keyring_join_session("keyring-test", &err) == 0);
    EXPECT(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) == first);
    return true;
}

TEST(keyring_of_the_session_has_the_containers_name_and_can_be_joined_again)
{
    CHECK_IN_CHILD(session);
}

TEST(keyring_name_has_a_limit)
{
    struct err err;
    char id[300] = "";
    memset(id, 'a', sizeof id - 1);
    CHECK_INT(keyring_join_session(id, &err), -1);
    CHECK_HAS(err.text, "too long");
}
