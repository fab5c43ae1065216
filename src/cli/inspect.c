// SPDX-License-Identifier: Apache-2.0
// inspect.c — everything about objects, as JSON or by a template: --format '{{.State.Pid}}'.
//
// `inspect` looks for an object of each type in turn; `container inspect` and `image inspect` are
// the same for one type. What was found is printed, and then what was not.
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/context.h"
#include "cli/context_store.h"
#include "cli/format.h"
#include "cli/network.h"
#include "cli/secret.h"
#include "cli/volume.h"
#include "ops/container.h"
#include "ops/image.h"
#include "ops/network.h"
#include "ops/secret.h"
#include "ops/tables.h"
#include "ops/volume.h"

#include <stdio.h>
#include <string.h>

enum { INSPECT_MAX = 64 * 1024 * 1024 };

struct inspect_args {
    const char *format, *type, *platform;
    bool size, show_secret;
};

struct inspect_type {
    const char *name;
    const char *go_type; // for errors of templates
    const struct json_field *fields;
    size_t size;
    int (*find)(struct cli *cli, const struct inspect_args *args, const char *name, void *out);
};

static int find_container(struct cli *cli, const struct inspect_args *args, const char *name,
                          void *out)
{
    const struct container_inspect_request request = {name, args->size};
    return cli_call(cli, CONTAINER_INSPECT, &request, out);
}

static int find_image(struct cli *cli, const struct inspect_args *args, const char *name, void *out)
{
    const struct image_inspect_request request = {.name = name, .platform = args->platform};
    return cli_call(cli, IMAGE_INSPECT, &request, out);
}

static int find_network(struct cli *cli, const struct inspect_args *args, const char *name,
                        void *out)
{
    (void)args;
    const struct network_inspect_request request = {.id = name};
    return cli_call(cli, NETWORK_INSPECT, &request, out);
}

static int find_volume(struct cli *cli, const struct inspect_args *args, const char *name,
                       void *out)
{
    (void)args;
    const struct volume_reference request = {name};
    return cli_call(cli, VOLUME_INSPECT, &request, out);
}

static int find_secret(struct cli *cli, const struct inspect_args *args, const char *name,
                       void *out)
{
    const struct secret_reference request = {name, args->show_secret};
    return cli_call(cli, SECRET_INSPECT, &request, out);
}

static const struct inspect_type types[] = {
    {"container", "container.InspectResponse", container_inspection_fields,
     sizeof(struct container_inspection), find_container},
    {"image", "image.InspectResponse", image_inspection_fields, sizeof(struct image_inspection),
     find_image},
    {"network", "network.Inspect", network_info_fields, sizeof(struct network_info), find_network},
    {"volume", "volume.Volume", volume_info_fields, sizeof(struct volume_info), find_volume},
    {"secret", "swarm.Secret", secret_info_fields, sizeof(struct secret_info), find_secret},
};

// What was written so far, and what is to be said at the end.
struct inspection {
    struct cli *cli;
    const struct inspect_args *args;
    const struct template *template; // NULL: JSON
    struct buf out, errors;
    size_t n;
};

static void put_error(struct inspection *it, const char *text)
{
    buf_printf(&it->errors, "dhow: %s\n", text);
}

static void put_object(struct inspection *it, const struct inspect_type *type, const void *object)
{
    if (it->template == NULL) {
        buf_text(&it->out, it->n++ == 0 ? "" : ",");
        json_encode(&it->out, type->fields, object, JSON_COMPACT);
    } else if (object_format(it->template, type->fields, object, type->go_type, &it->out,
                             &it->cli->err) < 0) {
        put_error(it, it->cli->err.text);
    } else {
        buf_char(&it->out, '\n');
    }
}

