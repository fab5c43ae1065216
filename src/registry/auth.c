// SPDX-License-Identifier: Apache-2.0
// auth.c — Basic and Bearer (https://distribution.github.io/distribution/spec/auth/token).
//
// Nothing is sent before the endpoint asks for it: its first 401 says which scheme, realm and
// service. From then on each call brings what it needs. Tokens are kept by scope; a token that is
// refused is thrown away and asked for once more, then the refusal counts.
#include "registry/auth.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "registry/says.h"
#include "registry/token.h"

#include <string.h>

enum { CREDENTIALS_MAX = 64 * 1024, TOKEN_MARGIN_MS = 10'000 };
#define CLIENT_ID "dhow"

static const char *basic_line(struct arena *arena, const struct transfer_endpoint *asked)
{
    if (text_is_empty(asked->username))
        return NULL;
    AUTO_BUF struct buf line;
    buf_init(&line, CREDENTIALS_MAX);
    buf_text(&line, "Authorization: Basic ");
    const char *both = arena_printf(arena, "%s:%s", asked->username,
                                    asked->password != NULL ? asked->password : "");
    base64_encode(both, strlen(both), &line);
    return arena_strdup(arena, buf_get(&line));
}

int auth_may_go(const struct endpoint *endpoint, const struct url *realm, struct err *err)
{
    const struct url *own = &endpoint->url;
    bool is_own_host = strcmp(own->host, realm->host) == 0;
    enum address_reach reach = address_reach_of_host(realm->host);
    bool is_near = reach == ADDRESS_LOOPBACK && address_reach_of_host(own->host) == reach;
    if (url_same_origin(own, realm))
        return 0;
    if (!realm->is_tls && (own->is_tls || !(is_own_host || is_near)))
        return fail(err, ERR_DENIED,
                    "%s wants us to authenticate at http://%s, which is not encrypted: refused",
                    endpoint->name, realm->host);
    bool is_nearer = reach == ADDRESS_NEVER || (reach > ADDRESS_PUBLIC && reach > endpoint->reach);
    if (!is_own_host && !is_near && is_nearer)
        return fail(err, ERR_DENIED,
                    "%s wants us to authenticate at %s, an address of its own "
                    "network: refused",
                    endpoint->name, realm->host);
    return 0;
}

static const char *joined_scopes(struct call *call)
{
    const char *all = "";
    for (size_t i = 0; i < call->n_scopes; i++)
        all = arena_printf(&call->job->arena, "%s%s%s", all, i != 0 ? " " : "", call->scopes[i]);
    return all;
}

static struct token *token_for(struct client *client, const struct endpoint *endpoint,
                               const char *scopes)
{
    struct token *token = client->tokens;
    while (token != NULL && (token->endpoint != endpoint || strcmp(token->scopes, scopes) != 0))
        token = token->next;
    if (token != NULL)
        return token;
    token = arena_new(&client->arena, struct token);
    token->endpoint = endpoint;
    token->scopes = arena_strdup(&client->arena, scopes);
    token->next = client->tokens;
    client->tokens = token;
    return token;
}

// GET with what the endpoint's user is called and knows.
static void prepare_get(struct call *call, struct exchange *exchange, bool wants_refresh)
{
    struct arena *arena = &call->job->arena;
    const struct endpoint *endpoint = call->endpoint;
    const char *target = exchange->url.target, *line = basic_line(arena, endpoint->asked);
    if (line != NULL)
        target = url_add_query(arena, target, "account", endpoint->asked->username);
    if (wants_refresh) {
        target = url_add_query(arena, target, "client_id", CLIENT_ID);
        target = url_add_query(arena, target, "offline_token", "true");
    }
    for (size_t i = 0; i < call->n_scopes; i++)
        target = url_add_query(arena, target, "scope", call->scopes[i]);
    if (endpoint->service != NULL)
        target = url_add_query(arena, target, "service", endpoint->service);
    exchange->url.target = target;
    exchange->method = "GET";
    if (line != NULL)
        exchange->headers[exchange->n_headers++] = line;
}

// OAuth2: the identity token for an access token.
static void prepare_post(struct call *call, struct exchange *exchange)
{
    struct arena *arena = &call->job->arena;
    const struct endpoint *endpoint = call->endpoint;
    const char *form = url_add_query(arena, "", "grant_type", "refresh_token");
    form = url_add_query(arena, form, "client_id", CLIENT_ID);
    if (endpoint->service != NULL)
        form = url_add_query(arena, form, "service", endpoint->service);
    if (call->n_scopes != 0)
        form = url_add_query(arena, form, "scope", joined_scopes(call));
    form = url_add_query(arena, form, "refresh_token", endpoint->asked->identity_token);
    exchange->method = "POST";
    exchange->has_body = true;
    exchange->bytes = form + 1; // the '?'
    exchange->n = strlen(exchange->bytes);
    exchange->headers[exchange->n_headers++] = "Content-Type: application/x-www-form-urlencoded";
}

static int ask_server(struct call *call, bool wants_refresh, struct token_reply *out,
                      struct err *err)
{
    struct client *client = call->job->client;
    struct arena *arena = &call->job->arena;
    AUTO_BUF struct buf text;
    buf_init(&text, TOKEN_REPLY_MAX);
    struct exchange exchange = {
        .url = call->endpoint->realm, .endpoint = call->endpoint, .arena = arena, .text = &text};
    exchange.is_foreign = !url_same_origin(&exchange.url, &call->endpoint->url) &&
                          strcmp(exchange.url.host, call->endpoint->url.host) != 0;
    if (auth_may_go(call->endpoint, &exchange.url, err) < 0) {
        call->trouble = TROUBLE_FATAL;
        return -1;
    }
    if (!text_is_empty(call->endpoint->asked->identity_token))
        prepare_post(call, &exchange);
    else
        prepare_get(call, &exchange, wants_refresh);
    if (exchange_run(client, &exchange, err) < 0) {
        call->trouble = exchange.trouble == TROUBLE_TLS ? TROUBLE_LINE : exchange.trouble;
        return fail_in(err, "authenticate for %s", call->endpoint->name);
    }
    if (exchange.answer.status != 200) {
        // 429 and 5xx are worth another attempt: the answer is judged as the call's own.
        call->answer = exchange.answer;
        call->trouble = TROUBLE_FATAL;
        uint64_t ms;
        if (says_is_busy(&exchange.answer, &ms))
            call->trouble = TROUBLE_LINE;
        return says_fail_token(call, &exchange, buf_get(&text), err);
    }
    call->trouble = TROUBLE_FATAL;
    if (token_reply_parse(arena, buf_get(&text), text.n, out, err) < 0)
        return fail_in(err, "%s", url_shown(arena, &exchange.url));
    call->trouble = TROUBLE_NONE;
    return 0;
}

// The token's value in `token`, given now.
static int renew(struct call *call, struct token *token, struct err *err)
{
    struct token_reply reply = {};
    token->is_under_way = true;
    int result = ask_server(call, false, &reply, err);
    token->is_under_way = false;
    fibers_wake_all(&call->job->client->fibers);
    if (result < 0)
        return -1;
    free(token->value);
    token->value = xstrdup(reply.token);
    token->until_ms = monotonic_ms() + reply.life_s * 1000L - TOKEN_MARGIN_MS;
    return 0;
}

static int bearer_line(struct call *call, const char **out, bool *out_is_fresh, struct err *err)
{
    struct client *client = call->job->client;
    struct token *token = token_for(client, call->endpoint, joined_scopes(call));
    while (token->is_under_way)
        (void)fiber_pause(&client->fibers, INT64_MAX);
    *out_is_fresh = token->value == NULL || monotonic_ms() >= token->until_ms;
    if (*out_is_fresh && renew(call, token, err) < 0)
        return -1;
    *out = arena_printf(&call->job->arena, "Authorization: Bearer %s", token->value);
    return 0;
}

int auth_line(struct call *call, const char **out, bool *out_is_fresh, struct err *err)
{
    const struct transfer_endpoint *asked = call->endpoint->asked;
    *out = NULL;
    *out_is_fresh = true;
    if (!text_is_empty(asked->registry_token))
        *out = arena_printf(&call->job->arena, "Authorization: Bearer %s", asked->registry_token);
    else if (call->endpoint->scheme == CHALLENGE_BASIC)
        *out = basic_line(&call->job->arena, asked);
    else if (call->endpoint->scheme == CHALLENGE_BEARER)
        return bearer_line(call, out, out_is_fresh, err);
    return 0;
}

// Which of its challenges is answered: Bearer before Basic, as docker does.
static const struct challenge *choose(const struct challenge *challenges, int n)
{
    const struct challenge *basic = NULL;
    for (int i = 0; i < n; i++) {
        if (challenges[i].scheme == CHALLENGE_BEARER && challenges[i].realm != NULL)
            return &challenges[i];
        if (challenges[i].scheme == CHALLENGE_BASIC)
            basic = &challenges[i];
    }
    return basic;
}

static int learn(struct call *call, const struct challenge *challenge, struct err *err)
{
    struct client *client = call->job->client;
    struct endpoint *endpoint = call->endpoint;
    struct url realm = {};
    if (challenge->scheme == CHALLENGE_BEARER) {
        // It outlives the job.
        if (url_parse(&client->arena, challenge->realm, &realm, err) < 0)
            return fail_in(err, "the authorization server that %s names", endpoint->name);
        if (auth_may_go(endpoint, &realm, err) < 0)
            return -1;
    }
    endpoint->scheme = challenge->scheme;
    endpoint->realm = realm;
    endpoint->service =
        challenge->service != NULL ? arena_strdup(&client->arena, challenge->service) : NULL;
    return 0;
}

int auth_challenged(struct call *call, const char *sent, bool is_fresh, struct err *err)
{
    struct challenge challenges[HEADER_CHALLENGES_MAX] = {};
    const char *value = call->answer.authenticate;
    const struct transfer_endpoint *asked = call->endpoint->asked;
    if (value == NULL || !text_is_empty(asked->registry_token))
        return 0;
    int n = challenges_parse(&call->job->arena, value, challenges);
    if (n < 0)
        return fail(err, ERR_INVALID, "%s: its WWW-Authenticate header cannot be read",
                    call->endpoint->name);
    const struct challenge *challenge = choose(challenges, n);
    if (challenge == NULL || (sent != NULL && is_fresh))
        return 0;
    if (challenge->scheme == CHALLENGE_BASIC && basic_line(&call->job->arena, asked) == NULL)
        return 0;
    if (learn(call, challenge, err) < 0)
        return -1;
    if (sent != NULL) { // refused before its time
        struct token *token = token_for(call->job->client, call->endpoint, joined_scopes(call));
        token->until_ms = 0;
    }
    return 1;
}

int auth_login(struct call *call, const char **out_refresh, struct err *err)
{
    struct token_reply reply = {};
    if (ask_server(call, true, &reply, err) < 0)
        return -1;
    struct token *token = token_for(call->job->client, call->endpoint, joined_scopes(call));
    free(token->value);
    token->value = xstrdup(reply.token);
    token->until_ms = monotonic_ms() + reply.life_s * 1000L - TOKEN_MARGIN_MS;
    *out_refresh = reply.refresh_token;
    return 0;
}
