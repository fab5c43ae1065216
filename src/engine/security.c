// SPDX-License-Identifier: Apache-2.0
// security.c — what a container may do: --security-opt, --privileged, masked paths, AppArmor.
//
// Only the request says any of it; nothing of an image can (S-14).
#include "engine/security.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "engine/defaults.h"
#include "engine/process.h"
#include "engine/profiles.h"
#include "linux/capability.h"
#include "linux/lsm.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DOCKER_PROFILE "docker-default"

// --- options ---

static int read_bool(const char *word, const char *value, bool *out, struct err *err)
{
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"};
    static const char *const no[] = {"0", "f", "F", "FALSE", "false", "False"};
    for (size_t i = 0; i < N_ELEMENTS(yes); i++) {
        if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
            *out = strcmp(value, yes[i]) == 0;
            return 0;
        }
    }
    return fail(err, ERR_INVALID, "invalid --security-opt 2: \"%s\"", word);
}

static int read_label(const char *word, const char *value, struct security *out, struct err *err)
{
    static const char *const kinds[] = {"user:", "role:", "type:", "level:", "filetype:"};
    out->has_label = true;
    if (strcmp(value, "disable") == 0 || strcmp(value, "nested") == 0)
        return 0;
    for (size_t i = 0; i < N_ELEMENTS(kinds); i++) {
        if (text_starts(value, kinds[i])) {
            out->label = value;
            return 0;
        }
    }
    return fail(err, ERR_INVALID,
                "invalid --security-opt 2: \"%s\": a label says disable, nested, user:, role:, "
                "type:, level: or filetype:",
                word);
}

static int read_pair(const char *word, struct str key, const char *value, struct security *out,
                     struct err *err)
{
    const struct {
        const char *key;
        const char **member;
    } texts[] = {{"seccomp", &out->seccomp},
                 {"apparmor", &out->apparmor},
                 {"proc-opts", &out->proc_opts},
                 {"mask", &out->mask},
                 {"unmask", &out->unmask}};
    for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
        if (str_is(key, texts[i].key)) {
            *texts[i].member = value;
            return 0;
        }
    }
    if (str_is(key, "label"))
        return read_label(word, value, out, err);
    if (str_is(key, "no-new-privileges"))
        return read_bool(word, value, &out->no_new_privileges, err);
    if (str_is(key, "writable-cgroups"))
        return read_bool(word, value, &out->writable_cgroups, err);
    if (str_is(key, "systempaths") && strcmp(value, "unconfined") == 0) {
        out->has_systempaths = true;
        return 0;
    }
    return fail(err, ERR_INVALID, "invalid --security-opt 2: \"%.200s\"", word);
}

int security_read(const struct host_config *host, struct security *out, struct err *err)
{
    *out = (struct security){};
    for (size_t i = 0; i < host->n_security_opt; i++) {
        const char *word = host->security_opt[i];
        if (strcmp(word, "no-new-privileges") == 0)
            out->no_new_privileges = true;
        else if (strcmp(word, "writable-cgroups") == 0)
            out->writable_cgroups = true;
        else if (strcmp(word, "disable") == 0)
            out->has_label = true;
        else {
            size_t n = strcspn(word, "=");
            if (word[n] == '\0')
                n = strcspn(word, ":"); // docker's older way
            if (word[n] == '\0')
                return fail(err, ERR_INVALID, "invalid --security-opt 1: \"%.200s\"", word);
            if (read_pair(word, (struct str){word, n}, word + n + 1, out, err) < 0)
                return -1;
        }
    }
    return 0;
}

// --- AppArmor ---

static bool is_loaded(const char *profile)
{
    enum { LIST_MAX = 4 * 1024 * 1024 };
    AUTO_BUF struct buf list;
    buf_init(&list, LIST_MAX);
    struct err ignored;
    AUTO_FREE char *line = str_printf("%s (", profile);
    return file_read_at(AT_FDCWD, "/sys/kernel/security/apparmor/profiles", &list, &ignored) == 0 &&
           strstr(buf_get(&list), line) != NULL;
}