// The types that the user wants: `type` alone, or all.
static void inspect_one(struct inspection *it, const struct inspect_type *type, const char *name)
{
    struct cli *cli = it->cli;
    const struct inspect_type *wanted = type != NULL ? type : types;
    for (size_t i = 0; i < (type != NULL ? 1 : N_ELEMENTS(types)); i++) {
        void *object = arena_alloc(&cli->arena, wanted[i].size);
        if (wanted[i].find(cli, it->args, name, object) >= 0) {
            put_object(it, &wanted[i], object);
            return;
        }
        if (type != NULL || cli->err.kind != ERR_NOT_FOUND) {
            put_error(it, cli->err.text);
            return;
        }
    }
    put_error(it, arena_printf(&cli->arena, "No such object: %s", name));
}

static void print_inspection(struct inspection *it)
{
    bool is_line = it->args->format != NULL && strcmp(it->args->format, "json") == 0;
    AUTO_BUF struct buf text;
    buf_init(&text, INSPECT_MAX);
    if (it->template != NULL) {
        buf_add(&text, buf_get(&it->out), it->out.n);
        buf_text(&text, it->out.n == 0 ? "\n" : ""); // as docker has it
    } else if (is_line || it->n == 0) {
        buf_printf(&text, "[%s]\n", buf_get(&it->out));
    } else {
        AUTO_FREE char *list = str_printf("[%s]", buf_get(&it->out));
        json_indent(&text, list, "    ");
        buf_char(&text, '\n');
    }
    (void)fwrite(buf_get(&text), 1, text.n, stdout); // main looks whether all was written
    if (it->out.is_full || text.is_full)
        put_error(it, "more than there is room for");
    (void)fflush(stdout);
    fputs(buf_get(&it->errors), stderr);
}

static int inspect_words(struct cli *cli, const struct inspect_args *args,
                         const struct inspect_type *type, const struct words *words)
{
    struct template *template = NULL;
    struct inspection it = {.cli = cli, .args = args};
    if (!text_is_empty(args->format) && strcmp(args->format, "json") != 0) {
        if (template_parse(&cli->arena, "", args->format, &template, &cli->err) < 0) {
            (void)fail_in(&cli->err, "template parsing error");
            return cli_fail(cli, EXIT_FORMAT);
        }
        it.template = template;
    }
    buf_init(&it.out, INSPECT_MAX);
    buf_init(&it.errors, INSPECT_MAX);
    for (size_t i = 0; i < words->n; i++)
        inspect_one(&it, type, words->at[i]);
    print_inspection(&it);
    int status = it.errors.n != 0;
    buf_done(&it.out);
    buf_done(&it.errors);
    return status;
}

static const struct inspect_type *type_find(const char *name)
{
    for (size_t i = 0; i < N_ELEMENTS(types); i++) {
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    }
    return NULL;
}

static int inspect_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct inspect_args *args = at;
    const struct inspect_type *type = NULL;
    if (!text_is_empty(args->type)) {
        type = type_find(args->type);
        if (type == NULL) {
            (void)fail(
                &cli->err, ERR_INVALID,
                "unknown type: \"%s\": must be one of \"container\", \"image\", \"network\", "
                "\"volume\"",
                args->type);
            return cli_fail(cli, 1);
        }
    }
    return inspect_words(cli, args, type, words);
}
static const struct option inspect_options[] = {
    OPTION_FORMAT_ONE(struct inspect_args, format),
    OPTION_FLAG(struct inspect_args, size, "size", 's', "with a container's sizes"),
    OPTION_TEXT(struct inspect_args, type, "type", 0, "string",
                "only objects of this type: container, image, network, volume"),
    {},
};
const struct command inspect_command = {
    "inspect",
    "NAME|ID [NAME|ID...]",
    "Show everything about containers, images, networks and volumes",
    inspect_options,
    sizeof(struct inspect_args),
    OPTIONS_MIXED,
    1,
    0,
    inspect_run,
    format_manual,
};

