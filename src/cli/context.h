// SPDX-License-Identifier: Apache-2.0
// context.h — the commands of `dhow context`.
#pragma once
#include "cli/command.h"

extern const struct command context_create_command, context_export_command, context_import_command,
    context_inspect_command, context_ls_command, context_rm_command, context_show_command,
    context_update_command, context_use_command;
