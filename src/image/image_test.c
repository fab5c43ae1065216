// SPDX-License-Identifier: Apache-2.0
// image_test.c — the store: what is recorded is found whole, what is removed takes along what only
// it had, what is not as it was said does not get in.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "content/content.h"
#include "image/check.h"
#include "image/image.h"
#include "snapshot/layer.h"
#include "state/state.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B64 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

struct place {
    char path[TEST_SCRATCH_MAX];
    int root;
    struct image_store store;
    struct arena arena;
    struct err err;
};

static void place_init(struct place *place)
{
    *place = (struct place){};
    place->root = test_scratch_make(place->path);
    place->store = (struct image_store){.root = place->root};
    place->store.state = state_open(place->path, &place->err);
    CHECK(place->store.state != NULL);
}

static void place_done(struct place *place)
{
    state_close(place->store.state);
    (void)close(place->root);
    arena_done(&place->arena);
    test_scratch_remove(place->path);
}

// A blob; its digest.
static const char *blob(struct place *place, const char *text)
{
    struct content_digest digest;
    CHECK_INT(content_put(place->root, text, strlen(text), &digest, &place->err), 0);
    return arena_strdup(&place->arena, digest.hex);
}

static void unpacked(struct place *place, const char *chain_id)
{
    struct layer_writer writer;
    CHECK_INT(layer_begin(place->root, &writer, &place->err), 0);
    CHECK_INT(file_replace(writer.fs, "file", "12345", 5, 0644, &place->err), 0);
    CHECK_INT(layer_commit(&writer, chain_id, &place->err), 0);
    layer_abort(&writer);
}

static const char *descriptor(struct place *place, const char *type, const char *hex,
                              const char *more)
{
    uint64_t size = 0;
    CHECK(content_find(place->root, hex, &size, &place->err) >= 0);
    return arena_printf(&place->arena,
                        "{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":%ju%s}", type, hex,
                        (uintmax_t)size, more);
}

// An image's manifest of one layer whose diff id is given: its digest.
static const char *manifest(struct place *place, const char *architecture, const char *diff_id)
{
    const char *config = blob(
        place, arena_printf(&place->arena,
                            "{\"os\":\"linux\",\"architecture\":\"%s\",\"rootfs\":{\"type\":"
                            "\"layers\",\"diff_ids\":[\"sha256:%s\"]},\"config\":{\"Cmd\":[\"%s\"]}"
                            ",\"history\":[{\"created_by\":\"one\"},{\"created_by\":\"two\","
                            "\"empty_layer\":true}]}",
                            architecture, diff_id, architecture));
    const char *layer = blob(place, arena_printf(&place->arena, "layer %s", diff_id));
    return blob(place,
                arena_printf(&place->arena, "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}",
                             descriptor(place, MEDIA_CONFIG, config, ""),
                             descriptor(place, MEDIA_LAYER "+gzip", layer, "")));
}

static int record(struct place *place, const char *target, const char **manifests, size_t n,
                  const char *name, struct image *out)
{
    const struct image_record record = {.target = target,
                                        .manifests = manifests,
                                        .n_manifests = n,
                                        .names = &name,
                                        .n_names = name != NULL};
    return image_record(&place->store, &place->arena, &record, out, &place->err);
}

static int find(struct place *place, const char *reference, struct image *out)
{
    return image_find(&place->store, &place->arena, reference, NULL, out, &place->err);
}

static int drop(struct place *place, const char *reference, bool force, struct image_removals *out)
{
    const struct image_remove request = {.reference = reference, .force = force};
    return image_remove(&place->store, &place->arena, &request, out, &place->err);
}

static size_t count_blobs(struct place *place)
{
    const char **all;
    size_t n;
    CHECK_INT(content_list(place->root, &place->arena, &all, &n, &place->err), 0);
    return n;
}

static const char *host_architecture(struct place *place)
{
    struct platform host;
    platform_host(&place->arena, &host);
    return host.architecture;
}

