// SPDX-License-Identifier: Apache-2.0
// ip.c — addresses are byte strings, so comparing, masking and adding are the same for both kinds.
#include "base/ip.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

size_t ip_size(const struct ip *ip)
{
    return ip->family == AF_INET ? 4 : ip->family == AF_INET6 ? 16 : 0;
}

bool ip_is_none(const struct ip *ip)
{
    return ip->family == 0;
}

bool ip_parse(struct str text, struct ip *out)
{
    char copy[IP_TEXT];
    if (text.n == 0 || text.n >= sizeof copy)
        return false;
    memcpy(copy, text.at, text.n);
    copy[text.n] = '\0';
    struct ip ip = {.family = memchr(copy, ':', text.n) != NULL ? AF_INET6 : AF_INET};
    // inet_pton takes neither leading zeros nor what inet_aton would.
    if (strlen(copy) != text.n || inet_pton(ip.family, copy, ip.bytes) != 1)
        return false;
    *out = ip;
    return true;
}

const char *ip_print(const struct ip *ip, char out[static IP_TEXT])
{
    out[0] = '\0';
    if (!ip_is_none(ip))
        (void)inet_ntop(ip->family, ip->bytes, out, IP_TEXT); // the room is enough for both
    return out;
}

int ip_compare(const struct ip *a, const struct ip *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->bytes, b->bytes, ip_size(a));
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
    return ip_compare(a, b) == 0;
}

struct ip ip_plus(const struct ip *ip, uint64_t n)
{
    struct ip sum = *ip;
    for (size_t i = ip_size(ip); i-- > 0 && n != 0; n >>= 8) {
        n += sum.bytes[i];
        sum.bytes[i] = (uint8_t)n;
    }
    return sum;
}

bool ip_is_loopback(const struct ip *ip)
{
    static const uint8_t one[16] = {[15] = 1};
    if (ip->family == AF_INET)
        return ip->bytes[0] == 127;
    return ip->family == AF_INET6 && memcmp(ip->bytes, one, sizeof one) == 0;
}

bool ip_is_link_local(const struct ip *ip)
{
    if (ip->family == AF_INET)
        return ip->bytes[0] == 169 && ip->bytes[1] == 254;
    return ip->family == AF_INET6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

bool ip_is_unspecified(const struct ip *ip)
{
    static const uint8_t zeros[16];
    return ip->family != 0 && memcmp(ip->bytes, zeros, ip_size(ip)) == 0;
}

socklen_t ip_socket_address(const struct ip *ip, uint16_t port, struct sockaddr_storage *out)
{
    *out = (struct sockaddr_storage){};
    if (ip->family == AF_INET6) {
        struct sockaddr_in6 *v6 = (void *)out;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        memcpy(&v6->sin6_addr, ip->bytes, sizeof v6->sin6_addr);
        return sizeof *v6;
    }
    struct sockaddr_in *v4 = (void *)out;
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    memcpy(&v4->sin_addr, ip->bytes, sizeof v4->sin_addr);
    return sizeof *v4;
}

bool subnet_parse(struct str text, struct subnet *out)
{
    struct str rest = text, address = str_cut(&rest, '/');
    struct subnet subnet = {};
    uint32_t bits;
    if (!ip_parse(address, &subnet.address) || !str_to_u32(rest, &bits) ||
        bits > 8 * ip_size(&subnet.address))
        return false;
    subnet.bits = (uint8_t)bits;
    *out = subnet;
    return true;
}

const char *subnet_print(const struct subnet *subnet, char out[static SUBNET_TEXT])
{
    char address[IP_TEXT];
    snprintf(out, SUBNET_TEXT, "%s/%u", ip_print(&subnet->address, address), subnet->bits);
    return out;
}

// The bits of byte i that name the host.
static uint8_t host_mask(const struct subnet *subnet, size_t i)
{
    size_t before = 8 * i;
    if (subnet->bits >= before + 8)
        return 0;
    return subnet->bits <= before ? 0xff : (uint8_t)(0xff >> (subnet->bits - before));
}

struct ip subnet_network(const struct subnet *subnet)
{
    struct ip first = subnet->address;
    for (size_t i = 0; i < ip_size(&first); i++)
        first.bytes[i] &= (uint8_t)~host_mask(subnet, i);
    return first;
}

struct ip subnet_last(const struct subnet *subnet)
{
    struct ip last = subnet->address;
    for (size_t i = 0; i < ip_size(&last); i++)
        last.bytes[i] |= host_mask(subnet, i);
    return last;
}

bool subnet_has(const struct subnet *subnet, const struct ip *ip)
{
    if (subnet->address.family != ip->family)
        return false;
    const struct subnet same = {*ip, subnet->bits};
    struct ip a = subnet_network(subnet), b = subnet_network(&same);
    return ip_equal(&a, &b);
}

bool subnet_overlaps(const struct subnet *a, const struct subnet *b)
{
    return a->bits <= b->bits ? subnet_has(a, &b->address) : subnet_has(b, &a->address);
}

uint64_t subnet_count(const struct subnet *subnet)
{
    size_t host_bits = 8 * ip_size(&subnet->address) - subnet->bits;
    return host_bits >= 64 ? UINT64_MAX : (uint64_t)1 << host_bits;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c | 0x20) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

bool mac_parse(struct str text, uint8_t out[static MAC_BYTES])
{
    uint8_t mac[MAC_BYTES];
    if (text.n != MAC_TEXT - 1)
        return false;
    for (size_t i = 0; i < MAC_BYTES; i++) {
        const char *at = text.at + 3 * i;
        int high = hex_digit(at[0]), low = hex_digit(at[1]);
        if (high < 0 || low < 0 || (i + 1 < MAC_BYTES && at[2] != ':' && at[2] != '-'))
            return false;
        mac[i] = (uint8_t)(high << 4 | low);
    }
    memcpy(out, mac, sizeof mac);
    return true;
}

const char *mac_print(const uint8_t mac[static MAC_BYTES], char out[static MAC_TEXT])
{
    snprintf(out, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
             mac[5]);
    return out;
}
