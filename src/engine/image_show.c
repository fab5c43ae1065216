// SPDX-License-Identifier: Apache-2.0
// image_show.c — images as the API's list, inspection and disk usage show them.
#include "engine/image_show.h"

#include "base/mem.h"
#include "base/str.h"
#include "ops/filters.h"

#include <string.h>

static const char *digest_text(struct arena *arena, const char *hex)
{
    return arena_printf(arena, "sha256:%s", hex);
}

int64_t image_made_ns(const struct image *image)
{
    int64_t ns;
    struct err ignored; // an image need not say it
    const char *created = image->document.created;
    if (created == NULL || time_read(created, now_ns(), &ns, &ignored) < 0)
        return 0;
    return ns;
}

void image_show_names(struct arena *arena, const struct image *image, struct shown_names *out)
{
    *out = (struct shown_names){.tags = arena_array(arena, image->n_names + 1, sizeof *out->tags),
                                .digests =
                                    arena_array(arena, image->n_names + 1, sizeof *out->digests)};
    for (size_t i = 0; i < image->n_names; i++) {
        const char *name = image->names[i];
        const char *digest = image_reference_familiar(
            arena, arena_printf(arena, "%s@sha256:%s", image_reference_repository(arena, name),
                                image->id));
        bool is_known = false;
        for (size_t j = 0; j < out->n_digests && !is_known; j++)
            is_known = strcmp(out->digests[j], digest) == 0;
        if (!is_known)
            out->digests[out->n_digests++] = digest;
        if (strchr(name, '@') == NULL)
            out->tags[out->n_tags++] = image_reference_familiar(arena, name);
    }
}

struct image_descriptor image_show_descriptor(struct arena *arena, const struct image *image)
{
    return (struct image_descriptor){.media_type = image->media_type,
                                     .digest = digest_text(arena, image->id),
                                     .size = image->target_bytes};
}

struct image_descriptor *image_show_manifest(struct arena *arena, const struct image *image)
{
    if (image->manifest == NULL)
        return NULL;
    struct image_descriptor *out = arena_new(arena, struct image_descriptor);
    *out = (struct image_descriptor){
        .media_type = image->manifest_media_type,
        .digest = digest_text(arena, image->manifest),
        .size = image->manifest_bytes,
        .platform = image_show_platform(arena, &image->platform),
    };
    return out;
}

struct image_platform *image_show_platform(struct arena *arena, const struct platform *platform)
{
    if (platform == NULL)
        return NULL;
    struct image_platform *out = arena_new(arena, struct image_platform);
    *out = (struct image_platform){.architecture = platform->architecture,
                                   .os = platform->os,
                                   .os_version = platform->os_version,
                                   .variant = platform->variant,
                                   .os_features = platform->os_features,
                                   .n_os_features = platform->n_os_features};
    return out;
}

static void show_users(struct arena *arena, const char *digest, const struct state_container *rows,
                       size_t n_rows, struct image_manifest *out)
{
    out->containers = arena_array(arena, n_rows + 1, sizeof *out->containers);
    for (size_t i = 0; i < n_rows; i++) {
        if (strcmp(rows[i].manifest, digest_hex(digest)) == 0)
            out->containers[out->n_containers++] = rows[i].id;
    }
}

int image_show_manifests(struct engine *engine, struct arena *arena, const struct image *image,
                         struct image_manifest **out, size_t *n_out, struct err *err)
{
    static const char *const kinds[] = {[MANIFEST_IMAGE] = "image",
                                        [MANIFEST_ATTESTATION] = "attestation",
                                        [MANIFEST_ARTIFACT] = "unknown"};
    struct image_part *parts;
    struct state_container *rows;
    size_t n, n_rows;
    if (image_parts(&engine->images, arena, image, &parts, &n, err) < 0 ||
        state_containers(engine->state, arena, &rows, &n_rows, err) < 0)
        return -1;
    struct image_manifest *all = arena_array(arena, n + 1, sizeof *all);
    for (size_t i = 0; i < n; i++) {
        const struct image_part *part = &parts[i];
        const struct descriptor *from = &part->descriptor;
        all[i] = (struct image_manifest){
            .id = from->digest,
            .descriptor = {.media_type = from->mediaType,
                           .digest = from->digest,
                           .size = from->size,
                           .annotations = from->annotations,
                           .n_annotations = from->n_annotations,
                           .platform = image_show_platform(arena, from->platform),
                           .artifact_type = from->artifactType},
            .available = part->is_complete,
            .sizes = {part->content_bytes, part->content_bytes + part->unpacked_bytes},
            .kind = kinds[part->kind],
            .platform =
                part->kind == MANIFEST_IMAGE ? platform_print(arena, &part->platform) : NULL,
            .attests = part->kind == MANIFEST_ATTESTATION ? part->subject : NULL,
            .unpacked = part->unpacked_bytes,
        };
        if (part->kind == MANIFEST_IMAGE)
            show_users(arena, from->digest, rows, n_rows, &all[i]);
    }
    *out = all;
    *n_out = n;
    return 0;
}

void image_show_summary(struct arena *arena, const struct image *image,
                        const struct image_space *space, struct image_summary *out)
{
    struct shown_names names;
    image_show_names(arena, image, &names);
    int64_t made_ns = image_made_ns(image);
    *out = (struct image_summary){
        .id = digest_text(arena, image->id),
        .parent_id = "",
        .repo_tags = names.tags,
        .n_repo_tags = names.n_tags,
        .repo_digests = names.digests,
        .n_repo_digests = names.n_digests,
        .created = made_ns / 1'000'000'000,
        .size = space->bytes,
        .shared_size = -1,
        .containers = (int64_t)space->n_containers,
        .labels = image->document.config.labels,
        .n_labels = image->document.config.n_labels,
        .descriptor = image_show_descriptor(arena, image),
    };
}
