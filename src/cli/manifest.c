// SPDX-License-Identifier: Apache-2.0
// manifest.c — manifest inspect, create, annotate, push, rm: one name for images of several
// platforms, put together here and sent to a registry.
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/credentials.h"
#include "cli/manifest_store.h"
#include "cli/pull.h"

#include <stdio.h>
#include <string.h>

enum { OUTPUT_MAX = 64 * 1024 * 1024 };

// Beside config.json.
static const char *store_directory(struct cli *cli)
{
    const char *path = cli_config(cli)->path, *slash = path != NULL ? strrchr(path, '/') : NULL;
    if (slash != NULL)
        return arena_strndup(&cli->arena, path, (size_t)(slash - path));
    (void)fail(&cli->err, ERR_NOT_FOUND,
               "no place for manifest lists: set HOME or DOCKER_CONFIG, or use --config");
    return NULL;
}

static bool is_list(const char *media_type)
{
    return strstr(media_type, "manifest.list") != NULL || strstr(media_type, "image.index") != NULL;
}

static int fetch(struct cli *cli, const char *name, bool is_insecure,
                 struct manifest_get_response *out)
{
    const struct manifest_get_request request = {
        .name = name, .is_insecure = is_insecure, .auth = auth_for_reference(cli, name)};
    if (cli_call(cli, MANIFEST_GET, &request, out) == 0)
        return 0;
    if (cli->err.kind == ERR_NOT_FOUND)
        return fail(&cli->err, ERR_NOT_FOUND, "no such manifest: %s", name);
    return -1;
}

// --- create ---

struct create_args {
    bool amend, is_insecure;
};
static const struct option create_options[] = {
    OPTION_FLAG(struct create_args, amend, "amend", 'a', "add to a list that there is"),
    OPTION_FLAG(struct create_args, is_insecure, "insecure", 0,
                "talk to a registry without TLS, or without checking its certificate"),
    {},
};

// From the list itself, when it has it, or from the registry.
static int get_manifest(struct cli *cli, const char *list, const char *ref, bool is_insecure,
                        struct stored_manifest *out)
{
    int found = manifest_list_find(&cli->arena, store_directory(cli), list, ref, out, &cli->err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    struct manifest_get_response response;
    if (fetch(cli, ref, is_insecure, &response) < 0)
        return -1;
    if (is_list(response.descriptor.media_type))
        return fail(&cli->err, ERR_INVALID, "%s is a manifest list", ref);
    return stored_manifest_of(&cli->arena, ref, &response, out, &cli->err);
}

// All of them are there before the first is written down.
static int create(struct cli *cli, const struct create_args *args, const char *list,
                  const struct words *refs)
{
    const char *directory = store_directory(cli);
    struct manifest_list existing;
    if (directory == NULL ||
        manifest_list_read(&cli->arena, directory, list, &existing, &cli->err) < 0)
        return -1;
    if (existing.n_manifests != 0 && !args->amend)
        return fail(&cli->err, ERR_CONFLICT,
                    "refusing to amend an existing manifest list with no --amend flag");
    struct stored_manifest *all = arena_array(&cli->arena, refs->n, sizeof *all);
    for (size_t i = 0; i < refs->n; i++) {
        const char *ref = whole_reference(&cli->arena, refs->at[i]);
        if (get_manifest(cli, list, ref, args->is_insecure, &all[i]) < 0)
            return -1;
    }
    for (size_t i = 0; i < refs->n; i++) {
        if (manifest_list_save(directory, list, &all[i], &cli->err) < 0)
            return -1;
    }
    return 0;
}

static int create_run(struct cli *cli, const void *at, const struct words *words)
{
    const char *list = whole_reference(&cli->arena, words->at[0]);
    const struct words refs = {words->at + 1, words->n - 1};
    if (create(cli, at, list, &refs) < 0)
        return cli_fail(cli, 1);
    printf("Created manifest list %s\n", list);
    return 0;
}
const struct command manifest_create_command = {
    "manifest create",
    "MANIFEST_LIST MANIFEST [MANIFEST...]",
    "Put a list of manifests together, to be annotated and pushed",
    create_options,
    sizeof(struct create_args),
    OPTIONS_MIXED,
    2,
    0,
    create_run,
    NULL,
};

// --- annotate ---

struct annotate_args {
    const char *os, *arch, *variant, *os_version;
    struct words os_features;
};
static const struct option annotate_options[] = {
    OPTION_TEXT(struct annotate_args, arch, "arch", 0, "string", "processor architecture"),
    OPTION_TEXT(struct annotate_args, os, "os", 0, "string", "operating system"),
    OPTION_READ(struct annotate_args, os_features, "os-features", 0, "list", read_list,
                "features that it needs of the operating system"),
    OPTION_TEXT(struct annotate_args, os_version, "os-version", 0, "string",
                "version of the operating system"),
    OPTION_TEXT(struct annotate_args, variant, "variant", 0, "string",
                "variant of the architecture"),
    {},
};

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (text_equal(word, *words))
            return true;
    }
    return false;
}

