// SPDX-License-Identifier: Apache-2.0
// dns_names.c — the names of the container's networks, and answers from them.
//
// A name is a container's name, alias, short id or host name, alone or followed by the network's
// name; the first network that knows it answers. A known name without an address of the type that
// is asked for is an answer without records, not an unknown name: else a client that asks for IPv6
// first would give up (RFC 2308).
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "monitor/dns_parts.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>

static void forget(struct names_file *file)
{
    arena_done(&file->arena);
    *file = (struct names_file){};
}

// Reads a network's file if it is another than the one that was read last.
static const struct network_names *refresh(struct dns_server *server, size_t nth)
{
    struct names_file *file = &server->files[nth];
    AUTO_FREE char *name = str_printf("%s.json", server->config->networks[nth]);
    struct stat stat;
    if (fstatat(server->names_dir, name, &stat, 0) < 0) {
        forget(file);
        return &file->names;
    }
    bool is_same = stat.st_ino == file->inode && stat.st_mtim.tv_sec == file->changed.tv_sec &&
                   stat.st_mtim.tv_nsec == file->changed.tv_nsec;
    if (is_same)
        return &file->names;
    forget(file);
    struct network_names names = {};
    struct err ignored; // half a file there is not; one that is no JSON has no names
    if (json_decode_file(&file->arena, server->names_dir, name, network_names_fields, &names,
                         JSON_LENIENT, &ignored) < 0)
        arena_done(&file->arena);
    else
        file->names = names;
    file->inode = stat.st_ino;
    file->changed = stat.st_mtim;
    return &file->names;
}

// "web" and "web.net1" on net1.
static bool is_called(const char *asked, const char *name, const char *network)
{
    size_t n = strlen(name);
    if (strncasecmp(asked, name, n) != 0)
        return false;
    return asked[n] == '\0' ||
           (asked[n] == '.' && network != NULL && strcasecmp(asked + n + 1, network) == 0);
}

// What a link calls it is asked for as what it is.
static const char *follow_link(const struct monitor_dns *config, const char *asked)
{
    for (size_t i = 0; i < config->n_links; i++) {
        if (strcasecmp(config->links[i].key, asked) == 0)
            return config->links[i].value;
    }
    return asked;
}

struct found {
    struct dns_answer *answer;
    int family; // that is asked for; 0: addresses are not
    size_t n;   // addresses of that family
    bool is_known;
};

// All addresses of the name on one network, from the one that has its turn on.
static void find_name(const struct network_names *names, const char *asked, unsigned turn,
                      struct found *out)
{
    struct ip ips[DNS_NETWORKS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < names->n_names; i++) {
        const struct network_name *name = &names->names[i];
        if (!is_called(asked, name->name, names->network))
            continue;
        out->is_known = true;
        for (size_t k = 0; k < name->n_addresses && n < N_ELEMENTS(ips); k++) {
            if (ip_parse(str_of(name->addresses[k]), &ips[n]) && ips[n].family == out->family)
                n++;
        }
    }
    for (size_t i = 0; i < n; i++)
        dns_answer_address(out->answer, &ips[(i + turn) % n], DNS_TTL_S);
    out->n += n;
}

static bool has_address(const struct network_name *name, const struct ip *ip)
{
    for (size_t i = 0; i < name->n_addresses; i++) {
        struct ip other;
        if (ip_parse(str_of(name->addresses[i]), &other) && ip_equal(&other, ip))
            return true;
    }
    return false;
}

static bool answer_reverse(struct dns_server *server, const struct ip *ip,
                           struct dns_answer *answer)
{
    for (size_t i = 0; i < server->config->n_networks && i < DNS_NETWORKS_MAX; i++) {
        const struct network_names *names = refresh(server, i);
        for (size_t k = 0; k < names->n_names; k++) {
            if (!has_address(&names->names[k], ip))
                continue;
            AUTO_FREE char *name = str_printf("%s.%s", names->names[k].name, names->network);
            dns_answer_name(answer, name, DNS_TTL_S);
            return true;
        }
    }
    return false;
}

bool dns_names_answer(struct dns_server *server, const struct dns_question *question,
                      struct dns_answer *answer, enum dns_code *out_code)
{
    struct ip ip;
    bool is_internet = question->class == DNS_CLASS_IN || question->class == DNS_CLASS_ANY;
    *out_code = DNS_NO_ERROR;
    if (!question->is_text || !is_internet || question->name[0] == '\0')
        return false;
    if (question->type == DNS_PTR)
        return dns_reverse(question->name, &ip) && answer_reverse(server, &ip, answer);
    struct found found = {
        .answer = answer,
        .family = question->type == DNS_AAAA                             ? AF_INET6
                  : question->type == DNS_A || question->type == DNS_ANY ? AF_INET
                                                                         : 0,
    };
    const char *asked = follow_link(server->config, question->name);
    for (size_t i = 0; i < server->config->n_networks && i < DNS_NETWORKS_MAX && found.n == 0; i++)
        find_name(refresh(server, i), asked, server->turn, &found);
    server->turn++;
    return found.is_known;
}

void dns_names_done(struct dns_server *server)
{
    for (size_t i = 0; i < DNS_NETWORKS_MAX; i++)
        forget(&server->files[i]);
}