// AppArmor's own; the package apparmor has it. NULL: not here.
static const char *parser(void)
{
    static const char *const places[] = {"/usr/sbin/apparmor_parser", "/sbin/apparmor_parser"};
    for (size_t i = 0; i < N_ELEMENTS(places); i++) {
        if (access(places[i], X_OK) == 0)
            return places[i];
    }
    return NULL;
}

// Without a parser nobody can load the default profile: containers that name none then run without,
// as containerd's and podman's do.
const char *security_apparmor(const struct host_config *host, const struct security *security)
{
    if (!lsm_apparmor_is_enabled())
        return NULL;
    if (!text_is_empty(security->apparmor))
        return security->apparmor;
    if (host->privileged)
        return "unconfined";
    return parser() != NULL || is_loaded(DOCKER_PROFILE) ? DOCKER_PROFILE : NULL;
}

// What nobody has loaded yet is handed to the parser, once per boot.
static int load_profile(struct start *start, struct err *err)
{
    enum { SAID_MAX = 64 * 1024 };
    if (is_loaded(DOCKER_PROFILE))
        return 0;
    const char *file = "apparmor-" DOCKER_PROFILE, *program = parser();
    const char *path = arena_printf(start->arena, "%s/%s", start->engine->settings->run_root, file);
    if (program == NULL)
        return fail(err, ERR_UNAVAILABLE,
                    "the AppArmor profile " DOCKER_PROFILE " is not loaded, and apparmor_parser, "
                    "which could load it, is not here (Debian: the package apparmor)");
    if (file_replace_volatile(start->engine->run, file, apparmor_profile, apparmor_profile_size,
                              0600, err) < 0)
        return -1;
    AUTO_BUF struct buf said;
    buf_init(&said, SAID_MAX);
    const char *const argv[] = {"apparmor_parser", "-Kr", path, NULL};
    int status = program_run(program, argv, &said, err);
    if (status < 0)
        return -1;
    struct str text = str_trim((struct str){buf_get(&said), said.n});
    if (status != 0)
        return fail(err, ERR_SYSTEM,
                    "AppArmor enabled on system but the " DOCKER_PROFILE " profile could not be "
                    "loaded: %.*s",
                    (int)text.n, text.at);
    return 0;
}

// --- create ---

static int check_capabilities(struct creation *creation, struct err *err)
{
    const struct host_config *host = &creation->spec->host;
    uint64_t mask, missing;
    if (capabilities_of(host, &mask, &missing, err) < 0)
        return -1;
    for (unsigned i = 0; !host->privileged && missing != 0 && i < 64; i++) {
        if ((missing & UINT64_C(1) << i) != 0)
            creation_warn(creation,
                          "capability not supported by your kernel or not available in the current "
                          "environment: \"%s\": the container runs without it",
                          capability_name(i));
    }
    return 0;
}

int security_check(struct creation *creation, struct err *err)
{
    struct host_config *host = &creation->spec->host;
    struct security security;
    struct seccomp_choice ignored;
    if (check_capabilities(creation, err) < 0 || security_read(host, &security, err) < 0 ||
        seccomp_choose(creation->arena, host, capabilities_default(), &ignored, err) < 0 ||
        namespaces_check(creation, err) < 0 || userns_check(creation, err) < 0)
        return -1;
    if (security.apparmor != NULL && lsm_apparmor_check(security.apparmor, err) < 0)
        return -1;
    if (!text_is_empty(security.apparmor) && strcmp(security.apparmor, "unconfined") != 0 &&
        !lsm_apparmor_is_enabled())
        creation_warn(creation, "AppArmor is not enabled here: apparmor=%s has no effect",
                      security.apparmor);
    if (security.label != NULL)
        creation_warn(creation,
                      "labels of SELinux are not given to containers here: label=%s has "
                      "no effect",
                      security.label);
    // An empty list is docker's "nothing is masked"; the stored request has no empty lists.
    if (host->masked_paths != NULL && host->n_masked_paths == 0 && !security.has_systempaths) {
        const char **options =
            arena_array(creation->arena, host->n_security_opt + 1, sizeof *options);
        if (host->n_security_opt != 0)
            memcpy(options, host->security_opt, host->n_security_opt * sizeof *options);
        options[host->n_security_opt++] = "systempaths=unconfined";
        host->security_opt = options;
    }
    return secrets_check(creation, err);
}

