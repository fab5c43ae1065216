// SPDX-License-Identifier: Apache-2.0
// container_list.c — every container and what its monitor says of it. A killed command's leftovers
// are met here by everybody, so here they are cleared.
//
// What costs a look at more than the row, the request and live.json is done for those only that are
// listed; what many containers have in common, their image, is looked up once.
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "engine/endpoints.h"
#include "engine/image_show.h"
#include "engine/list.h"
#include "engine/show.h"
#include "snapshot/snapshot.h"

#include <string.h>

struct known_image { // by what containers say of theirs
    const char *id, *name, *manifest;
    const char *shown; // the name, or the id when the name means another image by now
    struct image_descriptor *descriptor;
    uint64_t bytes;
};
struct listing {
    struct engine *engine;
    struct arena *arena;
    const struct container_list_request *request;
    struct list_filters filters;
    struct network_view networks;
    struct known_image *images;
    size_t n_images;
    struct words link_targets, link_names;
};

// --- one container ---

const char *container_command(struct arena *arena, const struct container_spec *spec)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONTAINER_SPEC_MAX);
    for (size_t i = 0; i < spec->n_entrypoint + spec->n_cmd; i++) {
        bool is_own = i < spec->n_entrypoint;
        const char *word = is_own ? spec->entrypoint[i] : spec->cmd[i - spec->n_entrypoint];
        const char *quote = i != 0 && strchr(word, ' ') != NULL ? "'" : "";
        buf_printf(&text, "%s%s%s%s", i != 0 ? " " : "", quote, word, quote);
    }
    return arena_strdup(arena, buf_get(&text));
}

// One entry for each binding, and one for a port that is exposed only.
static void show_ports(struct arena *arena, const struct network_settings *network,
                       struct container_summary *out)
{
    size_t n = 0;
    for (size_t i = 0; i < network->n_ports; i++)
        n += network->ports[i].n_bindings + 1;
    out->ports = arena_array(arena, n + 1, sizeof *out->ports);
    for (size_t i = 0; i < network->n_ports; i++) {
        const struct port_map *port = &network->ports[i];
        struct str type = str_of(port->port), number = str_cut(&type, '/');
        uint32_t private_port = 0;
        (void)str_to_u32(number, &private_port); // it is ours
        struct port_summary one = {.private_port = private_port,
                                   .type = arena_strndup(arena, type.at, type.n)};
        if (port->n_bindings == 0)
            out->ports[out->n_ports++] = one;
        for (size_t j = 0; j < port->n_bindings; j++) {
            uint32_t public_port = 0;
            (void)str_to_u32(str_of(port->bindings[j].host_port), &public_port); // the same
            one.ip = port->bindings[j].host_ip;
            one.public_port = public_port;
            out->ports[out->n_ports++] = one;
        }
    }
}

static int show_areas(struct listing *it, const struct container *container,
                      struct container_summary *out, struct err *err)
{
    struct network_settings network = {};
    struct container_health *health;
    // Only here: what is done on the way (clear_ended) must see what there is.
    it->engine->network_view = &it->networks;
    int shown = endpoints_show(it->engine, it->arena, container, &network, err);
    it->engine->network_view = NULL;
    if (shown < 0 ||
        mounts_show(it->engine, it->arena, container, &out->mounts, &out->n_mounts, err) < 0 ||
        health_show(it->arena, container, false, &health, err) < 0)
        return -1;
    out->networks = (struct container_networks){network.networks, network.n_networks};
    show_ports(it->arena, &network, out);
    out->status = container_status_words(it->arena, container, health);
    if (health != NULL) {
        out->health = arena_new(it->arena, struct container_summary_health);
        *out->health = (struct container_summary_health){health->status, health->failing_streak};
    }
    return 0;
}

// --- its image ---

// The name as the user wrote it, as long as it means this image.
static const char *shown_name(struct listing *it, const struct state_container *row)
{
    struct image image;
    struct err ignored; // a name that cannot be looked up is not known to mean another
    int there =
        text_is_empty(row->image_name)
            ? 0
            : image_find(&it->engine->images, it->arena, row->image_name, NULL, &image, &ignored);
    return there > 0 && strcmp(image.id, row->image_id) == 0
               ? row->image_name
               : arena_printf(it->arena, "sha256:%s", row->image_id);
}

static const struct known_image *find_image(struct listing *it, const struct state_container *row)
{
    for (size_t i = 0; i < it->n_images; i++) {
        struct known_image *image = &it->images[i];
        if (strcmp(image->id, row->image_id) == 0 && text_equal(image->name, row->image_name) &&
            text_equal(image->manifest, row->manifest))
            return image;
    }
    struct known_image *image = &it->images[it->n_images++];
    *image = (struct known_image){
        row->image_id, row->image_name, row->manifest, shown_name(it, row), NULL, 0};
    struct image found;
    struct err ignored; // removed by force: not known any more
    if (image_of_container(&it->engine->images, it->arena, row, &found, &ignored) <= 0 ||
        found.manifest == NULL)
        return image;
    image->descriptor = image_show_manifest(it->arena, &found);
    if (it->request->size)
        image->bytes = image_unpacked_bytes(it->engine, it->arena, &found);
    return image;
}

