// SPDX-License-Identifier: Apache-2.0
// log_settings.c — one table says which drivers there are and which options each takes.
#include "monitor/log_settings.h"

#include "base/mem.h"
#include "base/str.h"
#include "monitor/log_address.h"
#include "monitor/log_tag.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

enum { TAG_BIT = 1, FILE_BIT = 2, CACHE_BIT = 4, OPTIONS_MOST = 24 };

static const struct driver {
    const char *name;
    int takes; // groups of options
    const char *options[OPTIONS_MOST];
} drivers[] = {
    [LOG_LOCAL] = {"local", TAG_BIT | FILE_BIT, {}},
    [LOG_JSON] = {"json-file", TAG_BIT | FILE_BIT, {}},
    [LOG_NONE] = {"none", 0, {}},
    [LOG_SYSLOG] = {"syslog",
                    TAG_BIT | CACHE_BIT,
                    {"syslog-address", "syslog-facility", "syslog-format", "syslog-tls-ca-cert",
                     "syslog-tls-cert", "syslog-tls-key", "syslog-tls-skip-verify"}},
    [LOG_JOURNALD] = {"journald", TAG_BIT | CACHE_BIT, {}},
    [LOG_GELF] = {"gelf",
                  TAG_BIT | CACHE_BIT,
                  {"gelf-address", "gelf-compression-type", "gelf-compression-level",
                   "gelf-tcp-max-reconnect", "gelf-tcp-reconnect-delay"}},
    [LOG_FLUENTD] = {"fluentd",
                     TAG_BIT | CACHE_BIT,
                     {"fluentd-address", "fluentd-async", "fluentd-async-reconnect-interval",
                      "fluentd-buffer-limit", "fluentd-max-retries", "fluentd-request-ack",
                      "fluentd-retry-wait", "fluentd-sub-second-precision", "fluentd-read-timeout",
                      "fluentd-write-timeout"}},
};
static const char *const tag_options[] = {"tag", "labels",    "labels-regex",
                                          "env", "env-regex", NULL};
static const char *const file_options[] = {"max-size", "max-file", "compress", NULL};
static const char *const cache_options[] = {"cache-disabled", "cache-max-size", "cache-max-file",
                                            "cache-compress", NULL};
static const char *const mode_options[] = {"mode", "max-buffer-size", NULL};

const char *log_driver_name(enum log_driver driver)
{
    return drivers[driver].name;
}

const char *log_settings_option(const struct log_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->n_options; i++) {
        if (strcmp(settings->options[i].key, name) == 0)
            return settings->options[i].value != NULL ? settings->options[i].value : "";
    }
    return NULL;
}

