// SPDX-License-Identifier: Apache-2.0
// systemd.c — the container's cgroup as a scope unit of systemd: names, and running
// dhow-systemd-cgroup.
//
// The program is found beside this one or in ../libexec/dhow of there, where this one's directory
// is that of argv[0] or one of the PATH; or in one of the usual libexec directories. It reads one
// request and writes one answer (systemd_request.h); the request is in a sealed-off memory file, so
// that neither waits for the other.
#include "cgroup/systemd.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define HELPER_NAME     "dhow-systemd-cgroup"
#define HELPER_VARIABLE "DHOW_SYSTEMD_CGROUP" // its path, for tests and odd installations
enum {
    UNIT_NAME_MAX = 255,
    SLICE_PATH_MAX = 64 * 1024,
    ANSWER_MAX = 64 * 1024,
    REQUEST_MAX = 1024 * 1024
};

// --- names ---

// systemd.unit(5): letters, digits and :-_.\ ; "@" would make an instance of a template.
static bool is_unit_name(const char *name)
{
    static const char others[] = ":-_.\\";
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain && strchr(others, c) == NULL)
            return false;
    }
    return n != 0 && n <= UNIT_NAME_MAX && name[0] != '.';
}

const char *systemd_slice_path(struct arena *arena, const char *slice, struct err *err)
{
    static const char ending[] = ".slice";
    if (text_equal(slice, "-.slice"))
        return "";
    size_t n = strlen(slice);
    bool is_name = is_unit_name(slice) && text_ends(slice, ending) && n > strlen(ending) &&
                   slice[0] != '-' && slice[n - strlen(ending) - 1] != '-' &&
                   strstr(slice, "--") == NULL;
    if (!is_name) {
        (void)fail(err, ERR_INVALID,
                   "linux.cgroupsPath: \"%.100s\" is no slice (parent-child.slice)", slice);
        return NULL;
    }
    AUTO_BUF struct buf path;
    buf_init(&path, SLICE_PATH_MAX);
    for (size_t i = 0; i < n - strlen(ending); i++)
        if (slice[i] == '-')
            buf_printf(&path, "/%.*s%s", (int)i, slice, ending);
    buf_printf(&path, "/%s", slice);
    return arena_strdup(arena, buf_get(&path));
}

const char *systemd_path(struct cgroup *cgroup, const char *cgroupsPath, struct err *err)
{
    AUTO_FREE char *chosen =
        text_is_empty(cgroupsPath) ? str_printf(":dhow:%s", cgroup->id) : xstrdup(cgroupsPath);
    struct str rest = str_of(chosen);
    struct str slice = str_cut(&rest, ':');
    struct str prefix = str_cut(&rest, ':');
    struct str name = rest;
    bool has_form = name.n != 0 && memchr(name.at, ':', name.n) == NULL;
    cgroup->slice = slice.n != 0          ? arena_strndup(&cgroup->arena, slice.at, slice.n)
                    : cgroup->is_rootless ? "user.slice"
                                          : "system.slice";
    cgroup->scope = arena_printf(&cgroup->arena, "%.*s%s%.*s.scope", (int)prefix.n, prefix.at,
                                 prefix.n != 0 ? "-" : "", (int)name.n, name.at);
    if (!has_form || !is_unit_name(cgroup->scope)) {
        (void)fail(err, ERR_INVALID,
                   "linux.cgroupsPath \"%.200s\": the systemd driver takes slice:prefix:name, such "
                   "as system.slice:dhow:web",
                   chosen);
        return NULL;
    }
    const char *above = systemd_slice_path(&cgroup->arena, cgroup->slice, err);
    return above != NULL ? arena_printf(&cgroup->arena, "%s/%s", above, cgroup->scope) : NULL;
}

// --- the helper ---

