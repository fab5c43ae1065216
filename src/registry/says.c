// SPDX-License-Identifier: Apache-2.0
// says.c — the registry's words (distribution specification, "Error Codes") become ours.
//
// docker writes "manifest for X not found: manifest unknown: manifest unknown" and "pull access
// denied for X, repository does not exist or may require 'docker login': denied: …": programs look
// for these. Behind them stands what docker keeps to itself: which registry, which request, which
// status.
#include "registry/says.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "json/bind.h"

#include <ctype.h>
#include <string.h>

enum { WORDS_SHOWN = 300 };

struct said {
    const char *code, *message;
};
struct said_list {
    struct said *errors;
    size_t n_errors;
    const char *details, *message, *error_description;
};
static const struct json_field said_fields[] = {
    JSON_FIELD(struct said, code, JSON_OPTIONAL),
    JSON_FIELD(struct said, message, JSON_OPTIONAL),
    {},
};
static const struct json_field list_fields[] = {
    JSON_LIST(struct said_list, errors, said_fields, JSON_OPTIONAL),
    JSON_FIELD(struct said_list, details, JSON_OPTIONAL),
    JSON_FIELD(struct said_list, message, JSON_OPTIONAL),
    JSON_FIELD(struct said_list, error_description, JSON_OPTIONAL),
    {},
};

// What a status means when the body does not say.
static const struct {
    int status;
    const char *words;
    enum err_kind kind;
} statuses[] = {
    {400, "bad request", ERR_INVALID},
    {401, "unauthorized: authentication required", ERR_DENIED},
    {403, "denied: requested access to the resource is denied", ERR_DENIED},
    {404, "not found", ERR_NOT_FOUND},
    {405, "unsupported: the operation is unsupported", ERR_INVALID},
    {408, "request timeout", ERR_UNAVAILABLE},
    {413, "request entity too large", ERR_INVALID},
    {416, "requested range not satisfiable", ERR_INVALID},
    {429, "toomanyrequests: too many requests", ERR_UNAVAILABLE},
    {500, "internal server error", ERR_UNAVAILABLE},
    {502, "bad gateway", ERR_UNAVAILABLE},
    {503, "service unavailable", ERR_UNAVAILABLE},
    {504, "gateway timeout", ERR_UNAVAILABLE},
};

static const char *status_words(int status)
{
    for (size_t i = 0; i < N_ELEMENTS(statuses); i++)
        if (statuses[i].status == status)
            return statuses[i].words;
    return "an answer that makes no sense";
}

static enum err_kind status_kind(int status)
{
    for (size_t i = 0; i < N_ELEMENTS(statuses); i++)
        if (statuses[i].status == status)
            return statuses[i].kind;
    return status / 100 == 5 ? ERR_UNAVAILABLE : ERR_INVALID;
}

// "MANIFEST_UNKNOWN" → "manifest unknown", as docker writes it.
static const char *code_words(struct arena *arena, const char *code)
{
    char *words = arena_strdup(arena, code);
    for (char *at = words; *at != '\0'; at++)
        *at = *at == '_' ? ' ' : (char)tolower((unsigned char)*at);
    return words;
}

static struct says of_error(struct arena *arena, const struct said *said, int status)
{
    bool has_code = !text_is_empty(said->code), has_message = !text_is_empty(said->message);
    const char *words = has_code ? code_words(arena, said->code) : status_words(status);
    if (has_message)
        words = has_code ? arena_printf(arena, "%s: %s", words, said->message) : said->message;
    return (struct says){has_code ? said->code : "", shown_text(arena, words, WORDS_SHOWN)};
}

struct says says_read(struct arena *arena, int status, const char *body)
{
    struct said_list list;
    struct err ignored;
    struct str rest = str_trim(str_of(body));
    if (rest.n != 0 && rest.at[0] == '{' &&
        json_decode(arena, body, strlen(body), list_fields, &list, JSON_LENIENT, &ignored) == 0) {
        if (list.n_errors != 0)
            return of_error(arena, &list.errors[0], status);
        const char *words = !text_is_empty(list.details)   ? list.details
                            : !text_is_empty(list.message) ? list.message
                                                           : list.error_description;
        if (!text_is_empty(words))
            return (struct says){"", shown_text(arena, words, WORDS_SHOWN)};
    }
    bool is_text = rest.n != 0 && rest.at[0] != '<' && rest.at[0] != '{';
    struct str line = str_trim(str_cut(&rest, '\n'));
    if (!is_text || line.n == 0)
        return (struct says){"", status_words(status)};
    return (struct says){"", shown_text(arena, arena_strndup(arena, line.at, line.n), WORDS_SHOWN)};
}

// docker's sentence about a pull that failed like this, or "".
static const char *sentence(const struct call *call, const struct says *says)
{
    struct arena *arena = &call->job->arena;
    bool is_manifest = call->job->request.verb == TRANSFER_MANIFEST;
    int status = call->answer.status;
    if (!is_manifest)
        return "";
    if (status == 401 || status == 403)
        return arena_printf(arena,
                            "pull access denied for %s, repository does not exist or may require "
                            "'docker login': ",
                            call->endpoint->image);
    if (strcmp(says->code, "NAME_UNKNOWN") == 0)
        return arena_printf(arena, "repository %s not found: ", call->endpoint->image);
    if (status == 404)
        return arena_printf(
            arena, "manifest for %s not found: ", job_reference(call->job, call->endpoint));
    return "";
}

static bool wants_basic(const struct call *call)
{
    const char *value = call->answer.authenticate;
    return call->answer.status == 401 && value != NULL && strncasecmp(value, "basic", 5) == 0 &&
           text_is_empty(call->endpoint->asked->username);
}

int says_fail(const struct call *call, struct err *err)
{
    struct arena *arena = &call->job->arena;
    int status = call->answer.status;
    const char *body = call->said != NULL ? call->said : "";
    struct says says = says_read(arena, status, body);
    if (*body == '\0' && status == 404 && call->job->request.verb == TRANSFER_MANIFEST)
        says.words = "manifest unknown: manifest unknown"; // HEAD has no body
    if (*body == '\0' && wants_basic(call))
        says.words = "no basic auth credentials";
    return fail(err, status_kind(status), "%s%s (%s answers %d to %s %s)", sentence(call, &says),
                says.words, call->endpoint->name, status, call->method, call->object);
}

int says_fail_token(const struct call *call, const struct exchange *exchange, const char *body,
                    struct err *err)
{
    struct arena *arena = &call->job->arena;
    int status = exchange->answer.status;
    struct says says = says_read(arena, status, body);
    bool has_login = !text_is_empty(call->endpoint->asked->username) ||
                     !text_is_empty(call->endpoint->asked->identity_token);
    if (status == 401 && has_login && strncmp(says.words, "unauthorized", 12) != 0)
        says.words = arena_printf(arena, "unauthorized: %s", says.words);
    struct call asked = *call;
    asked.answer = exchange->answer;
    return fail(err, status_kind(status), "%s%s (the authorization server of %s, %s, answers %d)",
                sentence(&asked, &says), says.words, call->endpoint->name, exchange->url.host,
                status);
}

bool says_is_busy(const struct answer *answer, uint64_t *out_ms)
{
    uint64_t seconds = 0;
    if (answer->status != 408 && answer->status != 429 &&
        (answer->status < 500 || answer->status == 501 || answer->status == 505))
        return false;
    if (answer->retry_after != NULL)
        (void)retry_after_parse(answer->retry_after, now_ns() / 1'000'000'000, &seconds);
    *out_ms = seconds < UINT32_MAX ? seconds * 1000 : UINT32_MAX;
    return true;
}
