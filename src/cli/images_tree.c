// SPDX-License-Identifier: Apache-2.0
// images_tree.c — `images --tree`: each image with the platforms it is for, and what is here.
#include "base/mem.h"
#include "base/str.h"
#include "cli/images.h"

#include <stdio.h>
#include <string.h>

enum { SHORT_ID = 12, SHA256 = sizeof "sha256:" - 1 };

static void add_line(struct arena *arena, struct buf *out, const char *name, const char *id,
                     const struct image_sizes *sizes, bool is_used)
{
    buf_printf(out, "%s\t%s\t%s\t%s\t%s\n", name, id, size_words(arena, sizes->total),
               size_words(arena, sizes->content), is_used ? "in use" : "");
}

static const char *shown_id(struct arena *arena, const char *id, bool no_trunc)
{
    return no_trunc ? id : arena_printf(arena, "%.*s", SHORT_ID, id + SHA256);
}

static void add_image(struct arena *arena, struct buf *out, const struct image_summary *it,
                      bool no_trunc)
{
    struct image_sizes all = {.total = it->size};
    for (size_t i = 0; i < it->n_manifests; i++)
        all.content += it->manifests[i].sizes.content;
    const char *id = shown_id(arena, it->id, no_trunc);
    for (size_t i = 0; i < it->n_repo_tags; i++)
        add_line(arena, out, it->repo_tags[i], id, &all, it->containers > 0);
    if (it->n_repo_tags == 0)
        add_line(arena, out, it->n_repo_digests != 0 ? it->repo_digests[0] : "<untagged>", id, &all,
                 it->containers > 0);
    size_t last = it->n_manifests;
    for (size_t i = 0; i < it->n_manifests; i++) {
        if (text_equal(it->manifests[i].kind, "image"))
            last = i;
    }
    for (size_t i = 0; i < it->n_manifests; i++) {
        const struct image_manifest *manifest = &it->manifests[i];
        if (!text_equal(manifest->kind, "image"))
            continue; // what is said about images is no image
        const char *branch = i == last ? "└─" : "├─";
        const char *platform = manifest->platform != NULL ? manifest->platform : "unknown";
        add_line(arena, out, arena_printf(arena, "%s %s", branch, platform),
                 shown_id(arena, manifest->id, no_trunc), &manifest->sizes,
                 manifest->n_containers != 0);
    }
}

void images_tree_print(struct arena *arena, const struct image_list_response *images, bool no_trunc)
{
    AUTO_BUF struct buf text, out;
    buf_init(&text, IMAGES_TREE_MAX);
    buf_init(&out, IMAGES_TREE_MAX);
    buf_text(&text, "IMAGE\tID\tDISK USAGE\tCONTENT SIZE\tEXTRA\n");
    for (size_t i = 0; i < images->n_images; i++)
        add_image(arena, &text, &images->images[i], no_trunc);
    align_columns(&out, buf_get(&text));
    fputs(buf_get(&out), stdout);
}