static char *beside(struct str directory)
{
    static const char *const forms[] = {"%.*s/" HELPER_NAME, "%.*s/../libexec/dhow/" HELPER_NAME};
    for (size_t i = 0; i < N_ELEMENTS(forms); i++) {
        char *path = str_printf(forms[i], (int)directory.n, directory.at);
        if (access(path, X_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

static char *find_helper(void)
{
    static const char *const directories[] = {"/usr/local/libexec/dhow", "/usr/libexec/dhow",
                                              "/usr/lib/dhow", "/usr/local/bin", "/usr/bin"};
    const char *given = getenv(HELPER_VARIABLE);
    if (!text_is_empty(given))
        return xstrdup(given);
    char *found = NULL;
    struct str self = str_of(program_invocation_name);
    if (strchr(program_invocation_name, '/') != NULL) {
        (void)str_cut_last(&self, '/');
        found = beside(self);
    } else {
        struct str path = str_of(getenv("PATH"));
        while (path.n != 0 && found == NULL) {
            struct str directory = str_cut(&path, ':');
            found = str_starts(directory, "/") ? beside(directory) : NULL;
        }
    }
    for (size_t i = 0; i < N_ELEMENTS(directories) && found == NULL; i++)
        found = beside(str_of(directories[i]));
    return found;
}

static int spawn_helper(const char *path, int input, int output, pid_t *out, struct err *err)
{
    const char *const argv[] = {HELPER_NAME, NULL};
    const int fds[] = {input, output, STDERR_FILENO};
    const struct spawn spawn = {path, argv, NULL, fds, N_ELEMENTS(fds), false};
    return spawn_program(&spawn, out, err);
}

static int read_answer(struct arena *arena, const char *text, size_t n, int status,
                       struct systemd_answer *out, struct err *err)
{
    struct err garbled;
    if (n == 0 ||
        json_decode(arena, text, n, systemd_answer_fields, out, JSON_LENIENT, &garbled) < 0)
        return fail(err, ERR_SYSTEM, "%s said nothing useful and ended with %s %d", HELPER_NAME,
                    WIFSIGNALED(status) ? "signal" : "status",
                    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    if (out->error == NULL)
        return 0;
    bool is_kind = out->kind > ERR_NONE && out->kind <= ERR_SYSTEM;
    return fail(err, is_kind ? (enum err_kind)out->kind : ERR_SYSTEM, "%s", out->error);
}

static int ask(struct arena *arena, const struct systemd_request *request,
               struct systemd_answer *answer, struct err *err)
{
    AUTO_FREE char *path = find_helper();
    if (path == NULL)
        return fail(err, ERR_UNAVAILABLE,
                    "the systemd cgroup driver needs the program " HELPER_NAME
                    ", which is neither beside this one nor in /usr/libexec/dhow");
    AUTO_BUF struct buf text;
    buf_init(&text, REQUEST_MAX);
    json_encode(&text, systemd_request_fields, request, JSON_COMPACT);
    if (buf_check(&text, "the request to systemd", err) < 0)
        return -1;
    AUTO_FD int input = memfd_create("systemd-request", MFD_CLOEXEC);
    if (input < 0 || write_all(input, buf_get(&text), text.n) < 0 || lseek(input, 0, SEEK_SET) < 0)
        return fail_sys(err, "write the request to systemd");
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(err, "pipe");
    AUTO_FD int read_end = ends[0];
    AUTO_FD int write_end = ends[1];
    pid_t pid = -1;
    if (spawn_helper(path, input, write_end, &pid, err) < 0)
        return -1;
    (void)close(TAKE_FD(write_end)); // the answer ends when the helper does
    AUTO_BUF struct buf got;
    buf_init(&got, ANSWER_MAX);
    struct err unread;
    int done = file_read_fd(read_end, HELPER_NAME, &got, &unread);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return read_answer(arena, buf_get(&got), done < 0 ? 0 : got.n, status, answer, err);
}

// --- verbs ---

static void add_fixed(struct arena *arena, struct systemd_properties *list, bool is_v2)
{
    // Accounting turns the controllers on; delegation tells systemd to keep out of the cgroup.
    systemd_property_add(arena, list, "Delegate", "true");
    systemd_property_add(arena, list, "DefaultDependencies", "false");
    systemd_property_add(arena, list, "CPUAccounting", "true");
    systemd_property_add(arena, list, "MemoryAccounting", "true");
    systemd_property_add(arena, list, "TasksAccounting", "true");
    systemd_property_add(arena, list, is_v2 ? "IOAccounting" : "BlockIOAccounting", "true");
}

// The path that systemd gave the scope; it differs from the planned one below a user's manager.
static void take_path(struct cgroup *cgroup, const char *control_group)
{
    for (size_t i = 0; i < cgroup->n; i++) {
        struct hierarchy *hierarchy = &cgroup->hierarchies[i];
        hierarchy->below = arena_strdup(&cgroup->arena, control_group);
        hierarchy->path = arena_printf(&cgroup->arena, "%s%s", hierarchy->root, control_group);
        cgroup->mounts[i].path = hierarchy->path;
    }
}

int systemd_start_scope(struct cgroup *cgroup, pid_t pid, const struct oci_resources *resources,
                        struct err *err)
{
    struct systemd_properties list = {0};
    struct arena *arena = &cgroup->arena;
    add_fixed(arena, &list, cgroup->is_v2);
    if (systemd_limits(arena, resources, cgroup->is_v2, &list, err) < 0 ||
        systemd_annotations(arena, cgroup->annotations, cgroup->n_annotations, &list, err) < 0)
        return -1;
    struct systemd_request request = {.verb = SYSTEMD_START,
                                      .user = cgroup->is_rootless,
                                      .unit = cgroup->scope,
                                      .slice = cgroup->slice,
                                      .description =
                                          arena_printf(arena, "dhow container %s", cgroup->id),
                                      .pid = pid,
                                      .properties = list.at,
                                      .n_properties = list.n};
    struct systemd_answer answer;
    if (ask(arena, &request, &answer, err) < 0)
        return fail_in(err, "start the unit %s", cgroup->scope);
    if (answer.controlGroup == NULL || answer.controlGroup[0] != '/' ||
        strstr(answer.controlGroup, "/..") != NULL || text_equal(answer.controlGroup, "/"))
        return fail(err, ERR_SYSTEM, "systemd gave the unit %s no cgroup", cgroup->scope);
    take_path(cgroup, answer.controlGroup);
    return 0;
}

int systemd_set_limits(struct cgroup *cgroup, const struct oci_resources *resources,
                       struct err *err)
{
    struct systemd_properties list = {0};
    if (systemd_limits(&cgroup->arena, resources, cgroup->is_v2, &list, err) < 0)
        return -1;
    if (list.n == 0)
        return 0;
    struct systemd_request request = {.verb = SYSTEMD_SET,
                                      .user = cgroup->is_rootless,
                                      .unit = cgroup->scope,
                                      .properties = list.at,
                                      .n_properties = list.n};
    struct systemd_answer answer;
    return ask(&cgroup->arena, &request, &answer, err) < 0
               ? fail_in(err, "set limits of the unit %s", cgroup->scope)
               : 0;
}

int systemd_stop_scope(struct cgroup *cgroup, struct err *err)
{
    struct systemd_request request = {
        .verb = SYSTEMD_STOP, .user = cgroup->is_rootless, .unit = cgroup->scope};
    struct systemd_answer answer;
    return ask(&cgroup->arena, &request, &answer, err) < 0
               ? fail_in(err, "stop the unit %s", cgroup->scope)
               : 0;
}
