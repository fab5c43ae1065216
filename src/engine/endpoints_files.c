// SPDX-License-Identifier: Apache-2.0
// endpoints_files.c — what a container's /etc/hosts and /etc/resolv.conf say, and what its monitor
// needs to answer for names.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/endpoints.h"
#include "names/names.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

enum { RESOLV_MAX = 64 * 1024, HOSTS_MAX = 1024 * 1024, SERVERS_MAX = 32 };
#define HOST_GATEWAY "host-gateway"

// --- hosts ---

static bool gateway_of(const struct placed_endpoint *endpoints, size_t n, struct ip *out)
{
    for (size_t i = 0; i < n; i++) {
        if (network_gateway(&endpoints[i].network, AF_INET, out) ||
            network_gateway(&endpoints[i].network, AF_INET6, out))
            return true;
    }
    return false;
}

// "name:address" or "name=address"; the address may be host-gateway.
static int add_extra(struct buf *out, const char *line, const struct placed_endpoint *endpoints,
                     size_t n, struct err *err)
{
    const char *separator = strpbrk(line, "=:");
    if (separator == NULL || separator == line || separator[1] == '\0')
        return fail(err, ERR_INVALID, "bad format for add-host: \"%s\"", line);
    struct str address = str_of(separator + 1);
    char text[IP_TEXT];
    struct ip ip;
    if (str_is(address, HOST_GATEWAY)) {
        // Without a network of its own the container is where the host is, or nowhere.
        if (!gateway_of(endpoints, n, &ip))
            (void)ip_parse(STR("127.0.0.1"), &ip);
    } else {
        if (address.n > 2 && address.at[0] == '[' && address.at[address.n - 1] == ']')
            address = (struct str){address.at + 1, address.n - 2};
        if (!ip_parse(address, &ip))
            return fail(err, ERR_INVALID, "invalid IP address in add-host: \"%.*s\"",
                        (int)address.n, address.at);
    }
    buf_printf(out, "%s\t%.*s\n", ip_print(&ip, text), (int)(separator - line), line);
    return 0;
}

static void add_own(struct buf *out, const struct ip *ip, const char *name, const char *domain)
{
    char text[IP_TEXT];
    if (ip_is_none(ip))
        return;
    if (text_is_empty(domain))
        buf_printf(out, "%s\t%s\n", ip_print(ip, text), name);
    else
        buf_printf(out, "%s\t%s.%s %s\n", ip_print(ip, text), name, domain, name);
}

static int host_hosts(struct buf *out, struct err *err)
{
    if (file_read_at(AT_FDCWD, "/etc/hosts", out, err) < 0 && err->kind != ERR_NOT_FOUND)
        return -1;
    if (out->n != 0 && out->at[out->n - 1] != '\n')
        buf_char(out, '\n');
    return 0;
}

// NOLINTNEXTLINE(readability-function-size): a list and its length, and what all of these take
int endpoints_hosts(struct engine *engine, struct arena *arena, const struct container *container,
                    const struct placed_endpoint *endpoints, size_t n, const char **out,
                    struct err *err)
{
    const struct container_spec *spec = &container->spec;
    const char *name = container_hostname(arena, container);
    bool is_host = network_mode_of(spec) == MODE_HOST;
    AUTO_BUF struct buf text;
    buf_init(&text, HOSTS_MAX);
    if (is_host && host_hosts(&text, err) < 0)
        return -1;
    if (!is_host)
        buf_text(&text, "127.0.0.1\tlocalhost\n"
                        "::1\tlocalhost ip6-localhost ip6-loopback\n"
                        "fe00::\tip6-localnet\n"
                        "ff00::\tip6-mcastprefix\n"
                        "ff02::1\tip6-allnodes\n"
                        "ff02::2\tip6-allrouters\n");
    for (size_t i = 0; i < spec->host.n_extra_hosts; i++) {
        if (add_extra(&text, spec->host.extra_hosts[i], endpoints, n, err) < 0)
            return -1;
    }
    struct link_target *links;
    size_t n_links;
    if (links_find(engine, arena, container, &links, &n_links, err) < 0)
        return -1;
    for (size_t i = 0; i < n_links; i++)
        buf_printf(&text, "%s\t%s %s %s\n", links[i].address, links[i].alias, links[i].hostname,
                   links[i].name);
    for (size_t i = 0; i < n; i++) {
        add_own(&text, &endpoints[i].endpoint.ipv4, name, spec->domainname);
        add_own(&text, &endpoints[i].endpoint.ipv6, name, spec->domainname);
    }
    if (n == 0 && !is_host)
        buf_printf(&text, "127.0.1.1\t%s\n", name);
    if (buf_check(&text, "/etc/hosts", err) < 0)
        return -1;
    *out = arena_strndup(arena, buf_get(&text), text.n);
    return 0;
}

