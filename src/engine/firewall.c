// SPDX-License-Identifier: Apache-2.0
// firewall.c — the firewall as it follows from networks and running containers.
//
// A start adds its elements. When the table is not whole, or has a leftover in the way, all of it
// is made anew from the database and the ports.json of containers that run or are being started.
// Two who do that wait for each other (firewall.lock); one who adds meanwhile changes the ruleset's
// generation, and then the state is read again.
#include "base/file.h"
#include "base/mem.h"
#include "engine/ports.h"
#include "network/firewall_table.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

enum { ROUNDS = 50 };

static int lock(struct engine *engine, struct err *err)
{
    AUTO_FD int fd = openat(engine->run, "firewall.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_sys(err, "open firewall.lock");
    while (flock(fd, LOCK_EX) < 0) {
        if (errno != EINTR)
            return fail_sys(err, "lock firewall.lock");
    }
    return TAKE_FD(fd);
}

static int read_networks(struct engine *engine, struct arena *arena, struct firewall_network **out,
                         size_t *n_out, struct err *err)
{
    const struct network_store store = engine_networks(engine);
    struct network *networks;
    size_t n, found = 0;
    if (networks_list(&store, arena, &networks, &n, err) < 0)
        return -1;
    *out = arena_array(arena, n + 1, sizeof **out);
    for (size_t i = 0; i < n; i++)
        found += firewall_network_of(arena, &networks[i], &(*out)[found]);
    *n_out = found;
    return 0;
}

// A container whose monitor lives, or that somebody holds, to start it perhaps.
static bool counts(struct engine *engine, const struct state_container *row, int run_dir,
                   const char *own)
{
    struct err ignored; // in doubt it runs
    if (own != NULL && strcmp(own, row->id) == 0)
        return true;
    if (monitor_is_alive(run_dir, &ignored) != 0)
        return true;
    AUTO_FD int held = container_lock(engine, row->number, false, &ignored);
    return held < 0;
}

struct all_ports {
    struct firewall_port *at;
    size_t n, room;
};

static void add_ports(struct arena *arena, struct all_ports *all,
                      const struct published_ports *ports, const char *name)
{
    if (all->n + ports->n_ports > all->room) {
        size_t room = (all->n + ports->n_ports) * 2;
        struct firewall_port *at = arena_array(arena, room, sizeof *at);
        if (all->at != NULL)
            memcpy(at, all->at, all->n * sizeof *at);
        all->at = at;
        all->room = room;
    }
    all->n += ports_elements(ports, name, all->at + all->n);
}

static int read_ports(struct engine *engine, struct arena *arena, const char *own,
                      struct all_ports *out, struct err *err)
{
    struct state_container *rows;
    size_t n;
    if (state_containers(engine->state, arena, &rows, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        AUTO_FREE char *path = str_printf("containers/%s", rows[i].id);
        AUTO_FD int run_dir =
            openat(engine->run, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        struct published_ports ports;
        int there = run_dir < 0 ? 0 : ports_read(arena, run_dir, &ports, err);
        if (there < 0)
            return fail_in(err, "container %s", rows[i].name);
        if (there > 0 && counts(engine, &rows[i], run_dir, own))
            add_ports(arena, out, &ports, rows[i].name);
    }
    return 0;
}

static int replace(struct engine *engine, struct arena *arena, const struct firewall *firewall,
                   const char *own, struct err *err)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct firewall_network *networks;
        struct all_ports ports = {};
        uint32_t generation;
        size_t n;
        if (firewall_generation(firewall, &generation, err) < 0 ||
            read_networks(engine, arena, &networks, &n, err) < 0 ||
            read_ports(engine, arena, own, &ports, err) < 0)
            return -1;
        const struct firewall_state state = {networks, ports.at, n, ports.n};
        if (firewall_replace(firewall, generation, &state, err) == 0)
            return 0;
        if (err->sys != ERESTART)
            return -1;
    }
    return -1;
}

int firewall_reload(struct engine *engine, struct arena *arena, const char *own, bool only_broken,
                    struct err *err)
{
    AUTO_FIREWALL struct firewall firewall = {.socket = -1};
    if (firewall_open(engine->settings->run_root, &firewall, err) < 0)
        return -1;
    AUTO_FD int held = lock(engine, err);
    if (held < 0)
        return -1;
    int whole = only_broken ? firewall_is_whole(&firewall, err) : 0;
    return whole != 0 ? whole < 0 ? -1 : 0 : replace(engine, arena, &firewall, own, err);
}

int firewall_admit(struct engine *engine, struct arena *arena, const struct admission *admission,
                   struct err *err)
{
    AUTO_FIREWALL struct firewall firewall = {.socket = -1};
    struct firewall_network *of = arena_array(arena, admission->n_networks + 1, sizeof *of);
    size_t n = 0;
    for (size_t i = 0; i < admission->n_networks; i++)
        n += firewall_network_of(arena, admission->networks[i], &of[n]);
    const struct firewall_state state = {of, admission->ports, n, admission->n_ports};
    if (n == 0 && admission->n_ports == 0)
        return 0;
    if (firewall_open(engine->settings->run_root, &firewall, err) < 0)
        return -1;
    int whole = firewall_is_whole(&firewall, err);
    if (whole < 0)
        return -1;
    if (whole > 0) {
        if (firewall_add(&firewall, &state, err) == 0)
            return 0;
        if (err->kind != ERR_CONFLICT)
            return -1;
    }
    return firewall_reload(engine, arena, admission->own, false, err);
}

int firewall_forget(struct engine *engine, struct arena *arena, const struct network *network,
                    struct err *err)
{
    AUTO_FIREWALL struct firewall firewall = {.socket = -1};
    struct firewall_network of;
    if (!firewall_network_of(arena, network, &of))
        return 0;
    if (firewall_open(engine->settings->run_root, &firewall, err) < 0)
        return -1;
    return firewall_remove(&firewall, &(struct firewall_state){.networks = &of, .n_networks = 1},
                           err);
}

struct monitor_firewall *firewall_watching(struct engine *engine, struct arena *arena)
{
    AUTO_FIREWALL struct firewall firewall = {.socket = -1};
    struct err ignored; // then nobody watches: the next start looks itself
    const char *self = program_find(arena, "dhow", &ignored);
    if (self == NULL || firewall_open(engine->settings->run_root, &firewall, &ignored) < 0)
        return NULL;
    const char *const words[] = {
        self,      "--root", engine->settings->root, "--run-root", engine->settings->run_root,
        "network", "reload", "--if-broken"};
    struct monitor_firewall *out = arena_new(arena, struct monitor_firewall);
    *out = (struct monitor_firewall){
        .table = arena_strdup(arena, firewall.table),
        .chain = table_witness,
        .rules = table_witness_rules,
        .reload = arena_array(arena, N_ELEMENTS(words), sizeof *out->reload),
        .n_reload = N_ELEMENTS(words),
    };
    for (size_t i = 0; i < N_ELEMENTS(words); i++)
        out->reload[i] = arena_strdup(arena, words[i]);
    return out;
}

int engine_network_reload(struct engine *engine, struct arena *arena,
                          const struct network_reload_request *request, struct nothing *response,
                          struct err *err)
{
    (void)response;
    return firewall_reload(engine, arena, NULL, request->only_broken, err);
}
