// SPDX-License-Identifier: Apache-2.0
// log_test.c — what is written to a log can be read from it, in both formats, through rotation and
// after a crash.
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "monitor/log.h"
#include "monitor/log_record.h"
#include "monitor/monitor.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static struct err err;
enum { CHUNK = 64 * 1024 };
static const char *const drivers[] = {"local", "json-file"};
static const char *const names[] = {"log/" LOG_LOCAL_NAME, "id" LOG_JSON_SUFFIX};

static void open_log(struct log *log, int dir, size_t driver, const char *size, const char *files)
{
    struct json_pair options[] = {{"max-size", size}, {"max-file", files}};
    const struct monitor_log config = {
        .driver = drivers[driver], .options = options, .n_options = size != NULL ? 2 : 0};
    CHECK_INT(log_open(log, NULL, dir, "id", &config, &err), 0);
}
static struct log_reader *open_reader(int dir, size_t driver, int64_t tail)
{
    const struct log_place place = {dir, driver == 1 ? "id" : NULL};
    struct log_reader *reader = NULL;
    CHECK_INT(log_reader_open(&place, tail, &reader, &err), 0);
    return reader;
}
static void write_text(struct log *log, bool is_stderr, const char *text)
{
    log_add(log, is_stderr, text, strlen(text));
}
static void check_next(struct log_reader *reader, const char *text, bool is_stderr)
{
    struct log_line line;
    CHECK_INT(log_reader_next(reader, &line, &err), 1);
    AUTO_FREE char *got = xstrndup(line.text, line.n);
    CHECK_STR(got, text);
    CHECK_INT(line.is_stderr, is_stderr);
    CHECK(line.time_ns > INT64_C(1'600'000'000'000'000'000) && line.time_ns <= now_ns());
}
static void check_end(struct log_reader *reader)
{
    struct log_line line;
    CHECK_INT(log_reader_next(reader, &line, &err), 0);
}

TEST(log_keeps_lines_and_streams)
{
    for (size_t driver = 0; driver < N_ELEMENTS(drivers); driver++) {
        char path[TEST_SCRATCH_MAX];
        AUTO_FD int dir = test_scratch_make(path);
        struct log log;
        open_log(&log, dir, driver, NULL, NULL);
        write_text(&log, false, "one\ntw");
        write_text(&log, true, "error\n");
        write_text(&log, false,
                   "o\n\n\ttab \"quote\" \\ \x01 \x7f gr\xc3\xbc\xc3\x9f \xf0\x9f\x9a\xa2\n");
        write_text(&log, false, "no end");
        log_close(&log);
        struct log_reader *reader = open_reader(dir, driver, -1);
        check_next(reader, "one\n", false);
        check_next(reader, "error\n", true);
        check_next(reader, "two\n", false);
        check_next(reader, "\n", false);
        check_next(reader, "\ttab \"quote\" \\ \x01 \x7f gr\xc3\xbc\xc3\x9f \xf0\x9f\x9a\xa2\n",
                   false);
        check_next(reader, "no end", false);
        check_end(reader);
        log_reader_close(reader);
        test_scratch_remove(path);
    }
}

TEST(log_keeps_every_byte_where_the_format_can)
{
    for (size_t driver = 0; driver < N_ELEMENTS(drivers); driver++) {
        char path[TEST_SCRATCH_MAX];
        AUTO_FD int dir = test_scratch_make(path);
        struct log log;
        struct log_line line;
        open_log(&log, dir, driver, NULL, NULL);
        log_add(&log, false, "a\0b\xff\xc3(\xdb\x1f\n", 9);
        log_close(&log);
        struct log_reader *reader = open_reader(dir, driver, -1);
        CHECK_INT(log_reader_next(reader, &line, &err), 1);
        if (driver == 0) {
            CHECK_INT((intmax_t)line.n, 9);
            CHECK(memcmp(line.text, "a\0b\xff\xc3(\xdb\x1f\n", 9) == 0);
        } else { // docker's JSON: what is no UTF-8 becomes U+FFFD
            static const char text[] = "a\0b\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\x1f\n";
            CHECK_INT((intmax_t)line.n, (intmax_t)sizeof text - 1);
            CHECK(memcmp(line.text, text, sizeof text - 1) == 0);
        }
        log_reader_close(reader);
        test_scratch_remove(path);
    }
}

