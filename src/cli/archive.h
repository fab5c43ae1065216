// SPDX-License-Identifier: Apache-2.0
// archive.h — commands that write an archive to a file or to standard output.
#pragma once
#include "cli/command.h"

// Calls `write` with a descriptor for `path`: a file that appears under that name when it is whole
// (an old one stays as it was on failure), a device or pipe that is there already, or standard
// output when `path` is NULL, which must not be a terminal ("cowardly refusing to `verb` to a
// terminal"). < 0: the reason is in cli->err.
[[nodiscard]] int archive_write(struct cli *cli, const char *path, const char *verb,
                                int (*write)(struct cli *cli, void *of, int tar), void *of);
