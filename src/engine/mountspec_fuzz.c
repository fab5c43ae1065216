// SPDX-License-Identifier: Apache-2.0
// mountspec_fuzz.c — any text is a mount, or an error; a mount's places are absolute and clean.
#include "engine/mountspec.h"

#include <stdlib.h>
#include <string.h>

static void check(const struct container_mount *mount)
{
    bool is_clean = mount->destination[0] == '/' && mount->destination[1] != '\0' &&
                    strstr(mount->destination, "//") == NULL &&
                    strstr(mount->destination, "/../") == NULL;
    if (!is_clean || mount->type == NULL)
        abort();
    if (strcmp(mount->type, "bind") == 0 && (mount->source == NULL || mount->source[0] != '/'))
        abort();
    if (mount->name != NULL && strchr(mount->name, '/') != NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct container_mount mount;
    const char *text = arena_strndup(&arena, (const char *)bytes, n), *name;
    bool read_only;
    if (mountspec_bind(&arena, text, &mount, &err) == 0)
        check(&mount);
    if (mountspec_tmpfs(&arena, text, text, &mount, &err) == 0)
        check(&mount);
    if (mountspec_anonymous(&arena, text, &mount, &err) == 0)
        check(&mount);
    if (mountspec_from(&arena, text, &name, &read_only, &err) == 0 && *name == '\0')
        abort();
    return 0;
}