static int container_inspect_run(struct cli *cli, const void *at, const struct words *words)
{
    return inspect_words(cli, at, type_find("container"), words);
}
static const struct option container_inspect_options[] = {
    OPTION_FLAG(struct inspect_args, size, "size", 's', "with its sizes"),
    OPTION_FORMAT_ONE(struct inspect_args, format),
    {},
};
const struct command container_inspect_command = {
    "container inspect",
    "CONTAINER [CONTAINER...]",
    "Show everything about containers",
    container_inspect_options,
    sizeof(struct inspect_args),
    OPTIONS_MIXED,
    1,
    0,
    container_inspect_run,
    format_manual,
};

static int network_inspect_run(struct cli *cli, const void *at, const struct words *words)
{
    return inspect_words(cli, at, type_find("network"), words);
}
static const struct option network_inspect_options[] = {
    OPTION_FORMAT_ONE(struct inspect_args, format),
    OPTION_FLAG(struct inspect_args, size, "verbose", 'v', "more of a swarm's networks"),
    {},
};
const struct command network_inspect_command = {
    "network inspect",
    "NETWORK [NETWORK...]",
    "Show everything about networks",
    network_inspect_options,
    sizeof(struct inspect_args),
    OPTIONS_MIXED,
    1,
    0,
    network_inspect_run,
    format_manual,
};

static int image_inspect_run(struct cli *cli, const void *at, const struct words *words)
{
    return inspect_words(cli, at, type_find("image"), words);
}
static const struct option image_inspect_options[] = {
    OPTION_FORMAT_ONE(struct inspect_args, format),
    OPTION_TEXT(struct inspect_args, platform, "platform", 0, "string",
                "of the image for this platform (os/arch/variant)"),
    {},
};
const struct command image_inspect_command = {
    "image inspect",
    "IMAGE [IMAGE...]",
    "Show everything about images",
    image_inspect_options,
    sizeof(struct inspect_args),
    OPTIONS_MIXED,
    1,
    0,
    image_inspect_run,
    format_manual,
};

static int volume_inspect_run(struct cli *cli, const void *at, const struct words *words)
{
    return inspect_words(cli, at, type_find("volume"), words);
}
static const struct option volume_inspect_options[] = {
    OPTION_FORMAT_ONE(struct inspect_args, format),
    {},
};
const struct command volume_inspect_command = {
    "volume inspect",
    "VOLUME [VOLUME...]",
    "Show everything about volumes",
    volume_inspect_options,
    sizeof(struct inspect_args),
    OPTIONS_MIXED,
    1,
    0,
    volume_inspect_run,
    format_manual,
};

static int secret_inspect_run(struct cli *cli, const void *at, const struct words *words)
{
    return inspect_words(cli, at, type_find("secret"), words);
}
static const struct option secret_inspect_options[] = {
    OPTION_FORMAT_ONE(struct inspect_args, format),
    OPTION_FLAG(struct inspect_args, show_secret, "showsecret", 0, "its value, too, as base64"),
    {},
};
const struct command secret_inspect_command = {
    "secret inspect",
    "SECRET [SECRET...]",
    "Show everything about secrets but their values",
    secret_inspect_options,
    sizeof(struct inspect_args),
    OPTIONS_MIXED,
    1,
    0,
    secret_inspect_run,
    format_manual,
};

// No object of an engine's: `inspect` does not look for these.
static int find_context(struct cli *cli, const struct inspect_args *args, const char *name,
                        void *out)
{
    (void)args;
    return context_read(cli, name, out);
}
static int context_inspect_run(struct cli *cli, const void *at, const struct words *words)
{
    static const struct inspect_type type = {"context", "inspect.contextWithTLSListing",
                                             context_inspect_fields, sizeof(struct context),
                                             find_context};
    const char *current = context_current(cli);
    if (current == NULL)
        return cli_fail(cli, 1);
    const struct words one = {&current, 1};
    return inspect_words(cli, at, &type, words->n != 0 ? words : &one);
}
const struct command context_inspect_command = {
    "context inspect",
    "[CONTEXT] [CONTEXT...]",
    "Show everything about contexts",
    volume_inspect_options,
    sizeof(struct inspect_args),
    OPTIONS_MIXED,
    0,
    0,
    context_inspect_run,
    format_manual,
};
