// SPDX-License-Identifier: Apache-2.0
// network.c — which hosts a pattern means.
#include "image/network.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

struct address {
    uint8_t at[16]; // IPv4 as ::ffff:a.b.c.d
    bool is_v4;
};
enum { V4_OFFSET = 12, ADDRESS_MAX = INET6_ADDRSTRLEN };

static bool read_address(struct str text, struct address *out)
{
    char copy[ADDRESS_MAX];
    if (text.n == 0 || text.n >= sizeof copy)
        return false;
    memcpy(copy, text.at, text.n);
    copy[text.n] = '\0';
    struct address address = {};
    if (inet_pton(AF_INET, copy, address.at + V4_OFFSET) == 1) {
        memset(address.at + V4_OFFSET - 2, 0xff, 2);
        address.is_v4 = true;
    } else if (inet_pton(AF_INET6, copy, address.at) != 1) {
        return false;
    }
    *out = address;
    return true;
}

static bool read_network(struct str text, struct address *out, uint32_t *out_bits)
{
    struct str rest = text, host = str_cut(&rest, '/');
    uint32_t bits;
    if (host.n == text.n || !read_address(host, out) || !str_to_u32(rest, &bits) ||
        bits > (out->is_v4 ? 32U : 128U))
        return false;
    *out_bits = bits + (out->is_v4 ? 8U * V4_OFFSET : 0);
    return true;
}

void host_split(struct str text, struct str *out_host, struct str *out_port)
{
    *out_port = (struct str){"", 0};
    *out_host = text;
    if (str_starts(text, "[")) {
        const char *end = memchr(text.at, ']', text.n);
        if (end == NULL)
            return;
        *out_host = (struct str){text.at + 1, (size_t)(end - text.at) - 1};
        struct str rest = {end + 1, text.n - (size_t)(end + 1 - text.at)};
        if (rest.n > 1 && rest.at[0] == ':')
            *out_port = (struct str){rest.at + 1, rest.n - 1};
        return;
    }
    struct address address;
    const char *colon = text.n != 0 ? memrchr(text.at, ':', text.n) : NULL;
    if (colon == NULL || read_address(text, &address)) // a bare IPv6 address has colons, no port
        return;
    *out_host = (struct str){text.at, (size_t)(colon - text.at)};
    *out_port = (struct str){colon + 1, text.n - out_host->n - 1};
}

bool network_is_valid(struct str network)
{
    struct address base;
    uint32_t bits;
    return read_network(network, &base, &bits);
}

bool network_has(struct str network, struct str host)
{
    struct address base, address;
    uint32_t bits = 8 * sizeof base.at;
    if (!read_address(host, &address))
        return false;
    if (!read_network(network, &base, &bits) && !read_address(network, &base))
        return false;
    if (memcmp(base.at, address.at, bits / 8) != 0)
        return false;
    unsigned rest = bits % 8;
    return rest == 0 || (base.at[bits / 8] ^ address.at[bits / 8]) >> (8 - rest) == 0;
}

static bool is_same_name(struct str a, struct str b)
{
    return a.n == b.n && strncasecmp(a.at, b.at, a.n) == 0;
}

bool insecure_matches(struct str entry, struct str registry)
{
    struct str host, port, entry_host, entry_port;
    host_split(registry, &host, &port);
    if (network_is_valid(entry))
        return network_has(entry, host);
    host_split(entry, &entry_host, &entry_port);
    return is_same_name(entry_host, host) && str_equal(entry_port, port);
}
