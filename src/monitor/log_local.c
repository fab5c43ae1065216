// SPDX-License-Identifier: Apache-2.0
// log_local.c — the `local` log driver: the container's bytes as they come, one writev(2) a chunk.
//
// Files change at the end of a line, so that each begins with one; a line that never ends does not
// keep a file from its limit for long. What is torn by a kill is the last record: headers are
// walked from the front then. A file that was closed ends with a record of kind END and is not
// walked.
#include "monitor/log_local.h"

#include "base/mem.h"
#include "monitor/log_reader.h"
#include "monitor/log_record.h"

#include <string.h>

enum { WALK = 64 * 1024 };

static void end_record(struct log_local *log, int64_t time_ns)
{
    uint8_t header[LOG_HEADER];
    log_record_write(header, &(struct log_record){LOG_RECORD_END, 0, time_ns});
    struct iovec part = {header, sizeof header};
    (void)log_files_append(&log->files, &part, 1); // a full disk: the file is walked next time
}

// Where the last whole record ends.
static uint64_t whole_records(int file, uint64_t size)
{
    AUTO_FREE uint8_t *block = xmalloc(WALK);
    uint64_t at = 0, start = 0; // of the record; of the block
    size_t n = 0;
    while (at + LOG_HEADER <= size) {
        if (at < start || at + LOG_HEADER > start + n) {
            ssize_t got = pread(file, block, WALK, (off_t)at);
            if (got < LOG_HEADER)
                break;
            start = at;
            n = (size_t)got;
        }
        struct log_record record;
        if (!log_record_read(block + (at - start), &record) || size - at - LOG_HEADER < record.n)
            break;
        at += LOG_HEADER + record.n;
    }
    return at;
}

static int cut_torn_record(struct log_files *files, struct err *err)
{
    uint8_t last[LOG_HEADER];
    struct log_record record;
    uint64_t size = files->size_bytes;
    if (size == 0)
        return 0;
    if (size >= LOG_HEADER &&
        pread(files->file, last, sizeof last, (off_t)(size - LOG_HEADER)) == LOG_HEADER &&
        log_record_read(last, &record) && record.kind == LOG_RECORD_END)
        return 0;
    uint64_t whole = whole_records(files->file, size);
    if (whole != size && ftruncate(files->file, (off_t)whole) < 0)
        return fail_sys(err, "repair the end of the container's log");
    files->size_bytes = whole;
    return 1;
}

int log_local_open(struct log_local *out, int dir, uint64_t max_bytes, uint32_t max_files,
                   struct err *err)
{
    struct log_local log = {};
    if (log_files_open(&log.files, dir, LOG_LOCAL_NAME, max_bytes, max_files, err) < 0)
        return -1;
    int torn = cut_torn_record(&log.files, err);
    if (torn < 0) {
        log_files_close(&log.files);
        return -1;
    }
    if (torn > 0)
        end_record(&log, 0);
    *out = log;
    return 0;
}

static void put(struct log_local *log, bool is_stderr, const char *bytes, size_t n, int64_t time_ns)
{
    uint8_t header[LOG_HEADER];
    log_record_write(header, &(struct log_record){is_stderr ? LOG_RECORD_STDERR : LOG_RECORD_STDOUT,
                                                  (uint32_t)n, time_ns});
    struct iovec parts[] = {{header, sizeof header}, {(void *)(uintptr_t)bytes, n}};
    if (log_files_append(&log->files, parts, 2) == 0)
        log->is_in_line = bytes[n - 1] != '\n';
}

// How many of the bytes the current file still takes; the next file gets the rest.
static size_t fitting(const struct log_local *log, const char *bytes, size_t n)
{
    const struct log_files *files = &log->files;
    if (files->max_bytes == 0 || files->size_bytes + LOG_HEADER + n <= files->max_bytes)
        return n;
    uint64_t used = files->size_bytes + LOG_HEADER;
    size_t room = used < files->max_bytes ? (size_t)(files->max_bytes - used) : 0;
    const char *end = memrchr(bytes, '\n', room);
    if (end == NULL && files->size_bytes != 0 && !log->is_in_line)
        return 0; // all of it belongs into the next
    if (end == NULL)
        end = memchr(bytes + room, '\n', n - room);
    if (end != NULL)
        return (size_t)(end + 1 - bytes);
    // A line without an end: at twice the limit it is enough.
    return files->size_bytes > files->max_bytes ? 0 : n;
}

void log_local_add(struct log_local *log, bool is_stderr, const char *bytes, size_t n,
                   int64_t time_ns)
{
    while (n != 0) {
        size_t here = fitting(log, bytes, n);
        if (here != 0)
            put(log, is_stderr, bytes, here, time_ns);
        bytes += here;
        n -= here;
        if (n == 0)
            break;
        log_files_rotate(&log->files);
        if (log->files.size_bytes != 0) { // it did not work: the old file goes on
            put(log, is_stderr, bytes, n, time_ns);
            break;
        }
    }
}

void log_local_close(struct log_local *log, int64_t time_ns)
{
    end_record(log, time_ns);
    log_files_close(&log->files);
}
