// SPDX-License-Identifier: Apache-2.0
// images_tree.c — each image, and below it what it has for which platform.
#include "cli/images_tree.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/format.h"

#include <stdio.h>
#include <string.h>

enum { TREE_MAX = 16 * 1024 * 1024 };

static void add_sizes(struct arena *arena, struct buf *out, const char *id, uint64_t total,
                      uint64_t content)
{
    buf_printf(out, "\t%s\t%s\t%s\t", short_id(arena, id), size_words(arena, total),
               size_words(arena, content));
}

static bool is_image(const struct image_manifest *manifest)
{
    return text_equal(manifest->kind, "image");
}

static void add_platforms(struct arena *arena, struct buf *out, const struct image_summary *it)
{
    size_t n = 0;
    for (size_t i = 0; i < it->n_manifests; i++)
        n += is_image(&it->manifests[i]);
    for (size_t i = 0; i < it->n_manifests; i++) {
        const struct image_manifest *manifest = &it->manifests[i];
        if (!is_image(manifest))
            continue;
        buf_printf(out, "%s %s", --n != 0 ? "├─" : "└─",
                   manifest->platform != NULL ? manifest->platform : "unknown");
        add_sizes(arena, out, manifest->id, manifest->sizes.total, manifest->sizes.content);
        buf_printf(out, "%s\n", manifest->n_containers != 0 ? "U" : "");
    }
}

static void add_image(struct arena *arena, struct buf *out, const struct image_summary *it)
{
    uint64_t content = 0, total = 0;
    for (size_t i = 0; i < it->n_manifests; i++) {
        content += it->manifests[i].sizes.content;
        total += it->manifests[i].sizes.total;
    }
    buf_text(out, it->n_repo_tags != 0 ? it->repo_tags[0] : "<untagged>");
    add_sizes(arena, out, it->id, total, content);
    buf_printf(out, "%s\n", it->containers > 0 ? "U" : "");
    for (size_t i = 1; i < it->n_repo_tags; i++)
        buf_printf(out, "%s\t\t\t\t\n", it->repo_tags[i]);
    add_platforms(arena, out, it);
}

int images_tree_print(struct cli *cli, const struct image_list_response *list)
{
    AUTO_BUF struct buf text, columns;
    buf_init(&text, TREE_MAX);
    buf_init(&columns, (size_t)4 * TREE_MAX);
    buf_text(&text, "IMAGE\tID\tDISK USAGE\tCONTENT SIZE\tEXTRA\n");
    for (size_t i = 0; i < list->n_images; i++)
        add_image(&cli->arena, &text, &list->images[i]);
    align_columns(&columns, buf_get(&text));
    if (buf_check(&text, "the tree", &cli->err) < 0 ||
        buf_check(&columns, "the tree", &cli->err) < 0)
        return -1;
    fputs(buf_get(&columns), stdout);
    return 0;
}
