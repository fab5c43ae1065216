// SPDX-License-Identifier: Apache-2.0
// state_test.c — names are unique, prefixes find, what is not committed is not there.
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "state/state.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ID_A "aa00000000000000000000000000000000000000000000000000000000000001"
#define ID_B "ab00000000000000000000000000000000000000000000000000000000000002"

struct place {
    char root[TEST_SCRATCH_MAX];
    struct state *state;
    struct arena arena;
    struct err err;
};

static void place_init(struct place *place)
{
    *place = (struct place){};
    (void)close(test_scratch_make(place->root));
    place->state = state_open(place->root, &place->err);
    CHECK(place->state != NULL);
}

static void place_done(struct place *place)
{
    state_close(place->state);
    arena_done(&place->arena);
    test_scratch_remove(place->root);
}

static int put(struct place *place, const char *id, const char *name)
{
    const struct state_manifest manifest = {.digest = "m",
                                            .platform = "linux/amd64",
                                            .config_digest = "c",
                                            .config = "{}",
                                            .layers = "",
                                            .blobs = "",
                                            .media_type = "t"};
    CHECK_INT(state_manifest_put(place->state, &manifest, &place->err), 0);
    struct state_container container = {
        .id = id, .name = name, .image_id = "i", .image_name = "i", .spec = "{}", .manifest = "m"};
    return state_container_put(place->state, &container, &place->err);
}

TEST(a_container_name_can_be_used_once)
{
    struct place place;
    place_init(&place);
    CHECK_INT(state_begin(place.state, &place.err), 0);
    CHECK_INT(put(&place, ID_A, "web"), 0);
    CHECK_INT(put(&place, ID_B, "web"), -1);
    CHECK_INT(place.err.kind, ERR_CONFLICT);
    CHECK_HAS(place.err.text, "The container name \"/web\" is already in use by container \"" ID_A);
    place_done(&place);
}

TEST(a_container_is_found_by_name_id_and_unique_prefix)
{
    struct place place;
    place_init(&place);
    CHECK_INT(state_begin(place.state, &place.err), 0);
    CHECK_INT(put(&place, ID_A, "web"), 0);
    CHECK_INT(put(&place, ID_B, "aa0"), 0); // a name that is a prefix of the other's id
    struct state_container found;
    CHECK_INT(state_container_find(place.state, &place.arena, "/web", &found, &place.err), 1);
    CHECK_STR(found.id, ID_A);
    CHECK_INT(state_container_find(place.state, &place.arena, "aa0", &found, &place.err), 1);
    CHECK_STR(found.id, ID_B);
    CHECK_INT(state_container_find(place.state, &place.arena, "ab", &found, &place.err), 1);
    CHECK_STR(found.id, ID_B);
    CHECK_INT(state_container_find(place.state, &place.arena, "a", &found, &place.err), -1);
    CHECK_INT(place.err.kind, ERR_CONFLICT);
    CHECK_INT(state_container_find(place.state, &place.arena, "c", &found, &place.err), 0);
    CHECK_INT(state_container_find(place.state, &place.arena, "", &found, &place.err), 0);
    place_done(&place);
}

TEST(what_was_not_committed_is_not_there)
{
    struct place place;
    place_init(&place);
    CHECK_INT(state_begin(place.state, &place.err), 0);
    CHECK_INT(put(&place, ID_A, "web"), 0);
    state_close(place.state); // as if the process had died
    place.state = state_open(place.root, &place.err);
    struct state_container *all = NULL;
    size_t n = 1;
    CHECK_INT(state_containers(place.state, &place.arena, &all, &n, &place.err), 0);
    CHECK_INT(n, 0);
    place_done(&place);
}

TEST(a_container_that_is_being_removed_is_seen_as_unfinished)
{
    struct place place;
    place_init(&place);
    CHECK_INT(put(&place, ID_A, "web"), 0);
    struct state_container *left;
    size_t n;
    CHECK_INT(state_containers_unfinished(place.state, &place.arena, &left, &n, &place.err), 0);
    CHECK_INT(n, 0);
    struct state_container web;
    CHECK_INT(state_container_find(place.state, &place.arena, "web", &web, &place.err), 1);
    CHECK_INT(state_container_phase(place.state, web.number, CONTAINER_REMOVING, &place.err), 0);
    CHECK_INT(state_containers_unfinished(place.state, &place.arena, &left, &n, &place.err), 0);
    CHECK_INT(n, 1);
    place_done(&place);
}

