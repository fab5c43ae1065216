// SPDX-License-Identifier: Apache-2.0
// reference.c — image names with docker's grammar and defaults.
//
//     [registry "/"] path component {"/" path component} [":" tag] ["@" digest]
//
// The part before the first slash is a registry when it has a dot or a colon or is "localhost";
// without one it is docker.io, and a single component is in its library/. Names are data that
// becomes part of file names and URLs later: nothing but this grammar passes (S-12).
#include "base/mem.h"
#include "base/str.h"
#include "image/image.h"

#include <ctype.h>
#include <string.h>

enum { NAME_MAX_BYTES = 255, TAG_MAX = 128 };
#define HUB     "docker.io"
#define LIBRARY "library/"

struct reference {
    struct str registry, path, tag, digest; // registry, tag and digest may be empty
    const char *library;                    // what goes before the path: LIBRARY or ""
};

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// [a-z0-9]+ with separators in between: one dot, one or two underscores, any number of dashes.
static bool is_component(struct str text)
{
    size_t i = 0;
    while (i < text.n) {
        size_t word = i;
        while (i < text.n && is_lower_or_digit(text.at[i]))
            i++;
        if (i == word)
            return false;
        if (i == text.n)
            return true;
        size_t separator = i;
        char c = text.at[i];
        while (i < text.n && text.at[i] == c)
            i++;
        size_t n = i - separator;
        if (!((c == '.' && n == 1) || (c == '_' && n <= 2) || c == '-'))
            return false;
    }
    return false; // empty, or ends with a separator
}

static bool is_path(struct str text)
{
    if (text.n == 0 || text.at[text.n - 1] == '/')
        return false;
    while (text.n != 0) {
        if (!is_component(str_cut(&text, '/')))
            return false;
    }
    return true;
}

static bool is_label(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (!isalnum((unsigned char)text.at[i]) && text.at[i] != '-')
            return false;
    }
    return text.n != 0 && text.at[0] != '-' && text.at[text.n - 1] != '-';
}

static bool is_host(struct str text)
{
    bool is_one = text.n != 0 && text.at[text.n - 1] != '.';
    while (is_one && text.n != 0)
        is_one = is_label(str_cut(&text, '.'));
    return is_one;
}

static bool is_v6_address(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (!isxdigit((unsigned char)text.at[i]) && text.at[i] != ':')
            return false;
    }
    return text.n != 0;
}

// A host name or IPv4 address, or [IPv6], with a port or without.
static bool is_registry(struct str text)
{
    bool is_v6 = str_starts(text, "[");
    const char *end = text.n != 0 ? memchr(text.at, is_v6 ? ']' : ':', text.n) : NULL;
    if (end == NULL)
        return !is_v6 && is_host(text);
    struct str host = {text.at + is_v6, (size_t)(end - text.at) - is_v6};
    struct str rest = {end + is_v6, text.n - (size_t)(end - text.at) - is_v6}; // ":5000"
    uint32_t port;
    if (rest.n != 0 &&
        (rest.at[0] != ':' || !str_to_u32((struct str){rest.at + 1, rest.n - 1}, &port) ||
         port > UINT16_MAX))
        return false;
    return is_v6 ? is_v6_address(host) : is_host(host);
}

static bool is_tag(struct str text)
{
    if (text.n == 0 || text.n > TAG_MAX || text.at[0] == '.' || text.at[0] == '-')
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.at[i];
        if (!isalnum((unsigned char)c) && c != '_' && c != '.' && c != '-')
            return false;
    }
    return true;
}

static bool is_digest(struct str text)
{
    if (!str_starts(text, "sha256:") || text.n != 7 + 64)
        return false;
    for (size_t i = 7; i < text.n; i++) {
        if (!is_lower_or_digit(text.at[i]) || text.at[i] > 'f')
            return false;
    }
    return true;
}

static const char *find_last(struct str text, char c)
{
    return text.n != 0 ? memrchr(text.at, c, text.n) : NULL;
}

