// SPDX-License-Identifier: Apache-2.0
// secret.h — the commands of secrets.
#pragma once
#include "cli/command.h"

extern const struct command secret_create_command, secret_ls_command, secret_inspect_command,
    secret_rm_command, secret_exists_command;
