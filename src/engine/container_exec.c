// SPDX-License-Identifier: Apache-2.0
// container_exec.c — another process in a running container.
//
// The runtime's own `exec --detach` starts it with the caller's standard streams, or with a
// terminal that it sends: no daemon and no copy in between. A keeper stays with it (exec_keeper.c).
// process.json travels through a memory file that stays ours (a runtime closes what it inherits),
// so that nothing is left on a disk when somebody is killed.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/events.h"
#include "engine/exec_keeper.h"
#include "engine/exec_record.h"
#include "engine/process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>

enum { PROCESS_MAX = 1024 * 1024 };

static int check(const struct container *container, const char *reference, struct err *err);
static int process_file(struct arena *arena, const struct container *container,
                        const struct container_exec_request *request, struct err *err);
static int run(struct exec_plan *plan, struct arena *arena,
               const struct container_exec_request *request,
               struct container_exec_response *response, struct err *err);
static struct exec_inspection record_of(struct arena *arena, const struct container *container,
                                        const struct container_exec_request *request);

int engine_container_exec(struct engine *engine, struct arena *arena,
                          const struct container_exec_request *request,
                          struct container_exec_response *response, struct err *err)
{
    AUTO_CONTAINER struct container container = CONTAINER_NONE;
    if (container_open(engine, arena, request->id, CONTAINER_LOOK, &container, err) < 0 ||
        check(&container, request->id, err) < 0)
        return -1;
    if (request->n_cmd == 0)
        return fail(err, ERR_INVALID, "No exec command specified");
    struct exec_inspection record = record_of(arena, &container, request);
    AUTO_FD int process = process_file(arena, &container, request, err);
    AUTO_FD int exec_dir = process < 0 ? -1 : exec_dir_open(container.run_dir, err);
    AUTO_FD int file = exec_dir < 0 ? -1 : exec_record_create(exec_dir, record.id, err);
    if (file < 0)
        return -1;
    struct exec_plan plan = {
        .engine = engine,
        .container = &container,
        .exec_dir = exec_dir,
        .record_file = file,
        .process = process,
        .record = &record,
        .detach = request->detach,
    };
    return run(&plan, arena, request, response, err);
}

static int check(const struct container *container, const char *reference, struct err *err)
{
    if (container->status == STATUS_PAUSED)
        return fail(err, ERR_CONFLICT, "Container %s is paused, unpause the container before exec",
                    reference);
    return container_check_running(container, err);
}

static const char *make_id(struct arena *arena)
{
    uint64_t random[ID_LENGTH / 16];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        abort(); // the kernel has it since it started
    return arena_printf(arena, "%016lx%016lx%016lx%016lx", random[0], random[1], random[2],
                        random[3]);
}

static struct exec_inspection record_of(struct arena *arena, const struct container *container,
                                        const struct container_exec_request *request)
{
    bool is_shown = !request->detach;
    return (struct exec_inspection){
        .id = make_id(arena),
        .container_id = container->row.id,
        .process = {.tty = request->tty,
                    .privileged = request->privileged,
                    .entrypoint = request->cmd[0],
                    .arguments = request->cmd + 1,
                    .n_arguments = request->n_cmd - 1,
                    .user = request->user},
        .open_stdin = request->attach_stdin && is_shown,
        .open_stdout = is_shown,
        .open_stderr = is_shown && !request->tty,
        .detach_keys = request->detach_keys != NULL ? request->detach_keys : "",
    };
}

// An fd of the process as JSON.
static int process_file(struct arena *arena, const struct container *container,
                        const struct container_exec_request *request, struct err *err)
{
    const struct container_spec *spec = &container->spec;
    struct host_config host = spec->host;
    host.privileged |= request->privileged;
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
        .host = &host,
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

static void announce(const struct exec_plan *plan, struct arena *arena, const char *action)
{
    const struct exec_process *process = &plan->record->process;
    const char *words = arena_printf(arena, "%s: %s", action, process->entrypoint);
    for (size_t i = 0; i < process->n_arguments; i++)
        words = arena_printf(arena, "%s %s", words, process->arguments[i]);
    const struct json_pair pairs[] = {{"execID", plan->record->id}};
    container_announce(plan->engine, plan->container, words, pairs, N_ELEMENTS(pairs));
}

static const char *in_exec_dir(const struct exec_plan *plan, struct arena *arena, const char *name)
{
    return arena_printf(arena, "/proc/%d/fd/%d/%s", (int)getpid(), plan->exec_dir, name);
}

static int run(struct exec_plan *plan, struct arena *arena,
               const struct container_exec_request *request,
               struct container_exec_response *response, struct err *err)
{
    struct runtime runtime;
    if (runtime_find(plan->engine, arena, plan->container->spec.host.runtime, &runtime, err) < 0)
        return -1;
    plan->runtime = runtime.path;
    plan->pid_name = arena_printf(arena, "%.16s.pid", plan->record->id);
    plan->log_name = arena_printf(arena, "%.16s.log", plan->record->id);
    plan->socket_name = request->tty ? arena_printf(arena, "%.16s.sock", plan->record->id) : NULL;
    const char *verb[16] = {
        "--log",        in_exec_dir(plan, arena, plan->log_name),
        "--log-format", "json",
        "exec",         "--detach",
        "--pid-file",   in_exec_dir(plan, arena, plan->pid_name),
        "--process",    arena_printf(arena, "/proc/%d/fd/%d", (int)getpid(), plan->process)};
    size_t n = 10;
    if (request->tty) {
        verb[n++] = "--tty";
        verb[n++] = "--console-socket";
        verb[n++] = in_exec_dir(plan, arena, plan->socket_name);
    }
    verb[n++] = plan->container->row.id;
    verb[n] = NULL;
    plan->argv = runtime_argv(plan->engine, arena, &runtime, verb);
    announce(plan, arena, "exec_create");
    *response = (struct container_exec_response){.id = plan->record->id, .terminal = -1, .end = -1};
    pid_t pid;
    if (!request->detach && !request->tty) {
        if (exec_start(plan, &pid, err) < 0)
            return -1;
        announce(plan, arena, "exec_start");
        response->exit_code = exec_await(plan, pid);
        return 0;
    }
    int terminal = -1, end = -1;
    if (exec_keep(plan, &terminal, &end, err) < 0)
        return -1;
    announce(plan, arena, "exec_start");
    if (request->detach) {
        if (terminal >= 0)
            (void)close(TAKE_FD(terminal)); // its keeper has it
        (void)close(TAKE_FD(end));
    }
    response->terminal = terminal;
    response->end = end;
    return 0;
}
