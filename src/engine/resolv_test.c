// SPDX-License-Identifier: Apache-2.0
#include "base/test.h"
#include "engine/endpoints.h"

static const char host[] = "# made by somebody\n"
                           "nameserver 127.0.0.53\n"
                           "nameserver\t192.0.2.1 \n"
                           "nameserver 2001:db8::1\n"
                           "search example.org  lan\n"
                           "options edns0\n";

TEST(a_container_gets_the_hosts_servers_that_it_can_reach)
{
    AUTO_ARENA struct arena arena = {};
    struct resolv_request request = {.host = host};
    CHECK_STR(resolv_make(&arena, &request), "nameserver 192.0.2.1\n"
                                             "search example.org  lan\n"
                                             "options edns0\n");
    request.has_ipv6 = true;
    CHECK_HAS(resolv_make(&arena, &request), "nameserver 2001:db8::1\n");
}

TEST(without_a_server_that_can_be_reached_public_ones_are_named)
{
    AUTO_ARENA struct arena arena = {};
    const struct resolv_request request = {.host = "nameserver 127.0.0.1\n"};
    CHECK_STR(resolv_make(&arena, &request), "nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
}

TEST(on_the_hosts_network_all_is_the_hosts)
{
    AUTO_ARENA struct arena arena = {};
    const struct resolv_request request = {.host = host, .is_host = true};
    CHECK_HAS(resolv_make(&arena, &request), "nameserver 127.0.0.53\n");
    CHECK_HAS(resolv_make(&arena, &request), "nameserver 2001:db8::1\n");
}

TEST(our_name_server_hides_the_others)
{
    AUTO_ARENA struct arena arena = {};
    const char *servers[] = {"192.0.2.7"};
    const struct resolv_request request = {
        .host = host, .has_name_server = true, .servers = servers, .n_servers = 1};
    CHECK_STR(resolv_make(&arena, &request), "nameserver 127.0.0.11\n"
                                             "search example.org  lan\n"
                                             "options edns0\n"
                                             "options ndots:0\n");
}

TEST(what_was_asked_for_replaces_what_the_host_has)
{
    AUTO_ARENA struct arena arena = {};
    const char *servers[] = {"192.0.2.7", "2001:db8::7"}, *search[] = {"a", "b"},
               *options[] = {"ndots:2", "rotate"};
    struct resolv_request request = {
        .host = host,
        .servers = servers,
        .n_servers = 2,
        .search = search,
        .n_search = 2,
        .options = options,
        .n_options = 2,
    };
    CHECK_STR(resolv_make(&arena, &request), "nameserver 192.0.2.7\n"
                                             "nameserver 2001:db8::7\n"
                                             "search a b\n"
                                             "options ndots:2 rotate\n");
    request.has_name_server = true;
    CHECK_STR(resolv_make(&arena, &request), "nameserver 127.0.0.11\n"
                                             "search a b\n"
                                             "options ndots:2 rotate\n");
    search[0] = ".";
    request.n_search = 1;
    CHECK_STR(resolv_make(&arena, &request), "nameserver 127.0.0.11\n"
                                             "options ndots:2 rotate\n");
}

TEST(servers_to_forward_to_are_the_hosts)
{
    AUTO_ARENA struct arena arena = {};
    size_t n;
    const char **servers = resolv_servers(&arena, host, true, &n);
    CHECK_INT(n, 3);
    CHECK_STR(servers[0], "127.0.0.53");
    (void)resolv_servers(&arena, host, false, &n);
    CHECK_INT(n, 2);
}
