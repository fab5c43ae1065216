// SPDX-License-Identifier: Apache-2.0
// names.h — who is called what on a network: the files that network/ writes and the name server in
// a container's monitor reads.
//
//     <run>/networks/<network id>.json       struct network_names, one per user-defined network
//     <run>/containers/<id>/resolver.json    struct resolver, one per container with a name server
//
// Both are replaced by rename, so a reader sees a whole file: it reads again when the inode or the
// time of change is another than last time. One that is not there means: no names (any more).
#pragma once
#include "json/bind.h"

enum {
    NAMES_MAX = 4 * 1024 * 1024, // bytes of a file of names
    RESOLVER_MAX = 64 * 1024,
};
#define NAMES_DIR     "networks" // in the run root
#define RESOLVER_FILE "resolver.json"

// Names are compared without regard to case and have no dot at the end. Several entries may have
// the same name (an alias of several containers): all their addresses are answers. Of the entries
// with an address the first is what that address is called.
struct network_name {
    const char *name;       // "web"; a container's name, alias, short id or host name
    const char **addresses; // "172.18.0.2", "fd00::2"
    size_t n_addresses;
};
struct network_names {
    const char *network; // its name: an address is called "web.<network>"
    struct network_name *names;
    size_t n_names;
};
extern const struct json_field network_names_fields[];

struct resolver_link { // --link: a name that only this container has for another one
    const char *alias, *name;
};
struct resolver {
    const char **networks; // ids; those that are asked first stand first
    size_t n_networks;
    struct resolver_link *links;
    size_t n_links;
    const char **servers; // addresses to forward to, asked from the host's side
    size_t n_servers;
    // All its networks are internal: what is not known here is not asked for outside
    // (CVE-2024-29018).
    bool is_internal;
};
extern const struct json_field resolver_fields[];
