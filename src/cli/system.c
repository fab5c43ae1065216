// SPDX-License-Identifier: Apache-2.0
// system.c — version and info.
#include "ops/system.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/format.h"
#include "ops/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/utsname.h>

// --- version ---

struct client_version {
    const char *version, *git_commit, *os, *arch, *context;
};
struct version_info {
    struct client_version client;
    struct system_version *server; // NULL: it cannot be asked
};
// clang-format off
static const struct json_field client_fields[] = {
    JSON_NAMED(struct client_version, version, "Version", JSON_ALWAYS),
    JSON_NAMED(struct client_version, git_commit, "GitCommit", JSON_ALWAYS),
    JSON_NAMED(struct client_version, os, "Os", JSON_ALWAYS),
    JSON_NAMED(struct client_version, arch, "Arch", JSON_ALWAYS),
    JSON_NAMED(struct client_version, context, "Context", JSON_ALWAYS),
    {},
};
static const struct json_field version_fields[] = {
    JSON_INSIDE_NAMED(struct version_info, client, "Client", client_fields, JSON_ALWAYS),
    JSON_BEHIND_NAMED(struct version_info, server, "Server", system_version_fields, JSON_ALWAYS),
    {},
};
// clang-format on

struct version_args {
    const char *format;
};
static const struct option version_options[] = {
    OPTION_FORMAT_ONE(struct version_args, format),
    {},
};

static const char *machine_name(struct arena *arena)
{
    struct utsname system;
    if (uname(&system) < 0)
        return "";
    return text_equal(system.machine, "x86_64")    ? "amd64"
           : text_equal(system.machine, "aarch64") ? "arm64"
                                                   : arena_strdup(arena, system.machine);
}

static void print_version(const struct version_info *it)
{
    const struct client_version *client = &it->client;
    const struct system_version *server = it->server;
    printf("Client:\n Version:           %s\n Git commit:        %s\n OS/Arch:           %s/%s\n"
           " Context:           %s\n",
           client->version, client->git_commit, client->os, client->arch, client->context);
    if (server != NULL)
        printf("\nServer:\n Engine:\n  Version:          %s\n  Git commit:       %s\n"
               "  OS/Arch:          %s/%s\n  Kernel version:   %s\n",
               server->version, server->git_commit, server->os, server->arch,
               server->kernel_version);
}

// What can be said without an engine is said where there is none, too.
static int version_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct version_args *args = at;
    struct system_version server;
    if (args == NULL) { // --version
        printf("dhow version %s, build %s\n", cli->setup->version, cli->setup->commit);
        return 0;
    }
    struct version_info it = {
        .client = {cli->setup->version, cli->setup->commit, "linux", machine_name(&cli->arena),
                   "default"},
    };
    bool has_server = cli_call(cli, SYSTEM_VERSION, NULL, &server) >= 0;
    it.server = has_server ? &server : NULL;
    const struct err why = cli->err;
    int status = 0;
    if (text_is_empty(args->format))
        print_version(&it);
    else
        status = object_print(cli, "version", args->format,
                              value_of_struct(version_fields, &it, "system.versionInfo"));
    cli->err = why;
    return has_server ? status : cli_fail(cli, 1);
}
const struct command version_command = {
    "version",
    "",
    "Show which dhow this is",
    version_options,
    sizeof(struct version_args),
    OPTIONS_MIXED,
    0,
    0,
    version_run,
    format_manual,
};

// --- info ---

struct info_args {
    const char *format;
};
static const struct option info_options[] = {
    OPTION_FORMAT_ONE(struct info_args, format),
    {},
};

static void print_info(struct arena *arena, const struct system_info *it)
{
    printf("Containers: %" PRId64 "\n Running: %" PRId64 "\n Stopped: %" PRId64 "\n",
           it->containers, it->containers_running, it->containers_stopped);
    printf("Images: %" PRId64 "\n", it->images);
    printf("Server Version: %s\n", it->server_version);
    printf("Storage Driver: %s\n", it->driver);
    printf("Cgroup Version: %s\n", it->cgroup_version);
    printf("Default Runtime: %s\n", it->default_runtime);
    printf("Kernel Version: %s\n", it->kernel_version);
    printf("Architecture: %s\n", it->architecture);
    printf("CPUs: %" PRId64 "\n", it->ncpu);
    printf("Total Memory: %s\n", size_words(arena, (uint64_t)it->mem_total));
    printf("Name: %s\n", it->name);
    printf("Data Root: %s\n", it->root_dir);
    printf("Run Root: %s\n", it->run_root);
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
    print_info(&cli->arena, &it);
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
