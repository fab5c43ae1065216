// SPDX-License-Identifier: Apache-2.0
// exec_record.h — inside engine/: what is known of the processes of exec, in <run>/…/<id>/exec/.
#pragma once
#include "engine/parts.h"
#include "ops/exec.h"

#define EXEC_DIR    "exec"
#define EXEC_SUFFIX ".json"
enum { EXEC_NAME_ROOM = ID_LENGTH + 16 };

// Makes EXEC_DIR in a container's run directory: an fd. Records of what ended long ago go.
[[nodiscard]] int exec_dir_open(int run_dir, struct err *err);
// The file of a new record, to be written with exec_record_put: so that its last word makes no file
// anew in a directory that is about to be removed.
[[nodiscard]] int exec_record_create(int exec_dir, const char *id, struct err *err);
void exec_record_put(int file, const struct exec_inspection *record);
// 1 and *out, 0 there is no such record. One whose process is gone without a word has ended.
[[nodiscard]] int exec_record_read(struct arena *arena, int exec_dir, const char *id,
                                   struct exec_inspection *out, struct err *err);
