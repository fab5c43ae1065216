// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "seccomp/bpf_run.h"
#include "seccomp/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { DENIED = SECCOMP_RET_ERRNO | EPERM, ALLOWED = SECCOMP_RET_ALLOW };

static struct oci_seccomp *profile_of(struct arena *arena, const char *json)
{
    struct err err;
    struct oci_seccomp *profile = arena_new(arena, struct oci_seccomp);
    int r = json_decode(arena, json, strlen(json), oci_seccomp_fields, profile, JSON_STRICT, &err);
    if (r < 0)
        print_message("%s\n", err.text);
    CHECK_INT(r, 0);
    return profile;
}

static struct seccomp_program compiled(const char *json)
{
    AUTO_ARENA struct arena arena = {};
    struct seccomp_program program = {};
    struct err err;
    int r = seccomp_compile(profile_of(&arena, json), &program, &err);
    if (r < 0)
        print_message("%s\n", err.text);
    CHECK_INT(r, 0);
    return program;
}

static uint32_t decision(const struct seccomp_program *program, uint32_t arch, int number,
                         const uint64_t args[6])
{
    struct seccomp_data call = {.nr = number, .arch = arch};
    if (args != NULL)
        memcpy(call.args, args, sizeof call.args);
    return bpf_run(program->filter, program->length, &call);
}

static void check_fails(const char *json, const char *part)
{
    AUTO_ARENA struct arena arena = {};
    struct seccomp_program program;
    struct err err = {};
    CHECK_INT(seccomp_compile(profile_of(&arena, json), &program, &err), -1);
    CHECK_INT(err.kind, ERR_INVALID);
    CHECK_HAS(err.text, part);
}

static char *docker_profile(void)
{
    struct err err;
    AUTO_BUF struct buf text = {.max = 1 << 20};
    CHECK_INT(file_read_at(AT_FDCWD, "tests/data/seccomp-docker.json", &text, &err), 0);
    return buf_take(&text);
}

#define ARGS(...) ((const uint64_t[6]){__VA_ARGS__})

TEST(seccomp_dockers_profile_decides_as_written)
{
    static const struct {
        int64_t number;
        uint64_t args[6];
        uint32_t want;
    } cases[] = {
        {SYS_read, {}, ALLOWED},
        {SYS_write, {1}, ALLOWED},
        {SYS_execve, {}, ALLOWED},
        {SYS_openat2, {}, ALLOWED},
        {SYS_keyctl, {}, DENIED},
        {SYS_add_key, {}, DENIED},
        {SYS_bpf, {}, DENIED},
        {SYS_mount, {}, DENIED},
        {SYS_kexec_load, {}, DENIED},
        {SYS_io_uring_setup, {}, DENIED},
        {SYS_userfaultfd, {}, DENIED},
        {SYS_unshare, {CLONE_NEWUSER}, DENIED},
        {SYS_clone, {SIGCHLD}, ALLOWED},
        {SYS_clone, {CLONE_NEWUSER | SIGCHLD}, DENIED},
        {SYS_clone, {CLONE_NEWNET}, DENIED},
        {SYS_clone, {CLONE_VM | CLONE_VFORK}, ALLOWED},
        {SYS_clone3, {}, SECCOMP_RET_ERRNO | ENOSYS},
        {SYS_personality, {0}, ALLOWED},
        {SYS_personality, {8}, ALLOWED},
        {SYS_personality, {0xffffffff}, ALLOWED},
        {SYS_personality, {0x0040000}, DENIED},
        {SYS_socket, {AF_INET, SOCK_STREAM}, ALLOWED},
        {SYS_socket, {AF_UNIX, SOCK_STREAM}, ALLOWED},
        {SYS_socket, {AF_VSOCK, SOCK_STREAM}, DENIED},
        {1000, {}, SECCOMP_RET_ERRNO | ENOSYS}, // younger than the profile
        {-1, {}, DENIED},
    };
    AUTO_FREE char *json = docker_profile();
    struct seccomp_program program = compiled(json);
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        uint32_t got = decision(&program, AUDIT_ARCH_X86_64, (int)cases[i].number, cases[i].args);
        if (got != cases[i].want)
            print_message("case %zu: system call %jd\n", i, (intmax_t)cases[i].number);
        CHECK_INT(got, cases[i].want);
    }
    seccomp_program_done(&program);
}

