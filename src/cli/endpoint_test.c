// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "cli/endpoint.h"

TEST(a_name_is_all_there_is)
{
    struct cli cli = {};
    struct endpoint_settings it;
    CHECK_INT(endpoint_read(&cli, "container:abc", &it), 0);
    CHECK_STR(it.network, "container:abc");
    CHECK(it.ipam_config == NULL && it.n_aliases == 0);
    arena_done(&cli.arena);
}

TEST(the_long_form_has_all_that_docker_has)
{
    struct cli cli = {};
    struct endpoint_settings it;
    CHECK_INT(
        endpoint_read(&cli,
                      "name=n,alias=a,alias=b,ip=10.0.0.2,ip6=fd00::2,mac-address=02:42:0:0:0:1,"
                      "link-local-ip=169.254.3.4,driver-opt=k=v=w,gw-priority=-3,"
                      "\"driver-opt=x=1,2\"",
                      &it),
        0);
    CHECK_STR(it.network, "n");
    CHECK_INT(it.n_aliases, 2);
    CHECK_STR(it.aliases[1], "b");
    CHECK_STR(it.ipam_config->ipv4_address, "10.0.0.2");
    CHECK_STR(it.ipam_config->ipv6_address, "fd00::2");
    CHECK_INT(it.ipam_config->n_link_local_ips, 1);
    CHECK_STR(it.mac_address, "02:42:0:0:0:1");
    CHECK_INT(it.gw_priority, -3);
    CHECK_INT(it.n_driver_opts, 2);
    CHECK_STR(it.driver_opts[0].key, "k");
    CHECK_STR(it.driver_opts[0].value, "v=w");
    CHECK_STR(it.driver_opts[1].value, "1,2");
    arena_done(&cli.arena);
}

TEST(what_is_no_network_is_refused_by_name)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"alias=a", "network name/id is not specified"},
        {"name=", "network name/id is not specified"},
        {"name=n,nonsense", "must be a key=value pair"},
        {"name=n,color=red", "invalid field key \"color\""},
        {"name=n,gw-priority=high", "\"high\" is no number"},
        {"name=n,driver-opt=x", "invalid key value pair format in driver options"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct cli cli = {};
        struct endpoint_settings it;
        CHECK(endpoint_read(&cli, rows[i].text, &it) < 0);
        CHECK_HAS(cli.err.text, rows[i].says);
        CHECK_HAS(cli.err.text, "\"--network\" flag");
        arena_done(&cli.arena);
    }
}