// An index of two images, of which the second is this host's, and an attestation.
static const char *index_of(struct place *place, const char **parts)
{
    const char *other = strcmp(host_architecture(place), "s390x") == 0 ? "riscv64" : "s390x";
    unpacked(place, A64);
    unpacked(place, B64);
    parts[0] = manifest(place, other, A64);
    parts[1] = manifest(place, host_architecture(place), B64);
    const char *layer = blob(place, "{\"predicate\":1}");
    const char *empty = blob(place, "{}");
    parts[2] = blob(
        place, arena_printf(&place->arena, "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}",
                            descriptor(place, MEDIA_CONFIG, empty, ""),
                            descriptor(place, "application/vnd.in-toto+json", layer, "")));
    const char *platforms[] = {other, host_architecture(place)};
    const char *shown[3];
    for (size_t i = 0; i < 2; i++)
        shown[i] = descriptor(
            place, MEDIA_MANIFEST, parts[i],
            arena_printf(&place->arena, ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}",
                         platforms[i]));
    shown[2] = descriptor(place, MEDIA_MANIFEST, parts[2],
                          arena_printf(&place->arena,
                                       ",\"platform\":{\"os\":\"unknown\",\"architecture\":"
                                       "\"unknown\"},\"annotations\":{\"" ANNOTATION_TYPE
                                       "\":\"attestation-manifest\",\"" ANNOTATION_SUBJECT
                                       "\":\"sha256:%s\"}",
                                       parts[1]));
    return blob(place, arena_printf(&place->arena,
                                    "{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_INDEX
                                    "\",\"manifests\":[%s,%s,%s]}",
                                    shown[0], shown[1], shown[2]));
}

#define NAME "docker.io/library/multi:latest"

TEST(an_index_is_kept_whole_and_this_hosts_manifest_runs)
{
    struct place place;
    const char *parts[3];
    struct image image;
    place_init(&place);
    const char *target = index_of(&place, parts);
    CHECK_INT(record(&place, target, parts, 3, NAME, &image), 0);
    CHECK_STR(image.id, target);
    CHECK_STR(image.manifest, parts[1]);
    CHECK_STR(image.layers[0], B64);
    CHECK_STR(image.document.config.cmd[0], host_architecture(&place));
    static const char *const ways[] = {"multi", "multi:latest", "docker.io/library/multi"};
    for (size_t i = 0; i < N_ELEMENTS(ways); i++)
        CHECK_INT(find(&place, ways[i], &image), 1);
    CHECK_INT(find(&place, target, &image), 1);
    CHECK_INT(find(&place, arena_printf(&place.arena, "%.7s", target), &image), 1);
    CHECK_INT(find(&place, arena_printf(&place.arena, "multi@sha256:%s", target), &image), 1);
    CHECK_INT(find(&place, arena_printf(&place.arena, "other@sha256:%s", target), &image), 0);
    CHECK_INT(find(&place, "mult", &image), 0);
    struct image_part *all;
    size_t n;
    CHECK_INT(image_parts(&place.store, &place.arena, &image, &all, &n, &place.err), 0);
    place_done(&place);
}

TEST(another_platform_of_an_index_is_found_when_it_is_asked_for)
{
    struct place place;
    const char *parts[3];
    struct image image;
    struct platform wanted;
    place_init(&place);
    const char *target = index_of(&place, parts);
    CHECK_INT(record(&place, target, parts, 3, NAME, &image), 0);
    const char *other = strcmp(host_architecture(&place), "s390x") == 0 ? "riscv64" : "s390x";
    CHECK_INT(platform_parse(&place.arena, other, &wanted, &place.err), 0);
    CHECK_INT(image_find(&place.store, &place.arena, "multi", &wanted, &image, &place.err), 1);
    CHECK_STR(image.manifest, parts[0]);
    CHECK_INT(platform_parse(&place.arena, "linux/mips64le", &wanted, &place.err), 0);
    CHECK_INT(image_find(&place.store, &place.arena, "multi", &wanted, &image, &place.err), -1);
    CHECK_INT(place.err.kind, ERR_NOT_FOUND);
    CHECK_HAS(place.err.text, "does not provide the specified platform (linux/mips64le)");
    place_done(&place);
}

