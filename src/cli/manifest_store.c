// SPDX-License-Identifier: Apache-2.0
// manifest_store.c — manifest lists in the making, as files that docker knows.
#include "cli/manifest_store.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_INDEX    "application/vnd.oci.image.index.v1+json"
#define DOCKER_LIST  "application/vnd.docker.distribution.manifest.list.v2+json"

// --- the form of a file ---

// clang-format off
const struct json_field stored_manifest_fields[] = {
    JSON_NAMED(struct stored_manifest, ref, "Ref", JSON_REQUIRED),
    JSON_INSIDE_NAMED(struct stored_manifest, descriptor, "Descriptor", image_descriptor_fields, JSON_REQUIRED),
    JSON_NAMED(struct stored_manifest, raw, "Raw", JSON_OPTIONAL),
    { .name = "SchemaV2Manifest", .offset = offsetof(struct stored_manifest, schema2), .kind = JSON_RAW },
    { .name = "OCIManifest", .offset = offsetof(struct stored_manifest, oci), .kind = JSON_RAW },
    {},
};

// In the document of a list, docker has the size in front of the digest.
static const struct json_field entry_fields[] = {
    JSON_NAMED(struct image_descriptor, media_type, "mediaType", JSON_REQUIRED),
    JSON_NAMED(struct image_descriptor, size, "size", JSON_REQUIRED),
    JSON_NAMED(struct image_descriptor, digest, "digest", JSON_REQUIRED),
    JSON_BEHIND_NAMED(struct image_descriptor, platform, "platform", image_platform_fields, JSON_OPTIONAL),
    {},
};
struct list_document {
    int64_t schema_version;
    const char *media_type;
    struct image_descriptor *manifests;
    size_t n_manifests;
};
static const struct json_field list_document_fields[] = {
    JSON_NAMED(struct list_document, schema_version, "schemaVersion", JSON_ALWAYS),
    JSON_NAMED(struct list_document, media_type, "mediaType", JSON_ALWAYS),
    JSON_LIST_NAMED(struct list_document, manifests, "manifests", entry_fields, JSON_ALWAYS),
    {},
};
// clang-format on

int stored_manifest_of(struct arena *arena, const char *ref,
                       const struct manifest_get_response *from, struct stored_manifest *out,
                       struct err *err)
{
    AUTO_BUF struct buf raw;
    buf_init(&raw, MANIFEST_FILE_MAX);
    base64_encode(from->content, strlen(from->content), &raw);
    if (buf_check(&raw, "the manifest", err) < 0)
        return -1;
    bool is_oci = strcmp(from->descriptor.media_type, OCI_MANIFEST) == 0;
    *out = (struct stored_manifest){
        .ref = ref,
        .descriptor = from->descriptor,
        .raw = arena_strdup(arena, buf_get(&raw)),
        .schema2 = is_oci ? NULL : from->content,
        .oci = is_oci ? from->content : NULL,
    };
    return 0;
}

// --- files ---

static const char *file_name(struct arena *arena, const char *reference)
{
    char *name = arena_strdup(arena, reference);
    for (char *at = name; *at != '\0'; at++)
        *at = *at == ':' ? '-' : *at == '/' ? '_' : *at;
    return name;
}

static const char *list_path(struct arena *arena, const char *directory, const char *list)
{
    return arena_printf(arena, "%s/manifests/%s", directory, file_name(arena, list));
}

static int read_one(struct arena *arena, int list, const char *name, struct stored_manifest *out,
                    struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, MANIFEST_FILE_MAX);
    if (file_read_at(list, name, &text, err) < 0)
        return -1;
    if (json_decode(arena, buf_get(&text), text.n, stored_manifest_fields, out, JSON_LENIENT, err) <
        0)
        return fail_in(err, "manifest %s", name);
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// The names of the files in the directory, sorted; takes the descriptor.
static int read_names(struct arena *arena, int taken, const char **names, size_t *out_n,
                      struct err *err)
{
    DIR *directory = fdopendir(taken);
    if (directory == NULL) {
        int failed = fail_sys(err, "read a directory");
        (void)close(taken);
        return failed;
    }
    size_t n = 0;
    const struct dirent *entry;
    while (n < MANIFEST_LIST_MAX && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') // and what a killed command left half written
            names[n++] = arena_strdup(arena, entry->d_name);
    }
    (void)closedir(directory);
    qsort(names, n, sizeof *names, compare_names);
    *out_n = n;
    return 0;
}

