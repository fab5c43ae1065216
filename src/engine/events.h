// SPDX-License-Identifier: Apache-2.0
// events.h — who does something to an object says so here, once it is done: docker's types, actions
// and attributes (event/event.h has where that goes). It costs microseconds and cannot fail.
//
//     const struct json_pair pairs[] = {{"container", id}, {"driver", "local"}};
//     event_announce(engine, "volume", "mount", name, pairs, N_ELEMENTS(pairs));
//
// A container's start, die and oom and what its health check says are announced by its monitor.
#pragma once
#include "engine/parts.h"
#include "event/event.h"

void event_announce(const struct engine *engine, const char *type, const char *action,
                    const char *id, const struct json_pair *attributes, size_t n);
// Of a container: its labels, image and name are added to the attributes.
void container_announce(const struct engine *engine, const struct container *container,
                        const char *action, const struct json_pair *attributes, size_t n);
// Of a container that is being made or about to go: its row and request are all there is.
void container_announce_row(const struct engine *engine, const struct state_container *row,
                            const struct container_spec *spec, const char *action);
// Of an image: `id` is its "sha256:…", or what was named; `name` as docker has it. Its labels are
// added; `image` may be NULL.
void image_announce(const struct engine *engine, const struct image *image, const char *action,
                    const char *id, const char *name);
// What a removal did: untag and delete. `image` is what it was about, or NULL.
void image_announce_removals(const struct engine *engine, const struct image *image,
                             const struct image_removals *done);
// What a prune gave back, in docker's words.
void prune_announce(const struct engine *engine, const char *type, uint64_t reclaimed_bytes);
// The attributes that all events of a container have, as JSON: for its monitor's configuration.
const char *container_actor(struct arena *arena, const struct container *container);
