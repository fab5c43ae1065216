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
// without. An error leaves the container without names, and is not worth its life.
[[nodiscard]] int dns_serve(struct monitor *monitor, const struct monitor_dns *config,
                            struct err *err);
// Other networks or servers from now on; the configuration's memory must live as long.
void dns_configure(struct monitor *monitor, const struct monitor_dns *config);
// Frees what ended in a round of events: after it, for the round may know it still.
void dns_bury(struct monitor *monitor);
void dns_done(struct monitor *monitor);
