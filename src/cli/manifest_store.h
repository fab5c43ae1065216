// SPDX-License-Identifier: Apache-2.0
// manifest_store.h — docker's local manifest lists: what `manifest create` makes and `push` sends.
//
// Beside config.json, manifests/LIST/MANIFEST is a file for each manifest of a list; names are
// whole references with ':' as '-' and '/' as '_'. docker and dhow read each other's.
#pragma once
#include "ops/image.h"

enum { MANIFEST_FILE_MAX = 16 * 1024 * 1024, MANIFEST_LIST_MAX = 1024 };

struct stored_manifest {
    const char *ref; // "host:5000/a:tag", whole
    struct image_descriptor descriptor;
    const char *raw;           // base64 of the manifest's bytes
    const char *schema2, *oci; // one of them: the manifest as JSON
};
extern const struct json_field stored_manifest_fields[];

struct manifest_list {
    struct stored_manifest *manifests; // in the order of their names, as docker has them
    size_t n_manifests;
};

// What was fetched under a whole reference, in the form that is stored.
[[nodiscard]] int stored_manifest_of(struct arena *arena, const char *ref,
                                     const struct manifest_get_response *from,
                                     struct stored_manifest *out, struct err *err);

// `directory` is config.json's. A list that is not there has no manifests.
[[nodiscard]] int manifest_list_read(struct arena *arena, const char *directory, const char *list,
                                     struct manifest_list *out, struct err *err);
// One of it: 1, or 0 when it has no such manifest.
[[nodiscard]] int manifest_list_find(struct arena *arena, const char *directory, const char *list,
                                     const char *ref, struct stored_manifest *out, struct err *err);
[[nodiscard]] int manifest_list_save(const char *directory, const char *list,
                                     const struct stored_manifest *manifest, struct err *err);
// ERR_NOT_FOUND when there is no such list.
[[nodiscard]] int manifest_list_remove(const char *directory, const char *list, struct err *err);

// The list as the document that goes to the registry, byte for byte as docker makes it.
[[nodiscard]] int manifest_list_document(const struct manifest_list *list, struct buf *out,
                                         struct err *err);
// Its media type: OCI's index, or docker's list when its first manifest is docker's.
const char *manifest_list_media_type(const struct manifest_list *list);
