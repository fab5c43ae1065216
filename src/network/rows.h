// SPDX-License-Identifier: Apache-2.0
// rows.h — what the files of network/ share.
#pragma once
#include "network/ipam.h"
#include "network/network.h"

extern const struct json_field network_spec_fields[], endpoint_spec_fields[];

// 32 random bytes as hex.
[[nodiscard]] const char *network_make_id(struct arena *arena, struct err *err);
// The machine's list of network devices, held until the fd is closed.
[[nodiscard]] int devices_lock(struct err *err);
// Row n of the network's pools as numbers. They were checked when it was made.
struct address_pool network_pool_read(struct arena *arena, const struct network_pool *pool);
// A socket for rtnetlink where bridges are: the host's namespace, or, without root, the user's.
[[nodiscard]] int network_socket(struct err *err);
// Records a network that is complete.
[[nodiscard]] int network_put(const struct network_store *store, struct arena *arena,
                              const struct network *network, struct err *err);
[[nodiscard]] int network_set_spec(const struct network_store *store, const struct network *network,
                                   struct err *err);
// Puts the network's name before an error; where a privilege or a part of the kernel is missing,
// the user hears the way out, too. -1.
int network_fail(const struct network *network, struct err *err);
// The first of dhow0, dhow1 … that no device has. Holding devices_lock.
[[nodiscard]] int device_name_choose(struct arena *arena, int socket, const char **out,
                                     struct err *err);
// All subnets that are spoken for: routes and addresses of the host, pools of networks.
[[nodiscard]] int subnets_taken(const struct network_store *store, struct arena *arena, int socket,
                                struct subnet **out, size_t *n_out, struct err *err);
// Chooses the pools that the network still lacks.
[[nodiscard]] int pools_complete(const struct network_store *store, struct arena *arena, int socket,
                                 struct network *network, struct err *err);
