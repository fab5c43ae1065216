// SPDX-License-Identifier: Apache-2.0
#include "base/test.h"
#include "registry/fiber.h"

#include <string.h>

struct two {
    struct fibers fibers;
    struct fiber *first;
    char log[8];
    size_t n;
};

static void say(struct two *two, char letter)
{
    two->log[two->n++] = letter;
}

static void first(void *argument)
{
    struct two *two = argument;
    two->first = two->fibers.current;
    say(two, 'a');
    CHECK(fiber_pause(&two->fibers, INT64_MAX));
    say(two, 'c');
}

static void second(void *argument)
{
    struct two *two = argument;
    say(two, 'b');
    fiber_wake(two->first);
    CHECK(!fiber_pause(&two->fibers, 1)); // long ago
    say(two, 'd');
}

TEST(fibers_wait_for_each_other_and_end)
{
    struct two two = {};
    fiber_start(&two.fibers, first, &two);
    CHECK_INT(fibers_run(&two.fibers), INT64_MAX);
    CHECK_STR(two.log, "a");
    fiber_start(&two.fibers, second, &two);
    CHECK_INT(fibers_run(&two.fibers), INT64_MAX);
    CHECK_STR(two.log, "abcd");
    CHECK(two.fibers.first == NULL);
}

static void sleeper(void *argument)
{
    struct two *two = argument;
    CHECK(!fiber_pause(&two->fibers, INT64_MAX - 1) || two->log[0] == 'w');
}

TEST(who_sleeps_says_until_when)
{
    struct two two = {};
    fiber_start(&two.fibers, sleeper, &two);
    CHECK_INT(fibers_run(&two.fibers), INT64_MAX - 1);
    two.log[0] = 'w';
    fibers_wake_all(&two.fibers);
    CHECK_INT(fibers_run(&two.fibers), INT64_MAX);
    CHECK(two.fibers.first == NULL);
}
