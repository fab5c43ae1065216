// SPDX-License-Identifier: Apache-2.0
// network.h — the commands of `dhow network`.
#pragma once
#include "cli/command.h"

extern const struct command network_create_command, network_ls_command, network_inspect_command,
    network_rm_command, network_prune_command, network_connect_command, network_disconnect_command,
    network_reload_command;

// Removes networks that nobody is on and says which, as system prune does, too.
[[nodiscard]] int prune_networks(struct cli *cli, const char *filters);
