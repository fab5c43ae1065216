// SPDX-License-Identifier: Apache-2.0
// run_security.c — options of run: what it may do, and which namespaces it shares.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/run_args.h"

#include <fcntl.h>
#include <string.h>

enum { PROFILE_MAX = 1024 * 1024 };

// clang-format off
#define TEXT(member, name_, help_) OPTION_TEXT(struct run_security_args, member, name_, 0, "string", help_)
#define LIST(member, name_, value_, help_) OPTION_LIST(struct run_security_args, member, name_, 0, value_, help_)
const struct option run_security_options[] = {
    LIST(cap_add, "cap-add", "list", "add Linux capabilities"),
    LIST(cap_drop, "cap-drop", "list", "drop Linux capabilities"),
    TEXT(cgroupns, "cgroupns", "its cgroup namespace: private, host"),
    LIST(gidmaps, "gidmap", "list", "groups of a user namespace of its own (INSIDE:OUTSIDE:SIZE)"),
    LIST(group_add, "group-add", "list", "more groups of its user"),
    TEXT(ipc, "ipc", "its IPC namespace: none, private, shareable, host, container:NAME"),
    TEXT(pid, "pid", "its PID namespace: host, container:NAME"),
    OPTION_FLAG(struct run_security_args, privileged, "privileged", 0, "all capabilities and devices, nothing masked: root of this machine"),
    LIST(secrets, "secret", "list", "give it a secret (NAME[,target=,uid=,gid=,mode=,type=mount|env])"),
    LIST(security_opts, "security-opt", "list", "security options (seccomp=, apparmor=, label=, no-new-privileges, …)"),
    LIST(sysctls, "sysctl", "map", "set kernel parameters"),
    LIST(uidmaps, "uidmap", "list", "users of a user namespace of its own (INSIDE:OUTSIDE:SIZE)"),
    TEXT(userns, "userns", "its user namespace: host, private, auto[:size=…], keep-id, nomap, container:NAME"),
    TEXT(uts, "uts", "its UTS namespace: host, container:NAME"),
    {},
};
static const struct json_field raw_fields[] = {
    {.name = "", .offset = 0, .kind = JSON_RAW, .flags = JSON_REQUIRED},
    {},
};
// clang-format on

// seccomp=FILE: what is in the file goes to the engine, which may be on another machine.
static int read_profile(struct cli *cli, const char *path, const char **out)
{
    AUTO_BUF struct buf text;
    buf_init(&text, PROFILE_MAX);
    const char *json;
    struct err why;
    if (file_read_at(AT_FDCWD, path, &text, &why) < 0)
        return fail(&cli->err, ERR_INVALID, "opening seccomp profile (%s) failed: %s", path,
                    why.kind == ERR_NOT_FOUND
                        ? arena_printf(&cli->arena, "open %s: no such file or directory", path)
                        : why.text);
    if (json_decode(&cli->arena, buf_get(&text), text.n, raw_fields, &json, JSON_LENIENT, &why) < 0)
        return fail(&cli->err, ERR_INVALID, "compacting json for seccomp profile (%s) failed: %s",
                    path, why.text);
    *out = arena_printf(&cli->arena, "seccomp=%s", json);
    return 0;
}

static int read_security_opt(struct cli *cli, const char *word, const char **out)
{
    static const char *const bare[] = {"no-new-privileges", "disable", "writable-cgroups"};
    *out = word;
    for (size_t i = 0; i < N_ELEMENTS(bare); i++) {
        if (strcmp(word, bare[i]) == 0)
            return 0;
    }
    size_t n = strcspn(word, "=");
    if (word[n] == '\0')
        n = strcspn(word, ":");
    if (word[n] == '\0' || word[n + 1] == '\0')
        return fail(&cli->err, ERR_INVALID, "Invalid --security-opt: \"%s\"", word);
    const char *value = word + n + 1;
    bool is_profile = strncmp(word, "seccomp", n) == 0 && n == strlen("seccomp");
    if (!is_profile || strcmp(value, "builtin") == 0 || strcmp(value, "unconfined") == 0)
        return 0;
    return read_profile(cli, value, out);
}

