// SPDX-License-Identifier: Apache-2.0
// restart.c — the engine's part of restart policies: whether, by which command, and who starts a
// container whose monitor cannot (monitor/restart.c has the theory).
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum { BOOT_ID_MAX = 64 };

const char *boot_id(struct arena *arena)
{
    AUTO_BUF struct buf text;
    buf_init(&text, BOOT_ID_MAX);
    struct err ignored; // then every boot is the same one
    if (file_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", &text, &ignored) < 0)
        return "";
    struct str id = str_trim((struct str){text.at, text.n});
    return arena_strndup(arena, id.at, id.n);
}

int restart_policy_check(const struct restart_policy *policy, struct err *err)
{
    static const char *const names[] = {"no", "always", "unless-stopped", "on-failure"};
    bool is_known = text_is_empty(policy->name);
    for (size_t i = 0; i < N_ELEMENTS(names) && !is_known; i++)
        is_known = strcmp(names[i], policy->name) == 0;
    if (!is_known)
        return fail(err, ERR_INVALID,
                    "invalid restart policy: unknown policy '%s'; use one of 'no', 'always', "
                    "'on-failure', or 'unless-stopped'",
                    policy->name);
    if (policy->maximum_retry_count < 0)
        return fail(err, ERR_INVALID,
                    "invalid restart policy: maximum retry count cannot be negative");
    if (policy->maximum_retry_count != 0 && !text_equal(policy->name, "on-failure"))
        return fail(err, ERR_INVALID,
                    "invalid restart policy: maximum retry count can only be used with "
                    "'on-failure'");
    return 0;
}

bool restart_applies(const struct container *container)
{
    const struct restart_policy *policy = &container->spec.host.restart_policy;
    const struct live *live = &container->live;
    if (live->is_ended_by_user)
        return false;
    if (text_equal(policy->name, "always") || text_equal(policy->name, "unless-stopped"))
        return true;
    return text_equal(policy->name, "on-failure") && live->exit_code != 0 &&
           (policy->maximum_retry_count <= 0 || live->restart_count < policy->maximum_retry_count);
}

const char **restart_argv(const struct engine *engine, struct arena *arena, const char *dhow,
                          const char *id)
{
    const char *const words[] = {dhow,
                                 "--root",
                                 engine->settings->root,
                                 "--run-root",
                                 engine->settings->run_root,
                                 "start",
                                 "--restarted",
                                 id,
                                 NULL};
    const char **argv = arena_array(arena, N_ELEMENTS(words), sizeof *argv);
    memcpy(argv, words, sizeof words);
    return argv;
}

// In a child: nobody's terminal, nobody's child.
static _Noreturn void become(const char *const *argv)
{
    (void)setsid();
    pid_t pid = fork();
    if (pid != 0)
        _exit(pid < 0);
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3 && null >= 0; fd++)
        (void)dup2(null, fd);
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

void container_revive(const struct engine *engine, struct arena *arena, const char *id)
{
    struct err ignored; // the next one that looks tries again
    const char *dhow = program_find(arena, "dhow", &ignored);
    if (dhow == NULL)
        return;
    const char **argv = restart_argv(engine, arena, dhow, id);
    pid_t pid = fork();
    if (pid == 0)
        become(argv);
    if (pid > 0)
        (void)waitpid(pid, NULL, 0); // it has started the other by then
}
