// SPDX-License-Identifier: Apache-2.0
// log_settings_fuzz.c — any driver with any options (one a line, "NAME=VALUE", the first line is
// the driver): they are read or refused, and what was read is within its bounds.
#include "base/mem.h"
#include "base/str.h"
#include "monitor/log_settings.h"

#include <assert.h>
#include <string.h>

enum { OPTIONS_MAX = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AUTO_ARENA struct arena arena = {};
    struct str rest = {(const char *)bytes, n}, first = str_cut(&rest, '\n');
    struct json_pair options[OPTIONS_MAX];
    size_t n_options = 0;
    while (rest.n != 0 && n_options < OPTIONS_MAX) {
        struct str value = str_cut(&rest, '\n'), name = str_cut(&value, '=');
        options[n_options++] = (struct json_pair){arena_strndup(&arena, name.at, name.n),
                                                  arena_strndup(&arena, value.at, value.n)};
    }
    struct json_pair labels[] = {{"a", "b"}, {"com.example", ""}};
    const char *env[] = {"A=1", "B"};
    const struct monitor_log log = {
        .driver = arena_strndup(&arena, first.at, first.n),
        .options = options,
        .n_options = n_options,
        .container_name = "name",
        .image_id = "0123456789abcdef",
        .labels = labels,
        .n_labels = N_ELEMENTS(labels),
        .env = env,
        .n_env = N_ELEMENTS(env),
    };
    struct log_settings settings;
    struct err err;
    if (log_settings_read(&arena, &log, "0123456789abcdef", &settings, &err) < 0) {
        assert(err.kind != ERR_NONE && err.text[0] != '\0');
        return 0;
    }
    assert(settings.driver < LOG_DRIVERS && settings.n_attributes <= 5);
    assert(settings.driver == LOG_NONE || settings.max_files >= 1);
    for (size_t i = 1; i < settings.n_attributes; i++)
        assert(strcmp(settings.attributes[i - 1].key, settings.attributes[i].key) < 0);
    return 0;
}
