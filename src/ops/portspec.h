// SPDX-License-Identifier: Apache-2.0
// portspec.h — how users write ports: -p, --expose and the keys of requests.
//
//     [ip:][host[-host]:]container[-container][/protocol]      IPv6 in brackets
//     published=8080,target=80,protocol=tcp,host_ip=…          docker's long form
//     80  80/udp  8000-8010/tcp                                --expose, keys
#pragma once
#include "base/str.h"
#include "ops/spec.h"

enum { PORTSPEC_PORTS_MAX = 4096 }; // of one container

struct port_range {
    uint16_t first, last;
};
// "80" or "8000-8010"; 0 is no port. False: it is neither.
bool port_range_parse(struct str text, struct port_range *out);
// "80/tcp", "80" (tcp), "8000-8010/udp". False: it is no key of a request.
bool port_key_parse(const char *text, struct port_range *out, const char **out_protocol);

struct port_list { // grows in its arena
    struct port_map *maps;
    size_t n, room;
};
// Adds what one -p says. ERR_INVALID in docker's words.
[[nodiscard]] int portspec_publish(struct arena *arena, const char *text, struct port_list *out,
                                   struct err *err);
// Adds what one --expose says, without bindings.
[[nodiscard]] int portspec_expose(struct arena *arena, const char *text, struct port_list *out,
                                  struct err *err);
