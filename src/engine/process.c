// SPDX-License-Identifier: Apache-2.0
// process.c — the `process` of config.json and of exec: who it is and what it may.
//
// Defaults are docker's: fourteen capabilities, no ambient or inheritable ones, PATH, HOSTNAME,
// TERM on a terminal, HOME from the container's own passwd file.
#include "engine/process.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/limits.h"
#include "engine/security.h"
#include "linux/capability.h"
#include "linux/path.h"
#include "linux/user.h"
#include "linux/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>

enum { CAPABILITIES_MAX = 64 };

static const char *const default_capabilities[] = {
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",     "CAP_MKNOD",
    "CAP_NET_RAW", "CAP_SETGID",       "CAP_SETUID",           "CAP_SETFCAP",    "CAP_SETPCAP",
    "CAP_KILL",    "CAP_AUDIT_WRITE",  "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
};

static const char default_path[] =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// --- capabilities ---

static uint64_t all_there_are(void);

// "net_admin", "CAP_NET_ADMIN", "ALL": the mask of one word.
static int word_mask(const char *word, const char *what, uint64_t *out, struct err *err)
{
    if (strcasecmp(word, "all") == 0) {
        *out = all_there_are();
        return 0;
    }
    char name[40] = "CAP_";
    size_t n = strncasecmp(word, "cap_", 4) == 0 ? 0 : 4;
    for (const char *at = word; *at != '\0' && n < sizeof name - 1; at++)
        name[n++] = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    unsigned number;
    if (!capability_find(name, &number))
        return fail(err, ERR_INVALID, "invalid %s: unknown capability: \"%s\"", what, name);
    *out = UINT64_C(1) << number;
    return 0;
}

static int add_words(const char *const *words, size_t n, const char *what, uint64_t *mask,
                     struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t one = 0;
        if (word_mask(words[i], what, &one, err) < 0)
            return -1;
        *mask |= one;
    }
    return 0;
}

static int has_all(const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcasecmp(words[i], "all") == 0)
            return 1;
    }
    return 0;
}

uint64_t capabilities_default(void)
{
    uint64_t mask = 0;
    (void)capability_mask(default_capabilities, N_ELEMENTS(default_capabilities), &mask, NULL);
    return mask;
}

static uint64_t all_there_are(void)
{
    return capability_last() >= 63 ? UINT64_MAX : (UINT64_C(2) << capability_last()) - 1;
}

// What this program has itself, and so can give: its bounding set.
static uint64_t own_capabilities(void)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i <= capability_last() && i < CAPABILITIES_MAX; i++) {
        if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
            mask |= UINT64_C(1) << i;
    }
    return mask;
}

// docker's rule: what is added wins over "drop ALL", what is dropped wins over "add ALL".
int capabilities_of(const struct host_config *host, uint64_t *out, uint64_t *out_missing,
                    struct err *err)
{
    uint64_t mask = capabilities_default(), add = 0, drop = 0;
    if (add_words(host->cap_add, host->n_cap_add, "CapAdd", &add, err) < 0 ||
        add_words(host->cap_drop, host->n_cap_drop, "CapDrop", &drop, err) < 0)
        return -1;
    if (host->privileged)
        mask = all_there_are();
    else if (has_all(host->cap_drop, host->n_cap_drop))
        mask = add;
    else
        mask = (mask | add) & ~drop;
    *out_missing = 0;
    // The default ones are there, or the runtime says so: a look is only for what was asked for.
    if (mask != capabilities_default()) {
        uint64_t own = own_capabilities();
        bool has_wildcard = host->privileged || has_all(host->cap_add, host->n_cap_add);
        *out_missing = has_wildcard ? 0 : add & ~own & ~drop;
        mask &= own;
    }
    *out = mask;
    return 0;
}

static int set_capabilities(struct arena *arena, const struct process_request *request,
                            uint32_t uid, struct oci_process *process, struct err *err)
{
    uint64_t mask, missing;
    if (capabilities_of(request->host, &mask, &missing, err) < 0)
        return -1;
    struct oci_capabilities *sets = arena_new(arena, struct oci_capabilities);
    const char **names = arena_array(arena, CAPABILITIES_MAX, sizeof *names);
    size_t n = 0;
    for (unsigned i = 0; i < CAPABILITIES_MAX; i++) {
        if ((mask & UINT64_C(1) << i) != 0 && capability_name(i) != NULL)
            names[n++] = capability_name(i);
    }
    sets->bounding = names;
    sets->n_bounding = n;
    if (uid == 0) { // another user gets none, but may gain them by what is set-uid
        sets->permitted = sets->effective = names;
        sets->n_permitted = sets->n_effective = n;
    }
    process->capabilities = sets;
    return 0;
}

// --- environment ---

static bool same_variable(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");
    return strncmp(a, b, n) == 0 && (b[n] == '=' || b[n] == '\0');
}

