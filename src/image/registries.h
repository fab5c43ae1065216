// SPDX-License-Identifier: Apache-2.0
// registries.h — where an image's name leads: mirrors, other places, and how to speak to them.
//
// Two files say it: docker's daemon.json, of which the keys below are read and all others left
// alone, and dhow's own, which wins and in which a key that nobody knows is an error:
//
//     registry-mirrors            ["https://mirror:5000"]   for docker.io
//     insecure-registries         ["hub.corp:5000", "10.0.0.0/8"]
//     proxies                     {"http-proxy": "", "https-proxy": "", "no-proxy": ""}
//     max-concurrent-downloads, max-concurrent-uploads, max-download-attempts
//     registry-stall-seconds      (dhow's only) who sends nothing for so long is given up: 30
//     registries (dhow's only)    [{"prefix": "docker.io/library", "location": "hub.corp/copies",
//                                   "insecure": false, "blocked": false,
//                                   "mirrors": [{"location": "…", "insecure": true,
//                                                "pull-from-mirror": "digest-only"}]}]
//
//     policy (dhow's only)        "/etc/dhow/policy.json": see policy.h
//
// The registries have the words and the meaning of containers-registries.conf(5): the longest
// prefix wins. Certificates are where docker and podman look for them, in certs.d/HOST:PORT beside
// each file and below /etc/containers.
#pragma once
#include "json/bind.h"

struct image_reference;
struct transfer_session;

struct registries_paths {
    const char *ours;     // dhow.json
    bool ours_must_exist; // somebody said that it is there
    const char *docker;   // daemon.json
};

enum registries_use {
    REGISTRIES_PULL,
    REGISTRIES_PUSH,   // goes to no mirror
    REGISTRIES_HOST,   // the same for the registry as such: the name's path may be empty
    REGISTRIES_SEARCH, // the same for its search, which docker.io has elsewhere
};

struct registry_credentials { // all may be NULL
    const char *username, *password, *identity_token, *registry_token;
};

struct registries_question {
    const struct image_reference *name;
    enum registries_use use;
    const struct registry_credentials *credentials; // NULL: none
};

struct registries;

// Reads both files; one that is missing says nothing (but see ours_must_exist). < 0: one cannot be
// read, or makes no sense: the text names file and key.
[[nodiscard]] int registries_read(struct arena *arena, const struct registries_paths *paths,
                                  struct registries **out, struct err *err);
// How a session for this repository is opened: endpoints in the order in which they are tried,
// proxies (of the files, else of the environment), limits. The credentials are for the registry
// itself and go to no other host (S-23). ERR_DENIED: it is blocked.
[[nodiscard]] int registries_session(const struct registries *registries, struct arena *arena,
                                     const struct registries_question *question,
                                     struct transfer_session *out, struct err *err);

// The policy that dhow's own file names, or NULL.
const char *registries_policy(const struct registries *registries);

// For the table of another reader of dhow's own file: the keys that are read here.
#define REGISTRIES_KEY(type, member, key)                                                          \
    {                                                                                              \
        .name = (key), .offset = offsetof(type, member), .kind = JSON_RAW                          \
    }
#define REGISTRIES_KEYS(type, member)                                                              \
    REGISTRIES_KEY(type, member, "registry-mirrors"),                                              \
        REGISTRIES_KEY(type, member, "insecure-registries"),                                       \
        REGISTRIES_KEY(type, member, "proxies"),                                                   \
        REGISTRIES_KEY(type, member, "max-concurrent-downloads"),                                  \
        REGISTRIES_KEY(type, member, "max-concurrent-uploads"),                                    \
        REGISTRIES_KEY(type, member, "max-download-attempts"),                                     \
        REGISTRIES_KEY(type, member, "registry-stall-seconds"),                                    \
        REGISTRIES_KEY(type, member, "registries"), REGISTRIES_KEY(type, member, "policy"),        \
        REGISTRIES_KEY(type, member, "log-driver"), REGISTRIES_KEY(type, member, "log-opts"),      \
        REGISTRIES_KEY(type, member, "cdi-spec-dirs"),                                             \
        REGISTRIES_KEY(type, member, "default-ulimits"),                                           \
        REGISTRIES_KEY(type, member, "default-userns-mode")
