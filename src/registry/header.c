// SPDX-License-Identifier: Apache-2.0
// header.c — small grammars, each with a cursor that only advances.
#include "registry/header.h"

#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct cursor {
    const char *at;
};

static void skip_blanks(struct cursor *in)
{
    while (*in->at == ' ' || *in->at == '\t')
        in->at++;
}

static bool take(struct cursor *in, char wanted)
{
    if (*in->at != wanted)
        return false;
    in->at++;
    return true;
}

// RFC 7230 §3.2.6.
static bool is_token_char(char c)
{
    return c != '\0' && (isalnum((unsigned char)c) || strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static struct str take_token(struct cursor *in)
{
    struct str token = {in->at, 0};
    while (is_token_char(*in->at))
        in->at++;
    token.n = (size_t)(in->at - token.at);
    return token;
}

// The text of a quoted string whose first quote is taken; NULL when it does not end.
static const char *take_quoted(struct arena *arena, struct cursor *in)
{
    char *text = arena_alloc(arena, strlen(in->at) + 1);
    size_t n = 0;
    while (*in->at != '"') {
        if (*in->at == '\\')
            in->at++;
        if (*in->at == '\0' || iscntrl((unsigned char)*in->at))
            return NULL;
        text[n++] = *in->at++;
    }
    in->at++;
    return text;
}

static const char *take_value(struct arena *arena, struct cursor *in)
{
    if (take(in, '"'))
        return take_quoted(arena, in);
    struct str token = take_token(in);
    return token.n == 0 ? NULL : arena_strndup(arena, token.at, token.n);
}

static bool is_word(struct str text, const char *word)
{
    return text.n == strlen(word) && strncasecmp(text.at, word, text.n) == 0;
}

// False: a parameter that counts is there twice.
static bool keep_parameter(struct challenge *challenge, struct str name, const char *value)
{
    const struct {
        const char *name;
        const char **to;
    } known[] = {{"realm", &challenge->realm},
                 {"service", &challenge->service},
                 {"scope", &challenge->scope},
                 {"error", &challenge->error}};
    for (size_t i = 0; i < N_ELEMENTS(known); i++) {
        if (!is_word(name, known[i].name))
            continue;
        if (*known[i].to != NULL)
            return false;
        *known[i].to = value;
    }
    return true;
}

// After a scheme: token68 (of Negotiate and its like) up to the next comma, or nothing.
static void skip_token68(struct cursor *in)
{
    const char *end = in->at + strspn(in->at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                              "0123456789-._~+/");
    end += strspn(end, "=");
    const char *after = end + strspn(end, " \t");
    if (*after == ',' || *after == '\0')
        in->at = after;
}

static struct challenge start_challenge(struct str scheme)
{
    return (struct challenge){.scheme = is_word(scheme, "basic")    ? CHALLENGE_BASIC
                                        : is_word(scheme, "bearer") ? CHALLENGE_BEARER
                                                                    : CHALLENGE_OTHER};
}

// One element of the list: a scheme, alone or with its first parameter, or one more parameter.
// False: neither.
static bool take_element(struct arena *arena, struct cursor *in,
                         struct challenge out[HEADER_CHALLENGES_MAX], int *n)
{
    struct str word = take_token(in);
    if (word.n == 0)
        return false;
    bool is_spaced = *in->at == ' ' || *in->at == '\t';
    skip_blanks(in);
    if (*in->at != '=') {
        if (*n == HEADER_CHALLENGES_MAX)
            return false;
        out[(*n)++] = start_challenge(word);
        if (*in->at == '\0' || *in->at == ',')
            return true;
        const char *before = in->at;
        if (out[*n - 1].scheme == CHALLENGE_OTHER)
            skip_token68(in);
        if (in->at != before)
            return true;
        word = take_token(in);
        skip_blanks(in);
    } else if (is_spaced && *n == 0) {
        return false;
    }
    if (word.n == 0 || *n == 0 || !take(in, '='))
        return false;
    skip_blanks(in);
    const char *value = take_value(arena, in);
    return value != NULL && keep_parameter(&out[*n - 1], word, value);
}

int challenges_parse(struct arena *arena, const char *value,
                     struct challenge out[HEADER_CHALLENGES_MAX])
{
    struct cursor in = {value};
    int n = 0;
    if (strlen(value) > HEADER_VALUE_MAX)
        return -1;
    for (int elements = 0; elements < HEADER_CHALLENGES_MAX * HEADER_PARAMETERS_MAX; elements++) {
        skip_blanks(&in);
        while (take(&in, ','))
            skip_blanks(&in);
        if (*in.at == '\0')
            return n;
        if (!take_element(arena, &in, out, &n))
            return -1;
        skip_blanks(&in);
        if (*in.at != ',' && *in.at != '\0')
            return -1;
    }
    return -1;
}

// The parameters of one link; true when rel is next. The cursor ends at ',' or at the end.
static bool take_link_parameters(struct arena *arena, struct cursor *in, bool *is_next)
{
    for (;;) {
        skip_blanks(in);
        if (!take(in, ';'))
            return *in->at == ',' || *in->at == '\0';
        skip_blanks(in);
        struct str name = take_token(in);
        skip_blanks(in);
        if (!take(in, '='))
            continue;
        skip_blanks(in);
        const char *value = take_value(arena, in);
        if (value == NULL)
            return false;
        if (is_word(name, "rel") && strcasecmp(value, "next") == 0)
            *is_next = true;
    }
}

const char *link_next(struct arena *arena, const char *value)
{
    struct cursor in = {value};
    if (strlen(value) > HEADER_LINK_MAX)
        return NULL;
    for (;;) {
        skip_blanks(&in);
        while (take(&in, ','))
            skip_blanks(&in);
        if (!take(&in, '<'))
            return NULL;
        const char *target = in.at;
        size_t n = strcspn(target, ">");
        bool is_next = false;
        in.at += n;
        if (!take(&in, '>') || !take_link_parameters(arena, &in, &is_next))
            return NULL;
        if (is_next)
            return arena_strndup(arena, target, n);
    }
}

bool content_range_parse(const char *value, uint64_t *first, uint64_t *last, uint64_t *total)
{
    if (strncasecmp(value, "bytes", 5) != 0)
        return false;
    struct str rest = str_trim(str_of(value + 5));
    struct str range = str_cut(&rest, '/');
    struct str from = str_cut(&range, '-');
    uint64_t a, b, n = UINT64_MAX;
    if (!str_to_u64(from, &a) || !str_to_u64(range, &b) || b < a ||
        (!str_is(rest, "*") && !str_to_u64(rest, &n)) || (n != UINT64_MAX && b >= n))
        return false;
    *first = a;
    *last = b;
    *total = n;
    return true;
}

bool upload_range_parse(const char *value, uint64_t *out_n)
{
    struct str rest = str_trim(str_of(value));
    if (str_starts(rest, "bytes="))
        rest = (struct str){rest.at + 6, rest.n - 6};
    struct str first = str_cut(&rest, '-');
    uint64_t from, last;
    if (!str_to_u64(first, &from) || from != 0 || !str_to_u64(rest, &last) || last == UINT64_MAX)
        return false;
    *out_n = last == 0 ? 0 : last + 1;
    return true;
}

bool retry_after_parse(const char *value, int64_t now_s, uint64_t *out_s)
{
    struct str text = str_trim(str_of(value));
    if (str_to_u64(text, out_s))
        return true;
    struct tm tm = {};
    const char *end = strptime(value, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    if (end == NULL || *end != '\0')
        return false;
    int64_t then = timegm(&tm);
    *out_s = then > now_s ? (uint64_t)(then - now_s) : 0;
    return true;
}

const char *warning_text(struct arena *arena, const char *value)
{
    struct cursor in = {value};
    skip_blanks(&in);
    if (!text_starts(in.at, "299 "))
        return NULL;
    in.at += 4;
    skip_blanks(&in);
    in.at += strcspn(in.at, " \t"); // the agent
    skip_blanks(&in);
    return take(&in, '"') ? take_quoted(arena, &in) : NULL;
}

const char *media_type_of(struct arena *arena, const char *value)
{
    struct str rest = str_of(value);
    struct str type = str_trim(str_cut(&rest, ';'));
    char *text = arena_strndup(arena, type.at, type.n);
    for (char *at = text; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    return text;
}

const char *shown_text(struct arena *arena, const char *text, size_t max)
{
    char *shown = arena_strndup(arena, text, strnlen(text, max));
    for (char *at = shown; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
    return shown;
}
