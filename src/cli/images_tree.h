// SPDX-License-Identifier: Apache-2.0
// images_tree.h — images with their platforms, as `images --tree` shows them.
#pragma once
#include "cli/command.h"
#include "ops/image.h"

// The list must have been asked for with manifests.
[[nodiscard]] int images_tree_print(struct cli *cli, const struct image_list_response *list);
