// SPDX-License-Identifier: Apache-2.0
#include "base/ip.h"
#include "base/test.h"

#include <netinet/in.h>
#include <string.h>

static struct ip ip_of(const char *text)
{
    struct ip ip = {};
    CHECK(ip_parse(str_of(text), &ip));
    return ip;
}

static struct subnet subnet_of(const char *text)
{
    struct subnet subnet = {};
    CHECK(subnet_parse(str_of(text), &subnet));
    return subnet;
}

TEST(addresses_that_are_none_are_refused)
{
    static const char *const bad[] = {
        "",         "1.2.3",     "1.2.3.4.5", "1.2.3.256",
        " 1.2.3.4", "1.2.3.4/8", "01.2.3.4",  "fe80::1%eth0",
        ":::",      "g::1",      "1.2.3.4\n", "11111111111111111111111111111111111111111111111"};
    struct ip ip;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!ip_parse(str_of(bad[i]), &ip));
    CHECK(!ip_parse((struct str){"1.2.3.4\0x", 9}, &ip));
}

TEST(an_address_is_printed_as_it_was_read)
{
    static const char *const good[] = {"0.0.0.0", "172.17.0.2", "::", "fd00::2", "2001:db8::1:0:1"};
    char text[IP_TEXT];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct ip ip = ip_of(good[i]);
        CHECK_STR(ip_print(&ip, text), good[i]);
    }
}

TEST(adding_carries_over_bytes_and_wraps)
{
    char text[IP_TEXT];
    struct ip a = ip_of("10.0.0.255"), b = ip_of("255.255.255.255"), c = ip_of("fd00::ffff:ffff");
    a = ip_plus(&a, 1);
    b = ip_plus(&b, 2);
    c = ip_plus(&c, 0x100000001);
    CHECK_STR(ip_print(&a, text), "10.0.1.0");
    CHECK_STR(ip_print(&b, text), "0.0.0.1");
    CHECK_STR(ip_print(&c, text), "fd00::2:0:0");
}

TEST(a_subnet_has_a_first_and_a_last_address)
{
    static const struct {
        const char *subnet, *first, *last;
        uint64_t count;
    } rows[] = {
        {"172.17.0.9/16", "172.17.0.0", "172.17.255.255", 65536},
        {"10.1.2.3/30", "10.1.2.0", "10.1.2.3", 4},
        {"10.1.2.3/32", "10.1.2.3", "10.1.2.3", 1},
        {"0.0.0.0/0", "0.0.0.0", "255.255.255.255", 1ull << 32},
        {"fd00:1::1/64", "fd00:1::", "fd00:1::ffff:ffff:ffff:ffff", UINT64_MAX},
    };
    char text[IP_TEXT];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct subnet subnet = subnet_of(rows[i].subnet);
        struct ip first = subnet_network(&subnet), last = subnet_last(&subnet);
        CHECK_STR(ip_print(&first, text), rows[i].first);
        CHECK_STR(ip_print(&last, text), rows[i].last);
        CHECK(subnet_count(&subnet) == rows[i].count);
    }
}

TEST(subnets_overlap_when_one_is_in_the_other)
{
    static const struct {
        const char *a, *b;
        bool overlap;
    } rows[] = {
        {"172.17.0.0/16", "172.17.5.0/24", true},  {"172.17.5.0/24", "172.17.0.0/16", true},
        {"172.17.0.0/16", "172.18.0.0/16", false}, {"0.0.0.0/0", "10.0.0.0/8", true},
        {"10.0.0.0/8", "fd00::/8", false},         {"192.168.16.0/20", "192.168.31.255/32", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct subnet a = subnet_of(rows[i].a), b = subnet_of(rows[i].b);
        CHECK(subnet_overlaps(&a, &b) == rows[i].overlap);
    }
}

TEST(subnets_that_are_none_are_refused)
{
    static const char *const bad[] = {
        "",           "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8",
        "fd00::/129", "/8"};
    struct subnet subnet;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!subnet_parse(str_of(bad[i]), &subnet));
}

TEST(hardware_addresses_are_read_and_written)
{
    uint8_t mac[MAC_BYTES];
    char text[MAC_TEXT];
    CHECK(mac_parse(STR("02:42:AC:11:00:02"), mac));
    CHECK_STR(mac_print(mac, text), "02:42:ac:11:00:02");
    CHECK(!mac_parse(STR("02:42:ac:11:00"), mac));
    CHECK(!mac_parse(STR("02:42:ac:11:00:0g"), mac));
    CHECK(!mac_parse(STR("02.42.ac.11.00.02"), mac));
}

TEST(an_address_and_a_port_become_a_socket_address)
{
    struct sockaddr_storage out;
    const struct ip four = ip_of("1.2.3.4"), six = ip_of("fd00::1");
    CHECK(ip_socket_address(&four, 258, &out) == sizeof(struct sockaddr_in));
    const struct sockaddr_in *v4 = (const void *)&out;
    CHECK(out.ss_family == AF_INET && v4->sin_port == htons(258));
    CHECK(v4->sin_addr.s_addr == htonl(0x01020304));
    CHECK(ip_socket_address(&six, 53, &out) == sizeof(struct sockaddr_in6));
    const struct sockaddr_in6 *v6 = (const void *)&out;
    CHECK(out.ss_family == AF_INET6 && v6->sin6_port == htons(53));
    CHECK(memcmp(&v6->sin6_addr, six.bytes, sizeof six.bytes) == 0);
}
