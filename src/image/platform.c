// SPDX-License-Identifier: Apache-2.0
// platform.c — platforms as containerd reads, compares and prefers them.
//
// A wish is turned into a list, the best first, of what the machine can run; a candidate's rank is
// where it stands in that list.
#include "image/platform.h"

#include "base/mem.h"
#include "base/str.h"
#include "image/level.h"
#include "json/bind.h"

#include <ctype.h>
#include <string.h>
#include <sys/utsname.h>

enum { WORD_MAX = 64, PREFERENCES_MAX = 40, AMD64_LEVELS = 4 };

const struct json_field platform_fields[] = {
    JSON_FIELD(struct platform, architecture, JSON_OPTIONAL),
    JSON_FIELD(struct platform, os, JSON_OPTIONAL),
    JSON_NAMED(struct platform, os_version, "os.version", JSON_OPTIONAL),
    JSON_ARRAY_NAMED(struct platform, os_features, "os.features", JSON_OPTIONAL),
    JSON_FIELD(struct platform, variant, JSON_OPTIONAL),
    {},
};

// What is compared: an architecture and a variant in their one form, "" for none.
struct machine {
    const char *architecture, *variant;
};

static const struct {
    const char *name, *variant; // as written; a variant of NULL stands for any
    struct machine is;          // a variant of NULL: as written
} spellings[] = {
    {"x86_64", NULL, {"amd64", NULL}},
    {"x86-64", NULL, {"amd64", NULL}},
    {"amd64", "v1", {"amd64", ""}},
    {"i386", NULL, {"386", ""}},
    {"i686", NULL, {"386", ""}},
    {"aarch64", "8", {"arm64", ""}},
    {"aarch64", "v8", {"arm64", ""}},
    {"aarch64", NULL, {"arm64", NULL}},
    {"arm64", "8", {"arm64", ""}},
    {"arm64", "v8", {"arm64", ""}},
    {"arm64", "v8.0", {"arm64", ""}},
    {"armhf", NULL, {"arm", "v7"}},
    {"armv7l", NULL, {"arm", "v7"}},
    {"armv6l", NULL, {"arm", "v6"}},
    {"armel", NULL, {"arm", "v6"}},
    {"arm", "", {"arm", "v7"}},
    {"arm", "5", {"arm", "v5"}},
    {"arm", "6", {"arm", "v6"}},
    {"arm", "7", {"arm", "v7"}},
    {"arm", "8", {"arm", "v8"}},
    {"loongarch64", NULL, {"loong64", NULL}},
};

static struct machine normal(const char *architecture, const char *variant)
{
    struct machine given = {architecture != NULL ? architecture : "",
                            variant != NULL ? variant : ""};
    if (strcasecmp(given.architecture, "x86_64") == 0 && strcmp(given.variant, "v1") == 0)
        return (struct machine){"amd64", ""};
    for (size_t i = 0; i < N_ELEMENTS(spellings); i++) {
        if (strcasecmp(spellings[i].name, given.architecture) != 0 ||
            (spellings[i].variant != NULL && strcasecmp(spellings[i].variant, given.variant) != 0))
            continue;
        struct machine is = spellings[i].is;
        return (struct machine){is.architecture, is.variant != NULL ? is.variant : given.variant};
    }
    return given;
}

// --- reading

static bool is_word(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.at[i];
        if (!isalnum((unsigned char)c) && c != '_' && c != '.' && c != '-')
            return false;
    }
    return text.n != 0 && text.n <= WORD_MAX && isalnum((unsigned char)text.at[0]);
}

static bool is_os(struct str text)
{
    static const char *const names[] = {"linux", "windows", "freebsd", "darwin",
                                        "wasi",  "unknown", "illumos", "netbsd"};
    for (size_t i = 0; i < N_ELEMENTS(names); i++) {
        if (str_is(text, names[i]))
            return true;
    }
    return false;
}

int platform_parse(struct arena *arena, const char *text, struct platform *out, struct err *err)
{
    struct str rest = str_of(text), parts[3];
    size_t n = 0;
    bool is_good = rest.n != 0;
    while (is_good && rest.n != 0) {
        is_good = n < N_ELEMENTS(parts) && rest.at[rest.n - 1] != '/';
        if (is_good) {
            parts[n] = str_cut(&rest, '/');
            is_good = is_word(parts[n++]);
        }
    }
    if (!is_good)
        return fail(err, ERR_INVALID,
                    "invalid platform \"%.100s\": want OS[/ARCHITECTURE[/VARIANT]], such as "
                    "linux/arm64",
                    text);
    struct platform host;
    platform_host(arena, &host);
    bool has_os = n > 1 || is_os(parts[0]);
    struct platform platform = {.os = host.os};
    if (has_os)
        platform.os = arena_strndup(arena, parts[0].at, parts[0].n);
    struct str *more = parts + has_os;
    n -= has_os;
    if (n == 0) {
        platform.architecture = host.architecture;
        platform.variant = host.variant;
    } else {
        const char *variant = n > 1 ? arena_strndup(arena, more[1].at, more[1].n) : NULL;
        struct machine is = normal(arena_strndup(arena, more[0].at, more[0].n), variant);
        platform.architecture = is.architecture;
        platform.variant = *is.variant != '\0' ? is.variant : NULL;
    }
    *out = platform;
    return 0;
}

