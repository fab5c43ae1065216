// SPDX-License-Identifier: Apache-2.0
// seccomp.h — an OCI seccomp profile becomes a BPF program, once per profile, and is loaded from
// then on.
//
// Compiling docker's profile costs 2 ms and a megabyte; the program depends only on the profile, so
// it is kept in a cache directory under the profile's digest. Kernel:
// Documentation/userspace-api/seccomp_filter.rst.
#pragma once
#include "oci/config.h"
#include "oci/state.h"

#include <linux/filter.h>

struct seccomp_program {
    struct sock_filter *filter; // malloc'ed
    uint16_t length;            // instructions
    unsigned flags;             // SECCOMP_FILTER_FLAG_…, for seccomp(2)
    bool wants_listener;        // some rule's action is SCMP_ACT_NOTIFY
};

// The program for a profile: from `cache_dir` (an fd of a directory that only root can write; -1:
// no cache) or compiled and then stored there. Unknown action, operator, arch or flag: ERR_INVALID
// with the field. Unknown system call names are left out as the specification allows. Yours:
// seccomp_program_done.
[[nodiscard]] int seccomp_program_get(const struct oci_seccomp *profile, int cache_dir,
                                      struct seccomp_program *out, struct err *err);
// The program of the annotation run.oci.seccomp_bpf_data: base64 of the instructions themselves.
[[nodiscard]] int seccomp_program_from_base64(const char *text, struct seccomp_program *out,
                                              struct err *err);
// For run.oci.seccomp_fail_unknown_syscall: fails with the first system call name that is unknown
// here (they are left out otherwise).
[[nodiscard]] int seccomp_check_names(const struct oci_seccomp *profile, struct err *err);
void seccomp_program_done(struct seccomp_program *program); // NULL-safe
// The digest that names the program in the cache: 64 hexadecimal digits and NUL.
void seccomp_digest(const struct oci_seccomp *profile, char out[static 65]);
// The same from the cache alone, for exec, which has only the digest. ERR_NOT_FOUND: not there, or
// not to be trusted (damaged, foreign, made by another version); the profile must be compiled
// again.
[[nodiscard]] int seccomp_program_load(const char *digest, int cache_dir,
                                       struct seccomp_program *out, struct err *err);
// Installs it in the calling thread, for good. Only system calls: safe in a cloned child. With
// no_new_privs unset it needs CAP_SYS_ADMIN. *out_listener: the notify fd (O_CLOEXEC) or -1.
[[nodiscard]] int seccomp_install(const struct seccomp_program *program, int *out_listener,
                                  struct err *err);
// Hands a listener to the agent at listenerPath: one message with the ContainerProcessState JSON
// and the fd (config-linux.md, "The Container Process State").
[[nodiscard]] int seccomp_listener_send(const char *path, int listener, const char *state_json,
                                        struct err *err);
// Appends that JSON: `state` with the pid of the container, pid of the process that is filtered.
void seccomp_process_state(struct buf *out, const struct oci_state *state, int64_t pid,
                           const char *metadata);
// Names for `features`: NULL-terminated lists in the specification's spelling.
const char *const *seccomp_actions(void);
const char *const *seccomp_operators(void);
const char *const *seccomp_archs(void);
const char *const *seccomp_known_flags(void);
const char *const *seccomp_supported_flags(void); // what this kernel has
