// SPDX-License-Identifier: Apache-2.0
// main.c — the main of every unit test program: hands the registered tests to cmocka.
#include "base/test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern const struct test __start_tests[] __attribute__((weak));
extern const struct test __stop_tests[] __attribute__((weak));

void test_check_int(intmax_t got, intmax_t want, const char *what, const char *file, int line)
{
    if (got == want)
        return;
    print_error("%s:%d: %s is %jd, want %jd\n", file, line, what, got, want);
    _fail(file, line);
}

void test_check_str(const char *got, const char *want, const char *what, const char *file, int line)
{
    if (got == want || (got != NULL && want != NULL && strcmp(got, want) == 0))
        return;
    print_error("%s:%d: %s is \"%s\",\n   want \"%s\"\n", file, line, what, got ? got : "(null)",
                want ? want : "(null)");
    _fail(file, line);
}

void test_check_has(const char *got, const char *part, const char *what, const char *file, int line)
{
    if (got != NULL && strstr(got, part) != NULL)
        return;
    print_error("%s:%d: %s is \"%s\",\n   which lacks \"%s\"\n", file, line, what,
                got ? got : "(null)", part);
    _fail(file, line);
}

int test_scratch_make(char path[TEST_SCRATCH_MAX])
{
    (void)snprintf(path, TEST_SCRATCH_MAX, "/tmp/dhow-unit.XXXXXX");
    int fd = mkdtemp(path) != NULL ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    CHECK(fd >= 0);
    return fd;
}

static int remove_entry(const char *path, const struct stat *, int, struct FTW *)
{
    return remove(path);
}

void test_scratch_remove(const char *path)
{
    CHECK_INT(nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void test_scratch_put(const char *scratch, const char *name, const char *text)
{
    char path[PATH_MAX];
    CHECK(snprintf(path, sizeof path, "%s/%s", scratch, name) < PATH_MAX);
    for (char *at = strchr(path + strlen(scratch) + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(path, 0755); // it may be there
        *at = '/';
    }
    FILE *file = fopen(path, "we");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

const char *test_scratch_get(const char *scratch, const char *name)
{
    static char text[4096];
    char path[PATH_MAX];
    CHECK(snprintf(path, sizeof path, "%s/%s", scratch, name) < PATH_MAX);
    FILE *file = fopen(path, "re");
    size_t n = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    text[n] = '\0';
    if (file != NULL)
        (void)fclose(file);
    return text;
}

bool test_unexpected(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: in the child: %s (errno %d, %s)\n", file, line, condition, errno,
            strerror(errno));
    return false;
}

int test_in_child(bool (*run)(void))
{
    pid_t child = fork();
    if (child == 0)
        _exit(run() ? 0 : 1);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return -1;
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void run_one(void **state)
{
    const struct test *test = *state;
    test->run();
}

int main(int argc, char **argv)
{
    size_t n = (size_t)(__stop_tests - __start_tests), chosen = 0;
    struct CMUnitTest *tests = calloc(n + 1, sizeof *tests);
    if (tests == NULL)
        return 2;
    for (size_t i = 0; i < n; i++) {
        if (argc > 1 && strstr(__start_tests[i].name, argv[1]) == NULL)
            continue;
        tests[chosen++] = (struct CMUnitTest){__start_tests[i].name, run_one, NULL, NULL,
                                              (void *)&__start_tests[i]};
    }
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = _cmocka_run_group_tests("unit", tests, chosen, NULL, NULL);
    free(tests);
    return failed != 0;
}
