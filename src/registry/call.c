// SPDX-License-Identifier: Apache-2.0
// call.c — the loop round an exchange: scheme, credentials, redirects, attempts.
#include "registry/call.h"

#include "base/mem.h"
#include "base/str.h"
#include "registry/auth.h"
#include "registry/retry.h"
#include "registry/says.h"

#include <string.h>
#include <sys/random.h>

int call_may_go(const struct endpoint *endpoint, const struct url *from, const struct url *to,
                struct err *err)
{
    enum address_reach reach = address_reach_of_host(to->host);
    bool is_own_host = strcmp(to->host, endpoint->url.host) == 0;
    if (from->is_tls && !to->is_tls)
        return fail(err, ERR_DENIED,
                    "%s sends us from https to http://%s, which is not encrypted: refused (is its "
                    "proxy's X-Forwarded-Proto missing?)",
                    endpoint->name, to->host);
    if (!is_own_host &&
        (reach == ADDRESS_NEVER || (reach > ADDRESS_PUBLIC && reach > endpoint->reach)))
        return fail(err, ERR_DENIED,
                    "%s sends us to %s, an address that is nearer to this machine than itself: "
                    "refused",
                    endpoint->name, to->host);
    return 0;
}

static bool is_redirect(const struct call *call)
{
    int status = call->answer.status;
    bool is_reading = strcmp(call->method, "GET") == 0 || strcmp(call->method, "HEAD") == 0;
    bool is_kept = status == 307 || status == 308;
    return call->answer.location != NULL &&
           (is_kept || (is_reading && (status == 301 || status == 302 || status == 303)));
}

int call_location(const struct call *call, struct url *out, struct err *err)
{
    struct url url;
    if (call->answer.location == NULL)
        return fail(err, ERR_INVALID, "%s answers %d without a Location to %s %s",
                    call->endpoint->name, call->answer.status, call->method, call->object);
    if (url_join(&call->job->arena, &call->final, call->answer.location, &url, err) < 0)
        return fail_in(err, "the Location that %s gives", call->endpoint->name);
    if (call_may_go(call->endpoint, &call->final, &url, err) < 0)
        return -1;
    *out = url;
    return 0;
}

int call_next_page(const struct call *call, struct url *out, struct err *err)
{
    struct arena *arena = &call->job->arena;
    struct url url;
    const char *next = call->answer.link != NULL ? link_next(arena, call->answer.link) : NULL;
    if (next == NULL)
        return 0;
    if (url_join(arena, &call->final, next, &url, err) < 0)
        return fail_in(err, "the next page of %s", call->object);
    if (!url_same_origin(&url, &call->endpoint->url))
        return fail(err, ERR_DENIED, "%s sends us to %s for the next page of %s: refused",
                    call->endpoint->name, url.host, call->object);
    *out = url;
    return 1;
}

static int run_exchange(struct call *call, const struct url *url, const char *line,
                        struct buf *text, struct err *err)
{
    struct endpoint *endpoint = call->endpoint;
    struct exchange exchange = {.method = call->method,
                                .url = *url,
                                .endpoint = endpoint,
                                .is_foreign = !url_same_origin(url, &endpoint->url),
                                .is_bulk = call->is_bulk,
                                .n_headers = call->n_headers,
                                .has_body = call->has_body,
                                .bytes = call->bytes,
                                .file = call->file,
                                .from = call->from,
                                .n = call->n,
                                .sent = call->sent,
                                .take = call->take,
                                .taker = call->taker,
                                .text = text,
                                .arena = &call->job->arena};
    memcpy(exchange.headers, call->headers, sizeof call->headers);
    if (line != NULL && !exchange.is_foreign)
        exchange.headers[exchange.n_headers++] = line;
    int result = exchange_run(call->job->client, &exchange, err);
    call->answer = exchange.answer;
    call->trouble = exchange.trouble;
    call->final = *url;
    call->job->status = (uint32_t)call->answer.status;
    if (result == 0 && !exchange.is_foreign) {
        // Other calls may have tried the other scheme meanwhile: this one has an answer.
        endpoint->url.is_tls = url->is_tls;
        endpoint->url.port = url->port;
        endpoint->is_settled = true;
    }
    if (result == 0 && exchange.answer.warning != NULL) {
        const char *warning = warning_text(&call->job->arena, exchange.answer.warning);
        if (warning != NULL)
            job_warns(call->job, endpoint, warning);
    }
    return result;
}

static struct url url_at(const struct call *call)
{
    if (call->place != NULL)
        return *call->place;
    struct url url = call->endpoint->url;
    url.target = arena_printf(&call->job->arena, "%s%s", url.target, call->target);
    return url;
}

// An insecure registry may speak http only (docker: "http is tried when https fails").
static bool falls_back(struct call *call)
{
    struct endpoint *endpoint = call->endpoint;
    if (!endpoint->url.is_tls && call->place == NULL)
        return true; // another call has found out meanwhile
    if (!endpoint->is_insecure || endpoint->is_settled || call->place != NULL ||
        call->trouble == TROUBLE_NONE || call->trouble == TROUBLE_FATAL)
        return false;
    if (endpoint->url.port == 443)
        endpoint->url.port = 80;
    endpoint->url.is_tls = false;
    return true;
}