// A word that nobody means would make the image one that no platform chooses.
static bool is_known_platform(const struct image_platform *platform)
{
    static const char *const systems[] = {
        "aix",   "android", "darwin",  "dragonfly", "freebsd", "illumos", "ios",     "js",
        "linux", "netbsd",  "openbsd", "plan9",     "solaris", "wasip1",  "windows", NULL};
    static const char *const processors[] = {"386",     "amd64",   "arm",      "arm64",  "loong64",
                                             "mips",    "mips64",  "mips64le", "mipsle", "ppc64",
                                             "ppc64le", "riscv64", "s390x",    "wasm",   NULL};
    return is_one_of(platform->os, systems) && is_one_of(platform->architecture, processors);
}

static void add_features(struct arena *arena, struct image_platform *platform,
                         const struct words *features)
{
    struct words all = {};
    for (size_t i = 0; i < platform->n_os_features; i++)
        words_add(arena, &all, platform->os_features[i]);
    for (size_t i = 0; i < features->n; i++) {
        bool is_there = false;
        for (size_t j = 0; j < all.n; j++)
            is_there = is_there || strcmp(all.at[j], features->at[i]) == 0;
        if (!is_there)
            words_add(arena, &all, features->at[i]);
    }
    platform->os_features = all.at;
    platform->n_os_features = all.n;
}

static int annotate(struct cli *cli, const struct annotate_args *args, const struct words *words)
{
    const char *directory = store_directory(cli);
    const char *list = whole_reference(&cli->arena, words->at[0]);
    const char *ref = whole_reference(&cli->arena, words->at[1]);
    struct stored_manifest manifest;
    if (directory == NULL)
        return -1;
    int found = manifest_list_find(&cli->arena, directory, list, ref, &manifest, &cli->err);
    if (found < 0)
        return -1;
    if (found == 0)
        return fail(&cli->err, ERR_NOT_FOUND, "manifest for image %s does not exist in %s",
                    words->at[1], words->at[0]);
    if (manifest.descriptor.platform == NULL)
        manifest.descriptor.platform = arena_new(&cli->arena, struct image_platform);
    struct image_platform *platform = manifest.descriptor.platform;
    platform->os = args->os != NULL ? args->os : platform->os;
    platform->architecture = args->arch != NULL ? args->arch : platform->architecture;
    platform->variant = args->variant != NULL ? args->variant : platform->variant;
    platform->os_version = args->os_version != NULL ? args->os_version : platform->os_version;
    add_features(&cli->arena, platform, &args->os_features);
    if (!is_known_platform(platform))
        return fail(&cli->err, ERR_INVALID,
                    "manifest entry for image has unsupported os/arch combination: %s/%s",
                    platform->os != NULL ? platform->os : "",
                    platform->architecture != NULL ? platform->architecture : "");
    return manifest_list_save(directory, list, &manifest, &cli->err);
}

static int annotate_run(struct cli *cli, const void *at, const struct words *words)
{
    return annotate(cli, at, words) < 0 ? cli_fail(cli, 1) : 0;
}
const struct command manifest_annotate_command = {
    "manifest annotate",
    "MANIFEST_LIST MANIFEST",
    "Say more about the platform of one manifest of a list",
    annotate_options,
    sizeof(struct annotate_args),
    OPTIONS_MIXED,
    2,
    2,
    annotate_run,
    NULL,
};

// --- push ---

struct push_args {
    bool is_insecure, purge;
};
static const struct option push_options[] = {
    OPTION_FLAG(struct push_args, is_insecure, "insecure", 0,
                "talk to a registry without TLS, or without checking its certificate"),
    OPTION_FLAG(struct push_args, purge, "purge", 'p', "remove the list here when it is there"),
    {},
};

// "host/a" of "host/a:tag" and "host/a@sha256:…".
static const char *repository_of(struct arena *arena, const char *whole)
{
    const char *slash = strrchr(whole, '/');
    size_t n = (size_t)(slash - whole) + strcspn(slash, ":@");
    return arena_strndup(arena, whole, n);
}

static int check_entry(struct cli *cli, const char *list, const struct stored_manifest *entry)
{
    const struct image_platform *platform = entry->descriptor.platform;
    const char *here = registry_of_reference(&cli->arena, list);
    const char *there = registry_of_reference(&cli->arena, entry->ref);
    if (platform == NULL || text_is_empty(platform->os) || text_is_empty(platform->architecture))
        return fail(&cli->err, ERR_INVALID,
                    "manifest %s must have an OS and Architecture to be pushed to a registry",
                    entry->ref);
    if (strcmp(here, there) != 0)
        return fail(&cli->err, ERR_INVALID,
                    "cannot use source images from a different registry than the target image: %s "
                    "!= %s",
                    there, here);
    return 0;
}

