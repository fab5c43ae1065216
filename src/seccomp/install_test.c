// SPDX-License-Identifier: Apache-2.0
// install_test.c — the kernel does what the profile says, and the listener reaches its agent.
#include "base/base64.h"
#include "base/mem.h"
#include "base/test.h"
#include "seccomp/compile.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

// Installs a profile that treats getpgid(…) with one action and allows all else; the notify fd or
// -1.
static bool install(const char *action, uint32_t *errno_ret, const char *flag, int *out_listener)
{
    const char *names[] = {"getpgid"}, *flags[] = {flag};
    struct err err;
    struct oci_seccomp_rule rule = {
        .names = names, .n_names = 1, .action = action, .errnoRet = errno_ret};
    const struct oci_seccomp profile = {.defaultAction = "SCMP_ACT_ALLOW",
                                        .syscalls = &rule,
                                        .n_syscalls = 1,
                                        .flags = flags,
                                        .n_flags = flag != NULL};
    struct seccomp_program program;
    EXPECT(seccomp_compile(&profile, &program, &err) == 0);
    EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    EXPECT(seccomp_install(&program, out_listener, &err) == 0);
    seccomp_program_done(&program);
    return true;
}

static long call(void)
{
    return syscall(SYS_getpgid, 0);
}

static bool errno_is_returned(void)
{
    uint32_t number = 77;
    int listener = 99;
    EXPECT(install("SCMP_ACT_ERRNO", &number, NULL, &listener) && listener == -1);
    EXPECT(call() < 0 && errno == 77);
    EXPECT(getppid() > 0);
    return true;
}

static bool log_allows(void)
{
    int listener;
    EXPECT(install("SCMP_ACT_LOG", NULL, "SECCOMP_FILTER_FLAG_LOG", &listener));
    return call() > 0;
}

static bool trace_without_a_tracer_is_enosys(void)
{
    int listener;
    EXPECT(install("SCMP_ACT_TRACE", NULL, "SECCOMP_FILTER_FLAG_TSYNC", &listener));
    return call() < 0 && errno == ENOSYS;
}

static bool kill_process(void)
{
    int listener;
    return install("SCMP_ACT_KILL_PROCESS", NULL, NULL, &listener) && call() > 0;
}

static bool kill_thread(void)
{
    int listener;
    return install("SCMP_ACT_KILL", NULL, NULL, &listener) && call() > 0;
}

static volatile sig_atomic_t n_traps;
static void count_trap(int number)
{
    n_traps += number == SIGSYS;
}

static bool trap_is_a_signal(void)
{
    int listener;
    EXPECT(signal(SIGSYS, count_trap) != SIG_ERR);
    EXPECT(install("SCMP_ACT_TRAP", NULL, NULL, &listener));
    (void)call();
    return n_traps == 1;
}

TEST(seccomp_filter_does_in_the_kernel_what_each_action_says)
{
    CHECK_IN_CHILD(errno_is_returned);
    CHECK_IN_CHILD(log_allows);
    CHECK_IN_CHILD(trace_without_a_tracer_is_enosys);
    CHECK_IN_CHILD(trap_is_a_signal);
    CHECK_INT(test_in_child(kill_process), 1000 + SIGSYS);
    CHECK_INT(test_in_child(kill_thread), 1000 + SIGSYS);
}

static bool needs_privilege(void)
{
    struct err err;
    int listener;
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct seccomp_program program = {.filter = &allow, .length = 1}, empty = {};
    EXPECT(geteuid() != 0 || setresuid(1, 1, 1) == 0);
    EXPECT(seccomp_install(&program, &listener, &err) < 0);
    EXPECT(strstr(err.text, "needs CAP_SYS_ADMIN or noNewPrivileges") != NULL);
    EXPECT(seccomp_install(&empty, &listener, &err) < 0);
    return true;
}

TEST(seccomp_filter_that_cannot_be_installed_is_an_error_with_a_reason)
{
    CHECK_IN_CHILD(needs_privilege);
}

