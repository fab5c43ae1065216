// SPDX-License-Identifier: Apache-2.0
// portspec.c — the grammar of published ports (portspec.h).
#include "ops/portspec.h"

#include "base/ip.h"
#include "base/mem.h"

#include <string.h>
#include <strings.h>

static const char *const protocols[] = {"tcp", "udp", "sctp"};

static bool parse_port(struct str text, uint16_t *out)
{
    uint32_t number;
    if (!str_to_u32(text, &number) || number == 0 || number > UINT16_MAX)
        return false;
    *out = (uint16_t)number;
    return true;
}

bool port_range_parse(struct str text, struct port_range *out)
{
    struct port_range range;
    struct str rest = text, first = str_cut(&rest, '-');
    bool is_one = first.n == text.n;
    if (!parse_port(first, &range.first) || !parse_port(is_one ? first : rest, &range.last) ||
        range.first > range.last)
        return false;
    *out = range;
    return true;
}

// NULL: no protocol that has ports.
static const char *find_protocol(struct str text)
{
    if (text.n == 0)
        return protocols[0];
    for (size_t i = 0; i < N_ELEMENTS(protocols); i++) {
        if (text.n == strlen(protocols[i]) && strncasecmp(text.at, protocols[i], text.n) == 0)
            return protocols[i];
    }
    return NULL;
}

bool port_key_parse(const char *text, struct port_range *out, const char **out_protocol)
{
    struct str protocol = str_of(text), ports = str_cut(&protocol, '/');
    const char *found = find_protocol(protocol);
    if (found == NULL || !port_range_parse(ports, out))
        return false;
    *out_protocol = found;
    return true;
}

// --- the list

// Looks among the first n only: one word's ports are all different.
static struct port_map *find_map(struct arena *arena, struct port_list *list, size_t n,
                                 const char *key)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list->maps[i].port, key) == 0)
            return &list->maps[i];
    }
    if (list->n == list->room) {
        size_t room = list->room * 2 + 8;
        struct port_map *maps = arena_array(arena, room, sizeof *maps);
        if (list->n != 0)
            memcpy(maps, list->maps, list->n * sizeof *maps);
        list->maps = maps;
        list->room = room;
    }
    list->maps[list->n] = (struct port_map){.port = key};
    return &list->maps[list->n++];
}

static void add_binding(struct arena *arena, struct port_map *map, const char *ip, const char *port)
{
    struct port_binding *bindings = arena_array(arena, map->n_bindings + 1, sizeof *bindings);
    if (map->n_bindings != 0)
        memcpy(bindings, map->bindings, map->n_bindings * sizeof *bindings);
    bindings[map->n_bindings++] = (struct port_binding){ip, port};
    map->bindings = bindings;
}

static int check_room(const struct port_list *list, const struct port_range *range, struct err *err)
{
    if (list->n + (size_t)(range->last - range->first) >= PORTSPEC_PORTS_MAX)
        return fail(err, ERR_INVALID, "too many ports: %d is the most of one container",
                    PORTSPEC_PORTS_MAX);
    return 0;
}

// --- -p

struct publish {
    struct str ip, host, container, protocol;
};

// [ip:][host:]container[/protocol], cut where its colons are.
static bool cut(struct str text, struct publish *out)
{
    struct publish parts = {};
    parts.protocol = text;
    text = str_cut(&parts.protocol, '/');
    if (text.n != 0 && text.at[0] == '[') {
        const char *end = memchr(text.at, ']', text.n);
        if (end == NULL || (size_t)(end - text.at) + 1 >= text.n || end[1] != ':')
            return false;
        parts.ip = (struct str){text.at + 1, (size_t)(end - text.at) - 1};
        text = (struct str){end + 2, text.n - (size_t)(end + 2 - text.at)};
        parts.host = str_cut(&text, ':');
        parts.container = text;
        *out = parts;
        return memchr(text.at, ':', text.n) == NULL;
    }
    struct str words[3];
    size_t n = 0;
    bool has_more = true;
    while (has_more && n < N_ELEMENTS(words)) {
        has_more = memchr(text.at, ':', text.n) != NULL;
        words[n++] = str_cut(&text, ':');
    }
    if (has_more)
        return false;
    parts.container = words[n - 1];
    if (n > 1)
        parts.host = words[n - 2];
    if (n > 2)
        parts.ip = words[0];
    *out = parts;
    return true;
}

