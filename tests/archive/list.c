// SPDX-License-Identifier: Apache-2.0
// list.c — what our reader finds in a plain tar (`list <TAR`), one line an entry, to compare with others:
//
//     TYPE MODE UID GID SIZE SECONDS.NANOSECONDS MAJOR MINOR NAME LINK SHA256
//
// Names are escaped (%xx), "-" is none; the digest is of a file's content with its holes as zeros.
// A refusal is the last line: "refused: …".
#include "archive/tar.h"
#include "base/mem.h"
#include "base/sha256.h"

#include <stdio.h>
#include <string.h>

enum { STEP = 4093, HOLES_MAX = 1 << 20 };

static ssize_t next_bytes(void *from, const uint8_t **out, struct err *err)
{
    static uint8_t bytes[STEP]; // odd: headers lie across two steps
    size_t n = fread(bytes, 1, sizeof bytes, from);
    *out = bytes;
    return ferror((FILE *)from) ? fail_sys(err, "read") : (ssize_t)n;
}

static void print_name(const char *name)
{
    if (*name == '\0')
        (void)putchar('-');
    for (; *name != '\0'; name++) {
        if (*name > ' ' && *name < 127 && *name != '%' && (*name != '-' || name[1] != '\0'))
            (void)putchar(*name);
        else
            printf("%%%02x", (unsigned char)*name);
    }
    (void)putchar(' ');
}

static void add_zeros(struct sha256 *hash, uint64_t n)
{
    static const uint8_t zeros[STEP];
    for (size_t part; n != 0; n -= part) {
        part = n < sizeof zeros ? (size_t)n : sizeof zeros;
        sha256_add(hash, zeros, part);
    }
}

static int print_content(struct tar *tar, const struct tar_entry *entry, struct err *err)
{
    struct sha256 hash;
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX + 1];
    const uint8_t *at;
    uint64_t offset, end = 0, holes = 0;
    ssize_t n;
    sha256_init(&hash);
    while ((n = tar_data(tar, &at, &offset, err)) > 0) {
        holes += offset - end;
        if (holes <= HOLES_MAX)
            add_zeros(&hash, offset - end);
        sha256_add(&hash, at, (size_t)n);
        end = offset + (uint64_t)n;
    }
    if (n < 0)
        return -1;
    holes += entry->size - end;
    if (holes <= HOLES_MAX)
        add_zeros(&hash, entry->size - end);
    sha256_end(&hash, digest);
    sha256_hex(digest, hex);
    puts(holes <= HOLES_MAX ? hex : "-");
    return 0;
}

int main(void)
{
    static const char letters[] = "fhscbdp"; // enum tar_type
    struct err err = {};
    struct tar_entry entry;
    struct tar *tar = tar_new(next_bytes, stdin);
    int more;
    while ((more = tar_next(tar, &entry, &err)) > 0) {
        printf("%c %o %u %u %ju %jd.%09ld %u %u ", letters[entry.type], entry.mode, entry.uid,
               entry.gid, (uintmax_t)entry.size, (intmax_t)entry.mtime.tv_sec, entry.mtime.tv_nsec,
               entry.major, entry.minor);
        print_name(entry.name);
        print_name(entry.link);
        if (entry.type != TAR_FILE)
            puts("-");
        else if (print_content(tar, &entry, &err) < 0)
            break;
    }
    if (err.kind != ERR_NONE)
        printf("\nrefused: %s\n", err.text);
    tar_free(tar);
    return err.kind != ERR_NONE;
}
