// SPDX-License-Identifier: Apache-2.0
// systemd_properties.c — a container's limits as properties of its scope
// (systemd.resource-control(5)), and the properties that org.systemd.property.* annotations ask
// for.
//
// The values that matter are written to the cgroup's files as well; systemd is told so that it
// shows them and does not undo them when it is reloaded. What it has no property for is left to the
// files. Device rules are not passed: the container's own program sits beside systemd's, and both
// must allow.
//
// An annotation names one of the properties in a table: those that limit or time the container.
// Others of a scope (what to do when it fails, reboots among them) are the machine's matter.
#include "base/idlist.h"
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/systemd.h"
#include "cgroup/systemd_value.h"

#include <string.h>

enum { USEC_PER_SEC = 1'000'000 };

void systemd_property_add(struct arena *arena, struct systemd_properties *list, const char *name,
                          const char *value)
{
    if (list->n == list->room) {
        size_t room = list->room != 0 ? list->room * 2 : 32;
        struct systemd_property *at = arena_array(arena, room, sizeof *at);
        if (list->n != 0)
            memcpy(at, list->at, list->n * sizeof *at);
        list->at = at;
        list->room = room;
    }
    list->at[list->n++] = (struct systemd_property){name, value};
}

// Negative numbers mean "no limit", which D-Bus says with every bit.
static void add_number(struct arena *arena, struct systemd_properties *list, const char *name,
                       int64_t number)
{
    systemd_property_add(
        arena, list, name,
        arena_printf(arena, "uint64 %ju", (uintmax_t)(number < 0 ? UINT64_MAX : (uint64_t)number)));
}

static void add_memory(struct arena *arena, struct systemd_properties *list,
                       const struct oci_memory *memory, bool is_v2)
{
    bool has_limit = memory->limit != NULL && *memory->limit != 0;
    if (has_limit)
        add_number(arena, list, is_v2 ? "MemoryMax" : "MemoryLimit", *memory->limit);
    if (!is_v2)
        return;
    if (memory->reservation != NULL && *memory->reservation != 0)
        add_number(arena, list, "MemoryLow", *memory->reservation);
    if (memory->swap != NULL && *memory->swap != 0 && (has_limit || *memory->swap < 0))
        add_number(arena, list, "MemorySwapMax",
                   *memory->swap < 0 ? -1 : *memory->swap - *memory->limit);
}

// "0-3,7" as systemd wants it: an array of bytes, bit 0 of the first is CPU 0.
static int add_set(struct arena *arena, struct systemd_properties *list, const char *name,
                   const char *text, struct err *err)
{
    struct id_list set;
    if (id_list_parse(text, &set, err) < 0)
        return fail_in(err, "resources.cpu");
    AUTO_BUF struct buf value;
    buf_init(&value, SYSTEMD_VALUE_MAX);
    buf_text(&value, "@ay [");
    unsigned end = id_list_end(&set);
    for (unsigned first = 0; first < end; first += 8) {
        unsigned byte = 0;
        for (unsigned bit = 0; bit < 8; bit++)
            byte |= (unsigned)id_list_has(&set, first + bit) << bit;
        buf_printf(&value, "%s%u", first != 0 ? ", " : "", byte);
    }
    buf_char(&value, ']');
    systemd_property_add(arena, list, name, arena_strdup(arena, buf_get(&value)));
    return 0;
}

