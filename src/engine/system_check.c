// SPDX-License-Identifier: Apache-2.0
// system_check.c — are the stores what they say? image/ looks, this tells.
#include "base/mem.h"
#include "engine/parts.h"
#include "image/check.h"

static void say(void *self, const char *what)
{
    const struct progress progress = {.status = "Checking", .id = what};
    progress_say(self, &progress);
}

int engine_system_check(struct engine *engine, struct arena *arena,
                        const struct system_check_request *request,
                        struct system_check_response *response, struct err *err)
{
    const struct image_check check = {
        .repair = request->repair, .say = say, .self = (void *)(uintptr_t)request->progress};
    struct image_checked checked;
    engine->images.transfer = program_find(arena, "dhow-transfer", err);
    if (engine->images.transfer == NULL ||
        image_check(&engine->images, arena, &check, &checked, err) < 0)
        return -1;
    struct system_check_finding *findings =
        arena_array(arena, checked.n_findings + 1, sizeof *findings);
    for (size_t i = 0; i < checked.n_findings; i++) {
        const struct image_finding *from = &checked.findings[i];
        findings[i] = (struct system_check_finding){from->what, from->problem, from->is_repaired};
    }
    *response = (struct system_check_response){.findings = findings,
                                               .n_findings = checked.n_findings,
                                               .blobs = checked.n_blobs,
                                               .layers = checked.n_layers,
                                               .images = checked.n_images};
    return 0;
}
