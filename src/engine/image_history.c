// SPDX-License-Identifier: Apache-2.0
// image_history.c — how an image came to be, the newest step first.
#include "base/mem.h"
#include "engine/image_show.h"
#include "ops/filters.h"

int engine_image_history(struct engine *engine, struct arena *arena,
                         const struct image_history_request *request,
                         struct image_history_response *response, struct err *err)
{
    struct image image;
    struct image_layer_entry *entries;
    struct shown_names names;
    size_t n;
    if (engine_image_find(engine, arena, request->name, request->platform, &image, err) < 0 ||
        image_history(&engine->images, arena, &image, &entries, &n, err) < 0)
        return -1;
    image_show_names(arena, &image, &names);
    struct image_history_entry *out = arena_array(arena, n + 1, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        int64_t created_ns = 0;
        struct err ignored; // an entry need not say when
        if (entries[i].created != NULL &&
            time_read(entries[i].created, now_ns(), &created_ns, &ignored) < 0)
            created_ns = 0;
        out[i] = (struct image_history_entry){
            .id = i == 0 ? arena_printf(arena, "sha256:%s", image.id) : "<missing>",
            .created = created_ns / 1'000'000'000,
            .created_by = entries[i].created_by,
            .tags = names.tags,
            .n_tags = i == 0 ? names.n_tags : 0,
            .size = entries[i].bytes,
            .comment = entries[i].comment,
        };
    }
    *response = (struct image_history_response){out, n};
    return 0;
}
