// SPDX-License-Identifier: Apache-2.0
// dns.h — the name server of a container, in its monitor.
//
// Its sockets were made in the container's network namespace by the engine (dns_sockets); what it
// asks others it asks from the host's. Names are those of the networks' files (names.h), read again
// when these change. No memory is kept per question.
#pragma once
#include "monitor/config.h"
#include "monitor/server.h"

struct dns_server;
// Begins to answer on the two descriptors (UDP, TCP) that the configuration names; nothing to do
// without.
[[nodiscard]] int dns_serve(struct monitor *monitor, const struct monitor_dns *config,
                            struct err *err);
// Reads monitor.json again: other networks or servers from now on. Takes the first two of `fds`
// (UDP, TCP) when there was no server yet; how many it took. A file that cannot be read changes
// nothing.
size_t dns_change(struct monitor *monitor, const int *fds, size_t n);
// Frees what ended in a round of events: after it, for the round may know it still.
void dns_bury(struct monitor *monitor);
void dns_done(struct monitor *monitor);
