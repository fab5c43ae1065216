// SPDX-License-Identifier: Apache-2.0
// process_test.c — who a container's process is and what it may, without a container.
#include "base/mem.h"
#include "base/test.h"
#include "engine/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct root {
    char path[64];
    int fd;
    struct arena arena;
    struct err err;
};

static void root_init(struct root *root)
{
    *root = (struct root){.path = "/tmp/dhow-process-test.XXXXXX"};
    CHECK(mkdtemp(root->path) != NULL);
    root->fd = open(root->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(mkdirat(root->fd, "etc", 0755), 0);
    AUTO_FD int passwd = openat(root->fd, "etc/passwd", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    static const char lines[] = "root:x:0:0::/root:/bin/sh\nweb:x:33:34::/srv:/bin/sh\n";
    CHECK_INT(write(passwd, lines, sizeof lines - 1), sizeof lines - 1);
}

static void root_done(struct root *root)
{
    CHECK_INT(unlinkat(root->fd, "etc/passwd", 0), 0);
    CHECK_INT(unlinkat(root->fd, "etc", AT_REMOVEDIR), 0);
    CHECK_INT(rmdir(root->path), 0);
    CHECK_INT(close(root->fd), 0);
    arena_done(&root->arena);
}

static const char *variable(const struct oci_process *process, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < process->n_env; i++) {
        if (strncmp(process->env[i], name, n) == 0 && process->env[i][n] == '=')
            return process->env[i] + n + 1;
    }
    return NULL;
}

static struct oci_process *build(struct root *root, const struct process_request *request)
{
    struct oci_process *process = NULL;
    CHECK_INT(process_build(&root->arena, request, root->fd, &process, &root->err), 0);
    return process;
}

TEST(a_process_has_dockers_environment)
{
    struct root root;
    root_init(&root);
    const struct host_config host = {};
    const char *env[] = {"A=1", "PATH=/bin"};
    const struct process_request request = {
        .env = env, .n_env = 2, .host = &host, .hostname = "here", .tty = true};
    const struct oci_process *process = build(&root, &request);
    CHECK_STR(variable(process, "A"), "1");
    CHECK_STR(variable(process, "PATH"), "/bin");
    CHECK_STR(variable(process, "HOSTNAME"), "here");
    CHECK_STR(variable(process, "TERM"), "xterm");
    CHECK_STR(variable(process, "HOME"), "/root");
    CHECK_INT(process->n_env, 5);
    CHECK_STR(process->cwd, "/");
    root_done(&root);
}

TEST(root_has_the_fourteen_capabilities_and_another_user_only_their_bound)
{
    struct root root;
    root_init(&root);
    const struct host_config host = {};
    const struct oci_process *process = build(&root, &(struct process_request){.host = &host});
    CHECK_INT(process->capabilities->n_bounding, 14);
    CHECK_INT(process->capabilities->n_effective, 14);
    CHECK_INT(process->capabilities->n_inheritable, 0);
    CHECK_INT(process->capabilities->n_ambient, 0);
    process = build(&root, &(struct process_request){.host = &host, .user = "web"});
    CHECK_INT(process->user.uid, 33);
    CHECK_INT(process->user.gid, 34);
    CHECK_STR(variable(process, "HOME"), "/srv");
    CHECK_INT(process->capabilities->n_bounding, 14);
    CHECK_INT(process->capabilities->n_effective, 0);
    CHECK_INT(process->capabilities->n_permitted, 0);
    root_done(&root);
}

TEST(capabilities_are_added_and_dropped_by_dockers_rules)
{
    static const struct {
        const char *add, *drop;
        size_t n;
    } cases[] = {
        {"net_admin", NULL, 15}, {"CAP_NET_ADMIN", NULL, 15}, {NULL, "CHOWN", 13},
        {NULL, "all", 0},        {"net_raw", "ALL", 1},       {"sys_admin", "chown", 14},
    };
    struct root root;
    root_init(&root);
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        const char *add = cases[i].add, *drop = cases[i].drop;
        const struct host_config host = {.cap_add = &add,
                                         .n_cap_add = add != NULL,
                                         .cap_drop = &drop,
                                         .n_cap_drop = drop != NULL};
        const struct oci_process *process = build(&root, &(struct process_request){.host = &host});
        CHECK_INT(process->capabilities->n_bounding, cases[i].n);
    }
    root_done(&root);
}

TEST(an_unknown_user_or_capability_is_named)
{
    struct root root;
    root_init(&root);
    const char *add = "fly";
    const struct host_config host = {.cap_add = &add, .n_cap_add = 1}, none = {};
    uint64_t mask, missing;
    CHECK_INT(capabilities_of(&host, &mask, &missing, &root.err), -1);
    CHECK_STR(root.err.text, "invalid CapAdd: unknown capability: \"CAP_FLY\"");
    struct oci_process *process;
    CHECK_INT(process_build(&root.arena,
                            &(struct process_request){.host = &none, .user = "nobody-here"},
                            root.fd, &process, &root.err),
              -1);
    CHECK_HAS(root.err.text, "nobody-here");
    root_done(&root);
}

TEST(a_variable_is_set_once)
{
    const char *env[4] = {"A=1", "AB=2"};
    size_t n = 2;
    environment_set(env, &n, "A=3");
    environment_set(env, &n, "B=4");
    CHECK_INT(n, 3);
    CHECK_STR(env[0], "A=3");
    CHECK_STR(env[1], "AB=2");
    CHECK_STR(env[2], "B=4");
}
