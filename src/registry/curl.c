// SPDX-License-Identifier: Apache-2.0
// curl.c — one table: where in the struct each function of the library goes.
#include "registry/curl.h"

#include "base/mem.h"

#include <assert.h>
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define FUNCTION(name)                                                                             \
    {                                                                                              \
        "curl_" #name, offsetof(struct curl, name)                                                 \
    }
static const struct {
    const char *name;
    size_t offset;
} functions[] = {
    FUNCTION(global_init),    FUNCTION(easy_init),        FUNCTION(easy_cleanup),
    FUNCTION(easy_reset),     FUNCTION(easy_setopt),      FUNCTION(easy_getinfo),
    FUNCTION(easy_strerror),  FUNCTION(multi_init),       FUNCTION(multi_cleanup),
    FUNCTION(multi_setopt),   FUNCTION(multi_add_handle), FUNCTION(multi_remove_handle),
    FUNCTION(multi_perform),  FUNCTION(multi_poll),       FUNCTION(multi_info_read),
    FUNCTION(multi_strerror), FUNCTION(slist_append),     FUNCTION(slist_free_all),
};
static_assert(N_ELEMENTS(functions) == sizeof(struct curl) / sizeof(void *));

int curl_load(struct curl *out, struct err *err)
{
    // For the rest of the process: nothing closes it.
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return fail(err, ERR_SYSTEM, "load libcurl, which talks to registries: %s", dlerror());
    for (size_t i = 0; i < N_ELEMENTS(functions); i++) {
        void *function = dlsym(library, functions[i].name);
        if (function == NULL)
            return fail(err, ERR_SYSTEM, "this libcurl is too old: it lacks %s", functions[i].name);
        memcpy((char *)out + functions[i].offset, &function, sizeof function);
    }
    if (out->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return fail(err, ERR_SYSTEM, "libcurl does not initialise");
    return 0;
}
