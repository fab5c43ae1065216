// SPDX-License-Identifier: Apache-2.0
// cache.c — compiled programs, kept under the digest of the profile they come from.
//
// A filter read from here is as good as compiled only if nobody else can have written it: directory
// and file must belong to root (or the caller) and be writable by nobody else, the file must be a
// regular one and no symbolic link. The header says for what the program was made: the profile, our
// format, the library's version, the architecture and the kernel's release (libseccomp asks the
// kernel what it can do). A checksum finds damage. Whatever is odd counts as absent: compiling anew
// is always right. The files are not synced: torn ones fail the checksum.
#include "seccomp/cache.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "seccomp/compile.h"

#include <assert.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

enum {
    FORMAT = 2, // to be raised when the file or what compile.c makes of a profile changes
    RELEASE_BYTES = 72,
    PROFILE_TEXT_MAX = 64 * 1024 * 1024, // of the canonical text; config.json is smaller
};

struct header {
    char magic[8];
    uint32_t format, library, architecture, flags;
    uint32_t wants_listener, length;
    char kernel[RELEASE_BYTES];
    char profile[SHA256_HEX];
    uint8_t checksum[SHA256_BYTES]; // of the header with this all zero, and of the program
};
static_assert(sizeof(struct header) == 200, "no padding: all of it is compared and hashed");
enum { FILE_MAX = sizeof(struct header) + BPF_MAXINSNS * sizeof(struct sock_filter) };

static struct header header_here(const char *digest)
{
    const struct scmp_version *version = seccomp_version();
    struct header header = {
        .magic = {'d', 'h', 'o', 'w', 'b', 'p', 'f', '\n'},
        .format = FORMAT,
        .library = version->major << 16 | version->minor << 8 | version->micro,
        .architecture = seccomp_arch_native(),
    };
    struct utsname name;
    if (uname(&name) == 0)
        snprintf(header.kernel, sizeof header.kernel, "%s", name.release);
    memcpy(header.profile, digest, strnlen(digest, SHA256_HEX));
    return header;
}

static void checksum_of(struct header header, const void *filter, uint8_t out[SHA256_BYTES])
{
    memset(header.checksum, 0, sizeof header.checksum);
    struct sha256 hash;
    sha256_init(&hash);
    sha256_add(&hash, &header, sizeof header);
    sha256_add(&hash, filter, header.length * sizeof(struct sock_filter));
    sha256_end(&hash, out);
}

void seccomp_cache_format(const char *digest, const struct seccomp_program *program,
                          struct buf *out)
{
    struct header header = header_here(digest);
    header.flags = program->flags;
    header.wants_listener = program->wants_listener;
    header.length = program->length;
    checksum_of(header, program->filter, header.checksum);
    buf_add(out, &header, sizeof header);
    buf_add(out, program->filter, program->length * sizeof *program->filter);
}

static int fail_odd(struct err *err, const char *digest, const char *why)
{
    return fail(err, ERR_NOT_FOUND, "cached seccomp program %s: %s", digest, why);
}

int seccomp_cache_parse(struct str file, const char *digest, struct seccomp_program *out,
                        struct err *err)
{
    struct header header;
    if (file.n < sizeof header)
        return fail_odd(err, digest, "too short");
    memcpy(&header, file.at, sizeof header);
    struct header wanted = header_here(digest);
    wanted.flags = header.flags;
    wanted.wants_listener = header.wants_listener;
    wanted.length = header.length;
    memcpy(wanted.checksum, header.checksum, sizeof wanted.checksum);
    if (memcmp(&header, &wanted, sizeof header) != 0)
        return fail_odd(err, digest, "made for another profile, version or kernel");
    const char *filter = file.at + sizeof header;
    if (header.length == 0 || header.length > BPF_MAXINSNS || header.wants_listener > 1 ||
        file.n - sizeof header != header.length * sizeof *out->filter)
        return fail_odd(err, digest, "its length is wrong");
    uint8_t checksum[SHA256_BYTES];
    checksum_of(header, filter, checksum);
    if (memcmp(checksum, header.checksum, sizeof checksum) != 0)
        return fail_odd(err, digest, "damaged");
    *out = (struct seccomp_program){
        .filter = xcalloc(header.length, sizeof *out->filter),
        .length = (uint16_t)header.length,
        .flags = header.flags,
        .wants_listener = header.wants_listener != 0,
    };
    memcpy(out->filter, filter, header.length * sizeof *out->filter);
    return 0;
}

