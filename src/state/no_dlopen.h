// SPDX-License-Identifier: Apache-2.0
// no_dlopen.h — <dlfcn.h>'s functions as no_dlopen.c defines them.
#pragma once

void *dlopen(const char *file, int mode);
void *dlsym(void *handle, const char *name);
char *dlerror(void);
int dlclose(void *handle);
