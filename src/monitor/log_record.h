// SPDX-License-Identifier: Apache-2.0
// log_record.h — inside monitor/: the format of the `local` log driver.
//
//     file    = record…
//     record  = 20 bytes of header, n bytes as the container wrote them
//     header  = 0xdb 0x1f kind flags | u32 n | u64 time (ns since 1970) | u32 check     little
//     endian
//
// A record is what one read(2) of the container's pipe gave: writing a log needs no look at its
// bytes. Lines are found by who reads. `check` covers the header, so that bytes of a container are
// never taken for one when something was torn. Records of kind END say that the writer has let go:
// lines without an end are finished.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_record_kind { LOG_RECORD_STDOUT = 1, LOG_RECORD_STDERR = 2, LOG_RECORD_END = 3 };
enum {
    LOG_MAGIC = 0xdb,
    LOG_HEADER = 20,
    LOG_RECORD_MAX = 1024 * 1024, // payload
};
struct log_record {
    enum log_record_kind kind;
    uint32_t n;
    int64_t time_ns;
};
void log_record_write(uint8_t out[LOG_HEADER], const struct log_record *record);
// False when these are no header.
bool log_record_read(const uint8_t bytes[LOG_HEADER], struct log_record *out);
