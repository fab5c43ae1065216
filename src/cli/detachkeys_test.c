// SPDX-License-Identifier: Apache-2.0
// detachkeys_test.c — which keys detach, and what of the others reaches the container.
#include "base/mem.h"
#include "base/test.h"
#include "cli/detachkeys.h"

#include <string.h>

static struct err err;

TEST(detach_keys_have_dockers_grammar)
{
    static const struct {
        const char *text, *bytes;
        size_t n;
    } rows[] = {
        {NULL, "\x10\x11", 2},
        {"", "\x10\x11", 2},
        {"ctrl-p,ctrl-q", "\x10\x11", 2},
        {"a", "a", 1},
        {"ctrl-@", "\0", 1},
        {"ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_", "\x1b\x1c\x1d\x1e\x1f", 5},
        {"x,DEL,y", "x\x7fy", 3},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct detach_keys keys;
        CHECK_INT(detach_keys_parse(rows[i].text, &keys, &err), 0);
        CHECK_INT((intmax_t)keys.n, (intmax_t)rows[i].n);
        CHECK(memcmp(keys.at, rows[i].bytes, rows[i].n) == 0);
    }
}

TEST(detach_keys_that_cannot_be_are_refused)
{
    static const char *const rows[] = {"ctrl-",
                                       "ctrl-1",
                                       "ctrl-A",
                                       "ab",
                                       ",",
                                       "a,",
                                       ",a",
                                       "del",
                                       "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,"
                                       "a,a,a,a"};
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct detach_keys keys;
        CHECK(detach_keys_parse(rows[i], &keys, &err) < 0);
        CHECK_HAS(err.text, "Invalid detach keys (");
    }
}

// Types `pieces` with | between reads; "!" at the end of what was sent: detached.
static const char *typed(const char *keys_text, const char *pieces)
{
    static char sent[256];
    struct detach_keys keys;
    size_t n = 0;
    CHECK_INT(detach_keys_parse(keys_text, &keys, &err), 0);
    while (*pieces != '\0') {
        size_t length = strcspn(pieces, "|");
        long got = detach_keys_filter(&keys, pieces, length, sent + n);
        n += (size_t)(got < 0 ? -1 - got : got);
        if (got < 0) {
            sent[n++] = '!';
            break;
        }
        pieces += length + (pieces[length] == '|');
    }
    sent[n] = '\0';
    return sent;
}

TEST(detach_keys_are_found_across_reads_and_nothing_else_is_lost)
{
    static const struct {
        const char *keys, *typed, *sent;
    } rows[] = {
        {"a,b", "xyz", "xyz"},       {"a,b", "xab", "x!"},     {"a,b", "xa|b", "x!"},
        {"a,b", "xa|c", "xac"},      {"a,b", "aab", "a!"},     {"a,b", "a|a|b", "a!"},
        {"a,b", "xa", "x"},          {"a", "xya", "xy!"},      {"a,b,c", "ab|abc", "ab!"},
        {"a,b,c", "abxabc", "abx!"}, {"a,a", "a|xa|a", "ax!"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++)
        CHECK_STR(typed(rows[i].keys, rows[i].typed), rows[i].sent);
}
