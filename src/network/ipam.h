// SPDX-License-Identifier: Apache-2.0
// ipam.h — which subnet, which address: arithmetic on what is taken. Nothing is read or kept here.
#pragma once
#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>

struct address_pool {
    struct subnet subnet;
    struct subnet range; // a part of it that addresses are chosen from; the same: all of it
    struct ip gateway;   // family 0: none
    const struct ip *aux;
    size_t n_aux;
};
// The lowest address of the range that is neither taken nor the gateway, an auxiliary one, the
// subnet's own or its broadcast. `taken` gets sorted. False: none is free.
bool address_choose(const struct address_pool *pool, struct ip *taken, size_t n_taken,
                    struct ip *out);
// The first of docker's default pools (172.17.0.0/16 … 172.31.0.0/16, 192.168.0.0/20 …) that
// overlaps nothing of `taken`. False: none is left.
bool subnet_choose(const struct subnet *taken, size_t n_taken, struct subnet *out);
// A unique local subnet (RFC 4193) of IPv6 from 40 random bits.
struct subnet subnet_unique_local(const uint8_t random[static 5]);