// key=value,… as the short form has it.
static int cut_long(const char *text, struct publish *out, struct err *err)
{
    struct publish parts = {};
    const struct {
        const char *key;
        struct str *value;
    } keys[] = {
        {"target", &parts.container},
        {"published", &parts.host},
        {"protocol", &parts.protocol},
        {"host_ip", &parts.ip},
        {"mode", NULL},
        {"name", NULL},
        {"app_protocol", NULL},
    };
    struct str rest = str_of(text);
    while (rest.n != 0) {
        struct str word = str_cut(&rest, ','), value = word, key = str_cut(&value, '=');
        if (key.n == word.n)
            return fail(err, ERR_INVALID,
                        "invalid publish opts format (should be name=value but got '%.*s')",
                        (int)word.n, word.at);
        bool is_known = false;
        for (size_t i = 0; i < N_ELEMENTS(keys) && !is_known; i++) {
            is_known = str_is(key, keys[i].key);
            if (is_known && keys[i].value != NULL)
                *keys[i].value = value;
        }
        if (!is_known)
            return fail(err, ERR_INVALID,
                        "invalid publish option '%.*s': target, published, protocol, host_ip",
                        (int)key.n, key.at);
    }
    *out = parts;
    return 0;
}

static int check_ip(struct str text, struct err *err)
{
    struct ip ip;
    if (text.n != 0 && !ip_parse(text, &ip))
        return fail(err, ERR_INVALID, "invalid IP address: %.*s", (int)text.n, text.at);
    return 0;
}

static int read_ranges(const char *text, const struct publish *parts, struct port_range *container,
                       struct port_range *host, struct err *err)
{
    if (parts->container.n == 0)
        return fail(err, ERR_INVALID, "no port specified: %s<empty>", text);
    if (!port_range_parse(parts->container, container))
        return fail(err, ERR_INVALID, "Invalid containerPort: %.*s", (int)parts->container.n,
                    parts->container.at);
    *host = (struct port_range){};
    if (parts->host.n != 0 && !port_range_parse(parts->host, host) && !str_is(parts->host, "0"))
        return fail(err, ERR_INVALID, "Invalid hostPort: %.*s", (int)parts->host.n, parts->host.at);
    bool is_one = container->first == container->last;
    if (host->first != 0 && !is_one &&
        host->last - host->first != container->last - container->first)
        return fail(err, ERR_INVALID,
                    "Invalid ranges specified for container and host Ports: %.*s and %.*s",
                    (int)parts->container.n, parts->container.at, (int)parts->host.n,
                    parts->host.at);
    return 0;
}

static const char *host_text(struct arena *arena, const struct port_range *host,
                             const struct port_range *container, unsigned port)
{
    if (host->first == 0)
        return "";
    if (container->first == container->last && host->first != host->last)
        return arena_printf(arena, "%u-%u", host->first, host->last);
    return arena_printf(arena, "%u", host->first + (port - container->first));
}

int portspec_publish(struct arena *arena, const char *text, struct port_list *out, struct err *err)
{
    struct publish parts = {};
    struct port_range container, host;
    if (strchr(text, '=') != NULL) {
        if (cut_long(text, &parts, err) < 0)
            return -1;
    } else if (!cut(str_of(text), &parts)) {
        return fail(err, ERR_INVALID,
                    "invalid publish: %s: [ip:][host:]container[/protocol], IPv6 in brackets",
                    text);
    }
    const char *protocol = find_protocol(parts.protocol);
    if (protocol == NULL)
        return fail(err, ERR_INVALID, "invalid proto: %.*s", (int)parts.protocol.n,
                    parts.protocol.at);
    if (check_ip(parts.ip, err) < 0 || read_ranges(text, &parts, &container, &host, err) < 0 ||
        check_room(out, &container, err) < 0)
        return -1;
    const char *ip = arena_strndup(arena, parts.ip.n != 0 ? parts.ip.at : "", parts.ip.n);
    size_t n = out->n;
    for (unsigned port = container.first; port <= container.last; port++) {
        struct port_map *map =
            find_map(arena, out, n, arena_printf(arena, "%u/%s", port, protocol));
        add_binding(arena, map, ip, host_text(arena, &host, &container, port));
    }
    return 0;
}

int portspec_expose(struct arena *arena, const char *text, struct port_list *out, struct err *err)
{
    struct port_range range;
    const char *protocol;
    if (!port_key_parse(text, &range, &protocol))
        return fail(err, ERR_INVALID,
                    "invalid range format for --expose: %s: a port or two with a dash, and "
                    "/tcp, /udp or /sctp",
                    text);
    if (check_room(out, &range, err) < 0)
        return -1;
    size_t n = out->n;
    for (unsigned port = range.first; port <= range.last; port++)
        (void)find_map(arena, out, n, arena_printf(arena, "%u/%s", port, protocol));
    return 0;
}
