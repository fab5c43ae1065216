// SPDX-License-Identifier: Apache-2.0
// version.c — which dhow this is: the command line, and the engine with its parts.
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/format.h"
#include "ops/system.h"
#include "ops/tables.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

// --- version ---

struct client_version {
    const char *version, *api_version, *default_api_version, *git_commit, *os, *arch, *context;
};
struct version_info {
    struct client_version client;
    struct system_version *server; // NULL: it cannot be asked
};
// clang-format off
static const struct json_field client_fields[] = {
    JSON_NAMED(struct client_version, version, "Version", JSON_ALWAYS),
    JSON_NAMED(struct client_version, api_version, "ApiVersion", JSON_ALWAYS),
    JSON_NAMED(struct client_version, default_api_version, "DefaultAPIVersion", JSON_ALWAYS),
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

// "Git commit" of {"GitCommit"}.
static const char *detail_words(struct arena *arena, const char *key)
{
    AUTO_BUF struct buf out;
    buf_init(&out, 256);
    for (size_t i = 0; key[i] != '\0'; i++) {
        bool begins = i != 0 && key[i] >= 'A' && key[i] <= 'Z' && key[i - 1] >= 'a';
        buf_printf(&out, "%s%c", begins ? " " : "", begins ? (char)(key[i] - 'A' + 'a') : key[i]);
    }
    return arena_strdup(arena, buf_get(&out));
}

static void print_component(struct arena *arena, const struct named_version *it)
{
    printf(" %s:\n  Version:          %s\n", it->name, it->version);
    for (size_t i = 0; i < it->n_details; i++) {
        const char *words = detail_words(arena, it->details[i].key);
        int width = 17 - (int)strlen(words);
        printf("  %s:%*s%s\n", words, width > 1 ? width : 1, "", it->details[i].value);
    }
}

static void print_version(struct arena *arena, const struct version_info *it)
{
    const struct client_version *client = &it->client;
    const struct system_version *server = it->server;
    printf("Client:\n Version:           %s\n API version:       %s\n"
           " Git commit:        %s\n OS/Arch:           %s/%s\n Context:           %s\n",
           client->version, client->api_version, client->git_commit, client->os, client->arch,
           client->context);
    if (server == NULL)
        return;
    printf("\nServer: %s\n Engine:\n  Version:          %s\n"
           "  API version:      %s (minimum version %s)\n  Git commit:       %s\n"
           "  OS/Arch:          %s/%s\n  Kernel version:   %s\n  Experimental:     false\n",
           server->platform.name, server->version, server->api_version, server->min_api_version,
           server->git_commit, server->os, server->arch, server->kernel_version);
    for (size_t i = 0; i < server->n_components; i++) {
        if (!text_equal(server->components[i].name, "Engine")) // it is above
            print_component(arena, &server->components[i]);
    }
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
        .client = {.version = cli->setup->version,
                   .api_version = "1.55",
                   .default_api_version = "1.55",
                   .git_commit = cli->setup->commit,
                   .os = "linux",
                   .arch = machine_name(&cli->arena),
                   .context = "default"},
    };
    bool has_server = cli_call(cli, SYSTEM_VERSION, NULL, &server) >= 0;
    it.server = has_server ? &server : NULL;
    const struct err why = cli->err;
    int status = 0;
    if (text_is_empty(args->format))
        print_version(&cli->arena, &it);
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
