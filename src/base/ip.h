// SPDX-License-Identifier: Apache-2.0
// ip.h — internet addresses and subnets as values: read, written, compared, counted.
#pragma once
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { IP_TEXT = 46, SUBNET_TEXT = IP_TEXT + 4, MAC_BYTES = 6, MAC_TEXT = 18 };

struct ip {
    uint8_t family;    // AF_INET, AF_INET6; 0: none
    uint8_t bytes[16]; // network order; of IPv4 the first four
};
struct subnet {
    struct ip address; // as written: host bits may be set, see subnet_network
    uint8_t bits;
};

size_t ip_size(const struct ip *ip);  // 4 or 16 bytes; 0 of none
bool ip_is_none(const struct ip *ip); // family 0
// Strict: no blanks, no leading zeros, no zone.
bool ip_parse(struct str text, struct ip *out);
// The text, in `out`; "" of none.
const char *ip_print(const struct ip *ip, char out[static IP_TEXT]);
int ip_compare(const struct ip *a, const struct ip *b); // as memcmp; IPv4 before IPv6
bool ip_equal(const struct ip *a, const struct ip *b);
struct ip ip_plus(const struct ip *ip, uint64_t n); // wraps around at the end of all addresses
bool ip_is_loopback(const struct ip *ip);
bool ip_is_link_local(const struct ip *ip);
bool ip_is_unspecified(const struct ip *ip); // 0.0.0.0, ::
// The address of a port as the system takes it, and how many bytes of it.
socklen_t ip_socket_address(const struct ip *ip, uint16_t port, struct sockaddr_storage *out);

// "172.18.0.0/16", "fd00::/64".
bool subnet_parse(struct str text, struct subnet *out);
const char *subnet_print(const struct subnet *subnet, char out[static SUBNET_TEXT]);
struct ip subnet_network(const struct subnet *subnet); // its first address
struct ip subnet_last(const struct subnet *subnet);    // its last: IPv4's broadcast
bool subnet_has(const struct subnet *subnet, const struct ip *ip);
bool subnet_overlaps(const struct subnet *a, const struct subnet *b);
// How many addresses there are; UINT64_MAX when that is more than 64 bits hold.
uint64_t subnet_count(const struct subnet *subnet);

// "02:42:ac:11:00:02", also with dashes.
bool mac_parse(struct str text, uint8_t out[static MAC_BYTES]);
const char *mac_print(const uint8_t mac[static MAC_BYTES], char out[static MAC_TEXT]);