TEST(the_parts_of_an_index_say_what_they_are_and_how_large)
{
    struct place place;
    const char *parts[3];
    struct image image;
    struct image_part *all;
    size_t n;
    place_init(&place);
    const char *target = index_of(&place, parts);
    CHECK_INT(record(&place, target, &parts[1], 2, NAME, &image), 0); // the first is not here
    CHECK_INT(image_parts(&place.store, &place.arena, &image, &all, &n, &place.err), 0);
    CHECK_INT(n, 3);
    CHECK(!all[0].is_complete && all[1].is_complete && all[2].is_complete);
    CHECK_INT(all[0].kind, MANIFEST_IMAGE);
    CHECK_INT(all[2].kind, MANIFEST_ATTESTATION);
    CHECK_STR(digest_hex(all[2].subject), parts[1]);
    CHECK_INT(all[1].unpacked_bytes, 5); // nobody said how large the layer is: it was measured
    CHECK_INT(all[0].content_bytes, 0);
    place_done(&place);
}

TEST(a_record_must_be_true)
{
    struct place place;
    struct image image;
    place_init(&place);
    unpacked(&place, A64);
    const char *good = manifest(&place, "amd64", A64);
    const char *layer = blob(&place, "layer");
    const char *config = blob(&place, "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":"
                                      "{\"type\":\"layers\",\"diff_ids\":[\"sha256:" A64 "\","
                                      "\"sha256:" B64 "\"]}}");
    const char *uneven = blob(
        &place, arena_printf(&place.arena, "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}",
                             descriptor(&place, MEDIA_CONFIG, config, ""),
                             descriptor(&place, MEDIA_LAYER, layer, "")));
    const char *not_unpacked = manifest(&place, "amd64", B64);
    const char *lying =
        blob(&place, arena_printf(&place.arena,
                                  "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" MEDIA_CONFIG
                                  "\",\"digest\":\"sha256:%s\",\"size\":1},\"layers\":[%s]}",
                                  config, descriptor(&place, MEDIA_LAYER, layer, "")));
    const char *missing =
        blob(&place, "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" MEDIA_CONFIG
                     "\",\"digest\":\"sha256:" A64 "\",\"size\":1},\"layers\":[]}");
    const struct {
        const char *manifest, *says;
    } rows[] = {{uneven, "the manifest has 1 layers, but the config has 2"},
                {not_unpacked, "is not unpacked"},
                {lying, "was said to have 1"},
                {missing, "is not here"}};
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        const char *its = rows[i].manifest;
        CHECK_INT(record(&place, its, &its, 1, NAME, &image), -1);
        CHECK_HAS(place.err.text, rows[i].says);
        CHECK_INT(find(&place, "multi", &image), 0);
    }
    CHECK_INT(record(&place, good, NULL, 0, NAME, &image), -1);
    CHECK_INT(record(&place, good, &uneven, 1, NAME, &image), -1);
    CHECK_HAS(place.err.text, "does not name the manifest");
    CHECK_INT(record(&place, A64, &good, 1, NAME, &image), -1);
    const struct image_record said = {
        .target = good, .media_type = MEDIA_INDEX, .manifests = &good, .n_manifests = 1};
    CHECK_INT(image_record(&place.store, &place.arena, &said, &image, &place.err), -1);
    CHECK_INT(record(&place, good, &good, 1, NAME, &image), 0);
    place_done(&place);
}

