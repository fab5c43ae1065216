// SPDX-License-Identifier: Apache-2.0
// check.h — inside oci/ only: what the checks of a decoded configuration share.
//
// Where a check stands is a chain of places on the stack, as in json/decode.c; it becomes text
// ("linux.devices[2].path") only when something is wrong. All failures are ERR_INVALID.
#pragma once
#include "base/err.h"
#include "oci/config.h"

struct place {
    const struct place *outer; // NULL: the document itself
    const char *name;          // of a member, or NULL:
    size_t index;              // of a list's element
};
// Valid until the enclosing block ends.
#define PLACE(outer_, name_)     (&(const struct place){(outer_), (name_), 0})
#define PLACE_AT(outer_, index_) (&(const struct place){(outer_), NULL, (index_)})

enum {
    OCI_ID_MAPS_MAX = 340, // the kernel's UID_GID_MAP_MAX_EXTENTS
    OCI_CPUS_MAX = 8192,   // the largest NR_CPUS of any distribution
    OCI_NODES_MAX = 1024,  // MAX_NUMNODES
    OCI_DEVICE_MAJORS = 4096,
    OCI_DEVICE_MINORS = 1 << 20,
    OCI_HOSTNAME_MAX = 64, // __NEW_UTS_LEN
    OCI_GROUPS_MAX = 65536,
};

// Fails with "path: text".
[[nodiscard]] int check_fail(struct err *err, const struct place *at, const char *fmt, ...)
    PRINTF(3, 4);
// The text is one of the words.
[[nodiscard]] int check_word(struct err *err, const struct place *at, const char *const *words,
                             const char *text);
// Each of a list is one of the words.
[[nodiscard]] int check_words(struct err *err, const struct place *at, const char *const *words,
                              const char *const *texts, size_t n);
[[nodiscard]] int check_range(struct err *err, const struct place *at, int64_t value, int64_t min,
                              int64_t max);
// Starts with a slash.
[[nodiscard]] int check_absolute(struct err *err, const struct place *at, const char *path);
// No control characters: it will be one line of a file or a word on a terminal.
[[nodiscard]] int check_line(struct err *err, const struct place *at, const char *text);
// "0-3,7" with all numbers below `limit`; an empty list is fine.
[[nodiscard]] int check_number_list(struct err *err, const struct place *at, const char *list,
                                    uint32_t limit);
// NAME=value; the name is not empty.
[[nodiscard]] int check_env(struct err *err, const struct place *at, const char *const *env,
                            size_t n);
// A uid or gid: not the kernel's "no such id", 2^32 - 1.
[[nodiscard]] int check_id(struct err *err, const struct place *at, uint32_t id);
// A network interface's name as the kernel has it (dev_valid_name).
[[nodiscard]] int check_interface_name(struct err *err, const struct place *at, const char *name);
[[nodiscard]] int check_id_maps(struct err *err, const struct place *at,
                                const struct oci_id_map *maps, size_t n);

// The parts of a configuration, each in the file of its name.
[[nodiscard]] int process_check(const struct oci_process *process, const struct place *at,
                                struct err *err);
[[nodiscard]] int linux_check(const struct oci_config *config, const struct place *at,
                              struct err *err);
[[nodiscard]] int resources_check(const struct oci_resources *resources, const struct place *at,
                                  struct err *err);
[[nodiscard]] int seccomp_check(const struct oci_seccomp *seccomp, const struct place *at,
                                struct err *err);
[[nodiscard]] int sysctl_check(const struct oci_config *config, const struct place *at,
                               struct err *err);
