// SPDX-License-Identifier: Apache-2.0
// pull.c — pull, push: images from registries and to them, with the user's logins.
#include "cli/pull.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/credentials.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/send.h"
#include "cli/transport.h"

#include <stdio.h>
#include <string.h>

// --- references, as far as this side has to know them ---

// What stands behind the registry: "library/alpine:3" of "docker.io/library/alpine:3".
static const char *without_registry(struct arena *arena, const char *reference)
{
    const char *registry = registry_of_reference(arena, reference), *slash = strchr(reference, '/');
    if (slash == NULL)
        return reference;
    struct str first = {reference, (size_t)(slash - reference)};
    bool names_registry = str_is(first, registry) || (strcmp(registry, DOCKER_HUB) == 0 &&
                                                      memchr(first.at, '.', first.n) != NULL);
    return names_registry ? slash + 1 : reference;
}

bool reference_has_tag(const char *reference)
{
    const char *slash = strrchr(reference, '/');
    return strpbrk(slash != NULL ? slash : reference, ":@") != NULL;
}

const char *whole_reference(struct arena *arena, const char *reference)
{
    const char *registry = registry_of_reference(arena, reference);
    const char *rest = without_registry(arena, reference);
    bool is_official = strcmp(registry, DOCKER_HUB) == 0 && strchr(rest, '/') == NULL;
    return arena_printf(arena, "%s/%s%s%s", registry, is_official ? "library/" : "", rest,
                        reference_has_tag(reference) ? "" : ":latest");
}

const char *platform_or_default(const char *platform)
{
    const char *otherwise = getenv("DOCKER_DEFAULT_PLATFORM");
    if (!text_is_empty(platform))
        return platform;
    return text_is_empty(otherwise) ? NULL : otherwise;
}

struct registry_auth auth_for_reference(struct cli *cli, const char *reference)
{
    struct registry_auth auth = {};
    struct err err = {};
    const char *key = registry_key(&cli->arena, registry_of_reference(&cli->arena, reference));
    struct str repository = str_of(without_registry(&cli->arena, reference));
    repository.n = strcspn(repository.at, ":@");
    const char *name = arena_strndup(&cli->arena, repository.at, repository.n);
    if (credentials_find(&cli->arena, cli_config(cli), key, name, &auth, &err) < 0)
        fprintf(stderr, "WARNING: going on without a login for %s: %s\n", key, err.text);
    return auth;
}

// --- pull ---

int pull_image(struct cli *cli, const struct pull *pull, struct image_pull_response *out)
{
    struct progress_view view;
    struct interrupt interrupt;
    struct image_pull_request request = {
        .from_image = pull->reference,
        .platform = platform_or_default(pull->platform),
        .all_tags = pull->all_tags,
        .auth = auth_for_reference(cli, pull->reference),
    };
    if (!pull->quiet) {
        progress_view_init(&view, pull->progress_fd);
        request.progress = &view.sink;
    }
    interrupt_arm(&interrupt,
                  "\ndhow: interrupted; the next pull goes on where this one stopped\n");
    int done = cli_call(cli, IMAGE_PULL, &request, out);
    interrupt_disarm(&interrupt);
    if (!pull->quiet)
        progress_view_done(&view);
    return done;
}

struct pull_args {
    bool all_tags, quiet, no_trust;
    const char *platform;
};
static const struct option pull_options[] = {
    OPTION_FLAG(struct pull_args, all_tags, "all-tags", 'a', "all tags that the repository has"),
    OPTION_FLAG(struct pull_args, no_trust, "disable-content-trust", 0, NULL),
    OPTION_TEXT(struct pull_args, platform, "platform", 0, "string",
                "platform to pull of an image for several (os/arch[/variant])"),
    OPTION_FLAG(struct pull_args, quiet, "quiet", 'q', "print only the image's full name"),
    {},
};

static int fail_tag_and_all(struct cli *cli)
{
    (void)fail(&cli->err, ERR_INVALID, "tag can't be used with --all-tags/-a");
    return cli_fail(cli, 1);
}

