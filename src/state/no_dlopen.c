// SPDX-License-Identifier: Apache-2.0
// no_dlopen.c — SQLite's extensions are never loaded here.
//
// Debian's libsqlite3.a can load extensions and so refers to dlopen. dhow is static: glibc's dlopen
// in it would look for the very glibc it was built with and load code from wherever it is. These
// four take its place, so that none of it is linked. Nothing calls them: extension loading is off
// by default.
#include "state/no_dlopen.h"

#include <stddef.h>

void *__wrap_dlopen(const char *file, int mode)
{
    (void)file;
    (void)mode;
    return NULL;
}
void *__wrap_dlsym(void *handle, const char *name)
{
    (void)handle;
    (void)name;
    return NULL;
}
char *__wrap_dlerror(void)
{
    return NULL;
}
int __wrap_dlclose(void *handle)
{
    (void)handle;
    return -1;
}
