// SPDX-License-Identifier: Apache-2.0
// namespaces.c — which namespaces are made and which are joined (config-linux.md, "Namespaces";
// namespaces(7)).
#include "base/mem.h"
#include "runtime/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/ioctl.h>

static const struct {
    const char *type;
    uint64_t flag;
} namespaces[] = {
    // In the order of joining: the user namespace first, for it gives the right to the others.
    {"user", CLONE_NEWUSER},     {"pid", CLONE_NEWPID},  {"network", CLONE_NEWNET},
    {"ipc", CLONE_NEWIPC},       {"uts", CLONE_NEWUTS},  {"time", CLONE_NEWTIME},
    {"cgroup", CLONE_NEWCGROUP}, {"mount", CLONE_NEWNS},
};

uint64_t namespace_flag(const char *type)
{
    for (size_t i = 0; i < N_ELEMENTS(namespaces); i++)
        if (strcmp(namespaces[i].type, type) == 0)
            return namespaces[i].flag;
    return 0;
}

static int plan_join(const struct oci_namespace *namespace, uint64_t flag,
                     struct namespace_plan *plan, struct err *err)
{
    AUTO_FD int fd = open(namespace->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(err, "linux.namespaces: open the %s namespace %s", namespace->type,
                        namespace->path);
    int type = ioctl(fd, NS_GET_NSTYPE);
    if (type != (int)flag)
        return fail(err, ERR_INVALID, "linux.namespaces: %s is no %s namespace", namespace->path,
                    namespace->type);
    plan->joins[plan->n_joins++] = (struct namespace_join){TAKE_FD(fd), flag};
    return 0;
}

static const struct id_map *copy_maps(struct arena *arena, const struct oci_id_map *from, size_t n)
{
    struct id_map *maps = arena_array(arena, n, sizeof *maps);
    for (size_t i = 0; i < n; i++)
        maps[i] = (struct id_map){from[i].containerID, from[i].hostID, from[i].size};
    return maps;
}

int namespaces_plan(const struct oci_config *config, struct arena *arena,
                    struct namespace_plan *out, struct err *err)
{
    struct namespace_plan plan = {};
    for (size_t i = 0; i < N_ELEMENTS(namespaces); i++) {
        const struct oci_namespace *wanted = oci_namespace_get(config, namespaces[i].type);
        if (wanted == NULL)
            continue;
        if (wanted->path == NULL) {
            plan.own |= namespaces[i].flag;
        } else if (plan_join(wanted, namespaces[i].flag, &plan, err) < 0) {
            namespaces_done(&plan);
            return -1;
        }
    }
    const struct oci_linux *linux_ = &config->linux_;
    plan.maps = (struct id_maps){
        copy_maps(arena, linux_->uidMappings, linux_->n_uidMappings),
        copy_maps(arena, linux_->gidMappings, linux_->n_gidMappings),
        linux_->n_uidMappings,
        linux_->n_gidMappings,
    };
    if (plan.own & CLONE_NEWUSER && (plan.maps.n_uids == 0 || plan.maps.n_gids == 0)) {
        namespaces_done(&plan);
        return fail(err, ERR_INVALID,
                    "linux.uidMappings and linux.gidMappings: a new user namespace needs both");
    }
    *out = plan;
    return 0;
}

void namespaces_done(struct namespace_plan *plan)
{
    for (size_t i = 0; i < plan->n_joins; i++)
        (void)close(plan->joins[i].fd);
    plan->n_joins = 0;
}

bool namespaces_joins(const struct namespace_plan *plan, uint64_t flag)
{
    for (size_t i = 0; i < plan->n_joins; i++)
        if (plan->joins[i].flag == flag)
            return true;
    return false;
}
