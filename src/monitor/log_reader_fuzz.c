// SPDX-License-Identifier: Apache-2.0
// log_reader_fuzz.c — any bytes as a log's two files (the second begins behind the first 0xff),
// read as JSON and as records, from the start or from one of the last lines: what is given out lies
// within bounds, and it ends.
#include "base/file.h"
#include "base/mem.h"
#include "linux/tree.h"
#include "monitor/log_reader.h"
#include "monitor/monitor.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static void put(int dir, const char *name, const uint8_t *bytes, size_t n)
{
    struct err err;
    int written = file_replace_volatile(dir, name, bytes, n, 0600, &err);
    assert(written == 0);
}

static volatile char last_byte;

static void read_all(const struct log_place *place, int64_t tail, size_t most)
{
    struct err err;
    struct log_reader *reader = NULL;
    if (log_reader_open(place, tail, &reader, &err) < 0)
        return;
    struct log_line line;
    size_t lines = 0;
    while (log_reader_next(reader, &line, &err) > 0) {
        assert(line.n <= LOG_LINE_MAX);
        lines++;
        assert(lines <= most);
        if (line.n != 0)
            last_byte = line.text[line.n - 1]; // it is readable
    }
    assert(tail < 0 || lines <= (size_t)tail);
    log_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char path[] = "/tmp/dhow-fuzz.XXXXXX";
    bool is_made = mkdtemp(path) != NULL;
    assert(is_made);
    AUTO_FD int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool has_log = mkdirat(dir, LOG_DIR, 0700) == 0;
    assert(has_log);
    AUTO_FD int log = openat(dir, LOG_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const uint8_t *cut = n != 0 ? memchr(bytes, 0xff, n) : NULL;
    size_t first = cut != NULL ? (size_t)(cut - bytes) : n;
    const struct log_place places[] = {{dir, "id"}, {dir, NULL}};
    put(dir, "id" LOG_JSON_SUFFIX, bytes, first);
    put(log, LOG_LOCAL_NAME, bytes, first);
    if (cut != NULL) {
        put(dir, "id" LOG_JSON_SUFFIX ".1", cut + 1, n - first - 1);
        put(log, LOG_LOCAL_NAME ".1", cut + 1, n - first - 1);
    }
    for (size_t i = 0; i < N_ELEMENTS(places); i++) {
        read_all(&places[i], -1, n + 1);
        read_all(&places[i], (int64_t)(n % 5), n + 1);
    }
    struct err err;
    AUTO_FD int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int removed = tree_remove(tmp, path + strlen("/tmp/"), &err);
    assert(removed == 0);
    return 0;
}
