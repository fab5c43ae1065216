// SPDX-License-Identifier: Apache-2.0
// credentials.h — who the user is to a registry: what `login` stored, wherever it is kept.
//
// A registry is named by its key: docker's "https://index.docker.io/v1/" for Docker Hub, else the
// host with its port. A secret is given out for exactly the registry it was stored for.
#pragma once
#include "cli/configfile.h"
#include "ops/image.h"

#define DOCKER_HUB     "docker.io"
#define DOCKER_HUB_KEY "https://index.docker.io/v1/"

// The registry of a reference ("alpine", "host:5000/a/b:tag"): "docker.io", "host:5000".
const char *registry_of_reference(struct arena *arena, const char *reference);
// The key of a registry as a user writes it: a scheme and a path are taken off, docker.io and its
// other names become Docker Hub's key.
const char *registry_key(struct arena *arena, const char *registry);
// A key without scheme and path: "index.docker.io". In the arena.
const char *registry_host(struct arena *arena, const char *key);

// What is stored for a registry's key: 1 and *out, 0 when nothing is. `repository` ("a/b", may be
// NULL) chooses among what podman has stored for parts of a registry. Looks at DOCKER_AUTH_CONFIG,
// the credential helper that is configured, config.json and podman's auth.json, in this order.
// < 0: a helper failed or a file is broken.
[[nodiscard]] int credentials_find(struct arena *arena, const struct config_file *config,
                                   const char *key, const char *repository,
                                   struct registry_auth *out, struct err *err);

// Whether `login` stored one, so that `logout` has something to do.
[[nodiscard]] int credentials_stored(struct arena *arena, const struct config_file *config,
                                     const char *key, struct err *err);

enum credentials_place { CREDENTIALS_IN_FILE, CREDENTIALS_IN_HELPER };
// Stores a login, with the helper that is configured or in config.json: gives the place.
[[nodiscard]] int credentials_store(struct arena *arena, const struct config_file *config,
                                    const struct registry_auth *auth, struct err *err);
// Forgets it, in all forms that its key has had.
[[nodiscard]] int credentials_erase(struct arena *arena, const struct config_file *config,
                                    const char *key, struct err *err);
