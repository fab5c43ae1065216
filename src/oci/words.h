// SPDX-License-Identifier: Apache-2.0
// words.h — the names that a configuration may use, for checking it and for `features`. Each list
// ends with NULL.
#pragma once
#include <stdbool.h>

extern const char *const oci_capability_words[]; // CAP_CHOWN …: the index is the kernel's number
extern const char *const oci_hook_words[];
extern const char *const oci_io_class_words[];
extern const char *const oci_memory_flag_words[];
extern const char *const oci_memory_mode_words[];
extern const char *const oci_namespace_words[];
extern const char *const oci_personality_words[];
extern const char *const oci_propagation_words[];
extern const char *const oci_rlimit_words[]; // RLIMIT_AS …, in alphabetical order
extern const char *const oci_scheduler_flag_words[];
extern const char *const oci_scheduler_words[];
extern const char *const oci_seccomp_action_words[];
extern const char *const oci_seccomp_arch_words[];
extern const char *const oci_seccomp_flag_words[];
extern const char *const oci_seccomp_operator_words[];
extern const char *const oci_time_clock_words[];

// Where the word stands in the list, or -1; NULL is in no list.
int oci_word_find(const char *const *words, const char *word);