TEST(names_come_and_go_and_the_last_takes_what_only_it_had)
{
    struct place place;
    struct image image;
    struct image_removals done;
    place_init(&place);
    unpacked(&place, A64);
    const char *one = manifest(&place, "amd64", A64), *two = manifest(&place, "arm64", A64);
    CHECK_INT(record(&place, one, &one, 1, "docker.io/library/one:latest", &image), 0);
    CHECK_INT(record(&place, two, &two, 1, "docker.io/library/two:latest", &image), 0);
    CHECK_INT(image_tag(&place.store, &place.arena, "one", "host:5000/a/b:c", &place.err), 0);
    CHECK_INT(image_tag(&place.store, &place.arena, "one", "x@sha256:" A64, &place.err), -1);
    CHECK_HAS(place.err.text, "digest reference");
    CHECK_INT(image_tag(&place.store, &place.arena, "none", "x", &place.err), -1);
    CHECK_STR(place.err.text, "No such image: none:latest");
    CHECK_INT(drop(&place, one, false, &done), -1);
    CHECK_INT(place.err.kind, ERR_CONFLICT);
    CHECK_HAS(place.err.text, "(must be forced) - image is referenced in multiple repositories");
    CHECK_INT(drop(&place, "one", false, &done), 0);
    CHECK_INT(done.n, 1);
    CHECK_STR(done.at[0].untagged, "one:latest");
    CHECK_INT(find(&place, "host:5000/a/b:c", &image), 1);
    CHECK_INT(drop(&place, "host:5000/a/b:c", false, &done), 0);
    CHECK_INT(done.n, 2);
    CHECK_HAS(done.at[1].deleted, one);
    CHECK(done.bytes > 0);
    CHECK_INT(layer_find(place.root, A64, &place.err), 1); // two has it, too
    CHECK_INT(count_blobs(&place), 3);
    CHECK_INT(drop(&place, "two", false, &done), 0);
    CHECK_INT(layer_find(place.root, A64, &place.err), 0);
    CHECK_INT(count_blobs(&place), 0);
    place_done(&place);
}

static int contain(struct place *place, const struct image *image)
{
    struct state_container row = {.id = B64,
                                  .name = "c",
                                  .image_id = image->id,
                                  .image_name = "one",
                                  .spec = "{}",
                                  .manifest = image->manifest};
    return state_container_put(place->store.state, &row, &place->err);
}

TEST(what_a_container_uses_stays_as_docker_keeps_it)
{
    struct place place;
    struct image image;
    struct image_removals done;
    place_init(&place);
    unpacked(&place, A64);
    const char *one = manifest(&place, "amd64", A64);
    CHECK_INT(record(&place, one, &one, 1, "docker.io/library/one:latest", &image), 0);
    CHECK_INT(contain(&place, &image), 0);
    CHECK_INT(drop(&place, "one", false, &done), -1);
    CHECK_HAS(place.err.text,
              "conflict: unable to remove repository reference \"one\" (must force) "
              "- container bbbbbbbbbbbb is using its referenced image");
    CHECK_INT(drop(&place, one, false, &done), -1);
    CHECK_HAS(place.err.text, "(must be forced) - image is being used by stopped container");
    const struct image_prune prune = {.all = true};
    CHECK_INT(image_prune(&place.store, &place.arena, &prune, &done, &place.err), 0);
    CHECK_INT(done.n, 0);
    CHECK_INT(drop(&place, "one", true, &done), 0); // the name goes, the image stays
    CHECK_INT(done.n, 1);
    CHECK_INT(find(&place, one, &image), 1);
    CHECK_INT(drop(&place, one, true, &done), 0); // the image goes, what the container needs stays
    CHECK_INT(find(&place, one, &image), 0);
    CHECK_INT(layer_find(place.root, A64, &place.err), 1);
    CHECK_INT(count_blobs(&place), 3);
    const struct state_container container = {.image_id = one, .manifest = one};
    CHECK_INT(image_of_container(&place.store, &place.arena, &container, &image, &place.err), 1);
    CHECK_STR(image.layers[0], A64);
    place_done(&place);
}

static bool always(const void *data, const struct state_container *container)
{
    (void)data;
    (void)container;
    return true;
}

