// SPDX-License-Identifier: Apache-2.0
// endpoint.h — --network's value: how a container is to be on a network.
#pragma once
#include "cli/command.h"
#include "ops/spec.h"

// "NAME", or "name=NAME,alias=web,ip=…,ip6=…,mac-address=…,link-local-ip=…,driver-opt=K=V,
// gw-priority=N". < 0: the reason is in cli->err.
[[nodiscard]] int endpoint_read(struct cli *cli, const char *text, struct endpoint_settings *out);
