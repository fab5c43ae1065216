// SPDX-License-Identifier: Apache-2.0
// no_dlopen.h — what the linker puts in the place of <dlfcn.h>'s functions.
#pragma once

void *__wrap_dlopen(const char *file, int mode);
void *__wrap_dlsym(void *handle, const char *name);
char *__wrap_dlerror(void);
int __wrap_dlclose(void *handle);
