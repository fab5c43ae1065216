// SPDX-License-Identifier: Apache-2.0
// security_show.c — a container's AppArmor profile and SELinux labels as inspect shows them.
#include "engine/security.h"
#include "engine/show.h"

void security_show(const struct container *container, struct container_inspection *out)
{
    const struct host_config *host = &container->spec.host;
    struct security security;
    struct err ignored; // what is stored was read at create
    out->app_armor_profile = out->process_label = out->mount_label = "";
    if (security_read(host, &security, &ignored) < 0)
        return;
    const char *profile = security_apparmor(host, &security);
    if (profile != NULL)
        out->app_armor_profile = profile;
}