TEST(seccomp_dockers_profile_knows_the_32_bit_and_x32_ways_in)
{
    AUTO_FREE char *json = docker_profile();
    struct seccomp_program program = compiled(json);
    CHECK_INT(decision(&program, AUDIT_ARCH_I386, 3 /* read */, NULL), ALLOWED);
    CHECK_INT(decision(&program, AUDIT_ARCH_I386, 21 /* mount */, NULL), DENIED);
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, 0x40000000 | SYS_write, NULL), ALLOWED);
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, 0x40000000 | SYS_mount, NULL), DENIED);
    // An architecture that is not in the list ends the thread.
    CHECK_INT(decision(&program, AUDIT_ARCH_AARCH64, 63, NULL), SECCOMP_RET_KILL_THREAD);
    seccomp_program_done(&program);
}

TEST(seccomp_without_architectures_only_the_native_one_gets_through)
{
    struct seccomp_program program = compiled("{\"defaultAction\":\"SCMP_ACT_ALLOW\"}");
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_read, NULL), ALLOWED);
    CHECK_INT(decision(&program, AUDIT_ARCH_I386, 3, NULL), SECCOMP_RET_KILL_THREAD);
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, 0x40000000 | SYS_read, NULL),
              SECCOMP_RET_KILL_THREAD);
    seccomp_program_done(&program);
}

TEST(seccomp_each_action_becomes_the_kernels)
{
    static const struct {
        const char *action, *more;
        uint32_t want;
    } actions[] = {
        {"SCMP_ACT_KILL", "", SECCOMP_RET_KILL_THREAD},
        {"SCMP_ACT_KILL_THREAD", "", SECCOMP_RET_KILL_THREAD},
        {"SCMP_ACT_KILL_PROCESS", "", SECCOMP_RET_KILL_PROCESS},
        {"SCMP_ACT_TRAP", "", SECCOMP_RET_TRAP},
        {"SCMP_ACT_ERRNO", "", SECCOMP_RET_ERRNO | EPERM},
        {"SCMP_ACT_ERRNO", ",\"errnoRet\":0", SECCOMP_RET_ERRNO},
        {"SCMP_ACT_ERRNO", ",\"errnoRet\":38", SECCOMP_RET_ERRNO | 38},
        {"SCMP_ACT_ERRNO", ",\"errnoRet\":4094", SECCOMP_RET_ERRNO | 4094},
        {"SCMP_ACT_TRACE", ",\"errnoRet\":7", SECCOMP_RET_TRACE | 7},
        {"SCMP_ACT_TRACE", "", SECCOMP_RET_TRACE | EPERM},
        {"SCMP_ACT_LOG", "", SECCOMP_RET_LOG},
        {"SCMP_ACT_NOTIFY", "", SECCOMP_RET_USER_NOTIF},
    };
    for (size_t i = 0; i < N_ELEMENTS(actions); i++) {
        AUTO_FREE char *json = str_printf(
            "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"getpid\"],"
            "\"action\":\"%s\"%s}]}",
            actions[i].action, actions[i].more);
        struct seccomp_program program = compiled(json);
        CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_getpid, NULL), actions[i].want);
        CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_getppid, NULL), ALLOWED);
        CHECK_INT(program.wants_listener, actions[i].want == SECCOMP_RET_USER_NOTIF);
        seccomp_program_done(&program);
    }
}

TEST(seccomp_each_operator_compares_all_64_bits)
{
    static const struct {
        const char *op;
        uint64_t value, two, argument;
        bool is_match;
    } cases[] = {
        {"SCMP_CMP_EQ", 5, 0, 5, true},
        {"SCMP_CMP_EQ", 5, 0, 0x100000005, false},
        {"SCMP_CMP_EQ", 0x100000005, 0, 0x100000005, true},
        {"SCMP_CMP_NE", 5, 0, 5, false},
        {"SCMP_CMP_NE", 5, 0, 0x100000005, true},
        {"SCMP_CMP_LT", 5, 0, 4, true},
        {"SCMP_CMP_LT", 5, 0, 5, false},
        {"SCMP_CMP_LE", 5, 0, 5, true},
        {"SCMP_CMP_LE", 5, 0, 0x100000000, false},
        {"SCMP_CMP_GE", 5, 0, 5, true},
        {"SCMP_CMP_GE", 5, 0, 4, false},
        {"SCMP_CMP_GT", 5, 0, 5, false},
        {"SCMP_CMP_GT", 5, 0, UINT64_MAX, true},
        {"SCMP_CMP_MASKED_EQ", 0xf0, 0x20, 0x2f, true},
        {"SCMP_CMP_MASKED_EQ", 0xf0, 0x20, 0x3f, false},
        {"SCMP_CMP_MASKED_EQ", 0xf00000000, 0x200000000, 0x2000000ff, true},
    };
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        AUTO_FREE char *json =
            str_printf("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"dup\"],"
                       "\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":5,\"value\":%ju,"
                       "\"valueTwo\":%ju,\"op\":\"%s\"}]}]}",
                       (uintmax_t)cases[i].value, (uintmax_t)cases[i].two, cases[i].op);
        struct seccomp_program program = compiled(json);
        uint32_t got =
            decision(&program, AUDIT_ARCH_X86_64, SYS_dup, ARGS(0, 0, 0, 0, 0, cases[i].argument));
        if (got != (cases[i].is_match ? DENIED : ALLOWED))
            print_message("case %zu\n", i);
        CHECK_INT(got, cases[i].is_match ? DENIED : ALLOWED);
        seccomp_program_done(&program);
    }
}

