// SPDX-License-Identifier: Apache-2.0
// complete_values.c — candidates: objects that there are, and words that options take.
//
// What a word may be follows from the command's own synopsis ("CONTAINER [CONTAINER...]"), what an
// option's value may be from the option's name, so that a new command needs nothing here.
#include "base/mem.h"
#include "base/str.h"
#include "cli/complete.h"
#include "cli/context_store.h"
#include "linux/capability.h"
#include "linux/signal.h"
#include "ops/container.h"
#include "ops/image.h"
#include "ops/network.h"
#include "ops/secret.h"
#include "ops/volume.h"

#include <stdio.h>
#include <string.h>

typedef void complete(struct completion *it);

// --- objects

static bool is_given(const struct completion *it, const char *word)
{
    for (size_t i = 0; i < it->before.n; i++) {
        if (strcmp(it->before.at[i], word) == 0)
            return true;
    }
    return false;
}

static void add_object(struct completion *it, const char *name, const char *what)
{
    if (!is_given(it, name))
        completion_add(it, name, what);
}

// Containers in one of these states ("" : all), each with something behind its name.
static void add_containers(struct completion *it, const char *states, const char *behind)
{
    struct cli *cli = it->cli;
    const struct container_list_request request = {.all = true};
    struct container_list_response list;
    bool wants_ids = text_equal(getenv("DOCKER_COMPLETION_SHOW_CONTAINER_IDS"), "yes");
    if (cli_call(cli, CONTAINER_LIST, &request, &list) < 0) {
        it->hints |= COMPLETE_ERROR;
        return;
    }
    for (size_t i = 0; i < list.n_containers; i++) {
        const struct container_summary *container = &list.containers[i];
        if (*states != '\0' && strstr(states, container->state) == NULL)
            continue;
        const char *what = arena_printf(&cli->arena, "%s, %s", container->image, container->status);
        for (size_t j = 0; j < container->n_names; j++)
            add_object(it, arena_printf(&cli->arena, "%s%s", container->names[j] + 1, behind),
                       what);
        if (wants_ids)
            add_object(
                it, arena_printf(&cli->arena, "%s%s", short_id(&cli->arena, container->id), behind),
                what);
    }
}

static void containers(struct completion *it)
{
    add_containers(it, "", "");
    it->hints |= COMPLETE_NO_FILES;
}
static void running_containers(struct completion *it)
{
    add_containers(it, "running", "");
    it->hints |= COMPLETE_NO_FILES;
}
static void ended_containers(struct completion *it)
{
    add_containers(it, "created exited dead", "");
    it->hints |= COMPLETE_NO_FILES;
}
static void paused_containers(struct completion *it)
{
    add_containers(it, "paused", "");
    it->hints |= COMPLETE_NO_FILES;
}

static void container_paths(struct completion *it)
{
    if (strchr(it->current, ':') == NULL)
        add_containers(it, "", ":");
    it->hints |= COMPLETE_NO_SPACE;
}

static void images(struct completion *it)
{
    const struct image_list_request request = {};
    struct image_list_response list;
    it->hints |= COMPLETE_NO_FILES;
    if (cli_call(it->cli, IMAGE_LIST, &request, &list) < 0) {
        it->hints |= COMPLETE_ERROR;
        return;
    }
    for (size_t i = 0; i < list.n_images; i++) {
        for (size_t j = 0; j < list.images[i].n_repo_tags; j++)
            add_object(it, list.images[i].repo_tags[j],
                       size_words(&it->cli->arena, (uint64_t)list.images[i].size));
    }
}

static void networks(struct completion *it)
{
    const struct network_list_request request = {};
    struct network_list_response list;
    it->hints |= COMPLETE_NO_FILES;
    if (cli_call(it->cli, NETWORK_LIST, &request, &list) < 0) {
        it->hints |= COMPLETE_ERROR;
        return;
    }
    for (size_t i = 0; i < list.n_networks; i++)
        add_object(it, list.networks[i].name, list.networks[i].driver);
}

static void volumes(struct completion *it)
{
    const struct volume_list_request request = {};
    struct volume_list_response list;
    it->hints |= COMPLETE_NO_FILES;
    if (cli_call(it->cli, VOLUME_LIST, &request, &list) < 0) {
        it->hints |= COMPLETE_ERROR;
        return;
    }
    for (size_t i = 0; i < list.n_volumes; i++)
        add_object(it, list.volumes[i].name, list.volumes[i].driver);
}

