// SPDX-License-Identifier: Apache-2.0
// images.c — the list of images: a row for each name, and for what has none.
#include "cli/images.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SHORT_ID = 12, SHA256 = sizeof "sha256:" - 1 };

struct images_args {
    bool quiet, no_trunc, all, digests, tree;
    const char *format;
    struct words filter;
};
static const struct option images_options[] = {
    OPTION_FLAG(struct images_args, all, "all", 'a', "accepted for docker's sake"),
    OPTION_FLAG(struct images_args, digests, "digests", 0, "a column with digests"),
    OPTION_FILTER(struct images_args, filter),
    OPTION_FORMAT_LIST(struct images_args, format, 0),
    OPTION_FLAG(struct images_args, no_trunc, "no-trunc", 0, "do not cut anything short"),
    OPTION_FLAG(struct images_args, quiet, "quiet", 'q', "ids only"),
    OPTION_FLAG(struct images_args, tree, "tree", 0, "each image with the platforms it is for"),
    {},
};

// --- fields ---

struct images_row {
    const struct image_summary *it;
    const char *repository, *tag, *digest;
    bool no_trunc;
};

static const char *row_repository(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct images_row *)at)->repository;
}

static const char *row_tag(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct images_row *)at)->tag;
}

static const char *row_digest(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct images_row *)at)->digest;
}

static const char *row_id(struct arena *arena, const void *at)
{
    const struct images_row *row = at;
    return row->no_trunc ? row->it->id
                         : arena_printf(arena, "%.*s", SHORT_ID, row->it->id + SHA256);
}

static const char *row_created_at(struct arena *arena, const void *at)
{
    const struct images_row *row = at;
    return time_words(arena, row->it->created);
}

// Empty for an image that does not say when it was made: the table has N/A then.
static const char *row_created_since(struct arena *arena, const void *at)
{
    const struct images_row *row = at;
    return row->it->created <= 0 ? "" : ago_words(arena, row->it->created);
}

static const char *row_size(struct arena *arena, const void *at)
{
    return size_words(arena, ((const struct images_row *)at)->it->size);
}

static const char *row_virtual_size(struct arena *arena, const void *at)
{
    return size_words_4(arena, ((const struct images_row *)at)->it->size);
}

static const char *row_containers(struct arena *arena, const void *at)
{
    int64_t n = ((const struct images_row *)at)->it->containers;
    return n < 0 ? "N/A" : arena_printf(arena, "%" PRId64, n);
}

static const char *row_shared_size(struct arena *arena, const void *at)
{
    int64_t bytes = ((const struct images_row *)at)->it->shared_size;
    return bytes < 0 ? "N/A" : size_words(arena, (uint64_t)bytes);
}

static const char *row_unique_size(struct arena *arena, const void *at)
{
    const struct image_summary *it = ((const struct images_row *)at)->it;
    bool is_known = it->shared_size >= 0 && it->size >= (uint64_t)it->shared_size;
    return is_known ? size_words_4(arena, it->size - (uint64_t)it->shared_size) : "N/A";
}

// clang-format off
static const struct row_field images_fields[] = {
    {.name = "ID", .heading = "IMAGE ID", .text = row_id},
    {.name = "Repository", .heading = "REPOSITORY", .text = row_repository},
    {.name = "Tag", .heading = "TAG", .text = row_tag},
    {.name = "Digest", .heading = "DIGEST", .text = row_digest},
    {.name = "CreatedSince", .heading = "CREATED", .text = row_created_since},
    {.name = "CreatedAt", .heading = "CREATED AT", .text = row_created_at},
    {.name = "Size", .heading = "SIZE", .text = row_size},
    {.name = "VirtualSize", .heading = "VIRTUAL SIZE", .text = row_virtual_size},
    {.name = "Containers", .heading = "CONTAINERS", .text = row_containers},
    {.name = "SharedSize", .heading = "SHARED SIZE", .text = row_shared_size},
    {.name = "UniqueSize", .heading = "UNIQUE SIZE", .text = row_unique_size},
    {},
};
// clang-format on
static const struct row_type images_rows = {"*formatter.imageContext", images_fields};

#define COLUMNS_BEHIND "{{.ID}}\t{{if .CreatedSince}}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}"
static const char columns[] = "{{.Repository}}\t{{.Tag}}\t" COLUMNS_BEHIND;
static const char columns_with_digest[] = "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t" COLUMNS_BEHIND;
static const char raw_format[] = "repository: {{.Repository}}\ntag: {{.Tag}}\nimage_id: {{.ID}}\n"
                                 "created_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n";

// --- rows ---

struct images_list {
    struct arena *arena;
    const struct images_args *args;
    bool wants_digests;
    struct images_row *rows;
    size_t n, room;
};

static void add_row(struct images_list *list, const struct image_summary *it,
                    const char *repository, const char *tag, const char *digest)
{
    if (list->n == list->room) {
        list->room = 2 * list->room + 16;
        struct images_row *more = arena_array(list->arena, list->room, sizeof *more);
        if (list->n != 0)
            memcpy(more, list->rows, list->n * sizeof *more);
        list->rows = more;
    }
    list->rows[list->n++] = (struct images_row){it, repository, tag, digest, list->args->no_trunc};
}

