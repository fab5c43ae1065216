// SPDX-License-Identifier: Apache-2.0
// trial.h — cases of the cgroup module against a real kernel: TAP on standard output, checks that
// do not stop a case, and what the cases share.
#pragma once
#include "cgroup/hierarchy.h"

#include <stdio.h>
#include <sys/types.h>

struct trial_case {
    const char *name;
    void (*run)(void);
};
// argv: [CGROUP [PATTERN]]: every cgroup of a case is below CGROUP, and only the cases whose name
// contains PATTERN run. The number of cases that failed, and of cgroups that could not be removed.
int trial_run(const struct trial_case *cases, size_t n, char **argv);
const char *trial_top(void); // CGROUP

extern struct err err;
extern bool has_failed; // in the case that runs
extern char skip_reason[200];

#define CHECK(condition)      check((condition), #condition, __LINE__)
#define OK(call)              check_ok((call), #call, __LINE__)
#define FAILS(call, part)     check_fails((call), (part), #call, __LINE__)
#define TEXT(got, want, what) check_text((got), (want), (what), __LINE__)
#define SKIP(...)             (void)snprintf(skip_reason, sizeof skip_reason, __VA_ARGS__)
void check(bool is_true, const char *what, int line);
void check_ok(int result, const char *what, int line);
void check_fails(int result, const char *part, const char *what, int line);
void check_text(const char *got, const char *want, const char *what, int line);

struct cgroup *plan(const char *name, const struct oci_resources *resources);
// A process in the cgroup (it has joined when this returns) that runs `run` and exits with what it
// returns.
pid_t spawn(const struct cgroup *cgroup, int (*run)(const void *), const void *context);
int status_of(pid_t pid); // its exit status, or 1000 and the signal
int run_pause(const void *context);
// The content of a cgroup's file without the line's end; "-" when it cannot be read.
const char *content(const struct cgroup *cgroup, const char *controller, const char *file);
bool has_controller(const char *name);
bool is_v2(void);
void finish(struct cgroup *cgroup); // removes and closes
