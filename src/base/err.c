// SPDX-License-Identifier: Apache-2.0
// err.c — filling errors, and the one table of what each kind means outside.
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct err_kind_info err_kinds[] = {
    [ERR_NONE] = {"none", 200, 0, 0},
    [ERR_INVALID] = {"invalid", 400, 3, 125},
    [ERR_NOT_FOUND] = {"not found", 404, 5, 125},
    [ERR_CONFLICT] = {"conflict", 409, 9, 125},
    [ERR_DENIED] = {"denied", 403, 7, 125},
    [ERR_UNAVAILABLE] = {"unavailable", 503, 14, 125},
    [ERR_SYSTEM] = {"system", 500, 13, 125},
};

const struct err_kind_info *err_kind_info(enum err_kind kind)
{
    return &err_kinds[kind];
}

static int vfail(struct err *err, enum err_kind kind, int sys, const char *fmt, va_list args)
{
    err->kind = kind;
    err->sys = sys;
    int length = vsnprintf(err->text, sizeof err->text, fmt, args);
    if (sys != 0 && length >= 0 && (size_t)length < sizeof err->text)
        snprintf(err->text + length, sizeof err->text - (size_t)length, ": %s", strerror(sys));
    return -1;
}

int fail(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int r = vfail(err, kind, 0, fmt, args);
    va_end(args);
    return r;
}

int fail_sys(struct err *err, const char *fmt, ...)
{
    int sys = errno;
    va_list args;
    va_start(args, fmt);
    int r = vfail(err, ERR_SYSTEM, sys, fmt, args);
    va_end(args);
    return r;
}

int fail_in(struct err *err, const char *fmt, ...)
{
    struct err inner = *err;
    va_list args;
    va_start(args, fmt);
    int length = vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    if (length >= 0 && (size_t)length < sizeof err->text)
        snprintf(err->text + length, sizeof err->text - (size_t)length, ": %.*s",
                 (int)(sizeof err->text - (size_t)length - 3), inner.text);
    return -1;
}

enum err_kind err_kind_named(const char *name)
{
    for (enum err_kind kind = ERR_INVALID; kind < ERR_SYSTEM; kind++) {
        if (name != NULL && strcmp(name, err_kind_info(kind)->name) == 0)
            return kind;
    }
    return ERR_SYSTEM;
}
