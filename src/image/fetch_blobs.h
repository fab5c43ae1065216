// SPDX-License-Identifier: Apache-2.0
// fetch_blobs.h — inside fetch: the blobs of a pull, downloaded and unpacked side by side.
#pragma once
#include "image/fetch.h"

struct fetch_blobs;

// What is to be done, and nothing done yet. NULL: < 0.
[[nodiscard]] struct fetch_blobs *
fetch_blobs_new(struct fetch *fetch, const struct fetch_want *wants, size_t n, struct err *err);
[[nodiscard]] int fetch_blobs_run(struct fetch_blobs *blobs, struct err *err);
[[nodiscard]] int fetch_blobs_seal(struct fetch_blobs *blobs, struct err *err);
[[nodiscard]] int fetch_blobs_publish(struct fetch_blobs *blobs, struct image_unpacked **out,
                                      size_t *n_out, struct err *err);
void fetch_blobs_done(struct fetch_blobs *blobs); // NULL-safe