static int pull_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct pull_args *args = at;
    const char *name = words->at[0];
    if (is_transport(name))
        return transport_pull(cli, name, platform_or_default(args->platform));
    if (args->all_tags && reference_has_tag(name))
        return fail_tag_and_all(cli);
    if (!args->all_tags && !args->quiet && !reference_has_tag(name))
        puts("Using default tag: latest");
    (void)fflush(stdout); // the progress goes past stdio
    const struct pull pull = {
        .reference = name,
        .platform = args->platform,
        .all_tags = args->all_tags,
        .quiet = args->quiet,
        .progress_fd = STDOUT_FILENO,
    };
    struct image_pull_response response;
    if (pull_image(cli, &pull, &response) < 0)
        return cli_fail(cli, 1);
    puts(response.name);
    return 0;
}
const struct command pull_command = {
    "pull",
    "NAME[:TAG|@DIGEST]",
    "Get an image from a registry",
    pull_options,
    sizeof(struct pull_args),
    OPTIONS_MIXED,
    1,
    1,
    pull_run,
    "A name without a registry is one of Docker Hub. What is on this machine already is not "
    "fetched again,\nand a pull that was interrupted goes on where it stopped.\n"
    "\\fIoci-archive:FILE\\fR, \\fIdocker-archive:FILE\\fR and \\fIoci:DIRECTORY\\fR, each with "
    ":NAME behind it\nif there are several images, are read without a registry.\n"
    "\\fBDOCKER_DEFAULT_PLATFORM\\fR stands for \\fB\\-\\-platform\\fR.\n"};

// --- push ---

struct push_args {
    bool all_tags, quiet, no_trust;
    const char *platform;
};
static const struct option push_options[] = {
    OPTION_FLAG(struct push_args, all_tags, "all-tags", 'a', "all tags of the image"),
    OPTION_FLAG(struct push_args, no_trust, "disable-content-trust", 0, NULL),
    OPTION_TEXT(struct push_args, platform, "platform", 0, "string",
                "push only this platform of it, as an image for one platform"),
    OPTION_FLAG(struct push_args, quiet, "quiet", 'q', "print only the image's full name"),
    {},
};

static int push_to_registry(struct cli *cli, const struct push_args *args, const char *name)
{
    struct progress_view view;
    struct interrupt interrupt;
    struct image_push_request request = {
        .name = name,
        .platform = args->platform,
        .all_tags = args->all_tags,
        .auth = auth_for_reference(cli, name),
    };
    struct image_push_response response;
    if (args->all_tags && reference_has_tag(name))
        return fail_tag_and_all(cli);
    if (!args->quiet && !args->all_tags && !reference_has_tag(name))
        puts("Using default tag: latest");
    (void)fflush(stdout);
    if (!args->quiet) {
        progress_view_init(&view, STDOUT_FILENO);
        request.progress = &view.sink;
    }
    interrupt_arm(&interrupt, "\ndhow: interrupted; what has arrived is not sent again\n");
    int done = cli_call(cli, IMAGE_PUSH, &request, &response);
    interrupt_disarm(&interrupt);
    if (!args->quiet)
        progress_view_done(&view);
    if (done < 0)
        return cli_fail(cli, 1);
    if (args->quiet)
        puts(whole_reference(&cli->arena, name));
    return 0;
}

static int push_run(struct cli *cli, const void *args, const struct words *words)
{
    const struct words images = {words->at + 1, words->n - 1};
    if (is_ssh_url(words->at[0]))
        return send_images(cli, words->at[0], &images);
    const struct push_args *push = args;
    if (words->n == 2 && is_transport(words->at[1]))
        return transport_push(cli, words->at[0], words->at[1], push->platform);
    if (words->n == 1)
        return push_to_registry(cli, args, words->at[0]);
    (void)fail(&cli->err, ERR_INVALID,
               "'dhow %s' requires 1 argument: with several images, the first is ssh://[user@]host",
               cli->called);
    return cli_fail(cli, 1);
}
const struct command push_command = {
    "push",
    "NAME[:TAG] | ssh://[USER@]HOST IMAGE [IMAGE...] | IMAGE oci-archive:FILE",
    "Send an image to a registry, or images to another machine",
    push_options,
    sizeof(struct push_args),
    OPTIONS_MIXED,
    1,
    0,
    push_run,
    "To \\fIssh://\\fR only what the other machine lacks is sent, without a registry in between; "
    "dhow must be\nthere, too. To a registry, blobs that it has already are not sent again.\n"};