TEST(log_splits_lines_that_are_too_long_and_dates_the_parts_alike)
{
    for (size_t driver = 0; driver < N_ELEMENTS(drivers); driver++) {
        char path[TEST_SCRATCH_MAX];
        AUTO_FD int dir = test_scratch_make(path);
        struct log log;
        AUTO_FREE char *text = xmalloc((size_t)3 * LOG_TEXT_MAX);
        memset(text, '\x02', (size_t)3 * LOG_TEXT_MAX); // six bytes each when encoded
        text[(size_t)2 * LOG_TEXT_MAX + 10] = '\n';
        open_log(&log, dir, driver, NULL, NULL);
        log_add(&log, false, text, 7); // not aligned with what is kept
        log_add(&log, false, text + 7, LOG_TEXT_MAX);
        log_add(&log, false, text + 7 + LOG_TEXT_MAX, LOG_TEXT_MAX + 11 - 7);
        log_close(&log);
        struct log_reader *reader = open_reader(dir, driver, -1);
        struct log_line line;
        int64_t first_ns = 0;
        const size_t sizes[] = {LOG_TEXT_MAX, LOG_TEXT_MAX, 11};
        for (size_t i = 0; i < N_ELEMENTS(sizes); i++) {
            CHECK_INT(log_reader_next(reader, &line, &err), 1);
            CHECK_INT((intmax_t)line.n, (intmax_t)sizes[i]);
            first_ns = i == 0 ? line.time_ns : first_ns;
            CHECK_INT(line.time_ns, first_ns);
        }
        CHECK_INT(line.text[line.n - 1], '\n');
        check_end(reader);
        log_reader_close(reader);
        test_scratch_remove(path);
    }
}

TEST(log_rotates_and_reader_follows)
{
    for (size_t driver = 0; driver < N_ELEMENTS(drivers); driver++) {
        char path[TEST_SCRATCH_MAX];
        AUTO_FD int dir = test_scratch_make(path);
        struct log log;
        struct log_reader *reader = open_reader(dir, driver, -1); // before there is a log
        check_end(reader);
        open_log(&log, dir, driver, "1000", "3");
        for (int i = 0; i < 200; i++) {
            AUTO_FREE char *text = str_printf("line %d\n", i);
            write_text(&log, false, text);
            check_next(reader, text, false);
            check_end(reader);
        }
        log_close(&log);
        log_reader_close(reader);
        struct stat st;
        AUTO_FREE char *second = str_printf("%s.2", names[driver]);
        AUTO_FREE char *third = str_printf("%s.3", names[driver]);
        CHECK_INT(fstatat(dir, second, &st, 0), 0);
        CHECK(st.st_size <= 1000 && st.st_size > 900);
        CHECK(fstatat(dir, third, &st, 0) < 0);
        test_scratch_remove(path);
    }
}