static int push(struct cli *cli, const struct push_args *args, const char *list_name,
                struct manifest_put_response *out)
{
    const char *directory = store_directory(cli);
    struct manifest_list list;
    AUTO_BUF struct buf document;
    buf_init(&document, MANIFEST_FILE_MAX);
    if (directory == NULL ||
        manifest_list_read(&cli->arena, directory, list_name, &list, &cli->err) < 0)
        return -1;
    if (list.n_manifests == 0)
        return fail(&cli->err, ERR_NOT_FOUND, "No such manifest: %s", list_name);
    struct words sources = {};
    for (size_t i = 0; i < list.n_manifests; i++) {
        const struct stored_manifest *entry = &list.manifests[i];
        if (check_entry(cli, list_name, entry) < 0)
            return -1;
        words_add(&cli->arena, &sources,
                  arena_printf(&cli->arena, "%s@%s", repository_of(&cli->arena, entry->ref),
                               entry->descriptor.digest));
    }
    if (manifest_list_document(&list, &document, &cli->err) < 0)
        return -1;
    const struct manifest_put_request request = {
        .name = list_name,
        .media_type = manifest_list_media_type(&list),
        .content = buf_get(&document),
        .mount_from = sources.at,
        .n_mount_from = sources.n,
        .is_insecure = args->is_insecure,
        .auth = auth_for_reference(cli, list_name),
    };
    if (cli_call(cli, MANIFEST_PUT, &request, out) < 0)
        return -1;
    for (size_t i = 0; i < list.n_manifests; i++) {
        const char *digest = list.manifests[i].descriptor.digest;
        printf("Pushed ref %s@%s with digest: %s\n", repository_of(&cli->arena, list_name), digest,
               digest);
    }
    return args->purge ? manifest_list_remove(directory, list_name, &cli->err) : 0;
}

static int push_run(struct cli *cli, const void *at, const struct words *words)
{
    struct manifest_put_response response;
    if (push(cli, at, whole_reference(&cli->arena, words->at[0]), &response) < 0)
        return cli_fail(cli, 1);
    puts(response.digest);
    return 0;
}
const struct command manifest_push_command = {
    "manifest push",
    "MANIFEST_LIST",
    "Send a list of manifests to its registry",
    push_options,
    sizeof(struct push_args),
    OPTIONS_MIXED,
    1,
    1,
    push_run,
    NULL,
};

// --- inspect ---

struct inspect_args {
    bool is_insecure, verbose;
};
static const struct option inspect_options[] = {
    OPTION_FLAG(struct inspect_args, is_insecure, "insecure", 0,
                "talk to a registry without TLS, or without checking its certificate"),
    OPTION_FLAG(struct inspect_args, verbose, "verbose", 'v',
                "with the descriptor, the platform and, of a list, each manifest"),
    {},
};

static int print_indented(struct cli *cli, const char *json, const char *indent)
{
    AUTO_BUF struct buf out;
    buf_init(&out, OUTPUT_MAX);
    json_indent(&out, json, indent);
    if (buf_check(&out, "the output", &cli->err) < 0)
        return -1;
    puts(buf_get(&out));
    return 0;
}

static int print_verbose(struct cli *cli, const struct stored_manifest *manifests, size_t n,
                         bool is_list_of_them)
{
    AUTO_BUF struct buf json;
    buf_init(&json, OUTPUT_MAX);
    buf_text(&json, is_list_of_them ? "[" : "");
    for (size_t i = 0; i < n; i++) {
        buf_text(&json, i != 0 ? "," : "");
        json_encode(&json, stored_manifest_fields, &manifests[i], JSON_COMPACT);
    }
    buf_text(&json, is_list_of_them ? "]" : "");
    if (buf_check(&json, "the output", &cli->err) < 0)
        return -1;
    return print_indented(cli, buf_get(&json), "\t");
}

static int print_list(struct cli *cli, const struct manifest_list *list, bool is_verbose)
{
    AUTO_BUF struct buf document;
    buf_init(&document, OUTPUT_MAX);
    if (is_verbose)
        return print_verbose(cli, list->manifests, list->n_manifests, true);
    if (manifest_list_document(list, &document, &cli->err) < 0)
        return -1;
    puts(buf_get(&document));
    return 0;
}

