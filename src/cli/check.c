// SPDX-License-Identifier: Apache-2.0
// check.c — is what is stored whole? `system check`.
#include "cli/command.h"
#include "ops/system.h"

#include <inttypes.h>
#include <stdio.h>

struct check_args {
    bool repair, quiet;
};
static const struct option check_options[] = {
    OPTION_FLAG(struct check_args, repair, "repair", 'r',
                "make layers anew from their blobs; remove what is lost"),
    OPTION_FLAG(struct check_args, quiet, "quiet", 'q', "only what is wrong"),
    {},
};

static int check_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)words;
    const struct check_args *args = at;
    const struct system_check_request request = {.repair = args->repair};
    struct system_check_response found;
    if (cli_call(cli, SYSTEM_CHECK, &request, &found) < 0)
        return cli_fail(cli, 1);
    bool is_whole = true;
    for (size_t i = 0; i < found.n_findings; i++) {
        const struct system_check_finding *it = &found.findings[i];
        printf("%s: %s%s\n", it->what, it->problem, it->is_repaired ? " (repaired)" : "");
        is_whole = is_whole && it->is_repaired;
    }
    if (!args->quiet)
        printf("%" PRIu64 " blobs, %" PRIu64 " layers, %" PRIu64 " images: %s\n", found.blobs,
               found.layers, found.images,
               found.n_findings == 0 ? "all as they should be"
               : is_whole            ? "repaired"
                                     : "damaged");
    if (!is_whole && !args->repair)
        fputs("dhow: 'dhow system check --repair' repairs what can be, and removes what cannot\n",
              stderr);
    return is_whole ? 0 : 1;
}
const struct command system_check_command = {
    "system check",
    "",
    "Read all that is stored and say what is damaged",
    check_options,
    sizeof(struct check_args),
    OPTIONS_MIXED,
    0,
    0,
    check_run,
    ".SH WHAT IS LOOKED AT\n"
    "Every blob is read and its digest computed again; every index, manifest and config is read "
    "and what it names is looked for; every layer is unpacked again from its blob, beside the one "
    "that is there, and compared with it file by file.\n"
    ".PP\n"
    "With \\fB\\-\\-repair\\fR blobs whose bytes are not those of their name are removed, and with "
    "them the images that need them: pull, load or import those again. Layers whose files have "
    "changed are made anew from their blobs, unless containers use them. The exit status is 1 when "
    "something is damaged and was not repaired.\n",
};
