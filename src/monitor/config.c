// SPDX-License-Identifier: Apache-2.0
// config.c — monitor.json, read and written.
#include "monitor/config.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { CONFIG_MAX = 1024 * 1024 };

// clang-format off
static const struct json_field restart_fields[] = {
    JSON_FIELD(struct monitor_restart, policy, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_restart, max_retries, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_restart, count, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_restart, delay_ms, JSON_OPTIONAL),
    JSON_ARRAY(struct monitor_restart, command, JSON_OPTIONAL),
    {},
};
static const struct json_field health_fields[] = {
    JSON_FIELD(struct monitor_health, interval_ns, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_health, timeout_ns, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_health, start_period_ns, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_health, start_interval_ns, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_health, retries, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_health, on_unhealthy, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_health, stop_signal, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_health, stop_timeout_ms, JSON_OPTIONAL),
    {},
};
static const struct json_field log_fields[] = {
    JSON_FIELD(struct monitor_log, driver, JSON_OPTIONAL),
    JSON_PAIRS(struct monitor_log, options, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_log, container_name, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_log, image_id, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_log, image_name, JSON_OPTIONAL),
    JSON_PAIRS(struct monitor_log, labels, JSON_OPTIONAL),
    JSON_ARRAY(struct monitor_log, env, JSON_OPTIONAL),
    {},
};
static const struct json_field dns_fields[] = {
    JSON_FIELD(struct monitor_dns, names_dir, JSON_OPTIONAL),
    JSON_ARRAY(struct monitor_dns, networks, JSON_OPTIONAL),
    JSON_ARRAY(struct monitor_dns, servers, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_dns, is_internal, JSON_OPTIONAL),
    JSON_PAIRS(struct monitor_dns, links, JSON_OPTIONAL),
    JSON_ARRAY(struct monitor_dns, fds, JSON_OPTIONAL),
    {},
};
static const struct json_field relay_fields[] = {
    JSON_ARRAY(struct monitor_relay, fds, JSON_OPTIONAL),
    {},
};
static const struct json_field firewall_fields[] = {
    JSON_FIELD(struct monitor_firewall, table, JSON_REQUIRED),
    JSON_FIELD(struct monitor_firewall, chain, JSON_REQUIRED),
    JSON_FIELD(struct monitor_firewall, rules, JSON_REQUIRED),
    JSON_ARRAY(struct monitor_firewall, reload, JSON_OPTIONAL),
    {},
};
const struct json_field monitor_config_fields[] = {
    JSON_BEHIND(struct monitor_config, restart, restart_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct monitor_config, health, health_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct monitor_config, log, log_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct monitor_config, dns, dns_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct monitor_config, relay, relay_fields, JSON_OPTIONAL),
    JSON_BEHIND(struct monitor_config, firewall, firewall_fields, JSON_OPTIONAL),
    JSON_TEXT_OF(struct monitor_config, actor, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_config, netns, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_config, restore, JSON_OPTIONAL),
    JSON_FIELD(struct monitor_config, holds_something, JSON_OPTIONAL),
    {},
};
// clang-format on

int monitor_config_read(struct arena *arena, int container_dir, struct monitor_config *out,
                        struct err *err)
{
    struct monitor_config config = {};
    if (json_decode_file(arena, container_dir, MONITOR_CONFIG_FILE, monitor_config_fields, &config,
                         JSON_LENIENT, err) < 0) {
        if (err->sys != ENOENT)
            return -1;
        *out = (struct monitor_config){};
        return 0;
    }
    *out = config;
    return 1;
}

int monitor_config_write(int container_dir, const struct monitor_config *config, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CONFIG_MAX);
    json_encode(&text, monitor_config_fields, config, JSON_COMPACT);
    if (buf_check(&text, MONITOR_CONFIG_FILE, err) < 0)
        return -1;
    AUTO_FD int fd = openat(container_dir, MONITOR_CONFIG_FILE,
                            O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || write_all(fd, buf_get(&text), text.n) < 0)
        return fail_sys(err, "write " MONITOR_CONFIG_FILE);
    return 0;
}
