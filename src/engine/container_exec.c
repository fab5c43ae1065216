// SPDX-License-Identifier: Apache-2.0
// container_exec.c — another process in a running container.
//
// The runtime's own `exec` does it, as a child of this process with the caller's standard streams:
// no daemon and no copy in between. A terminal is the runtime's, too. process.json travels through
// a memory file that stays ours (a runtime closes what it inherits), so that nothing is left on a
// disk when somebody is killed.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"
#include "engine/process.h"
#include "linux/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

enum { PROCESS_MAX = 1024 * 1024 };

static int process_file(struct arena *arena, const struct container *container,
                        const struct container_exec_request *request, struct err *err);
static int run(struct engine *engine, struct arena *arena, const struct container *container,
               const struct container_exec_request *request, int process, struct err *err);

int engine_container_exec(struct engine *engine, struct arena *arena,
                          const struct container_exec_request *request,
                          struct container_exec_response *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0)
        return -1;
    if (container.status != STATUS_RUNNING)
        return fail(err, ERR_CONFLICT, "container %s is not running", container.row.id);
    AUTO_FD int process = process_file(arena, &container, request, err);
    if (process < 0)
        return -1;
    int status = run(engine, arena, &container, request, process, err);
    if (status < 0)
        return -1;
    response->exit_code = status;
    return 0;
}

// An fd of the process as JSON.
static int process_file(struct arena *arena, const struct container *container,
                        const struct container_exec_request *request, struct err *err)
{
    const struct container_spec *spec = &container->spec;
    const char **env = arena_array(arena, spec->n_env + request->n_env + 1, sizeof *env);
    size_t n_env = 0;
    environment_set_all(env, &n_env, spec->env, spec->n_env);
    environment_set_all(env, &n_env, request->env, request->n_env);
    bool has_dir = !text_is_empty(request->working_dir);
    const struct process_request wanted = {
        .user = text_is_empty(request->user) ? spec->user : request->user,
        .args = request->cmd,
        .n_args = request->n_cmd,
        .env = env,
        .n_env = n_env,
        .working_dir = has_dir ? request->working_dir : spec->working_dir,
        .tty = request->tty,
        .console_size = request->n_console_size == 2 ? request->console_size : NULL,
        .host = &spec->host,
        .hostname = container_hostname(arena, container),
    };
    // The users are those of the container as it is now: the overlay that it runs on.
    AUTO_FD int rootfs =
        openat(container->dir, "rootfs", O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    struct oci_process *process;
    if (rootfs < 0)
        return fail_sys(err, "open the root of container %s", container->row.id);
    if (process_build(arena, &wanted, rootfs, &process, err) < 0)
        return -1;
    AUTO_BUF struct buf text;
    buf_init(&text, PROCESS_MAX);
    json_encode(&text, oci_process_fields, process, JSON_COMPACT);
    if (buf_check(&text, "the process", err) < 0)
        return -1;
    AUTO_FD int fd = memfd_create("process.json", MFD_CLOEXEC);
    if (fd < 0 || write_all(fd, text.at, text.n) < 0)
        return fail_sys(err, "write process.json");
    return TAKE_FD(fd);
}

// The exit status of `runtime exec`. Signals of the terminal go to the whole foreground group; here
// they must not end us before the child is done.
static int run(struct engine *engine, struct arena *arena, const struct container *container,
               const struct container_exec_request *request, int process, struct err *err)
{
    struct runtime runtime;
    if (runtime_find(engine, arena, container->spec.host.runtime, &runtime, err) < 0)
        return -1;
    const char *verb[8] = {"exec", "--process",
                           arena_printf(arena, "/proc/%d/fd/%d", (int)getpid(), process)};
    size_t n = 3;
    if (request->tty)
        verb[n++] = "--tty";
    if (request->detach)
        verb[n++] = "--detach";
    verb[n++] = container->row.id;
    verb[n] = NULL;
    const char **argv = runtime_argv(engine, arena, &runtime, verb);
    pid_t pid = fork();
    if (pid < 0)
        return fail_sys(err, "start %s", runtime.path);
    if (pid == 0) {
        if (!request->attach_stdin) {
            int null = open("/dev/null", O_RDONLY);
            (void)dup2(null, 0);
        }
        execv(runtime.path, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    int status;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old_int, old_quit;
    (void)sigaction(SIGINT, &ignore, &old_int);
    (void)sigaction(SIGQUIT, &ignore, &old_quit);
    int waited = process_wait(pid, &status, err);
    (void)sigaction(SIGINT, &old_int, NULL);
    (void)sigaction(SIGQUIT, &old_quit, NULL);
    return waited < 0 ? -1 : status;
}
