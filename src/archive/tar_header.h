// SPDX-License-Identifier: Apache-2.0
// tar_header.h — inside archive/: one block of 512 bytes as the header that it is.
#pragma once
#include "archive/tar.h"

#include <stdbool.h>

enum { TAR_BLOCK_BYTES = 512 };

// Where the fields are (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar's "struct
// oldgnu_header").
struct tar_field {
    uint16_t at, n;
};
extern const struct tar_field tar_field_real_size, tar_field_pieces;

enum tar_format { TAR_V7, TAR_USTAR, TAR_STAR, TAR_GNU };

bool tar_block_is_zero(const uint8_t block[TAR_BLOCK_BYTES]);
[[nodiscard]] int tar_header_check_sum(const uint8_t block[TAR_BLOCK_BYTES], struct err *err);
enum tar_format tar_header_format(const uint8_t block[TAR_BLOCK_BYTES]);
char tar_header_flag(const uint8_t block[TAR_BLOCK_BYTES]);
// Octal or base-256; below zero, beyond `max` and anything odd is refused. `what` names it.
[[nodiscard]] int tar_number(const uint8_t *field, size_t n, uint64_t max, const char *what,
                             uint64_t *out, struct err *err);
[[nodiscard]] int tar_header_number(const uint8_t block[TAR_BLOCK_BYTES], struct tar_field field,
                                    const char *what, uint64_t *out, struct err *err);
// How many bytes follow.
[[nodiscard]] int tar_header_size(const uint8_t block[TAR_BLOCK_BYTES], uint64_t *out,
                                  struct err *err);
// Name and link as the header alone has them, into `name` and `link`.
enum { TAR_HEADER_NAME = 155 + 1 + 100 + 1, TAR_HEADER_LINK = 100 + 1 };
[[nodiscard]] int tar_header_names(const uint8_t block[TAR_BLOCK_BYTES], char *name, char *link,
                                   struct err *err);
// mode, uid, gid, mtime and device numbers; those of no device (`out->type`) mean nothing.
[[nodiscard]] int tar_header_facts(const uint8_t block[TAR_BLOCK_BYTES], struct tar_entry *out,
                                   struct err *err);