// One exchange with the credentials that are needed. 1: it must be done once more.
static int run_authorized(struct call *call, const struct url *url, struct buf *text,
                          struct err *err)
{
    const char *line = NULL;
    bool is_fresh = true, is_own = url_same_origin(url, &call->endpoint->url);
    if (is_own && auth_line(call, &line, &is_fresh, err) < 0)
        return -1;
    if (run_exchange(call, url, line, text, err) < 0)
        return -1;
    if (call->answer.status != 401 || !is_own)
        return 0;
    int result = auth_challenged(call, line, is_fresh, err);
    if (result < 0)
        call->trouble = TROUBLE_FATAL;
    return result;
}

static int run_redirected(struct call *call, struct buf *text, struct err *err)
{
    enum { AUTHORIZATIONS_MAX = 3 };
    struct url url = url_at(call);
    int authorizations = 0;
    for (int redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
        int result;
        while ((result = run_authorized(call, &url, text, err)) > 0 &&
               authorizations < AUTHORIZATIONS_MAX)
            authorizations++;
        if (result < 0)
            return -1;
        if (!is_redirect(call))
            return 0;
        if (call_location(call, &url, err) < 0) {
            call->trouble = TROUBLE_FATAL;
            return -1;
        }
    }
    call->trouble = TROUBLE_FATAL;
    return fail(err, ERR_INVALID, "%s redirects %s %s more than %d times", call->endpoint->name,
                call->method, call->object, REDIRECTS_MAX);
}

int call_once(struct call *call, struct err *err)
{
    AUTO_BUF struct buf own;
    buf_init(&own, ERROR_TEXT_MAX);
    struct buf *text = call->text != NULL ? call->text : &own;
    bool was_tls = call->endpoint->url.is_tls;
    struct err first;
    int result = run_redirected(call, text, err);
    if (result < 0 && was_tls && falls_back(call)) {
        first = *err;
        result = run_redirected(call, text, err);
        if (result < 0 && call->trouble != TROUBLE_FATAL && !call->endpoint->is_settled) {
            // Neither works: what https said is what people look for; the next attempt begins with
            // it.
            call->endpoint->url.is_tls = true;
            if (call->endpoint->url.port == 80)
                call->endpoint->url.port = 443;
            *err = first;
        }
    }
    if (result == 0 && call->answer.status / 100 != 2)
        call->said = arena_strndup(&call->job->arena, buf_get(text),
                                   text->n < ERROR_TEXT_MAX ? text->n : ERROR_TEXT_MAX);
    return result;
}

bool call_is_worth_another(const struct call *call, uint64_t *out_ms)
{
    *out_ms = 0;
    if (call->trouble == TROUBLE_NONE)
        return says_is_busy(&call->answer, out_ms);
    // What never answered is not asked for long; a cut in the middle of things is waited out.
    (void)says_is_busy(&call->answer, out_ms); // of a token server
    return call->trouble == TROUBLE_LINE || call->trouble == TROUBLE_TLS ||
           (call->trouble == TROUBLE_CONNECT && call->endpoint->is_settled);
}

int call_wait(struct call *call, uint32_t attempt, const struct err *err)
{
    struct client *client = call->job->client;
    uint32_t most = client->session.attempts != 0 ? client->session.attempts : RETRY_ATTEMPTS;
    uint64_t at_least_ms, ms;
    uint32_t random = 0;
    if (call->endpoint->asked->is_mirror && most > RETRY_MIRROR_ATTEMPTS)
        most = RETRY_MIRROR_ATTEMPTS; // others are left
    if (attempt >= most || !call_is_worth_another(call, &at_least_ms) ||
        at_least_ms > RETRY_AFTER_MAX_MS)
        return -1;
    if (getrandom(&random, sizeof random, 0) < 0)
        random = attempt; // no jitter then
    ms = retry_pause_ms(client->session.backoff_ms, attempt, random);
    if (ms < at_least_ms)
        ms = at_least_ms;
    job_waits(call->job, ms, err->text);
    client_sleep(client, ms, call->is_off);
    return call->is_off != NULL && *call->is_off ? -1 : 0;
}

int call_fail(const struct call *call, struct err *err)
{
    return says_fail(call, err);
}

int call_run(struct call *call, struct err *err)
{
    for (uint32_t attempt = 1;; attempt++) {
        uint64_t ms;
        struct err said = {};
        int result = call_once(call, err);
        if (result == 0 && !says_is_busy(&call->answer, &ms))
            return 0;
        if (result == 0)
            (void)call_fail(call, &said); // for the people who wait
        if (call_wait(call, attempt, result == 0 ? &said : err) < 0)
            return result;
    }
}

int call_expect(struct call *call, struct err *err)
{
    if (call_run(call, err) < 0)
        return -1;
    return call->answer.status / 100 == 2 ? 0 : call_fail(call, err);
}
