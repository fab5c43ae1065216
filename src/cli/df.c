// SPDX-License-Identifier: Apache-2.0
// df.c — how much of the disk is used by what.
#include "base/mem.h"
#include "base/str.h"
#include "cli/format.h"
#include "ops/system.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct df_args {
    const char *format;
    bool verbose;
};
static const struct option df_options[] = {
    OPTION_FORMAT_LIST(struct df_args, format, 0),
    OPTION_FLAG(struct df_args, verbose, "verbose", 'v', "each image and container by itself"),
    {},
};

// --- one line for each kind of thing ---

struct df_row {
    const char *type;
    int64_t total, active;
    uint64_t size, reclaimable;
    bool has_share; // build cache has no percentage
};

static const char *df_type(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct df_row *)at)->type;
}
static const char *df_total(struct arena *arena, const void *at)
{
    return arena_printf(arena, "%" PRId64, ((const struct df_row *)at)->total);
}
static const char *df_active(struct arena *arena, const void *at)
{
    return arena_printf(arena, "%" PRId64, ((const struct df_row *)at)->active);
}
static const char *df_size(struct arena *arena, const void *at)
{
    return size_words_4(arena, ((const struct df_row *)at)->size);
}
static const char *df_reclaimable(struct arena *arena, const void *at)
{
    const struct df_row *row = at;
    const char *size = size_words_4(arena, row->reclaimable);
    if (!row->has_share || row->size == 0)
        return size;
    uint64_t percent = (uint64_t)((double)row->reclaimable * 100 / (double)row->size);
    return arena_printf(arena, "%s (%" PRIu64 "%%)", size, percent);
}

static const struct row_field df_fields[] = {
    {"Type", "TYPE", df_type, NULL},
    {"TotalCount", "TOTAL", df_total, NULL},
    {"Active", "ACTIVE", df_active, NULL},
    {"Size", "SIZE", df_size, NULL},
    {"Reclaimable", "RECLAIMABLE", df_reclaimable, NULL},
    {},
};
static const struct row_type df_rows = {"*formatter.diskUsageContext", df_fields};

static int print_summary(struct cli *cli, const struct df_args *args, const struct system_df *df)
{
    const struct images_usage *images = &df->images;
    const struct containers_usage *containers = &df->containers;
    // docker's four; of the last two dhow has none yet.
    const struct df_row rows[] = {
        {"Images", images->total_count, images->active_count, images->total_size,
         images->reclaimable, true},
        {"Containers", containers->total_count, containers->active_count, containers->total_size,
         containers->reclaimable, true},
        {"Local Volumes", 0, 0, 0, 0, true},
        {"Build Cache", 0, 0, 0, 0, false},
    };
    const struct list_style style = {
        .format = args->format,
        .columns = "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
    };
    return list_print(cli, &df_rows, &style, rows, N_ELEMENTS(rows), sizeof *rows);
}

// --- each by itself ---

struct df_image {
    const struct image_summary *it;
    const char *repository, *tag;
};

static const char *image_repository(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct df_image *)at)->repository;
}
static const char *image_tag(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct df_image *)at)->tag;
}
static const char *image_id(struct arena *arena, const void *at)
{
    return short_id(arena, ((const struct df_image *)at)->it->id);
}
static const char *image_created(struct arena *arena, const void *at)
{
    return ago_words(arena, ((const struct df_image *)at)->it->created);
}
static const char *image_size(struct arena *arena, const void *at)
{
    return size_words(arena, ((const struct df_image *)at)->it->size);
}
static uint64_t shared_size(const struct image_summary *it)
{
    return it->shared_size > 0 ? (uint64_t)it->shared_size : 0;
}
static const char *image_shared(struct arena *arena, const void *at)
{
    return size_words_4(arena, shared_size(((const struct df_image *)at)->it));
}
static const char *image_unique(struct arena *arena, const void *at)
{
    const struct image_summary *it = ((const struct df_image *)at)->it;
    uint64_t shared = shared_size(it);
    return size_words_4(arena, it->size > shared ? it->size - shared : 0);
}
static const char *image_containers(struct arena *arena, const void *at)
{
    return arena_printf(arena, "%" PRId64, ((const struct df_image *)at)->it->containers);
}

static const struct row_field image_fields[] = {
    {"Repository", "REPOSITORY", image_repository, NULL},
    {"Tag", "TAG", image_tag, NULL},
    {"ID", "IMAGE ID", image_id, NULL},
    {"CreatedSince", "CREATED", image_created, NULL},
    {"Size", "SIZE", image_size, NULL},
    {"SharedSize", "SHARED SIZE", image_shared, NULL},
    {"UniqueSize", "UNIQUE SIZE", image_unique, NULL},
    {"Containers", "CONTAINERS", image_containers, NULL},
    {},
};
static const struct row_type image_rows = {"*formatter.imageContext", image_fields};