// --- resolv.conf ---

int resolv_read_host(struct arena *arena, const char **out, struct err *err)
{
    static const char *const files[] = {"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"};
    const char *text = "";
    for (size_t i = 0; i < N_ELEMENTS(files); i++) {
        AUTO_BUF struct buf file;
        buf_init(&file, RESOLV_MAX);
        if (file_read_at(AT_FDCWD, files[i], &file, err) < 0) {
            if (err->kind == ERR_NOT_FOUND)
                continue;
            return -1;
        }
        text = arena_strndup(arena, buf_get(&file), file.n);
        if (strstr(text, "nameserver 127.0.0.53") == NULL) // systemd-resolved's stub
            break;
    }
    *out = text;
    return 0;
}

// The next word of a line.
static struct str word(struct str *line)
{
    *line = str_trim(*line);
    size_t n = 0;
    while (n < line->n && line->at[n] != ' ' && line->at[n] != '\t')
        n++;
    struct str first = {line->at, n};
    *line = str_trim((struct str){line->at + n, line->n - n});
    return first;
}

const char **resolv_servers(struct arena *arena, const char *host, bool with_loopback,
                            size_t *out_n)
{
    const char **servers = arena_array(arena, SERVERS_MAX, sizeof *servers);
    struct str rest = str_of(host);
    size_t n = 0;
    while (rest.n != 0 && n < SERVERS_MAX) {
        struct str line = str_cut(&rest, '\n');
        struct ip ip;
        if (!str_is(word(&line), "nameserver"))
            continue;
        struct str address = word(&line);
        if (ip_parse(address, &ip) && (with_loopback || !ip_is_loopback(&ip)))
            servers[n++] = arena_strndup(arena, address.at, address.n);
    }
    *out_n = n;
    return servers;
}

// Lines of the host's file that begin with the word, or nothing.
static void keep_lines(struct buf *out, const char *host, const char *keyword)
{
    struct str rest = str_of(host);
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n'), values = line;
        if (str_is(word(&values), keyword))
            buf_printf(out, "%s %.*s\n", keyword, (int)values.n, values.at);
    }
}

static void add_words(struct buf *out, const char *keyword, const char *const *words, size_t n)
{
    if (n == 0 || (n == 1 && strcmp(words[0], ".") == 0)) // "." takes the host's away
        return;
    buf_text(out, keyword);
    for (size_t i = 0; i < n; i++)
        buf_printf(out, " %s", words[i]);
    buf_char(out, '\n');
}

static void add_servers(struct buf *out, struct arena *arena, const struct resolv_request *of)
{
    static const char *const public[] = {"8.8.8.8", "8.8.4.4"}; // docker's last resort
    if (of->has_name_server) {
        buf_text(out, "nameserver 127.0.0.11\n");
        return;
    }
    const char *const *servers = of->servers;
    size_t n = of->n_servers, printed = 0;
    if (n == 0)
        servers = resolv_servers(arena, of->host, of->is_host, &n);
    for (size_t i = 0; i < n; i++) {
        bool is_ipv6 = strchr(servers[i], ':') != NULL;
        if (is_ipv6 && !of->has_ipv6 && of->n_servers == 0 && !of->is_host)
            continue;
        buf_printf(out, "nameserver %s\n", servers[i]);
        printed++;
    }
    for (size_t i = 0; printed == 0 && i < N_ELEMENTS(public) && !of->is_host; i++)
        buf_printf(out, "nameserver %s\n", public[i]);
}

