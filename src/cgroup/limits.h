// SPDX-License-Identifier: Apache-2.0
// limits.h — from the resources of a config to what is written into which cgroup file.
//
// Two steps, so that the first can be checked without a kernel: a list of writes is made from the
// resources, then applied. Devices are not in the list (devices.h).
#pragma once
#include "cgroup/hierarchy.h"

enum limit_flags {
    LIMIT_OPTIONAL = 1 << 0,   // what is asked for is the state of a kernel that lacks the file
    LIMIT_KEEP_FIRST = 1 << 1, // the file's first word stays, the value is its second (cpu.max)
};

struct limit_write {
    const char *field; // "memory.limit": for messages
    const char *controller, *file, *value;
    const char *other_file, *other_value; // tried when `file` does not exist
    enum limit_flags flags;
};
struct limit_list {
    struct limit_write *writes;
    size_t n, room;
};

// What has to be written, in order. is_update: a value that equals a fresh cgroup's default must be
// written too. ERR_INVALID when the values contradict each other, ERR_UNAVAILABLE for what the
// cgroup version cannot do.
[[nodiscard]] int limits_list_v1(struct arena *arena, const struct oci_resources *resources,
                                 bool is_update, struct limit_list *out, struct err *err);
[[nodiscard]] int limits_list_v2(struct arena *arena, const struct oci_resources *resources,
                                 bool is_update, struct limit_list *out, struct err *err);
// Writes them all. The kernel refuses some orders (a memory limit above the swap limit of before, a
// burst above the quota of before): what fails with EINVAL is tried once more after the rest. With
// `wants_undo` the old values are read first and put back when one write fails.
[[nodiscard]] int limits_apply(const struct cgroup *cgroup, const struct limit_list *list,
                               bool wants_undo, struct err *err);

// For limits_v1.c and limits_v2.c: one row of a table says where a value of the config stands and
// what becomes of it.
enum limit_kind { LIMIT_I64, LIMIT_U64, LIMIT_U32, LIMIT_TEXT };
enum limit_zero { ZERO_IS_UNSET, ZERO_IS_A_VALUE, ZERO_IS_MAX, ZERO_IS_OFF };
struct limit_row {
    const char *field;
    const char *controller, *file;
    uint16_t part, member; // a pointer in struct oci_resources, and the member of what it points to
    uint8_t kind;
    uint8_t zero;
    const char *negative; // written for a negative value; NULL: the number itself
    const char *other_file;
};
// clang-format off
#define LIMIT_AT(part, member) offsetof(struct oci_resources, part), offsetof(typeof(*((struct oci_resources *)0)->part), member)
// clang-format on
void limits_add(struct arena *arena, struct limit_list *list, const struct limit_write *write);
void limits_add_rows(struct arena *arena, struct limit_list *list,
                     const struct oci_resources *resources, const struct limit_row *rows, size_t n);
// Lists of values: hugetlb.<size>, rdma lines.
[[nodiscard]] int limits_add_hugetlb(struct arena *arena, struct limit_list *list,
                                     const struct oci_resources *resources, const char *file_end,
                                     struct err *err);
[[nodiscard]] int limits_add_rdma(struct arena *arena, struct limit_list *list,
                                  const struct oci_resources *resources, struct err *err);
// A name that becomes part of a file's name or of a line: no '/', blanks or control characters.
[[nodiscard]] int limits_check_word(const char *word, const char *field, struct err *err);