TEST(log_of_large_chunks_stays_within_its_limit_and_changes_files_between_lines)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    AUTO_FREE char *text = xmalloc(CHUNK);
    struct log log;
    for (size_t i = 0; i < CHUNK; i++)
        text[i] = i % 100 == 99 ? '\n' : 'x';
    open_log(&log, dir, 0, "10k", "3");
    for (int i = 0; i < 5; i++)
        log_add(&log, i == 2, text, 64'000);
    log_close(&log);
    static const char *const files[] = {"log/local.log", "log/local.log.1", "log/local.log.2"};
    for (size_t i = 0; i < N_ELEMENTS(files); i++) {
        struct stat st;
        CHECK_INT(fstatat(dir, files[i], &st, 0), 0);
        CHECK(st.st_size <= 10'240 + LOG_HEADER); // the mark of its end
        CHECK(i == 0 || st.st_size > 9'216);
    }
    struct log_reader *reader = open_reader(dir, 0, -1);
    struct log_line line;
    int lines = 0;
    while (log_reader_next(reader, &line, &err) > 0) {
        CHECK_INT((intmax_t)line.n, 100);
        lines++;
    }
    CHECK(lines >= 200);
    log_reader_close(reader);
    test_scratch_remove(path);
}

TEST(log_of_a_line_that_never_ends_is_bounded)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    AUTO_FREE char *text = xmalloc(CHUNK);
    struct log log;
    struct stat st;
    memset(text, 'x', CHUNK);
    open_log(&log, dir, 0, "100k", "2");
    for (int i = 0; i < 50; i++)
        log_add(&log, false, text, CHUNK);
    log_close(&log);
    CHECK_INT(fstatat(dir, "log/local.log", &st, 0), 0);
    CHECK(st.st_size <= 204'800);
    CHECK_INT(fstatat(dir, "log/local.log.1", &st, 0), 0);
    CHECK(st.st_size <= 204'800);
    test_scratch_remove(path);
}

TEST(log_tail_counts_over_rotated_files)
{
    for (size_t driver = 0; driver < N_ELEMENTS(drivers); driver++) {
        char path[TEST_SCRATCH_MAX];
        AUTO_FD int dir = test_scratch_make(path);
        struct log log;
        open_log(&log, dir, driver, driver == 0 ? "130" : "400", "5");
        for (int i = 0; i < 12; i++) {
            AUTO_FREE char *text = str_printf("line %d\n", i);
            write_text(&log, i % 2 == 1, text);
        }
        log_close(&log);
        for (int tail = 0; tail <= 15; tail++) {
            struct log_reader *reader = open_reader(dir, driver, tail);
            for (int i = tail < 12 ? 12 - tail : 0; i < 12; i++) {
                AUTO_FREE char *text = str_printf("line %d\n", i);
                check_next(reader, text, i % 2 == 1);
            }
            check_end(reader);
            log_reader_close(reader);
        }
        test_scratch_remove(path);
    }
}

TEST(log_torn_by_a_kill_is_whole_again)
{
    for (size_t driver = 0; driver < N_ELEMENTS(drivers); driver++) {
        char path[TEST_SCRATCH_MAX];
        AUTO_FD int dir = test_scratch_make(path);
        uint8_t torn[LOG_HEADER + 10] = "{\"log\":\"torn because of a kill";
        struct log log;
        open_log(&log, dir, driver, NULL, NULL);
        write_text(&log, false, "whole\n");
        log_close(&log);
        if (driver == 0)
            log_record_write(torn, &(struct log_record){LOG_RECORD_STDOUT, 100, now_ns()});
        AUTO_FD int file = openat(dir, names[driver], O_WRONLY | O_APPEND | O_CLOEXEC);
        CHECK_INT(write_all(file, torn, sizeof torn), 0);
        struct log_reader *reader = open_reader(dir, driver, -1);
        check_next(reader, "whole\n", false);
        check_end(reader);
        log_reader_close(reader);
        open_log(&log, dir, driver, NULL, NULL);
        write_text(&log, false, "after\n");
        log_close(&log);
        reader = open_reader(dir, driver, -1);
        check_next(reader, "whole\n", false);
        check_next(reader, "after\n", false);
        check_end(reader);
        log_reader_close(reader);
        test_scratch_remove(path);
    }
}

TEST(log_of_a_killed_writer_gives_its_last_words_when_nobody_writes_any_more)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    struct log log;
    open_log(&log, dir, 0, NULL, NULL);
    write_text(&log, false, "whole\nhalf");
    struct log_reader *reader = open_reader(dir, 0, -1);
    check_next(reader, "whole\n", false);
    check_end(reader);
    log_reader_finish(reader);
    check_next(reader, "half", false);
    check_end(reader);
    log_reader_close(reader);
    log_close(&log);
    test_scratch_remove(path);
}

TEST(log_record_that_is_damaged_is_left_out)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    struct log log;
    open_log(&log, dir, 0, NULL, NULL);
    write_text(&log, false, "first\n");
    write_text(&log, false, "second\n");
    write_text(&log, false, "third\n");
    log_close(&log);
    AUTO_FD int file = openat(dir, names[0], O_WRONLY | O_CLOEXEC);
    CHECK_INT(pwrite(file, "\1", 1, LOG_HEADER + 6 + 4), 1); // the second's length
    struct log_reader *reader = open_reader(dir, 0, -1);
    check_next(reader, "first\n", false);
    check_next(reader, "third\n", false);
    check_end(reader);
    log_reader_close(reader);
    test_scratch_remove(path);
}

TEST(log_leaves_out_what_is_no_line)
{
    static const char text[] =
        "garbage\n"
        "{\"log\":\"\\q\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}\n"
        "{\"log\":\"\\u12\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}\n"
        "{\"log\":\"x\",\"stream\":\"stdin\",\"time\":\"2026-01-02T03:04:05Z\"}\n"
        "{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"t\"}\n"
        "{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}}\n"
        "\n"
        "{\"log\":\"good\",\"stream\":\"stdout\",\"attrs\":{\"a\":\"b\",\"c\":\"\\\"\"},\"time\":"
        "\"2026-01-02T03:04:05.5Z\"}\n";
    char path[TEST_SCRATCH_MAX];
    struct log_line line;
    AUTO_FD int dir = test_scratch_make(path);
    CHECK_INT(file_replace_volatile(dir, names[1], text, sizeof text - 1, 0600, &err), 0);
    struct log_reader *reader = open_reader(dir, 1, -1);
    CHECK_INT(log_reader_next(reader, &line, &err), 1);
    CHECK_INT((intmax_t)line.n, 4);
    CHECK_INT(line.time_ns, INT64_C(1'767'323'045'500'000'000));
    check_end(reader);
    log_reader_close(reader);
    test_scratch_remove(path);
}

TEST(log_json_is_dockers_with_attributes)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int dir = test_scratch_make(path);
    struct json_pair options[] = {{"tag", "{{.Name}}/{{.ID}}"}, {"labels", "b,a"}, {"env", "X"}};
    struct json_pair labels[] = {{"a", "1"}, {"c", "2"}, {"b", "\""}};
    const char *env[] = {"X=y=z", "Y=1"};
    const struct monitor_log config = {.driver = "json-file",
                                       .options = options,
                                       .n_options = 3,
                                       .container_name = "web",
                                       .labels = labels,
                                       .n_labels = 3,
                                       .env = env,
                                       .n_env = 2};
    struct log log;
    AUTO_BUF struct buf text;
    buf_init(&text, 4096);
    CHECK_INT(log_open(&log, NULL, dir, "0123456789abcdef", &config, &err), 0);
    write_text(&log, true, "<&>\n");
    log_close(&log);
    CHECK_INT(file_read_at(dir, "0123456789abcdef" LOG_JSON_SUFFIX, &text, &err), 0);
    CHECK(text_starts(
        buf_get(&text),
        "{\"log\":\"\\u003c\\u0026\\u003e\\n\",\"stream\":\"stderr\",\"attrs\":{\"X\":"
        "\"y=z\",\"a\":\"1\",\"b\":\"\\\"\",\"tag\":\"web/0123456789ab\"},\"time\":\"20"));
    CHECK(text_ends(buf_get(&text), "Z\"}\n"));
    test_scratch_remove(path);
}

