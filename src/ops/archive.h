// SPDX-License-Identifier: Apache-2.0
// archive.h — files of a container: looked at, read as a tar stream, written from one (cp).
//
// A path is one inside the container, mounts included; relative ones are below its root. A trailing
// "/" or "/." follows a symbolic link at its end, else the link itself is meant.
#pragma once
#include "json/bind.h"

#include <stdbool.h>
#include <stdint.h>

// Go's os.FileMode, which the API speaks.
#define GO_MODE_DIRECTORY UINT32_C(0x80000000)
#define GO_MODE_SYMLINK   UINT32_C(0x08000000)
#define GO_MODE_IRREGULAR UINT32_C(0x07200000) // devices, pipes, sockets

struct archive_stat_request {
    const char *id, *path;
};
struct archive_stat {
    const char *name; // the path's last component, as it is called in the stream
    int64_t size;
    uint32_t mode;
    const char *mtime, *link_target; // of a link: where it leads inside the container, resolved
};
struct archive_get_request {
    const char *id, *path;
    int tar; // the stream to write; borrowed
};
struct archive_put_request {
    const char *id, *path; // an existing directory
    // Refuse a directory in place of something else, and the other way round.
    bool no_overwrite_dir_non_dir;
    bool copy_uid_gid; // all belongs to the container's user
    int tar;           // the stream to read, plain or compressed; borrowed
};
extern const struct json_field archive_stat_parameters[], archive_get_parameters[],
    archive_put_parameters[], archive_stat_fields[];