static void add_options(struct buf *out, const struct resolv_request *of)
{
    bool has_ndots = false;
    for (size_t i = 0; i < of->n_options; i++)
        has_ndots |= text_starts(of->options[i], "ndots:");
    if (!of->has_name_server && of->n_options == 0) {
        keep_lines(out, of->host, "options");
        return;
    }
    if (of->n_options == 0 && of->has_name_server) {
        size_t before = out->n;
        keep_lines(out, of->host, "options");
        has_ndots = out->n != before && strstr(out->at + before, "ndots:") != NULL;
    }
    add_words(out, "options", of->options, of->n_options);
    // Ours knows names without a dot: they are asked for as they are.
    if (of->has_name_server && !has_ndots)
        buf_text(out, "options ndots:0\n");
}

const char *resolv_make(struct arena *arena, const struct resolv_request *request)
{
    AUTO_BUF struct buf text;
    buf_init(&text, (size_t)2 * RESOLV_MAX);
    add_servers(&text, arena, request);
    if (request->n_search != 0) {
        add_words(&text, "search", request->search, request->n_search);
    } else {
        keep_lines(&text, request->host, "domain");
        keep_lines(&text, request->host, "search");
    }
    add_options(&text, request);
    return arena_strndup(arena, buf_get(&text), text.n);
}

static bool has_names(const struct placed_endpoint *endpoints, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (network_has_names(&endpoints[i].network))
            return true;
    }
    return false;
}

int endpoints_resolv(struct arena *arena, const struct container *container,
                     const struct placed_endpoint *endpoints, size_t n, const char **out,
                     struct err *err)
{
    const struct host_config *host = &container->spec.host;
    struct resolv_request request = {
        .servers = host->dns,
        .search = host->dns_search,
        .options = host->dns_options,
        .n_servers = host->n_dns,
        .n_search = host->n_dns_search,
        .n_options = host->n_dns_options,
        .has_name_server = has_names(endpoints, n),
        .is_host = network_mode_of(&container->spec) == MODE_HOST,
    };
    for (size_t i = 0; i < n; i++)
        request.has_ipv6 |= !ip_is_none(&endpoints[i].endpoint.ipv6);
    if (resolv_read_host(arena, &request.host, err) < 0)
        return -1;
    *out = resolv_make(arena, &request);
    return 0;
}

// --- the name server ---

// --link on a user's network: a name that this container alone has for another.
static void take_links(struct arena *arena, const struct placed_endpoint *endpoints, size_t n,
                       struct monitor_dns *dns)
{
    size_t room = 0;
    for (size_t i = 0; i < n; i++)
        room += endpoints[i].settings->n_links;
    dns->links = arena_array(arena, room + 1, sizeof *dns->links);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < endpoints[i].settings->n_links; j++) {
            struct str alias = str_of(endpoints[i].settings->links[j]);
            struct str name = str_cut(&alias, ':');
            const char *text = arena_strndup(arena, name.at, name.n);
            dns->links[dns->n_links++] = (struct json_pair){alias.n != 0 ? alias.at : text, text};
        }
    }
}

// NOLINTNEXTLINE(readability-function-size): a list and its length, and what all of these take
int endpoints_dns(struct engine *engine, struct arena *arena, const struct container *container,
                  const struct placed_endpoint *endpoints, size_t n, struct monitor_dns **out,
                  struct err *err)
{
    const struct host_config *host = &container->spec.host;
    (void)err;
    *out = NULL;
    if (!has_names(endpoints, n))
        return 0;
    struct monitor_dns *dns = arena_new(arena, struct monitor_dns);
    *dns = (struct monitor_dns){
        .names_dir = arena_printf(arena, "%s/" NAMES_DIR, engine->settings->run_root),
        .networks = arena_array(arena, n, sizeof *dns->networks),
        .servers = host->dns,
        .n_servers = host->n_dns,
        .is_internal = true,
    };
    for (size_t i = 0; i < n; i++) {
        dns->is_internal &= endpoints[i].network.spec.internal;
        if (network_has_names(&endpoints[i].network))
            dns->networks[dns->n_networks++] = endpoints[i].network.id;
    }
    take_links(arena, endpoints, n, dns);
    *out = dns;
    return 0;
}