TEST(log_settings_that_cannot_be_are_refused_in_dockers_words)
{
    static const struct {
        const char *driver, *key, *value, *words;
    } rows[] = {
        {"nope", NULL, NULL, "logger: no log driver named 'nope' is registered"},
        {"json-file", "foo", "1", "unknown log opt 'foo' for json-file log driver"},
        {"local", "foo", "1", "unknown log opt 'foo' for log driver local"},
        {"journald", "max-size", "1m", "unknown log opt 'max-size' for journald log driver"},
        {"json-file", "max-file", "0", "max-file cannot be less than 1"},
        {"local", "max-size", "0", "max-size must be a positive number"},
        {"local", "max-size", "ten", "no size"},
        {"json-file", "compress", "true", "compress cannot be true when max-file is less than 2"},
        {"local", "compress", "perhaps", "neither true nor false"},
        {"local", "mode", "fast", "logger: logging mode not supported: fast"},
        {"local", "max-buffer-size", "1m", "only supported with 'mode=non-blocking'"},
        {"local", "tag", "{{.Nope}}", "invalid tag"},
        {"local", "labels-regex", "(", "no regular expression"},
        {"syslog", "syslog-facility", "nope", "invalid syslog facility"},
        {"syslog", "syslog-format", "nope", "invalid syslog format"},
        {"syslog", "syslog-address", "tcp+tls://h:1", "TLS"},
        {"syslog", "syslog-address", "udp://:99999", "proto://address"},
        {"syslog", "syslog-address", "udp://no-such-host.invalid:1", "no host"},
        {"gelf", NULL, NULL, "gelf-address is a required parameter"},
        {"gelf", "gelf-compression-type", "zlib", "not supported"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct json_pair option = {rows[i].key, rows[i].value};
        const struct monitor_log config = {
            .driver = rows[i].driver, .options = &option, .n_options = rows[i].key != NULL};
        struct log_settings settings;
        CHECK(log_settings_read(&arena, &config, "id", &settings, &err) < 0);
        CHECK_INT(err.kind, ERR_INVALID);
        CHECK_HAS(err.text, rows[i].words);
    }
}

TEST(log_settings_have_dockers_defaults_and_units)
{
    static const struct {
        const char *driver, *key, *value;
        uint64_t max_bytes;
        uint32_t max_files;
    } rows[] = {
        {NULL, NULL, NULL, UINT64_C(20) << 20, 5},
        {"local", "max-size", "10m", UINT64_C(10) << 20, 5},
        {"json-file", NULL, NULL, 0, 1},
        {"json-file", "max-size", "10m", 10'000'000, 1},
        {"json-file", "max-size", "-1", 0, 1},
        {"json-file", "max-file", "3", 0, 3},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct json_pair option = {rows[i].key, rows[i].value};
        const struct monitor_log config = {
            .driver = rows[i].driver, .options = &option, .n_options = rows[i].key != NULL};
        struct log_settings settings;
        CHECK_INT(log_settings_read(&arena, &config, "id", &settings, &err), 0);
        CHECK_INT((intmax_t)settings.max_bytes, (intmax_t)rows[i].max_bytes);
        CHECK_INT(settings.max_files, rows[i].max_files);
    }
}
