// SPDX-License-Identifier: Apache-2.0
// dhow.c — the command line with the engine inside: wires one to the other and nothing else.
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "engine/engine.h"
#include "linux/rootless.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// What a user may leave open: the option, the environment, the default.
static const char *choose(const char *option, const char *variable, const char *otherwise)
{
    const char *value = !text_is_empty(option) ? option : getenv(variable);
    return !text_is_empty(value) ? value : otherwise;
}

// A path that still leads there from another working directory: a monitor's, the runtime's.
static const char *absolute(const char *path)
{
    char here[PATH_MAX];
    if (path[0] == '/' || getcwd(here, sizeof here) == NULL)
        return path;
    return str_printf("%s/%s", here, path); // lives as long as the program
}

// A user's own place: of a variable of the XDG base directories, or below the home directory.
static const char *own_place(const char *variable, const char *below_home)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    if (!text_is_empty(base))
        return base;
    return text_is_empty(home) ? NULL : str_printf("%s/%s", home, below_home);
}

static const char *usual_config(bool is_rootless)
{
    const char *own = is_rootless ? own_place("XDG_CONFIG_HOME", ".config") : NULL;
    return own == NULL ? "/etc/dhow/dhow.json" : str_printf("%s/dhow/dhow.json", own);
}

// Where things are for a user without privileges, who is root in a namespace of their own from now
// on.
static int enter_rootless(const char **root, const char **run_root, struct err *err)
{
    const char *run = rootless_run_dir(err), *data = own_place("XDG_DATA_HOME", ".local/share");
    if (run == NULL)
        return -1;
    if (data == NULL)
        return fail(err, ERR_INVALID, "neither HOME nor XDG_DATA_HOME is set: images need a place");
    AUTO_FREE char *why_one = NULL;
    if (!rootless_is_entered() && rootless_enter(run, &why_one, err) < 0)
        return fail_in(err, "without root");
    if (why_one != NULL)
        fprintf(stderr,
                "WARNING: only your own id is there in containers, other users' files cannot be "
                "kept: %s\n",
                why_one);
    *root = str_printf("%s/dhow", data);
    *run_root = str_printf("%s/run", run);
    return 0;
}

static struct engine_settings settings = {.version = DHOW_VERSION, .commit = DHOW_COMMIT};
static struct operator operator_ = {.call = engine_call, .settle = engine_settle};

static struct operator* connect_engine(const struct cli_globals *globals, struct err *err)
{
    const char *root = "/var/lib/dhow", *run_root = "/run/dhow";
    bool is_rootless = rootless_is_needed() || rootless_is_entered();
    if (is_rootless && enter_rootless(&root, &run_root, err) < 0)
        return NULL;
    settings.root = absolute(choose(globals->root, "DHOW_ROOT", root));
    settings.run_root = absolute(choose(globals->run_root, "DHOW_RUN_ROOT", run_root));
    settings.runtime = choose(globals->runtime, "DHOW_RUNTIME", NULL);
    const char *config = getenv("DHOW_CONFIG");
    settings.config_must_exist = !text_is_empty(config);
    settings.config = absolute(settings.config_must_exist ? config : usual_config(is_rootless));
    settings.docker_config =
        absolute(choose(NULL, "DHOW_DOCKER_CONFIG", "/etc/docker/daemon.json"));
    operator_.self = engine_new(&settings);
    return &operator_;
}

int main(int argc, char **argv)
{
    const struct cli_setup setup = {
        .connect = connect_engine,
        .version = DHOW_VERSION,
        .commit = DHOW_COMMIT,
    };
    // Ignored, as a parent may leave it to us, it would hide from us and from the monitor that a
    // child has ended.
    (void)signal(SIGCHLD, SIG_DFL);
    int status = cli_main(&setup, argc, argv);
    engine_free(operator_.self);
    return status;
}