// "host:5000/a:tag" into its parts.
static void split_tag(struct arena *arena, const char *name, const char **out_repository,
                      const char **out_tag)
{
    struct str repository = str_of(name), tag = str_cut_last(&repository, ':');
    bool has_tag = repository.n != 0 && memchr(tag.at, '/', tag.n) == NULL;
    *out_repository = has_tag ? arena_strndup(arena, repository.at, repository.n) : name;
    *out_tag = has_tag ? arena_strndup(arena, tag.at, tag.n) : "<none>";
}

// A row for each digest of the repository, or one when there is none or nobody wants it.
static void add_tag(struct images_list *list, const struct image_summary *it, const char *name)
{
    const char *repository, *tag;
    size_t n_before = list->n;
    split_tag(list->arena, name, &repository, &tag);
    for (size_t i = 0; list->wants_digests && i < it->n_repo_digests; i++) {
        struct str digest = str_of(it->repo_digests[i]), of = str_cut(&digest, '@');
        if (str_is(of, repository))
            add_row(list, it, repository, tag, arena_strndup(list->arena, digest.at, digest.n));
    }
    if (list->n == n_before)
        add_row(list, it, repository, tag, "<none>");
}

static bool has_tag_in(const struct image_summary *it, struct str repository)
{
    for (size_t i = 0; i < it->n_repo_tags; i++) {
        if (strncmp(it->repo_tags[i], repository.at, repository.n) == 0 &&
            it->repo_tags[i][repository.n] == ':' &&
            strchr(it->repo_tags[i] + repository.n, '/') == NULL)
            return true;
    }
    return false;
}

// What is known by its digest alone.
static void add_digests(struct images_list *list, const struct image_summary *it)
{
    for (size_t i = 0; i < it->n_repo_digests; i++) {
        struct str digest = str_of(it->repo_digests[i]), repository = str_cut(&digest, '@');
        if (!has_tag_in(it, repository))
            add_row(list, it, arena_strndup(list->arena, repository.at, repository.n), "<none>",
                    list->args->digests ? arena_strndup(list->arena, digest.at, digest.n) : "");
    }
}

static void add_image(struct images_list *list, const struct image_summary *it)
{
    if (it->n_repo_tags == 0 && it->n_repo_digests == 0)
        add_row(list, it, "<none>", "<none>", "<none>");
    for (size_t i = 0; i < it->n_repo_tags; i++)
        add_tag(list, it, it->repo_tags[i]);
    add_digests(list, it);
}

// --- the command ---

static int list_images(struct cli *cli, const struct images_args *args, const struct words *words,
                       struct image_list_response *out)
{
    struct words filters = args->filter;
    struct image_list_request request = {.all = args->all, .manifests = args->tree};
    bool wants_shared = args->format != NULL && (strstr(args->format, "SharedSize") != NULL ||
                                                 strstr(args->format, "UniqueSize") != NULL);
    request.shared_size = wants_shared;
    if (words->n != 0)
        words_add(&cli->arena, &filters, arena_printf(&cli->arena, "reference=%s", words->at[0]));
    if (filters_of(cli, &filters, &request.filters) < 0)
        return -1;
    return cli_call(cli, IMAGE_LIST, &request, out);
}

static int images_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct images_args *args = at;
    struct image_list_response images;
    const struct list_style style = {
        .format = args->format,
        .configured = args->format == NULL && !args->quiet ? cli_config(cli)->images_format : NULL,
        .columns = args->digests ? columns_with_digest : columns,
        .raw = raw_format,
        .quiet = args->quiet ? "{{.ID}}" : NULL,
    };
    bool is_table;
    if (args->tree && (args->quiet || args->digests || args->format != NULL)) {
        (void)fail(&cli->err, ERR_INVALID, "--%s cannot be used with --tree",
                   args->quiet     ? "quiet"
                   : args->digests ? "digests"
                                   : "format");
        return cli_fail(cli, 1);
    }
    if (list_images(cli, args, words, &images) < 0)
        return cli_fail(cli, 1);
    if (args->tree)
        return images_tree_print(cli, &images, args->no_trunc) < 0 ? cli_fail(cli, 1) : 0;
    struct images_list list = {.arena = &cli->arena, .args = args};
    list.wants_digests = args->digests || strstr(list_template(&cli->arena, &style, &is_table),
                                                 "{{.Digest}}") != NULL;
    for (size_t i = 0; i < images.n_images; i++)
        add_image(&list, &images.images[i]);
    if (list_print(cli, &images_rows, &style, list.rows, list.n, sizeof *list.rows) < 0)
        return cli_fail(cli, 1);
    return 0;
}
const struct command images_command = {
    "images",
    "[REPOSITORY[:TAG]]",
    "List images",
    images_options,
    sizeof(struct images_args),
    OPTIONS_MIXED,
    0,
    1,
    images_run,
    format_manual,
};
