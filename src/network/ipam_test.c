// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "network/ipam.h"

static struct ip ip_of(const char *text)
{
    struct ip ip = {};
    CHECK(text == NULL || ip_parse(str_of(text), &ip));
    return ip;
}

static struct subnet subnet_of(const char *text)
{
    struct subnet subnet = {};
    CHECK(subnet_parse(str_of(text), &subnet));
    return subnet;
}

TEST(the_lowest_free_address_is_chosen)
{
    static const struct {
        const char *subnet, *range, *gateway, *taken[4], *want;
    } rows[] = {
        {"172.17.0.0/16", NULL, "172.17.0.1", {}, "172.17.0.2"},
        {"172.17.0.0/16", NULL, "172.17.0.1", {"172.17.0.3", "172.17.0.2"}, "172.17.0.4"},
        {"172.17.0.0/16", NULL, "172.17.0.1", {"172.17.0.3"}, "172.17.0.2"},
        {"172.17.0.0/16", NULL, NULL, {}, "172.17.0.1"},
        {"172.17.0.0/16", "172.17.5.0/24", "172.17.0.1", {}, "172.17.5.0"},
        {"172.17.0.0/16", "172.17.5.0/24", "172.17.5.0", {"172.17.5.1"}, "172.17.5.2"},
        {"10.0.0.0/30", NULL, "10.0.0.1", {}, "10.0.0.2"},
        {"10.0.0.0/30", NULL, "10.0.0.1", {"10.0.0.2"}, NULL},
        {"10.0.0.0/31", NULL, "10.0.0.0", {}, "10.0.0.1"},
        {"10.0.0.7/32", NULL, NULL, {}, "10.0.0.7"},
        {"10.0.0.0/24", "10.0.0.252/30", NULL, {"10.0.0.252", "10.0.0.253", "10.0.0.254"}, NULL},
        {"fd00::/64", NULL, "fd00::1", {}, "fd00::2"},
        {"fd00::/64", NULL, "fd00::1", {"fd00::2", "172.17.0.3"}, "fd00::3"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct address_pool pool = {
            .subnet = subnet_of(rows[i].subnet),
            .range = subnet_of(rows[i].range != NULL ? rows[i].range : rows[i].subnet),
            .gateway = ip_of(rows[i].gateway),
        };
        struct ip taken[4], out = {};
        size_t n = 0;
        while (n < 4 && rows[i].taken[n] != NULL) {
            taken[n] = ip_of(rows[i].taken[n]);
            n++;
        }
        char text[IP_TEXT];
        bool found = address_choose(&pool, taken, n, &out);
        CHECK_STR(found ? ip_print(&out, text) : "none",
                  rows[i].want != NULL ? rows[i].want : "none");
    }
}

TEST(auxiliary_addresses_are_never_chosen)
{
    const struct ip aux[] = {ip_of("10.0.0.2"), ip_of("10.0.0.4")};
    const struct address_pool pool = {
        .subnet = subnet_of("10.0.0.0/29"),
        .range = subnet_of("10.0.0.0/29"),
        .gateway = ip_of("10.0.0.1"),
        .aux = aux,
        .n_aux = 2,
    };
    struct ip taken[6], out;
    size_t n = 0;
    static const char *const wants[] = {"10.0.0.3", "10.0.0.5", "10.0.0.6"};
    for (size_t i = 0; i < N_ELEMENTS(wants); i++) {
        char text[IP_TEXT];
        CHECK(address_choose(&pool, taken, n, &out));
        CHECK_STR(ip_print(&out, text), wants[i]);
        taken[n++] = out;
    }
    CHECK(!address_choose(&pool, taken, n, &out));
}

TEST(a_subnet_that_the_host_has_a_route_to_is_not_chosen)
{
    static const struct {
        const char *taken[3], *want;
    } rows[] = {
        {{}, "172.17.0.0/16"},
        {{"0.0.0.0/0"}, "172.17.0.0/16"},
        {{"172.17.3.0/24"}, "172.18.0.0/16"},
        {{"172.16.0.0/12"}, "192.168.0.0/20"},
        {{"172.16.0.0/12", "192.168.1.0/24"}, "192.168.16.0/20"},
        {{"172.16.0.0/12", "192.168.0.0/16"}, NULL},
        {{"fd00::/8", "10.0.0.0/8"}, "172.17.0.0/16"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct subnet taken[3], out;
        size_t n = 0;
        while (n < 3 && rows[i].taken[n] != NULL) {
            taken[n] = subnet_of(rows[i].taken[n]);
            n++;
        }
        char text[SUBNET_TEXT];
        bool found = subnet_choose(taken, n, &out);
        CHECK_STR(found ? subnet_print(&out, text) : "none",
                  rows[i].want != NULL ? rows[i].want : "none");
    }
}

TEST(a_unique_local_subnet_has_its_random_bits)
{
    char text[SUBNET_TEXT];
    struct subnet subnet = subnet_unique_local((const uint8_t[]){1, 2, 3, 4, 5});
    CHECK_STR(subnet_print(&subnet, text), "fd01:203:405::/64");
}