TEST(seccomp_conditions_on_different_arguments_must_all_hold)
{
    struct seccomp_program program = compiled(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"socket\"],\"action\":"
        "\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},{\"index\":"
        "1,"
        "\"value\":2,\"op\":\"SCMP_CMP_EQ\"}]}]}");
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_socket, ARGS(1, 2)), DENIED);
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_socket, ARGS(1, 3)), ALLOWED);
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_socket, ARGS(2, 2)), ALLOWED);
    seccomp_program_done(&program);
}

TEST(seccomp_of_conditions_on_the_same_argument_any_suffices)
{
    struct seccomp_program program = compiled(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"socket\"],\"action\":"
        "\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},{\"index\":"
        "0,"
        "\"value\":2,\"op\":\"SCMP_CMP_EQ\"},{\"index\":0,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}]}]}");
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_socket, ARGS(1)), DENIED);
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_socket, ARGS(2)), DENIED);
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_socket, ARGS(3)), ALLOWED);
    seccomp_program_done(&program);
}

TEST(seccomp_unknown_names_are_left_out_unless_asked_not_to)
{
    static const char json[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":["
                               "\"getpid\",\"no_such_call\"],"
                               "\"action\":\"SCMP_ACT_ERRNO\"}]}";
    AUTO_ARENA struct arena arena = {};
    struct err err;
    struct seccomp_program program = compiled(json);
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_getpid, NULL), DENIED);
    seccomp_program_done(&program);
    CHECK_INT(seccomp_check_names(profile_of(&arena, json), &err), -1);
    CHECK_STR(err.text, "seccomp.syscalls[0].names[1]: unknown system call \"no_such_call\"");
}

TEST(seccomp_a_rule_with_the_default_action_changes_nothing)
{
    struct seccomp_program program = compiled(
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"getpid\"],"
        "\"action\":\"SCMP_ACT_ERRNO\"},{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_getpid, NULL), DENIED);
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_read, NULL), ALLOWED);
    seccomp_program_done(&program);
}

TEST(seccomp_calls_younger_than_the_profile_do_not_exist)
{
    static const char rules[] =
        "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\","
        "\"SCMP_ARCH_X32\"],\"syscalls\":[{\"names\":[\"getpid\",\"openat2\"],"
        "\"action\":\"SCMP_ACT_ALLOW\"}]}";
    static const struct {
        const char *action;
        uint32_t known, younger;
    } cases[] = {
        {"\"SCMP_ACT_ERRNO\"", DENIED, SECCOMP_RET_ERRNO | ENOSYS},
        {"\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38", SECCOMP_RET_ERRNO | ENOSYS,
         SECCOMP_RET_ERRNO | ENOSYS},
        {"\"SCMP_ACT_KILL_PROCESS\"", SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_PROCESS},
        {"\"SCMP_ACT_LOG\"", SECCOMP_RET_LOG, SECCOMP_RET_LOG},
    };
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        AUTO_FREE char *json = str_printf("{\"defaultAction\":%s,%s", cases[i].action, rules);
        struct seccomp_program program = compiled(json);
        CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_openat2, NULL), ALLOWED);
        CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_mount, NULL), cases[i].known);
        CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_openat2 + 1, NULL), cases[i].younger);
        CHECK_INT(decision(&program, AUDIT_ARCH_I386, SYS_openat2, NULL), ALLOWED);
        CHECK_INT(decision(&program, AUDIT_ARCH_I386, 21 /* mount */, NULL), cases[i].known);
        CHECK_INT(decision(&program, AUDIT_ARCH_I386, SYS_openat2 + 1, NULL), cases[i].younger);
        CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, 0x40000000 | SYS_mount, NULL),
                  cases[i].known);
        CHECK_INT(decision(&program, AUDIT_ARCH_AARCH64, 1000, NULL), SECCOMP_RET_KILL_THREAD);
        seccomp_program_done(&program);
    }
}

