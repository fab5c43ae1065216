// SPDX-License-Identifier: Apache-2.0
// tables.h — inside oci/ only: the field tables of one file that another file's tables nest.
#pragma once
#include "json/bind.h"

extern const struct json_field oci_id_map_fields[], oci_linux_fields[], oci_mount_fields[],
    oci_root_fields[];
