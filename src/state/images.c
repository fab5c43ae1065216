// SPDX-License-Identifier: Apache-2.0
// images.c — the rows of images, their names, manifests and layers.
#include "base/mem.h"
#include "base/str.h"
#include "state/database.h"

#include <string.h>

#define IMAGE_COLUMNS "images.id, images.media_type, size_bytes, created_ns, manifest"
#define MANIFEST_COLUMNS                                                                           \
    "manifests.digest, kind, platform, config_digest, config, manifests.layers, blobs,"            \
    " manifests.media_type"
#define IMAGE_AND_MANIFEST                                                                         \
    "SELECT " IMAGE_COLUMNS ", " MANIFEST_COLUMNS " FROM images"                                   \
    " LEFT JOIN manifests ON manifests.digest = manifest"
enum { IMAGE_N = 5, MANIFEST_N = 8 };

int state_image_put(struct state *state, const struct state_image *image, struct err *err)
{
    return statement_run(state, err, "INSERT OR IGNORE INTO images VALUES(?,?,?,?,?)", "ssiis",
                         image->id, image->media_type, (int64_t)image->size_bytes,
                         image->created_ns, image->manifest);
}

int state_manifest_put(struct state *state, const struct state_manifest *manifest, struct err *err)
{
    return statement_run(state, err, "INSERT OR IGNORE INTO manifests VALUES(?,?,?,?,?,?,?,?)",
                         "sissssss", manifest->digest, (int64_t)manifest->kind, manifest->platform,
                         manifest->config_digest, manifest->config, manifest->layers,
                         manifest->blobs, manifest->media_type);
}

int state_image_manifest_put(struct state *state, const char *image_id, const char *digest,
                             struct err *err)
{
    return statement_run(state, err,
                         "INSERT OR IGNORE INTO image_manifests SELECT ?1, ?2,"
                         " (SELECT count(*) FROM image_manifests WHERE image_id = ?1)",
                         "ss", image_id, digest);
}

int state_layer_put(struct state *state, const struct state_layer *layer, struct err *err)
{
    return statement_run(state, err, "INSERT OR IGNORE INTO layers VALUES(?,?)", "si",
                         layer->chain_id, (int64_t)layer->bytes);
}

int state_image_choose(struct state *state, const char *image_id, const char *manifest,
                       struct err *err)
{
    return statement_run(state, err, "UPDATE images SET manifest = ?2 WHERE id = ?1", "ss",
                         image_id, manifest);
}

static void read_image(const struct statement *row, struct arena *arena, struct state_image *out)
{
    *out = (struct state_image){
        .id = column_text(row, arena, 0),
        .media_type = column_text(row, arena, 1),
        .size_bytes = (uint64_t)column_int(row, 2),
        .created_ns = column_int(row, 3),
        .manifest = column_text(row, arena, 4),
    };
}

// From column `at` on.
static void read_manifest(const struct statement *row, struct arena *arena, int at,
                          struct state_manifest *out)
{
    *out = (struct state_manifest){
        .digest = column_text(row, arena, at),
        .kind = (int)column_int(row, at + 1),
        .platform = column_text(row, arena, at + 2),
        .config_digest = column_text(row, arena, at + 3),
        .config = column_text(row, arena, at + 4),
        .layers = column_text(row, arena, at + 5),
        .blobs = column_text(row, arena, at + 6),
        .media_type = column_text(row, arena, at + 7),
    };
}

int state_image_by_name(struct state *state, struct arena *arena, const char *name,
                        struct state_image *out, struct state_manifest *manifest, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    int there = statement_init(
        &row, state, err,
        IMAGE_AND_MANIFEST " WHERE images.id = (SELECT image_id FROM image_names WHERE name = ?)",
        "s", name);
    if (there < 0 || (there = statement_step(&row, err)) <= 0)
        return there;
    read_image(&row, arena, out);
    read_manifest(&row, arena, IMAGE_N, manifest);
    return 1;
}