static const struct state_manifest manifest_a = {.digest = ID_A,
                                                 .platform = "linux/amd64",
                                                 .config_digest = ID_B,
                                                 .config = "{}",
                                                 .layers = ID_B " " ID_A,
                                                 .blobs = ID_A ":1",
                                                 .media_type = "t"};

static void put_image(struct place *place)
{
    const struct state_image image = {.id = ID_A, .media_type = "t", .size_bytes = 7};
    const struct state_layer layer = {ID_B, 9};
    CHECK_INT(state_image_put(place->state, &image, &place->err), 0);
    CHECK_INT(state_manifest_put(place->state, &manifest_a, &place->err), 0);
    CHECK_INT(state_image_manifest_put(place->state, ID_A, ID_A, &place->err), 0);
    CHECK_INT(state_layer_put(place->state, &layer, &place->err), 0);
    CHECK_INT(state_image_choose(place->state, ID_A, ID_A, &place->err), 0);
    const struct state_image_name name = {"docker.io/library/a:latest", ID_A, 5};
    CHECK_INT(state_image_name_put(place->state, &name, &place->err), 0);
}

static int find_image(struct place *place, struct state_manifest *manifest)
{
    struct state_image found;
    return state_image_by_name(place->state, &place->arena, "docker.io/library/a:latest", &found,
                               manifest, &place->err);
}

TEST(an_image_goes_with_its_names_and_what_only_it_had)
{
    struct place place;
    place_init(&place);
    put_image(&place);
    struct state_image found;
    struct state_manifest its;
    CHECK_INT(find_image(&place, &its), 1);
    CHECK_STR(its.layers, ID_B " " ID_A);
    CHECK_INT(state_image_by_id(place.state, &place.arena, "aa", &found, &its, &place.err), 1);
    CHECK_STR(found.manifest, ID_A);
    CHECK_STR(its.digest, ID_A);
    CHECK_INT(state_images_tidy(place.state, &place.err), 0);
    CHECK_INT(state_layer_find(place.state, ID_B, &place.err), 1);
    CHECK_INT(state_image_delete(place.state, ID_A, &place.err), 0);
    CHECK_INT(find_image(&place, &its), 0);
    CHECK_INT(state_images_tidy(place.state, &place.err), 0);
    CHECK_INT(state_manifest_find(place.state, &place.arena, ID_A, &its, &place.err), 0);
    CHECK_INT(state_layer_find(place.state, ID_B, &place.err), 0);
    place_done(&place);
}

TEST(a_container_keeps_the_manifest_it_was_made_from)
{
    struct place place;
    place_init(&place);
    put_image(&place);
    struct state_container container = {.id = ID_B,
                                        .name = "c",
                                        .image_id = ID_A,
                                        .image_name = "a",
                                        .spec = "{}",
                                        .manifest = ID_A};
    CHECK_INT(state_container_put(place.state, &container, &place.err), 0);
    CHECK_INT(state_image_delete(place.state, ID_A, &place.err), 0);
    CHECK_INT(state_images_tidy(place.state, &place.err), 0);
    struct state_manifest its;
    CHECK_INT(state_manifest_find(place.state, &place.arena, ID_A, &its, &place.err), 1);
    CHECK_INT(state_layer_find(place.state, ID_B, &place.err), 1);
    CHECK_INT(state_container_delete(place.state, container.number, &place.err), 0);
    CHECK_INT(state_images_tidy(place.state, &place.err), 0);
    CHECK_INT(state_manifest_find(place.state, &place.arena, ID_A, &its, &place.err), 0);
    place_done(&place);
}

TEST(a_container_of_an_image_that_has_just_gone_is_not_made)
{
    struct place place;
    place_init(&place);
    struct state_container container = {.id = ID_B,
                                        .name = "c",
                                        .image_id = ID_A,
                                        .image_name = "a:latest",
                                        .spec = "{}",
                                        .manifest = ID_A};
    CHECK_INT(state_container_put(place.state, &container, &place.err), -1);
    CHECK_INT(place.err.kind, ERR_NOT_FOUND);
    CHECK_HAS(place.err.text, "No such image: a:latest");
    place_done(&place);
}
