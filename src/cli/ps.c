// SPDX-License-Identifier: Apache-2.0
// ps.c — the list of containers.
#include "cli/ps.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT_ID = 12, SHORT_COMMAND = 20, SHA256 = sizeof "sha256:" - 1 };

struct ps_args {
    bool all, quiet, no_trunc, latest, size;
    int64_t *last;
    const char *format;
    struct words filters;
};
static const struct option ps_options[] = {
    OPTION_FLAG(struct ps_args, all, "all", 'a', "also those that do not run"),
    OPTION_FILTER(struct ps_args, filters),
    OPTION_FORMAT_LIST(struct ps_args, format, 0),
    OPTION_INT(struct ps_args, last, "last", 'n', "the n created last, whether they run or not"),
    OPTION_FLAG(struct ps_args, latest, "latest", 'l', "the one created last"),
    OPTION_FLAG(struct ps_args, no_trunc, "no-trunc", 0, "do not cut anything short"),
    OPTION_FLAG(struct ps_args, quiet, "quiet", 'q', "ids only"),
    OPTION_FLAG(struct ps_args, size, "size", 's', "with the sizes of their file systems"),
    {},
};

// --- fields ---

static const char *row_id(struct arena *arena, const void *at)
{
    const struct ps_row *row = at;
    return row->no_trunc ? row->it->id : arena_printf(arena, "%.*s", SHORT_ID, row->it->id);
}

// Without its digest, and short when it was named by an id.
static const char *row_image(struct arena *arena, const void *at)
{
    const struct ps_row *row = at;
    const char *image = row->it->image;
    if (text_is_empty(image))
        return "<no image>";
    if (row->no_trunc)
        return image;
    const char *id = row->it->image_id != NULL ? row->it->image_id : "";
    const char *hex = text_starts(id, "sha256:") ? id + SHA256 : id;
    const char *given = text_starts(image, "sha256:") ? image + SHA256 : image;
    if (strlen(given) >= SHORT_ID && strncmp(hex, given, SHORT_ID) == 0)
        return arena_strndup(arena, given, SHORT_ID);
    struct str rest = str_of(image), name = str_cut(&rest, '@');
    return arena_strndup(arena, name.at, name.n);
}

static const char *row_command(struct arena *arena, const void *at)
{
    const struct ps_row *row = at;
    AUTO_BUF struct buf out;
    buf_init(&out, CONTAINER_SPEC_MAX);
    json_quote(&out,
               row->no_trunc ? row->it->command : shorten(arena, row->it->command, SHORT_COMMAND));
    return arena_strdup(arena, buf_get(&out));
}

static const char *row_created_at(struct arena *arena, const void *at)
{
    const struct ps_row *row = at;
    return time_words(arena, row->it->created);
}

static const char *row_running_for(struct arena *arena, const void *at)
{
    const struct ps_row *row = at;
    return ago_words(arena, row->it->created);
}

static const char *row_state(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct ps_row *)at)->it->state;
}

static const char *row_status(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct ps_row *)at)->it->status;
}

// The status says it: "Up 5 minutes (healthy)".
static const char *row_health(struct arena *arena, const void *at)
{
    (void)arena;
    static const struct {
        const char *ending, *health;
    } endings[] = {
        {"(healthy)", "healthy"}, {"(unhealthy)", "unhealthy"}, {"(health: starting)", "starting"}};
    const struct ps_row *row = at;
    for (size_t i = 0; i < N_ELEMENTS(endings); i++) {
        if (text_ends(row->it->status, endings[i].ending))
            return endings[i].health;
    }
    return "";
}

// Without docker's slash; names that other containers gave it only with --no-trunc.
static const char *row_names(struct arena *arena, const void *at)
{
    const struct ps_row *row = at;
    AUTO_BUF struct buf out;
    buf_init(&out, CONTAINER_SPEC_MAX);
    for (size_t i = 0; i < row->it->n_names; i++) {
        const char *name = row->it->names[i];
        name += *name == '/';
        if (row->no_trunc || strchr(name, '/') == NULL)
            buf_printf(&out, "%s%s", out.n != 0 ? "," : "", name);
    }
    return arena_strdup(arena, buf_get(&out));
}

