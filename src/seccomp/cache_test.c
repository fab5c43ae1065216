// SPDX-License-Identifier: Apache-2.0
// cache_test.c — whatever somebody did to the cache, the program is the compiled one.
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "seccomp/cache.h"
#include "seccomp/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const denied[] = {"mount", "bpf"};
static struct oci_seccomp_rule rules[] = {
    {.names = (const char **)denied, .n_names = 2, .action = "SCMP_ACT_ERRNO"}};
static const struct oci_seccomp profile = {
    .defaultAction = "SCMP_ACT_ALLOW", .syscalls = rules, .n_syscalls = 1};

// A cache with the profile's program in it, and the program.
struct fixture {
    char path[TEST_SCRATCH_MAX], name[80], digest[65];
    int dir;
    struct seccomp_program compiled;
};

static void set_up(struct fixture *f)
{
    struct err err;
    struct seccomp_program stored;
    *f = (struct fixture){};
    f->dir = test_scratch_make(f->path);
    seccomp_digest(&profile, f->digest);
    snprintf(f->name, sizeof f->name, "%s.bpf", f->digest);
    CHECK_INT(seccomp_compile(&profile, &f->compiled, &err), 0);
    CHECK_INT(seccomp_program_get(&profile, f->dir, &stored, &err), 0);
    seccomp_program_done(&stored);
}

static void tear_down(struct fixture *f)
{
    seccomp_program_done(&f->compiled);
    CHECK_INT(unlinkat(f->dir, f->name, 0), 0);
    (void)close(f->dir);
    CHECK_INT(rmdir(f->path), 0); // nothing temporary is left
}

static bool same(const struct seccomp_program *a, const struct seccomp_program *b)
{
    return a->length == b->length && a->flags == b->flags &&
           a->wants_listener == b->wants_listener &&
           memcmp(a->filter, b->filter, a->length * sizeof *a->filter) == 0;
}

// The cached one is refused; getting compiles again and leaves a good one behind.
static void check_recompiled(struct fixture *f)
{
    struct err err;
    struct seccomp_program program;
    CHECK_INT(seccomp_program_load(f->digest, f->dir, &program, &err), -1);
    CHECK_INT(err.kind, ERR_NOT_FOUND);
    CHECK_INT(seccomp_program_get(&profile, f->dir, &program, &err), 0);
    CHECK(same(&program, &f->compiled));
    seccomp_program_done(&program);
    CHECK_INT(seccomp_program_load(f->digest, f->dir, &program, &err), 0);
    CHECK(same(&program, &f->compiled));
    seccomp_program_done(&program);
}

static void put(const struct fixture *f, const char *bytes, size_t n)
{
    struct err err;
    CHECK_INT(file_replace_volatile(f->dir, f->name, bytes, n, 0600, &err), 0);
}

TEST(seccomp_cache_gives_back_what_was_compiled)
{
    struct fixture f;
    struct stat st;
    struct err err;
    struct seccomp_program program;
    set_up(&f);
    CHECK_INT(fstatat(f.dir, f.name, &st, AT_SYMLINK_NOFOLLOW), 0);
    CHECK_INT(st.st_mode, S_IFREG | 0600);
    CHECK_INT(seccomp_program_load(f.digest, f.dir, &program, &err), 0);
    CHECK(same(&program, &f.compiled));
    seccomp_program_done(&program);
    tear_down(&f);
}

TEST(seccomp_cache_file_is_refused_at_every_length_but_its_own)
{
    struct fixture f;
    struct err err;
    AUTO_BUF struct buf file = {.max = 1 << 16};
    set_up(&f);
    CHECK_INT(file_read_at(f.dir, f.name, &file, &err), 0);
    for (size_t n = 0; n < file.n; n += n < 210 ? 1 : 8) {
        struct seccomp_program program;
        CHECK_INT(seccomp_cache_parse((struct str){file.at, n}, f.digest, &program, &err), -1);
    }
    put(&f, file.at, file.n / 2);
    check_recompiled(&f);
    put(&f, file.at, 0);
    check_recompiled(&f);
    buf_char(&file, 'x');
    put(&f, file.at, file.n);
    check_recompiled(&f);
    tear_down(&f);
}

TEST(seccomp_cache_file_with_any_bit_turned_is_refused)
{
    struct fixture f;
    struct err err;
    AUTO_BUF struct buf file = {.max = 1 << 16};
    set_up(&f);
    CHECK_INT(file_read_at(f.dir, f.name, &file, &err), 0);
    for (size_t bit = 0; bit < file.n * 8; bit++) {
        struct seccomp_program program;
        file.at[bit / 8] = (char)(file.at[bit / 8] ^ 1 << bit % 8);
        CHECK_INT(seccomp_cache_parse((struct str){file.at, file.n}, f.digest, &program, &err), -1);
        file.at[bit / 8] = (char)(file.at[bit / 8] ^ 1 << bit % 8);
    }
    file.at[file.n - 5] ^= 1;
    put(&f, file.at, file.n);
    check_recompiled(&f);
    tear_down(&f);
}

