// SPDX-License-Identifier: Apache-2.0
// configfile_fuzz.c — any config.json is read or refused, and a login is found in it or not; a
// reference has a registry and a whole form, whatever it is.
#include "base/mem.h"
#include "cli/credentials.h"
#include "cli/pull.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AUTO_ARENA struct arena arena = {};
    struct config_file file = {};
    struct registry_auth auth = {};
    struct err err = {};
    const char *text = arena_strndup(&arena, (const char *)bytes, n);
    // No helper is to be found, and nothing of the machine's own.
    setenv("PATH", "/nowhere", 1);
    setenv("REGISTRY_AUTH_FILE", "/nowhere/auth.json", 1);
    if (config_file_parse(&arena, text, &file, &err) == 0) {
        int found = credentials_find(&arena, &file, "h:1", "a/b", &auth, &err);
        if (found > 0 && auth.username == NULL && auth.identitytoken == NULL &&
            auth.registrytoken == NULL)
            abort();
    }
    if (strchr(registry_key(&arena, text), '/') != NULL &&
        strcmp(registry_key(&arena, text), DOCKER_HUB_KEY) != 0)
        abort();
    if (strlen(whole_reference(&arena, text)) < strlen(text))
        (void)registry_of_reference(&arena, text);
    return 0;
}