int manifest_list_read(struct arena *arena, const char *directory, const char *list,
                       struct manifest_list *out, struct err *err)
{
    const char *path = list_path(arena, directory, list);
    AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *out = (struct manifest_list){};
    if (fd < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "open %s", path);
    const char **names = arena_array(arena, MANIFEST_LIST_MAX, sizeof *names);
    struct manifest_list found = {};
    int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (again < 0)
        return fail_sys(err, "open %s", path);
    if (read_names(arena, again, names, &found.n_manifests, err) < 0)
        return -1;
    found.manifests = arena_array(arena, found.n_manifests + 1, sizeof *found.manifests);
    for (size_t i = 0; i < found.n_manifests; i++) {
        if (read_one(arena, fd, names[i], &found.manifests[i], err) < 0)
            return fail_in(err, "%s", path);
    }
    *out = found;
    return 0;
}

int manifest_list_find(struct arena *arena, const char *directory, const char *list,
                       const char *ref, struct stored_manifest *out, struct err *err)
{
    const char *path = list_path(arena, directory, list);
    AUTO_FD int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "open %s", path);
    if (read_one(arena, fd, file_name(arena, ref), out, err) < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1;
    return 1;
}

int manifest_list_save(const char *directory, const char *list,
                       const struct stored_manifest *manifest, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    AUTO_BUF struct buf text;
    buf_init(&text, MANIFEST_FILE_MAX);
    json_encode(&text, stored_manifest_fields, manifest, JSON_COMPACT);
    if (buf_check(&text, manifest->ref, err) < 0)
        return -1;
    AUTO_FD int fd = dir_make_at(AT_FDCWD, list_path(&arena, directory, list), 0755, err);
    if (fd < 0)
        return -1;
    return file_replace(fd, file_name(&arena, manifest->ref), text.at, text.n, 0644, err);
}

int manifest_list_remove(const char *directory, const char *list, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    const char *path = list_path(&arena, directory, list);
    AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? fail(err, ERR_NOT_FOUND, "No such manifest: %s", list)
                               : fail_sys(err, "open %s", path);
    int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *files = again < 0 ? NULL : fdopendir(again);
    if (files == NULL)
        return fail_sys(err, "read %s", path);
    const struct dirent *entry;
    while ((entry = readdir(files)) != NULL)
        (void)unlinkat(fd, entry->d_name, 0); // rmdir says when one stays
    (void)closedir(files);
    return rmdir(path) < 0 ? fail_sys(err, "remove %s", path) : 0;
}

// --- the document ---

const char *manifest_list_media_type(const struct manifest_list *list)
{
    bool is_oci = list->n_manifests == 0 ||
                  strcmp(list->manifests[0].descriptor.media_type, OCI_MANIFEST) == 0;
    return is_oci ? OCI_INDEX : DOCKER_LIST;
}

int manifest_list_document(const struct manifest_list *list, struct buf *out, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    AUTO_BUF struct buf text;
    buf_init(&text, MANIFEST_FILE_MAX);
    struct list_document document = {
        .schema_version = 2,
        .media_type = manifest_list_media_type(list),
        .manifests = arena_array(&arena, list->n_manifests + 1, sizeof *document.manifests),
        .n_manifests = list->n_manifests,
    };
    for (size_t i = 0; i < list->n_manifests; i++)
        document.manifests[i] = list->manifests[i].descriptor;
    json_encode(&text, list_document_fields, &document, JSON_COMPACT);
    json_indent(out, buf_get(&text), "   ");
    return buf_check(&text, "the list", err) < 0 ? -1 : buf_check(out, "the list", err);
}
