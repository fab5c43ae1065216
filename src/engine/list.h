// SPDX-License-Identifier: Apache-2.0
// list.h — inside engine/: which containers are listed, and how.
#pragma once
#include "base/option.h"
#include "engine/parts.h"
#include "ops/filters.h"

// "Up 5 minutes (healthy)", "Exited (0) 2 hours ago" (status_words.c). `health` may be NULL.
const char *container_status_words(struct arena *arena, const struct container *container,
                                   const struct container_health *health);

// Of a state's name: "running", "paused" and "restarting".
bool container_state_is_up(const char *state);
// "sh -c 'echo a b'", as docker quotes it (container_list.c).
const char *container_command(struct arena *arena, const struct container_spec *spec);

// --- container_size.c ---
uint64_t image_unpacked_bytes(struct engine *engine, struct arena *arena,
                              const struct image *image);
// What it wrote, and that with its image's layers; 0 for what is not known.
void container_measure(struct engine *engine, struct arena *arena,
                       const struct container *container, int64_t *out_written, int64_t *out_root);

// --- list_filters.c ---
struct list_filters {
    struct filters filters;
    int64_t before, since;  // numbers of containers: newer ones, older ones are not wanted; 0: all
    struct words ancestors; // ids of images
    const char **published, **exposed; // "80/tcp"; end with NULL; NULL: not filtered by
    bool wants_all, wants_none;
};
[[nodiscard]] int list_filters_read(struct engine *engine, struct arena *arena, const char *json,
                                    struct list_filters *out, struct err *err);
// What the row and the request say; nothing of the container was looked at yet.
bool list_filters_row(const struct list_filters *filters, const struct state_container *row);
bool list_filters_spec(const struct list_filters *filters, const struct container *container);
// What its areas show.
bool list_filters_summary(const struct list_filters *filters,
                          const struct container_summary *summary);
