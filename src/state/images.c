// SPDX-License-Identifier: Apache-2.0
// images.c — the rows of images and of their names.
#include "base/str.h"
#include "state/database.h"

#include <string.h>

#define IMAGE_COLUMNS                                                                              \
    "images.id, images.config, images.layers, images.size_bytes, images.created_ns,"               \
    " images.manifest"

int state_image_put(struct state *state, const struct state_image *image, struct err *err)
{
    return statement_run(state, err, "INSERT OR IGNORE INTO images VALUES(?,?,?,?,?,?)", "sssiis",
                         image->id, image->config, image->layers, (int64_t)image->size_bytes,
                         image->created_ns, image->manifest);
}

static void read_image(const struct statement *row, struct arena *arena, struct state_image *out)
{
    *out = (struct state_image){
        .id = column_text(row, arena, 0),
        .config = column_text(row, arena, 1),
        .layers = column_text(row, arena, 2),
        .size_bytes = (uint64_t)column_int(row, 3),
        .created_ns = column_int(row, 4),
        .manifest = column_text(row, arena, 5),
    };
}

int state_image_by_name(struct state *state, struct arena *arena, const char *name,
                        struct state_image *out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    int there = statement_init(&row, state, err,
                               "SELECT " IMAGE_COLUMNS " FROM image_names JOIN images"
                               " ON images.id = image_id WHERE name = ?",
                               "s", name);
    if (there < 0 || (there = statement_step(&row, err)) <= 0)
        return there;
    read_image(&row, arena, out);
    return 1;
}

int state_image_by_id(struct state *state, struct arena *arena, const char *id,
                      struct state_image *out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    int there = statement_init(
        &row, state, err,
        "SELECT " IMAGE_COLUMNS " FROM images WHERE id >= ?1 AND id < ?1 || 'g' LIMIT 2", "s", id);
    if (there < 0 || (there = statement_step(&row, err)) <= 0)
        return there;
    struct state_image image;
    read_image(&row, arena, &image);
    there = statement_step(&row, err);
    if (there < 0)
        return -1;
    if (there > 0)
        return fail(err, ERR_CONFLICT,
                    "several images have an id that starts with %s; give more of it", id);
    *out = image;
    return 1;
}

int state_images(struct state *state, struct arena *arena, struct state_image **out, size_t *n_out,
                 struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    if (statement_init(&row, state, err,
                       "SELECT " IMAGE_COLUMNS ", (SELECT count(*) FROM images) FROM images"
                       " ORDER BY created_ns DESC, id",
                       "") < 0)
        return -1;
    struct state_image *images = NULL;
    size_t n = 0;
    int there;
    while ((there = statement_step(&row, err)) > 0) {
        if (images == NULL)
            images = arena_array(arena, (size_t)column_int(&row, 6), sizeof *images);
        read_image(&row, arena, &images[n++]);
    }
    if (there < 0)
        return -1;
    *out = images;
    *n_out = n;
    return 0;
}

int state_image_delete(struct state *state, const char *id, struct err *err)
{
    if (statement_run(state, err, "DELETE FROM image_names WHERE image_id = ?", "s", id) < 0)
        return -1;
    return statement_run(state, err, "DELETE FROM images WHERE id = ?", "s", id);
}

int state_image_name_put(struct state *state, const char *name, const char *image_id,
                         struct err *err)
{
    return statement_run(state, err, "INSERT OR REPLACE INTO image_names VALUES(?,?)", "ss", name,
                         image_id);
}

int state_image_name_delete(struct state *state, const char *name, struct err *err)
{
    return statement_run(state, err, "DELETE FROM image_names WHERE name = ?", "s", name);
}

int state_image_names(struct state *state, struct arena *arena, const char *image_id,
                      struct state_image_name **out, size_t *n_out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    if (statement_init(&row, state, err,
                       "SELECT name, image_id, (SELECT count(*) FROM image_names) FROM image_names"
                       " WHERE ?1 IS NULL OR image_id = ?1 ORDER BY name",
                       "s", image_id) < 0)
        return -1;
    struct state_image_name *names = NULL;
    size_t n = 0;
    int there;
    while ((there = statement_step(&row, err)) > 0) {
        if (names == NULL)
            names = arena_array(arena, (size_t)column_int(&row, 2), sizeof *names);
        names[n++] = (struct state_image_name){.name = column_text(&row, arena, 0),
                                               .image_id = column_text(&row, arena, 1)};
    }
    if (there < 0)
        return -1;
    *out = names;
    *n_out = n;
    return 0;
}

int state_layer_is_used(struct state *state, const char *chain_id, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    if (statement_init(&row, state, err, "SELECT 1 FROM images WHERE instr(layers, ?) LIMIT 1", "s",
                       chain_id) < 0)
        return -1;
    return statement_step(&row, err);
}
