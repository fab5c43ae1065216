// SPDX-License-Identifier: Apache-2.0
// Any bytes as a token server's answer: no crash, and what is accepted can stand in a header.
#include "registry/token.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA struct arena arena = {};
    struct token_reply reply;
    struct err err;
    if (token_reply_parse(&arena, (const char *)data, size, &reply, &err) == 0) {
        assert(strpbrk(reply.token, " \r\n\t") == NULL && *reply.token != '\0');
        assert(reply.life_s >= TOKEN_LIFE_MIN_S && reply.life_s <= TOKEN_LIFE_MAX_S);
    }
    return 0;
}
