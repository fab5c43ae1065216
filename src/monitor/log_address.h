// SPDX-License-Identifier: Apache-2.0
// log_address.h — inside monitor/: where syslog, journald, gelf and fluentd listen.
#pragma once
#include "monitor/log_settings.h"

#include <sys/socket.h>

struct log_address {
    union {
        struct sockaddr any;
        struct sockaddr_storage room;
    } at;
    socklen_t n;
    int type;           // SOCK_STREAM or SOCK_DGRAM
    bool may_be_stream; // a unix socket of datagrams, or else a stream (/dev/log)
};
// Of a driver that sends its lines. ERR_INVALID: what the option says is no address, or a host
// whose name is in no /etc/hosts.
[[nodiscard]] int log_address_read(const struct log_settings *settings, struct log_address *out,
                                   struct err *err);
// The options of the driver that say where and how it sends: nothing for those that keep files.
[[nodiscard]] int log_address_check(const struct log_settings *settings, struct err *err);
// The number of a facility ("daemon", "3"), < 0: there is none.
int log_facility(const char *name);
