// SPDX-License-Identifier: Apache-2.0
// config_fuzz.c — any bytes as config.json, as a process and as resources: refused with a reason,
// or accepted and then the same after a round trip.
#include "base/err.h"
#include "oci/config.h"
#include "oci/mountoptions.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 8 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(bool is_right)
{
    if (!is_right)
        abort();
}

static void round_trip(struct arena *arena, const struct oci_config *config)
{
    AUTO_BUF struct buf first, second;
    buf_init(&first, TEXT_MAX);
    buf_init(&second, TEXT_MAX);
    json_encode(&first, oci_config_fields, config, JSON_COMPACT);
    struct oci_config again;
    struct err err = {};
    if (first.is_full)
        return;
    check(oci_config_parse(arena, first.at, first.n, &again, &err) == 0);
    json_encode(&second, oci_config_fields, &again, JSON_COMPACT);
    check(first.n == second.n && memcmp(first.at, second.at, first.n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct oci_config config;
    struct oci_process process;
    struct oci_resources resources;
    const char *text = (const char *)bytes;
    if (oci_config_parse(&arena, text, n, &config, &err) < 0) {
        check(err.kind == ERR_INVALID && err.text[0] != '\0');
    } else {
        round_trip(&arena, &config);
        (void)oci_config_check_create(&config, &err);
        struct mount_options options;
        for (size_t i = 0; i < config.n_mounts; i++)
            (void)mount_options_parse(config.mounts[i].options, config.mounts[i].n_options,
                                      &options, &err);
    }
    err = (struct err){};
    if (oci_process_parse(&arena, text, n, &process, &err) < 0)
        check(err.kind == ERR_INVALID);
    if (oci_resources_parse(&arena, text, n, &resources, &err) < 0)
        check(err.kind == ERR_INVALID);
    return 0;
}
