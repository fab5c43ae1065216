// SPDX-License-Identifier: Apache-2.0
// url.c — RFC 3986, the part of it that registries use, and nothing that could mean two things.
#include "registry/url.h"

#include "base/buf.h"
#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { PORT_HTTP = 80, PORT_HTTPS = 443, HOST_MAX = 253 };

static bool is_clean(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if (*at <= ' ' || *at >= 0x7f || *at == '\\')
            return false;
    return true;
}

static int fail_url(struct err *err, const char *text, const char *why)
{
    struct str shown = {text, strcspn(text, "?#")};
    for (size_t i = 0; i < shown.n; i++)
        if (shown.at[i] < ' ' || shown.at[i] >= 0x7f)
            shown.n = i;
    return fail(err, ERR_INVALID, "%.*s: %s", shown.n > 200 ? 200 : (int)shown.n, shown.at, why);
}

static bool is_host(struct str host, bool is_ipv6)
{
    if (host.n == 0 || host.n > HOST_MAX || host.at[0] == '-' || host.at[0] == '.')
        return false;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.at[i];
        bool is_right = is_ipv6 ? isxdigit(c) || c == ':' || c == '.'
                                : isalnum(c) || c == '.' || c == '-' || c == '_';
        if (!is_right)
            return false;
    }
    return true;
}

// "HOST[:PORT]" or "[IPV6][:PORT]".
static int read_authority(struct arena *arena, struct str text, struct url *url)
{
    bool is_ipv6 = text.n != 0 && text.at[0] == '[';
    if (is_ipv6 && memchr(text.at, ']', text.n) == NULL)
        return -1;
    struct str rest = {text.at + is_ipv6, text.n - is_ipv6};
    struct str host = str_cut(&rest, is_ipv6 ? ']' : ':');
    if (is_ipv6 && rest.n != 0) {
        if (rest.at[0] != ':')
            return -1;
        rest = (struct str){rest.at + 1, rest.n - 1};
    }
    uint32_t port = url->is_tls ? PORT_HTTPS : PORT_HTTP;
    if (!is_host(host, is_ipv6) ||
        (rest.n != 0 && (!str_to_u32(rest, &port) || port == 0 || port > UINT16_MAX)))
        return -1;
    char *small = arena_strndup(arena, host.at, host.n);
    for (char *at = small; *at != '\0'; at++)
        *at = (char)tolower(*at);
    url->host = small;
    url->port = (uint16_t)port;
    return 0;
}

static const char *read_target(struct arena *arena, const char *text)
{
    size_t n = strcspn(text, "#");
    return *text == '/' ? arena_strndup(arena, text, n)
                        : arena_printf(arena, "/%.*s", (int)n, text);
}

int url_parse(struct arena *arena, const char *text, struct url *out, struct err *err)
{
    static const char https[] = "https://", http[] = "http://";
    if (strlen(text) > URL_MAX)
        return fail_url(err, text, "too long a URL");
    if (!is_clean(text))
        return fail_url(err, text, "not a URL: it has blanks or control characters");
    struct url url = {.is_tls = strncasecmp(text, https, strlen(https)) == 0};
    if (!url.is_tls && strncasecmp(text, http, strlen(http)) != 0)
        return fail_url(err, text, "not a URL with http:// or https://");
    const char *at = text + strlen(url.is_tls ? https : http);
    struct str authority = {at, strcspn(at, "/?#")};
    if (memchr(authority.at, '@', authority.n) != NULL)
        return fail(err, ERR_INVALID, "a URL with a user name in it is refused");
    if (read_authority(arena, authority, &url) < 0)
        return fail_url(err, text, "not a URL: wrong host or port");
    url.target = read_target(arena, at + authority.n);
    *out = url;
    return 0;
}

// RFC 3986 §5.2.4 on the path, the query stays as it is.
static const char *without_dots(struct arena *arena, const char *target)
{
    size_t n_path = strcspn(target, "?");
    char *out = arena_alloc(arena, strlen(target) + 2);
    size_t n = 0;
    for (struct str rest = {target + 1, n_path - 1}, part;;) {
        bool is_last = memchr(rest.at, '/', rest.n) == NULL;
        part = str_cut(&rest, '/');
        bool is_up = str_is(part, "..");
        while (is_up && n != 0 && out[--n] != '/')
            continue;
        if (!is_up && !str_is(part, ".")) {
            out[n++] = '/';
            memcpy(out + n, part.at, part.n);
            n += part.n;
        } else if (is_last) {
            out[n++] = '/';
        }
        if (is_last)
            break;
    }
    memcpy(out + n, target + n_path, strlen(target + n_path) + 1);
    return out;
}

int url_join(struct arena *arena, const struct url *base, const char *reference, struct url *out,
             struct err *err)
{
    if (strlen(reference) > URL_MAX || !is_clean(reference))
        return fail_url(err, reference, "not a URL: too long, or with blanks in it");
    // A scheme: letters before a ':' that comes before any other delimiter.
    size_t n_scheme = strcspn(reference, ":/?#");
    if (reference[n_scheme] == ':')
        return url_parse(arena, reference, out, err);
    if (text_starts(reference, "//"))
        return url_parse(arena,
                         arena_printf(arena, "%s:%s", base->is_tls ? "https" : "http", reference),
                         out, err);
    struct url url = *base;
    const char *from = *base->target == '/' ? base->target : "/"; // an endpoint's prefix may be ""
    int n_path = (int)strcspn(from, "?");
    if (*reference == '\0' || *reference == '#') {
        url.target = from;
    } else if (*reference == '/') {
        url.target = read_target(arena, reference);
    } else {
        while (*reference != '?' && from[n_path - 1] != '/')
            n_path--;
        url.target = read_target(arena, arena_printf(arena, "%.*s%s", n_path, from, reference));
    }
    url.target = without_dots(arena, url.target);
    *out = url;
    return 0;
}

bool url_same_origin(const struct url *a, const struct url *b)
{
    return a->is_tls == b->is_tls && a->port == b->port && strcmp(a->host, b->host) == 0;
}

const char *url_authority(struct arena *arena, const struct url *url)
{
    const char *host =
        strchr(url->host, ':') != NULL ? arena_printf(arena, "[%s]", url->host) : url->host;
    bool is_usual = url->port == (url->is_tls ? PORT_HTTPS : PORT_HTTP);
    return is_usual ? host : arena_printf(arena, "%s:%u", host, url->port);
}

const char *url_text(struct arena *arena, const struct url *url)
{
    return arena_printf(arena, "%s://%s%s", url->is_tls ? "https" : "http",
                        url_authority(arena, url), url->target);
}

const char *url_shown(struct arena *arena, const struct url *url)
{
    return arena_printf(arena, "%s://%s%.*s", url->is_tls ? "https" : "http",
                        url_authority(arena, url), (int)strcspn(url->target, "?"), url->target);
}

const char *url_add_query(struct arena *arena, const char *target, const char *name,
                          const char *value)
{
    AUTO_BUF struct buf out;
    buf_init(&out, 4L * URL_MAX);
    const char *query = strchr(target, '?');
    bool is_joined = query != NULL && query[1] != '\0' && !text_ends(target, "&");
    buf_printf(&out, "%s%s%s=", target, query == NULL ? "?" : is_joined ? "&" : "", name);
    for (; *value != '\0'; value++) {
        if (isalnum((unsigned char)*value) || strchr("-._~", *value) != NULL)
            buf_char(&out, *value);
        else
            buf_printf(&out, "%%%02X", (unsigned char)*value);
    }
    return arena_strdup(arena, buf_get(&out));
}