static int print_one(struct cli *cli, const struct stored_manifest *it, bool is_verbose)
{
    if (is_verbose)
        return print_verbose(cli, it, 1, false);
    return print_indented(cli, it->oci != NULL ? it->oci : it->schema2, "\t");
}

// What an index at the registry names, each fetched for itself.
struct index {
    struct image_descriptor *manifests;
    size_t n_manifests;
};
static const struct json_field index_fields[] = {
    JSON_LIST(struct index, manifests, image_descriptor_fields, JSON_REQUIRED),
    {},
};

static int print_remote_list(struct cli *cli, const char *ref,
                             const struct manifest_get_response *from, bool is_insecure)
{
    struct index index;
    if (json_decode(&cli->arena, from->content, strlen(from->content), index_fields, &index,
                    JSON_LENIENT, &cli->err) < 0)
        return fail_in(&cli->err, "%s", ref);
    if (index.n_manifests > MANIFEST_LIST_MAX)
        return fail(&cli->err, ERR_INVALID, "%s names more than %d manifests", ref,
                    MANIFEST_LIST_MAX);
    struct stored_manifest *all = arena_array(&cli->arena, index.n_manifests + 1, sizeof *all);
    for (size_t i = 0; i < index.n_manifests; i++) {
        const struct image_descriptor *descriptor = &index.manifests[i];
        const char *name =
            arena_printf(&cli->arena, "%s@%s", repository_of(&cli->arena, ref), descriptor->digest);
        struct manifest_get_response one;
        if (fetch(cli, name, is_insecure, &one) < 0)
            return -1;
        if (descriptor->platform != NULL)
            one.descriptor.platform = descriptor->platform;
        name = arena_printf(&cli->arena, "%s@%s", ref, descriptor->digest);
        if (stored_manifest_of(&cli->arena, name, &one, &all[i], &cli->err) < 0)
            return -1;
    }
    return print_verbose(cli, all, index.n_manifests, true);
}

static int inspect_remote(struct cli *cli, const struct inspect_args *args, const char *ref)
{
    struct manifest_get_response response;
    struct stored_manifest stored;
    if (fetch(cli, ref, args->is_insecure, &response) < 0)
        return -1;
    bool is_several = is_list(response.descriptor.media_type);
    if (is_several && args->verbose)
        return print_remote_list(cli, ref, &response, args->is_insecure);
    if (is_several)
        return print_indented(cli, response.content, "   ");
    if (stored_manifest_of(&cli->arena, ref, &response, &stored, &cli->err) < 0)
        return -1;
    return print_one(cli, &stored, args->verbose);
}

static int inspect(struct cli *cli, const struct inspect_args *args, const struct words *words)
{
    const char *directory = store_directory(cli);
    const char *ref = whole_reference(&cli->arena, words->at[words->n - 1]);
    struct manifest_list list;
    struct stored_manifest one;
    if (words->n == 2) {
        const char *in = whole_reference(&cli->arena, words->at[0]);
        int found = directory == NULL
                        ? -1
                        : manifest_list_find(&cli->arena, directory, in, ref, &one, &cli->err);
        if (found < 0)
            return -1;
        return found != 0 ? print_one(cli, &one, args->verbose)
                          : fail(&cli->err, ERR_NOT_FOUND, "No such manifest: %s", ref);
    }
    if (directory != NULL && manifest_list_read(&cli->arena, directory, ref, &list, &cli->err) < 0)
        return -1;
    if (directory != NULL && list.n_manifests != 0)
        return print_list(cli, &list, args->verbose);
    return inspect_remote(cli, args, ref);
}

static int inspect_run(struct cli *cli, const void *at, const struct words *words)
{
    return inspect(cli, at, words) < 0 ? cli_fail(cli, 1) : 0;
}
const struct command manifest_inspect_command = {
    "manifest inspect",
    "[MANIFEST_LIST] MANIFEST",
    "Show a manifest or a list of manifests, of here or of a registry",
    inspect_options,
    sizeof(struct inspect_args),
    OPTIONS_MIXED,
    1,
    2,
    inspect_run,
    NULL,
};

// --- rm ---

static const struct option no_options[] = {{}};

static int rm_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    const char *directory = store_directory(cli);
    int status = 0;
    if (directory == NULL)
        return cli_fail(cli, 1);
    for (size_t i = 0; i < words->n; i++) {
        const char *list = whole_reference(&cli->arena, words->at[i]);
        if (manifest_list_remove(directory, list, &cli->err) < 0)
            status = cli_fail(cli, 1);
    }
    return status;
}
const struct command manifest_rm_command = {
    "manifest rm",
    "MANIFEST_LIST [MANIFEST_LIST...]",
    "Remove lists of manifests that are here",
    no_options,
    0,
    OPTIONS_MIXED,
    1,
    0,
    rm_run,
    NULL,
};
