// SPDX-License-Identifier: Apache-2.0
// plugin.c — where plugins are, what they say of themselves, and handing over to one.
//
// A plugin is a program docker-NAME in ~/.docker/cli-plugins or one of the system's directories.
// Asked with `docker-cli-plugin-metadata` it answers with a JSON object; called by a user it gets
// the whole command line, and knows by an environment variable who has called.
#include "cli/plugin.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PREFIX "docker-"
enum { METADATA_MAX = 64 * 1024, PATIENCE_MS = 5000, DIRECTORIES_MAX = 16 };

struct metadata {
    const char *schema, *vendor, *version, *summary;
};
static const struct json_field metadata_fields[] = {
    JSON_NAMED(struct metadata, schema, "SchemaVersion", JSON_OPTIONAL),
    JSON_NAMED(struct metadata, vendor, "Vendor", JSON_OPTIONAL),
    JSON_NAMED(struct metadata, version, "Version", JSON_OPTIONAL),
    JSON_NAMED(struct metadata, summary, "ShortDescription", JSON_OPTIONAL),
    {},
};

// docker's order: what comes first wins.
static size_t directories(struct cli *cli, const char *out[DIRECTORIES_MAX])
{
    static const char *const systems[] = {
        "/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins",
        "/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins"};
    const struct config_file *config = cli_config(cli);
    size_t n = 0;
    for (size_t i = 0; i < config->n_plugin_dirs && n < DIRECTORIES_MAX / 2; i++)
        out[n++] = config->plugin_dirs[i];
    out[n++] = arena_printf(&cli->arena, "%s/cli-plugins", cli_config_dir(cli));
    for (size_t i = 0; i < N_ELEMENTS(systems); i++)
        out[n++] = systems[i];
    return n;
}

static bool is_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");
    return n != 0 && name[n] == '\0' && (name[0] < '0' || name[0] > '9');
}

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

int plugin_find(struct cli *cli, const char *name, const char **out_path)
{
    const char *dirs[DIRECTORIES_MAX];
    size_t n = is_name(name) ? directories(cli, dirs) : 0;
    for (size_t i = 0; i < n; i++) {
        const char *path = arena_printf(&cli->arena, "%s/" PREFIX "%s", dirs[i], name);
        if (is_program(path)) {
            *out_path = path;
            return 1;
        }
    }
    return 0;
}

// --- what they say

// Reads to the end, for as long as there is patience.
static bool read_answer(int fd, struct buf *out)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    while (poll(&wait, 1, PATIENCE_MS) == 1) {
        char *room = buf_room(out, 4096);
        ssize_t n = room != NULL ? read(fd, room, 4096) : -1;
        if (n <= 0)
            return n == 0;
        buf_grew(out, (size_t)n);
    }
    return false;
}

static bool ask(const char *path, struct buf *out)
{
    const char *const argv[] = {path, "docker-cli-plugin-metadata", NULL};
    int ends[2];
    struct err ignored; // it is no plugin, then
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    AUTO_FD int ours = ends[0], theirs = ends[1];
    AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int fds[] = {null, theirs, null};
    const struct spawn spawn = {path, argv, NULL, fds, N_ELEMENTS(fds), true};
    pid_t pid;
    if (null < 0 || spawn_program(&spawn, &pid, &ignored) < 0)
        return false;
    (void)close(TAKE_FD(theirs));
    bool has_answered = read_answer(ours, out);
    if (!has_answered)
        (void)kill(pid, SIGKILL); // our child, not waited for yet
    int status = -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return has_answered && status == 0;
}

static bool describe(struct cli *cli, const char *name, const char *path, struct plugin *out)
{
    AUTO_BUF struct buf answer;
    struct metadata it;
    struct err ignored;
    buf_init(&answer, METADATA_MAX);
    if (!ask(path, &answer) || json_decode(&cli->arena, buf_get(&answer), answer.n, metadata_fields,
                                           &it, JSON_LENIENT, &ignored) < 0)
        return false;
    bool is_known =
        text_equal(it.schema, "0.1.0") || text_starts(it.schema ? it.schema : "", "0.2");
    if (!is_known || text_is_empty(it.vendor))
        return false;
    const char *version = text_is_empty(it.version) ? "" : it.version;
    *out = (struct plugin){name, path,
                           arena_printf(&cli->arena, "%s (%s%s%s)",
                                        it.summary != NULL ? it.summary : "", it.vendor,
                                        *version != '\0' ? ", " : "", version)};
    return true;
}

static bool is_in(const struct plugin *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].name, name) == 0)
            return true;
    }
    return false;
}

size_t plugins_list(struct cli *cli, struct plugin out[PLUGINS_MAX])
{
    const char *dirs[DIRECTORIES_MAX];
    size_t n_dirs = directories(cli, dirs), n = 0;
    for (size_t i = 0; i < n_dirs; i++) {
        DIR *stream = opendir(dirs[i]);
        for (const struct dirent *it; stream != NULL && (it = readdir(stream)) != NULL;) {
            if (!text_starts(it->d_name, PREFIX))
                continue;
            const char *name = arena_strdup(&cli->arena, it->d_name + strlen(PREFIX));
            const char *path = arena_printf(&cli->arena, "%s/%s", dirs[i], it->d_name);
            bool is_taken = command_find(name) != NULL || command_group_find(name) != NULL;
            if (n < PLUGINS_MAX && is_name(name) && !is_taken && !is_in(out, n, name) &&
                is_program(path) && describe(cli, name, path, &out[n]))
                n++;
        }
        if (stream != NULL)
            (void)closedir(stream); // only read
    }
    return n;
}

int plugin_run(struct cli *cli, const char *path, const char *const *words, size_t n)
{
    const char **argv = arena_array(&cli->arena, n + 2, sizeof *argv);
    argv[0] = path;
    for (size_t i = 0; i < n; i++)
        argv[i + 1] = words[i];
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    (void)setenv("DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND", length > 0 ? self : "dhow", 1);
    (void)fflush(NULL);
    execve(path, (char *const *)(uintptr_t)argv, environ);
    return fail_sys(&cli->err, "run the plugin %s", path);
}