void environment_set(const char **env, size_t *n_env, const char *variable)
{
    for (size_t i = 0; i < *n_env; i++) {
        if (same_variable(variable, env[i])) {
            env[i] = variable;
            return;
        }
    }
    env[(*n_env)++] = variable;
}

void environment_set_all(const char **env, size_t *n_env, const char *const *variables, size_t n)
{
    for (size_t i = 0; i < n; i++)
        environment_set(env, n_env, variables[i]);
}

static bool has_variable(const char *const *env, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (same_variable(name, env[i]))
            return true;
    }
    return false;
}

static void set_environment(struct arena *arena, const struct process_request *request,
                            const char *home, struct oci_process *process)
{
    const char **env = arena_array(arena, request->n_env + 4, sizeof *env);
    size_t n = 0;
    env[n++] = default_path;
    if (request->hostname != NULL)
        env[n++] = arena_printf(arena, "HOSTNAME=%s", request->hostname);
    if (request->tty)
        env[n++] = "TERM=xterm";
    environment_set_all(env, &n, request->env, request->n_env);
    if (!has_variable(env, n, "HOME"))
        env[n++] = arena_printf(arena, "HOME=%s", home);
    process->env = env;
    process->n_env = n;
}

// --- user ---

// The root's own file, or -1 when it has none (an image may be one binary).
static int open_file(int rootfs, const char *path, int *out, struct err *err)
{
    int fd = path_open_in(rootfs, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, err);
    if (fd < 0 && err->sys != ENOENT && err->sys != ENOTDIR)
        return -1;
    *out = fd;
    return 0;
}

// --group-add: there is room for them.
static int add_groups(const struct host_config *host, int group, struct oci_process *process,
                      struct err *err)
{
    for (size_t i = 0; i < host->n_group_add; i++) {
        struct user user;
        AUTO_FREE char *spec = str_printf("0:%s", host->group_add[i]);
        if (text_is_empty(host->group_add[i]) || strchr(host->group_add[i], ':') != NULL)
            return fail(err, ERR_INVALID, "invalid group to add: \"%s\"", host->group_add[i]);
        if (group >= 0 && lseek(group, 0, SEEK_SET) < 0)
            return fail_sys(err, "read /etc/group");
        if (user_resolve(spec, -1, group, &user, err) < 0)
            return fail_in(err, "Unable to find group %s", host->group_add[i]);
        process->user.additionalGids[process->user.n_additionalGids++] = user.gid;
        user_done(&user);
    }
    return 0;
}

static int set_user(struct arena *arena, const struct process_request *request, int rootfs,
                    struct oci_process *process, const char **out_home, struct err *err)
{
    const struct host_config *host = request->host;
    const char *text = request->user;
    AUTO_FD int passwd = -1, group = -1;
    if (open_file(rootfs, "/etc/passwd", &passwd, err) < 0 ||
        open_file(rootfs, "/etc/group", &group, err) < 0)
        return -1;
    struct user user;
    if (user_resolve(text != NULL ? text : "", passwd, group, &user, err) < 0)
        return -1;
    process->user.uid = user.uid;
    process->user.gid = user.gid;
    process->user.additionalGids =
        arena_array(arena, user.n_groups + host->n_group_add + 1, sizeof(uint32_t));
    if (user.n_groups != 0)
        memcpy(process->user.additionalGids, user.groups, user.n_groups * sizeof(uint32_t));
    // Without a range of ids setgroups(2) is denied: one's own group needs no saying, then.
    bool is_own_only = user.n_groups == 1 && user.groups[0] == user.gid;
    process->user.n_additionalGids = is_own_only && !userns_has_setgroups() ? 0 : user.n_groups;
    *out_home = arena_strdup(arena, user.home);
    user_done(&user);
    return add_groups(host, group, process, err);
}

int process_build(struct arena *arena, const struct process_request *request, int rootfs,
                  struct oci_process **out, struct err *err)
{
    struct oci_process *process = arena_new(arena, struct oci_process);
    const char *home;
    if (set_user(arena, request, rootfs, process, &home, err) < 0 ||
        set_capabilities(arena, request, process->user.uid, process, err) < 0)
        return -1;
    set_environment(arena, request, home, process);
    process->args = request->args;
    process->n_args = request->n_args;
    process->cwd = text_is_empty(request->working_dir) ? "/" : request->working_dir;
    process->terminal = request->tty;
    if (request->tty && request->console_size != NULL) {
        process->consoleSize = arena_new(arena, struct oci_console_size);
        process->consoleSize->height = request->console_size[0];
        process->consoleSize->width = request->console_size[1];
    }
    struct security security;
    if (security_read(request->host, &security, err) < 0)
        return -1;
    process->noNewPrivileges = security.no_new_privileges;
    process->apparmorProfile = security_apparmor(request->host, &security);
    process->oomScoreAdj = arena_new(arena, int64_t);
    *process->oomScoreAdj = request->host->oom_score_adj;
    limits_process(arena, request->host, process);
    *out = process;
    return 0;
}
