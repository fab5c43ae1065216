// SPDX-License-Identifier: Apache-2.0
// token.c — reads the token server's JSON: `token` or, as OAuth2 has it, `access_token`.
#include "registry/token.h"

#include "base/str.h"
#include "json/bind.h"

struct reply {
    const char *token, *access_token, *refresh_token;
    double expires_in; // some servers write 300.0
};
static const struct json_field reply_fields[] = {
    JSON_FIELD(struct reply, token, JSON_OPTIONAL),
    JSON_FIELD(struct reply, access_token, JSON_OPTIONAL),
    JSON_FIELD(struct reply, refresh_token, JSON_OPTIONAL),
    JSON_FIELD(struct reply, expires_in, JSON_OPTIONAL),
    {},
};

// Goes into a header line: printable ASCII without blanks, of a length that servers take.
static bool is_token(const char *text)
{
    size_t n = 0;
    while (text[n] > ' ' && text[n] < 0x7f)
        n++;
    return n != 0 && n <= TOKEN_MAX && text[n] == '\0';
}

int token_reply_parse(struct arena *arena, const char *text, size_t n, struct token_reply *out,
                      struct err *err)
{
    struct reply reply;
    if (json_decode(arena, text, n, reply_fields, &reply, JSON_LENIENT, err) < 0)
        return -1;
    const char *token = text_is_empty(reply.token) ? reply.access_token : reply.token;
    if (text_is_empty(token))
        return fail(err, ERR_INVALID,
                    "authorization server did not include a token in the "
                    "response");
    if (!is_token(token) || (!text_is_empty(reply.refresh_token) && !is_token(reply.refresh_token)))
        return fail(err, ERR_INVALID,
                    "the authorization server's token is too long or has "
                    "characters that no token has");
    double life = reply.expires_in;
    out->token = token;
    out->refresh_token = text_is_empty(reply.refresh_token) ? NULL : reply.refresh_token;
    out->life_s = life >= TOKEN_LIFE_MAX_S   ? TOKEN_LIFE_MAX_S
                  : life >= TOKEN_LIFE_MIN_S ? (uint32_t)life
                                             : TOKEN_LIFE_MIN_S;
    return 0;
}
