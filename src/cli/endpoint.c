// SPDX-License-Identifier: Apache-2.0
// endpoint.c — the grammar of --network.
#include "cli/endpoint.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>

enum { VALUES_MAX = 256 };

struct reading {
    struct cli *cli;
    struct endpoint_settings *out;
    struct endpoint_ipam ipam;
    bool has_ipam;
};

static int take_name(struct reading *reading, const char *value)
{
    reading->out->network = value;
    return 0;
}

static int add_text(struct reading *reading, const char ***list, size_t *n, const char *value)
{
    if (*list == NULL)
        *list = arena_array(&reading->cli->arena, VALUES_MAX, sizeof **list);
    if (*n == VALUES_MAX)
        return fail(&reading->cli->err, ERR_INVALID, "more than %d values of one kind", VALUES_MAX);
    (*list)[(*n)++] = value;
    return 0;
}

static int take_alias(struct reading *reading, const char *value)
{
    return add_text(reading, &reading->out->aliases, &reading->out->n_aliases, value);
}

static int take_ip(struct reading *reading, const char *value)
{
    reading->ipam.ipv4_address = value;
    reading->has_ipam = true;
    return 0;
}

static int take_ip6(struct reading *reading, const char *value)
{
    reading->ipam.ipv6_address = value;
    reading->has_ipam = true;
    return 0;
}

static int take_mac(struct reading *reading, const char *value)
{
    reading->out->mac_address = value;
    return 0;
}

static int take_link_local(struct reading *reading, const char *value)
{
    reading->has_ipam = true;
    return add_text(reading, &reading->ipam.link_local_ips, &reading->ipam.n_link_local_ips, value);
}

static int take_driver_option(struct reading *reading, const char *value)
{
    struct endpoint_settings *out = reading->out;
    const char *separator = strchr(value, '=');
    if (separator == NULL || separator == value)
        return fail(&reading->cli->err, ERR_INVALID,
                    "invalid key value pair format in driver options");
    if (out->driver_opts == NULL)
        out->driver_opts = arena_array(&reading->cli->arena, VALUES_MAX, sizeof *out->driver_opts);
    if (out->n_driver_opts == VALUES_MAX)
        return fail(&reading->cli->err, ERR_INVALID, "more than %d driver options", VALUES_MAX);
    out->driver_opts[out->n_driver_opts++] = (struct json_pair){
        arena_strndup(&reading->cli->arena, value, (size_t)(separator - value)), separator + 1};
    return 0;
}

static int take_priority(struct reading *reading, const char *value)
{
    if (!str_to_i64(str_of(value), &reading->out->gw_priority))
        return fail(&reading->cli->err, ERR_INVALID, "invalid gw-priority: \"%s\" is no number",
                    value);
    return 0;
}

static const struct {
    const char *key;
    int (*take)(struct reading *reading, const char *value);
} keys[] = {
    {"name", take_name},
    {"alias", take_alias},
    {"ip", take_ip},
    {"ip6", take_ip6},
    {"mac-address", take_mac},
    {"link-local-ip", take_link_local},
    {"driver-opt", take_driver_option},
    {"gw-priority", take_priority},
};

static int take_word(struct reading *reading, struct str word)
{
    struct str value = word, key = str_cut(&value, '=');
    if (key.n == word.n)
        return fail(&reading->cli->err, ERR_INVALID,
                    "invalid field \"%.*s\": it must be a key=value pair", (int)word.n, word.at);
    for (size_t i = 0; i < N_ELEMENTS(keys); i++) {
        if (str_is(key, keys[i].key))
            return keys[i].take(reading, arena_strndup(&reading->cli->arena, value.at, value.n));
    }
    return fail(&reading->cli->err, ERR_INVALID, "invalid field key \"%.*s\"", (int)key.n, key.at);
}

// The next word of a line of comma-separated values; one in quotes may have commas in it.
static struct str next_word(struct str *rest)
{
    if (rest->n > 1 && rest->at[0] == '"') {
        struct str inner = {rest->at + 1, rest->n - 1}, word = str_cut(&inner, '"');
        (void)str_cut(&inner, ','); // nothing stands between the quote and the comma
        *rest = inner;
        return word;
    }
    return str_cut(rest, ',');
}

int endpoint_read(struct cli *cli, const char *text, struct endpoint_settings *out)
{
    struct endpoint_settings settings = {};
    struct reading reading = {.cli = cli, .out = &settings};
    struct str rest = str_of(text);
    if (strchr(text, '=') == NULL) {
        *out = (struct endpoint_settings){.network = text};
        return 0;
    }
    while (rest.n != 0) {
        if (take_word(&reading, next_word(&rest)) < 0)
            return fail_in(&cli->err, "invalid argument \"%s\" for \"--network\" flag", text);
    }
    if (text_is_empty(settings.network))
        return fail(&cli->err, ERR_INVALID,
                    "invalid argument \"%s\" for \"--network\" flag: network name/id is not "
                    "specified",
                    text);
    if (reading.has_ipam) {
        settings.ipam_config = arena_new(&cli->arena, struct endpoint_ipam);
        *settings.ipam_config = reading.ipam;
    }
    *out = settings;
    return 0;
}
