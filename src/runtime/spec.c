// SPDX-License-Identifier: Apache-2.0
// spec.c — a config.json to start from; one that is there is never replaced.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "oci/config.h"
#include "runtime/commands.h"

#include <errno.h>
#include <fcntl.h>

enum { TEMPLATE_MAX = 1024 * 1024 };

struct spec_options {
    const char *bundle;
    bool rootless;
};
static const struct option spec_table[] = {
    OPTION_TEXT(struct spec_options, bundle, "bundle", 'b', "dir",
                "where to write it (default: the current directory)"),
    OPTION_FLAG(struct spec_options, rootless, "rootless", 0,
                "for a user without privileges: a user namespace, no network of its own"),
    {},
};

static int spec_run(struct command_call *call, struct err *err)
{
    const struct spec_options *options = call->options;
    const char *bundle = text_is_empty(options->bundle) ? "." : options->bundle;
    AUTO_BUF struct buf text;
    buf_init(&text, TEMPLATE_MAX);
    oci_config_template(&text, options->rootless);
    if (text.n == 0 || text.at[text.n - 1] != '\n')
        buf_char(&text, '\n');
    if (buf_check(&text, "config.json", err) < 0)
        return -1;
    AUTO_FD int dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return fail_sys(err, "open bundle %s", bundle);
    AUTO_FD int fd = openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST)
        return fail(err, ERR_CONFLICT, "%s/config.json exists: remove it first", bundle);
    if (fd < 0 || write_all(fd, text.at, text.n) < 0)
        return fail_sys(err, "write %s/config.json", bundle);
    return 0;
}

const struct command spec_command = {.name = "spec",
                                     .arguments = "",
                                     .help = "Write a config.json to start from",
                                     .options = spec_table,
                                     .options_size = sizeof(struct spec_options),
                                     .flags = COMMAND_ROOTLESS,
                                     .run = spec_run};
