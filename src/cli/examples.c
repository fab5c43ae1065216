// SPDX-License-Identifier: Apache-2.0
// examples.c — what the important commands are mostly used for, at the end of their help and in
// their manual pages.
#include "base/mem.h"
#include "cli/help.h"

#include <string.h>

// clang-format off
static const struct example run_examples[] = {
    {"a shell in a new container that is gone afterwards", "dhow run -it --rm debian"},
    {"a server in the background, with a port, a volume, and again after a failure",
     "dhow run -d --name web -p 8080:80 -v data:/var/lib/web --restart unless-stopped nginx"},
    {"one command on files of this directory", "dhow run --rm -v \"$PWD:/src\" -w /src python:3 python script.py"},
    {"no more than half a gigabyte and one and a half processors", "dhow run --memory=512m --cpus=1.5 IMAGE"},
    {},
};
static const struct example exec_examples[] = {
    {"a shell in a container that runs", "dhow exec -it web sh"},
    {"one command, as another user", "dhow exec -u www-data web id"},
    {},
};
static const struct example ps_examples[] = {
    {"those that have ended, too", "dhow ps -a"},
    {"names and states alone", "dhow ps -a --format '{{.Names}}: {{.Status}}'"},
    {"what has ended with a failure", "dhow ps -a --filter status=exited --filter exited=1"},
    {},
};
static const struct example cp_examples[] = {
    {"a file into a container", "dhow cp config.toml web:/etc/web/"},
    {"what is in a directory of it, to here", "dhow cp web:/var/log/. ./logs"},
    {"a directory as a tar archive", "dhow cp web:/var/lib/web - >web.tar"},
    {},
};
static const struct example logs_examples[] = {
    {"the last ten lines, and what follows", "dhow logs -f --tail 10 web"},
    {"of the last half hour, with times", "dhow logs --since 30m -t web"},
    {},
};
static const struct example pull_examples[] = {
    {"from Docker Hub, or from a registry", "dhow pull debian:12"},
    {"for another architecture", "dhow pull --platform linux/arm64 debian"},
    {},
};
static const struct example inspect_examples[] = {
    {"its address", "dhow inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' web"},
    {"one object of a type", "dhow inspect --type volume data"},
    {},
};
static const struct example volume_create_examples[] = {
    {"one by name, to be mounted with -v data:/path", "dhow volume create data"},
    {"one on a file server", "dhow volume create -o type=nfs -o o=addr=192.0.2.1 -o device=:/export data"},
    {},
};
static const struct example network_create_examples[] = {
    {"one on which containers find each other by name", "dhow network create backend"},
    {"with addresses of your own", "dhow network create --subnet 10.9.0.0/24 backend"},
    {},
};
static const struct example context_create_examples[] = {
    {"an engine on another machine", "dhow context create far --docker host=ssh://me@machine"},
    {},
};
static const struct example system_prune_examples[] = {
    {"all that is not in use, without a question", "dhow system prune -af --volumes"},
    {"what is older than a day", "dhow system prune --filter until=24h"},
    {},
};
static const struct example save_examples[] = {
    {"to another machine without a registry", "dhow save web | ssh machine dhow load"},
    {},
};
static const struct {
    const char *command;
    const struct example *examples;
} all[] = {
    {"run", run_examples},
    {"exec", exec_examples},
    {"ps", ps_examples},
    {"cp", cp_examples},
    {"logs", logs_examples},
    {"pull", pull_examples},
    {"inspect", inspect_examples},
    {"save", save_examples},
    {"volume create", volume_create_examples},
    {"network create", network_create_examples},
    {"context create", context_create_examples},
    {"system prune", system_prune_examples},
};
// clang-format on

const struct example *examples_of(const char *command)
{
    for (size_t i = 0; i < N_ELEMENTS(all); i++) {
        if (strcmp(all[i].command, command) == 0)
            return all[i].examples;
    }
    return NULL;
}
