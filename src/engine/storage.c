// SPDX-License-Identifier: Apache-2.0
// storage.c — --storage-opt size=: how much a container may write into its own root.
//
// What it writes is in upper/ (and on its way there in work/), which get one project with a limit
// before anything is in them.
#include "base/mem.h"
#include "base/str.h"
#include "engine/mounts.h"
#include "linux/projectquota.h"
#include "volume/volume.h"

#include <fcntl.h>
#include <string.h>

int storage_check(const struct engine *engine, const struct host_config *host, struct err *err)
{
    for (size_t i = 0; i < host->n_storage_opt; i++) {
        uint64_t bytes;
        if (strcmp(host->storage_opt[i].key, "size") != 0)
            return fail(err, ERR_INVALID, "unknown option %s (there is size)",
                        host->storage_opt[i].key);
        if (!volume_size_read(host->storage_opt[i].value, &bytes))
            return fail(err, ERR_INVALID, "invalid size: '%s'", host->storage_opt[i].value);
        struct err why;
        if (project_quota_check(engine->root, &why) < 0)
            return fail(err, ERR_UNAVAILABLE,
                        "--storage-opt is supported only for overlay over xfs with 'pquota' mount "
                        "option, or over ext4 with prjquota (%s)",
                        why.text);
    }
    return 0;
}

int storage_limit(const struct container *container, struct err *err)
{
    const struct host_config *host = &container->spec.host;
    uint64_t bytes;
    if (host->n_storage_opt == 0 || container->status != STATUS_CREATED ||
        !volume_size_read(host->storage_opt[0].value, &bytes))
        return 0;
    AUTO_FD int upper =
        openat(container->dir, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    AUTO_FD int work =
        openat(container->dir, "work", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (upper < 0 || work < 0)
        return fail_sys(err, "open the container's own files");
    if (project_quota_set(upper, bytes, err) < 0 || project_quota_join(work, upper, err) < 0)
        return fail_in(err, "--storage-opt size=%s", host->storage_opt[0].value);
    return 0;
}

void storage_unlimit(const struct container *container)
{
    AUTO_FD int upper =
        container->spec.host.n_storage_opt == 0
            ? -1
            : openat(container->dir, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (upper >= 0)
        project_quota_clear(upper);
}
