// SPDX-License-Identifier: Apache-2.0
// trees.c — the two command lines of dhow-transfer that cp is made of.
#include "transfer/trees.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>

struct report {
    uint64_t size_bytes;
};
static const struct json_field report_fields[] = {
    JSON_FIELD(struct report, size_bytes, JSON_OPTIONAL),
    {},
};

int tree_pack_start(const char *program, const struct tree_pack *what, int tar, struct child *out,
                    struct err *err)
{
    const char *name = text_is_empty(what->name) ? "." : what->name;
    bool is_all = what->entry == NULL;
    AUTO_FREE char *entry = str_printf("--entry=%s", is_all ? "" : what->entry);
    AUTO_FREE char *called = str_printf("--name=%s", name);
    const char *argv[9] = {program, "packtree", "--tree", "3", "--to", "4"};
    if (!is_all) {
        argv[6] = entry;
        argv[7] = called;
    }
    const int more[] = {what->tree, tar};
    return child_start(argv, -1, more, N_ELEMENTS(more), out, err);
}

int tree_unpack_start(const char *program, const struct tree_unpack *what, int tar,
                      struct child *out, struct err *err)
{
    AUTO_FREE char *strip = str_printf("--strip=%s", what->strip != NULL ? what->strip : "");
    AUTO_FREE char *prefix = str_printf("--prefix=%s", what->prefix != NULL ? what->prefix : "");
    char owner[32], group[32];
    snprintf(owner, sizeof owner, "--owner=%u", what->uid);
    snprintf(group, sizeof group, "--group=%u", what->gid);
    const char *argv[12] = {program, "unpack", "--into", "3", "--merge", strip, prefix};
    size_t n = 7;
    if (what->keeps_kinds)
        argv[n++] = "--keep-kinds";
    if (what->has_owner) {
        argv[n++] = owner;
        argv[n++] = group;
    }
    return child_start(argv, tar, &what->into, 1, out, err);
}

int tree_finish(struct child *child, struct arena *arena, uint64_t *out_bytes, struct err *err)
{
    struct report report = {};
    if (child_finish(child, arena, report_fields, &report, err) < 0)
        return -1;
    if (out_bytes != NULL)
        *out_bytes = report.size_bytes;
    return 0;
}
