// SPDX-License-Identifier: Apache-2.0
// ping.c — do the credentials work? What `login` asks.
//
// GET /v2/ without anything tells how the registry wants to be spoken to. Then the same with what
// we have; from a token server a refresh token is asked for at the same time, to be kept in place
// of the password.
#include "base/str.h"
#include "registry/auth.h"
#include "registry/call.h"
#include "registry/says.h"

#include <string.h>

static struct call ping_call(struct job *job, struct endpoint *endpoint)
{
    return (struct call){
        .job = job, .endpoint = endpoint, .method = "GET", .target = "/v2/", .object = "/v2/"};
}

// docker's words; err has what the registry said.
static int fail_login(const struct call *call, struct err *err)
{
    const char *where = url_shown(&call->job->arena, &call->final);
    if (call->answer.status == 401 && call->endpoint->scheme == CHALLENGE_BASIC)
        return fail(err, ERR_DENIED, "login attempt to %s failed with status: 401 Unauthorized",
                    where);
    if (call->answer.status == 404)
        return fail(err, ERR_NOT_FOUND, "%s answers 404 to GET /v2/: it is no registry",
                    call->endpoint->name);
    return call_fail(call, err);
}

int ping(struct job *job, struct endpoint *endpoint, struct transfer_event *out, struct err *err)
{
    struct call call = ping_call(job, endpoint);
    const char *refresh = NULL;
    bool has_login = !text_is_empty(endpoint->asked->username) ||
                     !text_is_empty(endpoint->asked->identity_token);
    // A first answer of 401 is met as in every call; what is left then is a refusal.
    if (call_run(&call, err) < 0)
        return -1;
    if (call.answer.status / 100 != 2)
        return fail_login(&call, err);
    if (has_login && endpoint->scheme == CHALLENGE_BEARER) {
        struct call login = ping_call(job, endpoint);
        if (auth_login(&login, &refresh, err) < 0)
            return -1;
        out->identity_token = refresh;
    }
    return 0;
}