static void show_sizes(struct listing *it, const struct container *container,
                       const struct known_image *image, struct container_summary *out)
{
    int64_t *sizes = arena_array(it->arena, 2, sizeof *sizes);
    sizes[0] = container->dir >= 0 ? (int64_t)snapshot_measure(container->dir) : 0;
    sizes[1] = sizes[0] + (int64_t)image->bytes;
    out->size_rw = &sizes[0];
    out->size_root_fs = &sizes[1];
}

// --- links: names that other containers have given, /other/alias ---

static void note_links(struct listing *it, const struct container *container)
{
    const struct host_config *host = &container->spec.host;
    for (size_t i = 0; i < host->n_links; i++) {
        struct str alias = str_of(host->links[i]), target = str_cut(&alias, ':');
        const char *name = arena_strndup(it->arena, target.at, target.n);
        words_add(it->arena, &it->link_targets, name + (*name == '/'));
        words_add(it->arena, &it->link_names,
                  arena_printf(it->arena, "/%s/%.*s", container->row.name,
                               alias.n != 0 ? (int)alias.n : (int)target.n,
                               alias.n != 0 ? alias.at : target.at));
    }
}

static void add_links(const struct listing *it, struct container_summary *to)
{
    const struct words *targets = &it->link_targets;
    const char **names = arena_array(it->arena, targets->n + to->n_names, sizeof *names);
    memcpy(names, to->names, to->n_names * sizeof *names);
    to->names = names;
    for (size_t i = 0; i < targets->n; i++) {
        const char *target = targets->at[i];
        bool is_meant = strcmp(to->names[0] + 1, target) == 0 ||
                        (strlen(target) >= SHORT_ID && text_starts(to->id, target));
        if (is_meant)
            to->names[to->n_names++] = it->link_names.at[i];
    }
}

// --- the list ---

static int summarize(struct listing *it, const struct container *container,
                     struct container_summary *out, struct err *err)
{
    const struct state_container *row = &container->row;
    const struct host_config *host = &container->spec.host;
    const struct known_image *image = find_image(it, row);
    const char **names = arena_array(it->arena, 1, sizeof *names);
    names[0] = arena_printf(it->arena, "/%s", row->name);
    *out = (struct container_summary){
        .id = row->id,
        .names = names,
        .n_names = 1,
        .image = image->shown,
        .image_id = arena_printf(it->arena, "sha256:%s", row->image_id),
        .command = container_command(it->arena, &container->spec),
        .created = row->created_ns / 1'000'000'000,
        .state = container_status_name(container->status),
        .labels = container->spec.labels,
        .n_labels = container->spec.n_labels,
        .host = {.network_mode = text_is_empty(host->network_mode) ? "default" : host->network_mode,
                 .annotations = host->annotations,
                 .n_annotations = host->n_annotations},
        .image_manifest_descriptor = image->descriptor,
    };
    if (it->request->size)
        show_sizes(it, container, image, out);
    return show_areas(it, container, out, err);
}

// A --rm container that has ended and whose foreground command or monitor was killed. 1 when it is
// gone now.
static int clear_ended(struct engine *engine, struct arena *arena, const struct container *looked,
                       struct err *err)
{
    if (!looked->row.auto_remove || looked->status != STATUS_EXITED)
        return 0;
    const struct container_remove_request request = {.id = looked->row.id, .only_ended = true};
    return engine_container_remove(engine, arena, &request, NULL, err) < 0 ? -1 : 1;
}

// 1 *out is to be listed, 0 it is not.
static int look_at(struct listing *it, const struct state_container *row,
                   struct container_summary *out, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    bool wants_all = it->request->all || it->request->limit > 0 || it->filters.wants_all;
    if (container_open_row(it->engine, it->arena, row, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    int cleared = clear_ended(it->engine, it->arena, &container, err);
    if (cleared != 0)
        return cleared < 0 ? -1 : 0;
    if (!wants_all && !container_is_up(&container))
        return 0;
    note_links(it, &container);
    if (!list_filters_spec(&it->filters, &container))
        return 0;
    if (summarize(it, &container, out, err) < 0)
        return -1;
    return list_filters_summary(&it->filters, out);
}

int engine_container_list(struct engine *engine, struct arena *arena,
                          const struct container_list_request *request,
                          struct container_list_response *response, struct err *err)
{
    const struct network_store networks = engine_networks(engine);
    struct listing it = {.engine = engine, .arena = arena, .request = request};
    struct state_container *rows;
    size_t n_rows, n = 0;
    if (engine_sweep(engine, arena, err) < 0 ||
        list_filters_read(engine, arena, request->filters, &it.filters, err) < 0 ||
        network_view_read(&networks, arena, &it.networks, err) < 0 ||
        state_containers(engine->state, arena, &rows, &n_rows, err) < 0)
        return -1;
    struct container_summary *containers = arena_array(arena, n_rows + 1, sizeof *containers);
    it.images = arena_array(arena, n_rows + 1, sizeof *it.images);
    for (size_t i = 0; i < n_rows && (request->limit <= 0 || n < (size_t)request->limit); i++) {
        if (!list_filters_row(&it.filters, &rows[i]))
            continue;
        int is_listed = look_at(&it, &rows[i], &containers[n], err);
        if (is_listed < 0)
            return -1;
        n += is_listed > 0;
    }
    for (size_t i = 0; i < n && it.link_targets.n != 0; i++)
        add_links(&it, &containers[i]);
    *response = (struct container_list_response){.containers = containers, .n_containers = n};
    return 0;
}
