// SPDX-License-Identifier: Apache-2.0
// nameserver.h — 127.0.0.11:53 inside a container's network namespace.
#pragma once
#include "base/err.h"

#define NAMESERVER_ADDRESS "127.0.0.11"
enum { NAMESERVER_UDP, NAMESERVER_TCP, NAMESERVER_SOCKETS };

// Sockets (UDP, and TCP that listens) at which questions to 127.0.0.11:53 arrive in that namespace,
// whose loopback is up. A container can serve port 53 itself all the same.
[[nodiscard]] int nameserver_open(int netns, int out[NAMESERVER_SOCKETS], struct err *err);
