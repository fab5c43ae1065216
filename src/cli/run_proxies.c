// SPDX-License-Identifier: Apache-2.0
// run_proxies.c — "proxies" of config.json: what new containers get in their environment.
#include "base/mem.h"
#include "base/str.h"
#include "cli/run_args.h"

#include <ctype.h>
#include <string.h>

static bool is_set(const struct container_spec *spec, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < spec->n_env; i++) {
        if (strncmp(spec->env[i], name, n) == 0 &&
            (spec->env[i][n] == '=' || spec->env[i][n] == '\0'))
            return true;
    }
    return false;
}

// In capitals and in small letters, as programs look for either; what the user says wins.
static void add(struct arena *arena, struct container_spec *spec, const char *name,
                const char *value)
{
    char *small = arena_strdup(arena, name);
    for (char *at = small; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    const char *const names[] = {name, small};
    for (size_t i = 0; i < N_ELEMENTS(names) && !text_is_empty(value); i++) {
        if (!is_set(spec, names[i]))
            spec->env[spec->n_env++] = arena_printf(arena, "%s=%s", names[i], value);
    }
}

void run_proxies(struct cli *cli, struct container_spec *spec)
{
    enum { VARIABLES = 10 };
    const struct config_file *config = cli_config(cli);
    const struct config_proxy *proxy = NULL;
    for (size_t i = 0; i < config->n_proxies && proxy == NULL; i++) {
        if (strcmp(config->proxies[i].host, "default") == 0)
            proxy = &config->proxies[i];
    }
    if (proxy == NULL)
        return;
    const char **env = arena_array(&cli->arena, spec->n_env + VARIABLES, sizeof *env);
    if (spec->n_env != 0)
        memcpy(env, spec->env, spec->n_env * sizeof *env);
    spec->env = env;
    const struct {
        const char *name, *value;
    } all[] = {{"HTTP_PROXY", proxy->http},
               {"HTTPS_PROXY", proxy->https},
               {"FTP_PROXY", proxy->ftp},
               {"NO_PROXY", proxy->no},
               {"ALL_PROXY", proxy->all}};
    _Static_assert(N_ELEMENTS(all) * 2 == VARIABLES, "there is room for both of each");
    for (size_t i = 0; i < N_ELEMENTS(all); i++)
        add(&cli->arena, spec, all[i].name, all[i].value);
}
