// SPDX-License-Identifier: Apache-2.0
// volume.h — what commands on volumes share with those that prune and list everything.
#pragma once
#include "cli/command.h"
#include "template/value.h"

extern const struct command volume_create_command, volume_ls_command, volume_inspect_command,
    volume_rm_command, volume_prune_command, volume_update_command, volume_clone_command,
    volume_snapshot_command, volume_export_command, volume_import_command, volume_exists_command;

// Rows are struct volume_info.
extern const struct row_type volume_rows;
// Removes the volumes that no container uses (`all`: named ones, too), says which, and adds what
// that gave back. < 0: the reason is in cli->err.
[[nodiscard]] int volumes_prune(struct cli *cli, const struct words *filters, bool all,
                                uint64_t *reclaimed);
