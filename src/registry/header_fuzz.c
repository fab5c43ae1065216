// SPDX-License-Identifier: Apache-2.0
// Any bytes as the value of each header: no crash, and what is accepted is within its bounds.
#include "registry/header.h"
#include "registry/url.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA struct arena arena = {};
    const char *text = arena_strndup(&arena, (const char *)data, size);
    struct challenge challenges[HEADER_CHALLENGES_MAX] = {};
    int n = challenges_parse(&arena, text, challenges);
    assert(n <= HEADER_CHALLENGES_MAX);
    for (int i = 0; i < n; i++)
        assert(challenges[i].realm == NULL || strlen(challenges[i].realm) <= size);

    const char *next = link_next(&arena, text);
    assert(next == NULL || strlen(next) <= size);
    uint64_t first, last, total;
    if (content_range_parse(text, &first, &last, &total))
        assert(first <= last && last < total);
    (void)upload_range_parse(text, &total);
    (void)retry_after_parse(text, 0, &total);
    (void)warning_text(&arena, text);
    for (const char *at = shown_text(&arena, text, 100); *at != '\0'; at++)
        assert((unsigned char)*at >= ' ');

    const struct url base = {
        .is_tls = true, .host = "r", .port = 443, .target = size % 2 != 0 ? "/v2/a/b?c" : ""};
    struct url joined, again;
    struct err err;
    if (url_join(&arena, &base, text, &joined, &err) == 0) {
        // What was accepted is read back as the same place.
        assert(joined.target[0] == '/' && strchr(joined.host, '@') == NULL);
        int result = url_parse(&arena, url_text(&arena, &joined), &again, &err);
        assert(result == 0 && url_same_origin(&joined, &again));
        assert(strcmp(joined.target, again.target) == 0);
    }
    return 0;
}