static void secrets(struct completion *it)
{
    const struct secret_list_request request = {};
    struct secret_list_response list;
    it->hints |= COMPLETE_NO_FILES;
    if (cli_call(it->cli, SECRET_LIST, &request, &list) < 0) {
        it->hints |= COMPLETE_ERROR;
        return;
    }
    for (size_t i = 0; i < list.n_secrets; i++)
        add_object(it, list.secrets[i].spec.name, "secret");
}

static void contexts(struct completion *it)
{
    struct context *all;
    size_t n;
    it->hints |= COMPLETE_NO_FILES;
    if (context_list(it->cli, &all, &n) < 0)
        n = 0;
    add_object(it, CONTEXT_DEFAULT, "this machine");
    for (size_t i = 0; i < n; i++)
        add_object(it, all[i].name, all[i].host);
}

static void anything(struct completion *it)
{
    containers(it);
    images(it);
    networks(it);
    volumes(it);
}

// A volume's name, or a directory here: both go on with a colon.
static void volumes_and_files(struct completion *it)
{
    volumes(it);
    it->hints = COMPLETE_NO_SPACE;
}

static void files(struct completion *it)
{
    it->hints = COMPLETE_FILES;
}
static void directories(struct completion *it)
{
    it->hints |= COMPLETE_DIRECTORIES;
}
static void nothing(struct completion *it)
{
    it->hints |= COMPLETE_NO_FILES;
}

// --- words

static void networks_and_modes(struct completion *it)
{
    networks(it);
    if (strchr(it->current, ':') != NULL) {
        it->prefix = arena_printf(&it->cli->arena, "%scontainer:", it->prefix);
        if (text_starts(it->current, it->prefix))
            add_containers(it, "running", "");
    }
}

static void capabilities(struct completion *it)
{
    completion_add(it, "ALL", "all of them");
    for (const char *const *name = capability_names(); *name != NULL; name++)
        completion_add(it, *name + strlen("CAP_"), NULL);
    it->hints |= COMPLETE_NO_FILES;
}

static void signals(struct completion *it)
{
    enum { SIGNALS = 31 };
    for (int i = 1; i <= SIGNALS; i++)
        completion_add(it, signal_name(i), NULL);
    it->hints |= COMPLETE_NO_FILES;
}

static void add_words(struct completion *it, const char *words)
{
    struct str rest = str_of(words);
    while (rest.n != 0) {
        struct str word = str_cut(&rest, ' ');
        bool goes_on = word.at[word.n - 1] == '=' || word.at[word.n - 1] == ':';
        size_t before = it->out.n;
        completion_add(it, arena_strndup(&it->cli->arena, word.at, word.n), NULL);
        it->hints |= goes_on && it->out.n != before ? COMPLETE_NO_SPACE : 0;
    }
    it->hints |= COMPLETE_NO_FILES;
}

// Of an option by its name; or, by what its value is called in help.
static const struct {
    const char *name;
    complete *run;
    const char *words;
} values[] = {
    {"network", networks_and_modes, NULL},
    {"net", networks_and_modes, NULL},
    {"volumes-from", containers, NULL},
    {"link", containers, NULL},
    {"context", contexts, NULL},
    {"from", contexts, NULL},
    {"secret", secrets, NULL},
    {"volume", volumes_and_files, NULL},
    {"cap-add", capabilities, NULL},
    {"cap-drop", capabilities, NULL},
    {"signal", signals, NULL},
    {"stop-signal", signals, NULL},
    {"env-file", files, NULL},
    {"label-file", files, NULL},
    {"cidfile", files, NULL},
    {"output", files, NULL},
    {"input", files, NULL},
    {"device", files, NULL},
    {"tlscacert", files, NULL},
    {"tlscert", files, NULL},
    {"tlskey", files, NULL},
    {"pull", NULL, "always missing never"},
    {"restart", NULL, "no always unless-stopped on-failure on-failure:"},
    {"log-driver", NULL, "local json-file journald syslog gelf fluentd none"},
    {"security-opt", NULL,
     "no-new-privileges seccomp= apparmor= label= systempaths=unconfined writable-cgroups=true"},
    {"ipc", NULL, "host none private shareable container:"},
    {"pid", NULL, "host container:"},
    {"uts", NULL, "host"},
    {"cgroupns", NULL, "host private"},
    {"mount", NULL, "type=bind,src= type=volume,src= type=tmpfs,dst= type=image,src="},
    {"platform", NULL,
     "linux/386 linux/amd64 linux/arm/v6 linux/arm/v7 linux/arm64 linux/ppc64le linux/riscv64 "
     "linux/s390x"},
    {"attach", NULL, "stdin stdout stderr"},
    {"gpus", NULL, "all"},
    {"type", NULL, "container image network secret volume"},
    {"format", NULL, "table json"},
    {"log-level", NULL, "debug info warn error fatal"},
    {"tail", NULL, "all"},
};