TEST(an_image_of_a_running_container_cannot_be_forced_away)
{
    struct place place;
    struct image image;
    struct image_removals done;
    place_init(&place);
    unpacked(&place, A64);
    const char *one = manifest(&place, "amd64", A64);
    CHECK_INT(record(&place, one, &one, 1, NULL, &image), 0);
    CHECK_INT(contain(&place, &image), 0);
    const struct image_remove request = {
        .reference = one, .force = true, .users = {.is_running = always}};
    CHECK_INT(image_remove(&place.store, &place.arena, &request, &done, &place.err), -1);
    CHECK_HAS(place.err.text, "(cannot be forced) - image is being used by running container");
    place_done(&place);
}

TEST(one_platform_of_an_image_can_be_removed)
{
    struct place place;
    const char *parts[3];
    struct image image;
    struct image_removals done;
    place_init(&place);
    const char *target = index_of(&place, parts);
    CHECK_INT(record(&place, target, parts, 3, NAME, &image), 0);
    struct platform host;
    platform_host(&place.arena, &host);
    const struct image_remove request = {
        .reference = "multi", .platforms = &host, .n_platforms = 1};
    CHECK_INT(image_remove(&place.store, &place.arena, &request, &done, &place.err), 0);
    CHECK_INT(done.n, 2); // and the attestation about it
    CHECK_HAS(done.at[0].deleted, parts[1]);
    CHECK_INT(layer_find(place.root, B64, &place.err), 0);
    CHECK_INT(find(&place, "multi", &image), 1);
    CHECK_STR(image.manifest, parts[0]);
    CHECK_INT(image_remove(&place.store, &place.arena, &request, &done, &place.err), -1);
    CHECK_INT(place.err.kind, ERR_NOT_FOUND);
    const struct platform other = image.platform;
    const struct image_remove last = {.reference = "multi", .platforms = &other, .n_platforms = 1};
    CHECK_INT(image_remove(&place.store, &place.arena, &last, &done, &place.err), 0);
    CHECK_INT(find(&place, "multi", &image), 0);
    CHECK_INT(count_blobs(&place), 0);
    place_done(&place);
}

TEST(sizes_add_up)
{
    struct place place;
    struct image image;
    struct images_space space;
    struct image_removals done;
    place_init(&place);
    unpacked(&place, A64);
    const char *one = manifest(&place, "amd64", A64), *two = manifest(&place, "arm64", A64);
    CHECK_INT(record(&place, one, &one, 1, "docker.io/library/one:latest", &image), 0);
    CHECK_INT(record(&place, two, &two, 1, NULL, &image), 0);
    CHECK_INT(contain(&place, &image), 0);
    CHECK_INT(images_measure(&place.store, &place.arena, &space, &place.err), 0);
    CHECK_INT(space.n_images, 2);
    CHECK_INT(space.n_active, 1);
    uint64_t shared = space.images[0].shared_bytes;
    CHECK_INT(space.images[1].shared_bytes, shared);
    CHECK(shared > 5); // the layer's 5 bytes and its blob
    CHECK_INT(space.bytes, space.images[0].bytes + space.images[1].bytes - shared);
    uint64_t before = space.bytes, reclaimable = space.reclaimable_bytes;
    const struct image_prune prune = {.all = true};
    CHECK_INT(image_prune(&place.store, &place.arena, &prune, &done, &place.err), 0);
    CHECK_INT(done.bytes, reclaimable);
    CHECK_INT(images_measure(&place.store, &place.arena, &space, &place.err), 0);
    CHECK_INT(space.bytes, before - reclaimable);
    CHECK_INT(space.reclaimable_bytes, 0);
    place_done(&place);
}