// A program that allows everything, well formed, under the strict profile's name.
TEST(seccomp_cache_file_of_another_profile_is_refused)
{
    struct fixture f;
    struct err err;
    char other[65];
    const struct oci_seccomp lax = {.defaultAction = "SCMP_ACT_ALLOW"};
    struct seccomp_program program;
    AUTO_BUF struct buf file = {.max = 1 << 16};
    set_up(&f);
    seccomp_digest(&lax, other);
    CHECK_INT(seccomp_compile(&lax, &program, &err), 0);
    seccomp_cache_format(other, &program, &file);
    seccomp_program_done(&program);
    put(&f, file.at, file.n);
    check_recompiled(&f);
    tear_down(&f);
}

TEST(seccomp_cache_entry_that_is_no_plain_file_of_ours_is_refused)
{
    struct fixture f;
    set_up(&f);
    CHECK_INT(renameat(f.dir, f.name, f.dir, "elsewhere"), 0);
    CHECK_INT(symlinkat("elsewhere", f.dir, f.name), 0);
    check_recompiled(&f);
    CHECK_INT(unlinkat(f.dir, "elsewhere", 0), 0);

    CHECK_INT(unlinkat(f.dir, f.name, 0), 0);
    CHECK_INT(mkfifoat(f.dir, f.name, 0600), 0);
    check_recompiled(&f);

    CHECK_INT(fchmodat(f.dir, f.name, 0620, 0), 0);
    check_recompiled(&f);
    CHECK_INT(fchmodat(f.dir, f.name, 0602, 0), 0);
    check_recompiled(&f);
    if (geteuid() == 0) {
        CHECK_INT(fchownat(f.dir, f.name, 12345, 0, 0), 0);
        check_recompiled(&f);
    }
    tear_down(&f);
}

TEST(seccomp_cache_directory_that_others_can_write_to_is_not_used)
{
    struct fixture f;
    struct err err;
    struct seccomp_program program;
    set_up(&f);
    CHECK_INT(fchmod(f.dir, 0777), 0);
    CHECK_INT(seccomp_program_load(f.digest, f.dir, &program, &err), -1);
    CHECK_HAS(err.text, "others can write");
    CHECK_INT(unlinkat(f.dir, f.name, 0), 0);
    CHECK_INT(seccomp_program_get(&profile, f.dir, &program, &err), 0);
    CHECK(same(&program, &f.compiled));
    seccomp_program_done(&program);
    CHECK_INT(faccessat(f.dir, f.name, F_OK, 0), -1);
    seccomp_program_done(&f.compiled);
    (void)close(f.dir);
    CHECK_INT(rmdir(f.path), 0);
}

TEST(seccomp_cache_that_cannot_be_written_does_not_matter)
{
    struct err err;
    struct seccomp_program program;
    AUTO_FD int proc = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(seccomp_program_get(&profile, proc, &program, &err), 0);
    seccomp_program_done(&program);
    CHECK_INT(seccomp_program_get(&profile, -1, &program, &err), 0);
    seccomp_program_done(&program);
}

TEST(seccomp_cache_names_are_digests_only)
{
    struct err err;
    struct seccomp_program program;
    AUTO_FD int dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(seccomp_program_load("../../etc/passwd", dir, &program, &err), -1);
    CHECK_INT(seccomp_program_load("", dir, &program, &err), -1);
}

TEST(seccomp_digest_tells_every_difference)
{
    uint32_t one = 1, two = 2;
    const char *names[] = {"read", "write"};
    const char *joined[] = {"readwrite"};
    struct oci_seccomp_arg args[] = {{.index = 1, .value = 2, .op = "SCMP_CMP_EQ"}};
    struct oci_seccomp_rule variants[] = {
        {.names = names, .n_names = 2, .action = "SCMP_ACT_ERRNO"},
        {.names = names, .n_names = 1, .action = "SCMP_ACT_ERRNO"},
        {.names = joined, .n_names = 1, .action = "SCMP_ACT_ERRNO"},
        {.names = names, .n_names = 2, .action = "SCMP_ACT_LOG"},
        {.names = names, .n_names = 2, .action = "SCMP_ACT_ERRNO", .errnoRet = &one},
        {.names = names, .n_names = 2, .action = "SCMP_ACT_ERRNO", .errnoRet = &two},
        {.names = names, .n_names = 2, .action = "SCMP_ACT_ERRNO", .args = args, .n_args = 1},
    };
    const char *flags[] = {"SECCOMP_FILTER_FLAG_LOG"};
    struct oci_seccomp profiles[N_ELEMENTS(variants) + 4];
    size_t n = 0;
    for (; n < N_ELEMENTS(variants); n++)
        profiles[n] = (struct oci_seccomp){
            .defaultAction = "SCMP_ACT_ALLOW", .syscalls = &variants[n], .n_syscalls = 1};
    profiles[n++] = (struct oci_seccomp){.defaultAction = "SCMP_ACT_ALLOW"};
    profiles[n++] = (struct oci_seccomp){.defaultAction = "SCMP_ACT_ERRNO"};
    profiles[n++] =
        (struct oci_seccomp){.defaultAction = "SCMP_ACT_ALLOW", .flags = flags, .n_flags = 1};
    profiles[n++] = (struct oci_seccomp){
        .defaultAction = "SCMP_ACT_ALLOW", .architectures = flags, .n_architectures = 1};
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            char a[65], b[65];
            seccomp_digest(&profiles[i], a);
            seccomp_digest(&profiles[j], b);
            CHECK_INT(strcmp(a, b) == 0, i == j);
        }
    }
}
