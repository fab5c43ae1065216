// SPDX-License-Identifier: Apache-2.0
// ipam.c — first fit, over sorted addresses: no bitmap has to be kept in step with the leases.
#include "network/ipam.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int compare(const void *a, const void *b)
{
    return ip_compare(a, b);
}

static bool is_reserved(const struct address_pool *pool, const struct ip *ip)
{
    struct ip first = subnet_network(&pool->subnet), last = subnet_last(&pool->subnet);
    bool is_pair = subnet_count(&pool->subnet) <= 2; // /31, /32, /127: nothing to spare (RFC 3021)
    if (!is_pair && ip_equal(ip, &first))
        return true;
    if (!is_pair && ip->family == AF_INET && ip_equal(ip, &last))
        return true;
    if (!ip_is_none(&pool->gateway) && ip_equal(ip, &pool->gateway))
        return true;
    for (size_t i = 0; i < pool->n_aux; i++) {
        if (ip_equal(ip, &pool->aux[i]))
            return true;
    }
    return false;
}

bool address_choose(const struct address_pool *pool, struct ip *taken, size_t n_taken,
                    struct ip *out)
{
    struct ip candidate = subnet_network(&pool->range), last = subnet_last(&pool->range);
    size_t i = 0;
    if (n_taken != 0)
        qsort(taken, n_taken, sizeof *taken, compare);
    for (;;) {
        while (i < n_taken && ip_compare(&taken[i], &candidate) < 0)
            i++;
        bool is_taken = i < n_taken && ip_equal(&taken[i], &candidate);
        if (!is_taken && !is_reserved(pool, &candidate)) {
            *out = candidate;
            return true;
        }
        if (ip_compare(&candidate, &last) >= 0)
            return false;
        candidate = ip_plus(&candidate, 1);
    }
}

// docker's: 15 of 65,536 addresses, then 16 of 4,096.
static const struct {
    uint8_t first[4];
    uint8_t bits;
    unsigned count;
} pools[] = {
    {{172, 17, 0, 0}, 16, 15},
    {{192, 168, 0, 0}, 20, 16},
};

static bool overlaps_any(const struct subnet *candidate, const struct subnet *taken, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        // A default route overlaps everything and means nothing.
        if (taken[i].bits != 0 && subnet_overlaps(candidate, &taken[i]))
            return true;
    }
    return false;
}

bool subnet_choose(const struct subnet *taken, size_t n_taken, struct subnet *out)
{
    for (size_t i = 0; i < N_ELEMENTS(pools); i++) {
        struct subnet candidate = {.address = {.family = AF_INET}, .bits = pools[i].bits};
        memcpy(candidate.address.bytes, pools[i].first, sizeof pools[i].first);
        for (unsigned j = 0; j < pools[i].count; j++) {
            if (!overlaps_any(&candidate, taken, n_taken)) {
                *out = candidate;
                return true;
            }
            candidate.address = ip_plus(&candidate.address, subnet_count(&candidate));
        }
    }
    return false;
}

struct subnet subnet_unique_local(const uint8_t random[static 5])
{
    struct subnet subnet = {.address = {.family = AF_INET6, .bytes = {0xfd}}, .bits = 64};
    memcpy(subnet.address.bytes + 1, random, 5);
    return subnet;
}