static struct df_image image_row(struct arena *arena, const struct image_summary *it,
                                 const char *name)
{
    struct str repository = str_of(name);
    if (name == NULL)
        return (struct df_image){it, "<none>", "<none>"};
    struct str tag = str_cut_last(&repository, ':');
    return (struct df_image){it, arena_strndup(arena, repository.at, repository.n),
                             arena_strndup(arena, tag.at, tag.n)};
}

static int print_images(struct cli *cli, const struct images_usage *images)
{
    size_t n_rows = 0;
    for (size_t i = 0; i < images->n_items; i++)
        n_rows += images->items[i].n_repo_tags + 1;
    struct df_image *rows = arena_array(&cli->arena, n_rows + 1, sizeof *rows);
    size_t n = 0;
    for (size_t i = 0; i < images->n_items; i++) {
        const struct image_summary *it = &images->items[i];
        for (size_t j = 0; j < it->n_repo_tags; j++)
            rows[n++] = image_row(&cli->arena, it, it->repo_tags[j]);
        if (it->n_repo_tags == 0)
            rows[n++] = image_row(&cli->arena, it, NULL);
    }
    const struct list_style style = {
        .columns = "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t"
                   "{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
    };
    puts("Images space usage:\n");
    return list_print(cli, &image_rows, &style, rows, n, sizeof *rows);
}

static const char *container_id(struct arena *arena, const void *at)
{
    return short_id(arena, ((const struct container_usage *)at)->id);
}
static const char *container_image(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct container_usage *)at)->image;
}
static const char *container_command(struct arena *arena, const void *at)
{
    const struct container_usage *it = at;
    return arena_printf(arena, "\"%s\"",
                        shorten(arena, it->command != NULL ? it->command : "", 20));
}
static const char *container_volumes(struct arena *arena, const void *at)
{
    (void)arena;
    (void)at;
    return "0";
}
static const char *container_size(struct arena *arena, const void *at)
{
    return size_words(arena, ((const struct container_usage *)at)->size_rw);
}
static const char *container_created(struct arena *arena, const void *at)
{
    return ago_words(arena, ((const struct container_usage *)at)->created);
}
static const char *container_status(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct container_usage *)at)->status;
}
static const char *container_names(struct arena *arena, const void *at)
{
    const struct container_usage *it = at;
    const char *name = it->n_names != 0 ? it->names[0] : "";
    return arena_strdup(arena, name + (name[0] == '/'));
}

static const struct row_field container_fields[] = {
    {"ID", "CONTAINER ID", container_id, NULL},
    {"Image", "IMAGE", container_image, NULL},
    {"Command", "COMMAND", container_command, NULL},
    {"LocalVolumes", "LOCAL VOLUMES", container_volumes, NULL},
    {"Size", "SIZE", container_size, NULL},
    {"RunningFor", "CREATED", container_created, NULL},
    {"Status", "STATUS", container_status, NULL},
    {"Names", "NAMES", container_names, NULL},
    {},
};
static const struct row_type container_rows = {"*formatter.ContainerContext", container_fields};

static int print_containers(struct cli *cli, const struct containers_usage *containers)
{
    const struct list_style style = {
        .columns = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t"
                   "{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
    };
    puts("\nContainers space usage:\n");
    return list_print(cli, &container_rows, &style, containers->items, containers->n_items,
                      sizeof *containers->items);
}

static int df_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct df_args *args = at;
    const struct system_df_request request = {.verbose = args->verbose};
    struct system_df df;
    if (args->verbose && !text_is_empty(args->format)) {
        (void)fail(&cli->err, ERR_INVALID, "--format and --verbose do not go together");
        return cli_fail(cli, 1);
    }
    if (cli_call(cli, SYSTEM_DF, &request, &df) < 0)
        return cli_fail(cli, 1);
    int done = args->verbose ? print_images(cli, &df.images) : print_summary(cli, args, &df);
    if (done == 0 && args->verbose)
        done = print_containers(cli, &df.containers);
    return done < 0 ? cli_fail(cli, 1) : 0;
}
const struct command system_df_command = {
    "system df",
    "",
    "Show how much of the disk is used by what",
    df_options,
    sizeof(struct df_args),
    OPTIONS_MIXED,
    0,
    0,
    df_run,
    format_manual,
};