int state_image_by_id(struct state *state, struct arena *arena, const char *id,
                      struct state_image *out, struct state_manifest *manifest, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    int there = statement_init(
        &row, state, err,
        IMAGE_AND_MANIFEST " WHERE images.id >= ?1 AND images.id < ?1 || 'g' LIMIT 2", "s", id);
    if (there < 0 || (there = statement_step(&row, err)) <= 0)
        return there;
    struct state_image image;
    struct state_manifest its;
    read_image(&row, arena, &image);
    read_manifest(&row, arena, IMAGE_N, &its);
    there = statement_step(&row, err);
    if (there < 0)
        return -1;
    if (there > 0)
        return fail(err, ERR_CONFLICT,
                    "several images have an id that starts with %s; give more of it", id);
    *out = image;
    *manifest = its;
    return 1;
}

int state_manifest_find(struct state *state, struct arena *arena, const char *digest,
                        struct state_manifest *out, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    int there =
        statement_init(&row, state, err,
                       "SELECT " MANIFEST_COLUMNS " FROM manifests WHERE digest = ?", "s", digest);
    if (there < 0 || (there = statement_step(&row, err)) <= 0)
        return there;
    read_manifest(&row, arena, 0, out);
    return 1;
}

int state_layer_find(struct state *state, const char *chain_id, struct err *err)
{
    AUTO_STATEMENT struct statement row = {};
    if (statement_init(&row, state, err, "SELECT 1 FROM layers WHERE chain_id = ?", "s", chain_id) <
        0)
        return -1;
    return statement_step(&row, err);
}

// --- lists: the last column is how many rows there can be at most

struct list {
    struct statement row;
    int count_column;
    size_t size; // of an element
    void (*read)(const struct statement *row, struct arena *arena, void *to);
};

// Reads all rows; the statement is released.
static int list_read(struct list *list, struct arena *arena, void **out, size_t *n_out,
                     struct err *err)
{
    AUTO_STATEMENT struct statement row = list->row;
    char *elements = NULL;
    size_t n = 0;
    int there;
    while ((there = statement_step(&row, err)) > 0) {
        if (elements == NULL)
            elements = arena_array(arena, (size_t)column_int(&row, list->count_column), list->size);
        list->read(&row, arena, elements + n++ * list->size);
    }
    if (there < 0)
        return -1;
    *out = elements;
    *n_out = n;
    return 0;
}

static void image_element(const struct statement *row, struct arena *arena, void *to)
{
    read_image(row, arena, to);
}
static void manifest_element(const struct statement *row, struct arena *arena, void *to)
{
    read_manifest(row, arena, 0, to);
}
static void link_element(const struct statement *row, struct arena *arena, void *to)
{
    *(struct state_image_manifest *)to = (struct state_image_manifest){
        .image_id = column_text(row, arena, 0), .digest = column_text(row, arena, 1)};
}
static void layer_element(const struct statement *row, struct arena *arena, void *to)
{
    *(struct state_layer *)to = (struct state_layer){.chain_id = column_text(row, arena, 0),
                                                     .bytes = (uint64_t)column_int(row, 1)};
}
static void name_element(const struct statement *row, struct arena *arena, void *to)
{
    *(struct state_image_name *)to =
        (struct state_image_name){.name = column_text(row, arena, 0),
                                  .image_id = column_text(row, arena, 1),
                                  .given_ns = column_int(row, 2)};
}

int state_images(struct state *state, struct arena *arena, struct state_image **out, size_t *n_out,
                 struct err *err)
{
    struct list list = {{}, IMAGE_N, sizeof **out, image_element};
    if (statement_init(&list.row, state, err,
                       "SELECT " IMAGE_COLUMNS ", (SELECT count(*) FROM images) FROM images"
                       " ORDER BY created_ns DESC, id",
                       "") < 0)
        return -1;
    return list_read(&list, arena, (void **)out, n_out, err);
}

int state_manifests(struct state *state, struct arena *arena, const char *image_id,
                    struct state_manifest **out, size_t *n_out, struct err *err)
{
    static const char all[] =
        "SELECT " MANIFEST_COLUMNS ", (SELECT count(*) FROM manifests) FROM manifests"
        " ORDER BY digest";
    static const char of_image[] =
        "SELECT " MANIFEST_COLUMNS ", (SELECT count(*) FROM manifests) FROM image_manifests AS its"
        " JOIN manifests ON manifests.digest = its.digest WHERE image_id = ? ORDER BY position";
    struct list list = {{}, MANIFEST_N, sizeof **out, manifest_element};
    int begun = image_id == NULL ? statement_init(&list.row, state, err, all, "")
                                 : statement_init(&list.row, state, err, of_image, "s", image_id);
    return begun < 0 ? -1 : list_read(&list, arena, (void **)out, n_out, err);
}

