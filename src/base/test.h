// SPDX-License-Identifier: Apache-2.0
// test.h — unit tests as plain functions beside the code, run by cmocka and reported in TAP.
//
//     TEST(err_prefix_is_prepended) { ...; CHECK_STR(err.text, "pull alpine: no such image"); }
//
// Tests register themselves through a linker section; there is no list to keep. `NAME_test PATTERN`
// runs those whose name contains PATTERN.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off: cmocka.h needs the four above
#include <cmocka.h>
// clang-format on
#undef fail // ours is in base/err.h

struct test {
    const char *name;
    void (*run)(void);
};

#define TEST(test_name)                                                                            \
    static void test_name(void);                                                                   \
    static const struct test test_##test_name                                                      \
        __attribute__((used, section("tests"), aligned(sizeof(void *)))) = {#test_name,            \
                                                                            test_name};            \
    static void test_name(void)

#define CHECK(condition)     _assert_true((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define CHECK_INT(got, want) test_check_int((got), (want), #got, __FILE__, __LINE__)
#define CHECK_STR(got, want) test_check_str((got), (want), #got, __FILE__, __LINE__)
// The text contains the other.
#define CHECK_HAS(got, part) test_check_has((got), (part), #got, __FILE__, __LINE__)

void test_check_int(intmax_t got, intmax_t want, const char *what, const char *file, int line);
void test_check_str(const char *got, const char *want, const char *what, const char *file,
                    int line);
void test_check_has(const char *got, const char *part, const char *what, const char *file,
                    int line);

// What cannot be undone (limits, filters, namespaces, users) is tested in a forked child: a
// function that EXPECTs and at last returns true. CHECK_IN_CHILD fails unless it did; a fatal
// signal is 1000 and its number.
#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return test_unexpected(#condition, __FILE__, __LINE__);                                \
    } while (false)
#define CHECK_IN_CHILD(run) CHECK_INT(test_in_child(run), 0)

// A directory of the test's own: its fd. The path goes into `path`, for test_scratch_remove, which
// takes all that is in it along.
enum { TEST_SCRATCH_MAX = 32 };
int test_scratch_make(char path[TEST_SCRATCH_MAX]);
void test_scratch_remove(const char *path);
// A file in it with the directories on the way, and what a file of it holds (until the next call;
// "" when it is not there).
void test_scratch_put(const char *scratch, const char *name, const char *text);
const char *test_scratch_get(const char *scratch, const char *name);

bool test_unexpected(const char *condition, const char *file, int line);
int test_in_child(bool (*run)(void));

// Ends the test as skipped, and says why.
#define TEST_SKIP(reason)                                                                          \
    do {                                                                                           \
        print_message("# skipped: %s\n", (reason));                                                \
        skip();                                                                                    \
    } while (false)