static const char *row_labels(struct arena *arena, const void *at)
{
    const struct ps_row *row = at;
    return labels_words(arena, row->it->labels, row->it->n_labels);
}

static const char *row_label(struct arena *arena, const void *at, const char *name)
{
    (void)arena;
    const struct container_summary *it = ((const struct ps_row *)at)->it;
    for (size_t i = 0; i < it->n_labels; i++) {
        if (strcmp(it->labels[i].key, name) == 0)
            return it->labels[i].value;
    }
    return "";
}

static const char *row_ports(struct arena *arena, const void *at)
{
    const struct container_summary *it = ((const struct ps_row *)at)->it;
    return ports_words(arena, it->ports, it->n_ports);
}

// What it wrote, and that with its image.
static const char *row_size(struct arena *arena, const void *at)
{
    const struct container_summary *it = ((const struct ps_row *)at)->it;
    const char *written = size_words(arena, it->size_rw != NULL ? (uint64_t)*it->size_rw : 0);
    if (it->size_root_fs == NULL || *it->size_root_fs <= 0)
        return written;
    return arena_printf(arena, "%s (virtual %s)", written,
                        size_words(arena, (uint64_t)*it->size_root_fs));
}

static const char *row_mounts(struct arena *arena, const void *at)
{
    enum { SHORT_MOUNT = 15 };
    const struct ps_row *row = at;
    AUTO_BUF struct buf out;
    buf_init(&out, CONTAINER_SPEC_MAX);
    for (size_t i = 0; i < row->it->n_mounts; i++) {
        const struct mount_point *mount = &row->it->mounts[i];
        const char *name = text_is_empty(mount->name) ? mount->source : mount->name;
        buf_printf(&out, "%s%s", out.n != 0 ? "," : "",
                   row->no_trunc ? name : shorten(arena, name, SHORT_MOUNT));
    }
    return arena_strdup(arena, buf_get(&out));
}

static const char *row_local_volumes(struct arena *arena, const void *at)
{
    const struct container_summary *it = ((const struct ps_row *)at)->it;
    size_t n = 0;
    for (size_t i = 0; i < it->n_mounts; i++)
        n += text_equal(it->mounts[i].driver, "local");
    return arena_printf(arena, "%zu", n);
}

static const char *row_networks(struct arena *arena, const void *at)
{
    const struct container_networks *it = &((const struct ps_row *)at)->it->networks;
    AUTO_BUF struct buf out;
    buf_init(&out, CONTAINER_SPEC_MAX);
    for (size_t i = 0; i < it->n_networks; i++)
        buf_printf(&out, "%s%s", i != 0 ? "," : "", it->networks[i].network);
    return arena_strdup(arena, buf_get(&out));
}

static const char *row_platform(struct arena *arena, const void *at)
{
    const struct image_descriptor *its = ((const struct ps_row *)at)->it->image_manifest_descriptor;
    const struct image_platform *platform = its != NULL ? its->platform : NULL;
    if (platform == NULL)
        return NULL;
    bool has_variant = !text_is_empty(platform->variant);
    return arena_printf(arena, "%s/%s%s%s", platform->os, platform->architecture,
                        has_variant ? "/" : "", has_variant ? platform->variant : "");
}

