// SPDX-License-Identifier: Apache-2.0
// container_log.c — which log driver a container has, and with which options.
//
// Chosen once, at create, and recorded (HostConfig.LogConfig): what the request says, else
// dhow.json
// ("log-driver", "log-opts"), else docker's daemon.json, else `local`. Options of a configuration
// are for the driver that it names.
#include "base/mem.h"
#include "base/str.h"
#include "engine/hooks.h"
#include "monitor/log_reader.h"
#include "monitor/log_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const struct json_field usual_fields[] = {
    JSON_NAMED(struct log_config, type, "log-driver", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct log_config, config, "log-opts", JSON_OPTIONAL),
    {},
};

// 1 the file says something, 0 not; *out is empty then.
static int read_usual(struct arena *arena, const char *path, struct log_config *out,
                      struct err *err)
{
    *out = (struct log_config){};
    if (path == NULL)
        return 0;
    if (json_decode_file(arena, AT_FDCWD, path, usual_fields, out, JSON_LENIENT, err) < 0) {
        *out = (struct log_config){};
        return err->sys == ENOENT ? 0 : fail_in(err, "configuration");
    }
    return !text_is_empty(out->type) || out->n_config != 0;
}

static struct monitor_log as_monitor_log(const struct log_config *config)
{
    return (struct monitor_log){
        .driver = config->type, .options = config->config, .n_options = config->n_config};
}

// docker's own default has to be usable here: a driver that is docker's only becomes `local`, and
// the user hears of it.
static int docker_usual(struct creation *creation, struct log_config *out, struct err *err)
{
    const char *path = creation->engine->settings->docker_config;
    struct log_settings ignored;
    struct err why;
    int there = read_usual(creation->arena, path, out, err);
    if (there <= 0)
        return there;
    if (text_is_empty(out->type))
        out->type = log_driver_name(LOG_JSON); // docker's default
    const struct monitor_log log = as_monitor_log(out);
    if (log_settings_read(creation->arena, &log, "", &ignored, &why) == 0)
        return 1;
    creation_warn(creation, "%s: %s; the log is kept by the driver " LOG_DRIVER_USUAL, path,
                  why.text);
    *out = (struct log_config){};
    return 0;
}

static bool has_option(const struct log_config *config, const char *key)
{
    for (size_t i = 0; i < config->n_config; i++) {
        if (strcmp(config->config[i].key, key) == 0)
            return true;
    }
    return false;
}

static void add_usual(struct arena *arena, struct log_config *config,
                      const struct log_config *usual)
{
    struct json_pair *all = arena_array(arena, config->n_config + usual->n_config + 1, sizeof *all);
    size_t n = config->n_config;
    for (size_t i = 0; i < n; i++)
        all[i] = config->config[i];
    for (size_t i = 0; i < usual->n_config; i++) {
        if (!has_option(config, usual->config[i].key))
            all[n++] = usual->config[i];
    }
    config->config = all;
    config->n_config = n;
}

int log_check(struct creation *creation, struct err *err)
{
    struct arena *arena = creation->arena;
    struct log_config *config = &creation->spec->host.log_config, usual;
    int there = read_usual(arena, creation->engine->settings->config, &usual, err);
    if (there == 0)
        there = docker_usual(creation, &usual, err);
    if (there < 0)
        return -1;
    if (text_is_empty(usual.type))
        usual.type = LOG_DRIVER_USUAL;
    if (text_is_empty(config->type))
        config->type = usual.type;
    if (strcmp(config->type, usual.type) == 0)
        add_usual(arena, config, &usual);
    const struct monitor_log log = as_monitor_log(config);
    struct log_settings ignored;
    return log_settings_read(arena, &log, "", &ignored, err);
}

struct monitor_log container_log(const struct container *container)
{
    const struct container_spec *spec = &container->spec;
    struct monitor_log log = as_monitor_log(&spec->host.log_config);
    log.container_name = container->row.name;
    log.image_id = container->row.image_id;
    log.image_name = container->row.image_name;
    log.labels = spec->labels;
    log.n_labels = spec->n_labels;
    log.env = spec->env;
    log.n_env = spec->n_env;
    return log;
}

const char *container_log_path(struct arena *arena, const char *dir,
                               const struct container *container)
{
    const char *driver = container->spec.host.log_config.type;
    if (!text_equal(driver, log_driver_name(LOG_JSON)))
        return "";
    return arena_printf(arena, "%s/%s" LOG_JSON_SUFFIX, dir, container->row.id);
}