static complete *by_kind(const struct option *option)
{
    const char *value = option->value != NULL ? option->value : "";
    if (strcmp(value, "directory") == 0)
        return directories;
    return strcasecmp(value, "file") == 0 || strcmp(value, "program") == 0 ? files : nothing;
}

// Of driver: what the command makes.
static void drivers(struct completion *it, const struct command *command)
{
    bool is_network = command != NULL && text_starts(command->name, "network");
    add_words(it, is_network ? "bridge host ipvlan macvlan none" : "local");
}

void complete_option(struct completion *it, const struct command *command,
                     const struct option *option)
{
    if (strcmp(option->name, "driver") == 0) {
        drivers(it, command);
        return;
    }
    for (size_t i = 0; i < N_ELEMENTS(values); i++) {
        if (strcmp(values[i].name, option->name) != 0)
            continue;
        if (values[i].run != NULL)
            values[i].run(it);
        else
            add_words(it, values[i].words);
        return;
    }
    by_kind(option)(it);
}

// --- words of a command

// Of those that want containers in some state.
static const struct {
    const char *command;
    complete *run;
} states[] = {
    {"attach", running_containers}, {"exec", running_containers},
    {"kill", running_containers},   {"pause", running_containers},
    {"port", running_containers},   {"stats", running_containers},
    {"stop", running_containers},   {"top", running_containers},
    {"wait", running_containers},   {"start", ended_containers},
    {"unpause", paused_containers}, {"checkpoint create", running_containers},
};

static void containers_of(struct completion *it, const struct command *command)
{
    for (size_t i = 0; i < N_ELEMENTS(states); i++) {
        if (strcmp(states[i].command, command->name) == 0) {
            states[i].run(it);
            return;
        }
    }
    containers(it);
}

// What the words of a synopsis stand for: the first that is part of it.
static const struct {
    const char *part;
    complete *run; // NULL: containers_of
} words[] = {
    {"CONTAINER:", container_paths},
    {"CONTAINER", NULL},
    {"IMAGE", images},
    {"REPOSITORY", images},
    {"NAME[:TAG", images},
    {"NETWORK", networks},
    {"VOLUME", volumes},
    {"CONTEXT", contexts},
    {"SECRET", secrets},
    {"NAME|ID", anything},
    {"FILE", files},
    {"PATH", files},
    {"COMMAND", files},
    {"ARG", files},
};

// The nth word of the synopsis; the last one again when it ends with "...".
static struct str synopsis_word(const char *synopsis, size_t n)
{
    struct str rest = str_of(synopsis), word = {}, last = {};
    for (size_t i = 0; rest.n != 0; i++) {
        word = str_cut(&rest, ' ');
        if (i == n)
            return word;
        last = word;
    }
    bool is_repeated = last.n > 3 && memmem(last.at, last.n, "...", 3) != NULL;
    return is_repeated ? last : (struct str){};
}

void complete_word(struct completion *it, const struct command *command)
{
    bool makes_one =
        text_ends(command->name, " create") && !text_starts(command->name, "checkpoint");
    struct str word = synopsis_word(command->arguments, it->before.n);
    if (strcmp(command->name, "cp") == 0 && it->before.n < 2) {
        container_paths(it);
        return;
    }
    for (size_t i = 0; i < N_ELEMENTS(words) && !makes_one && word.n != 0; i++) {
        if (memmem(word.at, word.n, words[i].part, strlen(words[i].part)) == NULL)
            continue;
        if (words[i].run != NULL)
            words[i].run(it);
        else
            containers_of(it, command);
        return;
    }
    nothing(it);
}
