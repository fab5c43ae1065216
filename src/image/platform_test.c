// SPDX-License-Identifier: Apache-2.0
// platform_test.c — platforms are read, printed and preferred as containerd does.
#include "base/mem.h"
#include "base/test.h"
#include "image/platform.h"

#include <string.h>

static struct arena arena;
static struct err err;

TEST(platforms_are_read_in_all_their_spellings)
{
    static const struct {
        const char *text, *is;
    } rows[] = {
        {"linux/arm64/v8", "linux/arm64"},
        {"linux/arm64", "linux/arm64"},
        {"linux/aarch64", "linux/arm64"},
        {"arm64", "linux/arm64"},
        {"linux/x86_64", "linux/amd64"},
        {"linux/amd64/v1", "linux/amd64"},
        {"linux/amd64/v3", "linux/amd64/v3"},
        {"linux/arm", "linux/arm/v7"},
        {"linux/arm/v6", "linux/arm/v6"},
        {"linux/arm/6", "linux/arm/v6"},
        {"linux/armhf", "linux/arm/v7"},
        {"linux/armel", "linux/arm/v6"},
        {"i386", "linux/386"},
        {"windows/amd64", "windows/amd64"},
        {"linux/s390x", "linux/s390x"},
        {"linux/riscv64", "linux/riscv64"},
        {"unknown/unknown", "unknown/unknown"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct platform platform;
        CHECK_INT(platform_parse(&arena, rows[i].text, &platform, &err), 0);
        CHECK_STR(platform_print(&arena, &platform), rows[i].is);
    }
    static const char *const bad[] = {"",        "/",         "linux/",  "linux//v8",
                                      "a/b/c/d", "linux/a b", "../../x", "linux/amd64/",
                                      "linux/\n"};
    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        struct platform platform;
        CHECK_INT(platform_parse(&arena, bad[i], &platform, &err), -1);
        CHECK_INT(err.kind, ERR_INVALID);
    }
    struct platform host, linux_only;
    platform_host(&arena, &host);
    CHECK_INT(platform_parse(&arena, "linux", &linux_only, &err), 0);
    CHECK_STR(platform_print(&arena, &linux_only), platform_print(&arena, &host));
    arena_done(&arena);
}

// candidates, blank-separated; the best is the one with a star
TEST(the_nearest_platform_that_runs_is_chosen)
{
    static const struct {
        const char *want;
        const char *candidates[6];
        int best;
    } rows[] = {
        {"linux/arm64", {"linux/amd64", "linux/arm/v7", "linux/arm64/v8"}, 2},
        {"linux/arm64", {"linux/amd64", "linux/arm/v6", "linux/arm/v7"}, 2},
        {"linux/arm64/v9", {"linux/arm64", "linux/arm64/v8.5", "linux/arm64/v9"}, 2},
        {"linux/arm64/v9", {"linux/arm64", "linux/arm64/v8.5"}, 1},
        {"linux/arm/v7", {"linux/arm/v5", "linux/arm/v6", "linux/arm64"}, 1},
        {"linux/arm/v6", {"linux/arm/v7", "linux/arm/v5"}, 1},
        {"linux/arm/v5", {"linux/arm/v6", "linux/arm/v7"}, -1},
        {"linux/amd64", {"linux/386", "linux/amd64"}, 1},
        {"linux/amd64", {"linux/arm64", "linux/386"}, 1},
        {"linux/amd64/v3", {"linux/amd64", "linux/amd64/v2", "linux/amd64/v4"}, 1},
        {"linux/amd64/v2", {"linux/amd64/v3"}, -1},
        {"linux/amd64", {"windows/amd64", "unknown/unknown"}, -1},
        {"linux/riscv64", {"linux/amd64"}, -1},
        {"linux/amd64", {"linux/amd64", "linux/amd64"}, 0},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct platform want, candidates[6];
        size_t n = 0;
        CHECK_INT(platform_parse(&arena, rows[i].want, &want, &err), 0);
        for (; rows[i].candidates[n] != NULL; n++)
            CHECK_INT(platform_parse(&arena, rows[i].candidates[n], &candidates[n], &err), 0);
        CHECK_INT(platform_best(&want, candidates, n), rows[i].best);
    }
    arena_done(&arena);
}

TEST(a_platform_that_says_nothing_serves_nobody)
{
    struct platform host, nothing = {};
    platform_host(&arena, &host);
    CHECK_INT(platform_rank(&host, &nothing), -1);
    CHECK_INT(platform_rank(&host, &host), 0);
    CHECK_STR(platform_print(&arena, &nothing), "unknown/unknown");
    arena_done(&arena);
}
