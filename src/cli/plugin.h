// SPDX-License-Identifier: Apache-2.0
// plugin.h — docker's plugins of its command line: `dhow compose` is the program docker-compose.
#pragma once
#include "cli/command.h"

enum { PLUGINS_MAX = 64 };

struct plugin {
    const char *name, *path, *summary; // the summary with its vendor and version
};
// Those that there are and that answer, by name; how many. One with the name of a command of ours
// is none.
size_t plugins_list(struct cli *cli, struct plugin out[PLUGINS_MAX]);
// 1 and the program, or 0.
int plugin_find(struct cli *cli, const char *name, const char **out_path);
// Becomes the plugin, with these words as its command line; comes back only on failure, < 0.
int plugin_run(struct cli *cli, const char *path, const char *const *words, size_t n);
