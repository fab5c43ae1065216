// SPDX-License-Identifier: Apache-2.0
// log_test.c — what is written to a log can be read from it, through rotation and after a crash.
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "monitor/log_reader.h"
#include "monitor/log_writer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static struct err err;

static void write_text(struct log_writer *writer, bool is_stderr, const char *text)
{
    log_writer_add(writer, is_stderr, text, strlen(text));
}
static void check_next(struct log_reader *reader, const char *text, bool is_stderr)
{
    struct log_line line;
    CHECK_INT(log_reader_next(reader, &line, &err), 1);
    AUTO_FREE char *got = xstrndup(line.text, line.n);
    CHECK_STR(got, text);
    CHECK_INT(line.is_stderr, is_stderr);
    CHECK_INT((intmax_t)strlen(line.time), (intmax_t)strlen("2026-01-02T03:04:05.123456789Z"));
}
static void check_end(struct log_reader *reader)
{
    struct log_line line;
    CHECK_INT(log_reader_next(reader, &line, &err), 0);
}

TEST(log_keeps_lines_streams_and_every_byte_of_text)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    struct log_writer writer;
    CHECK_INT(log_writer_open(&writer, dir, 0, 0, &err), 0);
    write_text(&writer, false, "one\ntw");
    write_text(&writer, true, "error\n");
    write_text(&writer, false,
               "o\n\n\ttab \"quote\" \\ \x01 \x7f gr\xc3\xbc\xc3\x9f \xf0\x9f\x9a\xa2\n");
    write_text(&writer, false, "not utf-8: \xff\xc3(\n");
    write_text(&writer, false, "no end");
    log_writer_close(&writer);
    struct log_reader *reader;
    CHECK_INT(log_reader_open(dir, -1, &reader, &err), 0);
    check_next(reader, "one\n", false);
    check_next(reader, "error\n", true);
    check_next(reader, "two\n", false);
    check_next(reader, "\n", false);
    check_next(reader, "\ttab \"quote\" \\ \x01 \x7f gr\xc3\xbc\xc3\x9f \xf0\x9f\x9a\xa2\n", false);
    check_next(reader, "not utf-8: \xef\xbf\xbd\xef\xbf\xbd(\n", false);
    check_next(reader, "no end", false);
    check_end(reader);
    log_reader_close(reader);
    test_scratch_remove(path);
}

TEST(log_splits_lines_that_are_too_long)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    struct log_writer writer;
    AUTO_FREE char *text = xmalloc((size_t)3 * LOG_TEXT_MAX);
    memset(text, '\x02', (size_t)3 * LOG_TEXT_MAX); // six bytes each when encoded
    text[(size_t)2 * LOG_TEXT_MAX + 10] = '\n';
    CHECK_INT(log_writer_open(&writer, dir, 0, 0, &err), 0);
    log_writer_add(&writer, false, text, 7); // not aligned with what is kept
    log_writer_add(&writer, false, text + 7, 2 * LOG_TEXT_MAX + 11 - 7);
    log_writer_close(&writer);
    struct log_reader *reader;
    struct log_line line;
    CHECK_INT(log_reader_open(dir, -1, &reader, &err), 0);
    const size_t sizes[] = {LOG_TEXT_MAX, LOG_TEXT_MAX, 11};
    for (size_t i = 0; i < N_ELEMENTS(sizes); i++) {
        CHECK_INT(log_reader_next(reader, &line, &err), 1);
        CHECK_INT((intmax_t)line.n, (intmax_t)sizes[i]);
    }
    CHECK_INT(line.text[line.n - 1], '\n');
    check_end(reader);
    log_reader_close(reader);
    test_scratch_remove(path);
}

TEST(log_rotates_and_reader_follows)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    struct log_writer writer;
    struct log_reader *reader;
    CHECK_INT(log_reader_open(dir, -1, &reader, &err), 0); // before there is a log
    check_end(reader);
    CHECK_INT(log_writer_open(&writer, dir, 1000, 3, &err), 0);
    for (int i = 0; i < 200; i++) {
        AUTO_FREE char *text = str_printf("line %d\n", i);
        write_text(&writer, false, text);
        check_next(reader, text, false);
        check_end(reader);
    }
    log_writer_close(&writer);
    log_reader_close(reader);
    struct stat st;
    CHECK_INT(fstatat(dir, "log/current.jsonl.2", &st, 0), 0);
    CHECK(st.st_size <= 1000);
    CHECK(fstatat(dir, "log/current.jsonl.3", &st, 0) < 0);
    test_scratch_remove(path);
}

TEST(log_tail_counts_over_rotated_files)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    struct log_writer writer;
    CHECK_INT(log_writer_open(&writer, dir, 400, 5, &err), 0);
    for (int i = 0; i < 12; i++) {
        AUTO_FREE char *text = str_printf("line %d\n", i);
        write_text(&writer, i % 2 == 1, text);
    }
    log_writer_close(&writer);
    for (int tail = 0; tail <= 15; tail++) {
        struct log_reader *reader;
        CHECK_INT(log_reader_open(dir, tail, &reader, &err), 0);
        for (int i = tail < 12 ? 12 - tail : 0; i < 12; i++) {
            AUTO_FREE char *text = str_printf("line %d\n", i);
            check_next(reader, text, i % 2 == 1);
        }
        check_end(reader);
        log_reader_close(reader);
    }
    test_scratch_remove(path);
}

TEST(log_torn_by_a_kill_is_whole_again)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    struct log_writer writer;
    struct log_reader *reader;
    CHECK_INT(log_writer_open(&writer, dir, 0, 0, &err), 0);
    write_text(&writer, false, "whole\n");
    log_writer_close(&writer);
    AUTO_FD int file = openat(dir, "log/current.jsonl", O_WRONLY | O_APPEND | O_CLOEXEC);
    CHECK_INT(write_all(file, "{\"log\":\"to", 10), 0);
    CHECK_INT(log_reader_open(dir, -1, &reader, &err), 0);
    check_next(reader, "whole\n", false);
    check_end(reader);
    log_reader_close(reader);
    CHECK_INT(log_writer_open(&writer, dir, 0, 0, &err), 0);
    write_text(&writer, false, "after\n");
    log_writer_close(&writer);
    CHECK_INT(log_reader_open(dir, -1, &reader, &err), 0);
    check_next(reader, "whole\n", false);
    check_next(reader, "after\n", false);
    check_end(reader);
    log_reader_close(reader);
    test_scratch_remove(path);
}

TEST(log_leaves_out_what_is_no_line)
{
    static const char text[] = "garbage\n"
                               "{\"log\":\"\\q\",\"stream\":\"stdout\",\"time\":\"t\"}\n"
                               "{\"log\":\"\\u12\",\"stream\":\"stdout\",\"time\":\"t\"}\n"
                               "{\"log\":\"x\",\"stream\":\"stdin\",\"time\":\"t\"}\n"
                               "{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"t\"}}\n"
                               "\n"
                               "{\"log\":\"good\",\"stream\":\"stdout\",\"time\":"
                               "\"2026-01-02T03:04:05.123456789Z\"}\n";
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    CHECK_INT(mkdirat(dir, "log", 0700), 0);
    AUTO_FD int log = openat(dir, "log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(file_replace_volatile(log, LOG_NAME, text, sizeof text - 1, 0600, &err), 0);
    struct log_reader *reader;
    CHECK_INT(log_reader_open(dir, -1, &reader, &err), 0);
    check_next(reader, "good", false);
    check_end(reader);
    log_reader_close(reader);
    test_scratch_remove(path);
}
