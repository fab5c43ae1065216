// SPDX-License-Identifier: Apache-2.0
// address.c — tables of networks, and Go's reading of NO_PROXY (golang.org/x/net/http/httpproxy).
#include "registry/address.h"

#include "base/mem.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

struct network {
    uint8_t bytes[16], bits;
    enum address_reach reach;
};
static const struct network v4[] = {
    {{127}, 8, ADDRESS_LOOPBACK},      {{0}, 8, ADDRESS_NEVER},
    {{10}, 8, ADDRESS_PRIVATE},        {{172, 16}, 12, ADDRESS_PRIVATE},
    {{192, 168}, 16, ADDRESS_PRIVATE}, {{100, 64}, 10, ADDRESS_PRIVATE},
    {{169, 254}, 16, ADDRESS_NEVER},   {{192, 0, 0}, 24, ADDRESS_NEVER},
    {{198, 18}, 15, ADDRESS_PRIVATE},  {{224}, 3, ADDRESS_NEVER},
};
static const struct network v6[] = {
    {{[15] = 1}, 128, ADDRESS_LOOPBACK}, {{0}, 128, ADDRESS_NEVER},
    {{0xfc}, 7, ADDRESS_PRIVATE},        {{0xfe, 0x80}, 10, ADDRESS_NEVER},
    {{0xfe, 0xc0}, 10, ADDRESS_PRIVATE}, {{0xff}, 8, ADDRESS_NEVER},
};
// IPv4 inside IPv6: mapped, NAT64, 6to4. What counts is the address behind it.
static const struct {
    uint8_t bytes[16], bits, at;
} embedding[] = {
    {{[10] = 0xff, 0xff}, 96, 12},
    {{0, 0x64, 0xff, 0x9b}, 96, 12},
    {{0x20, 0x02}, 16, 2},
};

static bool is_within(const uint8_t *address, const uint8_t *network, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    uint8_t mask = (uint8_t)(0xff00 >> rest);
    return memcmp(address, network, whole) == 0 &&
           (rest == 0 || ((address[whole] ^ network[whole]) & mask) == 0);
}

static enum address_reach reach_in(const struct network *networks, size_t n, const uint8_t *address)
{
    for (size_t i = 0; i < n; i++)
        if (is_within(address, networks[i].bytes, networks[i].bits))
            return networks[i].reach;
    return ADDRESS_PUBLIC;
}

static enum address_reach reach_v6(const uint8_t *address)
{
    for (size_t i = 0; i < N_ELEMENTS(embedding); i++)
        if (is_within(address, embedding[i].bytes, embedding[i].bits))
            return reach_in(v4, N_ELEMENTS(v4), address + embedding[i].at);
    return reach_in(v6, N_ELEMENTS(v6), address);
}

enum address_reach address_reach(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return reach_in(v4, N_ELEMENTS(v4), (const uint8_t *)&in.sin_addr);
    }
    if (address->sa_family != AF_INET6)
        return ADDRESS_NEVER;
    struct sockaddr_in6 in6;
    memcpy(&in6, address, sizeof in6);
    return reach_v6(in6.sin6_addr.s6_addr);
}

// 4 or 16 bytes, or 0 when it is a name.
static unsigned read_address(const char *host, uint8_t out[16])
{
    if (inet_pton(AF_INET, host, out) == 1)
        return 4;
    return inet_pton(AF_INET6, host, out) == 1 ? 16 : 0;
}

enum address_reach address_reach_of_host(const char *host)
{
    uint8_t bytes[16];
    unsigned n = read_address(host, bytes);
    if (n != 0)
        return n == 4 ? reach_in(v4, N_ELEMENTS(v4), bytes) : reach_v6(bytes);
    bool is_local = strcasecmp(host, "localhost") == 0 || text_ends(host, ".localhost");
    return is_local ? ADDRESS_LOOPBACK : ADDRESS_PUBLIC;
}

// "10.0.0.0/8" or "10.1.2.3". -1: the entry is neither.
static int matches_network(const char *entry, const char *host)
{
    uint8_t network[16], address[16];
    struct str rest = str_of(entry), first = str_cut(&rest, '/');
    char text[INET6_ADDRSTRLEN + 2] = "";
    if (first.n >= sizeof text)
        return -1;
    bool is_bracketed = first.n > 2 && first.at[0] == '[' && first.at[first.n - 1] == ']';
    memcpy(text, first.at + is_bracketed, first.n - 2 * (size_t)is_bracketed);
    unsigned n = read_address(text, network);
    uint32_t bits = n * 8;
    if (n == 0 || (strchr(entry, '/') != NULL && (!str_to_u32(rest, &bits) || bits > n * 8)))
        return -1;
    return read_address(host, address) == n && is_within(address, network, bits);
}

static bool matches_name(const char *entry, const char *host)
{
    if (text_starts(entry, "*."))
        entry++;
    size_t n_entry = strlen(entry), n_host = strlen(host);
    bool is_domain = *entry == '.';
    if (n_host < n_entry || strcasecmp(host + n_host - n_entry, entry) != 0)
        return false;
    return is_domain || n_host == n_entry || host[n_host - n_entry - 1] == '.';
}

static bool matches(struct str word, const char *host, uint16_t port)
{
    char entry[256] = "";
    if (word.n == 0 || word.n >= sizeof entry)
        return false;
    memcpy(entry, word.at, word.n);
    int in_network = matches_network(entry, host);
    if (in_network >= 0)
        return in_network != 0;
    char *colon = strrchr(entry, ':');
    if (colon != NULL) {
        uint32_t wanted;
        if (!str_to_u32(str_of(colon + 1), &wanted) || wanted != port)
            return false;
        *colon = '\0';
        in_network = matches_network(entry, host);
        if (in_network >= 0)
            return in_network != 0;
    }
    return strcmp(entry, "*") == 0 || matches_name(entry, host);
}

bool address_bypasses_proxy(const char *no_proxy, const char *host, uint16_t port)
{
    if (address_reach_of_host(host) == ADDRESS_LOOPBACK)
        return true;
    for (struct str rest = str_of(no_proxy); rest.n != 0;)
        if (matches(str_trim(str_cut(&rest, ',')), host, port))
            return true;
    return false;
}
