// SPDX-License-Identifier: Apache-2.0
// run_args.h — the options of run and create, area by area.
//
// Each area has a file of its own: its table of options, the struct that these fill, and the
// function that puts what they say into the request. run.c puts the areas together.
#pragma once
#include "cli/command.h"
#include "cli/detachkeys.h"
#include "ops/container.h"

struct run_life_args { // run_life.c: names, environment, labels, how it starts, stops and is
                       // watched
    const char *name, *stop_signal, *hostname, *domainname, *entrypoint, *user, *working_dir;
    struct words env, env_files, labels, label_files, annotations;
    const char *cidfile, *pidfile, *restart, *health_cmd, *on_unhealthy;
    bool init, auto_remove, no_healthcheck;
    int64_t *stop_timeout, *health_retries;
    int64_t health_interval, health_timeout, health_start_period, health_start_interval; // ns
};
struct run_log_args { // run_log.c: log drivers, what is attached
    const char *log_driver;
    struct words log_opts, attach;
    const char *detach_keys;
    bool no_sig_proxy;
};
struct run_network_args { // run_network.c
    struct words networks, aliases, link_local_ips, links;
    struct words dns, dns_options, dns_search, extra_hosts;
    const char *ip, *ip6, *mac_address;
};
struct run_ports_args { // run_ports.c
    struct words expose, publish;
    bool publish_all;
};
struct mount_words { // --mount
    struct mount_request *at;
    size_t n;
};
struct run_mounts_args { // run_mounts.c
    bool read_only, read_only_tmpfs;
    struct mount_words mounts;
    struct words storage_opts, tmpfs, volumes, volumes_from;
    const char *volume_driver;
};
struct run_resources_args { // run_resources.c: cgroup limits, ulimits, devices
    int64_t memory, memory_reservation, kernel_memory, memory_swap, nano_cpus, shm_size;
    int64_t *memory_swappiness, *pids_limit, *oom_score_adj, *blkio_weight;
    int64_t *cpu_shares, *cpu_period, *cpu_quota, *cpu_rt_period, *cpu_rt_runtime;
    const char *cpuset_cpus, *cpuset_mems, *cgroup_parent, *isolation, *windows;
    struct words blkio_weight_device, read_bps, write_bps, read_iops, write_iops;
    struct words devices, device_cgroup_rules, gpus, ulimits, cgroup_conf;
    bool oom_kill_disable;
};
struct run_security_args { // run_security.c: capabilities, namespaces, profiles, secrets
    struct words cap_add, cap_drop, sysctls, security_opts, group_add, secrets, uidmaps, gidmaps;
    const char *ipc, *pid, *uts, *userns, *cgroupns;
    bool privileged;
};

struct run_args {
    bool detach, interactive, tty, quiet;
    bool no_trust; // taken for scripts of old: there is no content trust to disable
    int pull;      // enum pull_policy of run.c
    const char *platform, *runtime;
    struct run_life_args life;
    struct run_log_args log;
    struct run_network_args network;
    struct run_ports_args ports;
    struct run_mounts_args mounts;
    struct run_resources_args resources;
    struct run_security_args security;
};

extern const struct option run_life_options[], run_log_options[], run_network_options[],
    run_ports_options[], run_mounts_options[], run_resources_options[], run_security_options[];
// Each puts its area into the request. < 0: the reason is in cli->err.
[[nodiscard]] int run_life(struct cli *cli, const struct run_life_args *args,
                           struct container_create_request *request);
// --cidfile, before anything is made: it must not be there. --cidfile and --pidfile, when there is
// something to say.
[[nodiscard]] int run_life_check(struct cli *cli, const struct run_life_args *args);
[[nodiscard]] int run_life_created(struct cli *cli, const struct run_life_args *args,
                                   const char *id);
[[nodiscard]] int run_life_started(struct cli *cli, const struct run_life_args *args,
                                   const char *id);
// "always", "on-failure:3" (run_life.c); for update, too.
[[nodiscard]] int restart_policy_read(struct arena *arena, const char *text,
                                      struct restart_policy *out, struct err *err);
[[nodiscard]] int run_log(struct cli *cli, const struct run_args *args,
                          struct container_spec *spec);
[[nodiscard]] int run_network(struct cli *cli, const struct run_network_args *args,
                              struct container_spec *spec);
[[nodiscard]] int run_ports(struct cli *cli, const struct run_ports_args *args,
                            struct container_spec *spec);
[[nodiscard]] int run_mounts(struct cli *cli, const struct run_mounts_args *args,
                             struct container_spec *spec);
[[nodiscard]] int run_resources(struct cli *cli, const struct run_resources_args *args,
                                struct container_spec *spec);
[[nodiscard]] int run_security(struct cli *cli, const struct run_security_args *args,
                               struct container_spec *spec);

// The variables of files and of words, a name alone with the caller's own value (run_life.c).
[[nodiscard]] int read_environment(struct cli *cli, const struct words *files,
                                   const struct words *words, const char ***out, size_t *n_out);
// Which of ATTACH_STDIN … the user's terminal is for; < 0: the reason is in cli->err.
enum { ATTACH_STDIN = 1, ATTACH_STDOUT = 2, ATTACH_STDERR = 4 };
[[nodiscard]] int run_attached(struct cli *cli, const struct run_args *args);
// The keys that detach: of --detach-keys, else of config.json, else the usual (run_log.c).
[[nodiscard]] int read_detach_keys(struct cli *cli, const char *option, struct detach_keys *out);

// What config.json says of proxies, unless the user has set it: last of all (run_proxies.c).
void run_proxies(struct cli *cli, struct container_spec *spec);

// --mount's value, added to a struct mount_words (run_mounts.c).
[[nodiscard]] int read_mount(struct arena *arena, const char *text, void *member, struct err *err);

// "KEY=VALUE" or "KEY" words as pairs (run.c).
struct json_pair *run_pairs(struct arena *arena, const struct words *words);