int state_image_manifests(struct state *state, struct arena *arena,
                          struct state_image_manifest **out, size_t *n_out, struct err *err)
{
    struct list list = {{}, 2, sizeof **out, link_element};
    if (statement_init(&list.row, state, err,
                       "SELECT image_id, digest, (SELECT count(*) FROM image_manifests)"
                       " FROM image_manifests ORDER BY image_id, position",
                       "") < 0)
        return -1;
    return list_read(&list, arena, (void **)out, n_out, err);
}

int state_layers(struct state *state, struct arena *arena, struct state_layer **out, size_t *n_out,
                 struct err *err)
{
    struct list list = {{}, 2, sizeof **out, layer_element};
    if (statement_init(&list.row, state, err,
                       "SELECT chain_id, bytes, (SELECT count(*) FROM layers) FROM layers"
                       " ORDER BY chain_id",
                       "") < 0)
        return -1;
    return list_read(&list, arena, (void **)out, n_out, err);
}

int state_image_names(struct state *state, struct arena *arena, const char *image_id,
                      struct state_image_name **out, size_t *n_out, struct err *err)
{
    struct list list = {{}, 3, sizeof **out, name_element};
    if (statement_init(
            &list.row, state, err,
            "SELECT name, image_id, given_ns, (SELECT count(*) FROM image_names) FROM image_names"
            " WHERE ?1 IS NULL OR image_id = ?1 ORDER BY name",
            "s", image_id) < 0)
        return -1;
    return list_read(&list, arena, (void **)out, n_out, err);
}

// --- removing

// Several statements with the same parameters, in order.
static int run_all(struct state *state, const char *const *statements, const char *id,
                   const char *digest, struct err *err)
{
    for (size_t i = 0; statements[i] != NULL; i++) {
        const char *types = strstr(statements[i], "?2") != NULL   ? "ss"
                            : strstr(statements[i], "?1") != NULL ? "s"
                                                                  : "";
        if (statement_run(state, err, statements[i], types, id, digest) < 0)
            return -1;
    }
    return 0;
}

int state_image_delete(struct state *state, const char *id, struct err *err)
{
    static const char *const statements[] = {"DELETE FROM image_names WHERE image_id = ?1",
                                             "DELETE FROM image_manifests WHERE image_id = ?1",
                                             "DELETE FROM images WHERE id = ?1", NULL};
    return run_all(state, statements, id, NULL, err);
}

int state_image_manifest_delete(struct state *state, const char *image_id, const char *digest,
                                struct err *err)
{
    static const char *const statements[] = {
        "DELETE FROM image_manifests WHERE image_id = ?1 AND digest = ?2", NULL};
    return run_all(state, statements, image_id, digest, err);
}

int state_images_tidy(struct state *state, struct err *err)
{
    static const char *const statements[] = {
        "DELETE FROM manifests WHERE digest NOT IN (SELECT digest FROM image_manifests)"
        " AND digest NOT IN (SELECT manifest FROM containers)",
        "DELETE FROM layers WHERE NOT EXISTS"
        " (SELECT 1 FROM manifests WHERE instr(manifests.layers, chain_id))",
        NULL};
    return run_all(state, statements, NULL, NULL, err);
}

int state_image_name_put(struct state *state, const struct state_image_name *name, struct err *err)
{
    // A name that means this image already keeps its time.
    return statement_run(state, err,
                         "INSERT INTO image_names VALUES(?1,?2,?3) ON CONFLICT(name) DO UPDATE"
                         " SET image_id = ?2, given_ns = ?3 WHERE image_id <> ?2",
                         "ssi", name->name, name->image_id, name->given_ns);
}

int state_image_name_delete(struct state *state, const char *name, struct err *err)
{
    static const char *const statements[] = {"DELETE FROM image_names WHERE name = ?1", NULL};
    return run_all(state, statements, name, NULL, err);
}
