// SPDX-License-Identifier: Apache-2.0
// layout_fuzz.c — any text as mountinfo (up to a NUL) and as /proc/self/cgroup (after it).
#include "base/mem.h"
#include "cgroup/layout.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AUTO_ARENA struct arena arena = {0};
    char *mountinfo = arena_strndup(&arena, (const char *)bytes, n);
    size_t used = strlen(mountinfo);
    const char *self =
        used < n ? arena_strndup(&arena, (const char *)bytes + used + 1, n - used - 1) : "";
    struct layout layout;
    struct err err;
    if (layout_parse(&arena, mountinfo, &layout, &err) < 0) {
        assert(err.kind == ERR_UNAVAILABLE);
        return 0;
    }
    assert(layout.n > 0 && layout.n <= CGROUP_HIERARCHIES_MAX);
    assert(!layout.is_v2 || layout.n == 1);
    layout_parse_self(&arena, self, &layout);
    for (size_t i = 0; i < layout.n; i++) {
        assert(layout.hierarchies[i].root[0] != '\0');
        assert(layout.hierarchies[i].own[0] == '/');
        assert(layout.is_v2 || layout.hierarchies[i].controllers[0] != '\0');
    }
    return 0;
}
