// SPDX-License-Identifier: Apache-2.0
// system.c — which dhow this is, and what it has.
#include "base/str.h"
#include "engine/parts.h"

#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

int engine_system_version(struct engine *engine, struct arena *arena, const struct nothing *request,
                          struct system_version *response, struct err *err)
{
    (void)request;
    struct utsname system;
    if (uname(&system) < 0)
        return fail_sys(err, "uname");
    *response = (struct system_version){
        .version = engine->settings->version,
        .git_commit = engine->settings->commit,
        .os = "linux",
        .arch =
            text_equal(system.machine, "x86_64") ? "amd64" : arena_strdup(arena, system.machine),
        .kernel_version = arena_strdup(arena, system.release),
    };
    return 0;
}

int engine_system_info(struct engine *engine, struct arena *arena, const struct nothing *request,
                       struct system_info *response, struct err *err)
{
    (void)request;
    struct utsname system;
    const struct container_list_request all = {.all = true};
    struct container_list_response containers;
    struct state_image *images;
    size_t n_images;
    if (uname(&system) < 0)
        return fail_sys(err, "uname");
    if (engine_container_list(engine, arena, &all, &containers, err) < 0 ||
        state_images(engine->state, arena, &images, &n_images, err) < 0)
        return -1;
    int64_t running = 0;
    for (size_t i = 0; i < containers.n_containers; i++)
        running += text_equal(containers.containers[i].state, "running");
    bool is_v2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
    *response = (struct system_info){
        .containers = (int64_t)containers.n_containers,
        .containers_running = running,
        .containers_stopped = (int64_t)containers.n_containers - running,
        .images = (int64_t)n_images,
        .driver = "overlay",
        .root_dir = engine->settings->root,
        .run_root = engine->settings->run_root,
        .cgroup_version = is_v2 ? "2" : "1",
        .kernel_version = arena_strdup(arena, system.release),
        .architecture = arena_strdup(arena, system.machine),
        .name = arena_strdup(arena, system.nodename),
        .ncpu = get_nprocs(),
        .mem_total = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE),
        .server_version = engine->settings->version,
        .default_runtime =
            engine->settings->runtime != NULL ? engine->settings->runtime : "dhow-runtime",
    };
    return 0;
}
