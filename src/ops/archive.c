// SPDX-License-Identifier: Apache-2.0
// archive.c — the JSON tables of copying into and out of containers.
#include "ops/archive.h"

// clang-format off
const struct json_field archive_stat_parameters[] = {
    JSON_FIELD(struct archive_stat_request, id, JSON_REQUIRED),
    JSON_FIELD(struct archive_stat_request, path, JSON_REQUIRED),
    {},
};
const struct json_field archive_get_parameters[] = {
    JSON_FIELD(struct archive_get_request, id, JSON_REQUIRED),
    JSON_FIELD(struct archive_get_request, path, JSON_REQUIRED),
    {},
};
const struct json_field archive_put_parameters[] = {
    JSON_FIELD(struct archive_put_request, id, JSON_REQUIRED),
    JSON_FIELD(struct archive_put_request, path, JSON_REQUIRED),
    JSON_NAMED(struct archive_put_request, no_overwrite_dir_non_dir, "noOverwriteDirNonDir", JSON_OPTIONAL),
    JSON_NAMED(struct archive_put_request, copy_uid_gid, "copyUIDGID", JSON_OPTIONAL),
    {},
};
const struct json_field archive_stat_fields[] = {
    JSON_FIELD(struct archive_stat, name, JSON_ALWAYS),
    JSON_FIELD(struct archive_stat, size, JSON_ALWAYS),
    JSON_FIELD(struct archive_stat, mode, JSON_ALWAYS),
    JSON_FIELD(struct archive_stat, mtime, JSON_ALWAYS),
    JSON_NAMED(struct archive_stat, link_target, "linkTarget", JSON_ALWAYS),
    {},
};
// clang-format on
