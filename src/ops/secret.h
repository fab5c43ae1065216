// SPDX-License-Identifier: Apache-2.0
// secret.h — requests and responses of the secret operations. JSON names are the Docker Engine
// API's (v1.55); a value is never in a response, but for one that was asked for it by name
// (podman's
// --showsecret).
#pragma once
#include "json/bind.h"

enum { SECRET_MAX = 512'000 }; // bytes of a value, docker's and podman's limit

struct secret_driver {
    const char *name;
    struct json_pair *options;
    size_t n_options;
};
struct secret_spec {
    const char *name;
    struct json_pair *labels;
    size_t n_labels;
    struct secret_driver *driver; // NULL: file
    const char *data;             // base64
};
struct secret_create_request {
    struct secret_spec spec;
    bool replace; // ours: one of that name gets the new value
};
struct secret_create_response {
    const char *id;
};
struct secret_reference {
    const char *id; // or name, or the beginning of an id
    bool show;      // ours: with its value
};
struct secret_info {
    const char *id, *created_at, *updated_at;
    struct secret_spec spec; // data: only when it was asked for
};
struct secret_list_request {
    const char *filters; // id, label, name
};
struct secret_list_response {
    struct secret_info *secrets;
    size_t n_secrets;
};
extern const struct json_field secret_create_parameters[], secret_create_body[],
    secret_create_response_fields[], secret_reference_parameters[], secret_info_fields[],
    secret_list_parameters[], secret_list_response_fields[];