// The filtered child waits for its answer; the parent plays the agent.
static bool ask_agent(void)
{
    struct err err;
    int listener = -1;
    EXPECT(install("SCMP_ACT_NOTIFY", NULL, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", &listener));
    EXPECT(listener >= 0);
    const struct oci_state state = {
        .ociVersion = OCI_VERSION, .id = "box", .status = "creating", .pid = 7, .bundle = "/b"};
    AUTO_BUF struct buf json = {.max = 1 << 20};
    seccomp_process_state(&json, &state, 42, "meta \"data\"");
    EXPECT(seccomp_listener_send("/tmp/seccomp_install_test.sock", listener, buf_get(&json),
                                 &err) == 0);
    (void)close(listener);
    return call() == 4711;
}

static int agent_listen(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    (void)unlink(path); // of a run that was killed
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_INT(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    CHECK_INT(listen(fd, 1), 0);
    return fd;
}

// The text, and the fd that came with it.
static int agent_receive(int agent, char *text, size_t room)
{
    int fd = -1;
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof fd)];
    } control;
    struct iovec content = {text, room - 1};
    struct msghdr message = {.msg_iov = &content,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    ssize_t n = recvmsg(agent, &message, MSG_CMSG_CLOEXEC);
    CHECK(n > 0);
    text[n] = '\0';
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL)
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
    CHECK(fd >= 0);
    return fd;
}

TEST(seccomp_listener_reaches_the_agent_which_answers_the_call)
{
    static const char path[] = "/tmp/seccomp_install_test.sock";
    AUTO_FD int agent = agent_listen(path);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0)
        _exit(ask_agent() ? 0 : 1);
    struct pollfd wait = {.fd = agent, .events = POLLIN};
    CHECK_INT(poll(&wait, 1, 10000), 1);
    AUTO_FD int peer = accept4(agent, NULL, NULL, SOCK_CLOEXEC);
    char text[4096];
    AUTO_FD int listener = agent_receive(peer, text, sizeof text);
    CHECK_STR(text, "{\"ociVersion\":\"" OCI_VERSION
                    "\",\"fds\":[\"seccompFd\"],\"pid\":42,\"metadata\":\"meta \\\"data\\\"\","
                    "\"state\":{\"ociVersion\":\"" OCI_VERSION
                    "\",\"id\":\"box\",\"pid\":7,\"status\":\"creating\",\"bundle\":\"/b\"}}");
    struct seccomp_notif call = {};
    wait.fd = listener;
    CHECK_INT(poll(&wait, 1, 10000), 1);
    CHECK_INT(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call), 0);
    CHECK_INT(call.data.nr, SYS_getpgid);
    struct seccomp_notif_resp answer = {.id = call.id, .val = 4711};
    CHECK_INT(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer), 0);
    int status = -1;
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(status, 0);
    CHECK_INT(unlink(path), 0);
}

TEST(seccomp_listener_without_an_agent_is_an_error)
{
    struct err err;
    CHECK_INT(seccomp_listener_send("/tmp/no-agent-here", 0, "{}", &err), -1);
    CHECK_STR(err.text, "the seccomp agent: connect to /tmp/no-agent-here: No such file or "
                        "directory");
    CHECK_INT(seccomp_listener_send("relative", 0, "{}", &err), -1);
    CHECK_INT(err.kind, ERR_INVALID);
}

static bool raw_program(void)
{
    struct err err;
    int listener;
    const struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 5),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    AUTO_BUF struct buf text = {.max = 1000};
    base64_encode(filter, sizeof filter, &text);
    struct seccomp_program program;
    EXPECT(seccomp_program_from_base64(buf_get(&text), &program, &err) == 0);
    EXPECT(program.length == 4 && !program.wants_listener && program.flags == 0);
    EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    EXPECT(seccomp_install(&program, &listener, &err) == 0);
    EXPECT(call() < 0 && errno == 5);
    seccomp_program_done(&program);
    return true;
}

TEST(seccomp_bpf_data_is_taken_as_it_is)
{
    struct err err;
    struct seccomp_program program;
    CHECK_IN_CHILD(raw_program);
    CHECK_INT(seccomp_program_from_base64("", &program, &err), -1);
    CHECK_INT(seccomp_program_from_base64("AAAA", &program, &err), -1);
    CHECK_HAS(err.text, "3 bytes are not 1 to 4096 BPF instructions");
    CHECK_INT(seccomp_program_from_base64("no base64", &program, &err), -1);
    CHECK_HAS(err.text, "run.oci.seccomp_bpf_data: no valid base64");
    // BPF_RET USER_NOTIF asks for a listener.
    CHECK_INT(seccomp_program_from_base64("BgAAAAAAwH8=", &program, &err), 0);
    CHECK(program.wants_listener && program.flags == SECCOMP_FILTER_FLAG_NEW_LISTENER);
    seccomp_program_done(&program);
}
