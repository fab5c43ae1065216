// SPDX-License-Identifier: Apache-2.0
// dhow.c — the command line with the engine inside: wires one to the other and nothing else.
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "engine/engine.h"

#include <limits.h>
#include <signal.h>
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

// The machine's, or the user's own: who is not root cannot have the other.
static const char *usual_config(void)
{
    const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");
    if (geteuid() == 0 || (text_is_empty(home) && text_is_empty(config)))
        return "/etc/dhow/dhow.json";
    return text_is_empty(config) ? str_printf("%s/.config/dhow/dhow.json", home)
                                 : str_printf("%s/dhow/dhow.json", config);
}

static struct engine_settings settings = {.version = DHOW_VERSION, .commit = DHOW_COMMIT};
static struct operator operator_ = {.call = engine_call, .settle = engine_settle};

static struct operator* connect_engine(const struct cli_globals *globals)
{
    settings.root = absolute(choose(globals->root, "DHOW_ROOT", "/var/lib/dhow"));
    settings.run_root = absolute(choose(globals->run_root, "DHOW_RUN_ROOT", "/run/dhow"));
    settings.runtime = choose(globals->runtime, "DHOW_RUNTIME", NULL);
    const char *config = getenv("DHOW_CONFIG");
    settings.config_must_exist = !text_is_empty(config);
    settings.config = absolute(settings.config_must_exist ? config : usual_config());
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