// --- start ---

static bool has_path(const char *list, const char *path)
{
    for (struct str rest = str_of(list); rest.n != 0;) {
        struct str one = str_cut(&rest, ':');
        if (str_is(one, path) || str_is(one, "ALL") || str_is(one, "all"))
            return true;
    }
    return false;
}

// The list without what `unmask` names.
static void keep_masked(const char ***list, size_t *n, const char *unmask)
{
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++) {
        if (!has_path(unmask, (*list)[i]))
            (*list)[kept++] = (*list)[i];
    }
    *n = kept;
}

static void set_paths(struct arena *arena, const struct host_config *host,
                      const struct security *security, struct oci_linux *out)
{
    struct words masked = {}, readonly = {};
    if (host->privileged || security->has_systempaths) {
        out->n_maskedPaths = out->n_readonlyPaths = 0;
    } else {
        for (size_t i = 0; i < host->n_masked_paths; i++)
            words_add(arena, &masked, host->masked_paths[i]);
        for (size_t i = 0; i < host->n_readonly_paths; i++)
            words_add(arena, &readonly, host->readonly_paths[i]);
        if (masked.n == 0)
            defaults_masked(arena, &masked);
        if (readonly.n == 0)
            defaults_readonly(arena, &readonly);
    }
    for (struct str rest = str_of(security->mask); rest.n != 0;) {
        struct str one = str_cut(&rest, ':');
        words_add(arena, &masked, arena_strndup(arena, one.at, one.n));
    }
    keep_masked(&masked.at, &masked.n, security->unmask);
    keep_masked(&readonly.at, &readonly.n, security->unmask);
    out->maskedPaths = masked.at;
    out->n_maskedPaths = masked.n;
    out->readonlyPaths = readonly.at;
    out->n_readonlyPaths = readonly.n;
}

static void replace_option(struct oci_mount *mount, const char *from, const char *to)
{
    for (size_t i = 0; i < mount->n_options; i++) {
        if (strcmp(mount->options[i], from) == 0)
            mount->options[i] = to;
    }
}

static void set_mounts(struct arena *arena, const struct host_config *host,
                       const struct security *security, struct oci_config *out)
{
    for (size_t i = 0; i < out->n_mounts; i++) {
        struct oci_mount *mount = &out->mounts[i];
        bool is_sys = text_equal(mount->type, "sysfs");
        bool is_cgroup = text_equal(mount->type, "cgroup");
        if ((is_sys && host->privileged) ||
            (is_cgroup && (host->privileged || security->writable_cgroups)))
            replace_option(mount, "ro", "rw");
        if (!text_equal(mount->type, "proc") || security->proc_opts == NULL)
            continue;
        struct words options = {};
        for (size_t j = 0; j < mount->n_options; j++)
            words_add(arena, &options, mount->options[j]);
        for (struct str rest = str_of(security->proc_opts); rest.n != 0;) {
            struct str one = str_cut(&rest, ',');
            words_add(arena, &options, arena_strndup(arena, one.at, one.n));
        }
        mount->options = options.at;
        mount->n_options = options.n;
    }
}

int security_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    const struct host_config *host = &start->container->spec.host;
    struct security security;
    struct seccomp_choice choice;
    uint64_t capabilities, missing;
    if (security_read(host, &security, err) < 0 ||
        capabilities_of(host, &capabilities, &missing, err) < 0 ||
        seccomp_choose(start->arena, host, capabilities, &choice, err) < 0)
        return -1;
    start->has_default_seccomp = choice.is_default;
    out->linux_.seccomp = choice.profile;
    const char *apparmor = security_apparmor(host, &security);
    if (text_equal(apparmor, DOCKER_PROFILE) && load_profile(start, err) < 0)
        return -1;
    set_paths(start->arena, host, &security, &out->linux_);
    set_mounts(start->arena, host, &security, out);
    if (namespaces_bundle(start, out, err) < 0 || secrets_bundle(start, out, err) < 0)
        return -1;
    return userns_bundle(start, out, err);
}

int security_release(const struct container *container, struct err *err)
{
    if (secrets_release(container, err) < 0)
        return -1;
    return namespaces_release(container, err);
}
