// SPDX-License-Identifier: Apache-2.0
// transport.h — where images come from and go to beside registries: archives and layouts, by the
// names that podman and skopeo have for them (containers-transports(5)).
#pragma once
#include "cli/command.h"

// True for "oci-archive:FILE[:NAME]", "docker-archive:FILE[:NAME]", "oci:DIR[:NAME]". They win over
// an image's name: no registry is called so.
bool is_transport(const char *text);
// Loads from there, prints what was loaded, gives the exit status.
int transport_pull(struct cli *cli, const char *source, const char *platform);
// Saves the image there; "oci:" cannot be written to.
int transport_push(struct cli *cli, const char *image, const char *destination,
                   const char *platform);
