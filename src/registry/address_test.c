// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "registry/address.h"

#include <netdb.h>
#include <string.h>

TEST(an_address_is_public_unless_a_table_says_otherwise)
{
    static const struct {
        const char *host;
        enum address_reach reach;
    } rows[] = {
        {"8.8.8.8", ADDRESS_PUBLIC},
        {"127.0.0.1", ADDRESS_LOOPBACK},
        {"127.255.0.9", ADDRESS_LOOPBACK},
        {"localhost", ADDRESS_LOOPBACK},
        {"LOCALHOST", ADDRESS_LOOPBACK},
        {"::1", ADDRESS_LOOPBACK},
        {"::ffff:127.0.0.1", ADDRESS_LOOPBACK},
        {"0.0.0.0", ADDRESS_NEVER},
        {"::", ADDRESS_NEVER},
        {"10.1.2.3", ADDRESS_PRIVATE},
        {"172.15.0.1", ADDRESS_PUBLIC},
        {"172.16.0.1", ADDRESS_PRIVATE},
        {"172.31.255.255", ADDRESS_PRIVATE},
        {"172.32.0.1", ADDRESS_PUBLIC},
        {"192.168.9.9", ADDRESS_PRIVATE},
        {"100.64.0.1", ADDRESS_PRIVATE},
        {"169.254.169.254", ADDRESS_NEVER},
        {"::ffff:169.254.169.254", ADDRESS_NEVER},
        {"64:ff9b::a9fe:a9fe", ADDRESS_NEVER},
        {"2002:a9fe:a9fe::1", ADDRESS_NEVER},
        {"fe80::1", ADDRESS_NEVER},
        {"fd00::1", ADDRESS_PRIVATE},
        {"2001:db8::1", ADDRESS_PUBLIC},
        {"ff02::1", ADDRESS_NEVER},
        {"224.0.0.1", ADDRESS_NEVER},
        {"255.255.255.255", ADDRESS_NEVER},
        {"r.example", ADDRESS_PUBLIC},
        {"127.0.0.1.example", ADDRESS_PUBLIC},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++)
        CHECK_INT(address_reach_of_host(rows[i].host), rows[i].reach);
}

TEST(what_a_socket_connects_to_is_judged_by_the_same_tables)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *found;
    CHECK_INT(getaddrinfo("169.254.169.254", "80", &hints, &found), 0);
    CHECK_INT(address_reach(found->ai_addr), ADDRESS_NEVER);
    freeaddrinfo(found);
    CHECK_INT(getaddrinfo("::1", "80", &hints, &found), 0);
    CHECK_INT(address_reach(found->ai_addr), ADDRESS_LOOPBACK);
    freeaddrinfo(found);
    CHECK_INT(address_reach(&(struct sockaddr){.sa_family = AF_UNIX}), ADDRESS_NEVER);
}

TEST(no_proxy_is_read_as_docker_reads_it)
{
    static const struct {
        const char *no_proxy, *host;
        uint16_t port;
        bool is_direct;
    } rows[] = {
        {NULL, "r.example", 443, false},
        {"", "127.0.0.1", 5000, true},
        {"", "localhost", 5000, true},
        {"*", "r.example", 443, true},
        {"r.example", "r.example", 443, true},
        {"R.Example", "r.example", 443, true},
        {"example", "r.example", 443, true},
        {"xample", "r.example", 443, false},
        {".example", "r.example", 443, true},
        {".r.example", "r.example", 443, false},
        {"*.example", "r.example", 443, true},
        {"a, r.example ,b", "r.example", 443, true},
        {"r.example:5000", "r.example", 443, false},
        {"r.example:5000", "r.example", 5000, true},
        {"r.example:x", "r.example", 443, false},
        {"10.0.0.0/8", "10.9.9.9", 443, true},
        {"10.0.0.0/8", "11.9.9.9", 443, false},
        {"10.0.0.0/33", "10.9.9.9", 443, false},
        {"10.9.9.9", "10.9.9.9", 443, true},
        {"10.9.9.9:80", "10.9.9.9", 443, false},
        {"10.9.9.9:443", "10.9.9.9", 443, true},
        {"fd00::/8", "fd12::1", 443, true},
        {"[fd12::1]:443", "fd12::1", 443, true},
        {"0.0.0.0/0", "r.example", 443, false},
        {",,", "r.example", 443, false},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++)
        if (address_bypasses_proxy(rows[i].no_proxy, rows[i].host, rows[i].port) !=
            rows[i].is_direct) {
            CHECK_STR(rows[i].no_proxy, "wrongly judged");
        }
}
