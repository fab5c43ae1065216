// SPDX-License-Identifier: Apache-2.0
// network.h — inside image/: which hosts a pattern means (insecure-registries).
//
// Names are compared as text and never resolved: asking the network who somebody is belongs to the
// program that speaks to it.
#pragma once
#include "base/str.h"

// "registry:5000", "[::1]:5000", "10.1.2.3" → the host without brackets, and the port ("" when
// there is none).
void host_split(struct str text, struct str *out_host, struct str *out_port);
// True when `host` (without port) is an address within "10.0.0.0/8" or "fd00::/8", or equal to a
// plain address. False for names and for what is no network.
bool network_has(struct str network, struct str host);
bool network_is_valid(struct str network); // ADDRESS/BITS
// One entry of docker's insecure-registries against HOST[:PORT]: a network, a host, a host and
// port.
bool insecure_matches(struct str entry, struct str registry);
