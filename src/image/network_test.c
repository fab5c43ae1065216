// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "image/network.h"

TEST(a_registry_is_a_host_and_perhaps_a_port)
{
    static const char *const rows[][3] = {
        {"registry.example.com", "registry.example.com", ""},
        {"registry:5000", "registry", "5000"},
        {"[::1]:5000", "::1", "5000"},
        {"[fd00::7]", "fd00::7", ""},
        {"fd00::7", "fd00::7", ""},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct str host, port;
        host_split(str_of(rows[i][0]), &host, &port);
        CHECK(str_is(host, rows[i][1]));
        CHECK(str_is(port, rows[i][2]));
    }
}

TEST(insecure_registries_are_hosts_or_networks)
{
    static const struct {
        const char *entry, *registry;
        bool matches;
    } rows[] = {
        {"10.0.0.0/8", "10.1.2.3:5000", true},
        {"10.0.0.0/8", "11.1.2.3:5000", false},
        {"192.168.4.0/22", "192.168.7.255", true},
        {"192.168.4.0/22", "192.168.8.0", false},
        {"0.0.0.0/0", "8.8.8.8", true},
        {"0.0.0.0/0", "[2001:db8::1]:5000", false},
        {"fd00::/8", "[fd12::1]:5000", true},
        {"10.0.0.0/8", "name.example", false}, // names are not resolved
        {"hub.corp:5000", "hub.corp:5000", true},
        {"hub.corp:5000", "HUB.corp:5000", true},
        {"hub.corp", "hub.corp:5000", false},
        {"10.0.0.0/33", "10.0.0.1", false},
        {"10.0.0.0/", "10.0.0.1", false},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++)
        CHECK_INT(insecure_matches(str_of(rows[i].entry), str_of(rows[i].registry)),
                  rows[i].matches);
}