static bool is_among(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

static int check_names(const struct log_settings *settings, struct err *err)
{
    const struct driver *driver = &drivers[settings->driver];
    if (settings->driver == LOG_NONE)
        return 0; // docker does not look at them either
    for (size_t i = 0; i < settings->n_options; i++) {
        const char *name = settings->options[i].key;
        bool is_known = is_among(name, mode_options) || is_among(name, driver->options) ||
                        ((driver->takes & TAG_BIT) && is_among(name, tag_options)) ||
                        ((driver->takes & FILE_BIT) && is_among(name, file_options)) ||
                        ((driver->takes & CACHE_BIT) && is_among(name, cache_options));
        if (!is_known && settings->driver == LOG_LOCAL)
            return fail(err, ERR_INVALID, "unknown log opt '%s' for log driver %s", name,
                        driver->name);
        if (!is_known)
            return fail(err, ERR_INVALID, "unknown log opt '%s' for %s log driver", name,
                        driver->name);
    }
    return 0;
}

// "10m" of `unit` 1000 or 1024: -1 is no limit, where that is allowed.
static int read_size(const char *name, const char *text, unsigned unit, uint64_t *out,
                     struct err *err)
{
    static const char letters[] = "bkmgtp";
    struct str rest = str_of(text);
    uint64_t number;
    if (rest.n != 0 && (rest.at[rest.n - 1] | 0x20) == 'b')
        rest.n--;
    uint64_t factor = 1;
    const char *letter = rest.n != 0 ? strchr(letters, rest.at[rest.n - 1] | 0x20) : NULL;
    if (letter != NULL && *letter != '\0') {
        rest.n--;
        for (const char *at = letters; at < letter; at++)
            factor *= unit;
    }
    if (!str_to_u64(rest, &number) || __builtin_mul_overflow(number, factor, &number))
        return fail(err, ERR_INVALID, "invalid value for %s: '%s' is no size (10m, 1g)", name,
                    text);
    *out = number;
    return 0;
}

static int read_bool(const char *name, const char *text, bool *out, struct err *err)
{
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True", NULL};
    static const char *const no[] = {"0", "f", "F", "FALSE", "false", "False", NULL};
    if (!is_among(text, yes) && !is_among(text, no))
        return fail(err, ERR_INVALID, "invalid value for %s: '%s' is neither true nor false", name,
                    text);
    *out = is_among(text, yes);
    return 0;
}

// max-size, max-file and compress, or those of the cache.
static int read_files(struct log_settings *settings, const char *prefix, struct err *err)
{
    char name[32];
    bool is_json = settings->driver == LOG_JSON;
    settings->max_bytes = is_json ? 0 : LOG_LOCAL_BYTES;
    settings->max_files = is_json ? 1 : LOG_LOCAL_FILES;
    (void)snprintf(name, sizeof name, "%smax-size", prefix); // they fit
    const char *text = log_settings_option(settings, name);
    if (text != NULL && !(is_json && strcmp(text, "-1") == 0) &&
        read_size(name, text, is_json ? 1000 : 1024, &settings->max_bytes, err) < 0)
        return -1;
    if (text != NULL && settings->max_bytes == 0 && !(is_json && strcmp(text, "-1") == 0))
        return fail(err, ERR_INVALID, "%s must be a positive number", name);
    (void)snprintf(name, sizeof name, "%smax-file", prefix);
    text = log_settings_option(settings, name);
    if (text != NULL && !str_to_u32(str_of(text), &settings->max_files))
        return fail(err, ERR_INVALID, "invalid value for %s: '%s' is no number", name, text);
    if (settings->max_files < 1)
        return fail(err, ERR_INVALID, "%s cannot be less than 1", name);
    (void)snprintf(name, sizeof name, "%scompress", prefix);
    text = log_settings_option(settings, name);
    bool compress = false;
    if (text != NULL && read_bool(name, text, &compress, err) < 0)
        return -1;
    if (compress && (settings->max_files < 2 || settings->max_bytes == 0))
        return fail(err, ERR_INVALID,
                    "compress cannot be true when max-file is less than 2 or max-size is not set");
    return 0;
}

static int read_mode(struct log_settings *settings, struct err *err)
{
    const char *mode = log_settings_option(settings, "mode");
    const char *size = log_settings_option(settings, "max-buffer-size");
    settings->is_lossy = text_equal(mode, "non-blocking");
    settings->buffer_bytes = LOG_BUFFER_BYTES;
    if (!text_is_empty(mode) && !settings->is_lossy && strcmp(mode, "blocking") != 0)
        return fail(err, ERR_INVALID, "logger: logging mode not supported: %s", mode);
    if (size == NULL)
        return 0;
    if (!settings->is_lossy)
        return fail(err, ERR_INVALID,
                    "logger: max-buffer-size option is only supported with 'mode=non-blocking'");
    return read_size("max-buffer-size", size, 1024, &settings->buffer_bytes, err);
}

// --- attributes

static void add_attribute(struct arena *arena, struct log_settings *settings, const char *key,
                          const char *value)
{
    struct json_pair *all = arena_array(arena, settings->n_attributes + 1, sizeof *all);
    size_t n = 0;
    while (n < settings->n_attributes && strcmp(settings->attributes[n].key, key) < 0)
        n++;
    bool is_there = n < settings->n_attributes && strcmp(settings->attributes[n].key, key) == 0;
    for (size_t i = 0; i < n; i++)
        all[i] = settings->attributes[i];
    all[n] = (struct json_pair){key, value};
    for (size_t i = n + is_there; i < settings->n_attributes; i++)
        all[i + 1 - is_there] = settings->attributes[i];
    settings->attributes = all;
    settings->n_attributes += !is_there;
}

static bool is_listed(const char *list, const char *key)
{
    struct str rest = str_of(list);
    while (rest.n != 0) {
        if (str_is(str_cut(&rest, ','), key))
            return true;
    }
    return false;
}

struct chooser { // labels= and labels-regex=, or env= and env-regex=
    const char *list;
    regex_t regex;
    bool has_regex;
};
static int chooser_open(struct chooser *out, const struct log_settings *settings, const char *name,
                        struct err *err)
{
    char with_regex[32];
    (void)snprintf(with_regex, sizeof with_regex, "%s-regex", name); // it fits
    const char *regex = log_settings_option(settings, with_regex);
    *out = (struct chooser){.list = log_settings_option(settings, name)};
    if (text_is_empty(regex))
        return 0;
    if (regcomp(&out->regex, regex, REG_EXTENDED | REG_NOSUB) != 0)
        return fail(err, ERR_INVALID, "invalid value for %s: '%s' is no regular expression",
                    with_regex, regex);
    out->has_regex = true;
    return 0;
}
static bool chooser_wants(const struct chooser *chooser, const char *key)
{
    return is_listed(chooser->list, key) ||
           (chooser->has_regex && regexec(&chooser->regex, key, 0, NULL, 0) == 0);
}
static void chooser_close(struct chooser *chooser)
{
    if (chooser->has_regex)
        regfree(&chooser->regex);
}

static int read_attributes(struct arena *arena, const struct monitor_log *log,
                           struct log_settings *settings, struct err *err)
{
    struct chooser labels, env;
    if (chooser_open(&labels, settings, "labels", err) < 0)
        return -1;
    if (chooser_open(&env, settings, "env", err) < 0) {
        chooser_close(&labels);
        return -1;
    }
    for (size_t i = 0; i < log->n_labels; i++) {
        if (chooser_wants(&labels, log->labels[i].key))
            add_attribute(arena, settings, log->labels[i].key,
                          log->labels[i].value != NULL ? log->labels[i].value : "");
    }
    for (size_t i = 0; i < log->n_env; i++) {
        struct str value = str_of(log->env[i]), name = str_cut(&value, '=');
        const char *key = arena_strndup(arena, name.at, name.n);
        if (chooser_wants(&env, key))
            add_attribute(arena, settings, key, arena_strndup(arena, value.at, value.n));
    }
    chooser_close(&labels);
    chooser_close(&env);
    return 0;
}

// --- all of it

static int find_driver(const char *name, enum log_driver *out, struct err *err)
{
    if (text_is_empty(name))
        name = LOG_DRIVER_USUAL;
    for (size_t i = 0; i < N_ELEMENTS(drivers); i++) {
        if (strcmp(drivers[i].name, name) == 0) {
            *out = (enum log_driver)i;
            return 0;
        }
    }
    return fail(err, ERR_INVALID, "logger: no log driver named '%s' is registered", name);
}

static int read_rest(struct arena *arena, const struct monitor_log *log, const char *id,
                     struct log_settings *settings, struct err *err)
{
    int takes = drivers[settings->driver].takes;
    if (check_names(settings, err) < 0 || read_mode(settings, err) < 0 ||
        read_files(settings, (takes & CACHE_BIT) ? "cache-" : "", err) < 0 ||
        read_attributes(arena, log, settings, err) < 0 || log_address_check(settings, err) < 0)
        return -1;
    const char *disabled = log_settings_option(settings, "cache-disabled");
    bool has_no_cache = false;
    if (disabled != NULL && read_bool("cache-disabled", disabled, &has_no_cache, err) < 0)
        return -1;
    settings->has_cache = (takes & CACHE_BIT) && !has_no_cache;
    const char *tag = log_settings_option(settings, "tag");
    if (!text_is_empty(tag) || (takes & CACHE_BIT)) {
        settings->tag = log_tag_expand(arena, text_is_empty(tag) ? "{{.ID}}" : tag, id, log, err);
        if (settings->tag == NULL)
            return -1;
    }
    if (settings->tag != NULL && !(takes & CACHE_BIT))
        add_attribute(arena, settings, "tag", settings->tag);
    return 0;
}

int log_settings_read(struct arena *arena, const struct monitor_log *log, const char *id,
                      struct log_settings *out, struct err *err)
{
    static const struct monitor_log nothing;
    if (log == NULL)
        log = &nothing;
    struct log_settings settings = {.options = log->options, .n_options = log->n_options};
    if (find_driver(log->driver, &settings.driver, err) < 0 ||
        (settings.driver != LOG_NONE && read_rest(arena, log, id, &settings, err) < 0))
        return -1;
    *out = settings;
    return 0;
}