static bool parse(const char *text, struct reference *out)
{
    struct str name = str_of(text);
    struct reference reference = {};
    const char *at = memchr(text, '@', name.n);
    if (at != NULL) {
        reference.digest = str_of(at + 1);
        name.n = (size_t)(at - text);
        if (!is_digest(reference.digest))
            return false;
    }
    const char *slash = find_last(name, '/'), *colon = find_last(name, ':');
    if (colon != NULL && (slash == NULL || colon > slash)) {
        reference.tag = (struct str){colon + 1, (size_t)(name.at + name.n - colon - 1)};
        name.n = (size_t)(colon - name.at);
        if (!is_tag(reference.tag))
            return false;
    }
    const char *first = name.n != 0 ? memchr(name.at, '/', name.n) : NULL;
    if (first != NULL) {
        struct str rest = name, head = str_cut(&rest, '/');
        if (memchr(head.at, '.', head.n) != NULL || memchr(head.at, ':', head.n) != NULL ||
            str_is(head, "localhost")) {
            reference.registry = head;
            name = rest;
            if (!is_registry(head))
                return false;
        }
    }
    reference.path = name;
    *out = reference;
    return is_path(name);
}

// What is left out means docker.io, and library/ there for a single component.
static void add_defaults(struct reference *reference)
{
    struct str *registry = &reference->registry;
    if (registry->n == 0 || str_is(*registry, "index.docker.io"))
        *registry = STR(HUB);
    bool is_single = memchr(reference->path.at, '/', reference->path.n) == NULL;
    reference->library = is_single && str_is(*registry, HUB) ? LIBRARY : "";
    if (reference->tag.n == 0 && reference->digest.n == 0)
        reference->tag = STR("latest");
}

static int read_reference(const char *text, struct reference *out, struct err *err)
{
    struct reference reference;
    if (!parse(text, &reference)) {
        bool has_upper = false;
        for (const char *c = text; *c != '\0' && *c != ':' && *c != '@'; c++)
            has_upper |= isupper((unsigned char)*c) != 0;
        const char *at = strchr(text, '@');
        if (at != NULL && text_starts(at + 1, "sha512:"))
            return digest_check(at + 1, err);
        return fail(err, ERR_INVALID, "invalid reference format%s: \"%.300s\"",
                    has_upper ? ": repository name must be lowercase" : "", text);
    }
    add_defaults(&reference);
    if (reference.registry.n + strlen(reference.library) + reference.path.n > NAME_MAX_BYTES)
        return fail(err, ERR_INVALID,
                    "invalid reference format: more than %d characters: \"%.300s\"", NAME_MAX_BYTES,
                    text);
    *out = reference;
    return 0;
}

int image_reference_parse(struct arena *arena, const char *text, struct image_reference *out,
                          struct err *err)
{
    struct reference it = {.library = "", .path = STR("")};
    if (read_reference(text, &it, err) < 0)
        return -1;
    *out = (struct image_reference){
        .registry = arena_strndup(arena, it.registry.at, it.registry.n),
        .path = arena_printf(arena, "%s%.*s", it.library, (int)it.path.n, it.path.at),
        .tag = it.tag.n != 0 ? arena_strndup(arena, it.tag.at, it.tag.n) : NULL,
        .digest = it.digest.n != 0 ? arena_strndup(arena, it.digest.at, it.digest.n) : NULL,
    };
    return 0;
}

const char *image_reference_full(struct arena *arena, const char *text, struct err *err)
{
    struct image_reference it;
    if (image_reference_parse(arena, text, &it, err) < 0)
        return NULL;
    // The tag beside a digest says nothing.
    return arena_printf(arena, "%s/%s%c%s", it.registry, it.path, it.digest != NULL ? '@' : ':',
                        it.digest != NULL ? it.digest : it.tag);
}

const char *image_reference_familiar(struct arena *arena, const char *full)
{
    static const char *const defaults[] = {HUB "/" LIBRARY, HUB "/"};
    struct err ignored;
    for (size_t i = 0; i < N_ELEMENTS(defaults); i++) {
        if (!text_starts(full, defaults[i]))
            continue;
        // Not where the rest would mean another: of docker.io/library/a/b, docker.io/a.b/c.
        const char *rest = full + strlen(defaults[i]);
        if (text_equal(image_reference_full(arena, rest, &ignored), full))
            return arena_strdup(arena, rest);
    }
    return arena_strdup(arena, full);
}

const char *image_reference_repository(struct arena *arena, const char *full)
{
    size_t n = strcspn(full, "@");
    struct str name = {full, n};
    const char *slash = find_last(name, '/'), *colon = find_last(name, ':');
    if (colon != NULL && (slash == NULL || colon > slash))
        n = (size_t)(colon - full);
    return arena_strndup(arena, full, n);
}
