// SPDX-License-Identifier: Apache-2.0
// devices.h — which devices a container may use: the config's ordered rules, as v1's files or as a
// BPF program for v2 take them.
//
// The meaning, in both: each of read, write and mknod is decided by the last rule that names the
// device and that access; what no rule names is denied. An empty list in the config means no
// control at all. After the config's rules come those for the devices that every container is given
// (config-linux.md, "Default Devices"), and for making nodes, which opens nothing.
#pragma once
#include "cgroup/hierarchy.h"

#include <linux/bpf.h>

enum { DEVICE_RULES_MAX = 4096 };
enum device_access { DEVICE_MKNOD = 1, DEVICE_READ = 2, DEVICE_WRITE = 4, DEVICE_ALL = 7 };

struct device_rule {
    bool is_allow;
    char type;            // 'b', 'c', or 'a': both, and then all numbers and all accesses
    int64_t major, minor; // -1: all
    uint8_t access;       // of enum device_access
};
struct device_list {
    bool is_given; // false: the config has no rules, nothing is controlled
    struct device_rule *rules;
    size_t n;
};

// The rules, checked, with the default devices at the end and without what an earlier "all" makes
// moot.
[[nodiscard]] int device_list_make(struct arena *arena, const struct oci_resources *resources,
                                   struct device_list *out, struct err *err);
// What the rules say about one access: the model that both worlds are tested against.
bool device_list_allows(const struct device_list *list, char type, int64_t major, int64_t minor,
                        uint8_t access);

// v1: the list as the kernel keeps it: one default, and exceptions from it.
struct device_set {
    bool is_allow_default;
    struct device_rule *exceptions; // is_allow is the opposite of the default
    size_t n, room;
};
// ERR_INVALID for an order that v1 cannot express: a narrow rule against a wider one before it.
[[nodiscard]] int device_set_make(struct arena *arena, const struct device_list *list,
                                  struct device_set *out, struct err *err);
// "c 1:3 rwm", as devices.allow and devices.list have it.
const char *device_rule_text(struct arena *arena, const struct device_rule *rule);
// Writes devices.deny and devices.allow. is_update: only the differences, so that a device that
// stays allowed is not refused for a moment.
[[nodiscard]] int devices_apply_v1(const struct cgroup *cgroup, const struct device_list *list,
                                   bool is_update, struct err *err);

// v2: the program, and attaching it (or replacing ours on update).
[[nodiscard]] int devices_program(struct arena *arena, const struct device_list *list,
                                  struct bpf_insn **out, size_t *out_n, struct err *err);
[[nodiscard]] int devices_apply_v2(const struct cgroup *cgroup, const struct device_list *list,
                                   bool is_update, struct err *err);