static void add_quota(struct arena *arena, struct systemd_properties *list,
                      const struct oci_cpu *cpu)
{
    uint64_t period = cpu->period != NULL && *cpu->period != 0 ? *cpu->period : 100'000;
    if (cpu->period != NULL && *cpu->period != 0)
        add_number(arena, list, "CPUQuotaPeriodUSec", (int64_t)period);
    if (cpu->quota == NULL || *cpu->quota == 0)
        return;
    if (*cpu->quota < 0) {
        add_number(arena, list, "CPUQuotaPerSecUSec", -1);
        return;
    }
    // systemd keeps whole per cents: rounded up, so that the files' exact value stays below.
    double per_second = (double)*cpu->quota * USEC_PER_SEC / (double)period;
    uint64_t percents = (uint64_t)(per_second / 10'000);
    if ((double)percents * 10'000 < per_second)
        percents++;
    add_number(arena, list, "CPUQuotaPerSecUSec", (int64_t)(percents * 10'000));
}

static int add_cpu(struct arena *arena, struct systemd_properties *list, const struct oci_cpu *cpu,
                   bool is_v2, struct err *err)
{
    if (cpu->shares != NULL && *cpu->shares != 0) {
        uint64_t shares = *cpu->shares < 2 ? 2 : *cpu->shares > 262144 ? 262144 : *cpu->shares;
        add_number(arena, list, is_v2 ? "CPUWeight" : "CPUShares",
                   (int64_t)(is_v2 ? 1 + (shares - 2) * 9999 / 262142 : shares));
    }
    add_quota(arena, list, cpu);
    if (!is_v2)
        return 0; // systemd has no cpuset in v1
    if (!text_is_empty(cpu->cpus) && add_set(arena, list, "AllowedCPUs", cpu->cpus, err) < 0)
        return -1;
    if (text_is_empty(cpu->mems))
        return 0;
    return add_set(arena, list, "AllowedMemoryNodes", cpu->mems, err);
}

int systemd_limits(struct arena *arena, const struct oci_resources *resources, bool is_v2,
                   struct systemd_properties *list, struct err *err)
{
    if (resources == NULL)
        return 0;
    if (resources->memory != NULL)
        add_memory(arena, list, resources->memory, is_v2);
    if (resources->cpu != NULL && add_cpu(arena, list, resources->cpu, is_v2, err) < 0)
        return -1;
    if (resources->pids != NULL && resources->pids->limit != NULL)
        add_number(arena, list, "TasksMax",
                   *resources->pids->limit == 0 ? -1 : *resources->pids->limit);
    const struct oci_block_io *block = resources->blockIO;
    if (block != NULL && block->weight != NULL && *block->weight >= 10)
        add_number(arena, list, is_v2 ? "IOWeight" : "BlockIOWeight",
                   is_v2 ? 1 + (*block->weight - 10) * 9999 / 990 : *block->weight);
    return 0;
}

// --- annotations ---

static const struct allowed_property {
    const char *name, *signature;
} allowed_properties[] = {
    {"After", "as"},
    {"AllowedCPUs", "ay"},
    {"AllowedMemoryNodes", "ay"},
    {"Before", "as"},
    {"BlockIOAccounting", "b"},
    {"BlockIOWeight", "t"},
    {"CPUAccounting", "b"},
    {"CPUQuotaPerSecUSec", "t"},
    {"CPUQuotaPeriodUSec", "t"},
    {"CPUShares", "t"},
    {"CPUWeight", "t"},
    {"CollectMode", "s"},
    {"DefaultDependencies", "b"},
    {"Description", "s"},
    {"Documentation", "as"},
    {"IOAccounting", "b"},
    {"IOReadBandwidthMax", "a(st)"},
    {"IOReadIOPSMax", "a(st)"},
    {"IOWeight", "t"},
    {"IOWriteBandwidthMax", "a(st)"},
    {"IOWriteIOPSMax", "a(st)"},
    {"KillMode", "s"},
    {"KillSignal", "i"},
    {"ManagedOOMMemoryPressure", "s"},
    {"ManagedOOMMemoryPressureLimit", "u"},
    {"ManagedOOMPreference", "s"},
    {"ManagedOOMSwap", "s"},
    {"MemoryAccounting", "b"},
    {"MemoryHigh", "t"},
    {"MemoryLimit", "t"},
    {"MemoryLow", "t"},
    {"MemoryMax", "t"},
    {"MemoryMin", "t"},
    {"MemorySwapMax", "t"},
    {"MemoryZSwapMax", "t"},
    {"OOMPolicy", "s"},
    {"RuntimeMaxUSec", "t"},
    {"SendSIGHUP", "b"},
    {"SendSIGKILL", "b"},
    {"StartupCPUWeight", "t"},
    {"StartupIOWeight", "t"},
    {"TasksAccounting", "b"},
    {"TasksMax", "t"},
    {"TimeoutStopUSec", "t"},
};

static const struct allowed_property *find_allowed(const char *name)
{
    for (size_t i = 0; i < N_ELEMENTS(allowed_properties); i++)
        if (text_equal(name, allowed_properties[i].name))
            return &allowed_properties[i];
    return NULL;
}

// "TimeoutStopSec" with a number of seconds is "TimeoutStopUSec", as runc and crun let people
// write.
static int in_microseconds(struct arena *arena, const char *name, const struct systemd_value *value,
                           const char **out_name, const char **out_text, struct err *err)
{
    double seconds = value->type == 'd'                    ? value->real
                     : strchr("yqut", value->type) != NULL ? (double)value->natural
                     : strchr("nix", value->type) != NULL  ? (double)value->whole
                                                           : -1;
    if (seconds < 0 || seconds > 1e12)
        return fail(err, ERR_INVALID, "expected a number of seconds");
    *out_name = arena_printf(arena, "%.*sUSec", (int)(strlen(name) - strlen("Sec")), name);
    *out_text = arena_printf(arena, "uint64 %ju", (uintmax_t)(seconds * USEC_PER_SEC));
    return 0;
}

static int annotation(struct arena *arena, const char *name, const char *text,
                      struct systemd_properties *list, struct err *err)
{
    struct systemd_value value;
    if (systemd_value_parse(arena, text, &value, err) < 0)
        return -1;
    if (text_ends(name, "Sec") && !text_ends(name, "USec")) {
        if (in_microseconds(arena, name, &value, &name, &text, err) < 0 ||
            systemd_value_parse(arena, text, &value, err) < 0)
            return -1;
    }
    const struct allowed_property *allowed = find_allowed(name);
    if (allowed == NULL)
        return fail(err, ERR_INVALID, "a container may not set this property of its unit");
    if (!text_equal(value.signature, allowed->signature))
        return fail(err, ERR_INVALID, "\"%.60s\" has the type %s, systemd takes %s", text,
                    value.signature, allowed->signature);
    systemd_property_add(arena, list, name, text);
    return 0;
}

int systemd_annotations(struct arena *arena, const struct json_pair *annotations, size_t n,
                        struct systemd_properties *list, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        const char *key = annotations[i].key;
        if (!text_starts(key, SYSTEMD_PROPERTY_PREFIX))
            continue;
        if (annotation(arena, key + strlen(SYSTEMD_PROPERTY_PREFIX), annotations[i].value, list,
                       err) < 0)
            return fail_in(err, "annotation %.100s", key);
    }
    return 0;
}
