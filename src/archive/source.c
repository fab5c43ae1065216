// SPDX-License-Identifier: Apache-2.0
// source.c — between the pump and the tar: the layer's diff id, and the limits on size and ratio.
#include "archive/source.h"

#include "archive/unpack.h"

int source_open(struct source *source, const struct input *input, uint64_t max_bytes,
                struct err *err)
{
    struct pump *pump = pump_new(input, err);
    if (pump == NULL)
        return -1;
    *source =
        (struct source){.pump = pump, .max_bytes = max_bytes != 0 ? max_bytes : UNPACK_BYTES_MAX};
    sha256_init(&source->hash);
    return 0;
}

void source_done(struct source *source)
{
    pump_free(source->pump);
}

static int check_limits(const struct source *source, uint64_t n_packed, struct err *err)
{
    if (source->n_bytes > source->max_bytes)
        return fail(err, ERR_INVALID, "the archive is larger than %ju bytes",
                    (uintmax_t)source->max_bytes);
    if (source->n_bytes > UNPACK_RATIO_FREE && source->n_bytes / UNPACK_RATIO_MAX > n_packed)
        return fail(err, ERR_INVALID, "the archive is a bomb: %ju bytes become more than %ju",
                    (uintmax_t)n_packed, (uintmax_t)source->n_bytes);
    return 0;
}

ssize_t source_read(void *data, const uint8_t **out, struct err *err)
{
    struct source *source = data;
    struct pump_block block;
    int more = pump_next(source->pump, &block, err);
    if (more <= 0)
        return more;
    sha256_add(&source->hash, block.at, block.n);
    source->n_bytes += block.n;
    if (check_limits(source, block.n_packed, err) < 0)
        return -1;
    *out = block.at;
    return (ssize_t)block.n;
}

int source_finish(struct source *source, struct source_end *out, struct err *err)
{
    const uint8_t *ignored;
    ssize_t n;
    do
        n = source_read(source, &ignored, err);
    while (n > 0);
    if (n < 0)
        return -1;
    uint8_t digest[SHA256_BYTES];
    pump_end(source->pump, digest, &out->compression);
    sha256_hex(digest, out->digest);
    sha256_end(&source->hash, digest);
    sha256_hex(digest, out->diff_id);
    out->n_bytes = source->n_bytes;
    return 0;
}
