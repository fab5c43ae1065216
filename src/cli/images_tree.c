// SPDX-License-Identifier: Apache-2.0
// images_tree.c — each image, and below it what it has for which platform.
#include "base/mem.h"
#include "base/str.h"
#include "cli/images.h"

#include <stdio.h>
#include <string.h>

enum { TREE_MAX = 16 * 1024 * 1024 };

struct tree {
    struct arena *arena;
    bool no_trunc;
    struct buf lines; // a tab between cells
};

static void add_line(struct tree *tree, const char *name, const char *id,
                     const struct image_sizes *sizes, bool is_used)
{
    buf_printf(&tree->lines, "%s\t%s\t%s\t%s\t%s\n", name,
               tree->no_trunc ? id : short_id(tree->arena, id),
               size_words(tree->arena, sizes->total), size_words(tree->arena, sizes->content),
               is_used ? "U" : ""); // docker's letter for "in use"
}

static bool is_image(const struct image_manifest *manifest)
{
    return text_equal(manifest->kind, "image"); // and not what is said about one
}

static void add_platforms(struct tree *tree, const struct image_summary *it)
{
    size_t n = 0;
    for (size_t i = 0; i < it->n_manifests; i++)
        n += is_image(&it->manifests[i]);
    for (size_t i = 0; i < it->n_manifests; i++) {
        const struct image_manifest *manifest = &it->manifests[i];
        if (!is_image(manifest))
            continue;
        const char *platform = manifest->platform != NULL ? manifest->platform : "unknown";
        add_line(tree, arena_printf(tree->arena, "%s %s", --n != 0 ? "├─" : "└─", platform),
                 manifest->id, &manifest->sizes, manifest->n_containers != 0);
    }
}

static void add_image(struct tree *tree, const struct image_summary *it)
{
    struct image_sizes all = {};
    for (size_t i = 0; i < it->n_manifests; i++) {
        all.content += it->manifests[i].sizes.content;
        all.total += it->manifests[i].sizes.total;
    }
    for (size_t i = 0; i < it->n_repo_tags; i++)
        add_line(tree, it->repo_tags[i], it->id, &all, it->containers > 0);
    if (it->n_repo_tags == 0)
        add_line(tree, it->n_repo_digests != 0 ? it->repo_digests[0] : "<untagged>", it->id, &all,
                 it->containers > 0);
    add_platforms(tree, it);
}

int images_tree_print(struct cli *cli, const struct image_list_response *images, bool no_trunc)
{
    struct tree tree = {.arena = &cli->arena, .no_trunc = no_trunc};
    AUTO_BUF struct buf columns;
    buf_init(&tree.lines, TREE_MAX);
    buf_init(&columns, (size_t)4 * TREE_MAX);
    buf_text(&tree.lines, "IMAGE\tID\tDISK USAGE\tCONTENT SIZE\tEXTRA\n");
    for (size_t i = 0; i < images->n_images; i++)
        add_image(&tree, &images->images[i]);
    align_columns(&columns, buf_get(&tree.lines));
    int result = buf_check(&tree.lines, "the tree", &cli->err);
    if (result == 0)
        result = buf_check(&columns, "the tree", &cli->err);
    if (result == 0)
        fputs(buf_get(&columns), stdout);
    buf_done(&tree.lines);
    return result;
}
