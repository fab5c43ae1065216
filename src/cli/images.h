// SPDX-License-Identifier: Apache-2.0
// images.h — inside cli/: the list of images as a tree.
#pragma once
#include "cli/format.h"
#include "ops/image.h"

// Prints each image and, below it, the platforms it is for. The list was asked for with
// `manifests`.
[[nodiscard]] int images_tree_print(struct cli *cli, const struct image_list_response *images,
                                    bool no_trunc);
