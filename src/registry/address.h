// SPDX-License-Identifier: Apache-2.0
// address.h — how near an address is, and whether a proxy stands before a host.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

// What a registry may send us to: nothing nearer than itself (S-23). A public registry cannot make
// this machine ask its own services or its neighbours'.
enum address_reach {
    ADDRESS_NEVER, // link-local (clouds keep secrets at 169.254.169.254), multicast, reserved
    ADDRESS_PUBLIC,
    ADDRESS_PRIVATE, // RFC 1918, 6598, 4193
    ADDRESS_LOOPBACK,
};
enum address_reach address_reach(const struct sockaddr *address);
// The same for a host that is written as an address; ADDRESS_PUBLIC for a name, ADDRESS_LOOPBACK
// for localhost.
enum address_reach address_reach_of_host(const char *host);

// Does docker's NO_PROXY (Go's rules: hosts with their subdomains, .domains, addresses, networks,
// each with an optional port, and "*") name the host? Loopback never goes through a proxy.
bool address_bypasses_proxy(const char *no_proxy, const char *host, uint16_t port);