const char *platform_print(struct arena *arena, const struct platform *platform)
{
    const char *os = platform->os, *architecture = platform->architecture;
    bool has_variant = !text_is_empty(platform->variant);
    return arena_printf(arena, "%s/%s%s%s", text_is_empty(os) ? "unknown" : os,
                        text_is_empty(architecture) ? "unknown" : architecture,
                        has_variant ? "/" : "", has_variant ? platform->variant : "");
}

void platform_host(struct arena *arena, struct platform *out)
{
    struct utsname system;
    *out = (struct platform){.os = "linux", .architecture = "amd64"};
    if (uname(&system) < 0)
        return; // it cannot fail with a good pointer
    struct machine is = normal(arena_strdup(arena, system.machine), NULL);
    out->architecture = is.architecture;
    out->variant = *is.variant != '\0' ? is.variant : NULL;
}

// --- choosing

struct preferences {
    struct machine at[PREFERENCES_MAX];
    size_t n;
};

static void prefer(struct preferences *list, const char *architecture, const char *variant)
{
    if (list->n < PREFERENCES_MAX)
        list->at[list->n++] = (struct machine){architecture, variant};
}

static const char *const arm_variants[] = {"v8", "v7", "v6", "v5"};
static const char *const amd64_variants[AMD64_LEVELS] = {"v4", "v3", "v2", ""};
// What each version of the one line can run of the other: 9.x is 8.(x+5) and more.
static const char *const arm64_variants[] = {"v9.5", "v9.4", "v9.3", "v9.2", "v9.1", "v9",
                                             "v8.9", "v8.8", "v8.7", "v8.6", "v8.5", "v8.4",
                                             "v8.3", "v8.2", "v8.1", ""};

// Those of the list that stand behind `variant`.
static void prefer_lower(struct preferences *list, const char *architecture, const char *variant,
                         const char *const *variants, size_t n)
{
    size_t i = 0;
    while (i < n && strcmp(variants[i], variant) != 0)
        i++;
    for (i++; i < n; i++)
        prefer(list, architecture, variants[i]);
}

static void prefer_amd64(struct preferences *list, const char *variant)
{
    prefer_lower(list, "amd64", variant, amd64_variants, N_ELEMENTS(amd64_variants));
    // Nobody asked for a level: an image that needs one is better than none, on a machine that has
    // it. docker, which does not look, would refuse it.
    int highest = *variant == '\0' ? level_of_amd64() : 1;
    for (int level = 2; level <= highest && level <= AMD64_LEVELS; level++)
        prefer(list, "amd64", amd64_variants[AMD64_LEVELS - level]);
    prefer(list, "386", "");
}

static void prefer_arm(struct preferences *list, const char *variant)
{
    prefer_lower(list, "arm", variant, arm_variants, N_ELEMENTS(arm_variants));
}

static void prefer_arm64(struct preferences *list, const char *variant)
{
    prefer_lower(list, "arm64", variant, arm64_variants, N_ELEMENTS(arm64_variants));
    prefer(list, "arm", "v8");
    prefer_arm(list, "v8");
}

static struct preferences preferences_of(const struct platform *want)
{
    static const struct {
        const char *architecture;
        void (*add)(struct preferences *, const char *variant);
    } families[] = {{"amd64", prefer_amd64}, {"arm", prefer_arm}, {"arm64", prefer_arm64}};
    struct machine is = normal(want->architecture, want->variant);
    struct preferences list = {};
    prefer(&list, is.architecture, is.variant);
    for (size_t i = 0; i < N_ELEMENTS(families); i++) {
        if (strcmp(families[i].architecture, is.architecture) == 0)
            families[i].add(&list, is.variant);
    }
    return list;
}

static int rank_in(const struct preferences *list, const struct platform *want,
                   const struct platform *candidate)
{
    const char *os = candidate->os != NULL ? candidate->os : "";
    if (strcasecmp(os, want->os != NULL ? want->os : "linux") != 0)
        return -1;
    struct machine is = normal(candidate->architecture, candidate->variant);
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->at[i].architecture, is.architecture) == 0 &&
            strcasecmp(list->at[i].variant, is.variant) == 0)
            return (int)i;
    }
    return -1;
}

int platform_rank(const struct platform *want, const struct platform *candidate)
{
    struct preferences list = preferences_of(want);
    return rank_in(&list, want, candidate);
}

ssize_t platform_best(const struct platform *want, const struct platform *candidates, size_t n)
{
    struct preferences list = preferences_of(want);
    ssize_t best = -1;
    int best_rank = PREFERENCES_MAX;
    for (size_t i = 0; i < n; i++) {
        int rank = rank_in(&list, want, &candidates[i]);
        if (rank >= 0 && rank < best_rank) {
            best = (ssize_t)i;
            best_rank = rank;
        }
    }
    return best;
}
