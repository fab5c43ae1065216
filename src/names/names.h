// SPDX-License-Identifier: Apache-2.0
// names.h — who is called what on a network: the file that network/ writes and the name server in
// a container's monitor reads.
//
//     <run>/networks/<network id>.json       struct network_names, one per user-defined network
//
// It is replaced by rename, so a reader sees a whole file: it reads again when the inode or the
// time of change is another than last time. One that is not there means: no names (any more).
// Which networks a container is on, and what it alone calls others: monitor/config.h.
#pragma once
#include "json/bind.h"

enum {
    NAMES_MAX = 4 * 1024 * 1024, // bytes of a file of names
};
#define NAMES_DIR "networks" // in the run root

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
