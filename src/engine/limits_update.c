// SPDX-License-Identifier: Apache-2.0
// limits_update.c — new limits for a container, which may run: by the runtime's own `update`.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/limits.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RESOURCES_MAX = 1024 * 1024, SAID_MAX = 64 * 1024 };

// --- put together ---

#define MEMBER(name)                                                                               \
    {                                                                                              \
        offsetof(struct host_config, name), sizeof(((struct host_config *)0)->name)                \
    }
// What an update can change, each kept when the wish is zero.
static const struct member {
    size_t offset, size;
} members[] = {
    MEMBER(memory),       MEMBER(memory_swap),         MEMBER(memory_reservation),
    MEMBER(nano_cpus),    MEMBER(cpu_shares),          MEMBER(cpu_period),
    MEMBER(cpu_quota),    MEMBER(cpu_realtime_period), MEMBER(cpu_realtime_runtime),
    MEMBER(cpuset_cpus),  MEMBER(cpuset_mems),         MEMBER(pids_limit),
    MEMBER(blkio_weight), MEMBER(memory_swappiness),
};

static bool is_zero(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

// `wanted` over `all`, and alone into *changed.
static void merge(const struct host_config *wanted, struct host_config *all,
                  struct host_config *changed)
{
    for (size_t i = 0; i < N_ELEMENTS(members); i++) {
        const char *from = (const char *)wanted + members[i].offset;
        if (is_zero(from, members[i].size))
            continue;
        memcpy((char *)all + members[i].offset, from, members[i].size);
        memcpy((char *)changed + members[i].offset, from, members[i].size);
    }
}

// docker's words for what an update cannot mean.
static int check_conflicts(const struct host_config *now, const struct host_config *wanted,
                           struct err *err)
{
    const struct {
        bool is_so;
        const char *text;
    } conflicts[] = {
        {wanted->nano_cpus > 0 && now->cpu_period > 0,
         "Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set"},
        {wanted->nano_cpus > 0 && now->cpu_quota > 0,
         "Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set"},
        {wanted->cpu_period > 0 && now->nano_cpus > 0,
         "Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set"},
        {wanted->cpu_quota > 0 && now->nano_cpus > 0,
         "Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set"},
        {now->memory_swap > 0 && wanted->memory > now->memory_swap && wanted->memory_swap == 0,
         "Memory limit should be smaller than already set memoryswap limit, update the memoryswap "
         "at the same time"},
    };
    for (size_t i = 0; i < N_ELEMENTS(conflicts); i++) {
        if (conflicts[i].is_so)
            return fail(err, ERR_CONFLICT, "%s", conflicts[i].text);
    }
    return 0;
}

// --- tell the runtime ---

static int write_file(const struct oci_resources *resources, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, RESOURCES_MAX);
    json_encode(&text, oci_resources_fields, resources, JSON_COMPACT);
    if (buf_check(&text, "the limits", err) < 0)
        return -1;
    AUTO_FD int fd = memfd_create("resources.json", MFD_CLOEXEC);
    if (fd < 0 || write_all(fd, text.at, text.n) < 0)
        return fail_sys(err, "write resources.json");
    return TAKE_FD(fd);
}

// A new limit of memory may be above the old one of memory and swap, or below what is used: the
// runtime orders the writes, and says what the kernel says.
static int apply(struct engine *engine, struct arena *arena, const struct container *container,
                 const struct oci_resources *resources, struct err *err)
{
    struct runtime runtime;
    AUTO_FD int file = write_file(resources, err);
    if (file < 0 || runtime_find(engine, arena, container->spec.host.runtime, &runtime, err) < 0)
        return -1;
    const char *const verb[] = {"update", "--resources",
                                arena_printf(arena, "/proc/%d/fd/%d", (int)getpid(), file),
                                container->row.id, NULL};
    AUTO_BUF struct buf said;
    buf_init(&said, SAID_MAX);
    int status = program_run(runtime.path, runtime_argv(engine, arena, &runtime, verb), &said, err);
    if (status == 0)
        return 0;
    if (status < 0)
        return -1;
    struct str text = str_trim((struct str){buf_get(&said), said.n});
    return fail(err, ERR_SYSTEM, "%.*s", (int)text.n, text.at);
}

int limits_update(struct creation *creation, struct container *container,
                  const struct host_config *wanted, struct err *err)
{
    struct host_config all = container->spec.host, changed = {};
    if (check_conflicts(&all, wanted, err) < 0)
        return fail_in(err, "Cannot update container %s", container->row.id);
    merge(wanted, &all, &changed);
    if (limits_check_update(creation, &all, err) < 0)
        return -1;
    // What the check has dropped is not written either.
    struct host_config kept = {};
    merge(&changed, &kept, &kept);
    for (size_t i = 0; i < N_ELEMENTS(members); i++) {
        if (!is_zero((const char *)&changed + members[i].offset, members[i].size))
            memcpy((char *)&kept + members[i].offset, (const char *)&all + members[i].offset,
                   members[i].size);
    }
    // Where there is one limit for memory and swap, both are said.
    if (kept.memory != 0 && kept.memory_swap == 0)
        kept.memory_swap = all.memory_swap;
    struct oci_resources resources = {};
    if (container_has_processes(container) &&
        (limits_resources(creation->arena, &kept, &resources, err) < 0 ||
         apply(creation->engine, creation->arena, container, &resources, err) < 0))
        return fail_in(err, "Cannot update container %s", container->row.id);
    container->spec.host = all;
    return 0;
}
