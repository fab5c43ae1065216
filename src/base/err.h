// SPDX-License-Identifier: Apache-2.0
// err.h — how a failure travels from the system call to the user.
//
// A function that can fail takes `struct err *err` last and returns a negative number (or NULL).
// It fills err exactly once, where the failure is discovered; callers add a prefix when they know
// something the message does not say yet. An err needs no freeing and may be sent over a pipe.
#pragma once
#include <stdarg.h>
#include <stddef.h>

// What the user can do about it. The only thing code may branch on; see err_kinds[] for the mapping
// to HTTP status, gRPC code and exit status.
enum err_kind {
    ERR_NONE,
    ERR_INVALID,     // the request makes no sense
    ERR_NOT_FOUND,   // the named object does not exist
    ERR_CONFLICT,    // the object is in the wrong state
    ERR_DENIED,      // authentication or permission
    ERR_UNAVAILABLE, // a peer or the kernel lacks it now; trying later may help
    ERR_SYSTEM,      // everything else: a bug, a broken disk, an exhausted limit
};

struct err {
    enum err_kind kind;
    int sys; // errno behind it, or 0
    char text[1000];
};

#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

[[nodiscard]] int fail(struct err *err, enum err_kind kind, const char *fmt, ...) PRINTF(3, 4);
[[nodiscard]] int fail_sys(struct err *err, const char *fmt, ...) PRINTF(2, 3);
[[nodiscard]] int fail_in(struct err *err, const char *fmt, ...) PRINTF(2, 3);

struct err_kind_info {
    const char *name;
    int http, grpc, exit;
};
const struct err_kind_info *err_kind_info(enum err_kind kind);
// The kind of that name, as another of our programs reports it; ERR_SYSTEM for any other text.
enum err_kind err_kind_named(const char *name);
