// SPDX-License-Identifier: Apache-2.0
// portspec_fuzz.c — any text as -p: what is read has ports, protocols and addresses that are some.
#include "base/ip.h"
#include "ops/portspec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AUTO_ARENA struct arena arena = {};
    const char *text = arena_strndup(&arena, (const char *)bytes, n);
    struct port_list list = {};
    struct err err;
    if (n > 200 || portspec_publish(&arena, text, &list, &err) < 0)
        return 0;
    for (size_t i = 0; i < list.n; i++) {
        struct port_range range;
        const char *protocol;
        if (!port_key_parse(list.maps[i].port, &range, &protocol) || range.first != range.last)
            abort();
        for (size_t k = 0; k < list.maps[i].n_bindings; k++) {
            const struct port_binding *binding = &list.maps[i].bindings[k];
            struct ip ip;
            if (*binding->host_ip != '\0' && !ip_parse(str_of(binding->host_ip), &ip))
                abort();
            if (*binding->host_port != '\0' &&
                !port_range_parse(str_of(binding->host_port), &range))
                abort();
        }
    }
    return 0;
}