TEST(seccomp_flags_are_the_kernels_and_imply_what_they_need)
{
    static const struct {
        const char *flags, *action;
        unsigned want;
    } cases[] = {
        {"", "ERRNO", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
        {"\"SECCOMP_FILTER_FLAG_LOG\"", "ERRNO", SECCOMP_FILTER_FLAG_LOG},
        {"\"SECCOMP_FILTER_FLAG_TSYNC\"", "ERRNO", SECCOMP_FILTER_FLAG_TSYNC},
        {"\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"", "ERRNO", 0},
        {"\"SECCOMP_FILTER_FLAG_TSYNC\",\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"", "NOTIFY",
         SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH |
             SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
    };
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        AUTO_FREE char *json = str_printf("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[%s],"
                                          "\"syscalls\":[{\"names\":[\"getpid\"],\"action\":"
                                          "\"SCMP_ACT_%s\"}]}",
                                          cases[i].flags, cases[i].action);
        struct seccomp_program program = compiled(json);
        CHECK_INT(program.flags, cases[i].want);
        seccomp_program_done(&program);
    }
}

#define RULE(text)                                                                                 \
    "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"]," text "}]}"

TEST(seccomp_errors_name_the_field_and_the_reason)
{
    check_fails("{\"defaultAction\":\"SCMP_ACT_MAYBE\"}", "defaultAction: unknown action");
    check_fails("{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", "defaultAction: SCMP_ACT_NOTIFY");
    check_fails("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}",
                "takes no errnoRet");
    check_fails("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4095}", "above 4094");
    check_fails("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_VAX\"]}",
                "architectures[0]: unknown architecture");
    check_fails(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_LOONGARCH64\"]}",
        "does not know SCMP_ARCH_LOONGARCH64");
    check_fails("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_S390X\"]}",
                "byte order");
    check_fails("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"FAST\"]}", "flags[0]");
    check_fails(RULE("\"action\":\"SCMP_ACT_KILL\",\"errnoRet\":1"), "syscalls[0]");
    check_fails(RULE("\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5000"), "above 4094");
    check_fails(RULE("\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":6,\"value\":1,\"op\":"
                     "\"SCMP_CMP_EQ\"}]"),
                "args[0].index: 6 is not 0 to 5");
    check_fails(RULE("\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"value\":1,\"op\":"
                     "\"SCMP_CMP_SPACESHIP\"}]"),
                "args[0].op: unknown operator");
}

TEST(seccomp_little_endian_architectures_share_one_filter)
{
    struct seccomp_program program = compiled(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86_64\","
        "\"SCMP_ARCH_AARCH64\",\"SCMP_ARCH_ARM\",\"SCMP_ARCH_RISCV64\",\"SCMP_ARCH_PPC64LE\","
        "\"SCMP_ARCH_MIPSEL\",\"SCMP_ARCH_MIPSEL64\",\"SCMP_ARCH_MIPSEL64N32\"],\"syscalls\":[{"
        "\"names\":[\"mount\"],\"action\":\"SCMP_ACT_ERRNO\"}]}");
    CHECK_INT(decision(&program, AUDIT_ARCH_AARCH64, 40, NULL), DENIED);
    CHECK_INT(decision(&program, AUDIT_ARCH_AARCH64, 63, NULL), ALLOWED);
    CHECK_INT(decision(&program, AUDIT_ARCH_RISCV64, 40, NULL), DENIED);
    CHECK_INT(decision(&program, AUDIT_ARCH_X86_64, SYS_mount, NULL), DENIED);
    seccomp_program_done(&program);
}

TEST(seccomp_features_list_the_specifications_words)
{
    static const struct {
        const char *const *(*list)(void);
        size_t n;
    } lists[] = {{seccomp_actions, 9}, {seccomp_operators, 7}, {seccomp_known_flags, 4}};
    for (size_t i = 0; i < N_ELEMENTS(lists); i++) {
        size_t n = 0;
        while (lists[i].list()[n] != NULL)
            n++;
        CHECK_INT(n, lists[i].n);
    }
    CHECK_STR(seccomp_archs()[0], "SCMP_ARCH_X86");
    CHECK_STR(seccomp_supported_flags()[0], "SECCOMP_FILTER_FLAG_TSYNC");
}
