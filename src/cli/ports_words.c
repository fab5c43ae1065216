// SPDX-License-Identifier: Apache-2.0
// ports_words.c — a container's ports as ps shows them: neighbours as a range, docker's order.
//
//     80/tcp, 0.0.0.0:8000-8002->8000-8002/tcp, [::]:8080->80/tcp
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "ops/container.h"

#include <stdlib.h>
#include <string.h>

enum { PORTS_TEXT_MAX = 4 * 1024 * 1024 };

static int by_number(const void *a, const void *b)
{
    const struct port_summary *x = a, *y = b;
    if (x->private_port != y->private_port)
        return x->private_port < y->private_port ? -1 : 1;
    int by_ip = strcmp(x->ip != NULL ? x->ip : "", y->ip != NULL ? y->ip : "");
    if (by_ip != 0)
        return by_ip;
    if (x->public_port != y->public_port)
        return x->public_port < y->public_port ? -1 : 1;
    return strcmp(x->type, y->type);
}

struct port_group { // ports of one address and type that follow each other
    const char *ip, *type;
    int64_t first, last;
};

static void put_address(struct buf *out, const char *ip)
{
    bool is_v6 = strchr(ip, ':') != NULL;
    buf_printf(out, "%s%s%s:", is_v6 ? "[" : "", ip, is_v6 ? "]" : "");
}

static void put_range(struct buf *out, const struct port_group *group)
{
    buf_printf(out, "%jd", (intmax_t)group->first);
    if (group->last != group->first)
        buf_printf(out, "-%jd", (intmax_t)group->last);
}

static void put_group(struct buf *out, const struct port_group *group)
{
    buf_text(out, out->n != 0 ? ", " : "");
    if (*group->ip != '\0') {
        put_address(out, group->ip);
        put_range(out, group);
        buf_text(out, "->");
    }
    put_range(out, group);
    buf_printf(out, "/%s", group->type);
}

static struct port_group *find_group(struct port_group *groups, size_t n, const char *ip,
                                     const char *type)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(groups[i].ip, ip) == 0 && strcmp(groups[i].type, type) == 0)
            return &groups[i];
    }
    return NULL;
}

const char *ports_words(struct arena *arena, const struct port_summary *ports, size_t n)
{
    AUTO_BUF struct buf out, mapped;
    buf_init(&out, PORTS_TEXT_MAX);
    buf_init(&mapped, PORTS_TEXT_MAX);
    struct port_summary *sorted = arena_array(arena, n + 1, sizeof *sorted);
    struct port_group *groups = arena_array(arena, n + 1, sizeof *groups);
    size_t n_groups = 0;
    if (n != 0)
        memcpy(sorted, ports, n * sizeof *ports);
    qsort(sorted, n, sizeof *sorted, by_number);
    for (size_t i = 0; i < n; i++) {
        const struct port_summary *port = &sorted[i];
        const char *ip = port->ip != NULL ? port->ip : "";
        if (*ip != '\0' && port->public_port != port->private_port) {
            buf_text(&mapped, mapped.n != 0 ? ", " : "");
            put_address(&mapped, ip);
            buf_printf(&mapped, "%jd->%jd/%s", (intmax_t)port->public_port,
                       (intmax_t)port->private_port, port->type);
            continue;
        }
        struct port_group *group = find_group(groups, n_groups, ip, port->type);
        if (group != NULL && port->private_port == group->last + 1) {
            group->last++;
            continue;
        }
        if (group != NULL)
            put_group(&out, group);
        else
            group = &groups[n_groups++];
        *group = (struct port_group){ip, port->type, port->private_port, port->private_port};
    }
    for (size_t i = 0; i < n_groups; i++)
        put_group(&out, &groups[i]);
    if (mapped.n != 0)
        buf_printf(&out, "%s%s", out.n != 0 ? ", " : "", buf_get(&mapped));
    return arena_strdup(arena, buf_get(&out));
}