TEST(history_is_told_from_its_end_with_sizes)
{
    struct place place;
    struct image image;
    struct image_layer_entry *entries;
    size_t n;
    place_init(&place);
    unpacked(&place, A64);
    const char *one = manifest(&place, "amd64", A64);
    CHECK_INT(record(&place, one, &one, 1, NULL, &image), 0);
    CHECK_INT(image_history(&place.store, &place.arena, &image, &entries, &n, &place.err), 0);
    CHECK_INT(n, 2);
    CHECK_STR(entries[0].created_by, "two");
    CHECK_INT(entries[0].bytes, 0);
    CHECK_STR(entries[1].created_by, "one");
    CHECK_INT(entries[1].bytes, 5);
    place_done(&place);
}

TEST(a_name_that_means_another_image_leaves_the_first_without)
{
    struct place place;
    struct image image;
    struct image_removals done;
    place_init(&place);
    unpacked(&place, A64);
    const char *one = manifest(&place, "amd64", A64), *two = manifest(&place, "arm64", A64);
    CHECK_INT(record(&place, one, &one, 1, NAME, &image), 0);
    CHECK_INT(record(&place, two, &two, 1, NAME, &image), 0);
    CHECK_INT(find(&place, "multi", &image), 1);
    CHECK_STR(image.id, two);
    CHECK_INT(find(&place, one, &image), 1);
    CHECK_INT(image_names(&place.store, &place.arena, &image, &place.err), 0);
    CHECK_INT(image.n_names, 0);
    const struct image_prune prune = {};
    CHECK_INT(image_prune(&place.store, &place.arena, &prune, &done, &place.err), 0);
    CHECK_INT(done.n, 1);
    CHECK_HAS(done.at[0].deleted, one);
    CHECK_INT(find(&place, "multi", &image), 1);
    place_done(&place);
}

TEST(nothing_is_swept_while_an_image_is_being_made)
{
    struct place place;
    uint64_t bytes = 0;
    place_init(&place);
    (void)blob(&place, "in the making");
    int lock = images_lock(place.root, false, &place.err);
    CHECK(lock >= 0);
    CHECK_INT(images_sweep(&place.store, false, &bytes, &place.err), 0);
    CHECK_INT(count_blobs(&place), 1);
    (void)close(lock);
    CHECK_INT(images_sweep(&place.store, false, &bytes, &place.err), 0);
    CHECK_INT(count_blobs(&place), 0);
    CHECK_INT(bytes, strlen("in the making"));
    place_done(&place);
}