static int read_secret(struct cli *cli, const char *word, struct secret_mount *out)
{
    struct str rest = str_of(word);
    const struct {
        const char *key;
        const char **member;
    } keys[] = {{"source", &out->source}, {"id", &out->source}, {"src", &out->source},
                {"target", &out->target}, {"uid", &out->uid},   {"gid", &out->gid},
                {"mode", &out->mode},     {"type", &out->type}};
    while (rest.n != 0) {
        struct str field = str_cut(&rest, ','), value = field, key = str_cut(&value, '=');
        const char *text = arena_strndup(&cli->arena, value.at, value.n);
        bool is_known = false;
        if (key.n == field.n && out->source == NULL) {
            out->source = arena_strndup(&cli->arena, field.at, field.n);
            continue;
        }
        for (size_t i = 0; i < N_ELEMENTS(keys) && !is_known; i++) {
            is_known = str_is(key, keys[i].key);
            if (is_known)
                *keys[i].member = text;
        }
        if (!is_known)
            return fail(&cli->err, ERR_INVALID,
                        "secret option %.*s invalid: it is one of target, "
                        "uid, gid, mode and type",
                        (int)field.n, field.at);
    }
    if (text_is_empty(out->source))
        return fail(&cli->err, ERR_INVALID, "invalid --secret %s: no secret is named", word);
    return 0;
}

// --uidmap and --gidmap are a way to write --userns private:…, which has all of it in one text.
static int read_userns(struct cli *cli, const struct run_security_args *args,
                       struct host_config *host)
{
    host->userns_mode = args->userns;
    if (args->uidmaps.n + args->gidmaps.n == 0)
        return 0;
    if (!text_is_empty(args->userns) && strcmp(args->userns, "private") != 0)
        return fail(&cli->err, ERR_INVALID,
                    "--uidmap and --gidmap make a private user namespace: --userns %s says "
                    "another one",
                    args->userns);
    AUTO_BUF struct buf text;
    buf_init(&text, PROFILE_MAX);
    for (size_t i = 0; i < args->uidmaps.n; i++)
        buf_printf(&text, ",uidmapping=%s", args->uidmaps.at[i]);
    for (size_t i = 0; i < args->gidmaps.n; i++)
        buf_printf(&text, ",gidmapping=%s", args->gidmaps.at[i]);
    host->userns_mode = arena_printf(&cli->arena, "private:%s", buf_get(&text) + 1);
    return buf_check(&text, "the user namespace's ranges", &cli->err);
}

int run_security(struct cli *cli, const struct run_security_args *args, struct container_spec *spec)
{
    struct host_config *host = &spec->host;
    host->cap_add = args->cap_add.at;
    host->n_cap_add = args->cap_add.n;
    host->cap_drop = args->cap_drop.at;
    host->n_cap_drop = args->cap_drop.n;
    host->group_add = args->group_add.at;
    host->n_group_add = args->group_add.n;
    host->privileged = args->privileged;
    host->ipc_mode = args->ipc;
    host->pid_mode = args->pid;
    host->uts_mode = args->uts;
    host->cgroupns_mode = args->cgroupns;
    host->sysctls = run_pairs(&cli->arena, &args->sysctls);
    host->n_sysctls = args->sysctls.n;
    host->security_opt =
        arena_array(&cli->arena, args->security_opts.n + 1, sizeof *host->security_opt);
    host->n_security_opt = args->security_opts.n;
    for (size_t i = 0; i < args->security_opts.n; i++) {
        if (read_security_opt(cli, args->security_opts.at[i], &host->security_opt[i]) < 0)
            return -1;
    }
    host->secrets = arena_array(&cli->arena, args->secrets.n + 1, sizeof *host->secrets);
    host->n_secrets = args->secrets.n;
    for (size_t i = 0; i < args->secrets.n; i++) {
        if (read_secret(cli, args->secrets.at[i], &host->secrets[i]) < 0)
            return -1;
    }
    return read_userns(cli, args, host);
}
