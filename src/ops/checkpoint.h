// SPDX-License-Identifier: Apache-2.0
// checkpoint.h — requests and responses on saved states of running containers.
#pragma once
#include "json/bind.h"

struct checkpoint_create_request {
    const char *id;             // the container
    const char *checkpoint_id;  // its name
    const char *checkpoint_dir; // where; NULL: with the container
    bool exit;                  // the container ends by it
};
struct checkpoint_reference {
    const char *id, *checkpoint; // checkpoint NULL: all (list)
    const char *dir;
};
struct checkpoint_summary {
    const char *name;
};
struct checkpoint_list_response {
    struct checkpoint_summary *checkpoints; // by name
    size_t n_checkpoints;
};
