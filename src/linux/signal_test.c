// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "linux/signal.h"

#include <signal.h>

TEST(signal_is_read_in_every_spelling_users_have)
{
    static const struct {
        const char *text;
        int number;
    } cases[] = {
        {"SIGTERM", 15},  {"TERM", 15},       {"term", 15},      {"sigterm", 15},
        {"15", 15},       {"9", 9},           {"KILL", 9},       {"HUP", 1},
        {"SIGCLD", 17},   {"IOT", 6},         {"POLL", 29},      {"IO", 29},
        {"RTMIN", 34},    {"RTMIN+0", 34},    {"RTMIN+3", 37},   {"SIGRTMIN+30", 64},
        {"SIGRTMAX", 64}, {"SIGRTMAX-1", 63}, {"rtmax-30", 34},  {"64", 64},
        {"32", 32},       {"WINCH", 28},      {"SIGSTKFLT", 16},
    };
    struct err err;
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        int number = 0;
        CHECK_INT(signal_parse(cases[i].text, &number, &err), 0);
        CHECK_INT(number, cases[i].number);
    }
}

TEST(signal_refuses_all_else_and_says_what_it_wants)
{
    static const char *const bad[] = {"",
                                      "0",
                                      "65",
                                      "-1",
                                      "SIG",
                                      "SIG15",
                                      "TERM ",
                                      " TERM",
                                      "SIGSIGTERM",
                                      "RTMIN+31",
                                      "RTMAX-31",
                                      "RTMIN-1",
                                      "RTMAX+1",
                                      "RTMIN+",
                                      "15x",
                                      "SIGFOO",
                                      "RTMIN+4294967296",
                                      "a-very-long-text-that-is-no-signal"};
    struct err err;
    int untouched = 7;
    for (size_t i = 0; i < N_ELEMENTS(bad); i++)
        CHECK_INT(signal_parse(bad[i], &untouched, &err), -1);
    CHECK_INT(untouched, 7);
    CHECK_INT(signal_parse("SIGFOO", &untouched, &err), -1);
    CHECK_STR(err.text, "invalid signal: SIGFOO");
}

TEST(signal_names_lead_back_to_their_numbers)
{
    struct err err;
    for (int i = 1; i <= 64; i++) {
        int number = 0;
        if (i == 32 || i == 33) // glibc's own
            continue;
        CHECK(signal_name(i) != NULL);
        CHECK_INT(signal_parse(signal_name(i), &number, &err), 0);
        CHECK_INT(number, i);
    }
    CHECK(signal_name(0) == NULL && signal_name(32) == NULL && signal_name(65) == NULL &&
          signal_name(-1) == NULL);
}
