// SPDX-License-Identifier: Apache-2.0
// info.c — what there is, where it is and what this machine can do, in docker's layout: programs
// read it by its words.
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/format.h"
#include "ops/system.h"
#include "ops/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct info_args {
    const char *format;
};
static const struct option info_options[] = {
    OPTION_FORMAT_ONE(struct info_args, format),
    {},
};

// A list on one line, and nothing when it is empty.
static void print_words(const char *heading, const char *const *words, size_t n)
{
    if (n == 0)
        return;
    printf("%s", heading);
    for (size_t i = 0; i < n; i++)
        printf(" %s", words[i]);
    puts("");
}

static void print_lines(const char *heading, const char *const *words, size_t n)
{
    if (n == 0)
        return;
    puts(heading);
    for (size_t i = 0; i < n; i++)
        printf("  %s\n", words[i]);
}

static void print_counts(const struct system_info *it)
{
    printf(" Containers: %" PRId64 "\n  Running: %" PRId64 "\n  Paused: %" PRId64
           "\n  Stopped: %" PRId64 "\n Images: %" PRId64 "\n",
           it->containers, it->containers_running, it->containers_paused, it->containers_stopped,
           it->images);
    printf(" Server Version: %s\n Storage Driver: %s\n", it->server_version, it->driver);
    for (size_t i = 0; i < it->n_driver_status; i++) {
        if (it->driver_status[i].n_words == 2)
            printf("  %s: %s\n", it->driver_status[i].words[0], it->driver_status[i].words[1]);
    }
}

// "name=seccomp,profile=builtin": the name, and what else is said of it below.
static void print_security(const struct system_info *it)
{
    if (it->n_security_options != 0)
        puts(" Security Options:");
    for (size_t i = 0; i < it->n_security_options; i++) {
        struct str rest = str_of(it->security_options[i]);
        while (rest.n != 0) {
            struct str value = str_cut(&rest, ','), key = str_cut(&value, '=');
            if (str_is(key, "name"))
                printf("  %.*s\n", (int)value.n, value.at);
            else if (str_is(key, "profile"))
                printf("   Profile: %.*s\n", (int)value.n, value.at);
        }
    }
}

static void print_runtimes(const struct system_info *it)
{
    printf(" Swarm: %s\n Runtimes:", it->swarm.local_node_state);
    for (size_t i = 0; i < it->n_runtimes; i++)
        printf(" %s", it->runtimes[i].name);
    printf("\n Default Runtime: %s\n Init Binary: %s\n", it->default_runtime, it->init_binary);
}

static void print_machine(struct arena *arena, const struct system_info *it)
{
    printf(" Kernel Version: %s\n Operating System: %s\n OSType: %s\n Architecture: %s\n"
           " CPUs: %" PRId64 "\n Total Memory: %s\n Name: %s\n ID: %s\n",
           it->kernel_version, it->operating_system, it->os_type, it->architecture, it->ncpu,
           binary_size_words(arena, (uint64_t)it->mem_total), it->name, it->id);
    printf(" Docker Root Dir: %s\n Run Root: %s\n Debug Mode: false\n", it->root_dir, it->run_root);
    const char *proxies[][2] = {{"HTTP Proxy", it->http_proxy},
                                {"HTTPS Proxy", it->https_proxy},
                                {"No Proxy", it->no_proxy}};
    for (size_t i = 0; i < N_ELEMENTS(proxies); i++) {
        if (!text_is_empty(proxies[i][1]))
            printf(" %s: %s\n", proxies[i][0], proxies[i][1]);
    }
    puts(" Experimental: false");
    print_lines(" Insecure Registries:", it->registries.insecure_cidrs,
                it->registries.n_insecure_cidrs);
    print_lines(" Registry Mirrors:", it->registries.mirrors, it->registries.n_mirrors);
    printf(" Live Restore Enabled: %s\n Firewall Backend: %s\n",
           it->live_restore ? "true" : "false", it->firewall.driver);
}

static void print_info(struct cli *cli, const struct system_info *it)
{
    printf("Client:\n Version:    %s\n Context:    default\n Debug Mode: false\n\nServer:\n",
           cli->setup->version);
    print_counts(it);
    printf(" Logging Driver: %s\n Cgroup Driver: %s\n Cgroup Version: %s\n Plugins:\n",
           it->logging_driver, it->cgroup_driver, it->cgroup_version);
    print_words("  Volume:", it->plugins.volume, it->plugins.n_volume);
    print_words("  Network:", it->plugins.network, it->plugins.n_network);
    print_words("  Authorization:", it->plugins.authorization, it->plugins.n_authorization);
    print_words("  Log:", it->plugins.log, it->plugins.n_log);
    print_lines(" CDI spec directories:", it->cdi_spec_dirs, it->n_cdi_spec_dirs);
    print_runtimes(it);
    print_security(it);
    print_machine(&cli->arena, it);
    fflush(stdout);
    for (size_t i = 0; i < it->n_warnings; i++)
        fprintf(stderr, "%s\n", it->warnings[i]);
}

static int info_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct info_args *args = at;
    struct system_info it;
    if (cli_call(cli, SYSTEM_INFO, NULL, &it) < 0)
        return cli_fail(cli, 1);
    if (!text_is_empty(args->format))
        return object_print(cli, "", args->format,
                            value_of_struct(system_info_fields, &it, "system.dockerInfo"));
    print_info(cli, &it);
    return 0;
}
const struct command info_command = {
    "info",
    "",
    "Show how much there is of what, and where",
    info_options,
    sizeof(struct info_args),
    OPTIONS_MIXED,
    0,
    0,
    info_run,
    format_manual,
};
