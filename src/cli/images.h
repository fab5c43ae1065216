// SPDX-License-Identifier: Apache-2.0
// images.h — inside cli/: the list of images as a tree.
#pragma once
#include "cli/format.h"
#include "ops/image.h"

enum { IMAGES_TREE_MAX = 64 * 1024 * 1024 }; // bytes of what is printed

// Prints each image and, below it, the platforms it is for. The list was asked for with
// `manifests`.
void images_tree_print(struct arena *arena, const struct image_list_response *images,
                       bool no_trunc);
