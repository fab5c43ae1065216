// SPDX-License-Identifier: Apache-2.0
// names.c — the file of names of a network, for the name servers of the containers on it.
//
// It says what the database says; whoever changes the endpoints writes it afterwards. Two writers
// at once are put in order by a lock on the directory, taken before the database is read, so the
// last file is the newest.
#include "names/names.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "network/network.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

static void take_addresses(struct arena *arena, const struct endpoint *endpoint,
                           struct network_name *out)
{
    char text[IP_TEXT];
    out->addresses = arena_array(arena, 2, sizeof *out->addresses);
    if (!ip_is_none(&endpoint->ipv4))
        out->addresses[out->n_addresses++] = arena_strdup(arena, ip_print(&endpoint->ipv4, text));
    if (!ip_is_none(&endpoint->ipv6))
        out->addresses[out->n_addresses++] = arena_strdup(arena, ip_print(&endpoint->ipv6, text));
}

static int write_names(const struct network_store *store, struct arena *arena, int dir,
                       const struct network *network, struct err *err)
{
    struct endpoint *endpoints;
    size_t n, n_names = 0;
    const char *file = arena_printf(arena, "%s.json", network->id);
    if (endpoints_list(store, arena, network->id, NULL, &endpoints, &n, err) < 0)
        return -1;
    if (n == 0)
        return unlinkat(dir, file, 0) < 0 && errno != ENOENT ? fail_sys(err, "remove %s", file) : 0;
    for (size_t i = 0; i < n; i++)
        n_names += endpoints[i].spec.n_dns_names;
    struct network_names names = {
        .network = network->name,
        .names = arena_array(arena, n_names + 1, sizeof *names.names),
    };
    for (size_t i = 0; i < n; i++) {
        struct network_name name = {};
        take_addresses(arena, &endpoints[i], &name);
        for (size_t j = 0; j < endpoints[i].spec.n_dns_names; j++) {
            name.name = endpoints[i].spec.dns_names[j];
            names.names[names.n_names++] = name;
        }
    }
    AUTO_BUF struct buf text;
    buf_init(&text, NAMES_MAX);
    json_encode(&text, network_names_fields, &names, JSON_COMPACT);
    if (buf_check(&text, "the names on the network", err) < 0)
        return -1;
    return file_replace_volatile(dir, file, buf_get(&text), text.n, 0600, err);
}

int network_names_write(const struct network_store *store, struct arena *arena,
                        const struct network *network, struct err *err)
{
    if (!network_has_names(network))
        return 0;
    AUTO_FD int path = dir_make_at(store->run, NAMES_DIR, 0700, err);
    AUTO_FD int dir = path >= 0 ? openat(path, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (path < 0)
        return -1;
    if (dir < 0)
        return fail_sys(err, "open the directory of names");
    while (flock(dir, LOCK_EX) < 0) {
        if (errno != EINTR)
            return fail_sys(err, "lock the directory of names");
    }
    if (write_names(store, arena, dir, network, err) < 0)
        return fail_in(err, "write the names on network %s", network->name);
    return 0;
}
