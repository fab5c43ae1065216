// SPDX-License-Identifier: Apache-2.0
// df.c — how much of the disk is used by what.
#include "base/mem.h"
#include "base/str.h"
#include "cli/ps.h"
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
    OPTION_FLAG(struct df_args, verbose, "verbose", 'v',
                "each image, container and volume by itself"),
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
    const struct volumes_usage *volumes = &df->volumes;
    // docker's four; the last dhow has none of yet.
    const struct df_row rows[] = {
        {"Images", images->total_count, images->active_count, images->total_size,
         images->reclaimable, true},
        {"Containers", containers->total_count, containers->active_count, containers->total_size,
         containers->reclaimable, true},
        {"Local Volumes", volumes->total_count, volumes->active_count, volumes->total_size,
         volumes->reclaimable, true},
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

static const char *volume_name(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct volume_info *)at)->name;
}
static const char *volume_links(struct arena *arena, const void *at)
{
    const struct volume_usage *usage = ((const struct volume_info *)at)->usage;
    return usage == NULL ? "N/A" : arena_printf(arena, "%" PRId64, usage->ref_count);
}
static const char *volume_size(struct arena *arena, const void *at)
{
    const struct volume_usage *usage = ((const struct volume_info *)at)->usage;
    return usage == NULL || usage->size < 0 ? "N/A" : size_words(arena, (uint64_t)usage->size);
}

static const struct row_field volume_fields[] = {
    {"Name", "VOLUME NAME", volume_name, NULL},
    {"Links", "LINKS", volume_links, NULL},
    {"Size", "SIZE", volume_size, NULL},
    {},
};
static const struct row_type volume_rows = {"*formatter.volumeContext", volume_fields};

// --- all of them ---

struct section { // of what is shown with -v
    const char *heading, *name;
    const struct row_type *type;
    const char *columns;
    struct list_rows rows;
};
enum { N_SECTIONS = 3, DETAILS_MAX = 256 * 1024 * 1024 };

static struct list_rows images_of(struct arena *arena, const struct images_usage *images)
{
    size_t n_rows = 0, n = 0;
    for (size_t i = 0; i < images->n_items; i++)
        n_rows += images->items[i].n_repo_tags + 1;
    struct df_image *rows = arena_array(arena, n_rows + 1, sizeof *rows);
    for (size_t i = 0; i < images->n_items; i++) {
        const struct image_summary *it = &images->items[i];
        for (size_t j = 0; j < it->n_repo_tags; j++)
            rows[n++] = image_row(arena, it, it->repo_tags[j]);
        if (it->n_repo_tags == 0)
            rows[n++] = image_row(arena, it, NULL);
    }
    return (struct list_rows){rows, n, sizeof *rows};
}

// What they wrote alone: their images have lines of their own.
static struct list_rows containers_of(struct arena *arena,
                                      const struct containers_usage *containers)
{
    struct ps_row *rows = arena_array(arena, containers->n_items + 1, sizeof *rows);
    for (size_t i = 0; i < containers->n_items; i++) {
        containers->items[i].size_root_fs = NULL;
        rows[i] = (struct ps_row){.it = &containers->items[i]};
    }
    return (struct list_rows){rows, containers->n_items, sizeof *rows};
}

static void sections_of(struct arena *arena, const struct system_df *df,
                        struct section out[N_SECTIONS])
{
    out[0] = (struct section){
        "Images space usage:", "Images", &image_rows,
        "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t"
        "{{.UniqueSize}}\t{{.Containers}}",
        images_of(arena, &df->images)};
    out[1] = (struct section){
        "Containers space usage:", "Containers", &ps_rows,
        "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t"
        "{{.Status}}\t{{.Names}}",
        containers_of(arena, &df->containers)};
    out[2] = (struct section){"Local Volumes space usage:",
                              "Volumes",
                              &volume_rows,
                              "{{.Name}}\t{{.Links}}\t{{.Size}}",
                              {df->volumes.items, df->volumes.n_items, sizeof *df->volumes.items}};
}

static int print_tables(struct cli *cli, const struct section *sections)
{
    AUTO_BUF struct buf out;
    buf_init(&out, DETAILS_MAX);
    for (size_t i = 0; i < N_SECTIONS; i++) {
        const struct list_style style = {.columns = sections[i].columns};
        buf_printf(&out, "%s%s\n\n", i != 0 ? "\n" : "", sections[i].heading);
        if (list_render(cli, sections[i].type, &style, &sections[i].rows, &out) < 0)
            return -1;
    }
    buf_text(&out, "\nBuild cache usage: 0B\n\n"
                   "CACHE ID   CACHE TYPE   SIZE      CREATED   LAST USED   USAGE     SHARED\n");
    (void)fwrite(buf_get(&out), 1, out.n, stdout); // main looks whether all was written
    return 0;
}

// {"Images": [row, …], "Containers": …}, through the user's template.
static int print_object(struct cli *cli, const struct section *sections, const char *format)
{
    AUTO_BUF struct buf text;
    buf_init(&text, DETAILS_MAX);
    for (size_t i = 0; i < N_SECTIONS; i++) {
        buf_printf(&text, "%s\"%s\":[", i == 0 ? "{" : "],", sections[i].name);
        for (size_t j = 0; j < sections[i].rows.n; j++) {
            const void *row = (const char *)sections[i].rows.at + j * sections[i].rows.size;
            struct value value = value_of_row(sections[i].type, row);
            buf_text(&text, j != 0 ? "," : "");
            value_json(&cli->arena, &text, &value);
        }
    }
    buf_text(&text, "],\"BuildCache\":[]}");
    struct value all;
    if (buf_check(&text, "what is used", &cli->err) < 0 ||
        value_of_json(&cli->arena, buf_get(&text), text.n, 0, &all, &cli->err) < 0)
        return cli_fail(cli, 1);
    return object_print(cli, "", format, all);
}

static int print_details(struct cli *cli, const char *format, const struct system_df *df)
{
    struct section sections[N_SECTIONS];
    sections_of(&cli->arena, df, sections);
    if (!text_is_empty(format) && !text_starts(format, "table"))
        return print_object(cli, sections, format);
    return print_tables(cli, sections) < 0 ? cli_fail(cli, 1) : 0;
}

static int df_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct df_args *args = at;
    const struct system_df_request request = {.verbose = args->verbose};
    struct system_df df;
    if (cli_call(cli, SYSTEM_DF, &request, &df) < 0)
        return cli_fail(cli, 1);
    if (args->verbose)
        return print_details(cli, args->format, &df);
    return print_summary(cli, args, &df) < 0 ? cli_fail(cli, 1) : 0;
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
