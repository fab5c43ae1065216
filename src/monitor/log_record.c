// SPDX-License-Identifier: Apache-2.0
// log_record.c — headers of records, written and read.
#include "monitor/log_record.h"

#include <endian.h>
#include <string.h>

static const uint8_t magic[2] = {LOG_MAGIC, 0x1f};

static uint32_t check_of(const uint8_t bytes[LOG_HEADER])
{
    uint64_t halves[2];
    memcpy(halves, bytes, sizeof halves);
    uint64_t mixed = le64toh(halves[0]) * UINT64_C(0x9e3779b97f4a7c15) ^
                     (le64toh(halves[1]) + 1) * UINT64_C(0xc2b2ae3d27d4eb4f);
    return (uint32_t)(mixed >> 32 ^ mixed);
}

void log_record_write(uint8_t out[LOG_HEADER], const struct log_record *record)
{
    uint32_t n = htole32(record->n);
    uint64_t time = htole64((uint64_t)record->time_ns);
    memcpy(out, magic, sizeof magic);
    out[2] = (uint8_t)record->kind;
    out[3] = 0;
    memcpy(out + 4, &n, sizeof n);
    memcpy(out + 8, &time, sizeof time);
    uint32_t check = htole32(check_of(out));
    memcpy(out + 16, &check, sizeof check);
}

bool log_record_read(const uint8_t bytes[LOG_HEADER], struct log_record *out)
{
    uint32_t n, check;
    uint64_t time;
    memcpy(&n, bytes + 4, sizeof n);
    memcpy(&time, bytes + 8, sizeof time);
    memcpy(&check, bytes + 16, sizeof check);
    n = le32toh(n);
    if (memcmp(bytes, magic, sizeof magic) != 0 || bytes[2] < LOG_RECORD_STDOUT ||
        bytes[2] > LOG_RECORD_END || bytes[3] != 0 || n > LOG_RECORD_MAX ||
        le32toh(check) != check_of(bytes) || (bytes[2] == LOG_RECORD_END && n != 0))
        return false;
    *out = (struct log_record){(enum log_record_kind)bytes[2], n, (int64_t)le64toh(time)};
    return true;
}