// clang-format off
static const struct row_field ps_fields[] = {
    {.name = "ID", .heading = "CONTAINER ID", .text = row_id},
    {.name = "Image", .heading = "IMAGE", .text = row_image},
    {.name = "Command", .heading = "COMMAND", .text = row_command},
    {.name = "CreatedAt", .heading = "CREATED AT", .text = row_created_at},
    {.name = "RunningFor", .heading = "CREATED", .text = row_running_for},
    {.name = "Ports", .heading = "PORTS", .text = row_ports},
    {.name = "State", .heading = "STATE", .text = row_state},
    {.name = "Status", .heading = "STATUS", .text = row_status},
    {.name = "HealthStatus", .heading = "HEALTH STATUS", .text = row_health},
    {.name = "Size", .heading = "SIZE", .text = row_size},
    {.name = "Names", .heading = "NAMES", .text = row_names},
    {.name = "Labels", .heading = "LABELS", .text = row_labels},
    {.name = "Label", .text_of = row_label},
    {.name = "Mounts", .heading = "MOUNTS", .text = row_mounts},
    {.name = "LocalVolumes", .heading = "LOCAL VOLUMES", .text = row_local_volumes},
    {.name = "Networks", .heading = "NETWORKS", .text = row_networks},
    {.name = "Platform", .heading = "PLATFORM", .text = row_platform},
    {},
};
// clang-format on
const struct row_type ps_rows = {"*formatter.ContainerContext", ps_fields};

static const char raw_format[] = "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\n"
                                 "created_at: {{.CreatedAt}}\nstate: {{.State}}\n"
                                 "status: {{.Status}}\nnames: {{.Names}}\n"
                                 "labels:{{pad .Labels 1 0}}\nports:{{pad .Ports 1 0}}\n";

#define COLUMNS                                                                                    \
    "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"

// --- the command ---

// Docker tries a user's template on no container first, so that a mistake shows when there is none.
static int check_format(struct cli *cli, const struct list_style *style)
{
    static const struct container_summary none = {
        .id = "", .image = "", .image_id = "", .command = "", .state = "", .status = ""};
    const struct ps_row row = {.it = &none};
    bool is_table;
    struct template *template;
    AUTO_BUF struct buf ignored;
    buf_init(&ignored, CONTAINER_SPEC_MAX);
    const char *text = list_template(&cli->arena, style, &is_table);
    if (template_parse(&cli->arena, "", text, &template, &cli->err) < 0)
        return fail_in(&cli->err, "failed to parse template");
    if (template_execute(template, value_of_row(&ps_rows, &row), 0, &ignored, &cli->err) < 0)
        return fail_in(&cli->err, "failed to execute template");
    return 0;
}

// Sizes take long to find out: only when somebody wants to see them.
static bool asks_for_size(struct arena *arena, const struct list_style *style)
{
    bool is_table;
    return strstr(list_template(arena, style, &is_table), ".Size") != NULL;
}

static int ps_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct ps_args *args = at;
    struct container_list_request request = {.all = args->all, .size = args->size};
    struct container_list_response list;
    const struct list_style style = {
        .format = args->format,
        .configured = args->format == NULL && !args->quiet ? cli_config(cli)->ps_format : NULL,
        .columns = args->size ? COLUMNS "\t{{.Size}}" : COLUMNS,
        .raw = raw_format,
        .quiet = args->quiet ? "{{.ID}}" : NULL,
    };
    if (args->latest)
        request.limit = 1;
    if (args->last != NULL && *args->last > 0)
        request.limit = *args->last;
    request.all = request.all || request.limit != 0;
    if (filters_of(cli, &args->filters, &request.filters) < 0)
        return cli_fail(cli, 1);
    request.size = request.size || asks_for_size(&cli->arena, &style);
    if ((args->format != NULL && check_format(cli, &style) < 0) ||
        cli_call(cli, CONTAINER_LIST, &request, &list) < 0)
        return cli_fail(cli, 1);
    struct ps_row *rows = arena_array(&cli->arena, list.n_containers + 1, sizeof *rows);
    for (size_t i = 0; i < list.n_containers; i++)
        rows[i] = (struct ps_row){&list.containers[i], args->no_trunc};
    if (list_print(cli, &ps_rows, &style, rows, list.n_containers, sizeof *rows) < 0)
        return cli_fail(cli, 1);
    return 0;
}

const struct command ps_command = {
    "ps", "",     "List containers", ps_options, sizeof(struct ps_args), OPTIONS_MIXED, 0,
    0,    ps_run, format_manual,
};