static void damage(struct place *place, const char *hex)
{
    AUTO_FD int blobs = openat(place->root, "content/sha256", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(file_replace_volatile(blobs, hex, "other bytes", 11, 0400, &place->err), 0);
}

static const char *layer_blob(struct place *place, const char *diff_id)
{
    return blob(place, arena_printf(&place->arena, "layer %s", diff_id));
}

TEST(a_store_that_is_whole_is_found_so)
{
    struct place place;
    const char *parts[3];
    struct image image;
    struct image_checked checked;
    place_init(&place);
    const char *target = index_of(&place, parts);
    CHECK_INT(record(&place, target, parts, 3, NAME, &image), 0);
    const struct image_check request = {.repair = true};
    CHECK_INT(image_check(&place.store, &place.arena, &request, &checked, &place.err), 0);
    CHECK_INT(checked.n_findings, 0);
    CHECK_INT(checked.n_images, 1);
    CHECK_INT(checked.n_layers, 2);
    CHECK_INT(checked.n_blobs, count_blobs(&place));
    CHECK_INT(find(&place, "multi", &image), 1);
    place_done(&place);
}

TEST(a_damaged_blob_is_found_and_what_needs_it_goes_when_repairing)
{
    struct place place;
    struct image image;
    struct image_checked checked;
    place_init(&place);
    unpacked(&place, A64);
    unpacked(&place, B64);
    const char *one = manifest(&place, "amd64", A64), *two = manifest(&place, "amd64", B64);
    CHECK_INT(record(&place, one, &one, 1, "docker.io/library/one:latest", &image), 0);
    CHECK_INT(record(&place, two, &two, 1, "docker.io/library/two:latest", &image), 0);
    const char *layer = layer_blob(&place, A64);
    damage(&place, layer);
    struct image_check request = {};
    CHECK_INT(image_check(&place.store, &place.arena, &request, &checked, &place.err), 0);
    CHECK_INT(checked.n_findings, 2);
    CHECK_HAS(checked.findings[0].what, layer);
    CHECK_HAS(checked.findings[0].problem, "its bytes have the digest");
    CHECK(!checked.findings[0].is_repaired);
    CHECK_STR(checked.findings[1].what, "image one:latest");
    CHECK_INT(find(&place, "one", &image), 1);
    request.repair = true;
    CHECK_INT(image_check(&place.store, &place.arena, &request, &checked, &place.err), 0);
    CHECK_INT(checked.n_findings, 2);
    CHECK(checked.findings[0].is_repaired && checked.findings[1].is_repaired);
    CHECK_INT(find(&place, "one", &image), 0);
    CHECK_INT(find(&place, "two", &image), 1);
    CHECK_INT(content_find(place.root, layer, NULL, &place.err), 0);
    CHECK_INT(layer_find(place.root, A64, &place.err), 0);
    CHECK_INT(image_check(&place.store, &place.arena, &request, &checked, &place.err), 0);
    CHECK_INT(checked.n_findings, 0);
    place_done(&place);
}

TEST(what_is_missing_is_found)
{
    struct place place;
    struct image image;
    struct image_checked checked;
    place_init(&place);
    unpacked(&place, A64);
    const char *one = manifest(&place, "amd64", A64);
    CHECK_INT(record(&place, one, &one, 1, NAME, &image), 0);
    CHECK_INT(layer_remove(place.root, A64, &place.err), 0);
    CHECK_INT(content_remove(place.root, one, &place.err), 0);
    const struct image_check request = {};
    CHECK_INT(image_check(&place.store, &place.arena, &request, &checked, &place.err), 0);
    CHECK_INT(checked.n_findings, 3);
    CHECK_HAS(checked.findings[0].what, one);
    CHECK_STR(checked.findings[1].what, "layer " A64);
    CHECK_STR(checked.findings[2].problem, "the document that it is is lost");
    place_done(&place);
}

TEST(a_damaged_image_can_be_removed)
{
    struct place place;
    struct image image;
    struct image_removals done;
    place_init(&place);
    unpacked(&place, A64);
    const char *one = manifest(&place, "amd64", A64);
    CHECK_INT(record(&place, one, &one, 1, NAME, &image), 0);
    damage(&place, one);
    damage(&place, layer_blob(&place, A64));
    CHECK_INT(drop(&place, "multi", false, &done), 0);
    CHECK_INT(count_blobs(&place), 0);
    place_done(&place);
}

TEST(a_history_that_does_not_fit_the_layers_is_shown_all_the_same)
{
    struct place place;
    place_init(&place);
    const char *layers[] = {A64, B64};
    struct history steps[] = {{.created_by = "a"}, {.created_by = "b"}, {.created_by = "c"}};
    const struct {
        size_t n_layers, n_history, n_entries, n_with_layer;
    } rows[] = {{2, 0, 2, 2}, {1, 3, 3, 1}, {0, 2, 2, 0}, {2, 1, 2, 2}, {0, 0, 0, 0}};
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        const struct image image = {
            .id = A64,
            .layers = layers,
            .n_layers = rows[i].n_layers,
            .document = {.history = steps, .n_history = rows[i].n_history},
        };
        struct image_layer_entry *entries;
        size_t n, n_with_layer = 0;
        CHECK_INT(image_history(&place.store, &place.arena, &image, &entries, &n, &place.err), 0);
        CHECK_INT(n, rows[i].n_entries);
        for (size_t j = 0; j < n; j++)
            n_with_layer += entries[j].chain_id != NULL;
        CHECK_INT(n_with_layer, rows[i].n_with_layer);
    }
    place_done(&place);
}