// Only root, or who we are, can have written it.
static bool is_ours(int fd, mode_t type, off_t *out_size)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return false;
    *out_size = st.st_size;
    return (st.st_mode & S_IFMT) == type && (st.st_uid == 0 || st.st_uid == geteuid()) &&
           (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

int seccomp_program_load(const char *digest, int cache_dir, struct seccomp_program *out,
                         struct err *err)
{
    off_t size;
    AUTO_FREE char *name = str_printf("%s.bpf", digest);
    if (strspn(digest, "0123456789abcdef") != SHA256_HEX || digest[SHA256_HEX] != '\0')
        return fail_odd(err, digest, "no digest");
    if (!is_ours(cache_dir, S_IFDIR, &size))
        return fail_odd(err, digest, "others can write to the cache directory");
    // A fifo must not hold us up, hence O_NONBLOCK.
    AUTO_FD int fd = openat(cache_dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return fail_odd(err, digest, "not there");
    if (!is_ours(fd, S_IFREG, &size))
        return fail_odd(err, digest, "not a regular file that only root can write");
    if (size > FILE_MAX)
        return fail_odd(err, digest, "too long");
    AUTO_FREE char *bytes = xmalloc((size_t)size + 1);
    ssize_t n = read(fd, bytes, (size_t)size);
    if (n != size)
        return fail_odd(err, digest, "not readable");
    return seccomp_cache_parse((struct str){bytes, (size_t)n}, digest, out, err);
}

// A cache that cannot be written costs time, nothing else.
static void store(int cache_dir, const char *digest, const struct seccomp_program *program)
{
    off_t size;
    struct err ignored;
    AUTO_BUF struct buf file = {.max = FILE_MAX};
    AUTO_FREE char *name = str_printf("%s.bpf", digest);
    seccomp_cache_format(digest, program, &file);
    if (is_ours(cache_dir, S_IFDIR, &size))
        (void)file_replace_volatile(cache_dir, name, file.at, file.n, 0600, &ignored);
}

int seccomp_program_get(const struct oci_seccomp *profile, int cache_dir,
                        struct seccomp_program *out, struct err *err)
{
    if (cache_dir < 0)
        return seccomp_compile(profile, out, err);
    char digest[SHA256_HEX + 1];
    seccomp_digest(profile, digest);
    if (seccomp_program_load(digest, cache_dir, out, err) == 0)
        return 0;
    if (seccomp_compile(profile, out, err) < 0)
        return -1;
    store(cache_dir, digest, out);
    return 0;
}

void seccomp_program_done(struct seccomp_program *program)
{
    if (program == NULL)
        return;
    free(program->filter);
    *program = (struct seccomp_program){};
}

// The canonical text: each value with its length, absent ones marked, lists with their count. Two
// profiles have the same text only when they are the same.
static void put_number(struct buf *out, uint64_t number)
{
    buf_add(out, &number, sizeof number);
}

static void put_text(struct buf *out, const char *text)
{
    put_number(out, text != NULL ? strlen(text) : UINT64_MAX);
    if (text != NULL)
        buf_text(out, text);
}

static void put_texts(struct buf *out, const char *const *texts, size_t n)
{
    put_number(out, n);
    for (size_t i = 0; i < n; i++)
        put_text(out, texts[i]);
}

static void put_errno(struct buf *out, const uint32_t *number)
{
    put_number(out, number != NULL ? *number : UINT64_MAX);
}

static void put_rule(struct buf *out, const struct oci_seccomp_rule *rule)
{
    put_texts(out, rule->names, rule->n_names);
    put_text(out, rule->action);
    put_errno(out, rule->errnoRet);
    put_number(out, rule->n_args);
    for (size_t i = 0; i < rule->n_args; i++) {
        put_number(out, rule->args[i].index);
        put_number(out, rule->args[i].value);
        put_number(out, rule->args[i].valueTwo);
        put_text(out, rule->args[i].op);
    }
}

void seccomp_digest(const struct oci_seccomp *profile, char out[static 65])
{
    AUTO_BUF struct buf text = {.max = PROFILE_TEXT_MAX};
    put_number(&text, FORMAT);
    put_number(&text, seccomp_arch_native());
    put_text(&text, profile->defaultAction);
    put_errno(&text, profile->defaultErrnoRet);
    put_texts(&text, profile->architectures, profile->n_architectures);
    put_texts(&text, profile->flags, profile->n_flags);
    put_number(&text, profile->n_syscalls);
    for (size_t i = 0; i < profile->n_syscalls; i++)
        put_rule(&text, &profile->syscalls[i]);
    uint8_t digest[SHA256_BYTES];
    sha256_of(text.at, text.n, digest);
    sha256_hex(digest, out);
}
